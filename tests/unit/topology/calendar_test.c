/* calendar_test.c: working hours (topology/calendar.h): what a form may say, and exact working time, at borders,
 * over holidays, and on days when the clock is changed. tests/unit/matter/clock_oracle_test.c counts the same second
 * by second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/calendar.h"

#define HOUR     INT64_C(3600000000)
#define SECOND   INT64_C(1000000)
#define WORKDAYS 0x1f

static const struct qp_work_span office[] = {{WORKDAYS, 510, 720}, {WORKDAYS, 870, 1050}};
static const struct qp_work_span always[] = {{0x7f, 0, 1440}};
static const struct qp_work_span early[] = {{0x7f, 90, 150}}; /* 01:30 to 02:30 */
static const struct qp_work_span night[] = {{0x7f, 1320, 1440}, {0x7f, 0, 360}};

static struct qp_zone *zone;

static int64_t at(const char *text)
{
    int64_t us = 0;
    struct qp_err e;
    if (qp_time_parse_local(&us, text, zone, &e))
        fail_msg("%s", e.text);
    return us;
}

static int32_t day(const char *text)
{
    int32_t d = 0;
    struct qp_err e;
    if (qp_calendar_date(&d, text, &e))
        fail_msg("%s", e.text);
    return d;
}

/* A calendar of a zone, with a few dates; NULL ends a list. */
static struct qp_calendar *make(const char *zone_name, const struct qp_work_span *v, size_t n,
                                const char *const *off, const char *const *on)
{
    int32_t offs[8], ons[8];
    struct qp_calendar_form f = {.name = "made", .weekly = v, .nweekly = n, .off = offs, .on = ons};
    struct qp_calendar *c = NULL;
    struct qp_err e;
    f.known_until = QP_CALENDAR_NO_DAY;
    for (; off && off[f.noff]; f.noff++)
        offs[f.noff] = day(off[f.noff]);
    for (; on && on[f.non]; f.non++)
        ons[f.non] = day(on[f.non]);
    qp_zone_free(zone);
    if (qp_zone_load(&zone, zone_name, &e) || qp_calendar_new(&c, &f, zone, &e))
        fail_msg("%s", e.text);
    return c;
}

static struct qp_calendar *suzhou(void)
{
    static const char *const off[] = {"2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04",
                                      "2026-10-05", "2026-10-06", "2026-10-07", NULL};
    static const char *const on[] = {"2026-10-10", NULL};
    return make("Asia/Shanghai", office, 2, off, on);
}

static int free_zone(void **state)
{
    (void)state;
    qp_zone_free(zone);
    zone = NULL;
    return 0;
}

/* ---- working time ---- */

static void working_time_is_counted_over_the_noon_break_the_night_and_the_week_end(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    assert_int_equal(qp_calendar_worked(c, at("2026-03-03 11:00"), at("2026-03-03 15:00")), HOUR * 3 / 2);
    assert_int_equal(qp_calendar_worked(c, at("2026-03-06 17:00"), at("2026-03-09 09:00")), HOUR);
    assert_int_equal(qp_calendar_worked(c, at("2026-03-07 00:00"), at("2026-03-09 00:00")), 0);
    assert_int_equal(qp_calendar_worked(c, at("2026-03-09 09:00"), at("2026-03-06 17:00")), 0);
    assert_int_equal(
        qp_calendar_worked(c, at("2026-03-03 11:59:59.999999"), at("2026-03-03 14:30:00.000001")), 2);
    qp_calendar_free(c);
}

static void a_holiday_has_no_hours_and_a_make_up_day_has_those_of_the_first_weekday(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    assert_int_equal(qp_calendar_worked(c, at("2026-09-30 17:00"), at("2026-10-08 09:00")), HOUR);
    assert_int_equal(qp_calendar_worked(c, at("2026-10-10 00:00"), at("2026-10-11 00:00")), HOUR * 13 / 2);
    assert_true(qp_calendar_works(c, day("2026-10-10")));
    assert_false(qp_calendar_works(c, day("2026-10-05")));
    assert_false(qp_calendar_works(c, day("2026-10-11")));
    assert_false(qp_calendar_works(c, day("1900-01-01") - 1));
    qp_calendar_free(c);
}

