/* route.c: which neighbour a record goes to, the queues that say so, and what a neighbour has committed (L1,
 * L2).
 *
 *             parent                       horizon: up, until the root
 *               ▲                          node:    along the tree path, by way of the common ancestor
 *   child ──► [here] ──► child             subtree: down to every child
 *
 * A queue is an index over the journal and can be made again from it: refill.c. */
#include <assert.h>
#include <inttypes.h>

#include "node/core/private.h"

static const struct qp_place *place_of(const struct qp_core *c, const uint8_t node[QP_ID_LEN])
{
    assert(c->tree);
    return qp_tree_node(c->tree, node);
}

enum qp_way qp_way(const struct qp_core *c, const struct qp_header *h, const uint8_t from[QP_ID_LEN],
                   const struct qp_place *peer, bool handback)
{
    assert(peer && peer != place_of(c, c->self.node)); /* a neighbour, not this node */
    bool mine = qp_same(h->origin, c->self.node);
    bool local = mine && h->scope == QP_SCOPE_NODE && qp_same(h->to, c->self.node);
    if (local)
        return QP_WAY_NONE;
    bool child = qp_is_child(c, peer);
    const struct qp_place *via = mine ? NULL : qp_next_of(c, h->origin);
    if (via == peer) /* its own, or it came this way through it */
        return handback ? QP_WAY_HANDBACK : QP_WAY_NONE;
    if (qp_same(from, peer->cert.node))
        return QP_WAY_NONE;
    switch (h->scope) {
    case QP_SCOPE_HORIZON: return !child && (mine || qp_is_child(c, via)) ? QP_WAY_SEND : QP_WAY_NONE;
    case QP_SCOPE_NODE:
        return !qp_same(h->to, c->self.node) && qp_next_of(c, h->to) == peer ? QP_WAY_SEND : QP_WAY_NONE;
    case QP_SCOPE_SUBTREE:
        return child && (mine || qp_tree_above(c->tree, h->origin)) ? QP_WAY_SEND : QP_WAY_NONE;
    default: return QP_WAY_NONE;
    }
}

static void queue_key(uint8_t key[25], const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position)
{
    assert(lane >= 1 && lane <= QP_LANES);
    memcpy(key, peer, QP_ID_LEN);
    key[16] = (uint8_t)lane;
    qp_be64(key + 17, position);
}

int qp_queue_put(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                 bool handback, struct qp_err *e)
{
    assert(position > 0 && position <= w->t->head);
    uint8_t key[25], one = 1;
    queue_key(key, peer, lane, position);
    MDB_val k = {sizeof key, key}, v = {handback ? 1 : 0, &one};
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_QUEUE);
    int m = mdb_put(w->t->tables, dbi, &k, &v, MDB_NOOVERWRITE);
    if (m == MDB_KEYEXIST) /* it waits already; on which way is said anew */
        return qp_put(w->t->tables, dbi, key, sizeof key, &one, handback ? 1 : 0, e);
    return m != 0 ? qp_store_error(m, "queue", e) : qp_depth_by(w, peer, lane, 1, e);
}

int qp_queue_drop(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                  struct qp_err *e)
{
    assert(position > 0);
    uint8_t key[25];
    MDB_val v;
    queue_key(key, peer, lane, position);
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_QUEUE);
    if (qp_get(w->t->tables, dbi, key, sizeof key, &v) == QP_ENOTFOUND)
        return 0;
    int rc = qp_del(w->t->tables, dbi, key, sizeof key, e);
    return rc != 0 ? rc : qp_depth_by(w, peer, lane, -1, e);
}

/* Onto a neighbour's queue; and a hint, for the few of an idle turn, that spares the way through the tables.
 */
