/* init.c: starting libsodium, and the operating system's random bytes.
 *
 * Called once by main() and by every test program; qp_random() by the driver, never by the deterministic
 * core. */
#include "crypto/crypto.h"

#include <sodium.h>

_Static_assert(QP_HASH_LEN == crypto_generichash_BYTES, "hash");
_Static_assert(QP_SIG_LEN == crypto_sign_BYTES, "signature");
_Static_assert(QP_PK_LEN == crypto_sign_PUBLICKEYBYTES && QP_PK_LEN == crypto_box_PUBLICKEYBYTES,
               "public keys");
_Static_assert(QP_SIGN_SK_LEN == crypto_sign_SECRETKEYBYTES, "signing key");
_Static_assert(QP_SK_LEN == crypto_box_SECRETKEYBYTES, "box key");
_Static_assert(QP_SEED_LEN == crypto_sign_SEEDBYTES && QP_SEED_LEN == crypto_box_SEEDBYTES, "seeds");
_Static_assert(QP_SEAL_OVERHEAD == crypto_box_SEALBYTES, "sealed box");
_Static_assert(QP_PASSWORD_LEN == crypto_pwhash_STRBYTES, "password hash");

int qp_crypto_init(struct qp_err *e)
{
    if (sodium_init() < 0) /* 1 = was started already: success */
        return qp_fail(e, QP_EIO,
                       "libsodium finds no random source: is /dev/urandom there in this container?");
    return 0;
}

void qp_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}
