/* scope_test.c: who may bring what along which link: each case of scope_of in admit.c. Nobody is believed
 * beyond his place in the tree.
 *
 *               city 0                 the origin's own key signs every parcel here; only the way is wrong
 *              /      \
 *        city/a 1     city/z 3
 *            |
 *       city/a/b 2
 */
#include "node/core/private.h"
#include "node/matter/clocks.h"
#include "node/matter/extension.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B, Z };

static void plant_tree(struct rig *r)
{
    rig_found(r);
    rig_join(r, CITY, "a");
    rig_join(r, A, "b");
    rig_join(r, CITY, "z");
    rig_settle(r);
    for (int i = A; i <= Z; i++)
        for (int k = A; k <= Z; k++) /* everybody can check everybody's signature */
            if (i != k)
                rig_give_chain(r, CITY, i, qp_core_self(r->nodes[k].core)->id.b);
}

static struct forged said(struct rig *r, int origin, uint8_t scope, int to)
{
    matter m = {{1, 2, 3}};
    bool order = scope == QP_SCOPE_SUBTREE; /* the only kind that goes down a subtree */
    Qp__Event *ev = order ? rig_event(r, origin, QP__EVENT__BODY_REVOKED, NULL)
                          : rig_event(r, origin, QP__EVENT__BODY_COMMENTED, &m);
    struct forged f = rig_forged(r, origin, scope, to < 0 ? NULL : r->nodes[to].id, QP_LANE_BULK);
    if (order)
        ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    else
        ev->commented->text = qp_arena_text(r->arena, "hello");
    rig_add(&f, ev);
    return f;
}

struct way {
    int origin, scope, to; /* what is said */
    int from, at;          /* who brings it to whom */
    bool good, handback;
};

static void tried(struct rig *r, const struct way *w)
{
    struct forged f = said(r, w->origin, (uint8_t)w->scope, w->to);
    struct qp_input in = rig_parcel(r, w->from, w->at, QP_LANE_BULK, rig_seal(r, &f, NULL));
    struct tables before = rig_tables(r, w->at);
    struct qp_core_metrics was = rig_metrics(r, w->at);
    uint64_t head = rig_head(r, w->at);
    in.parcel.handback = w->handback;
    assert_int_equal(rig_turn(r, w->at, &in, 1), 0);
    const struct qp_output *o = rig_output(r, w->at, QP_OUT_REFUSED, r->nodes[w->from].id);
    struct qp_core_metrics now = rig_metrics(r, w->at);
    if (w->good) {
        if (o)
            fail_msg("%s", o->refused.reason);
        assert_int_equal(now.parcels_received, was.parcels_received + 1);
        return;
    }
    assert_non_null(o);
    assert_int_equal(o->refused.code, QP_ESCOPE);
    assert_int_equal(now.refused_scope, was.refused_scope + 1);
    assert_int_equal(rig_refused(&now), rig_refused(&was) + 1);
    assert_int_equal(rig_head(r, w->at), head);
    struct tables after = rig_tables(r, w->at);
    rig_same_tables(&before, &after, T(PEER));
    matter good = rig_open(r, B, "a good one after it");
    rig_settle(r);
    assert_non_null(rig_row(r, CITY, good));
}

#define WAY(...)                                                                                             \
    struct way w = {__VA_ARGS__};                                                                            \
    plant_tree(*state);                                                                                      \
    tried(*state, &w)

static void from_below_what_a_child_and_its_subtree_say_is_taken(void **state)
{
    struct way own = {A, QP_SCOPE_HORIZON, -1, A, CITY, true, false};
    struct way below = {B, QP_SCOPE_HORIZON, -1, A, CITY, true, false};
    struct way to_me = {B, QP_SCOPE_NODE, CITY, A, CITY, true, false};
    struct way across = {B, QP_SCOPE_NODE, Z, A, CITY, true, false};
    plant_tree(*state);
    tried(*state, &own);
    tried(*state, &below);
    tried(*state, &to_me);
    tried(*state, &across);
}

