/* ground.h: grids in a running node (GR1, GR2): orders from above, and which grid is where.
 *
 *   GridMade of this node and of those below ─► table GRID (ledger/resources.c) ─► index, kept until a grid changes
 *   GridOrdered, from above ─► waits in the table ─► the next turn that may speak: GridMade, by this node itself (RE1):
 *                              grid_order.c
 *
 * The index is a cache beside the tables: made by whoever asks first after a change, in his own thread, from his own
 * transaction; the turn never asks it. So nothing that is decided or kept depends on when it was made. */
#ifndef QP_NODE_CORE_GROUND_H
#define QP_NODE_CORE_GROUND_H

#include "node/core/core.h"
#include "topology/geo/index.h"

struct qp_work;

/* ---- the turn's ---- */
int qp_on_ground(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
int qp_grid_ordered(struct qp_work *w, const Qp__Event *ev, struct qp_err *e); /* the fact */
/* Whether an order of this node's is fulfilled, or waits for its node here. */
int qp_grid_order_known(struct qp_work *w, const Qp__GridOrdered *o, bool *known, struct qp_err *e);
/* Makes what was ordered this node's own, some a turn; *more: the next one goes on with it. */
int qp_ground_adopt(struct qp_work *w, bool *more, struct qp_err *e);
/* It was made so: an order that it fulfils waits no more, here or (node: whose grid it is) of this node's. Part of the fact
 * GridMade. */
int qp_grid_adopted(struct qp_work *w, const uint8_t *node, const Qp__GridMade *made, struct qp_err *e);

/* ---- any thread ---- */
/* Whether an order of this node's for that grid waits there. */
bool qp_grid_order_waits(struct qp_read *r, const uint8_t node[QP_ID_LEN], const char *code);
/* What this node ordered and the node below has not made its own yet; grid: what the order says. `each` returns 0 to go on. */
int qp_grid_orders_each(struct qp_read *r,
                        int (*each)(void *arg, const struct qp_node_entry *node, const Qp__GridMade *grid),
                        void *arg, struct qp_err *e);

/* The grids of this node and all below it that stand, have a boundary, and whose node is there. The caller frees it
 * (qp_geo_index_free). *out NULL and 0: no grid was ever made. Waits while another thread makes it (20,000 grids: 0.4 s).
 * QP_ENOMEM, QP_EIO, QP_ECORRUPT. */
int qp_core_grids(struct qp_core *c, struct qp_read *r, struct qp_geo_index **out, struct qp_err *e);

/* Each grid that is known, this node's first, then by node and code; also those that ended, but none of a node that is revoked. `each` returns 0 to go on.
 * made: decoded, good for this call. */
struct qp_grid_seen {
    const uint8_t *node;
    const char *path; /* of its node */
    const struct qp_resource_row *row;
    const Qp__GridMade *made;
};
int qp_grids_each(struct qp_core *c, struct qp_read *r, int (*each)(void *arg, const struct qp_grid_seen *g),
                  void *arg, struct qp_err *e);

#endif
