/* audit.c: `qipan audit`: who did what at a node and below it, the newest first. */
#include <stdio.h>
#include <string.h>

#include "node/cli/page.h"
#include "node/cli/show.h"
#include "proto/audit.h"

#define X(NAME, name, number, zh, en) name " "
#define QP_AUDIT_NAMES                QP_AUDITS(X)
const struct qp_cli_option qp_audit_options[] = {
    {"who", "NAME", "what this one did, or was tried by his name", "此人所为，或以其名义的尝试"},
    {"what", "NAME", "of this kind: " QP_AUDIT_NAMES, "类别：" QP_AUDIT_NAMES},
    {"from", "TIME", "from this time on", "自此时起"},
    {"to", "TIME", "before this time", "至此时止"},
    {"at", "PATH", "at this node and below it", "此节点及其以下"},
    {"limit", "N", "as many at once (100)", "一次多少条（100）"},
    {"cursor", "TEXT", "go on from there", "从此处继续"},
    {NULL, NULL, NULL, NULL},
};

#undef X

static const char *what_word(const struct qp_cli *c, const char *what)
{
    static const struct {
        const char *name, *zh;
    } words[] = {
#define X(NAME, name, number, zh, en) {name, zh},
        QP_AUDITS(X)
#undef X
    };
    for (size_t i = 0; c->zh && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, what) == 0)
            return words[i].zh;
    return what;
}

static void show_line(const struct qp_cli *c, void *arg, const json_t *x)
{
    (void)arg;
    long long times = (long long)json_integer_value(json_object_get(x, "times"));
    printf("%s  ", qp_text_of(x, "at"));
    qp_print_padded(qp_text_of(x, "node"), 24);
    putchar(' ');
    qp_print_padded(qp_text_of(x, "who"), 16);
    putchar(' ');
    qp_print_padded(what_word(c, qp_text_of(x, "what")), 16);
    printf(" %s  %s", qp_text_of(x, "from"), qp_text_of(x, "on"));
    if (qp_text_of(x, "purpose")[0] != 0)
        printf("  \"%s\"", qp_text_of(x, "purpose"));
    if (qp_text_of(x, "asked_by")[0] != 0)
        printf("  %s %s", QP_TR(c, "asked from", "来自"), qp_text_of(x, "asked_by"));
    if (times > 1)
        printf("  x%lld", times);
    putchar('\n');
}

int qp_verb_audit(struct qp_cli *c)
{
    /* the API's `node` is the place; the option --node is the node that is asked */
    static const char *const args[][2] = {{"who", "who"},       {"what", "what"}, {"from", "from"},
                                          {"to", "to"},         {"node", "at"},   {"limit", "limit"},
                                          {"cursor", "cursor"}, {NULL, NULL}};
    const struct qp_page page = {.path = "/api/v1/audit",
                                 .args = args,
                                 .show = show_line,
                                 .none = QP_TR(c, "nothing of that kind stands in the trail", "无此类留痕")};
    struct qp_client cl;
    int rc = qp_client_open(&cl, c);
    if (!rc) {
        rc = qp_page_show(c, &cl, &page, NULL);
        qp_client_close(&cl);
    }
    return rc;
}
