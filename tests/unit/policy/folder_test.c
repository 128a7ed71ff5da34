/* folder_test.c: a policy from its folder (folder.c, conf.c, sheet.c): what is read, and where mistakes are told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/rig.h"

#define CONF   "[policy]\nversion = v1\ntitle = T\n"
#define OFFICE "[calendar office]\nweekly = 1-5 08:30-12:00 14:30-17:30 | 6 09:00-12:00\n"
#define ROWS   "code,title\n,其他\n"

/* What is told about a folder: places, and kinds. */
static void expect(const char *conf, const char *categories, const char *calendar, const char *want)
{
    struct qp_mistakes m = {0};
    char told[8000];
    struct qp_policy *p = qp_policy_folder(rig_folder(conf, categories, calendar), &m);
    if (p)
        qp_policy_check(p, true, &m);
    rig_told(told, sizeof told, &m);
    assert_string_equal(told, want);
    qp_mistakes_free(&m);
    qp_policy_free(p);
}

static void a_folder_says_the_same_as_its_json(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    size_t len, json_len;
    struct qp_policy *p = qp_policy_folder(
        rig_folder("\xEF\xBB\xBF" CONF OFFICE
                   "known_until = 2026-12-31\r\n\n# a remark\n[accept]\nescalate = yes\n"
                   "dispatch = no\n[urge]\noverdue = 0h | 1wd\n[patrol]\nper_day = 2\npolice = "
                   "yes\n[rules]\nkeep_line = 90d\n",
                   "\xEF\xBB\xBF"
                   "title,code,close,calendar,visit,remind_close,private_place,remark\r\n其他,,,,,,,\r\n"
                   "\"井盖, \"\"圆\"\"\",01,5wd,office,0.25,1wd,yes,a remark\r\n",
                   "date,kind,title,source\n2026-10-01,off,国庆节,x\n2026-10-10,on,调休上班,x\n"),
        &m);
    assert_int_equal(qp_mistakes_all(&m), 0);
    qp_policy_check(p, true, &m);
    assert_int_equal(qp_mistakes_all(&m), 0);
    struct qp_policy *q = rig_sound("'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','"
                                    "to':'12:00'},{'days':'1-5','from':'14:30','to':"
                                    "'17:30'},{'days':'6','from':'09:00','to':'12:00'}],'off':['2026-10-01'],"
                                    "'on':['2026-10-10'],'known_until':"
                                    "'2026-12-31'}],'categories':[" RIG_FALLBACK
                                    ",{'code':'01','title':'井盖, \\'圆\\'','calendar':'office','clocks':"
                                    "{'close':'5wd'},'remind':{'close':'1wd'},'visit':0.25,'private_place':"
                                    "true}],'rules':{'accept':{'escalate':true,"
                                    "'dispatch':false},'urge':[{'overdue':'0h'},{'overdue':'1wd'}],'patrol':{"
                                    "'per_day':2,'police':true},'keep_line':'90d'}");
    char *text = qp_policy_write(p, &len), *json = qp_policy_write(q, &json_len);
    assert_string_equal(text, json);
    free(text);
    free(json);
    qp_policy_free(p);
    qp_policy_free(q);
}

static void each_mistake_is_told_with_its_file_and_line(void **state)
{
    (void)state;
    expect(CONF, ROWS, "", "");
    expect(CONF "title = again\nverson = 2\n", ROWS, "",
           "policy.conf:4  TWICE; policy.conf:5  UNKNOWN_FIELD");
    expect(CONF "[lft]\nrefused = 2\n[lift]\nredo = 0\nredo\n[lift\n", ROWS, "",
           "policy.conf:4  UNKNOWN_FIELD; policy.conf:7 rules.lift.redo NO_COUNT; policy.conf:8 rules "
           "BAD_LINE; policy.conf:9 rules "
           "BAD_LINE");
    expect(CONF OFFICE "weekly = 7 10:00-11:00\nhours = 1\n" OFFICE, ROWS, "",
           "policy.conf:6 calendars[0] TWICE; policy.conf:7 calendars[0] UNKNOWN_FIELD; policy.conf:8 "
           "calendars[1] CALENDAR_TWICE");
    expect(CONF "[calendar x]\nweekly = 1-5\n", ROWS, "",
           "policy.conf:4 calendars[0].weekly CALENDAR; policy.conf:5 calendars[0].weekly NO_HOURS");
    expect(CONF "[urge]\noverdue = 0h | 0wd | 2\n[rules]\nkeep_line =\n", ROWS, "",
           "policy.conf:5 rules.urge.overdue NO_DURATION; policy.conf:5 rules.urge.overdue NO_DURATION; "
           "policy.conf:7 rules MISSING");
    expect("[policy]\n", ROWS, "", "policy.conf:1 title MISSING; policy.conf:1 version MISSING");
}

