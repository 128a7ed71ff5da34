/* farrington.c: this week against a regression on the same weeks of earlier years. See reference.h.
 *
 *   rows of the past (rows_fill) ─► fit, weights against past outbreaks, fit again (fit_twice)
 *     ─► is the trend to be kept? else once more without (fit_best) ─► limit and score (judge)
 */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/warning/dist.h"
#include "node/insight/warning/glm.h"
#include "node/insight/warning/reference.h"
#include "topology/zone.h"

enum { YEARS_MAX = 20 };

struct work {
    const struct qp_warn_settings *s;
    const struct qp_series *series;
    const uint32_t *y;
    size_t ref[YEARS_MAX + 1]; /* the week itself, and where it stood one, two ... years ago */
    struct qp_glm *g;
    uint8_t *block;  /* per row of the past: its period 1..no_periods, 0: not used */
    double *week;    /* per row of the design: when it was */
    double *weight;  /* per row: what summaries weigh it with */
    uint8_t *period; /* per row */
    double phi;      /* at least 1 */
    double raw;      /* dispersion as the predictions' errors take it */
    bool with_trend; /* the fit that stands has one */
};

/* With dates it is the same day of another year (29 February is then 1 March), and by weeks the nearest day of
 * the same weekday; without, `freq` steps earlier. -1: before the first. */
static long year_ago(const struct work *w, size_t t, int years)
{
    const struct qp_series *s = w->series;
    bool weeks = s->each_days == 7 && w->s->freq == 52, days = s->each_days == 1 && w->s->freq == 365;
    if (!weeks && !days)
        return (long)t - years * (long)w->s->freq;
    int year, month, dom;
    int32_t day = s->first_day + (int32_t)t * s->each_days;
    qp_civil_from_days(day, &year, &month, &dom);
    bool leap_day = month == 2 && dom == 29;
    int32_t ref =
        leap_day ? qp_days_from_civil(year - years, 3, 1) : qp_days_from_civil(year - years, month, dom);
    if (leap_day) { /* there is one in that year too */
        int y, m, d;
        qp_civil_from_days(ref - 1, &y, &m, &d);
        ref -= d == 29;
    }
    int32_t off = ref - s->first_day;
    if (days)
        return off;
    int32_t over = ((off % 7) + 7) % 7;
    return (off - over) / 7 + (over > 3);
}

/* The periods of the past: windows round the reference weeks are the last one, what lies between is cut into
 * the others, the first ones longer where it does not come out even. false: the past does not reach back. */
static bool blocks_fill(struct work *w, size_t t)
{
    size_t half = (size_t)w->s->w, p = (size_t)w->s->no_periods, years = (size_t)w->s->b;
    if (year_ago(w, t, (int)years) < (long)half)
        return false;
    for (size_t year = 0; year <= years; year++)
        w->ref[year] = (size_t)year_ago(w, t, (int)year);
    memset(w->block, 0, t + 1);
    memset(w->block + t - half, (int)p, half + 1);
    for (size_t year = 1; year <= years; year++) {
        size_t ref = w->ref[year], at = ref + half + 1;
        memset(w->block + ref - half, (int)p, 2 * half + 1);
        if (p == 1)
            continue;
        size_t span = w->ref[year - 1] - half - at, len = span / (p - 1), longer = span % (p - 1);
        for (size_t j = 1; j < p; j++) {
            size_t n = len + (j <= longer);
            memset(w->block + at, (int)j, n);
            at += n;
        }
    }
    return true;
}

static bool rows_fill(struct work *w, size_t t)
{
    size_t past = (size_t)(w->s->past_weeks < 0 ? w->s->w : w->s->past_weeks), n = 0;
    size_t end = t > past ? t - past : 0;
    if (!blocks_fill(w, t))
        return false;
    for (size_t i = 0; i < end; i++)
        if (w->block[i] != 0) {
            w->g->y[n] = w->y[i];
            w->week[n] = (double)(i + 1);
            w->period[n++] = w->block[i];
        }
    w->g->n = n;
    return n > 0;
}

