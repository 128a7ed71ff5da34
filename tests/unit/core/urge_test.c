/* urge_test.c: what nodes say by themselves because time has passed (core/urge.h): overdue matters are urged by the holder's parent, once;
 * urges that nobody answers are lifted; refusals and redos offer a matter one level up; a newer calendar makes clocks later; reminders. */
#include <stdio.h>

#include "node/core/urge.h"
#include "node/matter/beside.h"
#include "node/matter/custody.h"
#include "node/matter/face.h"
#include "node/matter/prolong.h"
#include "tests/unit/core/rig.h"

#define MINUTE (60 * SECOND)
#define HOUR   (3600 * SECOND)

enum { CITY, A, B };

static void set_policy(struct rig *r, int i, const char *json)
{
    struct qp_mistakes m = {0};
    char *text = strdup(json);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    free(text);
    assert_int_equal(qp_mistakes_all(&m), 0);
    qp_mistakes_free(&m);
    assert_true(qp_core_set_policy(r->nodes[i].core, p));
}

#define RULES                                                                                                \
    "{'version':'1','title':'T','categories':[{'code':'','title':'all','clocks':{'handle':'4h','close':"     \
    "'10h'},'remind':{'handle':'1h'}}],'rules':{'urge':[{'overdue':'0h'},{'overdue':'2h'}],"                 \
    "'lift':{'refused':2,'redo':2}}}"

/* Time passes at all of them, in steps that are no jump. */
static void pass(struct rig *r, int64_t us)
{
    for (int64_t until = r->now_us + us; r->now_us < until;) {
        int64_t left = until - r->now_us;
        r->now_us += left > 10 * MINUTE ? 10 * MINUTE : left;
        for (int i = 0; i < r->n; i++)
            rig_tick(r, i);
        rig_settle(r);
        for (int i = 0; i < r->n; i++)
            rig_tick(r, i);
        rig_settle(r);
    }
}

/* city, city/a, city/a/b, all past the time after a start; a matter that is assigned at the lowest. */
static matter assigned(struct rig *r)
{
    rig_tree(r, 3);
    for (int i = 0; i < 3; i++)
        set_policy(r, i, RULES);
    pass(r, 20 * MINUTE);
    matter m = rig_open(r, B, "a lamp");
    rig_ok(rig_step(r, B, m, QP__EVENT__BODY_ASSIGNED));
    rig_settle(r);
    return m;
}

static int urges(struct rig *r, int i, matter m)
{
    return rig_history(r, i, m, QP__EVENT__BODY_URGED);
}

static struct qp_reply progress(struct rig *r, matter m)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m);
    ev->progressed->note = (char *)(uintptr_t) "under way";
    return rig_try(r, B, ev);
}

