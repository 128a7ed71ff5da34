/* warnings.h: what was taken and is asked about all the same: a deadline that is over, a desk that never had
 * a matter, a person without an account, an offer into a link that is cut (unreached.h). Nothing is refused for
 * it; a typing error is seen at once. */
#ifndef QP_NODE_HTTP_SHAPE_WARNINGS_H
#define QP_NODE_HTTP_SHAPE_WARNINGS_H

#include "node/http/wire/inside.h"

/* "warnings":[{code,field,message,message_zh}], or nothing when all is well. f: the matter as the write left it. */
void qp_json_warnings(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f,
                      const Qp__Event *draft, struct qp_arena *a);
/* The same before a step: what its holder has to know of the steps that are possible (`field` names the step),
 * or of the offer that is out (`field` is "offered"). */
void qp_json_forewarnings(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f);

#endif
