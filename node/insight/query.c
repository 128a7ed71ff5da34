/* query.c: answers from the cells. A query becomes a plan: which dimension's cells of which area, over which
 * spans of time; or a scan of the matters where no cells hold the answer. Called by http from any thread.
 *
 *   by          without filter            one filter (d = its dimension)     more filters
 *   time        totals                    d, one value                       scan
 *   d           d                         d, one value; another's: scan      scan
 *   area        child; hours: each        each child's d, one value          scan
 *               child's totals
 *
 * Only totals have hours: a range that does not begin and end with days is a scan for everything else. */
#include "node/insight/board.h"

#include <stdlib.h>
#include <string.h>

#include "node/insight/answer.h"
#include "node/insight/range.h"
#include "node/insight/scan.h"

int qp_split_parse(const char *text)
{
    static const char *const names[] = {"area", "desk", "source", "category", "hour", "day", "week", "month"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0)
            return QP_SPLIT_AREA + (int)i;
    return 0;
}

/* ---- the plan ---- */

struct plan {
    struct qp_cut rows;  /* whose cells make the rows */
    struct qp_cut total; /* the coarsest that make the same sum: for its sketch */
    bool each_child;     /* by area, where `child` cells do not hold it: total, of every child in turn */
    struct qp_stretch spans[QP_STRETCHES_MAX], total_spans[QP_STRETCHES_MAX];
    int n_spans, n_total_spans;
};

static int filters(const struct qp_board_query *q, uint8_t *dimension, const char **value)
{
    int n = 0;
    *dimension = QP_D_TOTAL;
    *value = NULL;
    const struct {
        uint8_t dimension;
        const char *value;
    } all[] = {{QP_D_CATEGORY, q->category}, {QP_D_SOURCE, q->source}, {QP_D_DESK, q->desk}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].value)
            continue;
        *dimension = all[i].dimension;
        *value = all[i].value;
        n++;
    }
    return n;
}

static enum qp_grain coarsest_of(enum qp_split by)
{
    switch (by) {
    case QP_SPLIT_HOUR: return QP_G_HOUR;
    case QP_SPLIT_DAY:
    case QP_SPLIT_WEEK: return QP_G_DAY;
    case QP_SPLIT_MONTH: return QP_G_MONTH;
    default: return QP_G_ALL;
    }
}

static uint8_t dimension_of(enum qp_split by)
{
    switch (by) {
    case QP_SPLIT_AREA: return QP_D_CHILD;
    case QP_SPLIT_DESK: return QP_D_DESK;
    case QP_SPLIT_SOURCE: return QP_D_SOURCE;
    case QP_SPLIT_CATEGORY: return QP_D_CATEGORY;
    default: return QP_D_TOTAL;
    }
}

/* false: no cells hold the answer. */
static bool plan_make(struct plan *p, const struct qp_board_query *q, const struct qp_range *range,
                      uint64_t area, const struct qp_zone *zone)
{
    uint8_t filter;
    const char *value;
    int n = filters(q, &filter, &value);
    if (n > 1)
        return false;
    *p = (struct plan){.total = {area, filter, n == 1, n == 1 ? qp_code(value) : 0}};
    p->rows = p->total;
    bool hours, total_hours;
    p->n_spans = qp_range_cut(p->spans, &hours, range, coarsest_of(q->by), zone);
    p->n_total_spans = qp_range_cut(p->total_spans, &total_hours, range, QP_G_ALL, zone);
    if (p->n_spans < 0 || p->n_total_spans < 0 || (hours && filter != QP_D_TOTAL))
        return false;
    if (qp_split_is_time(q->by))
        return true;
    if (q->by == QP_SPLIT_AREA && (n == 1 || hours)) {
        p->each_child = true;
        return true;
    }
    if (n == 1)
        return filter == dimension_of(q->by);
    p->rows.dimension = dimension_of(q->by);
    return !hours;
}

/* ---- reading the cells ---- */

struct ask {
    struct qp_read *r;
    struct qp_answer *answer;
    struct qp_err *e;
    bool one_row; /* all goes to the row `row` */
    uint64_t row;
    bool take; /* and is taken away from the row `own` */
    uint64_t own;
};

static uint64_t row_key(const struct ask *a, const struct qp_cell_key *k)
{
    if (a->one_row)
        return a->row;
    if (!qp_split_is_time(a->answer->by))
        return k->value;
    if (k->grain == QP_G_MONTH)
        return (uint32_t)k->bucket;
    int32_t day = k->bucket;
    if (k->grain == QP_G_HOUR && a->answer->by != QP_SPLIT_HOUR)
        day = qp_bucket_day(a->answer->zone, (int64_t)k->bucket * 60000000);
    return qp_answer_time_key(a->answer, k->bucket, day);
}

static int failed(const struct ask *a, int rc)
{
    return qp_fail(a->e, rc,
                   rc == QP_ENOMEM ? "no memory for the board's answer"
                                   : "a cell of the board cannot be read: run qipan rebuild");
}

static int row_add(struct ask *a, uint64_t key, const struct qp_cell *c, int64_t sign)
{
    struct qp_tally *row = qp_answer_row(a->answer, key);
    if (!row)
        return failed(a, QP_ENOMEM);
    qp_tally_counts(row, c->n, sign);
    int rc = c->sketch_len > 0 ? qp_tally_sketch(row, c->sketch, c->sketch_len, sign) : 0;
    return !rc ? 0 : failed(a, rc);
}

static int cell_add(void *arg, const struct qp_cell_key *k, const struct qp_cell *c)
{
    struct ask *a = arg;
    int rc = row_add(a, row_key(a, k), c, 1);
    return !rc && a->take ? row_add(a, a->own, c, -1) : rc;
}