static void an_amount_ends_at_closing_time_and_never_at_the_next_opening(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    assert_int_equal(qp_calendar_add(c, at("2026-03-03 11:00"), HOUR), at("2026-03-03 12:00"));
    assert_int_equal(qp_calendar_add(c, at("2026-03-03 11:00"), HOUR + 1), at("2026-03-03 14:30:00.000001"));
    assert_int_equal(qp_calendar_add(c, at("2026-03-06 16:30"), HOUR), at("2026-03-06 17:30"));
    assert_int_equal(qp_calendar_add(c, at("2026-03-06 16:30"), 2 * HOUR), at("2026-03-09 09:30"));
    qp_calendar_free(c);
}

static void nothing_at_all_ends_at_the_first_working_moment(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    assert_int_equal(qp_calendar_add(c, at("2026-03-03 12:00"), 0), at("2026-03-03 14:30"));
    assert_int_equal(qp_calendar_add(c, at("2026-03-03 11:59:59"), 0), at("2026-03-03 11:59:59"));
    assert_int_equal(qp_calendar_add(c, at("2026-09-30 20:00"), 0), at("2026-10-08 08:30"));
    assert_true(qp_calendar_open(c, at("2026-03-03 08:30")));
    assert_false(qp_calendar_open(c, at("2026-03-03 17:30")));
    qp_calendar_free(c);
}

static void closes_of_business_are_counted_after_from_and_up_to_to(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    int64_t close = at("2026-03-03 17:30");
    assert_int_equal(qp_calendar_closes(c, close - 1, close, QP_CALENDAR_NO_DAY), 1);
    assert_int_equal(qp_calendar_closes(c, close, close + 1, QP_CALENDAR_NO_DAY), 0);
    assert_int_equal(qp_calendar_closes(c, close - 1, close, day("2026-03-03")), 0);
    assert_int_equal(qp_calendar_closes(c, at("2026-09-28 10:00"), at("2026-10-12 10:00"), day("2026-09-28")),
                     5);
    assert_int_equal(qp_calendar_close(c, at("2026-09-29 10:00"), day("2026-09-29"), 1),
                     at("2026-09-30 17:30"));
    assert_int_equal(qp_calendar_close(c, at("2026-09-29 10:00"), day("2026-09-29"), 2),
                     at("2026-10-08 17:30"));
    assert_int_equal(qp_calendar_close(c, at("2026-09-29 10:00"), QP_CALENDAR_NO_DAY, 1),
                     at("2026-09-29 17:30"));
    assert_int_equal(qp_calendar_close_back(c, at("2026-10-12 17:30"), 1), at("2026-10-10 17:30"));
    assert_int_equal(qp_calendar_close_back(c, at("2026-10-12 17:00"), 0), at("2026-10-10 17:30"));
    qp_calendar_free(c);
}

static void adding_and_going_back_are_each_others_inverse_for_ten_years(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    for (int64_t t = at("2020-01-01 00:00"); t < at("2030-01-01 00:00"); t += 7 * HOUR + 12345678) {
        int64_t amount = t / 977 % (3000 * HOUR) + 1, due = qp_calendar_add(c, t, amount);
        assert_int_equal(qp_calendar_worked(c, t, due), amount);
        assert_int_equal(qp_calendar_worked(c, t, due - 1), amount - 1);
        int64_t back = qp_calendar_back(c, due, amount);
        assert_true(back <= t && qp_calendar_worked(c, back, due) == amount);
        assert_int_equal(qp_calendar_worked(c, back - 1, due), amount + 1);
    }
    qp_calendar_free(c);
}

