/* token.h: what `qipan invite` prints and `qipan join` takes: one use, 256 bits, bound to a path and to the
 * parent's keys.
 *
 * The text is `qipan1.` and base64url of: version 1, expires_us 8, root fingerprint 32, parent's link key 32,
 * secret 32, then the path and the parent's endpoint, each after two bytes of length, and a 4-byte check
 * (head of the hash of what is before). The secret derives a CURVE key pair: the joiner dials with it, so
 * that the parent needs to keep only its public half, and the secret never travels. */
#ifndef QP_TOPOLOGY_TOKEN_H
#define QP_TOPOLOGY_TOKEN_H

#include <stdbool.h>

#include "crypto/crypto.h"
#include "topology/path.h"

enum { QP_TOKEN_TEXT_MAX = 800, QP_ENDPOINT_MAX = 200 };

struct qp_token {
    int64_t expires_us;
    struct qp_hash root;
    uint8_t parent_link_key[QP_PK_LEN];
    uint8_t secret[QP_SEED_LEN];
    char path[QP_PATH_MAX];
    char endpoint[QP_ENDPOINT_MAX + 1]; /* tcp://HOST:PORT */
};

/* True: a wildcard (0.0.0.0, [::], *) or port 0. Can be listened on and not dialled. */
bool qp_endpoint_anywhere(const char *endpoint);

/* QP_EPOLICY: the endpoint is one that cannot be dialled. */
int qp_token_print(char out[QP_TOKEN_TEXT_MAX], const struct qp_token *t, struct qp_err *e);
/* QP_EINVAL says what is wrong (cut short, mistyped: the check does not fit, not a qipan token). Expiry is
 * the parent's to judge. */
int qp_token_parse(struct qp_token *t, const char *text, struct qp_err *e);
void qp_token_link_keys(const struct qp_token *t, uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SK_LEN]);

#endif
