/* refill_test.c: what one neighbour may cost the others (L7): a queue that is made again from the journal, in
 * slices (L1), and what a child may fill this node with. */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

enum { MANY = 600 };

/* A child with a long journal, all of it committed above. */
static void long_journal(struct rig *r)
{
    rig_tree(r, 2);
    for (int i = 0; i < MANY; i++)
        rig_open(r, 1, "matter");
    rig_settle(r);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
}

/* The parent asks for everything from the start, as often as given, in one turn of the child. */
static void ask_for_everything(struct rig *r, size_t times)
{
    struct qp_input in[64];
    Qp__Ack ack = QP__ACK__INIT;
    ack.full = true;
    for (size_t i = 0; i < times; i++) {
        in[i] = (struct qp_input){.kind = QP_IN_ACK, .ack.ack = &ack};
        memcpy(in[i].peer, r->nodes[0].id, QP_ID_LEN);
    }
    assert_int_equal(rig_turn(r, 1, in, times), 0);
}

static void who_asks_for_everything_costs_a_turn_one_slice_of_the_journal(void **state)
{
    struct rig *r = *state;
    long_journal(r);
    ask_for_everything(r, 1);
    assert_in_range(rig_waits(r, 1, 0, QP_LANE_BULK), 1, MANY / 2);
    assert_in_range(rig_peer(r, 1, 0).refill_at, 2, MANY / 2);
    assert_true(qp_core_next_tick(r->nodes[1].core) < r->now_us + SECOND);
    rig_tick(r, 1); /* too early: the time between two slices is the others' */
    assert_in_range(rig_waits(r, 1, 0, QP_LANE_BULK), 1, MANY / 2);
    for (int i = 0; i < 10 && rig_peer(r, 1, 0).refill_at != 0; i++) {
        r->now_us = qp_core_next_tick(r->nodes[1].core);
        rig_tick(r, 1);
    }
    assert_true(rig_waits(r, 1, 0, QP_LANE_BULK) >= MANY);
}

static void what_is_new_while_a_queue_is_made_again_does_not_go_past_what_is_old(void **state)
{
    struct rig *r = *state;
    long_journal(r);
    ask_for_everything(r, 1);
    rig_open(r, 1, "new");
    assert_true(rig_waits(r, 1, 0, QP_LANE_BULK) < MANY);
    r->now_us = qp_core_next_tick(r->nodes[1].core);
    rig_open(r, 1, "new, in a turn with a slice");
    assert_null(rig_output(r, 1, QP_OUT_QUEUED, r->nodes[0].id)); /* it would go past the slice's */
    assert_non_null(rig_output(r, 1, QP_OUT_WAKE, r->nodes[0].id));
}

/* Two chains in one lane, the first parcel of the child's child lost on its way, and the parcel after it acknowledged as if there
 * had been none: the hole shows only at the next parcel of that chain. */
static void what_is_missing_below_the_acknowledged_position_comes_again_when_all_is_sent_again(void **state)
{
    struct rig *r = *state;
    struct qp_input in[8];
    rig_tree(r, 3);
    rig_settle(r);
    const int64_t opened = rig_board(r, 0).opened;
    matter m[5];
    for (int i = 0; i < 5; i++) {
        m[i] = rig_open(r, i % 2 ? 2 : 1, "matter");
        if (i % 2)
            rig_carry(r, 2, 1);
    }
    assert_int_equal(rig_gather(r, 1, 0, QP_LANE_BULK, in, 8), 5);
    in[2].parcel.after = in[0].parcel.position;
    assert_int_equal(rig_turn(r, 0, in, 1), 0);
    assert_int_equal(rig_turn(r, 0, in + 2, 2), 0); /* without the second; the fourth follows it */
    assert_null(rig_row(r, 0, m[1]));
    assert_true(rig_peer(r, 0, 1).received[QP_LANE_BULK - 1] == in[2].parcel.position);
    for (bool full = false; !full;) {
        int64_t next_us = qp_core_next_tick(r->nodes[0].core);
        assert_true(next_us < INT64_MAX);
        r->now_us = next_us > r->now_us ? next_us : r->now_us;
        rig_tick(r, 0);
        const struct qp_output *o = rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id);
        full = o && o->ack.full;
    }
    rig_acked(r, 0, 1); /* send all */
    rig_tick(r, 1);
    size_t n = rig_gather(r, 1, 0, QP_LANE_BULK, in, 8);
    assert_in_range(n, 5, 8);
    assert_true(in[0].parcel.after == 0);
    for (size_t i = 0; i < n; i++) { /* one in the middle is lost again */
        if (i != n / 2)
            assert_int_equal(rig_turn(r, 0, in + i, 1), 0);
        assert_int_equal(i >= n / 2, rig_peer(r, 0, 1).received[QP_LANE_BULK - 1] < in[i].parcel.position);
    }
    rig_settle(r);
    for (int i = 0; i < 5; i++)
        assert_non_null(rig_row(r, 0, m[i]));
    assert_int_equal(rig_board(r, 0).opened, opened + 5);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
}

