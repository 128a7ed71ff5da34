/* recovery_test.c: a node that lost its disk gets everything back and acts on old matters only then (K5, L4),
 * and what was lost on its way to some is said again (E2). */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

static void a_wiped_leaf_gets_its_own_journal_back_from_its_parent(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "dark lamp");
    rig_ok(rig_comment(r, 2, m, "since Monday"));
    rig_settle(r);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    assert_int_equal(r->nodes[2].incarnation, 2);
    assert_true(qp_core_recovering(r->nodes[2].core));
    assert_null(rig_row(r, 2, m));
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[2].core));
    assert_true(rig_holds(r, 2, m));
    assert_int_equal(rig_history(r, 2, m, 0), 2);
    assert_true(rig_metrics(r, 2).handed_back > 0);
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_int_equal(rig_face(r, 0, m)->state, QP_CLOSED);
    assert_int_equal(r->refusals, 0);
}

static void a_wiped_node_opens_new_matters_at_once_and_touches_older_ones_only_when_all_is_back(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter old = rig_open(r, 1, "old");
    matter offered = rig_open(r, 0, "for the middle");
    rig_ok(rig_offer(r, 0, offered, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    matter new = rig_open(r, 1, "new");
    rig_ok(rig_comment(r, 1, new, "talk"));
    rig_code(rig_offer(r, 1, new, QP_KIND_ESCALATE, NULL), QP_ERECOVER);
    /* the parent alone has handed back: the child is still to come */
    rig_meet(r, 1);
    while (rig_carry(r, 0, 1) > 0 || rig_carry(r, 1, 0) > 0)
        ;
    struct qp_input in = {.kind = QP_IN_HANDED_BACK};
    memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 1, &in, 1), 0);
    assert_true(qp_core_recovering(r->nodes[1].core));
    assert_true(rig_holds(r, 1, old));
    rig_code(rig_step(r, 1, old, QP__EVENT__BODY_CLOSED), QP_ERECOVER);
    rig_code(rig_step(r, 1, offered, QP__EVENT__BODY_ACCEPTED), QP_ERECOVER);
    Qp__Event *below = rig_opened(r, "below", QP_ROUTINE);
    below->opened->face->area = qp_arena_text(r->arena, "city/a/b");
    rig_code(rig_try(r, 1, below), QP_ERECOVER);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    rig_ok(rig_step(r, 1, old, QP__EVENT__BODY_CLOSED));
    rig_ok(rig_step(r, 1, offered, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, old);
    rig_same_face(r, offered);
    rig_same_face(r, new);
}

static void a_child_that_cannot_come_back_is_revoked_first(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 1, "held in the middle");
    rig_settle(r);
    rig_stop(r, 2);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_true(qp_core_recovering(r->nodes[1].core));
    rig_code(rig_step(r, 1, m, QP__EVENT__BODY_CLOSED), QP_ERECOVER);
    rig_ok(rig_revoke(r, 0, "city/a/b")); /* any ancestor may */
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_CLOSED));
}

/* It does not know its children before its parent has told it: a first certificate for a place that has a
 * node already would make two of it. */
static void a_node_that_is_coming_back_certifies_nobody_before_its_parent_has_told_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    uint8_t token[QP_PK_LEN];
    rig_seed(r, token);
    rig_code(rig_invite(r, 1, "city/a/b", token, r->now_us + SECOND), QP_ERECOVER);
    rig_code(rig_invite(r, 1, "city/a/z", token, r->now_us + SECOND), QP_ERECOVER);
    rig_settle(r);
    rig_ok(rig_invite(r, 1, "city/a/z", token, r->now_us + SECOND));
}

static void what_reached_only_some_is_said_again_to_the_others(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 1, "offered down");
    rig_settle(r);
    rig_ok(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a/b"));
    /* the child hears of the offer, the parent does not; then the disk burns */
    assert_true(rig_carry(r, 1, 2) > 0);
    assert_non_null(rig_row(r, 2, m));
    assert_null(rig_face(r, 0, m)->offer);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_non_null(rig_face(r, 0, m)->offer);
    assert_int_equal(rig_history(r, 0, m, QP__EVENT__BODY_OFFERED), 1);
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_true(rig_holds(r, 0 + 2, m));
}