static void mistakes_in_the_sheets_are_told_row_by_row(void **state)
{
    (void)state;
    expect(CONF,
           "code,title,close,visit,urgency\n,其他,5x,1.5,now\n01,A,1d\n01,\"B\" "
           ",,,\n02,\"B\"x,,,\n03,C,1h2m,,\n",
           "",
           "categories.csv:2 categories[0].clocks.close NO_DURATION; categories.csv:2 categories[0].urgency "
           "NO_URGENCY; "
           "categories.csv:2 categories[0].visit NO_SHARE; categories.csv:3  ROW_LENGTH; categories.csv:4  "
           "BAD_ROW; "
           "categories.csv:5  BAD_ROW; categories.csv:6 categories[1].clocks.close NO_DURATION");
    expect(CONF, "code,titel\n,x\n", "", "categories.csv:1  NO_COLUMN; categories.csv:1  UNKNOWN_FIELD");
    expect(CONF, "code,title,code\n,x,\n", "", "categories.csv:1  TWICE");
    expect(CONF OFFICE, ROWS,
           "date,kind,calendar\n2026-02-30,off,\n2026-10-01,no,\n2026-10-01,on,home\n2026-10-01,off,\n2026-"
           "10-01,on,office\n"
           "2026-10-01,off,office\n",
           "calendar.csv:2 calendars[0].off NO_DATE; calendar.csv:3  NO_KIND; calendar.csv:4  NO_CALENDAR; "
           "calendar.csv:6 "
           "calendars[0].on[0] CALENDAR; calendar.csv:7 calendars[0].off[1] CALENDAR");
    expect(CONF, ROWS, "date,kind\n2026-10-01,off\n2026-10-02,off\n", "calendar.csv  DAYS_ALONE");
}

static void a_file_that_is_missing_large_or_no_text_is_told(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    assert_null(qp_policy_folder(rig_folder("", ROWS, ""), &m));
    assert_int_equal(m.v[0].kind, QP_MISTAKE_NO_FOLDER);
    qp_mistakes_free(&m);
    expect(CONF, "", "", "categories.csv  UNREADABLE");
    expect(CONF "title = \xff\n", ROWS, "", "policy.conf:4  NOT_UTF8");
    /* GB 18030, as spreadsheets save it: told once, not row by row; and dates need the calendars of policy.conf */
    expect(CONF, "code,title\n,x\n01,\xbe\xae\n02,\xb8\xc7\n", "", "categories.csv:3  NOT_UTF8");
    expect(CONF OFFICE, ROWS, "date,kind,title\n2026-10-01,off,\xb9\xfa\n", "calendar.csv:2  NOT_UTF8");
    expect("\xff\xfe" CONF OFFICE, ROWS, "date,kind\n2026-10-01,off\n", "policy.conf:1  NOT_UTF8");
    char *big = malloc(QP_POLICY_BYTES + 2);
    memset(big, 'a', QP_POLICY_BYTES + 1);
    big[QP_POLICY_BYTES + 1] = '\0';
    expect(CONF, big, "", "categories.csv  TOO_LARGE");
    expect(big, ROWS, "", "policy.conf  TOO_LARGE");
    big[QP_POLICY_BYTES - 8] = '\0'; /* one row, beyond what a row may have */
    expect(CONF, big, "", "categories.csv:1  BAD_ROW; categories.csv:1  NO_COLUMN");
    free(big);
}

static void what_is_too_many_is_told_once_and_ends_the_check(void **state)
{
    (void)state;
    char *rows = malloc(100000), *days = malloc(100000);
    size_t n = (size_t)sprintf(rows, "code,title\n"), d = (size_t)sprintf(days, "date,kind\n");
    for (int i = 0; i < QP_POLICY_CATEGORIES + 100;
         i++) /* all of one code: a check would tell that of each */
        n += (size_t)sprintf(rows + n, "a,A\n");
    for (int i = 0; i < QP_CALENDAR_DATES_MAX + 100; i++)
        d += (size_t)sprintf(days + d, "2026-10-01,off\n");
    expect(CONF, rows, "", "categories.csv:2002 categories TOO_MANY");
    expect(CONF OFFICE, ROWS, days, "calendar.csv:4002 calendars[0].off TOO_MANY");
    free(rows);
    free(days);
}

static void a_missing_source_is_told_and_gives_no_policy(void **state)
{
    (void)state;
    struct qp_mistakes m = {0};
    char line[QP_MISTAKE_TEXT];
    assert_null(qp_policy_read("/nowhere/policy.json", &m));
    assert_int_equal(m.n, 1);
    qp_mistake_line(line, &m.v[0], false);
    assert_string_equal(
        line, "/nowhere/policy.json: there is no such file: see that the file is there and may be read");
    qp_mistakes_free(&m);
    assert_null(qp_policy_read("/nowhere/mine/policy.conf", &m)); /* it is the folder that is a policy */
    assert_int_equal(m.v[0].kind, QP_MISTAKE_PART_OF_FOLDER);
    assert_string_equal(m.v[0].a, "/nowhere/mine");
    qp_mistakes_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_says_the_same_as_its_json),
        cmocka_unit_test(each_mistake_is_told_with_its_file_and_line),
        cmocka_unit_test(mistakes_in_the_sheets_are_told_row_by_row),
        cmocka_unit_test(a_file_that_is_missing_large_or_no_text_is_told),
        cmocka_unit_test(what_is_too_many_is_told_once_and_ends_the_check),
        cmocka_unit_test(a_missing_source_is_told_and_gives_no_policy),
    };
    return cmocka_run_group_tests(tests, NULL, rig_folder_gone);
}
