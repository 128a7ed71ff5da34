/* clock_test.c: how a clock moves, by the sentences of the rules (topology/RULES.md, CL1 to CL8, PO4). */
#include "tests/unit/matter/clock_rig.h"

/* ---- starts and dues (CL2) ---- */

static void each_unit_is_used_up_at_its_earliest_moment(void **state)
{
    (void)state;
    static const struct {
        const char *amount, *from, *due;
    } rows[] = {
        {"0s", "2026-03-02 09:00", "2026-03-02 09:00"},
        {"90m", "2026-03-02 23:00", "2026-03-03 00:30"},
        {"3d", "2026-03-02 23:00:00.5", "2026-03-05 23:00:00.5"},
        {"2wh", "2026-03-02 16:30", "2026-03-03 09:30"},
        {"1wh", "2026-03-02 16:30", "2026-03-02 17:30"},
        {"0wh", "2026-03-02 12:00", "2026-03-02 14:30"},
        {"0wm", "2026-03-02 11:59:59", "2026-03-02 11:59:59"},
        {"1wd", "2026-03-02 08:00", "2026-03-03 17:30"},
        {"1wd", "2026-03-02 17:30", "2026-03-03 17:30"},
        {"1wd", "2026-03-02 23:59:59", "2026-03-03 17:30"},
        {"1wd", "2026-03-07 10:00", "2026-03-09 17:30"},
        {"3wd", "2026-02-13 15:00", "2026-02-25 17:30"},
        {"5wd", "2026-02-24 09:00", "2026-03-02 17:30"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qp_clock c = start(rows[i].amount, rows[i].from);
        is_due(&c, rows[i].due);
        assert_false(qp_clock_missed(&c, qp_clock_due(&c)));
        assert_true(qp_clock_missed(&c, qp_clock_due(&c) + 1));
    }
}

static void the_same_local_time_later_is_the_first_moment_that_shows_it(void **state)
{
    (void)state;
    struct qp_zone *berlin;
    struct qp_calendar *cal;
    struct qp_clock c;
    static const struct qp_work_span weekly[] = {{0x7f, 0, 1440}};
    struct qp_calendar_form f = {"b", weekly, 1, NULL, 0, NULL, 0, QP_CALENDAR_NO_DAY};
    assert_int_equal(qp_zone_load(&berlin, "Europe/Berlin", NULL), 0);
    assert_int_equal(qp_calendar_new(&cal, &f, berlin, NULL), 0);
    static const struct {
        const char *amount, *from, *due;
    } rows[] = {
        {"1d", "2026-03-28T02:30:00+01:00", "2026-03-29T01:00:00Z"}, /* 02:30 is skipped: the change */
        {"1d", "2026-10-24T02:30:00+02:00", "2026-10-25T00:30:00Z"}, /* 02:30 comes twice: the first */
        {"2d", "2026-10-24T12:00:00+02:00", "2026-10-26T12:00:00+01:00"},
        {"0d", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"}, /* never before the start */
        {"1d", "2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qp_duration d = amount(rows[i].amount);
        assert_int_equal(qp_clock_start(&c, QP_CLOCK_CLOSE, &d, "", cal, at(rows[i].from), NULL), 0);
        is_due(&c, rows[i].due);
    }
    qp_calendar_free(cal);
    qp_zone_free(berlin);
}

static void the_own_day_does_not_come_back_when_the_clock_is_set_back_over_midnight(void **state)
{
    (void)state;
    struct qp_zone *z;
    struct qp_calendar *cal;
    struct qp_clock c;
    static const struct qp_work_span weekly[] = {{0x7f, 540, 1020}};
    struct qp_calendar_form f = {"j", weekly, 1, NULL, 0, NULL, 0, QP_CALENDAR_NO_DAY};
    struct qp_duration d = amount("1wd");
    assert_int_equal(qp_zone_load(&z, "America/St_Johns", NULL), 0);
    assert_int_equal(qp_calendar_new(&cal, &f, z, NULL), 0);
    /* 2009-11-01 00:01 became 2009-10-31 23:01: a quarter of an hour later it is still 1 November's clock */
    assert_int_equal(qp_clock_start(&c, QP_CLOCK_CLOSE, &d, "", cal, at("2009-11-01T02:45:00Z"), NULL), 0);
    is_due(&c, "2009-11-02T17:00:00-03:30");
    qp_calendar_free(cal);
    qp_zone_free(z);
}

static void a_day_that_is_made_up_has_the_hours_of_the_first_weekday_that_has_any(void **state)
{
    (void)state;
    struct qp_calendar *cal;
    struct qp_clock c;
    static const struct qp_work_span weekly[] = {{1 << 3, 600, 660},
                                                 {1 << 1, 480, 1020}}; /* Thursday, Tuesday */
    int32_t on[1];
    assert_int_equal(qp_calendar_date(&on[0], "2026-03-07", NULL), 0);
    struct qp_calendar_form f = {"t", weekly, 2, NULL, 0, on, 1, QP_CALENDAR_NO_DAY};
    struct qp_duration d = amount("3wh");
    assert_int_equal(qp_calendar_new(&cal, &f, zone, NULL), 0);
    assert_int_equal(qp_clock_start(&c, QP_CLOCK_CLOSE, &d, "", cal, at("2026-03-06 12:00"), NULL), 0);
    is_due(&c, "2026-03-07 11:00");
    qp_calendar_free(cal);
}

static void a_clock_that_would_outlast_the_calendar_does_not_start(void **state)
{
    (void)state;
    struct qp_clock c;
    struct qp_err e;
    struct qp_duration d = amount("876600wh");
    assert_int_equal(qp_clock_start(&c, QP_CLOCK_CLOSE, &d, "", office, at("2026-01-01"), &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "876600wh"));
    d = amount("1h");
    assert_int_equal(qp_clock_start(&c, QP_CLOCK_CLOSE, &d, "", NULL, at("1850-01-01"), &e), QP_EINVAL);
    assert_int_equal(qp_clock_start(&c, QP_CLOCK_CLOSE, &d, "", NULL, INT64_MAX, &e), QP_EINVAL);
}

/* ---- pauses (CL3) ---- */

static void what_is_left_waits_in_the_clocks_own_measure(void **state)
{
    (void)state;
    struct qp_clock h = start("4h", "2026-03-02 10:00"), wh = start("4wh", "2026-03-02 10:00"),
                    wd = start("2wd", "2026-03-02 10:00");
    pause(&h, "2026-03-02 11:00", NULL);
    pause(&wh, "2026-03-02 11:00", NULL);
    pause(&wd, "2026-03-03 11:00", NULL);
    assert_int_equal(qp_clock_due(&h), QP_NEVER_US);
    assert_int_equal(qp_clock_left(&h, office, at("2030-01-01")), 3 * H);
    assert_int_equal(qp_clock_left(&wh, office, at("2030-01-01")), 3 * H);
    assert_int_equal(qp_clock_left(&wd, office, at("2030-01-01")), 2);
    assert_int_equal(qp_clock_resume(&h, office, at("2026-03-05 18:00"), NULL), 0);
    assert_int_equal(qp_clock_resume(&wh, office, at("2026-03-05 18:00"), NULL), 0);
    assert_int_equal(qp_clock_resume(&wd, office, at("2026-03-05 18:00"), NULL), 0);
    is_due(&h, "2026-03-05 21:00");
    is_due(&wh, "2026-03-06 11:30");
    is_due(&wd, "2026-03-09 17:30");
}

static void a_pause_outside_the_hours_changes_nothing_for_working_time(void **state)
{
    (void)state;
    struct qp_clock c = start("8wh", "2026-03-02 10:00"), before = c;
    pause(&c, "2026-03-02 12:00", "2026-03-02 14:30");
    pause(&c, "2026-03-02 17:30", "2026-03-03 08:30");
    assert_int_equal(c.due_us, before.due_us);
    pause(&c, "2026-03-03 09:00", "2026-03-03 09:00:01");
    assert_int_equal(c.due_us, before.due_us + S);
}

static void a_close_is_lost_to_a_pause_that_begins_before_it_and_ends_at_or_after_it(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *due;
    } rows[] = {
        {"2026-03-03 09:00", "2026-03-03 17:29:59", "2026-03-03 17:30"},
        {"2026-03-03 09:00", "2026-03-03 17:30", "2026-03-04 17:30"},
        {"2026-03-03 17:29:59.999999", "2026-03-04 09:00", "2026-03-04 17:30"},
        {"2026-03-03 17:30", "2026-03-04 09:00",
         "2026-03-03 17:30"}, /* it was used up when the pause began */
        {"2026-03-02 12:00", "2026-03-02 18:00", "2026-03-03 17:30"}, /* the own day's close does not count */
        {"2026-03-02 12:00", "2026-03-03 18:00", "2026-03-04 17:30"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qp_clock c = start("1wd", "2026-03-02 10:00");
        pause(&c, rows[i].from, rows[i].to);
        is_due(&c, rows[i].due);
    }
}

static void what_was_used_up_before_a_pause_stays_used_up(void **state)
{
    (void)state;
    struct qp_clock c = start("2h", "2026-03-02 10:00");
    pause(&c, "2026-03-02 12:00", NULL);
    is_due(&c, "2026-03-02 12:00");
    assert_true(qp_clock_missed(&c, at("2026-03-02 12:00:01")));
    assert_int_equal(qp_clock_resume(&c, office, at("2026-03-09 12:00"), NULL), 0);
    is_due(&c, "2026-03-02 12:00");
    assert_int_equal(qp_clock_end(&c, QP_CLOCK_DONE, at("2026-03-09 12:00"), NULL), 0);
    assert_true(qp_clock_missed(&c, 0));
}

static void a_clock_that_ends_while_it_is_paused_is_met(void **state)
{
    (void)state;
    struct qp_clock c = start("2h", "2026-03-02 10:00");
    pause(&c, "2026-03-02 11:00", NULL);
    assert_int_equal(qp_clock_end(&c, QP_CLOCK_DONE, at("2026-03-09 12:00"), NULL), 0);
    assert_false(qp_clock_missed(&c, at("2027-01-01")));
    assert_int_equal(qp_clock_used_us(&c, office, INT64_MIN, INT64_MAX), H);
}

static void a_time_before_the_last_change_counts_as_that_changes_own(void **state)
{
    (void)state;
    struct qp_clock c = start("2h", "2026-03-02 10:00");
    pause(&c, "2026-03-02 09:00", "2026-03-02 08:00");
    assert_int_equal(c.pauses[0].from_us, c.start_us);
    assert_int_equal(c.pauses[0].to_us, c.start_us);
    assert_int_equal(qp_clock_end(&c, QP_CLOCK_DONE, at("2026-03-01 00:00"), NULL), 0);
    assert_int_equal(c.ended_us, c.start_us);
    c = start("2h", "2026-03-02 10:00");
    assert_int_equal(qp_clock_pause(&c, office, INT64_MAX, NULL), 0);
    assert_int_equal(qp_clock_resume(&c, office, INT64_MAX, NULL), 0);
    is_due(&c, "2026-03-02 12:00");
}

static void more_pauses_than_are_kept_are_refused_and_nothing_changes(void **state)
{
    (void)state;
    struct qp_clock c = start("9h", "2026-03-02 10:00");
    struct qp_err e;
    for (int i = 0; i < QP_CLOCK_PAUSES_MAX; i++)
        pause(&c, "2026-03-02 11:00", "2026-03-02 11:00");
    struct qp_clock before = c;
    assert_int_equal(qp_clock_pause(&c, office, at("2026-03-02 12:00"), &e), QP_ESTEP);
    assert_non_null(strstr(e.text, "32 times"));
    assert_memory_equal(&c, &before, sizeof c);
    is_due(&c, "2026-03-02 19:00");
}

/* ---- a stated deadline (CL3) ---- */

static void of_a_stated_deadline_and_the_rule_the_earlier_counts_and_an_importers_stands(void **state)
{
    (void)state;
    struct qp_clock c = start("2wd", "2026-03-02 10:00");
    assert_false(qp_clock_state(&c, office, at("2026-03-05 10:00"), false));
    is_due(&c, "2026-03-04 17:30");
    assert_true(qp_clock_state(&c, office, at("2026-03-03 10:00"), false));
    is_due(&c, "2026-03-03 10:00");
    assert_true(qp_clock_state(&c, office, at("2026-04-03 10:00"), true));
    is_due(&c, "2026-04-03 10:00");
    struct qp_duration hour = amount("1h");
    assert_false(qp_clock_sort(&c, &hour, "x", office, at("2026-03-02 11:00")));
    is_due(&c, "2026-04-03 10:00");
    qp_clock_start_stated(&c, QP_CLOCK_CLOSE, at("2026-03-02 12:00"), false, at("2026-03-02 10:00"));
    pause(&c, "2026-03-02 11:00", "2026-03-02 13:00");
    is_due(&c, "2026-03-02 14:00");
    assert_true(qp_clock_sort(&c, &hour, "x", office, at("2026-03-02 13:00")));
    is_due(&c, "2026-03-02 11:00");
    assert_string_equal(c.rule, "x");
}

static void a_pause_over_a_stated_deadline_never_makes_it_missed(void **state)
{
    (void)state;
    struct qp_clock wd = start("2wd", "2026-03-02 10:00"), wh = start("20wh", "2026-03-02 10:00");
    qp_clock_state(&wd, office, at("2026-03-03 15:00"), false);
    qp_clock_state(&wh, office, at("2026-03-03 15:00"), false);
    pause(&wd, "2026-03-03 14:45", "2026-03-03 16:00"); /* the close of that day is still to pass */
    is_due(&wd, "2026-03-03 17:30");
    pause(&wh, "2026-03-03 14:45", "2026-03-03 16:00");
    is_due(&wh, "2026-03-03 16:15");
}

/* ---- extensions and sorting (CL5) ---- */

static void an_extension_asked_for_in_time_and_granted_late_is_not_missed(void **state)
{
    (void)state;
    struct qp_err e;
    struct qp_clock c = start("2wh", "2026-03-02 09:00"), late = c;
    assert_int_equal(qp_clock_extend(&c, office, at("2026-03-04 12:00"), at("2026-03-02 11:00"), &e), 0);
    is_due(&c, "2026-03-04 12:00");
    assert_int_equal(
        qp_clock_extend(&late, office, at("2026-03-04 12:00"), at("2026-03-02 11:00:00.000001"), &e),
        QP_ESTEP);
    assert_non_null(strstr(e.text, "stays missed"));
    assert_int_equal(qp_clock_extend(&c, office, at("2026-03-04 12:00"), at("2026-03-03 09:00"), &e),
                     QP_EINVAL);
    assert_int_equal(qp_clock_end(&c, QP_CLOCK_DONE, at("2026-03-04 12:00"), NULL), 0);
    assert_false(qp_clock_missed(&c, 0));
    assert_int_equal(qp_clock_extend(&c, office, at("2026-03-05 12:00"), at("2026-03-03 09:00"), &e),
                     QP_ESTEP);
    assert_non_null(strstr(e.text, "has no effect"));
}

static void an_extension_of_a_paused_clock_gives_it_more_to_count(void **state)
{
    (void)state;
    struct qp_clock c = start("2wh", "2026-03-02 09:00"), late = c;
    pause(&c, "2026-03-02 10:00", NULL);
    assert_int_equal(qp_clock_extend(&c, office, at("2026-03-02 16:30"), at("2026-03-20 10:00"), NULL), 0);
    assert_int_equal(qp_clock_due(&c), QP_NEVER_US);
    assert_int_equal(c.left, 4 * H);
    assert_int_equal(qp_clock_resume(&c, office, at("2026-03-03 08:30"), NULL), 0);
    is_due(&c, "2026-03-03 15:00");
    pause(&late, "2026-03-02 15:00", NULL); /* after its due of 11:00 */
    assert_int_equal(qp_clock_extend(&late, office, at("2026-03-02 16:30"), at("2026-03-02 10:00"), NULL), 0);
    assert_int_equal(late.left, H * 3 / 2);
    assert_int_equal(qp_clock_resume(&late, office, at("2026-03-03 08:30"), NULL), 0);
    is_due(&late, "2026-03-03 10:00");
}

static void sorting_moves_a_due_only_earlier_from_the_own_start_with_the_pauses_kept(void **state)
{
    (void)state;
    struct qp_duration wd5 = amount("5wd"), wd1 = amount("1wd"), h1 = amount("1h");
    struct qp_clock c = start("2wd", "2026-03-02 09:00");
    pause(&c, "2026-03-02 10:00", "2026-03-03 18:00");
    is_due(&c, "2026-03-05 17:30");
    assert_false(qp_clock_sort(&c, &wd5, "2026-1 B office", office, at("2026-03-04 09:00")));
    assert_string_equal(c.rule, "2026-1 A0102 office");
    assert_true(qp_clock_sort(&c, &wd1, "2026-1 B office", office, at("2026-03-04 09:00")));
    is_due(&c, "2026-03-04 17:30");
    assert_string_equal(c.rule, "2026-1 B office");
    assert_true(qp_clock_sort(&c, &h1, "2026-1 C office", office, at("2026-03-04 09:00")));
    is_due(&c, "2026-03-02 10:00"); /* already past: counted from its start */
    assert_int_equal(qp_clock_extend(&c, office, at("2026-03-09 10:00"), at("2026-03-02 09:30"), NULL), 0);
    assert_false(qp_clock_sort(&c, &h1, "x", office, at("2026-03-04 09:30")));
    is_due(&c, "2026-03-09 10:00");
}

/* ---- a newer calendar (PO4) ---- */

static void a_newer_calendar_makes_a_running_clock_later_and_never_earlier(void **state)
{
    (void)state;
    struct qp_clock c = start("3wd", "2026-03-10 09:00"), old = c;
    is_due(&c, "2026-03-13 17:30");
    assert_true(qp_clock_later(&c, amended, "2026-2", at("2026-03-11 09:00")));
    is_due(&c, "2026-03-17 17:30");
    assert_string_equal(c.later_by, "2026-2");
    assert_string_equal(c.rule, old.rule);
    assert_false(qp_clock_later(&c, office, "2026-3", at("2026-03-11 10:00")));
    is_due(&c, "2026-03-17 17:30");
    assert_false(
        qp_clock_later(&old, amended, "2026-2", at("2026-03-13 17:30:01"))); /* missed stays missed */
    assert_true(qp_clock_later(&old, amended, "2026-2", at("2026-03-13 17:30")));
    struct qp_clock stated = start("3wd", "2026-03-10 09:00");
    qp_clock_state(&stated, office, at("2026-03-12 17:00"), false);
    assert_false(qp_clock_later(&stated, amended, "2026-2", at("2026-03-11 09:00")));
}

static void a_paused_clock_gets_more_of_its_measure_by_a_newer_calendar(void **state)
{
    (void)state;
    struct qp_clock c = start("20wh", "2026-03-11 09:00");
    pause(&c, "2026-03-13 09:00", NULL); /* 12 March was worked by the old calendar: 6.5 h */
    assert_int_equal(c.left, 20 * H - 6 * H - H * 13 / 2 - H / 2);
    assert_true(qp_clock_later(&c, amended, "2026-2", at("2026-03-14 09:00")));
    assert_int_equal(c.left, 14 * H);
    assert_int_equal(qp_clock_due(&c), QP_NEVER_US);
}

static void a_due_beyond_the_announced_holidays_is_provisional(void **state)
{
    (void)state;
    struct qp_clock c = start("3wd", "2026-12-28 09:00");
    assert_false(qp_clock_provisional(&c, office));
    c = start("4wd", "2026-12-28 09:00");
    assert_true(qp_clock_provisional(&c, office));
    c = start("300h", "2026-12-28 09:00");
    assert_false(qp_clock_provisional(&c, office));
}

/* ---- the state table ---- */

static void each_step_is_possible_from_the_states_of_the_table_and_no_others(void **state)
{
    (void)state;
    static const char *const table[] = {/* running held idle ended */
                                        "pause  x...", "resume .xx.", "extend xxx.", "sort   xxx.",
                                        "later  xxx.", "end    xxx.", "reopen ...x"};
    struct qp_duration zero = amount("0s");
    for (size_t t = 0; t < sizeof table / sizeof *table; t++)
        for (int s = 0; s < 4; s++) {
            struct qp_clock c = start("3wd", "2026-03-10 09:00");
            if (s == 1)
                pause(&c, "2026-03-10 10:00", NULL);
            if (s == 2) {
                c = start("1h", "2026-03-10 09:00");
                pause(&c, "2026-03-10 10:00", NULL);
            }
            if (s == 3)
                assert_int_equal(qp_clock_end(&c, QP_CLOCK_DONE, at("2026-03-10 10:00"), NULL), 0);
            struct qp_clock before = c;
            int64_t now = at("2026-03-10 10:00");
            int rc = -1;
            struct qp_err e = {0};
            switch (t) {
            case 0: rc = qp_clock_pause(&c, office, now, &e); break;
            case 1: rc = qp_clock_resume(&c, office, now, &e); break;
            case 2: rc = qp_clock_extend(&c, office, at("2026-04-10 10:00"), now, &e); break;
            case 3: rc = qp_clock_sort(&c, &zero, "x", office, now) ? 0 : QP_ESTEP; break;
            case 4: /* an hour of natural time knows no calendar: nothing moves */
                rc = qp_clock_later(&c, amended, "x", now) || s == 2 ? 0 : QP_ESTEP;
                break;
            case 5: rc = qp_clock_end(&c, QP_CLOCK_DONE, now, &e); break;
            case 6: rc = qp_clock_reopen(&c, office, now, &e); break;
            }
            if (t == 4 && s == 1)
                rc = rc == QP_ESTEP ? 0 : -1; /* possible, but the same closes are left */
            assert_int_equal(rc, table[t][7 + s] == 'x' ? 0 : QP_ESTEP);
            if (rc == QP_ESTEP)
                assert_memory_equal(&c, &before, sizeof c);
            if (rc == QP_ESTEP && t != 3 && t != 4)
                assert_non_null(strstr(e.text, "the handle clock "));
        }
}

static void reopened_it_goes_on_under_the_old_due(void **state)
{
    (void)state;
    struct qp_clock c = start("3wd", "2026-03-10 09:00"), hung = c;
    assert_int_equal(qp_clock_end(&c, QP_CLOCK_DONE, at("2026-03-11 09:00"), NULL), 0);
    assert_int_equal(qp_clock_reopen(&c, office, at("2026-03-12 09:00"), NULL), 0);
    is_due(&c, "2026-03-13 17:30");
    assert_true(qp_clock_missed(&c, at("2026-03-14 09:00")));
    pause(&hung, "2026-03-11 10:00", NULL);
    assert_int_equal(qp_clock_end(&hung, QP_CLOCK_DONE, at("2026-03-11 11:00"), NULL), 0);
    assert_int_equal(qp_clock_reopen(&hung, office, at("2026-03-12 09:00"), NULL), 0);
    is_due(&hung, "2026-03-16 17:30");
}

/* A link may bring what no node of this code says, and what is sound as far as anybody can see. */
static void what_a_liar_says_is_left_ends_nobody(void **state)
{
    (void)state;
    struct qp_clock c = start("3wd", "2026-03-10 09:00"), far = c;
    pause(&c, "2026-03-10 10:00", NULL);
    c.left = 0; /* not even one close */
    assert_null(qp_clock_fault(&c));
    assert_int_equal(qp_clock_resume(&c, office, at("2026-03-20 09:00"), NULL), 0);
    is_due(&c, "2026-03-20 17:30");
    far.amount = (struct qp_duration){0, QP_UNIT_S};
    far.due_us = QP_CLOCK_MOST_US;
    assert_null(qp_clock_fault(&far));
    assert_int_equal(qp_clock_pause(&far, NULL, at("2026-03-11 09:00"), NULL), 0);
    qp_clock_until(&far, NULL, at("2026-03-12 09:00"));
    assert_int_equal(qp_clock_resume(&far, NULL, at("2026-03-13 09:00"), NULL), 0);
    assert_true(far.due_us == QP_CLOCK_MOST_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_unit_is_used_up_at_its_earliest_moment),
        cmocka_unit_test(the_same_local_time_later_is_the_first_moment_that_shows_it),
        cmocka_unit_test(the_own_day_does_not_come_back_when_the_clock_is_set_back_over_midnight),
        cmocka_unit_test(a_day_that_is_made_up_has_the_hours_of_the_first_weekday_that_has_any),
        cmocka_unit_test(a_clock_that_would_outlast_the_calendar_does_not_start),
        cmocka_unit_test(what_is_left_waits_in_the_clocks_own_measure),
        cmocka_unit_test(a_pause_outside_the_hours_changes_nothing_for_working_time),
        cmocka_unit_test(a_close_is_lost_to_a_pause_that_begins_before_it_and_ends_at_or_after_it),
        cmocka_unit_test(what_was_used_up_before_a_pause_stays_used_up),
        cmocka_unit_test(a_clock_that_ends_while_it_is_paused_is_met),
        cmocka_unit_test(a_time_before_the_last_change_counts_as_that_changes_own),
        cmocka_unit_test(more_pauses_than_are_kept_are_refused_and_nothing_changes),
        cmocka_unit_test(of_a_stated_deadline_and_the_rule_the_earlier_counts_and_an_importers_stands),
        cmocka_unit_test(a_pause_over_a_stated_deadline_never_makes_it_missed),
        cmocka_unit_test(an_extension_asked_for_in_time_and_granted_late_is_not_missed),
        cmocka_unit_test(an_extension_of_a_paused_clock_gives_it_more_to_count),
        cmocka_unit_test(sorting_moves_a_due_only_earlier_from_the_own_start_with_the_pauses_kept),
        cmocka_unit_test(a_newer_calendar_makes_a_running_clock_later_and_never_earlier),
        cmocka_unit_test(a_paused_clock_gets_more_of_its_measure_by_a_newer_calendar),
        cmocka_unit_test(a_due_beyond_the_announced_holidays_is_provisional),
        cmocka_unit_test(each_step_is_possible_from_the_states_of_the_table_and_no_others),
        cmocka_unit_test(reopened_it_goes_on_under_the_old_due),
        cmocka_unit_test(what_a_liar_says_is_left_ends_nobody),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
