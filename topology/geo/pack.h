/* pack.h: a boundary as bytes, as events and tables keep it: differences of whole units, some three bytes a corner.
 *
 *   bytes = rings, then each ring: 2 x corners + (1: a hole), then for each corner latitude and longitude as the difference
 *           from the corner before it (from the first corner of the ring before; from 0, 0 in the first ring)
 *
 * All numbers are varints, differences zigzag (protobuf's encodings). The closing corner is not among them. A boundary of
 * QP_GEO_GRID_POINTS corners takes at most QP_GRID_BOUNDARY bytes.
 *
 * Whoever reads trusts nobody: what comes out is closed, on the globe, without an edge over 180 degrees, and within those
 * bounds; whether it crosses itself was asked where it came in (sound.c) and is asked of nobody's bytes again: the answers of
 * index.h hold for such shapes too. Pure, any thread. */
#ifndef QP_TOPOLOGY_GEO_PACK_H
#define QP_TOPOLOGY_GEO_PACK_H

#include "crypto/error.h"
#include "proto/codec.h"
#include "topology/geo/shape.h"

/* In the arena. QP_EBIG: more than QP_GRID_BOUNDARY bytes. QP_ENOMEM. */
int qp_geo_pack(ProtobufCBinaryData *out, const struct qp_geo_shape *s, struct qp_arena *a, struct qp_err *e);
/* The shape's arrays in the arena. QP_EINVAL: these bytes are no boundary. QP_ENOMEM. */
int qp_geo_unpack(struct qp_geo_shape *out, const ProtobufCBinaryData *bytes, struct qp_arena *a,
                  struct qp_err *e);

#endif
