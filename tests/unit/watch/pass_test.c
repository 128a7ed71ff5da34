/* pass_test.c: counts by day follow the rows; what a pass finds depends on them alone, however it came to them. */
#include <math.h>

#include "tests/unit/watch/rig.h"

static uint32_t lot(uint64_t *s, uint32_t n)
{
    *s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*s >> 33) % n;
}

static void counts_by_day_are_those_of_the_rows(void **state)
{
    struct watch_rig r;
    struct qp_daily_series *s = malloc(sizeof *s);
    (void)state;
    rig_open(&r);
    rig_count(&r, "city", "water", 0, 1);
    rig_count(&r, "city/a", "water", 3, 2);
    rig_count(&r, "city/a/b", "water", 40, 300);
    rig_count(&r, "elsewhere", "water", 3, 7);
    assert_int_equal(rig_flush(&r), RIG_DAY0);
    assert_int_equal(
        qp_daily_next(r.t.tables, r.store, true, r.self - 1, UINT64_MAX, RIG_DAY0, RIG_DAY0 + 60, s, NULL),
        0);
    assert_true(s->area == r.self && s->category == qp_code("water"));
    assert_true(s->first == 0 && s->y[0] == 1 && s->y[3] == 2 && s->y[40] == 300 && s->y[41] == 0);
    rig_count(&r, "city", "water", 0, -1);
    rig_flush(&r);
    assert_int_equal(
        qp_daily_next(r.t.tables, r.store, true, r.self - 1, UINT64_MAX, RIG_DAY0, RIG_DAY0 + 60, s, NULL),
        0);
    assert_int_equal(s->first, 3);
    rig_count(&r, "city/a", "water", 3, -2);
    rig_count(&r, "city/a/b", "water", 40, -300);
    rig_flush(&r);
    assert_int_equal(qp_daily_next(r.t.tables, r.store, false, 0, 0, RIG_DAY0, RIG_DAY0 + 60, s, NULL),
                     QP_ENOTFOUND);
    free(s);
    rig_close(&r);
}

static void fill(struct watch_rig *r, int days, uint64_t seed)
{
    static const char *const areas[] = {"city", "city/a", "city/b", "city/b/c"};
    static const char *const categories[] = {"water", "light", "noise", "roads"};
    for (int d = 0; d < days; d++)
        for (size_t a = 0; a < 4; a++)
            for (size_t c = 0; c < 4; c++)
                rig_count(r, areas[a], categories[c], d, (int)lot(&seed, 4) + (lot(&seed, 40) == 0 ? 20 : 0));
    rig_flush(r);
}

static int by_place(const void *a, const void *b)
{
    const struct qp_sign *x = a, *y = b;
    if (x->f.day != y->f.day)
        return x->f.day < y->f.day ? -1 : 1;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return (x->category > y->category) - (x->category < y->category);
}

static void assert_same_signs(struct qp_pass *a, struct qp_pass *b, int32_t day)
{
    size_t i = 0, j = 0;
    if (a->n > 0)
        qsort(a->signs, a->n, sizeof *a->signs, by_place);
    if (b->n > 0)
        qsort(b->signs, b->n, sizeof *b->signs, by_place);
    for (;; i++, j++) {
        while (i < a->n && a->signs[i].f.day < day)
            i++;
        while (j < b->n && b->signs[j].f.day < day)
            j++;
        if (i == a->n || j == b->n)
            break;
        assert_memory_equal(&a->signs[i], &b->signs[j], sizeof a->signs[i]);
    }
    assert_true(i == a->n && j == b->n);
}

static void what_a_base_spares_comes_out_the_same(void **state)
{
    struct watch_rig r;
    struct qp_pass *day_by_day = qp_pass_new();
    size_t signs = 0;
    (void)state;
    rig_open(&r);
    fill(&r, 140, 7);
    rig_pass(&r, day_by_day, 0, 60);
    qp_pass_end(day_by_day);
    for (int d = 61; d < 140; d++) {
        struct qp_pass *whole = qp_pass_new();
        rig_pass(&r, day_by_day, d, d);
        rig_pass(&r, whole, 0, d);
        assert_true(day_by_day->steps < whole->steps);
        signs += day_by_day->n;
        assert_same_signs(day_by_day, whole, RIG_DAY0 + d);
        assert_int_equal(day_by_day->judged[0], whole->judged[whole->to - whole->from]);
        qp_pass_end(day_by_day);
        qp_pass_free(whole);
    }
    assert_true(signs > 50);
    qp_pass_free(day_by_day);
    rig_close(&r);
}

