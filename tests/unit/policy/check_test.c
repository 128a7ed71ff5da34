/* check_test.c: whether a policy's parts fit together (check.c, days.c), and how mistakes are said (mistake.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/rig.h"

#define OFFICE         "'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','to':'17:30'}]}]"
#define ONE(members)   OFFICE ",'categories':[" RIG_FALLBACK ",{'code':'a','title':'A'," members "}]"
#define TREE(members)  "'categories':[" RIG_FALLBACK "," members "]"
#define RULES(members) TREE("{'code':'a','title':'A'}") ",'rules':{" members "}"
#define DAYS(members)                                                                                        \
    "'calendars':[{'name':'x','weekly':[{'days':'1','from':'08:00','to':'09:00'}]," members                  \
    "}],'categories':[" RIG_FALLBACK "]"

static const struct {
    const char *inner, *want;
} table[] = {
    {ONE("'calendar':'office','clocks':{'sign':'2h','assign':'4wh','handle':'5wd','close':'10wd'},'remind':{'"
         "close':'2wd'}"),
     ""},
    /* the entry for all that is unknown; codes and titles */
    {"'categories':[{'code':'a','title':'A'}]", "categories NO_FALLBACK"},
    {TREE("{'code':'a','title':'A'},{'code':'a','title':'B'}"), "categories[2].code CODE_TWICE"},
    {TREE("{'code':'','title':'B'}"), "categories[1].code CODE_TWICE"},
    {TREE("{'code':'a','title':'A'},{'code':'b','title':'A'}"), "categories[2].title TITLE_TWICE"},
    {TREE("{'code':'a','title':'A','title_en':'x'},{'code':'b','title':'B','title_en':'x'}"),
     "categories[2].title TITLE_TWICE"},
    {TREE("{'code':'a','title':'A','title_en':'A'}"), ""},
    {TREE("{'code':'a','title':'b'},{'code':'b','title':'B'}"), "categories[1].title TITLE_IS_CODE"},
    {TREE("{'code':'a','title':'a'}"), ""},
    {TREE("{'code':'a'}"), "categories[1].title MISSING"},
    {TREE("{'title':'A'}"), "categories[1] MISSING"},
    {TREE("{'code':'a','title':' '}"), "categories[1].title MISSING; categories[1].title TEXT_LINE"},
    {TREE("{'code':'a','title':'x\\u202ey'}"), "categories[1].title MISSING; categories[1].title TEXT_LINE"},
    {TREE("{'code':'a','title':'12345678901234567890123456789012345678901234567890123456789012345'}"),
     "categories[1].title MISSING; categories[1].title TEXT_LONG"},
    /* the tree */
    {TREE("{'code':'a','title':'A','parent':'b'}"), "categories[1].parent NO_PARENT"},
    {TREE("{'code':'a','title':'A','parent':'a'}"), "categories[1].parent CYCLE"},
    {TREE("{'code':'a','title':'A','parent':'b'},{'code':'b','title':'B','parent':'c'},{'code':'c','title':'"
          "C','parent':'a'}"),
     "categories[1].parent CYCLE; categories[2].parent CYCLE; categories[3].parent CYCLE"},
    {TREE("{'code':'a','title':'A','parent':'b'},{'code':'b','title':'B','parent':'b'}"),
     "categories[1].parent DEEP_TREE; categories[2].parent CYCLE"},
    {TREE("{'code':'1','title':'A'},{'code':'2','title':'B','parent':'1'},{'code':'3','title':'C','parent':'"
          "2'},{'code':'4','title':"
          "'D','parent':'3'},{'code':'5','title':'E','parent':'4'},{'code':'6','title':'F','parent':'5'},{'"
          "code':'7','title':'G','parent':"
          "'6'},{'code':'8','title':'H','parent':'7'}"),
     ""},
    {TREE("{'code':'1','title':'A'},{'code':'2','title':'B','parent':'1'},{'code':'3','title':'C','parent':'"
          "2'},{'code':'4','title':"
          "'D','parent':'3'},{'code':'5','title':'E','parent':'4'},{'code':'6','title':'F','parent':'5'},{'"
          "code':'7','title':'G','parent':"
          "'6'},{'code':'8','title':'H','parent':'7'},{'code':'9','title':'I','parent':'8'}"),
     "categories[9].parent DEEP_TREE"},
    {"'categories':[{'code':'','title':'x','parent':'a'},{'code':'a','title':'A'}]",
     "categories[0].parent EMPTY_HAS_PARENT"},
    /* calendars */
    {ONE("'calendar':'home'"), "categories[1].calendar NO_CALENDAR"},
    {ONE("'clocks':{'close':'5wd','assign':'4wh','sign':'2h'}"),
     "categories[1].clocks.assign NEEDS_CALENDAR; categories[1].clocks.close NEEDS_CALENDAR"},
    {DAYS("'off':['2026-10-01'],'on':['2026-10-01']"), "calendars[0].on[0] CALENDAR"},
    {DAYS("'off':['2026-10-01','2026-10-01']"), "calendars[0].off[1] CALENDAR"},
    {DAYS("'off':['2026-02-29','2026-2-3','2026-13-01',7]"),
     "calendars[0].off[0] NO_DATE; calendars[0].off[1] NO_DATE; calendars[0].off[2] NO_DATE; "
     "calendars[0].off[3] WRONG_TYPE"},
    {DAYS("'known_until':'2026-06-31'"), "calendars[0].known_until NO_DATE"},
    {"'calendars':[{'name':'x','weekly':[{'days':'1','from':'08:00','to':'12:00'},{'days':'1-2','from':'11:"
     "00','to':'13:00'}]}],"
     "'categories':[" RIG_FALLBACK "]",
     "calendars[0].weekly[1] CALENDAR"},
    {"'calendars':[{'name':'x','weekly':[{'days':'1','from':'12:00','to':'08:00'}]}],'categories':"
     "[" RIG_FALLBACK "]",
     "calendars[0].weekly[0] CALENDAR"},
    {"'calendars':[{'name':'x','weekly':[{'days':'8','from':'08:00','to':'09:00'},{'days':'1','from':'8:00','"
     "to':'09:00'}]}],"
     "'categories':[" RIG_FALLBACK "]",
     "calendars[0].weekly CALENDAR; calendars[0].weekly[0].days NO_DAYS; calendars[0].weekly[1].from "
     "NO_TIME"},
    {"'calendars':[{'weekly':[{'days':'1','from':'08:00','to':'09:00'}]}],'categories':[" RIG_FALLBACK "]",
     "calendars[0].name CALENDAR"},
    {OFFICE ",'categories':[" RIG_FALLBACK "],'calendars':[]", "calendars TWICE"},
    /* durations and shares */
    {ONE("'clocks':{'close':'0wd'}"), "categories[1].clocks.close NO_DURATION"},
    {ONE("'clocks':{'close':'1d2h'}"), "categories[1].clocks.close NO_DURATION"},
    {ONE("'clocks':{'close':'-1d'}"), "categories[1].clocks.close NO_DURATION"},
    {ONE("'clocks':{'close':'1.5h'}"), "categories[1].clocks.close NO_DURATION"},
    {ONE("'clocks':{'close':'5'}"), "categories[1].clocks.close NO_DURATION"},
    {ONE("'clocks':{'close':5}"), "categories[1].clocks.close WRONG_TYPE"},
    {ONE("'clocks':{'close':'99999999999999999999d'}"), "categories[1].clocks.close NO_DURATION"},
    {ONE("'clocks':'5d'"), "categories[1].clocks WRONG_TYPE"},
    {ONE("'keep_personal':'5wd'"), "categories[1].keep_personal NATURAL_ONLY"},
    {ONE("'visit':1.000001"), "categories[1].visit NO_SHARE"},
    {ONE("'visit':-0.1"), "categories[1].visit NO_SHARE"},
    {ONE("'visit':0.0000001"), "categories[1].visit NO_SHARE"},
    {ONE("'visit':1e-1"), "categories[1].visit NO_SHARE"},
    {ONE("'visit':2"), "categories[1].visit NO_SHARE"},
    {ONE("'visit':'0.1'"), "categories[1].visit WRONG_TYPE"},
    {ONE("'visit':1"), ""},
    {ONE("'urgency':'now'"), "categories[1].urgency NO_URGENCY"},
    {ONE("'private_place':'yes'"), "categories[1].private_place WRONG_TYPE"},
    {ONE("'visitt':1,'visit':0,'visit':1"), "categories[1].visit TWICE; categories[1].visitt UNKNOWN_FIELD"},
    /* units that do not go together */
    {ONE("'calendar':'office','clocks':{'close':'5wd'},'remind':{'close':'8wh'}"),
     "categories[1].remind.close REMIND_UNIT"},
    {ONE("'clocks':{'close':'3d'},'remind':{'close':'24h'}"), "categories[1].remind.close REMIND_UNIT"},
    {ONE("'clocks':{'close':'2h'},'remind':{'close':'120m'}"), "categories[1].remind.close REMIND_LATE"},
    {ONE("'clocks':{'close':'2h'},'remind':{'close':'119m'}"), ""},
    {ONE("'remind':{'close':'1h'}"), "categories[1].remind.close REMIND_NONE"},
    {ONE("'remind':{'reopen':'1h'}"), "categories[1].remind.reopen UNKNOWN_FIELD"},
    {ONE("'clocks':{'handle':'25h','close':'24h'}"), "categories[1].clocks.handle STAGE_LONG"},
    {ONE("'clocks':{'handle':'24h','close':'24h'}"), ""},
    {ONE("'clocks':{'handle':'25h','close':'1d'}"), ""}, /* nobody can say */
    {ONE("'clocks':{'reopen':'3d','close':'1d'}"), ""},
    /* rules */
    {RULES("'urge':[{'overdue':'60m'},{'overdue':'1h'}]"), "rules.urge URGE_TWICE"},
    {RULES("'urge':[{'overdue':'60m'},{'overdue':'1wh'}]"), ""},
    {RULES("'urge':[{},{'after':'1h'}]"), "rules.urge[1].after UNKNOWN_FIELD"},
    {RULES("'extend':{'own':1}"), "rules.extend.own OWN_WITHOUT_LIMIT"},
    {RULES("'extend':{'own':0}"), ""},
    {RULES("'lift':{'refused':0}"), "rules.lift.refused NO_COUNT"},
    {RULES("'lift':{'refused':1.5}"), "rules.lift.refused NO_COUNT"},
    {RULES("'patrol':{'per_day':101,'minutes':1441,'police':1}"),
     "rules.patrol.minutes NO_COUNT; rules.patrol.per_day NO_COUNT; rules.patrol.police WRONG_TYPE"},
    {RULES("'circular':{'week_begins':0,'month_begins':29}"),
     "rules.circular.month_begins NO_COUNT; rules.circular.week_begins NO_COUNT"},
    {RULES("'keep_position':'1wh','accept':{'all':true}"),
     "rules.accept.all UNKNOWN_FIELD; rules.keep_position NATURAL_ONLY"},
};

