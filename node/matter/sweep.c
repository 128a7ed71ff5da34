/* sweep.c: matters become overdue as time passes, as part of the turn (B3).
 *
 * A matter is overdue when it is open and the key of its deadline lies below the mark. The mark (QP_T_META
 * "overdue": deadline 8, matter 16) follows the clock, up and down: one that was a year ahead for an hour leaves nothing
 * overdue behind it. A row that changes is compared with it at once (qp_pending_set), so that a rebuild that ends at the same
 * `now` gives the same rows.
 *
 *   mark < now: the keys from the mark up to now, the first ones first      mark > now: those from now up to the mark, the last
 *   ones first; SWEEP_MAX a turn, and the mark is where it came to */
#include <assert.h>

#include "node/matter/pending.h"
#include "node/matter/scan.h"

enum { SWEEP_MAX = 1000 };

/* The first deadline that was not swept. */
static int first(MDB_cursor *cursor, const uint8_t mark[QP_MARK_LEN], MDB_val *k, struct qp_err *e)
{
    MDB_val v;
    *k = (MDB_val){QP_MARK_LEN, (void *)(uintptr_t)mark};
    int rc = mdb_cursor_get(cursor, k, &v, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return QP_ENOTFOUND;
    if (rc)
        return qp_store_error(rc, "reading deadlines", e);
    return k->mv_size == QP_MARK_LEN ? 0 : qp_fail(e, QP_ECORRUPT, "a deadline's key is cut");
}

/* Copies the keys between the mark and `until`, those nearest to the mark first, at most one past SWEEP_MAX. up: `until` is above
 * the mark, and the first key is the one at it; else the one below it. */
static int between(struct qp_matters *m, const uint8_t until[QP_MARK_LEN], bool up,
                   uint8_t keys[][QP_MARK_LEN], int *n, struct qp_err *e)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    *n = 0;
    int mc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_DEADLINE), &cursor);
    if (mc)
        return qp_store_error(mc, "reading deadlines", e);
    int rc = first(cursor, m->pending->mark, &k, e);
    if (!rc || rc == QP_ENOTFOUND) {
        mc = !rc ? 0 : MDB_NOTFOUND;
        if (!up) /* from the last one of all, where none is at the mark or above it */
            mc = mdb_cursor_get(cursor, &k, &v, !rc ? MDB_PREV : MDB_LAST);
        rc = 0;
    }
    while (!rc && !mc && *n <= SWEEP_MAX && k.mv_size == QP_MARK_LEN &&
           (memcmp(k.mv_data, until, QP_MARK_LEN) < 0) == up) {
        memcpy(keys[(*n)++], k.mv_data, QP_MARK_LEN);
        mc = mdb_cursor_get(cursor, &k, &v, up ? MDB_NEXT : MDB_PREV);
    }
    mdb_cursor_close(cursor);
    return !rc && mc && mc != MDB_NOTFOUND ? qp_store_error(mc, "reading deadlines", e) : rc;
}

static int sweep_one(struct qp_matters *m, const uint8_t key[QP_MARK_LEN], struct qp_err *e)
{
    struct qp_entry *entry;
    int rc = qp_pending_row(m, key + 8, &entry, e);
    if (rc)
        return rc;
    if (!entry->row)
        return qp_fail(e, QP_ECORRUPT, "a deadline without a matter; run qipan rebuild");
    return qp_pending_set(m, entry, qp_row_copy(entry->row, m->pending->arena), e);
}

static int sweep(struct qp_matters *m, int64_t now_us, bool *more, struct qp_err *e)
{
    struct qp_pending *p = m->pending;
    uint8_t until[QP_MARK_LEN] = {0}, keys[SWEEP_MAX + 1][QP_MARK_LEN];
    qp_be64(until, (uint64_t)now_us);
    *more = false;
    int rc = qp_mark_load(m, e);
    int way = !rc ? memcmp(p->mark, until, sizeof until) : 0;
    if (rc || way == 0)
        return rc;
    rc = qp_pending_write(m, e); /* the deadlines of this turn's changes */
    if (!rc)
        rc = qp_pending_room(p, e);
    int n = 0;
    if (!rc)
        rc = between(m, until, way < 0, keys, &n, e);
    if (rc)
        return rc;
    *more = n > SWEEP_MAX; /* up to the first that was left, or down to the last that was looked at */
    memcpy(p->mark, *more ? keys[way < 0 ? SWEEP_MAX : SWEEP_MAX - 1] : until, sizeof p->mark);
    for (int i = 0; i < n && i < SWEEP_MAX && !rc; i++)
        rc = sweep_one(m, keys[i], e);
    return !rc ? qp_mark_write(m, e) : rc;
}

int qp_matter_sweep(struct qp_matters *m, int64_t now_us, bool *more, struct qp_err *e)
{
    struct qp_frame frame;
    assert(now_us >= 0);
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    return qp_frame_end(&frame, sweep(m, now_us, more, e), e);
}

int qp_matter_next_deadline(struct qp_matters *m, int64_t *at_us, struct qp_err *e)
{
    struct qp_frame frame;
    *at_us = INT64_MAX;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    MDB_cursor *cursor = NULL;
    MDB_val k;
    rc = qp_mark_load(m, e);
    if (!rc)
        rc = qp_pending_write(m, e);
    if (!rc) {
        int m_rc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_DEADLINE), &cursor);
        rc = !m_rc ? first(cursor, m->pending->mark, &k, e) : qp_store_error(m_rc, "reading deadlines", e);
    }
    if (!rc)
        *at_us = (int64_t)qp_rd64(k.mv_data);
    if (cursor)
        mdb_cursor_close(cursor);
    return qp_frame_end(&frame, rc == QP_ENOTFOUND ? 0 : rc, e);
}

/* ---- read by others ---- */

int qp_swept_next(struct qp_read *r, uint8_t at[QP_SWEPT_BYTES], const uint8_t until[QP_SWEPT_BYTES],
                  int64_t *due_us, uint8_t matter[QP_ID_LEN])
{
    MDB_cursor *cursor;
    MDB_val k;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_DEADLINE), &cursor))
        return QP_EIO;
    int rc = first(cursor, at, &k, NULL);
    if (!rc && memcmp(k.mv_data, until, QP_SWEPT_BYTES) >= 0)
        rc = QP_ENOTFOUND;
    if (!rc) {
        memcpy(at, k.mv_data, QP_SWEPT_BYTES);
        *due_us = (int64_t)qp_rd64(at);
        memcpy(matter, at + 8, QP_ID_LEN);
        qp_key_step(at, true); /* the key behind it */
    }
    mdb_cursor_close(cursor);
    return rc;
}
