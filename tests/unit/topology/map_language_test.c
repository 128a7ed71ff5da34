/* map_language_test.c: what the import maps of topology/ understand of the files that offices really write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/topology/map_rig.h"

#define TOP                                                                                                  \
    "[map]\nzone = Asia/Shanghai\ntimes = %Y-%m-%d %H:%M | %d/%m/%y %H:%M | %d %b %Y %I:%M: %p | %d %b %Y "  \
    "%I:%M %p\n"
#define COLUMNS "[columns]\nid = id\na = a\nb = b\nc = c\n"
#define MATTER  "[matter]\nsource_ref = {id}\ncategory = x\nsource = s\ntitle = {id}\n"

static struct qp_map *read_map(const char *text)
{
    struct qp_map *m;
    struct qp_err e;
    if (qp_map_parse(&m, text, strlen(text), "f.map", &e))
        fail_msg("%s", e.text);
    return m;
}

/* A record of the row id=7 with three cells; the caller frees it. */
static int row_of(struct qp_map_record **out, const struct qp_map *m, const char *a, const char *b,
                  const char *c, struct qp_err *e)
{
    char *header[] = {(char[]){"id"}, (char[]){"a"}, (char[]){"b"}, (char[]){"c"}};
    char *fields[4] = {(char[]){"7"}, (char *)(uintptr_t)a, (char *)(uintptr_t)b, (char *)(uintptr_t)c};
    struct qp_map_columns columns;
    assert_int_equal(qp_map_bind(&columns, m, header, 4, e), 0);
    *out = malloc(sizeof **out);
    assert_non_null(*out);
    memset(*out, 0xA5, sizeof **out);
    return qp_map_record(*out, m, &columns, fields, 4, e);
}

static struct qp_map_record *good(const struct qp_map *m, const char *a, const char *b, const char *c)
{
    struct qp_map_record *r;
    struct qp_err e;
    if (row_of(&r, m, a, b, c, &e))
        fail_msg("%s", e.text);
    return r;
}

static void refused(const struct qp_map *m, const char *a, const char *b, const char *c, const char *says)
{
    struct qp_map_record *r;
    struct qp_err e;
    if (!row_of(&r, m, a, b, c, &e))
        fail_msg("taken: %s,%s,%s", a, b, c);
    if (!strstr(e.text, says))
        fail_msg("\"%s\" does not say %s", e.text, says);
    free(r);
}

