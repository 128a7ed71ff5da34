/* steps.h: one step of a matter as the API takes it; the table is in draft_step.c. */
#ifndef QP_NODE_HTTP_STEPS_H
#define QP_NODE_HTTP_STEPS_H

#include "node/http/shape/draft.h"

struct qp_step {
    const char *name;
    uint32_t right;
    void (*read)(struct qp_fields *s, Qp__Event *ev); /* its fields into the event's body */
};
const struct qp_step *qp_step_find(const char *name); /* NULL when there is none */

#endif
