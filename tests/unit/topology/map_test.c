/* map_test.c: import maps (topology/map*.c): the shipped Boston map on rows of both forms, each mistake of a row, and,
 * where the shared data is, all its records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/topology/map_rig.h"

#define SHORT                                                                                                \
    "id,open_dt,target_dt,closed_dt,status,outcome,dup_of,reason,type,department,ward,precinct,lat,lon,"     \
    "source"

static void a_closed_request_becomes_a_matter_with_its_steps(void **state)
{
    (void)state;
    struct qp_map *m = rig_boston();
    struct qp_map_record *r =
        rig_good(m, SHORT,
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
    assert_int_equal(r->opened_us, rig_utc("2011-07-01T01:32:33-04:00"));
    assert_int_equal(r->deadline_us, rig_utc("2011-07-15T01:32:32-04:00"));
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
        assert_int_equal(r->steps[i].at_us, rig_utc("2011-07-01T05:06:58-04:00"));
        assert_string_equal(r->steps[i].of, "");
        assert_string_equal(r->steps[i].note, "");
    }
    free(r);
    qp_map_free(m);
}

static void a_duplicate_is_closed_as_one_without_being_handled(void **state)
{
    (void)state;
    struct qp_map *m = rig_boston();
    struct qp_map_record *r =
        rig_good(m, SHORT,
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
    r = rig_good(m, SHORT,
                 "7,2011-07-01 01:32:33,,2011-07-02 05:06:58,Closed,duplicate,,R,T,D,3,,,,Self Service");
    assert_string_equal(r->steps[0].of, ""); /* some name no original */
    free(r);
    qp_map_free(m);
}

static void an_open_request_without_ward_stays_with_the_city(void **state)
{
    (void)state;
    struct qp_map *m = rig_boston();
    struct qp_map_record *r = rig_good(m, SHORT, "7,2011-07-01 01:32:33,,,Open,,,R,T,,,,,,Constituent Call");
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
    struct qp_map *m = rig_boston();
    /* as published: more columns, other names, a ward with its word, no outcome */
    struct qp_map_record *r = rig_good(m,
                                       "case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,"
                                       "closure_reason,case_title,subject,reason,type,"
                                       "queue,department,ward,precinct,latitude,longitude,source",
                                       "101005,2023-01-02T11:05:00,,2023-01-03 08:00:00,ONTIME,Closed,Case "
                                       "Closed. Duplicate,X,S,R,Parking,Q,BTDT,Ward 3,"
                                       "0306,42.36,-71.05,Citizens Connect App");
    assert_string_equal(r->source_ref, "101005");
    assert_string_equal(r->codes[0], "p0306");
    assert_string_equal(r->codes[1], "w03");
    assert_int_equal(r->opened_us, rig_utc("2023-01-02T11:05:00-05:00"));
    assert_int_equal(r->n_steps, 2);
    assert_string_equal(r->steps[1].result, "resolved");
    assert_true(r->has_location);
    free(r);
    qp_map_free(m);
}

static void header_names_count_without_case_and_blanks(void **state)
{
    (void)state;
    struct qp_map *m = rig_boston();
    struct qp_map_record *r = rig_good(m, " ID ,Open_DT,closed_dt,TYPE,department,ward,precinct,source",
                                       "7,2011-07-01 01:32:33,,T,D,,,S");
    assert_string_equal(r->source_ref, "7");
    free(r);
    qp_map_free(m);
}

static void texts_are_kept_exactly_as_they_stand(void **state)
{
    (void)state;
    struct qp_map *m = rig_boston();
    struct qp_map_record *r =
        rig_good(m, SHORT, "7,2011-07-01 01:32:33,,,Open,,,R, T {x} | ,D ,  ,,,,Self  Service");
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
    struct qp_map *m = rig_boston();
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
    struct qp_map *m = rig_boston();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_map_record *r;
        struct qp_err e;
        if (!rig_record(&r, m, SHORT, bad[i][0], &e))
            fail_msg("taken: %s", bad[i][0]);
        assert_int_equal(e.code, QP_EINVAL);
        if (!strstr(e.text, bad[i][1]))
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
    struct qp_map *m = rig_boston();
    int64_t at_us;
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_err e;
        if (qp_map_time(&at_us, m, v[i][0], &e))
            fail_msg("%s", e.text);
        if (at_us != rig_utc(v[i][1]))
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
        if (!qp_map_time(&at_us, m, bad[i], NULL))
            fail_msg("taken: %s", bad[i]);
    qp_map_free(m);
}

static void the_area_is_the_first_code_that_the_list_has(void **state)
{
    (void)state;
    struct qp_map *m = rig_boston();
    struct qp_areas full;
    struct qp_err e;
    assert_string_equal(qp_map_areas(m), "topology/areas/boston/divisions.csv");
    assert_int_equal(qp_areas_read(&full, qp_map_areas(m), &e), 0);
    static const char *const v[][2] = {
        {"17,1706", "p1706"}, {"12,1102", "p1102"},  {"17,9999", "w17"},
        {"3,", "w03"},        {"Ward 003,", "w03"},  {"17,1706A", "p1706"},
        {"x,00101", "p0101"}, {"99,9999", "boston"}, {",", "boston"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char row[200];
        snprintf(row, sizeof row, "7,2011-07-01 01:32:33,,,Open,,,R,T,D,%s,,,S", v[i][0]);
        struct qp_map_record *r = rig_good(m, SHORT, row);
        assert_string_equal(full.v[qp_map_area_of(r, &full)].code, v[i][1]);
        free(r);
    }
    qp_areas_free(&full);
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
    snprintf(path, sizeof path, "%s/data/boston-311.csv.gz", folder ? folder : "../shared");
    if (access(path, R_OK) != 0 || strchr(path, '\'')) {
        print_message("skipped: %s is not there (QP_SHARED names the folder of shared data)\n", path);
        skip();
    }
    snprintf(command, sizeof command, "gzip -dc '%s'", path);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    struct qp_map *m = rig_boston();
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
    assert_int_equal(qp_areas_read(&full, qp_map_areas(m), &e), 0);
    assert_int_equal(qp_csv_next(csv, &fields, &n, &line, &e), 1);
    assert_int_equal(qp_map_bind(&c, m, fields, n, &e), 0);
    while ((got = qp_csv_next(csv, &fields, &n, &line, &e)) != 0) {
        if (got < 0 || qp_map_record(r, m, &c, fields, n, &e))
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
        cmocka_unit_test(all_the_shared_boston_records_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
