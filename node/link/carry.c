/* carry.c: messages that are passed on along the tree (node/core/carry.c): one frame each, no position, no ack. What finds
 * no room is lost, as the core expects. */
#include <assert.h>

#include "node/link/inside.h"

void qp_carry_on_carry(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_CARRY);
    if (h->frame->carry->whisper != QP_WHISPER_NONE && qp_whisper_over(h->s, h->frame->carry, h->now_us))
        return;
    struct qp_input in = {.kind = QP_IN_CARRY};
    in.carry.carry = h->frame->carry;
    qp_hearing_input(h, &in);
}

/* A piece of a file goes when nothing urgent waits, and few in a while: an emergency that comes now waits behind no more than
 * that (VA3). What is dropped is asked for again. */
static bool gives_way(struct qp_session *s, const Qp__Carry *c, struct qp_read *read, int64_t now_us)
{
    uint64_t next;
    bool back;
    if (!c->low)
        return false;
    if (now_us - s->low_us >= QP_LOW_US || now_us < s->low_us) {
        s->low_us = now_us;
        s->low_bytes = 0;
    }
    if (s->blocked || s->low_bytes + c->body.len > QP_LOW_BYTES ||
        qp_queue_next(read->tables, s->n.store, s->peer, QP_LANE_URGENT,
                      s->lanes[QP_LANE_URGENT - 1].cursor + 1, &next, &back) != QP_ENOTFOUND)
        return true;
    s->low_bytes += c->body.len;
    assert(s->low_bytes <= QP_LOW_BYTES);
    return false;
}

void qp_carry_say(struct qp_session *s, const struct qp_output *o, struct qp_read *read, int64_t now_us)
{
    assert(o->kind == QP_OUT_CARRY);
    if (o->carry->whisper != QP_WHISPER_NONE) {
        qp_whisper_say(s, o->carry, read, now_us);
        return;
    }
    if (!s->open || s->version < QP_LINK_VERSION_CARRY || gives_way(s, o->carry, read, now_us))
        return;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_CARRY;
    f.carry = (Qp__Carry *)(uintptr_t)o->carry;
    qp_session_say(s, &f);
}
