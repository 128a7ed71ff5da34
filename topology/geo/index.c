/* index.c: see index.h. */
#include "topology/geo/index.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "topology/geo/engine.h"

static const size_t MEMORY = SIZE_MAX / 8;

struct entry {
    struct qp_geo_grid grid;
    GEOSGeometry *shape;
    const GEOSPreparedGeometry *prepared;
};

struct qp_geo_index {
    atomic_uint holders;
    struct qp_geo_engine *engine; /* by which it was made and ends; questions bring their own */
    struct qp_arena *kept;
    struct entry *v; /* lowest code first: a place here is the rank of rule GR1 */
    size_t n;
    GEOSSTRtree *tree;
    struct qp_geo_place *places;
    size_t n_places;
};

struct qp_geo_seeker {
    struct qp_geo_engine *engine;
};

/* ---- a question ---- */

struct question {
    GEOSContextHandle_t h;
    const GEOSGeometry *point;
    const struct entry *best; /* the lowest so far */
    bool failed;
};

static void candidate(void *item, void *question)
{
    const struct entry *c = item;
    struct question *q = question;
    if (q->best && q->best <= c)
        return;
    char in = GEOSPreparedIntersects_r(q->h, c->prepared, q->point); /* an edge belongs to it */
    if (in == 1)
        q->best = c;
    else if (in != 0)
        q->failed = true;
}

int qp_geo_locate(const struct qp_geo_grid **out, struct qp_geo_seeker *s, const struct qp_geo_index *x,
                  struct qp_geo_point p, struct qp_err *e)
{
    GEOSGeometry *point = qp_geo_engine_point(s->engine, p);
    struct question q = {.h = s->engine->h, .point = point, .failed = !point};
    *out = NULL;
    if (point && x->n > 0)
        GEOSSTRtree_query_r(q.h, x->tree, point, candidate, &q);
    GEOSGeom_destroy_r(q.h, point);
    if (q.failed)
        return qp_fail(e, QP_ENOMEM, "no memory to look for a grid: %s", s->engine->said);
    if (q.best)
        *out = &q.best->grid;
    return 0;
}

/* ---- the nearest ---- */

struct search {
    struct qp_geo_point p;
    const struct entry *best;
    double metres;
};

static void nearer(void *item, void *search)
{
    const struct entry *c = item;
    struct search *q = search;
    double d = qp_geo_distance_to_m(&c->grid.shape, q->p);
    if (!q->best || d < q->metres || (d <= q->metres && c < q->best)) {
        q->best = c;
        q->metres = d;
    }
}

static int32_t clamped(double v, double most)
{
    return (int32_t)(v < -most ? -most : v > most ? most : v);
}

/* A box that holds all that is within some metres of p, and somewhat more: a degree of latitude has at least 110,574 m, one
 * of longitude at least 111,319 m times the cosine. */
static struct qp_geo_box around(struct qp_geo_point p, double metres)
{
    double high = metres / 110000 * QP_GEO_DEGREE, lat = (fabs((double)p.lat7) + high) / QP_GEO_DEGREE;
    double narrow = cos((lat < 89 ? lat : 89) / 57.29577951308232), wide = high / narrow;
    const double N = 90.0 * QP_GEO_DEGREE, E = 180.0 * QP_GEO_DEGREE;
    return (struct qp_geo_box){clamped(p.lat7 - high, N), clamped(p.lon7 - wide, E),
                               clamped(p.lat7 + high, N), clamped(p.lon7 + wide, E)};
}

int qp_geo_nearest(const struct qp_geo_grid **out, double *metres, struct qp_geo_seeker *s,
                   const struct qp_geo_index *x, struct qp_geo_point p, double most_m, struct qp_err *e)
{
    assert(most_m >= 0 && most_m <= 100000);
    *out = NULL;
    for (double reach = most_m < 64 ? most_m : 64; x->n > 0;
         reach = reach * 4 < most_m ? reach * 4 : most_m) {
        struct search q = {.p = p};
        struct qp_geo_box b = around(p, reach + 1);
        GEOSGeometry *box = qp_geo_engine_box(s->engine, &b);
        if (!box)
            return qp_fail(e, QP_ENOMEM, "no memory to look for a grid: %s", s->engine->said);
        GEOSSTRtree_query_r(s->engine->h, x->tree, box, nearer, &q);
        GEOSGeom_destroy_r(s->engine->h, box);
        if (q.best && q.metres <= reach) { /* what is nearer would have been in the box */
            *out = &q.best->grid;
            *metres = q.metres;
        }
        if (*out || reach >= most_m)
            break;
    }
    return 0;
}

