/* duration_test.c: durations as policies write them (topology/duration.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "topology/duration.h"

static struct qp_duration read(const char *text)
{
    struct qp_duration d = {0};
    struct qp_err e;
    if (qp_duration_parse(&d, text, &e))
        fail_msg("%s", e.text);
    return d;
}

static void what_is_read_is_printed_as_it_was_written(void **state)
{
    (void)state;
    static const char *const good[] = {"0s",  "30m", "4h",          "3d",           "0ws",    "20wm",
                                       "4wh", "5wd", "3155760000s", "3155760000ws", "36525d", "36525wd",
                                       "0wh", "1wd", "876600h",     "52596000m"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char out[QP_DURATION_TEXT];
        struct qp_duration d = read(good[i]);
        qp_duration_text(out, &d);
        assert_string_equal(out, good[i]);
        assert_true(qp_duration_sound(&d));
    }
}

static void what_is_no_duration_is_refused_with_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "it is empty"},
        {"5", "the unit is missing"},
        {"h", "does not begin with a number"},
        {"-1h", "does not begin with a number"},
        {"+1h", "does not begin with a number"},
        {" 1h", "does not begin with a number"},
        {"1 h", "the unit is none of"},
        {"1w", "the unit is none of"},
        {"1H", "the unit is none of"},
        {"1h30m", "the unit is none of"},
        {"1.5h", "written in a smaller one"},
        {"01h", "begins with 0"},
        {"0wd", "no close of business"},
        {"36526d", "longer than a hundred years"},
        {"876601h", "longer than a hundred years"},
        {"99999999999s", "longer than a hundred years"},
        {"99999999999999999999s", "longer than a hundred years"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_duration d;
        struct qp_err e;
        assert_int_equal(qp_duration_parse(&d, bad[i].text, &e), QP_EINVAL);
        if (!strstr(e.text, bad[i].why))
            fail_msg("%s", e.text);
    }
}

static void amounts_of_one_measure_are_compared_and_others_are_not(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order; /* 9: none */
    } pairs[] = {
        {"60m", "1h", 0},   {"59m", "1h", -1},
        {"2h", "7199s", 1}, {"3d", "4d", -1},
        {"24h", "1d", 9},   {"8wh", "8h", 9},
        {"90wm", "1wh", 1}, {"5wd", "5wd", 0},
        {"1wd", "1d", 9},   {"876600h", "52596000m", 0},
        {"1wd", "8wh", 9},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct qp_duration a = read(pairs[i].a), b = read(pairs[i].b);
        int order = 9, back = 9;
        assert_int_equal(qp_duration_order(&order, &a, &b), pairs[i].order != 9);
        assert_int_equal(order, pairs[i].order);
        assert_int_equal(qp_duration_order(&back, &b, &a), pairs[i].order != 9);
        assert_int_equal(back, order == 9 ? 9 : -order);
    }
}

static void what_comes_over_a_link_is_looked_at(void **state)
{
    (void)state;
    struct qp_duration none = {0, QP_UNIT_WD}, minus = {-1, QP_UNIT_H}, long_one = {36526, QP_UNIT_D};
    struct qp_duration strange = {1, QP_UNIT_COUNT};
    assert_false(qp_duration_sound(&none) || qp_duration_sound(&minus) || qp_duration_sound(&long_one) ||
                 qp_duration_sound(&strange));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_printed_as_it_was_written),
        cmocka_unit_test(what_is_no_duration_is_refused_with_what_is_wrong),
        cmocka_unit_test(amounts_of_one_measure_are_compared_and_others_are_not),
        cmocka_unit_test(what_comes_over_a_link_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
