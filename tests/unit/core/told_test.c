/* told_test.c: a relay that was stopped after it had passed something on: what its parent tells it, and what
 * it does not do before (L3, C2).
 *
 *   city 0 ─ a 1 ─ b 2 ─ c 3 */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

/* A report of c's that b has passed on to a, which has it; b crashes before its commit. */
static matter undone(struct rig *r)
{
    struct qp_input in[2];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "ahead of b's disk");
    struct passed *p = rig_watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    rig_turn_crash(r, 2, in, 1, 0);
    assert_int_equal(p->n, 1);
    rig_start(r, 2);
    rig_hand_ahead(r, 2, 1, p->v[0]);
    r->nodes[2].met = r->nodes[3].met = false;
    assert_null(rig_row(r, 2, m));
    assert_non_null(rig_row(r, 1, m));
    return m;
}

static void a_relay_that_was_stopped_passes_nothing_on_before_it_was_told(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    struct passed *p = rig_watch(r, 2);
    rig_meet(r, 3);
    rig_carry(r, 3, 2);
    assert_int_equal(p->n, 0);
    assert_non_null(rig_row(r, 2, m));
    rig_meet(r, 2);
    rig_open(r, 3, "after it");
    rig_carry(r, 3, 2);
    assert_int_equal(p->n, 1);
    rig_settle(r);
    assert_int_equal(rig_unconfirmed(r, 1, 2), 0);
    assert_int_equal(rig_board(r, 0).opened, 2);
    rig_same_face(r, m);
}

