/* claim.c: at an opening every record finds its key again, or goes.
 *
 *   its slot has its key ─► claimed
 *   its slot is damaged, and the key in it opens the record all the same ─► the slot is written anew
 *   another slot says that it is its key ─► the record names that one
 *   the key in its slot is another's, says the slot, and opens the record ─► the record's own id was changed: it gets the slot's
 *   its slot is empty, or another's ─► it had ended: the record goes
 *   nothing of this ─► its key is lost: the record goes, and that is counted
 *
 * What nobody claimed is overwritten afterwards (qp_slots_sweep). */
#include <errno.h>

#include "node/vault/inside.h"

enum { STRAYS = 256 };

struct claiming {
    struct qp_vault *v;
    MDB_txn *txn;
    MDB_cursor *cur;
    size_t missed;           /* records without a whole key where they say */
    uint32_t strays[STRAYS]; /* slots with a whole key that nobody claimed */
    size_t nstrays;
    bool moved; /* a record names another slot now */
};

static bool claimed(const struct claiming *c, const MDB_val *k, const MDB_val *d)
{
    uint8_t key[QP_SEALED_KEY];
    return qp_value_whole(k, d) && !qp_slots_read(&c->v->slots, qp_slot_of(d), k->mv_data, key);
}

static int claim_whole(struct claiming *c)
{
    MDB_val k, d;
    int m;
    while (!(m = mdb_cursor_get(c->cur, &k, &d, MDB_NEXT)))
        c->missed += !qp_value_whole(&k, &d) || !qp_slots_claim(&c->v->slots, qp_slot_of(&d), k.mv_data);
    return m == MDB_NOTFOUND ? 0 : m;
}

static void find_strays(struct claiming *c)
{
    uint8_t id[QP_ID_LEN];
    for (uint32_t i = 0; i < c->v->slots.n && c->nstrays < STRAYS; i++)
        if (!c->v->slots.taken[i] && qp_slots_look(&c->v->slots, i, id, NULL) == QP_SLOT_WHOLE)
            c->strays[c->nstrays++] = i;
}

/* A flipped bit in the slot's id or check leaves the key as it was: the record itself says so. */
static bool still_opens(const struct qp_vault *v, const MDB_val *d, const uint8_t key[QP_SEALED_KEY])
{
    uint8_t clear[QP_RECORD_MOST];
    const uint8_t *p = d->mv_data;
    struct qp_sealed s = {.bytes = {p + QP_VALUE_HEAD, d->mv_size - QP_VALUE_HEAD}};
    size_t len;
    memcpy(s.commitment.b, p + 4, QP_HASH_LEN);
    memcpy(s.key, key, QP_SEALED_KEY);
    bool opens = !qp_record_unlock(clear, &len, &s, v->keys);
    qp_wipe(clear, sizeof clear);
    return opens;
}

/* LMDB's code. The record is where the cursor stands. */
static int name_slot(struct claiming *c, MDB_val *k, const MDB_val *d, uint32_t slot)
{
    uint8_t *copy = malloc(d->mv_size);
    if (!copy)
        return ENOMEM;
    memcpy(copy, d->mv_data, d->mv_size);
    qp_be32(copy, slot);
    MDB_val v = {d->mv_size, copy};
    int m = mdb_cursor_put(c->cur, k, &v, MDB_CURRENT);
    free(copy);
    c->moved = true;
    return m;
}

/* The record where the cursor stands gets the id of its slot. LMDB's code. */
static int name_record(struct claiming *c, const MDB_val *d, uint32_t slot, uint8_t id[QP_ID_LEN])
{
    uint8_t *copy = malloc(d->mv_size);
    if (!copy)
        return ENOMEM;
    memcpy(copy, d->mv_data, d->mv_size);
    MDB_val k = {QP_ID_LEN, id}, v = {d->mv_size, copy};
    int m = mdb_cursor_del(c->cur, 0);
    if (!m)
        m = mdb_put(c->txn, c->v->dbi, &k, &v, MDB_NOOVERWRITE);
    free(copy);
    c->v->slots.taken[slot] = 1;
    c->moved = true;
    return m;
}

/* 0, or LMDB's code; *stays: it has its key again. */
static int rescue(struct claiming *c, MDB_val *k, const MDB_val *d, bool *stays)
{
    struct qp_vault *v = c->v;
    uint8_t key[QP_SEALED_KEY], id[QP_ID_LEN];
    bool sound = qp_value_whole(k, d);
    uint32_t slot = sound ? qp_slot_of(d) : UINT32_MAX;
    enum qp_slot_state is = QP_SLOT_DAMAGED;
    *stays = true;
    if (slot < v->slots.n && !v->slots.taken[slot]) {
        is = qp_slots_look(&v->slots, slot, id, key);
        if (is == QP_SLOT_DAMAGED && still_opens(v, d, key)) {
            v->slots.taken[slot] = 1;
            return qp_slots_write(&v->slots, slot, k->mv_data, key, NULL) ? EIO : 0;
        }
    } else if (slot < v->slots.n) {
        is = QP_SLOT_WHOLE; /* another's */
    }
    for (size_t i = 0; sound && i < c->nstrays; i++)
        if (qp_slots_claim(&v->slots, c->strays[i], k->mv_data))
            return name_slot(c, k, d, c->strays[i]);
    if (sound && slot < v->slots.n && !v->slots.taken[slot] && is == QP_SLOT_WHOLE && still_opens(v, d, key))
        return name_record(c, d, slot, id);
    *stays = false;
    v->lost += is == QP_SLOT_DAMAGED;
    return mdb_cursor_del(c->cur, 0);
}

static int claim_rest(struct claiming *c)
{
    MDB_val k, d;
    bool stays;
    int m, bad = 0;
    find_strays(c);
    m = mdb_cursor_get(c->cur, &k, &d, MDB_FIRST);
    for (; !m && !bad; m = mdb_cursor_get(c->cur, &k, &d, MDB_NEXT))
        if (!claimed(c, &k, &d)) {
            bad = rescue(c, &k, &d, &stays);
            c->v->mended += !bad && stays;
        }
    return bad ? bad : m == MDB_NOTFOUND ? 0 : m;
}

int qp_vault_claim(struct qp_vault *v, struct qp_err *e)
{
    struct claiming c = {.v = v};
    int m = mdb_txn_begin(v->env, NULL, 0, &c.txn);
    if (m)
        return qp_vault_failed(m, e);
    m = mdb_cursor_open(c.txn, v->dbi, &c.cur);
    if (!m) {
        m = claim_whole(&c);
        if (!m && c.missed > 0)
            m = claim_rest(&c);
        mdb_cursor_close(c.cur);
    }
    if (!m)
        m = mdb_txn_commit(c.txn);
    else
        mdb_txn_abort(c.txn);
    int rc = qp_vault_failed(m, e);
    if (rc == QP_EFULL &&
        !c.moved) /* what should have gone has no key: noise, that may stay until there is room */
        rc = 0;
    return rc || v->mended == 0 ? rc : qp_slots_sync(&v->slots, e);
}
