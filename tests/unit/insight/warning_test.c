/* warning_test.c: the methods of warning on small series, and their formulas against sums done by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/insight/warning/dist.h"
#include "node/insight/warning/glm.h"
#include "node/insight/warning/gpnb.h"
#include "node/insight/warning/season.h"
#include "node/insight/warning/tail.h"
#include "topology/zone.h"

#define near(got, want, off) assert_true(fabs((got) - (want)) <= (off))

static void quantiles_and_tails_undo_each_other(void **state)
{
    (void)state;
    near(qp_normal_quantile(0.999), 3.090232306167813, 1e-12);
    for (double p = 1e-9; p < 1; p += 0.0173)
        near(1 - qp_normal_tail(qp_normal_quantile(p)), p, 1e-14 + 1e-12 * p);
    near(qp_student_two_sided(2.2281388519649385, 10), 0.05000000000180862, 1e-14); /* R: 2 * pt(...) */
}

/* Tails against sums of probabilities, and limits against the first count at which the tail is small enough. */
static void limits_are_the_least_counts_whose_tail_is_small(void **state)
{
    (void)state;
    double size = 2.5, prob = 0.3, pk = pow(prob, size), above = 1;
    for (int k = 0; k < 60; k++) {
        above -= pk;
        near(qp_negbin_tail(k, size, prob), above, 1e-12);
        pk *= (size + k) / (k + 1) * (1 - prob);
    }
    double limit = qp_negbin_limit(0.05, size, prob);
    assert_true(qp_negbin_tail(limit, size, prob) <= 0.05 && qp_negbin_tail(limit - 1, size, prob) > 0.05);
    near(qp_poisson_tail(2, 3), 1 - exp(-3.0) * (1 + 3 + 4.5), 1e-14);
    near(qp_poisson_limit(0.05, 3), 6, 0);
    for (double x = 0; x < 60; x += 0.37) {
        near(qp_chi_square_tail(x, 2) / exp(-x / 2), 1, 1e-12);
        near(qp_chi_square_tail(x, 3) / (erfc(sqrt(x / 2)) + sqrt(2 * x / M_PI) * exp(-x / 2)), 1, 1e-10);
    }
}

static void the_mid_p_value_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    near(qp_midp(0, 2, 2), 1 - exp(-2.0) / 2, 1e-14);
    double mean = 4, variance = 9, size = mean * mean / (variance - mean), prob = mean / variance;
    for (int y = 0; y < 40; y++) {
        double want = (qp_negbin_tail(y, size, prob) + qp_negbin_tail(y - 1, size, prob)) / 2;
        near(qp_midp(y, mean, variance) / want, 1, 1e-9);
    }
    near(log10(qp_midp(190, 149.9, 300)), log10(qp_midp(190, 150.1, 300)), 0.06); /* both branches */
}

/* Above a mean of 150 the tail is an expansion that turns round: the greatest rise of all must not look like none. */
static void a_higher_count_is_never_likelier(void **state)
{
    (void)state;
    const double means[] = {150.1, 200, 1000}, spreads[] = {1, 1.1, 4, 9};
    for (size_t m = 0; m < sizeof means / sizeof *means; m++)
        for (size_t k = 0; k < sizeof spreads / sizeof *spreads; k++) {
            double mean = means[m], variance = mean * spreads[k], before = 1;
            for (double y = floor(mean / 2); y < 1000 * mean; y += ceil(fmax(1, y / 50))) {
                double p = qp_midp(y, mean, variance);
                assert_true(p > 0 && p <= before * (1 + 1e-9));
                before = p;
            }
            assert_true(before < 1e-100);
        }
}

/* The same for a whole series: a day of a hundred times the usual, in a city's busy category. */
static void the_greatest_rise_scores_most(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    struct qp_gpnb_verdict v;
    double before = 0;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    for (uint32_t y = 400; y <= 20000; y += 200) {
        struct qp_gpnb g;
        qp_gpnb_begin(&g, &r, 200);
        for (int t = 0; t < 100; t++)
            qp_gpnb_step(&g, &r, 190 + (uint32_t)(t * 7 % 21), 1, 1);
        qp_gpnb_step(&g, &r, y, 1, 1);
        qp_gpnb_judge(&v, &g, &r, NULL);
        assert_true(v.score >= before - 1e-6);
        assert_int_equal(v.grade, QP_GPNB_ALARM);
        before = v.score;
    }
}

/* What is quite usual scores nought, and not less than nought. */
static void a_quiet_day_scores_nought_without_a_sign(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    struct qp_gpnb g;
    struct qp_gpnb_verdict v;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    qp_gpnb_begin(&g, &r, 200);
    for (int t = 0; t < 40; t++)
        qp_gpnb_step(&g, &r, t < 33 ? 200 : 0, 1, 1);
    qp_gpnb_judge(&v, &g, &r, NULL);
    assert_true(v.score >= 0 && !signbit(v.score));
}

