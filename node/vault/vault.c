/* vault.c: the records, and the order in which they and their keys come and go.
 *
 *   commit:  keys into slots ─ sync ─► records into LMDB ─ commit, sync      a record never without its key
 *   settle:  slots overwritten ─ sync ─► records out of LMDB ─ commit        a key never after its record
 *
 * A crash between the two leaves a key without a record, or a record without a key: opening ends both. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "node/vault/inside.h"

enum { READERS = 512, FULL_PERCENT = 90 };

/* ---- opening ---- */

static int env_open(struct qp_vault *v, const struct qp_vault_options *o, struct qp_err *e)
{
    char file[PATH_MAX];
    bool fresh;
    MDB_txn *txn = NULL;
    if (mkdir(o->dir, 0700) != 0 && errno != EEXIST)
        return qp_fail(e, QP_EIO, "%s: cannot be made: %s", o->dir, strerror(errno));
    snprintf(file, sizeof file, "%s/data.mdb", o->dir);
    int rc = qp_env_check(file, &fresh, e);
    if (rc)
        return rc;
    int m = mdb_env_create(&v->env);
    if (!m)
        m = mdb_env_set_mapsize(v->env, o->map);
    if (!m)
        m = mdb_env_set_maxreaders(v->env, READERS);
    if (!m)
        m = mdb_env_open(v->env, o->dir, MDB_NOTLS | (o->no_sync ? MDB_NOSYNC : 0), 0600);
    if (!m)
        m = mdb_txn_begin(v->env, NULL, 0, &txn);
    if (!m)
        m = mdb_dbi_open(txn, NULL, 0, &v->dbi);
    if (!m)
        m = mdb_txn_commit(txn);
    return qp_store_error(m, o->dir, e);
}

int qp_vault_open(struct qp_vault **out, const struct qp_vault_options *o, struct qp_err *e)
{
    struct qp_vault *v = calloc(1, sizeof *v);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "no memory for the vault");
    v->slots.fd = -1;
    v->keys = o->keys;
    int rc = env_open(v, o, e);
    if (!rc)
        rc = qp_slots_open(&v->slots, o->dir, o->no_sync, e);
    if (!rc)
        rc = qp_vault_claim(v, e);
    if (!rc)
        rc = qp_slots_sweep(&v->slots, e);
    if (!rc)
        *out = v;
    else
        qp_vault_close(v);
    return rc;
}

static void drop(struct noted **at)
{
    struct noted *n = *at;
    *at = n->next;
    qp_wipe(n, sizeof *n);
    free(n);
}

static void drop_all(struct qp_vault *v)
{
    while (v->noted)
        drop(&v->noted);
    v->committed = false;
}

void qp_vault_close(struct qp_vault *v)
{
    if (!v)
        return;
    drop_all(v);
    if (v->env)
        mdb_env_close(v->env);
    qp_slots_close(&v->slots);
    free(v);
}

const struct qp_keys *qp_vault_keys(const struct qp_vault *v)
{
    return v->keys;
}

/* ---- what a turn notes ---- */

static struct noted **noted_at(struct qp_vault *v, const uint8_t id[QP_ID_LEN])
{
    for (struct noted **at = &v->noted; *at; at = &(*at)->next)
        if (memcmp((*at)->id, id, QP_ID_LEN) == 0)
            return at;
    return NULL;
}

/* Of which nothing is noted yet. */
static int note_new(struct qp_vault *v, const uint8_t id[QP_ID_LEN], const struct qp_sealed *s,
                    struct qp_err *e)
{
    struct noted *n = calloc(1, sizeof *n + (s ? s->bytes.len : 0));
    if (!n)
        return qp_fail(e, QP_ENOMEM, "no memory for a personal record");
    memcpy(n->id, id, QP_ID_LEN);
    n->ends = !s;
    if (s) {
        n->sealed = *s;
        n->sealed.bytes.p = memcpy(n + 1, s->bytes.p, s->bytes.len);
    }
    n->next = v->noted;
    v->noted = n;
    return 0;
}

