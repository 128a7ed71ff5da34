/* certificate.h: who a node is, by whose word, and how far that word reaches.
 *
 * A node's id certifies itself (C0): it is a hash of what its first certificate says of its place, so that an
 * issuer can make ids for new children of its own and for nobody else, whether the one that it would like to
 * be is known here yet or not. qp_cert_read checks it: there is no certificate in memory whose id does not
 * hold.
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
    uint8_t salt[QP_SALT_LEN]; /* of the node's id: its successors keep both */
    char path[QP_PATH_MAX], title[QP_TITLE_MAX + 1], code[QP_CODE_MAX + 1], level[QP_LEVEL_MAX + 1],
        zone[QP_ZONE_MAX + 1];
    uint8_t sign_key[QP_PK_LEN], box_key[QP_PK_LEN], link_key[QP_PK_LEN];
    uint32_t incarnation;
    int64_t not_before_us, not_after_us;
};

/* The id of the node that `issuer` (NULL: it is a root) certified first at `path`. Without moves (T3) a
 * node's present issuer and path are its first ones. */
void qp_node_id(uint8_t node[QP_ID_LEN], const uint8_t tree[QP_ID_LEN], const uint8_t *issuer,
                const char *path, const uint8_t salt[QP_SALT_LEN]);
/* Signs `c` (its id is filled in) with the issuer's key, into the arena; NULL past its cap. */
Qp__Certificate *qp_cert_sign(struct qp_cert *c, const uint8_t issuer_sk[QP_SIGN_SK_LEN], struct qp_arena *a);
/* Reads, bounds, and checks that the node's id is its own (C0); the signature is not checked. QP_EINVAL names
 * the field; QP_ESCOPE: the id is another node's. */
int qp_cert_read(struct qp_cert *out, const Qp__Certificate *c, struct qp_arena *a, struct qp_err *e);
/* Signature and scope: issuer NULL = must be a root (signed by its own key). QP_ESIG, QP_ESCOPE (names both
 * paths; also when it would outlive its issuer's). Times are not looked at (T1): qp_cert_current does that,
 * for sessions and issuing. */
int qp_cert_check(const struct qp_cert *c, const Qp__Certificate *raw, const struct qp_cert *issuer,
                  struct qp_err *e);
/* Not over yet. One that has not begun is no reason to cut a link: it was signed by a clock that was ahead, or is
 * read by one that is behind, and neither says anything of its key. */
bool qp_cert_current(const struct qp_cert *c, int64_t now_us);
/* A whole chain, the certificate asked for first, the root last, which must have the pinned fingerprint.
 * Writes up to QP_CHAIN_CERTIFICATES, for which `out` has room; *n how many. QP_ESIG, QP_ESCOPE, QP_EUNKNOWNKEY (another root),
 * QP_EINVAL. */
int qp_chain_check(struct qp_cert *out, size_t *n, const Qp__Chain *chain, const struct qp_hash *root,
                   struct qp_arena *a, struct qp_err *e);

#endif
