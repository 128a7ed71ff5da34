/* walk.c: goes through the cells of one area, dimension and span of time. Called by query.c. */
#include "node/insight/cells.h"

#include <string.h>

enum { SAME_GRAIN = 9 }; /* bytes of a key: area, grain */

struct walk {
    MDB_cursor *cursor;
    const struct qp_cut *cut;
    const struct qp_stretch *span;
    qp_cell_each *f;
    void *arg;
    struct qp_err *e;
    uint8_t packed[QP_CELL_KEY_LEN]; /* the key last looked for */
};

static int damaged(const struct walk *w)
{
    return qp_fail(w->e, QP_ECORRUPT, "a cell of the board cannot be read: run qipan rebuild");
}

/* Moves to the first entry at or after a key, or to the next one. 1 with *at and *val while it is of the same
 * area and grain and not beyond `hi`; 0 past that; else an error, negative. */
static int move(struct walk *w, const struct qp_cell_key *want, int32_t hi, struct qp_cell_key *at,
                MDB_val *val)
{
    MDB_val key = {0, NULL};
    if (want) {
        qp_cell_key_pack(w->packed, want);
        key = (MDB_val){sizeof w->packed, w->packed};
    }
    int rc = mdb_cursor_get(w->cursor, &key, val, want ? MDB_SET_RANGE : MDB_NEXT);
    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc)
        return -qp_store_error(rc, "reading the board", w->e);
    if (key.mv_size != QP_CELL_KEY_LEN)
        return -damaged(w);
    if (memcmp(key.mv_data, w->packed, SAME_GRAIN) != 0)
        return 0;
    qp_cell_key_read(at, key.mv_data);
    return at->bucket <= hi;
}

static int cell_give(struct walk *w, const struct qp_cell_key *k, const void *packed, size_t len)
{
    struct qp_cell c;
    return !qp_cell_read(&c, packed, len) ? w->f(w->arg, k, &c) : damaged(w);
}

/* all, month: from bucket to bucket, and in each from value to value. */
static int cells_walk(struct walk *w)
{
    const struct qp_cut *cut = w->cut;
    struct qp_cell_key want = {cut->area, cut->one_value ? cut->value : 0, w->span->lo, w->span->grain,
                               cut->dimension},
                       at;
    MDB_val val;
    int got = move(w, &want, w->span->hi, &at, &val);
    while (got > 0) {
        bool before =
            at.dimension < cut->dimension || (at.dimension == cut->dimension && at.value < want.value);
        bool wanted = at.dimension == cut->dimension && (!cut->one_value || at.value == cut->value);
        if (wanted) {
            int rc = cell_give(w, &at, val.mv_data, val.mv_size);
            if (rc)
                return rc;
        }
        if (wanted && !cut->one_value) {
            got = move(w, NULL, w->span->hi, &at, &val);
            continue;
        }
        if (!before && at.bucket == w->span->hi)
            break;
        want.bucket = before ? at.bucket : at.bucket + 1;
        got = move(w, &want, w->span->hi, &at, &val);
    }
    return got < 0 ? -got : 0;
}

/* One day's cells; of hours only those in the span. */
static int day_give(struct walk *w, const struct qp_cell_key *day, const MDB_val *val)
{
    bool hours = w->span->grain == QP_G_HOUR;
    uint8_t dimension = hours ? QP_D_HOUR : w->cut->dimension;
    struct qp_day_reader r = {val->mv_data, (const uint8_t *)val->mv_data + val->mv_size};
    struct qp_day_cell c;
    int got, rc = 0;
    while (!rc && (got = qp_day_next(&r, &c)) != 0) {
        if (got < 0)
            return damaged(w);
        if (c.dimension > dimension)
            break;
        if (c.dimension < dimension || (w->cut->one_value && !hours && c.value != w->cut->value))
            continue;
        struct qp_cell_key k = *day;
        k.dimension = w->cut->dimension;
        k.value = c.value;
        if (hours) {
            k.grain = QP_G_HOUR;
            k.bucket = qp_value_hour(c.value);
            if (k.bucket < w->span->lo || k.bucket > w->span->hi)
                continue;
        }
        rc = cell_give(w, &k, c.cell, c.len);
    }
    return rc;
}

static int days_walk(struct walk *w, int32_t lo, int32_t hi)
{
    struct qp_cell_key want = {.area = w->cut->area, .grain = QP_G_DAY, .bucket = lo}, at;
    MDB_val val;
    int got = move(w, &want, hi, &at, &val);
    for (; got > 0; got = move(w, NULL, hi, &at, &val)) {
        int rc = day_give(w, &at, &val);
        if (rc)
            return rc;
    }
    return got < 0 ? -got : 0;
}

/* The days that may hold a span of hours: where clocks go back over midnight, hours of two days alternate. */
static int hours_walk(struct walk *w, const struct qp_zone *zone)
{
    int32_t lo = w->span->lo, hi = w->span->hi;
    if (lo != INT32_MIN)
        lo = qp_bucket_day(zone, (int64_t)lo * 60000000) - 1;
    if (hi != INT32_MAX)
        hi = qp_bucket_day(zone, (int64_t)hi * 60000000) + 1;
    return days_walk(w, lo, hi);
}

int qp_cells_walk(struct qp_read *r, const struct qp_zone *zone, const struct qp_cut *cut,
                  const struct qp_stretch *span, qp_cell_each *f, void *arg, struct qp_err *e)
{
    struct walk w = {.cut = cut, .span = span, .f = f, .arg = arg, .e = e};
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_CELL), &w.cursor);
    if (rc)
        return qp_store_error(rc, "reading the board", e);
    switch (span->grain) {
    case QP_G_HOUR: rc = hours_walk(&w, zone); break;
    case QP_G_DAY: rc = days_walk(&w, span->lo, span->hi); break;
    default: rc = cells_walk(&w); break;
    }
    mdb_cursor_close(w.cursor);
    return rc;
}
