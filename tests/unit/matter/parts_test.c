/* parts_test.c: joint handling (ST4), the return visit that is due (ST2) and urges that are answered (CI1), by what the
 * faces of several nodes come to. */
#include "tests/unit/matter/rig.h"

#include "node/matter/beside.h"
#include "node/matter/face.h"
#include "node/matter/parts.h"

#define B(b) QP__EVENT__BODY_##b

static int ask(struct rig *r, int node, matter m, int to, const char *desk)
{
    Qp__Event *ev = rig_draft(r, B(ASSISTED));
    ev->assisted->to = rig_id(r, to);
    ev->assisted->to_path = qp_arena_text(r->arena, r->nodes[to].path);
    ev->assisted->desk = qp_arena_text(r->arena, desk);
    ev->assisted->note = qp_arena_text(r->arena, "a pump");
    return rig_say(r, node, m, ev);
}

static int part(struct rig *r, int node, matter m, const char *note, bool done)
{
    Qp__Event *ev = rig_draft(r, B(PARTED));
    ev->parted->note = qp_arena_text(r->arena, note);
    ev->parted->done = done;
    return rig_say(r, node, m, ev);
}

/* As it is seen there. */
static const Qp__Part *part_at(struct rig *r, int node, matter m, size_t i)
{
    const Qp__Row *row = rig_row(r, node, m);
    assert_true(i < row->face->n_parts);
    const Qp__Part p = qp_part_seen(row, i);
    return qp_arena_copy(r->arena, &p, sizeof p);
}

static void st4_the_holder_acts_on_and_closes_when_all_parts_have_ended(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_tell(r, 0);
    rig_tell(r, ask(r, EAST, m, CITY, ""));
    rig_tell(r, ask(r, EAST, m, EAST, "pumps"));
    assert_int_equal(rig_face_at(r, EAST, m)->state, QP_OPEN); /* the state is kept */
    assert_true(rig_do(r, EAST, m, B(PROGRESSED)) >= 0);
    assert_int_equal(-rig_try(r, EAST, m, B(CLOSED)), QP_EPOLICY);
    assert_string_equal(
        r->e.text, "parts: parts are not finished: city, city/east pumps; wait for them, or release them");
    assert_string_equal(qp_part_state(part_at(r, CITY, m, 0)), "asked");
    int said = part(r, CITY, m, "on the way", false);
    assert_string_equal(qp_part_state(part_at(r, CITY, m, 0)), "working");
    rig_hear(r, EAST, said);
    rig_hear(r, EAST, part(r, CITY, m, "dry", true));
    assert_int_equal(-part(r, CITY, m, "again", true), QP_ESTEP); /* it is finished */
    assert_string_equal(part_at(r, EAST, m, 0)->note, "dry");
    rig_do(r, EAST, m, B(RELEASED)); /* waits for nobody */
    assert_string_equal(qp_part_state(part_at(r, EAST, m, 0)), "done");
    assert_string_equal(qp_part_state(part_at(r, EAST, m, 1)), "released");
    assert_true(rig_do(r, EAST, m, B(CLOSED)) >= 0);
}

static void st4_only_who_was_asked_says_how_his_part_goes(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_tell(r, 0);
    rig_tell(r, ask(r, EAST, m, CITY, ""));
    assert_int_equal(-part(r, EAST, m, "x", true), QP_ESTEP);
    int said = part(r, CITY, m, "dry", true);
    Qp__Event *lie = rig_event(r, said);
    lie->origin = rig_id(r, WEST);
    assert_int_equal(rig_hear_event(r, EAST, lie), QP_CONFLICT);
    assert_string_equal(qp_part_state(part_at(r, EAST, m, 0)), "asked");
    assert_int_equal(rig_hear(r, EAST, said), QP_APPLIED);
    assert_int_equal(rig_hear(r, EAST, said), QP_REPEATED);
    assert_int_equal(-rig_try(r, CITY, m, B(RELEASED)), QP_ENOTHOLDER); /* the holder alone */
}

