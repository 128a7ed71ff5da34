/* answers.c: what is answered without a person: offers that the policy in force takes at once (where it says nothing of
 * their kind: the settings), and withdrawals. */
#include <assert.h>

#include "node/core/private.h"
#include "node/matter/appeal.h"
#include "node/matter/custody.h"
#include "node/matter/extension.h"
#include "node/matter/face.h"
#include "node/matter/lifecycle.h"

bool qp_taken_at_once(const struct qp_acceptance *p, const struct qp_policy *policy, uint32_t kind)
{
    int32_t said = policy && kind >= QP_KIND_ESCALATE && kind <= QP_KIND_RETURN ? policy->rules.accept[kind]
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
    if (!ev || !acc || !ref)
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

/* What ends the turn; all else is the one matter's. */
static int fatal(int rc, const struct qp_err *why, struct qp_err *e)
{
    assert(why != e); /* what is one matter's alone is not told to the caller */
    if (!qp_ends_turn(rc))
        return 0;
    if (e)
        *e = *why;
    return rc;
}

/* CL5: an order about more time is answered by the holder, as soon as no offer is out. */
static int answer_order(struct qp_work *w, const uint8_t matter[QP_ID_LEN], enum qp_clock_stage stage,
                        struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
    struct qp_err why = {0};
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Extended *x = qp_arena_take(w->c->arena, sizeof *x);
    if (!ev || !x)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__extended__init(x);
    x->stage = (char *)(uintptr_t)qp_clock_stage_name(stage);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, matter, QP_ID_LEN)};
    ev->body_case = QP__EVENT__BODY_EXTENDED;
    ev->extended = x;
    return fatal(qp_step(w, ev, NULL, -1, NULL, &why), &why, e);
}

/* ST3: so is the decision of an appeal. */
static int answer_decision(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const Qp__Appeal *appeal,
                           struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
    struct qp_err why = {0};
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__AppealEnded *x = qp_arena_take(w->c->arena, sizeof *x);
    if (!ev || !x)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__appeal_ended__init(x);
    x->about = qp_arena_text(w->c->arena, appeal->about);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, matter, QP_ID_LEN)};
    ev->body_case = QP__EVENT__BODY_APPEAL_ENDED;
    ev->appeal_ended = x;
    return fatal(qp_step(w, ev, NULL, -1, NULL, &why), &why, e);
}

static int answer_decisions(struct qp_work *w, const uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    int rc = 0;
    for (int i = 0; !rc && i < QP_APPEALS; i++) {
        Qp__Row *row;
        rc = qp_matter_row(&w->m, matter, &row, e);
        const Qp__Appeal *decided = !rc ? qp_appeal_decided(row) : NULL;
        if (!decided)
            break;
        rc = answer_decision(w, matter, decided, e);
    }
    return rc;
}

static int answer_orders(struct qp_work *w, const Qp__Row *row, const uint8_t matter[QP_ID_LEN],
                         struct qp_err *e)
{
    const Qp__Face *f = row->face;
    if (row->n_beside == 0 || f->offer || !qp_id_is(f->holder, w->c->self.node))
        return 0;
    for (size_t i = 0; i < f->n_clocks; i++) {
        int rc = qp_extension_pending(row, f->clocks[i])
                     ? answer_order(w, matter, (enum qp_clock_stage)f->clocks[i]->stage, e)
                     : 0;
        if (rc)
            return rc;
    }
    return answer_decisions(w, matter, e);
}

/* ---- so many refusals or redos offer it one level up ---- */

static enum qp_lift lifts(const struct qp_core *c, const Qp__Face *f)
{
    const struct qp_policy *policy = qp_core_policy(c);
    const struct qp_transition *t = qp_transition_of(QP__EVENT__BODY_OFFERED);
    assert(t); /* an offer has its row */
    if (!policy || f->offer || !qp_id_is(f->holder, c->self.node) || !qp_transition_from(t, f))
        return QP_LIFT_NONE;
    int64_t refused = (int64_t)f->refused - f->lift_refused, redo = (int64_t)f->redo - f->lift_redo;
    int32_t most = policy->rules.lift_refused, most_redo = policy->rules.lift_redo;
    if (most != QP_NOT_SAID && refused >= most)
        return QP_LIFT_REFUSED;
    return most_redo != QP_NOT_SAID && redo >= most_redo ? QP_LIFT_REDO : QP_LIFT_NONE;
}

static int lift(struct qp_work *w, const Qp__Face *f, const uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
    struct qp_arena *a = w->c->arena;
    const struct qp_place *up = qp_tree_parent(w->c->tree);
    enum qp_lift why_so = lifts(w->c, f);
    struct qp_err why = {0};
    char reason[200];
    if (why_so == QP_LIFT_NONE || !up || up->revoked)
        return 0;
    uint32_t n = why_so == QP_LIFT_REFUSED ? f->refused - f->lift_refused : f->redo - f->lift_redo;
    snprintf(reason, sizeof reason,
             why_so == QP_LIFT_REFUSED ? "按策略提级：已被退回 %u 次 / by policy: refused %u times"
                                       : "按策略提级：已重办 %u 次 / by policy: done again %u times",
             n, n);
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Offered *o = qp_arena_take(a, sizeof *o);
    if (!ev || !o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__offered__init(o);
    o->kind = QP_KIND_ESCALATE;
    o->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, up->cert.node, QP_ID_LEN)};
    o->to_path = qp_arena_text(a, up->cert.path);
    o->reason = qp_arena_text(a, reason);
    o->lift = why_so;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, matter, QP_ID_LEN)};
    ev->body_case = QP__EVENT__BODY_OFFERED;
    ev->offered = o;
    int rc = qp_step(w, ev, NULL, -1, NULL, &why);
    if (!rc)
        QP_COUNT(w->c, lifts_by_policy);
    return fatal(rc, &why, e);
}

/* K4: a withdrawal that finds the offer unanswered is answered with a refusal. */
int qp_answer_offers(struct qp_work *w, struct qp_err *e)
{
    assert(w->noffers <= w->capoffers);
    struct qp_core *c = w->c;
    for (size_t i = 0; i < w->noffers && !c->recovering && !c->silent && !c->out; i++) {
        Qp__Row *row;
        int rc = 0;
        if (i % QP_ROWS_AT_ONCE == QP_ROWS_AT_ONCE - 1 && (rc = qp_matter_flush(&w->m, e)))
            return rc;
        if (qp_matter_row(&w->m, w->offers[i], &row, NULL))
            continue;
        if ((rc = answer_orders(w, row, w->offers[i], e)) ||
            (rc = qp_matter_row(&w->m, w->offers[i], &row, e)) || (rc = lift(w, row->face, w->offers[i], e)))
            return rc;
        const Qp__Offer *o = row->face->offer;
        if (!o || o->to.len != QP_ID_LEN || !qp_same(o->to.data, c->self.node))
            continue;
        bool take = qp_taken_at_once(&c->acceptance, qp_core_policy(c), o->kind);
        if (!o->withdraw_asked && !take)
            continue;
        struct qp_err why = {0};
        if ((rc = fatal(answer(w, w->offers[i], !o->withdraw_asked, &why), &why, e)))
            return rc;
    }
    w->noffers = 0;
    return 0;
}
