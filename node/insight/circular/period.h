/* period.h: the day, week or month that a circular is about, the one before it (环比) and the same a year before (同比).
 * Rule CI4: weeks and months begin where the policy says. Pure. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_PERIOD_H
#define QP_NODE_INSIGHT_CIRCULAR_PERIOD_H

#include "proto/limits.h"
#include "topology/zone.h"

struct qp_span_us {
    int64_t from_us, to_us; /* [from, to) */
};
enum { QP_SPAN_NOW, QP_SPAN_BEFORE, QP_SPAN_YEAR, QP_SPANS };

/* The period in which a local day (topology/zone.h) lies. `week_begins`: ISO weekday, 1 to 7; `month_begins`: 1 to 28; any
 * other number, as of a policy that does not say: 1. A month that begins on the 26th is named by its last day's month.
 * A year before: of a day and a month the same dates; of a week the 52 weeks before, so that weekdays match. */
void qp_circular_spans(struct qp_span_us out[QP_SPANS], enum qp_circular_period period, int32_t day,
                       int32_t week_begins, int32_t month_begins, const struct qp_zone *zone);
/* The first local day of the period that `day` lies in. */
int32_t qp_period_first(enum qp_circular_period period, int32_t day, int32_t week_begins,
                        int32_t month_begins);
/* How people call it: "2026-07-06", "2026-W28", "2026-07": a month by its last day, a week by its fourth. */
void qp_period_text(char out[32], enum qp_circular_period period, int64_t from_us, int64_t to_us,
                    const struct qp_zone *zone);
const char *qp_period_name(uint32_t period); /* "day", "week", "month"; "?" */
int qp_period_parse(const char *name);       /* 0: there is none */

#endif
