/* may_test.c: who may take which step, and in which words he is told why not: node/matter/may.h, the same at the door
 * and beforehand. */
#include "tests/unit/matter/rig.h"

#include "node/matter/may.h"

#define B(b) QP__EVENT__BODY_##b

static struct qp_why may(struct rig *r, int node, matter m, const struct qp_asker *who,
                         enum qp_step_index step)
{
    struct qp_why why;
    const struct qp_may ask = {.row = rig_row(r, node, m),
                               .face = rig_face_at(r, node, m),
                               .self = r->nodes[node].id,
                               .self_path = r->nodes[node].path,
                               .who = who};
    int rc = qp_matter_may(&ask, &qp_steps[step], &why);
    assert_int_equal(rc, why.code);
    return why;
}
#define MAY(node, who, step) may(r, node, m, who, QP_STEP_INDEX_##step)

static int say_as(struct rig *r, int node, matter m, int body, const char *by, const char *desk)
{
    Qp__Event *ev = rig_draft(r, body);
    ev->by = qp_arena_text(r->arena, by);
    ev->desk = qp_arena_text(r->arena, desk);
    return rig_say(r, node, m, ev);
}

/* What may_test asks beforehand of every step in every state is what the door then says. */
static void what_is_said_beforehand_is_what_the_door_decides(void **state)
{
    struct rig *r = *state;
    static const int lives[][6] = {{0},           {B(SORTED)},
                                   {B(ASSIGNED)}, {B(ASSIGNED), B(TAKEN)},
                                   {B(HANDLED)},  {B(HANDLED), B(VISITED)},
                                   {B(CLOSED)},   {B(HUNG)},
                                   {B(OFFERED)}};
    for (size_t l = 0; l < sizeof lives / sizeof *lives; l++)
        for (size_t i = 0; i < QP_STEPS_N; i++) {
            const struct qp_step *st = &qp_steps[i];
            matter m = rig_open(r, EAST, "lamp");
            for (int k = 0; lives[l][k]; k++)
                rig_do(r, EAST, m, lives[l][k]);
            const struct qp_asker who = {.by = "token:test", .desk = "", .rights = UINT32_MAX};
            struct qp_why why = may(r, EAST, m, &who, (enum qp_step_index)i);
            if (st->body == B(OFFERED) || st->body == B(MERGED) || st->body == B(ASSISTED) ||
                st->body == B(EXTENSION_ASKED) || st->body == B(APPEALED))
                continue; /* these need more than the plainest words */
            int rc = rig_try(r, EAST, m, st->body);
            if ((rc < 0 ? -rc : 0) != why.code)
                fail_msg("%s in life %zu: said %d (%s), decided %d (%s)", st->name, l, why.code, why.en, -rc,
                         r->e.text);
            assert_true(!why.code == !*why.en && !why.code == !*why.zh);
            if (why.code)
                assert_non_null(strstr(r->e.text, why.en));
        }
}

static void of_two_who_take_it_at_once_one_has_it(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(ASSIGNED)); /* to the desk of lamps */
    assert_true(say_as(r, EAST, m, B(TAKEN), "user:li", "lamps") >= 0);
    assert_string_equal(rig_face_at(r, EAST, m)->person, "li");
    assert_int_equal(-say_as(r, EAST, m, B(TAKEN), "user:wang", "lamps"), QP_ESTEP);
    assert_string_equal(r->e.text, "li has it; let it be given back first, or assign it");
    assert_int_equal(-say_as(r, EAST, m, B(TAKEN), "user:li", "lamps"), QP_ESTEP);
    assert_string_equal(r->e.text, "li has it already");
    assert_string_equal(rig_face_at(r, EAST, m)->person, "li");
    assert_string_equal(rig_face_at(r, EAST, m)->desk, "lamps");
}

static void what_was_given_back_is_sorted_anew_and_counted(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(ASSIGNED));
    rig_do(r, EAST, m, B(TAKEN));
    rig_do(r, EAST, m, B(GIVEN_BACK));
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_int_equal(f->state, QP_SORTED);
    assert_string_equal(f->desk, "");
    assert_string_equal(f->person, "");
    assert_int_equal(f->givebacks, 1);
    assert_true(say_as(r, EAST, m, B(TAKEN), "user:wang", "") >= 0);
    assert_string_equal(rig_face_at(r, EAST, m)->person, "wang");
    rig_assert_tables(r, EAST);
}

static void who_is_of_another_desk_takes_nothing(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(ASSIGNED));
    const char *roads[] = {"roads"}, *both[] = {"roads", "lamps"};
    const struct qp_asker li = {.by = "user:li", .desk = "", .desks = roads, .n_desks = 1},
                          wang = {.by = "user:wang", .desk = "", .desks = both, .n_desks = 2},
                          zhao = {.by = "user:zhao", .desk = ""}, all = {.by = "token:all", .desk = ""},
                          token = {.by = "token:roads", .desk = "roads"};
    assert_int_equal(MAY(EAST, &li, take).code, QP_EDENIED);
    assert_int_equal(MAY(EAST, &token, take).code, QP_EDENIED);
    assert_int_equal(MAY(EAST, &token, giveback).code, QP_EDENIED);
    assert_int_equal(MAY(EAST, &wang, take).code, 0);
    assert_int_equal(MAY(EAST, &zhao, take).code,
                     QP_EDENIED); /* in no desk: taken out of one, nobody is of all */
    assert_int_equal(MAY(EAST, &zhao, giveback).code, QP_EDENIED);
    assert_int_equal(MAY(EAST, &all, take).code, 0); /* a program that stands for no desk stands for all */
    assert_string_equal(MAY(EAST, &li, take).en,
                        "the matter is with the desk lamps: one of that desk may do this");
}

