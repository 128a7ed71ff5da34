/* links_test.c: positions, acks, queues and receipts of neighbours (L1-L3, L5, L6; L4 is in recovery_test.c).
 */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

static void the_receivers_committed_position_decides_what_comes_next(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int i = 0; i < 5; i++)
        rig_open(r, 1, "matter");
    assert_int_equal(rig_carry_lane(r, 1, 0, QP_LANE_BULK, 2), 2);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 3);
    struct qp_peer_entry there = rig_peer(r, 0, 1), here = rig_peer(r, 1, 0);
    assert_int_equal(there.received[QP_LANE_BULK - 1], here.acked[QP_LANE_BULK - 1]);
    assert_int_equal(rig_carry(r, 1, 0), 3);
    assert_int_equal(rig_board(r, 0).opened, 5);
}

static void an_ack_leaves_only_with_the_commit(void **state)
{
    struct rig *r = *state;
    struct qp_input in[1];
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "not lost");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 1), 1);
    rig_turn_crash(r, 0, in, 1, 0); /* it came, and was not committed */
    rig_start(r, 0);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 1);
    rig_settle(r);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
    assert_non_null(rig_row(r, 0, m));
}

static void an_ack_that_goes_back_or_beyond_what_was_said_changes_nothing(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int i = 0; i < 5; i++)
        rig_open(r, 1, "matter");
    assert_int_equal(rig_carry_lane(r, 1, 0, QP_LANE_BULK, 3), 3);
    const uint64_t was = rig_peer(r, 1, 0).acked[QP_LANE_BULK - 1], head = rig_head(r, 1);
    const uint64_t say[] = {0, 1, was - 1, was, head + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof say / sizeof *say; i++) {
        Qp__Position at = QP__POSITION__INIT, *all = &at;
        Qp__Ack ack = QP__ACK__INIT;
        struct qp_input in = {.kind = QP_IN_ACK, .ack.ack = &ack};
        memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
        at.lane = QP_LANE_BULK;
        at.position = say[i];
        ack.received = &all;
        ack.n_received = 1;
        assert_int_equal(rig_turn(r, 1, &in, 1), 0);
        assert_true(rig_peer(r, 1, 0).acked[QP_LANE_BULK - 1] == was);
        assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 2);
    }
    assert_int_equal(rig_carry(r, 1, 0), 2);
}

static void a_position_is_believed_only_in_its_own_epoch_and_with_its_own_hash(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int i = 0; i < 3; i++)
        rig_open(r, 1, "matter");
    rig_settle(r);
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
    for (int k = 0; k < 3; k++) {
        Qp__Greeting *g = rig_greeting(r, 0, 1);
        assert_int_equal(g->n_received, 1);
        if (k == 1)
            g->received[0]->hash.data[0] ^= 1;
        if (k == 2)
            g->seen_epoch.data[0] ^= 1;
        memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
        in.peer_open.greeting = g;
        assert_int_equal(rig_turn(r, 1, &in, 1), 0);
        /* what it says holds: nothing to send. Else everything again: the heads at the receiver decide */
        if (k == 0)
            assert_int_equal(rig_waits(r, 1, 0, 1) + rig_waits(r, 1, 0, 2), 0);
        else
            assert_true(rig_waits(r, 1, 0, 1) + rig_waits(r, 1, 0, 2) >= 3);
    }
    struct tables before = rig_tables(r, 0);
    rig_stop(r, 0);
    rig_start(r, 0);
    rig_settle(r);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, T(PEER) | T(META));
}

static void a_delivery_of_an_older_session_is_dropped(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 2);
    rig_open(r, 1, "matter");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 1), 1);
    in[0].parcel.epoch[3] ^= 1;
    struct tables before = rig_tables(r, 0);
    assert_int_equal(rig_turn(r, 0, in, 1), 0);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(r->nodes[0].out.n, 0);
}

