/* facts.c: facts about nodes and about resources, and what they do to the tables and to the tree in memory.
 * Whoever calls: projection, for every event that names no matter. What does not hold (an issuer that is not
 * one, an order from below) has no effect: the parcel is kept all the same (E5). */
#include <assert.h>

#include "node/core/duty.h"
#include "node/core/ground.h"
#include "node/core/renew.h"
#include "node/core/lead.h"
#include "node/core/warn.h"
#include "node/matter/lifecycle.h"
#include "proto/steps.h"

static int joined(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_JOINED);
    struct qp_core *c = w->c;
    const Qp__Joined *j = ev->joined;
    int rc = !j->chain ? 0 : qp_learn(w, j->chain, e);
    snprintf(c->parent_endpoint, sizeof c->parent_endpoint, "%s", j->parent_endpoint);
    for (size_t i = 0; i < j->n_closing && !rc; i++)
        rc = qp_chain_close(w, j->closing[i], e);
    if (c->self.incarnation > 1)
        c->recovering = true;
    return rc;
}

/* How often a child was renewed; joining by a token begins anew. A welcome ends the session of who was (pump.c). */
static int note_renewal(struct qp_work *w, const Qp__Event *ev, const struct qp_cert *c, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_ENROLLED);
    struct qp_renewal r;
    if (*ev->enrolled->because == 0)
        return qp_renewal_end(w, c->node, e);
    qp_renewal_get(w->t->tables, w->c->store, c->node, &r);
    r.times++;
    r.at_us = ev->at_us;
    snprintf(r.because, sizeof r.because, "%s", ev->enrolled->because);
    return qp_renewal_put(w, c->node, &r, e);
}

static int enrolled(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_ENROLLED);
    struct qp_cert c;
    const Qp__Enrolled *en = ev->enrolled;
    if (qp_cert_read(&c, en->certificate, w->c->arena, NULL)) /* it was judged in qp_event_may */
        return 0;
    struct qp_place *before = qp_tree_node(w->c->tree, c.node);
    bool successor = before && before->cert.incarnation < c.incarnation;
    bool ours = successor && qp_same(c.issuer, w->c->self.node);
    int rc = ours ? qp_former_put(w, &before->cert, e) : 0;
    if (!rc && ours)
        rc = qp_former_end(w, &c, e);
    if (!rc)
        rc = qp_cert_keep(w, &c, en->certificate, e);
    if (!rc && qp_same(ev->origin.data, w->c->self.node)) {
        if (successor && *en->because == 0)
            qp_out_once(w, QP_OUT_END, c.node); /* C2: the old incarnation's session ends */
        rc = qp_invite_use(w, &en->invite, e);
        if (!rc && (successor || !before)) /* not when it is said again */
            rc = note_renewal(w, ev, &c, e);
    }
    return rc;
}

static int revoked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_REVOKED);
    const Qp__Revoked *r = ev->revoked;
    struct qp_place *p = qp_tree_node(w->c->tree, r->node.data);
    assert(p); /* qp_event_may */
    int rc = qp_is_child(w->c, p) ? qp_former_put(w, &p->cert, e) : 0;
    if (rc)
        return rc;
    p->revoked = true;
    qp_out_once(w, QP_OUT_END, p->cert.node);
    qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    rc = qp_place_put(w, p, e);
    return !rc ? qp_resources_moved(w, e) : rc;
}

/* E6: the chain stops where it was refused; elsewhere it is known that it did. C5: a fork stops everything of
 * that key, at whoever refused it and below. */
static int refusal(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_REFUSAL);
    const Qp__Verdict *v = ev->refusal->verdict;
    struct qp_header h = {0};
    int rc = qp_verdict_keep(w, v, e);
    if (rc || v->at->origin.len != QP_ID_LEN || v->by.len != QP_ID_LEN)
        return rc;
    const struct qp_place *by = qp_tree_node(w->c->tree, v->by.data);
    struct qp_place *p = qp_tree_node(w->c->tree, v->at->origin.data);
    bool here = qp_same(v->by.data, w->c->self.node);
    if (here && v->code != QP_EFORK) {
        memcpy(h.origin, v->at->origin.data, QP_ID_LEN);
        if (v->at->to.len == QP_ID_LEN)
            memcpy(h.to, v->at->to.data, QP_ID_LEN);
        h.incarnation = v->at->incarnation;
        h.scope = (uint8_t)v->at->scope;
        h.lane = (uint8_t)v->at->lane;
        return qp_chain_refuse(w, &h, e);
    }
    bool above = by && p && by != p && qp_path_within(p->cert.path, by->cert.path);
    if (v->code != QP_EFORK || !p || p->cert.incarnation != v->at->incarnation || !(here || above))
        return 0;
    p->quarantined = true;
    return qp_place_put(w, p, e);
}