/* Whatever comes first: the newest note, and a release does not take back what was done. */
static void st4_all_come_to_the_same_in_any_order(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_tell(r, 0);
    rig_tell(r, ask(r, EAST, m, CITY, ""));
    int one = part(r, CITY, m, "one", false), two = part(r, CITY, m, "two", true);
    int released = rig_do(r, EAST, m, B(RELEASED));
    rig_hear(r, EAST, two);
    rig_hear(r, EAST, one);
    rig_hear(r, WEST, one);
    rig_hear(r, WEST, released);
    rig_hear(r, WEST, two);
    rig_hear(r, CITY, released);
    assert_string_equal(part_at(r, EAST, m, 0)->note, "two");
    assert_string_equal(qp_part_state(part_at(r, EAST, m, 0)), "done");
    assert_true(rig_same_face(r, EAST, WEST, m) && rig_same_face(r, EAST, CITY, m));
    for (int i = CITY; i <= WEST; i++)
        assert_string_equal(qp_part_state(part_at(r, i, m, 0)), "done");
}

/* What a helper says to some only divides nobody: of one version there is one face, and the holder's next word has it. */
static void a_face_is_what_its_holder_said_whatever_else_was_heard(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_tell(r, 0);
    rig_tell(r, ask(r, EAST, m, CITY, ""));
    int said = part(r, CITY, m, "dry", true), urge = rig_do(r, CITY, m, B(URGED));
    rig_hear(r, EAST, said); /* west hears neither */
    rig_hear(r, EAST, urge);
    assert_int_equal(rig_row(r, EAST, m)->n_beside, 2);
    assert_true(rig_same_face(r, EAST, WEST, m) && rig_same_face(r, EAST, CITY, m));
    assert_string_equal(qp_part_state(part_at(r, WEST, m, 0)), "asked");
    rig_tell(r, rig_do(r, EAST, m, B(PROGRESSED)));
    for (int i = CITY; i <= WEST; i++) {
        assert_string_equal(qp_part_state(part_at(r, i, m, 0)), "done");
        assert_string_equal(part_at(r, i, m, 0)->note, "dry");
        assert_int_equal(rig_row(r, i, m)->n_beside, 0);
    }
    assert_true(rig_same_face(r, EAST, WEST, m) && rig_same_face(r, EAST, CITY, m));
    assert_int_equal(rig_hear(r, WEST, said), QP_APPLIED); /* late, and nothing to add */
    assert_int_equal(rig_hear(r, WEST, urge), QP_APPLIED);
    assert_int_equal(rig_row(r, WEST, m)->n_beside, 0);
}

static void of_those_who_urge_the_last_few_stand_beside_a_matter(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_tell(r, 0);
    int urge = rig_do(r, CITY, m, B(URGED));
    for (int i = 0; i < 2 * QP_URGERS; i++) {
        Qp__Event *ev = rig_event(r, urge);
        uint8_t id[QP_ID_LEN] = {(uint8_t)(i + 1)};
        ev->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, id, sizeof id)};
        ev->at_us += (i * 7) % 16; /* in no order */
        rig_hear_event(r, WEST, ev);
    }
    assert_int_equal(rig_row(r, WEST, m)->n_beside, QP_URGERS);
    for (size_t i = 0; i < QP_URGERS; i++)
        assert_true(rig_row(r, WEST, m)->beside[i]->at_us - rig_event(r, urge)->at_us >= QP_URGERS);
}

static void st4_what_comes_before_the_ask_waits_for_it(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_tell(r, 0);
    int asked = ask(r, EAST, m, CITY, "");
    rig_hear(r, CITY, asked);
    int said = part(r, CITY, m, "dry", true);
    assert_int_equal(rig_hear(r, WEST, said), QP_WAITING);
    assert_int_equal(rig_hear(r, WEST, asked), QP_APPLIED);
    assert_string_equal(qp_part_state(part_at(r, WEST, m, 0)), "done");
}

/* A newcomer starts from the snapshot of the ask, and is a member from then on (E2, E3). */
static void st4_a_node_that_never_heard_of_it_is_asked(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    rig_do(r, EAST, m, B(PROGRESSED));
    assert_int_equal(rig_hear(r, WEST, ask(r, EAST, m, WEST, "pumps")), QP_APPLIED);
    assert_true(part(r, WEST, m, "dry", true) >= 0);
    assert_true(qp_face_member(rig_face_at(r, EAST, m), rig_id(r, WEST)));
}