/* Intercept, the week if there is a trend, a column for each period that occurs but the first. x0: the same for
 * week t. */
static void design_fill(struct work *w, size_t t, bool trend, double *x0)
{
    struct qp_glm *g = w->g;
    size_t n = g->n, p = 1, periods = (size_t)w->s->no_periods;
    bool seen[256] = {false};
    for (size_t i = 0; i < n; i++) {
        g->x[i] = 1;
        if (trend)
            g->x[g->n_max + i] = w->week[i];
        seen[w->period[i]] = true;
    }
    x0[0] = 1;
    if (trend)
        x0[p++] = (double)(t + 1);
    bool base = false;
    for (size_t k = 1; periods > 1 && k <= periods; k++) {
        if (!seen[k] || !base) {
            base = base || seen[k];
            continue;
        }
        for (size_t i = 0; i < n; i++)
            g->x[p * g->n_max + i] = w->period[i] == k;
        x0[p++] = k == periods;
    }
    g->p = p;
}

/* Anscombe residuals, and weights that let weeks above the threshold count less. false: not a number. */
static bool weights_fill(struct work *w)
{
    struct qp_glm *g = w->g;
    double sum = 0;
    for (size_t i = 0; i < g->n; i++) {
        double mu = g->mean[i], y = g->y[i];
        double s = 1.5 * (cbrt(y * y) * pow(mu, -1.0 / 6) - sqrt(mu)) / sqrt(w->phi * (1 - g->hat[i]));
        if (isnan(s))
            return false;
        w->weight[i] = s > w->s->weights_threshold ? 1 / (s * s) : 1;
        sum += w->weight[i];
    }
    double gamma = (double)g->n / sum;
    for (size_t i = 0; i < g->n; i++)
        w->weight[i] *= gamma;
    return true;
}

static bool fit_with(struct work *w, size_t t, bool trend, double *x0)
{
    design_fill(w, t, trend, x0);
    if (w->g->n <= w->g->p)
        return false;
    w->with_trend = trend;
    return qp_glm_fit(w->g);
}

static bool fit_twice(struct work *w, size_t t, bool trend, double *x0)
{
    struct qp_glm *g = w->g;
    for (size_t i = 0; i < g->n; i++)
        g->prior[i] = 1;
    if (!fit_with(w, t, trend, x0) && !(trend && fit_with(w, t, false, x0)))
        return false;
    w->raw = qp_glm_dispersion(g, g->work);
    w->phi = fmax(w->raw, 1);
    if (w->s->reweight == 0)
        return true;
    if (!weights_fill(w))
        return false;
    memcpy(g->prior, w->weight, g->n * sizeof *g->prior);
    (void)qp_glm_fit(g); /* R looks at the first fit's convergence alone */
    w->phi = fmax(qp_glm_dispersion(g, g->work), 1);
    w->raw = qp_glm_dispersion(g, w->weight); /* the summaries after it weigh with these, not with g->work */
    return isfinite(w->raw) && isfinite(w->phi);
}

/* Its coefficient differs from 0, and the forecast stays within what was seen. */
static bool trend_holds(const struct work *w, const double *x0)
{
    const struct qp_glm *g = w->g;
    double unit[QP_GLM_COLUMNS] = {0}, variance, most = 0;
    for (size_t i = 0; i < g->n; i++)
        most = fmax(most, g->y[i]);
    unit[1] = 1;
    double coef = qp_glm_predict(g, unit, &variance), deviation = sqrt(w->raw * variance);
    double p = deviation > 0 ? qp_student_two_sided(coef / deviation, (double)(g->n - g->rank)) : 0;
    double mean = exp(qp_glm_predict(g, x0, &variance));
    return w->s->b >= 3 && p < w->s->p_trend && mean <= most;
}

static bool fit_best(struct work *w, size_t t, double *x0)
{
    if (!fit_twice(w, t, w->s->trend != 0, x0))
        return false;
    if (w->with_trend && !trend_holds(w, x0))
        return fit_twice(w, t, false, x0);
    return true;
}

