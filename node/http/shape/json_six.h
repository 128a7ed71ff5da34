/* json_six.h: the six steps of a matter as the API shows them (ST1): `six:[{step,at,node,seconds,times,now}]`, all six in their order. */
#ifndef QP_NODE_HTTP_JSON_SIX_H
#define QP_NODE_HTTP_JSON_SIX_H

#include "node/http/wire/inside.h"
#include "node/matter/six.h"

/* `at`, `node` null: it never came to it. `seconds` null: so, or it is in it now. Whole seconds that add up. */
void qp_json_six(struct qp_json *j, struct qp_read *r, const Qp__Row *row, const struct qp_history *h,
                 size_t n);

#endif
