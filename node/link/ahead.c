/* ahead.c: frames without a position: a parcel that is passed on in the middle of a turn (L3), and what a
 * parent tells a child at its greeting. Why, and what makes it safe: node/core/ahead.c. */
#include <assert.h>
#include <string.h>

#include "node/link/inside.h"

static bool say(struct qp_session *s, const struct qp_slice *parcel, const struct qp_output *told)
{
    assert(s->version >= QP_LINK_VERSION_AHEAD);
    Qp__Ahead ahead = QP__AHEAD__INIT;
    ahead.parcel = qp_view(parcel->p, parcel->len);
    if (told) {
        ahead.last = told->ahead.last;
        ahead.heads = told->ahead.heads;
        ahead.n_heads = told->ahead.nheads;
    }
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_AHEAD;
    f.ahead = &ahead;
    return qp_session_say(s, &f);
}

bool qp_session_ahead(struct qp_session *s, uint32_t lane, const struct qp_slice *parcel)
{
    assert(s->dials);
    return s->version >= QP_LINK_VERSION_AHEAD && qp_session_idle(s, lane) && say(s, parcel, NULL);
}

bool qp_ahead_tell_child(struct qp_session *s, const struct qp_output *o, int64_t now_us)
{
    assert(!s->dials && s->open && o->kind == QP_OUT_AHEAD);
    if (s->version < QP_LINK_VERSION_AHEAD || say(s, &o->ahead.parcel, o))
        return true;
    static const char why[] = "there was no room to tell what had come ahead";
    qp_session_say_refuse(s, s->number, QP_EFULL, why, NULL);
    qp_session_end(s, QP_EFULL, why, now_us);
    return false;
}

void qp_ahead_older_parent(const struct qp_hearing *h)
{
    assert(h->s->dials && h->s->version < QP_LINK_VERSION_AHEAD);
    struct qp_input in = {.kind = QP_IN_AHEAD, .ahead.last = true};
    memcpy(in.ahead.epoch, h->s->peer_epoch, QP_ID_LEN);
    qp_hearing_input(h, &in);
}

void qp_ahead_on_ahead(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_AHEAD);
    const Qp__Ahead *ahead = h->frame->ahead;
    struct qp_input in = {.kind = QP_IN_AHEAD};
    memcpy(in.ahead.epoch, h->s->peer_epoch, QP_ID_LEN);
    in.ahead.bytes = ahead->parcel.data;
    in.ahead.len = ahead->parcel.len;
    in.ahead.last = ahead->last;
    in.ahead.heads = ahead->heads;
    in.ahead.nheads = ahead->n_heads;
    qp_hearing_input(h, &in);
}
