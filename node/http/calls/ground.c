/* ground.c: GET /api/v1/grids:locate and /api/v1/grids:coverage: which grid is where, and what no one covers (GR1). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/ground.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/position.h"
#include "node/http/shape/refused.h"
#include "topology/geo/pack.h"

/* ---- locate ---- */

enum MHD_Result qp_grids_locate(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_geo_point p = {0, 0};
    struct qp_found_grid g;
    struct qp_json j = {0};
    bool any = false;
    qp_query_begin(&q, c, &f);
    qp_query_position(&q, true, &p);
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    bool found = qp_locate(c->h, &r, p, &g, &any, &f.e) && qp_auth_sees_place(&c->auth, g.node);
    qp_read_end(&r);
    if (f.e.code)
        return qp_answer_fault(c, &f);
    if (!found)
        return qp_answer_error(c, 404, "not_found", "%s",
                               any ? "the position lies in none of the grids of this node and those below it"
                                   : "neither this node nor one below it has a grid with a boundary");
    qp_json_object(&j);
    qp_json_put(&j, "code", g.code);
    qp_json_put(&j, "title", g.title);
    qp_json_put(&j, "node", g.node);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* ---- coverage ---- */

struct row {
    char key[QP_PATH_MAX];
    uint64_t grids, without_worker, without_boundary, units, waiting;
    double m2;
};
struct cover {
    const char *area;
    struct row *v; /* malloc'd; v[0]: the area itself */
    size_t n, cap;
    struct row total;
    struct qp_arena *a;
    struct qp_read *r;
    const char *self; /* whose accounts are known here */
};

static struct row *row_of(struct cover *k, const char *path)
{
    char key[QP_PATH_MAX];
    qp_path_child(key, k->area, path);
    for (size_t i = k->n; i-- > 0;) /* the last one is the likeliest */
        if (strcmp(k->v[i].key, key) == 0)
            return &k->v[i];
    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 16;
        struct row *v = realloc(k->v, cap * sizeof *v);
        if (!v)
            return NULL;
        k->v = v;
        k->cap = cap;
    }
    struct row *r = &k->v[k->n++];
    *r = (struct row){.grids = 0};
    memcpy(r->key, key, sizeof key);
    return r;
}

/* One whose account has ended works nowhere (RE4); of a node below that is not known here. */
static bool has_worker(const struct cover *k, const struct qp_grid_seen *g)
{
    const char *worker = g->made->worker;
    return *worker && (strcmp(g->path, k->self) != 0 ||
                       qp_resource_stands(k->r, &qp_resources[QP_RESOURCE_USER], worker));
}

static void add(struct row *to, const Qp__GridMade *g, bool worker, double m2)
{
    to->grids++;
    to->without_worker += !worker;
    to->without_boundary += g->boundary.len == 0;
    to->units += g->n_units;
    to->m2 += m2;
}

static int cover_one(void *arg, const struct qp_grid_seen *g)
{
    struct cover *k = arg;
    struct qp_geo_shape s;
    if (g->row->ended_us || !qp_path_within(g->path, k->area))
        return 0;
    struct row *r = row_of(k, g->path);
    if (!r)
        return QP_ENOMEM;
    double m2 =
        g->made->boundary.len && !qp_geo_unpack(&s, &g->made->boundary, k->a, NULL) ? qp_geo_area_m2(&s) : 0;
    qp_arena_reset(k->a);
    bool worker = has_worker(k, g);
    add(r, g->made, worker, m2);
    add(&k->total, g->made, worker, m2);
    return 0;
}

/* An order of this node that is not a grid there yet. */
static int cover_order(void *arg, const struct qp_node_entry *node, const Qp__GridMade *grid)
{
    struct cover *k = arg;
    (void)grid;
    if (!qp_path_within(node->path, k->area))
        return 0;
    struct row *r = row_of(k, node->path);
    if (!r)
        return QP_ENOMEM;
    r->waiting++;
    k->total.waiting++;
    return 0;
}

static void put_row(struct qp_json *j, const struct row *r)
{
    qp_json_object(j);
    if (*r->key)
        qp_json_put(j, "key", r->key);
    qp_json_put_int(j, "grids", (int64_t)r->grids);
    qp_json_put_int(j, "without_worker", (int64_t)r->without_worker);
    qp_json_put_int(j, "without_boundary", (int64_t)r->without_boundary);
    qp_json_put_int(j, "units", (int64_t)r->units);
    qp_json_put_int(j, "waiting", (int64_t)r->waiting); /* ordered from here, and not there yet */
    qp_json_key(j, "area_km2");
    qp_json_real(j, round(r->m2) / 1e6);
    qp_json_object_end(j);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

/* Each child has its row, also one without a grid: that is what nobody covers. */
static int children(struct cover *k, struct qp_read *r)
{
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    int rc = qp_nodes_below(r, k->area, &v, &n);
    for (size_t i = 0; i < n && !rc; i++)
        if (!v[i].revoked && !row_of(k, v[i].path))
            rc = QP_ENOMEM;
    free(v);
    return rc;
}

enum MHD_Result qp_grids_coverage(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_node_entry at;
    struct cover k = {.cap = 0};
    struct qp_json j = {0};
    qp_query_begin(&q, c, &f);
    k.area = qp_query_path(&q, "area");
    int rc = qp_query_end(&q);
    k.area = k.area ? k.area : c->h->self.path;
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    k.r = &r;
    k.self = c->h->self.path;
    bool below = qp_path_within(k.area, c->h->self.path) && !qp_node_by_path(&r, k.area, &at);
    k.a = qp_arena_new(1024 * 1024);
    rc = !below
             ? qp_fault_set(&f, QP_ENOTFOUND, "area", "there is no node %.200s at or below this one", k.area)
         : k.a ? children(&k, &r)
               : QP_ENOMEM;
    if (!rc)
        rc = qp_grids_each(c->h->core, &r, cover_one, &k, &f.e);
    if (!rc)
        rc = qp_grid_orders_each(&r, cover_order, &k, &f.e);
    qp_read_end(&r);
    qp_arena_free(k.a);
    if (!rc) {
        qsort(k.v, k.n, sizeof *k.v, by_key);
        qp_json_object(&j);
        qp_json_put(&j, "area", k.area);
        qp_json_key(&j, "rows");
        qp_json_array(&j);
        for (size_t i = 0; i < k.n; i++)
            if (k.v[i].grids > 0 || strcmp(k.v[i].key, k.area) != 0 || k.n == 1)
                put_row(&j, &k.v[i]);
        qp_json_array_end(&j);
        qp_json_key(&j, "total");
        put_row(&j, &k.total);
        qp_json_object_end(&j);
    }
    free(k.v);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    if (!f.e.code)
        qp_fault_set(&f, rc, "", "the grids cannot be read");
    return qp_answer_fault(c, &f);
}
