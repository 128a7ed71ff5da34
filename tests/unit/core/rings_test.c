/* rings_test.c: merges and duplicates that were decided apart and meet later end in one state everywhere (B4): the
 * lowest id stays, told in the history of each. */
#include <stdio.h>

#include "node/core/private.h"
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
        rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(META) | T(RECEIPT));
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(two_merges_that_cross_leave_the_lowest_open),
        TEST(so_they_do_when_the_lowest_is_held_below),
        TEST(a_merge_and_a_duplicate_that_cross_leave_the_lowest_open),
        TEST(two_duplicates_that_cross_leave_the_lowest_open),
        TEST(a_circle_of_three_that_was_closed_apart_is_opened_at_its_lowest),
    };
    return cmocka_run_group_tests_name("core/rings", tests, NULL, NULL);
}
