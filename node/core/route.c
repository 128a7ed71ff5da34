/* route.c: which neighbour a record goes to, and the queues that say so.
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
    return m ? qp_store_error(m, "queue", e) : qp_depth_by(w, peer, lane, 1, e);
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
    return rc ? rc : qp_depth_by(w, peer, lane, -1, e);
}

/* Onto a neighbour's queue; and a hint, for the few of an idle turn, that spares the way through the tables.
 */
static int queue_new(struct qp_work *w, const struct qp_place *peer, const struct qp_header *h,
                     const struct qp_record *r, struct qp_err *e)
{
    assert(h->lane >= 1 && h->lane <= QP_LANES);
    int rc = qp_queue_put(w, peer->cert.node, h->lane, r->position, false, e);
    if (rc)
        return rc;
    bool passed = w->passed && peer == qp_tree_parent(w->c->tree);
    if (!passed)
        qp_out_once(w, QP_OUT_WAKE, peer->cert.node);
    w->behind |= !passed && peer == qp_tree_parent(w->c->tree);
    if (!passed && w->queued >= QP_QUEUED_A_TURN)
        return 0;
    struct qp_output *o = qp_out(w, QP_OUT_QUEUED, peer->cert.node);
    if (o) {
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
    if (!via || qp_same(via->cert.node, r->peer))
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
        if (r->peer_position == 0 && to[0]) /* had gone ahead from here: now it is here, say so */
            return queue_new(w, to[0], h, r, e);
        return 0; /* came down from the parent, who has it */
    }
    if (h->scope == QP_SCOPE_SUBTREE) {
        size_t n = qp_tree_children(c->tree, c->self.node, NULL, 0);
        struct qp_place **kids = qp_arena_take(c->arena, sizeof *kids * (n + 1));
        if (!kids)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory for %zu children", n);
        qp_tree_children(c->tree, c->self.node, kids, n);
        for (size_t i = 0; i < n; i++) {
            if (qp_way(c, h, r->peer, kids[i], false) != QP_WAY_SEND)
                continue;
            int rc = queue_new(w, kids[i], h, r, e);
            if (rc)
                return rc;
        }
        return 0;
    }
    if (h->scope == QP_SCOPE_NODE && !qp_same(h->to, c->self.node))
        to[1] = qp_next_of(c, h->to);
    for (int i = 0; i < 2; i++) {
        if (!to[i] || (i == 1 && to[1] == to[0]) || qp_way(c, h, r->peer, to[i], false) != QP_WAY_SEND)
            continue;
        int rc = queue_new(w, to[i], h, r, e);
        if (rc)
            return rc;
    }
    return 0;
}

/* Everything up to `position` is committed there: out of the queue. */
int qp_queue_trim(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                  struct qp_err *e)
{
    assert(lane >= 1 && lane <= QP_LANES);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[25];
    int64_t gone = 0;
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_QUEUE), &cur);
    if (rc)
        return qp_store_error(rc, "queue", e);
    queue_key(from, peer, lane, 0);
    k = (MDB_val){sizeof from, from};
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc; rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = k.mv_data;
        if (k.mv_size != 25 || memcmp(p, from, 17) != 0 || qp_rd64(p + 17) > position)
            break;
        if ((rc = mdb_cursor_del(cur, 0)))
            break;
        gone++;
    }
    mdb_cursor_close(cur);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "queue", e);
    return gone > 0 ? qp_depth_by(w, peer, lane, -gone, e) : 0;
}

int qp_queue_next(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN], uint32_t lane,
                  uint64_t position, uint64_t *found, bool *handback)
{
    assert(position > 0 && found && handback);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[25];
    if (mdb_cursor_open(tables, qp_store_dbi(s, QP_T_QUEUE), &cur))
        return QP_EIO;
    queue_key(from, peer, lane, position);
    k = (MDB_val){sizeof from, from};
    int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    bool hit = !rc && k.mv_size == 25 && memcmp(k.mv_data, from, 17) == 0;
    if (hit) {
        *found = qp_rd64((uint8_t *)k.mv_data + 17);
        *handback = v.mv_size == 1;
    }
    mdb_cursor_close(cur);
    return hit ? 0 : QP_ENOTFOUND;
}
