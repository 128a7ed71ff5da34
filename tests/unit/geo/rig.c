/* rig.c: see rig.h. */
#include "tests/unit/geo/rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/geo/engine.h"

__extension__ typedef __int128 wide;

uint64_t rig_random(uint64_t *seed) /* splitmix64 */
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t rig_between(uint64_t *seed, int64_t low, int64_t high)
{
    return low + (int64_t)(rig_random(seed) % (uint64_t)(high - low + 1));
}

/* ---- the oracle ---- */

static int sign_of(struct qp_geo_point a, struct qp_geo_point b, struct qp_geo_point p)
{
    wide cross = (wide)((int64_t)b.lon7 - a.lon7) * ((int64_t)p.lat7 - a.lat7) -
                 (wide)((int64_t)b.lat7 - a.lat7) * ((int64_t)p.lon7 - a.lon7);
    return (cross > 0) - (cross < 0);
}

static bool on_edge(struct qp_geo_point a, struct qp_geo_point b, struct qp_geo_point p)
{
    return sign_of(a, b, p) == 0 && p.lat7 >= fmin(a.lat7, b.lat7) && p.lat7 <= fmax(a.lat7, b.lat7) &&
           p.lon7 >= fmin(a.lon7, b.lon7) && p.lon7 <= fmax(a.lon7, b.lon7);
}

enum qp_geo_side rig_side(const struct qp_geo_shape *s, struct qp_geo_point p)
{
    bool inside = false;
    for (size_t i = 0; i < s->n_rings; i++) {
        const struct qp_geo_point *at = s->points + s->rings[i].first;
        int winding = 0;
        for (size_t k = 0; k + 1 < s->rings[i].n; k++) {
            if (on_edge(at[k], at[k + 1], p))
                return QP_GEO_EDGE;
            if (at[k].lat7 <= p.lat7 && at[k + 1].lat7 > p.lat7)
                winding += sign_of(at[k], at[k + 1], p) > 0;
            else if (at[k].lat7 > p.lat7 && at[k + 1].lat7 <= p.lat7)
                winding -= sign_of(at[k], at[k + 1], p) < 0;
        }
        inside ^= winding != 0;
    }
    return inside ? QP_GEO_INSIDE : QP_GEO_OUTSIDE;
}

/* ---- grids ---- */

static void *get(size_t n, size_t each)
{
    void *p = calloc(n, each);
    assert_non_null(p);
    return p;
}

static const char *named(const char *fmt, size_t i)
{
    char *text = get(40, 1);
    snprintf(text, 40, fmt, i); /* NOLINT: the formats are below */
    return text;
}

void rig_grids_free(struct rig_grids *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free((void *)(uintptr_t)g->v[i].code);
        free((void *)(uintptr_t)g->v[i].title);
        free((void *)(uintptr_t)g->v[i].node);
        free(g->v[i].shape.points);
        free(g->v[i].shape.rings);
    }
    free(g->v);
    *g = (struct rig_grids){0};
}

struct lattice {
    struct qp_geo_point corner;
    int32_t cell;
    int columns, bends;
    uint64_t seed;
};

/* A number by lot that belongs to a place: whoever asks again gets it again. */
static int32_t lot(const struct lattice *l, int x, int y, int what, int32_t most)
{
    uint64_t seed = l->seed ^ ((uint64_t)(uint32_t)x << 40) ^ ((uint64_t)(uint32_t)y << 16) ^ (uint64_t)what;
    return (int32_t)rig_between(&seed, -most, most);
}

static struct qp_geo_point knot(const struct lattice *l, int x, int y)
{
    return (struct qp_geo_point){.lat7 = l->corner.lat7 + y * l->cell + lot(l, x, y, 1, l->cell / 8),
                                 .lon7 = l->corner.lon7 + x * l->cell + lot(l, x, y, 2, l->cell / 8)};
}

/* Piece k of the side from knot (x, y) to its neighbour in the east (dx 1) or the north (dx 0). */
static struct qp_geo_point bend(const struct lattice *l, int x, int y, int dx, int k)
{
    struct qp_geo_point a = knot(l, x, y), b = knot(l, x + dx, y + 1 - dx);
    if (k == 0 || k == l->bends)
        return k == 0 ? a : b;
    int32_t off = lot(l, x, y, 100 * (dx + 1) + k, l->cell / 16);
    return (struct qp_geo_point){
        .lat7 = a.lat7 + (int32_t)((int64_t)(b.lat7 - a.lat7) * k / l->bends) + (dx ? off : 0),
        .lon7 = a.lon7 + (int32_t)((int64_t)(b.lon7 - a.lon7) * k / l->bends) + (dx ? 0 : off)};
}

