/* gpnb.c: see gpnb.h. */
#include "node/insight/warning/gpnb.h"

#include <assert.h>
#include <math.h>

#include "node/insight/warning/dist.h"
#include "node/insight/warning/tail.h"

#define PRIOR     0.1
#define PHI_FIRST 1.1
#define MU_LEAST  0.02
#define P_LEAST   1e-300

/* The windows together: a chi-square with the mean and variance that the sum of their -2 ln p has. */
static void join_windows(struct qp_gpnb_rule *r)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < QP_GPNB_WINDOWS && r->window[i] > 0; i++) {
        mean += 2;
        variance += 4;
        for (size_t k = 0; k < i; k++) {
            double c = sqrt((double)r->window[k] / r->window[i]);
            variance += 2 * c * (3.263 + c * (0.710 + c * 0.027));
        }
    }
    r->scale = variance / (2 * mean);
    r->df = 2 * mean * mean / variance;
}

void qp_gpnb_rule_of(struct qp_gpnb_rule *r, const struct qp_warn_settings *s)
{
    bool weekly = s->freq < 200;
    double half = s->half_life > 0 ? s->half_life : weekly ? 26 : 42;
    *r = (struct qp_gpnb_rule){
        .lambda = pow(0.5, 1 / half),
        .clip = s->clip,
        .least = s->least,
        .watch = s->watch,
        .alarm = s->alarm,
        .guard = s->guard > 0 ? (uint32_t)s->guard
                 : weekly     ? 1
                              : 3,
        .begun = weekly ? 4 : 28,
        .settled = weekly ? 9 : 60,
        .renewed = weekly ? 4 : 28,
        .phi_kept = weekly ? 0.979 : 0.997,
        .phi_weight = weekly ? 3 : 20,
        .z2_most = weekly ? INFINITY : 9,
        .window = {1, weekly ? 2 : 3, weekly ? 0 : 7},
        .weekly = weekly,
    };
    join_windows(r);
    assert(r->guard < QP_GPNB_RING && r->df > 0);
}

void qp_gpnb_begin(struct qp_gpnb *g, const struct qp_gpnb_rule *r, double mean)
{
    *g = (struct qp_gpnb){.a = 0.5F, .pa = (float)(PHI_FIRST * r->phi_weight), .pw = (float)r->phi_weight};
    g->b = (float)(0.5 / fmax(0.05, mean + 0.02));
}

double qp_gpnb_level(const struct qp_gpnb *g)
{
    double a = g->a, b = g->b, rate = fmax(a, 1e-9) / b;
    return (a + PRIOR) / (b + PRIOR / rate);
}

static double phi_of(const struct qp_gpnb *g)
{
    return fmax(1, (double)g->pa / g->pw);
}

static double variance_of(const struct qp_gpnb *g, double mean)
{
    return phi_of(g) * mean + mean * mean / fmax(g->a, 1);
}

/* Works in the day that lies `guard` before the one that comes. */
static void work_in(struct qp_gpnb *g, const struct qp_gpnb_rule *r, double factor)
{
    size_t u = (g->steps - r->guard) % QP_GPNB_RING;
    double y = g->y[u], mu = g->mu[u];
    bool settled = g->steps >= r->settled;
    if (settled)
        y = fmin(y, mu + r->clip * sqrt(variance_of(g, mu)));
    g->a = (float)(r->lambda * g->a + y);
    g->b = (float)(r->lambda * g->b + factor);
    if (!settled)
        return;
    double z2 = (y - mu) * (y - mu) / fmax(mu, MU_LEAST);
    g->pa = (float)(r->phi_kept * g->pa + fmin(r->z2_most, z2));
    g->pw = (float)(r->phi_kept * g->pw + 1);
}

void qp_gpnb_step(struct qp_gpnb *g, const struct qp_gpnb_rule *r, uint32_t y, double factor,
                  double factor_guard)
{
    assert(factor > 0 && factor_guard > 0);
    if (g->steps >= r->guard)
        work_in(g, r, factor_guard);
    size_t t = g->steps++ % QP_GPNB_RING;
    g->y[t] = y;
    g->mu[t] = (float)(factor * qp_gpnb_level(g));
}

void qp_gpnb_restate(struct qp_gpnb *g, double ratio)
{
    assert(ratio > 0);
    g->b = (float)(g->b * ratio);
}

bool qp_gpnb_amend(struct qp_gpnb *g, const struct qp_gpnb_rule *r, uint32_t back, int32_t more)
{
    if (back >= r->guard || back >= g->steps)
        return false;
    uint32_t *y = &g->y[(g->steps - 1 - back) % QP_GPNB_RING];
    assert(more >= 0 || *y >= (uint32_t)-more);
    *y += (uint32_t)more;
    return true;
}

/* Y and M of the last n days. */
static void window_sum(const struct qp_gpnb *g, uint32_t n, const double *known, double *seen, double *due)
{
    *seen = *due = 0;
    for (uint32_t d = 0; d < n; d++) {
        size_t at = (g->steps - 1 - d) % QP_GPNB_RING;
        *seen += g->y[at];
        *due += (double)g->mu[at] * (known ? known[d] : 1);
    }
    *due = fmax(*due, 1e-9);
}

void qp_gpnb_judge(struct qp_gpnb_verdict *v, const struct qp_gpnb *g, const struct qp_gpnb_rule *r,
                   const double *known)
{
    double least = 2, x = 0;
    assert(g->steps > 0);
    *v = (struct qp_gpnb_verdict){.expected = g->mu[(g->steps - 1) % QP_GPNB_RING]};
    for (size_t i = 0; i < QP_GPNB_WINDOWS; i++) {
        double seen, due;
        if (r->window[i] == 0 || r->window[i] > g->steps)
            continue;
        window_sum(g, r->window[i], known, &seen, &due);
        double spread = variance_of(g, due), p = qp_midp(seen, due, spread);
        if (seen < r->least) /* too few to speak of: it neither alarms nor hides a window that does */
            p = fmax(p, 0.5);
        x -= 2 * log(p);
        if (p >= least)
            continue;
        least = p;
        v->window = r->window[i];
        v->seen = seen;
        v->due = due;
        v->spread = spread;
    }
    v->score = 0 - log10(fmax(qp_chi_square_tail(fmax(x, 0) / r->scale, r->df), P_LEAST));
    if (v->seen >= r->least)
        v->grade = v->score >= r->alarm   ? QP_GPNB_ALARM
                   : v->score >= r->watch ? QP_GPNB_WATCH
                                          : QP_GPNB_QUIET;
}

uint32_t qp_gpnb_limit(const struct qp_gpnb *g, const struct qp_gpnb_rule *r, const double *known)
{
    struct qp_gpnb_verdict v;
    struct qp_gpnb as_if = *g;
    uint32_t *y = &as_if.y[(g->steps - 1) % QP_GPNB_RING], low = 0, high = 4;
    for (*y = 0; qp_gpnb_judge(&v, &as_if, r, known), v.grade != QP_GPNB_ALARM && high < UINT32_MAX / 4;
         high *= 2) {
        low = *y;
        *y = high;
    }
    if (*y == 0)
        return 0;
    for (high = *y; high - low > 1;) {
        *y = low + (high - low) / 2;
        qp_gpnb_judge(&v, &as_if, r, known);
        if (v.grade == QP_GPNB_ALARM)
            high = *y;
        else
            low = *y;
    }
    return high;
}
