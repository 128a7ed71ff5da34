/* sign.c: Ed25519 (RFC 8032) with a domain tag: tag, 0x00, message is what is signed.
 *
 * Called by node/core for parcels and offers, by topology for certificates, by node/link for the challenged
 * hello. libsodium refuses malleated signatures and small-order keys by itself (tests/unit/crypto shows it).
 */
#include "crypto/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_MAX = 64, ON_STACK = 1024 };

/* Ed25519 reads the message twice, so tag and message must lie together. Headers fit in `small`. */
static uint8_t *tagged(uint8_t small[ON_STACK], const char *tag, const void *msg, size_t len, size_t *total)
{
    size_t tag_len = strlen(tag);
    assert(tag_len > 0 && tag_len <= TAG_MAX && len <= SIZE_MAX - TAG_MAX - 1);
    *total = tag_len + 1 + len;
    uint8_t *m = *total <= ON_STACK ? small : malloc(*total);
    assert(m); /* callers bound what they sign */
    memcpy(m, tag, tag_len + 1);
    if (len > 0)
        memcpy(m + tag_len + 1, msg, len);
    return m;
}

void qp_sign_keypair(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SIGN_SK_LEN], const uint8_t seed[QP_SEED_LEN])
{
    crypto_sign_seed_keypair(pk, sk, seed);
}

void qp_sign(uint8_t sig[QP_SIG_LEN], const char *tag, const void *msg, size_t len,
             const uint8_t sk[QP_SIGN_SK_LEN])
{
    uint8_t small[ON_STACK];
    size_t total;
    uint8_t *m = tagged(small, tag, msg, len, &total);
    crypto_sign_detached(sig, NULL, m, total, sk);
    if (m != small)
        free(m);
}

int qp_verify(const uint8_t sig[QP_SIG_LEN], const char *tag, const void *msg, size_t len,
              const uint8_t pk[QP_PK_LEN])
{
    uint8_t small[ON_STACK];
    size_t total;
    uint8_t *m = tagged(small, tag, msg, len, &total);
    int rc = crypto_sign_verify_detached(sig, m, total, pk);
    if (m != small)
        free(m);
    return !rc ? 0 : QP_ESIG;
}
