/* tighten_test.c: what holds where one policy comes from above and another was said here (tighten.c, order.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/rig.h"

#define OFFICE                                                                                               \
    "'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','to':'17:30'}],'off':['2026-10-"   \
    "01']}],"
#define CAT(members)                                                                                         \
    OFFICE "'categories':[" RIG_FALLBACK ",{'code':'a','title':'A','calendar':'office'" members "}]"
#define BELOW(members) "'categories':[{'code':'a'" members "}]"
#define RULES(members) "'categories':[" RIG_FALLBACK "],'rules':{" members "}"
#define LOWER(members) "'rules':{" members "}"

/* above, below, what is said about it; whether below's value is in what holds */
static const struct {
    const char *above, *below, *want;
} table[] = {
    /* clocks: shorter */
    {CAT(",'clocks':{'close':'5wd'}"), BELOW(",'clocks':{'close':'4wd'}"),
     "categories[a].clocks.close TIGHTER 5wd>4wd"},
    {CAT(",'clocks':{'close':'5wd'}"), BELOW(",'clocks':{'close':'6wd'}"),
     "categories[a].clocks.close LOOSER 5wd>6wd"},
    {CAT(",'clocks':{'close':'5wd'}"), BELOW(",'clocks':{'close':'5wd'}"), ""},
    {CAT(",'clocks':{'close':'2h'}"), BELOW(",'clocks':{'close':'120m'}"), ""},
    {CAT(",'clocks':{'close':'2h'}"), BELOW(",'clocks':{'close':'119m'}"),
     "categories[a].clocks.close TIGHTER 2h>119m"},
    {CAT(",'clocks':{'close':'5wd'}"), BELOW(",'clocks':{'close':'1h'}"),
     "categories[a].clocks.close UNLIKE 5wd>1h"},
    {CAT(",'clocks':{'close':'3d'}"), BELOW(",'clocks':{'close':'1h'}"),
     "categories[a].clocks.close UNLIKE 3d>1h"},
    {CAT(""), BELOW(",'clocks':{'sign':'2h'}"), "categories[a].clocks.sign TIGHTER >2h"},
    {CAT(",'clocks':{'sign':'2h'}"), BELOW(""), ""},
    {CAT(",'clocks':{'sign':'2h'}"), BELOW(",'clocks':{'sign':null}"), ""},
    /* reopening without a duration keeps the old due: nothing is stricter */
    {CAT(""), BELOW(",'clocks':{'reopen':'1h'}"), "categories[a].clocks.reopen LOOSER >1h"},
    {CAT(",'clocks':{'reopen':'2h'}"), BELOW(",'clocks':{'reopen':'1h'}"),
     "categories[a].clocks.reopen TIGHTER 2h>1h"},
    {CAT(",'clocks':{'close':'5wd'},'remind':{'close':'1wd'}"), BELOW(",'remind':{'close':'2wd'}"),
     "categories[a].remind.close TIGHTER 1wd>2wd"},
    /* visits: more; retention: shorter; urgency: higher; addresses: more private */
    {CAT(",'visit':0.1"), BELOW(",'visit':0.100001"), "categories[a].visit TIGHTER 0.1>0.100001"},
    {CAT(",'visit':0.1"), BELOW(",'visit':0.099999"), "categories[a].visit LOOSER 0.1>0.099999"},
    {CAT(""), BELOW(",'visit':0"), ""},
    {CAT(""), BELOW(",'visit':1"), "categories[a].visit TIGHTER >1"},
    {CAT(",'keep_personal':'180d'"), BELOW(",'keep_personal':'181d'"),
     "categories[a].keep_personal LOOSER 180d>181d"},
    {CAT(",'keep_personal':'180d'"), BELOW(",'keep_personal':'48h'"),
     "categories[a].keep_personal TIGHTER 180d>48h"},
    {CAT(",'keep_personal':'2d'"), BELOW(",'keep_personal':'48h'"), ""},
    {CAT(""), BELOW(",'keep_personal':'3650d'"), "categories[a].keep_personal TIGHTER >3650d"},
    {CAT(",'urgency':'urgent'"), BELOW(",'urgency':'emergency'"),
     "categories[a].urgency TIGHTER urgent>emergency"},
    {CAT(",'urgency':'urgent'"), BELOW(",'urgency':'routine'"),
     "categories[a].urgency LOOSER urgent>routine"},
    {CAT(""), BELOW(",'urgency':'routine'"), ""},
    {CAT(",'private_place':true"), BELOW(",'private_place':false"),
     "categories[a].private_place LOOSER yes>no"},
    {CAT(",'private_place':false"), BELOW(",'private_place':true"),
     "categories[a].private_place TIGHTER no>yes"},
    /* what only who is above may say */
    {CAT(",'desk':'x'"), BELOW(",'desk':'y'"), "categories[a].desk OTHER x>y"},
    {CAT(""), BELOW(",'title':'B'"), "categories[a].title OTHER A>B"},
    {CAT(""), BELOW(",'title':'A'"), ""},
    {CAT(""), BELOW(",'view':'警情'"), "categories[a].view OTHER >警情"},
    {CAT(""), BELOW(",'calendar':'home'"), "categories[a].calendar OTHER office>home"},
    {CAT(""), OFFICE BELOW(""), ""},
    {CAT(""), "'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','to':'17:30'}]}]",
     "calendars[office] OTHER >"},
    {CAT(""),
     "'calendars':[{'name':'office','weekly':[{'days':'1-6','from':'08:30','to':'17:30'}],'off':['2026-10-01'"
     "]}]",
     "calendars[office] OTHER >"},
    /* entries without a base */
    {CAT(""), "'categories':[{'code':'b','visit':1}]", "categories[b] ADDED >"},
    {CAT(""), "'calendars':[{'name':'home','weekly':[{'days':'1','from':'08:30','to':'17:30'}]}]",
     "calendars[home] ADDED >"},
    /* taking at once is looser than waiting for a person */
    {RULES("'accept':{'escalate':true}"), LOWER("'accept':{'escalate':false}"),
     "rules.accept.escalate TIGHTER yes>no"},
    {RULES("'accept':{'escalate':false}"), LOWER("'accept':{'escalate':true}"),
     "rules.accept.escalate LOOSER no>yes"},
    {RULES(""), LOWER("'accept':{'escalate':true}"), "rules.accept.escalate LOOSER >yes"},
    {RULES(""), LOWER("'accept':{'escalate':false}"), "rules.accept.escalate TIGHTER >no"},
    /* lifting, extending, patrols, keeping */
    {RULES("'lift':{'refused':2}"), LOWER("'lift':{'refused':1,'redo':9}"),
     "rules.lift.refused TIGHTER 2>1; rules.lift.redo TIGHTER >9"},
    {RULES("'lift':{'refused':2}"), LOWER("'lift':{'refused':3}"), "rules.lift.refused LOOSER 2>3"},
    {RULES("'extend':{'own':2,'by':'3wd'}"), LOWER("'extend':{'own':1,'by':'4wd'}"),
     "rules.extend.own TIGHTER 2>1; rules.extend.by LOOSER 3wd>4wd"},
    {RULES(""), LOWER("'extend':{'own':1,'by':'1h'}"),
     "rules.extend.own LOOSER >1; rules.extend.by TIGHTER >1h"},
    {RULES("'patrol':{'per_day':2,'minutes':30,'police':true}"),
     LOWER("'patrol':{'per_day':3,'minutes':20,'police':false}"),
     "rules.patrol.per_day TIGHTER 2>3; rules.patrol.minutes LOOSER 30>20; rules.patrol.police LOOSER "
     "yes>no"},
    {RULES("'keep_line':'90d'"), LOWER("'keep_line':'91d','keep_position':'1h'"),
     "rules.keep_position TIGHTER >1h; rules.keep_line LOOSER 90d>91d"},
    {RULES("'circular':{'week_begins':1}"), LOWER("'circular':{'week_begins':7}"),
     "rules.circular.week_begins OTHER 1>7"},
    /* urging: each of those above has one below that is not later */
    {RULES("'urge':[{'overdue':'0h'},{'overdue':'24h'}]"),
     LOWER("'urge':[{'overdue':'12h'},{'overdue':'0h'}]"), "rules.urge TIGHTER 0h, 24h>0h, 12h"},
    {RULES("'urge':[{'overdue':'0h'},{'overdue':'24h'}]"), LOWER("'urge':[{'overdue':'0h'}]"),
     "rules.urge LOOSER 0h, 24h>0h"},
    {RULES("'urge':[{'overdue':'0h'}]"), LOWER("'urge':[{'overdue':'0h'},{'overdue':'1wd'}]"),
     "rules.urge TIGHTER 0h>0h, 1wd"},
    {RULES("'urge':[{'overdue':'0h'}]"), LOWER("'urge':[{'overdue':'1h'},{'overdue':'2h'}]"),
     "rules.urge LOOSER 0h>1h, 2h"},
    {RULES("'urge':[{'overdue':'1wd'}]"), LOWER("'urge':[{'overdue':'1h'}]"), "rules.urge UNLIKE 1wd>1h"},
    {RULES("'urge':[{'overdue':'1wd'}]"), LOWER("'urge':[{'overdue':'0h'},{'overdue':'1wd'}]"),
     "rules.urge TIGHTER 1wd>0h, 1wd"},
    {RULES("'urge':[{'overdue':'1h'},{'overdue':'1wd'},{'overdue':'3wd'}]"),
     LOWER("'urge':[{'overdue':'0h'},{'overdue':'1h'},{'overdue':'1wd'}]"),
     "rules.urge LOOSER 1h, 1wd, 3wd>0h, 1h, 1wd"},
    {RULES("'urge':[{'overdue':'0h'}]"), LOWER("'urge':[]"), "rules.urge LOOSER 0h>"},
    {RULES("'urge':[{'overdue':'0h'}]"), LOWER(""), ""},
    {RULES(""), LOWER("'urge':[{'overdue':'0h'}]"), "rules.urge TIGHTER >0h"},
};