static void a_regression_on_two_groups_gives_their_means(void **state)
{
    (void)state;
    struct qp_glm *g = qp_glm_new(6, 2);
    const double y[] = {2, 3, 4, 10, 11, 15};
    assert_non_null(g);
    g->n = 6;
    g->p = 2;
    for (size_t i = 0; i < 6; i++) {
        g->x[i] = 1;
        g->x[g->n_max + i] = i >= 3;
        g->y[i] = y[i];
        g->prior[i] = 1;
    }
    assert_true(qp_glm_fit(g));
    near(exp(g->coef[0]), 3, 1e-8);
    near(exp(g->coef[0] + g->coef[1]), 12, 1e-7);
    near(qp_glm_dispersion(g, g->mean), (2.0 / 3 + (4 + 1 + 9) / 12.0) / 4, 1e-7);
    near(g->hat[0], 1.0 / 3, 1e-9);
    double variance, x[] = {1, 0};
    qp_glm_predict(g, x, &variance);
    near(variance, 1.0 / 9, 1e-6); /* 1 / sum of the means */
    qp_glm_free(g);
}

static void lunar_new_year_is_where_the_calendar_has_it(void **state)
{
    (void)state;
    static const int known[][3] = {{1979, 1, 28}, {2000, 2, 5}, {2021, 2, 12}, {2024, 2, 10}, {2033, 1, 31}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int32_t day = qp_days_from_civil(known[i][0], known[i][1], known[i][2]);
        assert_int_equal(qp_lunar_distance(day), 0);
        assert_int_equal(qp_season_place_of_date(day - 3).slot, 1);
        assert_int_equal(qp_season_place_of_date(day + 6).slot, 2);
        assert_int_equal(qp_season_place_of_date(day + 7).slot, 3);
        assert_int_equal(qp_season_place_of_date(day + 17).slot, 4);
        assert_int_equal(qp_season_place_of_date(day + 18).slot, 0);
    }
    assert_int_equal(qp_season_place_of_date(0).weekday, 3); /* a Thursday */
}

static uint32_t count_at(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 24) % 9;
}

enum { DAYS = 500 };

static void run(const char *method, const uint32_t *y, struct qp_warn_row *rows)
{
    struct qp_warn_settings s;
    struct qp_series series = {"made", DAYS, y, QP_DAY_NONE, 0};
    qp_warn_defaults(&s, (enum qp_warn_method)qp_warn_method_find(method), 0);
    assert_int_equal(qp_warn_run(&s, &series, 1, &rows, false, NULL), 0);
}

static void every_method_sees_a_great_rise_and_no_rise_where_nothing_changes(void **state)
{
    (void)state;
    static uint32_t y[DAYS];
    static struct qp_warn_row rows[DAYS];
    uint32_t seed = 7;
    for (size_t t = 0; t < DAYS; t++)
        y[t] = count_at(&seed);
    y[450] = 60;
    for (int m = 0; m < QP_WARN_METHOD_COUNT; m++) {
        int alarms = 0;
        run(qp_warn_method_name((enum qp_warn_method)m), y, rows);
        assert_false(rows[0].alarm);
        assert_true(isnan(rows[0].limit));
        for (size_t t = 0; t < 450; t++)
            alarms += rows[t].alarm;
        assert_true(alarms < 45);
        if (m != QP_WARN_EARS_C3) /* its limit moves with the count: R's C3 sees the days before alone */
            assert_true(rows[450].alarm);
    }
}

static void gpnb_counts_a_day_after_its_guard_and_cuts_what_stands_out(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    struct qp_gpnb g;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    qp_gpnb_begin(&g, &r, 3.98);
    near(qp_gpnb_level(&g), 4, 1e-6);
    for (int t = 0; t < 3; t++)
        qp_gpnb_step(&g, &r, 10, 1, 1);
    near(qp_gpnb_level(&g), 4, 1e-6);
    qp_gpnb_step(&g, &r, 4, 1, 1);
    double lambda = pow(0.5, 1.0 / 42);
    near(qp_gpnb_level(&g), (0.5 * lambda + 10) / (0.125 * lambda + 1), 1e-5);
    for (int t = 0; t < 100; t++)
        qp_gpnb_step(&g, &r, 4, 1, 1);
    double before = g.a, level = qp_gpnb_level(&g);
    qp_gpnb_step(&g, &r, 100000, 1, 1);
    for (int t = 0; t < 3; t++)
        qp_gpnb_step(&g, &r, 4, 1, 1);
    assert_true(g.a < before + 60 && qp_gpnb_level(&g) < 1.3 * level);
}

static void the_limit_is_the_least_count_that_alarms(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    struct qp_gpnb g;
    struct qp_gpnb_verdict v;
    uint32_t seed = 3;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    qp_gpnb_begin(&g, &r, 4);
    for (int t = 0; t < 300; t++) {
        qp_gpnb_step(&g, &r, count_at(&seed), 1, 1);
        uint32_t limit = qp_gpnb_limit(&g, &r, NULL), *y = &g.y[(g.steps - 1) % QP_GPNB_RING], was = *y;
        *y = limit;
        qp_gpnb_judge(&v, &g, &r, NULL);
        assert_int_equal(v.grade, QP_GPNB_ALARM);
        *y = limit - 1;
        qp_gpnb_judge(&v, &g, &r, NULL);
        assert_true(v.grade != QP_GPNB_ALARM);
        *y = was;
    }
}

