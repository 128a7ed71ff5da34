/* inside.h: what the files of this room share. vault.h is the manual. */
#ifndef QP_NODE_VAULT_INSIDE_H
#define QP_NODE_VAULT_INSIDE_H

#include <limits.h>
#include <stdlib.h>
#include <string.h>

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
/* QP_ENOTFOUND: there is no whole key of that record in it. Any thread. */
int qp_slots_read(const struct qp_slots *s, uint32_t slot, const uint8_t id[QP_ID_LEN],
                  uint8_t key[QP_SEALED_KEY]);

#endif