static void what_came_late_is_worked_in_from_the_kept_counts(void **state)
{
    struct watch_rig r;
    struct qp_pass *p = qp_pass_new(), *whole = qp_pass_new();
    (void)state;
    rig_open(&r);
    fill(&r, 100, 11);
    rig_pass(&r, p, 0, 98);
    qp_pass_end(p);
    rig_count(&r, "city/a", "water", 40, 9); /* long before any base */
    rig_count(&r, "city/b", "fresh", 95, 2); /* and a series that nobody knew */
    assert_int_equal(rig_flush(&r), RIG_DAY0 + 40);
    rig_pass(&r, p, 40, 99);
    rig_pass(&r, whole, 0, 99);
    assert_same_signs(p, whole, RIG_DAY0 + 40);
    qp_pass_free(p);
    qp_pass_free(whole);
    rig_close(&r);
}

/* Signs of days before `day`. */
static size_t before(const struct qp_pass *p, int32_t day)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->signs[i].f.day < day;
    return n;
}

static bool has(const struct qp_pass *p, const struct qp_sign *s)
{
    for (size_t i = 0; i < p->n; i++)
        if (memcmp(&p->signs[i], s, sizeof *s) == 0)
            return true;
    return false;
}

/* WN2: factors hold from their day on. What was judged before is judged alike later; who heard of them late and who knew them
 * when the day ended come to the same; and what was worked out before that day still serves. */
static void factors_hold_from_their_day_on(void **state)
{
    enum { FROM = 120, LAST = 139 };
    struct watch_rig r;
    struct qp_pass *plain = qp_pass_new(), *known = qp_pass_new(), *late = qp_pass_new();
    struct qp_season s;
    size_t changed = 0;
    (void)state;
    rig_open(&r);
    fill(&r, LAST + 1, 13);
    qp_season_plain(&s);
    for (int i = 0; i < 7; i++)
        s.weekday[i] = i == 0 ? 6.4 : 0.1; /* nobody would believe them */
    assert_true(qp_pass_season(known, RIG_DAY0 + FROM, &s));
    assert_false(qp_pass_season(known, RIG_DAY0 + FROM, &s)); /* the same again */
    rig_pass(&r, plain, 0, LAST);
    rig_pass(&r, known, 0, LAST);
    assert_int_equal(before(plain, RIG_DAY0 + FROM), before(known, RIG_DAY0 + FROM));
    for (size_t i = 0; i < plain->n; i++)
        changed += plain->signs[i].f.day < RIG_DAY0 + FROM && !has(known, &plain->signs[i]);
    assert_int_equal(changed, 0);
    assert_true(plain->n != known->n ||
                memcmp(plain->signs, known->signs, plain->n * sizeof *plain->signs) != 0);
    rig_pass(&r, late, 0, FROM + 5); /* judged by 1, then they came */
    qp_pass_end(late);
    assert_true(qp_pass_season(late, RIG_DAY0 + FROM, &s));
    assert_non_null(late->old); /* of a day before them */
    rig_pass(&r, late, FROM, LAST);
    assert_same_signs(late, known, RIG_DAY0 + FROM);
    qp_pass_free(plain);
    qp_pass_free(known);
    qp_pass_free(late);
    rig_close(&r);
}

/* More than a window has: the oldest go, and nothing else, in whatever order they come. */
static void factors_of_four_years_are_all_that_is_kept(void **state)
{
    enum { ALL = 3 * QP_SEASONS_MOST };
    struct qp_season s;
    (void)state;
    qp_season_plain(&s);
    for (int turn = 0; turn < 2; turn++) {
        struct qp_pass *p = qp_pass_new();
        size_t taken = 0;
        for (int i = 0; i < ALL; i++)
            taken += qp_pass_season(p, (turn ? i : ALL - 1 - i) * 28, &s);
        assert_int_equal(taken, turn ? ALL : QP_SEASONS_MOST);
        assert_int_equal(p->n_seasons, QP_SEASONS_MOST);
        for (size_t i = 0; i < p->n_seasons; i++)
            assert_int_equal(p->seasons[i].from, ((int)i + ALL - QP_SEASONS_MOST) * 28);
        qp_pass_free(p);
    }
}