static int note(struct qp_vault *v, const uint8_t id[QP_ID_LEN], const struct qp_sealed *s, struct qp_err *e)
{
    struct noted **old = noted_at(v, id);
    assert(!v->committed);
    if (old)
        drop(old);
    return note_new(v, id, s, e);
}

int qp_vault_keep(struct qp_vault *v, const uint8_t id[QP_ID_LEN], const struct qp_sealed *s,
                  struct qp_err *e)
{
    assert(s->bytes.len >= QP_LOCK_OVERHEAD && s->bytes.len <= QP_LOCKED_MOST);
    return note(v, id, s, e);
}

int qp_vault_end(struct qp_vault *v, const uint8_t id[QP_ID_LEN], struct qp_err *e)
{
    return note(v, id, NULL, e);
}

/* ---- both ends of a turn ---- */

/* Deletes a record, and returns the slot that it had through *slot. */
static int take_out(struct qp_vault *v, MDB_txn *txn, const uint8_t id[QP_ID_LEN], uint32_t *slot)
{
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)id}, d;
    int m = mdb_get(txn, v->dbi, &k, &d);
    if (m)
        return m;
    *slot = qp_slot_of(&d);
    return mdb_del(txn, v->dbi, &k, NULL);
}

static int put(struct qp_vault *v, MDB_txn *txn, const struct noted *n)
{
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)n->id}, d = {QP_VALUE_HEAD + n->sealed.bytes.len, NULL};
    int m = mdb_put(txn, v->dbi, &k, &d, MDB_RESERVE);
    if (m)
        return m;
    uint8_t *p = d.mv_data;
    qp_be32(p, n->slot);
    memcpy(p + 4, n->sealed.commitment.b, QP_HASH_LEN);
    memcpy(p + QP_VALUE_HEAD, n->sealed.bytes.p, n->sealed.bytes.len);
    return 0;
}

static int keys_in(struct qp_vault *v, struct qp_err *e)
{
    int rc = 0;
    bool any = false;
    for (struct noted *n = v->noted; n && !rc; n = n->next) {
        if (n->ends)
            continue;
        any = true;
        rc = qp_slots_take(&v->slots, &n->slot, e);
        n->has_slot = !rc;
        if (!rc)
            rc = qp_slots_write(&v->slots, n->slot, n->id, n->sealed.key, e);
    }
    return rc || !any ? rc : qp_slots_sync(&v->slots, e);
}

/* *old: slots of records that were here before under the same id; their keys go. */
static int records_in(struct qp_vault *v, uint32_t *old, size_t *n_old, struct qp_err *e)
{
    MDB_txn *txn;
    int m = mdb_txn_begin(v->env, NULL, 0, &txn);
    if (m)
        return qp_vault_failed(m, e);
    for (struct noted *n = v->noted; n && !m; n = n->next) {
        if (n->ends)
            continue;
        m = take_out(v, txn, n->id, &old[*n_old]);
        /* a record whose key is gone may still be here (settle), and its slot be another's by now */
        *n_old += !m && qp_slots_is_of(&v->slots, old[*n_old], n->id);
        m = !m || m == MDB_NOTFOUND ? put(v, txn, n) : m;
    }
    if (m)
        mdb_txn_abort(txn);
    else
        m = mdb_txn_commit(txn);
    return qp_vault_failed(m, e);
}

static size_t count(const struct qp_vault *v, bool ends)
{
    size_t n = 0;
    for (const struct noted *x = v->noted; x; x = x->next)
        n += x->ends == ends;
    return n;
}

static int slots_out(struct qp_vault *v, const uint32_t *slots, size_t n, struct qp_err *e)
{
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++)
        rc = qp_slots_end(&v->slots, slots[i], e);
    return rc || n == 0 ? rc : qp_slots_sync(&v->slots, e);
}

