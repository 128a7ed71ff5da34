/* oracle.c: what a query must answer, counted matter by matter with civil times and texts; quantiles from the
 * sorted times themselves. */
#include "tests/unit/insight/town.h"

#include <time.h>

#include "node/insight/scan.h"

struct tally {
    char key[QP_PATH_MAX];
    int64_t bucket; /* orders times */
    struct qp_counts c;
    int64_t handled_s[TOWN_MATTERS];
    size_t n_handled;
};

struct tallies {
    struct tally *row;
    size_t n;
    struct tally total;
};

static bool matches(const struct qp_board_query *q, const Qp__Face *f)
{
    const char *area = q->area ? q->area : TOWN_SELF;
    size_t len = strlen(area);
    bool within = strncmp(f->area, area, len) == 0 && (f->area[len] == '\0' || f->area[len] == '/');
    return within && (!q->category || strcmp(q->category, f->category) == 0) &&
           (!q->source || strcmp(q->source, f->source) == 0) && (!q->desk || strcmp(q->desk, f->desk) == 0);
}

static void key_of(char out[QP_PATH_MAX], int64_t *bucket, const struct town *t,
                   const struct qp_board_query *q, const Qp__Face *f, int64_t at_us)
{
    struct qp_civil c;
    int32_t offset_s;
    qp_zone_civil(t->zone, at_us, &c, &offset_s);
    struct tm tm = {.tm_year = c.year - 1900, .tm_mon = c.month - 1, .tm_mday = c.day};
    time_t day = timegm(&tm);
    size_t len = strlen(q->area ? q->area : TOWN_SELF);
    const char *format = q->by == QP_SPLIT_DAY ? "%Y-%m-%d" : q->by == QP_SPLIT_WEEK ? "%G-W%V" : "%Y-%m";
    *bucket = 0;
    switch (q->by) {
    case QP_SPLIT_DESK: strcpy(out, f->desk); return;
    case QP_SPLIT_SOURCE: strcpy(out, f->source); return;
    case QP_SPLIT_CATEGORY: strcpy(out, f->category); return;
    case QP_SPLIT_AREA:
        strcpy(out, f->area);
        if (out[len] == '/' && strchr(out + len + 1, '/'))
            *strchr(out + len + 1, '/') = '\0';
        return;
    case QP_SPLIT_HOUR:
        *bucket = qp_bucket_hour(t->zone, at_us);
        qp_bucket_hour_text(out, t->zone, (int32_t)*bucket);
        return;
    default: strftime(out, 32, format, &tm); *bucket = q->by == QP_SPLIT_DAY ? (int64_t)day : 0;
    }
}

static struct tally *row_of(struct tallies *a, const struct town *t, const struct qp_board_query *q,
                            const Qp__Face *f, int64_t at_us)
{
    char key[QP_PATH_MAX];
    int64_t bucket;
    key_of(key, &bucket, t, q, f, at_us);
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->row[i].key, key) == 0 && a->row[i].bucket == bucket)
            return &a->row[i];
    struct tally *x = &a->row[a->n++];
    memset(x, 0, sizeof *x);
    strcpy(x->key, key);
    x->bucket = bucket;
    return x;
}

static bool inside(const struct qp_board_query *q, int64_t at_us)
{
    return (!q->has_from || at_us >= q->from_us) && (!q->has_to || at_us < q->to_us);
}

static void closing_count(struct tally *x, const Qp__Face *f)
{
    x->c.closed++;
    x->c.on_time += f->deadline_us != 0 && f->closed_us <= f->deadline_us;
    x->c.late += f->deadline_us != 0 && f->closed_us > f->deadline_us;
    x->handled_s[x->n_handled++] = (f->closed_us - f->opened_us) / 1000000;
}

static void opening_count(struct tally *x, const struct matter *m)
{
    const Qp__Face *f = &m->face;
    bool open = f->closed_us == 0, late = !open && f->closed_us > f->deadline_us;
    x->c.emergency += open && f->urgency == QP_EMERGENCY;
    x->c.offered += open && f->offer;
    x->c.urged += open && m->row.n_beside > 0;
    x->c.due += f->deadline_us != 0 && (open ? m->row.overdue : true);
    x->c.due_on_time += f->deadline_us != 0 && !open && !late;
    x->c.signed_on_time += f->n_clocks > 0 && m->sign.ended_us <= m->sign.due_us;
    x->c.signed_late += f->n_clocks > 0 && m->sign.ended_us > m->sign.due_us;
    x->c.redo += f->redo > 0;
    x->c.returned += f->returned > 0;
    x->c.extend_asked += f->extend_asked > 0;
    x->c.extend_granted += f->extend_granted > 0;
}

