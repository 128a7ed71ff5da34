/* learned.c: certificates that come, and what becomes of those that are believed: the tables, the tree.
 * Called by facts.c for what the journal holds, and for chains that a neighbour gives (L5). */
#include "node/core/private.h"

int qp_cert_keep(struct qp_work *w, const struct qp_cert *c, const Qp__Certificate *raw, struct qp_err *e)
{
    int rc = qp_cert_put(w, c, raw, e);
    struct qp_place *p = qp_tree_node(w->c->tree, c->node);
    w->learned = true;
    if (rc != 0 || (p != NULL && p->cert.incarnation >= c->incarnation))
        return rc;
    /* A node's place is its first issuer's to name, until moves are built (T3): whoever else certifies its
     * id, below himself, makes no successor of it. */
    if (p != NULL && (!qp_same(p->cert.issuer, c->issuer) || strcmp(p->cert.path, c->path) != 0))
        return 0;
    p = qp_tree_add(w->c->tree, c);
    if (p == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for the tree");
    p->revoked = p->quarantined = false;
    if (qp_same(c->issuer, w->c->self.node) || qp_same(c->node, w->c->self.node))
        qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    return qp_place_put(w, p, e);
}

/* The chain was checked: issuers first, so that each finds its parent in the tree. */
int qp_learn(struct qp_work *w, const Qp__Chain *chain, struct qp_err *e)
{
    for (size_t i = chain->n_certificates; i-- > 0;) {
        struct qp_cert c;
        if (qp_cert_read(&c, chain->certificates[i], w->c->arena, NULL) != 0)
            return 0;
        int rc = qp_cert_keep(w, &c, chain->certificates[i], e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool all_known(struct qp_work *w, const struct qp_cert *certs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!qp_cert_known(w->t->tables, w->c->store, &certs[i].id))
            return false;
    return true;
}

int qp_on_chain(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    size_t n;
    const Qp__Chain *chain = in->chain.chain;
    if (qp_chain_check(certs, &n, chain, &w->c->root, w->c->arena, NULL) != 0) {
        QP_COUNT(w->c, refused_unknown_key);
        return 0;
    }
    if (!all_known(w, certs, n)) {
        Qp__Event *ev = qp_event_new(w, "policy");
        Qp__Learned *l = qp_arena_take(w->c->arena, sizeof *l);
        if (ev == NULL || l == NULL)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        qp__learned__init(l);
        l->chain = (Qp__Chain *)(uintptr_t)chain;
        ev->body_case = QP__EVENT__BODY_LEARNED;
        ev->learned = l;
        int rc = qp_say_local(w, ev, e);
        if (rc != 0)
            return rc;
    }
    qp_missed_now(w->c, in->peer);
    return 0;
}
