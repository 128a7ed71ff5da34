/* inside.h: what the files of this room share. vault.h is the manual. */
#ifndef QP_NODE_VAULT_INSIDE_H
#define QP_NODE_VAULT_INSIDE_H

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/env.h"
#include "node/vault/vault.h"

/* ---- slots.c: the keys' file ----
 * A slot is 128 bytes: record id 16, sealed key 80, the first 32 bytes of a hash over both. All zeros: free. */
enum { QP_SLOT_BYTES = 128 };
struct qp_slots {
    int fd;
    bool no_sync;
    uint32_t n;      /* slots in the file */
    uint8_t *taken;  /* a byte a slot */
    uint32_t *free;  /* a stack of those that are free */
    uint32_t n_free; /* <= n */
    char path[PATH_MAX];
};
int qp_slots_open(struct qp_slots *s, const char *dir, bool no_sync, struct qp_err *e);
void qp_slots_close(struct qp_slots *s);
/* What lies in one. DAMAGED, WHOLE: id and key (may be NULL) as they stand there. */
enum qp_slot_state { QP_SLOT_EMPTY, QP_SLOT_WHOLE, QP_SLOT_DAMAGED };
enum qp_slot_state qp_slots_look(const struct qp_slots *s, uint32_t slot, uint8_t id[QP_ID_LEN],
                                 uint8_t *key);
/* Marks one that a record names; false: there is no whole key of that record in it. While opening. */
bool qp_slots_claim(struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN]);
/* Overwrites every slot that was not claimed and has something in it; then the rest are free. While opening. */
int qp_slots_sweep(struct qp_slots *s, struct qp_err *e);
/* A free slot, taken; the file grows where there is none. */
int qp_slots_take(struct qp_slots *s, uint32_t *slot, struct qp_err *e);
int qp_slots_write(struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN],
                   const uint8_t key[QP_SEALED_KEY], struct qp_err *e);
int qp_slots_end(struct qp_slots *s, uint32_t slot,
                 struct qp_err *e); /* overwritten, and free after the next sync */
int qp_slots_sync(struct qp_slots *s, struct qp_err *e);
/* May the key in it be this record's? False: it is free, or another's; a damaged one may be. Not while opening. */
bool qp_slots_is_of(const struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN]);
/* QP_ENOTFOUND: there is no whole key of that record in it. Any thread. */
int qp_slots_read(const struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN],
                  uint8_t key[QP_SEALED_KEY]);

/* ---- vault.c ---- */
struct noted { /* of this turn; the newest of a record counts */
    struct noted *next;
    uint8_t id[QP_ID_LEN];
    bool ends;
    uint32_t slot; /* of one that is to be kept, once it has one */
    bool has_slot;
    struct qp_sealed sealed; /* bytes: behind this struct */
};

struct qp_vault {
    MDB_env *env;
    MDB_dbi dbi;
    struct qp_slots slots;
    const struct qp_keys *keys;
    struct noted *noted;
    bool committed;        /* what is to be kept is: settle may follow */
    uint64_t mended, lost; /* keys, at the opening (claim.c) */
};

/* A value: its slot 4, commitment, ciphertext. */
enum { QP_VALUE_HEAD = 4 + QP_HASH_LEN };
static inline uint32_t qp_slot_of(const MDB_val *v)
{
    return qp_rd32(v->mv_data);
}
static inline bool qp_value_whole(const MDB_val *k, const MDB_val *v)
{
    return k->mv_size == QP_ID_LEN && v->mv_size >= QP_VALUE_HEAD + QP_LOCK_OVERHEAD &&
           v->mv_size <= QP_VALUE_HEAD + QP_LOCKED_MOST;
}
/* As qp_vault_has; the key as it lies, where the record is not one that this turn notes. */
bool qp_vault_key(struct qp_vault *v, const uint8_t id[QP_ID_LEN], uint8_t key[QP_SEALED_KEY], bool *noted);

/* ---- failed.c ---- */
int qp_vault_failed(int mdb_rc, struct qp_err *e); /* 0 of 0 */

/* ---- claim.c: while opening ---- */
int qp_vault_claim(struct qp_vault *v, struct qp_err *e);

#endif
