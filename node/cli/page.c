/* page.c: see page.h. Called by the commands that list. */
#include "node/cli/page.h"

static void show_rows(const struct qp_cli *c, const struct qp_page *p, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, p->items ? p->items : "items");
    json_t *row;
    size_t i;
    json_array_foreach(rows, i, row) p->show(c, p->arg, row);
    if (json_array_size(rows) == 0)
        qp_tell(c, "%s", p->none);
    if (qp_text_of(answer, "next_cursor")[0] != 0)
        qp_tell(c, QP_TR(c, "there is more: --cursor %s", "还有更多：--cursor %s"),
                qp_text_of(answer, "next_cursor"));
}

int qp_page_show(const struct qp_cli *c, struct qp_client *cl, const struct qp_page *p, json_t **out)
{
    struct qp_url_query q;
    json_t *answer = NULL;
    qp_url_begin(&q, p->path);
    for (size_t i = 0; p->args[i][0]; i++)
        qp_url_add(&q, p->args[i][0], qp_opt(c, p->args[i][1]));
    int rc = qp_client_ask(cl, c, "GET", q.text, NULL, NULL, &answer);
    qp_url_free(&q);
    if (out)
        *out = NULL;
    if (!rc && c->json) {
        qp_print_json(answer);
        return 0;
    }
    if (!rc)
        show_rows(c, p, answer);
    if (!rc && out)
        *out = answer;
    else
        json_decref(answer);
    return rc;
}