static int queue_new(struct qp_work *w, const struct qp_place *peer, const struct qp_header *h,
                     const struct qp_record *r, struct qp_err *e)
{
    assert(h->lane >= 1 && h->lane <= QP_LANES);
    int rc = qp_queue_put(w, peer->cert.node, h->lane, r->position, false, e);
    if (rc != 0)
        return rc;
    bool passed = w->passed && peer == qp_tree_parent(w->c->tree);
    if (!passed)
        qp_out_once(w, QP_OUT_WAKE, peer->cert.node);
    w->behind |= !passed && peer == qp_tree_parent(w->c->tree);
    if (!passed && w->queued >= QP_QUEUED_A_TURN)
        return 0;
    struct qp_output *o = qp_out(w, QP_OUT_QUEUED, peer->cert.node);
    if (o != NULL) {
        w->queued++;
        o->queued.lane = h->lane;
        o->queued.position = r->position;
        o->queued.hash = r->hash;
        o->queued.parcel = r->parcel;
        o->queued.passed = passed;
    }
    return 0;
}

/* What was handed back here goes on to a neighbour that is coming back as well and that it once came through
 * (K5): at once, in the journal's order, because positions do not go back. */
static int hand_on(struct qp_work *w, const struct qp_header *h, const struct qp_record *r, struct qp_err *e)
{
    assert(r->kind == QP_RECORD_HANDBACK);
    struct qp_core *c = w->c;
    struct qp_peer_entry p;
    const struct qp_place *via = qp_same(h->origin, c->self.node) ? NULL : qp_next_of(c, h->origin);
    if (via == NULL || qp_same(via->cert.node, r->peer))
        return 0;
    qp_peer_read(w->t->tables, c->store, via->cert.node, &p);
    if (p.handback_upto == 0)
        return 0;
    w->refilled = true; /* a hint cannot say that it is a hand-back, and none may pass it */
    qp_out_once(w, QP_OUT_WAKE, via->cert.node);
    return qp_queue_put(w, via->cert.node, h->lane, r->position, true, e);
}

int qp_route(struct qp_work *w, const struct qp_header *h, const struct qp_record *r, struct qp_err *e)
{
    assert(r->position > 0 && r->position <= w->t->head);
    int bad = r->kind == QP_RECORD_HANDBACK ? hand_on(w, h, r, e) : 0;
    if (bad != 0)
        return bad;
    struct qp_core *c = w->c;
    const struct qp_place *to[2] = {qp_tree_parent(c->tree), NULL};
    if (r->kind == QP_RECORD_HANDBACK && !qp_same(h->origin, c->self.node) && h->scope == QP_SCOPE_HORIZON) {
        if (r->peer_position == 0 && to[0] != NULL) /* had gone ahead from here: now it is here, say so */
            return queue_new(w, to[0], h, r, e);
        return 0; /* came down from the parent, who has it */
    }
    if (h->scope == QP_SCOPE_SUBTREE) {
        size_t n = qp_tree_children(c->tree, c->self.node, NULL, 0);
        struct qp_place **kids = qp_arena_take(c->arena, sizeof *kids * (n + 1));
        if (kids == NULL)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory for %zu children", n);
        qp_tree_children(c->tree, c->self.node, kids, n);
        for (size_t i = 0; i < n; i++) {
            if (qp_way(c, h, r->peer, kids[i], false) != QP_WAY_SEND)
                continue;
            int rc = queue_new(w, kids[i], h, r, e);
            if (rc != 0)
                return rc;
        }
        return 0;
    }
    if (h->scope == QP_SCOPE_NODE && !qp_same(h->to, c->self.node))
        to[1] = qp_next_of(c, h->to);
    for (int i = 0; i < 2; i++) {
        if (to[i] == NULL || (i == 1 && to[1] == to[0]) || qp_way(c, h, r->peer, to[i], false) != QP_WAY_SEND)
            continue;
        int rc = queue_new(w, to[i], h, r, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- neighbours ---- */

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
    if (rc == 0 && v.mv_size == sizeof *out)
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

/* Everything up to `position` is committed there: out of the queue. */
static int queue_trim(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                      struct qp_err *e)
{
    assert(lane >= 1 && lane <= QP_LANES);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[25];
    int64_t gone = 0;
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_QUEUE), &cur);
    if (rc != 0)
        return qp_store_error(rc, "queue", e);
    queue_key(from, peer, lane, 0);
    k = (MDB_val){sizeof from, from};
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = k.mv_data;
        if (k.mv_size != 25 || memcmp(p, from, 17) != 0 || qp_rd64(p + 17) > position)
            break;
        if ((rc = mdb_cursor_del(cur, 0)) != 0)
            break;
        gone++;
    }
    mdb_cursor_close(cur);
    if (rc != 0 && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "queue", e);
    return gone > 0 ? qp_depth_by(w, peer, lane, -gone, e) : 0;
}