static void what_is_overdue_is_urged_by_the_holders_parent_and_once(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    pass(r, 4 * HOUR - MINUTE);
    assert_int_equal(urges(r, B, m), 0);
    pass(r, 2 * MINUTE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(urges(r, i, m), 1);
    const Qp__Beside *urge = qp_beside_urge(rig_row(r, B, m));
    assert_memory_equal(urge->event.data, r->nodes[A].id, QP_ID_LEN);
    assert_string_equal(urge->by, "policy");
    assert_true(urge->due_us > r->now_us + HOUR && urge->due_us <= r->now_us + 2 * HOUR);
    assert_non_null(strstr(urge->words, "handle"));
    rig_ok(progress(r, m));
    rig_settle(r);
    pass(r, HOUR);
    assert_int_equal(urges(r, B, m), 1); /* answered, and not said again */
    pass(r, HOUR);
    assert_int_equal(urges(r, B, m), 2); /* two hours over */
    pass(r, 2 * HOUR + MINUTE);          /* whose own two hours are over: lifted by the city */
    assert_true(qp_beside_lifted(rig_row(r, CITY, m), r->nodes[CITY].id));
    pass(r, 12 * HOUR); /* close: 0h, and 2h */
    assert_int_equal(rig_metrics(r, A).urges_by_policy, 4);
    rig_same_face(r, m);
}

static void an_urge_that_nobody_answers_is_lifted_to_the_next_level(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    pass(r, 4 * HOUR + MINUTE);
    assert_int_equal(urges(r, B, m), 1);
    pass(r, 2 * HOUR + MINUTE); /* again by city/a, and by the city: the first one was not answered */
    assert_int_equal(rig_metrics(r, A).urges_by_policy, 2);
    assert_int_equal(rig_metrics(r, CITY).urges_lifted, 1);
    const Qp__Row *row = rig_row(r, B, m);
    assert_true(qp_beside_lifted(row, r->nodes[CITY].id));
    assert_false(qp_beside_lifted(row, r->nodes[A].id));
    assert_true(qp_beside_urge_of(row, r->nodes[A].id)->lapsed_us > 0);
    rig_ok(progress(r, m));
    rig_settle(r);
    assert_null(qp_beside_urge(rig_row(r, CITY, m)));
    pass(r, HOUR);
    assert_int_equal(rig_metrics(r, CITY).urges_lifted, 1);
}

static void by_hand_too_and_only_where_a_time_was_said(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r), n = rig_open(r, B, "another");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_URGED, &m);
    ev->urged->note = (char *)(uintptr_t) "hurry";
    ev->urged->due_us = r->now_us + 30 * MINUTE;
    rig_ok(rig_try(r, A, ev));
    Qp__Event *open = rig_draft(r, QP__EVENT__BODY_URGED, &n);
    open->urged->note = (char *)(uintptr_t) "hurry";
    rig_ok(rig_try(r, A, open));
    rig_settle(r);
    pass(r, 29 * MINUTE);
    assert_int_equal(urges(r, B, m), 1);
    pass(r, 3 * HOUR);
    assert_int_equal(urges(r, B, m), 2);
    assert_int_equal(urges(r, B, n), 1);
}

/* A node that was down for days says one of each matter; a restart and a rebuild say nothing again. */
static void after_days_without_it_one_urge_is_said_and_no_storm(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    rig_stop(r, A);
    r->now_us += 100 * HOUR;
    rig_start(r, A);
    set_policy(r, A, RULES);
    rig_tick(r, A);
    assert_int_equal(urges(r, A, m), 0); /* it holds back: is its clock right? */
    r->now_us += QP_URGE_HOLD_S * SECOND;
    rig_tick(r, A);
    rig_tick(r, A);
    assert_int_equal(urges(r, A, m), 1);
    rig_rebuild(r, A);
    set_policy(r, A, RULES);
    rig_tick(r, A);
    r->now_us += QP_URGE_HOLD_S * SECOND;
    rig_tick(r, A);
    rig_tick(r, A);
    assert_int_equal(urges(r, A, m), 1);
}

static void a_clock_that_is_set_ahead_urges_nobody_for_a_while(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    int64_t right = r->now_us;
    r->now_us += 24 * 365 * HOUR;
    rig_tick(r, A);
    r->now_us += 5 * MINUTE;
    rig_tick(r, A);
    r->now_us = right + 5 * MINUTE; /* and right again */
    rig_tick(r, A);
    assert_int_equal(urges(r, A, m), 0);
    pass(r, 4 * HOUR);
    assert_int_equal(urges(r, B, m), 1);
}

/* An urge comes to the city while its clock is a year ahead: when its time would be over is put down for a year from now. */
static void what_came_while_the_clock_was_ahead_is_lifted_in_its_time(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_URGED, &m);
    ev->urged->note = (char *)(uintptr_t) "hurry";
    ev->urged->due_us = r->now_us + 30 * MINUTE;
    rig_ok(rig_try(r, A, ev));
    int64_t right = r->now_us;
    r->now_us += 24 * 365 * HOUR;
    rig_tick(r, CITY);
    rig_carry(r, A, CITY);
    r->now_us = right;
    rig_tick(r, CITY);
    pass(r, 29 * MINUTE);
    assert_int_equal(urges(r, CITY, m), 1);
    pass(r, 21 * MINUTE);
    assert_int_equal(urges(r, CITY, m), 2);
    assert_true(qp_beside_lifted(rig_row(r, CITY, m), r->nodes[CITY].id));
}

