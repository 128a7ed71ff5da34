/* gpnb.h: the default method on one series: a level that forgets, negative binomial tails over three windows.
 *
 *   qp_gpnb_begin ─► each day: qp_gpnb_step (the count and the day's factor) ─► qp_gpnb_judge
 *
 * The state is a plain value of fixed size: copied, kept, compared byte by byte; a step costs the same whatever
 * lies behind. Day u = t - guard is worked in on day t: a rise is not taken into the expectation at once.
 *
 *   y' = min(y_u, mu_u + clip * sqrt(V_u)) once 60 days are behind (a rise does not become the rule)
 *   a = lambda a + y', b = lambda b + f_u, mu_t = f_t (a + 0.1) / (b + 0.1 / (a/b))
 *   phi = max(1, pa / pw); after 60 days pa = .997 pa + min(9, (y' - mu_u)^2 / max(mu_u, .02)), pw = .997 pw + 1
 *     (weeks: after 9, .979 = .997^7, no more cut off than clip does, and 3 for the 20 that it begins with)
 *   window: Y = sum y, M = sum mu, V = phi M + M^2 / max(a, 1), p = mid-p (tail.h)
 *   score = -log10 P(chi-square of `df` > X / `scale`), X = -2 sum of ln p over the windows
 *
 * The windows speak together (Fisher), though they overlap (Brown 1975): the least of their p alone would be no p, three chances being
 * taken, and a rise that goes on for days shows in all of them. Two windows of w < v days are correlated by sqrt(w / v); df and scale give X
 * its mean and variance under no rise (covariances by Kost and McDermott 2002).
 *
 * The gamma-Poisson pair is West and Harrison's "discount" model for counts (Bayesian Forecasting and Dynamic
 * Models, 1997, ch. 14). Late counts: keep the state of some day and the counts since, and step again from
 * there; the bytes are those of a run to which nothing came late.
 *
 * `qipan warn` (by run.c) has whole series, a node (../watch/pass.c) the counts of the days that have ended: both call all but
 * qp_gpnb_amend, with `known` NULL; the grade `watch` is a node's. What comes late a node works in by stepping again. No caller knows
 * how late matters come (WN9): qp_gpnb_amend and `known` are called by tests/unit/insight alone. */
#ifndef QP_NODE_INSIGHT_WARNING_GPNB_H
#define QP_NODE_INSIGHT_WARNING_GPNB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/insight/warning/method.h"

enum { QP_GPNB_RING = 8, QP_GPNB_WINDOWS = 3 };

/* What the settings come to for a grain. */
struct qp_gpnb_rule {
    double lambda, clip, least, watch, alarm;
    uint32_t guard;                   /* 1..QP_GPNB_RING - 1 */
    uint32_t begun;                   /* steps from which the first level is taken: 28 days, 4 weeks */
    uint32_t settled;                 /* steps after which clip and phi work: 60 days, 9 weeks */
    uint32_t renewed;                 /* steps after which factors are made anew: 28 days, 4 weeks */
    uint32_t window[QP_GPNB_WINDOWS]; /* steps, ascending; 0: none */
    double df, scale;                 /* of the windows together */
    double phi_kept, phi_weight;      /* a week tells as much of the spread as its seven days */
    double z2_most;                   /* none for weeks: what clip leaves counts */
    bool weekly;
};
void qp_gpnb_rule_of(struct qp_gpnb_rule *r, const struct qp_warn_settings *s);

/* 84 bytes: a city of 1,487 nodes with 500 categories each fits in 60 MiB. */
struct qp_gpnb {
    float a, b, pa, pw;
    uint32_t steps; /* days taken so far */
    uint32_t y[QP_GPNB_RING];
    float mu[QP_GPNB_RING]; /* as it was expected on that day; day d at d % QP_GPNB_RING */
};

enum qp_gpnb_grade { QP_GPNB_QUIET, QP_GPNB_WATCH, QP_GPNB_ALARM };
struct qp_gpnb_verdict {
    double expected; /* of the last day */
    double score;
    uint32_t window;          /* the one with the least p: what is told of it */
    double seen, due, spread; /* of that window: Y, M, V */
    enum qp_gpnb_grade grade;
};

/* mean: of the first rule->begun days. */
void qp_gpnb_begin(struct qp_gpnb *g, const struct qp_gpnb_rule *r, double mean);
/* The next day: its count and factor, and the factor of the day that lies `guard` before it (1 where there is
 * none). */
void qp_gpnb_step(struct qp_gpnb *g, const struct qp_gpnb_rule *r, uint32_t y, double factor,
                  double factor_guard);
/* Factors were made anew: b stands for what the past would have been expected by the new ones. ratio: sum of
 * lambda^k f(k days ago) by the new factors over that by the old, the same for all children of a parent. */
void qp_gpnb_restate(struct qp_gpnb *g, double ratio);
/* A matter more (or less) for one of the last `guard` days: back = 0 is the last one. Older ones are stepped
 * again. false: too old. */
bool qp_gpnb_amend(struct qp_gpnb *g, const struct qp_gpnb_rule *r, uint32_t back, int32_t more);
/* The level a/b: matters a day where the factor is 1. */
double qp_gpnb_level(const struct qp_gpnb *g);
/* known[d], d < QP_GPNB_RING: the share of a day's matters that is known d days after it; NULL: all at once. */
void qp_gpnb_judge(struct qp_gpnb_verdict *v, const struct qp_gpnb *g, const struct qp_gpnb_rule *r,
                   const double *known);
/* The least count of the last day that would alarm. */
uint32_t qp_gpnb_limit(const struct qp_gpnb *g, const struct qp_gpnb_rule *r, const double *known);

#endif
