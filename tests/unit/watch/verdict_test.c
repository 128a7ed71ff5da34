/* verdict_test.c: what single days come to (WN3 to WN5): pure, from a table of signs; and what was said against it. */
#include <time.h>

#include "node/insight/watch/inside.h"
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
    assert_int_equal(qp_verdict(NULL, v, n, m, 0, to, carried, n_carried, &f.v, &f.n, NULL), 0);
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

static void assert_in_order(const struct found *f)
{
    for (size_t i = 1; i < f->n; i++)
        assert_true(f->v[i - 1].category < f->v[i].category ||
                    (f->v[i - 1].category == f->v[i].category && f->v[i - 1].first < f->v[i].first));
}

/* What is looked up among them is searched for by halves. */
static void rises_lie_by_category_then_by_their_first_day(void **state)
{
    (void)state;
    uint64_t lot = 5;
    for (int round = 0; round < 500; round++) {
        struct qp_sign v[64];
        for (size_t i = 0; i < 64; i++) {
            lot = lot * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            v[i] = sign((int)(lot >> 33) % 100, lot >> 60 == 0 ? CHILD : SELF, WATER + (lot >> 50) % 5,
                        2500 + (uint32_t)(lot >> 40) % 3000, 9, 1);
        }
        struct found f = verdict(v, 64, 10, 99, NULL, 0);
        assert_true(f.n > 5);
        assert_in_order(&f);
        free(f.v);
    }
    /* two of a category that were open, as a clock or a lost disk may leave them */
    const struct qp_rise open[2] = {
        {.category = WATER, .first = -1, .last = -1, .state = QP_WARNING_WATCH, .peak = {.day = -1}},
        {.category = WATER, .first = -9, .last = -1, .state = QP_WARNING_WATCH, .peak = {.day = -1}}};
    const struct qp_sign s = sign(0, SELF, WATER, 4000, 9, 1);
    struct found f = verdict(&s, 1, 1, 0, open, 2);
    assert_int_equal(f.n, 2);
    assert_in_order(&f);
    free(f.v);
}

/* Milliseconds that it takes to find all of n warnings among n rises. */
static double all_found(size_t n)
{
    static const uint8_t self[QP_ID_LEN] = {7};
    struct watch_rig r;
    struct qp_watch_said *said = calloc(1, sizeof *said);
    struct qp_arena *a = qp_arena_new((size_t)256 << 20);
    bool done;
    rig_open(&r);
    struct qp_watch *w = qp_watch_new("city", r.zone);
    w->rises = calloc(n, sizeof *w->rises);
    for (size_t i = 0; i < n; i++) {
        uint8_t id[QP_ID_LEN];
        char category[32];
        Qp__Warning x = QP__WARNING__INIT;
        snprintf(category, sizeof category, "category-%zu", i);
        x.category = category;
        x.area = (char *)(uintptr_t) "city";
        x.first_day = x.last_day = x.day = RIG_DAY0;
        x.state = QP_WARNING_RAISED;
        qp_warning_id(id, self, qp_code(category), RIG_DAY0);
        x.id = (ProtobufCBinaryData){QP_ID_LEN, id};
        assert_int_equal(qp_warning_put(&r.t, self, &x, 0, a, NULL), 0);
        qp_arena_reset(a);
        w->rises[i] = (struct qp_rise){
            .category = qp_code(category), .first = RIG_DAY0, .last = RIG_DAY0, .state = QP_WARNING_RAISED};
    }
    qsort(w->rises, n, sizeof *w->rises, qp_rise_order);
    w->n_rises = w->at = n;
    w->saying = true;
    w->from = w->to = RIG_DAY0;
    clock_t began = clock();
    assert_int_equal(qp_watch_say(w, &r.t, self, a, said, &done, NULL), 0);
    double took = (double)(clock() - began) * 1000 / CLOCKS_PER_SEC;
    assert_true(done);
    assert_int_equal(said->n, 0);
    qp_watch_free(w);
    qp_arena_free(a);
    free(said);
    rig_close(&r);
    return took;
}

/* Ten times as many are some ten times as much work, where each was held against each a hundred times. */
static void what_was_said_is_found_among_very_many_rises(void **state)
{
    (void)state;
    enum { FEW = 4000, MANY = 40000 };
    double few = all_found(FEW), many = all_found(MANY);
    if (many > 30 * few + 20)
        fail_msg("%d among as many took %.1f ms, %d took %.1f ms", FEW, few, MANY, many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_among_many_series_is_raised_only_if_it_is_rare_enough),
        cmocka_unit_test(an_ancestor_is_silent_where_one_child_explains_most_of_it),
        cmocka_unit_test(a_warning_ends_with_the_third_quiet_day),
        cmocka_unit_test(what_lasts_longer_than_fifty_six_days_has_become_the_rule),
        cmocka_unit_test(what_was_open_goes_on),
        cmocka_unit_test(rises_lie_by_category_then_by_their_first_day),
        cmocka_unit_test(what_was_said_is_found_among_very_many_rises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