static void st4_the_parts_in_a_face_are_bounded_and_open_ones_stay(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "flood");
    for (int i = 0; i < QP_PARTS; i++)
        assert_true(ask(r, EAST, m, EAST, "pumps") >= 0);
    assert_int_equal(-ask(r, EAST, m, EAST, "pumps"), QP_EPOLICY);
    assert_true(part(r, EAST, m, "dry", true) >= 0); /* the first of them */
    assert_true(ask(r, EAST, m, EAST, "pumps") >= 0);
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_int_equal(f->n_parts, QP_PARTS);
    assert_int_equal(f->parts[0]->number, 2);
    assert_int_equal(f->parts_top, QP_PARTS + 1);
}

static Qp__Event *visit(struct rig *r, bool reached, bool resolved)
{
    Qp__Event *ev = rig_draft(r, B(VISITED));
    ev->visited->visit->reached = reached;
    ev->visited->visit->resolved = resolved;
    ev->visited->visit->satisfied = reached;
    return ev;
}

static void st2_a_visit_that_is_due_comes_before_the_closing(void **state)
{
    struct rig *r = *state;
    struct qp_policy_category every = {.code = "", .title = "other", .visit = 1000000};
    const struct qp_policy_category *by_code[] = {&every};
    struct qp_policy whole = {.categories = &every, .n_categories = 1, .by_code = by_code};
    const struct qp_in_force in_force = {.policy = &whole};
    matter m = rig_open(r, EAST, "lamp");
    r->nodes[EAST].m.policy = &in_force;
    rig_do(r, EAST, m, B(HANDLED));
    r->nodes[EAST].m.policy = NULL;
    assert_true(rig_face_at(r, EAST, m)->must_visit);
    assert_int_equal(-rig_try(r, EAST, m, B(CLOSED)), QP_EPOLICY);
    assert_int_equal(strncmp(r->e.text, "visit: ", 7), 0);
    assert_true(rig_do(r, EAST, m, B(ASSIGNED)) >= 0); /* another hand is no way round */
    assert_int_equal(-rig_try(r, EAST, m, B(CLOSED)), QP_EPOLICY);
    assert_int_equal(strncmp(r->e.text, "visit: ", 7), 0);
    r->nodes[EAST].m.policy = &in_force;
    rig_do(r, EAST, m, B(HANDLED));
    r->nodes[EAST].m.policy = NULL;
    Qp__Event *unsaid = visit(r, false, true); /* who was not reached said nothing */
    assert_int_equal(-rig_say(r, EAST, m, unsaid), QP_EINVAL);
    assert_true(rig_say(r, EAST, m, visit(r, false, false)) >= 0);
    assert_int_equal(rig_face_at(r, EAST, m)->state, QP_HANDLED); /* the first try */
    assert_null(rig_face_at(r, EAST, m)->visit);
    assert_true(rig_say(r, EAST, m, visit(r, false, false)) >= 0);
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_int_equal(f->state, QP_VISITED);
    assert_true(!f->visit->reached && !f->visit->satisfied && !f->must_visit);
    assert_true(rig_do(r, EAST, m, B(CLOSED)) >= 0);
}

static void ci1_the_holders_first_word_after_an_urge_answers_it(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int urge = rig_do(r, CITY, m, B(URGED));
    int before = rig_do(r, EAST, m, B(PROGRESSED)); /* it had not come yet */
    rig_hear(r, EAST, urge);
    assert_non_null(qp_beside_urge(rig_row(r, EAST, m)));
    int answer = rig_do(r, EAST, m, B(PROGRESSED));
    assert_null(qp_beside_urge(rig_row(r, EAST, m)));
    assert_int_equal(rig_face_at(r, EAST, m)->urge_answered_us, rig_event(r, urge)->at_us);
    rig_hear(r, WEST, before);
    rig_hear(r, WEST, answer); /* the answer first */
    rig_hear(r, WEST, urge);
    rig_hear(r, CITY, before);
    rig_hear(r, CITY, answer);
    assert_true(rig_same_face(r, EAST, WEST, m) && rig_same_face(r, EAST, CITY, m));
    for (int i = CITY; i <= WEST; i++)
        assert_null(qp_beside_urge(rig_row(r, i, m)));
}

