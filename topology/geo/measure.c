/* measure.c: metres and square metres on the WGS-84 ellipsoid. The sources of the formulas stand in shape.h. */
#include <assert.h>
#include <math.h>

#include "topology/geo/shape.h"

static const double AXIS = 6378137.0, FLATTENING = 1 / 298.257223563;
static const double PI = 3.14159265358979324;

static double radians(double v7)
{
    return v7 * (PI / 180 / QP_GEO_DEGREE);
}

static double eccentricity2(void)
{
    return FLATTENING * (2 - FLATTENING);
}

/* ---- areas ---- */

/* Snyder 3-12: (axis²/2) q is the area between equator and latitude in a radian of longitude. */
static double authalic(double phi)
{
    double e2 = eccentricity2(), e = sqrt(e2), s = sin(phi);
    return (1 - e2) * (s / (1 - e2 * s * s) + atanh(e * s) / e);
}

/* Of one edge: the strip between it and the latitude `from`, where q is `q0`; what is subtracted keeps the digits of
 * small rings far from the equator. */
static double strip(double x1, double y1, double x2, double y2, double q0)
{
    double phi1 = radians(y1), phi2 = radians(y2), middle = (phi1 + phi2) / 2;
    double q = (authalic(phi1) + 4 * authalic(middle) + authalic(phi2)) / 6;
    return radians(x2 - x1) * (q - q0);
}

double qp_geo_ring_area_m2(const double *xy, size_t n)
{
    if (n < 3)
        return 0;
    double sum = 0, q0 = authalic(radians(xy[1]));
    for (size_t i = 0; i < n; i++) {
        const double *a = xy + 2 * i, *b = xy + 2 * ((i + 1) % n);
        sum += strip(a[0], a[1], b[0], b[1], q0);
    }
    return fabs(sum) * AXIS * AXIS / 2;
}

static double ring_area(const struct qp_geo_point *at, size_t n)
{
    double sum = 0, q0 = authalic(radians(at[0].lat7));
    for (size_t i = 0; i + 1 < n; i++)
        sum += strip(at[i].lon7, at[i].lat7, at[i + 1].lon7, at[i + 1].lat7, q0);
    return fabs(sum) * AXIS * AXIS / 2;
}

double qp_geo_area_m2(const struct qp_geo_shape *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n_rings; i++) {
        double area = ring_area(s->points + s->rings[i].first, s->rings[i].n);
        sum += s->rings[i].hole ? -area : area;
    }
    return sum > 0 ? sum : 0;
}

/* ---- distances ---- */

double qp_geo_distance_m(struct qp_geo_point a, struct qp_geo_point b)
{
    double b1 = atan((1 - FLATTENING) * tan(radians(a.lat7))),
           b2 = atan((1 - FLATTENING) * tan(radians(b.lat7)));
    double p = (b1 + b2) / 2, q = (b2 - b1) / 2, half = radians((double)b.lon7 - a.lon7) / 2;
    double h = sin(q) * sin(q) + cos(b1) * cos(b2) * sin(half) * sin(half);
    if (h <= 0)
        return 0;
    double sigma = 2 * asin(sqrt(h < 1 ? h : 1)), c = cos(sigma / 2), s = sin(sigma / 2);
    double sin_p = sin(p), cos_p = cos(p), sin_q = sin(q), cos_q = cos(q);
    if (c * c < 1e-6)
        return AXIS * sigma; /* the other end of the globe: Lambert does not reach there */
    double x = (sigma - sin(sigma)) * sin_p * sin_p * cos_q * cos_q / (c * c);
    double y = (sigma + sin(sigma)) * cos_p * cos_p * sin_q * sin_q / (s * s);
    return AXIS * (sigma - FLATTENING / 2 * (x + y));
}

/* Metres in a unit of latitude and of longitude at a latitude: the radii of curvature M and N cos. */
static void scales(double lat7, double *north, double *east)
{
    double e2 = eccentricity2(), s = sin(radians(lat7)), w = 1 - e2 * s * s;
    *north = radians(1) * AXIS * (1 - e2) / (w * sqrt(w));
    *east = radians(1) * AXIS / sqrt(w) * cos(radians(lat7));
}

/* The point of the edge from a to b that is nearest in the plane where p is the origin. */
static struct qp_geo_point foot(struct qp_geo_point a, struct qp_geo_point b, struct qp_geo_point p,
                                double north, double east)
{
    double ax = ((double)a.lon7 - p.lon7) * east, ay = ((double)a.lat7 - p.lat7) * north;
    double dx = ((double)b.lon7 - a.lon7) * east, dy = ((double)b.lat7 - a.lat7) * north;
    double length2 = dx * dx + dy * dy, t = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return (struct qp_geo_point){
        .lat7 = (int32_t)lround(a.lat7 + t * ((double)b.lat7 - a.lat7)),
        .lon7 = (int32_t)lround(a.lon7 + t * ((double)b.lon7 - a.lon7)),
    };
}

double qp_geo_distance_to_m(const struct qp_geo_shape *s, struct qp_geo_point p)
{
    double north, east, least2 = INFINITY;
    struct qp_geo_point nearest = p;
    if (qp_geo_side_of(s, p) != QP_GEO_OUTSIDE)
        return 0;
    scales(p.lat7, &north, &east);
    for (size_t i = 0; i < s->n_rings; i++) {
        const struct qp_geo_point *at = s->points + s->rings[i].first;
        for (size_t k = 0; k + 1 < s->rings[i].n; k++) {
            struct qp_geo_point f = foot(at[k], at[k + 1], p, north, east);
            double x = ((double)f.lon7 - p.lon7) * east, y = ((double)f.lat7 - p.lat7) * north;
            if (x * x + y * y < least2) {
                least2 = x * x + y * y;
                nearest = f;
            }
        }
    }
    return qp_geo_distance_m(p, nearest);
}
