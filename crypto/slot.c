/* slot.c: see slot.h. */
#include "crypto/slot.h"

#include <sodium.h>
#include <string.h>

uint64_t qp_hash_slot(const void *in, size_t len, const uint8_t key[QP_SLOT_KEY_LEN])
{
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t h;
    _Static_assert(QP_SLOT_KEY_LEN == crypto_shorthash_KEYBYTES, "the key is SipHash's");
    crypto_shorthash(out, in, len, key);
    memcpy(&h, out, sizeof h);
    return h;
}
