/* clocks_test.c: clocks over whole nodes: the same due at every level, whatever policy holds there and after a rebuild; more
 * time that is asked for, granted and denied (CL5, PO4). Which event moves what is tests/unit/matter/clocks_test.c. */
#include <stdio.h>

#include "node/core/policy.h"
#include "node/matter/beside.h"
#include "node/matter/extension.h"
#include "node/matter/face.h"
#include "tests/unit/core/rig.h"

#define HOUR (3600 * SECOND)

static void set_policy(struct rig *r, int i, const char *handle, int own)
{
    char text[512];
    struct qp_mistakes m = {0};
    snprintf(text, sizeof text,
             "{\"version\":\"%s\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":\"all\","
             "\"clocks\":{\"sign\":\"1h\","
             "\"handle\":\"%s\",\"close\":\"10h\"}}],\"rules\":{\"extend\":{\"own\":%d,\"by\":\"2h\"}}}",
             handle, handle, own);
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    char line[QP_MISTAKE_TEXT] = "";
    if (qp_mistakes_all(&m) > 0)
        fail_msg("%s: %s", m.v[0].path, line);
    qp_mistakes_free(&m);
    assert_true(qp_core_set_policy(r->nodes[i].core, p));
}

/* city, city/a, city/a/b; the matter is assigned at the lowest, whose handling is due in four hours. */
static matter assigned(struct rig *r, int own)
{
    rig_tree(r, 3);
    set_policy(r, 2, "4h", own);
    matter m = rig_open(r, 2, "a lamp");
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_ASSIGNED));
    rig_settle(r);
    return m;
}

static const Qp__Clock *handling(struct rig *r, int i, matter m)
{
    const Qp__Clock *c = qp_face_clock(rig_face(r, i, m), QP_CLOCK_HANDLE);
    assert_non_null(c);
    return c;
}

/* The order about it that waits for the holder's answer. */
static const Qp__Beside *ordered(struct rig *r, int i, matter m)
{
    const Qp__Row *row = rig_row(r, i, m);
    const Qp__Beside *b = qp_beside_order(row, qp_face_clock(row->face, QP_CLOCK_HANDLE));
    assert_non_null(b);
    return b;
}

static struct qp_reply ask(struct rig *r, int i, matter m, int64_t until_us)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_EXTENSION_ASKED, &m);
    ev->extension_asked->stage = (char *)(uintptr_t) "handle";
    ev->extension_asked->until_us = until_us;
    ev->extension_asked->reason = (char *)(uintptr_t) "parts are late";
    return rig_try(r, i, ev);
}

static struct qp_reply answer(struct rig *r, int i, matter m, bool grants)
{
    Qp__Event *ev =
        rig_draft(r, grants ? QP__EVENT__BODY_EXTENSION_APPROVED : QP__EVENT__BODY_EXTENSION_DENIED, &m);
    if (grants)
        ev->extension_approved->stage = (char *)(uintptr_t) "handle";
    else
        ev->extension_denied->stage = (char *)(uintptr_t) "handle";
    return rig_try(r, i, ev);
}

static void are(struct rig *r, matter m, int64_t due_us, enum qp_extension state)
{
    for (int i = 0; i < r->n; i++) {
        const Qp__Clock *c = handling(r, i, m);
        assert_int_equal(qp_clock_said_due(c), due_us);
        assert_int_equal(c->extension ? (int)c->extension->state : 0, state);
    }
    rig_same_face(r, m);
}

