/* facts.c: facts about nodes and about resources, and what they do to the tables and to the tree in memory: rows of the table
 * in effects.c, whose kinds have no room of their own. */
#include <assert.h>

#include "node/core/facts.h"
#include "node/core/ground.h"
#include "node/core/renew.h"

int qp_fact_joined(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
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

int qp_fact_enrolled(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
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

int qp_fact_revoked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
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
int qp_fact_refusal(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_REFUSAL);
    const Qp__Verdict *v = ev->refusal->verdict;
    struct qp_header h = {0};
    int rc = qp_verdict_keep(w, v, e);
    if (!rc)
        rc = qp_owe_fork(w, v, e);
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

int qp_fact_invited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_INVITED);
    qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    return qp_invite_put(w, ev->invited, e);
}

int qp_fact_learned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEARNED);
    return !ev->learned->chain ? 0 : qp_learn(w, ev->learned->chain, e);
}

int qp_fact_recovered(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_RECOVERED);
    (void)ev;
    return qp_recovered(w, e);
}

int qp_fact_policy_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    return qp_policy_heard_put(w, ev, e);
}

int qp_fact_audited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    return qp_audit_put(w, ev, e);
}

/* A grid may be what an order from above waits for. */
int qp_fact_resource(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    bool anew, own = qp_same(ev->origin.data, w->c->self.node);
    int rc = qp_resource_fact(w, ev, &anew, e);
    if (rc || !anew || ev->body_case != QP__EVENT__BODY_GRID_MADE)
        return rc;
    return qp_grid_adopted(w, own ? NULL : ev->origin.data, ev->grid_made, e);
}
