/* help_test.c: help, man pages and completion have every command, in both languages, in a form that their
 * readers take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/cli/cli.h"
#include "tests/unit/cli/rig.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"

static struct rig_said s;

static void help_lists_every_command_in_both_languages(void **state)
{
    (void)state;
    for (int zh = 0; zh < 2; zh++) {
        rig_run(&s, zh ? ZH : EN, "help", NULL);
        assert_int_equal(s.rc, 0);
        for (const struct qp_verb *v = qp_verbs; v->name; v++) {
            char line[64];
            snprintf(line, sizeof line, "\n  %-11s ", v->name);
            rig_says(s.out, line);
            rig_says(s.out, zh ? v->zh : v->en);
        }
    }
}

static void help_of_a_command_has_its_options_and_no_others(void **state)
{
    (void)state;
    rig_run(&s, EN, "help", "hang", NULL);
    rig_says(s.out, "--until TIME");
    rig_says_not(s.out, "--result");
    rig_run(&s, EN, "hang", "--help", NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "--until TIME");
    rig_run(&s, ZH, "help", "invite", NULL);
    rig_says(s.out, "--replace");
    rig_run(&s, EN, "help", "serve", NULL);
    rig_says(s.out, "--parent tcp://HOST:PORT");
    rig_says(s.out, "--advertise tcp://HOST:PORT");
}

static void man_pages_escape_what_roff_would_eat(void **state)
{
    (void)state;
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        rig_run(&s, EN, "help", "--man", v->name, NULL);
        assert_int_equal(s.rc, 0);
        assert_true(strncmp(s.out, ".TH QIPAN-", 10) == 0);
        rig_says(s.out, "\n.SH SYNOPSIS\n");
        rig_says(s.out, "\n.SH EXIT STATUS\n");
    }
    rig_run(&s, EN, "export", "--output", "x", "--help",
            NULL); /* the other command's options are not help's */
    rig_says_not(s.out, ".SH");
    rig_says(s.out, "--output FILE");
    rig_run(&s, EN, "help", "--man", "dev", NULL);
    rig_says(s.out, "\\-\\-http\\-base");
    rig_run(&s, EN, "help", "--man", "warn", NULL);
    rig_says(s.out, ".SH METHODS"); /* its option --method says that they are listed below */
    rig_says(s.out, "farrington");
}

/* True when the shell is not here, or takes the text without a word. */
static bool taken(const char *shell, const char *check, const char *text)
{
    char path[] = "/tmp/qp-completion-XXXXXX", command[200];
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    snprintf(command, sizeof command, "! command -v %s >/dev/null || %s %s %s", shell, shell, check, path);
    bool ok = system(command) == 0;
    snprintf(command, sizeof command, "command -v %s >/dev/null", shell);
    if (system(command) != 0)
        print_message("SKIPPED: %s is not here to read its completion\n", shell);
    unlink(path);
    return ok;
}

static void bash_completes_commands_options_and_first_words(void **state)
{
    (void)state;
    rig_run(&s, EN, "completion", "bash", NULL);
    assert_int_equal(s.rc, 0);
    assert_true(taken("bash", "-n", s.out));
    rig_says(s.out, "config) words=\"check show defaults ");
    rig_says(s.out, "completion) words=\"bash zsh fish ");
    char script[sizeof s.out + 300], path[] = "/tmp/qp-complete-XXXXXX", command[100];
    snprintf(
        script, sizeof script,
        "%s\nCOMP_WORDS=(qipan inv); COMP_CWORD=1; _qipan; [[ ${COMPREPLY[*]} == invite ]] || exit 1\n"
        "COMP_WORDS=(qipan hang x --un); COMP_CWORD=3; _qipan; [[ ${COMPREPLY[*]} == --until ]] || exit 2\n",
        s.out);
    int fd = mkstemp(path);
    assert_true(write(fd, script, strlen(script)) == (ssize_t)strlen(script));
    close(fd);
    snprintf(command, sizeof command, "bash %s", path);
    int rc = system(command);
    unlink(path);
    assert_int_equal(rc, 0);
}

/* Every line's single quotes are closed: `'\''` stands for one of them. */
static void quotes_are_closed(const char *text)
{
    char line[2000];
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n"), quotes = 0;
        snprintf(line, sizeof line, "%.*s", (int)n, p);
        for (const char *q = line; *q; q++)
            quotes += *q == '\'' && !(q > line && q[-1] == '\\');
        if (quotes % 2 != 0)
            fail_msg("an open quote: %s", line);
        p += n + (p[n] != 0);
    }
}

static void zsh_and_fish_get_every_command_and_option(void **state)
{
    static const char *const shells[] = {"zsh", "fish"};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (int zh = 0; zh < 2; zh++) {
            rig_run(&s, zh ? ZH : EN, "completion", shells[i], NULL);
            assert_int_equal(s.rc, 0);
            assert_true(taken(shells[i], "-n", s.out));
            quotes_are_closed(s.out);
            for (const struct qp_verb *v = qp_verbs; v->name; v++) {
                char wanted[100];
                snprintf(wanted, sizeof wanted, i == 0 ? "        '%s:" : "-a %s -d", v->name);
                rig_says(s.out, wanted);
                for (const struct qp_cli_option *o = v->options; o && o->name; o++) {
                    snprintf(wanted, sizeof wanted, i == 0 ? "'--%s" : " -l %s", o->name);
                    rig_says(s.out, wanted);
                }
            }
        }
    rig_run(&s, EN, "completion", "tcsh", NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "none of bash, zsh, fish");
}

static void put(const char *dir, const char *text)
{
    char path[100];
    snprintf(path, sizeof path, "%s/qipan.conf", dir);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void config_check_says_what_it_read(void **state)
{
    char dir[] = "/tmp/qp-settings-XXXXXX", command[100];
    (void)state;
    assert_non_null(mkdtemp(dir));
    rig_run(&s, EN, "config", "check", "--dir", dir, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "there are no settings in ");
    rig_run(&s, ZH, "config", "check", "--dir", dir, NULL);
    rig_says(s.out, "没有配置文件");
    put(dir, "http { threads = 3 }\n");
    rig_run(&s, EN, "config", "check", "--dir", dir, NULL);
    rig_says(s.out, "sound (1 files");
    put(dir, "http {\n    threads = 3\n");
    rig_run(&s, EN, "config", "check", "--dir", dir, NULL);
    assert_int_equal(s.rc, 1);
    rig_says(s.err, "qipan.conf:1: the section that begins here has no end");
    rig_run(&s, EN, "config", "check", "--dir", "/nonexistent/qipan", NULL);
    assert_int_equal(s.rc, 3);
    rig_run(&s, EN, "config", "show", "--dir", dir, "--json", NULL);
    assert_int_equal(s.rc, 1);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_command_in_both_languages),
        cmocka_unit_test(help_of_a_command_has_its_options_and_no_others),
        cmocka_unit_test(man_pages_escape_what_roff_would_eat),
        cmocka_unit_test(bash_completes_commands_options_and_first_words),
        cmocka_unit_test(zsh_and_fish_get_every_command_and_option),
        cmocka_unit_test(config_check_says_what_it_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