int qp_geo_seeker_open(struct qp_geo_seeker **out, struct qp_err *e)
{
    struct qp_geo_seeker *s = *out = calloc(1, sizeof *s);
    if (!s)
        return qp_fail(e, QP_ENOMEM, "no memory to look for grids");
    int rc = qp_geo_engine_open(&s->engine, e);
    if (rc) {
        free(s);
        *out = NULL;
    }
    return rc;
}

void qp_geo_seeker_close(struct qp_geo_seeker *s)
{
    if (!s)
        return;
    qp_geo_engine_close(s->engine);
    free(s);
}

/* ---- making one ---- */

static int by_code(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int c = strcmp(x->grid.code, y->grid.code);
    return c ? c : strcmp(x->grid.node, y->grid.node);
}

static bool copy_grid(struct qp_arena *a, struct qp_geo_grid *to, const struct qp_geo_grid *from)
{
    *to = *from;
    to->code = qp_arena_text(a, from->code);
    to->title = qp_arena_text(a, from->title);
    to->node = qp_arena_text(a, from->node);
    to->shape.points =
        qp_arena_copy(a, from->shape.points, from->shape.n_points * sizeof *from->shape.points);
    to->shape.rings = qp_arena_copy(a, from->shape.rings, from->shape.n_rings * sizeof *from->shape.rings);
    return to->code && to->title && to->node && to->shape.points && to->shape.rings;
}

/* The first question builds what GEOS puts off: the boundary's interval tree. It is asked here, by one of its corners. */
static bool warm(struct qp_geo_engine *g, const struct entry *c)
{
    GEOSGeometry *corner = qp_geo_engine_point(g, c->grid.shape.points[0]);
    bool ok = corner && GEOSPreparedIntersects_r(g->h, c->prepared, corner) == 1;
    GEOSGeom_destroy_r(g->h, corner);
    return ok;
}

static int add(struct qp_geo_index *x, struct entry *c, struct qp_err *e)
{
    struct qp_geo_engine *g = x->engine;
    c->shape = qp_geo_engine_shape(g, &c->grid.shape);
    if (c->shape)
        c->prepared = GEOSPrepare_r(g->h, c->shape);
    if (!c->prepared || !warm(g, c))
        return qp_fail(e, QP_EINVAL, "the boundary of grid %s of %s cannot be indexed: %s", c->grid.code,
                       c->grid.node, *g->said ? g->said : "no memory");
    GEOSSTRtree_insert_r(g->h, x->tree, c->shape, c);
    return 0;
}

static void passed_over(void *item, void *nothing)
{
    (void)item;
    (void)nothing;
}

/* As above, for the tree. */
static int build_tree(struct qp_geo_index *x, struct qp_err *e)
{
    GEOSGeometry *point = qp_geo_engine_point(x->engine, x->v[0].grid.shape.points[0]);
    if (!point)
        return qp_fail(e, QP_ENOMEM, "no memory for the index of grids");
    GEOSSTRtree_query_r(x->engine->h, x->tree, point, passed_over, NULL);
    GEOSGeom_destroy_r(x->engine->h, point);
    return 0;
}

/* ---- where a node's grids lie ---- */

const struct qp_geo_place *qp_geo_index_places(const struct qp_geo_index *x, size_t *n)
{
    *n = x->n_places;
    return x->places;
}

void qp_geo_place_add(struct qp_geo_place *a, const struct qp_geo_place *b)
{
    const double ROUND = 360.0 * QP_GEO_DEGREE;
    double all = a->area_m2 + b->area_m2, share = all > 0 ? b->area_m2 / all : 0.5;
    double east = (double)b->centre.lon7 - a->centre.lon7;
    east -= ROUND * round(east / ROUND);
    double lon = a->centre.lon7 + share * east;
    lon -= ROUND * round(lon / ROUND);
    a->centre.lat7 += (int32_t)lround(share * ((double)b->centre.lat7 - a->centre.lat7));
    a->centre.lon7 = (int32_t)lround(lon);
    a->area_m2 = all;
}

