/* proposed.h: the desk that is proposed for a matter that nobody has been given yet (DE1): that of this node whose duty it is, of equals
 * the first by its code; else the category's default. Called by what a report would become and by whoever shows a matter. */
#ifndef QP_NODE_HTTP_SHAPE_PROPOSED_H
#define QP_NODE_HTTP_SHAPE_PROPOSED_H

#include "node/core/proposed.h"
#include "node/http/wire/inside.h"

/* desk: "" where none is. by: "duty", "category" or "". Errors as of qp_desks_each. */
int qp_desk_proposed(struct qp_read *r, const struct qp_policy *policy, const Qp__Face *f,
                     char desk[QP_NAME_BYTES + 1], const char **by);
/* `desk_proposed`: {desk, title, by}, or null: it is held elsewhere, or is beyond sorting, or no desk fits. */
void qp_json_proposed(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f,
                      const struct qp_policy *policy, struct qp_arena *a);

#endif
