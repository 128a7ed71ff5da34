/* daily.c: see daily.h. */
#include "node/insight/watch/daily.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/facts.h"
#include "node/insight/made.h"
#include "node/insight/names.h"
#include "node/insight/varint.h"

enum { BEFORE_DAYS = 28 * 30000, ENTRY_MAX = QP_PERIOD * 6 }; /* years before 1970, whole periods of them */

/* One count more or less. */
struct change {
    uint64_t area, category;
    int32_t day, more;
};

struct qp_daily {
    struct qp_names *names;
    const struct qp_zone *zone;
    uint64_t self;
    struct change *v;
    size_t n, cap;
    bool no_memory;
};

uint32_t qp_period_of(int32_t day)
{
    assert(day > -BEFORE_DAYS);
    return (uint32_t)(day + BEFORE_DAYS) / QP_PERIOD;
}

int32_t qp_period_day(uint32_t period)
{
    return (int32_t)(period * QP_PERIOD) - BEFORE_DAYS;
}

int32_t qp_daily_day(const Qp__Face *f, const struct qp_zone *zone)
{
    return qp_bucket_day(zone, qp_board_time(f->occurred_us != 0 ? f->occurred_us : f->opened_us));
}

struct qp_daily *qp_daily_new(const char *self_path, const struct qp_zone *zone)
{
    struct qp_daily *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->zone = zone;
    t->self = qp_code(self_path);
    t->names = qp_names_new(self_path);
    if (t->names)
        return t;
    free(t);
    return NULL;
}

void qp_daily_free(struct qp_daily *t)
{
    if (!t)
        return;
    qp_names_free(t->names);
    free(t->v);
    free(t);
}

uint64_t qp_daily_self(const struct qp_daily *t)
{
    return t->self;
}

size_t qp_daily_names(const struct qp_daily *t)
{
    return qp_names_kept(t->names);
}

void qp_daily_forget(struct qp_daily *t)
{
    t->n = 0;
    t->no_memory = false;
    qp_names_trim(t->names);
}

/* ---- a row changes ---- */

static void add(struct qp_daily *t, uint64_t area, uint64_t category, int32_t day, int32_t more)
{
    if (t->n == t->cap) {
        size_t cap = t->cap == 0 ? 256 : t->cap * 2;
        struct change *v = realloc(t->v, cap * sizeof *v);
        if (!v) {
            t->no_memory = true;
            return;
        }
        t->v = v;
        t->cap = cap;
    }
    t->v[t->n++] = (struct change){area, category, day, more};
}

static void count(struct qp_daily *t, const Qp__Face *f, int32_t more)
{
    const struct qp_name *area = qp_names_area(t->names, f->area, strlen(f->area));
    const struct qp_name *category = qp_names_find(t->names, f->category, strlen(f->category));
    if (!area || !category) {
        t->no_memory = true;
        return;
    }
    if (area->levels == 0)
        return;
    int32_t day = qp_daily_day(f, t->zone);
    add(t, t->self, category->code, day, more);
    if (area->levels > 1)
        add(t, area->at[1]->code, category->code, day, more);
}

static bool counts(const Qp__Row *row)
{
    return row && !row->face->exercise && !qp_is_made(row->face->source);
}

void qp_daily_change(struct qp_daily *t, const Qp__Row *before, const Qp__Row *after)
{
    const Qp__Face *old = counts(before) ? before->face : NULL, *new = counts(after) ? after->face : NULL;
    if (old == new)
        return;
    if (old && new && old->occurred_us == new->occurred_us &&
        old->opened_us == new->opened_us &&strcmp(old->category, new->category) == 0 &&
        strcmp(old->area, new->area) == 0)
        return; /* most changes of a matter */
    if (old)
        count(t, old, -1);
    if (new)
        count(t, new, 1);
}

/* ---- to the table ---- */

static void key_pack(uint8_t key[QP_DAILY_KEY], uint64_t area, uint64_t category, uint32_t period)
{
    qp_be64(key, area);
    qp_be64(key + 8, category);
    qp_be32(key + 16, period);
}

