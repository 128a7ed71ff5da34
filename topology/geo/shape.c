/* shape.c: points and boundaries on whole numbers: what is inside. measure.c has the lengths and areas. */
#include "topology/geo/shape.h"

#include <assert.h>
#include <math.h>

static bool to_units(int32_t *out, double degrees, double most)
{
    if (!(degrees >= -most && degrees <= most)) /* nor NaN */
        return false;
    *out = (int32_t)lround(degrees * QP_GEO_DEGREE);
    return true;
}

bool qp_geo_point_of(struct qp_geo_point *out, enum qp_crs crs, double lat, double lon)
{
    if (!(fabs(lat) <= 90 && fabs(lon) <= 180))
        return false;
    qp_crs_to_wgs84(crs, &lat, &lon);
    return to_units(&out->lat7, lat, 90) && to_units(&out->lon7, lon, 180);
}

struct qp_geo_box qp_geo_box_of(const struct qp_geo_point *points, size_t n)
{
    assert(n > 0);
    struct qp_geo_box b = {points[0].lat7, points[0].lon7, points[0].lat7, points[0].lon7};
    for (size_t i = 1; i < n; i++) {
        struct qp_geo_point p = points[i];
        b.south = p.lat7 < b.south ? p.lat7 : b.south;
        b.north = p.lat7 > b.north ? p.lat7 : b.north;
        b.west = p.lon7 < b.west ? p.lon7 : b.west;
        b.east = p.lon7 > b.east ? p.lon7 : b.east;
    }
    return b;
}

/* -1, 0, 1: p lies right of, on, or left of the line from a to b. Differences of latitude are below 2^31, of longitude
 * (edges have at most 180 degrees, p lies within the ring's box) below 2^32: the products fit 63 bits and are compared,
 * not subtracted. */
static int turn(struct qp_geo_point a, struct qp_geo_point b, struct qp_geo_point p)
{
    int64_t up = ((int64_t)b.lon7 - a.lon7) * ((int64_t)p.lat7 - a.lat7);
    int64_t down = ((int64_t)b.lat7 - a.lat7) * ((int64_t)p.lon7 - a.lon7);
    return (up > down) - (up < down);
}

static bool between(int32_t v, int32_t a, int32_t b)
{
    return a < b ? v >= a && v <= b : v >= b && v <= a;
}

/* A ray to the east, edge by edge; an edge owns its lower end only, so that a ray through a corner counts once. */
static enum qp_geo_side ring_side(const struct qp_geo_point *at, size_t n, struct qp_geo_point p)
{
    bool inside = false;
    for (size_t i = 0; i + 1 < n; i++) {
        struct qp_geo_point a = at[i], b = at[i + 1];
        if (!between(p.lat7, a.lat7, b.lat7))
            continue;
        if (a.lat7 == b.lat7) {
            if (between(p.lon7, a.lon7, b.lon7))
                return QP_GEO_EDGE;
            continue;
        }
        bool rises = a.lat7 < b.lat7;
        int side = rises ? turn(a, b, p) : turn(b, a, p);
        if (side == 0)
            return QP_GEO_EDGE;
        if (side > 0 && p.lat7 < (rises ? b.lat7 : a.lat7)) /* the edge is to the east */
            inside = !inside;
    }
    return inside ? QP_GEO_INSIDE : QP_GEO_OUTSIDE;
}

enum qp_geo_side qp_geo_side_of(const struct qp_geo_shape *s, struct qp_geo_point p)
{
    const struct qp_geo_box *b = &s->box;
    bool inside = false;
    if (p.lat7 < b->south || p.lat7 > b->north || p.lon7 < b->west || p.lon7 > b->east)
        return QP_GEO_OUTSIDE;
    for (size_t i = 0; i < s->n_rings; i++) { /* rings of a sound shape do not cross: their parity tells */
        enum qp_geo_side side = ring_side(s->points + s->rings[i].first, s->rings[i].n, p);
        if (side == QP_GEO_EDGE)
            return QP_GEO_EDGE;
        inside ^= side == QP_GEO_INSIDE;
    }
    return inside ? QP_GEO_INSIDE : QP_GEO_OUTSIDE;
}
