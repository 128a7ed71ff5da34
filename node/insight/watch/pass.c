/* pass.c: see pass.h. */
#include "node/insight/watch/pass.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESTATE_LEAST 1e-3 /* of a day's weight in a level */
enum { SERIES_UNITS = 20, JUDGE_UNITS = 10, MILLI = 1000, PPM = 1000000 };

struct qp_pass *qp_pass_new(void)
{
    struct qp_pass *p = calloc(1, sizeof *p);
    struct qp_warn_settings s;
    if (!p)
        return NULL;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&p->rule, &s);
    p->signs_most = QP_SIGNS_MOST;
    assert(p->rule.guard == QP_BASE_GUARD);
    return p;
}

void qp_pass_free(struct qp_pass *p)
{
    if (!p)
        return;
    qp_pass_drop(p);
    qp_bases_free(p->old);
    qp_bases_free(p->old_pools);
    qp_pools_free(p->pools);
    free(p);
}

static void forget_signs(struct qp_pass *p)
{
    free(p->signs);
    free(p->judged);
    p->signs = NULL;
    p->judged = NULL;
    p->n = p->cap = 0;
}

void qp_pass_drop(struct qp_pass *p)
{
    if (p->on) { /* what it has read of the old ones is given back already */
        qp_bases_free(p->old);
        qp_bases_free(p->old_pools);
        p->old = p->old_pools = NULL;
    }
    qp_bases_free(p->made);
    qp_bases_free(p->made_pools);
    p->made = p->made_pools = NULL;
    forget_signs(p);
    p->on = false;
}

void qp_pass_end(struct qp_pass *p)
{
    assert(p->on);
    qp_bases_free(p->old);
    qp_bases_free(p->old_pools);
    p->old = p->made;
    p->old_pools = p->made_pools;
    p->old_day = p->made_day;
    p->made = p->made_pools = NULL;
    forget_signs(p);
    p->on = false;
}

/* Which factors hold on a day; -1: none yet. */
static long season_of(const struct qp_pass *p, int32_t day)
{
    long at = (long)p->n_seasons - 1;
    while (at >= 0 && p->seasons[at].from > day)
        at--;
    return at;
}

bool qp_pass_season(struct qp_pass *p, int32_t from, const struct qp_season *s)
{
    long at = season_of(p, from);
    bool had = at >= 0 && p->seasons[at].from == from;
    if (had && memcmp(&p->seasons[at].s, s, sizeof *s) == 0)
        return false;
    if (at < 0 && p->n_seasons == QP_SEASONS_MOST)
        return false; /* of days before the window */
    qp_pass_drop(p);
    if (p->old && from <= p->old_day) {
        qp_bases_free(p->old);
        qp_bases_free(p->old_pools);
        p->old = p->old_pools = NULL;
    }
    if (had) {
        p->seasons[at].s = *s;
        return true;
    }
    if (p->n_seasons == QP_SEASONS_MOST) {
        memmove(p->seasons, p->seasons + 1, --p->n_seasons * sizeof *p->seasons);
        at--;
    }
    struct qp_pass_season *to = &p->seasons[at + 1];
    memmove(to + 1, to, (p->n_seasons - (size_t)(at + 1)) * sizeof *to);
    *to = (struct qp_pass_season){from, *s};
    p->n_seasons++;
    assert(p->n_seasons <= QP_SEASONS_MOST);
    return true;
}

size_t qp_pass_bytes(const struct qp_pass *p)
{
    return sizeof *p + qp_bases_bytes(p->old) + qp_bases_bytes(p->made) + qp_bases_bytes(p->old_pools) +
           qp_bases_bytes(p->made_pools) + qp_pools_bytes(p->pools);
}

const struct qp_family *qp_pass_kin(const struct qp_pass *p)
{
    return qp_pools_family(p->pools);
}

int qp_pass_family(struct qp_pass *p, struct qp_family *f, bool *changed, struct qp_err *e)
{
    *changed = p->pools ? !qp_family_same(qp_pools_family(p->pools), f) : qp_family_parents(f) > 0;
    struct qp_pools *new = *changed ? qp_pools_new(f) : NULL;
    if (!new)
        qp_family_free(f);
    if (!*changed)
        return 0;
    if (!new)
        return qp_fail(e, QP_ENOMEM, "no memory to judge a day");
    qp_pass_drop(p);
    qp_bases_free(p->old_pools);
    p->old_pools = NULL;
    qp_pools_free(p->pools);
    p->pools = new;
    return 0;
}

/* Of a day in the window it was looked up once: a pass asks for each of them hundreds of times. */
static double factor_on(const struct qp_pass *p, long season, int32_t day)
{
    if (season < 0)
        return 1;
    struct qp_season_place at =
        day >= p->window && day <= p->to ? p->place[day - p->window] : qp_season_place_of_date(day);
    return qp_season_factor(&p->seasons[season].s, at, false);
}

/* What a level that was learnt by the factors of the day before has to be restated by where others hold from `day` on: else a season
 * that becomes known is counted twice (WN2). As warning/run.c does it, and of dates alone, so that it is the same from whatever day a
 * series is walked. */
