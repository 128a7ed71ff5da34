/* mend.h: damaged records of this node's journal, asked for where else they lie (S5).
 *
 *   noted by a reader or the scrub ─► what lies here may do (node/store/mend.c) ─► whole
 *            └─ else ParcelAsked {position, epoch} ─► who sent it, then every other neighbour in turn
 *                      │ his: at the place that is named; ours, or another's that went to him: he looks through his journal,
 *                      │ a slice a question
 *               ParcelGiven {piece} ─► all of it ─► the record behind ours names its hash: that, or nothing
 *
 * A neighbour gives what he has sent to the asker or had of him, and nothing else. What is known to this node alone (E4) no
 * neighbour has. What nobody could give is asked for again after an hour. In memory alone: after a start damage is found
 * again. On the turn's thread. */
#ifndef QP_NODE_CORE_MEND_H
#define QP_NODE_CORE_MEND_H

#include "node/core/private.h"

struct qp_mends;
struct qp_mends *qp_mends_new(void);
void qp_mends_free(struct qp_mends *m);

int qp_mends_tick(struct qp_work *w, struct qp_err *e);
int64_t qp_mends_next(const struct qp_core *c); /* INT64_MAX: nothing is damaged */
/* What comes; `from` has signed it. */
int qp_mend_asked(struct qp_work *w, const struct qp_place *from, const Qp__ParcelAsked *a, struct qp_err *e);
int qp_mend_given(struct qp_work *w, const struct qp_place *from, const Qp__ParcelGiven *g, struct qp_err *e);

#endif
