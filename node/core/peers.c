/* peers.c: what a neighbour has committed, as it greets and as it acknowledges (L1, L2), and what follows of it.
 *
 *   greeting ─► the same journal, and the same records in it? ─► yes: what it has leaves its queue (route.c)
 *                                                             ├─► no: its queue is made again (refill.c)
 *                                                             └─► one of the two journals is an old copy: told, and it is silent (C5)
 *   ack ─► what it has leaves its queue */
#include <assert.h>
#include <inttypes.h>

#include "node/core/private.h"

int qp_peer_received(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const uint8_t epoch[QP_ID_LEN],
                     uint32_t lane, uint64_t position, const struct qp_hash *hash, struct qp_err *e)
{
    assert(lane >= 1 && lane <= QP_LANES);
    struct qp_peer_entry p;
    qp_peer_read(w->t->tables, w->c->store, peer, &p);
    if (!qp_same(p.epoch, epoch))
        qp_peer_anew(&p, epoch);
    if (position <= p.received[lane - 1])
        return 0;
    p.received[lane - 1] = position;
    p.received_hash[lane - 1] = *hash;
    if (position > p.seen_head)
        p.seen_head = position;
    assert(p.received[lane - 1] <= p.seen_head);
    qp_missed_came(w->c, peer, lane);
    return qp_peer_put(w, peer, &p, e);
}

/* A neighbour has committed all up to there; of a parent it is noted since when. */
static int acked(struct qp_work *w, const uint8_t peer[QP_ID_LEN], struct qp_peer_entry *p, uint32_t lane,
                 uint64_t position, struct qp_err *e)
{
    assert(position > p->acked[lane - 1] && position <= w->t->head);
    p->acked[lane - 1] = position;
    const struct qp_place *up = qp_tree_parent(w->c->tree);
    return up && qp_same(up->cert.node, peer)
               ? qp_held_note(w, QP_HELD_BY_PARENT, p->epoch, 0, lane, position, e)
               : 0;
}

static bool position_holds(struct qp_work *w, uint64_t position, const ProtobufCBinaryData *hash)
{
    assert(hash);
    struct qp_hash there;
    if (position == 0)
        return true;
    if (position > w->t->head || hash->len != QP_HASH_LEN)
        return false;
    return !qp_journal_hash_of(w->t->journal, w->c->store, position, &there) &&
           memcmp(there.b, hash->data, QP_HASH_LEN) == 0;
}

static bool differs(struct qp_work *w, const Qp__Position *p)
{
    assert(p);
    struct qp_hash there;
    return p->position > 0 && p->position <= w->t->head && p->hash.len == QP_HASH_LEN &&
           !qp_journal_hash_of(w->t->journal, w->c->store, p->position, &there) &&
           memcmp(there.b, p->hash.data, QP_HASH_LEN) != 0;
}

/* C5: whoever looks after this place must know that a copy of that child's folder ran: the copy is silent from now on but for that
 * one word, and the true one's next greeting shows nothing of it. */
static void note_copy(const struct qp_work *w, struct qp_peer_entry *p, const struct qp_place *child)
{
    assert(qp_is_child(w->c, child));
    p->copy_us = w->now_us;
    p->copy_incarnation = child->cert.incarnation;
}

int qp_on_copy(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_COPY);
    const struct qp_place *pl = qp_tree_node(w->c->tree, in->peer);
    struct qp_peer_entry p;
    if (!pl || !qp_is_child(w->c, pl))
        return 0;
    qp_peer_read(w->t->tables, w->c->store, in->peer, &p);
    note_copy(w, &p, pl);
    /* no second one is there: what lies in that folder has fallen back behind what was heard of it */
    if (in->copy.alone && qp_same(p.epoch, in->copy.epoch) && in->copy.head < p.seen_head)
        p.old_head = in->copy.head + 1;
    return qp_peer_put(w, in->peer, &p, e);
}

