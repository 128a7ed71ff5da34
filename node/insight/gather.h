/* gather.h: the turn's changes of cells, added up in memory and put into the tables once.
 *
 *   add(key, counts) ─► one entry per cell ─► flush: sorted by key, one pass with one cursor over each table
 *
 * One thread. */
#ifndef QP_NODE_INSIGHT_GATHER_H
#define QP_NODE_INSIGHT_GATHER_H

#include "node/insight/cells.h"

/* One handling time more (1) or less (-1). */
struct qp_handled {
    int32_t bucket, count;
};

struct qp_gather;
struct qp_gather *qp_gather_new(void);
void qp_gather_free(struct qp_gather *g);
/* Adds to a cell. n_handled of `handled`, each count not 0. Without memory the flush will say so. */
void qp_gather_add(struct qp_gather *g, const struct qp_cell_key *k, const int32_t n[QP_FIGURES],
                   const struct qp_handled *handled, size_t n_handled);
/* Writes all of it; the caller resets. A count below zero means that the tables do not fit the rows:
 * QP_ECORRUPT (rebuild). QP_EFULL, QP_EIO, QP_ENOMEM. */
int qp_gather_flush(struct qp_gather *g, struct qp_txn *t, struct qp_err *e);
void qp_gather_reset(struct qp_gather *g);

#endif
