/* range_test.c: a range cut into cells holds exactly the instants of the range, in every kind of zone. */
#include "node/insight/range.h"
#include "tests/unit/insight/town.h"

static const char *const zones[] = {"UTC",          "America/New_York",    "Asia/Shanghai",
                                    "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns"};

static int64_t at(const char *text)
{
    int64_t us;
    assert_int_equal(qp_time_parse(&us, text, NULL), 0);
    return us;
}

static bool spans_hold(const struct qp_stretch *s, int n, const struct qp_zone *z, int64_t at_us)
{
    int held = 0;
    for (int i = 0; i < n; i++) {
        int32_t day = qp_bucket_day(z, at_us), b = 0;
        switch (s[i].grain) {
        case QP_G_MONTH: b = qp_bucket_month(day); break;
        case QP_G_DAY: b = day; break;
        case QP_G_HOUR: b = qp_bucket_hour(z, at_us); break;
        default: break;
        }
        held += b >= s[i].lo && b <= s[i].hi;
    }
    assert_true(held <= 1); /* spans do not overlap */
    return held == 1;
}

/* Borders on hours and days, many of them beside the changes of clocks; instants everywhere and beside the
 * borders. */
static void the_spans_hold_exactly_the_range(void **state)
{
    (void)state;
    struct town t = {.random = seed_of_run()};
    size_t cut = 0;
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        assert_int_equal(qp_zone_load(&t.zone, zones[z], NULL), 0);
        for (int i = 0; i < 3000; i++) {
            int64_t border[2];
            for (int b = 0; b < 2; b++) {
                border[b] = town_time(&t);
                border[b] = town_random(&t, 2) == 0 ? qp_day_start(t.zone, qp_bucket_day(t.zone, border[b]))
                                                    : (int64_t)qp_bucket_hour(t.zone, border[b]) * 60000000;
            }
            struct qp_range r = {town_random(&t, 5) > 0, town_random(&t, 5) > 0, border[0], border[1]};
            if (r.has_from && r.has_to && r.from_us > r.to_us)
                r = (struct qp_range){true, true, border[1], border[0]};
            struct qp_stretch s[QP_STRETCHES_MAX];
            bool hours;
            enum qp_grain coarsest = (enum qp_grain)(QP_G_ALL + town_random(&t, 4));
            if (!qp_range_trim(&r))
                continue;
            int n = qp_range_cut(s, &hours, &r, coarsest, t.zone);
            if (n < 0)
                continue;
            cut++;
            for (int k = 0; k < 12; k++) {
                int64_t us = k < 4 ? town_time(&t)
                                   : border[k % 2] + (k - 8) * (int64_t)town_random(&t, 5000000000) - k % 3;
                if (spans_hold(s, n, t.zone, us) != qp_range_holds(&r, us)) {
                    char from[32], to[32], when[32];
                    qp_time_text(from, r.from_us);
                    qp_time_text(to, r.to_us);
                    qp_time_text(when, us);
                    fail_msg("%s: [%s, %s) coarsest %d: %s is on the wrong side", zones[z], from, to,
                             (int)coarsest, when);
                }
            }
        }
        qp_zone_free(t.zone);
    }
    assert_true(cut > 14000); /* nearly all can be cut */
}

static void a_long_range_is_five_spans(void **state)
{
    (void)state;
    struct qp_zone *z;
    assert_int_equal(qp_zone_load(&z, "America/New_York", NULL), 0);
    struct qp_range r = {true, true, at("2011-02-10T05:00:00-05:00"), at("2011-07-03T09:00:00-04:00")};
    struct qp_stretch s[QP_STRETCHES_MAX];
    bool hours;
    assert_int_equal(qp_range_cut(s, &hours, &r, QP_G_ALL, z), 5);
    assert_true(hours);
    const uint8_t grains[] = {QP_G_HOUR, QP_G_DAY, QP_G_MONTH, QP_G_DAY, QP_G_HOUR};
    const int32_t counts[] = {19, 18, 4, 2, 0};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(s[i].grain, grains[i]);
        if (i < 4 && i > 0)
            assert_int_equal(s[i].hi - s[i].lo + 1, counts[i]);
    }
    assert_int_equal((s[0].hi - s[0].lo) / 60 + 1, counts[0]); /* hour buckets are in minutes */
    r = (struct qp_range){true, true, at("2011-03-01T05:00:00Z"), at("2011-04-01T04:00:00Z")};
    assert_int_equal(qp_range_cut(s, &hours, &r, QP_G_ALL, z), 1);
    assert_int_equal(s[0].grain, QP_G_MONTH);
    assert_false(hours);
    r.from_us++;
    assert_int_equal(qp_range_cut(s, &hours, &r, QP_G_ALL, z), -1); /* not between hours */
    r = (struct qp_range){0};
    assert_int_equal(qp_range_cut(s, &hours, &r, QP_G_ALL, z), 1);
    assert_int_equal(s[0].grain, QP_G_ALL);
    qp_zone_free(z);
}

static void an_empty_or_endless_range_is_no_trouble(void **state)
{
    (void)state;
    struct qp_range r = {true, true, 5, 5};
    assert_false(qp_range_trim(&r));
    r = (struct qp_range){true, true, INT64_MIN, INT64_MAX};
    assert_true(qp_range_trim(&r));
    assert_false(r.has_from || r.has_to);
    r = (struct qp_range){false, true, 0, INT64_MIN};
    assert_false(qp_range_trim(&r));
    r = (struct qp_range){true, false, INT64_MAX, 0};
    assert_true(qp_range_trim(&r));
    assert_true(qp_range_holds(&r, qp_board_time(INT64_MAX)));
    assert_false(qp_range_holds(&r, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spans_hold_exactly_the_range),
        cmocka_unit_test(a_long_range_is_five_spans),
        cmocka_unit_test(an_empty_or_endless_range_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