int qp_on_peer(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_PEER && in->peer_open.greeting);
    struct qp_core *c = w->c;
    const Qp__Greeting *g = in->peer_open.greeting;
    struct qp_peer_entry p;
    const struct qp_place *pl = qp_tree_node(c->tree, in->peer);
    if (!pl)
        return 0;
    qp_peer_read(w->t->tables, c->store, in->peer, &p);
    bool epoch_changed = !qp_same(p.epoch, in->peer_open.epoch);
    if (epoch_changed)
        qp_peer_anew(&p, in->peer_open.epoch);
    p.old_head = g->head < p.seen_head ? g->head + 1 : 0;
    if (p.old_head > 0 && qp_is_child(c, pl))
        note_copy(w, &p, pl);
    bool same = g->seen_epoch.len == QP_ID_LEN && qp_same(g->seen_epoch.data, qp_store_epoch(c->store));
    p.knows = same && g->seen_head > w->t->head ? g->seen_head : 0;
    if (p.knows > 0) {
        /* C5: this journal is an old copy of what that neighbour has seen. A parent's word silences; a
         * child's alone does not, or one lying child could: what an old copy would say anew its children see
         * as a fork. */
        c->silent = c->silent || !qp_is_child(c, pl);
        same = false;
    }
    for (size_t i = 0; same && i < g->n_received; i++) {
        same = position_holds(w, g->received[i]->position, &g->received[i]->hash);
        /* The same journal by its epoch, and another record at one place: a copy of this disk went on without
         * this one, and the parent has heard that one. */
        if (!same && differs(w, g->received[i])) {
            p.knows = g->received[i]->position;
            c->silent = c->silent || !qp_is_child(c, pl);
        }
    }
    int rc = qp_peer_put(w, in->peer, &p, e);
    /* in the same journal it states how far what is handed back has come: nothing is made again */
    bool goes_on = g->recovering && p.handback_upto > 0 && !epoch_changed;
    if (!rc && (!same || (g->recovering && !goes_on)))
        rc = qp_refill(w, in->peer, g->recovering, e);
    else if (!rc) {
        if (!g->recovering)
            p.handback_upto = 0; /* it has everything, and says so */
        if (!g->recovering && p.refill_at != 0 && p.refill_back != 0) {
            p.refill_at = 1;
            p.refill_back = 0;
        }
        for (size_t i = 0; i < g->n_received && !rc; i++) {
            uint32_t lane = g->received[i]->lane;
            if (lane < 1 || lane > QP_LANES)
                continue;
            rc = qp_queue_trim(w, in->peer, lane, g->received[i]->position, e);
            if (!rc && g->received[i]->position > p.acked[lane - 1])
                rc = acked(w, in->peer, &p, lane, g->received[i]->position, e);
            assert(p.acked[lane - 1] <= w->t->head); /* position_holds looked at each */
        }
        if (!rc)
            rc = qp_peer_put(w, in->peer, &p, e);
    }
    if (!rc)
        rc = qp_verdicts_for(w, in->peer, e);
    if (!rc && qp_is_child(c, pl))
        rc = qp_receipts_for(w, in->peer, e);
    if (!rc && qp_is_child(c, pl))
        rc = qp_ahead_tell(w, in->peer, e);
    qp_out_once(w, QP_OUT_WAKE, in->peer);
    return rc;
}

/* A child that lacks something may lack what it had passed on ahead. */
static int tell_again(struct qp_work *w, const uint8_t peer[QP_ID_LEN], struct qp_err *e)
{
    return qp_is_child(w->c, qp_tree_node(w->c->tree, peer)) ? qp_ahead_tell(w, peer, e) : 0;
}

int qp_on_ack(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_ACK && in->ack.ack);
    const Qp__Ack *ack = in->ack.ack;
    struct qp_peer_entry p;
    int rc = 0;
    qp_peer_read(w->t->tables, w->c->store, in->peer, &p);
    if (ack->rewind || (ack->full && p.refill_at == 0))
        rc = tell_again(w, in->peer, e);
    if (rc || ack->full)
        return rc ? rc : qp_refill(w, in->peer, p.handback_upto > 0, e);
    for (size_t i = 0; i < ack->n_received && !rc; i++) {
        const Qp__Position *r = ack->received[i];
        if (r->lane < 1 || r->lane > QP_LANES || r->position <= p.acked[r->lane - 1] ||
            r->position > w->t->head ||
            (p.refill_at != 0 && r->position >= p.refill_at)) /* it has not been sent yet */
            continue;
        rc = acked(w, in->peer, &p, r->lane, r->position, e);
        if (!rc)
            rc = qp_queue_trim(w, in->peer, r->lane, r->position, e);
    }
    if (ack->signature.len == QP_SIG_LEN)
        memcpy(p.ack_signature, ack->signature.data, QP_SIG_LEN);
    if (!rc)
        rc = qp_peer_put(w, in->peer, &p, e);
    qp_out_once(w, QP_OUT_WAKE, in->peer);
    return rc;
}

