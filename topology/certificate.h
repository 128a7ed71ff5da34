/* certificate.h: who a node is, by whose word, and how far that word reaches.
 *
 * A certificate binds node id, path, keys, incarnation and validity; its direct parent signs it; the root
 * signs itself and is pinned by its fingerprint, the id of its certificate. Scope: a name lies directly under
 * its issuer's. */
#ifndef QP_TOPOLOGY_CERTIFICATE_H
#define QP_TOPOLOGY_CERTIFICATE_H

#include "crypto/crypto.h"
#include "proto/codec.h"
#include "proto/trust.pb-c.h"
#include "topology/areas.h"
#include "topology/path.h"

enum { QP_ZONE_MAX = 64 };

struct qp_cert {
    struct qp_hash id, issuer_certificate; /* issuer_certificate: zeros for the root */
    uint8_t tree[QP_ID_LEN], node[QP_ID_LEN], issuer[QP_ID_LEN];
    char path[QP_PATH_MAX], title[QP_TITLE_MAX + 1], code[QP_CODE_MAX + 1], level[QP_LEVEL_MAX + 1],
        zone[QP_ZONE_MAX + 1];
    uint8_t sign_key[QP_PK_LEN], box_key[QP_PK_LEN], link_key[QP_PK_LEN];
    uint32_t incarnation;
    int64_t not_before_us, not_after_us;
};

/* Signs `c` (its id is filled in) with the issuer's key, into the arena. */
Qp__Certificate *qp_cert_sign(struct qp_cert *c, const uint8_t issuer_sk[QP_SIGN_SK_LEN], struct qp_arena *a);
/* Reads and bounds; the signature is not checked. QP_EINVAL names the field. */
int qp_cert_read(struct qp_cert *out, const Qp__Certificate *c, struct qp_arena *a, struct qp_err *e);
/* Signature and scope: issuer NULL = must be a root (signed by its own key). QP_ESIG, QP_ESCOPE (names both
 * paths). Times are not looked at (T1): qp_cert_current does that, for sessions and issuing. */
int qp_cert_check(const struct qp_cert *c, const Qp__Certificate *raw, const struct qp_cert *issuer,
                  struct qp_err *e);
bool qp_cert_current(const struct qp_cert *c, int64_t now_us);
/* A whole chain, the certificate asked for first, the root last, which must have the pinned fingerprint.
 * Writes up to QP_CHAIN_CERTIFICATES; *n how many. QP_ESIG, QP_ESCOPE, QP_EUNKNOWNKEY (another root),
 * QP_EINVAL. */
int qp_chain_check(struct qp_cert *out, size_t *n, const Qp__Chain *chain, const struct qp_hash *root,
                   struct qp_arena *a, struct qp_err *e);

#endif
