/* rings.c: the numbers of `coordinates` become rings of whole units. What comes in is JSON already (geojson.c has
 * passed over it), so that only its shape and its values can be wrong. See reading.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/geo/reading.h"
#include "topology/shown.h"

struct given {
    double lon, lat; /* as they stand in the file */
};

/* Longitudes and latitudes of China with a margin, swapped or not. */
static bool in_china(double lon, double lat)
{
    return lon >= 72 && lon <= 138 && lat >= 0.8 && lat <= 56;
}

static bool looks_swapped(struct given g)
{
    if (fabs(g.lat) > 90)
        return fabs(g.lat) <= 180 && fabs(g.lon) <= 90;
    return fabs(g.lon) <= 90 && (g.lat < -60 || (g.lat > 72 && in_china(g.lat, g.lon)));
}

/* What stands where something else is wanted: some characters of it. */
static bool stands(struct qp_geo_reading *r, struct qp_json_reader *j, enum qp_geo_fault_kind kind)
{
    char text[24];
    qp_json_peek(j);
    size_t n = (size_t)(j->end - j->p) < sizeof text - 1 ? (size_t)(j->end - j->p) : sizeof text - 1;
    memcpy(text, j->p, n);
    text[n] = 0;
    return qp_geo_fault(r, kind, "%.*s", qp_shown(text, 16), text);
}

static bool number(struct qp_geo_reading *r, struct qp_json_reader *j, double *out)
{
    char text[QP_JSON_NUMBER];
    char c = qp_json_peek(j);
    if (!((c >= '0' && c <= '9') || c == '-'))
        return stands(r, j, QP_GEO_BAD_POSITION);
    if (qp_json_number(j, text))
        return stands(r, j, QP_GEO_BAD_POSITION);
    *out = strtod(text, NULL);
    return true;
}

/* [lon, lat] or [lon, lat, height …] */
static bool position(struct qp_geo_reading *r, struct qp_json_reader *j, struct given *g)
{
    double height;
    if (!qp_json_take_char(j, '['))
        return stands(r, j, QP_GEO_BAD_POSITION);
    if (qp_json_peek(j) == '[')
        return qp_geo_fault(r, QP_GEO_TOO_DEEP, "%d", r->levels);
    if (!number(r, j, &g->lon))
        return false;
    if (!qp_json_take_char(j, ','))
        return stands(r, j, QP_GEO_BAD_POSITION);
    if (!number(r, j, &g->lat))
        return false;
    for (int more = 0; qp_json_take_char(j, ','); more++)
        if (more == 2 || !number(r, j, &height))
            return more == 2 ? stands(r, j, QP_GEO_BAD_POSITION) : false;
    return qp_json_take_char(j, ']') || stands(r, j, QP_GEO_BAD_POSITION);
}

static bool keep(struct qp_geo_reading *r, struct given g)
{
    size_t most = r->how->outline ? QP_GEO_OUTLINE_POINTS : QP_GEO_GRID_POINTS;
    struct qp_geo_point p;
    if (looks_swapped(g))
        return qp_geo_fault(r, QP_GEO_SWAPPED, "[%.7g, %.7g]", g.lon, g.lat);
    if (!qp_geo_point_of(&p, r->out->crs, g.lat, g.lon))
        return qp_geo_fault(r, QP_GEO_OUT_OF_RANGE, "[%.7g, %.7g]", g.lon, g.lat);
    if (r->n_points == most) {
        r->at.vertex = 0;
        return qp_geo_fault(r, QP_GEO_MANY_POINTS, "%zu", most);
    }
    if (r->n_points == r->cap_points) {
        size_t cap = r->cap_points ? 2 * r->cap_points : 256;
        struct qp_geo_point *more = realloc(r->points, cap * sizeof *more);
        if (!more) {
            r->no_memory = true;
            return false;
        }
        r->points = more;
        r->cap_points = cap;
    }
    r->points[r->n_points++] = p;
    return true;
}

