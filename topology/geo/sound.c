/* sound.c: whether a boundary is one: GEOS judges (OGC's rules of validity, as PostGIS's ST_IsValidDetail), here its word
 * becomes the place in the file. See reading.h. */
#include <math.h>
#include <string.h>

#include "topology/geo/reading.h"

static double square(double v)
{
    return v * v;
}

/* Squared distance from (x, y) to an edge, in units. */
static double off_edge(struct qp_geo_point a, struct qp_geo_point b, double x, double y)
{
    double dx = (double)b.lon7 - a.lon7, dy = (double)b.lat7 - a.lat7, length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? ((x - a.lon7) * dx + (y - a.lat7) * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return square(a.lon7 + t * dx - x) + square(a.lat7 + t * dy - y);
}

/* The last edge in the file's order that comes nearest to (x, y): the one that was drawn into another. */
static void stand_at(struct qp_geo_reading *r, double x, double y)
{
    double least = INFINITY;
    size_t first_of_polygon = 0;
    for (size_t i = 0; i < r->n_rings; i++) {
        const struct qp_geo_point *at = r->points + r->rings[i].first;
        if (!r->rings[i].hole)
            first_of_polygon = i;
        for (size_t k = 0; k + 1 < r->rings[i].n; k++) {
            double off = off_edge(at[k], at[k + 1], x, y);
            if (off > least)
                continue;
            least = off;
            r->at.polygon = r->polygon_of[i];
            r->at.ring = i - first_of_polygon + 1;
            r->at.vertex = k + 1;
        }
    }
}

static bool same(struct qp_geo_point a, struct qp_geo_point b)
{
    return a.lat7 == b.lat7 && a.lon7 == b.lon7;
}

/* Not all on one line. Equal products round to equal doubles. */
static bool encloses(const struct qp_geo_point *at, size_t n)
{
    size_t k = 1;
    while (k < n && same(at[k], at[0]))
        k++;
    for (size_t m = k + 1; m < n; m++) {
        double up = ((double)at[k].lon7 - at[0].lon7) * ((double)at[m].lat7 - at[0].lat7);
        double down = ((double)at[k].lat7 - at[0].lat7) * ((double)at[m].lon7 - at[0].lon7);
        if (up != down)
            return true;
    }
    return false;
}

/* GEOS calls a ring on one line, or on one point, many things. */
static bool every_ring_encloses(struct qp_geo_reading *r)
{
    for (size_t i = 0, first = 0; i < r->n_rings; i++) {
        const struct qp_geo_point *at = r->points + r->rings[i].first;
        if (!r->rings[i].hole)
            first = i;
        if (encloses(at, r->rings[i].n))
            continue;
        r->at.polygon = r->polygon_of[i];
        r->at.ring = i - first + 1;
        r->at.vertex = 0;
        return qp_geo_fault(r, QP_GEO_NO_AREA, "[%.7f, %.7f]", qp_geo_degrees(at[0].lon7),
                            qp_geo_degrees(at[0].lat7));
    }
    return true;
}

static enum qp_geo_fault_kind kind_of(const char *reason)
{
    if (strstr(reason, "Hole") || strstr(reason, "hole"))
        return QP_GEO_BAD_HOLE;
    if (strstr(reason, "Nested shells") || strstr(reason, "Duplicate"))
        return QP_GEO_PARTS_OVERLAP;
    return QP_GEO_SELF_CROSSING; /* "Self-intersection", "Ring Self-intersection", "Interior is disconnected" */
}

static bool say(struct qp_geo_reading *r, const char *reason, const GEOSGeometry *where)
{
    double x = NAN, y = NAN;
    if (!where || !GEOSGeomGetX_r(r->engine->h, where, &x) || !GEOSGeomGetY_r(r->engine->h, where, &y))
        x = r->points[0].lon7, y = r->points[0].lat7;
    stand_at(r, x, y);
    return qp_geo_fault(r, kind_of(reason), "[%.7f, %.7f]", x / QP_GEO_DEGREE, y / QP_GEO_DEGREE);
}

bool qp_geo_sound(struct qp_geo_reading *r, const struct qp_geo_shape *s)
{
    if (!every_ring_encloses(r))
        return false;
    GEOSGeometry *g = qp_geo_engine_shape(r->engine, s), *where = NULL;
    char *reason = NULL, valid = 2;
    if (g)
        valid = GEOSisValidDetail_r(r->engine->h, g, 0, &reason, &where);
    bool ok = valid == 1;
    if (valid == 0)
        ok = say(r, reason ? reason : "", where);
    else if (!ok)
        r->no_memory = true;
    GEOSFree_r(r->engine->h, reason);
    GEOSGeom_destroy_r(r->engine->h, where);
    GEOSGeom_destroy_r(r->engine->h, g);
    return ok;
}