struct again {
    struct rig *r;
    matter m;
    int in_lane[QP_LANES + 1];
};

/* The offer, as node 1 said it to the horizon in its second life. */
static void count_again(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct again *a = arg;
    bool own = memcmp(p->h.origin, a->r->nodes[1].id, QP_ID_LEN) == 0;
    (void)rec;
    for (uint32_t i = 0; own && p->h.incarnation == 2 && p->h.scope == QP_SCOPE_HORIZON && i < p->h.count;
         i++) {
        Qp__Event *ev;
        assert_int_equal(qp_parcel_event(&ev, p, i, a->r->arena, NULL), 0);
        bool about = ev->matter.len == QP_ID_LEN && memcmp(ev->matter.data, a->m.b, QP_ID_LEN) == 0;
        a->in_lane[p->h.lane] += about && ev->body_case == QP__EVENT__BODY_OFFERED;
    }
}

static void what_is_said_again_of_an_emergency_goes_ahead_of_the_bulk(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter fire = rig_emergency(r, 1, "fire"), lamp = rig_open(r, 1, "lamp"), *both[] = {&fire, &lamp};
    rig_settle(r);
    for (int i = 0; i < 2; i++) /* the child hears of it, the parent does not */
        rig_ok(rig_offer(r, 1, *both[i], QP_KIND_DISPATCH, "city/a/b"));
    assert_true(rig_carry(r, 1, 2) > 0);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        struct again a = {.r = r, .m = *both[i]};
        rig_each(r, 1, count_again, &a);
        assert_int_equal(a.in_lane[QP_LANE_URGENT], i == 0);
        assert_int_equal(a.in_lane[QP_LANE_BULK], i == 1);
        assert_non_null(rig_face(r, 0, *both[i])->offer);
    }
}

static void what_reached_only_the_parent_is_said_again_to_the_child(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 1, "offered down");
    rig_settle(r);
    rig_ok(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a/b"));
    assert_true(rig_carry(r, 1, 0) > 0);
    rig_burn(r, 1);
    assert_null(rig_row(r, 2, m));
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_non_null(rig_row(r, 2, m));
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
}

/* K8: the newcomer knows nothing of it, and the evidence had been said to him alone. */
static void an_offer_that_is_said_again_brings_the_evidence_for_its_holder(void **state)
{
    struct rig *r = *state;
    assert_int_equal(rig_found(r), 0);
    int middle = rig_join(r, 0, "a"), from = rig_join(r, middle, "b"), to = rig_join(r, middle, "c");
    rig_settle(r);
    matter m = rig_open(r, from, "up and down again");
    rig_ok(rig_offer(r, from, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_int_equal(rig_face(r, middle, m)->custody, 2);
    rig_ok(rig_offer(r, middle, m, QP_KIND_DISPATCH, "city/a/c"));
    assert_true(rig_carry(r, middle, 0) > 0);
    rig_burn(r, middle);
    rig_burn(r, to);
    rig_rejoin(r, middle);
    rig_settle(r);
    rig_rejoin(r, to);
    rig_settle(r);
    assert_non_null(rig_row(r, to, m));
    rig_ok(rig_step(r, to, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_true(rig_holds(r, to, m));
}

/* The same of one that was asked to assist: what leads to the holder had been said to him alone. */
static void who_was_asked_to_assist_knows_the_matter_after_both_disks_burned(void **state)
{
    struct rig *r = *state;
    assert_int_equal(rig_found(r), 0);
    int middle = rig_join(r, 0, "a"), helper = rig_join(r, middle, "b");
    rig_settle(r);
    matter m = rig_open(r, 0, "down, and with help");
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_ok(rig_step(r, middle, m, QP__EVENT__BODY_ACCEPTED));
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_ASSISTED, &m);
    ev->assisted->to_path = r->nodes[helper].path;
    ev->assisted->note = qp_arena_text(r->arena, "a pump");
    rig_ok(rig_try(r, middle, ev));
    rig_settle(r);
    assert_non_null(rig_row(r, helper, m));
    rig_burn(r, middle);
    rig_burn(r, helper);
    rig_rejoin(r, middle);
    rig_settle(r);
    rig_rejoin(r, helper);
    rig_settle(r);
    assert_non_null(rig_row(r, helper, m));
    rig_same_face(r, m);
}

static void a_revocation_that_reached_only_the_parent_is_said_again_downward(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 4);
    rig_ok(rig_revoke(r, 1, "city/a/b/c"));
    assert_true(rig_carry(r, 1, 0) > 0); /* the horizon's copy; the order down is lost with the disk */
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_true(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a/b/c")->revoked);
    assert_true(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/a/b/c")->revoked);
    assert_true(qp_tree_path(qp_core_tree(r->nodes[2].core), "city/a/b/c")->revoked);
}

static void a_wiped_middle_node_gets_its_childrens_parcels_from_them(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "leaf's"), x = rig_open(r, 1, "own");
    rig_settle(r);
    matter late = rig_open(r, 3, "while it was away");
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    rig_same_face(r, m);
    rig_same_face(r, x);
    rig_same_face(r, late);
    assert_non_null(rig_row(r, 1, m));
    assert_non_null(rig_row(r, 1, late));
    assert_true(rig_ticks(r, 3, late).top);
    /* the levels around agree with each other */
    assert_int_equal(rig_board(r, 0).opened, 3);
    assert_int_equal(rig_board(r, 1).opened, 3);
    assert_int_equal(r->refusals, 0);
}

static void an_offer_that_came_while_it_was_away_is_answered_by_policy_when_it_is_back(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "up");
    rig_settle(r);
    rig_burn(r, 1);
    rig_ok(rig_offer(r, 2, m, QP_KIND_ESCALATE, NULL));
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_true(rig_holds(r, 1, m));
    assert_true(rig_holds(r, 2, m) == false);
    rig_same_face(r, m);
}

static void a_node_wiped_twice_goes_on_with_the_chains_of_its_first_life(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "first life");
    rig_settle(r);
    rig_burn(r, 2);
    rig_rejoin(r, 2); /* says nothing in its second */
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    assert_int_equal(r->nodes[2].incarnation, 3);
    matter new = rig_open(r, 2, "third life"); /* before anything is handed back */
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[2].core));
    rig_same_face(r, m);
    rig_same_face(r, new);
    assert_non_null(rig_row(r, 0, new));
    assert_int_equal(rig_metrics(r, 1).refused_gap, 0);
}