/* An edge of more than 180 degrees, from the vertex before the last. */
static bool spans_the_globe(const struct qp_geo_reading *r, size_t first)
{
    size_t n = r->n_points;
    return n > first + 1 &&
           llabs((int64_t)r->points[n - 1].lon7 - r->points[n - 2].lon7) > 180LL * QP_GEO_DEGREE;
}

static bool ring_positions(struct qp_geo_reading *r, struct qp_json_reader *j, size_t first)
{
    struct given g;
    do {
        r->at.vertex++;
        if (!position(r, j, &g) || !keep(r, g))
            return false;
        if (spans_the_globe(r, first)) {
            r->at.vertex--;
            return qp_geo_fault(r, QP_GEO_ANTIMERIDIAN, "%.7f",
                                qp_geo_degrees(r->points[r->n_points - 2].lon7));
        }
    } while (qp_json_take_char(j, ','));
    return qp_json_take_char(j, ']') || stands(r, j, QP_GEO_BAD_LIST);
}

/* One ring: closed, of four positions or more. */
static bool ring(struct qp_geo_reading *r, struct qp_json_reader *j)
{
    size_t first = r->n_points;
    r->at.ring++;
    r->at.vertex = 0;
    if (!qp_json_take_char(j, '['))
        return stands(r, j, QP_GEO_BAD_LIST);
    if (qp_json_take_char(j, ']'))
        return qp_geo_fault(r, QP_GEO_TOO_FEW, "0");
    if (r->n_rings == QP_GEO_RINGS)
        return qp_geo_fault(r, QP_GEO_MANY_RINGS, "%d", QP_GEO_RINGS);
    if (!ring_positions(r, j, first))
        return false;
    size_t n = r->n_points - first;
    const struct qp_geo_point *a = &r->points[first], *b = &r->points[r->n_points - 1];
    if (n >= 3 && (a->lat7 != b->lat7 || a->lon7 != b->lon7)) {
        r->at.vertex = n;
        return qp_geo_fault(r, QP_GEO_NOT_CLOSED, "[%.7f, %.7f]", qp_geo_degrees(a->lon7),
                            qp_geo_degrees(a->lat7));
    }
    r->at.vertex = 0;
    if (n < 4)
        return qp_geo_fault(r, QP_GEO_TOO_FEW, "%zu", n);
    r->polygon_of[r->n_rings] = (uint32_t)r->at.polygon;
    r->rings[r->n_rings++] = (struct qp_geo_ring){(uint32_t)first, (uint32_t)n, r->at.ring > 1};
    return true;
}

static bool polygon(struct qp_geo_reading *r, struct qp_json_reader *j)
{
    r->at.polygon++;
    r->at.ring = r->at.vertex = 0;
    if (!qp_json_take_char(j, '['))
        return stands(r, j, QP_GEO_BAD_LIST);
    do {
        if (qp_json_peek(j) == ']' && r->at.ring == 0)
            return stands(r, j, QP_GEO_BAD_LIST);
        if (!ring(r, j))
            return false;
    } while (qp_json_take_char(j, ','));
    return qp_json_take_char(j, ']') || stands(r, j, QP_GEO_BAD_LIST);
}

static bool polygons(struct qp_geo_reading *r, struct qp_json_reader *j)
{
    if (!qp_json_take_char(j, '['))
        return stands(r, j, QP_GEO_BAD_LIST);
    do {
        if (qp_json_peek(j) == ']' && r->at.polygon == 0)
            return stands(r, j, QP_GEO_BAD_LIST);
        if (!polygon(r, j))
            return false;
    } while (qp_json_take_char(j, ','));
    return qp_json_take_char(j, ']') || stands(r, j, QP_GEO_BAD_LIST);
}

bool qp_geo_rings_read(struct qp_geo_reading *r, const char *text, const char *end, bool multi)
{
    struct qp_json_reader j = {.start = text, .p = text, .end = end, .type = "", .field = ""};
    r->n_points = r->n_rings = 0;
    r->levels = multi ? 4 : 3;
    r->at.polygon = r->at.ring = r->at.vertex = 0;
    return multi ? polygons(r, &j) : polygon(r, &j);
}
