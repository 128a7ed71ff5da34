/* position.c: see position.h. */
#include "node/http/shape/position.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double number_of(const char *text)
{
    char *end = NULL;
    double v = text ? strtod(text, &end) : NAN;
    return text && end != text && !*end ? v : NAN;
}

bool qp_query_position(struct qp_query *q, bool must, struct qp_geo_point *out)
{
    const char *lat = qp_query_text(q, "lat"), *lon = qp_query_text(q, "lon"),
               *name = qp_query_text(q, "crs");
    enum qp_crs crs = name ? qp_crs_of(name) : QP_CRS_WGS84;
    double y = number_of(lat), x = number_of(lon);
    if (!lat && !lon && !must)
        return false;
    if (!(fabs(y) <= 90))
        qp_query_fault(q, QP_EINVAL, "lat", "`lat` must be a number of degrees from -90 to 90");
    else if (!(fabs(x) <= 180))
        qp_query_fault(q, QP_EINVAL, "lon", "`lon` must be a number of degrees from -180 to 180");
    else if (crs == QP_CRS_UNKNOWN)
        qp_query_fault(q, QP_EINVAL, "crs", "`crs` must be " QP_CRS_NAMES);
    else if (qp_geo_point_of(out, crs, y, x))
        return true;
    else
        qp_query_fault(q, QP_EINVAL, "lat", "this is no position");
    return false;
}

static double degrees(struct qp_fields *s, const char *name, double most)
{
    const json_t *v = qp_field(s, name);
    double x = v && json_is_number(v) ? json_number_value(v) : most + 1;
    if (!(x >= -most && x <= most))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be a number from -%g to %g", name, most, most);
    return x;
}

bool qp_field_position(struct qp_fields *s, bool must, struct qp_geo_point *out)
{
    const char *name = qp_field_text(s, "crs", 16, false);
    enum qp_crs crs = *name ? qp_crs_of(name) : QP_CRS_WGS84;
    if (!qp_field(s, "lat") && !qp_field(s, "lon") && !must)
        return false;
    double lat = degrees(s, "lat", 90), lon = degrees(s, "lon", 180);
    if (crs == QP_CRS_UNKNOWN)
        qp_fields_fault(s, QP_EINVAL, "crs", "`crs` must be " QP_CRS_NAMES);
    if (qp_fields_ok(s) && !qp_geo_point_of(out, crs, lat, lon))
        qp_fields_fault(s, QP_EINVAL, "lat", "this is no position");
    return qp_fields_ok(s);
}

bool qp_locate(struct qp_http *h, struct qp_read *r, struct qp_geo_point p, struct qp_found_grid *out,
               bool *any, struct qp_err *e)
{
    struct qp_geo_index *x = NULL;
    struct qp_geo_seeker *s = NULL;
    const struct qp_geo_grid *g = NULL;
    int rc = qp_core_grids(h->core, r, &x, e);
    *any = x && qp_geo_index_count(x) > 0;
    if (!rc && *any)
        rc = qp_geo_seeker_open(&s, e);
    if (!rc && *any)
        rc = qp_geo_locate(&g, s, x, p, e);
    if (!rc && g) {
        snprintf(out->code, sizeof out->code, "%s", g->code);
        snprintf(out->title, sizeof out->title, "%s", g->title);
        snprintf(out->node, sizeof out->node, "%s", g->node);
    }
    qp_geo_seeker_close(s);
    qp_geo_index_free(x);
    return !rc && g;
}
