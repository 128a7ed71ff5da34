/* warn_test.c: what `qipan warn` says to files and settings that are wrong, in both languages. Its figures are compared by
 * tests/insight/warn.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/cli.h"
#include "tests/unit/cli/rig.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"

static struct rig_said s;
static char file[] = "/tmp/qp-warn-XXXXXX", other[] = "/tmp/qp-warn-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    int a = mkstemp(file), b = mkstemp(other);
    close(a);
    close(b);
    return a < 0 || b < 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    unlink(other);
    return 0;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Names of columns, settings and methods are Latin in Chinese too; these words are of English sentences alone. */
static bool has_english(const char *text)
{
    static const char *const words[] = {" is ",  " the ",  " there ", " has ",
                                        " not ", " must ", " of ",    " give "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

static void both(int rc, const char *en, const char *zh, const char *more, const char *value,
                 const char *last)
{
    rig_run(&s, EN, "warn", file, more, value, last, NULL);
    assert_int_equal(s.rc, rc);
    rig_says(s.err, en);
    assert_string_equal(s.out, "");
    rig_run(&s, ZH, "warn", file, more, value, last, NULL);
    assert_int_equal(s.rc, rc);
    rig_says(s.err, zh);
    if (has_english(s.err))
        fail_msg("English where Chinese is read: %s", s.err);
}

static void a_file_that_is_wrong_is_told_with_line_and_remedy_in_both_languages(void **state)
{
    (void)state;
    static const struct {
        const char *text, *en, *zh;
    } v[] = {
        {"", ":1: it is empty: the first line names", "文件为空：首行须写明列名"},
        {"a,b\n1,2\n", "lacks observed: the first line", "表头缺少 observed：首行须写明"},
        {"observed\n1\n", "lacks date or i", "表头缺少 date 或 i"},
        {"i,observed,i\n1,1,1\n", "the column i is there twice: rename one", "列 i 出现两次：请改名"},
        {"i,observed\n", "no row below the header: add", "表头下没有数据行：请补上"},
        {"i,observed\n1\n", ":2: it has 1 columns, the header has more: complete",
         "只有 1 列，表头更多：请补全"},
        {"i,observed\n1,x\n", ":2: observed \"x\" is not a count",
         "observed“x”不是 0 至 1000000000 的计数：没有事项时写 0"},
        {"i,observed\nx,1\n", ":2: i \"x\" is not a whole number", "i“x”不是"},
        {"i,observed\n1,1\n3,1\n", ":3: i is 3 where 2 is due", ":3：i 为 3，应为 2：须按顺序每步一行"},
        {"date,observed\n2026-02-30,1\n", "date \"2026-02-30\" is not a day: write",
         "不是日期：请写作 2026-03-01"},
        {"date,observed\n2026-03-01,1\n2026-03-03,1\n", ":3: 2026-03-03 stands where 2026-03-02 is due",
         "此处为 2026-03-03，应为 2026-03-02：须按顺序每日一行"},
        {"date,observed\n2026-03-01,1\n2026-03-08,1\n2026-03-09,1\n", "a row for each week", "每周一行"},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        put(file, v[i].text);
        both(QP_EXIT_USAGE, v[i].en, v[i].zh, NULL, NULL, NULL);
    }
}

static void settings_that_are_none_are_told_with_what_is_possible(void **state)
{
    (void)state;
    put(file, "i,observed\n1,1\n2,2\n");
    both(QP_EXIT_USAGE, "write KEY=VALUE", "须写作 参数=值", "--set", "clip", NULL);
    both(QP_EXIT_USAGE, "gpnb has no such setting; it has: halfLife", "gpnb 没有这个参数；可用：halfLife",
         "--set", "alpha=0.1", NULL);
    both(QP_EXIT_USAGE, "give a number of 0.5 to 100", "须为 0.5 至 100 的数", "--set", "clip=x", NULL);
    both(QP_EXIT_USAGE, "give a whole number", "须为整数", "--set", "least=1.5", NULL);
    both(QP_EXIT_USAGE, "give one of no|yes", "须为 no|yes 之一", "--method=farrington", "--set", "trend=1");
    both(QP_EXIT_USAGE, "nothing to look back at: set one", "没有可参照的数据：请设置其一",
         "--method=bayes-1", "--set", "actY=no");
    both(QP_EXIT_USAGE, "lower w or noPeriods", "请调低 w 或 noPeriods", "--method=farrington", "--set",
         "w=100");
    both(QP_EXIT_USAGE, "there is none of that name", "没有这个方法", "--method", "x", NULL);
    both(QP_EXIT_USAGE, "leave --json out", "请去掉 --json", "--json", NULL, NULL);
}

static void files_that_do_not_go_together_are_named(void **state)
{
    (void)state;
    put(file, "date,observed\n2026-03-01,1\n2026-03-08,2\n");
    put(other, "date,observed\n2026-03-01,1\n2026-03-02,2\n");
    both(QP_EXIT_USAGE, "counts weeks, ", "按周计数", other, NULL, NULL);
    put(other, "i,observed\n1,1\n2,2\n");
    both(QP_EXIT_USAGE, "all or in none", "须全有或全无 date 列", other, NULL, NULL);
    put(other, "date,observed\n2026-03-02,1\n2026-03-09,2\n");
    both(QP_EXIT_USAGE, "its weeks begin on another day", "每周的起始日与", other, NULL, NULL);
    put(file, "date,observed\n2026-03-01,1\n2026-03-02,2\n");
    both(QP_EXIT_USAGE, "are a day apart: leave --freq out", "相隔一日：请去掉 --freq", "--freq", "52", NULL);
}

/* The sanitizer saw what the file's reader had taken: 328 KB for each. */
static void a_file_that_is_not_there_leaves_no_memory_behind(void **state)
{
    (void)state;
    rig_run(&s, EN, "warn", "/tmp/qp-nothing-is-here", NULL);
    assert_int_equal(s.rc, QP_EXIT_NOT_FOUND);
    rig_says(s.err, "/tmp/qp-nothing-is-here: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_wrong_is_told_with_line_and_remedy_in_both_languages),
        cmocka_unit_test(settings_that_are_none_are_told_with_what_is_possible),
        cmocka_unit_test(files_that_do_not_go_together_are_named),
        cmocka_unit_test(a_file_that_is_not_there_leaves_no_memory_behind),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
