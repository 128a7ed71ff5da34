/* grids_beside.h: grids that come in, compared with each other and with those that are known round about: what overlaps, and
 * what is left out (topology/geo/siblings.h). Called by grids_import.c, and by grids.c for one that was made or changed; takes long,
 * so never in a turn. */
#ifndef QP_NODE_HTTP_CALLS_GRIDS_BESIDE_H
#define QP_NODE_HTTP_CALLS_GRIDS_BESIDE_H

#include "node/core/ground.h"
#include "node/http/wire/inside.h"
#include "node/http/wire/json_write.h"
#include "topology/geo/siblings.h"

struct qp_grids_beside {
    struct qp_geo_grid *v; /* malloc'd; their texts are the caller's, or in the arena that was given */
    size_t n, cap, came;   /* came: those that were added, the first */
    size_t most;           /* so many are compared (0: as many as is usual) */
    size_t left;           /* known ones round about that were not */
    struct qp_geo_box box; /* round those */
    struct qp_geo_siblings s;
};
/* One that came in; without a boundary it is nowhere. QP_ENOMEM. */
int qp_grids_beside_add(struct qp_grids_beside *b, const char *code, const char *title, const char *node,
                        const ProtobufCBinaryData *boundary, struct qp_arena *a);
int qp_grids_beside_find(struct qp_grids_beside *b, struct qp_core *c, struct qp_read *r, struct qp_arena *a,
                         struct qp_err *e);
/* "overlaps":[{m2,lat,lon,grids:[2]}], "gaps":[{m2,lat,lon,beside:[…]}], "not_compared": how many known ones were too many */
void qp_json_beside(struct qp_json *j, const struct qp_grids_beside *b);
/* "warnings":[{code,field,message,message_zh,…}] of the first of `b`: what it lies over, and whether that is not all, or could not
 * be seen (rc); nothing where it lies over none. */
void qp_json_beside_warnings(struct qp_json *j, const struct qp_auth *auth, const struct qp_grids_beside *b,
                             int rc);
/* "warnings":[{code,field,message,message_zh,m2,lat,lon,grid}] of one grid of this node that lies over others, or nothing where it
 * lies over none; `grid` is null where it is one that the caller does not see. */
void qp_json_grid_overlaps(struct qp_json *j, struct qp_call *c, struct qp_read *r,
                           const struct qp_resource_row *row);
void qp_grids_beside_free(struct qp_grids_beside *b);

#endif