static void a_gap_in_a_lane_is_asked_for_again_with_growing_pauses(void **state)
{
    struct rig *r = *state;
    struct qp_input in[3];
    rig_tree(r, 2);
    r->now_us += 6 * SECOND; /* what waits a moment after each start (core/urge.h) has had its tick */
    rig_tick(r, 0);
    for (int i = 0; i < 3; i++)
        rig_open(r, 1, "matter");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 3), 3);
    assert_int_equal(rig_turn(r, 0, &in[2], 1), 0);
    const struct qp_output *o = rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id);
    assert_non_null(o);
    assert_true(o->ack.rewind);
    assert_int_equal(rig_turn(r, 0, &in[2], 1), 0); /* asked already */
    o = rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id);
    assert_true(!o || !o->ack.rewind);
    int64_t pause = 0;
    bool full = false;
    for (int k = 0; k < 6; k++) {
        int64_t next = qp_core_next_tick(r->nodes[0].core);
        assert_true(next < INT64_MAX);
        assert_true(next - r->now_us >= pause);
        pause = next - r->now_us;
        r->now_us = next;
        rig_tick(r, 0);
        o = rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id);
        assert_non_null(o);
        assert_true(o->ack.rewind);
        full |= o->ack.full; /* at last: everything from the start */
    }
    assert_true(full);
    assert_true(pause >= 10 * SECOND);
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 3);
}

static void a_replayed_parcel_is_acknowledged_and_has_no_effect(void **state)
{
    struct rig *r = *state;
    struct qp_input in[1];
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "once");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 1), 1);
    rig_settle(r);
    struct tables before = rig_tables(r, 0);
    uint64_t head = rig_head(r, 0);
    assert_int_equal(rig_turn(r, 0, in, 1), 0); /* at its old position */
    assert_non_null(rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id));
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, (struct qp_slice){in[0].parcel.bytes, in[0].parcel.len}),
                     0);
    assert_int_equal(rig_metrics(r, 0).duplicates, 2);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, T(PEER));
    assert_int_equal(rig_head(r, 0), head);
    assert_int_equal(rig_history(r, 0, m, 0), 1);
}

static void a_certificate_that_is_not_known_is_asked_of_the_neighbour_that_checked_it(void **state)
{
    struct rig *r = *state;
    struct qp_input in[4];
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[z].core)->id.b);
    matter m = rig_open(r, 1, "for z");
    rig_ok(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/z"));
    rig_carry(r, 1, 0);
    size_t n = rig_gather(r, 0, z, 0, in, 4);
    assert_true(n >= 1);
    assert_int_equal(rig_turn(r, z, in, n), 0);
    const struct qp_output *ask = rig_output(r, z, QP_OUT_ASK, r->nodes[0].id);
    assert_non_null(ask);
    assert_null(ask->ask.path);
    assert_memory_equal(ask->ask.certificate, qp_core_self(r->nodes[1].core)->id.b, 32);
    assert_null(rig_row(r, z, m));
    assert_int_equal(rig_metrics(r, z).refused_unknown_key, 1);
    uint64_t head = rig_head(r, z);
    rig_give_chain(r, 0, z, ask->ask.certificate);
    assert_int_equal(rig_head(r, z), head + 1); /* journaled first (L5) */
    rig_settle(r);
    assert_non_null(rig_row(r, z, m));
    rig_rebuild(r, z);
    assert_non_null(rig_row(r, z, m));
}

