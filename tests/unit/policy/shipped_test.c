/* shipped_test.c: the policies of topology/policy/: sound, and what they promise. Run from the repository's root. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/rig.h"
#include "topology/areas.h"

static struct qp_policy *shipped(const char *dir)
{
    struct qp_mistakes m = {0};
    char line[QP_MISTAKE_TEXT];
    struct qp_policy *p = qp_policy_read(dir, &m);
    assert_non_null(p);
    qp_policy_check(p, true, &m);
    for (size_t i = 0; i < m.n; i++) {
        qp_mistake_line(line, &m.v[i], false);
        print_error("%s\n", line);
    }
    assert_int_equal(qp_mistakes_all(&m), 0);
    return p;
}

static void suzhou_has_a_tree_of_categories_with_both_titles_a_desk_and_clocks(void **state)
{
    (void)state;
    struct qp_policy *p = shipped("topology/policy/suzhou");
    assert_true(p->n_categories >= 60);
    for (size_t i = 0; i < p->n_categories; i++) {
        const struct qp_policy_category *c = &p->categories[i];
        if (!c->title_en || !c->view || !c->keep_personal.said || c->visit == QP_NOT_SAID)
            fail_msg("%s lacks something", c->code);
        assert_true(c->code[0] == '\0' || c->desk);
        for (int stage = 0; stage < QP_STAGES; stage++)
            assert_true(c->clock[stage].said);
        /* Who must sign does so within two hours. */
        assert_int_equal(qp_unit_measure(c->clock[QP_STAGE_SIGN].d.unit), QP_MEASURE_TIME);
        assert_true(qp_duration_us(&c->clock[QP_STAGE_SIGN].d) <= INT64_C(7200000000));
    }
    qp_policy_free(p);
}

static void suzhou_answers_within_what_the_public_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name, *close;
    } table[] = {{"井盖缺失破损", "2h"}, {"道路塌陷", "2h"},  {"gas leak", "2h"},     {"停水爆管", "24h"},
                 {"停电与供电", "24h"},  {"燃气供应", "24h"}, {"供热不足", "24h"},    {"政策咨询", "1wd"},
                 {"违法建设", "10wd"},   {"占道经营", "5wd"}, {"没有这个类别", "5wd"}};
    struct qp_policy *p = shipped("topology/policy/suzhou");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[QP_DURATION_TEXT];
        qp_duration_text(text, &qp_policy_find(p, table[i].name)->clock[QP_STAGE_CLOSE].d);
        assert_string_equal(text, table[i].close);
    }
    qp_policy_free(p);
}

/* ---- the rows of a CSV file ---- */

static int read_file(void *arg, char *buf, size_t cap)
{
    return (int)fread(buf, 1, cap, arg);
}

/* Calls `row` for each row behind the first, with the cells of the named columns. False: there is no such file. */
static bool each_row(const char *path, const char *const *columns, size_t n,
                     void (*row)(void *arg, char **cells), void *arg)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    struct qp_csv *csv = qp_csv_open(read_file, f, path);
    struct qp_err e;
    char **fields, *cells[8];
    size_t width, at[8] = {0};
    long line, nth = 0;
    for (; qp_csv_next(csv, &fields, &width, &line, &e) > 0; nth++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < width && nth == 0; k++)
                at[i] = strcmp(fields[k], columns[i]) == 0 ? k : at[i];
            cells[i] = fields[at[i]];
        }
        if (nth > 0)
            row(arg, cells);
    }
    assert_true(nth > 1);
    qp_csv_close(csv);
    fclose(f);
    return true;
}

static void is_known(void *arg, char **cells)
{
    const struct qp_policy_category *c = qp_policy_find(arg, cells[0]);
    if (c->code[0] == '\0')
        fail_msg("the policy of Suzhou does not know %s", cells[0]);
}

static void suzhou_knows_every_category_of_the_exercise(void **state)
{
    (void)state;
    static const char *const columns[] = {"category"};
    struct qp_policy *p = shipped("topology/policy/suzhou");
    assert_true(each_row("deploy/exercise/day.csv", columns, 1, is_known, p));
    qp_policy_free(p);
}

