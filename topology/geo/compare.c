/* compare.c: what of two boundaries is worth telling, and room for it. See compare.h. */
#include "topology/geo/compare.h"

#include <math.h>
#include <stdlib.h>

void qp_compare_failed(struct qp_compare *c, const char *what)
{
    if (!c->rc)
        c->rc = qp_fail(c->e, *c->g->said ? QP_EINVAL : QP_ENOMEM, "%s cannot be compared: %s", what,
                        *c->g->said ? c->g->said : "no memory");
}

bool qp_compare_room(struct qp_compare *c, void **list, size_t n, size_t *cap, size_t each)
{
    if (n < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 16;
    void *grown = realloc(*list, more * each);
    if (!grown) {
        c->rc = qp_fail(c->e, QP_ENOMEM, "no memory to compare the boundaries");
        return false;
    }
    *list = grown;
    *cap = more;
    return true;
}

/* Metres round a polygon's outer ring. */
static double border(struct qp_compare *c, const GEOSGeometry *polygon)
{
    const GEOSGeometry *ring = GEOSGetExteriorRing_r(c->g->h, polygon);
    const GEOSCoordSequence *line = ring ? GEOSGeom_getCoordSeq_r(c->g->h, ring) : NULL;
    unsigned n = 0;
    double sum = 0, x, y;
    if (!line || !GEOSCoordSeq_getSize_r(c->g->h, line, &n))
        return -1;
    struct qp_geo_point before = {0, 0};
    for (unsigned i = 0; i < n; i++) {
        if (!GEOSCoordSeq_getXY_r(c->g->h, line, i, &x, &y))
            return -1;
        struct qp_geo_point p = {(int32_t)lround(y), (int32_t)lround(x)};
        sum += i ? qp_geo_distance_m(before, p) : 0;
        before = p;
    }
    return sum;
}

static bool point_in(struct qp_compare *c, const GEOSGeometry *polygon, struct qp_geo_point *at)
{
    GEOSGeometry *p = GEOSPointOnSurface_r(c->g->h, polygon);
    double x, y;
    bool ok = p && GEOSGeomGetX_r(c->g->h, p, &x) == 1 && GEOSGeomGetY_r(c->g->h, p, &y) == 1;
    if (ok)
        *at = (struct qp_geo_point){(int32_t)lround(y), (int32_t)lround(x)};
    GEOSGeom_destroy_r(c->g->h, p);
    return ok;
}

double qp_compare_part(struct qp_compare *c, const GEOSGeometry *geometry, struct qp_geo_point *at)
{
    double sum = 0, largest = 0;
    for (int i = 0; i < GEOSGetNumGeometries_r(c->g->h, geometry); i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(c->g->h, geometry, i);
        if (!part || GEOSGeomTypeId_r(c->g->h, part) != GEOS_POLYGON)
            continue; /* a line where two only touch */
        double area = qp_geo_engine_area_m2(c->g, part), length = area < 0 ? -1 : border(c, part);
        bool told = area >= QP_GEO_LEAST_M2 && 2 * area >= length * QP_GEO_LEAST_WIDTH_CM / 100;
        if (length < 0 || (told && area > largest && !point_in(c, part, at))) {
            qp_compare_failed(c, "a part of two boundaries");
            return -1;
        }
        if (told && area > largest)
            largest = area;
        sum += told ? area : 0;
    }
    return sum;
}