static void from_below_what_a_cousin_says_is_refused(void **state)
{
    WAY(Z, QP_SCOPE_HORIZON, -1, A, CITY, false, false);
}

static void from_below_what_this_node_itself_is_said_to_have_said_is_refused(void **state)
{
    WAY(CITY, QP_SCOPE_HORIZON, -1, A, CITY, false, false);
}

static void from_below_an_order_for_its_origins_subtree_is_refused(void **state)
{
    WAY(A, QP_SCOPE_SUBTREE, -1, A, CITY, false, false);
}

static void from_below_what_should_have_turned_further_down_is_refused(void **state)
{
    WAY(A, QP_SCOPE_NODE, B, A, CITY, false, false);
}

static void from_above_orders_and_what_is_for_this_subtree_are_taken(void **state)
{
    struct way order = {CITY, QP_SCOPE_SUBTREE, -1, CITY, A, true, false};
    struct way to_me = {CITY, QP_SCOPE_NODE, A, CITY, A, true, false};
    struct way below = {Z, QP_SCOPE_NODE, B, CITY, A, true, false};
    plant_tree(*state);
    tried(*state, &order);
    tried(*state, &to_me);
    tried(*state, &below);
}

/* A word about a matter goes to its members, each by a parcel of its own: in an order for a whole subtree it is
 * its origin's doing, and stops that chain (E6). */
static void a_word_about_a_matter_is_no_order_for_a_subtree(void **state)
{
    struct rig *r = *state;
    matter m = {{1, 2, 3}};
    plant_tree(r);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_SUBTREE, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, CITY, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "to everybody");
    rig_add(&f, ev);
    struct qp_input in = rig_parcel(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL));
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    const struct qp_output *o = rig_output(r, A, QP_OUT_REFUSED, r->nodes[CITY].id);
    assert_non_null(o);
    assert_int_equal(o->refused.code, QP_EINVAL);
    assert_non_null(strstr(o->refused.reason, "scope"));
}

static void from_above_what_the_own_subtree_said_is_refused(void **state)
{
    WAY(B, QP_SCOPE_HORIZON, -1, CITY, A, false, false);
}

static void from_above_even_as_a_hand_back_while_nothing_is_lost(void **state)
{
    WAY(B, QP_SCOPE_HORIZON, -1, CITY, A, false, true);
}

static void from_above_what_is_for_the_horizon_is_refused(void **state)
{
    WAY(Z, QP_SCOPE_HORIZON, -1, CITY, A, false, false);
}

static void from_above_what_is_for_somebody_elsewhere_is_refused(void **state)
{
    WAY(CITY, QP_SCOPE_NODE, Z, CITY, A, false, false);
}

static void from_above_an_order_of_one_who_is_not_above_is_refused(void **state)
{
    WAY(Z, QP_SCOPE_SUBTREE, -1, CITY, A, false, false);
}

static void from_above_what_this_node_itself_is_said_to_have_said_is_refused(void **state)
{
    WAY(A, QP_SCOPE_HORIZON, -1, CITY, A, false, false);
}

static void handed_back_to_one_who_has_lost_nothing_is_refused(void **state)
{
    WAY(A, QP_SCOPE_HORIZON, -1, CITY, A, false, true);
}

static void a_certificate_of_another_node_proves_nothing(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    struct forged f = said(r, B, QP_SCOPE_HORIZON, -1);
    f.h.certificate = qp_core_self(r->nodes[A].core)->id; /* the relay signs with its own */
    f.sign_sk = r->nodes[A].keys.sign_sk;
    struct tables before = rig_tables(r, CITY);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_output(r, CITY, QP_OUT_REFUSED, NULL)->refused.code, QP_ESCOPE);
    assert_int_equal(rig_metrics(r, CITY).refused_scope, 1);
    struct tables after = rig_tables(r, CITY);
    rig_same_tables(&before, &after, T(PEER));
}