static bool among(const int32_t *v, size_t n, int32_t day)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] == day)
            return true;
    return false;
}

struct holidays {
    const struct qp_calendar_form *f;
    size_t n;
};

static void is_in_calendar(void *arg, char **cells)
{
    struct holidays *h = arg;
    int32_t day;
    assert_int_equal(qp_calendar_date(&day, cells[0], NULL), 0);
    bool off = strcmp(cells[1], "off") == 0;
    if (!among(off ? h->f->off : h->f->on, off ? h->f->noff : h->f->non, day))
        fail_msg("%s %s is not in calendar.csv", cells[0], cells[1]);
    h->n++;
}

static void suzhou_has_the_holidays_and_make_up_days_of_three_years(void **state)
{
    (void)state;
    static const char *const columns[] = {"date", "kind"},
                             *const few[] = {"2024-02-10", "2025-10-08", "2026-10-01"},
                             *const work[] = {"2024-02-04", "2025-01-26", "2026-10-10"};
    struct qp_policy *p = shipped("topology/policy/suzhou");
    const struct qp_calendar_form *f = &qp_policy_calendar(p, "office")->form;
    struct holidays h = {.f = f};
    char path[512];
    int32_t day;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(qp_calendar_date(&day, few[i], NULL), 0);
        assert_true(among(f->off, f->noff, day));
        assert_int_equal(qp_calendar_date(&day, work[i], NULL), 0);
        assert_true(among(f->on, f->non, day));
    }
    const char *folder = getenv("QP_SHARED");
    snprintf(path, sizeof path, "%s/data/work/cn-holidays.csv", folder ? folder : "../shared");
    if (!each_row(path, columns, 2, is_in_calendar, &h))
        print_message("SKIPPED: %s is not there (QP_SHARED names the folder of shared data)\n", path);
    else
        assert_int_equal(h.n, f->noff + f->non);
    qp_policy_free(p);
}

static void is_a_type(void *arg, char **cells)
{
    const struct qp_policy_category *c = qp_policy_category(arg, cells[0]);
    if (!c)
        fail_msg("the policy of Boston does not know the type %s", cells[0]);
}

static void boston_takes_the_types_of_its_map(void **state)
{
    (void)state;
    static const char *const some[] = {"Street Light Outages", "Request for Pothole Repair",
                                       "Heat - Excessive  Insufficient"};
    struct qp_policy *p = shipped("topology/policy/boston");
    for (int i = 0; i < 3; i++) {
        char *cell = (char *)(uintptr_t)some[i];
        is_a_type(p, &cell);
    }
    for (size_t i = 0; i < p->n_categories; i++)
        assert_true(p->categories[i].title && p->categories[i].title_en);
    assert_true(qp_policy_category(p, "Heat - Excessive  Insufficient")->private_place == 1);
    qp_policy_free(p);
}

static void one_shipped_policy_under_itself_changes_nothing(void **state)
{
    (void)state;
    static const char *const dirs[] = {"topology/policy/suzhou", "topology/policy/boston"};
    for (int i = 0; i < 2; i++) {
        struct qp_changes c = {0};
        size_t len, other_len;
        struct qp_policy *p = shipped(dirs[i]), *q = qp_policy_tighten(p, p, &c);
        char *text = qp_policy_write(p, &len), *other = qp_policy_write(q, &other_len);
        assert_int_equal(c.n, 0);
        assert_string_equal(text, other);
        assert_true(len < QP_POLICY_BYTES);
        free(text);
        free(other);
        qp_policy_free(p);
        qp_policy_free(q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suzhou_has_a_tree_of_categories_with_both_titles_a_desk_and_clocks),
        cmocka_unit_test(suzhou_answers_within_what_the_public_is_told),
        cmocka_unit_test(suzhou_knows_every_category_of_the_exercise),
        cmocka_unit_test(suzhou_has_the_holidays_and_make_up_days_of_three_years),
        cmocka_unit_test(boston_takes_the_types_of_its_map),
        cmocka_unit_test(one_shipped_policy_under_itself_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
