/* face.h: a matter's face and row as values: copying them, comparing ids, what must be true of one.
 *
 * A row that was handed out is never changed: a change works on a copy (qp_row_copy shares the strings, which
 * never change either). Used by lifecycle.c, custody.c, apply.c and decide.c. */
#ifndef QP_NODE_MATTER_FACE_H
#define QP_NODE_MATTER_FACE_H

#include <string.h>

#include "proto/codec.h"
#include "proto/row.pb-c.h"

/* The arenas given to these functions have room (qp_pending_room): running out is a programmer error,
 * asserted. */
void *qp_face_take(struct qp_arena *a, size_t len);
char *qp_face_text(struct qp_arena *a, const char *text); /* a copy */
/* At most so many bytes of it, cut at a character's border. */
char *qp_face_cut(struct qp_arena *a, const char *text, size_t most);
ProtobufCBinaryData qp_face_bytes(struct qp_arena *a, const void *p, size_t len); /* a copy */

/* A private row and face that share every string, id, offer and visit with `row`. */
Qp__Row *qp_row_copy(const Qp__Row *row, struct qp_arena *a);
/* A deep copy of a message without oneofs, unknown fields left out; NULL past the arena's cap. */
ProtobufCMessage *qp_clone(const ProtobufCMessage *m, struct qp_arena *a);

/* Makes the node a member of a private face (E2). There must be room. */
void qp_face_join(Qp__Face *f, ProtobufCBinaryData node, struct qp_arena *a);
/* The part of that number; NULL: it ended so long ago that the face no longer has it, or was never asked. */
const Qp__Part *qp_part_numbered(const Qp__Face *f, uint64_t number);
/* Whether this node was ever asked for a part, as far as the face has it. */
bool qp_parts_of(const Qp__Face *f, ProtobufCBinaryData node);

static inline bool qp_id_is(ProtobufCBinaryData b, const uint8_t id[QP_ID_LEN])
{
    return b.len == QP_ID_LEN && memcmp(b.data, id, QP_ID_LEN) == 0;
}
static inline bool qp_bytes_same(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
bool qp_face_member(const Qp__Face *f, ProtobufCBinaryData node);

#endif
