/* print_test.c: figures in print: half up, no value without a denominator, and printed ones against their parts (CI6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/insight/circular/print.h"

static void share(uint64_t above, uint64_t below, int digits, const char *want)
{
    char text[QP_FIGURE_TEXT];
    qp_share_text(text, above, below, digits);
    assert_string_equal(text, want);
}

static void shares_are_rounded_half_up_once(void **state)
{
    (void)state;
    share(1, 8, 1, "12.5");
    share(1, 16, 1, "6.3"); /* 6.25 */
    share(1, 16, 0, "6");
    share(1, 200, 0, "1"); /* 0.5 */
    share(999, 1000, 0, "100");
    share(2, 3, 6, "66.666667");
    share(0, 5, 1, "0.0");
    share(170238, 167101, 2, "101.88");
    share(UINT64_C(1) << 62, UINT64_C(1) << 63, 1, "50.0");
}

static void a_denominator_of_zero_has_no_value(void **state)
{
    (void)state;
    char text[QP_FIGURE_TEXT];
    const uint64_t none[2] = {0, 0}, half[2] = {1, 2};
    share(0, 0, 1, "–");
    share(3, 0, 1, "–");
    qp_count_change(text, 5, 0, 1);
    assert_string_equal(text, "–");
    qp_share_change(text, half, none, 1);
    assert_string_equal(text, "–");
}

static void changes_have_a_sign(void **state)
{
    (void)state;
    char text[QP_FIGURE_TEXT];
    const uint64_t is[2] = {958, 1000}, was[2] = {954, 1000};
    qp_count_change(text, 4701, 4659, 1);
    assert_string_equal(text, "+0.9");
    qp_count_change(text, 979, 1000, 1);
    assert_string_equal(text, "−2.1");
    qp_count_change(text, 7, 7, 1);
    assert_string_equal(text, "±0.0");
    qp_share_change(text, is, was, 1);
    assert_string_equal(text, "+0.4");
    qp_share_change(text, was, is, 1);
    assert_string_equal(text, "−0.4");
}

/* The pages write them by the same lines: tests/browser/plain.mjs. */
static void they_are_written_as_the_pages_write_them(void **state)
{
    (void)state;
    char line[200], want[QP_FIGURE_TEXT], kind[16], text[QP_FIGURE_TEXT];
    unsigned long long n[4];
    int lines = 0;
    FILE *in = fopen("tests/unit/circular/print_cases.txt", "re");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        if (line[0] == '#')
            continue;
        if (sscanf(line, "points %llu %llu %llu %llu %63s", &n[0], &n[1], &n[2], &n[3], want) == 5) {
            const uint64_t is[2] = {n[0], n[1]}, was[2] = {n[2], n[3]};
            qp_share_change(text, is, was, 1);
        } else if (sscanf(line, "%15s %llu %llu %63s", kind, &n[0], &n[1], want) == 4) {
            (strcmp(kind, "share") == 0 ? qp_share_text : qp_count_change)(text, n[0], n[1], 1);
        } else {
            fail_msg("a line that is none: %s", line);
        }
        assert_string_equal(text, want);
        lines++;
    }
    fclose(in);
    assert_true(lines > 20);
}

static void printed(enum qp_printed_kind kind, const char *above, const char *below, const char *said,
                    enum qp_printed_verdict want, const char *value)
{
    struct qp_printed p;
    qp_printed_check(&p, kind, above, below, said);
    assert_int_equal(p.verdict, want);
    assert_string_equal(p.value, value);
}

static void a_printed_figure_is_held_against_its_parts(void **state)
{
    (void)state;
    printed(QP_PRINTED_SHARE, "23974", "24932", "96.16%", QP_PRINTED_EQUAL, "96.16");
    printed(QP_PRINTED_SHARE, "1001.38", "1103.94", "90.71%", QP_PRINTED_EQUAL, "90.71");
    printed(QP_PRINTED_SHARE, "6", "77", "9%", QP_PRINTED_DIFFERS, "8");
    printed(QP_PRINTED_SUM, "971+25", "", "996", QP_PRINTED_EQUAL, "996");
    printed(QP_PRINTED_SUM, "971+26", "", "996", QP_PRINTED_DIFFERS, "997");
    printed(QP_PRINTED_SUM, "144.18+29.64", "", "173.83", QP_PRINTED_ROUNDING, "173.82");
    printed(QP_PRINTED_SUM, "144.18+29.64", "", "173.90", QP_PRINTED_DIFFERS, "173.82");
    printed(QP_PRINTED_MEAN, "71184", "7", "10169", QP_PRINTED_EQUAL, "10169");
    printed(QP_PRINTED_SHARE, "1", "0", "0%", QP_PRINTED_UNREADABLE, "");
    printed(QP_PRINTED_SHARE, "x", "5", "0%", QP_PRINTED_UNREADABLE, "");
    printed(QP_PRINTED_SUM, "1++2", "", "3", QP_PRINTED_UNREADABLE, "");
    printed(QP_PRINTED_SUM, "1234567890123456", "", "1", QP_PRINTED_UNREADABLE, "");
}

static void the_reason_says_what_would_have_fitted(void **state)
{
    (void)state;
    struct qp_printed p;
    char text[300];
    qp_printed_check(&p, QP_PRINTED_SHARE, "297", "506", "59.68%");
    qp_printed_reason(text, sizeof text, &p, "59.68%", false);
    assert_non_null(strstr(text, "58.70"));
    assert_non_null(strstr(text, "302/506"));
    qp_printed_check(&p, QP_PRINTED_SHARE, "170238", "167101", "101.88%");
    assert_true(p.over);
    qp_printed_reason(text, sizeof text, &p, "101.88%", true);
    assert_non_null(strstr(text, "100 %"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_rounded_half_up_once),
        cmocka_unit_test(a_denominator_of_zero_has_no_value),
        cmocka_unit_test(changes_have_a_sign),
        cmocka_unit_test(they_are_written_as_the_pages_write_them),
        cmocka_unit_test(a_printed_figure_is_held_against_its_parts),
        cmocka_unit_test(the_reason_says_what_would_have_fitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