static void the_three_ticks_rise_one_after_the_other_through_four_levels(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 4);
    matter m = rig_open(r, 3, "ticks");
    struct qp_ticks t = rig_ticks(r, 3, m);
    assert_true(t.kept && !t.held && !t.top);
    rig_carry(r, 3, 2);
    t = rig_ticks(r, 3, m);
    assert_true(t.kept && t.held && !t.top);
    rig_carry(r, 2, 1);
    t = rig_ticks(r, 3, m);
    assert_true(t.held && !t.top);
    t = rig_ticks(r, 2, m);
    assert_true(t.held && !t.top);
    t = rig_ticks(r, 1, m);
    assert_true(!t.held && !t.top);
    rig_carry(r, 1, 0);
    assert_int_equal(r->nreceipts, 0); /* what was reported is shown first */
    int64_t next_us = qp_core_next_tick(r->nodes[0].core);
    assert_true(next_us > r->now_us && next_us <= r->now_us + 1000);
    rig_tick(r, 0);
    assert_int_equal(r->nreceipts, 1);
    assert_int_equal(r->receipts[0].to, 1);
    t = rig_ticks(r, 0, m);
    assert_true(t.kept && t.held && t.top);
    rig_settle(r); /* the receipt goes down the links */
    for (int i = 0; i < 4; i++) {
        t = rig_ticks(r, i, m);
        assert_true(t.kept && t.held && t.top);
    }
    rig_ok(rig_comment(r, 3, m, "something new")); /* not there yet */
    t = rig_ticks(r, 3, m);
    assert_true(t.kept && !t.held && !t.top);
}

enum { SECOND_US = 1000000 };

/* The times beside the ticks (L6): each when it came to be so, of the last event; null again when the next event is on its way. */
static void each_tick_says_since_when(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "times");
    int64_t opened = r->now_us;
    struct qp_ticks t = rig_ticks(r, 2, m);
    assert_int_equal(t.kept_us, opened);
    assert_true(t.held_us == 0 && t.top_us == 0);
    r->now_us += 5 * SECOND_US;
    rig_carry(r, 2, 1);
    int64_t held = r->now_us;
    r->now_us += 7 * SECOND_US;
    rig_settle(r);
    t = rig_ticks(r, 2, m);
    assert_int_equal(t.kept_us, opened);
    assert_in_range(t.held_us, held, held + SECOND_US);
    assert_in_range(t.top_us, held + 7 * SECOND_US, r->now_us);
    struct qp_ticks root = rig_ticks(r, 0, m);
    assert_true(root.held_us == root.kept_us && root.top_us == root.kept_us && root.kept_us > held);
    r->now_us += 60 * SECOND_US;
    rig_ok(rig_comment(r, 2, m, "later"));
    t = rig_ticks(r, 2, m);
    assert_true(t.kept_us == r->now_us && t.held_us == 0 && t.top_us == 0);
    r->now_us += SECOND_US;
    rig_settle(r);
    t = rig_ticks(r, 2, m);
    assert_true(t.held_us > t.kept_us && t.top_us > t.kept_us);
    /* a rebuild forgets it, and then it is since when the parent says it again: never earlier than the truth */
    r->now_us += 60 * SECOND_US;
    int64_t before = t.held_us;
    rig_rebuild(r, 2);
    rig_settle(r);
    t = rig_ticks(r, 2, m);
    assert_true(t.held && t.held_us >= before);
}

static size_t times_kept(struct rig *r, int i)
{
    struct qp_read read;
    MDB_stat st;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    assert_int_equal(mdb_stat(read.tables, qp_store_dbi(read.store, QP_T_HELD), &st), 0);
    qp_read_end(&read);
    return st.ms_entries;
}

/* Rows of one second are one; what is older than 90 days goes, as many as come. */
static void the_times_of_ticks_take_bounded_room(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    const int64_t day = (int64_t)86400 * SECOND_US;
    matter first = rig_open(r, 1, "first");
    rig_settle(r);
    for (int i = 0; i < 20; i++) { /* all within one second */
        rig_open(r, 1, "many");
        rig_settle(r);
    }
    size_t few = times_kept(r, 1);
    assert_in_range(few, 1, 8);
    for (int i = 0; i < 6; i++) {
        r->now_us += 100 * day;
        rig_open(r, 1, "a season later");
        rig_settle(r);
    }
    assert_in_range(times_kept(r, 1), 1, few);
    struct qp_ticks t = rig_ticks(r, 1, first);
    assert_true(t.held && t.top);
}