/* Many at once, so many a turn: all of them, each once. */
static void many_are_urged_some_a_turn(void **state)
{
    struct rig *r = *state;
    enum { MANY = 150 };
    matter m[MANY];
    assigned(r);
    for (int i = 0; i < MANY; i++)
        m[i] = rig_open(r, B, "many");
    rig_settle(r);
    uint64_t before = rig_metrics(r, A).urges_by_policy;
    pass(r, 9 * HOUR + 30 * MINUTE);
    r->now_us += 31 * MINUTE;
    rig_tick(r, A);
    rig_tick(r, A);
    uint64_t once = rig_metrics(r, A).urges_by_policy - before;
    assert_true(once > 0 && once < MANY);
    for (int i = 0; i < 8; i++)
        rig_tick(r, A);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(urges(r, A, m[i]), 1);
}

/* ---- one level up ---- */

static void so_many_refusals_offer_it_one_level_up(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    set_policy(r, A, RULES);
    matter m = rig_open(r, A, "whose is it");
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        rig_ok(rig_offer(r, A, m, QP_KIND_DISPATCH, "city/a/b"));
        rig_settle(r);
        assert_int_equal(rig_face(r, A, m)->refused, i);
        Qp__Event *no = rig_draft(r, QP__EVENT__BODY_REFUSED, &m);
        no->refused->reason = (char *)(uintptr_t) "not ours";
        rig_ok(rig_try(r, B, no));
        rig_settle(r);
    }
    assert_true(rig_holds(r, CITY, m)); /* offered by policy, and taken at once */
    assert_int_equal(rig_metrics(r, A).lifts_by_policy, 1);
    rig_same_face(r, m);
    const Qp__Face *f = rig_face(r, CITY, m);
    assert_int_equal(f->refused, 2);
    assert_int_equal(f->lift_refused, 2);
    set_policy(r, CITY, RULES);
    rig_ok(rig_comment(r, CITY, m, "seen"));
    rig_settle(r);
    assert_true(rig_holds(r, CITY, m));
}

/* ---- a newer calendar (PO4) ---- */

#define OFFICE(version, off)                                                                                 \
    "{'version':'" version "','title':'T','calendars':[{'name':'office','weekly':[{'days':'1-7','from':"     \
    "'08:00','to':'16:00'}],'off':[" off "]}],'categories':[{'code':'','title':'all','calendar':'office',"   \
    "'clocks':{'close':'3wd'},'remind':{'close':'1wd'}}]}"

static void a_newer_calendar_makes_a_running_clock_later_and_never_earlier(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    set_policy(r, A, OFFICE("1", ""));
    pass(r, 20 * MINUTE);
    matter m = rig_open(r, A, "a lamp");
    int64_t due = rig_face(r, A, m)->deadline_us;
    set_policy(r, A, OFFICE("2", "'2026-03-02','2026-03-03'"));
    pass(r, MINUTE);
    assert_int_equal(rig_face(r, A, m)->deadline_us, due + 48 * HOUR);
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_PROLONGED), 1);
    assert_string_equal(qp_face_clock(rig_face(r, CITY, m), QP_CLOCK_CLOSE)->later_by, "2");
    set_policy(r, A, OFFICE("3", ""));
    pass(r, MINUTE);
    assert_int_equal(rig_face(r, A, m)->deadline_us, due + 48 * HOUR);
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_PROLONGED), 1);
    rig_same_face(r, m);
}

/* ---- reminders (CL7) ---- */

