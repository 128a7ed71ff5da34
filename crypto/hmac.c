/* hmac.c: HMAC-SHA256 (RFC 2104, FIPS 180-4): what receivers of signed messages elsewhere have at hand. Nothing inside this
 * project is signed by it. */
#include <sodium.h>

#include "crypto/crypto.h"

void qp_hmac_sha256(struct qp_hash *out, const struct qp_part *parts, size_t n, const uint8_t *key,
                    size_t key_len)
{
    crypto_auth_hmacsha256_state s;
    crypto_auth_hmacsha256_init(&s, key, key_len);
    for (size_t i = 0; i < n; i++)
        crypto_auth_hmacsha256_update(&s, parts[i].p, parts[i].len);
    crypto_auth_hmacsha256_final(&s, out->b);
    sodium_memzero(&s, sizeof s);
}
