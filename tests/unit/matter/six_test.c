/* six_test.c: the six steps of a matter (ST1), from its history. */
#include "node/matter/six.h"
#include "tests/unit/matter/rig.h"

#define B(name) QP__EVENT__BODY_##name

static int up(void **state)
{
    rig_up(state);
    ((struct rig *)*state)->journals = true;
    return 0;
}

static void six(struct rig *r, int node, matter m, struct qp_six out[QP_SIX])
{
    struct qp_read read;
    struct qp_history h[64];
    rig_read(r, node, &read);
    long n = qp_matter_history(&read, m.b, h, 64, r->arena, &r->e);
    qp_read_end(&read);
    assert_true(n >= 0);
    qp_six_of(out, rig_face_at(r, node, m), h, (size_t)n);
}

/* Its steps in seconds: "1:2 2:3 4: now". */
static void steps_are(struct rig *r, int node, matter m, const char *want)
{
    struct qp_six s[QP_SIX];
    char got[256] = "";
    six(r, node, m, s);
    for (int i = 0; i < QP_SIX; i++) {
        size_t len = strlen(got);
        assert_int_equal(s[i].at_us != 0, s[i].times != 0);
        if (s[i].times > 0)
            snprintf(got + len, sizeof got - len, "%s%d:%lld%s", len ? " " : "", i + 1,
                     (long long)(s[i].spent_us / SECOND), s[i].now ? "+" : "");
    }
    assert_string_equal(got, want);
}

static void says(struct rig *r, int node, matter m, int body, int seconds)
{
    r->now_us += (int64_t)(seconds - 1) * SECOND; /* one passes with each saying */
    rig_do(r, node, m, body);
}

static void visits(struct rig *r, matter m, bool reached, bool resolved, int seconds)
{
    Qp__Event *draft = rig_draft(r, B(VISITED));
    draft->visited->visit->reached = reached;
    draft->visited->visit->resolved = resolved;
    draft->visited->visit->satisfied = reached ? 1 : 0;
    r->now_us += (int64_t)(seconds - 1) * SECOND;
    assert_true(rig_say(r, EAST, m, draft) >= 0);
}

static void each_step_has_its_time_and_what_was_passed_over_has_none(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    steps_are(r, EAST, m, "1:0+");
    says(r, EAST, m, B(ASSIGNED), 10);
    steps_are(r, EAST, m, "1:10 2:0+");
    says(r, EAST, m, B(PROGRESSED), 5); /* is none */
    says(r, EAST, m, B(HANDLED), 15);
    says(r, EAST, m, B(CLOSED), 30); /* nobody was visited */
    steps_are(r, EAST, m, "1:10 2:20 4:30 6:0+");
    struct qp_six s[QP_SIX];
    six(r, EAST, m, s);
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_int_equal(s[0].at_us, f->opened_us);
    assert_int_equal(s[3].at_us, f->handled_us);
    assert_int_equal(s[5].at_us, f->closed_us);
    assert_memory_equal(s[5].node.data, rig_id(r, EAST).data, QP_ID_LEN);
    assert_int_equal(s[2].times, 0);
    says(r, EAST, m, B(REOPENED), 100);
    steps_are(r, EAST, m, "1:10 2:20+ 4:30 6:100");
}

/* ST2: one that nobody was reached by leaves it where it is; one that found it unresolved sends it back. */
static void a_step_that_it_goes_back_to_adds_up(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    says(r, EAST, m, B(ASSIGNED), 1);
    says(r, EAST, m, B(HANDLED), 10);
    visits(r, m, false, false, 20);
    steps_are(r, EAST, m, "1:1 2:10 4:0+");
    visits(r, m, true, false, 20);
    steps_are(r, EAST, m, "1:1 2:10+ 4:40");
    says(r, EAST, m, B(HANDLED), 7);
    visits(r, m, true, true, 3);
    steps_are(r, EAST, m, "1:1 2:17 4:43 5:0+");
    struct qp_six s[QP_SIX];
    six(r, EAST, m, s);
    assert_int_equal(s[1].times, 2);
    assert_int_equal(s[1].at_us, rig_face_at(r, EAST, m)->opened_us + SECOND);
    assert_int_equal(s[3].times, 2);
    matter other = rig_open(r, EAST, "lamp");
    Qp__Event *draft = rig_draft(r, B(MERGED));
    draft->merged->into = (ProtobufCBinaryData){QP_ID_LEN, other.b};
    r->now_us += 7 * SECOND;
    assert_true(rig_say(r, EAST, m, draft) >= 0);
    steps_are(r, EAST, m, "1:1 2:17 4:43 5:9 6:0+");
    says(r, EAST, m, B(UNMERGED), 4);
    steps_are(r, EAST, m, "1:1 2:17 4:43 5:9+ 6:4");
    says(r, EAST, m, B(CLOSED), 6);
    steps_are(r, EAST, m, "1:1 2:17 4:43 5:15 6:4+");
}

/* As long as the escalation waits it is reported upward; then it stands as it stood. */
static void what_rises_is_reported_upward_until_it_is_answered(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    says(r, EAST, m, B(SORTED), 2);
    r->now_us += 9 * SECOND;
    int offer = rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY);
    steps_are(r, EAST, m, "1:2 2:10 3:0+");
    for (int i = 0; i <= offer; i++)
        rig_hear(r, CITY, i);
    says(r, CITY, m, B(ACCEPTED), 6);
    steps_are(r, CITY, m, "1:2 2:10+ 3:6");
    says(r, CITY, m, B(HANDLED), 5);
    steps_are(r, CITY, m, "1:2 2:15 3:6 4:0+");
    struct qp_six s[QP_SIX];
    six(r, CITY, m, s);
    assert_memory_equal(s[2].node.data, rig_id(r, EAST).data, QP_ID_LEN);
}

/* K7: who does not hold it says a version first; it is in the history as a conflict, and in no step. */
static void what_a_rival_said_first_is_none_of_its_steps(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    Qp__Event *ev = rig_draft(r, B(HANDLED));
    ev->origin = rig_id(r, WEST);
    ev->incarnation = 1;
    ev->counter = 50;
    ev->at_us = r->now_us;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    ev->version = 2;
    ev->custody = 1;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    rig_hear(r, CITY, rig_do(r, EAST, m, B(SORTED)));
    struct qp_six s[QP_SIX];
    six(r, CITY, m, s);
    assert_true(s[1].now);
    assert_int_equal(s[3].times, 0);
    assert_memory_equal(s[1].node.data, rig_id(r, EAST).data, QP_ID_LEN);
}

/* It came with a face, and heard nothing of what was before. */
static void who_came_later_is_told_where_it_stands(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    says(r, EAST, m, B(ASSIGNED), 2);
    struct qp_six s[QP_SIX];
    const Qp__Face *f = rig_face_at(r, EAST, m);
    qp_six_of(s, f, NULL, 0);
    assert_true(s[1].now && !s[0].now);
    assert_int_equal(s[1].at_us, f->updated_us);
    assert_int_equal(s[0].spent_us, 2 * SECOND);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, rig_down)
    const struct CMUnitTest tests[] = {
        T(each_step_has_its_time_and_what_was_passed_over_has_none),
        T(a_step_that_it_goes_back_to_adds_up),
        T(what_rises_is_reported_upward_until_it_is_answered),
        T(what_a_rival_said_first_is_none_of_its_steps),
        T(who_came_later_is_told_where_it_stands),
    };
    return cmocka_run_group_tests_name("matter/six", tests, NULL, NULL);
}