static void of_each_value_the_strictest_is_named_and_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct qp_changes changes = {0}, left = {0}, again = {0};
        char said[2000];
        struct qp_policy *above = rig_sound(table[i].above), *below = rig_sound_below(table[i].below);
        struct qp_policy *holds = qp_policy_tighten(above, below, &changes);
        assert_non_null(holds);
        rig_changes(said, sizeof said, &changes);
        if (strcmp(said, table[i].want) != 0)
            fail_msg("row %zu, %s under %s:\n  said   \"%s\"\n  wanted \"%s\"", i, table[i].below,
                     table[i].above, said, table[i].want);
        /* What holds differs from above in what was tightened and in nothing else, */
        qp_policy_compare(above, holds, &left);
        assert_int_equal(left.n, changes.count[QP_CHANGE_TIGHTER]);
        assert_int_equal(left.count[QP_CHANGE_TIGHTER], changes.count[QP_CHANGE_TIGHTER]);
        /* and has all of that: the same once more tightens nothing. */
        struct qp_policy *twice = qp_policy_tighten(holds, below, &again);
        assert_int_equal(again.count[QP_CHANGE_TIGHTER], 0);
        assert_string_equal(twice->version, holds->version);
        assert_string_equal(holds->version, changes.count[QP_CHANGE_TIGHTER] > 0 ? "v1+v1" : "v1");
        qp_changes_free(&changes);
        qp_changes_free(&left);
        qp_changes_free(&again);
        qp_policy_free(above);
        qp_policy_free(below);
        qp_policy_free(holds);
        qp_policy_free(twice);
    }
}