static void what_went_ahead_comes_back_when_the_relay_and_the_disk_below_it_are_lost(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    uint8_t token[QP_PK_LEN];
    rig_burn(r, 3);
    struct qp_keys *k = &r->nodes[3].keys;
    rig_seed(r, token);
    qp_keys_derive(k, token);
    rig_ok(rig_invite(r, 2, r->nodes[3].path, token, r->now_us + 900 * SECOND));
    /* from the head that b holds c could not go on: a holds more */
    rig_code(rig_ask_join(r, 2, rig_request(r, k, token), token), QP_ERECOVER);
    rig_meet(r, 2);
    assert_non_null(rig_row(r, 2, m));
    rig_settle(r); /* without c: what is here again goes up and is confirmed there */
    assert_int_equal(rig_unconfirmed(r, 1, 2), 0);
    rig_ok(rig_ask_join(r, 2, rig_request(r, k, token), token)); /* the token is not used up */
    rig_rejoin(r, 3);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[3].core));
    assert_true(rig_holds(r, 3, m));
    rig_ok(rig_step(r, 3, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_int_equal(rig_board(r, 0).closed, 1);
    assert_int_equal(r->refusals, 0);
}

/* Two copies of c's disk run: what one said b passed on and lost, what the other said for the same place b took. Above b that is a
 * fork: nothing of it is held there, though b handed it back to c as its own. */
static void what_a_relay_took_for_a_place_that_is_taken_above_is_said_again_by_its_successor(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 4);
    matter older = rig_open(r, 3, "older");
    rig_settle(r);
    struct forged f = rig_forged(r, 3, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, 3, QP__EVENT__BODY_COMMENTED, &older);
    ev->commented->text = qp_arena_text(r->arena, "of the other copy");
    rig_add(&f, ev);
    struct qp_slice other = rig_seal(r, &f, NULL);
    struct passed *p = rig_watch(r, 2);
    rig_open(r, 3, "ahead of b's disk");
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    rig_turn_crash(r, 2, in, 1, 0);
    rig_start(r, 2);
    rig_hand_ahead(r, 2, 1, p->v[0]);
    r->nodes[2].met = r->nodes[3].met = false;
    rig_meet(r, 3);
    assert_int_equal(rig_hand(r, 3, 2, QP_LANE_BULK, other), 0);
    assert_int_equal(rig_history(r, 2, older, QP__EVENT__BODY_COMMENTED), 1);
    rig_settle(r);
    assert_int_equal(rig_history(r, 1, older, QP__EVENT__BODY_COMMENTED), 0);
    r->nodes[2].met = false; /* it is told once more: the fork is known by now */
    rig_settle(r);
    assert_true(qp_ahead_told(r->nodes[2].core));
    rig_burn(r, 3);
    rig_rejoin(r, 3);
    rig_meet(r, 3);
    while (rig_verdicts(r) + rig_carry(r, 2, 3) > 0)
        ;
    struct qp_input back = {.kind = QP_IN_HANDED_BACK};
    memcpy(back.peer, r->nodes[2].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 3, &back, 1), 0);
    assert_false(qp_core_recovering(r->nodes[3].core));
    for (int i = 0; i < 60;
         i++) { /* its chain goes on from what a never had: a asks for all, and again (C1) */
        r->now_us += SECOND;
        for (int k = 3; k > 0; k--) {
            rig_tick(r, k);
            rig_tick(r, k - 1);
            if (rig_output(r, k - 1, QP_OUT_ACK, r->nodes[k].id))
                rig_acked(r, k - 1, k);
            rig_carry(r, k, k - 1);
        }
    }
    rig_settle(r);
    for (int i = 0; i < 4; i++)
        assert_int_equal(rig_history(r, i, older, QP__EVENT__BODY_COMMENTED), 1);
    rig_ok(rig_step(r, 3, older, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    rig_same_face(r, older);
}

/* b and c stop at the same moment, and d's disk burns: only a has it. */
static void two_relays_that_were_stopped_at_once_are_told_one_after_the_other(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    uint8_t token[QP_PK_LEN];
    rig_tree(r, 5);
    matter m = rig_open(r, 4, "ahead of two disks");
    struct passed *c = rig_watch(r, 3), *b = rig_watch(r, 2);
    assert_int_equal(rig_gather(r, 4, 3, 0, in, 2), 1);
    rig_turn_crash(r, 3, in, 1, 0);
    rig_start(r, 3);
    struct qp_input up = rig_ahead(r, 3, c->v[0]);
    rig_turn_crash(r, 2, &up, 1, 0);
    rig_start(r, 2);
    rig_hand_ahead(r, 2, 1, b->v[0]);
    rig_burn(r, 4);
    rig_meet(r, 3);
    rig_tick(r, 3);
    assert_false(qp_ahead_told(r->nodes[3].core)); /* b does not know either */
    rig_meet(r, 2);
    assert_non_null(rig_row(r, 2, m));
    assert_null(rig_row(r, 3, m));
    assert_true(qp_core_next_tick(r->nodes[2].core) <= r->now_us);
    rig_tick(r, 2);
    rig_told(r, 3);
    rig_tick(r, 3);
    assert_true(qp_ahead_told(r->nodes[3].core));
    assert_non_null(rig_row(r, 3, m));
    rig_seed(r, token);
    rig_ok(rig_invite(r, 3, r->nodes[4].path, token, r->now_us + 900 * SECOND));
    rig_rejoin(r, 4);
    rig_settle(r);
    assert_true(rig_holds(r, 4, m));
    assert_int_equal(rig_unconfirmed(r, 1, 2) + rig_unconfirmed(r, 2, 3), 0);
    rig_same_face(r, m);
    assert_int_equal(rig_board(r, 0).opened, 1);
    assert_int_equal(r->refusals, 0);
}

/* The parcel is damaged on its way down; the word that this is all comes, and comes twice. */
static void a_word_without_what_it_speaks_of_is_asked_for_again(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    struct qp_input in[QP_AHEAD_KEPT + 1];
    rig_greet(r, 2);
    size_t n = rig_word(r, 2, in);
    assert_int_equal(n, 2);
    uint8_t *altered = qp_arena_copy(r->arena, in[0].ahead.bytes, in[0].ahead.len);
    altered[in[0].ahead.len - 1] ^= 1;
    in[0].ahead.bytes = altered;
    in[2] = in[1];
    assert_int_equal(rig_turn(r, 2, in, 3), 0);
    const struct qp_output *o = rig_output(r, 2, QP_OUT_ACK, r->nodes[1].id);
    assert_true(o && o->ack.rewind);
    rig_tick(r, 2);
    assert_false(qp_ahead_told(r->nodes[2].core));
    assert_null(rig_row(r, 2, m));
    Qp__Ack ack = QP__ACK__INIT;
    struct qp_input asks = {.kind = QP_IN_ACK};
    ack.rewind = true;
    memcpy(asks.peer, r->nodes[2].id, QP_ID_LEN);
    asks.ack.ack = &ack;
    assert_int_equal(rig_turn(r, 1, &asks, 1), 0);
    rig_told(r, 2);
    rig_tick(r, 2);
    assert_true(qp_ahead_told(r->nodes[2].core));
    assert_non_null(rig_row(r, 2, m));
}

/* What no place of a chain is went ahead nowhere. */
static void a_head_of_no_place_is_nothing_that_went_ahead(void **state)
{
    struct rig *r = *state;
    undone(r);
    uint8_t hash[QP_HASH_LEN] = {7};
    Qp__Head head = QP__HEAD__INIT, *heads[] = {&head};
    head.origin = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[3].id};
    head.incarnation = 1;
    head.scope = QP_SCOPE_HORIZON;
    head.lane = QP_LANE_BULK;
    head.hash = (ProtobufCBinaryData){QP_HASH_LEN, hash};
    struct qp_input in = rig_ahead(r, 1, (struct qp_slice){0});
    in.ahead.last = true;
    in.ahead.heads = heads;
    in.ahead.nheads = 1;
    assert_int_equal(rig_turn(r, 2, &in, 1), 0);
    rig_tick(r, 2);
    assert_true(qp_ahead_told(r->nodes[2].core)); /* it says that this is all */
}

static void a_new_child_needs_no_word_from_above(void **state)
{
    struct rig *r = *state;
    undone(r);
    assert_int_equal(rig_join(r, 2, "new"), 4);
}

