/* recount.c: what the cells and sketches must hold, worked out afresh from the matters: a list of all that is
 * to be counted, sorted, summed and compared with the tables byte by byte of their keys. */
#include "tests/unit/insight/town.h"

#include "node/insight/cells.h"

struct line {
    uint8_t key[QP_CELL_KEY_LEN];
    int32_t what; /* a figure, or QP_FIGURES + a sketch's bucket */
    int64_t n;
};

struct lines {
    struct line *line;
    size_t n, cap;
};

static void line_add(struct lines *l, const uint8_t key[QP_CELL_KEY_LEN], int32_t what)
{
    if (l->n == l->cap) {
        l->cap = l->cap > 0 ? l->cap * 2 : 4096;
        l->line = realloc(l->line, l->cap * sizeof *l->line);
        assert_non_null(l->line);
    }
    l->line[l->n] = (struct line){.what = what, .n = 1};
    memcpy(l->line[l->n++].key, key, QP_CELL_KEY_LEN);
}

/* The local date and hour of an instant, the long way. */
static int32_t bucket_of(const struct town *t, int grain, int64_t at_us)
{
    struct qp_civil c;
    int32_t offset_s;
    qp_zone_civil(t->zone, at_us, &c, &offset_s);
    switch (grain) {
    case QP_G_MONTH: return c.year * 12 + c.month - 1;
    case QP_G_DAY: return qp_days_from_civil(c.year, c.month, c.day);
    case QP_G_HOUR: return qp_bucket_hour(t->zone, at_us);
    default: return 0;
    }
}

struct counted {
    struct lines *lines;
    const struct town *town;
    const struct matter *m;
    const char *area; /* one area on the way */
    const char *child;
};

static void key_make(uint8_t key[QP_CELL_KEY_LEN], const char *area, int grain, int32_t bucket, int dimension,
                     uint64_t value)
{
    qp_be64(key, qp_code(area));
    key[8] = (uint8_t)grain;
    qp_be32(key + 9, (uint32_t)bucket + UINT32_C(0x80000000));
    key[13] = (uint8_t)dimension;
    qp_be64(key + 14, value);
}

/* Dimensions: 1 total, 2 hour, 3 desk, 4 source, 5 category, 6 child; grains: 1 all, 2 month, 3 day. */
static void count_at(const struct counted *c, int64_t at_us, const int32_t *what, size_t n_what)
{
    const Qp__Face *f = &c->m->face;
    const char *value[] = {NULL, NULL, NULL, f->desk, f->source, f->category, c->child};
    for (int d = 1; d <= 6; d++) {
        for (int grain = 1; grain <= 3; grain++) {
            uint8_t key[QP_CELL_KEY_LEN];
            uint64_t v = 0;
            if ((d == 2 && grain != 3) || (d == 6 && strcmp(c->child, c->area) == 0))
                continue;
            if (d == 2)
                v = (uint32_t)bucket_of(c->town, 4, at_us) + UINT32_C(0x80000000);
            else if (d > 2)
                v = qp_code(value[d]);
            key_make(key, c->area, grain, bucket_of(c->town, grain, at_us), d,
                     v & (d == 2 ? UINT32_MAX : UINT64_MAX));
            for (size_t i = 0; i < n_what; i++)
                line_add(c->lines, key, what[i]);
        }
    }
}

static void count_matter(const struct counted *c)
{
    const Qp__Face *f = &c->m->face;
    bool open = f->closed_us == 0;
    int32_t opening[QP_FIGURES] = {QP_F_OPENED}, closing[3] = {QP_F_CLOSED}, visit[2] = {QP_F_VISITED};
    size_t n = 1;
    if (open)
        opening[n++] = QP_F_OPEN;
    if (open && c->m->row.overdue)
        opening[n++] = QP_F_OVERDUE;
    if (open && f->urgency == QP_EMERGENCY)
        opening[n++] = QP_F_EMERGENCY;
    if (open && f->offer)
        opening[n++] = QP_F_OFFERED;
    if (open && c->m->row.n_beside > 0)
        opening[n++] = QP_F_URGED;
    if (f->deadline_us != 0 && (!open || c->m->row.overdue))
        opening[n++] = QP_F_DUE;
    if (f->deadline_us != 0 && !open && f->closed_us <= f->deadline_us)
        opening[n++] = QP_F_DUE_ON_TIME;
    if (f->n_clocks > 0)
        opening[n++] = f->clocks[0]->ended_us > f->clocks[0]->due_us ? QP_F_SIGNED_LATE : QP_F_SIGNED_ON_TIME;
    if (f->redo > 0)
        opening[n++] = QP_F_REDO;
    if (f->returned > 0)
        opening[n++] = QP_F_RETURNED;
    if (f->extend_asked > 0)
        opening[n++] = QP_F_EXTEND_ASKED;
    if (f->extend_granted > 0)
        opening[n++] = QP_F_EXTEND_GRANTED;
    count_at(c, f->opened_us, opening, n);
    if (!open) {
        n = 1;
        closing[n++] = QP_FIGURES + qp_sketch_bucket((f->closed_us - f->opened_us) / 1000000);
        if (f->deadline_us != 0)
            closing[n++] = f->closed_us <= f->deadline_us ? QP_F_ON_TIME : QP_F_LATE;
        count_at(c, f->closed_us, closing, n);
    }
    if (!f->visit)
        return;
    n = 1;
    if (f->visit->satisfied != 0)
        visit[n++] = f->visit->satisfied == 1 ? QP_F_SATISFIED : QP_F_UNSATISFIED;
    count_at(c, f->visit->at_us, visit, n);
}

