/* glm.h: quasi-Poisson regression with a log link, by iteratively reweighted least squares.
 *
 * The Farrington methods fit one for every week. To be equal to R, the iteration is R's glm.fit as documented:
 * it starts at mean = y + 0.1, ends when the deviance changes by less than 1e-8 of itself + 0.1 (25 rounds at
 * most), and covariance, leverages and working weights are those of the last round, not of the mean after it.
 * Each round is a QR decomposition by Gram-Schmidt, done twice over for orthogonality; a column whose rest is
 * below 1e-11 of it depends on those before it, and its coefficient is 0.
 * McCullagh and Nelder: Generalized Linear Models, 2nd ed. 1989, sections 2.5 and 9.2. */
#ifndef QP_NODE_INSIGHT_WARNING_GLM_H
#define QP_NODE_INSIGHT_WARNING_GLM_H

#include <stdbool.h>
#include <stddef.h>

enum { QP_GLM_COLUMNS = 64 };

/* One block of memory from qp_glm_new; rows and columns may be set lower again before each fit. */
struct qp_glm {
    size_t n, p;   /* rows, columns (at most QP_GLM_COLUMNS), both as they are filled now */
    size_t n_max;  /* room for rows: column j of x begins at x + j * n_max */
    double *x, *y; /* in: the design and the counts */
    double *prior; /* in: weights, > 0 */
    double *mean;  /* out: fitted */
    double *hat;   /* out: leverages */
    double *work;  /* out: working weights of the last round */
    double *q, *eta, *z;
    double r[QP_GLM_COLUMNS * QP_GLM_COLUMNS]; /* out: upper triangle, row-major */
    bool used[QP_GLM_COLUMNS];                 /* out: false: the column depends on others */
    double coef[QP_GLM_COLUMNS];               /* out */
    size_t rank;                               /* out */
};

/* NULL: no memory. */
struct qp_glm *qp_glm_new(size_t n_max, size_t p_max);
void qp_glm_free(struct qp_glm *g);
/* false: it did not converge, or the numbers ran away: nothing in it can be used. */
bool qp_glm_fit(struct qp_glm *g);
/* Sum of weight * ((y - mean) / mean)^2 over rows - rank: Pearson's dispersion. rows must exceed the rank. */
double qp_glm_dispersion(const struct qp_glm *g, const double *weight);
/* The linear predictor at x[p], and x' (X'WX)^-1 x. */
double qp_glm_predict(const struct qp_glm *g, const double *x, double *variance);

#endif