/* Farrington 1996: the count, to a power, is taken as normal. */
static double limit_delta(const struct work *w, double mu, double error, double z)
{
    double tau = w->phi + error * error / mu, se, power;
    switch ((int)w->s->powertrans) {
    case QP_WARN_POWER_NONE: se = sqrt(mu * tau), power = 1; break;
    case QP_WARN_POWER_1_2: se = sqrt(tau / 4), power = 0.5; break;
    default: se = sqrt(4.0 / 9 * cbrt(mu) * tau), power = 2.0 / 3; break;
    }
    double low = pow(pow(mu, power) - z * se, 1 / power), high = pow(pow(mu, power) + z * se, 1 / power);
    return isnan(low) || low <= high ? high : low;
}

/* Noufaily 2013: negative binomial with this mean and dispersion. */
static double limit_nb(const struct work *w, double eta, double error, double z)
{
    double mu = exp(w->s->threshold_method == QP_WARN_MUAN ? eta + z * error : eta);
    if (!isfinite(mu))
        return NAN;
    mu = fmax(mu, 1e-12);
    if (w->phi - 1 > 1e-9)
        return qp_negbin_limit(w->s->alpha, mu / (w->phi - 1), 1 / w->phi);
    return qp_poisson_limit(w->s->alpha, mu);
}

static struct qp_warn_row judge(const struct work *w, size_t t, const double *x0, double z)
{
    double variance, eta = qp_glm_predict(w->g, x0, &variance), cases = 0;
    double mu = fmax(exp(eta), DBL_EPSILON), error = sqrt(w->raw * variance);
    bool delta = w->s->threshold_method == QP_WARN_DELTA;
    double fit = delta ? mu : eta;
    double limit = delta ? limit_delta(w, mu, error * mu, z) : limit_nb(w, eta, error, z);
    for (size_t i = 0; i < (size_t)w->s->limit_weeks && i <= t; i++)
        cases += w->y[t - i];
    struct qp_warn_row row = {mu, limit, (w->y[t] - fit) / (limit - fit), false};
    if (isnan(limit))
        row.expected = row.score = NAN;
    if (cases < w->s->limit_cases)
        row.expected = row.limit = NAN;
    else
        row.alarm = row.score > 1 && w->y[t] != 0;
    return row;
}

int qp_warn_farrington(const struct qp_warn_settings *s, const struct qp_series *y, struct qp_warn_row *rows,
                       bool zh, struct qp_err *e)
{
    size_t first = (size_t)(s->b * s->freq + s->w);
    if (s->freq < 2 * s->w + 1 + (s->no_periods - 1))
        return qp_fail(
            e, QP_EINVAL,
            QP_WARN_TR(
                zh,
                "a year of %g steps has no room for a window of 2 * %g + 1 and %g other periods: lower w "
                "or noPeriods",
                "一年 %g 步容不下宽 2 * %g + 1 的窗口和另外 %g 个时段：请调低 w 或 noPeriods"),
            s->freq, s->w, s->no_periods - 1);
    if (y->n <= first)
        return 0;
    struct work w = {.s = s, .series = y, .y = y->y, .g = qp_glm_new(y->n, (size_t)s->no_periods + 1)};
    w.block = calloc(y->n, 1);
    w.period = calloc(y->n, 1);
    w.week = calloc(y->n, sizeof *w.week);
    w.weight = calloc(y->n, sizeof *w.weight);
    bool room = w.g && w.block && w.period && w.week && w.weight;
    double z = qp_normal_quantile(1 - s->alpha), x0[QP_GLM_COLUMNS];
    for (size_t t = first; room && t < y->n; t++) {
        if (rows_fill(&w, t) && fit_best(&w, t, x0))
            rows[t] = judge(&w, t, x0, z);
    }
    qp_glm_free(w.g);
    free(w.block);
    free(w.period);
    free(w.week);
    free(w.weight);
    return room
               ? 0
               : qp_fail(e, QP_ENOMEM,
                         QP_WARN_TR(zh, "no memory for a series of %zu steps", "内存不足以处理 %zu 步的序列"),
                         y->n);
}
