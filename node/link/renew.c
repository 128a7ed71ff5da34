/* renew.c: the frames by which a child that is refused asks for its next incarnation, and what is answered (E6);
 * who may, and what follows from it: node/core/renew.c.
 *
 *   child: Renew {key, signed by the present and by the new one} ─► parent: turn ─► Welcome, and the session is over
 *                                                                              └──► Later {why, until}
 *
 * A Welcome comes in the session, or before a call of the former incarnation is refused. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/link/inside.h"

void qp_renew_ask(struct qp_session *s, struct qp_read *read, int64_t now_us)
{
    struct qp_renewal_request r;
    if (!s->dials || !s->ready || s->blocked || s->version < QP_LINK_VERSION_RENEW ||
        now_us < s->renew_at_us || !qp_core_renewal(s->n.core, read->tables, now_us, &r))
        return;
    assert(s->open); /* a session that is ready is open */
    Qp__Renew renew = QP__RENEW__INIT;
    renew.incarnation = r.incarnation;
    renew.sign_key = qp_view(r.sign_key, QP_PK_LEN);
    renew.signature = qp_view(r.signature, QP_SIG_LEN);
    renew.proof = qp_view(r.proof, QP_SIG_LEN);
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_RENEW;
    f.renew = &renew;
    if (qp_session_say(s, &f))
        s->renew_at_us = now_us + QP_RENEW_US;
}

void qp_renew_on_renew(const struct qp_hearing *h)
{
    assert(!h->s->dials && h->frame->body_case == QP__FRAME__BODY_RENEW);
    struct qp_input in = {.kind = QP_IN_RENEW};
    in.renew.renew = h->frame->renew;
    qp_hearing_input(h, &in);
}

/* In the session, or in answer to a call. Whether it is this node's, and whether it asked, is the core's to judge. */
void qp_renew_on_welcome(const struct qp_hearing *h)
{
    assert(h->s->dials && h->frame->body_case == QP__FRAME__BODY_WELCOME);
    struct qp_session *s = h->s;
    bool ours =
        s->open ? h->frame->session == s->number : h->frame->session == 0 && s->shake.state != QP_GREET_IDLE;
    if (!ours) {
        s->bad_frames++;
        return;
    }
    struct qp_input in = {.kind = QP_IN_WELCOME};
    in.welcome.welcome = h->frame->welcome;
    qp_hearing_input(h, &in);
}

void qp_renew_on_later(const struct qp_hearing *h)
{
    assert(h->s->dials && h->frame->body_case == QP__FRAME__BODY_LATER);
    struct qp_input in = {.kind = QP_IN_LATER};
    in.later.reason = h->frame->later->reason;
    in.later.until_us = h->frame->later->until_us;
    qp_hearing_input(h, &in);
}

bool qp_renew_say_welcome(struct qp_session *s, uint64_t number, const Qp__Welcome *welcome)
{
    assert(!s->dials); /* downward: a parent welcomes */
    Qp__Welcome copy = *welcome;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_WELCOME;
    f.welcome = &copy;
    return qp_session_say_as(s, number, &f);
}

static void say_later(struct qp_session *s, const struct qp_output *o)
{
    assert(!s->dials && o->kind == QP_OUT_LATER);
    assert(memchr(o->later.reason, 0, sizeof o->later.reason));
    char reason[sizeof o->later.reason];
    Qp__Later later = QP__LATER__INIT;
    memcpy(reason, o->later.reason, sizeof reason);
    later.reason = reason;
    later.until_us = o->later.until_us;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_LATER;
    f.later = &later;
    qp_session_say(s, &f); /* lost: it asks again */
}

void qp_renew_output(struct qp_session *s, const struct qp_output *o, int64_t now_us)
{
    static const char over[] = "it goes on as its next incarnation",
                      anew[] = "this node has a new key: greet it again";
    switch (o->kind) {
    case QP_OUT_WELCOME: /* lost: it comes with the answer to the next call */
        if (s->open)
            qp_renew_say_welcome(s, s->number, o->welcome);
        qp_session_end(s, QP_ECLOSED, over, now_us);
        break;
    case QP_OUT_LATER: say_later(s, o); break;
    case QP_OUT_RENEWED:
        if (s->open && !s->dials)
            qp_session_say_refuse(s, s->number, QP_EBUSY, anew, NULL);
        qp_session_end(s, QP_EBUSY, anew, now_us);
        s->retry_at_us = now_us;
        break;
    default: assert(false && "not one of those that pump.c hands on");
    }
}
