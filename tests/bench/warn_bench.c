/* warn_bench.c: what a series and day costs by GPNB: a step and a judgement, at levels from quiet to busy; and
 * what a state weighs at the root of a city. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/insight/warning/gpnb.h"

enum { SERIES = 1000, DAYS = 400, CITY = 1487 * 500 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cost_us(const struct qp_gpnb_rule *r, struct qp_gpnb *state, double level, double *sum)
{
    struct qp_gpnb_verdict v;
    uint32_t seed = 1, span = (uint32_t)(2 * level) + 1;
    for (size_t i = 0; i < SERIES; i++)
        qp_gpnb_begin(&state[i], r, level);
    double from = now_s();
    for (size_t t = 0; t < DAYS; t++)
        for (size_t i = 0; i < SERIES; i++) {
            seed = seed * 1664525 + 1013904223;
            qp_gpnb_step(&state[i], r, (seed >> 8) % span, 1, 1);
            qp_gpnb_judge(&v, &state[i], r, NULL);
            *sum += v.score;
        }
    return (now_s() - from) * 1e6 / ((double)SERIES * DAYS);
}

int main(void)
{
    static const double levels[] = {0.3, 2, 8, 20, 80};
    struct qp_gpnb *state = calloc(SERIES, sizeof *state);
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    double sum = 0;
    if (!state)
        return 1;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        printf("%5.1f matters a day: %.2f us a series and day\n", levels[i],
               cost_us(&r, state, levels[i], &sum));
    printf("%zu bytes a series; 1,487 nodes with 500 categories: %.1f MiB\n(scores add up to %.0f)\n",
           sizeof *state, (double)CITY * sizeof *state / 1048576.0, sum);
    free(state);
    return 0;
}
