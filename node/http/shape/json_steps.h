/* json_steps.h: which steps of a matter its reader may take now, and why not the others: asked of the same function
 * that decides at the door (core/step_may.h). */
#ifndef QP_NODE_HTTP_SHAPE_JSON_STEPS_H
#define QP_NODE_HTTP_SHAPE_JSON_STEPS_H

#include "node/core/step_may.h"
#include "node/http/wire/inside.h"

/* Who asks, as the turn asks about him, with the desks of this node that he is a member of (DE1). Who commands or dispatches
 * may act for every desk, and so may who is a member of none: then there are none. Borrows from the auth. */
enum { QP_SEAT_DESKS = 32 };
struct qp_seat {
    struct qp_asker who;
    const char *desks[QP_SEAT_DESKS];
    char name[QP_SEAT_DESKS][QP_NAME_BYTES + 1];
};
void qp_seat_of(struct qp_seat *out, const struct qp_auth *auth, struct qp_read *r);
/* What this node knows of itself and of the matter. who may be NULL: the node itself. */
void qp_ask_of(struct qp_step_ask *out, struct qp_http *h, const Qp__Row *row, const struct qp_asker *who);
/* "steps":[{step,allowed,why,why_zh,warning?}], every step in the order of proto/steps.h. why is null where it is
 * allowed; warning: of one that would go into a link that is cut, as in `warnings` (unreached.h). */
void qp_json_steps(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Row *row,
                   const struct qp_auth *auth);

#endif
