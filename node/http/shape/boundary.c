/* boundary.c: see boundary.h. */
#include "node/http/shape/boundary.h"

#include <stdlib.h>

#include "topology/geo/pack.h"

enum { SHAPE_ARENA = 1024 * 1024 };

/* ---- in ---- */

/* Of what kind it is: not what was meant to be a boundary, or a boundary that is not sound. */
static int code_of(const struct qp_geo_fault *f)
{
    switch (f->kind) {
    case QP_GEO_TOO_FEW:
    case QP_GEO_NOT_CLOSED:
    case QP_GEO_SWAPPED:
    case QP_GEO_ANTIMERIDIAN:
    case QP_GEO_NO_AREA:
    case QP_GEO_SELF_CROSSING:
    case QP_GEO_BAD_HOLE:
    case QP_GEO_PARTS_OVERLAP: return QP_EPOLICY;
    default: return QP_EINVAL;
    }
}

static void fault_of(struct qp_fields *s, const char *name, const struct qp_geo_file *f)
{
    char text[QP_GEO_SENTENCE];
    if (f->all_faults > 0) {
        qp_geo_fault_text(text, &f->faults[0], false);
        qp_fields_fault(s, code_of(&f->faults[0]), name, "`%s`: %s", name, text);
    } else if (f->n != 1) {
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be one Polygon or MultiPolygon", name);
    } else if (f->grids[0].shape.n_points > QP_GEO_GRID_POINTS) {
        qp_fields_fault(s, QP_EPOLICY, name, "`%s` has %zu positions, at most %d are taken: simplify it",
                        name, f->grids[0].shape.n_points, QP_GEO_GRID_POINTS);
    }
}

static enum qp_crs crs_of(struct qp_fields *s)
{
    const char *text = qp_field_text(s, "crs", 16, false);
    enum qp_crs crs = qp_crs_of(text);
    if (*text && crs == QP_CRS_UNKNOWN)
        qp_fields_fault(s, QP_EINVAL, "crs", "`crs` must be " QP_CRS_NAMES);
    return crs;
}

ProtobufCBinaryData qp_field_boundary(struct qp_fields *s, const char *name)
{
    const json_t *v = qp_field(s, name);
    struct qp_geo_how how = {crs_of(s), true};
    struct qp_geo_file f = {0};
    ProtobufCBinaryData out = {0, NULL};
    if (!v || !qp_fields_ok(s))
        return out;
    if (!json_is_object(v)) {
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be a GeoJSON Polygon or MultiPolygon", name);
        return out;
    }
    char *text = json_dumps(v, JSON_COMPACT);
    int rc = text ? qp_geo_read(&f, text, strlen(text), &how, NULL) : QP_ENOMEM;
    if (!rc)
        fault_of(s, name, &f);
    if (!rc && qp_fields_ok(s))
        rc = qp_geo_pack(&out, &f.grids[0].shape, s->a, NULL);
    if (rc)
        qp_fields_fault(s, rc, name, "`%s` is too large: simplify it", name);
    qp_geo_file_free(&f);
    free(text);
    return qp_fields_ok(s) ? out : (ProtobufCBinaryData){0, NULL};
}

/* ---- out ---- */

static void put_ring(struct qp_json *j, const struct qp_geo_shape *s, const struct qp_geo_ring *r)
{
    qp_json_array(j);
    for (uint32_t i = 0; i < r->n; i++) {
        qp_json_array(j);
        qp_json_real(j, qp_geo_degrees(s->points[r->first + i].lon7));
        qp_json_real(j, qp_geo_degrees(s->points[r->first + i].lat7));
        qp_json_array_end(j);
    }
    qp_json_array_end(j);
}

static void put_shape(struct qp_json *j, const struct qp_geo_shape *s)
{
    size_t polygons = 0;
    for (size_t i = 0; i < s->n_rings; i++)
        polygons += !s->rings[i].hole;
    qp_json_object(j);
    qp_json_put(j, "type", polygons > 1 ? "MultiPolygon" : "Polygon");
    qp_json_key(j, "coordinates");
    qp_json_array(j);
    for (size_t i = 0; i < s->n_rings; i++) {
        bool opens = polygons > 1 && !s->rings[i].hole;
        if (opens && i > 0)
            qp_json_array_end(j);
        if (opens)
            qp_json_array(j);
        put_ring(j, s, &s->rings[i]);
    }
    if (polygons > 1)
        qp_json_array_end(j);
    qp_json_array_end(j);
    qp_json_object_end(j);
}

void qp_json_boundary(struct qp_json *j, const ProtobufCBinaryData *boundary)
{
    struct qp_arena *a = boundary->len ? qp_arena_new(SHAPE_ARENA) : NULL;
    struct qp_geo_shape s;
    if (a && !qp_geo_unpack(&s, boundary, a, NULL))
        put_shape(j, &s);
    else
        qp_json_null(j);
    qp_arena_free(a);
}

void qp_json_geo_fault(struct qp_json *j, const struct qp_geo_fault *f)
{
    char text[QP_GEO_SENTENCE];
    const struct {
        const char *name;
        size_t n;
    } places[] = {{"polygon", f->polygon}, {"ring", f->ring}, {"vertex", f->vertex}};
    qp_json_object(j);
    qp_json_put(j, "error", qp_geo_fault_name(f->kind));
    qp_geo_fault_text(text, f, false);
    qp_json_put(j, "message", text);
    qp_geo_fault_text(text, f, true);
    qp_json_put(j, "message_zh", text);
    qp_json_put_int(j, "feature", (int64_t)f->feature);
    qp_json_put_full(j, "code", f->code);
    for (size_t i = 0; i < 3; i++) {
        if (places[i].n)
            qp_json_put_int(j, places[i].name, (int64_t)places[i].n);
    }
    qp_json_object_end(j);
}