/* False: no memory. */
static bool centre_of(struct qp_geo_engine *g, const struct entry *c, struct qp_geo_place *to)
{
    double x = 0, y = 0;
    GEOSGeometry *point = GEOSGetCentroid_r(g->h, c->shape);
    bool ok = point && GEOSGeomGetX_r(g->h, point, &x) == 1 && GEOSGeomGetY_r(g->h, point, &y) == 1;
    GEOSGeom_destroy_r(g->h, point);
    *to = (struct qp_geo_place){
        c->grid.node, {(int32_t)lround(y), (int32_t)lround(x)}, qp_geo_area_m2(&c->grid.shape)};
    return ok;
}

static int by_node(const void *a, const void *b)
{
    return strcmp(((const struct qp_geo_place *)a)->node, ((const struct qp_geo_place *)b)->node);
}

static int place_all(struct qp_geo_index *x, struct qp_err *e)
{
    x->places = calloc(x->n ? x->n : 1, sizeof *x->places);
    if (!x->places)
        return qp_fail(e, QP_ENOMEM, "no memory for the index of grids");
    for (size_t i = 0; i < x->n; i++)
        if (!centre_of(x->engine, &x->v[i], &x->places[i]))
            return qp_fail(e, QP_ENOMEM, "no memory for the index of grids: %s", x->engine->said);
    qsort(x->places, x->n, sizeof *x->places, by_node);
    for (size_t i = 0; i < x->n; i++)
        if (i > 0 && by_node(&x->places[x->n_places - 1], &x->places[i]) == 0)
            qp_geo_place_add(&x->places[x->n_places - 1], &x->places[i]);
        else
            x->places[x->n_places++] = x->places[i];
    return 0;
}

static int fill(struct qp_geo_index *x, const struct qp_geo_grid *grids, size_t n, struct qp_err *e)
{
    int rc = qp_geo_engine_open(&x->engine, e);
    if (rc)
        return rc;
    x->kept = qp_arena_new(MEMORY);
    x->v = calloc(n ? n : 1, sizeof *x->v);
    x->tree = GEOSSTRtree_create_r(x->engine->h, QP_GEO_TREE_NODE);
    if (!x->kept || !x->v || !x->tree)
        return qp_fail(e, QP_ENOMEM, "no memory for the index of grids");
    for (; x->n < n; x->n++)
        if (!copy_grid(x->kept, &x->v[x->n].grid, &grids[x->n]))
            return qp_fail(e, QP_ENOMEM, "no memory for the index of grids");
    qsort(x->v, n, sizeof *x->v, by_code);
    for (size_t i = 0; i < n; i++)
        if ((rc = add(x, &x->v[i], e)))
            return rc;
    rc = place_all(x, e);
    return rc || !n ? rc : build_tree(x, e);
}

static void destroy(struct qp_geo_index *x)
{
    GEOSContextHandle_t h = x->engine ? x->engine->h : NULL;
    if (x->tree)
        GEOSSTRtree_destroy_r(h, x->tree);
    for (size_t i = 0; i < x->n; i++) {
        if (x->v[i].prepared)
            GEOSPreparedGeom_destroy_r(h, x->v[i].prepared);
        if (x->v[i].shape)
            GEOSGeom_destroy_r(h, x->v[i].shape);
    }
    free(x->v);
    free(x->places);
    if (x->kept)
        qp_arena_free(x->kept);
    qp_geo_engine_close(x->engine);
    free(x);
}

int qp_geo_index_make(struct qp_geo_index **out, const struct qp_geo_grid *grids, size_t n, struct qp_err *e)
{
    struct qp_geo_index *x = calloc(1, sizeof *x);
    *out = NULL;
    if (!x)
        return qp_fail(e, QP_ENOMEM, "no memory for the index of grids");
    atomic_init(&x->holders, 1);
    int rc = fill(x, grids, n, e);
    if (rc)
        destroy(x);
    else
        *out = x;
    return rc;
}

struct qp_geo_index *qp_geo_index_hold(struct qp_geo_index *x)
{
    unsigned before = atomic_fetch_add(&x->holders, 1);
    assert(before > 0);
    (void)before;
    return x;
}

void qp_geo_index_free(struct qp_geo_index *x)
{
    if (x && atomic_fetch_sub(&x->holders, 1) == 1)
        destroy(x);
}

size_t qp_geo_index_count(const struct qp_geo_index *x)
{
    return x->n;
}