static void beyond_the_days_that_it_knows_nobody_works(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    assert_true(qp_calendar_add(c, at("2199-12-31 10:00"), HOUR) < QP_NEVER_US);
    assert_int_equal(qp_calendar_add(c, at("2199-12-31 10:00"), 8 * HOUR), QP_NEVER_US);
    assert_int_equal(qp_calendar_add(c, INT64_MAX, 0), QP_NEVER_US);
    assert_int_equal(qp_calendar_close(c, at("2199-12-30 10:00"), QP_CALENDAR_NO_DAY, 3), QP_NEVER_US);
    assert_int_equal(qp_calendar_add(c, INT64_MIN, 0), at("1900-01-01 08:30"));
    assert_int_equal(qp_calendar_back(c, at("1900-01-01 09:00"), HOUR), INT64_MIN);
    assert_int_equal(qp_calendar_close_back(c, at("1900-01-01 09:00"), 0), INT64_MIN);
    assert_int_equal(qp_calendar_worked(c, INT64_MIN, at("1900-01-02 00:00")), HOUR * 13 / 2);
    qp_calendar_free(c);
}

/* ---- when the clock is changed ---- */

static void a_day_of_twenty_three_hours_has_twenty_three(void **state)
{
    (void)state;
    struct qp_calendar *c = make("Europe/Berlin", always, 1, NULL, NULL);
    assert_int_equal(qp_calendar_worked(c, at("2026-03-29"), at("2026-03-30")), 23 * HOUR);
    assert_int_equal(qp_calendar_worked(c, at("2026-10-25"), at("2026-10-26")), 25 * HOUR);
    assert_int_equal(qp_calendar_worked(c, at("2026-01-01"), at("2027-01-01")), 8760 * HOUR);
    assert_int_equal(qp_calendar_add(c, at("2026-03-28 12:00"), 24 * HOUR), at("2026-03-29 13:00"));
    qp_calendar_free(c);
}

static void an_end_that_is_skipped_is_the_change_and_of_a_repeated_hour_the_first_begins(void **state)
{
    (void)state;
    struct qp_calendar *c = make("Europe/Berlin", early, 1, NULL, NULL);
    assert_int_equal(qp_calendar_worked(c, at("2026-03-29"), at("2026-03-30")), HOUR / 2);
    assert_int_equal(qp_calendar_add(c, at("2026-03-29"), HOUR / 2), at("2026-03-29T01:00:00Z"));
    assert_int_equal(qp_calendar_worked(c, at("2026-10-25"), at("2026-10-26")), HOUR);
    assert_int_equal(qp_calendar_add(c, at("2026-10-25"), HOUR), at("2026-10-25T00:30:00Z"));
    qp_calendar_free(c);
    c = make("America/New_York", early, 1, NULL, NULL); /* 01:00 to 02:00 comes twice: 01:30 is the first */
    assert_int_equal(qp_calendar_worked(c, at("2026-11-01"), at("2026-11-02")), 2 * HOUR);
    assert_int_equal(qp_calendar_add(c, at("2026-11-01"), 0), at("2026-11-01T05:30:00Z"));
    qp_calendar_free(c);
}

static void a_day_that_never_was_has_no_hours_and_no_close(void **state)
{
    (void)state;
    struct qp_calendar *c = make("Pacific/Apia", office, 2, NULL, NULL);
    assert_false(qp_calendar_works(c, day("2011-12-30"))); /* Samoa went over the date line */
    assert_int_equal(
        qp_calendar_closes(c, at("2011-12-28 12:00"), at("2012-01-03 12:00"), QP_CALENDAR_NO_DAY), 3);
    qp_calendar_free(c);
}

static void a_clock_set_back_over_midnight_does_not_bring_the_day_back(void **state)
{
    (void)state;
    struct qp_calendar *c = make("America/St_Johns", night, 2, NULL, NULL);
    /* 2010-11-07 00:01 became 2010-11-06 23:01 */
    int64_t change = at("2010-11-07T02:31:00Z");
    assert_int_equal(qp_bucket_day(zone, change), day("2010-11-06"));
    assert_int_equal(qp_calendar_day(c, change), day("2010-11-07"));
    for (int64_t t = change - 3 * HOUR; t < change + 3 * HOUR; t += 15 * SECOND)
        assert_int_equal(qp_calendar_worked(c, t, t + 15 * SECOND),
                         t < at("2010-11-06 22:00") ? 0 : 15 * SECOND);
    qp_calendar_free(c);
}