static void what_was_reported_while_everything_is_sent_again_arrives_once(void **state)
{
    struct rig *r = *state;
    long_journal(r);
    ask_for_everything(r, 1);
    matter m = rig_open(r, 1, "new");
    rig_carry(r, 1, 0);
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(rig_board(r, 0).opened, MANY + 1);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
}

static void who_asks_for_everything_without_end_waits_longer_and_longer(void **state)
{
    struct rig *r = *state;
    long_journal(r);
    int64_t waited = 0;
    for (int k = 0; k < 20; k++) {
        ask_for_everything(r, 64);
        struct qp_peer_entry p = rig_peer(r, 1, 0);
        if (p.refill_from_us > r->now_us)
            waited = p.refill_from_us - r->now_us;
        r->now_us = p.refill_from_us > r->now_us ? p.refill_from_us : r->now_us + 5000;
        rig_tick(r, 1);
    }
    assert_true(waited > 30 * SECOND);
    /* after ten quiet minutes it is served at once again */
    r->now_us += 601 * SECOND;
    for (int k = 0; k < 2; k++) {
        ask_for_everything(r, 1);
        assert_true(rig_peer(r, 1, 0).refill_from_us <= r->now_us);
        rig_tick(r, 1);
    }
}

static void a_queue_that_is_made_again_goes_on_after_a_restart(void **state)
{
    struct rig *r = *state;
    long_journal(r);
    ask_for_everything(r, 1);
    assert_true(rig_peer(r, 1, 0).refill_at > 0);
    rig_stop(r, 1);
    rig_start(r, 1);
    for (int i = 0; i < 10 && rig_peer(r, 1, 0).refill_at != 0; i++) {
        r->now_us += 5000;
        rig_tick(r, 1);
    }
    assert_int_equal(rig_peer(r, 1, 0).refill_at, 0);
    assert_true(rig_waits(r, 1, 0, QP_LANE_BULK) >= MANY);
    rig_settle(r);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
    assert_int_equal(rig_board(r, 0).opened, MANY);
}

static void a_queue_is_made_again_although_the_clock_was_years_ahead(void **state)
{
    struct rig *r = *state;
    int64_t year_us = INT64_C(365) * 86400 * SECOND;
    long_journal(r);
    r->now_us += year_us;
    for (int i = 0; i < 20; i++) { /* often: pauses are due */
        ask_for_everything(r, 1);
        r->now_us += 100000;
        rig_tick(r, 1);
    }
    r->now_us -= year_us;
    ask_for_everything(r, 1);
    for (int i = 0; i < 10 && rig_peer(r, 1, 0).refill_at != 0; i++) {
        r->now_us += 5000;
        rig_tick(r, 1);
    }
    assert_int_equal(rig_peer(r, 1, 0).refill_at, 0);
    assert_true(rig_waits(r, 1, 0, QP_LANE_BULK) >= MANY);
}

static void an_ack_of_what_has_not_been_sent_again_yet_counts_for_nothing(void **state)
{
    struct rig *r = *state;
    long_journal(r);
    ask_for_everything(r, 1);
    uint64_t waits = rig_waits(r, 1, 0, QP_LANE_BULK);
    rig_acked(r, 0, 1); /* as the parent has it: all of it */
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), waits);
    assert_int_equal(rig_peer(r, 1, 0).acked[QP_LANE_BULK - 1], 0);
}

