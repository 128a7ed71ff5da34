/* run.c: from argv to a command of the table: the language, the options that every command has, its own
 * options. */
#include "node/cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "node/cli/suggest.h"

enum { OPT_JSON = 1000, OPT_QUIET, OPT_NODE, OPT_DIR, OPT_TOKEN, OPT_HELP, OPT_VERSION };

static const struct option everywhere[] = {
    {"json", no_argument, NULL, OPT_JSON},         {"quiet", no_argument, NULL, OPT_QUIET},
    {"node", required_argument, NULL, OPT_NODE},   {"dir", required_argument, NULL, OPT_DIR},
    {"token", required_argument, NULL, OPT_TOKEN}, {"help", no_argument, NULL, OPT_HELP},
};

static bool chinese(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *v = getenv(names[i]);
        if (v && v[0] != 0)
            return strncmp(v, "zh", 2) == 0;
    }
    return false;
}

/* One option that every command has; false: it is not one. */
static bool common(struct qp_cli *c, int opt, bool *help)
{
    switch (opt) {
    case OPT_JSON: c->json = true; return true;
    case OPT_QUIET: c->quiet = true; return true;
    case OPT_NODE: c->node = optarg; return true;
    case OPT_DIR: c->dir = optarg; return true;
    case OPT_TOKEN: c->token = optarg; return true;
    case OPT_HELP: *help = true; return true;
    default: return false;
    }
}

static int usage(const struct qp_cli *c)
{
    char words[QP_CLI_USAGE];
    qp_verb_usage(words, c->verb);
    fprintf(stderr,
            QP_TR(c, "usage: qipan %s %s   (qipan help %s)\n", "用法：qipan %s %s   （qipan help %s）\n"),
            c->verb->name, words, c->verb->name);
    return QP_EXIT_USAGE;
}

static int bad_option(const struct qp_cli *c, const char *given, bool bare)
{
    char name[64];
    const char *word = given + strspn(given, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const char *near = bare || given[0] != '-' || given[1] != '-' ? NULL : qp_option_near(c->verb, name);
    if (bare)
        fprintf(stderr, QP_TR(c, "qipan %s: %s: its value is missing", "qipan %s：%s：缺少取值"),
                c->verb->name, given);
    else
        fprintf(stderr, QP_TR(c, "qipan %s: %s: there is no such option here", "qipan %s：%s：没有这个选项"),
                c->verb->name, given);
    if (near && strcmp(near, name) == 0) /* --json=yes */
        fputs(QP_TR(c, "; it takes no value", "；它不带取值"), stderr);
    else if (near)
        fprintf(stderr, QP_TR(c, "; did you mean --%s?", "；是否指 --%s？"), near);
    fprintf(stderr, QP_TR(c, " (qipan help %s)\n", " （qipan help %s）\n"), c->verb->name);
    return QP_EXIT_USAGE;
}

static int read_options(struct qp_cli *c, int argc, char **argv, bool *help)
{
    struct option all[QP_CLI_OPTIONS + 16];
    size_t n = 0;
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++)
        all[n++] = everywhere[i];
    for (int i = 0; c->verb->options && c->verb->options[i].name; i++) {
        const struct qp_cli_option *o = &c->verb->options[i];
        assert(i < QP_CLI_OPTIONS);
        all[n++] = (struct option){o->name, o->value ? required_argument : no_argument, NULL, i};
    }
    all[n] = (struct option){0};
    optind = 0; /* begin anew, whatever was read before */
    opterr = 0;
    for (int opt; (opt = getopt_long(argc, argv, ":qho:f", all, NULL)) != -1;) {
        int own = -1;
        switch (opt) {
        case 'q': c->quiet = true; continue;
        case 'h': *help = true; continue;
        case 'o': own = qp_option_index(c->verb, "output"); break;
        case 'f': own = qp_option_index(c->verb, "follow"); break;
        case ':': return bad_option(c, argv[optind - 1], true);
        case '?': return bad_option(c, argv[optind - 1], false);
        default:
            if (common(c, opt, help))
                continue;
            own = opt;
        }
        if (own < 0)
            return usage(c);
        if (c->ngiven == QP_CLI_GIVEN)
            return qp_complain(c, QP_EXIT_USAGE,
                               QP_TR(c, "%s: more than %d options are too many", "%s：选项超过 %d 个"),
                               c->verb->name, QP_CLI_GIVEN);
        c->given[c->ngiven].option = own;
        c->given[c->ngiven++].value = optarg ? optarg : "";
    }
    c->args = argv + optind;
    c->nargs = argc - optind;
    return 0;
}

