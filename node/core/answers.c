/* answers.c: what is answered without a person: offers that the policy in force takes at once (where it says nothing of
 * their kind: the settings), and withdrawals. */
#include <assert.h>

#include "node/core/private.h"

bool qp_taken_at_once(const struct qp_acceptance *p, const struct qp_policy *policy, uint32_t kind)
{
    int32_t said = policy != NULL && kind >= QP_KIND_ESCALATE && kind <= QP_KIND_RETURN
                       ? policy->rules.accept[kind]
                       : QP_NOT_SAID;
    if (said != QP_NOT_SAID)
        return said != 0;
    switch (kind) {
    case QP_KIND_ESCALATE: return p->accept_escalate;
    case QP_KIND_RETURN: return p->accept_return;
    case QP_KIND_DISPATCH: return p->accept_dispatch;
    case QP_KIND_TRANSFER: return p->accept_transfer;
    default: return false;
    }
}

static int answer(struct qp_work *w, const uint8_t matter[QP_ID_LEN], bool take, struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->out);
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Accepted *acc = qp_arena_take(a, sizeof *acc);
    Qp__Refused *ref = qp_arena_take(a, sizeof *ref);
    if (ev == NULL || acc == NULL || ref == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__accepted__init(acc);
    qp__refused__init(ref);
    acc->automatic = ref->automatic = true;
    acc->path = w->c->self.path;
    ref->reason = (char *)(uintptr_t) "withdrawn";
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, matter, QP_ID_LEN)};
    ev->body_case = take ? QP__EVENT__BODY_ACCEPTED : QP__EVENT__BODY_REFUSED;
    if (take)
        ev->accepted = acc;
    else
        ev->refused = ref;
    return qp_step(w, ev, NULL, -1, NULL, e);
}

/* K4: a withdrawal that finds the offer unanswered is answered with a refusal. */
int qp_answer_offers(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    for (size_t i = 0; i < w->noffers && !c->recovering && !c->silent && !c->out; i++) {
        Qp__Row *row;
        if (qp_matter_row(&w->m, w->offers[i], &row, NULL) != 0)
            continue;
        const Qp__Offer *o = row->face->offer;
        if (o == NULL || o->to.len != QP_ID_LEN || !qp_same(o->to.data, c->self.node))
            continue;
        bool take = qp_taken_at_once(&c->acceptance, qp_core_policy(c), o->kind);
        if (!o->withdraw_asked && !take)
            continue;
        struct qp_err why = {0};
        int rc = answer(w, w->offers[i], !o->withdraw_asked, &why);
        if (rc == QP_EIO || rc == QP_EFULL || rc == QP_ECORRUPT || rc == QP_ENOMEM) {
            if (e != NULL)
                *e = why;
            return rc;
        }
    }
    w->noffers = 0;
    return 0;
}