static void matter_count(struct tallies *a, const struct town *t, const struct qp_board_query *q,
                         const struct matter *m)
{
    const Qp__Face *f = &m->face;
    struct tally *x[2] = {NULL, &a->total};
    if (inside(q, f->opened_us)) {
        x[0] = row_of(a, t, q, f, f->opened_us);
        for (int i = 0; i < 2; i++) {
            x[i]->c.opened++;
            x[i]->c.open += f->closed_us == 0;
            x[i]->c.overdue += f->closed_us == 0 && m->row.overdue;
            opening_count(x[i], m);
        }
    }
    if (f->closed_us != 0 && inside(q, f->closed_us)) {
        x[0] = row_of(a, t, q, f, f->closed_us);
        for (int i = 0; i < 2; i++)
            closing_count(x[i], f);
    }
    if (f->visit && inside(q, f->visit->at_us)) {
        x[0] = row_of(a, t, q, f, f->visit->at_us);
        for (int i = 0; i < 2; i++) {
            x[i]->c.visited++;
            x[i]->c.satisfied += f->visit->satisfied == 1;
            x[i]->c.unsatisfied += f->visit->satisfied == 2;
        }
    }
}

static int number_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int row_order(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return x->bucket != y->bucket ? (x->bucket > y->bucket) - (x->bucket < y->bucket)
                                  : strcmp(x->key, y->key);
}

/* The lower nearest rank, exactly; and the board's figure within 1 % of it. */
static void assert_quantile(int64_t got, const struct tally *x, size_t tenths, const char *where)
{
    if (x->n_handled == 0) {
        assert_int_equal(got, -1);
        return;
    }
    int64_t exact = x->handled_s[(x->n_handled - 1) * tenths / 10];
    exact = exact > 0 ? exact : 0;
    int64_t off = got > exact ? got - exact : exact - got;
    if (off * 100 > exact)
        fail_msg("%s %s: quantile %zu/10 is %lld, exactly %lld", where, x->key, tenths, (long long)got,
                 (long long)exact);
}

static void assert_figures(const struct qp_counts *got, struct tally *want, const char *where)
{
    if (want->n_handled > 0)
        qsort(want->handled_s, want->n_handled, sizeof want->handled_s[0], number_order);
    assert_quantile(got->handle_p50_s, want, 5, where);
    assert_quantile(got->handle_p90_s, want, 9, where);
    want->c.handle_p50_s = got->handle_p50_s;
    want->c.handle_p90_s = got->handle_p90_s;
#define X(id, name, moment, adds)                                                                            \
    if (got->name != want->c.name)                                                                           \
        fail_msg("%s: row \"%s\": %s %lld, counted %lld", where, want->key, #name, (long long)got->name,     \
                 (long long)want->c.name);
    QP_BOARD_FIGURES(X)
#undef X
}

static void assert_result(const struct qp_board_result *got, struct tallies *want, const char *where)
{
    if (got->n != want->n)
        fail_msg("%s: %zu rows, counted %zu", where, got->n, want->n);
    for (size_t i = 0; i < got->n; i++) {
        if (strcmp(got->rows[i].key, want->row[i].key) != 0)
            fail_msg("%s: row %zu is \"%s\", counted \"%s\"", where, i, got->rows[i].key, want->row[i].key);
        assert_figures(&got->rows[i].c, &want->row[i], where);
    }
    assert_figures(&got->total, &want->total, where);
}

char *query_text(char out[512], const struct qp_board_query *q)
{
    char from[32] = "-", to[32] = "-";
    if (q->has_from)
        qp_time_text(from, q->from_us);
    if (q->has_to)
        qp_time_text(to, q->to_us);
    snprintf(out, 512, "by=%d area=%s from=%s to=%s category=%s source=%s desk=%s", (int)q->by,
             q->area ? q->area : "-", from, to, q->category ? q->category : "-", q->source ? q->source : "-",
             q->desk ? q->desk : "-");
    return out;
}

void assert_answers(struct town *t, const struct qp_board_query *q)
{
    struct tallies want = {.row = malloc(3 * TOWN_MATTERS * sizeof *want.row)};
    assert_non_null(want.row);
    for (size_t i = 0; i < TOWN_MATTERS; i++)
        if (t->matter[i].there && matches(q, &t->matter[i].face))
            matter_count(&want, t, q, &t->matter[i]);
    qsort(want.row, want.n, sizeof *want.row, row_order);
    struct qp_read r;
    struct qp_err e = {0};
    struct qp_board_result by_cells, by_scan;
    char text[512], where[600];
    assert_int_equal(qp_read_begin(t->store, &r, &e), 0);
    if (qp_board_ask(&by_cells, &r, TOWN_SELF, t->zone, q, &e) ||
        qp_board_scan(&by_scan, &r, TOWN_SELF, t->zone, q, &e))
        fail_msg("%s: %s", query_text(text, q), e.text);
    qp_read_end(&r);
    assert_true(by_scan.scanned);
    snprintf(where, sizeof where, "cells, %s", query_text(text, q));
    assert_result(&by_cells, &want, where);
    snprintf(where, sizeof where, "scan, %s", text);
    assert_result(&by_scan, &want, where);
    qp_board_result_free(&by_cells);
    qp_board_result_free(&by_scan);
    free(want.row);
}
