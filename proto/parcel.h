/* parcel.h: sealing a batch of events, and opening one that came.
 *
 *   events ─ leaf hashes ─ Merkle root ─┐
 *   origin, chain, seq, prev, clock ────┴─► header ─ Ed25519 ─► Parcel bytes (kept and forwarded as they are)
 *
 * The wire form is canonical: header, signature, events, in this order and nothing else. */
#ifndef QP_PROTO_PARCEL_H
#define QP_PROTO_PARCEL_H

#include "crypto/crypto.h"
#include "proto/codec.h"
#include "proto/matter.pb-c.h"
#include "proto/parcel.pb-c.h"

struct qp_slice {
    const uint8_t *p;
    size_t len;
};

/* A header's fields, fixed in size. Names one place in one chain: seq counts from 1. clock: milliseconds since
 * 1970 in the upper 48 bits, a count below them: it rises from each parcel of the origin to its next (T1). */
struct qp_header {
    uint8_t tree[QP_ID_LEN], origin[QP_ID_LEN], to[QP_ID_LEN]; /* to: zeros unless scope is node */
    uint32_t incarnation;
    uint8_t scope, lane;
    uint32_t count;
    uint64_t seq, clock;
    struct qp_hash prev, root, certificate;
};

struct qp_parcel {
    struct qp_header h;
    struct qp_hash id;      /* hash of the header's bytes */
    struct qp_slice header; /* all slices point into the bytes that were opened */
    struct qp_slice signature;
    struct qp_slice *events; /* h.count of them, in the arena */
};

/* Seals n events (1..QP_PARCEL_EVENTS, whose sizes sum to fit QP_PARCEL_BYTES: asserted) into *bytes, in the
 * arena. Sets h->count and h->root. */
void qp_parcel_seal(struct qp_slice *bytes, struct qp_hash *id, struct qp_header *h,
                    const struct qp_slice *events, size_t n, const uint8_t sign_sk[QP_SIGN_SK_LEN],
                    struct qp_arena *a);
/* Bytes that a parcel with these events takes at most: to decide where a batch ends. */
size_t qp_parcel_size(const struct qp_slice *events, size_t n);

/* Reads the outer form and the header; checks bounds, canonical form, count and Merkle root. Signature NOT
 * yet checked: qp_parcel_verify. QP_EINVAL says what is wrong; QP_EBIG: the parcel, or the arena's cap. `bytes` must
 * outlive *out. */
int qp_parcel_open(struct qp_parcel *out, const void *bytes, size_t len, struct qp_arena *a,
                   struct qp_err *e);
/* The same without hashing the events again: for bytes from the own, verified journal. */
int qp_parcel_open_trusted(struct qp_parcel *out, const void *bytes, size_t len, struct qp_arena *a,
                           struct qp_err *e);
int qp_parcel_verify(const struct qp_parcel *p, const uint8_t sign_pk[QP_PK_LEN]); /* 0, QP_ESIG */

/* Event i, decoded and bounded, in the arena: what qp_decode says. An event whose body this build does not know
 * decodes with body_case 0 (E5). */
int qp_parcel_event(Qp__Event **out, const struct qp_parcel *p, size_t i, struct qp_arena *a,
                    struct qp_err *e);
void qp_event_id(uint8_t out[QP_EVENT_ID_LEN], const Qp__Event *ev);

/* The lanes in the order in which what waits on a link goes (U3): urgent, line, bulk. */
extern const uint32_t qp_lane_by_turn[QP_LANES];

#endif
