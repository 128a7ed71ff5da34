/* adjacent_test.c: two neighbours that both lost their disks: neither waits for the other (K5).
 *
 *   city 0 ─ a 1 ─┬─ b 2 ─ c 3        a's disk and b's are lost
 *                 └─ z 4                                        */
#include "tests/unit/core/rig.h"

static void plant(struct rig *r)
{
    rig_tree(r, 4);
    assert_int_equal(rig_join(r, 1, "z"), 4);
    rig_settle(r);
    rig_give_chain(r, 1, 2, qp_core_self(r->nodes[4].core)->id.b);
}

/* b's first: it has joined again, and has nothing back yet, when a's burns. */
static void burn_both(struct rig *r)
{
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_carry_lane(r, 1, 0, QP_LANE_URGENT, 8); /* its certificate: nobody else could tell of it */
    rig_burn(r, 1);
    rig_rejoin(r, 1);
}

static void both_are_back(struct rig *r)
{
    assert_false(qp_core_recovering(r->nodes[1].core));
    assert_false(qp_core_recovering(r->nodes[2].core));
    assert_int_equal(r->refusals, 0);
}

static void two_neighbours_that_both_burned_do_not_wait_for_each_other(void **state)
{
    struct rig *r = *state;
    matter m[5];
    plant(r);
    for (int i = 0; i < 5; i++)
        m[i] = rig_open(r, i, "held here");
    rig_settle(r);
    burn_both(r);
    assert_true(qp_core_recovering(r->nodes[1].core) && qp_core_recovering(r->nodes[2].core));
    rig_settle(r);
    both_are_back(r);
    for (int i = 0; i < 5; i++) {
        assert_true(rig_holds(r, i, m[i]));
        rig_ok(rig_step(r, i, m[i], QP__EVENT__BODY_CLOSED));
    }
    rig_settle(r);
    for (int i = 0; i < 5; i++)
        rig_same_face(r, m[i]);
    assert_int_equal(rig_board(r, 1).closed, 4);
}

/* Each, asked what it could say to the other. */
static enum qp_back back(struct rig *r, int i, int but)
{
    struct qp_read read;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    enum qp_back b = qp_core_back(r->nodes[i].core, read.tables, r->nodes[but].id);
    qp_read_end(&read);
    return b;
}

