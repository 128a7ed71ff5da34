/* env.h: what every LMDB environment of a node needs, whatever is in it: codes as errors, a look before it is mapped, its
 * use, numbers as bytes. store.h has the journal and the tables; node/vault has an environment of its own, and takes
 * this alone, because store.h puts calls that check rows in the place of LMDB's. */
#ifndef QP_NODE_STORE_ENV_H
#define QP_NODE_STORE_ENV_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "crypto/crypto.h"

int qp_store_error(int mdb_rc, const char *what, struct qp_err *e); /* maps an LMDB code */
/* Looks at an environment's data file before LMDB maps it: one that was cut is an error, not a signal. *empty: not
 * there, or of no bytes. QP_ECORRUPT, QP_EIO. */
int qp_env_check(const char *path, bool *empty, struct qp_err *e);
/* Bytes that an environment uses of its map. Its free list is counted, a walk, only when all its pages are more than `above`
 * bytes: what is not more than that may be less. */
uint64_t qp_env_used(MDB_env *env, uint64_t above);
static inline void qp_be64(uint8_t *p, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}
static inline uint64_t qp_rd64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}
static inline void qp_be32(uint8_t *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}
static inline uint32_t qp_rd32(const uint8_t *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 8 | p[i];
    return v;
}

#endif