static int run(struct qp_cli *c, int argc, char **argv)
{
    bool help = false;
    int rc = read_options(c, argc, argv, &help);
    if (rc)
        return rc;
    if (help) {
        char *name[] = {(char *)(uintptr_t)c->verb->name};
        c->verb = qp_verb_find("help");
        c->ngiven = 0; /* they were the other command's */
        c->args = name;
        c->nargs = 1;
        return c->verb->run(c);
    }
    if (c->verb->most >= 0 && c->nargs > c->verb->most)
        fprintf(stderr, QP_TR(c, "qipan %s: \"%s\" is one argument too many\n", "qipan %s：多余的参数“%s”\n"),
                c->verb->name, c->args[c->verb->most]);
    if (c->nargs < c->verb->least || (c->verb->most >= 0 && c->nargs > c->verb->most))
        return usage(c);
    return c->verb->run(c);
}

static int command(struct qp_cli *c, int argc, char **argv)
{
    /* Options that every command has may stand before it: they are moved behind it. */
    int at = 1;
    while (at < argc && argv[at][0] == '-' && argv[at][1] != 0) {
        bool takes = strcmp(argv[at], "--node") == 0 || strcmp(argv[at], "--dir") == 0 ||
                     strcmp(argv[at], "--token") == 0;
        if (strcmp(argv[at], "--version") == 0)
            return qp_verb_version(c);
        at += takes ? 2 : 1;
    }
    bool bare = argc <= 1 ||
                (at >= argc && (strcmp(argv[argc - 1], "--help") == 0 || strcmp(argv[argc - 1], "-h") == 0));
    const char *name = bare ? "help" : at < argc ? argv[at] : "";
    c->verb = qp_verb_find(name);
    if (!c->verb && name[0] == 0)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "%s: there is no command; `qipan help` lists them",
                                 "%s：没有给出命令，请看 `qipan help`"),
                           argv[argc - 1]);
    if (!c->verb)
        return qp_verb_unknown(c, name);
    if (bare)
        return c->verb->run(c);
    if (strcmp(name, "serve") == 0) /* a node that runs on has a title of its own */
        argv = qp_title_take(&c->title, argc, argv);
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    argv[1] = argv[0];
    return run(c, argc - 1, argv + 1);
}

int qp_cli_main(int argc, char **argv)
{
    struct qp_err e = {0};
    struct qp_cli c = {.zh = chinese(), .terminal = isatty(STDERR_FILENO) == 1};
    char *held[QP_CLI_HELD] = {0};
    const char *no_color = getenv("NO_COLOR");
    c.held = held;
    c.color = isatty(STDOUT_FILENO) == 1 && (!no_color || no_color[0] == 0);
    if (qp_crypto_init(&e))
        return qp_complain_err(&c, &e);
    int rc = command(&c, argc, argv);
    qp_title_free(&c.title);
    for (size_t i = 0; i < QP_CLI_HELD; i++)
        free(held[i]);
    if (fflush(stdout) != 0 || ferror(stdout))
        return rc ? rc
                  : qp_complain(&c, QP_EXIT_FAILED, "standard output could not be written: %s",
                                strerror(errno));
    return rc;
}
