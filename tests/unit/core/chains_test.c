/* chains_test.c: places in chains and incarnations (C1, C2, C4, C5). */
#include <stdio.h>

#include "tests/unit/core/rig.h"

struct seen {
    uint8_t origin[QP_ID_LEN];
    uint64_t seq[4][3];
    struct qp_hash head[4][3];
};

/* One origin, node destinations apart: horizon and subtree chains here. */
static void follow(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct seen *s = arg;
    (void)rec;
    if (memcmp(p->h.origin, s->origin, QP_ID_LEN) != 0 || p->h.scope == QP_SCOPE_NODE)
        return;
    assert_int_equal(p->h.seq, ++s->seq[p->h.scope][p->h.lane]);
    assert_true(qp_hash_eq(&p->h.prev, &s->head[p->h.scope][p->h.lane]));
    s->head[p->h.scope][p->h.lane] = p->id;
}

static void a_chain_begins_at_one_and_each_header_names_the_one_before(void **state)
{
    struct rig *r = *state;
    struct seen s = {.seq = {{0}}};
    rig_tree(r, 3);
    for (int i = 0; i < 4; i++) {
        rig_open(r, 2, "bulk");
        rig_emergency(r, 2, "urgent");
        rig_settle(r);
    }
    memcpy(s.origin, r->nodes[2].id, QP_ID_LEN);
    for (int at = 0; at < 3; at++) { /* at its origin and at every node that it passes */
        memset(s.seq, 0, sizeof s.seq);
        memset(s.head, 0, sizeof s.head);
        rig_each(r, at, follow, &s);
        assert_int_equal(s.seq[QP_SCOPE_HORIZON][QP_LANE_BULK], 4);
        assert_int_equal(s.seq[QP_SCOPE_HORIZON][QP_LANE_URGENT], 4);
    }
}

static void a_gap_in_a_chain_is_not_jumped(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = {{1}};
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    f.h.seq += 1;
    rig_add(&f, rig_event(r, 1, QP__EVENT__BODY_COMMENTED, &m));
    uint64_t head = rig_head(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, 0).refused_gap, 1);
    const struct qp_output *o = rig_output(r, 0, QP_OUT_ACK, r->nodes[1].id);
    assert_non_null(o);
    assert_true(o->ack.rewind); /* asked for again, not refused */
    assert_null(rig_output(r, 0, QP_OUT_REFUSED, NULL));
    assert_int_equal(rig_head(r, 0), head);
}

/* The first parcel of each chain of an incarnation. */
struct firsts {
    uint8_t origin[QP_ID_LEN];
    uint32_t incarnation;
    struct qp_hash prev[3], last[3];
    int n;
};

static void first_of(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct firsts *f = arg;
    (void)rec;
    if (memcmp(p->h.origin, f->origin, QP_ID_LEN) != 0 || p->h.scope != QP_SCOPE_HORIZON)
        return;
    if (p->h.incarnation == f->incarnation && p->h.seq == 1) {
        f->prev[p->h.lane] = p->h.prev;
        f->n++;
    }
    if (p->h.incarnation < f->incarnation)
        f->last[p->h.lane] = p->id;
}

static void a_new_incarnation_begins_with_the_final_head_of_the_old_one(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    for (int i = 0; i < 3; i++) {
        rig_open(r, 2, "bulk");
        rig_emergency(r, 2, "urgent");
    }
    rig_settle(r);
    rig_open(r, 2, "lost: the final head is what the parent holds");
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_open(r, 2, "new"); /* at once, before anything is handed back */
    rig_emergency(r, 2, "new");
    rig_settle(r);
    for (int at = 0; at < 3; at++) {
        struct firsts f = {.incarnation = 2};
        memcpy(f.origin, r->nodes[2].id, QP_ID_LEN);
        rig_each(r, at, first_of, &f);
        assert_int_equal(f.n, 2);
        for (int lane = 1; lane <= 2; lane++) {
            assert_false(qp_hash_zero(&f.prev[lane]));
            assert_true(qp_hash_eq(&f.prev[lane], &f.last[lane]));
        }
    }
}