static void after_an_end_in_order_nothing_is_missing(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct node *x = &r->nodes[1];
    qp_core_close(x->core);
    qp_store_close(x->store, true);
    rig_start(r, 1);
    assert_true(qp_ahead_told(x->core));
    rig_stop(r, 1);
    rig_start(r, 1);
    assert_false(qp_ahead_told(x->core));
}

/* An end in order does not make good what was passed on before it and never committed here. */
static void who_was_not_told_is_not_told_after_an_end_in_order_either(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    struct node *x = &r->nodes[2];
    for (int round = 0; round < 3; round++) { /* it was stopped in the middle of its work, then in order */
        assert_false(qp_ahead_told(x->core));
        qp_core_close(x->core);
        qp_store_close(x->store, true);
        rig_start(r, 2);
    }
    assert_false(qp_ahead_told(x->core));
    rig_settle(r);
    assert_true(qp_ahead_told(x->core));
    assert_non_null(rig_row(r, 2, m));
    qp_core_close(x->core);
    qp_store_close(x->store, true);
    rig_start(r, 2);
    assert_true(qp_ahead_told(x->core));
}

/* The turn is given up, as when the disk is full, and the node goes on. */
static void a_turn_that_is_given_up_after_it_passed_something_on_is_like_a_crash(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    struct qp_txn t;
    struct qp_outputs out = {0};
    uint8_t seed[QP_SEED_LEN];
    struct node *x = &r->nodes[2];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "no room for it");
    struct passed *p = rig_watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    for (int with = 0; with < 2; with++) {
        rig_seed(r, seed);
        assert_true(qp_ahead_told(x->core));
        assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
        assert_int_equal(qp_turn(x->core, &t, in, (size_t)with, r->now_us, seed, &out, NULL), 0);
        qp_store_abort(&t);
        assert_int_equal(qp_core_forget(x->core, NULL), 0);
    }
    assert_int_equal(p->n, 1);
    assert_false(qp_ahead_told(x->core));
    rig_meet(r, 2);
    assert_true(qp_ahead_told(x->core) || !rig_turn(r, 2, NULL, 0));
    assert_true(qp_ahead_told(x->core));
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
}

/* What it is told counts when the turn that took it was committed. */
static void a_word_from_above_that_is_given_up_was_not_heard(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    struct node *x = &r->nodes[2];
    struct qp_txn t;
    struct qp_outputs out = {0};
    uint8_t seed[QP_SEED_LEN];
    struct qp_input in = rig_ahead(r, 1, (struct qp_slice){0});
    in.ahead.last = true;
    rig_seed(r, seed);
    assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
    assert_int_equal(qp_turn(x->core, &t, &in, 1, r->now_us, seed, &out, NULL), 0);
    qp_store_abort(&t);
    assert_int_equal(qp_core_forget(x->core, NULL), 0);
    rig_tick(r, 2);
    assert_false(qp_ahead_told(x->core));
    in = rig_ahead(r, 3, (struct qp_slice){0});
    in.ahead.last = true; /* a child has nothing to tell */
    assert_int_equal(rig_turn(r, 2, &in, 1), 0);
    rig_tick(r, 2);
    assert_false(qp_ahead_told(x->core));
    rig_settle(r);
    assert_true(qp_ahead_told(x->core));
    rig_same_face(r, m);
}

static void after_a_rebuild_the_last_ones_are_told_again(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    assert_int_equal(rig_unconfirmed(r, 1, 2), 1);
    rig_rebuild(r, 1);
    assert_int_equal(rig_unconfirmed(r, 1, 2), 1);
    rig_burn(r, 3);
    rig_meet(r, 2);
    assert_non_null(rig_row(r, 2, m));
    rig_rebuild(r, 2); /* a record of what was told: the queue upward is made again with it */
    assert_int_equal(rig_waits(r, 2, 1, QP_LANE_BULK), 2); /* and what it has written down itself */
    rig_settle(r);
    assert_int_equal(rig_unconfirmed(r, 1, 2), 0);
    assert_int_equal(rig_board(r, 0).opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_relay_that_was_stopped_passes_nothing_on_before_it_was_told),
        TEST(what_went_ahead_comes_back_when_the_relay_and_the_disk_below_it_are_lost),
        TEST(what_a_relay_took_for_a_place_that_is_taken_above_is_said_again_by_its_successor),
        TEST(two_relays_that_were_stopped_at_once_are_told_one_after_the_other),
        TEST(a_word_without_what_it_speaks_of_is_asked_for_again),
        TEST(a_head_of_no_place_is_nothing_that_went_ahead),
        TEST(a_new_child_needs_no_word_from_above),
        TEST(after_an_end_in_order_nothing_is_missing),
        TEST(who_was_not_told_is_not_told_after_an_end_in_order_either),
        TEST(a_turn_that_is_given_up_after_it_passed_something_on_is_like_a_crash),
        TEST(a_word_from_above_that_is_given_up_was_not_heard),
        TEST(after_a_rebuild_the_last_ones_are_told_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
