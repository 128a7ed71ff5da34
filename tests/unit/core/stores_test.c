/* stores_test.c: the tables are a cache of the journal (S2-S4, E4, E5), and clocks over a rebuild (T1). */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"

enum {
    MEMORIES = T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH)
}; /* of neighbours: made again at the next greeting */

/* A bit of everything. */
static void live(struct rig *r)
{
    rig_tree(r, 4);
    rig_policy(r, 2, true, true, true, false);
    matter a = rig_open(r, 3, "one"), b = rig_emergency(r, 2, "two"), c = rig_open(r, 0, "three");
    rig_ok(rig_offer(r, 3, a, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    rig_ok(rig_offer(r, 0, c, QP_KIND_DISPATCH, "city/a/b"));
    rig_ok(rig_comment(r, 1, b, "seen"));
    rig_settle(r);
    rig_ok(rig_offer(r, 2, c, QP_KIND_DISPATCH, "city/a/b/c"));
    rig_settle(r);
    rig_ok(rig_step(r, 3, c, QP__EVENT__BODY_REFUSED));
    rig_ok(rig_step(r, 2, b, QP__EVENT__BODY_HANDLED));
    rig_ok(rig_step(r, 2, a, QP__EVENT__BODY_CLOSED));
    rig_ok(rig_revoke(r, 2, "city/a/b/c"));
    r->now_us += 5 * SECOND;
    rig_settle(r);
}

static void a_rebuild_from_the_journal_gives_equal_tables(void **state)
{
    struct rig *r = *state;
    live(r);
    rig_burn(r, 3);
    rig_rejoin(r, 3);
    rig_settle(r);
    for (int i = 0; i < r->n; i++) {
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, MEMORIES);
    }
    rig_settle(r); /* the memories of neighbours heal at the greeting */
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->n; k++)
            assert_int_equal(rig_waits(r, i, k, 1) + rig_waits(r, i, k, 2), 0);
}

static void a_crash_after_the_journals_commit_has_happened_all_the_same(void **state)
{
    struct rig *r = *state, *twin = rig_new();
    struct rig *both[2] = {r, twin};
    for (int k = 0; k < 2; k++) {
        rig_tree(both[k], 2);
        struct qp_input in = {.kind = QP_IN_COMMAND};
        in.command = (struct qp_command){
            .op = QP_OP_STEP, .draft = rig_opened(both[k], "kept", QP_ROUTINE), .if_version = -1};
        if (k == 0)
            rig_turn_crash(r, 1, &in, 1, 1);
        else
            assert_int_equal(rig_turn(twin, 1, &in, 1), 0), rig_stop(twin, 1);
        rig_start(both[k], 1);
        assert_int_equal(rig_board(both[k], 1).opened, 1);
    }
    struct tables x = rig_tables(r, 1), y = rig_tables(twin, 1);
    rig_same_tables(&x, &y, 0);
    /* and what it says next is the same, clocks and counters too */
    rig_open(r, 1, "next");
    rig_open(twin, 1, "next");
    struct qp_slice a = rig_record(r, 1, rig_head(r, 1)), b = rig_record(twin, 1, rig_head(twin, 1));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.p, b.p, a.len);
    rig_free(twin);
}

static void a_crash_before_the_journals_commit_has_not_happened(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    uint64_t head = rig_head(r, 1);
    struct tables before = rig_tables(r, 1);
    struct qp_input in = {.kind = QP_IN_COMMAND};
    in.command =
        (struct qp_command){.op = QP_OP_STEP, .draft = rig_opened(r, "lost", QP_ROUTINE), .if_version = -1};
    rig_turn_crash(r, 1, &in, 1, 0);
    rig_start(r, 1);
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(rig_head(r, 1), head);
}

static void the_tables_say_which_record_they_hold(void **state)
{
    struct rig *r = *state;
    live(r);
    for (int i = 0; i < r->n; i++) {
        struct qp_read read;
        assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
        assert_int_equal(qp_tables_position(read.tables, read.store),
                         qp_journal_head(read.journal, read.store, NULL));
        qp_read_end(&read);
    }
}

static void the_clock_of_a_node_does_not_fall_back_over_a_rebuild(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    matter none = {{1}};
    Qp__Event *ev = rig_event(r, 1, QP__EVENT__BODY_COMMENTED, &none);
    rig_add(&f, ev);
    f.h.clock = (uint64_t)(r->now_us / 1000 + 60000) << 16; /* a minute ahead: taken over */
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    uint64_t clock = r->nodes[0].core->clock;
    assert_true(clock >= f.h.clock);
    rig_rebuild(r, 0);
    assert_int_equal(r->nodes[0].core->clock, clock);
    struct forged far = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&far, ev);
    far.h.clock = (uint64_t)(r->now_us / 1000 + 3600000) << 16; /* an hour: nobody's clock is moved by it */
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &far, NULL)), 0);
    assert_int_equal(r->nodes[0].core->clock, clock);
}

