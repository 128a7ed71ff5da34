/* grid_rows_test.c: a community's spreadsheet as rows of grids, and what is told of its lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/cli/grid_people.h"

static struct qp_grid_rows read_all(const char *text)
{
    struct qp_grid_rows r;
    struct qp_err e = {0};
    assert_int_equal(qp_grid_rows_read(&r, text, strlen(text), "f.csv", false, &e), 0);
    return r;
}

static const char *text_of(const struct qp_grid_rows *r, size_t i, const char *field)
{
    return json_string_value(json_object_get(json_array_get(r->rows, i), field));
}

static void lines_of_one_grid_become_one_with_its_units(void **state)
{
    (void)state;
    struct qp_grid_rows r = read_all("\xef\xbb\xbf编码,名称,网格员,志愿者,单位,类型,责任人职务\r\n"
                                     "G01,第一网格,zhang,v1、v2;v1,实验小学,学校,校长\r\n"
                                     "G01,,,v3,便民超市,商铺,\r\n"
                                     "\r\n"
                                     "G02,第二网格,li,,,,\r\n");
    assert_int_equal(r.n, 2);
    assert_string_equal(text_of(&r, 0, "title"), "第一网格");
    assert_string_equal(text_of(&r, 1, "worker"), "li");
    const json_t *g = json_array_get(r.rows, 0);
    assert_int_equal(json_array_size(json_object_get(g, "volunteers")), 3);
    assert_int_equal(json_array_size(json_object_get(g, "units")), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(g, "units"), 0), "office")), "校长");
    assert_int_equal(r.line[1], 5);
    assert_int_equal(json_array_size(r.errors), 0);
    qp_grid_rows_free(&r);
}

/* --accounts: whom the table names, each once; of another node's grids nobody, who logs in there. */
static void who_is_named_gets_one_account_where_he_logs_in(void **state)
{
    (void)state;
    struct qp_grid_rows r = read_all("code,node,worker,deputies\n"
                                     "a,,zhang,li;wang\n"
                                     "b,city/east,li,zhang\n"
                                     "c,city/west,stranger,other\n"
                                     "d,,,\n");
    json_t *names = qp_grid_people(&r, "city/east");
    static const char *const wanted[] = {"zhang", "li", "wang"};
    assert_int_equal(json_array_size(names), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_string_value(json_array_get(names, i)), wanted[i]);
    json_decref(names);
    names = qp_grid_people(&r, "city/west");
    assert_int_equal(json_array_size(names), 5); /* those without a node are whoever's the table is */
    json_decref(names);
    qp_grid_rows_free(&r);
}

static void a_line_that_is_wrong_is_told_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct qp_grid_rows r = read_all("code;title;worker;unit;kind\n"
                                     ";nameless;;;\n"
                                     "a;one;zhang;;\n"
                                     "a;another;zhang;;\n"
                                     "b;two;;;school\n"
                                     "c;three;;;\n");
    assert_int_equal(r.n, 2); /* a and c */
    assert_string_equal(text_of(&r, 0, "title"), "one");
    assert_int_equal(json_array_size(r.errors), 3);
    static const int lines[] = {2, 4, 5};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(r.errors, i), "line")), lines[i]);
    qp_grid_rows_free(&r);
}

static void what_is_no_table_of_grids_says_what_is_wanted(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "title,worker\nx,y\n", "code,编码\na,b\n"};
    for (size_t i = 0; i < 3; i++) {
        struct qp_grid_rows r;
        struct qp_err e = {0};
        assert_int_equal(qp_grid_rows_read(&r, bad[i], strlen(bad[i]), "f.csv", false, &e), QP_EINVAL);
        assert_non_null(strstr(e.text, "f.csv"));
        qp_grid_rows_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_one_grid_become_one_with_its_units),
        cmocka_unit_test(who_is_named_gets_one_account_where_he_logs_in),
        cmocka_unit_test(a_line_that_is_wrong_is_told_and_the_rest_goes_on),
        cmocka_unit_test(what_is_no_table_of_grids_says_what_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
