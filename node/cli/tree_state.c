/* tree_state.c: see tree_state.h. */
#include "node/cli/tree_state.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

static void take(char *out, size_t cap, const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));
    snprintf(out, cap, "%s", v ? v : "");
}

int qp_tree_state_read(struct qp_tree_state *t, const char *state, struct qp_err *e)
{
    char path[PATH_MAX];
    void *text = NULL;
    size_t len, i;
    json_t *o;
    *t = (struct qp_tree_state){0};
    if (strlen(state) > PATH_MAX - 16)
        return qp_fail(e, QP_EINVAL, "--state: the name is too long");
    snprintf(path, sizeof path, "%.4000s/nodes.json", state);
    int rc = qp_file_read(path, 16u * 1024 * 1024, &text, &len, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, QP_ENOTFOUND,
                       "%s is not there: `qipan dev --state %s` writes it when all its nodes have joined",
                       path, state);
    if (rc)
        return rc;
    json_t *all = json_loadb(text, len, 0, NULL);
    free(text);
    size_t n = json_array_size(all);
    t->v = n > 0 ? calloc(n, sizeof *t->v) : NULL;
    if (!t->v) {
        json_decref(all);
        return qp_fail(e, QP_EINVAL, "%s is not a list of nodes", path);
    }
    t->n = n;
    json_array_foreach(all, i, o)
    {
        take(t->v[i].path, sizeof t->v[i].path, o, "path");
        take(t->v[i].http, sizeof t->v[i].http, o, "http");
        take(t->v[i].token, sizeof t->v[i].token, o, "token");
    }
    json_decref(all);
    return 0;
}

void qp_tree_state_free(struct qp_tree_state *t)
{
    free(t->v);
    *t = (struct qp_tree_state){0};
}
