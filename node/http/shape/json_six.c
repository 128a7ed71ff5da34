/* json_six.c: see json_six.h. */
#include "node/http/shape/json_six.h"

#include <assert.h>

#include "node/http/shape/json_history.h"
#include "node/matter/clocks.h"

void qp_json_six(struct qp_json *j, struct qp_read *r, const Qp__Row *row, const struct qp_history *h,
                 size_t n)
{
    struct qp_six six[QP_SIX];
    int64_t before_us = 0;
    qp_six_of(six, row->face, h, n);
    qp_json_key(j, "six");
    qp_json_array(j);
    for (int i = 0; i < QP_SIX; i++) {
        const struct qp_six *s = &six[i];
        assert(s->spent_us >= 0);
        qp_json_object(j);
        qp_json_put_int(j, "step", i + 1);
        qp_json_put_time(j, "at", s->at_us);
        qp_json_node_of(j, "node", r, s->node);
        if (s->times == 0 || s->now) {
            qp_json_key(j, "seconds");
            qp_json_null(j);
        } else {
            qp_json_put_int(j, "seconds", qp_clock_share_s(before_us, s->spent_us));
        }
        qp_json_put_int(j, "times", s->times);
        qp_json_put_bool(j, "now", s->now);
        qp_json_object_end(j);
        before_us += s->spent_us;
    }
    qp_json_array_end(j);
}
