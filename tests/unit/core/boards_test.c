/* boards_test.c: figures are a function of the rows (B1), and time alone makes overdue (B3). B2 is in
 * insight. */
#include "tests/unit/core/rig.h"

static matter due(struct rig *r, int i, int64_t in_us)
{
    matter m;
    Qp__Event *ev = rig_opened(r, "due", QP_ROUTINE);
    ev->opened->face->deadline_us = r->now_us + in_us;
    struct qp_reply reply = rig_try(r, i, ev);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return m;
}

static void a_change_takes_the_old_contribution_away_and_adds_the_new(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = due(r, 1, 100 * SECOND);
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        struct qp_counts c = rig_board(r, i);
        assert_true(c.opened == 1 && c.open == 1 && c.closed == 0);
    }
    r->now_us += 200 * SECOND;
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        struct qp_counts c = rig_board(r, i);
        assert_true(c.opened == 1 && c.open == 0 && c.closed == 1 && c.late == 1 && c.on_time == 0 &&
                    c.overdue == 0);
        assert_true(c.handle_p50_s > 190 && c.handle_p50_s < 210);
    }
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_REOPENED)); /* takes its closing back */
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        rig_tick(r, i);
        struct qp_counts c = rig_board(r, i);
        assert_true(c.opened == 1 && c.open == 1 && c.closed == 0 && c.late == 0 && c.overdue == 1);
        assert_int_equal(c.handle_p50_s, -1);
    }
}

static void matters_become_overdue_by_the_tick_that_is_asked_for(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = due(r, 1, 60 * SECOND);
    due(r, 1, 600 * SECOND);
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        int64_t next = qp_core_next_tick(r->nodes[i].core);
        assert_true(next > r->now_us && next <= r->now_us + 60 * SECOND + SECOND);
    }
    r->now_us += 60 * SECOND; /* the deadline itself is still in time */
    rig_tick(r, 1);
    assert_int_equal(rig_board(r, 1).overdue, 0);
    r->now_us = qp_core_next_tick(r->nodes[1].core);
    for (int i = 0; i < 2; i++) { /* at every level, without a word between them */
        rig_tick(r, i);
        assert_int_equal(rig_board(r, i).overdue, 1);
        assert_true(rig_row(r, i, m)->overdue);
        int64_t next = qp_core_next_tick(r->nodes[i].core);
        assert_true(next > r->now_us + 500 * SECOND && next < INT64_MAX);
    }
    struct qp_reply reply = rig_step(r, 1, m, QP__EVENT__BODY_CLOSED);
    rig_ok(reply);
    assert_int_equal(rig_board(r, 1).overdue, 0);
    assert_false(rig_row(r, 1, m)->overdue);
}

static void a_node_that_was_opened_again_asks_for_its_next_tick(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    due(r, 0, 60 * SECOND);
    rig_stop(r, 0);
    rig_start(r, 0);
    /* nobody says anything: it has to become overdue all the same */
    for (int i = 0; i < 5 && rig_board(r, 0).overdue == 0; i++) {
        int64_t next = qp_core_next_tick(r->nodes[0].core);
        assert_true(next <= r->now_us + 61 * SECOND);
        if (next > r->now_us)
            r->now_us = next;
        rig_tick(r, 0);
    }
    assert_int_equal(rig_board(r, 0).overdue, 1);
}

static void a_rebuild_ends_at_the_same_now(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int i = 0; i < 6; i++)
        due(r, 1, (10 + i) * SECOND);
    rig_settle(r);
    r->now_us += 13 * SECOND + 500000;
    for (int i = 0; i < 2; i++) {
        rig_tick(r, i);
        assert_int_equal(rig_board(r, i).overdue, 4);
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
        assert_int_equal(rig_board(r, i).overdue, 4);
    }
}

static void many_deadlines_are_swept_over_several_turns(void **state)
{
    struct rig *r = *state;
    enum { N = 1300 };
    rig_tree(r, 1);
    static struct qp_input in[N];
    memset(in, 0, sizeof in);
    for (size_t i = 0; i < N; i++) {
        Qp__Event *ev = rig_opened(r, "due", QP_ROUTINE);
        ev->opened->face->deadline_us = r->now_us + SECOND;
        in[i].kind = QP_IN_COMMAND;
        in[i].command = (struct qp_command){.op = QP_OP_STEP, .draft = ev, .if_version = -1};
    }
    assert_int_equal(rig_turn(r, 0, in, N), 0);
    r->now_us += 2 * SECOND;
    rig_tick(r, 0);
    int64_t first = rig_board(r, 0).overdue;
    assert_true(first > 0 && first < N);
    assert_true(qp_core_next_tick(r->nodes[0].core) <= r->now_us + SECOND);
    r->now_us = qp_core_next_tick(r->nodes[0].core);
    rig_tick(r, 0);
    assert_int_equal(rig_board(r, 0).overdue, N);
}

static void a_board_counts_only_what_lies_in_its_own_subtree(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    matter m = rig_open(r, 1, "handed over, still a's place");
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[z].core)->id.b);
    rig_ok(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/z"));
    rig_settle(r);
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_ACCEPTED));
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    assert_int_equal(rig_board(r, z).opened, 0);
    assert_int_equal(rig_board(r, 1).closed, 1);
    assert_int_equal(rig_board(r, 0).closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_change_takes_the_old_contribution_away_and_adds_the_new),
        TEST(matters_become_overdue_by_the_tick_that_is_asked_for),
        TEST(a_node_that_was_opened_again_asks_for_its_next_tick),
        TEST(a_rebuild_ends_at_the_same_now),
        TEST(many_deadlines_are_swept_over_several_turns),
        TEST(a_board_counts_only_what_lies_in_its_own_subtree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