static void what_holds_outlives_the_two_it_was_made_of(void **state)
{
    (void)state;
    size_t len;
    struct qp_policy *above = rig_sound(CAT(",'desk':'x','clocks':{'close':'5wd'},'visit':0.1"));
    struct qp_policy *below = rig_sound_below(BELOW(",'clocks':{'close':'3wd'}"));
    struct qp_policy *holds = qp_policy_tighten(above, below, NULL);
    qp_policy_free(above);
    qp_policy_free(below);
    char *text = qp_policy_write(holds, &len);
    assert_non_null(strstr(text, "\"version\":\"v1+v1\""));
    assert_non_null(strstr(text, "\"close\":\"3wd\""));
    assert_non_null(strstr(text, "\"off\":[\"2026-10-01\"]"));
    assert_string_equal(qp_policy_find(holds, "A")->desk, "x");
    free(text);
    qp_policy_free(holds);
}

static void a_chain_of_three_holds_the_strictest_whoever_said_it(void **state)
{
    (void)state;
    struct qp_policy *city = rig_sound(CAT(",'clocks':{'close':'10wd','handle':'7wd'},'visit':0.1"));
    struct qp_policy *county = rig_sound_below(BELOW(",'clocks':{'close':'5wd'},'visit':0.5"));
    struct qp_policy *street = rig_sound_below(BELOW(",'clocks':{'close':'6wd','handle':'6wd'},'visit':0.2"));
    struct qp_policy *a = qp_policy_tighten(city, county, NULL), *b = qp_policy_tighten(a, street, NULL);
    const struct qp_policy_category *c = qp_policy_category(b, "a");
    assert_int_equal(c->clock[QP_STAGE_CLOSE].d.n, 5);
    assert_int_equal(c->clock[QP_STAGE_HANDLE].d.n, 6);
    assert_int_equal(c->visit, 500000);
    assert_string_equal(b->version, "v1+v1+v1");
    char rule[QP_POLICY_RULE + 1];
    qp_policy_rule(rule, c, QP_STAGE_CLOSE);
    assert_string_equal(rule, "v1 / a / office");
    qp_policy_free(city);
    qp_policy_free(county);
    qp_policy_free(street);
    qp_policy_free(a);
    qp_policy_free(b);
}

