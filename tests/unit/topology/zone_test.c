/* zone_test.c: zones, rules, buckets and times as text (topology/zone.c, zone_rule.c, civil.c). What python's
 * zoneinfo can judge is judged by zone_oracle.py; here is the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/zone.h"
#include "topology/zone_rule.h"

static struct qp_zone *load(const char *name)
{
    struct qp_zone *z;
    struct qp_err e;
    if (qp_zone_load(&z, name, &e))
        fail_msg("%s", e.text);
    return z;
}

static int64_t utc(const char *text)
{
    int64_t at_us;
    struct qp_err e;
    if (qp_time_parse(&at_us, text, &e))
        fail_msg("%s", e.text);
    return at_us;
}

static void days_and_dates_are_each_others_inverse(void **state)
{
    (void)state;
    assert_int_equal(qp_days_from_civil(1970, 1, 1), 0);
    assert_int_equal(qp_days_from_civil(2000, 3, 1), 11017);
    assert_int_equal(qp_days_from_civil(1600, 2, 29), -135081);
    int32_t expect = qp_days_from_civil(-5, 1, 1);
    for (int year = -5; year < 2405; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= 28; day++) {
                int32_t n = qp_days_from_civil(year, month, day);
                int y, m, d;
                qp_civil_from_days(n, &y, &m, &d);
                assert_true(y == year && m == month && d == day);
                assert_true(n >= expect && n <= expect + 3);
                expect = n + 1;
            }
}

static void an_unknown_zone_says_what_to_do(void **state)
{
    (void)state;
    struct qp_zone *z;
    struct qp_err e;
    assert_int_equal(qp_zone_load(&z, "Asia/Suzhou", &e), QP_ENOTFOUND);
    assert_non_null(strstr(e.text, "tzdata"));
    assert_int_equal(qp_zone_load(&z, "America", &e), QP_ENOTFOUND); /* a folder */
    static const char *const bad[] = {"",        "../etc/passwd",  "/etc/passwd", "Asia/../UTC",
                                      ".hidden", "Asia//Shanghai", "a b",         "Asia/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(qp_zone_load(&z, bad[i], &e), QP_EINVAL);
        assert_null(z);
    }
    assert_int_equal(qp_zone_load(&z, "tzdata.zi", &e), QP_EINVAL); /* a file, but not of this kind */
}

static void a_repeated_hour_is_the_first_and_a_skipped_one_goes_by_the_offset_before(void **state)
{
    (void)state;
    struct qp_zone *z = load("America/New_York");
    struct qp_civil c = {2011, 11, 6, 1, 30, 0};
    assert_int_equal(qp_zone_instant(z, &c), utc("2011-11-06T05:30:00Z"));
    c = (struct qp_civil){2011, 3, 13, 2, 30, 0};
    assert_int_equal(qp_zone_instant(z, &c), utc("2011-03-13T07:30:00Z"));
    assert_int_equal(qp_zone_offset_s(z, utc("2011-03-13T07:00:00Z")), -4 * 3600);
    assert_int_equal(qp_zone_offset_s(z, utc("2011-03-13T06:59:59.999999Z")), -5 * 3600);
    assert_string_equal(qp_zone_name(z), "America/New_York");
    qp_zone_free(z);
}

static void two_repeated_hours_are_two_buckets(void **state)
{
    (void)state;
    struct qp_zone *z = load("America/New_York");
    char text[32];
    int32_t first = qp_bucket_hour(z, utc("2011-11-06T05:30:00Z"));
    int32_t second = qp_bucket_hour(z, utc("2011-11-06T06:30:00Z"));
    assert_int_equal(second - first, 60);
    qp_bucket_hour_text(text, z, first);
    assert_string_equal(text, "2011-11-06T01:00-04:00");
    qp_bucket_hour_text(text, z, second);
    assert_string_equal(text, "2011-11-06T01:00-05:00");
    assert_int_equal(qp_bucket_day(z, utc("2011-11-06T06:30:00Z")), qp_days_from_civil(2011, 11, 6));
    /* that local day has 25 hours */
    int32_t day = qp_days_from_civil(2011, 11, 6);
    assert_int_equal(qp_day_start(z, day + 1) - qp_day_start(z, day), INT64_C(25) * 3600 * 1000000);
    qp_zone_free(z);
}

