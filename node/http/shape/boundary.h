/* boundary.h: a grid's boundary between JSON (GeoJSON, topology/geo/geojson.h) and the bytes that are kept
 * (topology/geo/pack.h). Called by sheet.c and by the import of grids. */
#ifndef QP_NODE_HTTP_SHAPE_BOUNDARY_H
#define QP_NODE_HTTP_SHAPE_BOUNDARY_H

#include "node/http/shape/json_read.h"
#include "topology/geo/geojson.h"

/* The field's Polygon, MultiPolygon or Feature, by the object's `crs` (WGS-84 without one), packed in the arena of s. Empty
 * when it is absent or null. 400 where it is no boundary, 422 where it is one that crosses itself and the like. */
ProtobufCBinaryData qp_field_boundary(struct qp_fields *s, const char *name);
/* The value: a Polygon or MultiPolygon; null where there is none or the bytes are none. */
void qp_json_boundary(struct qp_json *j, const ProtobufCBinaryData *boundary);
/* {error, message, message_zh, feature, code?, polygon?, ring?, vertex?} */
void qp_json_geo_fault(struct qp_json *j, const struct qp_geo_fault *f);

#endif
