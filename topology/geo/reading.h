/* reading.h: what the files of a reading share (geojson.c, fault.c, rings.c, sound.c). Inside of this folder only. */
#ifndef QP_TOPOLOGY_GEO_READING_H
#define QP_TOPOLOGY_GEO_READING_H

#include "proto/json_read.h"
#include "topology/geo/engine.h"
#include "topology/geo/geojson.h"

struct qp_geo_reading {
    struct qp_geo_file *out;
    const struct qp_geo_how *how;
    struct qp_arena *kept, *scratch; /* the result's; a feature's, given back after each */
    struct qp_geo_engine *engine;
    struct qp_geo_fault at; /* where the reading stands: feature, polygon, ring, vertex, code */
    bool no_memory;

    struct qp_geo_point *points; /* of the boundary that is being read; grown by doubling */
    size_t n_points, cap_points;
    struct qp_geo_ring rings[QP_GEO_RINGS];
    uint32_t polygon_of[QP_GEO_RINGS]; /* from 1 */
    size_t n_rings;
    int levels; /* of lists in its coordinates */
};

/* One fault at the place where the reading stands. Always false: `return qp_geo_fault(…)` ends what cannot go on. */
bool qp_geo_fault(struct qp_geo_reading *r, enum qp_geo_fault_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Positions of a Polygon's or MultiPolygon's `coordinates`, which begin at `text` and are JSON (checked before). False:
 * said by a fault, or no_memory. */
bool qp_geo_rings_read(struct qp_geo_reading *r, const char *text, const char *end, bool multi);

/* Whether the boundary that was read is sound: rings that enclose something, cross nothing, holes inside. False as
 * above. */
bool qp_geo_sound(struct qp_geo_reading *r, const struct qp_geo_shape *s);

#endif