/* A neighbour has committed all up to there; of a parent it is noted since when. */
static int acked(struct qp_work *w, const uint8_t peer[QP_ID_LEN], struct qp_peer_entry *p, uint32_t lane,
                 uint64_t position, struct qp_err *e)
{
    assert(position > p->acked[lane - 1] && position <= w->t->head);
    p->acked[lane - 1] = position;
    const struct qp_place *up = qp_tree_parent(w->c->tree);
    return up != NULL && qp_same(up->cert.node, peer)
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
    return qp_journal_hash_of(w->t->journal, w->c->store, position, &there) == 0 &&
           memcmp(there.b, hash->data, QP_HASH_LEN) == 0;
}

static bool differs(struct qp_work *w, const Qp__Position *p)
{
    assert(p);
    struct qp_hash there;
    return p->position > 0 && p->position <= w->t->head && p->hash.len == QP_HASH_LEN &&
           qp_journal_hash_of(w->t->journal, w->c->store, p->position, &there) == 0 &&
           memcmp(there.b, p->hash.data, QP_HASH_LEN) != 0;
}

/* C5: whoever looks after this place must know that a copy of that child's folder ran: the copy is silent from now on and does not
 * dial again, and the true one's next greeting shows nothing of it. */
static void note_copy(const struct qp_work *w, struct qp_peer_entry *p, const struct qp_place *child)
{
    assert(qp_is_child(w->c, child));
    p->copy_us = w->now_us;
    p->copy_incarnation = child->cert.incarnation;
}

int qp_on_copy(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_COPY);
    const struct qp_place *pl = place_of(w->c, in->peer);
    struct qp_peer_entry p;
    if (pl == NULL || !qp_is_child(w->c, pl))
        return 0;
    qp_peer_read(w->t->tables, w->c->store, in->peer, &p);
    note_copy(w, &p, pl);
    return qp_peer_put(w, in->peer, &p, e);
}

int qp_on_peer(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_PEER && in->peer_open.greeting);
    struct qp_core *c = w->c;
    const Qp__Greeting *g = in->peer_open.greeting;
    struct qp_peer_entry p;
    const struct qp_place *pl = place_of(c, in->peer);
    if (pl == NULL)
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
    if (rc == 0 && (!same || (g->recovering && !goes_on)))
        rc = qp_refill(w, in->peer, g->recovering, e);
    else if (rc == 0) {
        if (!g->recovering)
            p.handback_upto = 0; /* it has everything, and says so */
        if (!g->recovering && p.refill_at != 0 && p.refill_back != 0) {
            p.refill_at = 1;
            p.refill_back = 0;
        }
        for (size_t i = 0; i < g->n_received && rc == 0; i++) {
            uint32_t lane = g->received[i]->lane;
            if (lane < 1 || lane > QP_LANES)
                continue;
            rc = queue_trim(w, in->peer, lane, g->received[i]->position, e);
            if (rc == 0 && g->received[i]->position > p.acked[lane - 1])
                rc = acked(w, in->peer, &p, lane, g->received[i]->position, e);
            assert(p.acked[lane - 1] <= w->t->head); /* position_holds looked at each */
        }
        if (rc == 0)
            rc = qp_peer_put(w, in->peer, &p, e);
    }
    if (rc == 0)
        rc = qp_verdicts_for(w, in->peer, e);
    if (rc == 0 && qp_is_child(c, pl))
        rc = qp_receipts_for(w, in->peer, e);
    if (rc == 0 && qp_is_child(c, pl))
        rc = qp_ahead_tell(w, in->peer, e);
    qp_out_once(w, QP_OUT_WAKE, in->peer);
    return rc;
}

