/* renew_test.c: who is refused above goes on as his next incarnation, by himself: nothing that he took in stays
 * stranded (E6). Who may ask, and how often: renew_ask_test.c.
 *
 *   city 0 ─ a 1 ─ b 2 */
#include "tests/unit/core/renews.h"

static void renew(struct rig *r, int i)
{
    struct qp_renewal_request q;
    assert_true(renew_wants(r, i, &q));
    const struct qp_output *o = renew_ask(r, i, &q);
    assert_true(o && o->kind == QP_OUT_WELCOME);
    renew_welcomed(r, i, o->welcome);
    renew_said_again(r, i);
}

static void no_refusal_stands(struct rig *r, int n)
{
    struct qp_refusal v[4];
    for (int i = 0; i < n; i++)
        assert_int_equal(rig_refusals(r, i, v, 4), 0);
}

static void same_after_rebuild(struct rig *r, int i)
{
    struct tables before = rig_tables(r, i);
    rig_rebuild(r, i);
    struct tables after = rig_tables(r, i);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void who_is_refused_above_goes_on_by_himself_and_nothing_is_stranded(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter before = rig_open(r, A, "before");
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    matter after = rig_open(r, A, "after"), waiting;
    rig_settle(r);
    assert_null(rig_row(r, CITY, after));
    assert_false(rig_ticks(r, A, after).held);
    waiting = rig_open(r, A, "not yet sent");
    matter urgent = rig_emergency(r, A, "urgent, not yet sent");
    renew(r, A);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 2);
    assert_int_equal(qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A].id)->cert.incarnation, 2);
    const matter all[] = {before, after, waiting, urgent};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        rig_same_face(r, all[i]);
        assert_int_equal(rig_history(r, CITY, all[i], QP__EVENT__BODY_OPENED), 1);
        assert_true(rig_ticks(r, A, all[i]).held && rig_ticks(r, A, all[i]).top);
    }
    assert_int_equal(rig_board(r, CITY).opened, 4);
    no_refusal_stands(r, 2);
    struct qp_renewal_request q;
    assert_false(renew_wants(r, A, &q));
    for (int i = CITY; i <= A; i++)
        same_after_rebuild(r, i);
    rig_stop(r, A);
    rig_start(r, A);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 2);
    matter later = rig_open(r, A, "as usual");
    rig_settle(r);
    rig_same_face(r, later);
    assert_true(rig_ticks(r, A, later).top);
}

static void what_a_relay_took_and_the_city_refused_comes_as_well(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_settle(r);
    renew_refuse_at(r, B, A, CITY, false);
    matter one = rig_open(r, B, "one");
    rig_settle(r);
    matter two = rig_open(r, B, "two");
    assert_non_null(rig_row(r, A, one));
    assert_null(rig_row(r, CITY, one));
    renew(r, B);
    for (int i = 0; i < 2; i++) {
        matter m = i == 0 ? one : two;
        rig_same_face(r, m);
        assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_OPENED), 1);
        assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_OPENED), 1);
        assert_true(rig_ticks(r, B, m).top);
    }
    no_refusal_stands(r, 3);
    for (int i = CITY; i <= B; i++)
        same_after_rebuild(r, i);
}

/* A relay in the middle of the tree goes on; what is below it does not notice. */
static void a_relay_goes_on_with_its_children_and_its_custody(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter down = rig_open(r, CITY, "down");
    rig_ok(rig_offer(r, CITY, down, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    rig_ok(rig_step(r, A, down, QP__EVENT__BODY_ACCEPTED)); /* nobody above hears it */
    rig_settle(r);
    rig_ok(rig_offer(r, A, down, QP_KIND_DISPATCH, "city/a/b"));
    matter up = rig_open(r, B, "up");
    rig_settle(r);
    assert_true(rig_holds(r, A, down));
    assert_non_null(rig_face(r, CITY, down)->offer); /* as the city knows it */
    renew(r, A);
    rig_ok(rig_step(r, B, down, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_true(rig_holds(r, B, down));
    rig_same_face(r, down);
    rig_same_face(r, up);
    int z = rig_join(r, A, "z"); /* it certifies with its new key */
    rig_settle(r);
    matter new = rig_open(r, z, "from a new child");
    rig_settle(r);
    rig_same_face(r, new);
    for (int i = CITY; i <= B; i++)
        same_after_rebuild(r, i);
}

/* The one event that was refused is told of, and the matter as it stands is said in its stead. */
static void what_was_itself_refused_is_not_said_again_and_its_matter_can_be_followed(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, true);
    matter m = rig_open(r, A, "its opening was refused");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m);
    ev->progressed->note = qp_arena_text(r->arena, "after it");
    rig_ok(rig_try(r, A, ev));
    rig_settle(r);
    renew(r, A);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_OPENED), 0);
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_COMMENTED), 1);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_COMMENTED), 1);
    assert_true(rig_holds(r, CITY, m) == false && rig_holds(r, A, m));
    rig_same_face(r, m);
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    assert_int_equal(rig_board(r, CITY).closed, 1);
    same_after_rebuild(r, A);
}

