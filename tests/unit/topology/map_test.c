/* map_test.c: import maps (topology/map*.c): the shipped Boston map on rows of both forms, every mistake that
 * a map can have, and, where the shared data is, all its records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "topology/map.h"

static struct qp_map *boston(void)
{
    struct qp_map *m;
    struct qp_err e;
    if (qp_map_read(&m, "topology/areas/boston/boston311.map", &e) != QP_OK)
        fail_msg("%s", e.text);
    return m;
}

static int64_t utc(const char *text)
{
    int64_t at_us;
    assert_int_equal(qp_time_parse(&at_us, text, NULL), QP_OK);
    return at_us;
}

/* Cuts "a,b,c" (no quotes) into fields. */
static size_t cut(char *text, char *fields[64])
{
    size_t n = 0;
    for (char *p = text; p != NULL && n < 64;) {
        fields[n++] = p;
        p = strchr(p, ',');
        if (p != NULL)
            *p++ = '\0';
    }
    return n;
}

/* A record from a header row and a row; the caller frees it. QP_OK or the row's error in *e. */
static int record(struct qp_map_record **out, const struct qp_map *m, const char *header, const char *row,
                  struct qp_err *e)
{
    char h[1024], v[1024], *fields[64];
    snprintf(h, sizeof h, "%s", header);
    snprintf(v, sizeof v, "%s", row);
    struct qp_map_columns c;
    size_t n = cut(h, fields);
    if (qp_map_bind(&c, m, fields, n, e) != QP_OK)
        fail_msg("%s", e->text);
    *out = malloc(sizeof **out);
    assert_non_null(*out);
    memset(*out, 0xA5, sizeof **out); /* nothing may be left as it was */
    n = cut(v, fields);
    return qp_map_record(*out, m, &c, fields, n, e);
}

static struct qp_map_record *good(const struct qp_map *m, const char *header, const char *row)
{
    struct qp_map_record *r;
    struct qp_err e;
    if (record(&r, m, header, row, &e) != QP_OK)
        fail_msg("%s", e.text);
    return r;
}

#define SHORT                                                                                                \
    "id,open_dt,target_dt,closed_dt,status,outcome,dup_of,reason,type,department,ward,precinct,lat,lon,"     \
    "source"

static void a_closed_request_becomes_a_matter_with_its_steps(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_map_record *r =
        good(m, SHORT,
             "101000295613,2011-07-01 01:32:33,2011-07-15 01:32:32,2011-07-01 05:06:58,Closed,noted,,"
             "Street Lights,Street Light Outages,PWDx,17,1714,42.2715,-71.0772,Employee Generated");
    assert_string_equal(r->source_ref, "101000295613");
    assert_string_equal(r->category, "Street Light Outages");
    assert_string_equal(r->title, "Street Light Outages");
    assert_string_equal(r->source, "Employee Generated");
    assert_string_equal(r->desk, "PWDx");
    assert_string_equal(r->place, "Ward 17, precinct 1714");
    assert_string_equal(r->body, "");
    assert_string_equal(r->urgency, "");
    assert_true(r->has_opened && r->has_deadline && r->has_location);
    assert_int_equal(r->opened_us, utc("2011-07-01T01:32:33-04:00"));
    assert_int_equal(r->deadline_us, utc("2011-07-15T01:32:32-04:00"));
    assert_true(r->lat == 42.2715 && r->lon == -71.0772);
    assert_int_equal(r->enter, QP_MAP_ENTER_AREA);
    assert_false(r->accept);
    assert_int_equal(r->n_codes, 3);
    assert_string_equal(r->codes[0], "p1714");
    assert_string_equal(r->codes[1], "w17");
    assert_string_equal(r->codes[2], "");
    assert_int_equal(r->n_steps, 2);
    assert_string_equal(r->steps[0].step, "handle");
    assert_string_equal(r->steps[1].step, "close");
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(r->steps[i].result, "noted");
        assert_true(r->steps[i].has_at);
        assert_int_equal(r->steps[i].at_us, utc("2011-07-01T05:06:58-04:00"));
        assert_string_equal(r->steps[i].of, "");
        assert_string_equal(r->steps[i].note, "");
    }
    free(r);
    qp_map_free(m);
}