static void st2_a_visit_is_by_another_person_or_by_another_desk(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    assert_true(say_as(r, EAST, m, B(HANDLED), "user:li", "lamps") >= 0);
    const struct qp_asker li = {.by = "user:li", .desk = ""}, wang = {.by = "user:wang", .desk = "lamps"},
                          same = {.by = "token:a", .desk = "lamps"},
                          other = {.by = "token:b", .desk = "calls"}, none = {.by = "token:c", .desk = ""};
    assert_int_equal(MAY(EAST, &li, visit).code, QP_EPOLICY);
    assert_int_equal(MAY(EAST, &wang, visit).code, 0); /* persons are compared as persons */
    assert_int_equal(MAY(EAST, &same, visit).code, QP_EPOLICY);
    assert_int_equal(MAY(EAST, &other, visit).code, 0);
    assert_int_equal(MAY(EAST, &none, visit).code, 0);
    m = rig_open(r, EAST, "lamp");
    assert_true(say_as(r, EAST, m, B(HANDLED), "token:a", "lamps") >= 0);
    assert_int_equal(MAY(EAST, &wang, visit).code, QP_EPOLICY);
    assert_int_equal(MAY(EAST, &li, visit).code, 0);
    const char *lamps[] = {"lamps"};
    const struct qp_asker member = {
        .by = "user:chen", .desk = "", .desks = lamps, .n_desks = 1}; /* as a door has him */
    assert_int_equal(MAY(EAST, &member, visit).code, QP_EPOLICY);
}

static void who_handled_it_is_known_where_it_is_handed_to(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    rig_tell(r, say_as(r, EAST, m, B(HANDLED), "user:li", ""));
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY));
    rig_tell(r, rig_do(r, CITY, m, B(ACCEPTED)));
    const struct qp_asker li = {.by = "user:li", .desk = ""};
    assert_int_equal(MAY(CITY, &li, visit).code, 0); /* of the same name, and another person */
    rig_tell(r, rig_offer(r, CITY, m, QP_KIND_RETURN, EAST));
    rig_tell(r, rig_do(r, EAST, m, B(ACCEPTED)));
    assert_int_equal(MAY(EAST, &li, visit).code, QP_EPOLICY); /* it was he */
    assert_int_equal(-say_as(r, EAST, m, B(VISITED), "user:li", ""), QP_EPOLICY);
    assert_true(say_as(r, EAST, m, B(VISITED), "user:wang", "") >= 0);
}

static void a_reason_is_said_in_both_languages(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    assert_string_equal(MAY(CITY, NULL, handle).en,
                        "the matter is held by city/east; only the holder may do this");
    assert_string_equal(MAY(CITY, NULL, handle).zh, "事项由 city/east 承办，只有承办节点可以操作");
    assert_string_equal(MAY(EAST, NULL, reopen).en, "the matter is open");
    assert_string_equal(MAY(EAST, NULL, reopen).zh, "事项待分类");
    assert_int_equal(MAY(CITY, NULL, urge).code, 0);
    assert_int_equal(MAY(EAST, NULL, urge).code, QP_ESTEP);
    rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY);
    assert_string_equal(MAY(EAST, NULL, handle).zh, "事项待分类，正在上报中");
}

static void a_person_of_one_node_has_nothing_at_the_next(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    rig_tell(r, rig_do(r, EAST, m, B(ASSIGNED)));
    rig_tell(r, say_as(r, EAST, m, B(TAKEN), "user:li", "lamps"));
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY));
    rig_tell(r, rig_do(r, CITY, m, B(ACCEPTED)));
    const Qp__Face *f = rig_face_at(r, CITY, m);
    assert_int_equal(f->state, QP_ASSIGNED); /* as it was, with its desk */
    assert_string_equal(f->desk, "lamps");
    assert_string_equal(f->person, ""); /* the li of the city is another person */
    const char *lamps[] = {"lamps"};
    const struct qp_asker wang = {.by = "user:wang", .desk = "", .desks = lamps, .n_desks = 1};
    assert_int_equal(MAY(CITY, &wang, take).code, 0);
    rig_assert_same(r, m);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        T(what_is_said_beforehand_is_what_the_door_decides),
        T(of_two_who_take_it_at_once_one_has_it),
        T(what_was_given_back_is_sorted_anew_and_counted),
        T(who_is_of_another_desk_takes_nothing),
        T(st2_a_visit_is_by_another_person_or_by_another_desk),
        T(who_handled_it_is_known_where_it_is_handed_to),
        T(a_reason_is_said_in_both_languages),
        T(a_person_of_one_node_has_nothing_at_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
