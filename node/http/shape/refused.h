/* refused.h: a fault as an answer: its object in JSON, and for a step that the state forbids the matter as it
 * stands. */
#ifndef QP_NODE_HTTP_SHAPE_REFUSED_H
#define QP_NODE_HTTP_SHAPE_REFUSED_H

#include "node/http/wire/inside.h"

/* The error object's inside: "code", "message", "field", "current". matter NULL: no current. line: one among many,
 * whose current is short. */
void qp_json_fault(struct qp_json *j, const struct qp_fault *f, struct qp_call *c, struct qp_read *r,
                   const uint8_t *matter, bool line);
enum MHD_Result qp_answer_refused(struct qp_call *c, const struct qp_fault *f,
                                  const uint8_t matter[QP_ID_LEN]);
enum MHD_Result qp_answer_fault(struct qp_call *c, const struct qp_fault *f);

/* The object that is answered: what stands itself, or with a conflict the error whose `current` it is (RE4). Between these two come its
 * fields. */
void qp_json_stands_begin(struct qp_json *j, const struct qp_fault *conflict);
void qp_json_stands_end(struct qp_json *j, const struct qp_fault *conflict);

#endif