static void a_duplicate_is_closed_as_one_without_being_handled(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_map_record *r =
        good(m, SHORT,
             "7,2011-07-01 01:32:33,,2011-07-02 05:06:58,Closed,duplicate,101000295613,R,T,D,3,,,,"
             "Constituent Call");
    assert_int_equal(r->n_steps, 1);
    assert_string_equal(r->steps[0].step, "close");
    assert_string_equal(r->steps[0].result, "duplicate");
    assert_string_equal(r->steps[0].of, "101000295613");
    assert_false(r->has_deadline);
    assert_false(r->has_location);
    assert_int_equal(r->enter, QP_MAP_ENTER_TOP);
    assert_true(r->accept);
    assert_int_equal(r->n_codes, 2);
    assert_string_equal(r->codes[0], "w03");
    assert_string_equal(r->place, "Ward 03");
    free(r);
    r = good(m, SHORT,
             "7,2011-07-01 01:32:33,,2011-07-02 05:06:58,Closed,duplicate,,R,T,D,3,,,,Self Service");
    assert_string_equal(r->steps[0].of, ""); /* some name no original */
    free(r);
    qp_map_free(m);
}

static void an_open_request_without_ward_stays_with_the_city(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_map_record *r = good(m, SHORT, "7,2011-07-01 01:32:33,,,Open,,,R,T,,,,,,Constituent Call");
    assert_int_equal(r->n_steps, 0);
    assert_string_equal(r->desk, "");
    assert_string_equal(r->place, "");
    assert_int_equal(r->n_codes, 1);
    assert_string_equal(r->codes[0], "");
    free(r);
    qp_map_free(m);
}

static void the_citys_own_column_names_are_read_too(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    /* as published: more columns, other names, a ward with its word, no outcome */
    struct qp_map_record *r = good(m,
                                   "case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,"
                                   "closure_reason,case_title,subject,reason,type,"
                                   "queue,department,ward,precinct,latitude,longitude,source",
                                   "101005,2023-01-02T11:05:00,,2023-01-03 08:00:00,ONTIME,Closed,Case "
                                   "Closed. Duplicate,X,S,R,Parking,Q,BTDT,Ward 3,"
                                   "0306,42.36,-71.05,Citizens Connect App");
    assert_string_equal(r->source_ref, "101005");
    assert_string_equal(r->codes[0], "p0306");
    assert_string_equal(r->codes[1], "w03");
    assert_int_equal(r->opened_us, utc("2023-01-02T11:05:00-05:00"));
    assert_int_equal(r->n_steps, 2);
    assert_string_equal(r->steps[1].result, "resolved");
    assert_true(r->has_location);
    free(r);
    qp_map_free(m);
}

static void header_names_count_without_case_and_blanks(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_map_record *r = good(m, " ID ,Open_DT,closed_dt,TYPE,department,ward,precinct,source",
                                   "7,2011-07-01 01:32:33,,T,D,,,S");
    assert_string_equal(r->source_ref, "7");
    free(r);
    qp_map_free(m);
}

static void texts_are_kept_exactly_as_they_stand(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_map_record *r =
        good(m, SHORT, "7,2011-07-01 01:32:33,,,Open,,,R, T {x} | ,D ,  ,,,,Self  Service");
    assert_string_equal(r->category, " T {x} | ");
    assert_string_equal(r->desk, "D ");
    assert_string_equal(r->source, "Self  Service");
    assert_int_equal(r->n_codes, 1);
    free(r);
    qp_map_free(m);
}

static void a_missing_column_is_told_with_the_names_looked_for(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_map_columns c;
    struct qp_err e;
    char *header[] = {(char[]){"id"}, (char[]){"open_dt"}};
    assert_int_equal(qp_map_bind(&c, m, header, 2, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "closed_dt"));
    assert_int_equal(qp_map_bind(&c, m, header + 1, 1, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "id or case_enquiry_id"));
    qp_map_free(m);
}

