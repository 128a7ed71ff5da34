/* ahead_test.c: what a relay passes on before its own commit, and what becomes of it when that commit never
 * comes (L3, C2).
 *
 *   city 0 ─ a 1 ─ b 2 ─ c 3 */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

/* What a node has passed on. */
struct passed {
    struct rig *r;
    struct qp_slice v[16];
    size_t n;
    bool no_room;
};

static bool pass(void *arg, uint32_t lane, const struct qp_slice *parcel)
{
    struct passed *p = arg;
    if (p->no_room)
        return false;
    assert_true(lane == QP_LANE_URGENT || lane == QP_LANE_BULK);
    assert_true(p->n < 16);
    p->v[p->n++] = (struct qp_slice){qp_arena_copy(p->r->arena, parcel->p, parcel->len), parcel->len};
    return true;
}

static struct passed *watch(struct rig *r, int i)
{
    struct passed *p = qp_arena_take(r->arena, sizeof *p);
    memset(p, 0, sizeof *p);
    p->r = r;
    qp_core_set_pass(r->nodes[i].core, pass, p);
    return p;
}

static size_t unconfirmed(struct rig *r, int parent, int child)
{
    struct qp_peer_entry p = rig_peer(r, parent, child);
    size_t n = 0;
    for (size_t i = 0; i < QP_AHEAD_KEPT; i++)
        n += p.ahead[i].position != 0 && p.ahead[i].again == 0;
    return n;
}

static void hand_ahead(struct rig *r, int from, int to, struct qp_slice bytes)
{
    struct qp_input in = rig_ahead(r, from, bytes);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

/* A report of c's that b has passed on to a, which has it; b crashes before its commit. */
static matter undone(struct rig *r)
{
    struct qp_input in[2];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "ahead of b's disk");
    struct passed *p = watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    rig_turn_crash(r, 2, in, 1, 0);
    assert_int_equal(p->n, 1);
    rig_start(r, 2);
    hand_ahead(r, 2, 1, p->v[0]);
    r->nodes[2].met = r->nodes[3].met = false;
    assert_null(rig_row(r, 2, m));
    assert_non_null(rig_row(r, 1, m));
    return m;
}