static void half_hour_changes_keep_hours_apart(void **state)
{
    (void)state;
    struct qp_zone *z = load("Australia/Lord_Howe");
    char text[32];
    /* on 2020-04-05 at 02:00 +11 the clock goes back to 01:30 +10:30 */
    int32_t first = qp_bucket_hour(z, utc("2020-04-04T14:45:00Z"));
    int32_t second = qp_bucket_hour(z, utc("2020-04-04T15:15:00Z"));
    assert_int_equal(second - first, 60);
    qp_bucket_hour_text(text, z, first);
    assert_string_equal(text, "2020-04-05T01:00+11:00");
    qp_bucket_hour_text(text, z, second);
    assert_string_equal(text, "2020-04-05T01:00+10:30");
    qp_zone_free(z);
}

static void a_day_without_midnight_begins_where_the_gap_ends(void **state)
{
    (void)state;
    struct qp_zone *z = load("America/Sao_Paulo");
    /* 2018-11-04 began at 01:00 */
    assert_int_equal(qp_day_start(z, qp_days_from_civil(2018, 11, 4)), utc("2018-11-04T01:00:00-02:00"));
    qp_zone_free(z);
    z = load("America/Toronto"); /* on 1919-03-30 at 23:30 the clock went on to 00:30 */
    assert_int_equal(qp_day_start(z, qp_days_from_civil(1919, 3, 31)), utc("1919-03-31T00:30:00-04:00"));
    qp_zone_free(z);
    z = load("Pacific/Apia"); /* had no 30 December 2011 at all */
    int32_t day = qp_days_from_civil(2011, 12, 30);
    assert_int_equal(qp_day_start(z, day), qp_day_start(z, day + 1));
    qp_zone_free(z);
}