static void a_bad_row_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"7,2011-07-01 01:32:33", "2 fields, the header 15"},
        {",2011-07-01 01:32:33,,,Open,,,R,T,D,,,,,S", "source_ref is empty"},
        {"7,,,,Open,,,R,T,D,,,,,S", "opened_at is empty"},
        {"7,2011-07-01 01:32:33,,,Open,,,R, ,D,,,,,S", "category is empty"},
        {"7,2011-07-01 01:32:33,,,Open,,,R,T,D,,,,,", "source is empty"},
        {"7,2011-02-29 01:32:33,,,Open,,,R,T,D,,,,,S", "opened_at: \"2011-02-29 01:32:33\" is not a time"},
        {"7,01.07.2011,,,Open,,,R,T,D,,,,,S", "opened_at:"},
        {"7,2011-07-01 01:32:33,soon,,Open,,,R,T,D,,,,,S", "deadline: \"soon\""},
        {"7,2011-07-01 01:32:33,,then,Open,,,R,T,D,,,,,S", "handle's at: \"then\""},
        {"7,2011-07-01 01:32:33,,2011-07-01 01:32:32,Open,,,R,T,D,,,,,S",
         "handle's at: \"2011-07-01 01:32:32\" is before the opening"},
        {"7,2011-07-01 "
         "01:32:33,,,Open,,,R,12345678901234567890123456789012345678901234567890123456789012345,D,,,,,S",
         "category has 65 bytes, at most 64"},
    };
    struct qp_map *m = boston();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_map_record *r;
        struct qp_err e;
        if (record(&r, m, SHORT, bad[i][0], &e) == QP_OK)
            fail_msg("taken: %s", bad[i][0]);
        assert_int_equal(e.code, QP_EINVAL);
        if (strstr(e.text, bad[i][1]) == NULL)
            fail_msg("\"%s\" does not say %s", e.text, bad[i][1]);
        free(r);
    }
    qp_map_free(m);
}

static void times_are_read_by_the_patterns(void **state)
{
    (void)state;
    static const char *const v[][2] = {
        {"2011-07-01 01:32:33", "2011-07-01T05:32:33Z"},
        {" 2011-07-01T01:32:33 ", "2011-07-01T05:32:33Z"},
        {"2011-07-01 01:32:33.25", "2011-07-01T05:32:33.25Z"},
        {"2011-07-01T01:32:33+00", "2011-07-01T01:32:33Z"},
        {"2011-07-01 01:32:33Z", "2011-07-01T01:32:33Z"},
        {"2011-07-01 01:32:33+0530", "2011-06-30T20:02:33Z"},
        {"7/1/2011 12:32:33 AM", "2011-07-01T04:32:33Z"},
        {"07/01/2011 12:32:33 PM", "2011-07-01T16:32:33Z"},
        {"07/01/2011 1:32:33 pm", "2011-07-01T17:32:33Z"},
        {"2011-11-06 01:30:00", "2011-11-06T05:30:00Z"}, /* the first of the two */
    };
    struct qp_map *m = boston();
    int64_t at_us;
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_err e;
        if (qp_map_time(&at_us, m, v[i][0], &e) != QP_OK)
            fail_msg("%s", e.text);
        if (at_us != utc(v[i][1]))
            fail_msg("%s is not %s", v[i][0], v[i][1]);
    }
    static const char *const bad[] = {"",
                                      "2011-07-01",
                                      "2011-06-31 00:00:00",
                                      "2011-07-01 24:00:00",
                                      "13/01/2011 1:00:00 PM",
                                      "07/01/2011 13:00:00 PM",
                                      "07/01/2011 0:00:00 AM",
                                      "2011-07-01 01:32:33 x",
                                      "2011-07-01 01:32",
                                      "11-07-01 01:32:33",
                                      "2011-07-01 01:32:33+24",
                                      "\xE4\xB8\x83\xE6\x9C\x88"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (qp_map_time(&at_us, m, bad[i], NULL) == QP_OK)
            fail_msg("taken: %s", bad[i]);
    qp_map_free(m);
}

