/* crs.c: positions as Chinese maps give them (GCJ-02, BD-09) back to WGS-84, which is what is stored. Called
 * by draft_open.c.
 *
 * The offset of GCJ-02 is a published series over the Krasovsky ellipsoid; it has no closed inverse, so the
 * offset at the estimate is taken away a few times until it stands still (below a centimetre after three
 * rounds). */
#include <math.h>
#include <string.h>

#include "node/http/shape/draft.h"

static const double PI = 3.14159265358979324;
static const double AXIS = 6378245.0, ECCENTRICITY2 = 0.00669342162296594323;

static bool outside_china(double lat, double lon)
{
    return lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

static double wave(double x, double a, double b, double c)
{
    return (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3 +
           (a * sin(x * PI) + 2 * a * sin(x / 3 * PI)) * 2 / 3 +
           (b * sin(x / 12 * PI) + c * sin(x / 30 * PI)) * 2 / 3;
}

/* What GCJ-02 adds at a WGS-84 position. */
static void offset(double lat, double lon, double *dlat, double *dlon)
{
    double x = lon - 105, y = lat - 35, root = sqrt(fabs(x));
    double common = (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3;
    double north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common +
                   (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3 +
                   (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
    double east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave(x, 20, 150, 300);
    double phi = lat / 180 * PI, magic = 1 - ECCENTRICITY2 * sin(phi) * sin(phi), s = sqrt(magic);
    *dlat = north * 180 / (AXIS * (1 - ECCENTRICITY2) / (magic * s) * PI);
    *dlon = east * 180 / (AXIS / s * cos(phi) * PI);
}

static void from_gcj(double *lat, double *lon)
{
    double at_lat = *lat, at_lon = *lon, dlat, dlon;
    if (outside_china(*lat, *lon))
        return;
    for (int i = 0; i < 5; i++) {
        offset(at_lat, at_lon, &dlat, &dlon);
        at_lat = *lat - dlat;
        at_lon = *lon - dlon;
    }
    *lat = at_lat;
    *lon = at_lon;
}

static void bd_to_gcj(double *lat, double *lon)
{
    double x = *lon - 0.0065, y = *lat - 0.006, k = PI * 3000 / 180;
    double z = sqrt(x * x + y * y) - 0.00002 * sin(y * k);
    double theta = atan2(y, x) - 0.000003 * cos(x * k);
    *lon = z * cos(theta);
    *lat = z * sin(theta);
}

static double rounded(double degrees)
{
    return round(degrees * 1e7) / 1e7; /* a centimetre */
}

bool qp_crs_to_wgs84(const char *crs, double *lat, double *lon)
{
    if (strcmp(crs, "WGS84") == 0 || strcmp(crs, "CGCS2000") == 0) /* they differ by centimetres */
        return true;
    if (strcmp(crs, "BD09") == 0)
        bd_to_gcj(lat, lon);
    else if (strcmp(crs, "GCJ02") != 0)
        return false;
    from_gcj(lat, lon);
    *lat = rounded(*lat);
    *lon = rounded(*lon);
    return true;
}