static void short_years_month_names_and_half_days_are_read(void **state)
{
    (void)state;
    struct qp_map *m = read_map(TOP COLUMNS MATTER);
    static const char *const v[][2] = {
        {"4/6/25 8:51", "2025-06-04T08:51:00+08:00"},
        {"31/12/69 23:59", "1969-12-31T23:59:00+08:00"},
        {"31/12/68 23:59", "2068-12-31T23:59:00+08:00"},
        {"1 Jan 2023 12:25: AM", "2023-01-01T00:25:00+08:00"},
        {"1 jan. 2023 12:43: PM", "2023-01-01T12:43:00+08:00"},
        {"4 January 2023 2:45 AM", "2023-01-04T02:45:00+08:00"},
        {"8 May 2023 8:13 下午", "2023-05-08T20:13:00+08:00"},
    };
    static const char *const bad[] = {"31/6/25 8:51", "1 Jam 2023 1:00 AM", "4/6/2 8:51",
                                      "1 Jan 2023 13:00 PM"};
    int64_t at_us;
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_err e;
        if (qp_map_time(&at_us, m, v[i][0], &e))
            fail_msg("%s", e.text);
        if (at_us != rig_utc(v[i][1]))
            fail_msg("%s is not %s", v[i][0], v[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!qp_map_time(&at_us, m, bad[i], NULL))
            fail_msg("taken: %s", bad[i]);
    qp_map_free(m);
}

static void a_time_that_stands_for_none_is_none(void **state)
{
    (void)state;
    struct qp_map *m =
        read_map(TOP "earliest = 1950-01-01\nlatest = 2100-01-01\nnothing = NULL | -\n" COLUMNS MATTER
                     "opened_at = {a}\ndeadline = {b}\n[step close]\nwhen = {c} is given\nat = "
                     "{c}\nresult = done\nno_time = opened\n");
    struct qp_map_record *r = good(m, "2024-01-02 03:04", "1900-01-01 00:00", "9999-12-31 00:00");
    assert_false(r->has_deadline);
    assert_int_equal(r->n_steps, 1);
    assert_int_equal(r->steps[0].at_us, r->opened_us); /* a closing without a time */
    free(r);
    r = good(m, "2024-01-02 03:04", "NULL", " - ");
    assert_false(r->has_deadline);
    assert_int_equal(r->n_steps, 0);
    free(r);
    refused(m, "1900-01-01 00:00", "", "", "opened_at is empty");
    qp_map_free(m);
    m = read_map(TOP "latest = 2100-01-01\n" COLUMNS MATTER
                     "opened_at = {a}\n[step sort]\nat = {a}\ndeadline = {b}\n");
    r = good(m, "2024-01-02 03:04", "2024-02-02 03:04", "");
    assert_int_equal(r->n_steps, 1);
    free(r);
    refused(m, "2024-01-02 03:04", "9999-12-31 00:00", "", "step sort says nothing");
    qp_map_free(m);
}

static void a_step_without_a_time_is_refused_left_out_or_takes_the_one_before(void **state)
{
    (void)state;
    static const char *const ways[] = {"reject", "skip", "previous", "opened"};
    for (size_t i = 0; i < 4; i++) {
        char text[900];
        snprintf(text, sizeof text, "%s%s%s\n", TOP,
                 COLUMNS MATTER "opened_at = {a}\n[step handle]\nat = {b}\nresult = done\n[step close]\nat = "
                                "{c}\nresult = done\nno_time = ",
                 ways[i]);
        struct qp_map *m = read_map(text);
        if (i == 0) {
            refused(m, "2024-01-02 03:04", "2024-01-03 03:04", "", "step close has no time");
        } else {
            struct qp_map_record *r = good(m, "2024-01-02 03:04", "2024-01-03 03:04", "");
            assert_int_equal(r->n_steps, i == 1 ? 1 : 2);
            if (i > 1)
                assert_int_equal(r->steps[1].at_us, i == 2 ? r->steps[0].at_us : r->opened_us);
            free(r);
        }
        qp_map_free(m);
    }
}

static void a_step_before_the_opening_is_refused_or_moved_to_it(void **state)
{
    (void)state;
    static const char rest[] = COLUMNS MATTER "opened_at = {a}\n[step close]\nat = {b}\nresult = done\n";
    char text[900];
    snprintf(text, sizeof text, "%sbefore_opening = raise\n%s", TOP, rest);
    struct qp_map *m = read_map(text);
    struct qp_map_record *r = good(m, "2024-01-02 03:04", "2024-01-02 03:03", "");
    assert_int_equal(r->steps[0].at_us, r->opened_us);
    assert_int_equal(r->raised, 1);
    free(r);
    qp_map_free(m);
    snprintf(text, sizeof text, "%s%s", TOP, rest);
    m = read_map(text);
    refused(m, "2024-01-02 03:04", "2024-01-02 03:03", "", "is before the opening");
    qp_map_free(m);
}

static void a_position_may_stand_in_one_column_and_is_dropped_when_it_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        bool has;
        double lat, lon;
    } v[] = {
        {"(37.794, -122.413)", true, 37.794, -122.413},
        {"37.794;-122.413", true, 37.794, -122.413},
        {"37.794 -122.413", true, 37.794, -122.413},
        {"POINT (-122.413 37.794)", true, 37.794, -122.413},
        {"[37.794,-122.413]", true, 37.794, -122.413},
        {"(0, 0)", false, 0, 0},
        {"(39.9, 116.4)", false, 0, 0}, /* the map's own */
        {"(91, 1)", false, 0, 0},
        {"(nan, 1)", false, 0, 0},
        {"0x10,1", false, 0, 0},
        {"(37.794)", false, 0, 0},
        {"somewhere", false, 0, 0},
        {"37.794, -122.413, 5", false, 0, 0},
    };
    struct qp_map *m =
        read_map(TOP "no_position = 39.9 116.4\n" COLUMNS MATTER "position = {a}\ncrs = {b}\n");
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_map_record *r = good(m, v[i].cell, "", "");
        if (r->has_location != v[i].has || r->dropped_position == v[i].has)
            fail_msg("%s", v[i].cell);
        assert_true(r->lat == v[i].lat && r->lon == v[i].lon);
        free(r);
    }
    struct qp_map_record *r = good(m, "", "", "");
    assert_false(r->has_location || r->dropped_position);
    free(r);
    static const char *const crs[][2] = {
        {"gcj-02", "GCJ02"}, {"BD09", "BD09"}, {"CGCS2000", "CGCS2000"}, {"", "WGS84"}};
    for (size_t i = 0; i < 4; i++) {
        r = good(m, "31.2,121.4", crs[i][0], "");
        assert_string_equal(r->crs, crs[i][1]);
        free(r);
    }
    refused(m, "31.2,121.4", "Xian80", "", "crs: \"Xian80\" is not");
    qp_map_free(m);
}

