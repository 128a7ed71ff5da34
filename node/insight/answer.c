/* answer.c: adds up an answer's rows and gives them the shape that the caller sees. Called by query.c and
 * scan.c. */
#include "node/insight/answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/sketch.h"

enum { ROWS_FIRST = 64 };

/* ---- one row ---- */

void qp_tally_counts(struct qp_tally *t, const int64_t n[QP_FIGURES], int64_t sign)
{
    for (int i = 0; i < QP_FIGURES; i++)
        t->n[i] += sign * n[i];
}

static int sketch_open(struct qp_tally *t)
{
    if (t->sketch)
        return 0;
    t->sketch = qp_sketch_new();
    if (!t->sketch)
        return QP_ENOMEM;
    const void *packed = t->packed;
    t->packed = NULL;
    return packed ? qp_sketch_merge(t->sketch, packed, t->packed_len) : 0;
}

int qp_tally_sketch(struct qp_tally *t, const void *packed, size_t len, int64_t sign)
{
    if (!t->packed && !t->sketch && sign > 0) {
        t->packed = packed;
        t->packed_len = len;
        return 0;
    }
    int rc = sketch_open(t);
    return !rc ? qp_sketch_merge_signed(t->sketch, packed, len, sign) : rc;
}

int qp_tally_handled(struct qp_tally *t, int32_t bucket)
{
    int rc = sketch_open(t);
    if (!rc)
        qp_sketch_add(t->sketch, bucket, 1);
    return rc;
}

void qp_tally_free(struct qp_tally *t)
{
    qp_sketch_free(t->sketch);
    t->sketch = NULL;
}

int qp_tally_figures(struct qp_counts *out, const struct qp_tally *t)
{
    *out = (struct qp_counts){
#define X(id, name, moment, adds) .name = t->n[QP_F_##id],
        QP_BOARD_FIGURES(X)
#undef X
            .handle_p50_s = -1,
        .handle_p90_s = -1,
    };
    for (int i = 0; i < QP_FIGURES; i++)
        if (t->n[i] < 0)
            return QP_ECORRUPT;
    if (t->sketch) {
        out->handle_p50_s = qp_sketch_quantile(t->sketch, 0.5);
        out->handle_p90_s = qp_sketch_quantile(t->sketch, 0.9);
        return (out->closed > 0) == (out->handle_p50_s >= 0) ? 0 : QP_ECORRUPT;
    }
    if ((out->closed > 0) != (!!t->packed))
        return QP_ECORRUPT;
    return out->closed > 0 ? qp_sketch_packed_quantiles(&out->handle_p50_s, &out->handle_p90_s, out->closed,
                                                        t->packed, t->packed_len)
                           : 0;
}

/* ---- rows by key ---- */

static size_t slot_of(const struct qp_answer *a, uint64_t key)
{
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (a->n_slots - 1);
    while (a->slots[i] != 0 && a->rows[a->slots[i] - 1].key != key)
        i = (i + 1) & (a->n_slots - 1);
    return i;
}

static bool grow(struct qp_answer *a)
{
    size_t cap = a->cap > 0 ? a->cap * 2 : ROWS_FIRST;
    struct qp_tally *rows = realloc(a->rows, cap * sizeof *rows);
    if (!rows)
        return false;
    a->rows = rows;
    uint32_t *slots = calloc(cap * 2, sizeof *slots);
    if (!slots)
        return false;
    free(a->slots);
    a->slots = slots;
    a->n_slots = cap * 2;
    a->cap = cap;
    for (size_t i = 0; i < a->n; i++)
        a->slots[slot_of(a, a->rows[i].key)] = (uint32_t)i + 1;
    return true;
}

struct qp_tally *qp_answer_row(struct qp_answer *a, uint64_t key)
{
    if (a->n == a->cap && !grow(a))
        return NULL;
    size_t i = slot_of(a, key);
    if (a->slots[i] == 0) {
        a->rows[a->n] = (struct qp_tally){.key = key};
        a->slots[i] = (uint32_t)++a->n;
    }
    return &a->rows[a->slots[i] - 1];
}