static void every_level_shows_the_due_that_the_holder_stated_also_after_a_rebuild(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    set_policy(r, 0, "1h", 0); /* another one holds above */
    int64_t due = r->now_us + 4 * HOUR;
    are(r, m, due, QP_EXTENSION_NONE);
    assert_int_equal(rig_face(r, 0, m)->deadline_us, r->now_us + 10 * HOUR);
    int64_t next = r->now_us;
    for (int woken = 0; next <= due; woken++) { /* for leads, and each half hour for urges */
        assert_true(woken < 20);
        r->now_us = next;
        rig_tick(r, 0);
        next = qp_core_next_tick(r->nodes[0].core);
    }
    r->now_us = next;
    assert_true(r->now_us > due && r->now_us < due + SECOND);
    for (int i = 0; i < 3; i++) {
        rig_tick(r, i);
        assert_int_equal(rig_row(r, i, m)->overdue_stages, 1u << QP_CLOCK_HANDLE);
        struct tables was = rig_tables(r, i);
        rig_rebuild(r, i); /* no policy is in force then */
        struct tables is = rig_tables(r, i);
        rig_same_tables(&was, &is, T(META) | T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
        assert_int_equal(qp_clock_said_due(handling(r, i, m)), due);
    }
}

static void more_time_is_in_force_when_the_holder_says_so_and_not_before(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    int64_t due = r->now_us + 4 * HOUR, until = r->now_us + 8 * HOUR;
    rig_code(ask(r, 2, m, due), QP_EPOLICY); /* no later than it is */
    rig_ok(ask(r, 2, m, until));
    rig_code(ask(r, 2, m, until), QP_ESTEP); /* one at a time */
    rig_settle(r);
    are(r, m, due, QP_EXTENSION_ASKED);
    r->now_us = due + HOUR; /* asked before the due and granted after it */
    rig_tick(r, 0);
    assert_int_equal(rig_row(r, 0, m)->overdue_stages, 1u << QP_CLOCK_HANDLE);
    rig_ok(answer(r, 0, m, true));
    assert_true(ordered(r, 0, m)->yes); /* beside the face, which is as its holder said it */
    assert_int_equal(handling(r, 0, m)->extension->state, QP_EXTENSION_ASKED);
    rig_code(answer(r, 0, m, false), QP_ESTEP); /* answered once: the holder's word is awaited */
    assert_int_equal(qp_clock_said_due(handling(r, 0, m)), due);
    rig_settle(r);
    are(r, m, until, QP_EXTENSION_IN_FORCE);
    assert_int_equal(rig_row(r, 0, m)->overdue_stages, 0);
    assert_int_equal(handling(r, 1, m)->extension->granted, 1);
    rig_code(answer(r, 0, m, true), QP_ESTEP); /* nobody waits any more */
    assert_int_equal(rig_history(r, 0, m, QP__EVENT__BODY_EXTENDED), 1);
    r->now_us = until + HOUR;
    rig_code(ask(r, 2, m, until + 5 * HOUR), QP_EPOLICY); /* missed stays missed */
    rig_tick(r, 2);
    struct tables was = rig_tables(r, 2);
    rig_rebuild(r, 2);
    struct tables is = rig_tables(r, 2);
    rig_same_tables(&was, &is, T(META) | T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void what_was_denied_changes_nothing_and_may_be_asked_for_again(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    int64_t due = r->now_us + 4 * HOUR;
    rig_code(answer(r, 0, m, false), QP_ESTEP);
    rig_ok(ask(r, 2, m, due + HOUR));
    rig_settle(r);
    rig_ok(answer(r, 1, m, false));
    rig_settle(r);
    are(r, m, due, QP_EXTENSION_DENIED);
    rig_ok(ask(r, 2, m, due + HOUR));
    rig_settle(r);
    are(r, m, due, QP_EXTENSION_ASKED);
    assert_int_equal(handling(r, 0, m)->extension->number, 2);
}

static void an_order_that_finds_the_matter_offered_waits_for_the_answer(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    int64_t due = r->now_us + 4 * HOUR;
    rig_ok(ask(r, 2, m, due + HOUR));
    rig_settle(r);
    rig_ok(answer(r, 0, m, true)); /* on its way down ... */
    rig_policy(r, 1, false, false, false, false);
    rig_ok(rig_offer(r, 2, m, QP_KIND_ESCALATE, NULL)); /* ... when it is offered */
    rig_settle(r);
    assert_int_equal(qp_clock_said_due(handling(r, 2, m)), due);
    assert_true(ordered(r, 2, m)->yes);
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_REFUSED));
    rig_settle(r);
    are(r, m, due + HOUR, QP_EXTENSION_IN_FORCE);
}

static void an_order_that_finds_the_clock_ended_has_no_effect(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    int64_t due = r->now_us + 4 * HOUR;
    rig_ok(ask(r, 2, m, due + HOUR));
    rig_settle(r);
    rig_ok(answer(r, 0, m, true));
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_HANDLED));
    rig_settle(r);
    are(r, m, due, QP_EXTENSION_ASKED);
    for (int i = 0; i < r->n; i++)
        assert_true(ordered(r, i, m)->yes); /* kept, and seen by all */
    rig_code(answer(r, 0, m, true), QP_ESTEP);
    assert_int_equal(rig_history(r, 2, m, QP__EVENT__BODY_EXTENDED), 0);
}

