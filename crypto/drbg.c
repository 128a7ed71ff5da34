/* drbg.c: bytes that follow from a seed, for ids, salts and keys of the deterministic core (rule D1).
 *
 * Block k is BLAKE2b-512 of k (64 bits, little-endian) under the seed as key. A call begins with a fresh
 * block, so what one call got says nothing about the next. */
#include "crypto/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { BLOCK = 64 };

void qp_drbg_init(struct qp_drbg *g, const uint8_t seed[QP_SEED_LEN])
{
    memcpy(g->seed, seed, QP_SEED_LEN);
    g->counter = 0;
}

void qp_drbg_bytes(struct qp_drbg *g, void *out, size_t len)
{
    uint8_t block[BLOCK], number[8];
    for (uint8_t *at = out; len > 0;) {
        assert(g->counter < UINT64_MAX);
        for (int i = 0; i < 8; i++)
            number[i] = (uint8_t)(g->counter >> (8 * i));
        g->counter++;
        crypto_generichash(block, sizeof block, number, sizeof number, g->seed, sizeof g->seed);
        size_t take = len < BLOCK ? len : BLOCK;
        memcpy(at, block, take);
        at += take;
        len -= take;
    }
    sodium_memzero(block, sizeof block);
}

void qp_drbg_wipe(struct qp_drbg *g)
{
    sodium_memzero(g, sizeof *g);
}
