/* proof.h: a file that proves what happened to one matter, to anyone who has the root's fingerprint and
 * nothing else.
 *
 *   events ─ inclusion paths ─► headers' Merkle roots ─ signatures ─► certificates
 *                                          the pinned root ◄── each by its issuer ──┘
 *
 * Written by the node (node/http/calls/proof.c), checked offline by `qipan verify`. The file is
 * `qipan-proof-1` and a line feed, then a Proof message in its one canonical form: encoding what was read
 * must give the same bytes again, so that nothing unknown, appended, repeated or in another order passes. It
 * shows that each event was said by that node about this matter; it cannot show that there were no others.
 * Not yet: heads cosigned by parents (T2), and revocations. */
#ifndef QP_TOPOLOGY_PROOF_H
#define QP_TOPOLOGY_PROOF_H

#include "proto/parcel.h"
#include "proto/proof.pb-c.h"
#include "topology/certificate.h"

enum {
    QP_PROOF_BYTES = 16 * 1024 * 1024,
    QP_PROOF_ARENA = 64 * 1024 * 1024,
    QP_PROOF_PARCELS = 8192,
    QP_PROOF_CERTIFICATES = 1024
};

/* ---- building ---- */
struct qp_proof_part {
    const struct qp_parcel *parcel; /* with all its events */
    const uint32_t *indexes;        /* those of the matter, ascending, each once */
    size_t n;
};
/* Parts in any order, each parcel once; certificates in any order, repeats are dropped; all that the parcels
 * need and no others. The bytes are in the arena. QP_EINVAL when the parts do not make a proof (it is not
 * checked against a root); QP_EBIG. */
int qp_proof_build(struct qp_slice *out, const uint8_t matter[QP_ID_LEN], const struct qp_proof_part *parts,
                   size_t nparts, const Qp__Certificate *const *certificates, size_t ncertificates,
                   struct qp_arena *a, struct qp_err *e);

/* One event of a parcel (with all its events) as others can check it; in the arena, NULL past its cap. */
Qp__ProofParcel *qp_proof_of(const struct qp_parcel *p, uint32_t index, struct qp_arena *a);

/* ---- checking ---- */
/* The event is the one that a header with this root and count signs. */
bool qp_proof_included(const Qp__ProofEvent *ev, const uint8_t root[QP_HASH_LEN], uint32_t count);
struct qp_proof_event {
    Qp__Event *event;             /* decoded */
    const struct qp_cert *signer; /* who said it */
    struct qp_hash parcel;        /* its parcel's id */
    uint64_t clock;               /* its parcel's hybrid clock */
    uint32_t index;
};
struct qp_proof {
    uint8_t matter[QP_ID_LEN];
    struct qp_proof_event *events; /* by version; those without one by their parcel's clock between them */
    size_t n;
    uint64_t missing;                   /* versions below the highest that no event here made */
    const struct qp_cert *certificates; /* by id */
    size_t ncertificates;
};
/* Everything in `out` is in the arena (QP_PROOF_ARENA). QP_EINVAL says what is wrong with the form; QP_ESIG a
 * signature or a hash; QP_ESCOPE; QP_EUNKNOWNKEY: another root than the one asked for; QP_EBIG. */
int qp_proof_verify(struct qp_proof *out, const void *bytes, size_t len, const struct qp_hash *root,
                    struct qp_arena *a, struct qp_err *e);

#endif