static int invited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_INVITED);
    qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    return qp_invite_put(w, ev->invited, e);
}

static int learned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEARNED);
    return !ev->learned->chain ? 0 : qp_learn(w, ev->learned->chain, e);
}

static int recovered(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_RECOVERED);
    (void)ev;
    return qp_recovered(w, e);
}

static int policy_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    return qp_policy_heard_put(w, ev, e);
}

static int audited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    return qp_audit_put(w, ev, e);
}

/* What each kind that is no matter's does. */
#define RESOURCE(NAME, name, one, id, table, MADE, ENDED, ...)                                               \
    [QP__EVENT__BODY_##MADE] = qp_resource_fact, [QP__EVENT__BODY_##ENDED] = qp_resource_fact,
static int (*const effects[])(struct qp_work *w, const Qp__Event *ev,
                              struct qp_err *e) = {[QP__EVENT__BODY_ENROLLED] = enrolled,
                                                   [QP__EVENT__BODY_REVOKED] = revoked,
                                                   [QP__EVENT__BODY_JOINED] = joined,
                                                   [QP__EVENT__BODY_INVITED] = invited,
                                                   [QP__EVENT__BODY_LEARNED] = learned,
                                                   [QP__EVENT__BODY_REFUSAL] = refusal,
                                                   [QP__EVENT__BODY_RECOVERED] = recovered,
                                                   [QP__EVENT__BODY_POLICY_SAID] = qp_policy_hear,
                                                   [QP__EVENT__BODY_POLICY_HEARD] = policy_heard,
                                                   [QP__EVENT__BODY_WARNED] = qp_warned,
                                                   [QP__EVENT__BODY_WARNING_SAID] = qp_warning_heard,
                                                   [QP__EVENT__BODY_LEAD_FOUND] = qp_lead_found,
                                                   [QP__EVENT__BODY_LEAD_SAID] = qp_lead_heard,
                                                   [QP__EVENT__BODY_LEADS_COMPARED] = qp_lead_numbers,
                                                   [QP__EVENT__BODY_DAY_ENDED] = qp_day_ended,
                                                   [QP__EVENT__BODY_SEASONED] = qp_seasoned,
                                                   [QP__EVENT__BODY_AUDITED] = audited,
                                                   [QP__EVENT__BODY_GRID_ORDERED] = qp_grid_ordered,
                                                   [QP__EVENT__BODY_DUTY_SAID] = qp_duty_said,
                                                   [QP__EVENT__BODY_PATROL_STARTED] = qp_patrol_started,
                                                   [QP__EVENT__BODY_PATROL_MARKED] = qp_patrol_marked,
                                                   [QP__EVENT__BODY_CIRCULAR_SAID] = qp_circular_hear,
                                                   [QP__EVENT__BODY_CIRCULAR_JUDGED] = qp_circular_judged,
                                                   [QP__EVENT__BODY_RENEWAL_ASKED] = qp_renewal_asked,
                                                   [QP__EVENT__BODY_RENEWED] = qp_renewed,
                                                   [QP__EVENT__BODY_SAID_AGAIN] = qp_said_again,
                                                   QP_RESOURCES(RESOURCE)};

void qp_facts_complete(void)
{
    size_t n;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        bool has = k[i].body < sizeof effects / sizeof *effects && effects[k[i].body];
        bool here = k[i].subject != QP_OF_MATTER && k[i].subject != QP_OF_LINE; /* lines: node/line/fact.c */
        assert(has == here && "a kind that is no matter's has its effect here");
    }
    for (size_t i = 0; i < QP_STEPS_N; i++)
        assert(qp_transition_of(qp_steps[i].body) && "a step has its row in matter/lifecycle.c");
}

int qp_node_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
    return !k || qp_event_may(w, ev) ? 0 : effects[k->body](w, ev, e);
}