static void every_mistake_is_told_where_it_stands_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct qp_mistakes m = {0};
        char told[4000];
        struct qp_policy *p = rig_json(table[i].inner, true, &m);
        rig_told(told, sizeof told, &m);
        if (strcmp(told, table[i].want) != 0)
            fail_msg("row %zu, %s:\n  told   \"%s\"\n  wanted \"%s\"", i, table[i].inner, told,
                     table[i].want);
        qp_mistakes_free(&m);
        qp_policy_free(p);
    }
}

static void a_policy_that_tightens_another_may_leave_out_what_that_says(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    static const char inner[] =
        "'categories':[{'code':'a','calendar':'office','clocks':{'close':'5wd'},'remind':{'handle':'1wd'}}]";
    char told[1000];
    qp_policy_free(rig_json(inner, false, &m));
    rig_told(told, sizeof told, &m);
    assert_string_equal(told, "");
    qp_policy_free(rig_json(inner, true, &m));
    rig_told(told, sizeof told, &m);
    assert_string_equal(told, "categories NO_FALLBACK; categories[0].calendar NO_CALENDAR; "
                              "categories[0].remind.handle REMIND_NONE; "
                              "categories[0].title MISSING");
    qp_mistakes_free(&m);
}

static void every_kind_is_said_with_its_remedy_in_both_languages(void **state)
{
    (void)state;
    for (int kind = 0; kind < QP_MISTAKE_KINDS; kind++) {
        struct qp_mistakes m = {0};
        char en[QP_MISTAKE_TEXT], zh[QP_MISTAKE_TEXT], line[QP_MISTAKE_TEXT];
        qp_mistake_add(&m, (enum qp_mistake_kind)kind, (struct qp_policy_at){"d/categories.csv", 7},
                       "categories[5].visit", "AAAAA", "BBBBB");
        qp_mistake_text(en, &m.v[0], false);
        qp_mistake_text(zh, &m.v[0], true);
        assert_string_not_equal(en, zh);
        assert_null(strstr(en, "{1}"));
        assert_null(strstr(zh, "{2}"));
        assert_true(strlen(en) > 4 && strlen(zh) > 4);
        qp_mistake_line(line, &m.v[0], false);
        assert_true(strncmp(line, "d/categories.csv:7: ", 20) == 0);
        qp_mistakes_free(&m);
    }
}

