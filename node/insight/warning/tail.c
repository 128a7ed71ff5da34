/* tail.c: see tail.h. */
#include "node/insight/warning/tail.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "node/insight/warning/dist.h"

#define RECURSION_MEAN_MAX 150.0
#define LEAST              1e-300

static double skewed(double z, double skew)
{
    return fmax(qp_normal_tail(z - (z * z - 1) * skew / 6), LEAST);
}

/* The correction for skewness is a distribution up to z = 3 / skew alone: beyond it the tail would grow again, and the greatest
 * rise be none. There the tail itself counts, and never more than at the turning point. */
static double by_normal(double y, double mean, double variance)
{
    double deviation = sqrt(variance), z = (y - 0.5 - mean) / deviation;
    double skew = (2 * variance / mean - 1) / deviation, turn = 3 / skew;
    if (z <= turn)
        return skewed(z, skew);
    double size = variance > mean ? mean * mean / (variance - mean) : 0, prob = mean / variance;
    double above = size > 0 ? qp_negbin_tail(y, size, prob) : qp_poisson_tail(y, mean);
    double from = size > 0 ? qp_negbin_tail(y - 1, size, prob) : qp_poisson_tail(y - 1, mean);
    return fmax(fmin(skewed(turn, skew), (above + from) / 2), LEAST);
}

/* P(k + 1) = P(k) * step (size + k) / (k + 1); Poisson is the border case step * size = mean, step = 0. The
 * upper tail is added up by itself where y is above the mean, so that small values keep their digits. */
double qp_midp(double y, double mean, double variance)
{
    assert(y >= 0 && mean > 0);
    bool poisson = variance <= mean * (1 + 1e-9);
    if (mean > RECURSION_MEAN_MAX)
        return by_normal(y, mean, poisson ? mean : variance);
    double step = poisson ? 0 : (variance - mean) / variance;
    double head = poisson ? mean : mean * mean / variance; /* step * size */
    double pk = exp(poisson ? -mean : -mean * mean / (variance - mean) * log(variance / mean));
    double below = 0, k = 0;
    for (; k < y; k++) {
        below += pk;
        pk *= (head + step * k) / (k + 1);
        if (pk < LEAST && k > mean)
            return LEAST;
    }
    double half = pk / 2;
    if (y <= mean)
        return fmax(1 - below - half, LEAST);
    double above = 0;
    for (; pk > 1e-12 * (half + above); k++) {
        pk *= (head + step * k) / (k + 1);
        above += pk;
    }
    return fmax(half + above, LEAST);
}
