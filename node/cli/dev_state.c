/* dev_state.c: what `qipan dev` keeps in STATE: `founded` (the tree that was made), `nodes.json` (who runs
 * where), a lock. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "node/cli/dev.h"

static void in_state(char out[QP_PLACE_MAX + 32], const struct qp_dev *d, const char *name)
{
    snprintf(out, QP_PLACE_MAX + 32, "%s/%s", d->state, name);
}

int qp_dev_lock(struct qp_dev *d, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 32];
    int rc = qp_make_folder(d->state, e);
    if (rc)
        return rc;
    in_state(path, d, "lock");
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->lock_fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    if (flock(d->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return qp_fail(e, QP_EEXISTS, "%s: another `qipan dev` runs on this state", d->state);
    return 0;
}

int qp_dev_begin(struct qp_dev *d, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 32];
    in_state(path, d, "founding");
    return qp_file_replace(path, "", 0, 0600, e);
}

int qp_dev_save(struct qp_dev *d, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 32];
    json_t *nodes = json_array(), *all = json_pack("{s:s,s:i,s:i,s:o}", "zone", d->zone, "http_base",
                                                   d->http_base, "link_base", d->link_base, "nodes", nodes);
    for (size_t i = 0; i < d->n; i++) {
        const struct qp_area *a = &d->nodes[i].area;
        json_array_append_new(nodes, json_pack("{s:s,s:s,s:s,s:s}", "path", a->path, "title", a->title,
                                               "code", a->code, "level", a->level));
    }
    char *text = json_dumps(all, JSON_INDENT(1));
    json_decref(all);
    if (!text)
        return qp_fail(e, QP_ENOMEM, "no memory to note the tree");
    in_state(path, d, "founded");
    int rc = qp_file_replace(path, text, strlen(text), 0600, e);
    free(text);
    in_state(path, d, "founding");
    if (!rc)
        unlink(path);
    return rc;
}

static void take_text(char *out, size_t cap, const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));
    snprintf(out, cap, "%s", v ? v : "");
}

static int read_nodes(struct qp_dev *d, json_t *list, struct qp_err *e)
{
    size_t n = json_array_size(list);
    d->nodes = n > 0 && n <= QP_DEV_NODES ? calloc(n, sizeof *d->nodes) : NULL;
    if (!d->nodes)
        return qp_fail(e, QP_ECORRUPT, "%s/founded: the list of nodes is not sound", d->state);
    d->n = n;
    for (size_t i = 0; i < n; i++) {
        struct qp_area *a = &d->nodes[i].area;
        const json_t *o = json_array_get(list, i);
        char parent[QP_PATH_MAX];
        take_text(a->path, sizeof a->path, o, "path");
        take_text(a->title, sizeof a->title, o, "title");
        take_text(a->code, sizeof a->code, o, "code");
        take_text(a->level, sizeof a->level, o, "level");
        if (qp_path_check(a->path, e))
            return QP_EINVAL;
        d->nodes[i].parent = -1;
        qp_path_parent(parent, a->path);
        for (size_t k = 0; k < i && d->nodes[i].parent < 0; k++)
            if (strcmp(d->nodes[k].area.path, parent) == 0)
                d->nodes[i].parent = (long)k;
        if (i > 0 && d->nodes[i].parent < 0)
            return qp_fail(e, QP_ECORRUPT, "%s/founded: %s stands before its parent", d->state, a->path);
        if (i > 0)
            d->nodes[d->nodes[i].parent].children++;
    }
    return 0;
}

int qp_dev_load(struct qp_dev *d, bool *founded, bool *begun, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 32];
    void *text = NULL;
    size_t len;
    json_error_t why;
    in_state(path, d, "founding");
    *begun = access(path, F_OK) == 0;
    in_state(path, d, "founded");
    *founded = access(path, F_OK) == 0;
    if (!*founded)
        return 0;
    int rc = qp_file_read(path, 16u * 1024 * 1024, &text, &len, e);
    if (rc)
        return rc;
    json_t *all = json_loadb(text, len, 0, &why);
    free(text);
    if (!all)
        return qp_fail(e, QP_ECORRUPT, "%s:%d: %s", path, why.line, why.text);
    take_text(d->zone, sizeof d->zone, all, "zone");
    if (d->http_base == 0) /* as it ran before */
        d->http_base = (int)json_integer_value(json_object_get(all, "http_base"));
    if (d->link_base == 0)
        d->link_base = (int)json_integer_value(json_object_get(all, "link_base"));
    if (!rc)
        rc = read_nodes(d, json_object_get(all, "nodes"), e);
    json_decref(all);
    return rc;
}

int qp_dev_places(struct qp_dev *d, bool tokens, struct qp_err *e)
{
    for (size_t i = 0; i < d->n; i++) {
        struct qp_dev_node *n = &d->nodes[i];
        struct qp_place_paths p;
        char name[QP_PATH_MAX];
        strcpy(name, n->area.path);
        for (char *s = name; *s; s++) /* a label has no dot */
            *s = *s == '/' ? '.' : *s;
        if (strlen(d->state) + strlen(name) + 2 > sizeof n->dir)
            return qp_fail(e, QP_EINVAL, "--state: the name is too long");
        snprintf(n->dir, sizeof n->dir, "%.2700s/%s", d->state, name);
        snprintf(n->http, sizeof n->http, "http://127.0.0.1:%zu", (size_t)d->http_base + i);
        if (n->children > 0)
            snprintf(n->endpoint, sizeof n->endpoint, "tcp://127.0.0.1:%zu", (size_t)d->link_base + i);
        if (!tokens)
            continue;
        void *text;
        size_t len;
        int rc = qp_place_paths(&p, n->dir, e);
        if (!rc)
            rc = qp_file_read(p.dev_token, 256, &text, &len, e);
        if (rc)
            return rc;
        snprintf(n->token, sizeof n->token, "%.*s", (int)strcspn(text, "\r\n"), (char *)text);
        free(text);
    }
    return 0;
}

int qp_dev_nodes_json(const struct qp_dev *d, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 32];
    json_t *all = json_array();
    for (size_t i = 0; i < d->n; i++) {
        const struct qp_dev_node *n = &d->nodes[i];
        json_t *o =
            json_pack("{s:s,s:s,s:s,s:o,s:o,s:s,s:s}", "path", n->area.path, "level", n->area.level, "http",
                      n->http, "endpoint", n->endpoint[0] ? json_string(n->endpoint) : json_null(), "pid",
                      n->pid > 0 ? json_integer(n->pid) : json_null(), "dir", n->dir, "token", n->token);
        json_array_append_new(all, o);
    }
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    if (!text)
        return qp_fail(e, QP_ENOMEM, "no memory to list the nodes");
    in_state(path, d, "nodes.json");
    int rc = qp_file_replace(path, text, strlen(text), 0600, e);
    free(text);
    return rc;
}