static void handed_back(struct rig *r, int from, int to, bool above)
{
    struct qp_input in = {.kind = QP_IN_HANDED_BACK, .handed_back.above = above};
    while (rig_carry(r, from, to) > 0)
        ;
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

static void what_came_from_above_goes_down_first_and_then_each_waits_for_its_others(void **state)
{
    struct rig *r = *state;
    plant(r);
    burn_both(r);
    for (int i = 1; i < 5; i++)
        rig_meet(r, i);
    assert_int_equal(back(r, 1, 2), QP_BACK_NOT);
    handed_back(r, 4, 1, false);
    assert_int_equal(back(r, 1, 2), QP_BACK_NOT);
    handed_back(r, 3, 2, false); /* b does not know that this is its only child */
    assert_int_equal(back(r, 2, 1), QP_BACK_NOT);
    handed_back(r, 0, 1, false);
    assert_int_equal(back(r, 1, 2), QP_BACK_ALL);
    assert_int_equal(back(r, 1, 4), QP_BACK_ABOVE); /* b's part is to come */
    assert_true(rig_peer(r, 1, 2).handback_upto >= rig_head(r, 1));
    handed_back(r, 1, 2, true);
    assert_int_equal(back(r, 2, 1), QP_BACK_ALL);
    assert_int_equal(back(r, 2, 3), QP_BACK_ABOVE);
    assert_true(qp_core_recovering(r->nodes[2].core)); /* from above is not all */
    handed_back(r, 2, 1, false);
    assert_false(qp_core_recovering(r->nodes[1].core));
    handed_back(r, 1, 2, false);
    assert_false(qp_core_recovering(r->nodes[2].core));
}

static void what_only_a_sibling_kept_comes_back_through_a_burned_parent(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter m = rig_open(r, 2, "offered beside");
    rig_settle(r);
    rig_ok(rig_offer(r, 2, m, QP_KIND_TRANSFER, "city/a/z"));
    rig_carry(r, 2, 1);
    while (rig_carry(r, 1, 4) > 0)
        ; /* z hears of the offer, the city does not; then both disks burn */
    assert_non_null(rig_face(r, 4, m)->offer);
    assert_null(rig_face(r, 0, m)->offer);
    burn_both(r);
    rig_settle(r);
    both_are_back(r);
    assert_non_null(rig_face(r, 0, m)->offer);
    rig_ok(rig_step(r, 4, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_true(rig_holds(r, 4, m));
}

static void what_only_one_below_a_sibling_kept_comes_back_before_that_one_is_known_again(void **state)
{
    struct rig *r = *state;
    plant(r);
    int y = rig_join(r, 4, "y");
    rig_settle(r);
    rig_give_chain(r, 4, 2, qp_core_self(r->nodes[y].core)->id.b);
    matter m = rig_open(r, 2, "offered beside and below");
    rig_settle(r);
    rig_ok(rig_offer(r, 2, m, QP_KIND_TRANSFER, "city/a/z/y"));
    rig_carry(r, 2, 1);
    while (rig_carry(r, 1, 4) > 0 || rig_carry(r, 4, y) > 0)
        ;
    assert_non_null(rig_face(r, y, m)->offer);
    burn_both(r);
    rig_meet(r, 4);
    assert_null(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/a/z/y"));
    for (int i = 0; i < 3; i++)
        rig_carry_lane(r, 4, 1, QP_LANE_BULK, 16); /* ahead of the certificate, which is urgent */
    rig_settle(r);
    both_are_back(r);
    assert_non_null(rig_face(r, 0, m)->offer);
    rig_ok(rig_step(r, y, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_true(rig_holds(r, y, m));
}

static void what_only_a_grandchild_kept_comes_back_through_a_burned_child(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter m = rig_open(r, 1, "offered two levels down");
    rig_settle(r);
    rig_ok(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a/b/c"));
    rig_carry(r, 1, 2);
    rig_carry(r, 2, 3); /* c hears of the offer, the city does not; then both disks burn */
    assert_non_null(rig_face(r, 3, m)->offer);
    assert_null(rig_face(r, 0, m)->offer);
    burn_both(r);
    rig_settle(r);
    both_are_back(r);
    assert_non_null(rig_face(r, 0, m)->offer);
    rig_ok(rig_step(r, 3, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_true(rig_holds(r, 3, m));
}

/* L4: and that is checked by where it went, not by who brings it. */
static void a_child_hands_back_only_what_went_to_it(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter m = {{1, 2, 3}};
    const uint8_t *to[2] = {r->nodes[4].id, r->nodes[3].id};
    struct qp_slice bytes[2];
    for (int k = 0; k < 2; k++) {
        struct forged f = rig_forged(r, 0, QP_SCOPE_NODE, to[k], QP_LANE_BULK);
        rig_add(&f, rig_event(r, 0, QP__EVENT__BODY_COMMENTED, &m));
        bytes[k] = rig_seal(r, &f, NULL);
    }
    burn_both(r);
    for (int i = 1; i < 5; i++)
        rig_meet(r, i);
    while (rig_carry(r, 0, 1) > 0)
        ;
    for (int k = 0; k < 2; k++) {
        struct qp_input in = rig_parcel(r, 4, 1, QP_LANE_BULK, bytes[k]);
        uint64_t head = rig_head(r, 1);
        in.parcel.handback = true;
        assert_int_equal(rig_turn(r, 1, &in, 1), 0);
        assert_int_equal(rig_head(r, 1), k == 0 ? head + 1 : head);
    }
    assert_int_equal(rig_metrics(r, 1).refused_scope, 1);
}

static void a_burned_node_certifies_its_burned_child_when_its_parent_has_told_of_it(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter m = rig_open(r, 2, "b's own");
    rig_settle(r);
    rig_burn(r, 1);
    rig_burn(r, 2);
    rig_rejoin(r, 1);
    uint8_t token[QP_PK_LEN];
    rig_seed(r, token);
    rig_code(rig_invite(r, 1, "city/a/b", token, r->now_us + SECOND), QP_ERECOVER);
    rig_settle(r); /* it waits for b */
    assert_true(qp_core_recovering(r->nodes[1].core));
    rig_code(rig_invite(r, 1, "city/a/new", token, r->now_us + SECOND), QP_ERECOVER);
    rig_rejoin(r, 2);
    rig_settle(r);
    both_are_back(r);
    assert_true(rig_holds(r, 2, m));
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    rig_same_face(r, m);
}

static void a_rebuild_of_both_while_they_recover_changes_nothing(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter m = rig_open(r, 2, "b's own"), up = rig_open(r, 3, "c's own");
    rig_settle(r);
    burn_both(r);
    rig_meet(r, 1);
    rig_meet(r, 2);
    rig_carry(r, 0, 1); /* queued for b as well */
    struct tables before = rig_tables(r, 1);
    rig_rebuild(r, 1);
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    rig_meet(r, 2);
    rig_carry(r, 1, 2);
    rig_rebuild(r, 2);
    rig_settle(r);
    both_are_back(r);
    assert_true(rig_holds(r, 2, m));
    rig_same_face(r, m);
    rig_same_face(r, up);
    for (int i = 1; i <= 2; i++) {
        before = rig_tables(r, i);
        rig_rebuild(r, i);
        after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
}

/* The hint of an idle turn goes straight to the neighbour; what was handed back stands before it in the same
 * turn and would be passed. */
static void nothing_is_forwarded_past_what_is_handed_on(void **state)
{
    struct rig *r = *state;
    struct qp_input in[16];
    plant(r);
    matter old = rig_open(r, 2, "b's own"), down = rig_open(r, 0, "for b");
    rig_settle(r);
    burn_both(r);
    rig_ok(rig_offer(r, 0, down, QP_KIND_DISPATCH, "city/a/b"));
    for (int i = 1; i < 5; i++)
        rig_meet(r, i);
    rig_carry_lane(r, 0, 1, QP_LANE_URGENT, 16); /* who is where */
    while (rig_carry(r, 1, 2) > 0)
        ;
    size_t n = rig_gather(r, 0, 1, QP_LANE_BULK, in, 16);
    assert_true(n >= 2);
    assert_int_equal(rig_turn(r, 1, in, n), 0);
    assert_true(rig_waits(r, 1, 2, QP_LANE_BULK) >= 2);
    assert_null(rig_output(r, 1, QP_OUT_QUEUED, r->nodes[2].id));
    assert_non_null(rig_output(r, 1, QP_OUT_WAKE, r->nodes[2].id));
    rig_settle(r);
    both_are_back(r);
    assert_true(rig_holds(r, 2, old));
}

static void what_is_for_a_node_that_is_not_known_again_yet_waits(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter m = rig_open(r, 0, "for b");
    rig_settle(r);
    rig_burn(r, 1);
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_rejoin(r, 1);
    rig_meet(r, 1);
    assert_null(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/a/b"));
    for (int k = 0; k < 3; k++) /* what it said itself before needs its old certificate first */
        rig_carry_lane(r, 0, 1, QP_LANE_BULK, 16); /* ahead of the certificate, which is urgent */
    assert_int_equal(r->refusals, 0);
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/a/b")); /* it asked */
    rig_settle(r);
    assert_int_equal(r->refusals, 0);
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
}

/* Everybody's clock, and what it makes them ask for; then what waits is carried once. */
static void pass_seconds(struct rig *r, int seconds)
{
    for (int s = 0; s < seconds; s++) {
        r->now_us += SECOND;
        for (int i = 1; i < r->n; i++)
            for (int down = 0; down < 2; down++) {
                int at = down ? i : r->nodes[i].up, from = down ? r->nodes[i].up : i;
                rig_tick(r, at);
                if (rig_output(r, at, QP_OUT_ACK, r->nodes[from].id))
                    rig_acked(r, at, from);
                rig_carry(r, from, at);
            }
    }
}

/* The first burned parent had stated a final head, and the parcels that led to it burned with both. */
static void a_first_parcel_whose_predecessors_are_lost_is_taken_when_everything_was_asked_for(void **state)
{
    struct rig *r = *state;
    plant(r);
    matter lost = rig_open(r, 2, "only a's disk and b's held it");
    assert_true(rig_carry(r, 2, 1) > 0);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_carry_lane(r, 1, 0, QP_LANE_URGENT, 8); /* its certificate */
    matter new = rig_open(r, 2, "at once: it names the head that a stated");
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    for (int i = 1; i < 5; i++)
        rig_meet(r, i);
    pass_seconds(r, 1);
    assert_null(rig_row(r, 1, new));
    pass_seconds(r, 20);
    rig_settle(r);
    both_are_back(r);
    assert_null(rig_row(r, 0, lost));
    assert_non_null(rig_row(r, 0, new));
    rig_same_face(r, new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(two_neighbours_that_both_burned_do_not_wait_for_each_other),
        TEST(what_came_from_above_goes_down_first_and_then_each_waits_for_its_others),
        TEST(what_only_a_sibling_kept_comes_back_through_a_burned_parent),
        TEST(what_only_one_below_a_sibling_kept_comes_back_before_that_one_is_known_again),
        TEST(what_only_a_grandchild_kept_comes_back_through_a_burned_child),
        TEST(a_child_hands_back_only_what_went_to_it),
        TEST(a_burned_node_certifies_its_burned_child_when_its_parent_has_told_of_it),
        TEST(a_rebuild_of_both_while_they_recover_changes_nothing),
        TEST(nothing_is_forwarded_past_what_is_handed_on),
        TEST(what_is_for_a_node_that_is_not_known_again_yet_waits),
        TEST(a_first_parcel_whose_predecessors_are_lost_is_taken_when_everything_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
