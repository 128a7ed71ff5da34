/* minutes_test.c: minutes on the grid (node/field/minutes.c, rule GR4). A patrol is written as words: the second, the
 * kind (S start, R resume, p position, c check-point, P pause, X stop) and + on the grid, - off it, nothing without a
 * position: "0S 60p+ 360c 400p- 900X". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "node/field/minutes.h"

enum { MARKS = 64 };

static size_t read_marks(struct qp_mark *m, const char *text)
{
    static const char kinds[] = "SRpcPX";
    size_t n = 0;
    while (*text) {
        char *at;
        assert_true(n < MARKS);
        m[n].at_us = (int64_t)(strtod(text, &at) * 1e6);
        const char *kind = strchr(kinds, *at);
        assert_true(*at && kind);
        m[n].kind = (enum qp_mark_kind)(kind - kinds);
        at++;
        m[n].place = *at == '+' ? QP_MARK_ON : *at == '-' ? QP_MARK_OFF : QP_MARK_NOWHERE;
        at += *at == '+' || *at == '-';
        text = at + strspn(at, " ");
        n++;
    }
    return n;
}

static double seconds(const char *text)
{
    struct qp_mark m[MARKS];
    size_t n = read_marks(m, text);
    qp_marks_order(m, n);
    return (double)qp_marks_on_grid_us(m, n) / 1e6;
}

struct row {
    const char *marks;
    double seconds;
};

static void each(const struct row *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (seconds(v[i].marks) != v[i].seconds)
            fail_msg("\"%s\": %.6f s instead of %.6f s", v[i].marks, seconds(v[i].marks), v[i].seconds);
}
#define EACH(rows) each(rows, sizeof(rows) / sizeof *(rows))

static void time_between_positions_inside_counts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", 0},
        {"0S", 0},
        {"0S 60p+", 0},
        {"0S 60p+ 120p+", 60},
        {"0S+ 60p+ 120p+ 180X+", 180},
        {"0S 60p+ 61.5p+ 120p+ 1000X", 60},
        {"60p+ 120p+", 0}, /* no start */
    };
    EACH(rows);
}

static void a_gap_of_five_minutes_counts_and_a_longer_one_does_not(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0S 0p+ 300p+", 300},
        {"0S 0p+ 300.000001p+", 0},
        {"0S 0p+ 301p+ 401p+", 100},
        {"0S 0p+ 200p+ 600p+ 700p+", 300},
    };
    EACH(rows);
}

static void a_check_point_counts_as_on_the_grid_unless_its_position_is_outside(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0S 100c 400c 700c 800X", 600},
        {"0S 100c 400c+ 700c", 600},
        {"0S 100c 400c- 700c", 0},
        {"0S 100c 200p+ 300c", 200},
    };
    EACH(rows);
}

static void a_way_outside_counts_on_neither_side(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0S 10p+ 20p+ 30p- 40p+ 50p+", 20},
        {"0S 10p- 20p-", 0},
        {"0S- 10p+ 20p+", 10},
        {"0S 10p+ 10p- 20p+", 0}, /* both at once: it was outside */
    };
    EACH(rows);
}

static void a_pause_counts_nothing_and_ends_nothing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0S 10p+ 20P 30p+ 40R 50p+ 60p+", 10},
        {"0S 10p+ 20P+ 40R+ 60p+", 30},
        {"0S 10p+ 20P 25R 30p+ 40p+", 10}, /* what was before is not joined to what is behind */
        {"0S 10p+ 20p+ 30P 31P 40p+ 50R 51R 60p+ 70p+", 20},
        {"10R 20p+ 30p+ 40S 50p+ 60p+", 10}, /* nothing is resumed before the start */
    };
    EACH(rows);
}

static void before_the_start_and_after_the_stop_nothing_counts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0p+ 10p+ 20S 30p+ 40p+ 50X 60p+ 70p+", 10},
        {"0S 10p+ 20p+ 30X 40R 50p+ 60p+", 10},
        {"0S 10p+ 20p+ 30X 40S 50p+ 60p+", 10},
        {"0S 10p+ 20p+ 20X", 10},
    };
    EACH(rows);
}

static void marks_that_come_late_or_twice_count_once_wherever_they_stand(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"900c 600c 0S 300c 1200X 900c", 600},
        {"0S 300c 300c 600c 600c", 300},
    };
    EACH(rows);
    struct qp_mark m[MARKS], other[MARKS];
    size_t n = read_marks(m, "0S 10p+ 20p+ 20p- 20c 30P 40R+ 50p+ 60c- 70c 80X");
    memcpy(other, m, sizeof m);
    qp_marks_order(m, n);
    uint32_t seed = 5;
    for (int round = 0; round < 200; round++) {
        for (size_t i = n - 1; i > 0; i--) {
            size_t k = (seed = seed * 1664525 + 1013904223) % (i + 1);
            struct qp_mark t = other[i];
            other[i] = other[k];
            other[k] = t;
        }
        qp_marks_order(other, n);
        for (size_t i = 0; i < n; i++)
            assert_true(m[i].at_us == other[i].at_us && m[i].kind == other[i].kind &&
                        m[i].place == other[i].place);
    }
}

static void minutes_are_whole_and_never_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(qp_minutes_of(0), 0);
    assert_int_equal(qp_minutes_of(INT64_C(29) * 60000000 + 59999999), 29);
    assert_int_equal(qp_minutes_of(INT64_C(30) * 60000000), 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_between_positions_inside_counts),
        cmocka_unit_test(a_gap_of_five_minutes_counts_and_a_longer_one_does_not),
        cmocka_unit_test(a_check_point_counts_as_on_the_grid_unless_its_position_is_outside),
        cmocka_unit_test(a_way_outside_counts_on_neither_side),
        cmocka_unit_test(a_pause_counts_nothing_and_ends_nothing),
        cmocka_unit_test(before_the_start_and_after_the_stop_nothing_counts),
        cmocka_unit_test(marks_that_come_late_or_twice_count_once_wherever_they_stand),
        cmocka_unit_test(minutes_are_whole_and_never_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
