/* here.c: see here.h. */
#include "node/cli/here.h"

#include <string.h>

void qp_here_take(struct qp_here *h, const json_t *node)
{
    *h = (struct qp_here){0};
    snprintf(h->path, sizeof h->path, "%s", qp_text_of(node, "path"));
    if (qp_zone_load(&h->zone, qp_text_of(node, "zone"), NULL))
        h->zone = NULL;
}

void qp_here_ask(struct qp_here *h, struct qp_client *cl)
{
    json_t *node = NULL;
    if (qp_client_json(cl, "GET", "/api/v1/node", NULL, NULL, &node, NULL))
        node = NULL;
    qp_here_take(h, node);
    json_decref(node);
}

static bool in_tree(const json_t *v, const char *path)
{
    json_t *k;
    size_t i;
    if (strcmp(qp_text_of(v, "path"), path) == 0)
        return true;
    json_array_foreach(json_object_get(v, "children"), i, k)
    {
        if (qp_path_within(path, qp_text_of(k, "path")))
            return in_tree(k, path);
    }
    return false;
}

bool qp_here_knows(const struct qp_here *h, struct qp_client *cl, const char *path)
{
    json_t *tree = NULL;
    if (h->path[0] == 0 || qp_client_json(cl, "GET", "/api/v1/tree", NULL, NULL, &tree, NULL))
        return true;
    bool found = in_tree(tree, path);
    json_decref(tree);
    return found;
}

int qp_here_unknown(const struct qp_cli *c, const struct qp_here *h, const char *option, const char *path)
{
    return qp_complain(c, QP_EXIT_NOT_FOUND,
                       QP_TR(c,
                             "--%s: there is no place %s at or below %s (`qipan tree` shows what there is)",
                             "--%s：没有位置 %s（在 %s 及其以下；可用 `qipan tree` 查看）"),
                       option, path, h->path);
}

void qp_here_free(struct qp_here *h)
{
    if (h->zone)
        qp_zone_free(h->zone);
    h->zone = NULL;
}

const char *qp_here_second(const struct qp_here *h, const char *text, char out[40])
{
    int64_t at_us;
    if (!h->zone || qp_time_parse(&at_us, text, NULL))
        return qp_here_time(h, text, out);
    qp_local_text(out, h->zone, at_us, true);
    return out;
}

const char *qp_here_time(const struct qp_here *h, const char *text, char out[40])
{
    int64_t at_us;
    if (h->zone && !qp_time_parse(&at_us, text, NULL))
        qp_local_text(out, h->zone, at_us, false);
    else
        snprintf(out, 40, "%s", text);
    return out;
}
