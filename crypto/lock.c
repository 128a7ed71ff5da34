/* lock.c: a record under a key of its own. Called by the vault, which keeps the key elsewhere. */
#include "crypto/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

_Static_assert(QP_LOCK_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "the nonce in front");
_Static_assert(QP_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key");
_Static_assert(QP_LOCK_OVERHEAD == QP_LOCK_NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "and the tag");

void qp_lock(uint8_t *out, const void *msg, size_t len, const void *about, size_t about_len,
             const uint8_t nonce[QP_LOCK_NONCE], const uint8_t key[QP_KEY_LEN])
{
    memcpy(out, nonce, QP_LOCK_NONCE);
    int rc = crypto_aead_xchacha20poly1305_ietf_encrypt(out + QP_LOCK_NONCE, NULL, msg, len, about, about_len,
                                                        NULL, nonce, key);
    assert(!rc); /* fails never */
    (void)rc;
}

int qp_unlock(uint8_t *out, const uint8_t *locked, size_t len, const void *about, size_t about_len,
              const uint8_t key[QP_KEY_LEN])
{
    if (len < QP_LOCK_OVERHEAD ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, locked + QP_LOCK_NONCE,
                                                   len - QP_LOCK_NONCE, about, about_len, locked, key) != 0)
        return QP_ESIG;
    return 0;
}

void qp_wipe(void *p, size_t len)
{
    sodium_memzero(p, len);
}
