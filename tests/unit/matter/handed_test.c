/* handed_test.c: what was assigned by one holder waits for a desk or person of the next (CL4). */
#include "node/matter/clocks.h"
#include "node/matter/wanted.h"
#include "tests/unit/matter/rig.h"

#define B(b) QP__EVENT__BODY_##b

static const char POLICY[] =
    "{'version':'1','title':'T','calendars':[],'categories':[{'code':'','title':'all',"
    "'clocks':{'assign':'2h','handle':'8h'}}]}";

static int up(void **state)
{
    int rc = rig_up(state);
    struct rig *r = *state;
    for (int i = CITY; i <= EAST && !rc; i++)
        r->nodes[i].m.policy = rig_policy(r, POLICY);
    return rc;
}

static int down(void **state)
{
    struct rig *r = *state;
    for (int i = CITY; i <= EAST; i++) {
        qp_in_force_release(r->nodes[i].m.policy);
        r->nodes[i].m.policy = NULL;
    }
    return rig_down(state);
}

/* Assigned in the east, offered upward, and accepted. */
static matter handed_up(struct rig *r)
{
    matter m = rig_open(r, EAST, "lamp");
    Qp__Event *ev = rig_draft(r, B(ASSIGNED));
    ev->assigned->desk = qp_arena_text(r->arena, "lamps");
    ev->assigned->person = qp_arena_text(r->arena, "li");
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY);
    for (size_t i = 0; i < r->said_n; i++)
        rig_hear(r, CITY, (int)i);
    return m;
}

static bool runs(struct rig *r, int node, matter m, enum qp_clock_stage stage)
{
    const Qp__Clock *c = qp_face_clock(rig_face_at(r, node, m), stage);
    return c && qp_clock_said_runs(c);
}

static bool waits(struct rig *r, int node, matter m)
{
    const struct qp_list_query assign = {.unassigned = true, .overdue = -1};
    const struct qp_list_query handle = {.given = true, .states = 1u << QP_ASSIGNED, .overdue = -1};
    bool yes = qp_wanted(&assign, rig_row(r, node, m));
    assert_int_equal(qp_wanted(&handle, rig_row(r, node, m)), !yes);
    return yes;
}

static void cl4_what_was_assigned_elsewhere_waits_to_be_assigned_here(void **state)
{
    struct rig *r = *state;
    matter m = handed_up(r);
    assert_false(waits(r, EAST, m));
    rig_hear(r, EAST, rig_do(r, CITY, m, B(ACCEPTED)));
    for (int i = CITY; i <= EAST; i++) {
        const Qp__Face *f = rig_face_at(r, i, m);
        assert_int_equal(f->state, QP_ASSIGNED); /* what others see takes no step back */
        assert_string_equal(f->desk, "lamps");
        assert_string_equal(f->person, "");
        assert_true(f->unplaced);
        assert_true(runs(r, i, m, QP_CLOCK_ASSIGN));
        assert_false(runs(r, i, m, QP_CLOCK_HANDLE));
        assert_true(waits(r, i, m));
    }
    Qp__Event *ev = rig_draft(r, B(ASSIGNED));
    ev->assigned->desk = qp_arena_text(r->arena, "lamps");
    rig_hear(r, EAST, rig_say(r, CITY, m, ev));
    for (int i = CITY; i <= EAST; i++) {
        assert_false(runs(r, i, m, QP_CLOCK_ASSIGN));
        assert_true(runs(r, i, m, QP_CLOCK_HANDLE));
        assert_false(waits(r, i, m));
    }
    rig_assert_same(r, m);
}

/* Whatever it goes through meanwhile: nobody has been given it by that. */
static void cl4_it_waits_on_when_it_was_hung_or_closed(void **state)
{
    struct rig *r = *state;
    matter m = handed_up(r);
    rig_do(r, CITY, m, B(ACCEPTED));
    Qp__Event *ev = rig_draft(r, B(HUNG));
    ev->hung->until_us = r->now_us + INT64_C(3600) * SECOND;
    assert_true(rig_say(r, CITY, m, ev) >= 0);
    rig_do(r, CITY, m, B(RESUMED));
    assert_true(waits(r, CITY, m) && runs(r, CITY, m, QP_CLOCK_ASSIGN));
    rig_do(r, CITY, m, B(CLOSED));
    assert_false(runs(r, CITY, m, QP_CLOCK_ASSIGN));
    rig_do(r, CITY, m, B(REOPENED));
    assert_true(waits(r, CITY, m) && runs(r, CITY, m, QP_CLOCK_ASSIGN));
    rig_do(r, CITY, m, B(HANDLED));
    assert_false(rig_face_at(r, CITY, m)->unplaced);
    assert_false(runs(r, CITY, m, QP_CLOCK_ASSIGN));
}

/* What an older build has said stays as it was. */
static void cl4_an_acceptance_of_an_older_build_is_as_it_was(void **state)
{
    struct rig *r = *state;
    matter m = handed_up(r);
    Qp__Event *ev = rig_event(r, rig_do(r, CITY, m, B(ACCEPTED)));
    assert_true(ev->accepted->anew);
    ev->accepted->anew = false;
    assert_int_equal(rig_hear_event(r, EAST, ev), QP_APPLIED);
    assert_false(rig_face_at(r, EAST, m)->unplaced);
    assert_int_equal(rig_face_at(r, EAST, m)->state, QP_ASSIGNED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cl4_what_was_assigned_elsewhere_waits_to_be_assigned_here, up, down),
        cmocka_unit_test_setup_teardown(cl4_it_waits_on_when_it_was_hung_or_closed, up, down),
        cmocka_unit_test_setup_teardown(cl4_an_acceptance_of_an_older_build_is_as_it_was, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