/* ---- forms ---- */

static char told[4096];
static void note(void *ctx, const char *place, const char *why, const char *why_zh)
{
    (void)ctx;
    size_t n = strlen(told);
    if (!strstr(why_zh, "请") && !strstr(why_zh, "写"))
        fail_msg("\"%s\" does not say in Chinese what to do", why_zh);
    snprintf(told + n, sizeof told - n, "%s: %s\n", place, why);
}

static void every_mistake_of_a_form_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct qp_work_span weekly[] = {
        {WORKDAYS, 540, 720}, {1, 700, 800}, {0, 540, 600}, {64, 1320, 360}, {2, 0, 1441}};
    int32_t off[] = {day("2026-10-01"), day("2026-10-02"), day("2026-10-01"), 999999};
    int32_t on[] = {day("2026-10-02")};
    struct qp_calendar_form f = {"", weekly, 5, off, 4, on, 1, QP_CALENDAR_NO_DAY};
    told[0] = 0;
    assert_int_equal(qp_calendar_check(&f, note, NULL), 8);
    static const char *const expect[] = {
        "name: a calendar needs a name: give it one",
        "weekly[1]: it overlaps weekly[0]",
        "weekly[2]: no days are named",
        "weekly[3]: it begins at 22:00 and ends at 06:00: an interval over midnight is two",
        "weekly[4]: it ends after 24:00",
        "off[2]: 2026-10-01 stands in this list twice",
        "off[3]: the date is not of the years",
        "on[0]: 2026-10-02 is both off and on",
    };
    for (size_t i = 0; i < sizeof expect / sizeof *expect; i++)
        if (!strstr(told, expect[i]))
            fail_msg("\"%s\" is not in:\n%s", expect[i], told);
    assert_int_equal(qp_calendar_check(&f, NULL, NULL), 8);
}

static void a_calendar_in_which_nobody_works_is_refused(void **state)
{
    (void)state;
    struct qp_calendar_form f = {.name = "none", .known_until = QP_CALENDAR_NO_DAY};
    struct qp_calendar *c = (void *)&f;
    struct qp_err e;
    free_zone(NULL);
    assert_int_equal(qp_zone_load(&zone, "UTC", &e), 0);
    assert_int_equal(qp_calendar_new(&c, &f, zone, &e), QP_EINVAL);
    assert_null(c);
    assert_non_null(strstr(e.text, "weekly: there are no working hours"));
}

static void the_parts_of_a_form_are_read_or_refused_with_a_sentence(void **state)
{
    (void)state;
    struct qp_err e;
    uint8_t days;
    uint16_t minute;
    int32_t d;
    assert_int_equal(qp_calendar_days(&days, "1-5", &e), 0);
    assert_int_equal(days, 0x1f);
    assert_int_equal(qp_calendar_days(&days, "1,3-4,7", &e), 0);
    assert_int_equal(days, 0x4d);
    static const char *const no_days[] = {"",   "0",     "8",   "1-",  "5-1", "1,",
                                          ",1", "1-5,5", "1 2", "Mon", "1-9", "1;2"};
    for (size_t i = 0; i < sizeof no_days / sizeof *no_days; i++)
        assert_int_equal(qp_calendar_days(&days, no_days[i], &e), QP_EINVAL);
    assert_int_equal(qp_calendar_minute(&minute, "24:00", &e), 0);
    assert_int_equal(minute, 1440);
    static const char *const no_times[] = {"", "8:30", "24:01", "12:60", "12.30", "12:30:00", "ab:cd"};
    for (size_t i = 0; i < sizeof no_times / sizeof *no_times; i++)
        assert_int_equal(qp_calendar_minute(&minute, no_times[i], &e), QP_EINVAL);
    static const char *const no_dates[] = {"",           "2026-1-1",   "2026-02-29",           "2026-13-01",
                                           "1899-12-31", "2200-01-01", "2026-10-01T00:00:00Z", "2026-00-10",
                                           "2026-10-00"};
    for (size_t i = 0; i < sizeof no_dates / sizeof *no_dates; i++)
        assert_int_equal(qp_calendar_date(&d, no_dates[i], &e), QP_EINVAL);
    assert_int_equal(qp_calendar_date(&d, "2024-02-29", &e), 0);
}