static void a_value_is_looked_up_in_a_table_and_cut_at_a_separator(void **state)
{
    (void)state;
    struct qp_map *m =
        read_map(TOP COLUMNS "[values level]\n二级事件 = urgent\nHigh = emergency\n* = routine\n"
                             "[values exact]\nyes = 1\n" MATTER
                             "urgency = {a by level}\ndesk = {b first \"、\"} | none\nplace = "
                             "{b last \"、\"}\ntext = {c by exact} | other\n");
    struct qp_map_record *r = good(m, "二级事件", "基层智治、全量矛调", "YES");
    assert_string_equal(r->urgency, "urgent");
    assert_string_equal(r->desk, "基层智治");
    assert_string_equal(r->place, "全量矛调");
    assert_string_equal(r->body, "1");
    free(r);
    r = good(m, "high", "only", "no");
    assert_string_equal(r->urgency, "emergency");
    assert_string_equal(r->desk, "only");
    assert_string_equal(r->place, "only");
    assert_string_equal(r->body, "other"); /* not in the table: not given */
    free(r);
    r = good(m, "whatever", "、x", "");
    assert_string_equal(r->urgency, "routine");
    assert_string_equal(r->desk, "none");
    free(r);
    qp_map_free(m);
}

static void conditions_know_or_contains_order_and_letter_case(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        const char *a, *b;
        bool holds;
    } v[] = {
        {"{a} is \"x\" or {b} is \"y\"", "x", "", true},
        {"{a} is \"x\" or {b} is \"y\"", "", "y", true},
        {"{a} is \"x\" or {b} is \"y\"", "y", "x", false},
        {"{a} is \"x\" and {b} is \"y\" or {a} is \"z\"", "z", "", true}, /* and before or */
        {"{a} is \"z\" or {a} is \"x\" and {b} is \"y\"", "x", "", false},
        {"{a} is \"closed\" in any case", "CLOSED", "", true},
        {"{a} is \"closed\"", "CLOSED", "", false},
        {"{a} is not \"closed\" in any case", "Closed", "", false},
        {"{a} contains \"dup\"", "a duplicate", "", true},
        {"{a} contains \"DUP\"", "a duplicate", "", false},
        {"{a} contains \"DUP\" in any case", "a duplicate", "", true},
        {"{a} contains not \"dup\"", "a duplicate", "", false},
        {"{a} begins with \"04 \"", "04 BRONX", "", true},
        {"{a} begins not with \"04 \"", "04 BRONX", "", false},
        {"{a} ends with \"BRONX\"", "04 BRONX", "", true},
        {"{a} ends with \"04 BRONX 04 BRONX\"", "04 BRONX", "", false},
        {"{a} > \"9\"", "10", "", true}, /* as numbers */
        {"{a} <= \"9\"", "9.0", "", true},
        {"{a} < \"9\"", "9", "", false},
        {"{a} >= \"2024-01-01 00:00\"", "2/1/24 0:00", "", true}, /* as times */
        {"{a} > \"9\"", "ten", "", false},
        {"{a} < \"9\"", "", "", false},
        {"{a first \"/\"} is \"x\"", "x/y", "", true},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char text[900];
        snprintf(text, sizeof text, "%s[skip found]\nwhen = %s\n", TOP COLUMNS MATTER, v[i].when);
        struct qp_map *m = read_map(text);
        struct qp_map_record *r = good(m, v[i].a, v[i].b, "");
        if ((!!r->skip) != v[i].holds)
            fail_msg("%s with %s, %s", v[i].when, v[i].a, v[i].b);
        if (r->skip)
            assert_string_equal(r->skip, "found");
        free(r);
        qp_map_free(m);
    }
}