static void it_is_taken_only_after_that_head_has_been(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_open(r, 2, "old");
    rig_carry(r, 2, 1); /* the parent holds it, the root does not yet */
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    matter new = rig_open(r, 2, "new");
    struct qp_input in[8];
    rig_meet(r, 2);
    while (rig_carry(r, 2, 1) > 0)
        ;
    size_t n = rig_gather(r, 1, 0, QP_LANE_BULK, in, 8);
    assert_int_equal(
        n, 3); /* the old one's, what the parent wrote down, then the new one's: hand the last alone */
    in[1] = in[2];
    in[1].parcel.after = in[0].parcel.after;
    rig_carry_lane(r, 1, 0, QP_LANE_URGENT, 8); /* the certificate */
    assert_int_equal(rig_turn(r, 0, &in[1], 1), 0);
    assert_int_equal(rig_metrics(r, 0).refused_gap, 1);
    assert_null(rig_row(r, 0, new));
    assert_int_equal(rig_turn(r, 0, in, 1), 0);
    in[1].parcel.after = in[0].parcel.position;
    assert_int_equal(rig_turn(r, 0, &in[1], 1), 0);
    assert_non_null(rig_row(r, 0, new));
}

static void a_newcomer_gets_its_ancestors_orders_from_the_first(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    rig_ok(rig_revoke(r, 0, "city/a/b")); /* orders to the whole subtree */
    rig_ok(rig_revoke(r, 0, "city/z"));
    rig_settle(r);
    int late = rig_join(r, 1, "late");
    rig_settle(r);
    struct seen s = {.seq = {{0}}};
    memcpy(s.origin, r->nodes[0].id, QP_ID_LEN);
    rig_each(r, late, follow, &s);
    assert_int_equal(s.seq[QP_SCOPE_SUBTREE][QP_LANE_URGENT], 2);
    (void)z;
}

static void a_chain_to_a_subtree_goes_on_from_the_highest_head_handed_back(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int b = rig_join(r, 1, "b"), c = rig_join(r, 1, "c"), d = rig_join(r, 1, "d");
    rig_settle(r);
    rig_ok(rig_revoke(r, 1, "city/a/d"));
    rig_settle(r);
    int e = rig_join(r, 1, "e");
    rig_settle(r);
    rig_ok(rig_revoke(r, 1, "city/a/e"));
    rig_carry(r, 1, b); /* one child hears of the second order, the other does not; then the disk burns */
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    assert_true(!qp_tree_path(qp_core_tree(r->nodes[c].core), "city/a/e") ||
                qp_tree_path(qp_core_tree(r->nodes[c].core), "city/a/e")->revoked);
    rig_burn(r, d);
    rig_rejoin(r, d);
    rig_settle(r);
    rig_ok(rig_revoke(r, 1, "city/a/d")); /* the successor's first order is taken by both */
    rig_settle(r);
    for (int at = b; at <= c; at++) {
        struct qp_core_metrics m = rig_metrics(r, at);
        assert_int_equal(rig_waits(r, 1, at, QP_LANE_URGENT), 0);
        assert_int_equal(m.refused_gap, 0);
    }
    (void)e;
}

static void a_journal_below_what_a_neighbour_has_seen_says_nothing_more(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, 1, "before");
    rig_settle(r);
    Qp__Greeting *g = rig_greeting(r, 0, 1);
    g->seen_head = rig_head(r, 1) + 1; /* the parent has seen one record more than there is */
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
    memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
    in.peer_open.greeting = g;
    uint64_t head = rig_head(r, 1);
    assert_int_equal(rig_turn(r, 1, &in, 1), 0);
    assert_true(qp_core_silent(r->nodes[1].core));
    rig_code(rig_try(r, 1, rig_opened(r, "after", QP_ROUTINE)), QP_EOUT);
    matter down = rig_open(r, 0, "down");
    rig_ok(rig_offer(r, 0, down, QP_KIND_DISPATCH, "city/a"));
    rig_carry(r, 0, 1);
    assert_int_equal(rig_head(r, 1), head);
    /* a new incarnation ends it */
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    rig_ok(rig_try(r, 1, rig_opened(r, "after", QP_ROUTINE)));
    assert_non_null(rig_row(r, 1, down));
}

