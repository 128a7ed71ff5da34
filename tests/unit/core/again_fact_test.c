/* again_fact_test.c: of what is of no matter and only people can say again, each word that is lost is named, and none that is not (E6). */
#include "node/core/private.h"
#include "node/field/minutes.h"
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

static ProtobufCBinaryData id_of(struct rig *r, const uint8_t id[QP_ID_LEN])
{
    return (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, id, QP_ID_LEN)};
}

/* The second thing that was said of a patrol. */
static struct qp_slice marked_by_li(struct rig *r, const uint8_t patrol[QP_ID_LEN], uint32_t kind,
                                    const char *note)
{
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_PATROL_MARKED, NULL);
    ev->version = 2;
    ev->patrol_marked->id = id_of(r, patrol);
    ev->patrol_marked->kind = kind;
    ev->patrol_marked->note = qp_arena_text(r->arena, note);
    return said_by_li(r, ev);
}

static struct qp_slice of_lead(struct rig *r, const uint8_t lead[QP_ID_LEN], uint32_t verb, const char *text)
{
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
    ev->lead_said->lead = id_of(r, lead);
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

/* Two copies ran, and each marked the same patrol: the numbers are the same, what was seen is not (C5). */
static void a_mark_of_another_copy_is_named_and_one_that_was_heard_is_not(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    Qp__Event *g = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    g->grid_made->code = g->grid_made->title = qp_arena_text(r->arena, "g1");
    struct qp_command made = {.op = QP_OP_RESOURCE, .draft = g, .if_version = -1};
    rig_ok(rig_command(r, A, &made));
    Qp__Event *start = rig_draft(r, QP__EVENT__BODY_PATROL_STARTED, NULL);
    start->patrol_started->grid = qp_arena_text(r->arena, "g1");
    start->patrol_started->person = qp_arena_text(r->arena, "li");
    struct qp_command begins = {.op = QP_OP_GROUND, .draft = start, .if_version = -1};
    struct qp_reply begun = rig_command(r, A, &begins);
    rig_ok(begun);
    struct qp_slice there = marked_by_li(r, begun.matter, QP_MARK_CHECKPOINT, "the hydrant leaks"),
                    stopped = marked_by_li(r, begun.matter, QP_MARK_STOP, "");
    r->now_us += SECOND;
    Qp__Event *here = rig_draft(r, QP__EVENT__BODY_PATROL_MARKED, NULL);
    here->patrol_marked->id = id_of(r, begun.matter);
    here->patrol_marked->kind = QP_MARK_CHECKPOINT;
    here->patrol_marked->note = qp_arena_text(r->arena, "all is well");
    struct qp_command marks = {.op = QP_OP_GROUND, .draft = here, .if_version = -1};
    struct qp_slice heard = marked_by_li(r, begun.matter, QP_MARK_CHECKPOINT, "all is well");
    rig_ok(rig_command(r, A, &marks));
    rig_settle(r);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    named(r, &there, "has gone on without it");
    named(r, &stopped, "has gone on without it");
    struct qp_reply reply = again(r, &heard);
    rig_ok(reply);
    assert_false(reply.created);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(an_undo_that_nobody_heard_is_named_and_one_that_was_is_not),
        TEST(an_order_that_did_not_reach_its_node_is_named),
        TEST(a_mark_of_another_copy_is_named_and_one_that_was_heard_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
