/* run.c: a method on series from their first day to their last. GPNB takes all series day by day together, as
 * a parent and its children do; the others take one after the other. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/warning/gpnb.h"
#include "node/insight/warning/reference.h"
#include "node/insight/warning/season.h"

struct pool {
    const struct qp_series *series;
    size_t n;
    struct qp_warn_row *const *rows;
    struct qp_gpnb_rule rule;
    struct qp_gpnb *state;     /* one a series */
    struct qp_season season;   /* as it is known now */
    struct qp_season_day *day; /* the pool's last QP_SEASON_KEPT steps, oldest first */
    size_t days;
    int32_t first_day; /* of step 0 of the pool; QP_DAY_NONE: no dates */
    size_t steps;      /* from the first step of any series to the last */
};

static struct qp_season_place place_of(const struct pool *p, size_t step)
{
    int32_t each = p->rule.weekly ? 7 : 1;
    if (p->first_day == QP_DAY_NONE)
        return qp_season_place_of_step(step, p->rule.weekly);
    return qp_season_place_of_date(p->first_day + (int32_t)step * each);
}

static double factor_of(const struct pool *p, size_t step)
{
    return qp_season_factor(&p->season, place_of(p, step), p->rule.weekly);
}

/* Where series i begins in the pool's steps. */
static size_t offset_of(const struct pool *p, size_t i)
{
    if (p->first_day == QP_DAY_NONE)
        return 0;
    return (size_t)(p->series[i].first_day - p->first_day) / (p->rule.weekly ? 7 : 1);
}

static void advance(struct pool *p, size_t i, size_t t)
{
    size_t step = offset_of(p, i) + t;
    double behind = t >= p->rule.guard ? factor_of(p, step - p->rule.guard) : 1;
    qp_gpnb_step(&p->state[i], &p->rule, p->series[i].y[t], factor_of(p, step), behind);
}

/* The first steps wait until their mean is known; then they are worked in at once. */
static void begin(struct pool *p, size_t i, size_t t)
{
    double sum = 0;
    for (size_t k = 0; k <= t; k++)
        sum += p->series[i].y[k];
    qp_gpnb_begin(&p->state[i], &p->rule, sum / (double)(t + 1));
    for (size_t k = 0; k <= t; k++)
        advance(p, i, k);
}

static void judge(struct pool *p, size_t i, size_t t)
{
    struct qp_gpnb_verdict v;
    qp_gpnb_judge(&v, &p->state[i], &p->rule, NULL);
    p->rows[i][t] = (struct qp_warn_row){v.expected, qp_gpnb_limit(&p->state[i], &p->rule, NULL), v.score,
                                         v.grade == QP_GPNB_ALARM};
}

static void pool_keep(struct pool *p, const struct qp_season_day *d)
{
    if (p->days == QP_SEASON_KEPT) {
        memmove(p->day, p->day + 1, (QP_SEASON_KEPT - 1) * sizeof *p->day);
        p->days--;
    }
    p->day[p->days++] = *d;
}

/* Factors made anew, and every level restated by them: else a season that becomes known is counted twice. */
static void renew(struct pool *p)
{
    struct qp_season old = p->season;
    double now = 0, was = 0, weight = 1;
    qp_season_learn(&p->season, p->day, p->days, p->rule.weekly);
    for (size_t k = p->rule.guard; k < p->days && weight > 1e-3; k++, weight *= p->rule.lambda) {
        struct qp_season_place at = p->day[p->days - 1 - k].place;
        now += weight * qp_season_factor(&p->season, at, p->rule.weekly);
        was += weight * qp_season_factor(&old, at, p->rule.weekly);
    }
    for (size_t i = 0; was > 0 && i < p->n; i++)
        if (p->state[i].steps > 0)
            qp_gpnb_restate(&p->state[i], now / was);
}

static void pool_step(struct pool *p, size_t step)
{
    struct qp_season_day d = {.place = place_of(p, step)};
    for (size_t i = 0; i < p->n; i++) {
        size_t from = offset_of(p, i), t = step - from, begun = p->rule.begun;
        if (step < from || t >= p->series[i].n)
            continue;
        if (t + 1 == begun)
            begin(p, i, t);
        if (t < begun)
            continue;
        advance(p, i, t);
        judge(p, i, t);
        d.seen += p->series[i].y[t];
        d.level += qp_gpnb_level(&p->state[i]);
    }
    if (d.level > 0)
        pool_keep(p, &d);
    if ((step + 1) % p->rule.renewed == 0)
        renew(p);
}

