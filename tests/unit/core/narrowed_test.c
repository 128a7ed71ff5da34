/* narrowed_test.c: who is narrowed, to areas and categories or to his own matters, asked in the turn as at the doors (DE2). */
#include <stdio.h>

#include "node/matter/may.h"
#include "tests/unit/core/rig.h"

/* DE2: asked in the turn, of the matter and of each that the step names; in the words of one that is not known. */
static void who_sees_one_category_acts_on_no_other(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_span lamps, lights;
    char *const lamp[] = {qp_arena_text(r->arena, "lamp")}, *const light[] = {
                                                                qp_arena_text(r->arena, "light")};
    qp_span_of(&lamps, NULL, 0, lamp, 1);
    qp_span_of(&lights, NULL, 0, light, 1);
    matter m = rig_open(r, 0, "a light"), other = rig_open(r, 0, "another"), none = {{9}};
    const struct qp_asker narrow = {.by = "token:n", .desk = "", .rights = QP_RIGHT_ALL, .span = &lamps},
                          wide = {.by = "token:w", .desk = "", .rights = QP_RIGHT_ALL, .span = &lights};
    Qp__Event *said = rig_draft(r, QP__EVENT__BODY_COMMENTED, &m);
    said->commented->text = qp_arena_text(r->arena, "seen");
    struct qp_command c = {.op = QP_OP_STEP, .draft = said, .if_version = -1, .who = &narrow};
    struct qp_reply outside = rig_command(r, 0, &c);
    rig_code(outside, QP_ENOTFOUND);
    said->matter.data = none.b;
    struct qp_reply absent = rig_command(r, 0, &c);
    rig_code(absent, QP_ENOTFOUND);
    assert_string_equal(outside.text, absent.text);
    said->matter.data = m.b;
    c.who = &wide;
    rig_ok(rig_command(r, 0, &c));
    Qp__Event *into = rig_draft(r, QP__EVENT__BODY_MERGED, &m);
    into->merged->into = (ProtobufCBinaryData){QP_ID_LEN, other.b};
    Qp__Event *moved = rig_draft(r, QP__EVENT__BODY_SORTED, &other);
    moved->sorted->category = qp_arena_text(r->arena, "lamp");
    rig_ok(rig_try(r, 0, moved));
    c.draft = into;
    struct qp_reply named = rig_command(r, 0, &c);
    rig_code(named,
             QP_EPOLICY); /* what the step names is wrong: 422, as for who sees all and names an absent one */
    assert_string_equal(named.text, "into: no such matter is known here");
    c.who = NULL; /* the node itself, and who is not narrowed */
    rig_ok(rig_command(r, 0, &c));
}

/* DE2: who acts on his own alone, asked in the turn as well: what went on to another is absent to who sees no more, and refused to who
 * sees it by another role. */
static void who_acts_on_his_own_acts_on_no_other(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    matter m = rig_open(r, 0, "a light"), none = {{9}};
    const Qp__Face *f = rig_face(r, 0, m);
    struct qp_own own = {.reads = true,
                         .acts = true,
                         .self = f->holder.data,
                         .self_path = f->holder_path,
                         .by = "user:li",
                         .person = "li"};
    struct qp_own acts = own;
    acts.reads = false;
    const struct qp_asker li = {.by = "user:li", .desk = "", .rights = QP_RIGHT_ALL, .own = &own},
                          both = {.by = "user:li", .desk = "", .rights = QP_RIGHT_ALL, .own = &acts};
    Qp__Event *said = rig_draft(r, QP__EVENT__BODY_COMMENTED, &m);
    said->commented->text = qp_arena_text(r->arena, "seen");
    struct qp_command c = {.op = QP_OP_STEP, .draft = said, .if_version = -1, .who = &li};
    struct qp_reply outside = rig_command(r, 0, &c);
    rig_code(outside, QP_ENOTFOUND);
    said->matter.data = none.b;
    struct qp_reply absent = rig_command(r, 0, &c);
    rig_code(absent, QP_ENOTFOUND);
    assert_string_equal(outside.text, absent.text);
    said->matter.data = m.b;
    c.who = &both;
    rig_code(rig_command(r, 0, &c), QP_EDENIED);
    Qp__Event *given = rig_draft(r, QP__EVENT__BODY_ASSIGNED, &m);
    given->assigned->person = qp_arena_text(r->arena, "li");
    rig_ok(rig_try(r, 0, given));
    rig_ok(rig_command(r, 0, &c));
    c.who = &li;
    c.draft = rig_draft(r, QP__EVENT__BODY_COMMENTED, &m);
    c.draft->commented->text = qp_arena_text(r->arena, "his");
    rig_ok(rig_command(r, 0, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(who_sees_one_category_acts_on_no_other),
        TEST(who_acts_on_his_own_acts_on_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