static void the_area_is_the_first_code_that_the_list_has(void **state)
{
    (void)state;
    struct qp_map *m = boston();
    struct qp_areas full;
    struct qp_err e;
    assert_string_equal(qp_map_areas(m), "topology/areas/boston/divisions.csv");
    assert_int_equal(qp_areas_read(&full, qp_map_areas(m), &e), QP_OK);
    static const char *const v[][2] = {
        {"17,1706", "p1706"}, {"12,1102", "p1102"},  {"17,9999", "w17"},
        {"3,", "w03"},        {"Ward 003,", "w03"},  {"17,1706A", "p1706"},
        {"x,00101", "p0101"}, {"99,9999", "boston"}, {",", "boston"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char row[200];
        snprintf(row, sizeof row, "7,2011-07-01 01:32:33,,,Open,,,R,T,D,%s,,,S", v[i][0]);
        struct qp_map_record *r = good(m, SHORT, row);
        assert_string_equal(full.v[qp_map_area_of(r, &full)].code, v[i][1]);
        free(r);
    }
    qp_areas_free(&full);
    qp_map_free(m);
}

#define TOP    "[map]\nzone = UTC\ntimes = %Y-%m-%d\n[columns]\na = A\nb = B\n"
#define MATTER "[matter]\nsource_ref = {a}\ncategory = {a}\ntitle = {a}\nsource = {a}\n"

static void a_bad_map_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "f.map:0: [map] names no zone"},
        {"x = 1\n", "f.map:1: x stands before the first [section]"},
        {"[map]\nzone\n", "f.map:2: a line is"},
        {"[map]\nzone =\n", "f.map:2: zone is empty"},
        {"[map]\n= UTC\n", "f.map:2: the key is empty"},
        {"[map\n", "f.map:1: a section's title ends with ]"},
        {"[maps]\n", "f.map:1: there is no section [maps]"},
        {"[map]\nzone = Mars/Olympus\n", "f.map:2: time zone \"Mars/Olympus\""},
        {"[map]\nzone = UTC\nzone = UTC\n", "f.map:3: zone is given twice"},
        {"[map]\ncolour = red\n", "f.map:2: [map] has no colour: it has title"},
        {"[map]\ntimes = %Y-%m\n",
         "f.map:2: times: \"%Y-%m\": a time needs one of %Y and %y, one of %m and %b, and %d"},
        {"[map]\ntimes = %Y-%m-%d %Q\n", "f.map:2: times:"},
        {"[map]\ntimes = %Y-%m-%d %I\n", "f.map:2: times:"},
        {"[map]\ntimes = %Y-%m-%d %d\n", "f.map:2: times:"},
        {"[map]\ntimes = %Y-%m-%d %\n", "f.map:2: times:"},
        {"[columns]\na = A\na = B\n", "f.map:3: column a is named twice"},
        {"[columns]\nA b = A\n", "f.map:2: column A b: a name is of"},
        {"[columns]\na = A | \n", "f.map:2: column a: give 1 to 8"},
        {TOP "[matter]\ntitle = {c}\n", "f.map:8: title: {c} is not named"},
        {TOP "[matter]\ntitle = {a\n", "f.map:8: title: a { has no }"},
        {TOP "[matter]\ntitle = a}\n", "f.map:8: title: a } stands without"},
        {TOP "[matter]\ntitle = {a:x}\n", "f.map:8: title: {a:x}: the number of digits"},
        {TOP "[matter]\ntitle = {a} | | {b}\n", "f.map:8: title: the value must be 1 to 4"},
        {TOP "[matter]\ntitle = {a}\ntitle = {b}\n", "f.map:9: title is given twice"},
        {TOP "[matter]\nreporter = {a}\n", "f.map:8: a matter has no reporter"},
        {TOP "[area]\npath = {a}\n", "f.map:8: an area has no path"},
        {TOP "[enter side]\n", "f.map:7: [enter side]"},
        {TOP "[enter top]\nwhen = a is \"x\"\n", "f.map:8: when: a condition begins with"},
        {TOP "[enter top]\nwhen = {a} has \"x\"\n", "f.map:8: when: after the column comes: is given"},
        {TOP "[enter top]\nwhen = {a} is x\n", "f.map:8: when: a comparison needs a text in quotes"},
        {TOP "[enter top]\nwhen = {a} is \"x\n", "f.map:8: when: a comparison needs a text in quotes"},
        {TOP "[enter top]\nwhen = {a} is \"x\" but {b} is given\n",
         "f.map:8: when: \"but {b} is given\" is left over"},
        {TOP "[enter top]\naccept = maybe\n", "f.map:8: \"maybe\" must be no, or yes"},
        {TOP "[step dance]\n",
         "f.map:7: [step dance]: a map can have the steps sort, assign, progress, dispatch, "},
        {TOP "[step urge]\n", "f.map:7: [step urge]: a map can have"},
        {TOP "[step dispatch]\nto = {a}\n", "f.map:8: step dispatch has no to"},
        {TOP "[step sort]\n" MATTER, "f.map:7: step sort says nothing"},
        {TOP "[step handle]\nof = {a}\n", "f.map:8: step handle has no of"},
        {TOP "[matter]\ntitle = {a}\n", "[matter] must give source_ref"},
        {TOP MATTER "lat = {a}\n", "both or neither"},
        {TOP MATTER "[step close]\n", "f.map:12: step close needs a result"},
        {TOP MATTER "[step progress]\n", "f.map:12: step progress needs a note"},
        {TOP MATTER "opened_at = {b}\n[step close]\nresult = x\n",
         "f.map:13: step close: opened_at and every step's at"},
        {"[map]\nzone = UTC\n[columns]\na = A\n" MATTER "opened_at = {a}\n", "[map] gives no times"},
        {"[map]\nseparator = ;;\n", "f.map:2: separator is one of"},
        {"[map]\nearliest = 1950-01-01\n", "f.map:2: earliest must stand below zone"},
        {"[map]\nzone = UTC\nlatest = soon\n", "f.map:3: latest: \"soon\" is not a date"},
        {"[map]\nno_position = 39.9\n", "f.map:2: no_position: \"39.9\" is not a latitude"},
        {"[map]\nshorten = source_ref\n", "f.map:2: shorten: source_ref cannot be cut"},
        {"[map]\nidentity = title\n", "must be source and source_ref, or source_ref"},
        {TOP "[values V]\n", "f.map:7: [values V]: a name is of"},
        {TOP "[values v]\nx = y\nx = z\n", "f.map:9: \"x\" is in the table twice"},
        {TOP "[matter]\ntitle = {a by v}\n", "f.map:8: title: there is no table [values v] above"},
        {TOP "[matter]\ntitle = {a upper}\n", "f.map:8: title: after a column comes first, last or by"},
        {TOP "[matter]\ntitle = {a first}\n", "f.map:8: title: after first comes a separator"},
        {TOP "[skip drills]\n" MATTER, "f.map:7: [skip] without when"},
        {TOP "[step assign]\n" MATTER, "f.map:7: step assign says nothing"},
        {TOP "[step close]\nno_time = never\n", "f.map:8: no_time is"},
        {TOP MATTER "lat = {a}\nlon = {b}\nposition = {a}\n", "one of the two ways is enough"},
        {"[map]\nzone = \xFF\n", "f.map:1: the file is not UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_map *m;
        struct qp_err e;
        if (qp_map_parse(&m, bad[i][0], strlen(bad[i][0]), "f.map", &e) == QP_OK)
            fail_msg("taken: %s", bad[i][0]);
        assert_null(m);
        assert_true(e.code == QP_EINVAL || e.code == QP_ENOTFOUND);
        if (strstr(e.text, bad[i][1]) == NULL)
            fail_msg("\"%s\" does not say %s", e.text, bad[i][1]);
    }
}

