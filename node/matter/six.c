/* six.c: see six.h. */
#include "node/matter/six.h"

#include <assert.h>

#include "node/matter/lifecycle.h"
#include "proto/steps.h"

enum { COLLECT = 1, SORT, RISE, HANDLE, VISIT, CIRCULATE };

struct pass { /* through the history */
    struct qp_six *out;
    uint32_t in;      /* the step that it is in; 0: not yet begun */
    uint32_t stands;  /* without an escalation that waits: what its state says */
    uint32_t earlier; /* before it was merged */
    bool rises;
    uint32_t tries; /* of the visit, without reaching anybody */
    int64_t from_us;
};

static void come_to(struct pass *p, uint32_t step, int64_t at_us, ProtobufCBinaryData node)
{
    assert(step >= COLLECT && step <= CIRCULATE);
    if (step == p->in)
        return;
    int64_t now_us = at_us > p->from_us ? at_us : p->from_us;
    if (p->in != 0) {
        p->out[p->in - 1].spent_us += now_us - p->from_us;
        p->out[p->in - 1].now = false;
    }
    struct qp_six *x = &p->out[step - 1];
    if (x->times == 0) {
        x->at_us = now_us;
        x->node = node;
    }
    x->times++;
    x->now = true;
    p->in = step;
    p->from_us = now_us;
}

static void visited(struct pass *p, const Qp__Visit *v)
{
    if (!v->reached && p->tries + 1 < QP_VISIT_TRIES)
        p->tries++;
    else
        p->stands = v->reached && !v->resolved ? SORT : VISIT;
}

/* What an event that took effect makes of it. */
static void take(struct pass *p, const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_OPENED: p->stands = COLLECT; break;
    case QP__EVENT__BODY_SORTED:
    case QP__EVENT__BODY_ASSIGNED:
    case QP__EVENT__BODY_TAKEN:
    case QP__EVENT__BODY_GIVEN_BACK:
    case QP__EVENT__BODY_REOPENED: p->stands = SORT; break;
    case QP__EVENT__BODY_OFFERED: p->rises = ev->offered->kind == QP_KIND_ESCALATE; break;
    case QP__EVENT__BODY_ACCEPTED:
    case QP__EVENT__BODY_REFUSED: p->rises = false; break;
    case QP__EVENT__BODY_HANDLED:
        p->stands = HANDLE;
        p->tries = 0;
        break;
    case QP__EVENT__BODY_VISITED: visited(p, ev->visited->visit); break;
    case QP__EVENT__BODY_MERGED: p->earlier = p->stands; /* fall through */
    case QP__EVENT__BODY_CLOSED: p->stands = CIRCULATE; break;
    case QP__EVENT__BODY_UNMERGED: p->stands = p->earlier; break;
    default: break;
    }
}

void qp_six_of(struct qp_six out[QP_SIX], const Qp__Face *f, const struct qp_history *h, size_t n)
{
    struct pass p = {.out = out, .stands = COLLECT, .earlier = COLLECT};
    struct qp_course course = {.holder = f->opener};
    for (int i = 0; i < QP_SIX; i++)
        out[i] = (struct qp_six){0};
    come_to(&p, COLLECT, f->opened_us, f->opener);
    for (size_t i = 0; i < n; i++) {
        const Qp__Event *ev = h[i].event;
        if (!qp_course_takes(&course, f, ev))
            continue;
        take(&p, ev);
        come_to(&p, p.rises ? RISE : p.stands, ev->at_us, ev->origin);
    }
    assert(p.in != 0);
    come_to(&p, qp_step_number(f), f->updated_us, f->holder);
}