static void holidays_are_known_until_the_stated_day_else_the_year_of_the_latest_date(void **state)
{
    (void)state;
    struct qp_calendar *c = suzhou();
    assert_int_equal(qp_calendar_known_us(c), at("2027-01-01"));
    qp_calendar_free(c);
    struct qp_calendar_form f = {"a", office, 2, NULL, 0, NULL, 0, QP_CALENDAR_NO_DAY};
    assert_int_equal(qp_calendar_new(&c, &f, zone, NULL), 0);
    assert_int_equal(qp_calendar_known_us(c), QP_NEVER_US);
    assert_string_equal(qp_calendar_name(c), "a");
    assert_ptr_equal(qp_calendar_zone(c), zone);
    qp_calendar_free(c);
    f.known_until = day("2026-06-30");
    assert_int_equal(qp_calendar_new(&c, &f, zone, NULL), 0);
    assert_int_equal(qp_calendar_known_us(c), at("2026-07-01"));
    qp_calendar_free(c);
}

static void the_order_in_which_a_form_is_written_changes_nothing(void **state)
{
    (void)state;
    static const struct qp_work_span turned[] = {{WORKDAYS, 870, 1050}, {WORKDAYS, 510, 720}};
    static const char *const off[] = {"2026-03-06", "2026-03-04", NULL};
    static const char *const off2[] = {"2026-03-04", "2026-03-06", NULL};
    struct qp_calendar *a = make("Asia/Shanghai", office, 2, off, NULL);
    int64_t one[200];
    for (int i = 0; i < 200; i++)
        one[i] = qp_calendar_add(a, at("2026-03-01") + i * HOUR, (i % 40) * HOUR);
    qp_calendar_free(a);
    a = make("Asia/Shanghai", turned, 2, off2, NULL);
    for (int i = 0; i < 200; i++)
        assert_int_equal(one[i], qp_calendar_add(a, at("2026-03-01") + i * HOUR, (i % 40) * HOUR));
    qp_calendar_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_time_is_counted_over_the_noon_break_the_night_and_the_week_end),
        cmocka_unit_test(a_holiday_has_no_hours_and_a_make_up_day_has_those_of_the_first_weekday),
        cmocka_unit_test(an_amount_ends_at_closing_time_and_never_at_the_next_opening),
        cmocka_unit_test(nothing_at_all_ends_at_the_first_working_moment),
        cmocka_unit_test(closes_of_business_are_counted_after_from_and_up_to_to),
        cmocka_unit_test(adding_and_going_back_are_each_others_inverse_for_ten_years),
        cmocka_unit_test(beyond_the_days_that_it_knows_nobody_works),
        cmocka_unit_test(a_day_of_twenty_three_hours_has_twenty_three),
        cmocka_unit_test(an_end_that_is_skipped_is_the_change_and_of_a_repeated_hour_the_first_begins),
        cmocka_unit_test(a_day_that_never_was_has_no_hours_and_no_close),
        cmocka_unit_test(a_clock_set_back_over_midnight_does_not_bring_the_day_back),
        cmocka_unit_test(every_mistake_of_a_form_is_told_with_its_place),
        cmocka_unit_test(a_calendar_in_which_nobody_works_is_refused),
        cmocka_unit_test(the_parts_of_a_form_are_read_or_refused_with_a_sentence),
        cmocka_unit_test(holidays_are_known_until_the_stated_day_else_the_year_of_the_latest_date),
        cmocka_unit_test(the_order_in_which_a_form_is_written_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, free_zone);
}