static void a_map_may_have_no_times_and_windows_line_ends(void **state)
{
    (void)state;
    static const char text[] =
        "\xEF\xBB\xBF# remark\r\n[map]\r\nzone = Asia/Shanghai\r\n[columns]\r\nid = 编号\r\n[optional "
        "columns]\r\n"
        "what = 类别\r\n[matter]\r\nsource_ref = {id}\r\ncategory = {what} | 其他\r\n"
        "title = {what}（{id}） | {id}\r\nsource = 12345\r\n[step progress]\r\nwhen = {what} is empty\r\n"
        "note = sort by hand";
    struct qp_map *m;
    struct qp_err e;
    if (qp_map_parse(&m, text, sizeof text - 1, "/data/f.map", &e) != QP_OK)
        fail_msg("%s", e.text);
    assert_false(qp_map_has_times(m));
    assert_null(qp_map_areas(m));
    assert_string_equal(qp_zone_name(qp_map_zone(m)), "Asia/Shanghai");
    struct qp_map_record *r = good(m, "编号,类别", "7,噪声");
    assert_string_equal(r->category, "噪声");
    assert_string_equal(r->title, "噪声（7）");
    assert_false(r->has_opened);
    assert_int_equal(r->n_steps, 0);
    assert_int_equal(r->n_codes, 0);
    free(r);
    r = good(m, "编号", "7");
    assert_string_equal(r->category, "其他");
    assert_string_equal(r->title, "7");
    assert_int_equal(r->n_steps, 1);
    assert_string_equal(r->steps[0].step, "progress");
    assert_string_equal(r->steps[0].note, "sort by hand");
    assert_false(r->steps[0].has_at);
    free(r);
    qp_map_free(m);
}