static void a_tick_that_was_shown_is_never_lowered(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "at the top");
    rig_carry(r, 2, 1);
    rig_carry(r, 1, 0);
    rig_tick(r, 0);
    Qp__Receipt *older = r->receipts[0].receipt;
    rig_settle(r);
    assert_true(rig_ticks(r, 2, m).top);
    /* an older receipt again changes nothing */
    matter n = rig_open(r, 2, "another");
    rig_settle(r);
    struct qp_input in = {.kind = QP_IN_RECEIPT};
    memcpy(in.peer, r->nodes[1].id, QP_ID_LEN);
    in.receipt.receipt = older;
    assert_int_equal(rig_turn(r, 2, &in, 1), 0);
    assert_int_equal(rig_metrics(r, 2).refused_signature, 0);
    assert_true(rig_ticks(r, 2, n).top);
    /* the parent's disk burned, and nothing has come to its new one yet */
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_meet(r, 2);
    assert_true(rig_waits(r, 2, 1, QP_LANE_BULK) > 0);
    assert_true(rig_ticks(r, 2, m).top);
    assert_true(rig_ticks(r, 2, m).held);
    rig_settle(r);
    assert_true(rig_ticks(r, 2, m).top);
}

static void a_receipt_that_the_horizon_did_not_sign_moves_no_tick(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "not yet");
    rig_carry(r, 1, 0);
    rig_tick(r, 0);
    Qp__Receipt forged = *r->receipts[0].receipt;
    struct qp_input in = {.kind = QP_IN_RECEIPT};
    memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
    in.receipt.receipt = &forged;
    for (int k = 0; k < 4; k++) {
        forged = *r->receipts[0].receipt;
        uint8_t *copy = qp_arena_copy(r->arena, forged.signature.data, QP_SIG_LEN);
        forged.signature.data = copy;
        if (k == 0)
            copy[0] ^= 1;
        if (k == 1)
            forged.seq += 5;
        if (k == 2)
            forged.lane = 7;
        if (k == 3)
            forged.signature.len = 0;
        assert_int_equal(rig_turn(r, 1, &in, 1), 0);
        assert_false(rig_ticks(r, 1, m).top);
    }
    assert_int_equal(rig_metrics(r, 1).refused_signature, 2);
    forged = *r->receipts[0].receipt;
    assert_int_equal(rig_turn(r, 1, &in, 1), 0);
    assert_true(rig_ticks(r, 1, m).top);
}

static void a_receipt_that_was_lost_comes_again_at_the_next_greeting(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "lost receipt");
    rig_carry(r, 2, 1);
    rig_carry(r, 1, 0);
    rig_tick(r, 0);
    r->nreceipts = 0; /* lost on its way */
    rig_settle(r);
    assert_false(rig_ticks(r, 2, m).top);
    rig_meet(r, 1);
    rig_meet(r, 2);
    rig_settle(r);
    rig_meet(r, 2);
    rig_settle(r);
    assert_true(rig_ticks(r, 2, m).top);
}

static void
the_root_gives_its_receipts_again_after_a_rebuild_and_after_a_crash_between_the_commits(void **state)
{
    struct rig *r = *state;
    struct qp_input in[2];
    rig_tree(r, 2);
    matter a = rig_open(r, 1, "crash");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 2), 1);
    rig_turn_crash(r, 0, in, 1, 1); /* the parcel is in its journal, the receipt was never sent */
    rig_start(r, 0);
    rig_settle(r);
    assert_true(rig_ticks(r, 1, a).held);
    assert_true(rig_ticks(r, 1, a).top);
    matter b = rig_open(r, 1, "rebuild");
    rig_carry(r, 1, 0);
    r->nreceipts = 0;
    rig_rebuild(r, 0);
    rig_settle(r);
    assert_true(rig_ticks(r, 1, b).top);
}

