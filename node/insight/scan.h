/* scan.h: the board's answer from the matters themselves, one by one. */
#ifndef QP_NODE_INSIGHT_SCAN_H
#define QP_NODE_INSIGHT_SCAN_H

#include "node/insight/board.h"

/* As qp_board_ask, whose area is resolved and within self_path; answers every query. About 0.2 us a matter.
 */
int qp_board_scan(struct qp_board_result *out, struct qp_read *r, const char *self_path,
                  const struct qp_zone *zone, const struct qp_board_query *q, struct qp_err *e);

#endif