static void cell(const struct lattice *l, int x, int y, struct qp_geo_shape *s)
{
    size_t n = 0, all = 4 * (size_t)l->bends + 1;
    struct qp_geo_point *p = s->points = get(all, sizeof *p);
    for (int k = 0; k < l->bends; k++)
        p[n++] = bend(l, x, y, 1, k);
    for (int k = 0; k < l->bends; k++)
        p[n++] = bend(l, x + 1, y, 0, k);
    for (int k = l->bends; k > 0; k--)
        p[n++] = bend(l, x, y + 1, 1, k);
    for (int k = l->bends; k >= 0; k--)
        p[n++] = bend(l, x, y, 0, k);
    assert_int_equal(n, all);
    s->rings = get(1, sizeof *s->rings);
    s->rings[0] = (struct qp_geo_ring){0, (uint32_t)all, false};
    s->n_points = all;
    s->n_rings = 1;
    s->box = qp_geo_box_of(p, all);
}

void rig_lattice(struct rig_grids *out, struct qp_geo_point corner, int32_t width, int columns, int rows,
                 int bends, size_t per_node, uint64_t seed)
{
    struct lattice l = {corner, width, columns, bends, seed};
    out->n = (size_t)columns * (size_t)rows;
    out->v = get(out->n, sizeof *out->v);
    size_t *order = get(out->n, sizeof *order);
    for (size_t i = 0; i < out->n; i++) {
        size_t k = (size_t)rig_between(&seed, 0, (int64_t)i);
        order[i] = order[k];
        order[k] = i + 1;
    }
    for (size_t i = 0; i < out->n; i++) {
        cell(&l, (int)(i % (size_t)columns), (int)(i / (size_t)columns), &out->v[i].shape);
        out->v[i].code = named("c%07zu", order[i]);
        out->v[i].title = named("grid %zu", i + 1);
        out->v[i].node = named("suzhou/n%04zu", i / per_node + 1);
        out->v[i].feature = i + 1;
    }
    free(order);
}

/* ---- an outline cut into pieces ---- */

static void copy_ring(struct qp_geo_engine *g, const GEOSGeometry *ring, bool hole, struct qp_geo_shape *s)
{
    const GEOSCoordSequence *line = GEOSGeom_getCoordSeq_r(g->h, ring);
    unsigned n;
    assert_true(line && GEOSCoordSeq_getSize_r(g->h, line, &n));
    s->points = realloc(s->points, (s->n_points + n) * sizeof *s->points);
    s->rings = realloc(s->rings, (s->n_rings + 1) * sizeof *s->rings);
    assert_true(s->points && s->rings);
    s->rings[s->n_rings++] = (struct qp_geo_ring){(uint32_t)s->n_points, n, hole};
    for (unsigned i = 0; i < n; i++) {
        double x, y;
        GEOSCoordSeq_getXY_r(g->h, line, i, &x, &y);
        s->points[s->n_points++] = (struct qp_geo_point){(int32_t)lround(y), (int32_t)lround(x)};
    }
}

static void copy_shape(struct qp_geo_engine *g, const GEOSGeometry *geometry, struct qp_geo_shape *s)
{
    for (int i = 0; i < GEOSGetNumGeometries_r(g->h, geometry); i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(g->h, geometry, i);
        if (GEOSGeomTypeId_r(g->h, part) != GEOS_POLYGON)
            continue;
        copy_ring(g, GEOSGetExteriorRing_r(g->h, part), false, s);
        for (int k = 0; k < GEOSGetNumInteriorRings_r(g->h, part); k++)
            copy_ring(g, GEOSGetInteriorRingN_r(g->h, part, k), true, s);
    }
    s->box = qp_geo_box_of(s->points, s->n_points);
}

/* The half of a piece in the south or west, or the other one. */
static GEOSGeometry *half(struct qp_geo_engine *g, const GEOSGeometry *piece, bool lower)
{
    double west, south, east, north;
    assert_true(GEOSGeom_getXMin_r(g->h, piece, &west) && GEOSGeom_getXMax_r(g->h, piece, &east) &&
                GEOSGeom_getYMin_r(g->h, piece, &south) && GEOSGeom_getYMax_r(g->h, piece, &north));
    if (east - west > north - south) {
        double at = floor((west + east) / 2);
        *(lower ? &east : &west) = at;
    } else {
        double at = floor((south + north) / 2);
        *(lower ? &north : &south) = at;
    }
    GEOSGeometry *box = GEOSGeom_createRectangle_r(g->h, west, south, east, north);
    GEOSGeometry *cut = GEOSIntersectionPrec_r(g->h, piece, box, 1);
    assert_non_null(cut);
    GEOSGeom_destroy_r(g->h, box);
    return cut;
}

