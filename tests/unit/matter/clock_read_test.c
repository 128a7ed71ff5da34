/* clock_read_test.c: what a clock says, by the sentences of the rules (CL4, CL7), and which are sound. */
#include "tests/unit/matter/clock_rig.h"

/* ---- what was used (CL4, CL7) ---- */

static void what_the_holders_used_adds_up_to_what_the_matter_used_to_the_second(void **state)
{
    (void)state;
    struct qp_clock c = start("13wh", "2026-03-02 09:00:00.4");
    pause(&c, "2026-03-02 10:00:00.9", "2026-03-02 11:00:00.2");
    static const char *const hands[] = {"2026-03-02 09:00:00.7", "2026-03-02 10:30:00.3",
                                        "2026-03-03 09:00:00.6", "2026-03-03 10:00:00.1"};
    int64_t from = c.start_us, sum = 0, seconds = 0, elapsed = 0;
    for (size_t i = 0; i < 4; i++) {
        int64_t used = qp_clock_used_us(&c, office, from, at(hands[i]));
        seconds += qp_clock_share_s(sum, used);
        sum += used;
        elapsed += qp_clock_paused_us(&c, NULL, from, at(hands[i]));
        from = at(hands[i]);
    }
    assert_int_equal(sum, qp_clock_used_us(&c, office, c.start_us, from));
    assert_int_equal(sum, 6 * H - S * 2 / 5 + H * 3 / 2 + S / 10 -
                              (H - S * 7 / 10)); /* 09:00:00.4 to 17:30, 08:30 to 10:00:00.1 */
    assert_int_equal(seconds, sum / S);
    assert_int_equal(elapsed, H - S * 7 / 10);
}

static void passed_on_it_is_missed_only_if_its_due_was_past(void **state)
{
    (void)state;
    struct qp_clock c = start("1wh", "2026-03-02 09:00"), late = c;
    assert_int_equal(qp_clock_end(&c, QP_CLOCK_PASSED_ON, at("2026-03-02 10:00"), NULL), 0);
    assert_int_equal(qp_clock_end(&late, QP_CLOCK_PASSED_ON, at("2026-03-02 10:00:00.000001"), NULL), 0);
    assert_false(qp_clock_missed(&c, at("2026-03-09 10:00")));
    assert_true(qp_clock_missed(&late, 0));
}

static void a_reminder_is_an_amount_of_the_clocks_own_measure_before_its_due(void **state)
{
    (void)state;
    static const struct {
        const char *amount, *start, *before, *when;
    } rows[] = {
        {"3wh", "2026-03-02 16:30", "1wh", "2026-03-03 09:30"},
        {"3wh", "2026-03-02 16:30", "2wh", "2026-03-02 17:30"},
        {"3wh", "2026-03-02 16:30", "90wm", "2026-03-03 09:00"},
        {"3wh", "2026-03-02 16:30", "9wh", "2026-03-02 16:30"}, /* at once */
        {"3h", "2026-03-02 16:30", "30m", "2026-03-02 19:00"},
        {"3d", "2026-03-02 16:30", "1d", "2026-03-04 16:30"},
        {"5wd", "2026-03-02 16:30", "1wd", "2026-03-06 17:30"},
        {"3h", "2026-03-02 16:30", "0h", "2026-03-02 19:30"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qp_clock c = start(rows[i].amount, rows[i].start);
        struct qp_duration d = amount(rows[i].before);
        assert_int_equal(qp_clock_remind(&c, office, &d), at(rows[i].when));
        pause(&c, rows[i].start, NULL);
        assert_int_equal(qp_clock_remind(&c, office, &d), QP_NEVER_US);
    }
}

static void what_is_left_is_shown_in_working_seconds_and_less_than_nothing_when_overdue(void **state)
{
    (void)state;
    struct qp_clock wd = start("1wd", "2026-03-02 16:30"), h = start("2h", "2026-03-02 16:30");
    assert_int_equal(qp_clock_left_us(&wd, office, at("2026-03-02 16:30")), H + H * 13 / 2);
    assert_int_equal(qp_clock_left_us(&wd, office, at("2026-03-04 09:30")), -H);
    assert_int_equal(qp_clock_left_us(&h, office, at("2026-03-02 19:00")), -H / 2);
    pause(&wd, "2026-03-03 16:30", NULL);
    assert_int_equal(qp_clock_left_us(&wd, office, at("2026-03-09 09:30")), H);
}

/* ---- soundness ---- */

static void what_comes_over_a_link_unsound_is_named(void **state)
{
    (void)state;
    struct qp_clock good = start("3wd", "2026-03-10 09:00"), c;
    pause(&good, "2026-03-10 10:00", "2026-03-10 11:00");
    pause(&good, "2026-03-10 12:00", NULL);
    assert_null(qp_clock_fault(&good));
#define BAD(change) (c = good, change, !!qp_clock_fault(&c))
    assert_true(BAD(c.stage = QP_CLOCK_STAGES));
    assert_true(BAD(c.amount.n = 0));
    assert_true(BAD(c.amount.unit = QP_UNIT_COUNT));
    assert_true(BAD(memset(c.rule, 'x', sizeof c.rule)));
    assert_true(BAD(memset(c.later_by, 'x', sizeof c.later_by)));
    assert_true(BAD(c.basis = 4));
    assert_true(BAD(c.end = 3));
    assert_true(BAD(c.end = QP_CLOCK_DONE));
    assert_true(BAD(c.ended_us = 0));
    assert_true(BAD(c.start_us = INT64_MIN));
    assert_true(BAD(c.due_us = INT64_MIN));
    assert_true(BAD(c.due_us = INT64_MAX - 1));
    assert_true(BAD(c.npauses = 33));
    assert_true(BAD(c.pauses[0].from_us = c.start_us - 1));
    assert_true(BAD(c.pauses[0].to_us = QP_NEVER_US));
    assert_true(BAD(c.pauses[1].from_us = c.pauses[0].from_us));
    assert_true(BAD(c.pauses[1].from_us = INT64_MAX - 1));
    assert_true(BAD(c.npauses = 1));
    assert_true(BAD(c.due_us = c.pauses[1].from_us));
    assert_true(BAD(c.left = -1));
    assert_true(BAD(c.held = false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_holders_used_adds_up_to_what_the_matter_used_to_the_second),
        cmocka_unit_test(passed_on_it_is_missed_only_if_its_due_was_past),
        cmocka_unit_test(a_reminder_is_an_amount_of_the_clocks_own_measure_before_its_due),
        cmocka_unit_test(what_is_left_is_shown_in_working_seconds_and_less_than_nothing_when_overdue),
        cmocka_unit_test(what_comes_over_a_link_unsound_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
