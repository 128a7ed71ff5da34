/* complete.c: `qipan completion`: scripts for bash, zsh and fish, from the table of commands. */
#include <string.h>

#include "node/cli/cli.h"

static const char *const common[] = {"json", "quiet", "node", "dir", "token", "help"};
enum { COMMON = sizeof common / sizeof common[0] };

/* The words that may stand first: "add list end" of "add|list|end NAME"; nothing for "ID" and the like. */
static void print_words(const struct qp_verb *v, char between)
{
    if (!strchr(v->words, '|') || v->words[0] < 'a' || v->words[0] > 'z')
        return;
    size_t n = strcspn(v->words, " ");
    for (size_t i = 0; i < n; i++)
        putchar(v->words[i] == '|' ? between : v->words[i]);
    putchar(between);
}

static void print_choices(const struct qp_cli_option *o)
{
    for (const char *p = o->value; *p != 0; p++)
        putchar(*p == '|' ? ' ' : *p);
}

/* Its value is one of some words, as in "yes|no". */
static bool has_choices(const struct qp_cli_option *o)
{
    return o->value && strchr(o->value, '|') && !strpbrk(o->value, " :/") && o->value[0] >= 'a' &&
           o->value[0] <= 'z'; /* FILE|DIR are none */
}

static void bash_choices(const struct qp_verb *v)
{
    for (const struct qp_cli_option *o = v->options; o && o->name; o++) {
        if (!qp_verb_takes(v, o->name) || !has_choices(o))
            continue;
        printf("            [[ ${COMP_WORDS[COMP_CWORD-1]} == --%s ]] && words=\"", o->name);
        print_choices(o);
        puts("\"");
    }
}

static void bash(const struct qp_cli *c)
{
    (void)c;
    puts("# bash completion for qipan: eval \"$(qipan completion bash)\"\n_qipan() {\n    local "
         "word=${COMP_WORDS[COMP_CWORD]} words\n"
         "    if [[ $COMP_CWORD -eq 1 ]]; then words=\"");
    for (const struct qp_verb *v = qp_verbs; v->name; v++)
        printf(" %s", v->name);
    puts("\"\n    else\n        case ${COMP_WORDS[1]} in");
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        printf("        %s) words=\"", v->name);
        print_words(v, ' ');
        for (const struct qp_cli_option *o = v->options; o && o->name; o++)
            if (qp_verb_takes(v, o->name))
                printf("--%s ", o->name);
        puts("\"");
        bash_choices(v);
        puts("            ;;");
    }
    puts("        esac\n        words+=\" --json --quiet --node --dir --token --help\"\n    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "    [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$word\"))\n}\ncomplete -F _qipan "
         "qipan");
}

/* Within single quotes; `also` is escaped as well where the shell wants it. */
static void quoted(const char *text, const char *also)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(also, *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

/* o NULL: one of the options that every command has. */
static void zsh_option(const struct qp_cli_option *o, const char *name, const char *value, const char *text)
{
    printf("            '--%s%s[", name, value ? "=" : "");
    quoted(text, "[]:");
    printf("]%s", value ? ":" : "");
    if (value) {
        quoted(value, "[]:");
        if (o && has_choices(o)) {
            fputs(":(", stdout);
            print_choices(o);
            puts(")' \\");
            return;
        }
        fputs(strstr(value, "DIR") || strstr(value, "FILE") || strstr(value, "MAP") ? ":_files" : ": ",
              stdout);
    }
    puts("' \\");
}

static void zsh(const struct qp_cli *c)
{
    puts("#compdef qipan\n# zsh completion for qipan: eval \"$(qipan completion zsh)\"\n_qipan() {\n    "
         "local -a "
         "commands\n    commands=(");
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        printf("        '%s:", v->name);
        quoted(QP_TR(c, v->en, v->zh), ":");
        puts("'");
    }
    puts(
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
        "    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $verb in");
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        printf("        %s) _arguments \\\n", v->name);
        for (const struct qp_cli_option *o = v->options; o && o->name; o++)
            if (qp_verb_takes(v, o->name))
                zsh_option(o, o->name, o->value, QP_TR(c, o->en, o->zh));
        for (size_t i = 0; i < COMMON; i++)
            zsh_option(NULL, common[i], i == 2 ? "URL" : i == 3 ? "DIR" : i == 4 ? "TOKEN" : NULL, common[i]);
        printf("            '1: :(");
        print_words(v, ' ');
        puts(")' '*: :_files' ;;");
    }
    puts("    esac\n}\ncompdef _qipan qipan");
}

static void fish_option(const char *verb, const struct qp_cli_option *o, const char *text)
{
    printf("complete -c qipan -n '__fish_seen_subcommand_from %s' -l %s%s", verb, o->name,
           o->value ? " -r" : "");
    if (has_choices(o)) {
        fputs(" -a '", stdout);
        print_choices(o);
        putchar('\'');
    }
    fputs(" -d '", stdout);
    quoted(text, "");
    puts("'");
}

static void fish(const struct qp_cli *c)
{
    puts("# fish completion for qipan: qipan completion fish | source");
    for (const struct qp_verb *v = qp_verbs; v->name; v++) {
        printf("complete -c qipan -f -n __fish_use_subcommand -a %s -d '", v->name);
        quoted(QP_TR(c, v->en, v->zh), "");
        puts("'");
        for (const struct qp_cli_option *o = v->options; o && o->name; o++)
            if (qp_verb_takes(v, o->name))
                fish_option(v->name, o, QP_TR(c, o->en, o->zh));
        if (strchr(v->words, '|') && v->words[0] >= 'a' && v->words[0] <= 'z') {
            printf("complete -c qipan -f -n '__fish_seen_subcommand_from %s' -a '", v->name);
            print_words(v, ' ');
            puts("'");
        }
    }
    for (size_t i = 0; i < COMMON; i++)
        printf("complete -c qipan -l %s%s\n", common[i], i >= 2 && i <= 4 ? " -r" : "");
}

int qp_verb_completion(struct qp_cli *c)
{
    static const struct {
        const char *name;
        void (*print)(const struct qp_cli *c);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    const char *wanted = c->nargs > 0 ? c->args[0] : "bash";
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shells[i].name, wanted) == 0) {
            shells[i].print(c);
            return QP_EXIT_OK;
        }
    return qp_complain(
        c, QP_EXIT_USAGE,
        QP_TR(c, "completion: \"%s\" is none of bash, zsh, fish", "completion：“%s”不是 bash、zsh 或 fish"),
        wanted);
}
