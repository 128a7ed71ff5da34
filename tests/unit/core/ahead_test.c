/* ahead_test.c: what a relay passes on before its own commit, and what becomes of it when that commit never
 * comes (L3, C2).
 *
 *   city 0 ─ a 1 ─ b 2 ─ c 3 */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

static void a_report_is_passed_on_before_the_relay_has_committed_it(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "quick");
    struct passed *b = rig_watch(r, 2), *a = rig_watch(r, 1);
    uint64_t before = rig_peer(r, 0, 1).received[QP_LANE_BULK - 1];
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    assert_int_equal(rig_turn(r, 2, in, 1), 0);
    assert_int_equal(b->n, 1);
    assert_int_equal(b->v[0].len, in[0].parcel.len);
    assert_memory_equal(b->v[0].p, in[0].parcel.bytes, b->v[0].len);
    const struct qp_output *q = rig_output(r, 2, QP_OUT_QUEUED, r->nodes[1].id);
    assert_true(q && q->queued.passed);
    assert_null(rig_output(r, 2, QP_OUT_WAKE, r->nodes[1].id)); /* no hurry */
    rig_hand_ahead(r, 2, 1, b->v[0]);
    rig_hand_ahead(r, 1, 0, a->v[0]);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(rig_metrics(r, 0).taken_ahead, 1);
    assert_int_equal(rig_peer(r, 0, 1).received[QP_LANE_BULK - 1],
                     before); /* it has no place in a's journal */
    assert_null(rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id));
    assert_int_equal(rig_unconfirmed(r, 1, 2) + rig_unconfirmed(r, 0, 1), 2);
    rig_settle(r); /* the deliveries that follow confirm it, and are nothing else */
    assert_int_equal(rig_unconfirmed(r, 1, 2) + rig_unconfirmed(r, 0, 1), 0);
    assert_int_equal(rig_board(r, 0).opened, 1);
    assert_true(rig_ticks(r, 3, m).top);
    for (int i = 0; i < 2; i++) {
        struct qp_core_metrics c = rig_metrics(r, i);
        assert_int_equal(rig_refused(&c), 0);
    }
    rig_same_face(r, m);
}

static void custody_waits_for_the_relays_commit(void **state)
{
    struct rig *r = *state;
    struct qp_input in[4];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "to b");
    rig_ok(rig_offer(r, 3, m, QP_KIND_ESCALATE, NULL));
    rig_ok(rig_comment(r, 3, m, "after it")); /* may not pass what has to wait */
    struct passed *p = rig_watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 4), 3);
    assert_int_equal(rig_turn(r, 2, in, 3), 0);
    assert_int_equal(p->n, 1);
    rig_hand_ahead(r, 2, 1, rig_record(r, 3, rig_head(r, 3) - 1)); /* nor is it taken so */
    rig_hand_ahead(r, 2, 1, p->v[0]);
    rig_hand_ahead(r, 2, 1, rig_record(r, 3, rig_head(r, 3) - 1));
    assert_int_equal(rig_metrics(r, 1).taken_ahead, 1);
    assert_null(rig_face(r, 1, m)->offer);
    rig_settle(r);
    assert_true(rig_holds(r, 2, m));
    rig_same_face(r, m);
}

