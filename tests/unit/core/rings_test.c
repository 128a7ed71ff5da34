/* rings_test.c: merges and duplicates that were decided apart and meet later end in one state everywhere (B4): the
 * lowest id stays, told in the history of each. */
#include <stdio.h>

#include "node/core/private.h"
#include "node/matter/ring.h"
#include "tests/unit/core/rig.h"

enum { CITY, A };

/* A matter that both know, held where it is opened. */
static matter shared(struct rig *r, int holder)
{
    matter m = rig_open(r, holder, "hole in the road");
    r->now_us += SECOND; /* ids rise */
    rig_settle(r);
    if (holder == CITY) { /* offered to the other and refused: it is a member from then on */
        rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
        rig_settle(r);
        rig_ok(rig_step(r, A, m, QP__EVENT__BODY_REFUSED));
        rig_settle(r);
    }
    return m;
}

static void points(struct rig *r, int node, matter m, matter to, bool merge)
{
    char id[27];
    Qp__Event *ev = rig_draft(r, merge ? QP__EVENT__BODY_MERGED : QP__EVENT__BODY_CLOSED, &m);
    qp_id_text(id, to.b);
    if (merge)
        ev->merged->into = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, to.b, QP_ID_LEN)};
    else
        ev->closed->of = qp_arena_text(r->arena, id);
    if (!merge)
        ev->closed->result = qp_arena_text(r->arena, "duplicate");
    rig_ok(rig_try(r, node, ev));
}

static void untied(struct rig *r, matter low, matter high)
{
    for (int i = CITY; i <= A; i++) {
        const Qp__Face *l = rig_face(r, i, low), *h = rig_face(r, i, high);
        assert_true(l->state != QP_MERGED && l->state != QP_CLOSED);
        assert_true(h->state == QP_MERGED || h->state == QP_CLOSED);
        assert_true(rig_history(r, i, low, QP__EVENT__BODY_COMMENTED) == 1);
        assert_true(rig_history(r, i, high, QP__EVENT__BODY_COMMENTED) == 1);
    }
    rig_same_face(r, low);
    rig_same_face(r, high);
    assert_true(rig_metrics(r, CITY).rings + rig_metrics(r, A).rings > 0);
}

static void crosswise(void **state, bool city_first, bool merge_low, bool merge_high)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_policy(r, A, true, true, false, false);
    matter low = shared(r, city_first ? CITY : A), high = shared(r, city_first ? A : CITY);
    assert_true(memcmp(low.b, high.b, QP_ID_LEN) < 0);
    points(r, city_first ? CITY : A, low, high, merge_low);
    points(r, city_first ? A : CITY, high, low, merge_high); /* neither has heard of the other */
    rig_settle(r);
    untied(r, low, high);
    for (int i = CITY; i <= A; i++) { /* and a rebuild makes the same */
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(META) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
}

static void two_merges_that_cross_leave_the_lowest_open(void **state)
{
    crosswise(state, true, true, true);
}

static void so_they_do_when_the_lowest_is_held_below(void **state)
{
    crosswise(state, false, true, true);
}

static void a_merge_and_a_duplicate_that_cross_leave_the_lowest_open(void **state)
{
    crosswise(state, true, false, true);
}

static void two_duplicates_that_cross_leave_the_lowest_open(void **state)
{
    crosswise(state, false, false, false);
}

static void a_circle_of_three_that_was_closed_apart_is_opened_at_its_lowest(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter x = shared(r, CITY), y = shared(r, A), z = shared(r, A);
    points(r, A, y, z, true); /* none has heard of the others */
    points(r, CITY, x, y, true);
    points(r, A, z, x, true);
    rig_settle(r);
    for (int i = CITY; i <= A; i++) {
        assert_true(rig_face(r, i, x)->state != QP_MERGED);
        assert_int_equal(rig_face(r, i, y)->state, QP_MERGED);
        assert_int_equal(rig_face(r, i, z)->state, QP_MERGED);
    }
    rig_same_face(r, x);
}

/* ---- over holders of whom none knows every matter ---- */

/* Three siblings, each with a matter of its own, which one of the others knows as well: it was offered to it. */
static void apart(struct rig *r, matter m[3])
{
    rig_tree(r, 2);
    rig_join(r, CITY, "b");
    rig_join(r, CITY, "c");
    rig_settle(r);
    for (int i = 0; i < 9; i++)
        if (i / 3 != i % 3)
            rig_give_chain(
                r, CITY, A + i / 3,
                qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A + i % 3].id)->cert.id.b);
    for (int i = 0; i < 3; i++) {
        int other = A + (i + 2) % 3;
        m[i] = rig_open(r, A + i, "hole in the road");
        r->now_us += SECOND;
        rig_settle(r);
        rig_ok(rig_offer(r, A + i, m[i], QP_KIND_TRANSFER, r->nodes[other].path));
        rig_settle(r);
        rig_ok(rig_step(r, other, m[i], QP__EVENT__BODY_REFUSED));
        rig_settle(r);
    }
}

static void one_is_open(struct rig *r, const matter m[3])
{
    for (int i = 0; i < 3; i++) {
        const Qp__Face *here = rig_face(r, A + i, m[i]), *above = rig_face(r, CITY, m[i]);
        assert_int_equal(here->state, above->state);
        assert_int_equal(here->closed_us != 0, i > 0);
        assert_true(rig_history(r, A + i, m[i], QP__EVENT__BODY_COMMENTED) >= 1);
    }
}