/* Who is below may know the certificate that burned with it before anybody above was told. */
static void a_parent_that_burned_gives_no_number_to_a_second_key(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_settle(r);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    assert_int_equal(r->nodes[2].incarnation, 2);
    rig_burn(r, 1);
    rig_burn(r, 2);
    rig_rejoin(r, 1);
    rig_settle(r);
    rig_rejoin(r, 2);
    assert_int_equal(r->nodes[2].incarnation, 3);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[2].core));
    matter m = rig_open(r, 2, "third life");
    rig_settle(r);
    rig_same_face(r, m);
    assert_int_equal(r->refusals, 0);
}

static void a_hand_back_is_taken_only_while_recovering(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "own");
    rig_settle(r);
    /* a parcel of an earlier life, kept back and brought when all is over */
    struct qp_slice old = {0};
    for (uint64_t at = rig_head(r, 0); at > 0; at--) {
        struct qp_parcel p;
        old = rig_record(r, 0, at);
        assert_int_equal(qp_parcel_open(&p, old.p, old.len, r->arena, NULL), 0);
        if (memcmp(p.h.origin, r->nodes[1].id, QP_ID_LEN) == 0)
            break;
    }
    struct forged more = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&more, rig_event(r, 1, QP__EVENT__BODY_COMMENTED, &m));
    struct qp_slice never_had = rig_seal(r, &more, NULL);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    struct qp_slice both[2] = {old, never_had};
    for (int k = 0; k < 2; k++) {
        struct qp_input in = rig_parcel(r, 0, 1, k == 0 ? QP_LANE_BULK : QP_LANE_URGENT, both[k]);
        uint64_t head = rig_head(r, 1);
        in.parcel.handback = true;
        assert_int_equal(rig_turn(r, 1, &in, 1), 0);
        assert_int_equal(rig_head(r, 1), head);
    }
    assert_int_equal(rig_metrics(r, 1).refused_scope, 1); /* the other was a duplicate */
}

