/* flush.c: puts what a turn gathered into the table: sorted by key, each entry read, changed and written
 * once.
 *
 *   sorted: | area, all: cell, cell ... | area, month: cell ... | area, day: cell, cell, cell ... | area ...
 *                     one entry each            one entry each      one entry for the whole day
 *
 * Called by board.c at the end of a turn. */
#include "node/insight/gather.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/sketch.h"

/* Bytes that are being made; room for what comes next is asked for beforehand. */
struct buffer {
    uint8_t *p;
    size_t len, cap;
};

struct flush {
    const struct qp_gather *gather;
    MDB_cursor *cursor;
    struct qp_sketch_change *times; /* of one cell */
    struct buffer cell, day;
    struct qp_err *e;
};

static bool buffer_room(struct buffer *b, size_t more)
{
    if (b->len + more <= b->cap)
        return true;
    size_t cap = (b->len + more) * 2;
    uint8_t *p = realloc(b->p, cap);
    if (!p)
        return false;
    b->p = p;
    b->cap = cap;
    return true;
}

static int no_memory(struct flush *f)
{
    return qp_fail(f->e, QP_ENOMEM, "no memory for the board's cells");
}

static int misfit(struct flush *f, const struct qp_cell_key *k)
{
    return qp_fail(f->e, QP_ECORRUPT,
                   "the board's cell %016llx %d/%d/%d %016llx does not fit the matters: run qipan rebuild",
                   (unsigned long long)k->area, k->grain, (int)k->bucket, k->dimension,
                   (unsigned long long)k->value);
}

/* ---- one cell ---- */

static int time_order(const void *a, const void *b)
{
    const struct qp_sketch_change *x = a, *y = b;
    return (x->bucket > y->bucket) - (x->bucket < y->bucket);
}

/* The handling times gathered for a cell, ascending, each bucket once, none zero. Returns how many. */
static size_t times_of(struct flush *f, const struct qp_gathered *c)
{
    size_t n = 0, out = 0;
    for (uint32_t i = c->handled; i != QP_GATHERED_NONE; i = f->gather->pending[i].next)
        f->times[n++] =
            (struct qp_sketch_change){f->gather->pending[i].h.bucket, f->gather->pending[i].h.count};
    if (n > 1)
        qsort(f->times, n, sizeof *f->times, time_order);
    for (size_t i = 0; i < n;) {
        struct qp_sketch_change x = f->times[i++];
        while (i < n && f->times[i].bucket == x.bucket)
            x.count += f->times[i++].count;
        if (x.count != 0)
            f->times[out++] = x;
    }
    return out;
}

/* Makes f->cell: the old cell (len 0: none) with what was gathered; empty when nothing is left. */
static int cell_make(struct flush *f, const struct qp_gathered *g, const void *packed, size_t len)
{
    struct qp_cell old = {0};
    if (len > 0 && qp_cell_read(&old, packed, len))
        return misfit(f, &g->key);
    size_t n_times = times_of(f, g), sketch_len;
    f->cell.len = 0;
    if (!buffer_room(&f->cell, QP_COUNTS_MAX + old.sketch_len + n_times * QP_SKETCH_PAIR_MAX))
        return no_memory(f);
    for (int i = 0; i < QP_FIGURES; i++) {
        old.n[i] += g->n[i];
        if (old.n[i] < 0)
            return misfit(f, &g->key);
    }
    f->cell.len = qp_counts_pack(f->cell.p, old.n);
    if (n_times == 0) {
        sketch_len = old.sketch_len;
        if (sketch_len > 0)
            memcpy(f->cell.p + f->cell.len, old.sketch, sketch_len);
    } else if (qp_sketch_patch(f->cell.p + f->cell.len, &sketch_len, old.sketch, old.sketch_len, f->times,
                               n_times)) {
        return misfit(f, &g->key);
    }
    if (f->cell.len == 0 && sketch_len > 0)
        return misfit(f, &g->key);
    f->cell.len += sketch_len;
    return 0;
}

/* ---- entries of the table ---- */

static int entry_find(struct flush *f, const struct qp_cell_key *k, MDB_val *old, bool *found)
{
    uint8_t packed[QP_CELL_KEY_LEN];
    qp_cell_key_pack(packed, k);
    MDB_val key = {sizeof packed, packed};
    *old = (MDB_val){0, NULL};
    int rc = mdb_cursor_get(f->cursor, &key, old, MDB_SET);
    *found = !rc;
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading the board", f->e);
}

/* Writes where entry_find looked; nothing left: deletes. */
static int entry_write(struct flush *f, const struct qp_cell_key *k, bool found, const struct buffer *b)
{
    int rc = 0;
    if (b->len > 0) {
        uint8_t packed[QP_CELL_KEY_LEN];
        qp_cell_key_pack(packed, k);
        MDB_val key = {sizeof packed, packed}, val = {b->len, b->p};
        rc = mdb_cursor_put(f->cursor, &key, &val, 0);
    } else if (found) {
        rc = mdb_cursor_del(f->cursor, 0);
    }
    return !rc ? 0 : qp_store_error(rc, "writing the board", f->e);
}

