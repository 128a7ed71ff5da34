/* pull.h: a file of a matter on its way here from where it lies (VA3), because somebody here looks at it.
 *
 *   QP_OP_FILE ─► pull ─► FileAsked {at} ─► along the tree ─► there: does he have to do with it? ─► FileGiven {at, piece}
 *                  ▲          └ a few in flight                 └ how much of late?                       │ low: behind all else
 *                  └───────────────── the next one, again after a silence, then the next node ◄───────────┘
 *
 * Asked is where the file was attached, then who holds the matter, gave it on, opened it, and everybody else who had to do
 * with it, then the nodes above this one, who may have read it, one at a time. What came stays in the folder (node/blob), so that a cut or a restart loses nothing. Pulls are in
 * memory: whoever still wants the file asks again. Nobody can make this node fetch what no matter here names. */
#ifndef QP_NODE_CORE_PULL_H
#define QP_NODE_CORE_PULL_H

#include "node/blob/blob.h"
#include "node/core/private.h"

struct qp_pulls;
struct qp_pulls *qp_pulls_new(struct qp_blobs *b); /* borrowed */
void qp_pulls_free(struct qp_pulls *p);

/* QP_OP_FILE. 0: it is coming. QP_ENOTFOUND: no matter here names it, or nobody has it any more; QP_EUNREACHABLE: who has it
 * is not heard; QP_EBUSY; QP_EFULL. */
int qp_pull_wanted(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e);
int qp_pulls_tick(struct qp_work *w, struct qp_err *e);
int64_t qp_pulls_next(const struct qp_core *c); /* INT64_MAX: never */
/* What comes; `from` has signed it. */
int qp_pull_asked(struct qp_work *w, const struct qp_place *from, const Qp__FileAsked *a, struct qp_err *e);
int qp_pull_given(struct qp_work *w, const struct qp_place *from, const Qp__FileGiven *g, struct qp_err *e);

#endif