/* All with dates or none; the pool's first step and length. */
static int pool_span(struct pool *p, bool zh, struct qp_err *e)
{
    int32_t each = p->rule.weekly ? 7 : 1;
    p->first_day = p->series[0].first_day;
    for (size_t i = 0; i < p->n; i++) {
        const struct qp_series *s = &p->series[i];
        if ((s->first_day == QP_DAY_NONE) != (p->series[0].first_day == QP_DAY_NONE))
            return qp_fail(
                e, QP_EINVAL,
                QP_WARN_TR(zh,
                           "%s has dates and %s has none: what is pooled has a column date in all or "
                           "in none",
                           "%s 有日期而 %s 没有：合并的文件须全有或全无 date 列"),
                s->first_day == QP_DAY_NONE ? p->series[0].name : s->name,
                s->first_day == QP_DAY_NONE ? s->name : p->series[0].name);
        p->first_day = s->first_day < p->first_day ? s->first_day : p->first_day;
    }
    for (size_t i = 0; i < p->n; i++) {
        if (p->first_day != QP_DAY_NONE && (p->series[i].first_day - p->series[0].first_day) % each != 0)
            return qp_fail(
                e, QP_EINVAL,
                QP_WARN_TR(zh,
                           "%s: its weeks begin on another day than those of %s: give files whose weeks "
                           "begin on one day of the week",
                           "%s：每周的起始日与 %s 不同：各文件的周须自同一星期几起"),
                p->series[i].name, p->series[0].name);
        size_t end = offset_of(p, i) + p->series[i].n;
        p->steps = end > p->steps ? end : p->steps;
    }
    return 0;
}

static int run_gpnb(const struct qp_warn_settings *s, const struct qp_series *series, size_t n,
                    struct qp_warn_row *const *rows, bool zh, struct qp_err *e)
{
    struct pool p = {.series = series, .n = n, .rows = rows};
    qp_gpnb_rule_of(&p.rule, s);
    qp_season_plain(&p.season);
    int rc = pool_span(&p, zh, e);
    if (rc)
        return rc;
    p.state = calloc(n, sizeof *p.state);
    p.day = calloc(QP_SEASON_KEPT, sizeof *p.day);
    if (!p.state || !p.day)
        rc =
            qp_fail(e, QP_ENOMEM, QP_WARN_TR(zh, "no memory for %zu series", "内存不足以处理 %zu 个序列"), n);
    for (size_t step = 0; !rc && step < p.steps; step++)
        pool_step(&p, step);
    free(p.state);
    free(p.day);
    return rc;
}

static int run_one(const struct qp_warn_settings *s, const struct qp_series *series, struct qp_warn_row *rows,
                   bool zh, struct qp_err *e)
{
    switch (s->method) {
    case QP_WARN_EARS_C1:
    case QP_WARN_EARS_C2:
    case QP_WARN_EARS_C3:
    case QP_WARN_EARS_C3_CANONICAL: qp_warn_ears(s, series, rows); return 0;
    case QP_WARN_BAYES_1:
    case QP_WARN_BAYES_2:
    case QP_WARN_BAYES_3:
        if (s->b == 0 && s->act_y == 0)
            return qp_fail(e, QP_EINVAL,
                           QP_WARN_TR(zh, "b=0 and actY=no leave nothing to look back at: set one of them",
                                      "b=0 且 actY=no 时没有可参照的数据：请设置其一"));
        qp_warn_bayes(s, series, rows);
        return 0;
    default: return qp_warn_farrington(s, series, rows, zh, e);
    }
}

int qp_warn_run(const struct qp_warn_settings *s, const struct qp_series *series, size_t n,
                struct qp_warn_row *const *rows, bool zh, struct qp_err *e)
{
    int rc = 0;
    assert(n > 0);
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < series[i].n; t++)
            rows[i][t] = (struct qp_warn_row){NAN, NAN, NAN, false};
    if (s->method == QP_WARN_GPNB)
        return run_gpnb(s, series, n, rows, zh, e);
    for (size_t i = 0; !rc && i < n; i++)
        rc = run_one(s, &series[i], rows[i], zh, e);
    return rc;
}
