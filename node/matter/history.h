/* history.h: what apply.c and decide.c ask of the table of events by matter (history.c). */
#ifndef QP_NODE_MATTER_HISTORY_H
#define QP_NODE_MATTER_HISTORY_H

#include "node/matter/pending.h"

/* Another event that claims the same version of its matter is on record: among the first 1,024, in the order of their ids; of what
 * is beyond it is not said (L7). */
int qp_history_rival(struct qp_matters *m, const Qp__Event *ev, bool *rival, struct qp_err *e);

#endif
