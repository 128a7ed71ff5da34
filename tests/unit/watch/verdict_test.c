/* verdict_test.c: what single days come to (WN3 to WN5): pure, from a table of signs. */
#include "tests/unit/watch/rig.h"

enum { SELF = 1, CHILD = 2, WATER = 10, LIGHT = 11 };

static struct qp_sign sign(int day, uint64_t area, uint64_t category, uint32_t score_milli, float seen,
                           float due)
{
    struct qp_sign s = {
        .area = area, .category = category, .own = area == SELF, .alarm = score_milli >= 3000};
    for (int w = 0; w < QP_SIGN_WINDOWS; w++) {
        s.seen[w] = seen;
        s.due[w] = due;
    }
    s.f.day = day;
    s.f.score_milli = score_milli;
    s.f.window = 1;
    return s;
}

struct found {
    struct qp_rise *v;
    size_t n;
};

static struct found verdict(const struct qp_sign *given, size_t n, uint32_t judged, int to,
                            const struct qp_rise *carried, size_t n_carried)
{
    struct qp_sign v[64];
    uint32_t m[128];
    struct found f;
    for (size_t i = 0; i < n; i++)
        v[i] = given[i];
    for (size_t i = 0; i < 128; i++)
        m[i] = judged;
    assert_int_equal(qp_verdict(v, n, m, 0, to, carried, n_carried, &f.v, &f.n, NULL), 0);
    return f;
}
#define VERDICT(judged, to, ...)                                                                             \
    verdict((const struct qp_sign[]){__VA_ARGS__},                                                           \
            sizeof((const struct qp_sign[]){__VA_ARGS__}) / sizeof(struct qp_sign), judged, to, NULL, 0)

static void an_alarm_among_many_series_is_raised_only_if_it_is_rare_enough(void **state)
{
    (void)state;
    struct found f = VERDICT(100, 0, sign(0, SELF, WATER, 3000, 9, 1)); /* .001 > .05 / 100 */
    assert_true(f.n == 1 && f.v[0].state == QP_WARNING_WATCH && !f.v[0].raised);
    free(f.v);
    f = VERDICT(100, 0, sign(0, SELF, WATER, 3400, 9, 1)); /* .0004 */
    assert_true(f.n == 1 && f.v[0].state == QP_WARNING_RAISED && f.v[0].raised_day == 0);
    free(f.v);
    f = VERDICT(100, 0, sign(0, SELF, WATER, 3400, 9, 1),
                sign(0, SELF, LIGHT, 3010, 9, 1)); /* two: up to .001 */
    assert_true(f.n == 2 && f.v[0].raised && f.v[1].raised);
    free(f.v);
    f = VERDICT(10, 0, sign(0, SELF, WATER, 2900, 9, 1)); /* no alarm is never raised */
    assert_true(f.n == 1 && f.v[0].state == QP_WARNING_WATCH);
    free(f.v);
}

static void an_ancestor_is_silent_where_one_child_explains_most_of_it(void **state)
{
    (void)state;
    struct found f = VERDICT(10, 0, sign(0, SELF, WATER, 4000, 30, 10), sign(0, CHILD, WATER, 5000, 16, 1));
    assert_int_equal(f.n, 0); /* 15 of 20 */
    free(f.v);
    f = VERDICT(10, 0, sign(0, SELF, WATER, 4000, 30, 10), sign(0, CHILD, WATER, 5000, 14, 1));
    assert_int_equal(f.n, 1); /* 13 of 20 */
    free(f.v);
    f = VERDICT(10, 0, sign(0, SELF, WATER, 4000, 30, 10), sign(0, CHILD, WATER, 2900, 26, 1));
    assert_int_equal(f.n, 1); /* the child does not alarm: somebody must */
    free(f.v);
    f = VERDICT(10, 0, sign(0, SELF, WATER, 2900, 30, 10), sign(0, CHILD, WATER, 2900, 26, 1));
    assert_int_equal(f.n, 0);
    free(f.v);
    f = VERDICT(10, 0, sign(0, SELF, WATER, 4000, 30, 10), sign(0, CHILD, LIGHT, 5000, 26, 1));
    assert_int_equal(f.n, 1);
    free(f.v);
}

static void a_warning_ends_with_the_third_quiet_day(void **state)
{
    (void)state;
    struct found f = VERDICT(1, 5, sign(1, SELF, WATER, 3000, 9, 1), sign(3, SELF, WATER, 5000, 9, 1));
    assert_true(f.n == 1 && f.v[0].state == QP_WARNING_RAISED && f.v[0].first == 1 && f.v[0].last == 3);
    assert_true(f.v[0].peak.day == 3 && f.v[0].peak.score_milli == 5000);
    free(f.v);
    f = VERDICT(1, 6, sign(1, SELF, WATER, 3000, 9, 1), sign(3, SELF, WATER, 5000, 9, 1));
    assert_true(f.n == 1 && f.v[0].state == QP_WARNING_ENDED && f.v[0].ended_day == 6);
    free(f.v);
    f = VERDICT(1, 5, sign(1, SELF, WATER, 3000, 9, 1),
                sign(5, SELF, WATER, 5000, 9, 1)); /* 2, 3, 4 were quiet */
    assert_true(f.n == 2 && f.v[0].state == QP_WARNING_ENDED && f.v[1].first == 5);
    free(f.v);
}

static void what_lasts_longer_than_fifty_six_days_has_become_the_rule(void **state)
{
    struct qp_sign v[60];
    (void)state;
    for (int d = 0; d < 60; d++)
        v[d] = sign(d, SELF, WATER, 4000, 9, 1);
    struct found f = verdict(v, 60, 1, 59, NULL, 0);
    assert_true(f.n == 2 && f.v[0].ended_day == QP_RISE_LONGEST && f.v[1].first == QP_RISE_LONGEST);
    free(f.v);
}

static void what_was_open_goes_on(void **state)
{
    (void)state;
    const struct qp_rise open[2] = {{.category = WATER,
                                     .first = -3,
                                     .last = -1,
                                     .state = QP_WARNING_WATCH,
                                     .peak = {.day = -1, .score_milli = 2600}},
                                    {.category = LIGHT,
                                     .first = -9,
                                     .last = -3,
                                     .state = QP_WARNING_RAISED,
                                     .raised = true,
                                     .raised_day = -9}};
    const struct qp_sign s = sign(0, SELF, WATER, 4000, 9, 1);
    struct found f = verdict(&s, 1, 1, 0, open, 2);
    assert_int_equal(f.n, 2);
    assert_true(f.v[0].category == WATER && f.v[0].first == -3 && f.v[0].raised && f.v[0].raised_day == 0);
    assert_true(f.v[1].category == LIGHT && f.v[1].state == QP_WARNING_ENDED && f.v[1].ended_day == 0);
    free(f.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_among_many_series_is_raised_only_if_it_is_rare_enough),
        cmocka_unit_test(an_ancestor_is_silent_where_one_child_explains_most_of_it),
        cmocka_unit_test(a_warning_ends_with_the_third_quiet_day),
        cmocka_unit_test(what_lasts_longer_than_fifty_six_days_has_become_the_rule),
        cmocka_unit_test(what_was_open_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