static int cell_flush(struct flush *f, const struct qp_gathered *g)
{
    MDB_val old;
    bool found;
    int rc = entry_find(f, &g->key, &old, &found);
    if (!rc)
        rc = cell_make(f, g, old.mv_data, old.mv_size);
    return !rc ? entry_write(f, &g->key, found, &f->cell) : rc;
}

static int day_put(struct flush *f, uint8_t dimension, uint64_t value, const void *cell, size_t len)
{
    if (!buffer_room(&f->day, QP_DAY_HEAD_MAX + len))
        return no_memory(f);
    f->day.len += qp_day_head(f->day.p + f->day.len, dimension, value, len);
    memcpy(f->day.p + f->day.len, cell, len);
    f->day.len += len;
    return 0;
}

/* Merges a day's old cells with those gathered for it; both ascend. */
static int day_make(struct flush *f, struct qp_gathered *const *g, size_t n, const MDB_val *old)
{
    struct qp_day_reader r = {old->mv_data, (const uint8_t *)old->mv_data + old->mv_size};
    struct qp_day_cell c = {0};
    int got = qp_day_next(&r, &c), rc = 0;
    f->day.len = 0;
    for (size_t i = 0; (i < n || got > 0) && !rc;) {
        int order = got <= 0 ? 1 : i == n ? -1 : 0;
        if (order == 0) {
            const struct qp_cell_key at = {.value = c.value, .dimension = c.dimension};
            const struct qp_cell_key want = {.value = g[i]->key.value, .dimension = g[i]->key.dimension};
            order = qp_cell_key_cmp(&at, &want);
        }
        if (order < 0) {
            rc = day_put(f, c.dimension, c.value, c.cell, c.len);
        } else {
            rc = cell_make(f, g[i], c.cell, order == 0 ? c.len : 0);
            if (!rc && f->cell.len > 0)
                rc = day_put(f, g[i]->key.dimension, g[i]->key.value, f->cell.p, f->cell.len);
            i++;
        }
        if (order <= 0)
            got = qp_day_next(&r, &c);
    }
    return !rc && got < 0 ? misfit(f, &g[0]->key) : rc;
}

/* The cells of one day of one area, the first n of `g`. */
static int day_flush(struct flush *f, struct qp_gathered *const *g, size_t n)
{
    const struct qp_cell_key key = {.area = g[0]->key.area, .grain = QP_G_DAY, .bucket = g[0]->key.bucket};
    MDB_val old;
    bool found;
    int rc = entry_find(f, &key, &old, &found);
    if (!rc)
        rc = day_make(f, g, n, &old);
    return !rc ? entry_write(f, &key, found, &f->day) : rc;
}

/* ---- all of it ---- */

static int key_order(const void *a, const void *b)
{
    return qp_cell_key_cmp(&(*(struct qp_gathered *const *)a)->key, &(*(struct qp_gathered *const *)b)->key);
}

static bool nothing_changed(const struct qp_gathered *g)
{
    int32_t any = g->handled !=
                  QP_GATHERED_NONE; /* whose times may cancel: then nothing is changed by writing it again */
    for (int i = 0; i < QP_FIGURES; i++)
        any |= g->n[i];
    return any == 0;
}

static size_t sort(struct qp_gathered **sorted, const struct qp_gather *g)
{
    size_t n = 0;
    for (uint32_t i = 0; i < g->n; i++)
        if (!nothing_changed(&g->cells[i]))
            sorted[n++] = &g->cells[i];
    if (n > 1)
        qsort(sorted, n, sizeof *sorted, key_order);
    return n;
}

static int write_sorted(struct flush *f, struct qp_gathered *const *sorted, size_t n)
{
    int rc = 0;
    for (size_t i = 0, to; i < n && !rc; i = to) {
        const struct qp_cell_key *k = &sorted[i]->key;
        to = i + 1;
        if (k->grain != QP_G_DAY) {
            rc = cell_flush(f, sorted[i]);
            continue;
        }
        while (to < n && sorted[to]->key.area == k->area && sorted[to]->key.grain == QP_G_DAY &&
               sorted[to]->key.bucket == k->bucket)
            to++;
        rc = day_flush(f, sorted + i, to - i);
    }
    return rc;
}

int qp_gather_flush(struct qp_gather *g, struct qp_txn *t, struct qp_err *e)
{
    struct flush f = {.gather = g, .e = e};
    if (g->no_memory)
        return no_memory(&f);
    if (g->n == 0)
        return 0;
    struct qp_gathered **sorted = malloc(g->n * sizeof *sorted);
    f.times = malloc((g->n_pending + 1) * sizeof *f.times);
    int rc = sorted && f.times ? 0 : no_memory(&f);
    if (!rc) {
        int m = mdb_cursor_open(t->tables, qp_store_dbi(t->store, QP_T_CELL), &f.cursor);
        rc = !m ? 0 : qp_store_error(m, "writing the board", e);
    }
    if (!rc)
        rc = write_sorted(&f, sorted, sort(sorted, g));
    if (f.cursor)
        mdb_cursor_close(f.cursor);
    free(f.cell.p);
    free(f.day.p);
    free(f.times);
    free(sorted);
    return rc;
}
