/* gather.h: the turn's changes of cells, added up in memory (gather.c) and put into the table once (flush.c).
 *
 *   add(key, counts) ─► one entry per cell ─► flush: sorted by key, one pass with one cursor
 *
 * An hour is a cell of its day: grain day, dimension hour. One thread. */
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
void qp_gather_add(struct qp_gather *g, const struct qp_cell_key *k, const int32_t n[QP_FIGURE_LANES],
                   const struct qp_handled *handled, size_t n_handled);
/* Writes all of it; the caller resets. A count below zero means that the table does not fit the rows:
 * QP_ECORRUPT (rebuild). QP_EFULL, QP_EIO, QP_ENOMEM. */
int qp_gather_flush(struct qp_gather *g, struct qp_txn *t, struct qp_err *e);
void qp_gather_reset(struct qp_gather *g);

/* ---- inside, for gather.c and flush.c ---- */

#define QP_GATHERED_NONE UINT32_MAX

struct qp_gathered { /* two cache lines */
    struct qp_cell_key key;
    int32_t n[QP_FIGURE_LANES];
    uint32_t handled; /* newest entry of `pending`, or QP_GATHERED_NONE */
};

struct qp_gathered_time {
    struct qp_handled h;
    uint32_t next;
};

struct qp_gather_slot {
    uint32_t round; /* filled in this round only: a reset is one increment */
    uint32_t cell;
};

struct qp_gather {
    struct qp_gathered *cells;
    uint32_t n, cap;
    struct qp_gather_slot *slots; /* a power of two, at most half full */
    uint32_t n_slots, round;
    struct qp_gathered_time *pending;
    uint32_t n_pending, cap_pending;
    bool no_memory;
};

#endif
