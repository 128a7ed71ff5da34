/* tail.h: how unlikely a count is: the mid-p value of a negative binomial. */
#ifndef QP_NODE_INSIGHT_WARNING_TAIL_H
#define QP_NODE_INSIGHT_WARNING_TAIL_H

/* P(X > y) + P(X = y) / 2 where X is negative binomial with this mean and variance (Poisson where the variance
 * is not above the mean); never below 1e-300. y >= 0 whole, mean > 0. Up to a mean of 150 by the recursion of
 * its probabilities, above by a normal one that is corrected for skewness (Cornish and Fisher 1938) as far as that falls with y,
 * and by the tail itself (dist.h) beyond: a higher count is never likelier than a lower one. */
double qp_midp(double y, double mean, double variance);

#endif