/* Poisson counts whose mean is known: a score of s comes once in 10^s days, whatever is behind it. */
static uint32_t poisson_at(uint64_t *seed, double mean)
{
    double p = 1;
    uint32_t n = 0;
    for (;; n++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        p *= ((double)(*seed >> 11) + 1) / 9007199254740993.0;
        if (p < exp(-mean))
            return n;
    }
}

static void three_windows_together_alarm_no_more_often_than_their_score_says(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    struct qp_gpnb g;
    struct qp_gpnb_verdict v;
    uint64_t seed = 5;
    enum { LONG = 200000 };
    int past[4] = {0};
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    near(r.df, 3, 0.05); /* Brown's sum for 1, 3 and 7 days, by hand */
    near(r.scale, 2, 0.03);
    qp_gpnb_begin(&g, &r, 9);
    g.a = 9e6F; /* known */
    g.b = 1e6F;
    g.pa = g.pw = 20;
    r.settled = UINT32_MAX;
    r.lambda = 1;
    for (int t = 0; t < LONG; t++) {
        qp_gpnb_step(&g, &r, poisson_at(&seed, 9), 1, 1);
        qp_gpnb_judge(&v, &g, &r, NULL);
        for (int k = 1; k < 4; k++)
            past[k] += v.score >= k;
    }
    for (int k = 1; k < 4; k++) {
        double share = (double)past[k] / LONG * pow(10, k);
        assert_true(share > 0.75 && share < 1.35);
    }
}

/* A count that comes late is worked in from a kept state and the kept counts: the bytes are those of a run in
 * which it was there in time. */
static void late_counts_leave_the_same_bytes(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_gpnb_rule r;
    struct qp_gpnb in_time, late, kept;
    uint32_t y[120], seed = 5;
    qp_warn_defaults(&s, QP_WARN_GPNB, 365);
    qp_gpnb_rule_of(&r, &s);
    memset(&late, 0, sizeof late);
    qp_gpnb_begin(&late, &r, 4);
    for (size_t t = 0; t < 120; t++) {
        y[t] = count_at(&seed);
        if (t == 84)
            kept = late;
        qp_gpnb_step(&late, &r, y[t], 1, 1);
    }
    assert_true(qp_gpnb_amend(&late, &r, 1, 2)); /* within the guard: in its place */
    assert_false(qp_gpnb_amend(&late, &r, 30, 5));
    y[118] += 2;
    y[89] += 5;
    late = kept;
    for (size_t t = 84; t < 120; t++)
        qp_gpnb_step(&late, &r, y[t], 1, 1);
    qp_gpnb_begin(&in_time, &r, 4);
    for (size_t t = 0; t < 120; t++)
        qp_gpnb_step(&in_time, &r, y[t], 1, 1);
    assert_memory_equal(&in_time, &late, sizeof late);
    assert_int_equal(sizeof late, 84);
}

static void settings_are_refused_with_what_is_possible(void **state)
{
    (void)state;
    struct qp_warn_settings s;
    struct qp_err e;
    qp_warn_defaults(&s, QP_WARN_FARRINGTON, 0);
    assert_int_equal(qp_warn_set(&s, "thresholdMethod=muan", false, &e), 0);
    near(s.threshold_method, QP_WARN_MUAN, 0);
    assert_int_equal(qp_warn_set(&s, "b=2.5", false, &e), QP_EINVAL);
    assert_int_equal(qp_warn_set(&s, "alpha=nan", false, &e), QP_EINVAL);
    assert_int_equal(qp_warn_set(&s, "baseline=7", false, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "weightsThreshold"));
    assert_int_equal(qp_warn_set(&s, "alpha", false, &e), QP_EINVAL);
    assert_int_equal(qp_warn_set(&s, "alpha", true, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "须写作 参数=值"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_and_tails_undo_each_other),
        cmocka_unit_test(limits_are_the_least_counts_whose_tail_is_small),
        cmocka_unit_test(the_mid_p_value_is_the_sum_of_its_parts),
        cmocka_unit_test(a_higher_count_is_never_likelier),
        cmocka_unit_test(the_greatest_rise_scores_most),
        cmocka_unit_test(a_quiet_day_scores_nought_without_a_sign),
        cmocka_unit_test(a_regression_on_two_groups_gives_their_means),
        cmocka_unit_test(lunar_new_year_is_where_the_calendar_has_it),
        cmocka_unit_test(every_method_sees_a_great_rise_and_no_rise_where_nothing_changes),
        cmocka_unit_test(three_windows_together_alarm_no_more_often_than_their_score_says),
        cmocka_unit_test(gpnb_counts_a_day_after_its_guard_and_cuts_what_stands_out),
        cmocka_unit_test(the_limit_is_the_least_count_that_alarms),
        cmocka_unit_test(late_counts_leave_the_same_bytes),
        cmocka_unit_test(settings_are_refused_with_what_is_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