static struct qp_policy *named(const char *version, const char *inner)
{
    struct qp_mistakes m = {0};
    char text[1000];
    snprintf(text, sizeof text, "{\"version\":\"%s\",\"title\":\"T\",%s}", version, inner);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    assert_int_equal(qp_mistakes_all(&m), 0);
    return p;
}

static void a_clock_says_whose_version_it_rests_on(void **state)
{
    (void)state;
    char rule[QP_POLICY_RULE + 1];
    struct qp_policy *city = named("city-1", CAT(",'clocks':{'close':'10wd','handle':'7wd','sign':'2h'}"));
    struct qp_policy *county = named("county-7", BELOW(",'clocks':{'close':'5wd'}"));
    struct qp_policy *holds = qp_policy_tighten(city, county, NULL);
    qp_policy_free(city);
    qp_policy_free(county);
    static const struct {
        enum qp_policy_stage stage;
        const char *rule;
    } rules[] = {{QP_STAGE_CLOSE, "county-7 / a / office"},
                 {QP_STAGE_HANDLE, "city-1 / a / office"},
                 {QP_STAGE_SIGN, "city-1 / a"}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        qp_policy_rule(rule, qp_policy_category(holds, "a"), rules[i].stage);
        assert_string_equal(rule, rules[i].rule);
    }
    assert_string_equal(holds->version, "city-1+county-7");
    qp_policy_free(holds);
}

static void in_place_of_the_one_in_force_everything_that_differs_is_listed(void **state)
{
    (void)state;
    struct qp_changes c = {0};
    char said[2000], line[QP_MISTAKE_TEXT];
    struct qp_policy *was = rig_sound(CAT(",'desk':'x','clocks':{'close':'5wd','sign':'2h'}},{'code':'gone','"
                                          "title':'G'") ",'rules':{'urge':[{'overdue':'0h'}]}");
    struct qp_policy *now = rig_sound("'categories':[" RIG_FALLBACK
                                      ",{'code':'b','title':'B'},{'code':'a','title':'A','desk':'y','clocks':"
                                      "{'close':'6d'}}]");
    qp_policy_compare(was, now, &c);
    rig_changes(said, sizeof said, &c);
    assert_string_equal(said,
                        "calendars[office] REMOVED >; categories[b] ADDED >; categories[a].desk OTHER "
                        "x>y; categories[a].calendar "
                        "OTHER office>; categories[a].clocks.sign LOOSER 2h>; "
                        "categories[a].clocks.close UNLIKE 5wd>6d; categories[gone] REMOVED >; rules.urge "
                        "LOOSER 0h>");
    assert_int_equal(qp_changes_refused(&c), 7);
    qp_change_line(line, &c.v[4], false);
    assert_string_equal(line, "categories[a].clocks.sign: 2h -> (not said): looser");
    qp_change_line(line, &c.v[4], true);
    assert_string_equal(line, "categories[a].clocks.sign: 2h -> （未规定）: 放宽");
    qp_changes_free(&c);
    qp_policy_free(was);
    qp_policy_free(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_each_value_the_strictest_is_named_and_holds),
        cmocka_unit_test(what_holds_outlives_the_two_it_was_made_of),
        cmocka_unit_test(a_chain_of_three_holds_the_strictest_whoever_said_it),
        cmocka_unit_test(a_clock_says_whose_version_it_rests_on),
        cmocka_unit_test(in_place_of_the_one_in_force_everything_that_differs_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
