/* appeal_test.c: against what one may appeal, who decides, and what comes of it (ST3). */
#include "node/matter/appeal.h"

#include "node/matter/beside.h"
#include "node/matter/extension.h"
#include "tests/unit/matter/rig.h"

#define B(b) QP__EVENT__BODY_##b

/* All that the east has said so far. */
static void tell(struct rig *r, int node)
{
    for (size_t i = 0; i < r->said_n; i++)
        rig_hear(r, node, (int)i);
}

/* Held by the east, visited and found not resolved, the person not satisfied. */
static matter visited_badly(struct rig *r)
{
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(ASSIGNED));
    rig_do(r, EAST, m, B(HANDLED));
    Qp__Event *ev = rig_draft(r, B(VISITED));
    ev->visited->visit->reached = true;
    ev->visited->visit->resolved = false;
    ev->visited->visit->satisfied = 2;
    ev->by = qp_arena_text(r->arena, "user:visitor");
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    return m;
}

static int appeal(struct rig *r, matter m, const char *about)
{
    Qp__Event *ev = rig_draft(r, B(APPEALED));
    ev->appealed->about = qp_arena_text(r->arena, about);
    ev->by = qp_arena_text(r->arena, "user:worker");
    return rig_say(r, EAST, m, ev);
}

static int decide(struct rig *r, int node, matter m, const char *about, bool keep, const char *by)
{
    Qp__Event *ev = rig_draft(r, B(DECIDED));
    ev->decided->about = qp_arena_text(r->arena, about);
    ev->decided->keep = keep;
    ev->by = qp_arena_text(r->arena, by);
    return rig_say(r, node, m, ev);
}

/* The holder itself, as its turn does. */
static int end(struct rig *r, matter m)
{
    Qp__Event *ev = rig_draft(r, B(APPEAL_ENDED));
    ev->by = qp_arena_text(r->arena, "policy");
    return rig_say(r, EAST, m, ev);
}

static const Qp__Appeal *of(struct rig *r, int node, matter m, const char *about)
{
    const Qp__Appeal *x = qp_appeal_about(rig_face_at(r, node, m), about);
    assert_non_null(x);
    return x;
}

static void an_overturned_score_counts_no_more(void **state)
{
    struct rig *r = *state;
    matter m = visited_badly(r);
    int asked = appeal(r, m, "visit");
    assert_true(asked >= 0);
    assert_int_equal(of(r, EAST, m, "visit")->state, QP_APPEAL_ASKED);
    tell(r, CITY);
    int said = decide(r, CITY, m, "visit", false,
                      "user:worker"); /* of the same name, at another node: another person */
    assert_true(said >= 0);
    assert_int_equal(-decide(r, CITY, m, "visit", true, "user:other"), QP_ESTEP); /* decided already */
    rig_hear(r, EAST, said);
    assert_non_null(qp_appeal_decided(rig_row(r, EAST, m)));
    assert_int_equal(rig_face_at(r, EAST, m)->visit->satisfied, 2); /* the holder's own word changes it */
    int ended = end(r, m);
    assert_true(ended >= 0);
    assert_int_equal(of(r, EAST, m, "visit")->state, QP_APPEAL_OVERTURNED);
    assert_string_equal(of(r, EAST, m, "visit")->decided_by, "user:worker");
    assert_int_equal(rig_face_at(r, EAST, m)->visit->satisfied, 0);
    assert_null(qp_appeal_decided(rig_row(r, EAST, m)));
    rig_hear(r, CITY, ended);
    assert_int_equal(rig_face_at(r, CITY, m)->visit->satisfied, 0);
    assert_int_equal(-appeal(r, m, "visit"), QP_ESTEP); /* once */
}

static void what_is_kept_stands(void **state)
{
    struct rig *r = *state;
    matter m = visited_badly(r);
    assert_true(appeal(r, m, "visit") >= 0);
    assert_int_equal(-appeal(r, m, "visit"), QP_ESTEP);
    tell(r, CITY);
    rig_hear(r, EAST, decide(r, CITY, m, "visit", true, "user:commander"));
    assert_true(end(r, m) >= 0);
    assert_int_equal(of(r, EAST, m, "visit")->state, QP_APPEAL_KEPT);
    assert_int_equal(rig_face_at(r, EAST, m)->visit->satisfied, 2);
}

static void there_must_be_something_to_appeal_against(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    assert_int_equal(-appeal(r, m, "visit"), QP_ESTEP);
    assert_int_equal(-appeal(r, m, "extension"), QP_ESTEP);
    assert_int_equal(-appeal(r, m, "weather"), QP_ESTEP);
    m = visited_badly(r);
    assert_int_equal(-appeal(r, m, "weather"), QP_EINVAL);
    assert_int_equal(-appeal(r, m, "extension"), QP_ESTEP);
    assert_int_equal(-end(r, m), QP_ESTEP);
    assert_int_equal(-decide(r, EAST, m, "visit", true, "user:commander"), QP_ESTEP); /* no node above */
}

