/* unheard.c: see unheard.h. */
#include "node/cli/unheard.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_cut(const json_t *warning)
{
    const char *code = qp_text_of(warning, "code");
    return strcmp(code, "parent_cut") == 0 || strcmp(code, "child_cut") == 0;
}

/* Of an offer that is out, or of one that could be made. */
static void tell_cut(const struct qp_cli *c, const struct qp_here *h, const json_t *w)
{
    char at[40], heard[QP_PATH_MAX + 120];
    const char *path = qp_text_of(w, "path"), *since = qp_text_of(w, "since");
    bool out = strcmp(qp_text_of(w, "field"), "offered") == 0;
    if (*since)
        snprintf(heard, sizeof heard, QP_TR(c, "%s has not been heard since %s", "%s 自 %s 起没有音信"), path,
                 qp_here_time(h, since, at));
    else
        snprintf(heard, sizeof heard, QP_TR(c, "%s is not heard", "收不到 %s"), path);
    qp_complain(c, 0, "%s%s", heard,
                out ? QP_TR(c,
                            ": the matter waits here and cannot be handled until it answers; progress and "
                            "comments go on",
                            "：事项停在本地，对方答复前不能办理；仍可记录进展和评论")
                    : QP_TR(c,
                            ": a matter that is offered by way of it waits here and cannot be handled until "
                            "it answers",
                            "：经由它提交的事项将停在本地，对方答复前不能办理"));
}

/* The warning of the view that is about this step. */
static const json_t *warned(const struct qp_cli *c, const json_t *matter)
{
    const json_t *w;
    size_t i;
    json_array_foreach(json_object_get(matter, "warnings"), i, w)
    {
        if (is_cut(w) && strcmp(qp_text_of(w, "field"), c->verb->name) == 0)
            return w;
    }
    return NULL;
}

/* A dispatch goes by way of a child; the view of a matter cannot know by which. A new reference, or NULL. */
static json_t *cut_child(const json_t *node, const char *to)
{
    const json_t *k;
    size_t i;
    json_array_foreach(json_object_get(node, "children"), i, k)
    {
        const char *path = qp_text_of(k, "path");
        if (qp_path_within(to, path) && strcmp(qp_text_of(k, "state"), "cut") == 0)
            return json_pack("{s:s, s:O}", "path", path, "since", json_object_get(k, "last_heard"));
    }
    return NULL;
}

static json_t *look(struct qp_cli *c, struct qp_client *cl, const json_t *node)
{
    char *path, *id;
    json_t *matter = NULL;
    if (strcmp(c->verb->name, "dispatch") == 0)
        return cut_child(node, qp_opt(c, "to"));
    id = qp_escape(c->args[0]);
    if (asprintf(&path, "/api/v1/matters/%s", id) < 0)
        abort();
    int rc = qp_client_json(cl, "GET", path, NULL, NULL, &matter, NULL);
    free(path);
    free(id);
    json_t *w = !rc ? json_incref((json_t *)warned(c, matter)) : NULL;
    json_decref(matter);
    return w;
}

bool qp_unheard_ask(struct qp_cli *c, struct qp_client *cl)
{
    struct qp_here h;
    json_t *node = NULL;
    char said[20] = "";
    if (!qp_verb_takes(c->verb, "yes") || qp_flag(c, "yes") || c->quiet || !c->terminal ||
        !isatty(STDIN_FILENO))
        return true;
    if (qp_client_json(cl, "GET", "/api/v1/node", NULL, NULL, &node, NULL))
        node = NULL;
    json_t *w = look(c, cl, node);
    if (w) {
        qp_here_take(&h, node);
        tell_cut(c, &h, w);
        qp_here_free(&h);
        fprintf(stderr, "%s", QP_TR(c, "Offer it all the same? [y/N] ", "仍要提交吗？[y/N] "));
        fflush(stderr);
        if (!fgets(said, sizeof said, stdin))
            said[0] = 0;
    }
    bool on = !w || said[0] == 'y' || said[0] == 'Y';
    json_decref(w);
    json_decref(node);
    return on;
}

bool qp_unheard_tell(const struct qp_cli *c, const struct qp_here *h, const json_t *answer)
{
    const json_t *w;
    size_t i;
    bool waits = false;
    json_array_foreach(json_object_get(answer, "warnings"), i, w)
    {
        const json_t *before = i > 0 ? json_array_get(json_object_get(answer, "warnings"), i - 1) : NULL;
        bool again = strcmp(qp_text_of(before, "path"), qp_text_of(w, "path")) == 0;
        waits = waits || (is_cut(w) && strcmp(qp_text_of(w, "field"), "offered") == 0);
        if (is_cut(w) && !again)
            tell_cut(c, h, w);
        else if (!is_cut(w))
            qp_complain(c, 0, "%s", qp_text_of(w, QP_TR(c, "message", "message_zh")));
    }
    return waits;
}