static void only_what_comes_from_below_for_the_horizon_is_passed_on(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 4);
    int z = rig_join(r, 1, "z");
    rig_settle(r);
    rig_give_chain(r, 1, 2, qp_core_self(r->nodes[z].core)->id.b);
    struct passed *b = rig_watch(r, 2), *a = rig_watch(r, 1), *city = rig_watch(r, 0);
    matter own = rig_open(r, 2, "b's own"); /* it has not said it before its commit */
    assert_int_equal(b->n, 0);
    rig_settle(r);
    assert_int_equal(a->n, 1); /* for a it comes from below */
    rig_ok(rig_offer(r, 2, own, QP_KIND_TRANSFER, "city/a/z"));
    rig_settle(r);
    rig_ok(rig_step(r, z, own, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_int_equal(a->n, 1);
    rig_ok(rig_comment(r, z, own, "for z's members: the city, a, b"));
    rig_settle(r);
    assert_int_equal(a->n, 2); /* the horizon's copy alone */
    assert_int_equal(city->n, 0);
    rig_same_face(r, own);
}

static void at_most_so_many_go_ahead_and_none_when_there_is_no_room(void **state)
{
    struct rig *r = *state;
    struct qp_input in[8];
    rig_tree(r, 4);
    for (int i = 0; i < 7; i++)
        rig_open(r, 3, "one of many");
    struct passed *b = rig_watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 8), 7);
    assert_int_equal(rig_turn(r, 2, in, 6), 0);
    assert_int_equal(b->n, QP_AHEAD);
    for (size_t i = 0; i < QP_AHEAD; i++)
        rig_hand_ahead(r, 2, 1, b->v[i]);
    assert_int_equal(rig_unconfirmed(r, 1, 2), QP_AHEAD);
    struct tables before = rig_tables(r, 1);
    rig_hand_ahead(r, 2, 1, (struct qp_slice){in[4].parcel.bytes, in[4].parcel.len}); /* one too many */
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(rig_carry_lane(r, 2, 1, QP_LANE_BULK, 2), 2); /* two of them are confirmed */
    assert_int_equal(rig_unconfirmed(r, 1, 2), QP_AHEAD - 2);
    b->no_room = true;
    assert_int_equal(rig_turn(r, 2, &in[6], 1), 0);
    assert_int_equal(b->n, QP_AHEAD);
    const struct qp_output *q = rig_output(r, 2, QP_OUT_QUEUED, r->nodes[1].id);
    assert_true(q && !q->queued.passed);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 7);
}

/* The first of c's chain, as somebody without c's key would seal it. */
static struct qp_slice by_thief(struct rig *r, const matter *m)
{
    struct forged f = rig_forged(r, 3, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    struct qp_keys thief;
    uint8_t master[32] = {9};
    qp_keys_derive(&thief, master);
    f.h.seq = 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    f.sign_sk = thief.sign_sk;
    rig_add(&f, rig_event(r, 3, QP__EVENT__BODY_COMMENTED, m));
    return rig_seal(r, &f, NULL);
}

static void what_does_not_fit_is_dropped_and_judged_when_it_comes_in_its_place(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 4);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    matter m[3];
    for (int i = 0; i < 3; i++)
        m[i] = rig_open(r, 3, "in its place");
    rig_carry(r, 3, 2);
    struct qp_slice first = rig_record(r, 3, rig_head(r, 3) - 2),
                    second = rig_record(r, 3, rig_head(r, 3) - 1);
    uint8_t *altered = qp_arena_copy(r->arena, first.p, first.len);
    altered[first.len - 1] ^= 1; /* the last byte of its last event */
    rig_open(r, z, "z's");
    struct qp_slice foreign = rig_record(r, z, rig_head(r, z));
    struct qp_slice stolen = by_thief(r, &m[0]);
    uint64_t head = rig_head(r, 1);
    rig_hand_ahead(r, 2, 1, second); /* a gap */
    rig_hand_ahead(r, 2, 1, (struct qp_slice){altered, first.len});
    rig_hand_ahead(r, 2, 1, foreign);
    rig_hand_ahead(r, 2, 1, stolen);
    struct qp_input old = rig_ahead(r, 2, first);
    old.ahead.epoch[0] ^= 1; /* of a session that is over */
    assert_int_equal(rig_turn(r, 1, &old, 1), 0);
    assert_int_equal(rig_head(r, 1), head);
    assert_int_equal(rig_metrics(r, 1).refused_signature, 1);
    assert_int_equal(rig_metrics(r, 1).refused_malformed, 1);
    assert_int_equal(r->refusals, 0); /* nobody is told: it comes again */
    assert_null(rig_output(r, 1, QP_OUT_REFUSED, NULL));
    rig_settle(r);
    for (int i = 0; i < 3; i++)
        rig_same_face(r, m[i]);
    assert_int_equal(rig_board(r, 0).opened, 4);
}