static void a_report_is_passed_on_before_the_relay_has_committed_it(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "quick");
    struct passed *b = watch(r, 2), *a = watch(r, 1);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    assert_int_equal(rig_turn(r, 2, in, 1), 0);
    assert_int_equal(b->n, 1);
    assert_int_equal(b->v[0].len, in[0].parcel.len);
    assert_memory_equal(b->v[0].p, in[0].parcel.bytes, b->v[0].len);
    const struct qp_output *q = rig_output(r, 2, QP_OUT_QUEUED, r->nodes[1].id);
    assert_true(q != NULL && q->queued.passed);
    assert_null(rig_output(r, 2, QP_OUT_WAKE, r->nodes[1].id)); /* no hurry */
    hand_ahead(r, 2, 1, b->v[0]);
    hand_ahead(r, 1, 0, a->v[0]);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(rig_metrics(r, 0).taken_ahead, 1);
    assert_int_equal(rig_peer(r, 0, 1).received[QP_LANE_BULK - 1], 0); /* it has no place in a's journal */
    assert_null(rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id));
    assert_int_equal(unconfirmed(r, 1, 2) + unconfirmed(r, 0, 1), 2);
    rig_settle(r); /* the deliveries that follow confirm it, and are nothing else */
    assert_int_equal(unconfirmed(r, 1, 2) + unconfirmed(r, 0, 1), 0);
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
    struct passed *p = watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 4), 3);
    assert_int_equal(rig_turn(r, 2, in, 3), 0);
    assert_int_equal(p->n, 1);
    hand_ahead(r, 2, 1, rig_record(r, 3, rig_head(r, 3) - 1)); /* nor is it taken so */
    hand_ahead(r, 2, 1, p->v[0]);
    hand_ahead(r, 2, 1, rig_record(r, 3, rig_head(r, 3) - 1));
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
    struct passed *b = watch(r, 2), *a = watch(r, 1), *city = watch(r, 0);
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
    struct passed *b = watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 8), 7);
    assert_int_equal(rig_turn(r, 2, in, 6), 0);
    assert_int_equal(b->n, QP_AHEAD);
    for (size_t i = 0; i < QP_AHEAD; i++)
        hand_ahead(r, 2, 1, b->v[i]);
    assert_int_equal(unconfirmed(r, 1, 2), QP_AHEAD);
    struct tables before = rig_tables(r, 1);
    hand_ahead(r, 2, 1, (struct qp_slice){in[4].parcel.bytes, in[4].parcel.len}); /* one too many */
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(rig_carry_lane(r, 2, 1, QP_LANE_BULK, 2), 2); /* two of them are confirmed */
    assert_int_equal(unconfirmed(r, 1, 2), QP_AHEAD - 2);
    b->no_room = true;
    assert_int_equal(rig_turn(r, 2, &in[6], 1), 0);
    assert_int_equal(b->n, QP_AHEAD);
    const struct qp_output *q = rig_output(r, 2, QP_OUT_QUEUED, r->nodes[1].id);
    assert_true(q != NULL && !q->queued.passed);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 7);
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
    struct forged f = rig_forged(r, 3, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    struct qp_keys thief;
    uint8_t master[32] = {9};
    qp_keys_derive(&thief, master);
    f.h.seq = 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    f.sign_sk = thief.sign_sk;
    rig_add(&f, rig_event(r, 3, QP__EVENT__BODY_COMMENTED, &m[0]));
    struct qp_slice by_thief = rig_seal(r, &f, NULL);
    uint64_t head = rig_head(r, 1);
    hand_ahead(r, 2, 1, second); /* a gap */
    hand_ahead(r, 2, 1, (struct qp_slice){altered, first.len});
    hand_ahead(r, 2, 1, foreign);
    hand_ahead(r, 2, 1, by_thief);
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
    hand_ahead(r, 0, 1, rig_record(r, z, rig_head(r, z)));
    hand_ahead(r, 0, 1, rig_record(r, 1, head));
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
    struct forged f = rig_forged(r, 3, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    struct qp_keys thief;
    uint8_t master[32] = {9};
    qp_keys_derive(&thief, master);
    f.h.seq = 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    f.sign_sk = thief.sign_sk;
    rig_add(&f, rig_event(r, 3, QP__EVENT__BODY_COMMENTED, &m));
    struct qp_slice false_one = rig_seal(r, &f, NULL);
    struct passed *b = watch(r, 2), *a = watch(r, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig_hand(r, 3, 2, QP_LANE_BULK, false_one), 0);
    assert_int_equal(b->n, 1);
    hand_ahead(r, 2, 1, false_one);
    hand_ahead(r, 2, 1, false_one);
    assert_int_equal(a->n, 1);
    assert_int_equal(rig_metrics(r, 1).refused_signature, 2);
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(b->n, 1); /* the true one took the usual way */
    rig_stop(r, 2);
    rig_start(r, 2);
    r->nodes[2].met = r->nodes[3].met = false;
    rig_settle(r);
    b = watch(r, 2);
    rig_open(r, 3, "after b's start");
    rig_carry(r, 3, 2);
    assert_int_equal(b->n, 1);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 2);
}