/* A little memory stands for very many events: most of what a node has said lacks nowhere. */
static void what_lacks_nowhere_costs_no_memory_when_all_is_back(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "talked about");
    for (int i = 0; i < 1500; i++)
        rig_ok(rig_comment(r, 1, m, "again"));
    rig_settle(r);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_meet(r, 1);
    for (int i = 0; i < 80; i++) { /* what is handed back, a little at a time */
        for (uint32_t lane = 1; lane <= QP_LANES; lane++)
            rig_carry_lane(r, 0, 1, lane, 64);
        rig_carry(r, 1, 0);
        r->now_us += SECOND;
        rig_tick(r, 0);
    }
    assert_true(rig_head(r, 1) > 1500);
    struct qp_core *c = r->nodes[1].core;
    assert_true(qp_core_recovering(c));
    qp_arena_free(c->arena);
    c->arena = qp_arena_new(512 * 1024);
    struct qp_input in = {.kind = QP_IN_HANDED_BACK};
    memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 1, &in, 1), 0);
    assert_false(qp_core_recovering(c));
}

static void who_has_come_back_is_handed_nothing_more(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, 1, "own");
    rig_settle(r);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    rig_meet(r, 1); /* it greets again, as one that has everything */
    Qp__Ack ack = QP__ACK__INIT;
    ack.rewind = ack.full = true;
    struct qp_input in = {.kind = QP_IN_ACK};
    memcpy(in.peer, r->nodes[1].id, QP_ID_LEN);
    in.ack.ack = &ack;
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    assert_int_equal(rig_waits(r, 0, 1, QP_LANE_BULK) + rig_waits(r, 0, 1, QP_LANE_URGENT), 0);
}

static void a_crash_while_recovering_goes_on_recovering(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m[4];
    for (int i = 0; i < 4; i++)
        m[i] = rig_open(r, 1, "own");
    rig_settle(r);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_meet(r, 1);
    assert_int_equal(rig_carry_lane(r, 0, 1, QP_LANE_BULK, 2), 2);
    rig_stop(r, 1); /* its positions hold; it is still owed the rest */
    rig_start(r, 1);
    assert_true(qp_core_recovering(r->nodes[1].core));
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    for (int i = 0; i < 4; i++)
        assert_true(rig_holds(r, 1, m[i]));
}

static void a_rebuild_while_recovering_goes_on_recovering(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 1, "own");
    rig_settle(r);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_meet(r, 1);
    rig_carry(r, 0, 1);
    rig_rebuild(r, 1);
    assert_true(qp_core_recovering(r->nodes[1].core));
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_CLOSED));
    struct tables before = rig_tables(r, 1);
    assert_true(qp_hash_zero(&before.h[QP_T_ECHO])); /* what it noted on the way is gone */
    rig_rebuild(r, 1);
    assert_false(qp_core_recovering(r->nodes[1].core));
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_wiped_leaf_gets_its_own_journal_back_from_its_parent),
        TEST(a_wiped_node_opens_new_matters_at_once_and_touches_older_ones_only_when_all_is_back),
        TEST(a_child_that_cannot_come_back_is_revoked_first),
        TEST(a_node_that_is_coming_back_certifies_nobody_before_its_parent_has_told_it),
        TEST(what_reached_only_some_is_said_again_to_the_others),
        TEST(what_is_said_again_of_an_emergency_goes_ahead_of_the_bulk),
        TEST(what_reached_only_the_parent_is_said_again_to_the_child),
        TEST(an_offer_that_is_said_again_brings_the_evidence_for_its_holder),
        TEST(who_was_asked_to_assist_knows_the_matter_after_both_disks_burned),
        TEST(a_revocation_that_reached_only_the_parent_is_said_again_downward),
        TEST(a_wiped_middle_node_gets_its_childrens_parcels_from_them),
        TEST(an_offer_that_came_while_it_was_away_is_answered_by_policy_when_it_is_back),
        TEST(a_node_wiped_twice_goes_on_with_the_chains_of_its_first_life),
        TEST(a_parent_that_burned_gives_no_number_to_a_second_key),
        TEST(a_hand_back_is_taken_only_while_recovering),
        TEST(what_lacks_nowhere_costs_no_memory_when_all_is_back),
        TEST(who_has_come_back_is_handed_nothing_more),
        TEST(a_crash_while_recovering_goes_on_recovering),
        TEST(a_rebuild_while_recovering_goes_on_recovering),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