static void a_text_that_is_too_long_is_cut_between_characters_where_the_map_says_so(void **state)
{
    (void)state;
    char longer[900] = "x";
    for (size_t i = 1; i + 3 < 600; i += 3)
        memcpy(longer + i, "\xE5\xAD\x97", 4);
    struct qp_map *m = read_map(TOP "shorten = place\n" COLUMNS MATTER "place = {a}\ndesk = {b}\n");
    struct qp_map_record *r = good(m, longer, "", "");
    assert_int_equal(r->shortened, 1);
    assert_true(strlen(r->place) <= 512 && strlen(r->place) > 508);
    assert_string_equal(r->place + strlen(r->place) - 6, "字…");
    free(r);
    refused(m, "", longer, "", "desk has 598 bytes, at most 64");
    qp_map_free(m);
}

static void every_step_says_what_the_api_asks_for(void **state)
{
    (void)state;
    struct qp_map *m =
        read_map(TOP COLUMNS MATTER
                 "opened_at = {a}\n"
                 "[step assign]\nat = {a}\ndesk = {b}\n[step dispatch]\nat = {a}\nnote = go\n"
                 "[step accept]\nat = {a}\n[step handle]\nat = {a}\nresult = r\n"
                 "[step visit]\nat = {a}\nreached = {c}\nresolved = 是\nsatisfied = no\n"
                 "[step close]\nat = {a}\nresult = r\n[step reopen]\nat = {a}\nreason = again\n"
                 "[step hang]\nat = {a}\nreason = wait\nuntil = 2030-01-01 00:00\n[step resume]\nat "
                 "= {a}\n[step merge]\nat = {a}\ninto = 9\n");
    struct qp_map_record *r = good(m, "2024-01-02 03:04", "desk", "TRUE");
    static const char *const names[] = {"assign", "dispatch", "accept", "handle", "visit",
                                        "close",  "reopen",   "hang",   "resume", "merge"};
    assert_int_equal(r->n_steps, 10);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(r->steps[i].step, names[i]);
    assert_string_equal(r->steps[0].desk, "desk");
    assert_string_equal(r->steps[4].reached, "yes");
    assert_string_equal(r->steps[4].resolved, "yes");
    assert_string_equal(r->steps[4].satisfied, "no");
    assert_int_equal(r->steps[7].time_us[QP_WORD_until], rig_utc("2030-01-01T00:00:00+08:00"));
    assert_string_equal(r->steps[9].into, "9");
    free(r);
    refused(m, "2024-01-02 03:04", "", "yes", "step assign says nothing");
    refused(m, "2024-01-02 03:04", "d", "", "step visit has no reached");
    refused(m, "2024-01-02 03:04", "d", "maybe", "reached: \"maybe\" is not yes or no");
    qp_map_free(m);
}

static void a_sort_may_name_the_area_that_it_counts_for(void **state)
{
    (void)state;
    struct qp_map *m = read_map(TOP COLUMNS MATTER "[step sort]\narea = {b}\nurgency = {c}\n");
    struct qp_map_record *r = good(m, "", "city/east", "");
    assert_string_equal(r->steps[0].area, "city/east");
    assert_string_equal(r->steps[0].urgency, "");
    free(r);
    refused(m, "", "East Side", "", "sort's area: ");
    refused(m, "", "city", "soon", "sort's urgency: \"soon\" is not routine, urgent or emergency");
    refused(m, "", "", "", "step sort says nothing");
    qp_map_free(m);
}