static void a_childs_word_alone_silences_nobody(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, 0, "before");
    rig_settle(r);
    Qp__Greeting *g = rig_greeting(r, 1, 0);
    g->seen_head = rig_head(r, 0) + 1000; /* a lie */
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer, r->nodes[1].id, QP_ID_LEN);
    memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
    in.peer_open.greeting = g;
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    assert_false(qp_core_silent(r->nodes[0].core));
    assert_int_equal(rig_peer(r, 0, 1).knows, g->seen_head); /* but it is told */
    rig_ok(rig_try(r, 0, rig_opened(r, "after", QP_ROUTINE)));
    rig_meet(r, 1);
    assert_int_equal(rig_peer(r, 0, 1).knows, 0);
}

static void an_old_copy_of_a_journal_does_not_become_a_fork(void **state)
{
    struct rig *r = *state;
    char command[256];
    rig_tree(r, 2);
    rig_open(r, 1, "before the copy");
    rig_settle(r);
    rig_stop(r, 1);
    snprintf(command, sizeof command, "cp -r '%s' '%s.copy'", r->nodes[1].dir, r->nodes[1].dir);
    assert_int_equal(system(command), 0);
    rig_start(r, 1);
    rig_open(r, 1, "after the copy");
    rig_settle(r);
    rig_stop(r, 1);
    snprintf(command, sizeof command, "rm -rf '%s' && mv '%s.copy' '%s'", r->nodes[1].dir, r->nodes[1].dir,
             r->nodes[1].dir);
    assert_int_equal(system(command), 0);
    rig_start(r, 1);
    rig_meet(r, 1); /* the parent says how far it has seen this very journal */
    assert_true(qp_core_silent(r->nodes[1].core));
    rig_code(rig_try(r, 1, rig_opened(r, "would fork", QP_ROUTINE)), QP_EOUT);
    assert_int_equal(rig_metrics(r, 0).refused_fork, 0);
    /* the parent knows it as well, also after a restart; a successor ends it */
    assert_int_equal(rig_peer(r, 0, 1).old_head, rig_head(r, 1) + 1);
    assert_true(rig_peer(r, 0, 1).seen_head > rig_head(r, 1));
    assert_int_equal(rig_peer(r, 0, 1).copy_us, r->now_us);
    rig_stop(r, 0);
    rig_start(r, 0);
    assert_true(rig_peer(r, 0, 1).old_head > 0);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_int_equal(rig_peer(r, 0, 1).old_head, 0);
}

/* Two that are equally long: only the copy knows (another record at one place), and it tells before it falls silent. Of a parent, or of
 * who is nobody's child here, nothing is noted. */