static int by_key(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

/* The counts of a period. QP_ECORRUPT. */
static int entry_read(uint32_t y[QP_PERIOD], const MDB_val *v)
{
    const uint8_t *p = v->mv_data, *end = p + v->mv_size;
    while (p < end) {
        uint8_t day = *p++;
        uint64_t n;
        p = qp_varint_get(p, end, &n);
        if (!p || day >= QP_PERIOD || n > INT32_MAX)
            return QP_ECORRUPT;
        y[day] = (uint32_t)n;
    }
    return 0;
}

static size_t entry_pack(uint8_t out[ENTRY_MAX], const uint32_t y[QP_PERIOD])
{
    uint8_t *p = out;
    for (int i = 0; i < QP_PERIOD; i++) {
        if (y[i] == 0)
            continue;
        *p++ = (uint8_t)i;
        p = qp_varint_put(p, y[i]);
    }
    return (size_t)(p - out);
}

static int misfit(struct qp_err *e)
{
    return qp_fail(e, QP_ECORRUPT, "the counts by day do not fit the matters: run qipan rebuild");
}

/* The first n changes of v are of one period. */
static int entry_change(MDB_cursor *cursor, const struct change *v, size_t n, struct qp_err *e)
{
    uint8_t key[QP_DAILY_KEY], packed[ENTRY_MAX];
    uint32_t y[QP_PERIOD] = {0}, period = qp_period_of(v[0].day);
    key_pack(key, v[0].area, v[0].category, period);
    MDB_val k = {sizeof key, key}, val;
    int rc = mdb_cursor_get(cursor, &k, &val, MDB_SET);
    bool found = !rc;
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "reading the counts by day", e);
    if (found && entry_read(y, &val))
        return misfit(e);
    for (size_t i = 0; i < n; i++) {
        uint32_t *at = &y[v[i].day - qp_period_day(period)];
        if (v[i].more < 0 && *at < (uint32_t)-v[i].more)
            return misfit(e);
        *at += (uint32_t)v[i].more;
    }
    k = (MDB_val){sizeof key, key};
    val = (MDB_val){entry_pack(packed, y), packed};
    rc = val.mv_size > 0 ? mdb_cursor_put(cursor, &k, &val, 0) : found ? mdb_cursor_del(cursor, 0) : 0;
    return !rc ? 0 : qp_store_error(rc, "writing the counts by day", e);
}

/* Sorted; of what cancels nothing is left. */
static size_t merge(struct change *v, size_t n)
{
    size_t out = 0;
    qsort(v, n, sizeof *v, by_key);
    for (size_t i = 0; i < n;) {
        struct change x = v[i++];
        while (i < n && by_key(&x, &v[i]) == 0)
            x.more += v[i++].more;
        if (x.more != 0)
            v[out++] = x;
    }
    return out;
}

int qp_daily_flush(struct qp_daily *t, struct qp_txn *txn, int32_t *earliest, struct qp_err *e)
{
    MDB_cursor *cursor;
    if (t->no_memory)
        return qp_fail(e, QP_ENOMEM, "no memory for the counts by day");
    size_t n = t->n == 0 ? 0 : merge(t->v, t->n);
    t->n = 0;
    qp_names_trim(t->names); /* what is to be written has the codes alone */
    if (n == 0)
        return 0;
    int rc = mdb_cursor_open(txn->tables, qp_store_dbi(txn->store, QP_T_DAILY), &cursor);
    if (rc)
        return qp_store_error(rc, "writing the counts by day", e);
    for (size_t i = 0, to; i < n && !rc; i = to) {
        const struct change *x = &t->v[i];
        for (to = i; to < n && t->v[to].area == x->area && t->v[to].category == x->category &&
                     qp_period_of(t->v[to].day) == qp_period_of(x->day);
             to++)
            *earliest = t->v[to].day < *earliest ? t->v[to].day : *earliest;
        rc = entry_change(cursor, x, to - i, e);
    }
    mdb_cursor_close(cursor);
    return rc;
}

/* ---- read ---- */

/* Puts one entry's counts where they belong. */
static int series_add(struct qp_daily_series *s, uint32_t period, const MDB_val *v)
{
    uint32_t y[QP_PERIOD] = {0};
    if (entry_read(y, v))
        return QP_ECORRUPT;
    for (int i = 0; i < QP_PERIOD; i++) {
        int32_t at = qp_period_day(period) + i - s->from;
        if (y[i] == 0 || at < 0 || at >= s->n)
            continue;
        s->y[at] = y[i];
        s->first = at < s->first ? at : s->first;
    }
    return 0;
}

int qp_daily_next(MDB_txn *tables, struct qp_store *s, bool any, uint64_t after_area, uint64_t after_category,
                  int32_t from, int32_t to, struct qp_daily_series *out, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_DAILY_KEY] = {0};
    MDB_val k = {sizeof key, key}, v;
    assert(to - from < QP_DAILY_DAYS);
    out->from = from;
    out->n = to < from ? 0 : to - from + 1;
    out->first = out->n;
    memset(out->y, 0, sizeof out->y[0] * (size_t)out->n);
    if (any)
        key_pack(key, after_area, after_category, UINT32_MAX);
    int rc = mdb_cursor_open(tables, qp_store_dbi(s, QP_T_DAILY), &cursor);
    if (rc)
        return qp_store_error(rc, "reading the counts by day", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    bool found = !rc;
    if (!rc && k.mv_size == QP_DAILY_KEY) { /* straight to the days that are asked for */
        out->area = qp_rd64(k.mv_data);
        out->category = qp_rd64((const uint8_t *)k.mv_data + 8);
        key_pack(key, out->area, out->category, qp_period_of(from));
        k = (MDB_val){sizeof key, key};
        rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    } else if (!rc) {
        mdb_cursor_close(cursor);
        return misfit(e);
    }
    while (!rc && k.mv_size == QP_DAILY_KEY && memcmp(k.mv_data, key, 16) == 0) {
        uint32_t period = qp_rd32((const uint8_t *)k.mv_data + 16);
        if (period > qp_period_of(to))
            break;
        if (series_add(out, period, &v)) {
            mdb_cursor_close(cursor);
            return misfit(e);
        }
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "reading the counts by day", e);
    return found ? 0 : QP_ENOTFOUND;
}