static void other_factors_begin_anew(void **state)
{
    struct watch_rig r;
    struct qp_pass *p = qp_pass_new(), *whole = qp_pass_new();
    struct qp_season s;
    (void)state;
    rig_open(&r);
    fill(&r, 100, 13);
    rig_pass(&r, p, 0, 98);
    qp_pass_end(p);
    qp_season_plain(&s);
    s.weekday[0] = 3;
    qp_pass_season(p, INT32_MIN, &s);
    qp_pass_season(whole, INT32_MIN, &s);
    rig_pass(&r, p, 99, 99);
    rig_pass(&r, whole, 0, 99);
    assert_same_signs(p, whole, RIG_DAY0 + 99);
    qp_pass_free(p);
    qp_pass_free(whole);
    rig_close(&r);
}

/* WN2: a year's swing that becomes known after fifteen months is taken out of the level that was learnt without it. */
static void a_season_that_becomes_known_is_not_counted_twice(void **state)
{
    enum { KNOWN = 456, LAST = 500 };
    struct watch_rig r;
    struct qp_season s;
    size_t looked = 0;
    (void)state;
    qp_season_plain(&s);
    for (int i = 0; i < QP_SEASON_WEEKS; i++)
        s.week[i] = 1 + 0.4 * sin(2 * M_PI * i / QP_SEASON_WEEKS);
    for (int shift = 0; shift < QP_SEASON_WEEKS; shift += 13) { /* at its peak, in its trough, between */
        struct qp_pass *p = qp_pass_new();
        struct qp_season turned = s;
        for (int i = 0; i < QP_SEASON_WEEKS; i++)
            turned.week[i] = s.week[(i + shift) % QP_SEASON_WEEKS];
        rig_open(&r);
        for (int d = 0; d <= LAST; d++)
            rig_count(&r, "city", "water", d,
                      (int)lround(100 * turned.week[qp_season_place_of_date(RIG_DAY0 + d).week]));
        rig_flush(&r);
        assert_true(qp_pass_season(p, RIG_DAY0 + KNOWN, &turned));
        p->rule.watch = -1; /* what is quite usual is a sign too */
        rig_pass(&r, p, KNOWN, LAST);
        for (size_t i = 0; i < p->n; i++, looked++) {
            double truth = 100 * turned.week[qp_season_place_of_date(p->signs[i].f.day).week];
            assert_true(fabs(p->signs[i].due[0] / truth - 1) < 0.03);
        }
        qp_pass_free(p);
        rig_close(&r);
    }
    assert_int_equal(looked, 5 * (LAST - KNOWN + 1));
}

/* A category is free text of whoever opens a matter. */
static void names_that_come_from_outside_are_not_kept_for_ever(void **state)
{
    (void)state;
    struct watch_rig r;
    rig_open(&r);
    for (int i = 0; i < 20000; i++) {
        char category[32];
        snprintf(category, sizeof category, "made-up-%d", i);
        rig_count(&r, "city/a", category, 0, 1);
        if (i % 100 == 99)
            rig_flush(&r);
    }
    assert_true(qp_daily_names(r.daily) < 10000);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_day_are_those_of_the_rows),
        cmocka_unit_test(what_a_base_spares_comes_out_the_same),
        cmocka_unit_test(what_came_late_is_worked_in_from_the_kept_counts),
        cmocka_unit_test(other_factors_begin_anew),
        cmocka_unit_test(a_season_that_becomes_known_is_not_counted_twice),
        cmocka_unit_test(factors_hold_from_their_day_on),
        cmocka_unit_test(factors_of_four_years_are_all_that_is_kept),
        cmocka_unit_test(names_that_come_from_outside_are_not_kept_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
