/* credit_test.c: the window of one lane. */
#include "tests/unit/link/rig.h"

static struct qp_credit started(uint64_t acked, uint64_t stated)
{
    struct qp_credit c;
    qp_credit_start(&c, acked, stated, RIG_START);
    return c;
}

static void fill(struct qp_credit *c, size_t len, int64_t now_us)
{
    for (uint64_t p = c->cursor + 1; qp_credit_room(c, len); p++)
        qp_credit_sent(c, p, len, now_us);
}

static void a_window_holds_no_more_parcels_than_it_may(void **state)
{
    (void)state;
    struct qp_credit c = started(0, 0);
    fill(&c, 10, RIG_START);
    assert_int_equal(c.count, QP_WINDOW_PARCELS);
    qp_credit_acked(&c, 1, RIG_START);
    assert_true(qp_credit_room(&c, 10));
    fill(&c, 10, RIG_START);
    assert_int_equal(c.count, QP_WINDOW_PARCELS);
}

static void prompt_acks_widen_the_window_up_to_its_bound(void **state)
{
    (void)state;
    struct qp_credit c = started(0, 0);
    fill(&c, 60000, RIG_START);
    assert_true(c.bytes <= QP_WINDOW_LEAST);
    for (int i = 0; i < 20; i++) {
        qp_credit_acked(&c, c.cursor, RIG_START + 1000);
        fill(&c, 60000, RIG_START);
        assert_true(c.bytes <= QP_WINDOW_BYTES);
    }
    assert_true(c.bytes > QP_WINDOW_BYTES - 60000);
}

static void slow_acks_narrow_the_window_down_to_its_floor(void **state)
{
    (void)state;
    struct qp_credit c = started(0, 0);
    c.window_bytes = QP_WINDOW_BYTES;
    for (int i = 0; i < 20; i++) {
        fill(&c, 60000, RIG_START);
        qp_credit_acked(&c, c.cursor, RIG_START + QP_SLOW_ACK_US + 1);
    }
    assert_int_equal(c.window_bytes, QP_WINDOW_LEAST);
}

static void an_ack_of_some_frees_only_these(void **state)
{
    (void)state;
    struct qp_credit c = started(5, 5);
    qp_credit_sent(&c, 7, 100, RIG_START);
    qp_credit_sent(&c, 9, 200, RIG_START);
    qp_credit_sent(&c, 12, 400, RIG_START);
    qp_credit_acked(&c, 11, RIG_START + 1);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.bytes, 400);
    assert_int_equal(c.cursor, 12);
}

static void it_begins_behind_what_both_sides_know(void **state)
{
    (void)state;
    assert_int_equal(started(50, 40).cursor,
                     40); /* the neighbour rebuilt its tables without what it had skipped */
    assert_int_equal(started(0, 40).cursor, 0); /* the core wants all sent again */
    assert_int_equal(started(40, 40).cursor, 40);
}

/* A neighbour may ask for it between its greeting and the first look at the queue. */
static void a_rewind_before_anything_was_sent_changes_nothing(void **state)
{
    (void)state;
    struct qp_credit c = {0};
    qp_credit_want_rewind(&c, RIG_START);
    assert_int_equal(c.rewind_at_us, 0);
    qp_credit_start(&c, 5, 9, RIG_START);
    assert_int_equal(c.cursor, 5);
    assert_int_equal(c.rewind_at_us, 0);
}

static void a_rewind_goes_back_and_then_feels_its_way(void **state)
{
    (void)state;
    struct qp_credit c = started(10, 10);
    fill(&c, 10, RIG_START);
    qp_credit_want_rewind(&c, RIG_START);
    assert_int_equal(c.rewind_at_us, RIG_START);
    qp_credit_rewind(&c, 10, RIG_START, false);
    assert_int_equal(c.cursor, 10);
    fill(&c, 10, RIG_START);
    assert_int_equal(c.count, QP_WINDOW_PROBE);
    qp_credit_acked(&c, 11, RIG_START + 1);
    fill(&c, 10, RIG_START);
    assert_int_equal(c.count, 2 * QP_WINDOW_PROBE);
}

static void rewinds_that_help_nothing_come_ever_more_slowly(void **state)
{
    (void)state;
    struct qp_credit c = started(10, 10);
    int64_t now_us = RIG_START, pause_us = 0;
    for (int i = 0; i < 12; i++) {
        qp_credit_want_rewind(&c, now_us);
        assert_true(c.rewind_at_us - now_us >= pause_us || c.rewind_at_us - now_us == QP_REWIND_MOST_US);
        pause_us = c.rewind_at_us - now_us;
        now_us = c.rewind_at_us;
        qp_credit_rewind(&c, 10, now_us, false);
    }
    assert_int_equal(pause_us, QP_REWIND_MOST_US);
}

static void a_lane_without_answer_goes_back_by_itself(void **state)
{
    (void)state;
    struct qp_credit c = started(10, 10);
    assert_true(qp_credit_stalls_at(&c) == INT64_MAX);
    qp_credit_sent(&c, 11, 10, RIG_START + 5);
    assert_int_equal(qp_credit_stalls_at(&c), RIG_START + 5 + QP_STALL_US);
    qp_credit_rewind(&c, 10, RIG_START + 5 + QP_STALL_US, true);
    qp_credit_sent(&c, 11, 10, RIG_START + 5 + QP_STALL_US);
    assert_int_equal(qp_credit_stalls_at(&c), RIG_START + 5 + 3 * (int64_t)QP_STALL_US);
}

/* ---- the peek at a frame's kind ---- */

static void a_frames_kind_is_seen_without_reading_it(void **state)
{
    (void)state;
    const uint8_t call[] = {0x12, 0x00}, deliver[] = {0x08, 0xff, 0x01, 0x2a, 0x00};
    assert_int_equal(qp_frame_kind(call, sizeof call), QP__FRAME__BODY_CALL);
    assert_int_equal(qp_frame_kind(deliver, sizeof deliver), QP__FRAME__BODY_DELIVER);
}

static void what_is_no_frame_has_no_kind(void **state)
{
    (void)state;
    const uint8_t cut[] = {0x08, 0xff}, number[] = {0x10, 0x01}, unknown[] = {0x82, 0x01, 0x00},
                  endless[] = {0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0x12, 0x00};
    assert_int_equal(qp_frame_kind(cut, sizeof cut), 0);
    assert_int_equal(qp_frame_kind(cut, 0), 0);
    assert_int_equal(qp_frame_kind(number, sizeof number), 0);
    assert_int_equal(qp_frame_kind(unknown, sizeof unknown), 0);
    assert_int_equal(qp_frame_kind(endless, sizeof endless), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_holds_no_more_parcels_than_it_may),
        cmocka_unit_test(a_rewind_before_anything_was_sent_changes_nothing),
        cmocka_unit_test(prompt_acks_widen_the_window_up_to_its_bound),
        cmocka_unit_test(slow_acks_narrow_the_window_down_to_its_floor),
        cmocka_unit_test(an_ack_of_some_frees_only_these),
        cmocka_unit_test(it_begins_behind_what_both_sides_know),
        cmocka_unit_test(a_rewind_goes_back_and_then_feels_its_way),
        cmocka_unit_test(rewinds_that_help_nothing_come_ever_more_slowly),
        cmocka_unit_test(a_lane_without_answer_goes_back_by_itself),
        cmocka_unit_test(a_frames_kind_is_seen_without_reading_it),
        cmocka_unit_test(what_is_no_frame_has_no_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
