/* dist.c: see dist.h. */
#include "node/insight/warning/dist.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

enum { STEPS_MAX = 100000 }; /* of a series or fraction: the square root of 1e9, with room */
#define TINY 1e-300

double qp_normal_tail(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

/* Acklam's rational approximation, relative error 1.2e-9. */
static double normal_start(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                               1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                               6.680131188771972e+01, -1.328068155288572e+01};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                               -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00};
    if (p > 1 - 0.02425)
        return -normal_start(1 - p);
    if (p < 0.02425) {
        double q = sqrt(-2 * log(p));
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    }
    double q = p - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

double qp_normal_quantile(double p)
{
    assert(p > 0 && p < 1);
    double z = normal_start(p);
    for (int i = 0; i < 2; i++) {
        double e = p < 0.5 ? 0.5 * erfc(-z * M_SQRT1_2) - p : (1 - p) - 0.5 * erfc(z * M_SQRT1_2);
        double u = e * sqrt(2 * M_PI) * exp(z * z / 2);
        z -= u / (1 + z * u / 2);
    }
    return z;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* The continued fraction of the incomplete beta, good where x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < TINY ? TINY : d);
    double h = d;
    for (int m = 1; m < STEPS_MAX; m++) {
        for (int odd = 0; odd < 2; odd++) {
            double t = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                           : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + t * d;
            d = 1 / (fabs(d) < TINY ? TINY : d);
            c = 1 + t / c;
            c = fabs(c) < TINY ? TINY : c;
            h *= d * c;
        }
        if (fabs(d * c - 1) < 4 * DBL_EPSILON)
            break;
    }
    return h;
}

double qp_beta_inc(double x, double a, double b)
{
    assert(a > 0 && b > 0 && x >= 0 && x <= 1);
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double qp_student_two_sided(double t, double df)
{
    assert(df > 0);
    return qp_beta_inc(df / (df + t * t), df / 2, 0.5);
}

/* The regularised incomplete gamma of a and x, lower or upper: each by the form that keeps its digits. */
static double gamma_inc(double a, double x, bool upper)
{
    double front = exp(a * log(x) - x - log_gamma(a));
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int n = 1; n < STEPS_MAX && term > sum * DBL_EPSILON; n++) {
            term *= x / (a + n);
            sum += term;
        }
        return upper ? 1 - front * sum : front * sum;
    }
    double b = x + 1 - a, c = 1 / TINY, d = 1 / b, h = d;
    for (int n = 1; n < STEPS_MAX; n++) {
        double t = -n * (n - a);
        b += 2;
        d = t * d + b;
        d = 1 / (fabs(d) < TINY ? TINY : d);
        c = b + t / c;
        c = fabs(c) < TINY ? TINY : c;
        h *= d * c;
        if (fabs(d * c - 1) < 4 * DBL_EPSILON)
            break;
    }
    return upper ? front * h : 1 - front * h;
}

/* P(X > k) of Poisson is the lower one of k + 1 and the mean. */
double qp_poisson_tail(double k, double mean)
{
    assert(mean > 0);
    return k < 0 ? 1 : gamma_inc(k + 1, mean, false);
}

double qp_chi_square_tail(double x, double df)
{
    assert(df > 0 && x >= 0);
    return x > 0 ? gamma_inc(df / 2, x / 2, true) : 1;
}

double qp_negbin_tail(double k, double size, double prob)
{
    assert(size > 0 && prob > 0 && prob < 1);
    return k < 0 ? 1 : qp_beta_inc(1 - prob, k + 1, size);
}

/* Both quantiles go up by doubling and down by halving; a tail that is equal to alpha but for its rounding
 * counts as equal. size <= 0 stands for Poisson, `prob` is then its mean. */
static double limit_of(double alpha, double size, double prob)
{
    double low = -1, high = 1, most = alpha * (1 + 1e-12);
    assert(alpha > 0 && alpha < 1);
    while (high < 1e15 &&
           (size > 0 ? qp_negbin_tail(high, size, prob) : qp_poisson_tail(high, prob)) > most) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if ((size > 0 ? qp_negbin_tail(middle, size, prob) : qp_poisson_tail(middle, prob)) > most)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double qp_poisson_limit(double alpha, double mean)
{
    return limit_of(alpha, 0, mean);
}

double qp_negbin_limit(double alpha, double size, double prob)
{
    return limit_of(alpha, size, prob);
}