/* PO2: what an importer states as closed was closed. */
static void st2_what_was_closed_elsewhere_waits_for_no_visit(void **state)
{
    struct rig *r = *state;
    struct qp_policy_category every = {.code = "", .title = "other", .visit = 1000000};
    const struct qp_policy_category *by_code[] = {&every};
    struct qp_policy whole = {.categories = &every, .n_categories = 1, .by_code = by_code};
    const struct qp_in_force in_force = {.policy = &whole};
    struct qp_matters *east = &r->nodes[EAST].m;
    matter m = rig_open(r, EAST, "lamp");
    east->policy = &in_force;
    east->imports = east->stated = true;
    rig_do(r, EAST, m, B(HANDLED));
    assert_true(rig_face_at(r, EAST, m)->must_visit);
    east->stated = false; /* now, and here */
    assert_int_equal(-rig_try(r, EAST, m, B(CLOSED)), QP_EPOLICY);
    east->stated = true;
    rig_do(r, EAST, m, B(CLOSED));
    assert_false(rig_face_at(r, EAST, m)->must_visit);
    east->policy = NULL;
}

/* Its clock was a year ahead for an hour. */
static void ci1_who_urged_by_a_clock_that_ran_ahead_is_heard_again(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    int64_t now_us = r->now_us;
    r->now_us += INT64_C(365) * 86400 * SECOND;
    rig_hear(r, EAST, rig_do(r, CITY, m, B(URGED)));
    r->now_us = now_us;
    rig_hear(r, CITY, rig_do(r, EAST, m, B(PROGRESSED)));
    assert_true(rig_face_at(r, EAST, m)->urge_answered_us <= r->now_us);
    rig_hear(r, EAST, rig_do(r, CITY, m, B(URGED)));
    for (int i = CITY; i <= EAST; i++) {
        const Qp__Beside *urge = qp_beside_urge(rig_row(r, i, m));
        assert_non_null(urge);
        assert_true(urge->at_us <= r->now_us); /* in the place of the one of next year */
    }
    rig_hear(r, CITY, rig_do(r, EAST, m, B(PROGRESSED)));
    for (int i = CITY; i <= EAST; i++)
        assert_null(qp_beside_urge(rig_row(r, i, m)));
}

/* A holder with code of its own says that it answers what will be urged in a year. */
static void ci1_an_answer_of_next_year_makes_nobody_deaf(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    int64_t now_us = r->now_us;
    r->now_us += INT64_C(365) * 86400 * SECOND;
    Qp__Event *ev = rig_event(r, rig_do(r, EAST, m, B(PROGRESSED)));
    ev->progressed->answers_us = ev->at_us;
    r->now_us = now_us;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_APPLIED);
    assert_true(rig_face_at(r, CITY, m)->urge_answered_us > r->now_us);
    rig_hear(r, EAST, rig_do(r, CITY, m, B(URGED)));
    assert_non_null(qp_beside_urge(rig_row(r, CITY, m))); /* the commander sees that it stands */
    rig_hear(r, CITY, rig_do(r, EAST, m, B(PROGRESSED))); /* by a clock that is right, who hears it */
    assert_null(qp_beside_urge(rig_row(r, CITY, m)));
    assert_true(rig_face_at(r, CITY, m)->urge_answered_us <=
                r->now_us); /* and what comes next is urged again */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        T(st4_the_holder_acts_on_and_closes_when_all_parts_have_ended),
        T(st4_only_who_was_asked_says_how_his_part_goes),
        T(st4_all_come_to_the_same_in_any_order),
        T(a_face_is_what_its_holder_said_whatever_else_was_heard),
        T(of_those_who_urge_the_last_few_stand_beside_a_matter),
        T(st4_what_comes_before_the_ask_waits_for_it),
        T(st4_a_node_that_never_heard_of_it_is_asked),
        T(st4_the_parts_in_a_face_are_bounded_and_open_ones_stay),
        T(st2_a_visit_that_is_due_comes_before_the_closing),
        T(ci1_the_holders_first_word_after_an_urge_answers_it),
        T(st2_what_was_closed_elsewhere_waits_for_no_visit),
        T(ci1_who_urged_by_a_clock_that_ran_ahead_is_heard_again),
        T(ci1_an_answer_of_next_year_makes_nobody_deaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