static void a_turn_with_many_chains_gives_a_receipt_for_each(void **state)
{
    struct rig *r = *state;
    enum { N = 80 };
    struct qp_input in[N];
    rig_tree(r, 2);
    /* incarnations of one child stand for many children: a chain each */
    struct qp_cert c = {.incarnation = 1};
    memset(in, 0, sizeof in);
    uint64_t before = rig_refused(&(struct qp_core_metrics){0});
    uint8_t ids[N][QP_ID_LEN];
    for (size_t i = 0; i < N; i++) {
        struct qp_keys k;
        uint8_t master[32];
        rig_seed(r, master);
        qp_keys_derive(&k, master);
        memset(c.node, 0, QP_ID_LEN);
        snprintf(c.path, sizeof c.path, "city/a/n%zu", i);
        Qp__Certificate *raw = rig_certify(r, 1, &c, &k);
        memcpy(ids[i], c.node, QP_ID_LEN);
        struct qp_input chain = {.kind = QP_IN_CHAIN};
        memcpy(chain.peer, r->nodes[1].id, QP_ID_LEN);
        chain.chain.chain = rig_chain(r, 1, raw, &qp_core_self(r->nodes[1].core)->id);
        assert_int_equal(rig_turn(r, 0, &chain, 1), 0);
        struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
        matter m = {{1}};
        Qp__Event *ev = rig_event(r, 1, QP__EVENT__BODY_COMMENTED, &m);
        memcpy(f.h.origin, c.node, QP_ID_LEN);
        f.h.seq = 1;
        memset(&f.h.prev, 0, sizeof f.h.prev);
        ev->origin.data = f.h.origin;
        f.h.certificate = c.id;
        f.sign_sk = qp_arena_copy(r->arena, k.sign_sk, sizeof k.sign_sk);
        rig_add(&f, ev);
        in[i] = rig_parcel(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL));
        in[i].parcel.after += i;
        in[i].parcel.position += i;
    }
    r->nreceipts = 0;
    assert_int_equal(rig_turn(r, 0, in, N), 0);
    struct qp_core_metrics m = rig_metrics(r, 0);
    assert_int_equal(rig_refused(&m), before);
    rig_tick(r, 0);
    assert_int_equal(r->nreceipts, N);
    r->nreceipts = 0;
    rig_tick(r, 0);
    assert_int_equal(r->nreceipts, 0);
}

static void an_event_of_custody_is_passed_on_only_after_the_relays_own_commit(void **state)
{
    struct rig *r = *state;
    struct qp_input in[4];
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "to the top");
    rig_ok(rig_offer(r, 2, m, QP_KIND_ESCALATE, NULL));
    size_t n = rig_gather(r, 2, 1, 0, in, 4);
    assert_int_equal(n, 2);
    rig_turn_crash(r, 1, in, n, 0);
    rig_start(r, 1);
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 0);
    rig_settle(r);
    assert_true(rig_holds(r, 1, m));
    rig_same_face(r, m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(the_receivers_committed_position_decides_what_comes_next),
        TEST(an_ack_leaves_only_with_the_commit),
        TEST(an_ack_that_goes_back_or_beyond_what_was_said_changes_nothing),
        TEST(a_position_is_believed_only_in_its_own_epoch_and_with_its_own_hash),
        TEST(a_delivery_of_an_older_session_is_dropped),
        TEST(a_gap_in_a_lane_is_asked_for_again_with_growing_pauses),
        TEST(a_replayed_parcel_is_acknowledged_and_has_no_effect),
        TEST(a_certificate_that_is_not_known_is_asked_of_the_neighbour_that_checked_it),
        TEST(the_three_ticks_rise_one_after_the_other_through_four_levels),
        TEST(each_tick_says_since_when),
        TEST(the_times_of_ticks_take_bounded_room),
        TEST(a_tick_that_was_shown_is_never_lowered),
        TEST(a_receipt_that_the_horizon_did_not_sign_moves_no_tick),
        TEST(a_receipt_that_was_lost_comes_again_at_the_next_greeting),
        TEST(the_root_gives_its_receipts_again_after_a_rebuild_and_after_a_crash_between_the_commits),
        TEST(a_turn_with_many_chains_gives_a_receipt_for_each),
        TEST(an_event_of_custody_is_passed_on_only_after_the_relays_own_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
