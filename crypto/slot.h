/* slot.h: where something stands in a table in memory whose keys others choose. Apart from crypto.h: few ask for it. */
#ifndef QP_CRYPTO_SLOT_H
#define QP_CRYPTO_SLOT_H

#include <stddef.h>
#include <stdint.h>

enum { QP_SLOT_KEY_LEN = 16 };

/* SipHash-2-4 under a key that is drawn anew for each table (qp_random), so that nobody can choose what falls together. Never
 * kept, never sent, and no result hangs on it. */
uint64_t qp_hash_slot(const void *in, size_t len, const uint8_t key[QP_SLOT_KEY_LEN]);

#endif
