/* prolong.h: what the policy in force makes of a clock that runs, beside its rule: by which calendar it counts; a newer one makes
 * it later (PO4), and its category says when whoever has the matter is reminded (CL7). Pure; asked by clocks.c for whoever says
 * an event. */
#ifndef QP_NODE_MATTER_PROLONG_H
#define QP_NODE_MATTER_PROLONG_H

#include "node/matter/clocks.h"

static inline bool qp_clock_needs_hours(const struct qp_clock *c)
{
    return qp_unit_measure(c->amount.unit) != QP_MEASURE_TIME;
}
/* The calendar by which a clock counts, of the policy in force; NULL: it needs none, or there is none. */
const struct qp_calendar *qp_clock_calendar(const struct qp_in_force *policy, const struct qp_clock *c);
/* True when it moved: by the calendar of the same name, and later alone. */
bool qp_clock_prolong(struct qp_clock *c, const struct qp_in_force *policy, int64_t at_us);
/* As the message states it: so much before the due as the category says; 0: it does not run, nothing is said of its stage, or
 * the amount counts in another measure than the clock. */
int64_t qp_clock_reminder(const struct qp_clock *c, const struct qp_in_force *policy, const char *category);
/* When its reminder is due and it is not yet; 0: never. */
int64_t qp_clock_said_remind(const Qp__Clock *c);

#endif