static void count_town(struct lines *l, const struct town *t)
{
    for (size_t i = 0; i < TOWN_MATTERS; i++) {
        const struct matter *m = &t->matter[i];
        char at[QP_PATH_MAX], child[QP_PATH_MAX];
        if (!m->there)
            continue;
        snprintf(at, sizeof at, "%s", m->face.area);
        snprintf(child, sizeof child, "%s", m->face.area);
        while (strncmp(at, TOWN_SELF, strlen(TOWN_SELF)) == 0 &&
               (at[strlen(TOWN_SELF)] == '\0' || at[strlen(TOWN_SELF)] == '/')) {
            count_matter(&(struct counted){l, t, m, at, child});
            snprintf(child, sizeof child, "%s", at);
            *strrchr(at, '/') = '\0';
        }
    }
}

static int line_order(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int c = memcmp(x->key, y->key, QP_CELL_KEY_LEN);
    return c != 0 ? c : (x->what > y->what) - (x->what < y->what);
}

static void lines_sum(struct lines *l)
{
    size_t out = 0;
    if (l->n > 0)
        qsort(l->line, l->n, sizeof *l->line, line_order);
    for (size_t i = 0; i < l->n; i++) {
        if (out > 0 && line_order(&l->line[out - 1], &l->line[i]) == 0)
            l->line[out - 1].n += l->line[i].n;
        else
            l->line[out++] = l->line[i];
    }
    l->n = out;
}

/* ---- the table, unpacked by hand ---- */

static uint64_t number(const uint8_t **p, const uint8_t *end)
{
    uint64_t v = 0;
    for (unsigned shift = 0, more = 1; more; shift += 7, (*p)++) {
        assert_true(*p < end);
        v |= (uint64_t)(**p & 0x7f) << shift;
        more = **p >= 0x80;
    }
    return v;
}

static void line_add_n(struct lines *l, const uint8_t key[QP_CELL_KEY_LEN], int32_t what, uint64_t n)
{
    assert_true(n > 0 && n < 1000);
    line_add(l, key, what);
    l->line[l->n - 1].n = (int64_t)n;
}

static void cell_unpack(struct lines *l, const uint8_t key[QP_CELL_KEY_LEN], const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    uint64_t which = number(&p, end);
    assert_true(which != 0 && which < UINT64_C(1) << QP_FIGURES);
    for (int f = 0; f < QP_FIGURES; f++)
        if (which >> f & 1) {
            uint64_t zigzag = number(&p, end);
            assert_int_equal(zigzag & 1, 0); /* no count is negative */
            line_add_n(l, key, f, zigzag / 2);
        }
    for (int32_t bucket = -1; p < end;) {
        bucket += (int32_t)number(&p, end);
        line_add_n(l, key, QP_FIGURES + bucket, number(&p, end));
    }
}

static void day_unpack(struct lines *l, const uint8_t day[QP_CELL_KEY_LEN], const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    assert_true(len > 0);
    while (p < end) {
        uint8_t key[QP_CELL_KEY_LEN];
        memcpy(key, day, QP_CELL_KEY_LEN);
        key[13] = *p++;
        size_t width = key[13] == 1 ? 0 : key[13] == 2 ? 4 : 8;
        memcpy(key + QP_CELL_KEY_LEN - width, p, width);
        p += width;
        size_t cell = number(&p, end);
        assert_true(cell <= (size_t)(end - p));
        cell_unpack(l, key, p, cell);
        p += cell;
    }
}

static void table_unpack(struct lines *l, struct qp_read *r)
{
    MDB_cursor *c;
    MDB_val key, val;
    assert_int_equal(mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_CELL), &c), 0);
    while (!mdb_cursor_get(c, &key, &val, MDB_NEXT)) {
        const uint8_t *k = key.mv_data;
        assert_int_equal(key.mv_size, QP_CELL_KEY_LEN);
        if (k[8] == 3)
            day_unpack(l, k, val.mv_data, val.mv_size);
        else
            cell_unpack(l, k, val.mv_data, val.mv_size);
    }
    mdb_cursor_close(c);
    for (size_t i = 1; i < l->n; i++) /* ascending, nothing twice */
        assert_true(line_order(&l->line[i - 1], &l->line[i]) < 0);
}

void assert_cells_equal_recount(struct town *t)
{
    struct lines want = {0}, have = {0};
    struct qp_read r;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), 0);
    table_unpack(&have, &r);
    qp_read_end(&r);
    count_town(&want, t);
    lines_sum(&want);
    assert_int_equal(have.n, want.n);
    for (size_t i = 0; i < want.n; i++) {
        if (line_order(&have.line[i], &want.line[i]) != 0 || have.line[i].n != want.line[i].n)
            fail_msg("line %zu: dimension %d grain %d figure %d: %lld, recounted %lld", i,
                     have.line[i].key[8], have.line[i].key[13], have.line[i].what, (long long)have.line[i].n,
                     (long long)want.line[i].n);
    }
    free(want.line);
    free(have.line);
}

void assert_tables_empty(struct town *t)
{
    static const enum qp_table tables[] = {QP_T_CELL, QP_T_NAME};
    struct qp_read r;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        MDB_stat s;
        assert_int_equal(mdb_stat(r.tables, qp_store_dbi(t->store, tables[i]), &s), 0);
        assert_int_equal(s.ms_entries, 0);
    }
    qp_read_end(&r);
}