int qp_vault_commit(struct qp_vault *v, struct qp_err *e)
{
    size_t n = v ? count(v, false) : 0, n_old = 0;
    if (!v)
        return 0;
    assert(!v->committed);
    if (n == 0) {
        v->committed = v->noted;
        return 0;
    }
    uint32_t *old = calloc(n, sizeof *old);
    int rc = old ? keys_in(v, e) : qp_fail(e, QP_ENOMEM, "no memory for the vault's turn");
    if (!rc)
        rc = records_in(v, old, &n_old, e);
    if (!rc)
        rc = slots_out(v, old, n_old, e);
    else /* a key that nobody needs: what cannot be overwritten now is at the next opening */
        for (struct noted *x = v->noted; x; x = x->next)
            if (x->has_slot && !qp_slots_end(&v->slots, x->slot, NULL))
                x->has_slot = false;
    free(old);
    v->committed = !rc;
    return rc;
}

/* The slots of the records that end, found and not yet touched. */
static int find_ending(struct qp_vault *v, uint32_t *slots, size_t *n, struct qp_err *e)
{
    MDB_txn *txn;
    int m = mdb_txn_begin(v->env, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_vault_failed(m, e);
    for (struct noted *x = v->noted; x && (!m || m == MDB_NOTFOUND); x = x->next) {
        MDB_val k = {QP_ID_LEN, x->id}, d;
        if (!x->ends)
            continue;
        m = mdb_get(txn, v->dbi, &k, &d);
        if (!m && qp_slots_is_of(&v->slots, qp_slot_of(&d), x->id))
            slots[(*n)++] = qp_slot_of(&d);
    }
    mdb_txn_abort(txn);
    return !m || m == MDB_NOTFOUND ? 0 : qp_vault_failed(m, e);
}

static int records_out(struct qp_vault *v, struct qp_err *e)
{
    MDB_txn *txn;
    uint32_t slot;
    int m = mdb_txn_begin(v->env, NULL, 0, &txn);
    if (m)
        return qp_vault_failed(m, e);
    for (struct noted *x = v->noted; x && (!m || m == MDB_NOTFOUND); x = x->next)
        if (x->ends)
            m = take_out(v, txn, x->id, &slot);
    if (!m || m == MDB_NOTFOUND)
        m = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    return qp_vault_failed(m, e);
}

int qp_vault_settle(struct qp_vault *v, struct qp_err *e)
{
    size_t n = v ? count(v, true) : 0, found = 0;
    int rc = 0;
    if (!v)
        return 0;
    assert(v->committed || !v->noted);
    if (n > 0) {
        uint32_t *slots = calloc(n, sizeof *slots);
        rc = slots ? find_ending(v, slots, &found, e)
                   : qp_fail(e, QP_ENOMEM, "no memory for the vault's turn");
        if (!rc && (rc = slots_out(v, slots, found, e)) == QP_EFULL)
            rc = QP_EIO; /* the keys are still there: the node stops, and its next opening ends them */
        if (!rc && found > 0 && (rc = records_out(v, e)) == QP_EFULL)
            rc = 0; /* their keys are gone: what is left is noise */
        free(slots);
    }
    drop_all(v);
    return rc;
}

/* What was kept already is taken back; what cannot be now is ended at the next opening, since no matter knows it. */
void qp_vault_forget(struct qp_vault *v)
{
    bool kept = false;
    for (struct noted **at = &v->noted; v->committed && *at;) {
        if ((*at)->ends) {
            drop(at);
            continue;
        }
        (*at)->ends = kept = true;
        at = &(*at)->next;
    }
    if (kept)
        qp_vault_settle(v, NULL);
    drop_all(v);
}

/* ---- reading ---- */

static int of_value(struct qp_vault *v, const uint8_t id[QP_ID_LEN], const MDB_val *d, struct qp_sealed *out,
                    struct qp_arena *a, struct qp_err *e)
{
    const uint8_t *p = d->mv_data;
    memcpy(out->commitment.b, p + 4, QP_HASH_LEN);
    out->bytes.len = d->mv_size - QP_VALUE_HEAD;
    out->bytes.p = qp_arena_copy(a, p + QP_VALUE_HEAD, out->bytes.len);
    if (!out->bytes.p)
        return qp_fail(e, QP_ENOMEM, "no memory for a personal record");
    return !qp_slots_read(&v->slots, qp_slot_of(d), id, out->key)
               ? 0
               : qp_fail(e, QP_ENOTFOUND, "the personal record has ended");
}

int qp_vault_get(struct qp_vault *v, const uint8_t id[QP_ID_LEN], struct qp_sealed *out, struct qp_arena *a,
                 struct qp_err *e)
{
    MDB_txn *txn;
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)id}, d;
    int m = mdb_txn_begin(v->env, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_vault_failed(m, e);
    m = mdb_get(txn, v->dbi, &k, &d);
    int rc = !m && qp_value_whole(&k, &d) ? of_value(v, id, &d, out, a, e)
             : m == MDB_NOTFOUND          ? qp_fail(e, QP_ENOTFOUND, "there is no such personal record here")
             : m                          ? qp_vault_failed(m, e)
                                          : qp_fail(e, QP_ECORRUPT, "a personal record is damaged");
    mdb_txn_abort(txn);
    return rc;
}

