/* scrub_tables.c: the walk that looks for damage in the tables before a reader is misled by it (S5).
 *
 *   table after table ─► row after row: its check, behind the one before, found by its own key ─► as many as LMDB counts
 *
 * A reading checks the row that it gets (rows.c). A changed key that a search only passes over is got by nobody, and what the
 * search would have found stands nowhere: so each row is looked at here and then searched as a reader searches it. The inner
 * pages of LMDB's tree are tried by the same searches: one that leads astray loses a row that is there. A row that is gone with a
 * page is missed in the count, which holds where no turn was committed while a table was walked. What does not fit makes the
 * tables doubtful. Called by the minder's thread (node/cli/minder.c), in slices, each in a reading of its own. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { SLICE_ROWS = 4096, SLICE_BYTES = 1024 * 1024 };

/* A table whose name was changed in LMDB's table of tables is taken for an empty one. */
static bool named(struct qp_store *s, MDB_txn *txn, int table)
{
    assert(table >= 0 && table < QP_TABLES);
    const char *name = qp_table_name((enum qp_table)table);
    MDB_val k = {strlen(name), (void *)(uintptr_t)name}, v;
    qp_at_a_row = txn;
    return !qp_row_left(mdb_get(txn, s->names, &k, &v));
}

/* Behind the last one that was looked at, as LMDB compares. */
static bool behind(const struct qp_rows_walk *w, const MDB_val *k)
{
    assert(w->key_len <= sizeof w->key);
    size_t n = k->mv_size < w->key_len ? k->mv_size : w->key_len;
    int c = memcmp(k->mv_data, w->key, n);
    return k->mv_size <= sizeof w->key && (c > 0 || (c == 0 && k->mv_size > w->key_len));
}

/* Its own key leads to this very row. */
static bool leads_home(MDB_txn *txn, MDB_dbi dbi, const MDB_val *k, const MDB_val *v)
{
    assert(k->mv_size > 0);
    MDB_val key = *k, found;
    qp_at_a_row = txn; /* the search meets pages that the walk did not */
    int m = qp_row_left(mdb_get(txn, dbi, &key, &found));
    return !m && found.mv_data == v->mv_data;
}

/* Goes on in the walk's table. 0: this slice is over; MDB_NOTFOUND: the table is; another code: a row is not as it was written. */
static int walk(struct qp_store *s, MDB_txn *txn, struct qp_rows_walk *w, uint64_t *looked)
{
    assert(w->table < QP_TABLES);
    MDB_dbi dbi = s->dbi[w->table];
    MDB_val k = {w->key_len, w->key}, v;
    MDB_cursor *c;
    size_t bytes = 0;
    int m = mdb_cursor_open(txn, dbi, &c);
    if (m)
        return m == ENOMEM ? 0 : m;
    m = qp_row_cursor_get(c, &k, &v, w->key_len > 0 ? MDB_SET_RANGE : MDB_FIRST);
    if (!m && k.mv_size == w->key_len && memcmp(k.mv_data, w->key, k.mv_size) == 0)
        m = qp_row_cursor_get(c, &k, &v, MDB_NEXT);
    while (!m && *looked < SLICE_ROWS && bytes < SLICE_BYTES) {
        if (!behind(w, &k) || !leads_home(txn, dbi, &k, &v)) {
            m = MDB_CORRUPTED;
            break;
        }
        memcpy(w->key, k.mv_data, k.mv_size);
        w->key_len = k.mv_size;
        w->rows++;
        ++*looked;
        bytes += k.mv_size + v.mv_size;
        m = qp_row_cursor_get(c, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(c);
    return m;
}

/* The walk's table is over: LMDB has counted as many, where all of it was read in one commit. */
static bool counted(struct qp_store *s, MDB_txn *txn, const struct qp_rows_walk *w)
{
    MDB_stat st;
    assert(w->table < QP_TABLES);
    qp_at_a_row = txn;
    int m = qp_row_left(mdb_stat(txn, s->dbi[w->table], &st));
    return m || !w->one || st.ms_entries == w->rows;
}

/* One slice. False: something is not as it was written. */
static bool slice(struct qp_store *s, MDB_txn *txn, struct qp_rows_walk *w, uint64_t *looked)
{
    uint64_t commit = mdb_txn_id(txn);
    bool good = true;
    assert(mdb_txn_env(txn) == s->tables);
    while (good && *looked < SLICE_ROWS && w->table < QP_TABLES) {
        if (w->key_len == 0) {
            w->rows = 0;
            w->commit = commit;
            w->one = true;
        }
        w->one = w->one && w->commit == commit;
        int m = walk(s, txn, w, looked);
        if (!m)
            return true;
        good = m == MDB_NOTFOUND && named(s, txn, w->table) && counted(s, txn, w);
        w->table++;
        w->key_len = 0;
    }
    return good;
}

bool qp_store_scrub_tables(struct qp_store *s, int64_t now_us)
{
    struct qp_rows_walk *w = &s->walk;
    struct qp_scrub_state *c = &s->damage.scrub;
    MDB_txn *txn;
    uint64_t looked = 0;
    assert(s->tables);
    if (qp_store_doubtful(s)) /* they are made again anyway */
        return true;
    if (mdb_txn_begin(s->tables, NULL, MDB_RDONLY, &txn))
        return false;
    bool good = slice(s, txn, w, &looked), over = !good || w->table == QP_TABLES;
    mdb_txn_abort(txn);
    if (!good)
        qp_store_doubt(s);
    pthread_mutex_lock(&s->damage.lock);
    c->rows += looked;
    if (over && good) {
        c->table_passes++;
        c->tables_finished_us = now_us;
    }
    pthread_mutex_unlock(&s->damage.lock);
    if (over)
        *w = (struct qp_rows_walk){0};
    return over;
}
