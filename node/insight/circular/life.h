/* life.h: one matter's life up to a moment, from its deeds, and what it adds to the figures of a period. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_LIFE_H
#define QP_NODE_INSIGHT_CIRCULAR_LIFE_H

#include "node/insight/circular/inside.h"

struct qp_ordered {
    const struct qp_deed *d;
    uint32_t follows; /* how many deeds behind it in `all` belong to it */
    uint32_t order;
};
/* Room for the deeds of one matter, used again for the next. Begins as zeros; freed by qp_life_end. */
struct qp_life_room {
    const struct qp_deed **all; /* oldest first */
    struct qp_ordered *v;       /* by version; those without one first */
    size_t n, n_loose, cap;
    struct qp_signing *sign;
    size_t n_sign, cap_sign;
    struct qp_asked_for *asked;
    size_t n_asked, cap_asked;
};
struct qp_life {
    uint32_t area, desk, source, category; /* texts, as it stood */
    int64_t opened_us, closed_us, deadline_us;
    struct qp_numbers n; /* what it adds to each figure */
};
/* Puts a matter's deeds into order. QP_ENOMEM. */
int qp_life_order(struct qp_life_room *room, const struct qp_census *c, const struct qp_counted *m);
/* Lives it up to span->to_us. QP_ENOTFOUND: it was not there yet, or not in the census's area. QP_ENOMEM. */
int qp_life_run(struct qp_life_room *room, const struct qp_census *c, const struct qp_span_us *span,
                struct qp_life *out);
void qp_life_end(struct qp_life_room *room);

#endif