static void iso_weeks_belong_to_the_year_of_their_thursday(void **state)
{
    (void)state;
    static const struct {
        int y, m, d;
        const char *week;
    } v[] = {
        {2011, 7, 1, "2011-W26"},   {2005, 1, 1, "2004-W53"}, {2005, 1, 2, "2004-W53"},
        {2005, 12, 31, "2005-W52"}, {2007, 1, 1, "2007-W01"}, {2008, 12, 29, "2009-W01"},
        {2009, 12, 31, "2009-W53"}, {2010, 1, 3, "2009-W53"}, {2010, 1, 4, "2010-W01"},
        {2020, 12, 31, "2020-W53"}, {2021, 1, 1, "2020-W53"}, {2024, 12, 30, "2025-W01"},
        {1969, 12, 31, "1970-W01"}, {1970, 1, 1, "1970-W01"}, {1969, 12, 28, "1969-W52"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char text[32];
        int32_t monday = qp_bucket_week(qp_days_from_civil(v[i].y, v[i].m, v[i].d));
        qp_bucket_week_text(text, monday);
        assert_string_equal(text, v[i].week);
        assert_int_equal(qp_bucket_week(monday), monday);
    }
}

static void buckets_print_their_keys(void **state)
{
    (void)state;
    char text[32];
    struct qp_zone *z = load("UTC");
    qp_bucket_day_text(text, qp_days_from_civil(2011, 7, 1));
    assert_string_equal(text, "2011-07-01");
    int32_t month = qp_bucket_month(qp_days_from_civil(2011, 7, 31));
    assert_int_equal(month, 2011 * 12 + 6);
    qp_bucket_month_text(text, month);
    assert_string_equal(text, "2011-07");
    qp_bucket_month_text(text, 2011 * 12 + 11);
    assert_string_equal(text, "2011-12");
    qp_bucket_hour_text(text, z, qp_bucket_hour(z, -1));
    assert_string_equal(text, "1969-12-31T23:00+00:00");
    qp_zone_free(z);
}

static void a_rule_beyond_the_table_is_read_in_all_its_forms(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *at;
        int32_t offset_s;
    } v[] = {
        {"EST5EDT,M3.2.0,M11.1.0", "2100-07-01T00:00:00Z", -14400},
        {"EST5EDT,M3.2.0,M11.1.0", "2100-12-01T00:00:00Z", -18000},
        {"<+03>-3", "2100-01-01T00:00:00Z", 10800},
        {"<+0545>-5:45", "2100-01-01T00:00:00Z", 20700},
        /* winter time as the exception (Dublin) */
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2100-07-01T00:00:00Z", 3600},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2100-01-01T00:00:00Z", 0},
        /* hours beyond a day, and before it */
        {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2040-03-23T23:59:59Z", 7200},
        {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2040-03-24T00:00:00Z", 10800},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2040-03-25T00:59:59Z", -7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2040-03-25T01:00:00Z", -3600},
        /* Jn never counts 29 February, n does: both name 1 March here */
        {"AAA0BBB,J60/0,J61/0", "2044-03-01T00:00:00Z", 3600},
        {"AAA0BBB,J60/0,J61/0", "2044-02-29T12:00:00Z", 0},
        {"AAA0BBB,60/0,61/0", "2044-03-01T00:00:00Z", 3600},
        {"AAA0BBB,60/0,61/0", "2044-02-29T23:59:59Z", 0},
        /* summer time all the year */
        {"XXX3EDT4,0/0,J365/23", "2040-01-01T03:00:00Z", -14400},
        {"XXX3EDT4,0/0,J365/23", "2040-07-01T00:00:00Z", -14400},
        {"XXX3EDT4,0/0,J365/23", "2041-01-01T02:59:59Z", -14400},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_zone_rule r;
        struct qp_zone_span s;
        if (!qp_zone_rule_parse(&r, v[i].rule, strlen(v[i].rule)))
            fail_msg("%s is not read", v[i].rule);
        qp_zone_rule_span(&s, &r, utc(v[i].at) / 1000000);
        if (s.offset_s != v[i].offset_s)
            fail_msg("%s at %s: %d, want %d", v[i].rule, v[i].at, (int)s.offset_s, (int)v[i].offset_s);
    }
}

static void a_damaged_rule_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "E5",
        "EST",
        "EST5EDT",
        "EST5EDT,M3.2.0",
        "EST5EDT,M13.2.0,M11.1.0",
        "EST25",
        "<+03-3",
        "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0",
        "EST5EDT,J0,J1",
        "EST5EDT,366,1",
        "EST5EDT,M3.2.0/168,M11.1.0",
        "EST5EDT,M3.2.0,M11.1.0x",
        "EST5:60",
        "EST5EDT,M3.2.0,M11.1.0,",
    };
    struct qp_zone_rule r;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (qp_zone_rule_parse(&r, bad[i], strlen(bad[i])))
            fail_msg("\"%s\" is taken", bad[i]);
}

static void times_are_written_and_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } v[] = {
        {"2026-03-01T08:00:00Z", "2026-03-01T08:00:00.000Z"},
        {"2026-03-01t08:00:00.1239+08:00", "2026-03-01T00:00:00.123Z"},
        {"2026-03-01 08:00:00.123456789-00:30", "2026-03-01T08:30:00.123Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
        {"0001-01-01T00:00:00z", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char text[32];
        qp_time_text(text, utc(v[i].in));
        assert_string_equal(text, v[i].out);
    }
    assert_int_equal(utc("1970-01-01T00:00:00.0000015Z"), 1);
}

static void a_bad_time_is_refused_and_says_why(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "YYYY-MM-DD"},
        {"2026", "YYYY-MM-DD"},
        {"2026-3-01T08:00:00Z", "YYYY-MM-DD"},
        {"2026-13-01T08:00:00Z", "month"},
        {"2026-00-01T08:00:00Z", "month"},
        {"2026-02-29T08:00:00Z", "day"},
        {"1900-02-29T08:00:00Z", "day"},
        {"2026-01-00T08:00:00Z", "day"},
        {"2026-01-01", "time of day is missing"},
        {"2026-01-01X08:00:00Z", "comes T"},
        {"2026-01-01T", "HH:MM:SS"},
        {"2026-01-01T24:00:00Z", "no such time"},
        {"2026-01-01T08:60:00Z", "no such time"},
        {"2026-01-01T08:00:61Z", "no such time"},
        {"2026-01-01T08:00Z", "seconds"},
        {"2026-01-01T08:00:00", "offset"},
        {"2026-01-01T08:00:00.Z", "fraction"},
        {"2026-01-01T08:00:00.1234567890Z", "fraction"},
        {"2026-01-01T08:00:00+8:00", "offset"},
        {"2026-01-01T08:00:00+08", "offset"},
        {"2026-01-01T08:00:00+24:00", "offset"},
        {"2026-01-01T08:00:00Zx", "follows"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_err e;
        int64_t at_us;
        assert_int_equal(qp_time_parse(&at_us, bad[i][0], &e), QP_EINVAL);
        if (!strstr(e.text, bad[i][1]))
            fail_msg("%s: \"%s\" does not say %s", bad[i][0], e.text, bad[i][1]);
    }
}