static void a_relay_that_was_stopped_passes_nothing_on_before_it_was_told(void **state)
{
    struct rig *r = *state;
    matter m = undone(r);
    struct passed *p = watch(r, 2);
    rig_meet(r, 3);
    rig_carry(r, 3, 2);
    assert_int_equal(p->n, 0);
    assert_non_null(rig_row(r, 2, m));
    rig_meet(r, 2);
    rig_open(r, 3, "after it");
    rig_carry(r, 3, 2);
    assert_int_equal(p->n, 1);
    rig_settle(r);
    assert_int_equal(unconfirmed(r, 1, 2), 0);
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
    assert_int_equal(unconfirmed(r, 1, 2), 0);
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

/* b and c stop at the same moment, and d's disk burns: only a has it. */
static void two_relays_that_were_stopped_at_once_are_told_one_after_the_other(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    uint8_t token[QP_PK_LEN];
    rig_tree(r, 5);
    matter m = rig_open(r, 4, "ahead of two disks");
    struct passed *c = watch(r, 3), *b = watch(r, 2);
    assert_int_equal(rig_gather(r, 4, 3, 0, in, 2), 1);
    rig_turn_crash(r, 3, in, 1, 0);
    rig_start(r, 3);
    struct qp_input up = rig_ahead(r, 3, c->v[0]);
    rig_turn_crash(r, 2, &up, 1, 0);
    rig_start(r, 2);
    hand_ahead(r, 2, 1, b->v[0]);
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
    assert_int_equal(unconfirmed(r, 1, 2) + unconfirmed(r, 2, 3), 0);
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
    assert_true(o != NULL && o->ack.rewind);
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
    struct passed *p = watch(r, 2);
    assert_int_equal(rig_gather(r, 3, 2, 0, in, 2), 1);
    for (int with = 0; with < 2; with++) {
        rig_seed(r, seed);
        assert_true(qp_ahead_told(x->core));
        assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
        assert_int_equal(qp_turn(x->core, &t, in, (size_t)with, r->now_us, seed, &out, NULL), 0);
        qp_store_abort(&t);
        qp_core_forget(x->core);
    }
    assert_int_equal(p->n, 1);
    assert_false(qp_ahead_told(x->core));
    rig_meet(r, 2);
    assert_true(qp_ahead_told(x->core) || rig_turn(r, 2, NULL, 0) == 0);
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
    qp_core_forget(x->core);
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
    assert_int_equal(unconfirmed(r, 1, 2), 1);
    rig_rebuild(r, 1);
    assert_int_equal(unconfirmed(r, 1, 2), 1);
    rig_burn(r, 3);
    rig_meet(r, 2);
    assert_non_null(rig_row(r, 2, m));
    rig_rebuild(r, 2); /* a record of what was told: the queue upward is made again with it */
    assert_int_equal(rig_waits(r, 2, 1, QP_LANE_BULK), 1);
    rig_settle(r);
    assert_int_equal(unconfirmed(r, 1, 2), 0);
    assert_int_equal(rig_board(r, 0).opened, 1);
}

static void nothing_goes_ahead_in_a_turn_that_learned_a_certificate(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 4);
    assert_int_equal(rig_join(r, 3, "d"), 4);
    rig_carry(r, 3, 2); /* d's certificate */
    rig_open(r, 3, "one");
    struct passed *p = watch(r, 2);
    struct qp_keys k;
    uint8_t master[32] = {7};
    struct qp_cert c = {.incarnation = 1, .node = {42}};
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
        TEST(a_relay_that_was_stopped_passes_nothing_on_before_it_was_told),
        TEST(what_went_ahead_comes_back_when_the_relay_and_the_disk_below_it_are_lost),
        TEST(two_relays_that_were_stopped_at_once_are_told_one_after_the_other),
        TEST(a_word_without_what_it_speaks_of_is_asked_for_again),
        TEST(a_new_child_needs_no_word_from_above),
        TEST(after_an_end_in_order_nothing_is_missing),
        TEST(a_turn_that_is_given_up_after_it_passed_something_on_is_like_a_crash),
        TEST(a_word_from_above_that_is_given_up_was_not_heard),
        TEST(after_a_rebuild_the_last_ones_are_told_again),
        TEST(nothing_goes_ahead_in_a_turn_that_learned_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
