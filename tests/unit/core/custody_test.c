/* custody_test.c: who answers for a matter, over whole nodes (K1-K5, K7). The pure rules have their tests in
 * matter; K5 stands in recovery_test.c; K6 (seizure) is not built. */
#include <time.h>

#include "tests/unit/core/rig.h"
#include "topology/proof.h"

static int holders(struct rig *r, matter m) /* who may act on it now */
{
    int n = 0;
    for (int i = 0; i < r->n; i++)
        n += rig_holds(r, i, m) && !rig_face(r, i, m)->offer;
    return n;
}

static void an_offers_number_is_above_every_number_that_was_seen(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 0, "to and fro");
    uint64_t last = 1;
    for (int k = 0; k < 3; k++) {
        rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
        uint64_t number = rig_face(r, 0, m)->offer->number;
        assert_true(number > last);
        last = number;
        rig_settle(r);
        rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_REFUSED)); /* refused ones count, too */
        rig_settle(r);
        assert_int_equal(rig_face(r, 0, m)->answered, number);
    }
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_true(rig_face(r, 1, m)->custody > last);
    rig_same_face(r, m);
}

static void a_number_is_answered_once(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 0, "down two levels");
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_settle(r);
    const Qp__Offer *o = rig_face(r, 2, m)->offer;
    uint64_t number = o->number;
    ProtobufCBinaryData named = o->event;
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_REFUSED));
    rig_settle(r);
    assert_true(rig_holds(r, 0, m));
    /* the receiver changes its mind, by a parcel that its core would not make */
    struct forged f = rig_forged(r, 2, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, 2, QP__EVENT__BODY_ACCEPTED, &m);
    ev->accepted->number = number;
    ev->accepted->offer = named;
    ev->accepted->path = r->nodes[2].path;
    ev->version = rig_face(r, 0, m)->version + 1;
    ev->custody = number;
    rig_add(&f, ev);
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(rig_hand(r, 2, 1, QP_LANE_BULK, bytes), 0); /* the relay remembers it, too */
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, bytes), 0);
    for (int i = 0; i < 2; i++) {
        assert_false(rig_holds(r, 2, m));
        assert_int_equal(memcmp(rig_face(r, i, m)->holder.data, r->nodes[0].id, QP_ID_LEN), 0);
        assert_int_equal(rig_metrics(r, i).conflicts, 1);
    }
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED));
}

static void an_offer_freezes_the_matter_until_the_committed_answer_and_no_time_thaws_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 0, "frozen");
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
    static const int steps[] = {QP__EVENT__BODY_CLOSED, QP__EVENT__BODY_ASSIGNED, QP__EVENT__BODY_HANDLED,
                                QP__EVENT__BODY_SORTED};
    r->now_us += 365 * 86400 * SECOND;
    rig_tick(r, 0);
    for (size_t i = 0; i < 4; i++)
        rig_code(rig_step(r, 0, m, steps[i]), QP_ESTEP);
    rig_code(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"), QP_ESTEP);
    rig_ok(rig_comment(r, 0, m, "still waiting"));
    rig_stop(r, 0);
    rig_start(r, 0);
    rig_code(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED), QP_ESTEP);
    rig_settle(r);
    assert_int_equal(holders(r, m), 0);
    /* the answer counts when it is committed there, and thaws when it is committed here */
    struct qp_input in = {.kind = QP_IN_COMMAND};
    in.command = (struct qp_command){
        .op = QP_OP_STEP, .draft = rig_draft(r, QP__EVENT__BODY_REFUSED, &m), .if_version = -1};
    rig_turn_crash(r, 1, &in, 1, 0);
    rig_start(r, 1);
    rig_settle(r);
    rig_code(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED), QP_ESTEP);
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_REFUSED));
    rig_code(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED), QP_ESTEP);
    rig_settle(r);
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED));
}

static void a_withdraw_asks_and_is_refused_what_was_not_accepted(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 0, "taken back");
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_WITHDRAWN));
    rig_code(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED), QP_ESTEP); /* it only asks */
    rig_settle(r);
    assert_null(rig_face(r, 0, m)->offer);
    assert_true(rig_holds(r, 0, m));
    assert_int_equal(rig_history(r, 1, m, QP__EVENT__BODY_REFUSED), 1);
    rig_same_face(r, m);
    rig_code(rig_step(r, 1, m, QP__EVENT__BODY_ACCEPTED), QP_ESTEP);
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED));
}

static void a_withdraw_that_crosses_the_acceptance_comes_too_late(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 0, "crossing");
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_ACCEPTED));
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_WITHDRAWN));
    assert_int_equal(holders(r, m), 1);
    rig_settle(r);
    assert_true(rig_holds(r, 1, m));
    assert_int_equal(holders(r, m), 1);
    rig_same_face(r, m);
    assert_int_equal(rig_history(r, 1, m, QP__EVENT__BODY_REFUSED), 0);
}

static void a_withdraw_and_its_offer_that_come_together_are_answered_once(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "up, no, not up");
    rig_ok(rig_offer(r, 1, m, QP_KIND_ESCALATE, NULL)); /* policy takes this kind at once */
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_WITHDRAWN));
    rig_settle(r);
    assert_int_equal(
        rig_history(r, 0, m, QP__EVENT__BODY_ACCEPTED) + rig_history(r, 0, m, QP__EVENT__BODY_REFUSED), 1);
    assert_int_equal(holders(r, m), 1);
    rig_same_face(r, m);
}