static void an_event_of_a_kind_that_is_not_known_is_kept_and_changes_nothing(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "known");
    rig_settle(r);
    /* field 47 of Event: nothing today */
    Qp__Event *ev = rig_event(r, 1, QP__EVENT__BODY_RESUMED, &m);
    uint8_t tail[] = {0xfa, 0x02, 0x03, 'n', 'e', 'w'};
    size_t len;
    uint8_t *bytes, *raw;
    ev->body_case = QP__EVENT__BODY__NOT_SET;
    bytes = qp_encode(&ev->base, r->arena, &len);
    raw = qp_arena_take(r->arena, len + sizeof tail);
    memcpy(raw, bytes, len);
    memcpy(raw + len, tail, sizeof tail);
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&f, NULL);
    f.raw[0] = (struct qp_slice){raw, len + sizeof tail};
    uint64_t head = rig_head(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_head(r, 0), head + 1);
    assert_int_equal(rig_history(r, 0, m, 0), 2);
    assert_int_equal(rig_face(r, 0, m)->version, 1);
    struct qp_slice kept = rig_record(r, 0, head + 1);
    assert_non_null(memmem(kept.p, kept.len, tail, sizeof tail));
    struct tables before = rig_tables(r, 0);
    rig_rebuild(r, 0);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, MEMORIES);
}

static void what_was_answered_can_be_read(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    struct qp_reply reply = rig_try(r, 0, rig_opened(r, "answered", QP_ROUTINE));
    matter m;
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(reply.position, rig_head(r, 0)); /* of the horizon's parcel, for ?ack= */
    assert_int_equal(reply.lane, QP_LANE_BULK);
}

/* A count that begins again would give other events the names of those that were said. */
static void who_does_not_know_how_far_it_counted_does_not_go_on(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    struct node *x = &r->nodes[0];
    rig_open(r, 0, "counted");
    struct qp_err e = {0};
    struct qp_core *again = NULL;
    assert_int_equal(qp_core_forget(x->core, &e), 0);
    rig_row_put(r, 0, QP_T_META, (MDB_val){4, (char[]){"core"}}, NULL);
    assert_int_equal(qp_core_forget(x->core, &e), QP_ECORRUPT);
    assert_non_null(strstr(e.text, "qipan rebuild"));
    assert_int_equal(qp_core_open(&again, x->store, &x->keys, NULL, NULL, NULL, r->now_us, &e), QP_ECORRUPT);
    assert_non_null(strstr(e.text, "how far this node had counted"));
    rig_rebuild(r, 0);
    assert_int_equal(qp_core_forget(x->core, &e), 0);
    rig_open(r, 0, "counts on");
}

/* A changed key hides a row from a search. Where that is the head of an own chain, its first place must not be taken twice: that
 * would be a fork, for which the node above ends all that this one says. */
static void a_chain_whose_head_is_not_found_is_not_begun_again(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    struct node *x = &r->nodes[1];
    uint8_t key[1 + QP_CHAIN_KEY] = {'h'};
    rig_open(r, 1, "the first of its chain");
    rig_settle(r);
    uint64_t head = rig_head(r, 1);
    qp_chain_key(key + 1, x->id, x->incarnation, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK);
    rig_row_put(r, 1, QP_T_CHAIN, (MDB_val){sizeof key, key}, NULL);
    struct qp_input in = {
        .kind = QP_IN_COMMAND,
        .command = {.op = QP_OP_STEP, .draft = rig_opened(r, "the second", QP_ROUTINE), .if_version = -1}};
    assert_int_equal(rig_turn(r, 1, &in, 1), QP_ECORRUPT);
    assert_int_equal(rig_head(r, 1), head); /* nothing was said */
    assert_true(qp_store_doubtful(x->store));
    rig_stop(r, 1);
    rig_start(r, 1); /* makes the tables again */
    rig_open(r, 1, "goes on");
    rig_settle(r);
    assert_int_equal(rig_metrics(r, 0).refused_fork, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_rebuild_from_the_journal_gives_equal_tables),
        TEST(a_crash_after_the_journals_commit_has_happened_all_the_same),
        TEST(a_crash_before_the_journals_commit_has_not_happened),
        TEST(the_tables_say_which_record_they_hold),
        TEST(the_clock_of_a_node_does_not_fall_back_over_a_rebuild),
        TEST(an_event_of_a_kind_that_is_not_known_is_kept_and_changes_nothing),
        TEST(what_was_answered_can_be_read),
        TEST(who_does_not_know_how_far_it_counted_does_not_go_on),
        TEST(a_chain_whose_head_is_not_found_is_not_begun_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
