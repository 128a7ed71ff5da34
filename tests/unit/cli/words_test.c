/* words_test.c: what is typed wrong is answered with what was meant. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/suggest.h"
#include "tests/unit/cli/rig.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"

static struct rig_said s;

static void the_distance_of_two_words_counts_letters(void **state)
{
    (void)state;
    assert_int_equal(qp_distance("list", "list"), 0);
    assert_int_equal(qp_distance("lsit", "list"), 1); /* two letters exchanged */
    assert_int_equal(qp_distance("lst", "list"), 1);
    assert_int_equal(qp_distance("", "list"), 4);
    assert_true(qp_distance("a word that is far longer than any command", "list") > 100);
}

static void a_command_that_is_not_there_gets_a_suggestion(void **state)
{
    static const char *const typed[][2] = {
        {"staus", "status"}, {"lsit", "list"},   {"escalte", "escalate"},   {"repot", "report"},
        {"ls", "list"},      {"start", "serve"}, {"complet", "completion"}, {"inivte", "invite"}};
    (void)state;
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        char wanted[64];
        rig_run(&s, EN, typed[i][0], NULL);
        assert_int_equal(s.rc, 2);
        snprintf(wanted, sizeof wanted, "did you mean `qipan %s`?", typed[i][1]);
        rig_says(s.err, wanted);
    }
    rig_run(&s, ZH, "staus", NULL);
    rig_says(s.err, "是否指 `qipan status`");
}

static void a_word_that_is_near_nothing_gets_none(void **state)
{
    (void)state;
    assert_null(qp_verb_near("frobnicate"));
    assert_null(qp_verb_near("x"));
    rig_run(&s, EN, "frobnicate", NULL);
    assert_int_equal(s.rc, 2);
    rig_says_not(s.err, "did you mean");
    rig_says(s.err, "there is no command \"frobnicate\"; `qipan help` lists them");
}

static void an_option_that_is_not_there_gets_a_suggestion(void **state)
{
    (void)state;
    rig_run(&s, EN, "board", "--frob", "x", NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "--frob: there is no such option here");
    rig_run(&s, EN, "list", "--urgancy", "x", NULL);
    rig_says(s.err, "did you mean --urgency?");
    rig_run(&s, EN, "close", "ID", "--reslt", "x", NULL);
    rig_says(s.err, "did you mean --result?");
    rig_run(&s, EN, "list", "--jsn", NULL);
    rig_says(s.err, "did you mean --json?");
    rig_run(&s, EN, "list", "--json=yes", NULL);
    rig_says(s.err, "it takes no value");
}

static void an_option_without_its_value_is_told_so(void **state)
{
    (void)state;
    rig_run(&s, EN, "list", "--area", NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "--area: its value is missing");
    rig_run(&s, ZH, "list", "--area", NULL);
    rig_says(s.err, "缺少取值");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_distance_of_two_words_counts_letters),
        cmocka_unit_test(a_command_that_is_not_there_gets_a_suggestion),
        cmocka_unit_test(a_word_that_is_near_nothing_gets_none),
        cmocka_unit_test(an_option_that_is_not_there_gets_a_suggestion),
        cmocka_unit_test(an_option_without_its_value_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
