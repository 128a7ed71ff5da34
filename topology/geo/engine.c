/* engine.c: see engine.h. */
#include "topology/geo/engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void complain(const char *text, void *engine)
{
    struct qp_geo_engine *g = engine;
    snprintf(g->said, sizeof g->said, "%s", text);
}

int qp_geo_engine_open(struct qp_geo_engine **out, struct qp_err *e)
{
    struct qp_geo_engine *g = *out = calloc(1, sizeof *g);
    if (g)
        g->h = GEOS_init_r();
    if (!g || !g->h) {
        free(g);
        *out = NULL;
        return qp_fail(e, QP_ENOMEM, "no memory for the geometry engine");
    }
    GEOSContext_setErrorMessageHandler_r(g->h, complain, g);
    GEOSContext_setNoticeMessageHandler_r(g->h, complain, g);
    return 0;
}

void qp_geo_engine_close(struct qp_geo_engine *g)
{
    if (!g)
        return;
    GEOS_finish_r(g->h);
    free(g);
}

static GEOSGeometry *ring_of(struct qp_geo_engine *g, const struct qp_geo_point *at, uint32_t n)
{
    GEOSCoordSequence *line = GEOSCoordSeq_create_r(g->h, n, 2);
    for (uint32_t i = 0; line && i < n; i++) {
        if (!GEOSCoordSeq_setXY_r(g->h, line, i, at[i].lon7, at[i].lat7)) {
            GEOSCoordSeq_destroy_r(g->h, line);
            return NULL;
        }
    }
    /* The line is the ring's from here, also when it fails. */
    return line ? GEOSGeom_createLinearRing_r(g->h, line) : NULL;
}

void qp_geo_engine_destroy(struct qp_geo_engine *g, GEOSGeometry **v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        GEOSGeom_destroy_r(g->h, v[i]);
}

/* The polygon whose outer ring is `at`; *next: the ring behind its holes. */
static GEOSGeometry *polygon_of(struct qp_geo_engine *g, const struct qp_geo_shape *s, size_t at,
                                size_t *next)
{
    size_t n = 1;
    while (at + n < s->n_rings && s->rings[at + n].hole)
        n++;
    *next = at + n;
    GEOSGeometry **v = calloc(n, sizeof *v), *made = NULL;
    size_t have = 0;
    for (; v && have < n; have++) {
        const struct qp_geo_ring *r = &s->rings[at + have];
        if (!(v[have] = ring_of(g, s->points + r->first, r->n)))
            break;
    }
    if (v && have == n)
        made = GEOSGeom_createPolygon_r(g->h, v[0], v + 1, (unsigned)(n - 1)); /* takes the rings */
    else if (v)
        qp_geo_engine_destroy(g, v, have);
    free(v);
    return made;
}

static size_t polygons_in(const struct qp_geo_shape *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_rings; i++)
        n += !s->rings[i].hole;
    return n;
}

GEOSGeometry *qp_geo_engine_shape(struct qp_geo_engine *g, const struct qp_geo_shape *s)
{
    assert(s->n_rings > 0 && !s->rings[0].hole);
    GEOSGeometry **v = calloc(s->n_rings, sizeof *v), *made = NULL;
    size_t n = 0, at = 0;
    while (v && at < s->n_rings && (v[n] = polygon_of(g, s, at, &at)))
        n++;
    bool all = v && n == polygons_in(s);
    if (all && n == 1)
        made = v[0];
    else if (all)
        made = GEOSGeom_createCollection_r(g->h, GEOS_MULTIPOLYGON, v, (unsigned)n); /* takes them */
    else if (v)
        qp_geo_engine_destroy(g, v, n);
    free(v);
    return made;
}

GEOSGeometry *qp_geo_engine_point(struct qp_geo_engine *g, struct qp_geo_point p)
{
    return GEOSGeom_createPointFromXY_r(g->h, p.lon7, p.lat7);
}

GEOSGeometry *qp_geo_engine_box(struct qp_geo_engine *g, const struct qp_geo_box *b)
{
    return GEOSGeom_createRectangle_r(g->h, b->west, b->south, b->east, b->north);
}

/* ---- areas ---- */

static double ring_area(struct qp_geo_engine *g, const GEOSGeometry *ring)
{
    const GEOSCoordSequence *line = GEOSGeom_getCoordSeq_r(g->h, ring);
    unsigned n = 0;
    if (!line || !GEOSCoordSeq_getSize_r(g->h, line, &n))
        return -1;
    if (n == 0)
        return 0;
    double *xy = malloc(2 * n * sizeof *xy), area = -1;
    if (xy && GEOSCoordSeq_copyToBuffer_r(g->h, line, xy, 0, 0))
        area = qp_geo_ring_area_m2(xy, n);
    free(xy);
    return area;
}

static double polygon_area(struct qp_geo_engine *g, const GEOSGeometry *polygon)
{
    const GEOSGeometry *outer = GEOSGetExteriorRing_r(g->h, polygon);
    double sum = outer ? ring_area(g, outer) : -1;
    int holes = GEOSGetNumInteriorRings_r(g->h, polygon);
    for (int i = 0; sum >= 0 && i < holes; i++) {
        const GEOSGeometry *hole = GEOSGetInteriorRingN_r(g->h, polygon, i);
        double area = hole ? ring_area(g, hole) : -1;
        if (area < 0)
            return -1;
        sum = sum > area ? sum - area : 0;
    }
    return sum;
}

double qp_geo_engine_area_m2(struct qp_geo_engine *g, const GEOSGeometry *geometry)
{
    double sum = 0;
    int n = GEOSGetNumGeometries_r(g->h, geometry);
    for (int i = 0; i < n; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(g->h, geometry, i);
        int type = part ? GEOSGeomTypeId_r(g->h, part) : -1;
        double area = 0;
        if (type == GEOS_POLYGON)
            area = polygon_area(g, part);
        else if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION)
            area = qp_geo_engine_area_m2(g, part);
        if (area < 0)
            return -1;
        sum += area;
    }
    return sum;
}
