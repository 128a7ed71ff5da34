/* overdue.h: a circular whose time has come and that could not be issued: why, and when it is tried again. Counting reads
 * the whole journal, so it is tried after 20 s, 40 s, … and then once an hour. Pure; the clerk's thread writes, with h->lock,
 * and the alarms read (shape/alarms.c). Begins as zeros: nothing hinders. */
#ifndef QP_NODE_HTTP_OVERDUE_H
#define QP_NODE_HTTP_OVERDUE_H

#include <stdbool.h>

#include "node/insight/circular/period.h"

enum { QP_OVERDUE_WHY = 300 };
struct qp_overdue {
    struct qp_span_us span; /* of the period */
    int64_t since_us;       /* wall: when it failed first; 0: it has not failed */
    int64_t again_us;       /* boot: not tried before */
    uint32_t tries;         /* that failed */
    bool sent; /* it was counted and handed to the turn: whether that took it is seen the next time */
    char why[QP_OVERDUE_WHY];
};
/* It is due and was not issued: whether it is to be tried now. Notes what came of what was sent. */
bool qp_overdue_now(struct qp_overdue *o, const struct qp_span_us *span, int64_t wall_us, int64_t boot_us);
void qp_overdue_failed(struct qp_overdue *o, int64_t wall_us, int64_t boot_us, const char *why);
void qp_overdue_sent(struct qp_overdue *o, int64_t boot_us);
void qp_overdue_done(struct qp_overdue *o); /* it is there, or not due any more */

#endif
