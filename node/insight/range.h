/* range.h: a stretch of time, cut into whole cells. */
#ifndef QP_NODE_INSIGHT_RANGE_H
#define QP_NODE_INSIGHT_RANGE_H

#include "node/insight/cells.h"

/* [from, to); an open end is false. */
struct qp_range {
    bool has_from, has_to;
    int64_t from_us, to_us;
};

enum { QP_STRETCHES_MAX = 5 }; /* hours, days, months, days, hours */

/* Times outside the years that buckets know become open ends or the nearest time. false: the range is empty.
 */
bool qp_range_trim(struct qp_range *r);
bool qp_range_holds(const struct qp_range *r, int64_t at_us); /* at_us: as qp_board_time() has it */
/* Cuts a range into spans, ascending, none coarser than `coarsest`. Returns how many (0..QP_STRETCHES_MAX); -1
 * when a border is not one between hours. *hours: some span is of hours, which only totals have. */
int qp_range_cut(struct qp_stretch out[QP_STRETCHES_MAX], bool *hours, const struct qp_range *r,
                 enum qp_grain coarsest, const struct qp_zone *zone);

#endif