static double restated(const struct qp_pass *p, int32_t day)
{
    long new = season_of(p, day), old = season_of(p, day - 1);
    double now = 0, was = 0, weight = 1;
    if (new == old)
        return 1;
    for (int32_t k = QP_BASE_GUARD; weight > RESTATE_LEAST; k++, weight *= p->rule.lambda) {
        now += weight * factor_on(p, new, day - 1 - k);
        was += weight * factor_on(p, old, day - 1 - k);
    }
    assert(now > 0 && was > 0);
    return now / was;
}

int qp_pass_begin(struct qp_pass *p, int32_t from, int32_t to, uint64_t through, struct qp_err *e)
{
    assert(!p->on);
    p->window = qp_period_day(qp_period_of(to) - (QP_DAILY_PERIODS - 1));
    p->from = from > p->window ? from : p->window;
    p->to = to;
    assert(p->from <= to);
    p->through = through;
    p->any = p->pooling = false;
    qp_pools_empty(p->pools);
    p->series = p->steps = p->judgements = 0;
    p->anew = !p->old || p->from < p->old_day + QP_BASE_AGAIN;
    p->made_day = to - QP_BASE_BACK;
    p->judged = calloc((size_t)(to - p->from) + 1, sizeof *p->judged);
    p->made = qp_bases_new();
    p->made_pools = qp_bases_new();
    p->on = true;
    if (!p->judged || !p->made || !p->made_pools) {
        qp_pass_drop(p);
        return qp_fail(e, QP_ENOMEM, "no memory to judge a day");
    }
    for (int32_t i = 0; i <= to - p->window; i++)
        p->place[i] = qp_season_place_of_date(p->window + i);
    for (int32_t i = 0; i <= to - p->window; i++) {
        long at = season_of(p, p->window + i);
        p->factor[i] = factor_on(p, at, p->window + i);
        p->behind[i] = factor_on(p, at, p->window + i - QP_BASE_GUARD);
        p->restate[i] = restated(p, p->window + i);
    }
    return 0;
}

/* ---- one series ---- */

static void step(struct qp_pass *p, struct qp_gpnb *g, int32_t i)
{
    const struct qp_daily_series *s = &p->row;
    if (p->restate[i] != 1 && g->steps > 0)
        qp_gpnb_restate(g, p->restate[i]);
    qp_gpnb_step(g, &p->rule, s->y[i], p->factor[i], i - s->first >= QP_BASE_GUARD ? p->behind[i] : 1);
    p->steps++;
}

/* The state after the day of the bases; its last counts are read again. */
static bool restore(struct qp_pass *p, struct qp_gpnb *g, const struct qp_base *x)
{
    const struct qp_daily_series *s = &p->row;
    int32_t at = p->old_day - s->from;
    if (!x || p->anew || x->first != s->from + s->first || x->steps != (uint32_t)(at - s->first + 1))
        return false;
    *g = (struct qp_gpnb){.a = x->a, .b = x->b, .pa = x->pa, .pw = x->pw, .steps = x->steps};
    for (uint32_t k = 0; k < QP_BASE_GUARD; k++) {
        g->y[(x->steps - 1 - k) % QP_GPNB_RING] = s->y[at - (int32_t)k];
        g->mu[(x->steps - 1 - k) % QP_GPNB_RING] = x->mu[k];
    }
    return true;
}

static bool capture(struct qp_pass *p, const struct qp_gpnb *g)
{
    const struct qp_daily_series *s = &p->row;
    struct qp_base x = {s->area, s->category, g->a, g->b, g->pa, g->pw, g->steps, s->from + s->first, {0}};
    for (uint32_t k = 0; k < QP_BASE_GUARD; k++)
        x.mu[k] = g->mu[(g->steps - 1 - k) % QP_GPNB_RING];
    return qp_bases_add(p->pooling ? p->made_pools : p->made, &x);
}

static uint32_t milli(double v, double one)
{
    return v <= 0 ? 0 : v * one >= UINT32_MAX ? UINT32_MAX : (uint32_t)(v * one + 0.5);
}

