/* table_test.c: the table of commands is whole: names, languages, options; and the exit codes are those that
 * the outside was promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "node/cli/cli.h"
#include "proto/steps.h"

static void every_command_speaks_two_languages(void **state)
{
    (void)state;
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        assert_non_null(v->run);
        assert_non_null(v->words);
        assert_true(v->en[0] && v->zh[0] && strcmp(v->en, v->zh) != 0);
        assert_true((unsigned char)v->zh[0] >= 0x80 || strpbrk(v->zh, "\xe4\xe5\xe6\xe7\xe8\xe9"));
        assert_ptr_equal(qp_verb_find(v->name), v); /* no name twice */
        for (const struct qp_cli_option *o = v->options; o && o->name; o++)
            assert_true(o->en[0] && o->zh[0]);
    }
}

static void options_are_unique_and_leave_the_common_ones_alone(void **state)
{
    static const char *const common[] = {"json", "quiet", "node", "dir", "token", "help"};
    (void)state;
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        size_t n = 0;
        for (const struct qp_cli_option *o = v->options; o && o->name; o++, n++) {
            for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
                assert_string_not_equal(o->name, common[i]);
            for (const struct qp_cli_option *p = o + 1; p->name; p++)
                assert_string_not_equal(o->name, p->name);
        }
        assert_true(n < QP_CLI_OPTIONS);
    }
}

static void a_step_takes_its_own_options_only(void **state)
{
    (void)state;
    const struct qp_verb *close = qp_verb_find("close"), *hang = qp_verb_find("hang");
    assert_true(qp_verb_takes(close, "result") && qp_verb_takes(close, "of") && qp_verb_takes(close, "at"));
    assert_false(qp_verb_takes(close, "until") || qp_verb_takes(close, "reason"));
    assert_true(qp_verb_takes(hang, "until"));
    assert_false(qp_verb_takes(hang, "result"));
    assert_true(qp_verb_takes(qp_verb_find("list"), "until")); /* no step: its own table says what there is */
    for (const struct qp_verb *v = qp_verbs; v->name; v++)
        assert_true(v->run != qp_verb_step || qp_step_find(v->name)); /* and no other command is one */
}

static void every_step_of_the_api_is_a_command_with_its_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        const struct qp_verb *v = qp_verb_find(qp_steps[i].name);
        char usage[QP_CLI_USAGE], want[80];
        assert_true(v && v->run == qp_verb_step);
        qp_verb_usage(usage, v);
        assert_true(strncmp(usage, "ID", 2) == 0);
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++) {
            if (r->need == QP_NEED_OWN) {
                assert_null(qp_verb_row(v, r->name));
                continue;
            }
            bool must = r->need == QP_NEED_MUST;
            assert_true(qp_verb_takes(v, r->name) && qp_option_index(v, r->name) >= 0);
            assert_int_equal(qp_verb_needs(v, r->name), must);
            snprintf(want, sizeof want, must ? " --%s %s" : " [--%s %s]", r->name, r->words->value);
            assert_non_null(strstr(usage, want));
        }
    }
}

static void all_that_was_promised_is_there(void **state)
{
    static const char *const names[] = {
        "dev",      "init",       "invite",   "join",   "serve",  "status", "tree",     "board",
        "doctor",   "version",    "report",   "list",   "show",   "sort",   "assign",   "progress",
        "escalate", "dispatch",   "transfer", "return", "accept", "refuse", "withdraw", "handle",
        "visit",    "close",      "reopen",   "hang",   "resume", "merge",  "unmerge",  "comment",
        "urge",     "prove",      "verify",   "user",   "token",  "config", "import",   "export",
        "rebuild",  "completion", "help",     "clock",  "policy", "warn",   "leads",    "grid",
        "duty",     "patrol"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!qp_verb_find(names[i]))
            fail_msg("there is no command %s", names[i]);
    assert_null(qp_verb_find("frobnicate"));
}

static void errors_end_with_the_promised_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(qp_exit_of(QP_OK), 0);
    assert_int_equal(qp_exit_of(QP_EIO), 1);
    assert_int_equal(qp_exit_of(QP_EINVAL), 2);
    assert_int_equal(qp_exit_of(QP_ENOTFOUND), 3);
    assert_int_equal(qp_exit_of(QP_ESTEP), 4);
    assert_int_equal(qp_exit_of(QP_ENOTHOLDER), 4);
    assert_int_equal(qp_exit_of(QP_EUSED), 4);
    assert_int_equal(qp_exit_of(QP_EDENIED), 5);
    assert_int_equal(qp_exit_of(QP_EEXPIRED), 5);
    assert_int_equal(qp_exit_of(QP_EUNREACHABLE), 6);
    assert_int_equal(qp_exit_of(QP_ERECOVER), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_speaks_two_languages),
        cmocka_unit_test(options_are_unique_and_leave_the_common_ones_alone),
        cmocka_unit_test(a_step_takes_its_own_options_only),
        cmocka_unit_test(every_step_of_the_api_is_a_command_with_its_fields),
        cmocka_unit_test(all_that_was_promised_is_there),
        cmocka_unit_test(errors_end_with_the_promised_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
