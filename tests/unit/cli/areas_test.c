/* areas_test.c: which areas become nodes with --open, and which zone a tree has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "node/cli/areas_zone.h"

static const char list[] = "code,parent_code,level,name\n"
                           "a,,city,A\nb,a,county,B\nc,a,county,C\nd,b,street,D\ne,b,street,E\nf,c,street,"
                           "F\ng,d,community,G\nh,e,community,H\n";

static void only_the_children_of_those_on_the_path_stay(void **state)
{
    static const char *const want[] = {"a", "a/b", "a/b/d", "a/b/d/g", "a/b/e", "a/c"};
    struct qp_areas a;
    (void)state;
    assert_int_equal(qp_areas_parse(&a, list, strlen(list), "list", NULL), 0);
    assert_int_equal(qp_areas_open(&a, "a/b/d", NULL), 0);
    assert_int_equal(a.n, 6);
    for (size_t i = 0; i < 6; i++)
        if (qp_areas_find(&a, want[i]) < 0)
            fail_msg("%s is not there", want[i]);
    for (size_t i = 1; i < a.n; i++) {
        char parent[QP_PATH_MAX];
        qp_path_parent(parent, a.v[i].path);
        assert_string_equal(a.v[a.v[i].parent].path, parent);
        assert_true(a.v[i].parent < (long)i);
    }
    qp_areas_free(&a);
}

static void an_area_that_is_not_there_is_named(void **state)
{
    struct qp_areas a;
    struct qp_err e = {0};
    (void)state;
    assert_int_equal(qp_areas_parse(&a, list, strlen(list), "list", NULL), 0);
    assert_int_equal(qp_areas_open(&a, "a/x", &e), QP_ENOTFOUND);
    assert_non_null(strstr(e.text, "a/x"));
    assert_int_equal(a.n, 8);
    qp_areas_free(&a);
}

static void the_zone_is_the_flag_then_the_folders_then_utc(void **state)
{
    char zone[QP_ZONE_MAX + 1];
    struct qp_err e = {0};
    (void)state;
    assert_int_equal(qp_zone_of_areas(zone, "Europe/Berlin", "topology/areas/boston", NULL), 0);
    assert_string_equal(zone, "Europe/Berlin");
    assert_int_equal(qp_zone_of_areas(zone, NULL, "topology/areas/boston", NULL), 0);
    assert_string_equal(zone, "America/New_York");
    assert_int_equal(qp_zone_of_areas(zone, NULL, "topology", NULL), 0);
    assert_string_equal(zone, "UTC");
    assert_int_equal(qp_zone_of_areas(zone, "Mars/Olympus", NULL, &e), QP_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_children_of_those_on_the_path_stay),
        cmocka_unit_test(an_area_that_is_not_there_is_named),
        cmocka_unit_test(the_zone_is_the_flag_then_the_folders_then_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