static void what_a_copy_says_of_itself_stands_at_its_parent(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    struct qp_input in = {.kind = QP_IN_COPY};
    memcpy(in.peer, r->nodes[1].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    int64_t said_us = r->now_us;
    assert_int_equal(rig_peer(r, 0, 1).copy_us, said_us);
    assert_int_equal(rig_peer(r, 0, 1).copy_incarnation, 1);
    rig_stop(r, 0);
    rig_start(r, 0);
    rig_open(r, 1, "the true one goes on");
    rig_settle(r);
    assert_int_equal(rig_peer(r, 0, 1).copy_us, said_us); /* also after its next greetings */
    assert_int_equal(rig_peer(r, 0, 1).old_head, 0);
    in.copy.alone = true; /* nobody else of it is there: its journal has fallen back */
    in.copy.head = 1;
    memcpy(in.copy.epoch, rig_peer(r, 0, 1).epoch, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    assert_int_equal(rig_peer(r, 0, 1).old_head, 2);
    rig_stop(r, 1);
    rig_start(r, 1);
    rig_open(r, 1, "the true one is back");
    rig_settle(r);
    assert_int_equal(rig_peer(r, 0, 1).old_head, 0);
    in.copy.alone = false;
    memcpy(in.peer, r->nodes[0].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 1, &in, 1), 0);
    assert_int_equal(rig_peer(r, 1, 0).copy_us, 0);
    memset(in.peer, 7, QP_ID_LEN);
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
}

/* A root that was put back from an old backup: nobody above can say so, its children do. */
static void a_root_that_is_an_old_copy_is_told_at_both_ends(void **state)
{
    struct rig *r = *state;
    char command[256];
    rig_tree(r, 2);
    rig_settle(r);
    rig_stop(r, 0);
    snprintf(command, sizeof command, "cp -r '%s' '%s.copy'", r->nodes[0].dir, r->nodes[0].dir);
    assert_int_equal(system(command), 0);
    rig_start(r, 0);
    matter down = rig_open(r, 0, "after the copy");
    rig_ok(rig_offer(r, 0, down, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    assert_int_equal(rig_peer(r, 1, 0).old_head, 0);
    uint64_t heard = rig_peer(r, 1, 0).seen_head;
    rig_stop(r, 0);
    snprintf(command, sizeof command, "rm -rf '%s' && mv '%s.copy' '%s'", r->nodes[0].dir, r->nodes[0].dir,
             r->nodes[0].dir);
    assert_int_equal(system(command), 0);
    rig_start(r, 0);
    assert_true(rig_head(r, 0) < heard);
    uint64_t head = rig_head(r, 0);
    rig_meet(r, 1);
    assert_int_equal(rig_peer(r, 0, 1).knows, heard);
    assert_int_equal(rig_peer(r, 1, 0).old_head, head + 1);
    for (int i = 0; i < 20; i++) /* other records in the places of those that were heard */
        rig_open(r, 0, "others");
    assert_true(rig_head(r, 0) > heard);
    Qp__Greeting *g = rig_greeting(r, 1, 0);
    g->seen_epoch = (ProtobufCBinaryData){
        QP_ID_LEN, qp_arena_copy(r->arena, qp_store_epoch(r->nodes[0].store), QP_ID_LEN)};
    g->n_received = 1;
    Qp__Position *at[1] = {&(Qp__Position)QP__POSITION__INIT};
    at[0]->lane = QP_LANE_BULK;
    at[0]->position = heard;
    at[0]->hash =
        (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(r->arena, (uint8_t[QP_HASH_LEN]){7}, QP_HASH_LEN)};
    g->received = at;
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer, r->nodes[1].id, QP_ID_LEN);
    memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
    in.peer_open.greeting = g;
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    assert_int_equal(rig_peer(r, 0, 1).knows, heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_chain_begins_at_one_and_each_header_names_the_one_before),
        TEST(a_gap_in_a_chain_is_not_jumped),
        TEST(a_new_incarnation_begins_with_the_final_head_of_the_old_one),
        TEST(it_is_taken_only_after_that_head_has_been),
        TEST(a_newcomer_gets_its_ancestors_orders_from_the_first),
        TEST(a_chain_to_a_subtree_goes_on_from_the_highest_head_handed_back),
        TEST(a_journal_below_what_a_neighbour_has_seen_says_nothing_more),
        TEST(an_old_copy_of_a_journal_does_not_become_a_fork),
        TEST(what_a_copy_says_of_itself_stands_at_its_parent),
        TEST(a_root_that_is_an_old_copy_is_told_at_both_ends),
        TEST(a_childs_word_alone_silences_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
