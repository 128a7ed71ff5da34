/* ears.c: EARS C1, C2, C3: today against the mean and deviation of a few days before. See reference.h. */
#include <assert.h>
#include <math.h>

#include "node/insight/warning/dist.h"
#include "node/insight/warning/reference.h"

struct moments {
    double mean, sigma;
};

/* Of the `baseline` days that end `lag` days before day t; the deviation is min_sigma at least. */
static struct moments moments_of(const struct qp_warn_settings *s, const uint32_t *y, size_t t, size_t lag)
{
    size_t n = (size_t)s->baseline;
    double sum = 0, squares = 0;
    assert(t >= n + lag);
    const uint32_t *from = y + (t - lag - n);
    for (size_t i = 0; i < n; i++)
        sum += from[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (from[i] - mean) * (from[i] - mean);
    double sigma = sqrt(squares / (double)(n - 1));
    return (struct moments){mean, sigma > s->min_sigma ? sigma : s->min_sigma};
}

/* What the two days before add to C3. */
static double carried(const struct qp_warn_settings *s, const uint32_t *y, size_t t)
{
    double sum = 0;
    for (size_t k = 1; k <= 2; k++) {
        struct moments m = moments_of(s, y, t - k, 2);
        sum += fmax(0, (y[t - k] - m.mean) / m.sigma - 1);
    }
    return sum;
}

static struct qp_warn_row row_of(const struct qp_warn_settings *s, const uint32_t *y, size_t t, double z)
{
    bool c1 = s->method == QP_WARN_EARS_C1, c2 = s->method == QP_WARN_EARS_C2;
    struct moments m = moments_of(s, y, t, c1 ? 0 : 2);
    double now = (y[t] - m.mean) / m.sigma;
    if (c1 || c2) {
        double limit = m.mean + z * m.sigma;
        return (struct qp_warn_row){m.mean, limit, now, y[t] > limit};
    }
    double before = carried(s, y, t);
    if (s->method == QP_WARN_EARS_C3) { /* its limit hangs on today's count, and today's C2 plays no part */
        double limit = fmax(0, y[t] + m.sigma * (z - before));
        return (struct qp_warn_row){m.mean, limit, now + before, y[t] > limit};
    }
    double sum = before + fmax(0, now - 1);
    double limit = fmax(0, m.mean + m.sigma * (1 + s->threshold - before));
    return (struct qp_warn_row){m.mean, limit, sum, sum > s->threshold};
}

void qp_warn_ears(const struct qp_warn_settings *s, const struct qp_series *y, struct qp_warn_row *rows)
{
    size_t first = (size_t)s->baseline;
    first += s->method == QP_WARN_EARS_C1 ? 0 : s->method == QP_WARN_EARS_C2 ? 2 : 4;
    double z = s->alpha > 0 ? qp_normal_quantile(1 - s->alpha) : 0; /* the canonical C3 has none */
    for (size_t t = first; t < y->n; t++)
        rows[t] = row_of(s, y->y, t, z);
}