static int total_add(void *arg, const struct qp_cell_key *k, const struct qp_cell *c)
{
    struct ask *a = arg;
    (void)k;
    int rc = c->sketch_len > 0 ? qp_tally_sketch(&a->answer->total, c->sketch, c->sketch_len, 1) : 0;
    return !rc ? 0 : failed(a, rc);
}

static int rows_add(struct ask *a, const struct plan *p, const struct qp_cut *cut)
{
    int rc = 0;
    for (int i = 0; i < p->n_spans && !rc; i++)
        rc = qp_cells_walk(a->r, a->answer->zone, cut, &p->spans[i], cell_add, a, a->e);
    return rc;
}

struct children {
    uint64_t *code;
    size_t n, cap;
    struct ask *a;
};

static int child_add(void *arg, const struct qp_cell_key *k, const struct qp_cell *cell)
{
    struct children *c = arg;
    (void)cell;
    if (c->n == c->cap) {
        size_t cap = c->cap > 0 ? c->cap * 2 : 64;
        uint64_t *code = realloc(c->code, cap * sizeof *code);
        if (!code)
            return failed(c->a, QP_ENOMEM);
        c->code = code;
        c->cap = cap;
    }
    c->code[c->n++] = k->value;
    return 0;
}

static int each_child_add(struct ask *a, const struct plan *p)
{
    struct children c = {.a = a};
    const struct qp_cut all = {.area = p->total.area, .dimension = QP_D_CHILD};
    const struct qp_stretch span = {QP_G_ALL, 0, 0};
    int rc = qp_cells_walk(a->r, a->answer->zone, &all, &span, child_add, &c, a->e);
    struct qp_cut cut = p->total;
    a->one_row = true;
    for (size_t i = 0; i < c.n && !rc; i++) {
        cut.area = a->row = c.code[i];
        rc = rows_add(a, p, &cut);
    }
    free(c.code);
    return rc;
}

/* By area: a row for each child, and the area's own matters are what the children leave of its total. */
static int areas_add(struct ask *a, const struct plan *p)
{
    a->one_row = true;
    a->row = a->own = p->total.area;
    int rc = rows_add(a, p, &p->total);
    a->take = true;
    a->one_row = false;
    if (rc)
        return rc;
    return p->each_child ? each_child_add(a, p) : rows_add(a, p, &p->rows);
}

static int name_text(void *arg, uint64_t code, char out[QP_PATH_MAX], struct qp_err *e)
{
    struct qp_read *r = arg;
    uint8_t key[8];
    MDB_val val;
    qp_be64(key, code);
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_NAME), key, sizeof key, &val);
    if (rc || val.mv_size >= QP_PATH_MAX)
        return qp_fail(e, rc == QP_EIO ? QP_EIO : QP_ECORRUPT,
                       "the board has no name for %016llx: run qipan rebuild", (unsigned long long)code);
    memcpy(out, val.mv_data, val.mv_size);
    out[val.mv_size] = '\0';
    return 0;
}

static int cells_ask(struct qp_board_result *out, struct qp_read *r, const struct plan *p, enum qp_split by,
                     const struct qp_zone *zone, struct qp_err *e)
{
    struct qp_answer answer = {.by = by, .zone = zone};
    struct ask a = {.r = r, .answer = &answer, .e = e};
    int rc = by == QP_SPLIT_AREA ? areas_add(&a, p) : rows_add(&a, p, &p->rows);
    for (int i = 0; i < p->n_total_spans && !rc; i++)
        rc = qp_cells_walk(r, zone, &p->total, &p->total_spans[i], total_add, &a, e);
    if (!rc)
        rc = qp_answer_finish(out, &answer, name_text, r, e);
    if (rc)
        qp_board_result_free(out);
    qp_answer_free(&answer);
    return rc;
}

int qp_board_ask(struct qp_board_result *out, struct qp_read *r, const char *self_path,
                 const struct qp_zone *zone, const struct qp_board_query *q, struct qp_err *e)
{
    *out = (struct qp_board_result){.total = {.handle_p50_s = -1, .handle_p90_s = -1}};
    const char *area = q->area ? q->area : self_path;
    if (qp_path_check(area, NULL) || !qp_path_within(area, self_path))
        return qp_fail(e, QP_ENOTFOUND, "area %.200s is not at or below %s", area, self_path);
    struct qp_range range = {q->has_from, q->has_to, q->from_us, q->to_us};
    if (!qp_range_trim(&range))
        return 0;
    struct plan p;
    if (!plan_make(&p, q, &range, qp_code(area), zone))
        return qp_board_scan(out, r, self_path, zone, q, e);
    return cells_ask(out, r, &p, q->by, zone, e);
}

void qp_board_area(struct qp_read *r, const char *area, struct qp_counts *out)
{
    *out = (struct qp_counts){.handle_p50_s = -1, .handle_p90_s = -1};
    struct qp_cell_key k = {.area = qp_code(area), .dimension = QP_D_TOTAL, .grain = QP_G_ALL};
    uint8_t packed[QP_CELL_KEY_LEN];
    qp_cell_key_pack(packed, &k);
    struct qp_cell c;
    MDB_val val;
    if (qp_get(r->tables, qp_store_dbi(r->store, QP_T_CELL), packed, sizeof packed, &val) ||
        qp_cell_read(&c, val.mv_data, val.mv_size))
        return;
    struct qp_tally t = {.packed = c.sketch_len > 0 ? c.sketch : NULL, .packed_len = c.sketch_len};
    qp_tally_counts(&t, c.n, 1);
    qp_tally_figures(out, &t);
}
