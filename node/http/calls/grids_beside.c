/* grids_beside.c: see grids_beside.h. */
#include "node/http/calls/grids_beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/geo/pack.h"

enum { BESIDE_MOST = 6000, OVERLAPS_TOLD = 20, ONE_ARENA = 256 * 1024 * 1024 };

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
    int rc = qp_geo_unpack(&g.shape, &seen->made->boundary, k->a, NULL);
    if (!rc && !touch(&g.shape.box, &k->b->box))
        return 0;
    if (rc || k->b->n >= most) {
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

/* ---- one that was made or changed ---- */

static void put_warning(struct qp_json *j, const struct qp_auth *auth, const struct qp_geo_overlap *o,
                        const struct qp_geo_grid *other)
{
    char text[400];
    bool seen = qp_auth_sees_place(auth, other->node);
    qp_json_object(j);
    qp_json_put(j, "code", "overlap");
    qp_json_put(j, "field", "boundary");
    snprintf(
        text, sizeof text,
        "it lies over %s%.60s%s%.200s by %.0f m2: a position there is the grid's whose code comes first; "
        "change one of the two boundaries",
        seen ? "the grid " : "a grid that you do not see", seen ? other->code : "", seen ? " of " : "",
        seen ? other->node : "", o->m2);
    qp_json_put(j, "message", text);
    snprintf(text, sizeof text,
             "与%s%.200s%s%.60s重叠 %.0f 平方米：该处位置归编码靠前的网格；请修改其中一个的边界",
             seen ? " " : "您看不到的一个网格", seen ? other->node : "", seen ? " 的网格 " : "",
             seen ? other->code : "", o->m2);
    qp_json_put(j, "message_zh", text);
    put_at(j, o->m2, o->at);
    qp_json_key(j, "grid");
    if (seen)
        put_grid(j, other);
    else
        qp_json_null(j);
    qp_json_object_end(j);
}

static void put_not_compared(struct qp_json *j)
{
    qp_json_object(j);
    qp_json_put(j, "code", "not_compared");
    qp_json_put(j, "field", "boundary");
    qp_json_put(j, "message",
                "it was not compared with all grids round it: import its file to see what it lies over");
    qp_json_put(j, "message_zh", "未与周围的所有网格比较：请导入其文件，以查看是否重叠");
    qp_json_object_end(j);
}

/* The first of the warnings opens their list. */
static void one_more(struct qp_json *j, size_t *told)
{
    if ((*told)++ > 0)
        return;
    qp_json_key(j, "warnings");
    qp_json_array(j);
}

void qp_json_beside_warnings(struct qp_json *j, const struct qp_auth *auth, const struct qp_grids_beside *b,
                             int rc)
{
    size_t told = 0;
    for (size_t i = 0; !rc && i < b->s.n_overlaps && told < OVERLAPS_TOLD; i++) {
        const struct qp_geo_overlap *o = &b->s.overlaps[i];
        if (o->a != 0 && o->b != 0)
            continue; /* two others */
        one_more(j, &told);
        put_warning(j, auth, o, &b->v[o->a == 0 ? o->b : o->a]);
    }
    if (rc || b->left) { /* nobody may take it for one that lies over none, or over no other */
        one_more(j, &told);
        put_not_compared(j);
    }
    if (told)
        qp_json_array_end(j);
}

void qp_json_grid_overlaps(struct qp_json *j, struct qp_call *c, struct qp_read *r,
                           const struct qp_resource_row *row)
{
    const Qp__GridMade *g = (const Qp__GridMade *)row->made;
    struct qp_grids_beside b = {.n = 0};
    if (!g->boundary.len)
        return;
    struct qp_arena *a = qp_arena_new(ONE_ARENA);
    int rc = a ? qp_grids_beside_add(&b, row->id, g->title, c->h->self.path, &g->boundary, a) : QP_ENOMEM;
    if (!rc)
        rc = b.n ? qp_grids_beside_find(&b, c->h->core, r, a, NULL) : QP_ENOMEM;
    qp_json_beside_warnings(j, &c->auth, &b, rc);
    qp_grids_beside_free(&b);
    qp_arena_free(a);
}
