/* patrols.h: how many patrols were done of those that were planned (GR4, CI3), from the events of grids and patrols.
 *
 *   GridMade, GridEnded ─► on which whole days a grid stood ─┐
 *   PatrolStarted, PatrolMarked ─► how long it was, on which day ─┴─► of each grid and day: planned, done ─► rows by area
 *
 * Counted as `GET /api/v1/patrols:compliance` counts them (node/field/RULES.md): of each grid and each day that had ended, planned
 * are as many as the plan wants; done those that were long enough, with police where the plan wants it, and no more than were
 * planned. A patrol stands whole on the day of its start, in the tree's zone. Without a plan nothing is planned and nothing is
 * counted: a share of nothing has no value. Who says it speaks of his own grids alone, and his place must be known. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_PATROLS_H
#define QP_NODE_INSIGHT_CIRCULAR_PATROLS_H

#include "node/insight/circular/census.h"

enum {
    QP_WALK_STOPS = 5
}; /* PatrolMarked.kind: QP_MARK_STOP of node/field/minutes.h (core/circular_count.c holds both together) */
struct qp_walked; /* one event about a grid or a patrol; private */
struct qp_walks { /* all of them, in the order in which they came */
    struct qp_walked *v;
    size_t n, cap;
};
void qp_walks_free(struct qp_walks *w);
/* An event that is about neither is passed over. QP_ENOMEM. */
int qp_walks_take(struct qp_census *c, const Qp__Event *ev);
/* Of one period; add: of one grid, the node whose it is (its number in the census), what was planned and what was done. QP_ENOMEM, or what
 * add returns. */
int qp_walks_count(struct qp_census *c, const struct qp_span_us *span,
                   int (*add)(void *arg, uint32_t node, uint64_t done, uint64_t planned), void *arg);

#endif