/* Z, which is above nobody, says of a matter that B does not know yet that more time is given. */
static void an_order_that_came_before_its_matter_is_asked_about_when_the_matter_comes(void **state)
{
    struct rig *r = *state;
    matter m;
    plant_tree(r);
    Qp__Event *open = rig_opened(r, "more time", QP_ROUTINE), *ask;
    open->opened->face->deadline_us = r->now_us + 3600 * SECOND;
    struct qp_reply reply = rig_try(r, A, open);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_settle(r);
    assert_null(rig_row(r, B, m));
    struct forged f = rig_forged(r, Z, QP_SCOPE_NODE, r->nodes[B].id, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, Z, QP__EVENT__BODY_EXTENSION_APPROVED, &m);
    ev->extension_approved->stage = (char *)(uintptr_t) "close";
    ev->extension_approved->serial = ev->extension_approved->number = 1;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, B, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    rig_ok(rig_offer(r, A, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_settle(r);
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_ACCEPTED));
    ask = rig_draft(r, QP__EVENT__BODY_EXTENSION_ASKED, &m);
    ask->extension_asked->stage = (char *)(uintptr_t) "close";
    ask->extension_asked->until_us = r->now_us + 7200 * SECOND;
    ask->extension_asked->reason = (char *)(uintptr_t) "parts are late";
    rig_ok(rig_try(r, B, ask));
    rig_settle(r);
    assert_int_equal(qp_face_clock(rig_face(r, B, m), QP_CLOCK_CLOSE)->extension->state, QP_EXTENSION_ASKED);
    assert_int_equal(rig_row(r, B, m)->n_beside, 0);
}

/* What a verified parcel says of matters that are not its origin's has no effect (K7); see matter for each
 * step. */
static void a_node_that_holds_nothing_changes_nothing(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    matter m = rig_open(r, B, "b's own");
    rig_settle(r);
    struct forged f = rig_forged(r, Z, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, Z, QP__EVENT__BODY_CLOSED, &m);
    ev->version = 2;
    ev->custody = 1;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, Z, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_face(r, CITY, m)->state, QP_OPEN);
    assert_int_equal(rig_metrics(r, CITY).conflicts, 1);
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 1); /* kept and shown */
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_HANDLED));
    rig_settle(r);
    assert_int_equal(rig_face(r, CITY, m)->state, QP_HANDLED);
}

/* An id of zeros is nobody's: its key is not known here, whoever signed. */
static void what_nobody_is_said_to_have_said_is_not_taken(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    struct forged f = said(r, B, QP_SCOPE_HORIZON, -1);
    f.sign_sk = r->nodes[B].keys.sign_sk;
    memset(f.h.origin, 0, QP_ID_LEN);
    uint64_t head = rig_head(r, CITY);
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, bytes), 0);
    rig_hand_ahead(r, A, CITY, bytes);
    assert_int_equal(rig_head(r, CITY), head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(from_below_what_a_child_and_its_subtree_say_is_taken),
        TEST(from_below_what_a_cousin_says_is_refused),
        TEST(from_below_what_this_node_itself_is_said_to_have_said_is_refused),
        TEST(from_below_an_order_for_its_origins_subtree_is_refused),
        TEST(from_below_what_should_have_turned_further_down_is_refused),
        TEST(from_above_orders_and_what_is_for_this_subtree_are_taken),
        TEST(a_word_about_a_matter_is_no_order_for_a_subtree),
        TEST(from_above_what_the_own_subtree_said_is_refused),
        TEST(from_above_even_as_a_hand_back_while_nothing_is_lost),
        TEST(from_above_what_is_for_the_horizon_is_refused),
        TEST(from_above_what_is_for_somebody_elsewhere_is_refused),
        TEST(from_above_an_order_of_one_who_is_not_above_is_refused),
        TEST(from_above_what_this_node_itself_is_said_to_have_said_is_refused),
        TEST(handed_back_to_one_who_has_lost_nothing_is_refused),
        TEST(a_certificate_of_another_node_proves_nothing),
        TEST(what_nobody_is_said_to_have_said_is_not_taken),
        TEST(an_order_that_came_before_its_matter_is_asked_about_when_the_matter_comes),
        TEST(a_node_that_holds_nothing_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
