/* clock_rig.h: the office of clock_test.c and clock_read_test.c, in Suzhou in 2026: 08:30 to 12:00 and 14:30 to 17:30,
 * Spring Festival from 15 to 23 February, 14 and 28 February made up; and the few moves that they are told in. */
#ifndef QP_TESTS_UNIT_MATTER_CLOCK_RIG_H
#define QP_TESTS_UNIT_MATTER_CLOCK_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "node/matter/clock.h"

#define S INT64_C(1000000)
#define H (3600 * S)

static struct qp_zone *zone;
static struct qp_calendar *office, *amended; /* amended: 12 and 13 March are off as well */

static inline int64_t at(const char *text)
{
    int64_t us = 0;
    struct qp_err e;
    if (qp_time_parse_local(&us, text, zone, &e))
        fail_msg("%s", e.text);
    return us;
}

static inline struct qp_calendar *make(bool newer)
{
    static const struct qp_work_span weekly[] = {{0x1f, 510, 720}, {0x1f, 870, 1050}};
    static const char *const dates[] = {"2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18",
                                        "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22",
                                        "2026-02-23", "2026-03-12", "2026-03-13"};
    static const char *const made_up[] = {"2026-02-14", "2026-02-28"};
    int32_t off[11], on[2];
    struct qp_calendar *c;
    struct qp_err e;
    for (int i = 0; i < 11; i++)
        assert_int_equal(qp_calendar_date(&off[i], dates[i], &e), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(qp_calendar_date(&on[i], made_up[i], &e), 0);
    struct qp_calendar_form f = {"office", weekly, 2, off, newer ? 11 : 9, on, 2, QP_CALENDAR_NO_DAY};
    if (qp_calendar_new(&c, &f, zone, &e))
        fail_msg("%s", e.text);
    return c;
}

static inline int set_up(void **state)
{
    struct qp_err e;
    (void)state;
    assert_int_equal(qp_zone_load(&zone, "Asia/Shanghai", &e), 0);
    office = make(false);
    amended = make(true);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    qp_calendar_free(office);
    qp_calendar_free(amended);
    qp_zone_free(zone);
    return 0;
}

static inline struct qp_duration amount(const char *text)
{
    struct qp_duration d = {0};
    struct qp_err e;
    if (qp_duration_parse(&d, text, &e))
        fail_msg("%s", e.text);
    return d;
}

static inline struct qp_clock start(const char *text, const char *from)
{
    struct qp_clock c;
    struct qp_err e;
    struct qp_duration d = amount(text);
    if (qp_clock_start(&c, QP_CLOCK_HANDLE, &d, "2026-1 A0102 office", office, at(from), &e))
        fail_msg("%s", e.text);
    return c;
}

static inline void pause(struct qp_clock *c, const char *from, const char *to)
{
    assert_int_equal(qp_clock_pause(c, office, at(from), NULL), 0);
    if (to)
        assert_int_equal(qp_clock_resume(c, office, at(to), NULL), 0);
}

static inline void is_due(const struct qp_clock *c, const char *when)
{
    char got[40];
    qp_local_text(got, zone, qp_clock_due(c), true);
    if (qp_clock_due(c) != at(when))
        fail_msg("due %s, not %s", got, when);
}

#endif
