/* warnings.h: what was taken and is asked about all the same: a deadline that is over, a desk that never had
 * a matter, a person without an account. Nothing is refused for it; a typing error is seen at once. */
#ifndef QP_NODE_HTTP_SHAPE_WARNINGS_H
#define QP_NODE_HTTP_SHAPE_WARNINGS_H

#include "node/http/wire/inside.h"

/* "warnings":[{code,field,message}], or nothing when all is well. */
void qp_json_warnings(struct qp_json *j, struct qp_read *r, const Qp__Event *draft, struct qp_arena *a);

#endif
