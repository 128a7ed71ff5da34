/* short_name_test.c: what a board writes on a square: short where it is still one of its kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/http/shape/short_name.h"

static void shortened(const char *const *titles, const char *const *want, size_t n)
{
    struct qp_arena *a = qp_arena_new(1 << 20);
    const char *v[8];
    for (size_t i = 0; i < n; i++)
        v[i] = titles[i];
    assert_int_equal(qp_short_names(v, n, a), 0);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(v[i], want[i]);
    qp_arena_free(a);
}

static void what_the_level_says_anyway_is_left_out(void **state)
{
    (void)state;
    static const char *const TITLES[] = {"黄口镇",         "沱河街道",   "韩池孜社区居委会",
                                         "东关街道办事处", "Dorchester", "萧县",
                                         "埇桥区"},
                             *const WANT[] = {"黄口",       "沱河", "韩池孜", "东关",
                                              "Dorchester", "萧县", "埇桥区"};
    shortened(TITLES, WANT, 7);
}

static void one_that_would_be_another_ones_name_keeps_its_own(void **state)
{
    (void)state;
    static const char *const TITLES[] = {"城关镇", "城关街道", "城关", "城东镇"}, *const WANT[] = {
                                                                                      "城关镇", "城关街道",
                                                                                      "城关", "城东"};
    shortened(TITLES, WANT, 4);
}

static void fewer_than_two_characters_are_no_name(void **state)
{
    (void)state;
    static const char *const TITLES[] = {"镇", "东镇", "", "大店镇"}, *const WANT[] = {"镇", "东镇", "",
                                                                                       "大店"};
    shortened(TITLES, WANT, 4);
    shortened(NULL, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_level_says_anyway_is_left_out),
        cmocka_unit_test(one_that_would_be_another_ones_name_keeps_its_own),
        cmocka_unit_test(fewer_than_two_characters_are_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
