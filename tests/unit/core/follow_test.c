/* follow_test.c: what people below made of a matter in a lead moves it above too (CU8): over two levels, told at once or late,
 * taken back, the same after rebuilds; a word of the people above counts more. */
#include <time.h>

#include "tests/unit/core/leads.h"

enum { CITY, A, B };

static bool together(struct rig *r, int i, matter x, matter y)
{
    uint8_t a[QP_ID_LEN], b[QP_ID_LEN];
    lead_of(r, i, x, a);
    lead_of(r, i, y, b);
    return memcmp(a, b, QP_ID_LEN) == 0;
}

static void same_after_rebuilds(struct rig *r)
{
    for (int i = CITY; i <= B; i++) {
        rig_tick(r, i);
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
}

/* Two levels above B; the uppermost one cannot be told at first. */
static void what_people_made_of_a_lead_moves_it_above_too(void **state)
{
    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        struct rig *r = rig_new();
        uint8_t lead[QP_ID_LEN];
        rig_tree(r, 3);
        matter first = lead_matter(r, B, LEAD_QUARRY, "hotline");
        matter second = lead_matter(r, B, LEAD_QUARRY, "police");
        matter third = lead_matter(r, B, LEAD_QUARRY, "grid");
        matter other = lead_matter(r, B, "电梯困人求助", "desk");
        lead_compare_all(r);
        lead_of(r, B, first, lead);
        for (int i = CITY; i <= B; i++) {
            assert_true(together(r, i, first, third));
            assert_false(together(r, i, first, other));
        }
        if (cut)
            rig_stop(r, CITY);
        rig_ok(lead_say(r, B, lead, QP_LEAD_SPLIT, &third, "another quarry"));
        rig_ok(lead_say(r, B, lead, QP_LEAD_JOIN, &other, "the same one"));
        lead_compare_all(r);
        if (cut) {
            assert_false(together(r, A, first, third));
            rig_start(r, CITY);
            assert_true(together(r, CITY, first, third)); /* it has not heard it */
            lead_compare_all(r);
        }
        for (int i = CITY; i <= B; i++) {
            assert_true(together(r, i, first, second));
            assert_false(together(r, i, first, third));
            assert_true(together(r, i, first, other));
        }
        same_after_rebuilds(r);
        rig_ok(lead_say(r, B, lead, QP_LEAD_UNDO, &third, ""));
        rig_ok(lead_say(r, B, lead, QP_LEAD_UNDO, &other, ""));
        lead_compare_all(r);
        for (int i = CITY; i <= B; i++) {
            assert_true(together(r, i, first, third));
            assert_false(together(r, i, first, other));
        }
        same_after_rebuilds(r);
        rig_free(r);
    }
}

static void a_word_of_its_own_people_counts_more(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t below[QP_ID_LEN], above[QP_ID_LEN];
    rig_tree(r, 3);
    matter first = lead_matter(r, B, LEAD_QUARRY, "hotline");
    lead_matter(r, B, LEAD_QUARRY, "police");
    matter third = lead_matter(r, B, LEAD_QUARRY, "grid");
    lead_compare_all(r);
    lead_of(r, B, first, below);
    lead_of(r, A, first, above);
    rig_ok(lead_say(r, B, below, QP_LEAD_SPLIT, &third, "another quarry"));
    lead_compare_all(r);
    assert_false(together(r, A, first, third));
    rig_ok(lead_say(r, A, above, QP_LEAD_JOIN, &third, "the same, we were there"));
    rig_ok(lead_say(r, B, below, QP_LEAD_JOIN, &third, "so it is"));
    rig_ok(lead_say(r, B, below, QP_LEAD_SPLIT, &third, "it is not"));
    lead_compare_all(r);
    assert_true(together(r, A, first, third));
    assert_false(together(r, CITY, first, third)); /* whose people said nothing */
    rig_free(r);
}

/* What a split had made is gone when it is taken back; whoever came through it does not go back to it. */
static void nothing_goes_back_to_a_lead_that_is_gone(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t below[QP_ID_LEN], above[QP_ID_LEN], made[QP_ID_LEN];
    rig_tree(r, 3);
    matter first = lead_matter(r, B, LEAD_QUARRY, "hotline");
    matter second = lead_matter(r, B, LEAD_QUARRY, "police");
    matter third = lead_matter(r, B, LEAD_QUARRY, "grid");
    matter other = lead_matter(r, B, "电梯困人求助", "desk");
    lead_compare_all(r);
    lead_of(r, B, first, below);
    lead_of(r, A, first, above);
    qp_lead_split_id(made, above, second.b);
    rig_ok(lead_say(r, A, above, QP_LEAD_SPLIT, &second, "another quarry"));
    rig_ok(lead_say(r, A, made, QP_LEAD_JOIN, &first, "this one too"));
    rig_ok(lead_say(r, A, above, QP_LEAD_JOIN, &first, "no, it is not"));
    rig_ok(lead_say(r, A, above, QP_LEAD_UNDO, &second, ""));
    rig_code(lead_say(r, A, above, QP_LEAD_UNDO, &first, ""), QP_ESTEP);
    assert_true(together(r, A, first, third));
    rig_ok(lead_say(r, B, below, QP_LEAD_JOIN, &other, "the same one"));
    lead_compare_all(r);
    assert_true(together(r, A, first, other));
    same_after_rebuilds(r);
    rig_free(r);
}