/* ---- what a turn leaves ---- */

enum { COUNTED = 64 }; /* of longer queues only the ends are looked at */

/* Nothing is queued that is not in the journal, and nothing that the neighbour has acknowledged. */
static int queues_hold(const struct qp_core *c, const struct qp_txn *t, const uint8_t *peer,
                       const struct qp_peer_entry *p, struct qp_err *e)
{
    assert(t->head < UINT64_MAX);
    uint64_t first;
    bool back;
    for (uint32_t lane = 1; lane <= QP_LANES; lane++) {
        uint64_t said, n;
        if (qp_depth_read(t->tables, c->store, peer, lane, &said))
            return qp_fail(e, QP_ECORRUPT, "how many parcels wait cannot be read");
        n = said > COUNTED ? said : 0;
        for (uint64_t at = 0;
             n <= COUNTED && !qp_queue_next(t->tables, c->store, peer, lane, at + 1, &at, &back);)
            n++;
        if (n != said)
            return qp_fail(e, QP_ECORRUPT, "%" PRIu64 " parcels are queued, and %" PRIu64 " are said to be",
                           n, said);
        if (!qp_queue_next(t->tables, c->store, peer, lane, t->head + 1, &first, &back))
            return qp_fail(e, QP_ECORRUPT, "position %" PRIu64 " is queued, the journal ends at %" PRIu64,
                           first, t->head);
        if (!qp_queue_next(t->tables, c->store, peer, lane, 1, &first, &back) && first <= p->acked[lane - 1])
            return qp_fail(e, QP_ECORRUPT, "position %" PRIu64 " is queued, and acknowledged up to %" PRIu64,
                           first, p->acked[lane - 1]);
    }
    return 0;
}

static int peer_holds(const struct qp_core *c, const struct qp_txn *t, const uint8_t *peer,
                      const struct qp_peer_entry *p, struct qp_err *e)
{
    assert(t->head > 0);
    if (qp_same(peer, c->self.node))
        return qp_fail(e, QP_ECORRUPT, "this node is its own neighbour");
    for (unsigned i = 0; i < QP_LANES; i++) {
        if (p->acked[i] > t->head)
            return qp_fail(e, QP_ECORRUPT,
                           "a neighbour has acknowledged %" PRIu64 ", the journal ends at %" PRIu64,
                           p->acked[i], t->head);
        if (p->received[i] > p->seen_head)
            return qp_fail(e, QP_ECORRUPT,
                           "of a neighbour's journal %" PRIu64 " is here, and %" PRIu64 " was seen",
                           p->received[i], p->seen_head);
    }
    for (size_t i = 0; i < QP_AHEAD_KEPT; i++)
        if (p->ahead[i].position > t->head)
            return qp_fail(e, QP_ECORRUPT, "what came ahead is at %" PRIu64 ", the journal ends at %" PRIu64,
                           p->ahead[i].position, t->head);
    if (p->refill_upto > t->head || p->handback_upto > t->head)
        return qp_fail(e, QP_ECORRUPT,
                       "a queue is made again up to %" PRIu64 ", handed back up to %" PRIu64
                       ", the journal ends at %" PRIu64,
                       p->refill_upto, p->handback_upto, t->head);
    return queues_hold(c, t, peer, p, e);
}

int qp_peers_hold(const struct qp_core *c, const struct qp_txn *t, struct qp_err *e)
{
    assert(t->tables);
    MDB_cursor *cur;
    MDB_val k, v;
    int rc = 0;
    if (mdb_cursor_open(t->tables, qp_store_dbi(c->store, QP_T_PEER), &cur))
        return 0;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_FIRST); !m && !rc;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        struct qp_peer_entry p;
        if (k.mv_size != QP_ID_LEN || v.mv_size != sizeof p)
            continue;
        memcpy(&p, v.mv_data, sizeof p);
        rc = peer_holds(c, t, k.mv_data, &p, e);
    }
    mdb_cursor_close(cur);
    return rc;
}