void rig_cut(struct rig_grids *out, const struct qp_geo_shape *outline, size_t n, const char *node)
{
    struct qp_geo_engine *g;
    assert_int_equal(qp_geo_engine_open(&g, NULL), 0);
    GEOSGeometry **v = get(n, sizeof *v);
    v[0] = qp_geo_engine_shape(g, outline);
    assert_non_null(v[0]);
    for (size_t have = 1; have < n; have++) {
        size_t largest = 0;
        for (size_t i = 1; i < have; i++)
            if (qp_geo_engine_area_m2(g, v[i]) > qp_geo_engine_area_m2(g, v[largest]))
                largest = i;
        GEOSGeometry *piece = v[largest];
        v[largest] = half(g, piece, true);
        v[have] = half(g, piece, false);
        GEOSGeom_destroy_r(g->h, piece);
    }
    out->n = n;
    out->v = get(n, sizeof *out->v);
    for (size_t i = 0; i < n; i++) {
        copy_shape(g, v[i], &out->v[i].shape);
        out->v[i].code = named("g%02zu", i + 1);
        out->v[i].title = named("第 %zu 网格", i + 1);
        out->v[i].node = strdup(node);
        out->v[i].feature = i + 1;
        GEOSGeom_destroy_r(g->h, v[i]);
    }
    free(v);
    qp_geo_engine_close(g);
}

/* ---- shapes by hand ---- */

struct qp_geo_shape rig_ring(struct qp_geo_point *points, size_t n, struct qp_geo_ring *ring)
{
    *ring = (struct qp_geo_ring){0, (uint32_t)n, false};
    return (struct qp_geo_shape){points, n, ring, 1, qp_geo_box_of(points, n)};
}

void rig_community(struct rig_grids *out)
{
    /* metres east and north of the corner; the second ring is a lake */
    static const double outer[][2] = {{0, 120},    {310, 0},     {700, 90},    {1130, -40}, {1490, 160},
                                      {1610, 520}, {1380, 640},  {1120, 610},  {1090, 700}, {1370, 790},
                                      {1650, 760}, {1720, 1180}, {1400, 1420}, {980, 1360}, {620, 1480},
                                      {250, 1400}, {90, 1010},   {-60, 560}};
    static const double lake[][2] = {{600, 500}, {760, 480}, {810, 640}, {640, 690}};
    const size_t n = sizeof outer / sizeof *outer, m = sizeof lake / sizeof *lake;
    out->n = 1;
    out->v = get(1, sizeof *out->v);
    struct qp_geo_grid *g = out->v;
    struct qp_geo_point *p = g->shape.points = get(n + m + 2, sizeof *p);
    g->code = strdup("hanchizi");
    g->title = strdup("韩池孜社区");
    g->node = strdup("suzhou");
    for (size_t i = 0; i <= n + m + 1; i++) {
        const double *at = i <= n ? outer[i % n] : lake[(i - n - 1) % m];
        p[i].lon7 = 1169800000 + (int32_t)(at[0] * 110.05);
        p[i].lat7 = 336300000 + (int32_t)(at[1] * 91.99);
    }
    g->shape.rings = get(2, sizeof *g->shape.rings);
    g->shape.rings[0] = (struct qp_geo_ring){0, (uint32_t)n + 1, false};
    g->shape.rings[1] = (struct qp_geo_ring){(uint32_t)n + 1, (uint32_t)m + 1, true};
    g->shape.n_points = n + m + 2;
    g->shape.n_rings = 2;
    g->shape.box = qp_geo_box_of(p, n + 1);
}

/* ---- as a file ---- */

static void put_ring(FILE *f, const struct qp_geo_shape *s, const struct qp_geo_ring *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        struct qp_geo_point p = s->points[r->first + i];
        fprintf(f, "%s[%.7f,%.7f]", i ? "," : "[", qp_geo_degrees(p.lon7), qp_geo_degrees(p.lat7));
    }
    fputs("]", f);
}

char *rig_geojson(const struct rig_grids *g)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    fputs("{\"type\":\"FeatureCollection\",\"features\":[", f);
    for (size_t i = 0; i < g->n; i++) {
        const struct qp_geo_grid *v = &g->v[i];
        fprintf(f,
                "%s{\"type\":\"Feature\",\"properties\":{\"code\":\"%s\",\"title\":\"%s\",\"node\":\"%s\"},",
                i ? "," : "", v->code, v->title, v->node);
        fputs("\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[", f);
        for (size_t k = 0; k < v->shape.n_rings; k++) {
            fputs(v->shape.rings[k].hole ? "," : k ? "],[" : "[", f);
            put_ring(f, &v->shape, &v->shape.rings[k]);
        }
        fputs("]]}}", f);
    }
    fputs("]}", f);
    assert_int_equal(fclose(f), 0);
    return text;
}
