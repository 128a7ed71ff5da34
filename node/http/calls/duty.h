/* duty.h: what the calls of duty and patrols share. */
#ifndef QP_NODE_HTTP_CALLS_DUTY_H
#define QP_NODE_HTTP_CALLS_DUTY_H

#include "node/core/duty.h"
#include "node/http/shape/json_read.h"

/* "user:li" and "token:li" are li. Borrowed. */
const char *qp_person_of(const char *by);

/* Where somebody on duty is, and whether he has something to do, as his own node knows. */
struct qp_duty_where {
    struct qp_geo_point at;
    int64_t at_us; /* 0: no position */
    int64_t age_s;
    bool busy;
    bool unsure;                      /* not busy with anything that was looked at, and not all was */
    char reason[160], reason_zh[160]; /* why he is busy, or nobody knows; "" */
};
/* Whose hands this node's assigned matters are in. */
struct qp_duty_busy {
    char (*person)[QP_NAME_BYTES + 1]; /* of each matter, in order; malloc'd */
    size_t n, cap;
    bool all; /* of each; else of the newest that were looked at */
};
int qp_duty_busy(struct qp_http *h, struct qp_read *r, struct qp_duty_busy *out, struct qp_err *e);
void qp_duty_busy_free(struct qp_duty_busy *b);
/* Of one of this node's people. What is read for it lies in the arena. */
void qp_duty_where(struct qp_http *h, struct qp_read *r, const struct qp_duty_busy *b, const char *person,
                   int64_t now_us, struct qp_arena *a, struct qp_duty_where *out);

/* Does this position lie in the grid of the patrol, as the grid stands now? NOWHERE: it has no boundary, nobody can say. */
int qp_patrol_place(struct qp_read *r, const Qp__PatrolRow *row, struct qp_geo_point at, struct qp_arena *a,
                    enum qp_mark_place *out, struct qp_err *e);
/* Where its person was heard less than a minute ago; out of the grid since the last mark: off. NOWHERE: not heard. */
int qp_patrol_heard(struct qp_http *h, struct qp_read *r, const Qp__PatrolRow *row, int64_t now_us,
                    struct qp_arena *a, enum qp_mark_place *out, struct qp_err *e);
#endif
