/* json_lead.h: a lead as the API and the stream show it: of its matters only those that are known to this node, and the count
 * of the rest (CU7). */
#ifndef QP_NODE_HTTP_SHAPE_JSON_LEAD_H
#define QP_NODE_HTTP_SHAPE_JSON_LEAD_H

#include "node/http/wire/inside.h"
#include "node/insight/clue/kept.h"

/* DE2: who is narrowed sees a lead whose matters all lie within, and all are known here: of another one even the count would tell
 * him of what he does not see. */
bool qp_lead_sees(const struct qp_auth *auth, const Qp__LeadRow *row, struct qp_read *r, struct qp_arena *a);

enum { QP_LEAD_SUMMED = 64 };

/* The members of its object: where, how it stands, counts per source. words: with what people said of it. */
void qp_json_lead(struct qp_json *j, const Qp__LeadRow *row, struct qp_read *r, bool words,
                  struct qp_arena *a);
/* Further members, of a single one: its first QP_LEAD_SHOWN matters with why they belong, how many are not shown, and the
 * leads of other nodes that these are in, as far as who asks sees them. */
void qp_json_lead_matters(struct qp_json *j, const Qp__LeadRow *row, struct qp_read *r,
                          const struct qp_auth *auth, struct qp_arena *a);

#endif
