/* step_may.h: may this caller take this step of this matter at this node now? What the node itself has to say of
 * it (the caller's rights, a node that has joined again, a root that has nobody above) and then what the matter
 * says (node/matter/may.h). Asked at the door (step.c in the turn; the right also before, by node/http) and by whoever shows a matter. Any thread. */
#ifndef QP_NODE_CORE_STEP_MAY_H
#define QP_NODE_CORE_STEP_MAY_H

#include "node/matter/may.h"

struct qp_step_ask {
    struct qp_may may;
    bool root;       /* nobody is above this node */
    bool recovering; /* its neighbours have not handed back all records yet (K5) */
    bool new_here;   /* the matter was opened here since then */
};

/* The right that it needs: one of QP_RIGHT_…. */
uint32_t qp_step_right(const struct qp_step *st);
/* Whether the node stands in the way. 0, QP_EDENIED, QP_ERECOVER, QP_ESTEP. */
int qp_step_may_here(const struct qp_step_ask *ask, const struct qp_step *st, struct qp_why *why);
/* That, and the matter. */
int qp_step_may(const struct qp_step_ask *ask, const struct qp_step *st, struct qp_why *why);

#endif
