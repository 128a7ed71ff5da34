/* foresee.h: what a report would become, before it is made (POST /matters?dry_run=1), and open matters like it. */
#ifndef QP_NODE_HTTP_CALLS_FORESEE_H
#define QP_NODE_HTTP_CALLS_FORESEE_H

#include "node/http/wire/inside.h"
#include "node/matter/similar.h"
#include "topology/policy/policy.h"

/* 200 with who would hold it, to whom it would be offered, its desk, its clocks and what may be the same; or the refusal that
 * the report itself would meet. Nothing is kept. The face is of a draft that was read without a fault; it is written to. stated:
 * whoever reports it states its time. */
enum MHD_Result qp_answer_foreseen(struct qp_call *c, Qp__Face *face, bool stated);
/* similar.c: one item of GET /matters:similar. */
void qp_json_similar(struct qp_json *j, const struct qp_similar *s);

/* PO2: the other names of the query's category, by the policy (NULL: none); borrowed from it. */
void qp_similar_name(struct qp_similar_query *q, const struct qp_policy *policy);

#endif