static void from_above_only_what_had_gone_up_through_here_is_taken(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[z].core)->id.b);
    rig_open(r, z, "a cousin's");
    rig_open(r, 1, "a's own");
    uint64_t head = rig_head(r, 1);
    rig_hand_ahead(r, 0, 1, rig_record(r, z, rig_head(r, z)));
    rig_hand_ahead(r, 0, 1, rig_record(r, 1, head));
    assert_int_equal(rig_head(r, 1), head);
}

/* Signatures are checked after the passing, so that one that does not fit goes up as well, once. */
static void whoever_brings_what_does_not_fit_its_key_is_doubted(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "true");
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    struct qp_slice false_one = by_thief(r, &m);
    struct passed *b = rig_watch(r, 2), *a = rig_watch(r, 1);
    in[1] = rig_parcel(r, 3, 2, QP_LANE_BULK, false_one);
    struct qp_command own = {
        .op = QP_OP_STEP, .draft = rig_opened(r, "b's own", QP_ROUTINE), .if_version = -1};
    struct qp_input both[] = {in[1], {.kind = QP_IN_COMMAND, .command = own}};
    assert_int_equal(rig_turn(r, 2, both, 2), 0);
    const struct qp_output *q = rig_output(r, 2, QP_OUT_QUEUED, r->nodes[1].id);
    assert_true(q && !q->queued.passed); /* it was the false one that went ahead */
    for (int i = 0; i < 2; i++)
        assert_int_equal(rig_turn(r, 2, &in[1], 1), 0);
    assert_int_equal(b->n, 1);
    rig_hand_ahead(r, 2, 1, false_one);
    rig_hand_ahead(r, 2, 1, false_one);
    assert_int_equal(a->n, 1);
    assert_int_equal(rig_metrics(r, 1).refused_signature, 1); /* the second was not looked at any more (L7) */
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(b->n, 1); /* the true one took the usual way */
    rig_stop(r, 2);
    rig_start(r, 2);
    r->nodes[2].met = r->nodes[3].met = false;
    rig_settle(r);
    b = rig_watch(r, 2);
    rig_open(r, 3, "after b's start");
    rig_carry(r, 3, 2);
    assert_int_equal(b->n, 1);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 3);
}

static void nothing_goes_ahead_in_a_turn_that_learned_a_certificate(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 4);
    assert_int_equal(rig_join(r, 3, "d"), 4);
    rig_carry(r, 3, 2); /* d's certificate */
    rig_open(r, 3, "one");
    struct passed *p = rig_watch(r, 2);
    struct qp_keys k;
    uint8_t master[32] = {7};
    struct qp_cert c = {.incarnation = 1};
    qp_keys_derive(&k, master);
    snprintf(c.path, sizeof c.path, "city/a/b/c/x");
    snprintf(c.title, sizeof c.title, "x");
    snprintf(c.level, sizeof c.level, "place");
    Qp__Certificate *cert = rig_certify(r, 3, &c, &k);
    in[0] = (struct qp_input){.kind = QP_IN_CHAIN};
    memcpy(in[0].peer, r->nodes[3].id, QP_ID_LEN);
    in[0].chain.chain = rig_chain(r, 3, cert, &qp_core_self(r->nodes[3].core)->id);
    assert_int_equal(rig_gather(r, 3, 2, QP_LANE_BULK, &in[1], 1), 1);
    assert_int_equal(rig_turn(r, 2, in, 2), 0);
    assert_int_equal(p->n, 0);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_report_is_passed_on_before_the_relay_has_committed_it),
        TEST(custody_waits_for_the_relays_commit),
        TEST(only_what_comes_from_below_for_the_horizon_is_passed_on),
        TEST(at_most_so_many_go_ahead_and_none_when_there_is_no_room),
        TEST(what_does_not_fit_is_dropped_and_judged_when_it_comes_in_its_place),
        TEST(from_above_only_what_had_gone_up_through_here_is_taken),
        TEST(whoever_brings_what_does_not_fit_its_key_is_doubted),
        TEST(nothing_goes_ahead_in_a_turn_that_learned_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