/* A child that lacks something may lack what it had passed on ahead. */
static int tell_again(struct qp_work *w, const uint8_t peer[QP_ID_LEN], struct qp_err *e)
{
    return qp_is_child(w->c, place_of(w->c, peer)) ? qp_ahead_tell(w, peer, e) : 0;
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
    if (rc != 0 || ack->full)
        return rc != 0 ? rc : qp_refill(w, in->peer, p.handback_upto > 0, e);
    for (size_t i = 0; i < ack->n_received && rc == 0; i++) {
        const Qp__Position *r = ack->received[i];
        if (r->lane < 1 || r->lane > QP_LANES || r->position <= p.acked[r->lane - 1] ||
            r->position > w->t->head ||
            (p.refill_at != 0 && r->position >= p.refill_at)) /* it has not been sent yet */
            continue;
        rc = acked(w, in->peer, &p, r->lane, r->position, e);
        if (rc == 0)
            rc = queue_trim(w, in->peer, r->lane, r->position, e);
    }
    if (ack->signature.len == QP_SIG_LEN)
        memcpy(p.ack_signature, ack->signature.data, QP_SIG_LEN);
    if (rc == 0)
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
        if (qp_depth_read(t->tables, c->store, peer, lane, &said) != 0)
            return qp_fail(e, QP_ECORRUPT, "how many parcels wait cannot be read");
        n = said > COUNTED ? said : 0;
        for (uint64_t at = 0;
             n <= COUNTED && qp_queue_next(t->tables, c->store, peer, lane, at + 1, &at, &back) == 0;)
            n++;
        if (n != said)
            return qp_fail(e, QP_ECORRUPT, "%" PRIu64 " parcels are queued, and %" PRIu64 " are said to be",
                           n, said);
        if (qp_queue_next(t->tables, c->store, peer, lane, t->head + 1, &first, &back) == 0)
            return qp_fail(e, QP_ECORRUPT, "position %" PRIu64 " is queued, the journal ends at %" PRIu64,
                           first, t->head);
        if (qp_queue_next(t->tables, c->store, peer, lane, 1, &first, &back) == 0 &&
            first <= p->acked[lane - 1])
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
    assert(t->tables != NULL);
    MDB_cursor *cur;
    MDB_val k, v;
    int rc = 0;
    if (mdb_cursor_open(t->tables, qp_store_dbi(c->store, QP_T_PEER), &cur) != 0)
        return 0;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_FIRST); m == 0 && rc == 0;
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

int qp_queue_next(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN], uint32_t lane,
                  uint64_t position, uint64_t *found, bool *handback)
{
    assert(position > 0 && found && handback);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[25];
    if (mdb_cursor_open(tables, qp_store_dbi(s, QP_T_QUEUE), &cur) != 0)
        return QP_EIO;
    queue_key(from, peer, lane, position);
    k = (MDB_val){sizeof from, from};
    int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    bool hit = rc == 0 && k.mv_size == 25 && memcmp(k.mv_data, from, 17) == 0;
    if (hit) {
        *found = qp_rd64((uint8_t *)k.mv_data + 17);
        *handback = v.mv_size == 1;
    }
    mdb_cursor_close(cur);
    return hit ? 0 : QP_ENOTFOUND;
}
