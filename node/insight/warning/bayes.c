/* bayes.c: today against the predictive distribution that the last weeks and the same weeks of earlier years
 * give. See reference.h. */
#include <assert.h>
#include <math.h>

#include "node/insight/warning/dist.h"
#include "node/insight/warning/reference.h"

void qp_warn_bayes(const struct qp_warn_settings *s, const struct qp_series *y, struct qp_warn_row *rows)
{
    size_t b = (size_t)s->b, w = (size_t)s->w, freq = (size_t)s->freq;
    if (b == 0 && s->act_y == 0)
        return; /* qp_warn_run refuses it */
    for (size_t t = b * freq + w; t < y->n; t++) {
        double sum = 0, n = 0;
        for (size_t i = t - w; s->act_y != 0 && i < t; i++, n++)
            sum += y->y[i];
        for (size_t year = 1; year <= b; year++)
            for (size_t i = t - year * freq - w; i <= t - year * freq + w && i < t; i++, n++)
                sum += y->y[i];
        double size = sum + 0.5, prob = n / (n + 1);
        double limit = qp_negbin_limit(s->alpha, size, prob);
        double tail = qp_negbin_tail((double)y->y[t] - 1, size, prob);
        rows[t] = (struct qp_warn_row){size / n, limit, tail > 0 ? -log10(tail) : 300, y->y[t] > limit};
    }
}
