/* wanted.h: what a query of matters wants: which rows, and by which indexes they are found. Part of list.c. */
#ifndef QP_NODE_MATTER_WANTED_H
#define QP_NODE_MATTER_WANTED_H

#include "node/matter/matter.h"
#include "node/matter/scan.h"

/* All filters but `q`, the text, which list.c looks for. */
bool qp_wanted(const struct qp_list_query *q, const Qp__Row *row);
/* Every filter that has an index; what has none is left to qp_wanted. */
int qp_wanted_indexes(struct qp_scan *s, const struct qp_list_query *q, struct qp_err *e);
/* Nothing is left to a look at the row. Of areas only those below this node have an index. */
bool qp_wanted_by_indexes(struct qp_read *r, const struct qp_list_query *q);

#endif