static void a_holder_grants_itself_what_the_policy_allows(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 1);
    int64_t due = r->now_us + 4 * HOUR;
    rig_ok(ask(r, 2, m, due + 3 * HOUR));
    rig_code(answer(r, 2, m, true), QP_EPOLICY); /* two hours at most */
    rig_ok(answer(r, 2, m, false));
    rig_ok(ask(r, 2, m, due + 2 * HOUR));
    rig_ok(answer(r, 2, m, true));
    rig_settle(r);
    are(r, m, due + 2 * HOUR, QP_EXTENSION_IN_FORCE);
    rig_ok(ask(r, 2, m, due + 3 * HOUR));
    rig_code(answer(r, 2, m, true), QP_EPOLICY); /* once */
    rig_settle(r);
    rig_ok(answer(r, 1, m, true));
    rig_settle(r);
    are(r, m, due + 3 * HOUR, QP_EXTENSION_IN_FORCE);
}

static void who_has_nothing_to_say_in_it_is_not_heard(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    int other = rig_join(r, 0, "c");
    rig_settle(r);
    rig_ok(ask(r, 2, m, r->now_us + 8 * HOUR));
    rig_settle(r);
    struct forged f = rig_forged(r, other, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, other, QP__EVENT__BODY_EXTENSION_APPROVED, &m);
    ev->extension_approved->stage = (char *)(uintptr_t) "handle";
    ev->extension_approved->serial = ev->extension_approved->number = 1;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, other, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_row(r, 0, m)->n_beside, 0);
}

/* A helper was asked for a part, not for its word on the holder's time (CL5). */
static void who_only_assists_grants_and_denies_nothing(void **state)
{
    struct rig *r = *state;
    matter m = assigned(r, 0);
    int helper = rig_join(r, 2, "c");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_ASSISTED, &m);
    ev->assisted->to_path = r->nodes[helper].path;
    ev->assisted->note = (char *)(uintptr_t) "a pump";
    rig_ok(rig_try(r, 2, ev));
    rig_settle(r);
    rig_ok(ask(r, 2, m, r->now_us + 8 * HOUR));
    rig_settle(r);
    struct forged f = rig_forged(r, helper, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    ev = rig_event(r, helper, QP__EVENT__BODY_EXTENSION_DENIED, &m);
    ev->extension_denied->stage = (char *)(uintptr_t) "handle";
    ev->extension_denied->serial = ev->extension_denied->number = 1;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, helper, 2, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_true(qp_face_member(rig_face(r, 2, m), ev->origin));
    assert_null(qp_beside_order(rig_row(r, 2, m), handling(r, 2, m)));
    assert_int_equal(handling(r, 2, m)->extension->state,
                     QP_EXTENSION_ASKED); /* else the holder had answered it at once */
    rig_ok(answer(r, 0, m, true));        /* who is above is asked, and not told that it is decided */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(every_level_shows_the_due_that_the_holder_stated_also_after_a_rebuild),
        TEST(more_time_is_in_force_when_the_holder_says_so_and_not_before),
        TEST(what_was_denied_changes_nothing_and_may_be_asked_for_again),
        TEST(an_order_that_finds_the_matter_offered_waits_for_the_answer),
        TEST(an_order_that_finds_the_clock_ended_has_no_effect),
        TEST(a_holder_grants_itself_what_the_policy_allows),
        TEST(who_has_nothing_to_say_in_it_is_not_heard),
        TEST(who_only_assists_grants_and_denies_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
