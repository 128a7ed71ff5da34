/* audit.c: `qipan audit`: who did what at a node and below it, the newest first. */
#include <stdio.h>
#include <string.h>

#include "node/cli/client.h"
#include "node/cli/show.h"
#include "proto/audit.h"

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

static void show_line(const struct qp_cli *c, const json_t *x)
{
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
    static const char *const names[][2] = {{"who", "who"},      {"what", "what"}, {"from", "from"},
                                           {"to", "to"},        {"node", "at"},   {"limit", "limit"},
                                           {"cursor", "cursor"}};
    struct qp_client cl;
    struct qp_url_query q;
    json_t *out = NULL, *x;
    size_t i;
    int rc = qp_client_open(&cl, c);
    if (rc != 0)
        return rc;
    qp_url_begin(&q, "/api/v1/audit");
    for (i = 0; i < sizeof names / sizeof *names; i++)
        qp_url_add(&q, names[i][0], qp_opt(c, names[i][1]));
    rc = qp_client_ask(&cl, c, "GET", q.text, NULL, NULL, &out);
    qp_url_free(&q);
    qp_client_close(&cl);
    if (rc == 0 && c->json) {
        qp_print_json(out);
        return 0;
    }
    if (rc == 0 && json_array_size(json_object_get(out, "items")) == 0)
        qp_tell(c, "%s", QP_TR(c, "nothing of that kind stands in the trail", "无此类留痕"));
    json_array_foreach(json_object_get(out, "items"), i, x) show_line(c, x);
    if (rc == 0 && qp_text_of(out, "next_cursor")[0] != 0)
        qp_tell(c, QP_TR(c, "there is more: --cursor %s", "还有更多：--cursor %s"),
                qp_text_of(out, "next_cursor"));
    json_decref(out);
    return rc;
}