void qp_answer_free(struct qp_answer *a)
{
    for (size_t i = 0; i < a->n; i++)
        qp_tally_free(&a->rows[i]);
    qp_tally_free(&a->total);
    free(a->rows);
    free(a->slots);
}

/* ---- keys ---- */

bool qp_split_is_time(enum qp_split by)
{
    return by >= QP_SPLIT_HOUR;
}

uint64_t qp_answer_time_key(const struct qp_answer *a, int32_t hour, int32_t day)
{
    int32_t bucket = 0;
    switch (a->by) {
    case QP_SPLIT_HOUR: bucket = hour; break;
    case QP_SPLIT_DAY: bucket = day; break;
    case QP_SPLIT_WEEK: bucket = qp_bucket_week(day); break;
    case QP_SPLIT_MONTH: bucket = qp_bucket_month(day); break;
    default: assert(false);
    }
    return (uint32_t)bucket;
}

static void time_text(const struct qp_answer *a, int32_t bucket, char out[32])
{
    switch (a->by) {
    case QP_SPLIT_HOUR: qp_bucket_hour_text(out, a->zone, bucket); break;
    case QP_SPLIT_DAY: qp_bucket_day_text(out, bucket); break;
    case QP_SPLIT_WEEK: qp_bucket_week_text(out, bucket); break;
    case QP_SPLIT_MONTH: qp_bucket_month_text(out, bucket); break;
    default: assert(false);
    }
}

/* ---- the shape that the caller sees ---- */

static int by_bucket(const void *a, const void *b)
{
    int32_t x = ((const struct qp_board_row *)a)->bucket, y = ((const struct qp_board_row *)b)->bucket;
    return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct qp_board_row *)a)->key, ((const struct qp_board_row *)b)->key);
}

static void sort(struct qp_board_result *out, int (*order)(const void *, const void *))
{
    for (size_t i = 1; i < out->n; i++) { /* times mostly come in order */
        if (order(&out->rows[i - 1], &out->rows[i]) > 0) {
            qsort(out->rows, out->n, sizeof *out->rows, order);
            return;
        }
    }
}

static bool tally_empty(const struct qp_tally *t)
{
    int64_t any = 0;
    for (int i = 0; i < QP_FIGURES; i++)
        any |= t->n[i];
    return any == 0;
}

static int row_finish(struct qp_board_row *row, const struct qp_answer *a, const struct qp_tally *t,
                      qp_key_text *text, void *arg, struct qp_err *e)
{
    row->bucket = 0;
    row->key[0] = '\0';
    if (qp_split_is_time(a->by)) {
        row->bucket = (int32_t)(uint32_t)t->key;
        time_text(a, row->bucket, row->key);
    } else {
        int rc = text(arg, t->key, row->key, e);
        if (rc)
            return rc;
    }
    if (qp_tally_figures(&row->c, t))
        return qp_fail(e, QP_ECORRUPT,
                       "the board's figures for \"%s\" do not fit each other: run qipan rebuild", row->key);
    return 0;
}

int qp_answer_finish(struct qp_board_result *out, struct qp_answer *a, qp_key_text *text, void *arg,
                     struct qp_err *e)
{
    out->rows = malloc((a->n > 0 ? a->n : 1) * sizeof *out->rows);
    if (!out->rows)
        return qp_fail(e, QP_ENOMEM, "no memory for the board's %zu rows", a->n);
    memset(a->total.n, 0, sizeof a->total.n);
    for (size_t i = 0; i < a->n; i++) {
        if (tally_empty(&a->rows[i]))
            continue;
        int rc = row_finish(&out->rows[out->n], a, &a->rows[i], text, arg, e);
        if (rc)
            return rc;
        qp_tally_counts(&a->total, a->rows[i].n, 1);
        out->n++;
    }
    sort(out, qp_split_is_time(a->by) ? by_bucket : by_key);
    if (qp_tally_figures(&out->total, &a->total))
        return qp_fail(e, QP_ECORRUPT, "the board's rows do not fit its total: run qipan rebuild");
    return 0;
}

void qp_board_result_free(struct qp_board_result *r)
{
    free(r->rows);
    r->rows = NULL;
    r->n = 0;
}