static void a_local_time_may_leave_out_what_the_zone_knows(void **state)
{
    (void)state;
    struct qp_zone *z = load("America/New_York");
    static const char *const v[][2] = {
        {"2011-07-01", "2011-07-01T04:00:00Z"},
        {"2011-12-01", "2011-12-01T05:00:00Z"},
        {"2011-07-01T05:00", "2011-07-01T09:00:00Z"},
        {"2011-07-01T05:00-04:00", "2011-07-01T09:00:00Z"},
        {"2011-07-01 05:00:30.5", "2011-07-01T09:00:30.5Z"},
        {"2011-07-01T05:00:00Z", "2011-07-01T05:00:00Z"},
        {"2011-11-06T01:30", "2011-11-06T05:30:00Z"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        int64_t at_us;
        assert_int_equal(qp_time_parse_local(&at_us, v[i][0], z, NULL), 0);
        assert_int_equal(at_us, utc(v[i][1]));
    }
    int64_t at_us;
    assert_int_equal(qp_time_parse_local(&at_us, "yesterday", z, NULL), QP_EINVAL);
    qp_zone_free(z);
}

static void people_read_local_time_with_its_offset(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *utc, *minute, *second;
    } v[] = {
        {"Asia/Shanghai", "2026-03-01T16:30:07Z", "2026-03-02 00:30+08:00", "2026-03-02 00:30:07+08:00"},
        {"America/New_York", "2011-11-06T05:30:00Z", "2011-11-06 01:30-04:00", "2011-11-06 01:30:00-04:00"},
        {"America/New_York", "2011-11-06T06:30:00Z", "2011-11-06 01:30-05:00",
         "2011-11-06 01:30:00-05:00"}, /* the hour that comes twice */
        {"Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01 05:30+05:30", "2026-01-01 05:30:00+05:30"},
        {"UTC", "1969-12-31T23:59:59Z", "1969-12-31 23:59+00:00", "1969-12-31 23:59:59+00:00"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_zone *z;
        char text[40];
        int64_t at_us;
        assert_int_equal(qp_zone_load(&z, v[i].zone, NULL), 0);
        assert_int_equal(qp_time_parse(&at_us, v[i].utc, NULL), 0);
        qp_local_text(text, z, at_us, false);
        assert_string_equal(text, v[i].minute);
        qp_local_text(text, z, at_us, true);
        assert_string_equal(text, v[i].second);
        qp_zone_free(z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_dates_are_each_others_inverse),
        cmocka_unit_test(an_unknown_zone_says_what_to_do),
        cmocka_unit_test(a_repeated_hour_is_the_first_and_a_skipped_one_goes_by_the_offset_before),
        cmocka_unit_test(two_repeated_hours_are_two_buckets),
        cmocka_unit_test(half_hour_changes_keep_hours_apart),
        cmocka_unit_test(a_day_without_midnight_begins_where_the_gap_ends),
        cmocka_unit_test(iso_weeks_belong_to_the_year_of_their_thursday),
        cmocka_unit_test(buckets_print_their_keys),
        cmocka_unit_test(a_rule_beyond_the_table_is_read_in_all_its_forms),
        cmocka_unit_test(a_damaged_rule_is_refused),
        cmocka_unit_test(times_are_written_and_read_back),
        cmocka_unit_test(a_bad_time_is_refused_and_says_why),
        cmocka_unit_test(a_local_time_may_leave_out_what_the_zone_knows),
        cmocka_unit_test(people_read_local_time_with_its_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
