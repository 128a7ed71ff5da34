/* engine.h: GEOS as this room uses it: one context a thread, shapes as its geometries, its complaints kept. Inside of
 * this folder only.
 *
 * GEOS (libgeos, C API) is the geometry engine under PostGIS and QGIS: predicates that decide by exact signs, overlay
 * that does not fail on slivers, the STRtree and prepared geometries. Coordinates go in as whole units of 1e-7 degrees
 * (x longitude, y latitude), which doubles hold exactly, so that its predicates are exact on them.
 *
 * Its reentrant API wants a context for each thread: an engine belongs to one thread at a time. */
#ifndef QP_TOPOLOGY_GEO_ENGINE_H
#define QP_TOPOLOGY_GEO_ENGINE_H

#define GEOS_USE_ONLY_R_API
#include <geos_c.h>

#include "crypto/error.h"
#include "topology/geo/shape.h"

enum { QP_GEO_TREE_NODE = 10 }; /* capacity of an STRtree's node: GEOS's own default */

struct qp_geo_engine {
    GEOSContextHandle_t h;
    char said[200]; /* its last complaint */
};

int qp_geo_engine_open(struct qp_geo_engine **out, struct qp_err *e); /* QP_ENOMEM */
void qp_geo_engine_close(struct qp_geo_engine *g);

/* A Polygon or MultiPolygon. NULL: no memory, or rings that GEOS does not take (see g->said). The caller destroys it. */
GEOSGeometry *qp_geo_engine_shape(struct qp_geo_engine *g, const struct qp_geo_shape *s);
void qp_geo_engine_destroy(struct qp_geo_engine *g, GEOSGeometry **v, size_t n); /* each of v[0..n) */
GEOSGeometry *qp_geo_engine_point(struct qp_geo_engine *g, struct qp_geo_point p);
GEOSGeometry *qp_geo_engine_box(struct qp_geo_engine *g, const struct qp_geo_box *b);

/* Square metres of whatever area a geometry has (polygons, collections of them; lines and points have none). Negative:
 * no memory. */
double qp_geo_engine_area_m2(struct qp_geo_engine *g, const GEOSGeometry *geometry);

#endif