static void a_decision_comes_before_the_appeal_of_which_it_speaks(void **state)
{
    struct rig *r = *state;
    matter m = visited_badly(r);
    tell(r, MILL); /* as of before the appeal */
    int asked = appeal(r, m, "visit");
    tell(r, CITY);
    int said = decide(r, CITY, m, "visit", false, "user:commander");
    assert_int_equal(rig_hear(r, MILL, said), QP_WAITING);
    rig_hear(r, MILL, asked);
    assert_non_null(qp_appeal_decided(rig_row(r, MILL, m)));
}

/* He held it, appealed, gave it down, and would decide as whose superior he is now. */
static void who_appealed_himself_does_not_decide(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, CITY, "lamp");
    rig_do(r, CITY, m, B(HANDLED));
    Qp__Event *ev = rig_draft(r, B(VISITED));
    ev->visited->visit->resolved = true;
    ev->visited->visit->reached = true;
    ev->visited->visit->satisfied = 2;
    assert_true(rig_say(r, CITY, m, ev) >= 0);
    ev = rig_draft(r, B(APPEALED));
    ev->by = qp_arena_text(r->arena, "user:wu");
    assert_true(rig_say(r, CITY, m, ev) >= 0);
    rig_do(r, CITY, m, B(CLOSED));
    rig_do(r, CITY, m, B(REOPENED));
    rig_offer(r, CITY, m, QP_KIND_DISPATCH, EAST);
    tell(r, EAST);
    rig_hear(r, CITY, rig_do(r, EAST, m, B(ACCEPTED)));
    assert_int_equal(-decide(r, CITY, m, "visit", true, "user:wu"), QP_EPOLICY);
    assert_true(decide(r, CITY, m, "visit", true, "user:zhao") >= 0);
}

/* An older build did not say where it was appealed: a name is believed then to be his. */
static void where_nobody_said_at_which_node_a_name_is_his(void **state)
{
    struct rig *r = *state;
    matter m = visited_badly(r);
    assert_true(appeal(r, m, "visit") >= 0);
    tell(r, CITY);
    Qp__Row row = *rig_row(r, CITY, m);
    Qp__Face f = *row.face;
    Qp__Appeal x = *f.appeals[0], *list[] = {&x};
    Qp__Event *ev = rig_draft(r, B(DECIDED));
    struct qp_err e;
    ev->decided->about = qp_arena_text(r->arena, "visit");
    ev->by = qp_arena_text(r->arena, "user:worker");
    ev->origin = f.opener; /* any */
    x.at = (ProtobufCBinaryData){0, NULL};
    f.appeals = list;
    row.face = &f;
    assert_int_equal(qp_appeal_decide(&row, ev, &e), QP_EPOLICY);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)

/* Its pause until a time was over when the decision came, and it had not said so yet. */
static void a_denial_that_is_overturned_waits_for_an_answer_again_also_after_a_pause(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = rig_face(r, "lamp");
    f->deadline_us = r->now_us + INT64_C(86400) * SECOND;
    matter m = rig_open_face(r, EAST, f);
    Qp__Event *ev = rig_draft(r, B(EXTENSION_ASKED));
    ev->extension_asked->until_us = r->now_us + INT64_C(172800) * SECOND;
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    tell(r, CITY);
    ev = rig_draft(r, B(EXTENSION_DENIED));
    ev->by = qp_arena_text(r->arena, "user:other");
    rig_hear(r, EAST, rig_say(r, CITY, m, ev));
    ev = rig_draft(r, B(EXTENDED));
    ev->by = qp_arena_text(r->arena, "policy");
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    ev = rig_draft(r, B(HUNG));
    ev->hung->until_us = r->now_us + INT64_C(3600) * SECOND;
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    assert_true(appeal(r, m, "extension") >= 0);
    int64_t over_us = r->now_us + INT64_C(7200) * SECOND;
    for (size_t i = 0; i < r->said_n; i++)
        if (r->said[i].from == EAST)
            rig_hear(r, CITY, (int)i);
    rig_hear(r, EAST, decide(r, CITY, m, "extension", false, "user:commander"));
    r->now_us = over_us;
    ev = rig_draft(r, B(APPEAL_ENDED));
    ev->appeal_ended->about = qp_arena_text(r->arena, "extension");
    ev->by = qp_arena_text(r->arena, "policy");
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    assert_int_equal(of(r, EAST, m, "extension")->state, QP_APPEAL_OVERTURNED);
    const Qp__Clock *c = qp_face_clock(rig_face_at(r, EAST, m), QP_CLOCK_CLOSE);
    assert_int_equal(c->extension->state, QP_EXTENSION_ASKED);
    assert_int_equal(c->extension->number, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_overturned_score_counts_no_more),
        T(what_is_kept_stands),
        T(there_must_be_something_to_appeal_against),
        T(a_decision_comes_before_the_appeal_of_which_it_speaks),
        T(a_denial_that_is_overturned_waits_for_an_answer_again_also_after_a_pause),
        T(who_appealed_himself_does_not_decide),
        T(where_nobody_said_at_which_node_a_name_is_his),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