static void the_node_above_tells_of_a_circle_that_no_holder_knows_whole(void **state)
{
    for (int kind = 0; kind < 3; kind++) { /* merges, duplicates, both */
        struct rig *r = rig_new();
        matter m[3];
        apart(r, m);
        for (int i = 0; i < 3; i++) /* none has heard of the others */
            points(r, A + i, m[i], m[(i + 1) % 3], kind == 0 || (kind == 2 && i == 1));
        rig_settle(r);
        one_is_open(r, m);
        for (int i = 0; i < 3;
             i++) { /* whoever looks at one sees what points to it; nothing does to what is open again */
            struct qp_read read;
            struct qp_pointed p;
            bool from = i == 0 || i == 2; /* 1 pointed to 2, 2 to 0, and 0 is open */
            assert_int_equal(qp_read_begin(r->nodes[CITY].store, &read, NULL), 0);
            assert_int_equal(qp_matter_pointed(&p, &read, rig_face(r, CITY, m[i]), NULL), 0);
            qp_read_end(&read);
            assert_int_equal(p.n, from);
            if (from)
                assert_memory_equal(p.v[0].id, m[(i + 2) % 3].b, QP_ID_LEN);
            if (from)
                assert_int_equal(p.v[0].merged, kind == 0 || (kind == 2 && i == 2));
        }
        assert_int_equal(rig_history(r, CITY, m[0], QP__EVENT__BODY_COMMENTED), 1); /* told once */
        for (int i = CITY; i <= A; i++) {
            struct tables before = rig_tables(r, i);
            rig_rebuild(r, i);
            struct tables after = rig_tables(r, i);
            rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(META) | T(RECEIPT) | T(HELD) | T(DEPTH));
        }
        rig_free(r);
    }
    (void)state;
}

/* Said by one that is not above, or of what is known to be otherwise. */
static void who_is_not_above_opens_no_matter_by_telling_of_a_circle(void **state)
{
    struct rig *r = *state;
    matter m[3];
    apart(r, m);
    points(r, A, m[0], m[1], true);
    points(r, A + 1, m[1], m[2], true);
    rig_settle(r);
    for (int by = 0; by < 2; by++) { /* a sibling; the city, of a step that is not so */
        int origin = by == 0 ? A + 2 : CITY;
        struct forged f = rig_forged(r, origin, QP_SCOPE_NODE, r->nodes[A].id, QP_LANE_BULK);
        Qp__Event *ev = rig_event(r, origin, QP__EVENT__BODY_COMMENTED, &m[0]);
        ProtobufCBinaryData ids[2] = {{QP_ID_LEN, m[0].b}, {QP_ID_LEN, by == 0 ? m[1].b : m[2].b}};
        ev->commented->text = qp_arena_text(r->arena, "a lie");
        ev->commented->circle = ids;
        ev->commented->n_circle = 2;
        rig_add(&f, ev);
        assert_int_equal(rig_hand(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
        assert_int_equal(rig_face(r, A, m[0])->state, QP_MERGED);
        assert_int_equal(rig_history(r, A, m[0], QP__EVENT__BODY_COMMENTED), by + 1);
    }
}

/* A link was cut for a day: all of it comes in one turn, and is told once. */
static void as_many_circles_as_are_told_in_one_turn_are_opened(void **state)
{
    enum { MANY = 20 };
    struct rig *r = *state;
    matter m[MANY], to[MANY];
    ProtobufCBinaryData ids[MANY][2];
    rig_tree(r, 2);
    rig_settle(r);
    for (int i = 0; i < MANY; i++) {
        m[i] = rig_open(r, A, "hole in the road");
        r->now_us += SECOND;
        memset(to[i].b, 0xff, sizeof to[i].b); /* held where A hears nothing of it */
        to[i].b[QP_ID_LEN - 1] = (uint8_t)i;
        points(r, A, m[i], to[i], false);
    }
    rig_settle(r);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_NODE, r->nodes[A].id, QP_LANE_BULK);
    for (int i = 0; i < MANY; i++) {
        Qp__Event *ev = rig_event(r, CITY, QP__EVENT__BODY_COMMENTED, &m[i]);
        ev->counter += (uint64_t)i;
        ids[i][0] = (ProtobufCBinaryData){QP_ID_LEN, m[i].b};
        ids[i][1] = (ProtobufCBinaryData){QP_ID_LEN, to[i].b};
        ev->commented->text = qp_arena_text(r->arena, "a circle");
        ev->commented->circle = ids[i];
        ev->commented->n_circle = 2;
        rig_add(&f, ev);
    }
    assert_int_equal(rig_hand(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(rig_face(r, A, m[i])->closed_us, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(two_merges_that_cross_leave_the_lowest_open),
        TEST(so_they_do_when_the_lowest_is_held_below),
        TEST(a_merge_and_a_duplicate_that_cross_leave_the_lowest_open),
        TEST(two_duplicates_that_cross_leave_the_lowest_open),
        TEST(a_circle_of_three_that_was_closed_apart_is_opened_at_its_lowest),
        TEST(the_node_above_tells_of_a_circle_that_no_holder_knows_whole),
        TEST(as_many_circles_as_are_told_in_one_turn_are_opened),
        TEST(who_is_not_above_opens_no_matter_by_telling_of_a_circle),
    };
    return cmocka_run_group_tests_name("core/rings", tests, NULL, NULL);
}
