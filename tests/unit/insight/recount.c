/* recount.c: what the cells and sketches must hold, worked out afresh from the matters: a list of all that is
 * to be counted, sorted, summed and compared with the tables byte by byte of their keys. */
#include "tests/unit/insight/town.h"

#include "node/insight/cells.h"
#include "node/insight/sketch.h"

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

static void count_at(const struct counted *c, int64_t at_us, const int32_t *what, size_t n_what)
{
    const Qp__Face *f = &c->m->face;
    const char *value[] = {NULL, NULL, f->desk, f->source, f->category, c->child};
    for (int d = 1; d <= 5; d++) {
        for (int grain = 1; grain <= (d == 1 ? 4 : 3); grain++) {
            uint8_t key[QP_CELL_KEY_LEN];
            qp_be64(key, qp_code(c->area));
            key[8] = (uint8_t)d;
            key[9] = (uint8_t)grain;
            qp_be32(key + 10, (uint32_t)bucket_of(c->town, grain, at_us) + UINT32_C(0x80000000));
            qp_be64(key + 14, d == 1 ? 0 : qp_code(value[d]));
            for (size_t i = 0; i < n_what; i++)
                line_add(c->lines, key, what[i]);
        }
    }
}

static void count_matter(const struct counted *c)
{
    const Qp__Face *f = &c->m->face;
    bool open = f->closed_us == 0;
    int32_t opening[3] = {QP_F_OPENED}, closing[3] = {QP_F_CLOSED}, visit[2] = {QP_F_VISITED};
    size_t n = 1;
    if (open)
        opening[n++] = QP_F_OPEN;
    if (open && c->m->row.overdue)
        opening[n++] = QP_F_OVERDUE;
    count_at(c, f->opened_us, opening, n);
    if (!open) {
        n = 1;
        closing[n++] = QP_FIGURES + qp_sketch_bucket((f->closed_us - f->opened_us) / 1000000);
        if (f->deadline_us != 0)
            closing[n++] = f->closed_us <= f->deadline_us ? QP_F_ON_TIME : QP_F_LATE;
        count_at(c, f->closed_us, closing, n);
    }
    if (f->visit == NULL)
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

/* Unpacks a whole table into lines; they come sorted. */
static void table_read(struct lines *l, struct qp_read *r, enum qp_table table)
{
    MDB_cursor *c;
    MDB_val key, val;
    assert_int_equal(mdb_cursor_open(r->tables, qp_store_dbi(r->store, table), &c), 0);
    while (mdb_cursor_get(c, &key, &val, MDB_NEXT) == 0) {
        assert_int_equal(key.mv_size, QP_CELL_KEY_LEN);
        if (table == QP_T_CELL) {
            int64_t n[QP_FIGURES], any = 0;
            assert_int_equal(qp_cell_read(n, val.mv_data, val.mv_size), QP_OK);
            for (int f = 0; f < QP_FIGURES; f++) {
                any |= n[f];
                if (n[f] != 0) {
                    line_add(l, key.mv_data, f);
                    l->line[l->n - 1].n = n[f];
                }
            }
            assert_true(any != 0);
            continue;
        }
        const uint8_t *p = val.mv_data, *end = p + val.mv_size;
        assert_true(p < end);
        for (int32_t bucket = -1; p < end;) { /* the packed form, by hand */
            uint64_t v[2] = {0};
            for (int i = 0; i < 2; i++)
                for (unsigned shift = 0, more = 1; more; shift += 7, p++) {
                    v[i] |= (uint64_t)(*p & 0x7f) << shift;
                    more = *p >= 0x80;
                }
            bucket += (int32_t)v[0];
            line_add(l, key.mv_data, QP_FIGURES + bucket);
            l->line[l->n - 1].n = (int64_t)v[1];
        }
    }
    mdb_cursor_close(c);
}

void assert_cells_equal_recount(struct town *t)
{
    struct lines want = {0}, have = {0};
    struct qp_read r;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), QP_OK);
    table_read(&have, &r, QP_T_CELL);
    table_read(&have, &r, QP_T_SKETCH);
    qp_read_end(&r);
    lines_sum(&have);
    count_town(&want, t);
    lines_sum(&want);
    assert_int_equal(have.n, want.n);
    for (size_t i = 0; i < want.n; i++) {
        if (line_order(&have.line[i], &want.line[i]) != 0 || have.line[i].n != want.line[i].n)
            fail_msg("line %zu: dimension %d grain %d figure %d: %lld, recounted %lld", i,
                     have.line[i].key[8], have.line[i].key[9], have.line[i].what, (long long)have.line[i].n,
                     (long long)want.line[i].n);
    }
    free(want.line);
    free(have.line);
}

void assert_tables_empty(struct town *t)
{
    static const enum qp_table tables[] = {QP_T_CELL, QP_T_SKETCH, QP_T_NAME};
    struct qp_read r;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), QP_OK);
    for (size_t i = 0; i < 3; i++) {
        MDB_stat s;
        assert_int_equal(mdb_stat(r.tables, qp_store_dbi(t->store, tables[i]), &s), 0);
        assert_int_equal(s.ms_entries, 0);
    }
    qp_read_end(&r);
}