bool qp_vault_key(struct qp_vault *v, const uint8_t id[QP_ID_LEN], uint8_t key[QP_SEALED_KEY], bool *noted)
{
    struct noted **at = noted_at(v, id);
    MDB_txn *txn;
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)id}, d;
    *noted = !!at;
    if (at)
        return !(*at)->ends;
    if (mdb_txn_begin(v->env, NULL, MDB_RDONLY, &txn))
        return false;
    bool has = !mdb_get(txn, v->dbi, &k, &d) && qp_value_whole(&k, &d) &&
               !qp_slots_read(&v->slots, qp_slot_of(&d), id, key);
    mdb_txn_abort(txn);
    return has;
}

bool qp_vault_has(struct qp_vault *v, const uint8_t id[QP_ID_LEN])
{
    uint8_t key[QP_SEALED_KEY];
    bool noted;
    return qp_vault_key(v, id, key, &noted);
}

int qp_vault_each(struct qp_vault *v, bool (*stay)(void *arg, const uint8_t id[QP_ID_LEN]), void *arg,
                  struct qp_err *e)
{
    MDB_txn *txn;
    MDB_cursor *cur;
    MDB_val k, d;
    int rc = 0, m = mdb_txn_begin(v->env, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_vault_failed(m, e);
    assert(!v->noted);
    m = mdb_cursor_open(txn, v->dbi, &cur);
    while (!m && !rc && !(m = mdb_cursor_get(cur, &k, &d, MDB_NEXT))) {
        if (!stay(arg, k.mv_data))
            rc = note_new(v, k.mv_data, NULL, e);
    }
    if (!m || m == MDB_NOTFOUND)
        mdb_cursor_close(cur);
    mdb_txn_abort(txn);
    if (!rc && m != MDB_NOTFOUND)
        rc = qp_vault_failed(m, e);
    if (!rc)
        rc = qp_vault_commit(v, e);
    return rc ? rc : qp_vault_settle(v, e);
}

void qp_vault_use(struct qp_vault *v, struct qp_vault_use *u)
{
    MDB_envinfo info;
    MDB_stat st;
    *u = (struct qp_vault_use){0};
    if (mdb_env_info(v->env, &info) || mdb_env_stat(v->env, &st))
        return;
    u->records = st.ms_entries;
    u->used = qp_env_used(v->env, 0);
    u->size = info.me_mapsize;
    u->mended = v->mended;
    u->lost = v->lost;
}

bool qp_vault_full(struct qp_vault *v)
{
    MDB_envinfo info;
    if (!v || mdb_env_info(v->env, &info))
        return false;
    uint64_t most = info.me_mapsize / 100 * FULL_PERCENT;
    return qp_env_used(v->env, most) > most;
}