static void policy_accepts_what_comes_from_below_and_lets_what_comes_from_above_wait(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter up = rig_open(r, 2, "up"), down = rig_open(r, 0, "down");
    rig_ok(rig_offer(r, 2, up, QP_KIND_ESCALATE, NULL));
    rig_ok(rig_offer(r, 0, down, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    assert_true(rig_holds(r, 1, up));
    assert_true(rig_holds(r, 0, down));
    rig_ok(rig_offer(r, 1, up, QP_KIND_RETURN, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, 2, up));
    rig_policy(r, 1, false, false, true, true);
    matter another = rig_open(r, 0, "down"), again = rig_open(r, 2, "up");
    rig_ok(rig_offer(r, 0, another, QP_KIND_DISPATCH, "city/a"));
    rig_ok(rig_offer(r, 2, again, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, 1, another));
    assert_true(rig_holds(r, 2, again));
}

static void a_stale_holders_word_is_kept_and_shown_and_changes_nothing(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "given away");
    rig_ok(rig_offer(r, 1, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, 0, m));
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, 1, QP__EVENT__BODY_CLOSED, &m);
    ev->version = rig_face(r, 0, m)->version + 1;
    ev->custody = 1; /* its old one */
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_face(r, 0, m)->state, QP_OPEN);
    assert_int_equal(rig_row(r, 0, m)->conflicts, 1);
    assert_int_equal(rig_history(r, 0, m, QP__EVENT__BODY_CLOSED), 1); /* shown */
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_HANDLED));
    assert_int_equal(rig_face(r, 0, m)->state, QP_HANDLED);
}

static void there_is_one_holder_all_the_way_up_and_down_again(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "to the city and back");
    for (int at = 3; at > 0; at--) {
        rig_ok(rig_offer(r, at, m, QP_KIND_ESCALATE, NULL));
        assert_true(holders(r, m) <= 1);
        rig_settle(r);
        assert_true(rig_holds(r, at - 1, m));
        assert_int_equal(holders(r, m), 1);
    }
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a/b/c"));
    rig_settle(r);
    assert_int_equal(holders(r, m), 0);
    rig_ok(rig_step(r, 3, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_int_equal(holders(r, m), 1);
    assert_true(rig_holds(r, 3, m));
    rig_ok(rig_step(r, 3, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    rig_same_face(r, m);
}

/* 12,800 proofs of what is known, as a liar sends them with comments: all of them were verified anew with each later offer. */
static void evidence_that_nobody_needs_costs_an_offer_nothing(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int other = rig_join(r, 1, "other");
    rig_settle(r);
    matter m = rig_open(r, 2, "a lamp");
    struct qp_slice bytes = rig_record(r, 2, rig_head(r, 2)); /* its opening, as it was sealed */
    struct qp_parcel p;
    rig_settle(r);
    rig_ok(rig_offer(r, 2, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_int_equal(qp_parcel_open_trusted(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    Qp__ProofParcel *proofs[64];
    for (size_t i = 0; i < 64; i++)
        proofs[i] = qp_proof_of(&p, 0, r->arena);
    const struct forged first = rig_forged(r, 2, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    const uint64_t head = rig_head(r, 1);
    struct qp_hash id;
    for (int k = 0; k < 200; k++) {
        struct forged f = first;
        f.h.seq += (uint64_t)k;
        f.h.clock += (uint64_t)k;
        if (k > 0)
            f.h.prev = id;
        rig_add(&f, rig_event(r, 2, QP__EVENT__BODY_COMMENTED, &m));
        Qp__Event *ev = rig_event(r, 2, QP__EVENT__BODY_VOUCHED, &m);
        ev->vouched->parcels = proofs;
        ev->vouched->n_parcels = 64;
        rig_add(&f, ev);
        assert_int_equal(rig_hand(r, 2, 1, QP_LANE_BULK, rig_seal(r, &f, &id)), 0);
    }
    assert_int_equal(rig_head(r, 1), head + 200); /* all of it was taken */
    clock_t began = clock();
    rig_ok(rig_offer(r, 1, m, QP_KIND_DISPATCH, r->nodes[other].path));
    clock_t took = clock() - began;
    assert_true(took < CLOCKS_PER_SEC / 3); /* so many signatures are most of a second */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(an_offers_number_is_above_every_number_that_was_seen),
        TEST(a_number_is_answered_once),
        TEST(an_offer_freezes_the_matter_until_the_committed_answer_and_no_time_thaws_it),
        TEST(a_withdraw_asks_and_is_refused_what_was_not_accepted),
        TEST(a_withdraw_that_crosses_the_acceptance_comes_too_late),
        TEST(a_withdraw_and_its_offer_that_come_together_are_answered_once),
        TEST(policy_accepts_what_comes_from_below_and_lets_what_comes_from_above_wait),
        TEST(a_stale_holders_word_is_kept_and_shown_and_changes_nothing),
        TEST(there_is_one_holder_all_the_way_up_and_down_again),
        TEST(evidence_that_nobody_needs_costs_an_offer_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
