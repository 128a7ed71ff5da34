/* period_test.c: the days, weeks and months of circulars, by the policy's beginnings (CI4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/insight/circular/period.h"

static struct qp_zone *zone(const char *name)
{
    struct qp_zone *z;
    assert_int_equal(qp_zone_load(&z, name, NULL), 0);
    return z;
}

static void day_text(char out[32], const struct qp_zone *z, int64_t at_us)
{
    qp_bucket_day_text(out, qp_bucket_day(z, at_us));
}

/* "2026-03-02..2026-03-09 before 2026-02-23 year 2025-03-03..2025-03-10 2026-W10" */
static void is(enum qp_circular_period p, const char *date, int week, int month, const char *want)
{
    struct qp_zone *z = zone("Asia/Shanghai");
    struct qp_span_us s[QP_SPANS];
    int y, m, d;
    char from[32], to[32], before[32], year[32], year_to[32], name[32], text[256];
    assert_int_equal(sscanf(date, "%d-%d-%d", &y, &m, &d), 3);
    qp_circular_spans(s, p, qp_days_from_civil(y, m, d), week, month, z);
    day_text(from, z, s[QP_SPAN_NOW].from_us);
    day_text(to, z, s[QP_SPAN_NOW].to_us);
    day_text(before, z, s[QP_SPAN_BEFORE].from_us);
    assert_int_equal(s[QP_SPAN_BEFORE].to_us, s[QP_SPAN_NOW].from_us);
    day_text(year, z, s[QP_SPAN_YEAR].from_us);
    day_text(year_to, z, s[QP_SPAN_YEAR].to_us);
    qp_period_text(name, p, s[QP_SPAN_NOW].from_us, s[QP_SPAN_NOW].to_us, z);
    snprintf(text, sizeof text, "%s..%s before %s year %s..%s %s", from, to, before, year, year_to, name);
    assert_string_equal(text, want);
    qp_zone_free(z);
}

static void a_week_begins_where_the_policy_says(void **state)
{
    (void)state;
    is(QP_PERIOD_WEEK, "2026-03-04", 1, 1,
       "2026-03-02..2026-03-09 before 2026-02-23 year 2025-03-03..2025-03-10 2026-W10");
    is(QP_PERIOD_WEEK, "2026-03-08", 1, 1,
       "2026-03-02..2026-03-09 before 2026-02-23 year 2025-03-03..2025-03-10 2026-W10");
    is(QP_PERIOD_WEEK, "2026-03-05", 5, 1,
       "2026-02-27..2026-03-06 before 2026-02-20 year 2025-02-28..2025-03-07 2026-W10");
    is(QP_PERIOD_WEEK, "2026-03-06", 5, 1,
       "2026-03-06..2026-03-13 before 2026-02-27 year 2025-03-07..2025-03-14 2026-W11");
    is(QP_PERIOD_WEEK, "2026-03-04", -1, -1, /* not said: Monday */
       "2026-03-02..2026-03-09 before 2026-02-23 year 2025-03-03..2025-03-10 2026-W10");
}

static void a_month_is_cut_where_the_policy_says_and_named_by_its_end(void **state)
{
    (void)state;
    is(QP_PERIOD_MONTH, "2026-03-31", 1, 1,
       "2026-03-01..2026-04-01 before 2026-02-01 year 2025-03-01..2025-04-01 2026-03");
    is(QP_PERIOD_MONTH, "2026-03-25", 1, 26,
       "2026-02-26..2026-03-26 before 2026-01-26 year 2025-02-26..2025-03-26 2026-03");
    is(QP_PERIOD_MONTH, "2026-01-02", 1, 26,
       "2025-12-26..2026-01-26 before 2025-11-26 year 2024-12-26..2025-01-26 2026-01");
}

static void a_day_is_compared_with_the_same_date(void **state)
{
    (void)state;
    is(QP_PERIOD_DAY, "2026-03-01", 1, 1,
       "2026-03-01..2026-03-02 before 2026-02-28 year 2025-03-01..2025-03-02 2026-03-01");
    is(QP_PERIOD_DAY, "2024-02-29", 1, 1,
       "2024-02-29..2024-03-01 before 2024-02-28 year 2023-02-28..2023-03-01 2024-02-29");
}

/* Where the clock is set back a day has 25 hours, and none is counted twice. */
static void a_day_on_which_the_clock_changes_is_whole(void **state)
{
    (void)state;
    struct qp_zone *z = zone("America/New_York");
    struct qp_span_us a[QP_SPANS], b[QP_SPANS];
    int32_t day = qp_days_from_civil(2011, 11, 6);
    qp_circular_spans(a, QP_PERIOD_DAY, day, 1, 1, z);
    qp_circular_spans(b, QP_PERIOD_DAY, day + 1, 1, 1, z);
    assert_int_equal(a[QP_SPAN_NOW].to_us - a[QP_SPAN_NOW].from_us, INT64_C(25) * 3600 * 1000000);
    assert_int_equal(a[QP_SPAN_NOW].to_us, b[QP_SPAN_NOW].from_us);
    qp_zone_free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_week_begins_where_the_policy_says),
        cmocka_unit_test(a_month_is_cut_where_the_policy_says_and_named_by_its_end),
        cmocka_unit_test(a_day_is_compared_with_the_same_date),
        cmocka_unit_test(a_day_on_which_the_clock_changes_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
