/* proposed_test.c: what a report gets that does not say it (core/proposed.h): the urgency of its category, the desk whose duty it is,
 * else the category's; what the reporter says, what is sorted, what is stated of elsewhere. */
#include <stdio.h>

#include "node/core/proposed.h"
#include "tests/unit/core/rig.h"

static void set_policy(struct rig *r, int i)
{
    static const char text[] =
        "{\"version\":\"1\",\"title\":\"T\",\"categories\":["
        "{\"code\":\"\",\"title\":\"all\"},"
        "{\"code\":\"01\",\"title\":\"covers\",\"urgency\":\"urgent\",\"desk\":\"roads\"},"
        "{\"code\":\"02\",\"title\":\"gas\",\"urgency\":\"emergency\"}]}";
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_json(text, sizeof text - 1, NULL, &m);
    assert_int_equal(qp_mistakes_all(&m), 0);
    qp_mistakes_free(&m);
    assert_true(qp_core_set_policy(r->nodes[i].core, p));
}

static void desk(struct rig *r, const char *code, const char *category, const char *area)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DESK_MADE, NULL);
    Qp__DeskDuty *d = qp_arena_take(r->arena, sizeof *d), **v = qp_arena_take(r->arena, sizeof *v);
    qp__desk_duty__init(d);
    d->category = (char *)(uintptr_t)category;
    d->area = (char *)(uintptr_t)area;
    v[0] = d;
    ev->desk_made->code = ev->desk_made->title = (char *)(uintptr_t)code;
    ev->desk_made->duties = v;
    ev->desk_made->n_duties = 1;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 0, &c));
}

/* How it was opened at the root. at_us: stated; 0: not. */
static const Qp__Face *reported(struct rig *r, const char *category, uint32_t urgency, const char *at_desk,
                                const char *area, int64_t at_us)
{
    Qp__Event *ev = rig_opened(r, "a cover is gone", urgency);
    matter m;
    ev->opened->face->category = (char *)(uintptr_t)category;
    ev->opened->face->desk = (char *)(uintptr_t)at_desk;
    ev->opened->face->area = (char *)(uintptr_t)area;
    ev->at_us = at_us;
    struct qp_reply reply = rig_try(r, 0, ev);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    return rig_face(r, 0, m);
}

static void is(const Qp__Face *f, uint32_t urgency, const char *at_desk)
{
    assert_int_equal(f->urgency, urgency);
    assert_string_equal(f->desk, at_desk);
}

static void a_report_gets_what_it_does_not_say(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    is(reported(r, "01", 0, "", "", 0), QP_ROUTINE, ""); /* no policy, no desk */
    set_policy(r, 0);
    is(reported(r, "01", 0, "", "", 0), QP_URGENT, "roads");
    is(reported(r, "covers", 0, "", "", 0), QP_URGENT, "roads");
    is(reported(r, "02", 0, "", "", 0), QP_EMERGENCY, "");
    is(reported(r, "none of these", 0, "", "", 0), QP_ROUTINE, "");
}

static void the_higher_urgency_counts_and_the_reporters_own_desk(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    set_policy(r, 0);
    is(reported(r, "01", QP_ROUTINE, "parks", "", 0), QP_URGENT, "parks");
    is(reported(r, "01", QP_EMERGENCY, "", "", 0), QP_EMERGENCY, "roads");
    is(reported(r, "01", 0, "", "city/a", 0), QP_URGENT, ""); /* offered down: it gets its desk there */
    is(reported(r, "01", QP_ROUTINE, "", "", r->now_us - SECOND), QP_ROUTINE, "");
    is(reported(r, "01", 0, "", "", r->now_us - SECOND), QP_ROUTINE, ""); /* a record of elsewhere */
}

static void the_desk_whose_duty_it_is_comes_before_the_categorys(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    desk(r, "any", "", "city");
    is(reported(r, "x", 0, "", "", 0), QP_ROUTINE, "any");
    set_policy(r, 0);
    is(reported(r, "01", 0, "", "", 0), QP_URGENT, "any");
    desk(r, "covers", "01", "");
    is(reported(r, "covers", 0, "", "", 0), QP_URGENT, "covers"); /* by its title too */
    is(reported(r, "02", 0, "", "", 0), QP_EMERGENCY, "any");
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DESK_ENDED, NULL);
    ev->desk_ended->code = (char *)(uintptr_t) "covers";
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 0, &c));
    is(reported(r, "01", 0, "", "", 0), QP_URGENT, "any");
}

static struct qp_reply sort(struct rig *r, matter m, const char *category, uint32_t urgency)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    ev->sorted->category = (char *)(uintptr_t)category;
    ev->sorted->urgency = urgency;
    return rig_try(r, 0, ev);
}

static void sorted_into_another_category_it_is_at_least_as_urgent(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 0, "a smell");
    set_policy(r, 0);
    rig_ok(sort(r, m, "01", 0));
    assert_int_equal(rig_face(r, 0, m)->urgency, QP_URGENT);
    rig_code(sort(r, m, "01", QP_ROUTINE), QP_EPOLICY); /* it only rises, as ever */
    rig_code(sort(r, m, "02", QP_ROUTINE), QP_EPOLICY);
    rig_ok(sort(r, m, "02", QP_URGENT));
    assert_int_equal(rig_face(r, 0, m)->urgency, QP_EMERGENCY);
    rig_settle(r);
    rig_same_face(r, m);
    struct tables was = rig_tables(r, 0);
    rig_rebuild(r, 0);
    struct tables now = rig_tables(r, 0);
    rig_same_tables(&was, &now, T(META) | T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_gets_what_it_does_not_say, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(the_higher_urgency_counts_and_the_reporters_own_desk, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(the_desk_whose_duty_it_is_comes_before_the_categorys, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(sorted_into_another_category_it_is_at_least_as_urgent, rig_up,
                                        rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
