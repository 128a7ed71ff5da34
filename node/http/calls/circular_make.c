/* circular_make.c: a circular is counted, in the clerk's thread, and becomes what the turn is asked. */
#include <stdlib.h>

#include "node/http/calls/circulars.h"

static void heard(void *arg, const uint8_t node[QP_ID_LEN], uint32_t *state, int64_t *as_of_us)
{
    const struct qp_link_view *l = arg;
    const struct qp_link_status *s = qp_link_view_of(l, node, true);
    if (!s) {
        *state = QP_HEARD_NEVER;
        *as_of_us = 0;
        return;
    }
    if (s->state != QP_LINK_LIVE)
        *as_of_us = s->last_heard_us;
    *state = s->state == QP_LINK_LIVE   ? QP_HEARD_LIVE
             : s->last_heard_us == 0    ? QP_HEARD_NEVER
             : s->state == QP_LINK_LATE ? QP_HEARD_LATE
                                        : QP_HEARD_CUT;
}

int qp_circular_make(struct qp_http *h, enum qp_circular_period period, int32_t day, struct qp_arena *a,
                     struct qp_circular_made *out, struct qp_err *e)
{
    const struct qp_counting k = {
        .store = h->store, .self = &h->self, .zone = h->zone, .stop = qp_clerk_stops(h)};
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    struct qp_link_view *links = qp_link_view_new(h);
    struct qp_read r;
    Qp__Circular *c;
    if (links && !qp_read_begin(h->store, &r, NULL)) {
        qp_link_view_recall(links, h, &r);
        qp_read_end(&r);
    }
    int rc = links ? qp_circular_take(&k, f ? f->policy : NULL, period, day, qp_wall_us(),
                                      h->wire ? heard : NULL, links, a, &c, e)
                   : qp_fail(e, QP_ENOMEM, "out of memory");
    free(links);
    qp_in_force_release(f);
    if (rc)
        return rc;
    out->period = c->period;
    out->from_us = c->from_us;
    out->to_us = c->to_us;
    out->bytes = qp_encode(&c->base, a, &out->len);
    rc = out->bytes ? qp_check(&c->base, e) : qp_fail(e, QP_ENOMEM, "out of memory");
    return rc == QP_EBIG ? qp_fail(e, QP_EBIG,
                                   "the circular would have more than %d bytes: too many areas, "
                                   "desks, sources and categories with long names",
                                   QP_CIRCULAR_BYTES)
                         : rc;
}

int qp_circular_draft(Qp__Event *ev, const struct qp_circular_made *made, struct qp_arena *a)
{
    Qp__CircularSaid *s = qp_arena_take(a, sizeof *s);
    if (!s)
        return QP_ENOMEM;
    qp__circular_said__init(s);
    s->period = made->period;
    s->from_us = made->from_us;
    s->to_us = made->to_us;
    s->body = (ProtobufCBinaryData){made->len, qp_arena_copy(a, made->bytes, made->len)};
    ev->body_case = QP__EVENT__BODY_CIRCULAR_SAID;
    ev->circular_said = s;
    return s->body.data ? 0 : QP_ENOMEM;
}