/* The same by a node that lies: its facts go round its own command. */
static void what_a_child_takes_back_goes_to_no_lead_that_is_gone(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t below[QP_ID_LEN], made[QP_ID_LEN];
    rig_tree(r, 3);
    matter first = lead_matter(r, B, LEAD_QUARRY, "hotline");
    matter second = lead_matter(r, B, LEAD_QUARRY, "police");
    matter third = lead_matter(r, B, LEAD_QUARRY, "grid");
    lead_compare_all(r);
    lead_of(r, B, first, below);
    qp_lead_split_id(made, below, second.b);
    rig_ok(lead_say(r, B, below, QP_LEAD_SPLIT, &second, "another quarry"));
    rig_ok(lead_say(r, B, made, QP_LEAD_JOIN, &first, "this one too"));
    rig_ok(lead_say(r, B, below, QP_LEAD_JOIN, &first, "no, it is not"));
    rig_ok(lead_say(r, B, below, QP_LEAD_UNDO, &second, ""));
    lead_compare_all(r);
    struct forged f = rig_forged(r, B, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, B, QP__EVENT__BODY_LEAD_SAID, NULL);
    ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, below};
    ev->lead_said->matter = (ProtobufCBinaryData){QP_ID_LEN, first.b};
    ev->lead_said->verb = QP_LEAD_UNDO;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, B, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    lead_compare_all(r);
    struct leads l = leads_of(r, A, 0);
    for (size_t i = 0; i < l.n; i++)
        assert_int_equal(l.v[i].joined, 3);
    assert_true(together(r, A, first, third));
    rig_free(r);
}

/* After a lost disk a superior gives back that a matter was compared; whose child has lost it, or keeps it back, may speak of it all
 * the same. */
static void what_is_said_of_a_matter_that_never_came_back_ends_nobody(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t below[QP_ID_LEN], gone[QP_ID_LEN];
    struct qp_txn t;
    bool follows;
    rig_tree(r, 2);
    matter first = lead_matter(r, A, LEAD_QUARRY, "hotline");
    lead_matter(r, A, LEAD_QUARRY, "police");
    lead_compare_all(r);
    lead_of(r, A, first, below);
    memset(gone, 7, sizeof gone);
    Qp__LeadsCompared c = QP__LEADS_COMPARED__INIT;
    c.matters = (ProtobufCBinaryData){sizeof gone, gone};
    assert_int_equal(qp_store_begin(r->nodes[CITY].store, &t, NULL), 0);
    assert_int_equal(qp_lead_compared(&t, &c, r->now_us, &follows, NULL), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
    ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, below};
    ev->lead_said->matter = (ProtobufCBinaryData){QP_ID_LEN, gone};
    ev->lead_said->verb = QP_LEAD_JOIN;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    lead_compare_all(r); /* each turn succeeds, and there comes an end to them */
    assert_true(qp_core_next_tick(r->nodes[CITY].core) > r->now_us);
    rig_free(r);
}

/* A child says of a lead that it has a hundred thousand matters, and then of some that they belong to it: whoever follows it does not
 * walk through all of them for each. */
static void a_word_of_a_child_costs_no_walk_through_all_that_it_says(void **state)
{
    (void)state;
    enum { SAID = 100000, WORDS = 32 };
    struct rig *r = rig_new();
    struct qp_arena *a = qp_arena_new(1 << 20);
    matter m[WORDS];
    uint8_t below[QP_ID_LEN];
    struct qp_txn t;
    rig_tree(r, 2);
    matter first = lead_matter(r, A, LEAD_QUARRY, "hotline");
    for (int i = 0; i < WORDS; i++)
        m[i] = lead_matter(r, A, qp_arena_text(r->arena, "路灯不亮"), "desk");
    lead_compare_all(r);
    qp_lead_id(below, r->nodes[A].id, first.b);
    assert_int_equal(qp_store_begin(r->nodes[CITY].store, &t, NULL), 0);
    for (int i = 0; i < SAID; i++) {
        uint8_t id[QP_ID_LEN] = {0xff};
        Qp__LeadFound f = QP__LEAD_FOUND__INIT;
        memcpy(id + 1, &i, sizeof i);
        f.lead = (ProtobufCBinaryData){QP_ID_LEN, below};
        f.first = f.nearest = (ProtobufCBinaryData){QP_ID_LEN, first.b};
        f.matter = (ProtobufCBinaryData){QP_ID_LEN, id};
        f.place = (char *)(uintptr_t) "city/a";
        qp_arena_reset(a);
        assert_int_equal(qp_lead_put(&t, r->nodes[A].id, "city/a", &f, r->now_us, a, NULL), 0);
    }
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    clock_t begun = clock();
    for (int i = 0; i < WORDS; i++) {
        Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
        ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, below};
        ev->lead_said->matter = (ProtobufCBinaryData){QP_ID_LEN, m[i].b};
        ev->lead_said->verb = QP_LEAD_JOIN;
        rig_add(&f, ev);
        assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, &f.h.prev)), 0);
        f.n = 0; /* the next of the chain */
        f.h.seq++;
        f.h.clock++;
    }
    assert_true((double)(clock() - begun) / CLOCKS_PER_SEC < 1);
    assert_true(together(r, CITY, first, m[0]));
    assert_true(together(r, CITY, first, m[WORDS - 1]));
    qp_arena_free(a);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_made_of_a_lead_moves_it_above_too),
        cmocka_unit_test(a_word_of_its_own_people_counts_more),
        cmocka_unit_test(nothing_goes_back_to_a_lead_that_is_gone),
        cmocka_unit_test(what_a_child_takes_back_goes_to_no_lead_that_is_gone),
        cmocka_unit_test(a_word_of_a_child_costs_no_walk_through_all_that_it_says),
        cmocka_unit_test(what_is_said_of_a_matter_that_never_came_back_ends_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