static void nodes_beyond_the_bound_of_a_child_wait_until_it_is_raised(void **state)
{
    struct rig *r = *state;
    struct qp_acceptance p = qp_acceptance_default;
    rig_tree(r, 2);
    rig_settle(r);
    p.child_nodes = 1;
    qp_core_set_acceptance(r->nodes[0].core, &p);
    rig_join(r, 1, "x");
    rig_carry(r, 1, 0);
    rig_join(r, 1, "y");
    rig_carry(r, 1, 0);
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a/x"));
    assert_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a/y"));
    const struct qp_output *o = rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id);
    assert_non_null(o);
    assert_int_equal(o->refused.code, QP_EFULL);
    assert_non_null(strstr(o->refused.reason, "link.child_nodes"));
    assert_true(rig_waits(r, 1, 0, QP_LANE_BULK) + rig_waits(r, 1, 0, QP_LANE_URGENT) >
                0); /* at its sender */
    p.child_nodes = 2;
    qp_core_set_acceptance(r->nodes[0].core, &p);
    rig_settle(r);
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a/y"));
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
}

/* The share of a child's child is a part of the child's own: who fills it stops nobody beside him. Where it is stated it is as it is
 * stated. */
static void a_child_that_fills_its_share_does_not_fill_its_parents(void **state)
{
    struct rig *r = *state;
    struct qp_acceptance p = qp_acceptance_default;
    static const char *const made_up[] = {"w", "x", "y", "z"};
    rig_tree(r, 3);
    rig_settle(r);
    assert_int_equal(qp_child_nodes(r->nodes[0].core), QP_CHILD_NODES);
    assert_int_equal(qp_child_nodes(r->nodes[1].core), QP_CHILD_NODES / 4);
    assert_int_equal(qp_child_nodes(r->nodes[2].core),
                     QP_CHILD_NODES / 16); /* below each community of a street */
    p.level_nodes = 4;
    for (int i = 0; i < 2; i++)
        qp_core_set_acceptance(r->nodes[i].core, &p);
    for (size_t i = 0; i < 4; i++) {
        rig_join(r, 2, made_up[i]);
        rig_carry(r, 2, 1);
        rig_carry(r, 1, 0);
    }
    rig_join(r, 1, "honest");
    rig_carry(r, 1, 0);
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a/b/w"));
    assert_null(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/a/b/z"));
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a/honest"));
    p.child_nodes = 8;
    for (int i = 0; i < 2; i++)
        qp_core_set_acceptance(r->nodes[i].core, &p);
    rig_settle(r);
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/a/b/z"));
}

static void destinations_that_nobody_knows_do_not_fill_the_tables(void **state)
{
    struct rig *r = *state;
    enum { TRIES = 700 };
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "true");
    rig_settle(r);
    uint64_t before = rig_head(r, 0);
    for (int i = 0; i < TRIES; i++) {
        uint8_t to[QP_ID_LEN] = {0xee, (uint8_t)(i >> 8), (uint8_t)i};
        struct forged f = rig_forged(r, 1, QP_SCOPE_NODE, to, QP_LANE_BULK);
        rig_add(&f, rig_event(r, 1, QP__EVENT__BODY_COMMENTED, &m));
        rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL));
    }
    uint64_t taken = rig_head(r, 0) - before;
    assert_in_range(taken, 1, TRIES - 100);
    assert_int_equal(rig_metrics(r, 0).refused_scope, TRIES - taken);
    const struct qp_output *o = rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id);
    assert_non_null(o);
    assert_non_null(strstr(o->refused.reason, "nobody here knows"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(who_asks_for_everything_costs_a_turn_one_slice_of_the_journal),
        TEST(what_is_new_while_a_queue_is_made_again_does_not_go_past_what_is_old),
        TEST(what_is_missing_below_the_acknowledged_position_comes_again_when_all_is_sent_again),
        TEST(what_was_reported_while_everything_is_sent_again_arrives_once),
        TEST(who_asks_for_everything_without_end_waits_longer_and_longer),
        TEST(a_queue_that_is_made_again_goes_on_after_a_restart),
        TEST(a_queue_is_made_again_although_the_clock_was_years_ahead),
        TEST(nodes_beyond_the_bound_of_a_child_wait_until_it_is_raised),
        TEST(a_child_that_fills_its_share_does_not_fill_its_parents),
        TEST(destinations_that_nobody_knows_do_not_fill_the_tables),
        TEST(an_ack_of_what_has_not_been_sent_again_yet_counts_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
