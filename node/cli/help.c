/* help.c: help in two languages and man pages, from the table of commands. */
#include <errno.h>
#include <string.h>

#include "node/cli/suggest.h"

static const struct {
    const char *name, *en, *zh;
} groups[] = {
    {"node", "Nodes", "节点"},        {"see", "Seeing", "查看"}, {"matters", "Matters", "事项"},
    {"set-up", "Setting up", "设置"}, {"data", "Data", "数据"},
};

static void list_all(const struct qp_cli *c)
{
    puts(QP_TR(c, "qipan: the whole city is one chessboard\n\nusage: qipan COMMAND [OPTIONS] [ARGUMENTS]",
               "qipan 棋盘：全市一盘棋\n\n用法：qipan 命令 [选项] [参数]"));
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        printf("\n%s\n", QP_TR(c, groups[g].en, groups[g].zh));
        for (const struct qp_verb *v = qp_verbs; v->name; v++)
            if (strcmp(v->group, groups[g].name) == 0)
                printf("  %-11s %s\n", v->name, QP_TR(c, v->en, v->zh));
    }
    puts(QP_TR(
        c,
        "\nEverywhere: --json --quiet --node URL --dir DIR --token TOKEN --help. `qipan help COMMAND` says "
        "more.\n"
        "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 illegal step, conflict or rejected rows, 5 "
        "denied, 6 "
        "unreachable,\n"
        "7 queued but not acknowledged, 8 degraded.",
        "\n通用选项：--json --quiet --node URL --dir DIR --token TOKEN --help。详见 `qipan help 命令`。\n"
        "退出码：0 成功，1 失败，2 用法错误，3 不存在，4 步骤不合法、冲突或有行被拒收，5 无权，6 不可达，\n"
        "7 已收存但未确认，8 降级运行。"));
}

static const char *const globals[][3] = {
    {"--json", "print JSON", "输出 JSON"},
    {"--quiet", "print no more than asked for", "少说话"},
    {"--node URL", "the node to speak to (QIPAN_NODE)", "目标节点（QIPAN_NODE）"},
    {"--dir DIR", "the node's folder", "节点目录"},
    {"--token TOKEN", "by which token (QIPAN_TOKEN)", "令牌（QIPAN_TOKEN）"},
};

static void one(const struct qp_cli *c, const struct qp_verb *v)
{
    char words[QP_CLI_USAGE];
    qp_verb_usage(words, v);
    printf("qipan %s %s\n\n  %s\n\n", v->name, words, QP_TR(c, v->en, v->zh));
    for (const struct qp_cli_option *o = v->options; o && o->name; o++) {
        char left[160];
        if (!qp_verb_takes(v, o->name))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        printf("  %-28s %s\n", left, QP_TR(c, o->en, o->zh));
    }
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        printf("  %-28s %s\n", globals[i][0], QP_TR(c, globals[i][1], globals[i][2]));
    if (v->run == qp_verb_warn)
        qp_warn_help(c);
}

static void roff(const char *text)
{
    for (; *text; text++) {
        if (*text == '-' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
}

static void man_globals(void)
{
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++) {
        printf(".TP\n.B ");
        roff(globals[i][0]);
        putchar('\n');
        roff(globals[i][1]);
        putchar('\n');
    }
}

static void man_end(const char *see)
{
    printf(".SH EXIT STATUS\n0 ok, 1 failed, 2 usage, 3 not found, 4 illegal step, conflict or rejected "
           "rows, 5 denied,\n6 "
           "unreachable, 7 queued but not acknowledged, 8 degraded.\n.SH SEE ALSO\n.BR %s\n",
           see);
}

static void man(const struct qp_verb *v)
{
    char words[QP_CLI_USAGE];
    qp_verb_usage(words, v);
    printf(".TH QIPAN-");
    for (const char *p = v->name; *p; p++)
        putchar(*p - ('a' <= *p && *p <= 'z' ? 32 : 0));
    printf(" 1 \"\" \"qipan " QP_VERSION "\"\n.SH NAME\nqipan-%s \\- ", v->name);
    roff(v->en);
    printf("\n.SH SYNOPSIS\n.B qipan %s\n", v->name);
    roff(words);
    puts("\n.SH OPTIONS");
    for (const struct qp_cli_option *o = v->options; o && o->name; o++) {
        if (!qp_verb_takes(v, o->name))
            continue;
        printf(".TP\n.B \\-\\-");
        roff(o->name);
        if (o->value)
            printf(" \\fI%s\\fR", o->value);
        putchar('\n');
        roff(o->en);
        putchar('\n');
    }
    man_globals();
    if (v->run == qp_verb_warn) {
        const struct qp_cli english = {0};
        puts(".SH METHODS\n.nf");
        qp_warn_help(&english);
        puts(".fi");
    }
    man_end("qipan (1)");
}

/* qipan(1): what a person reads first. */
static void man_all(void)
{
    puts(
        ".TH QIPAN 1 \"\" \"qipan " QP_VERSION
        "\"\n.SH NAME\nqipan \\- a city's affairs on one chessboard of nodes\n.SH "
        "SYNOPSIS\n.B qipan\n.I COMMAND\n[OPTIONS] [ARGUMENTS]\n.SH DESCRIPTION\nA federation of identical "
        "nodes: each city, "
        "county, street and community runs this program on its own\nmachine, keeps its own records, and goes "
        "on "
        "working when it is cut off.\nEach command has a page of its own: qipan\\-COMMAND(1).\n.SH COMMANDS");
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        printf(".SS %s\n", groups[g].en);
        for (const struct qp_verb *v = qp_verbs; v->name; v++) {
            if (strcmp(v->group, groups[g].name) != 0)
                continue;
            printf(".TP\n.B %s\n", v->name);
            roff(v->en);
            putchar('\n');
        }
    }
    puts(".SH OPTIONS");
    man_globals();
    puts(".SH FILES\n.TP\n.I /var/lib/qipan/NAME\na node's folder: settings (qipan.conf), keys, the "
         "store\n.TP\n"
         ".I /usr/lib/systemd/system/qipan@.service\none node as a service: qipan@NAME");
    man_end("qipan\\-help (1), qipan\\-init (1), qipan\\-join (1), qipan\\-serve (1), qipan\\-doctor (1)");
}

/* One page a file, NAME.1, for a package. */
static int man_into(const struct qp_cli *c, const char *dir)
{
    char path[1000];
    for (const struct qp_verb *v = NULL; !v || v->name; v = !v ? qp_verbs : v + 1) {
        snprintf(path, sizeof path, "%s/qipan%s%s.1", dir, v ? "-" : "", v ? v->name : "");
        if (!freopen(path, "we", stdout))
            return qp_complain(c, QP_EXIT_FAILED, QP_TR(c, "%s: cannot be written: %s", "%s：无法写入：%s"),
                               path, strerror(errno));
        if (!v)
            man_all();
        else
            man(v);
    }
    return QP_EXIT_OK;
}

int qp_verb_help(struct qp_cli *c)
{
    const char *into = qp_opt(c, "output");
    bool as_man = qp_flag(c, "man");
    if (into)
        return man_into(c, into);
    if (c->nargs == 0 && as_man) {
        man_all();
        return QP_EXIT_OK;
    }
    if (c->nargs == 0) {
        list_all(c);
        return QP_EXIT_OK;
    }
    const struct qp_verb *v = qp_verb_find(c->args[0]);
    if (!v)
        return qp_verb_unknown(c, c->args[0]);
    if (as_man)
        man(v);
    else
        one(c, v);
    return QP_EXIT_OK;
}