static void who_has_it_is_reminded_before_the_due(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    int64_t due = qp_clock_said_due(qp_face_clock(rig_face(r, B, m), QP_CLOCK_HANDLE));
    assert_int_equal(qp_clock_said_remind(qp_face_clock(rig_face(r, B, m), QP_CLOCK_HANDLE)), due - HOUR);
    pass(r, 3 * HOUR - MINUTE);
    assert_int_equal(rig_row(r, B, m)->remind_stages, 0);
    pass(r, 2 * MINUTE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig_row(r, i, m)->remind_stages, 1u << QP_CLOCK_HANDLE);
    struct tables was = rig_tables(r, B);
    rig_rebuild(r, B);
    struct tables now = rig_tables(r, B);
    rig_same_tables(&was, &now, T(META) | T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
    pass(r, HOUR);
    assert_int_equal(rig_row(r, B, m)->remind_stages, 0); /* overdue by now */
    assert_int_equal(rig_row(r, B, m)->overdue_stages, 1u << QP_CLOCK_HANDLE);
}

/* ---- at rest (CL3) ---- */

static void hang(struct rig *r, int i, matter m, int64_t until_us)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_HUNG, &m);
    ev->hung->reason = (char *)(uintptr_t) "a part is ordered";
    ev->hung->until_us = until_us;
    rig_ok(rig_try(r, i, ev));
    rig_settle(r);
}

static void what_was_hung_until_a_time_goes_on_by_itself_when_it_is_over(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r);
    int64_t due_us = qp_clock_said_due(qp_face_clock(rig_face(r, B, m), QP_CLOCK_HANDLE)),
            from_us = r->now_us;
    int64_t until_us = from_us + 2 * HOUR + 7 * MINUTE;
    hang(r, B, m, until_us);
    pass(r, 2 * HOUR);
    assert_int_equal(rig_face(r, B, m)->state, QP_HUNG);
    rig_stop(r, B); /* the time passes while it is down: it says so when it is back */
    rig_start(r, B);
    set_policy(r, B, RULES);
    pass(r, 40 * MINUTE);
    for (int i = CITY; i <= B; i++) {
        assert_int_equal(rig_face(r, i, m)->state, QP_ASSIGNED);
        assert_int_equal(rig_face(r, i, m)->hung_until_us, 0);
        assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_RESUMED), 1);
    }
    assert_int_equal(qp_clock_said_due(qp_face_clock(rig_face(r, B, m), QP_CLOCK_HANDLE)),
                     due_us + (until_us - from_us)); /* it rested until then, whenever that was said */
    assert_int_equal(rig_metrics(r, B).rests_ended, 1);
    rig_rebuild(r, B);
    set_policy(r, B, RULES);
    pass(r, HOUR);
    assert_int_equal(rig_history(r, B, m, QP__EVENT__BODY_RESUMED), 1);
}

/* A start is no reason to wait for ten minutes where the clock goes on from the journal: CL3, CI1. */
static void soon_after_a_start_what_is_due_is_said(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    for (int i = 0; i < 3; i++)
        set_policy(r, i, RULES);
    for (int i = 0; i < 3; i++)
        rig_tick(r, i);
    matter m = rig_open(r, B, "a lamp"), n = rig_open(r, B, "late");
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_SORTED, &n);
    ev->sorted->deadline_us = r->now_us + 2 * SECOND;
    ev->sorted->has_deadline = true;
    rig_ok(rig_try(r, B, ev));
    hang(r, B, m, r->now_us + 2 * SECOND);
    pass(r, (QP_URGE_LEAST_S + 3) * SECOND);
    assert_int_equal(rig_face(r, B, m)->state, QP_OPEN);
    assert_int_equal(urges(r, B, n), 1);
    /* and again after one: as long again as it was away, not ten minutes */
    hang(r, B, m, r->now_us + 2 * SECOND);
    rig_stop(r, B);
    r->now_us += 30 * SECOND;
    rig_start(r, B);
    set_policy(r, B, RULES);
    rig_tick(r, B);
    assert_int_equal(rig_face(r, B, m)->state, QP_HUNG);
    pass(r, (30 + QP_URGE_LEAST_S + 1) * SECOND);
    assert_int_equal(rig_face(r, B, m)->state, QP_OPEN);
}