/* ---- its messages ---- */

/* They are signed with the key that its certificate names by then. */
static void a_renewed_node_is_heard_when_it_asks_for_a_record(void **state)
{
    struct rig *r = *state;
    struct qp_sealed *s = qp_arena_take(r->arena, sizeof *s);
    uint8_t seed[QP_SEED_LEN];
    matter m;
    rig_tree(r, 2);
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    renew(r, A);
    rig_seed(r, seed);
    assert_int_equal(qp_record_lock(s, "wang", 4, r->nodes[CITY].keys.box_pk, seed, r->arena, NULL), 0);
    struct qp_command c = {
        .op = QP_OP_STEP, .draft = rig_opened(r, "noise", QP_ROUTINE), .if_version = -1, .sealed = s};
    struct qp_reply reply = rig_command(r, CITY, &c);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_ACCEPTED));
    for (int i = 0; i < 8; i++) {
        rig_tick(r, i % 2);
        rig_settle(r);
    }
    assert_int_equal(rig_metrics(r, CITY).carried_refused, 0);
    assert_true(qp_vault_opens(r->nodes[A].vault, m.b));
}

/* ---- on lines ---- */

enum { MANY = 300 }; /* records, more than are looked at in one turn */

/* A renewed node that has begun to say again what was not held; the last of it is "two" on the line. */
static matter in_the_midst(struct rig *r)
{
    struct qp_renewal_request q;
    r->rings = true;
    rig_tree(r, 2);
    matter line = lines_open(r, A, CITY, "");
    lines_settle(r);
    rig_ok(lines_tell(r, A, line, "one", NULL));
    lines_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    for (int i = 0; i < MANY; i++)
        rig_open(r, A, "not held");
    rig_ok(lines_tell(r, A, line, "two", NULL));
    assert_true(renew_wants(r, A, &q));
    const struct qp_output *o = renew_ask(r, A, &q);
    assert_true(o && o->kind == QP_OUT_WELCOME);
    renew_welcomed(r, A, o->welcome);
    assert_true(r->nodes[A].core->resaying);
    return line;
}

static void what_is_said_on_a_line_meanwhile_comes_behind_what_is_said_again(void **state)
{
    struct rig *r = *state;
    matter line = in_the_midst(r);
    rig_ok(lines_tell(r, A, line, "three", NULL));
    rig_settle(r);
    renew_said_again(r, A);
    lines_settle(r);
    lines_hears(r, CITY, line, 1, "one");
    lines_hears(r, CITY, line, 2, "two");
    lines_hears(r, CITY, line, 3, "three");
    assert_int_equal(lines_with(r, A, line, CITY).delivered, 3);
    same_after_rebuild(r, A);
}

static void a_rebuild_in_the_midst_of_it_gives_the_same_lines(void **state)
{
    struct rig *r = *state;
    matter line = in_the_midst(r);
    lines_hand_key(r, CITY, A, 1, true); /* all is to be sealed for it again, when the rest is said */
    for (int n = 0; n < 100 && rig_waits(r, A, CITY, QP_LANE_LINE) == 0; n++)
        rig_tick(r, A);
    assert_true(
        r->nodes[A].core->resaying); /* "two" was said again, and that this was all was not said yet */
    assert_int_equal(lines_with(r, A, line, CITY).sent, 0);
    struct tables before = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables after = rig_tables(r, A);
    rig_same_tables(&before, &after, ~T(LINE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(who_is_refused_above_goes_on_by_himself_and_nothing_is_stranded),
        TEST(what_a_relay_took_and_the_city_refused_comes_as_well),
        TEST(a_relay_goes_on_with_its_children_and_its_custody),
        TEST(what_was_itself_refused_is_not_said_again_and_its_matter_can_be_followed),
        TEST(a_renewed_node_is_heard_when_it_asks_for_a_record),
        TEST(what_is_said_on_a_line_meanwhile_comes_behind_what_is_said_again),
        TEST(a_rebuild_in_the_midst_of_it_gives_the_same_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
