/* sample.h: messages that the tests of proto/ start from. Views borrow; everything else lives in the arena.
 */
#ifndef QP_TESTS_PROTO_SAMPLE_H
#define QP_TESTS_PROTO_SAMPLE_H

#include "proto/link.pb-c.h"
#include "proto/parcel.h"

/* len bytes 01 02 03 ... (each plus `from`). */
ProtobufCBinaryData sample_bytes(struct qp_arena *a, size_t len, uint8_t from);
/* A full `opened` event whose face has every field set. */
Qp__Event *sample_event(struct qp_arena *a, uint64_t counter);
Qp__Face *sample_face(struct qp_arena *a);
Qp__Chain *sample_chain(struct qp_arena *a, size_t n);
struct qp_header sample_header(void);
/* n small events, encoded. */
struct qp_slice *sample_events(struct qp_arena *a, size_t n);
/* A sealed parcel of n events under the key of seed 07 07 ... */
struct qp_slice sample_parcel(struct qp_arena *a, size_t n, uint8_t sign_pk[QP_PK_LEN]);

/* A seeded generator: the seed alone repeats a run. */
uint64_t sample_random(uint64_t *state);

#endif
