/* again_fact_test.c: of what is of no matter and only people can say again, each word that is lost is named, and none that is not (E6). */
#include "node/core/private.h"
#include "tests/unit/core/leads.h"

enum { CITY, A };

static struct qp_slice said_by_li(struct rig *r, Qp__Event *ev)
{
    struct qp_slice s;
    ev->by = qp_arena_text(r->arena, "user:li");
    s.p = qp_encode(&ev->base, r->arena, &s.len);
    return s;
}

static struct qp_reply again(struct rig *r, const struct qp_slice *event)
{
    struct qp_command c = {.op = QP_OP_AGAIN, .if_version = -1, .again = *event};
    return rig_command(r, A, &c);
}

static void named(struct rig *r, const struct qp_slice *said, const char *remedy)
{
    struct qp_reply reply = again(r, said);
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "user:li"));
    assert_non_null(strstr(reply.text, remedy));
}

static struct qp_slice of_lead(struct rig *r, const uint8_t lead[QP_ID_LEN], uint32_t verb, const char *text)
{
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
    ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, lead, QP_ID_LEN)};
    ev->lead_said->verb = verb;
    ev->lead_said->text = qp_arena_text(r->arena, text);
    return said_by_li(r, ev);
}

/* He took back a dismissal while nobody heard him: the lead is dismissed still, and he has to read it. */
static void an_undo_that_nobody_heard_is_named_and_one_that_was_is_not(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    lead_matter(r, A, LEAD_QUARRY, "12345");
    lead_matter(r, A, LEAD_QUARRY, "110");
    rig_settle(r);
    lead_compare_all(r);
    struct leads l = leads_of(r, A, 0);
    assert_int_equal(l.n, 1);
    rig_ok(lead_say(r, A, l.v[0].id, QP_LEAD_DISMISS, NULL, "known and licensed"));
    rig_settle(r);
    r->now_us += SECOND;
    struct qp_slice undo = of_lead(r, l.v[0].id, QP_LEAD_UNDO, ""),
                    confirm = of_lead(r, l.v[0].id, QP_LEAD_CONFIRM, "");
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    named(r, &undo, "look at the lead");
    named(r, &confirm, "look at the lead");
    rig_ok(lead_say(r, A, l.v[0].id, QP_LEAD_UNDO, NULL, ""));
    struct qp_reply reply = again(r, &undo);
    rig_ok(reply);
    assert_false(reply.created);
}

/* An order of grids that did not reach its node stands nowhere: whoever gave it believes that they are on their way. */
static void an_order_that_did_not_reach_its_node_is_named(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_settle(r);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_GRID_ORDERED, NULL);
    Qp__GridMade *g = qp_arena_take(r->arena, sizeof *g);
    qp__grid_made__init(g);
    g->code = qp_arena_text(r->arena, "g9");
    g->title = qp_arena_text(r->arena, "nine");
    ev->grid_ordered->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[2].id};
    ev->grid_ordered->grid = g;
    struct qp_slice order = said_by_li(r, ev);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    named(r, &order, "look at the grids of that node");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(an_undo_that_nobody_heard_is_named_and_one_that_was_is_not),
        TEST(an_order_that_did_not_reach_its_node_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
