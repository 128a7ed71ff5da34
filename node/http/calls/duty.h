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
    char reason[120]; /* why he is busy; "" */
};
/* Whose hands this node's assigned matters are in, of the first QP_LIST_MOST. malloc'd; NULL: they cannot be read. */
enum { QP_BUSY_MOST = QP_LIST_MOST };
struct qp_duty_busy {
    size_t n;
    char person[QP_BUSY_MOST][QP_NAME_BYTES + 1];
};
struct qp_duty_busy *qp_duty_busy(struct qp_http *h, struct qp_read *r);
/* Of one of this node's people. */
void qp_duty_where(struct qp_http *h, struct qp_read *r, const struct qp_duty_busy *b, const char *person,
                   int64_t now_us, struct qp_duty_where *out);

/* Does this position lie in the grid of the patrol, as the grid stands now? NOWHERE: it has no boundary, nobody can say. */
int qp_patrol_place(struct qp_read *r, const Qp__PatrolRow *row, struct qp_geo_point at, struct qp_arena *a,
                    enum qp_mark_place *out, struct qp_err *e);
/* Where its person was heard less than a minute ago; out of the grid since the last mark: off. NOWHERE: not heard. */
int qp_patrol_heard(struct qp_http *h, struct qp_read *r, const Qp__PatrolRow *row, int64_t now_us,
                    struct qp_arena *a, enum qp_mark_place *out, struct qp_err *e);
#endif
