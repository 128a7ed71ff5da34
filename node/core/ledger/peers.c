/* peers.c: QP_T_PEER, what is known of each neighbour: node 16 ─► struct qp_peer_entry. */
#include <assert.h>

#include "node/core/private.h"

int qp_peer_put(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const struct qp_peer_entry *p,
                struct qp_err *e)
{
    assert(!qp_same(peer, w->c->self.node)); /* no node is its own neighbour */
    assert(p->refill_upto <= w->t->head);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_PEER), peer, QP_ID_LEN, p, sizeof *p, e);
}

int qp_peer_read(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN],
                 struct qp_peer_entry *out)
{
    assert(tables && s);
    MDB_val v;
    memset(out, 0, sizeof *out);
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_PEER), peer, QP_ID_LEN, &v);
    if (!rc && v.mv_size == sizeof *out)
        memcpy(out, v.mv_data, sizeof *out);
    return rc;
}

void qp_peer_anew(struct qp_peer_entry *p, const uint8_t epoch[QP_ID_LEN])
{
    memcpy(p->epoch, epoch, QP_ID_LEN);
    memset(p->received, 0, sizeof p->received);
    memset(p->received_hash, 0, sizeof p->received_hash);
    memset(p->ahead, 0, sizeof p->ahead);
    p->seen_head = p->old_head = p->knows = 0;
}
