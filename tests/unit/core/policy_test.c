/* policy_test.c: the policy in force at a node (PO1): what holds, who has said it, where it has come. */
#include "node/core/policy.h"
#include "tests/unit/core/rig.h"

static struct qp_policy *policy(const char *json)
{
    struct qp_mistakes m = {0};
    char *text = strdup(json);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    free(text);
    assert_non_null(p);
    assert_int_equal(qp_mistakes_all(&m), 0);
    qp_mistakes_free(&m);
    return p;
}

#define OFFICE                                                                                               \
    "'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','to':'12:00'}]}],"                 \
    "'categories':[{'code':'','title':'其他','calendar':'office','clocks':{'sign':'2h'}}]"

static void none_holds_until_one_was_said_and_who_held_it_keeps_what_he_has(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_core *c = r->nodes[0].core;
    assert_null(qp_core_policy(c));
    assert_null(qp_core_policy_hold(c));
    assert_true(qp_core_set_policy(c, policy("{'version':'one','title':'T'," OFFICE "}")));
    struct qp_in_force *mine = qp_core_policy_hold(c);
    assert_ptr_equal(mine, qp_core_in_force(c));
    assert_string_equal(qp_core_policy(c)->version, "one");
    assert_string_equal(qp_calendar_name(qp_in_force_calendar(mine, "office")), "office");
    assert_null(qp_in_force_calendar(mine, "night"));
    assert_null(qp_in_force_calendar(mine, NULL));
    assert_true(qp_core_set_policy(c, policy("{'version':'two','title':'T'," OFFICE "}")));
    assert_string_equal(qp_core_policy(c)->version, "two");
    assert_string_equal(mine->policy->version, "one");
    qp_in_force_release(mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(none_holds_until_one_was_said_and_who_held_it_keeps_what_he_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