/* ---- all records of the shared data ---- */

static int read_file(void *arg, char *buf, size_t cap)
{
    return (int)fread(buf, 1, cap, arg);
}

struct sums {
    long rows, top, closed, duplicates, named, city, ward;
};

static void add(struct sums *s, const struct qp_map_record *r, const struct qp_areas *full)
{
    const struct qp_area *a = &full->v[qp_map_area_of(r, full)];
    s->rows++;
    s->top += r->enter == QP_MAP_ENTER_TOP;
    s->city += a->depth == 1;
    s->ward += a->depth == 3;
    if (r->n_steps == 0)
        return;
    const struct qp_map_step *last = &r->steps[r->n_steps - 1];
    assert_string_equal(last->step, "close");
    s->closed++;
    s->duplicates += strcmp(last->result, "duplicate") == 0;
    s->named += last->of[0] != '\0';
}

static void all_the_shared_boston_records_are_understood(void **state)
{
    (void)state;
    const char *folder = getenv("QP_SHARED");
    char path[3000], command[4096];
    snprintf(path, sizeof path, "%s/data/boston-311.csv.gz", folder != NULL ? folder : "../shared");
    if (access(path, R_OK) != 0 || strchr(path, '\'') != NULL) {
        print_message("skipped: %s is not there (QP_SHARED names the folder of shared data)\n", path);
        skip();
    }
    snprintf(command, sizeof command, "gzip -dc '%s'", path);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    struct qp_map *m = boston();
    struct qp_csv *csv = qp_csv_open(read_file, f, path);
    struct qp_map_record *r = malloc(sizeof *r);
    struct qp_areas full;
    struct qp_map_columns c;
    struct qp_err e;
    char **fields;
    size_t n;
    long line;
    int got;
    struct sums s = {0};
    assert_non_null(r);
    assert_int_equal(qp_areas_read(&full, qp_map_areas(m), &e), QP_OK);
    assert_int_equal(qp_csv_next(csv, &fields, &n, &line, &e), 1);
    assert_int_equal(qp_map_bind(&c, m, fields, n, &e), QP_OK);
    while ((got = qp_csv_next(csv, &fields, &n, &line, &e)) != 0) {
        if (got < 0 || qp_map_record(r, m, &c, fields, n, &e) != QP_OK)
            fail_msg("line %ld: %s", line, e.text);
        add(&s, r, &full);
    }
    /* counted in the file by other means */
    assert_int_equal(s.rows, 41827);
    assert_int_equal(s.top, 20608);
    assert_int_equal(s.closed, 39368);
    assert_int_equal(s.duplicates, 1837);
    assert_int_equal(s.named, 992);
    assert_int_equal(s.city, 1993);
    assert_int_equal(s.ward, 66);
    qp_areas_free(&full);
    free(r);
    qp_csv_close(csv);
    qp_map_free(m);
    assert_int_equal(pclose(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_request_becomes_a_matter_with_its_steps),
        cmocka_unit_test(a_duplicate_is_closed_as_one_without_being_handled),
        cmocka_unit_test(an_open_request_without_ward_stays_with_the_city),
        cmocka_unit_test(the_citys_own_column_names_are_read_too),
        cmocka_unit_test(header_names_count_without_case_and_blanks),
        cmocka_unit_test(texts_are_kept_exactly_as_they_stand),
        cmocka_unit_test(a_missing_column_is_told_with_the_names_looked_for),
        cmocka_unit_test(a_bad_row_is_refused_with_the_reason),
        cmocka_unit_test(times_are_read_by_the_patterns),
        cmocka_unit_test(the_area_is_the_first_code_that_the_list_has),
        cmocka_unit_test(a_bad_map_is_refused_with_its_line),
        cmocka_unit_test(a_map_may_have_no_times_and_windows_line_ends),
        cmocka_unit_test(all_the_shared_boston_records_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
