/* import_tree.c: the nodes that records go to: from nodes.json of a whole tree, or one node; and which of
 * them stands for an area. */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/client.h"
#include "node/cli/import.h"
#include "node/cli/place.h"

static int address_of(struct qp_im_node *n, struct qp_err *e)
{
    struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int rc = getaddrinfo(n->host, n->port, &want, &list);
    if (rc)
        return qp_fail(e, QP_EUNREACHABLE, "%s: %s", n->host, gai_strerror(rc));
    memcpy(&n->address, list->ai_addr, list->ai_addrlen);
    n->address_len = list->ai_addrlen;
    freeaddrinfo(list);
    return 0;
}

static int node_set(struct qp_im_node *n, const char *path, const char *url, const char *token,
                    struct qp_err *e)
{
    snprintf(n->path, sizeof n->path, "%s", path);
    snprintf(n->token, sizeof n->token, "%s", token);
    int rc = qp_url_split(url, n->host, n->port, e);
    return !rc ? address_of(n, e) : rc;
}

static int from_state(struct qp_import *im, struct qp_err *e)
{
    struct qp_tree_state t;
    int rc = qp_tree_state_read(&t, im->state, e);
    if (rc)
        return rc;
    im->nodes = calloc(t.n, sizeof *im->nodes);
    im->n = im->nodes ? t.n : 0;
    if (!im->nodes)
        rc = qp_fail(e, QP_ENOMEM, "no memory for %zu nodes", t.n);
    for (size_t i = 0; i < im->n && !rc; i++)
        rc = node_set(&im->nodes[i], t.v[i].path, t.v[i].http, t.v[i].token, e);
    qp_tree_state_free(&t);
    return rc;
}

/* Asked before the first record: what a node refuses half way would leave the first half behind. */
static int may_state_times(struct qp_client *cl, struct qp_err *e)
{
    json_t *v = NULL, *right;
    size_t i;
    bool may = false;
    int rc = qp_client_json(cl, "GET", "/api/v1/session", NULL, NULL, &v, e);
    if (rc)
        return rc;
    json_array_foreach(json_object_get(v, "rights"), i, right)
    {
        may = may || strcmp(json_string_value(right), "import") == 0;
    }
    if (!may)
        rc = qp_fail(
            e, QP_EDENIED,
            "%s lacks the right `import`, and this map's records have times of their own: make a token "
            "with `qipan token add files --rights read,report,step,import` and give it with --token, or "
            "say --clock now",
            qp_text_of(v, "name"));
    json_decref(v);
    return rc;
}

/* One node: it stands for every area. */
static int from_node(struct qp_import *im, struct qp_err *e)
{
    struct qp_client cl;
    char url[300], token[512];
    json_t *v = NULL;
    int rc = qp_place_url(im->cli, url, e);
    if (!rc)
        rc = qp_place_token(im->cli, token, e);
    if (!rc)
        rc = qp_client_to(&cl, url, token, e);
    if (rc)
        return rc;
    rc = qp_client_json(&cl, "GET", "/api/v1/node", NULL, NULL, &v, e);
    if (!rc && im->clock_source)
        rc = may_state_times(&cl, e);
    qp_client_close(&cl);
    if (rc) {
        json_decref(v);
        return rc;
    }
    im->nodes = calloc(1, sizeof *im->nodes);
    im->n = im->nodes ? 1 : 0;
    rc = im->nodes ? node_set(im->nodes, qp_text_of(v, "path"), url, token, e)
                   : qp_fail(e, QP_ENOMEM, "no memory");
    json_decref(v);
    return rc;
}