/* What a value that cannot be read is told as: the value, and what may stand there. */
static void a_wrong_value_is_shown_with_what_is_possible_in_both_languages(void **state)
{
    (void)state;
    static const struct {
        const char *inner, *en, *zh;
    } said[] = {
        {ONE("'clocks':{'close':'2x'}"), "close: \"2x\" is not a duration: the unit is none of",
         "close \"2x\" 不是时长；写成整数加单位"},
        {RULES("'lift':{'redo':5000}"),
         "redo \"5000\" is no number that is possible here: write a whole number, 1 … 1000",
         "redo \"5000\" 不在允许的范围内；写整数 1 … 1000"},
        {DAYS("'off':['2026-10-01','2026-10-01']"),
         "the calendar \"x\": off[1]: 2026-10-01 stands in this list twice: delete one",
         "日历“x”：off[1]：2026-10-01 重复：请删去一个"},
        {"'calendars':[{'name':'x','weekly':[{'days':'1','from':'8:00','to':'09:00'}]}],'categories':"
         "[" RIG_FALLBACK "]",
         "from: \"8:00\" is not a time of day: write it as 08:30", "from \"8:00\" 不是时刻；写成 08:30"},
        {"'calendars':[{'name':'x','weekly':[{'days':'1-8','from':'08:00','to':'09:00'}]}],'categories':"
         "[" RIG_FALLBACK "]",
         "days: \"1-8\" names no weekdays: a range goes from the earlier day",
         "days \"1-8\" 不是星期几；1 为周一"},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct qp_mistakes m = {0};
        char en[QP_MISTAKE_TEXT], zh[QP_MISTAKE_TEXT];
        qp_policy_free(rig_json(said[i].inner, true, &m));
        qp_mistakes_sort(&m);
        assert_true(m.n > 0);
        qp_mistake_text(en, &m.v[m.n - 1], false);
        qp_mistake_text(zh, &m.v[m.n - 1], true);
        if (!strstr(en, said[i].en) || !strstr(zh, said[i].zh))
            fail_msg("%s: \"%s\", \"%s\"", said[i].inner, en, zh);
        qp_mistakes_free(&m);
    }
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    char text[2000], line[QP_MISTAKE_TEXT];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "井", 4);
    for (int kind = 0; kind < QP_MISTAKE_KINDS; kind++)
        qp_mistake_add(&m, (enum qp_mistake_kind)kind, (struct qp_policy_at){text, 7}, text, text, text);
    for (size_t i = 0; i < m.n; i++) {
        qp_mistake_line(line, &m.v[i], i % 2 == 0);
        size_t n = strlen(line);
        assert_true(n > 100 && n < QP_MISTAKE_TEXT);
        for (size_t k = 0; k < n;) { /* whole characters only */
            unsigned char c = (unsigned char)line[k];
            size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
            assert_true((c & 0xc0) != 0x80 && k + len <= n);
            k += len;
        }
    }
    qp_mistakes_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_told_where_it_stands_and_nothing_else),
        cmocka_unit_test(a_policy_that_tightens_another_may_leave_out_what_that_says),
        cmocka_unit_test(every_kind_is_said_with_its_remedy_in_both_languages),
        cmocka_unit_test(a_wrong_value_is_shown_with_what_is_possible_in_both_languages),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
