/* geojson.h: boundaries out of GeoJSON (RFC 7946), as somebody's map program wrote them.
 *
 *   text ─► features (geojson.c) ─► positions of each ring (rings.c) ─► sound or not (sound.c) ─► grids, faults
 *
 * Taken: FeatureCollection, Feature, Polygon, MultiPolygon, with holes; members in any order; foreign members; heights
 * (a third number), which are dropped; a `crs` member of the older standard where it names WGS 84 (EPSG:4326, CRS84) or
 * CGCS2000 (EPSG:4490). Converted to WGS-84 and rounded to 1e-7 degrees; what is sound is judged after that.
 *
 * A grid without a fault comes out, a faulty one does not, and each fault names feature, polygon, ring and vertex as
 * they are counted in the file, from 1. Bytes that are no JSON end the reading: of what stands before them nothing is
 * used either.
 *
 * What looks swapped: a latitude beyond 90 that would do as a longitude; a position in the polar caps (north of 72
 * degrees where the swapped one lies in China, south of 60 degrees), where nobody has a grid. Swapped positions
 * elsewhere cannot be told from others: an outline to compare with shows them as outside.
 *
 * A reading belongs to one thread; its result may be read by many. */
#ifndef QP_TOPOLOGY_GEO_GEOJSON_H
#define QP_TOPOLOGY_GEO_GEOJSON_H

#include <stdint.h>

#include "crypto/error.h"
#include "topology/geo/crs.h"
#include "topology/geo/fault.h"
#include "topology/geo/shape.h"

enum {
    QP_GEO_FILE_BYTES = 64 * 1024 * 1024,
    QP_GEO_FEATURES = 50000,
    QP_GEO_GRID_POINTS = 4000, /* of one grid, all rings: as differences they fit an event (QP_EVENT_BYTES) */
    QP_GEO_OUTLINE_POINTS = 200000,
    QP_GEO_RINGS = 512, /* of one boundary */
    QP_GEO_DEPTH = 32,  /* of members that are passed over */
    QP_GEO_FAULTS_KEPT = 200,
    QP_GEO_IGNORED = 16, /* names of properties that were passed over */
};

struct qp_geo_grid {
    const char *code, *title, *node; /* "" where an outline gives none */
    size_t feature;                  /* in the file, from 1 */
    struct qp_geo_shape shape;
};

struct qp_geo_how {
    enum qp_crs crs; /* QP_CRS_UNKNOWN: as the file says, else WGS-84 */
    bool outline;    /* boundaries alone are wanted: the properties may be absent, a boundary may be larger */
};

struct qp_geo_file {
    struct qp_geo_grid *grids; /* in the order of the file */
    size_t n;
    struct qp_geo_fault *faults; /* the first QP_GEO_FAULTS_KEPT */
    size_t n_faults, all_faults;
    size_t features;                     /* in the file, faulty ones too */
    enum qp_crs crs;                     /* by which it was read */
    const char *ignored[QP_GEO_IGNORED]; /* properties that nobody keeps: the first names that were met */
    size_t n_ignored;
    struct qp_geo_memory *memory;
};

/* Reads a text. 0 also where all of it is faulty: see `faults`. QP_ENOMEM. The result is freed by qp_geo_file_free,
 * whatever was returned. */
int qp_geo_read(struct qp_geo_file *out, const char *text, size_t len, const struct qp_geo_how *how,
                struct qp_err *e);
void qp_geo_file_free(struct qp_geo_file *f);

#endif
