/* carry.c: messages that are passed on along the tree (node/core/carry.c): one frame each, no position, no ack. What finds
 * no room is lost, as the core expects. */
#include <assert.h>

#include "node/link/inside.h"

void qp_carry_on_carry(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_CARRY);
    struct qp_input in = {.kind = QP_IN_CARRY};
    in.carry.carry = h->frame->carry;
    qp_hearing_input(h, &in);
}

void qp_carry_say(struct qp_session *s, const struct qp_output *o)
{
    assert(o->kind == QP_OUT_CARRY);
    if (!s->open || s->version < QP_LINK_VERSION_CARRY)
        return;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_CARRY;
    f.carry = (Qp__Carry *)(uintptr_t)o->carry;
    qp_session_say(s, &f);
}
