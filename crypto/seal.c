/* seal.c: X25519 sealed boxes for personal records, and the key pairs of boxes and links.
 *
 * Called by the driver (sealing draws an ephemeral key from the operating system) and by whoever may open a
 * record. */
#include "crypto/crypto.h"

#include <sodium.h>
#include <string.h>

void qp_box_keypair(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SK_LEN], const uint8_t seed[QP_SEED_LEN])
{
    crypto_box_seed_keypair(pk, sk, seed);
}

/* ZeroMQ's CURVE takes the same kind of pair as a box; the seeds differ, so the keys do. */
void qp_link_keypair(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SK_LEN], const uint8_t seed[QP_SEED_LEN])
{
    crypto_box_seed_keypair(pk, sk, seed);
}

void qp_seal(uint8_t *out, const void *msg, size_t len, const uint8_t pk[QP_PK_LEN])
{
    /* Fails for a small-order key only, which a peer may have put in its own certificate. Zeros are a box
     * that nobody can open: the loss is that peer's, and not a byte of the record has left. */
    if (crypto_box_seal(out, msg, len, pk) != 0)
        memset(out, 0, len + QP_SEAL_OVERHEAD);
}

void qp_seal_by(uint8_t *out, const void *msg, size_t len, const uint8_t pk[QP_PK_LEN],
                const uint8_t seed[QP_SEED_LEN])
{
    /* As libsodium documents a sealed box: ephemeral key, then a box whose nonce is the hash of both keys. */
    uint8_t sk[QP_SK_LEN], nonce[crypto_box_NONCEBYTES];
    crypto_generichash_state h;
    crypto_box_seed_keypair(out, sk, seed);
    crypto_generichash_init(&h, NULL, 0, sizeof nonce);
    crypto_generichash_update(&h, out, QP_PK_LEN);
    crypto_generichash_update(&h, pk, QP_PK_LEN);
    crypto_generichash_final(&h, nonce, sizeof nonce);
    if (crypto_box_easy(out + QP_PK_LEN, msg, len, nonce, pk, sk) != 0)
        memset(out, 0, len + QP_SEAL_OVERHEAD); /* as above */
    sodium_memzero(sk, sizeof sk);
}

int qp_open(uint8_t *out, const uint8_t *sealed, size_t sealed_len, const uint8_t pk[QP_PK_LEN],
            const uint8_t sk[QP_SK_LEN])
{
    /* Refuses what is shorter than its overhead as well. */
    if (crypto_box_seal_open(out, sealed, sealed_len, pk, sk) != 0)
        return QP_ESIG;
    return 0;
}
