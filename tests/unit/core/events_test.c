/* events_test.c: events, the parcels that bring them, and who gets them (E1-E5; E6 stands in refused_test.c).
 */
#include "tests/unit/core/rig.h"

static Qp__Event *event_of(struct rig *r, struct qp_slice bytes, size_t i)
{
    struct qp_parcel p;
    Qp__Event *ev;
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    assert_int_equal(qp_parcel_event(&ev, &p, i, r->arena, NULL), 0);
    return ev;
}

static void an_event_is_applied_once_whichever_parcels_bring_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "said twice");
    rig_ok(rig_comment(r, 1, m, "first"));
    struct qp_slice kept = rig_record(r, 1, rig_head(r, 1));
    rig_settle(r);
    /* the very event again, in a parcel of its own, in the other lane */
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&f, event_of(r, kept, 0));
    struct tables before = rig_tables(r, 0);
    uint64_t applied = rig_metrics(r, 0).events_applied;
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, 0).events_applied, applied);
    assert_int_equal(rig_history(r, 0, m, QP__EVENT__BODY_COMMENTED), 1);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, T(META) | T(CHAIN) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void an_event_that_comes_before_its_predecessor_waits_for_it(void **state)
{
    struct rig *r = *state;
    struct qp_input in[4];
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "rises");
    Qp__Event *up = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m);
    rig_ok(rig_try(r, 1, up));
    assert_int_equal(rig_gather(r, 1, 0, QP_LANE_BULK, in, 4), 2);
    /* the second version alone, in the urgent lane, overtakes the first */
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&f, event_of(r, (struct qp_slice){in[1].parcel.bytes, in[1].parcel.len}, 0));
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, 0).waiting, 1);
    assert_null(rig_row(r, 0, m));
    rig_rebuild(r, 0); /* it waits in the journal's projection, too */
    rig_meet(r, 1);
    assert_int_equal(rig_turn(r, 0, in, 1), 0);
    assert_int_equal(rig_face(r, 0, m)->version, 2);
    rig_settle(r);
    rig_same_face(r, m);
    assert_int_equal(rig_history(r, 0, m, 0), 2);
}

static void every_event_goes_to_all_who_ever_held_the_matter_or_were_offered_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z"), y = rig_join(r, 0, "y");
    rig_settle(r);
    matter m = rig_open(r, 1, "around");
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[z].core)->id.b);
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[y].core)->id.b);
    rig_ok(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/y"));
    rig_settle(r);
    rig_ok(rig_step(r, y, m, QP__EVENT__BODY_REFUSED)); /* was offered it only */
    rig_settle(r);
    rig_ok(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/z"));
    rig_settle(r);
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_ACCEPTED));
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_HANDLED));
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    for (int i = 0; i < r->n; i++)
        assert_int_equal(rig_face(r, i, m)->state, QP_CLOSED);
    rig_same_face(r, m);
}

struct order {
    uint8_t scope[16];
    int n;
};

static void note_scope(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct order *o = arg;
    if (rec->kind == QP_RECORD_OWN && o->n < 16)
        o->scope[o->n++] = p->h.scope;
}

static void within_a_turn_the_horizons_parcel_is_journaled_first(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct order before = {.n = 0}, after = {.n = 0};
    rig_each(r, 1, note_scope, &before);
    Qp__Event *ev = rig_opened(r, "below", QP_ROUTINE);
    ev->opened->face->area = qp_arena_text(r->arena, "city/a/b");
    rig_ok(rig_try(r, 1, ev)); /* Opened and Offered to the horizon, Offered to the child */
    rig_each(r, 1, note_scope, &after);
    assert_int_equal(after.n, before.n + 2);
    assert_int_equal(after.scope[before.n], QP_SCOPE_HORIZON);
    assert_int_equal(after.scope[before.n + 1], QP_SCOPE_NODE);
}

static void a_newcomer_starts_from_the_offers_snapshot(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    matter m = rig_open(r, 1, "with a past");
    for (int i = 0; i < 3; i++)
        rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_PROGRESSED));
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[z].core)->id.b);
    rig_ok(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/z"));
    rig_settle(r);
    assert_int_equal(rig_face(r, z, m)->version, 5);
    assert_string_equal(rig_face(r, z, m)->title, "with a past");
    assert_int_equal(rig_history(r, z, m, 0), 1);
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
}

static void comments_have_ids_only_and_come_in_any_order(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "talked about");
    rig_settle(r);
    for (int i = 0; i < 3; i++) /* everybody at once */
        rig_ok(rig_comment(r, i, m, "me too"));
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_PROGRESSED));
    rig_settle(r);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_COMMENTED), i == 1 ? 3 : 3);
    rig_same_face(r, m);
}

static void a_turns_events_for_one_destination_go_into_one_parcel(void **state)
{
    struct rig *r = *state;
    enum { N = 50 };
    struct qp_input in[N];
    rig_tree(r, 2);
    uint64_t sealed = rig_metrics(r, 1).parcels_sealed;
    for (size_t i = 0; i < N; i++) {
        memset(&in[i], 0, sizeof in[i]);
        in[i].kind = QP_IN_COMMAND;
        in[i].command = (struct qp_command){
            .op = QP_OP_STEP, .draft = rig_opened(r, "many", QP_ROUTINE), .if_version = -1};
    }
    assert_int_equal(rig_turn(r, 1, in, N), 0);
    assert_int_equal(rig_metrics(r, 1).parcels_sealed, sealed + 1);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 1);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, N);
}

static void what_does_not_fit_one_parcel_goes_into_several(void **state)
{
    struct rig *r = *state;
    enum { N = 12 };
    struct qp_input in[N];
    rig_tree(r, 2);
    char *text = qp_arena_take(r->arena, QP_TEXT_BYTES + 1);
    memset(text, 'x', QP_TEXT_BYTES);
    text[QP_TEXT_BYTES] = 0;
    for (size_t i = 0; i < N; i++) {
        Qp__Event *ev = rig_opened(r, "long", QP_ROUTINE);
        ev->opened->face->text = text;
        memset(&in[i], 0, sizeof in[i]);
        in[i].kind = QP_IN_COMMAND;
        in[i].command = (struct qp_command){.op = QP_OP_STEP, .draft = ev, .if_version = -1};
    }
    assert_int_equal(rig_turn(r, 1, in, N), 0);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 4); /* three of 16 KiB in each 64 KiB */
    for (uint64_t at = rig_head(r, 1); at > rig_head(r, 1) - 4; at--)
        assert_true(rig_record(r, 1, at).len <= QP_PARCEL_BYTES);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(an_event_is_applied_once_whichever_parcels_bring_it),
        TEST(an_event_that_comes_before_its_predecessor_waits_for_it),
        TEST(every_event_goes_to_all_who_ever_held_the_matter_or_were_offered_it),
        TEST(within_a_turn_the_horizons_parcel_is_journaled_first),
        TEST(a_newcomer_starts_from_the_offers_snapshot),
        TEST(comments_have_ids_only_and_come_in_any_order),
        TEST(a_turns_events_for_one_destination_go_into_one_parcel),
        TEST(what_does_not_fit_one_parcel_goes_into_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
