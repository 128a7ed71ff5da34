/* days.h: a calendar's hours and dates while they are read: into the form of topology/calendar.h, each with
 * where it stands. Private to topology/policy/. */
#ifndef QP_TOPOLOGY_POLICY_DAYS_H
#define QP_TOPOLOGY_POLICY_DAYS_H

#include "topology/policy/field.h"

/* Each tells what is wrong as of r->path, the value's own. One date of the list `off` or (on) `on`. */
void qp_days_put_date(struct qp_policy_reading *r, struct qp_policy_calendar *c, bool on, const char *text);
/* "1-5", "08:30", "12:00", of the interval at r->path. Each of the three that is wrong is told. */
void qp_days_put_span(struct qp_policy_reading *r, struct qp_policy_calendar *c, const char *days,
                      const char *from, const char *to);
/* The last day of which the holidays are known (PO4). */
void qp_days_put_known(struct qp_policy_reading *r, struct qp_policy_calendar *c, const char *text);
void qp_days_put_name(struct qp_policy_reading *r, struct qp_policy_calendar *c, const char *text);
/* All that is wrong with one calendar. `path`: of the calendar in the policy. */
void qp_days_check(const struct qp_policy_calendar *c, const char *path, struct qp_mistakes *m);
/* The same of all calendars, and of their names among each other (check.c). */
void qp_policy_check_calendars(const struct qp_policy *p, struct qp_mistakes *m);
/* The same hours on the same days, however they are written. */
bool qp_days_same(const struct qp_policy_calendar *a, const struct qp_policy_calendar *b);
/* A copy of `from` in another policy. False: no memory. */
bool qp_days_copy(struct qp_policy_reading *r, struct qp_policy_calendar *to,
                  const struct qp_policy_calendar *from);
/* Its dates in order, malloc'd; NULL: no memory. */
int32_t *qp_days_sorted(const int32_t *days, size_t n);
void qp_days_free(struct qp_policy_calendar *c);

#endif
