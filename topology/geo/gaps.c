/* gaps.c: ground that no grid has, and grids beyond an outline. See siblings.h.
 *
 *   union of the grids, on a lattice of half a metre ─► its holes: gaps
 *   outline − union ─► gaps, those at the rim too            grid − outline ─► outside */
#include <math.h>
#include <stdlib.h>

#include "topology/geo/compare.h"

/* Units of the lattice: half a metre to the north, less to the east. */
enum { LATTICE = 45 };

static GEOSGeometry *of_grid(struct qp_compare *c, const struct qp_geo_grid *outline, size_t i)
{
    (void)outline;
    return GEOSGeom_clone_r(c->g->h, c->v[i].shape);
}

static GEOSGeometry *of_outline(struct qp_compare *c, const struct qp_geo_grid *outline, size_t i)
{
    return qp_geo_engine_shape(c->g, &outline[i].shape);
}

/* All of them as one collection, and that as one area. NULL: c->rc. */
static GEOSGeometry *unite(struct qp_compare *c, const struct qp_geo_grid *outline, size_t n,
                           GEOSGeometry *(*of)(struct qp_compare *, const struct qp_geo_grid *, size_t),
                           const char *what)
{
    GEOSGeometry **v = calloc(n ? n : 1, sizeof *v), *all = NULL;
    size_t have = 0;
    while (v && have < n && (v[have] = of(c, outline, have)))
        have++;
    if (v && have == n)
        all = GEOSGeom_createCollection_r(c->g->h, GEOS_GEOMETRYCOLLECTION, v, (unsigned)n); /* takes them */
    else if (v)
        qp_geo_engine_destroy(c->g, v, have);
    GEOSGeometry *one = all ? GEOSUnaryUnionPrec_r(c->g->h, all, LATTICE) : NULL;
    GEOSGeom_destroy_r(c->g->h, all);
    free(v);
    if (!one)
        qp_compare_failed(c, what);
    return one;
}

/* ---- one gap ---- */

struct border {
    struct qp_compare *c;
    const GEOSGeometry *shape;
    struct qp_geo_gap *gap;
};

static void beside(void *item, void *border)
{
    const struct qp_compare_one *one = item;
    struct border *b = border;
    struct qp_geo_gap *gap = b->gap;
    double units;
    if (!GEOSDistance_r(b->c->g->h, b->shape, one->shape, &units) || units > 2 * LATTICE)
        return;
    /* The first ones in the order given, whatever order the tree has. */
    size_t at = gap->n_beside;
    gap->all_beside++;
    while (at > 0 && gap->beside[at - 1] > one->at)
        at--;
    if (at == QP_GEO_BESIDE)
        return;
    size_t last = gap->n_beside < QP_GEO_BESIDE ? gap->n_beside++ : QP_GEO_BESIDE - 1;
    for (size_t i = last; i > at; i--)
        gap->beside[i] = gap->beside[i - 1];
    gap->beside[at] = one->at;
}

static void one_gap(struct qp_compare *c, const GEOSGeometry *polygon)
{
    struct qp_geo_gap gap = {0};
    struct qp_geo_siblings *out = c->out;
    gap.m2 = qp_compare_part(c, polygon, &gap.at);
    if (gap.m2 <= 0 || !qp_compare_room(c, (void **)&out->gaps, out->n_gaps, &c->cap_gaps, sizeof *out->gaps))
        return;
    struct border b = {c, polygon, &gap};
    GEOSSTRtree_query_r(c->g->h, c->tree, polygon, beside, &b);
    out->gaps[out->n_gaps++] = gap;
}

/* ---- without an outline: the holes of the union ---- */

static void hole(struct qp_compare *c, const GEOSGeometry *ring)
{
    GEOSGeometry *copy = GEOSGeom_clone_r(c->g->h, ring);
    GEOSGeometry *polygon = copy ? GEOSGeom_createPolygon_r(c->g->h, copy, NULL, 0) : NULL;
    if (polygon)
        one_gap(c, polygon);
    else
        qp_compare_failed(c, "a gap");
    GEOSGeom_destroy_r(c->g->h, polygon);
}

static void holes(struct qp_compare *c, const GEOSGeometry *area)
{
    for (int i = 0; i < GEOSGetNumGeometries_r(c->g->h, area); i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(c->g->h, area, i);
        if (!part || GEOSGeomTypeId_r(c->g->h, part) != GEOS_POLYGON)
            continue;
        for (int k = 0; k < GEOSGetNumInteriorRings_r(c->g->h, part) && !c->rc; k++)
            hole(c, GEOSGetInteriorRingN_r(c->g->h, part, k));
    }
}

/* ---- with one ---- */

static void outside(struct qp_compare *c, const GEOSGeometry *outline)
{
    struct qp_geo_siblings *out = c->out;
    const GEOSPreparedGeometry *prepared = GEOSPrepare_r(c->g->h, outline);
    if (!prepared)
        qp_compare_failed(c, "the outline");
    for (size_t i = 0; i < c->n && !c->rc; i++) {
        struct qp_geo_outside found = {.grid = i};
        char within = GEOSPreparedCovers_r(c->g->h, prepared, c->v[i].shape);
        GEOSGeometry *rest = within == 0 ? GEOSDifference_r(c->g->h, c->v[i].shape, outline) : NULL;
        if (rest)
            found.m2 = qp_compare_part(c, rest, &found.at);
        else if (within != 1)
            qp_compare_failed(c, c->grids[i].code);
        GEOSGeom_destroy_r(c->g->h, rest);
        if (found.m2 > 0 &&
            qp_compare_room(c, (void **)&out->outside, out->n_outside, &c->cap_outside, sizeof *out->outside))
            out->outside[out->n_outside++] = found;
    }
    if (prepared)
        GEOSPreparedGeom_destroy_r(c->g->h, prepared);
}

static void against(struct qp_compare *c, const GEOSGeometry *area, const struct qp_geo_grid *outline,
                    size_t n_outline)
{
    GEOSGeometry *want = unite(c, outline, n_outline, of_outline, "the outline"), *rest = NULL;
    if (want) {
        c->out->outline_m2 = qp_geo_engine_area_m2(c->g, want);
        rest = GEOSDifferencePrec_r(c->g->h, want, area, LATTICE);
    }
    if (want && !rest)
        qp_compare_failed(c, "the outline and the grids");
    for (int i = 0; rest && i < GEOSGetNumGeometries_r(c->g->h, rest) && !c->rc; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(c->g->h, rest, i);
        if (part && GEOSGeomTypeId_r(c->g->h, part) == GEOS_POLYGON)
            one_gap(c, part);
    }
    if (want && !c->rc)
        outside(c, want);
    GEOSGeom_destroy_r(c->g->h, rest);
    GEOSGeom_destroy_r(c->g->h, want);
}

void qp_gaps_find(struct qp_compare *c, const struct qp_geo_grid *outline, size_t n_outline)
{
    GEOSGeometry *area = unite(c, NULL, c->n, of_grid, "the grids");
    if (!area)
        return;
    c->out->covered_m2 = qp_geo_engine_area_m2(c->g, area);
    if (n_outline > 0)
        against(c, area, outline, n_outline);
    else
        holes(c, area);
    GEOSGeom_destroy_r(c->g->h, area);
}