static void sign_fill(struct qp_pass *p, struct qp_sign *x, const struct qp_gpnb *g,
                      const struct qp_gpnb_verdict *v, int32_t i, bool own)
{
    const struct qp_season_place at = p->place[i];
    struct qp_season plain;
    long of = season_of(p, p->window + i);
    qp_season_plain(&plain);
    const struct qp_season *season = of < 0 ? &plain : &p->seasons[of].s;
    *x = (struct qp_sign){
        .area = p->row.area, .category = p->row.category, .own = own, .alarm = v->grade == QP_GPNB_ALARM};
    for (uint32_t w = 0, d = 0; w < QP_SIGN_WINDOWS; w++) {
        x->seen[w] = w > 0 ? x->seen[w - 1] : 0;
        x->due[w] = w > 0 ? x->due[w - 1] : 0;
        for (; d < p->rule.window[w] && d < g->steps; d++) {
            x->seen[w] += (float)g->y[(g->steps - 1 - d) % QP_GPNB_RING];
            x->due[w] += g->mu[(g->steps - 1 - d) % QP_GPNB_RING];
        }
        if (p->rule.window[w] == v->window)
            x->least = (uint8_t)w;
    }
    x->f = (struct qp_sign_figures){.day = p->window + i,
                                    .window = v->window,
                                    .seen = (uint32_t)v->seen,
                                    .expected_milli = milli(v->due, MILLI),
                                    .limit = own ? qp_gpnb_limit(g, &p->rule, NULL) : 0,
                                    .score_milli = milli(v->score, MILLI),
                                    .weekday_ppm = milli(season->weekday[at.weekday], PPM),
                                    .week_ppm = milli(season->week[at.week], PPM),
                                    .slot_ppm = milli(season->slot[at.slot], PPM)};
}

static bool judge(struct qp_pass *p, const struct qp_gpnb *g, int32_t i, bool own)
{
    struct qp_gpnb_verdict v;
    qp_gpnb_judge(&v, g, &p->rule, NULL);
    p->judgements++;
    if (own)
        p->judged[p->window + i - p->from]++;
    if (v.grade == QP_GPNB_QUIET)
        return true;
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        struct qp_sign *more = realloc(p->signs, cap * sizeof *more);
        if (!more)
            return false;
        p->signs = more;
        p->cap = cap;
    }
    sign_fill(p, &p->signs[p->n++], g, &v, i, own);
    return true;
}

static bool series(struct qp_pass *p, uint64_t self)
{
    const struct qp_daily_series *s = &p->row;
    const struct qp_base *base = qp_bases_next(p->pooling ? p->old_pools : p->old, s->area, s->category);
    struct qp_gpnb g;
    int32_t i, begun = (int32_t)p->rule.begun;
    bool whole = true;
    assert(s->from == p->window);
    if (s->n - s->first <= begun)
        return true;
    if (restore(p, &g, base)) {
        i = p->old_day - s->from + 1;
    } else {
        double sum = 0;
        for (i = s->first; i < s->first + begun; i++)
            sum += s->y[i];
        qp_gpnb_begin(&g, &p->rule, sum / begun);
        i = s->first;
    }
    for (; i < s->n && whole; i++) {
        step(p, &g, i);
        if (s->from + i == p->made_day && g.steps >= QP_BASE_GUARD)
            whole = capture(p, &g);
        if (whole && s->from + i >= p->from && i - s->first >= begun)
            whole = judge(p, &g, i, s->area == self);
    }
    return whole;
}

/* ---- all of them ---- */

/* Too many signs to hold: the first half of the days alone, from the beginning; the others are judged by the next pass. */
static int narrow(struct qp_pass *p, struct qp_err *e)
{
    int32_t from = p->from, to = p->from + (p->to - p->from) / 2;
    uint64_t through = p->through;
    assert(to < p->to);
    qp_pass_drop(p);
    return qp_pass_begin(p, from, to, through, e);
}

/* The next series: of a category, or of what came together in an area once all its categories are through. */
static int next(struct qp_pass *p, MDB_txn *tables, struct qp_store *s, bool *judges, struct qp_err *e)
{
    *judges = false;
    if (!p->pooling) {
        int rc = qp_daily_next(tables, s, p->any, p->area, p->category, p->window, p->to, &p->row, e);
        bool same = !rc && p->any && p->row.area == p->area;
        if ((rc && rc != QP_ENOTFOUND) || (rc && !qp_pools_any(p->pools)))
            return rc;
        p->pooling = !same && qp_pools_any(p->pools); /* the row that was read is read again behind them */
    }
    if (p->pooling) {
        p->row.area = p->area;
        *judges = p->pooling = qp_pools_next(p->pools, &p->row);
        if (!p->pooling)
            qp_pools_empty(p->pools);
        return 0;
    }
    *judges = !qp_pools_add(p->pools, &p->row);
    p->any = true;
    p->area = p->row.area;
    p->category = p->row.category;
    return 0;
}

int qp_pass_slice(struct qp_pass *p, MDB_txn *tables, struct qp_store *s, uint64_t self, size_t units,
                  bool *done, struct qp_err *e)
{
    size_t used = 0;
    int rc = 0;
    assert(p->on);
    *done = false;
    while (used < units && !rc) {
        size_t before = p->steps + JUDGE_UNITS * p->judgements;
        bool judges;
        rc = next(p, tables, s, &judges, e);
        if (rc == QP_ENOTFOUND) {
            *done = true;
            return 0;
        }
        if (!rc && judges && !series(p, self))
            rc = qp_fail(e, QP_ENOMEM, "no memory to judge a day");
        p->series += judges;
        used += SERIES_UNITS + p->steps + JUDGE_UNITS * p->judgements - before;
        if (!rc && p->n > p->signs_most && p->from < p->to)
            return narrow(p, e);
    }
    if (rc)
        qp_pass_drop(p);
    return rc;
}
