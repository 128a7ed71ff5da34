/* urge.h: what a node says by itself because time has passed (CI1, CL3, CL5, PO4):
 *
 *   a matter of a child's is overdue by one of the amounts of `urge`  ─► Urged, by "policy", once, with until when
 *   an urge of a child's was not answered until its due               ─► Urged by this node: it is lifted to the next level
 *   a newer calendar makes a clock of a matter held here later        ─► Prolonged
 *   the time is over until which a matter held here was hung          ─► Resumed, with or without a policy
 *
 * Nothing is kept for it: whether an urge was said is seen by the matter's row. It is due at a time T, and said unless this node
 * has urged, or the holder has answered an urge, at or after T. So a node that was down, or cut off for a week, says one urge of a
 * matter and not one for each amount, and the same after a restart, a rebuild or a burned disk.
 *
 *   rows that change ─┐
 *                     ├─► a heap of (time, matter), in memory ─► tick: looked at when its time has come, some at a time
 *   all open matters ─┘      (walked through at the start, and when the policy has changed)
 *
 * Nothing of it is said for QP_URGE_HOLD_S after the node's clock has been set or has stood still for more than an hour: a clock
 * that is years ahead would make everything overdue, and what is said by it cannot be taken back. A start is such a time too, unless the
 * clock goes on from the journal's last record: then it is as long again as the node was away, and QP_URGE_LEAST_S. */
#ifndef QP_NODE_CORE_URGE_H
#define QP_NODE_CORE_URGE_H

#include "node/core/private.h"

enum { QP_URGE_HOLD_S = 600, QP_URGE_LEAST_S = 5, QP_URGE_JUMP_S = 3600 };

/* ---- the row of projector.c ---- */
void *qp_urge_make(struct qp_core *c);
void qp_urge_end(void *state);
void qp_urge_change(void *state, const Qp__Row *before, const Qp__Row *after);
int qp_urge_flush(struct qp_work *w, void *state, struct qp_err *e);
void qp_urge_forget(void *state);
int qp_urge_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e);
int64_t qp_urge_next(struct qp_work *w, void *state);

/* ---- urging.c: what is due of one matter; reads the row, the tree and the policy, and nothing else ---- */
struct qp_urging {
    bool urges, lifts; /* an urge is to be said now; lifts: because one of the node below was not answered */
    char note[700];    /* in both languages */
    int64_t due_us;    /* until when it is to be answered; 0: not said */
    int64_t next_us;   /* when to look again; INT64_MAX: not before it changes */
};
void qp_urging_of(const struct qp_core *c, const Qp__Row *row, int64_t now_us, struct qp_urging *out);
/* Until when a matter that is held here rests; INT64_MAX: it does not, or nobody said until when. */
int64_t qp_rests_until(const struct qp_core *c, const Qp__Row *row);
/* The first moment at which there may be something to do of it here; INT64_MAX: none. Cheap: asked of every row that changes. */
int64_t qp_urging_from(const struct qp_core *c, const Qp__Row *row);

#endif
