/* dist.h: tails and quantiles of the distributions that warnings are judged by.
 *
 * Pure functions of doubles. Formulas: normal quantile by Acklam's rational start and one step of Halley;
 * incomplete beta and gamma by their continued fractions (modified Lentz) and the power series (Abramowitz and
 * Stegun 6.5, 26.5); relative error below 1e-10 for what is asked here (a, b, mean up to 1e9). */
#ifndef QP_NODE_INSIGHT_WARNING_DIST_H
#define QP_NODE_INSIGHT_WARNING_DIST_H

/* P(Z > z) of the standard normal. */
double qp_normal_tail(double z);
/* z with P(Z <= z) = p, 0 < p < 1. */
double qp_normal_quantile(double p);
/* Regularised incomplete beta I_x(a, b), a, b > 0, 0 <= x <= 1. */
double qp_beta_inc(double x, double a, double b);
/* P(|T| > |t|) of Student's t with df > 0 degrees of freedom. */
double qp_student_two_sided(double t, double df);
/* P(X > x) of chi-square with df > 0 degrees of freedom, x >= 0. */
double qp_chi_square_tail(double x, double df);
/* P(X > k), k any whole number (below 0: 1). mean > 0. */
double qp_poisson_tail(double k, double mean);
/* The same of a negative binomial with `size` > 0 and 0 < prob < 1: mean size (1 - prob) / prob. */
double qp_negbin_tail(double k, double size, double prob);
/* The least k with P(X > k) <= alpha, 0 < alpha < 1: the quantile of 1 - alpha. */
double qp_poisson_limit(double alpha, double mean);
double qp_negbin_limit(double alpha, double size, double prob);

#endif
