/* glm.c: see glm.h. */
#include "node/insight/warning/glm.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 25 };
#define CONVERGED 1e-8
#define DEPENDENT 1e-11

struct qp_glm *qp_glm_new(size_t n_max, size_t p_max)
{
    assert(n_max > 0 && p_max > 0 && p_max <= QP_GLM_COLUMNS);
    struct qp_glm *g = calloc(1, sizeof *g);
    double *all = g ? calloc(n_max * (2 * p_max + 7), sizeof *all) : NULL;
    if (!all) {
        free(g);
        return NULL;
    }
    g->n_max = n_max;
    g->x = all;
    g->q = all + n_max * p_max;
    double **const columns[] = {&g->y, &g->prior, &g->mean, &g->hat, &g->work, &g->eta, &g->z};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        *columns[i] = all + n_max * (2 * p_max + i);
    return g;
}

void qp_glm_free(struct qp_glm *g)
{
    if (g)
        free(g->x);
    free(g);
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Takes from v its part along each used column of q before `end`; adds the lengths to r[k * stride]. */
static void project(const struct qp_glm *g, double *v, size_t end, double *r, size_t stride)
{
    for (int twice = 0; twice < 2; twice++)
        for (size_t k = 0; k < end; k++) {
            if (!g->used[k])
                continue;
            const double *q = g->q + k * g->n_max;
            double along = dot(q, v, g->n);
            r[k * stride] += along;
            for (size_t i = 0; i < g->n; i++)
                v[i] -= along * q[i];
        }
}

/* Least squares of z on x, both times the root of the working weights. */
static void solve(struct qp_glm *g)
{
    double qz[QP_GLM_COLUMNS] = {0};
    g->rank = 0;
    for (size_t j = 0; j < g->p; j++) {
        double *q = g->q + j * g->n_max;
        const double *x = g->x + j * g->n_max;
        for (size_t i = 0; i < g->n; i++)
            q[i] = x[i] * sqrt(g->work[i]);
        double before = sqrt(dot(q, q, g->n));
        for (size_t k = 0; k < g->p; k++)
            g->r[k * QP_GLM_COLUMNS + j] = 0;
        project(g, q, j, g->r + j, QP_GLM_COLUMNS);
        double rest = sqrt(dot(q, q, g->n));
        g->used[j] = before > 0 && rest > DEPENDENT * before;
        g->rank += g->used[j];
        g->r[j * QP_GLM_COLUMNS + j] = rest;
        for (size_t i = 0; g->used[j] && i < g->n; i++)
            q[i] /= rest;
    }
    project(g, g->z, g->p, qz, 1);
    for (size_t j = g->p; j-- > 0;) {
        double sum = qz[j];
        for (size_t k = j + 1; k < g->p; k++)
            sum -= g->r[j * QP_GLM_COLUMNS + k] * g->coef[k];
        g->coef[j] = g->used[j] ? sum / g->r[j * QP_GLM_COLUMNS + j] : 0;
    }
}

static double mean_of(double eta)
{
    double mu = exp(eta);
    return mu > DBL_EPSILON ? mu : DBL_EPSILON;
}

static double deviance(const struct qp_glm *g)
{
    double sum = 0;
    for (size_t i = 0; i < g->n; i++) {
        double y = g->y[i], mu = g->mean[i];
        sum += 2 * g->prior[i] * (y > 0 ? y * log(y / mu) - (y - mu) : mu);
    }
    return sum;
}

static bool round_of(struct qp_glm *g)
{
    for (size_t i = 0; i < g->n; i++) {
        double root = sqrt(g->prior[i] * g->mean[i]);
        g->work[i] = g->prior[i] * g->mean[i];
        g->z[i] = (g->eta[i] + (g->y[i] - g->mean[i]) / g->mean[i]) * root;
    }
    solve(g);
    for (size_t i = 0; i < g->n; i++) {
        double eta = 0;
        for (size_t j = 0; j < g->p; j++)
            eta += g->x[j * g->n_max + i] * g->coef[j];
        if (!isfinite(eta))
            return false;
        g->eta[i] = eta;
        g->mean[i] = mean_of(eta);
        if (!isfinite(g->mean[i]))
            return false;
    }
    return true;
}

static void leverages(struct qp_glm *g)
{
    for (size_t i = 0; i < g->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < g->p; j++)
            if (g->used[j])
                sum += g->q[j * g->n_max + i] * g->q[j * g->n_max + i];
        g->hat[i] = sum > 1 - 10 * DBL_EPSILON ? 1 : sum;
    }
}

bool qp_glm_fit(struct qp_glm *g)
{
    assert(g->n > 0 && g->n <= g->n_max && g->p > 0 && g->p <= QP_GLM_COLUMNS);
    for (size_t i = 0; i < g->n; i++) {
        g->mean[i] = g->y[i] + 0.1;
        g->eta[i] = log(g->mean[i]);
    }
    double before = deviance(g);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (!round_of(g))
            return false;
        double now = deviance(g);
        if (!isfinite(now))
            return false;
        if (fabs(now - before) / (fabs(now) + 0.1) < CONVERGED) {
            leverages(g);
            return true;
        }
        before = now;
    }
    return false;
}

double qp_glm_dispersion(const struct qp_glm *g, const double *weight)
{
    double sum = 0;
    assert(g->n > g->rank);
    for (size_t i = 0; i < g->n; i++) {
        double residual = (g->y[i] - g->mean[i]) / g->mean[i];
        sum += weight[i] * residual * residual;
    }
    return sum / (double)(g->n - g->rank);
}

double qp_glm_predict(const struct qp_glm *g, const double *x, double *variance)
{
    double u[QP_GLM_COLUMNS], sum = 0, eta = 0;
    for (size_t j = 0; j < g->p; j++) {
        u[j] = 0;
        eta += x[j] * g->coef[j];
        if (!g->used[j])
            continue;
        double rest = x[j];
        for (size_t k = 0; k < j; k++)
            rest -= g->r[k * QP_GLM_COLUMNS + j] * u[k];
        u[j] = rest / g->r[j * QP_GLM_COLUMNS + j];
        sum += u[j] * u[j];
    }
    *variance = sum;
    return eta;
}
