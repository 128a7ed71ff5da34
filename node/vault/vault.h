/* vault.h: what a node keeps of people: records under keys of their own, apart from journal and tables.
 *
 *   VAULT/data.mdb   an LMDB environment: record id ─► slot, commitment, ciphertext; synchronous
 *   VAULT/keys       slots of a fixed size, outside LMDB: record id, the record's key sealed to this node's box key
 *
 *   a turn:  keep, end ─► [commit: slots, records] ─► journal ─► [settle: keys overwritten, records gone] ─► tables
 *
 * A record lies here before the journal says that there is one, so that nothing that was answered is missing; its
 * key is destroyed after the journal says so, so that no record is lost without a word. What a crash leaves between
 * the two is put right at the next opening (qp_vault_each: whoever knows the matters says what is no longer to be
 * kept). The projections never touch it, a rebuild neither.
 *
 * To erase is to overwrite the key's slot where it lies and to sync that; LMDB never writes in place, so the
 * ciphertext may stay in free pages and in copies: without its key it is noise. VAULT/keys is in no backup
 * (VAULT is DIR/vault of the node; the node's own keys are DIR/keys).
 *
 * One thread keeps, ends, commits, settles, forgets; any thread reads. Rules: VA1, VA2, P1 (RULES.md). */
#ifndef QP_NODE_VAULT_VAULT_H
#define QP_NODE_VAULT_VAULT_H

#include "crypto/crypto.h"
#include "proto/parcel.h"

enum {
    QP_RECORD_MOST = 16 * 1024,                         /* of one record, in the clear */
    QP_SEALED_KEY = QP_KEY_LEN + QP_SEAL_OVERHEAD,      /* a record's key, sealed to one node */
    QP_LOCKED_MOST = QP_RECORD_MOST + QP_LOCK_OVERHEAD, /* of one record, as it lies and travels */
};

_Static_assert((int)QP_LOCKED_MOST == (int)QP_RECORD_BYTES, "what lies here may travel");

/* ---- one record, locked (record.c) ---- */
struct qp_sealed {
    struct qp_hash
        commitment; /* what the journal knows of it: says nothing without the salt inside the record */
    uint8_t key[QP_SEALED_KEY];
    struct qp_slice bytes; /* nonce, ciphertext, tag */
};
/* Locks a record, with a salt in it, under a new key, sealed to the node whose box key is pk. Everything random
 * follows from `seed`, 32 fresh secret bytes. QP_EBIG, QP_ENOMEM. */
int qp_record_lock(struct qp_sealed *out, const void *record, size_t len, const uint8_t pk[QP_PK_LEN],
                   const uint8_t seed[QP_SEED_LEN], struct qp_arena *a, struct qp_err *e);
/* out holds QP_RECORD_MOST bytes; the caller wipes them. QP_ESIG: the key is another node's, or was destroyed, or the
 * record is not the one of its commitment. */
int qp_record_unlock(uint8_t *out, size_t *len, const struct qp_sealed *s, const struct qp_keys *k);
/* The record's key for another node. QP_ESIG. */
int qp_record_pass(uint8_t key[QP_SEALED_KEY], const struct qp_sealed *s, const struct qp_keys *k,
                   const uint8_t pk[QP_PK_LEN], const uint8_t seed[QP_SEED_LEN]);

/* ---- the vault ---- */
struct qp_vault;
struct qp_vault_options {
    const char *dir;
    size_t map;                 /* bytes: the quota (store.vault_map) */
    bool no_sync;               /* the simulator on tmpfs; never a real node */
    const struct qp_keys *keys; /* borrowed */
};
/* Opens or makes it, and ends what a crash has left: a slot without a record is overwritten, a record without a key
 * is dropped. A damaged slot is mended where its record still opens. QP_ECORRUPT: a file is damaged or cut; QP_EIO. */
int qp_vault_open(struct qp_vault **out, const struct qp_vault_options *o, struct qp_err *e);
void qp_vault_close(struct qp_vault *v); /* NULL is fine */
const struct qp_keys *qp_vault_keys(const struct qp_vault *v);

/* Both are only noted: a later one of the same record in the same turn replaces the earlier one. QP_ENOMEM. */
int qp_vault_keep(struct qp_vault *v, const uint8_t id[QP_ID_LEN], const struct qp_sealed *s,
                  struct qp_err *e);
int qp_vault_end(struct qp_vault *v, const uint8_t id[QP_ID_LEN], struct qp_err *e);
/* Before the journal's commit: what is to be kept is on the disk when it returns. Nothing to keep: free. QP_EFULL:
 * nothing was taken, of this turn's records none. QP_EIO: stop. Both are for a node without a vault too: NULL does nothing. */
int qp_vault_commit(struct qp_vault *v, struct qp_err *e);
/* After the journal's commit: what is to end has ended when it returns: its key is gone, also where there is no room to take
 * the noise out that is left of it (the next opening with room does). QP_EIO: stop; the next opening ends it. */
int qp_vault_settle(struct qp_vault *v, struct qp_err *e);
void qp_vault_forget(struct qp_vault *v); /* an aborted turn: what was noted and not committed */
/* As of now, what this turn notes included: a record and its key. The turn's thread. */
bool qp_vault_has(struct qp_vault *v, const uint8_t id[QP_ID_LEN]);
/* ... and this node's own box key opens it: not one that was kept under its keys before it joined again. */
bool qp_vault_opens(struct qp_vault *v, const uint8_t id[QP_ID_LEN]);
/* Each record whose key is sealed to these former keys of the node gets it sealed to its present ones. Between turns. QP_EFULL,
 * QP_EIO: *adopted were; the others are as they were. */
int qp_vault_adopt(struct qp_vault *v, const struct qp_keys *former, const uint8_t seed[QP_SEED_LEN],
                   size_t *adopted, struct qp_err *e);

/* From any thread; of what is committed (on the turn's own thread: what it notes as well). The bytes are copied into
 * the arena. QP_ENOTFOUND: there is none, or it has ended. */
int qp_vault_get(struct qp_vault *v, const uint8_t id[QP_ID_LEN], struct qp_sealed *out, struct qp_arena *a,
                 struct qp_err *e);
/* Each record that is committed; `stay` false ends it at once. Between turns. */
int qp_vault_each(struct qp_vault *v, bool (*stay)(void *arg, const uint8_t id[QP_ID_LEN]), void *arg,
                  struct qp_err *e);
struct qp_vault_use {
    uint64_t records, used, size; /* bytes of the quota */
    uint64_t mended, lost;        /* damaged keys found at the opening: mended; lost, with their records */
};
void qp_vault_use(struct qp_vault *v, struct qp_vault_use *u);
/* True above 90 % of the quota: no record is taken in, so that there is room to end some. Any thread; NULL: false. */
bool qp_vault_full(struct qp_vault *v);
/* What to do about it: the end of a sentence. */
#define QP_VAULT_REMEDY                                                                                      \
    "raise store.vault_map and start the node again, or let records end sooner (keep_personal of the "       \
    "policy)"

#endif
