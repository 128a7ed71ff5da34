/* grids_beside.c: see grids_beside.h. */
#include "node/http/calls/grids_beside.h"

#include <stdlib.h>
#include <string.h>

#include "topology/geo/pack.h"

enum { BESIDE_MOST = 6000 };

static void widen(struct qp_geo_box *to, const struct qp_geo_box *b)
{
    to->south = b->south < to->south ? b->south : to->south;
    to->west = b->west < to->west ? b->west : to->west;
    to->north = b->north > to->north ? b->north : to->north;
    to->east = b->east > to->east ? b->east : to->east;
}

static int put(struct qp_grids_beside *b, const struct qp_geo_grid *g)
{
    if (b->n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        struct qp_geo_grid *v = realloc(b->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        b->v = v;
        b->cap = cap;
    }
    b->v[b->n++] = *g;
    return 0;
}

int qp_grids_beside_add(struct qp_grids_beside *b, const char *code, const char *title, const char *node,
                        const ProtobufCBinaryData *boundary, struct qp_arena *a)
{
    struct qp_geo_grid g = {.code = code, .title = title, .node = node};
    if (!boundary->len || qp_geo_unpack(&g.shape, boundary, a, NULL))
        return 0;
    if (b->n == 0)
        b->box = g.shape.box;
    widen(&b->box, &g.shape.box);
    b->came++;
    return put(b, &g);
}

struct known {
    struct qp_grids_beside *b;
    struct qp_arena *a;
};

static bool touch(const struct qp_geo_box *a, const struct qp_geo_box *b)
{
    return a->south <= b->north && b->south <= a->north && a->west <= b->east && b->west <= a->east;
}

static int known(void *arg, const struct qp_grid_seen *seen)
{
    struct known *k = arg;
    struct qp_geo_grid g = {.code = ""};
    size_t most = k->b->most ? k->b->most : BESIDE_MOST;
    if (seen->row->ended_us || !seen->made->boundary.len)
        return 0;
    for (size_t i = 0; i < k->b->came; i++)
        if (strcmp(k->b->v[i].code, seen->row->id) == 0 && strcmp(k->b->v[i].node, seen->path) == 0)
            return 0; /* it came in itself */
    if (qp_geo_unpack(&g.shape, &seen->made->boundary, k->a, NULL) || !touch(&g.shape.box, &k->b->box))
        return 0;
    if (k->b->n >= most) {
        k->b->left++;
        return 0;
    }
    g.code = qp_arena_text(k->a, seen->row->id);
    g.title = qp_arena_text(k->a, seen->made->title);
    g.node = qp_arena_text(k->a, seen->path);
    return g.code && g.title && g.node ? put(k->b, &g) : QP_ENOMEM;
}

int qp_grids_beside_find(struct qp_grids_beside *b, struct qp_core *c, struct qp_read *r, struct qp_arena *a,
                         struct qp_err *e)
{
    struct known k = {b, a};
    if (b->n == 0)
        return 0;
    int rc = qp_grids_each(c, r, known, &k, e);
    return rc ? rc : qp_geo_siblings_find(&b->s, b->v, b->n, NULL, 0, e);
}

void qp_grids_beside_free(struct qp_grids_beside *b)
{
    qp_geo_siblings_free(&b->s);
    free(b->v);
}

static void put_grid(struct qp_json *j, const struct qp_geo_grid *g)
{
    qp_json_object(j);
    qp_json_put(j, "code", g->code);
    qp_json_put(j, "title", g->title);
    qp_json_put(j, "node", g->node);
    qp_json_object_end(j);
}

static void put_at(struct qp_json *j, double m2, struct qp_geo_point at)
{
    qp_json_key(j, "m2");
    qp_json_real(j, (double)(int64_t)(m2 * 10) / 10);
    qp_json_key(j, "lat");
    qp_json_real(j, qp_geo_degrees(at.lat7));
    qp_json_key(j, "lon");
    qp_json_real(j, qp_geo_degrees(at.lon7));
}

static void put_overlap(struct qp_json *j, const struct qp_grids_beside *b, const struct qp_geo_overlap *o)
{
    qp_json_object(j);
    put_at(j, o->m2, o->at);
    qp_json_key(j, "grids");
    qp_json_array(j);
    put_grid(j, &b->v[o->a]);
    put_grid(j, &b->v[o->b]);
    qp_json_array_end(j);
    qp_json_object_end(j);
}

static void put_gap(struct qp_json *j, const struct qp_grids_beside *b, const struct qp_geo_gap *g)
{
    qp_json_object(j);
    put_at(j, g->m2, g->at);
    qp_json_key(j, "beside");
    qp_json_array(j);
    for (size_t k = 0; k < g->n_beside; k++)
        put_grid(j, &b->v[g->beside[k]]);
    qp_json_array_end(j);
    qp_json_object_end(j);
}

void qp_json_beside(struct qp_json *j, const struct qp_grids_beside *b)
{
    qp_json_key(j, "overlaps");
    qp_json_array(j);
    for (size_t i = 0; i < b->s.n_overlaps; i++)
        put_overlap(j, b, &b->s.overlaps[i]);
    qp_json_array_end(j);
    qp_json_key(j, "gaps");
    qp_json_array(j);
    for (size_t i = 0; i < b->s.n_gaps; i++)
        put_gap(j, b, &b->s.gaps[i]);
    qp_json_array_end(j);
    qp_json_put_int(j, "not_compared", (int64_t)b->left);
}