static void an_area_is_found_by_its_name_below_the_one_before_it(void **state)
{
    (void)state;
    static const char list[] =
        "code,parent_code,level,name\n1,,d,海曙区\n2,1,t,高桥镇\n3,1,t,石碶街道\n4,2,v,新村\n"
        "5,3,v,新村\n";
    static const char *const v[][2] = {{"海曙区/高桥镇/新村/网格", "4"},
                                       {"海曙区/石碶街道/新村", "5"},
                                       {"高桥镇/没有", "2"},
                                       {"海曙区/没有/石碶街道", "3"},
                                       {"无", "1"},
                                       {"", "1"}};
    struct qp_areas full;
    struct qp_err e;
    if (qp_areas_parse(&full, list, sizeof list - 1, "d.csv", &e))
        fail_msg("%s", e.text);
    struct qp_map *m = read_map(TOP COLUMNS MATTER "[area]\ncode = {b}\nname = {a}\n");
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_map_record *r = good(m, v[i][0], "", "");
        assert_string_equal(full.v[qp_map_area_of(r, &full)].code, v[i][1]);
        free(r);
    }
    struct qp_map_record *r = good(m, "海曙区/高桥镇", "5", ""); /* a code comes before a name */
    assert_string_equal(full.v[qp_map_area_of(r, &full)].code, "5");
    free(r);
    qp_areas_free(&full);
    qp_map_free(m);
}

static void an_unknown_urgency_costs_the_row_before_anything_is_sent(void **state)
{
    (void)state;
    struct qp_map *m = read_map(TOP COLUMNS MATTER "urgency = {a}\n");
    refused(m, "二级事件", "", "", "urgency: \"二级事件\" is not routine, urgent or emergency");
    qp_map_free(m);
}

static void line_breaks_stay_in_notes_and_leave_titles(void **state)
{
    (void)state;
    struct qp_map *m = read_map(TOP COLUMNS MATTER "text = {a}\nplace = {a}\n[step progress]\nnote = {a}\n");
    struct qp_map_record *r = good(m, "one\r\ntwo", "", "");
    assert_string_equal(r->body, "one\r\ntwo");
    assert_string_equal(r->place, "one  two");
    assert_string_equal(r->steps[0].note, "one\r\ntwo");
    free(r);
    qp_map_free(m);
}

static void the_maps_say_on_encoding_separator_and_identity_is_kept(void **state)
{
    (void)state;
    struct qp_map *m =
        read_map(TOP "encoding = GB18030\nseparator = tab\nidentity = source_ref\n" COLUMNS MATTER);
    assert_string_equal(qp_map_encoding(m), "GB18030");
    assert_int_equal(qp_map_separator(m), '\t');
    assert_true(qp_map_by_ref_alone(m));
    qp_map_free(m);
    m = read_map(TOP COLUMNS MATTER);
    assert_null(qp_map_encoding(m));
    assert_int_equal(qp_map_separator(m), 0);
    assert_false(qp_map_by_ref_alone(m));
    qp_map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_years_month_names_and_half_days_are_read),
        cmocka_unit_test(a_time_that_stands_for_none_is_none),
        cmocka_unit_test(a_step_without_a_time_is_refused_left_out_or_takes_the_one_before),
        cmocka_unit_test(a_step_before_the_opening_is_refused_or_moved_to_it),
        cmocka_unit_test(a_position_may_stand_in_one_column_and_is_dropped_when_it_cannot_be),
        cmocka_unit_test(a_value_is_looked_up_in_a_table_and_cut_at_a_separator),
        cmocka_unit_test(conditions_know_or_contains_order_and_letter_case),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_between_characters_where_the_map_says_so),
        cmocka_unit_test(every_step_says_what_the_api_asks_for),
        cmocka_unit_test(a_sort_may_name_the_area_that_it_counts_for),
        cmocka_unit_test(an_area_is_found_by_its_name_below_the_one_before_it),
        cmocka_unit_test(an_unknown_urgency_costs_the_row_before_anything_is_sent),
        cmocka_unit_test(line_breaks_stay_in_notes_and_leave_titles),
        cmocka_unit_test(the_maps_say_on_encoding_separator_and_identity_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
