/* family_test.c: categories that others lie below: who they are, and their series in a pass (WN1, WN3). */
#include "node/insight/watch/family.h"
#include "tests/unit/watch/rig.h"

static struct qp_policy *policy_of(const char *categories)
{
    char text[1000];
    struct qp_mistakes m = {0};
    snprintf(text, sizeof text, "{'version':'1','title':'T','categories':[%s]}", categories);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    assert_non_null(p);
    return p;
}

#define NOISE                                                                                                \
    "{'code':'','title':'rest'},{'code':'noise','title':'N'},{'code':'site','title':'S','parent':'noise'},"  \
    "{'code':'dance','title':'D','parent':'noise'},{'code':'night','title':'M','parent':'site'},"            \
    "{'code':'water','title':'W'}"

static struct qp_family *family_of(const char *categories)
{
    struct qp_policy *p = policy_of(categories);
    struct qp_family *f = qp_family_new(p);
    assert_non_null(f);
    qp_policy_free(p);
    return f;
}

static void a_category_lies_below_all_that_are_above_it_by_each_of_its_names(void **state)
{
    (void)state;
    struct qp_family *f = family_of(NOISE), *again = family_of(NOISE), *none = qp_family_new(NULL);
    assert_int_equal(qp_family_parents(f), 2);
    assert_true(qp_family_below(f, qp_code("night"), qp_code("N")));
    assert_true(qp_family_below(f, qp_code("M"), qp_code("S")));
    assert_true(qp_family_below(f, qp_code("D"), qp_code("N")));
    assert_false(qp_family_below(f, qp_code("N"), qp_code("N")));
    assert_false(qp_family_below(f, qp_code("water"), qp_code("N")));
    assert_false(qp_family_below(f, qp_code("N"), qp_code("S")));
    assert_string_equal(qp_family_name(f, qp_code("N")), "N");
    assert_null(qp_family_name(f, qp_code("noise"))); /* its other name */
    assert_null(qp_family_name(f, qp_code("dance")));
    assert_true(qp_family_same(f, again) && !qp_family_same(f, none));
    assert_int_equal(qp_family_parents(none), 0);
    qp_family_free(f);
    qp_family_free(again);
    qp_family_free(none);
}

/* Two a day in all, one here and one there; on the last day two of each of four. */
static void spread(struct watch_rig *r, int days)
{
    static const char *const leaves[] = {"site", "dance", "night", "noise"};
    for (int d = 0; d < days; d++) {
        rig_count(r, "city/a", leaves[d % 4], d, 1);
        rig_count(r, "city/b", leaves[(d + 1) % 4], d, 1);
    }
    for (int k = 0; k < 4; k++) {
        rig_count(r, "city/a", leaves[k], days - 1, 1);
        rig_count(r, "city/b", leaves[k], days - 1, 1);
    }
    rig_flush(r);
}

static const struct qp_sign *sign_of(const struct qp_pass *p, const char *category)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->signs[i].own && p->signs[i].category == qp_code(category))
            return &p->signs[i];
    return NULL;
}

static struct qp_pass *pass_with(const char *categories)
{
    struct qp_pass *p = qp_pass_new();
    bool changed;
    assert_int_equal(qp_pass_family(p, family_of(categories), &changed, NULL), 0);
    assert_true(changed);
    return p;
}

static void a_rise_that_is_spread_is_seen_in_what_lies_above(void **state)
{
    enum { DAYS = 100 };
    struct watch_rig r;
    (void)state;
    rig_open(&r);
    spread(&r, DAYS);
    struct qp_pass *plain = qp_pass_new(), *p = pass_with(NOISE), *daily = pass_with(NOISE);
    rig_pass(&r, plain, DAYS - 1, DAYS - 1);
    assert_null(sign_of(plain, "N"));
    rig_pass(&r, p, DAYS - 1, DAYS - 1);
    const struct qp_sign *s = sign_of(p, "N");
    assert_non_null(s);
    assert_true(s->alarm);
    assert_int_equal(s->f.seen, 10);
    rig_pass(&r, daily, 0, 60); /* from its base it comes out the same, for less */
    qp_pass_end(daily);
    for (int d = 61; d < DAYS; d++) {
        rig_pass(&r, daily, d, d);
        if (d < DAYS - 1)
            qp_pass_end(daily);
    }
    const struct qp_sign *same = sign_of(daily, "N");
    assert_non_null(same);
    assert_memory_equal(&same->f, &s->f, sizeof s->f);
    assert_int_equal(daily->n, p->n);
    assert_int_equal(daily->judged[0], p->judged[0]);
    assert_int_equal(daily->series, p->series);
    assert_true(daily->steps < p->steps / 3);
    qp_pass_free(plain);
    qp_pass_free(p);
    qp_pass_free(daily);
    rig_close(&r);
}

static void another_tree_of_categories_is_judged_by_from_then_on(void **state)
{
    struct watch_rig r;
    bool changed;
    (void)state;
    rig_open(&r);
    spread(&r, 100);
    struct qp_pass *p = pass_with(NOISE);
    rig_pass(&r, p, 0, 98);
    qp_pass_end(p);
    assert_int_equal(qp_pass_family(p, family_of(NOISE), &changed, NULL), 0);
    assert_false(changed);
    assert_int_equal(qp_pass_family(p, qp_family_new(NULL), &changed, NULL), 0);
    assert_true(changed);
    rig_pass(&r, p, 99, 99);
    assert_null(sign_of(p, "N"));
    qp_pass_end(p);
    assert_int_equal(qp_pass_family(p, family_of(NOISE), &changed, NULL), 0);
    rig_pass(&r, p, 99, 99);
    assert_non_null(sign_of(p, "N"));
    qp_pass_free(p);
    rig_close(&r);
}

/* WN3: one that says as much itself and brings most of it is told of alone. */
static void what_one_below_explains_is_told_there(void **state)
{
    (void)state;
    struct qp_family *f = family_of(NOISE);
    for (int most = 0; most < 2; most++) {
        struct qp_sign v[2] = {{.area = 1, .category = qp_code("N"), .own = true, .alarm = true},
                               {.area = 1, .category = qp_code("site"), .own = true, .alarm = true}};
        uint32_t judged[] = {10};
        struct qp_rise *rises;
        size_t n;
        for (int w = 0; w < QP_SIGN_WINDOWS; w++) {
            v[0].seen[w] = 30;
            v[0].due[w] = 10;
            v[1].seen[w] = most ? 16 : 14; /* 15 of 20, 13 of 20 */
            v[1].due[w] = 1;
        }
        v[0].f.score_milli = 5000;
        v[1].f.score_milli = 4000;
        assert_int_equal(qp_verdict(f, v, 2, judged, 0, 0, NULL, 0, &rises, &n, NULL), 0);
        assert_int_equal(n, most ? 1 : 2);
        assert_true(!most || rises[0].category == qp_code("site"));
        free(rises);
    }
    qp_family_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_category_lies_below_all_that_are_above_it_by_each_of_its_names),
        cmocka_unit_test(a_rise_that_is_spread_is_seen_in_what_lies_above),
        cmocka_unit_test(another_tree_of_categories_is_judged_by_from_then_on),
        cmocka_unit_test(what_one_below_explains_is_told_there),
    };
    return cmocka_run_group_tests_name("watch_family", tests, NULL, NULL);
}
