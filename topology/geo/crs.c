/* crs.c: see crs.h. Forward as published; backward by iteration: what the forward direction makes of the
 * estimate is compared with what was given, and the difference is taken from the estimate. The offsets change
 * by less than a hundredth over their own length, so that each round gains two digits. */
#include "topology/geo/crs.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

static const double PI = 3.14159265358979324;
static const double AXIS = 6378245.0, ECCENTRICITY2 = 0.00669342162296594323; /* Krasovsky 1940 */
enum { ROUNDS = 12 };
static const double STILL = 1e-10; /* degrees: ten micrometres */

static bool outside_china(double lat, double lon)
{
    return !(lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271);
}

static double common(double x)
{
    return (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3;
}

/* What GCJ-02 adds at a WGS-84 position: metres by the series, then degrees there. */
static void offset(double lat, double lon, double *dlat, double *dlon)
{
    double x = lon - 105, y = lat - 35, root = sqrt(fabs(x));
    double north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common(x) +
                   (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3 +
                   (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
    double east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common(x) +
                  (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3 +
                  (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
    double phi = lat / 180 * PI, magic = 1 - ECCENTRICITY2 * sin(phi) * sin(phi), s = sqrt(magic);
    *dlat = north * 180 / (AXIS * (1 - ECCENTRICITY2) / (magic * s) * PI);
    *dlon = east * 180 / (AXIS / s * cos(phi) * PI);
}

static void wgs_to_gcj(double *lat, double *lon)
{
    double dlat, dlon;
    offset(*lat, *lon, &dlat, &dlon);
    *lat += dlat;
    *lon += dlon;
}

static void gcj_to_bd(double *lat, double *lon)
{
    double x = *lon, y = *lat, k = PI * 3000 / 180;
    double z = sqrt(x * x + y * y) + 0.00002 * sin(y * k);
    double theta = atan2(y, x) + 0.000003 * cos(x * k);
    *lon = z * cos(theta) + 0.0065;
    *lat = z * sin(theta) + 0.006;
}

static void backward(void (*forward)(double *, double *), double *lat, double *lon)
{
    double at_lat = *lat, at_lon = *lon;
    for (int i = 0; i < ROUNDS; i++) {
        double to_lat = at_lat, to_lon = at_lon;
        forward(&to_lat, &to_lon);
        double off_lat = to_lat - *lat, off_lon = to_lon - *lon;
        at_lat -= off_lat;
        at_lon -= off_lon;
        if (fabs(off_lat) < STILL && fabs(off_lon) < STILL)
            break;
    }
    *lat = at_lat;
    *lon = at_lon;
}

static double rounded(double degrees)
{
    return round(degrees * 1e7) / 1e7; /* a centimetre */
}

void qp_crs_to_wgs84(enum qp_crs crs, double *lat, double *lon)
{
    assert(crs != QP_CRS_UNKNOWN);
    if ((crs != QP_CRS_GCJ02 && crs != QP_CRS_BD09) || outside_china(*lat, *lon))
        return;
    if (crs == QP_CRS_BD09)
        backward(gcj_to_bd, lat, lon);
    backward(wgs_to_gcj, lat, lon);
    *lat = rounded(*lat);
    *lon = rounded(*lon);
}

void qp_crs_from_wgs84(enum qp_crs crs, double *lat, double *lon)
{
    assert(crs != QP_CRS_UNKNOWN);
    if ((crs != QP_CRS_GCJ02 && crs != QP_CRS_BD09) || outside_china(*lat, *lon))
        return;
    wgs_to_gcj(lat, lon);
    if (crs == QP_CRS_BD09)
        gcj_to_bd(lat, lon);
}

/* ---- names ---- */

static const struct {
    enum qp_crs crs;
    const char *name, *dashed;
} names[] = {
    {QP_CRS_WGS84, "WGS84", "WGS-84"},
    {QP_CRS_CGCS2000, "CGCS2000", "CGCS-2000"},
    {QP_CRS_GCJ02, "GCJ02", "GCJ-02"},
    {QP_CRS_BD09, "BD09", "BD-09"},
};

enum qp_crs qp_crs_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i].name) == 0 || strcasecmp(name, names[i].dashed) == 0)
            return names[i].crs;
    return QP_CRS_UNKNOWN;
}

const char *qp_crs_name(enum qp_crs crs)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].crs == crs)
            return names[i].name;
    return "";
}