/* A map without a division list: the running nodes themselves, by their labels. */
static int areas_of_nodes(struct qp_import *im, struct qp_err *e)
{
    im->full.v = calloc(im->n, sizeof *im->full.v);
    if (!im->full.v)
        return qp_fail(e, QP_ENOMEM, "no memory for the areas");
    im->full.n = im->n;
    for (size_t i = 0; i < im->n; i++) {
        struct qp_area *a = &im->full.v[i];
        char parent[QP_PATH_MAX];
        snprintf(a->path, sizeof a->path, "%s", im->nodes[i].path);
        snprintf(a->code, sizeof a->code, "%s", qp_path_label(a->path));
        a->parent = i == 0 ? -1 : 0;
        qp_path_parent(parent, a->path);
        for (size_t k = 0; k < i; k++)
            if (strcmp(im->full.v[k].path, parent) == 0)
                a->parent = (long)k;
    }
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct qp_im_node *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* For each area the nearest running node at or above it; the root where there is none. */
static int stand_in(struct qp_import *im, struct qp_err *e)
{
    struct qp_im_node **sorted = calloc(im->n, sizeof *sorted);
    im->node_of = calloc(im->full.n, sizeof *im->node_of);
    if (!sorted || !im->node_of) {
        free(sorted);
        return qp_fail(e, QP_ENOMEM, "no memory for the areas");
    }
    for (size_t i = 0; i < im->n; i++)
        sorted[i] = &im->nodes[i];
    qsort(sorted, im->n, sizeof *sorted, by_path);
    for (size_t i = 0; i < im->full.n; i++) { /* parents come first */
        struct qp_im_node want, *key = &want, **found;
        memcpy(want.path, im->full.v[i].path, sizeof want.path);
        found = bsearch(&key, sorted, im->n, sizeof *sorted, by_path);
        im->node_of[i] = found                       ? (uint32_t)(*found - im->nodes)
                         : im->full.v[i].parent >= 0 ? im->node_of[im->full.v[i].parent]
                                                     : 0;
    }
    free(sorted);
    return 0;
}

int qp_im_tree_open(struct qp_import *im, struct qp_err *e)
{
    int rc = im->state ? from_state(im, e) : from_node(im, e);
    const char *areas = qp_map_areas(im->map);
    for (size_t i = 0; i < im->n; i++)
        im->nodes[i].fd = -1;
    if (!rc)
        rc = areas ? qp_areas_read(&im->full, areas, e) : areas_of_nodes(im, e);
    return !rc ? stand_in(im, e) : rc;
}

int qp_im_tree_none(struct qp_import *im, struct qp_err *e)
{
    const char *areas = qp_map_areas(im->map);
    int rc = areas ? qp_areas_read(&im->full, areas, e) : 0;
    size_t n = im->full.n > 0 ? im->full.n : 1;
    if (rc)
        return rc;
    im->nodes = calloc(n, sizeof *im->nodes);
    im->n = im->nodes ? n : 0;
    if (!im->nodes)
        return qp_fail(e, QP_ENOMEM, "no memory for %zu areas", n);
    for (size_t i = 0; i < n; i++) {
        im->nodes[i].fd = -1;
        snprintf(im->nodes[i].path, sizeof im->nodes[i].path, "%s",
                 im->full.n > 0 ? im->full.v[i].path : "-");
    }
    return im->full.n > 0 ? stand_in(im, e) : 0;
}

void qp_im_tree_again(struct qp_import *im)
{
    struct qp_tree_state t;
    int64_t now = qp_monotonic_us();
    if (!im->state || now - im->reread_us < 1000000)
        return;
    im->reread_us = now;
    if (qp_tree_state_read(&t, im->state, NULL))
        return;
    for (size_t i = 0; i < t.n && i < im->n; i++) {
        struct qp_im_node *n = &im->nodes[i];
        if (strcmp(t.v[i].path, n->path) == 0 && n->link == QP_IM_DOWN)
            node_set(n, t.v[i].path, t.v[i].http, t.v[i].token, NULL);
    }
    qp_tree_state_free(&t);
}

void qp_im_tree_close(struct qp_import *im)
{
    free(im->nodes);
    free(im->node_of);
    qp_areas_free(&im->full);
    im->nodes = NULL;
    im->node_of = NULL;
}
