/* path_test.c: labels and paths (topology/path.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "topology/path.h"

static void a_label_is_lower_case_letters_digits_and_dashes(void **state)
{
    (void)state;
    assert_true(qp_label_ok("a"));
    assert_true(qp_label_ok("w-01"));
    assert_true(qp_label_ok("abcdefghijklmnopqrstuvwxyz012345"));
    assert_false(qp_label_ok("abcdefghijklmnopqrstuvwxyz0123456"));
    static const char *const bad[] = {"", "A", "a_b", "a b", "a/b", "a.b", "沱河", "a\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(qp_label_ok(bad[i]));
    assert_false(qp_label_ok(NULL));
}

static void a_bad_path_is_refused_with_its_bad_label(void **state)
{
    (void)state;
    struct qp_err e;
    assert_int_equal(qp_path_check("suzhou/yongqiao/tuohe/hanchizi", &e), 0);
    assert_int_equal(qp_path_check("a/b/c/d/e/f/g/h", &e), 0);
    assert_int_equal(qp_path_check("a/b/c/d/e/f/g/h/i", &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "8 labels deep"));
    assert_int_equal(qp_path_check("suzhou/Yongqiao", &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "\"Yongqiao\""));
    static const char *const bad[] = {"", "/", "/a", "a/", "a//b", "a/../b", " a", "a/b c"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(qp_path_check(bad[i], &e), QP_EINVAL);
    assert_int_equal(qp_path_check(NULL, &e), QP_EINVAL);
    assert_int_equal(qp_path_check("a//b", NULL), QP_EINVAL);
}

static void a_path_is_within_itself_and_its_superiors_only(void **state)
{
    (void)state;
    assert_true(qp_path_within("a/b", "a"));
    assert_true(qp_path_within("a/b", "a/b"));
    assert_false(qp_path_within("a/bb", "a/b"));
    assert_false(qp_path_within("a/b", "a/bb"));
    assert_false(qp_path_within("a", "a/b"));
    assert_false(qp_path_within("ab", "a"));
    assert_false(qp_path_within("a", ""));
}

static void a_path_takes_apart_and_goes_together(void **state)
{
    (void)state;
    char out[QP_PATH_MAX];
    assert_true(qp_path_parent(out, "suzhou/yongqiao/tuohe"));
    assert_string_equal(out, "suzhou/yongqiao");
    assert_false(qp_path_parent(out, "suzhou"));
    assert_string_equal(out, "");
    qp_path_prefix(out, "suzhou/yongqiao/tuohe", 1);
    assert_string_equal(out, "suzhou");
    qp_path_prefix(out, "suzhou/yongqiao/tuohe", 3);
    assert_string_equal(out, "suzhou/yongqiao/tuohe");
    assert_int_equal(qp_path_depth(out), 3);
    assert_string_equal(qp_path_label(out), "tuohe");
    assert_string_equal(qp_path_label("suzhou"), "suzhou");
    assert_int_equal(qp_path_join(out, out, "hanchizi", NULL), 0); /* out may be the parent too */
    assert_string_equal(out, "suzhou/yongqiao/tuohe/hanchizi");
    assert_int_equal(qp_path_join(out, NULL, "suzhou", NULL), 0);
    assert_int_equal(qp_path_join(out, "", "suzhou", NULL), 0);
    assert_string_equal(out, "suzhou");
}

static void the_longest_path_fits_and_one_label_more_does_not(void **state)
{
    (void)state;
    static const char label[] = "abcdefghijklmnopqrstuvwxyz012345";
    char out[QP_PATH_MAX];
    struct qp_err e;
    out[0] = '\0';
    for (int i = 0; i < QP_PATH_DEPTH; i++)
        assert_int_equal(qp_path_join(out, out, label, &e), 0);
    assert_int_equal(strlen(out), QP_PATH_MAX - 1);
    assert_int_equal(qp_path_check(out, &e), 0);
    assert_int_equal(qp_path_join(out, out, label, &e), QP_EINVAL);
    assert_int_equal(strlen(out), QP_PATH_MAX - 1);
    assert_int_equal(qp_path_join(out, "a", "B", &e), QP_EINVAL);
}

static void the_common_ancestor_ends_at_a_whole_label(void **state)
{
    (void)state;
    char out[QP_PATH_MAX];
    static const struct {
        const char *a, *b, *want;
    } v[] = {
        {"a/b/c", "a/b/d", "a/b"}, {"a/b", "a/bb", "a"},   {"a/b", "a/b", "a/b"},   {"a/b/c", "a/b", "a/b"},
        {"a", "a/b", "a"},         {"ab/c", "ab/d", "ab"}, {"a/bc/d", "a/bd", "a"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        assert_true(qp_path_common(out, v[i].a, v[i].b));
        assert_string_equal(out, v[i].want);
        assert_true(qp_path_common(out, v[i].b, v[i].a));
        assert_string_equal(out, v[i].want);
    }
    assert_false(qp_path_common(out, "a/b", "b/b"));
    assert_string_equal(out, "");
    assert_false(qp_path_common(out, "a", "ab"));
}

static void a_path_lies_in_one_child_or_is_the_node_itself(void **state)
{
    (void)state;
    char out[QP_PATH_MAX];
    static const struct {
        const char *above, *path, *want;
    } v[] = {{"a", "a", "a"}, {"a", "a/b", "a/b"}, {"a", "a/bb/c/d", "a/bb"}, {"a/b", "a/b/c/d", "a/b/c"}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        qp_path_child(out, v[i].above, v[i].path);
        assert_string_equal(out, v[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_is_lower_case_letters_digits_and_dashes),
        cmocka_unit_test(a_bad_path_is_refused_with_its_bad_label),
        cmocka_unit_test(a_path_is_within_itself_and_its_superiors_only),
        cmocka_unit_test(a_path_takes_apart_and_goes_together),
        cmocka_unit_test(the_longest_path_fits_and_one_label_more_does_not),
        cmocka_unit_test(a_path_lies_in_one_child_or_is_the_node_itself),
        cmocka_unit_test(the_common_ancestor_ends_at_a_whole_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
