/* policy_test.c: `qipan policy` on what is shipped and on what is wrong. Run from the repository's root. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/cli.h"
#include "tests/unit/cli/rig.h"

#define EN     "C.UTF-8"
#define ZH     "zh_CN.UTF-8"
#define SUZHOU "topology/policy/suzhou"

static struct rig_said s;
static char file[64];

/* A policy as JSON with ' for ". */
static const char *laid(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    for (const char *p = text; *p != '\0'; p++)
        fputc(*p == '\'' ? '"' : *p, f);
    assert_int_equal(fclose(f), 0);
    return file;
}

static int begin(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "/tmp/qp-policy-cli-XXXXXX");
    int fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
    (void)state;
    return remove(file);
}

static void both_shipped_policies_pass_the_check(void **state)
{
    (void)state;
    rig_run(&s, EN, "policy", "check", SUZHOU, NULL);
    assert_int_equal(s.rc, QP_EXIT_OK);
    rig_says(s.out, "is sound: 132 categories, 2 calendars");
    rig_run(&s, ZH, "policy", "check", SUZHOU, NULL);
    rig_says(s.out, "132 个类别");
    rig_run(&s, EN, "policy", "check", "topology/policy/boston", "--json", NULL);
    assert_int_equal(s.rc, QP_EXIT_OK);
    rig_says(s.out, "\"sound\": true");
    rig_says(s.out, "\"version\": \"boston-2011-1\"");
}

static void what_is_shown_passes_the_check_and_says_the_same(void **state)
{
    (void)state;
    rig_run(&s, EN, "policy", "show", SUZHOU, "--json", NULL);
    assert_int_equal(s.rc, QP_EXIT_OK);
    assert_true(strncmp(s.out, "{\"version\":\"suzhou-2026-1\"", 26) == 0);
    FILE *f = fopen(file, "w");
    assert_true(fputs(s.out, f) >= 0);
    assert_int_equal(fclose(f), 0);
    rig_run(&s, EN, "policy", "check", file, "--against", SUZHOU, NULL);
    assert_int_equal(s.rc, QP_EXIT_OK);
    rig_says(s.out, "it says the same as " SUZHOU);
    rig_run(&s, EN, "policy", "show", file, NULL);
    assert_int_equal(s.rc, QP_EXIT_OK);
    rig_says(s.out, "  \"version\": \"suzhou-2026-1\"");
}

static void every_mistake_is_told_with_the_remedy(void **state)
{
    (void)state;
    laid("{'version':'0',\n'title':'T',\n'categories':[{'code':'','title':'x','visit':2},\n{'code':'a','"
         "title':'A','clocks':{'close':'1x'}}]}");
    rig_run(&s, EN, "policy", "check", file, NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
    rig_says(s.err, ":3: categories[0].visit: visit \"2\" is no share: write 0 to 1");
    rig_says(s.err, ":4: categories[1].clocks.close: ");
    rig_says(s.err, "built-in");
    rig_says(s.err, "mistakes: 3");
    rig_run(&s, ZH, "policy", "check", file, NULL);
    rig_says(s.err, "不是比例；写 0 到 1");
    rig_says(s.err, "3 处错误");
    rig_run(&s, EN, "policy", "check", file, "--json", NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
    rig_says(s.out, "\"sound\": false");
    rig_says(s.out, "\"line\": 3");
    rig_says(s.out, "\"path\": \"categories[0].visit\"");
    rig_run(&s, EN, "policy", "show", file, NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
    assert_string_equal(s.out, "");
}

static void what_loosens_is_named_and_ends_as_a_conflict(void **state)
{
    (void)state;
    laid("{'version':'county-1','categories':[{'code':'0101','clocks':{'close':'1h'},'visit':0.5},{'code':'"
         "0105','clocks':{'close':'48h'}},"
         "{'code':'9999','title':'new'}]}");
    rig_run(&s, EN, "policy", "check", file, "--below", "--against", SUZHOU, NULL);
    assert_int_equal(s.rc, QP_EXIT_CONFLICT);
    rig_says(s.out, "categories[0101].clocks.close: 2h -> 1h: stricter");
    rig_says(s.out, "categories[0105].clocks.close: 24h -> 48h: looser");
    rig_says(s.out, "categories[9999]: there is none above");
    rig_says(s.err, "it may tighten alone");
    rig_run(&s, ZH, "policy", "check", file, "--below", "--against", SUZHOU, NULL);
    rig_says(s.out, "放宽");
    rig_says(s.err, "下级只能收紧");
    rig_run(&s, EN, "policy", "check", file, "--below", "--against", SUZHOU, "--json", NULL);
    assert_int_equal(s.rc, QP_EXIT_CONFLICT);
    rig_says(s.out, "\"refused_below\": 1");
    rig_says(s.out, "\"kind\": \"looser\"");
    laid("{'version':'county-2','categories':[{'code':'0101','clocks':{'close':'1h'}}]}");
    rig_run(&s, EN, "policy", "check", file, "--below", "--against", SUZHOU, NULL);
    assert_int_equal(s.rc, QP_EXIT_OK);
    /* As the root's own it would have to stand by itself. */
    rig_run(&s, EN, "policy", "check", file, NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
}

static void wrong_words_and_absent_files_end_as_everywhere(void **state)
{
    (void)state;
    rig_run(&s, EN, "policy", "chek", SUZHOU, NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_run(&s, EN, "policy", "check", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_run(&s, EN, "policy", "check", SUZHOU, "--below", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_run(&s, EN, "policy", "check", "nowhere", NULL);
    assert_int_equal(s.rc, QP_EXIT_NOT_FOUND);
    rig_run(&s, EN, "policy", "check", SUZHOU, "--against", "nowhere", NULL);
    assert_int_equal(s.rc, QP_EXIT_NOT_FOUND);
    rig_run(&s, EN, "policy", "check", "topology", NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
    rig_says(s.err, "policy.conf");
    laid("{'version':'x'");
    rig_run(&s, EN, "policy", "check", SUZHOU, "--against", file, "--json", NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_shipped_policies_pass_the_check),
        cmocka_unit_test(what_is_shown_passes_the_check_and_says_the_same),
        cmocka_unit_test(every_mistake_is_told_with_the_remedy),
        cmocka_unit_test(what_loosens_is_named_and_ends_as_a_conflict),
        cmocka_unit_test(wrong_words_and_absent_files_end_as_everywhere),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
