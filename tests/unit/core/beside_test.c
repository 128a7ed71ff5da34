/* beside_test.c: what a node says beside a matter reaches those who come to it later (ST4, CI1), over whole nodes. */
#include "node/matter/beside.h"
#include "node/matter/face.h"
#include "node/matter/parts.h"
#include "tests/unit/core/rig.h"

static void asks(struct rig *r, int i, matter m, int to)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_ASSISTED, &m);
    ev->assisted->to_path = r->nodes[to].path;
    ev->assisted->note = qp_arena_text(r->arena, "a pump");
    rig_ok(rig_try(r, i, ev));
}

static void is_done(struct rig *r, int i, matter m)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PARTED, &m);
    ev->parted->note = qp_arena_text(r->arena, "dry");
    ev->parted->done = true;
    rig_ok(rig_try(r, i, ev));
}

static void sees(struct rig *r, int i, matter m, const char *state)
{
    const Qp__Part p = qp_part_seen(rig_row(r, i, m), 0);
    assert_string_equal(qp_part_state(&p), state);
}

/* city; b, c below it. The city holds, b assists and says that it is done in the moment in which the city gives the
 * matter to c. */
static void who_takes_a_matter_over_hears_how_its_parts_go(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    int b = rig_join(r, 0, "b"), c = rig_join(r, 0, "c");
    rig_settle(r);
    matter m = rig_open(r, 0, "flood");
    asks(r, 0, m, b);
    rig_settle(r);
    is_done(r, b, m);
    rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, r->nodes[c].path));
    rig_settle(r);
    rig_ok(rig_step(r, c, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    sees(r, c, m, "done");
    for (int i = 0; i < r->n; i++)
        assert_int_equal(rig_face(r, i, m)->parts[0]->done, true); /* its acceptance states it */
    rig_same_face(r, m);
    for (int i = 0; i < r->n; i++) {
        struct tables was = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables is = rig_tables(r, i);
        rig_same_tables(&was, &is, T(META) | T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
}

/* The ask itself brings the matter to whom it is asked of, also where the matter has changed hands before. */
static void who_was_never_told_of_a_matter_may_be_asked(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    int a = rig_join(r, 0, "a"), c = rig_join(r, 0, "c");
    rig_settle(r);
    matter m = rig_open(r, a, "flood");
    rig_policy(r, 0, false, false, false, false);
    rig_ok(rig_offer(r, a, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_ACCEPTED));
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_PROGRESSED));
    asks(r, 0, m, c);
    rig_settle(r);
    is_done(r, c, m);
    rig_settle(r);
    sees(r, 0, m, "done");
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    rig_same_face(r, m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(who_takes_a_matter_over_hears_how_its_parts_go),
        TEST(who_was_never_told_of_a_matter_may_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
