/* again_once_test.c: what the set-aside journal has once for each to whom it was said is brought in once, also where the driver
 * hands over many of them in one turn (E6). */
#include "tests/unit/core/rig.h"

enum { CITY, A, B };

struct kept {
    struct rig *r;
    struct qp_input in[64]; /* each of its own events, as cli/brought.c asks for it */
    size_t n;
};

static void keep(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct kept *k = arg;
    for (uint32_t i = 0; rec->kind == QP_RECORD_OWN && i < p->h.count; i++) {
        struct qp_slice bytes = {qp_arena_copy(k->r->arena, p->events[i].p, p->events[i].len),
                                 p->events[i].len};
        assert_true(k->n < 64);
        k->in[k->n] = (struct qp_input){
            .kind = QP_IN_COMMAND,
            .command = {.op = QP_OP_AGAIN, .ticket = k->n + 1, .if_version = -1, .again = bytes}};
        k->n++;
    }
}

static void what_was_said_to_two_is_brought_in_once_also_in_one_turn(void **state)
{
    struct rig *r = *state;
    struct kept k = {.r = r};
    rig_tree(r, 3);
    matter m = rig_open(r, A, "with help from below");
    Qp__Event *ask = rig_draft(r, QP__EVENT__BODY_ASSISTED, &m);
    ask->assisted->to_path = r->nodes[B].path;
    ask->assisted->note = qp_arena_text(r->arena, "a pump");
    rig_ok(rig_try(r, A, ask));
    rig_settle(r);
    Qp__Event *way = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m); /* nobody hears this, */
    way->progressed->note = qp_arena_text(r->arena, "on the way");
    rig_ok(rig_try(r, A, way));
    rig_ok(rig_comment(r, A, m, "a word")); /* nor this */
    rig_each(r, A, keep, &k);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_PROGRESSED), 0);
    assert_int_equal(rig_turn(r, A, k.in, k.n), 0);
    rig_settle(r);
    for (int i = CITY; i <= B; i++) {
        assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_PROGRESSED), 1);
        assert_int_equal(rig_history(r, i, m, QP__EVENT__BODY_COMMENTED),
                         1); /* no comment tells of the other */
    }
    rig_same_face(r, m);
}

/* A step of the copy's, which the child below heard, has the id of a comment of the true one's, which the city heard: the city can follow
 * nothing that comes behind it, until its holder says the matter as it stands, when the copy's folder is brought in (C5). */
static void a_step_under_a_contested_id_parts_nobody_for_good(void **state)
{
    struct rig *r = *state;
    struct kept k = {.r = r};
    rig_tree(r, 3);
    matter m = rig_open(r, A, "with help from below");
    Qp__Event *ask = rig_draft(r, QP__EVENT__BODY_ASSISTED, &m);
    ask->assisted->to_path = r->nodes[B].path;
    ask->assisted->note = qp_arena_text(r->arena, "a pump");
    rig_ok(rig_try(r, A, ask));
    rig_settle(r);
    Qp__Event *step = rig_event(r, A, QP__EVENT__BODY_PROGRESSED, &m), *word;
    step->progressed->note = qp_arena_text(r->arena, "the copy's");
    step->by = qp_arena_text(r->arena, "token:test");
    step->version = rig_face(r, A, m)->version + 1;
    step->custody = rig_face(r, A, m)->custody;
    rig_ok(rig_comment(r, A, m, "the true one's"));
    rig_settle(r);
    rig_each(r, A, keep, &k);
    struct qp_slice said = k.in[k.n - 1].command.again;
    assert_int_equal(QP_DECODE(&word, event, said.p, said.len, r->arena, NULL), 0);
    assert_int_equal(word->body_case, QP__EVENT__BODY_COMMENTED);
    step->counter = word->counter;
    struct forged f = rig_forged(r, A, QP_SCOPE_NODE, r->nodes[B].id, QP_LANE_BULK);
    rig_add(&f, step);
    assert_int_equal(rig_hand(r, A, B, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_face(r, B, m)->version, step->version);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    struct qp_command c = {.op = QP_OP_AGAIN, .if_version = -1};
    c.again.p = qp_encode(&step->base, r->arena, &c.again.len);
    for (int twice = 0; twice < 2; twice++) {
        rig_ok(rig_command(r, A, &c));
        rig_settle(r);
        rig_same_face(r, m);
        assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_SORTED), 1); /* once */
    }
    Qp__Event *more = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m);
    more->progressed->note = qp_arena_text(r->arena, "goes on");
    rig_ok(rig_try(r, A, more));
    rig_settle(r);
    rig_same_face(r, m);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_PROGRESSED), 1);
}

/* What a copy did with a matter that has been closed since is told of, and is no conflict: no replay would find one. */
static void a_step_that_is_no_step_any_more_is_told_and_counts_as_nothing(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, A, "a lamp");
    Qp__Event *step = rig_event(r, A, QP__EVENT__BODY_PROGRESSED, &m);
    step->progressed->note = qp_arena_text(r->arena, "the copy's");
    step->by = qp_arena_text(r->arena, "token:test");
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_CLOSED));
    step->version = rig_face(r, A, m)->version + 1;
    step->custody = rig_face(r, A, m)->custody;
    rig_settle(r);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    struct qp_command c = {.op = QP_OP_AGAIN, .if_version = -1};
    c.again.p = qp_encode(&step->base, r->arena, &c.again.len);
    struct qp_reply reply = rig_command(r, A, &c);
    rig_ok(reply);
    assert_string_equal(reply.text, "noted");
    assert_int_equal(rig_row(r, A, m)->conflicts, 0);
    struct tables was = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables is = rig_tables(r, A);
    rig_same_tables(&was, &is, ~(T(MATTER) | T(HISTORY)));
}

/* An answer to what the matter has not come to here: it is in no journal of this life, so it must not wait in the tables either. */
static void what_answers_something_unheard_of_is_a_comment_and_waits_nowhere(void **state)
{
    struct rig *r = *state;
    struct qp_slice s;
    rig_tree(r, 2);
    matter m = rig_open(r, A, "one");
    rig_settle(r);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_DECIDED, &m);
    ev->decided->about = qp_arena_text(r->arena, "visit");
    ev->decided->number = 3;
    s.p = qp_encode(&ev->base, r->arena, &s.len);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    struct qp_command c = {.op = QP_OP_AGAIN, .if_version = -1, .again = s};
    struct qp_reply reply = rig_command(r, A, &c);
    rig_ok(reply);
    assert_string_equal(reply.text, "noted");
    struct tables before = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables after = rig_tables(r, A);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_COMMENTED), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_said_to_two_is_brought_in_once_also_in_one_turn, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(a_step_that_is_no_step_any_more_is_told_and_counts_as_nothing, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(a_step_under_a_contested_id_parts_nobody_for_good, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_answers_something_unheard_of_is_a_comment_and_waits_nowhere,
                                        rig_up, rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
