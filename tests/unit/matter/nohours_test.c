/* nohours_test.c: a clock whose calendar is in no policy that is in force (PO4). */
#include "node/matter/clocks.h"
#include "tests/unit/matter/rig.h"

#define B(b) QP__EVENT__BODY_##b
#define POLICY(name)                                                                                         \
    "{'version':'" name "','title':'T','calendars':[{'name':'" name                                          \
    "','weekly':[{'days':'1-5','from':'08:30','to':'17:30'}]}],'categories':[{'code':'','title':'all',"      \
    "'calendar':'" name "','clocks':{'close':'10wd'}}]}"

static void in_force(struct rig *r, const char *json)
{
    qp_in_force_release(r->nodes[EAST].m.policy);
    r->nodes[EAST].m.policy = json ? rig_policy(r, json) : NULL;
}

static void what_is_granted_while_its_hours_are_unknown_is_its_due(void **state)
{
    struct rig *r = *state;
    in_force(r, POLICY("office"));
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    Qp__Event *ev = rig_draft(r, B(HUNG));
    ev->hung->until_us = r->now_us + INT64_C(90) * 86400 * SECOND;
    rig_hear(r, CITY, rig_say(r, EAST, m, ev));
    in_force(r, POLICY("bureau"));
    int64_t granted_us = r->now_us + INT64_C(150) * 86400 * SECOND;
    ev = rig_draft(r, B(EXTENSION_ASKED));
    ev->extension_asked->until_us = granted_us;
    rig_hear(r, CITY, rig_say(r, EAST, m, ev));
    rig_hear(r, EAST, rig_do(r, CITY, m, B(EXTENSION_APPROVED)));
    ev = rig_draft(r, B(EXTENDED));
    ev->by = qp_arena_text(r->arena, "policy");
    assert_true(rig_say(r, EAST, m, ev) >= 0);
    in_force(r, POLICY("office"));
    rig_do(r, EAST, m, B(RESUMED));
    const Qp__Clock *c = qp_face_clock(rig_face_at(r, EAST, m), QP_CLOCK_CLOSE);
    assert_int_equal(qp_clock_said_due(c), granted_us);
    in_force(r, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_granted_while_its_hours_are_unknown_is_its_due, rig_up,
                                        rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
