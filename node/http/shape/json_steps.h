/* json_steps.h: which steps of a matter its reader may take now, and why not the others: asked of the same function
 * that decides at the door (core/step_may.h). */
#ifndef QP_NODE_HTTP_SHAPE_JSON_STEPS_H
#define QP_NODE_HTTP_SHAPE_JSON_STEPS_H

#include "node/core/step_may.h"
#include "node/http/wire/inside.h"

/* What this node knows of itself and of the matter. who may be NULL: the node itself. */
void qp_ask_of(struct qp_step_ask *out, struct qp_http *h, const Qp__Row *row, const struct qp_asker *who);
/* "steps":[{step,allowed,why,why_zh,warning?}], every step in the order of proto/steps.h. why is null where it is
 * allowed; warning: of one that would go into a link that is cut, as in `warnings` (unreached.h). */
void qp_json_steps(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Row *row,
                   const struct qp_auth *auth);

#endif