static void without_a_policy_too_and_an_offer_that_is_out_comes_first(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_policy(r, CITY, false, false, false, false);
    pass(r, 20 * MINUTE);
    matter m = rig_open(r, A, "plain"), offered = rig_open(r, A, "offered"),
           open_end = rig_open(r, A, "no time");
    hang(r, A, m, r->now_us + HOUR);
    hang(r, A, offered, r->now_us + HOUR);
    hang(r, A, open_end, 0);
    rig_ok(rig_offer(r, A, offered, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    pass(r, 2 * HOUR);
    assert_int_equal(rig_face(r, A, m)->state, QP_OPEN);
    assert_int_equal(rig_face(r, A, offered)->state, QP_HUNG);
    assert_int_equal(rig_face(r, A, open_end)->state, QP_HUNG);
    rig_ok(rig_step(r, A, offered, QP__EVENT__BODY_WITHDRAWN));
    rig_settle(r);
    pass(r, 20 * MINUTE);
    assert_int_equal(rig_face(r, CITY, offered)->state, QP_OPEN);
    assert_int_equal(rig_face(r, A, open_end)->state, QP_HUNG);
}

/* Whoever takes it over by a newer calendar says so too: when that calendar came, the matter was not his. */
static void what_is_taken_over_or_reopened_is_made_later_too(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    set_policy(r, A, OFFICE("1", ""));
    set_policy(r, CITY, OFFICE("2", "'2026-03-02','2026-03-03'"));
    pass(r, 20 * MINUTE);
    matter m = rig_open(r, A, "a lamp"), back = rig_open(r, A, "a bench");
    int64_t due = rig_face(r, A, m)->deadline_us;
    rig_settle(r);
    rig_ok(rig_offer(r, A, m, QP_KIND_ESCALATE, NULL));
    rig_ok(rig_step(r, A, back, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    assert_true(rig_holds(r, CITY, m));
    pass(r, 2 * MINUTE);
    assert_int_equal(rig_face(r, CITY, m)->deadline_us, due + 48 * HOUR);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_PROLONGED), 1);
    set_policy(r, A, OFFICE("2", "'2026-03-02','2026-03-03'"));
    pass(r, 2 * MINUTE);
    rig_ok(
        rig_step(r, A, back, QP__EVENT__BODY_REOPENED)); /* without a rule for it: under the old due (CL8) */
    rig_settle(r);
    pass(r, 2 * MINUTE);
    assert_int_equal(rig_face(r, A, back)->deadline_us, due + 48 * HOUR);
    rig_same_face(r, m);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_overdue_is_urged_by_the_holders_parent_and_once),
        TEST(an_urge_that_nobody_answers_is_lifted_to_the_next_level),
        TEST(by_hand_too_and_only_where_a_time_was_said),
        TEST(after_days_without_it_one_urge_is_said_and_no_storm),
        TEST(a_clock_that_is_set_ahead_urges_nobody_for_a_while),
        TEST(what_came_while_the_clock_was_ahead_is_lifted_in_its_time),
        TEST(many_are_urged_some_a_turn),
        TEST(so_many_refusals_offer_it_one_level_up),
        TEST(a_newer_calendar_makes_a_running_clock_later_and_never_earlier),
        TEST(who_has_it_is_reminded_before_the_due),
        TEST(what_was_hung_until_a_time_goes_on_by_itself_when_it_is_over),
        TEST(soon_after_a_start_what_is_due_is_said),
        TEST(without_a_policy_too_and_an_offer_that_is_out_comes_first),
        TEST(what_is_taken_over_or_reopened_is_made_later_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
