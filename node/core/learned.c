/* learned.c: certificates that come, whether they are believed (C0), and what becomes of those that are: the
 * tables, the tree.
 *
 *   Enrolled, by event        ─► qp_enrolled_judge ─┐
 *   a chain, by a neighbour   ─► may_teach (L5) ────┴─► qp_cert_keep
 *
 * An id cannot be claimed by another issuer than its own (topology/certificate.h). What is left to ask is
 * whose word an issuer's is: that of the certificate by which the tree holds it. */
#include <assert.h>

#include "node/core/private.h"

int qp_enrolled_judge(struct qp_work *w, const Qp__Event *ev, struct qp_cert *c, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_ENROLLED);
    struct qp_cert issuer;
    const Qp__Certificate *raw = ev->enrolled->certificate;
    if (!raw)
        return qp_fail(e, QP_EINVAL, "a node is enrolled without its certificate");
    int rc = qp_cert_read(c, raw, w->c->arena, e);
    if (rc)
        return rc;
    if (!qp_same(c->issuer, ev->origin.data))
        return qp_fail(e, QP_ESCOPE, "%s is certified in another node's name", c->path);
    const struct qp_place *by = qp_tree_node(w->c->tree, c->issuer);
    if (!by || !qp_cert_get(w, &c->issuer_certificate, &issuer))
        return qp_fail(e, QP_ENOTFOUND, "the key that certified %s is not known here", c->path);
    if (issuer.incarnation != ev->incarnation)
        return qp_fail(e, QP_ESCOPE, "%s is certified by the key of another incarnation", c->path);
    if (by->cert.incarnation == issuer.incarnation && !qp_hash_eq(&by->cert.id, &issuer.id))
        return qp_fail(e, QP_ESCOPE, "%s is certified by another key than the one that %s has here", c->path,
                       by->cert.path);
    return qp_cert_check(c, raw, &issuer, e);
}

int qp_cert_keep(struct qp_work *w, const struct qp_cert *c, const Qp__Certificate *raw, struct qp_err *e)
{
    /* the first stays: a row is never overwritten by what a neighbour brings under the same id */
    int rc = qp_cert_known(w->t->tables, w->c->store, &c->id) ? 0 : qp_cert_put(w, c, raw, e);
    struct qp_place *p = qp_tree_node(w->c->tree, c->node);
    bool back = p && p->revoked;
    w->learned = true;
    if (rc || (p && p->cert.incarnation >= c->incarnation))
        return rc;
    p = qp_tree_add(w->c->tree, c);
    if (!p)
        return qp_fail(e, QP_ENOMEM, "no memory for the tree");
    assert(qp_same(p->cert.node, c->node) && p->cert.incarnation == c->incarnation);
    p->revoked = p->quarantined = false;
    if (qp_same(c->issuer, w->c->self.node) || qp_same(c->node, w->c->self.node))
        qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    rc = qp_place_put(w, p, e);
    return !rc && back ? qp_resources_moved(w, e) : rc;
}

/* The chain was checked: issuers first, so that each finds its parent in the tree. */
int qp_learn(struct qp_work *w, const Qp__Chain *chain, struct qp_err *e)
{
    for (size_t i = chain->n_certificates; i-- > 0;) {
        struct qp_cert c;
        if (qp_cert_read(&c, chain->certificates[i], w->c->arena, NULL))
            return 0;
        int rc = qp_cert_keep(w, &c, chain->certificates[i], e);
        if (rc)
            return rc;
    }
    return 0;
}

static bool all_known(struct qp_work *w, const struct qp_cert *certs, size_t n)
{
    assert(n >= 1 && n <= QP_CHAIN_CERTIFICATES); /* it was checked */
    for (size_t i = 0; i < n; i++)
        if (!qp_cert_known(w->t->tables, w->c->store, &certs[i].id))
            return false;
    return true;
}

uint32_t qp_child_nodes(const struct qp_core *c)
{
    const struct qp_acceptance *a = &c->acceptance;
    uint32_t most = a->level_nodes;
    if (a->child_nodes > 0)
        return a->child_nodes;
    for (const struct qp_place *p = qp_tree_parent(c->tree); p && most > 1; p = p->parent)
        most = most / 4 > 0 ? most / 4 : 1;
    assert(most <= a->level_nodes && (most > 0) == (a->level_nodes > 0));
    return most;
}

/* Is the certificate at i of a chain one below that node's, in this chain? */
static bool below(const struct qp_cert *certs, size_t n, size_t i, const uint8_t node[QP_ID_LEN])
{
    assert(i < n);
    for (size_t above = i + 1; above < n; above++)
        if (qp_same(certs[above].node, node))
            return true;
    return false;
}

/* A chain that holds, down from the root, may still be made with the lost key of an earlier incarnation. Whom
 * this node certified it knows best itself. A child knows who is below it, and those above by older
 * certificates; whatever else there is comes from above. A node that is coming back from a lost disk has
 * forgotten all this and must believe its neighbours (K5). */
static bool may_teach(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const struct qp_cert *certs, size_t n)
{
    assert(n >= 1 && n <= QP_CHAIN_CERTIFICATES); /* it was checked */
    struct qp_core *c = w->c;
    bool child = qp_tree_node(c->tree, peer) != qp_tree_parent(c->tree);
    size_t more = 0;
    for (size_t i = 0; i < n && !c->recovering; i++) {
        if (qp_cert_known(w->t->tables, c->store, &certs[i].id))
            continue;
        more += !qp_tree_node(c->tree, certs[i].node);
        if (qp_same(certs[i].issuer, c->self.node))
            return false;
        if (child && !below(certs, n, i, peer) && !qp_tree_above(c->tree, certs[i].node))
            return false;
    }
    /* as of those that are enrolled by a parcel (gather.c) */
    uint32_t most = qp_child_nodes(c);
    return !child || more == 0 || most == 0 || qp_tree_below(c->tree, peer) + more <= most;
}

int qp_on_chain(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_CHAIN && in->chain.chain);
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    size_t n;
    const Qp__Chain *chain = in->chain.chain;
    if (qp_check(&chain->base, NULL) || /* with what a later build adds it is journaled whole */
        qp_chain_check(certs, &n, chain, &w->c->root, w->c->arena, NULL) ||
        !may_teach(w, in->peer, certs, n)) {
        QP_COUNT(w->c, refused_unknown_key);
        return 0;
    }
    assert(n == chain->n_certificates && qp_hash_eq(&certs[n - 1].id, &w->c->root));
    if (!all_known(w, certs, n)) {
        Qp__Event *ev = qp_event_new(w, "policy");
        Qp__Learned *l = qp_arena_take(w->c->arena, sizeof *l);
        if (!ev || !l)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        qp__learned__init(l);
        l->chain = (Qp__Chain *)(uintptr_t)chain;
        ev->body_case = QP__EVENT__BODY_LEARNED;
        ev->learned = l;
        int rc = qp_say_local(w, ev, e);
        if (rc)
            return rc;
    }
    qp_missed_now(w->c, in->peer);
    return qp_verdicts_look(w, e);
}
