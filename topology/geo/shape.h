/* shape.h: positions and boundaries, and what is measured on them.
 *
 * A coordinate is a whole number of 1e-7 degrees (a centimetre, WGS-84): whatever is decided (inside, on an edge,
 * which of two) is decided on whole numbers, so that every node decides alike. What is measured (metres, square
 * metres) is a double and decides nothing.
 *
 * Edges are straight in longitude and latitude (RFC 7946, 3.1.1). No edge is longer than 180 degrees: a boundary
 * across the antimeridian is cut into two polygons there (RFC 7946, 3.1.9).
 *
 * All functions are pure: any thread may call them, a shape that nobody changes may be read by many. */
#ifndef QP_TOPOLOGY_GEO_SHAPE_H
#define QP_TOPOLOGY_GEO_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topology/geo/crs.h"

enum { QP_GEO_DEGREE = 10000000 }; /* units in a degree */

struct qp_geo_point {
    int32_t lat7, lon7; /* -90..90 and -180..180 degrees */
};
struct qp_geo_box {
    int32_t south, west, north, east; /* all four belong to it */
};
/* A closed line: points[first] equals points[first + n - 1], n >= 4. */
struct qp_geo_ring {
    uint32_t first, n;
    bool hole; /* of the nearest ring before it that is none */
};
/* One or more polygons, each an outer ring and its holes behind it. Winding does not matter. Whoever made the
 * arrays owns them. */
struct qp_geo_shape {
    struct qp_geo_point *points;
    size_t n_points;
    struct qp_geo_ring *rings;
    size_t n_rings;
    struct qp_geo_box box;
};

/* Rounded to a unit. False where it is no position: not finite, or out of range, before or after the
 * conversion. `crs` must be a known one. */
bool qp_geo_point_of(struct qp_geo_point *out, enum qp_crs crs, double lat, double lon);
static inline double qp_geo_degrees(int32_t v7)
{
    return (double)v7 / QP_GEO_DEGREE;
}

/* The smallest box round the points. n >= 1. */
struct qp_geo_box qp_geo_box_of(const struct qp_geo_point *points, size_t n);

enum qp_geo_side { QP_GEO_OUTSIDE, QP_GEO_INSIDE, QP_GEO_EDGE };
/* Exact, linear in the points: for one shape at hand. Among many ask an index (index.h), which answers the same. A
 * point on a hole's edge is on an edge. */
enum qp_geo_side qp_geo_side_of(const struct qp_geo_shape *s, struct qp_geo_point p);

/* Area on the WGS-84 ellipsoid, of what lies between the edges. Under an edge lies a strip down to the equator,
 * whose area is the integral of q(latitude) over longitude, q the authalic function of J. P. Snyder, Map
 * Projections: A Working Manual (USGS 1395, 1987), equation 3-12. Along an edge latitude is linear, and Simpson's
 * rule integrates q to better than a millionth of the area for edges up to a degree. */
double qp_geo_area_m2(const struct qp_geo_shape *s);
/* The same of one ring with coordinates in units that need not be whole (x = longitude), n points, the first not
 * repeated or repeated: never negative. For what an overlay cut out. */
double qp_geo_ring_area_m2(const double *xy, size_t n);

/* Length of the geodesic by Lambert's formula for long lines (W. D. Lambert, 1942; error about 10 m over thousands
 * of kilometres, centimetres within a city). Not for two ends of the globe. */
double qp_geo_distance_m(struct qp_geo_point a, struct qp_geo_point b);
/* From a point to the nearest point of the boundary's area: 0 inside or on an edge. The nearest edge is found in the
 * plane that touches the ellipsoid at p: right to a thousandth up to 100 km. */
double qp_geo_distance_to_m(const struct qp_geo_shape *s, struct qp_geo_point p);

#endif
