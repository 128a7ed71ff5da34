/* password.c: Argon2id at OWASP's minimum (19 MiB, 2 passes), as a text that carries its own parameters.
 *
 * Called by node/http for sessions, one at a time: each call takes 19 MiB and about 26 ms. */
#include "crypto/crypto.h"

#include <sodium.h>
#include <string.h>

enum { PASSES = 2, MEMORY = 19 * 1024 * 1024 };

int qp_password_hash(char out[QP_PASSWORD_LEN], const char *password, struct qp_err *e)
{
    if (crypto_pwhash_str(out, password, strlen(password), PASSES, MEMORY) != 0)
        return qp_fail(e, QP_ENOMEM,
                       "a password hash needs 19 MiB of memory and there is none left: log in again later");
    return 0;
}

int qp_password_check(const char *hash, const char *password)
{
    char text[QP_PASSWORD_LEN] = {0}; /* libsodium's parameter is an array of this size */
    size_t len = strlen(hash);
    if (len >= sizeof text)
        return QP_EAUTH;
    memcpy(text, hash, len);
    return crypto_pwhash_str_verify(text, password, strlen(password)) == 0 ? 0 : QP_EAUTH;
}
