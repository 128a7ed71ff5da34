/* heads.c: where each chain stands (rules C1, C2, C5): QP_T_CHAIN.
 *
 *   'h' chain 38 ─► its head here: seq 8, clock 8, hash 32, refused 1
 *   's' chain 38 ─► the final head that the parent stated for a chain of an earlier life of this node
 *   'p' chain 38, seq 8 ─► the parcel's id 32, so that another one for a place that is taken is known for
 *       what it is: a fork
 *
 * A chain is named by origin 16, incarnation 4, scope 1, to 16, lane 1 (qp_chain_key). Called by admission
 * and sealing. */
#include <assert.h>

#include "node/core/private.h"

void qp_chain_key(uint8_t key[QP_CHAIN_KEY], const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                  uint8_t scope, const uint8_t to[QP_ID_LEN], uint8_t lane)
{
    memcpy(key, origin, QP_ID_LEN);
    qp_be32(key + 16, incarnation);
    key[20] = scope;
    memcpy(key + 21, to, QP_ID_LEN);
    key[37] = lane;
}

enum { HELD = 'h', STATED = 's', PLACE = 'p' };
enum { HEAD_KEY = 1 + QP_CHAIN_KEY, PLACE_KEY = HEAD_KEY + 8, HEAD_LEN = 8 + 8 + 32 + 1 };

static void key_of(uint8_t key[HEAD_KEY], uint8_t kind, const struct qp_header *h, uint32_t incarnation)
{
    assert(kind == HELD || kind == STATED || kind == PLACE);
    key[0] = kind;
    qp_chain_key(key + 1, h->origin, incarnation, h->scope, h->to, h->lane);
}

static bool head_get(MDB_txn *txn, struct qp_store *s, const uint8_t key[HEAD_KEY], struct qp_head *h)
{
    assert(key[0] == HELD || key[0] == STATED);
    MDB_val v;
    memset(h, 0, sizeof *h);
    if (qp_get(txn, qp_store_dbi(s, QP_T_CHAIN), key, HEAD_KEY, &v) || v.mv_size != HEAD_LEN)
        return false;
    const uint8_t *p = v.mv_data;
    h->seq = qp_rd64(p);
    h->clock = qp_rd64(p + 8);
    memcpy(h->hash.b, p + 16, 32);
    h->refused = p[48] != 0;
    return true;
}

bool qp_chain_get(MDB_txn *txn, struct qp_store *s, const uint8_t chain[QP_CHAIN_KEY], struct qp_head *h)
{
    uint8_t key[HEAD_KEY] = {HELD};
    memcpy(key + 1, chain, QP_CHAIN_KEY);
    return head_get(txn, s, key, h);
}

static int head_put(struct qp_work *w, const uint8_t key[HEAD_KEY], const struct qp_head *h, struct qp_err *e)
{
    assert(key[0] == HELD || key[0] == STATED);
    uint8_t v[HEAD_LEN];
    qp_be64(v, h->seq);
    qp_be64(v + 8, h->clock);
    memcpy(v + 16, h->hash.b, 32);
    v[48] = h->refused;
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, HEAD_KEY, v, sizeof v, e);
}

int qp_chain_put(struct qp_work *w, const struct qp_header *h, const struct qp_hash *id, struct qp_err *e)
{
    assert(h->seq > 0 && !qp_hash_zero(id));
    uint8_t key[PLACE_KEY];
    key_of(key, HELD, h, h->incarnation);
    struct qp_head head = {.seq = h->seq, .clock = h->clock, .hash = *id};
    int rc = head_put(w, key, &head, e);
    if (rc)
        return rc;
    key[0] = PLACE;
    qp_be64(key + HEAD_KEY, h->seq);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, sizeof key, id->b, 32, e);
}

int qp_chain_refuse(struct qp_work *w, const struct qp_header *h, struct qp_err *e)
{
    uint8_t key[HEAD_KEY];
    struct qp_head head;
    key_of(key, HELD, h, h->incarnation);
    head_get(w->t->tables, w->c->store, key, &head);
    head.refused = true;
    return head_put(w, key, &head, e);
}

bool qp_chain_at(struct qp_work *w, const struct qp_header *h, struct qp_hash *id)
{
    assert(h->seq > 0);
    uint8_t key[PLACE_KEY];
    MDB_val v;
    key_of(key, PLACE, h, h->incarnation);
    qp_be64(key + HEAD_KEY, h->seq);
    if (qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, sizeof key, &v) || v.mv_size != 32)
        return false;
    memcpy(id->b, v.mv_data, 32);
    return true;
}

static uint32_t life_of(struct qp_work *w, uint8_t kind, const uint8_t origin[QP_ID_LEN], uint32_t upto)
{
    assert(kind == HELD || kind == STATED);
    MDB_cursor *cur;
    uint8_t from[HEAD_KEY];
    MDB_val k = {sizeof from, from}, v;
    uint32_t life = 0;
    if (upto == 0 || mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur))
        return 0;
    memset(from, 0xff, sizeof from); /* no scope is 0xff: behind all chains of that incarnation */
    from[0] = kind;
    memcpy(from + 1, origin, QP_ID_LEN);
    qp_be32(from + 1 + QP_ID_LEN, upto);
    int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); /* the first one beyond */
    rc = mdb_cursor_get(cur, &k, &v, rc ? MDB_LAST : MDB_PREV);
    if (!rc && k.mv_size == HEAD_KEY && memcmp(k.mv_data, from, 1 + QP_ID_LEN) == 0)
        life = qp_rd32((const uint8_t *)k.mv_data + 1 + QP_ID_LEN);
    mdb_cursor_close(cur);
    return life;
}

uint32_t qp_chain_life(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t upto)
{
    uint32_t held = life_of(w, HELD, origin, upto), stated = life_of(w, STATED, origin, upto);
    assert(held <= upto && stated <= upto);
    return held > stated ? held : stated;
}

/* The final head that a parent stated for a chain of ours stands beside the chain: the parcels that are
 * handed back fill the chain itself from seq 1. */
void qp_chain_before(struct qp_work *w, const struct qp_header *h, struct qp_hash *prev, bool *any,
                     bool *refused)
{
    assert(h->incarnation > 0);
    memset(prev, 0, sizeof *prev);
    *any = *refused = false;
    for (uint32_t i = qp_chain_life(w, h->origin, h->incarnation - 1); i >= 1;
         i = qp_chain_life(w, h->origin, i - 1)) {
        uint8_t key[HEAD_KEY];
        struct qp_head held, stated;
        key_of(key, HELD, h, i);
        bool a = head_get(w->t->tables, w->c->store, key, &held) && (held.seq > 0 || held.refused);
        key[0] = STATED;
        bool b = head_get(w->t->tables, w->c->store, key, &stated);
        if (!a && !b)
            continue;
        *any = true;
        *refused = a && held.refused;
        *prev = b && stated.seq > held.seq ? stated.hash : held.hash;
        return;
    }
}

int qp_chain_close(struct qp_work *w, const Qp__Head *head, struct qp_err *e)
{
    uint8_t key[HEAD_KEY] = {STATED};
    uint8_t to[QP_ID_LEN] = {0};
    if (head->to.len == QP_ID_LEN)
        memcpy(to, head->to.data, QP_ID_LEN);
    if (head->origin.len != QP_ID_LEN || head->hash.len != QP_HASH_LEN)
        return 0;
    qp_chain_key(key + 1, head->origin.data, head->incarnation, (uint8_t)head->scope, to,
                 (uint8_t)head->lane);
    struct qp_head h = {.seq = head->seq};
    memcpy(h.hash.b, head->hash.data, 32);
    return head_put(w, key, &h, e);
}

int qp_chain_unstate(struct qp_work *w, const uint8_t origin[QP_ID_LEN], struct qp_err *e)
{
    assert(qp_same(origin, w->c->self.node)); /* a parent states the ends of one's own chains alone */
    MDB_cursor *cur;
    uint8_t from[1 + QP_ID_LEN] = {STATED};
    MDB_val k = {sizeof from, from}, v;
    memcpy(from + 1, origin, QP_ID_LEN);
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur);
    if (rc)
        return qp_store_error(rc, "chains", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc; rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size != HEAD_KEY || memcmp(k.mv_data, from, sizeof from) != 0 ||
            (rc = mdb_cursor_del(cur, 0)))
            break;
    }
    mdb_cursor_close(cur);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "chains", e);
}

int qp_chain_each(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                  qp_chain_seen each, void *arg, struct qp_err *e)
{
    assert(each);
    MDB_cursor *cur;
    uint8_t from[1 + QP_ID_LEN + 4] = {HELD};
    MDB_val k = {sizeof from, from}, v;
    memcpy(from + 1, origin, QP_ID_LEN);
    qp_be32(from + 1 + QP_ID_LEN, incarnation);
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur), bad = 0;
    if (rc)
        return qp_store_error(rc, "chains", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc && bad == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        uint8_t key[HEAD_KEY];
        struct qp_head head;
        if (k.mv_size != HEAD_KEY || memcmp(k.mv_data, from, sizeof from) != 0)
            break;
        memcpy(key, k.mv_data, sizeof key); /* what is called may write to the table */
        if (head_get(w->t->tables, w->c->store, key, &head))
            bad = each(arg, key + 1, &head, e);
    }
    mdb_cursor_close(cur);
    return bad != 0 || !rc || rc == MDB_NOTFOUND ? bad : qp_store_error(rc, "chains", e);
}

static int chain_holds(const struct qp_core *c, const struct qp_txn *t, const uint8_t key[HEAD_KEY],
                       struct qp_err *e)
{
    assert(key[0] == HELD);
    struct qp_head head;
    uint8_t place[PLACE_KEY];
    MDB_val v;
    if (!head_get(t->tables, c->store, key, &head) || head.seq == 0)
        return 0;
    memcpy(place, key, HEAD_KEY);
    place[0] = PLACE;
    qp_be64(place + HEAD_KEY, head.seq);
    int rc = qp_get(t->tables, qp_store_dbi(c->store, QP_T_CHAIN), place, sizeof place, &v);
    if (rc == QP_ENOTFOUND || (!rc && (v.mv_size != 32 || memcmp(v.mv_data, head.hash.b, 32) != 0)))
        return qp_fail(e, QP_ECORRUPT, "an own chain does not end with %llu, as its head says",
                       (unsigned long long)head.seq);
    return head.clock <= c->clock ? 0 : qp_fail(e, QP_ECORRUPT, "an own chain is ahead of this node's clock");
}

int qp_chains_hold(const struct qp_core *c, const struct qp_txn *t, struct qp_err *e)
{
    assert(c->self.incarnation > 0);
    MDB_cursor *cur;
    uint8_t from[1 + QP_ID_LEN + 4] = {HELD}, key[HEAD_KEY];
    MDB_val k = {sizeof from, from}, v;
    int rc = 0;
    memcpy(from + 1, c->self.node, QP_ID_LEN);
    qp_be32(from + 1 + QP_ID_LEN, c->self.incarnation);
    if (mdb_cursor_open(t->tables, qp_store_dbi(c->store, QP_T_CHAIN), &cur))
        return 0;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
         !m && !rc && k.mv_size == HEAD_KEY && memcmp(k.mv_data, from, sizeof from) == 0;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        memcpy(key, k.mv_data, sizeof key);
        rc = chain_holds(c, t, key, e);
    }
    mdb_cursor_close(cur);
    return rc;
}

int qp_chain_cut(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY], const Qp__Head *final,
                 struct qp_err *e)
{
    assert(!final || final->hash.len == QP_HASH_LEN);
    uint8_t key[HEAD_KEY] = {HELD};
    struct qp_head h = {0};
    memcpy(key + 1, chain, QP_CHAIN_KEY);
    if (!final)
        return qp_del(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, sizeof key, e);
    h.seq = final->seq;
    memcpy(h.hash.b, final->hash.data, QP_HASH_LEN);
    return head_put(w, key, &h, e);
}

size_t qp_chain_nowhere(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation, size_t most)
{
    assert(most > 0);
    enum { PREFIX = 1 + QP_ID_LEN + 4 + 1 };
    uint8_t key[HEAD_KEY] = {HELD};
    size_t n = 0;
    MDB_cursor *cur;
    MDB_val k = {sizeof key, key}, v;
    if (mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur))
        return 0;
    qp_chain_key(key + 1, origin, incarnation, QP_SCOPE_NODE, qp_nobody, 0);
    while (n < most && !mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE) && k.mv_size == HEAD_KEY &&
           memcmp(k.mv_data, key, PREFIX) == 0) {
        memcpy(key + PREFIX, (const uint8_t *)k.mv_data + PREFIX, QP_ID_LEN);
        key[HEAD_KEY - 1] = 0xff; /* behind this destination's lanes */
        k = (MDB_val){sizeof key, key};
        n += !qp_tree_node(w->c->tree, key + PREFIX);
    }
    mdb_cursor_close(cur);
    return n;
}

/* chain: as qp_chain_key names it */
static bool listed(Qp__Head *const *v, size_t n, const uint8_t *chain)
{
    for (size_t i = 0; i < n; i++)
        if (v[i]->scope == chain[20] && v[i]->lane == chain[37] &&
            memcmp(v[i]->to.len == QP_ID_LEN ? v[i]->to.data : qp_nobody, chain + 21, QP_ID_LEN) == 0)
            return true;
    return false;
}

static Qp__Head *head_new(struct qp_arena *a, const uint8_t *origin, uint32_t incarnation, uint8_t scope,
                          const uint8_t *to, uint8_t lane, uint64_t seq, const uint8_t *hash)
{
    assert(origin && to && hash);
    Qp__Head *h = qp_arena_take(a, sizeof *h);
    if (!h)
        return NULL;
    qp__head__init(h);
    h->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, origin, QP_ID_LEN)};
    h->incarnation = incarnation;
    h->scope = scope;
    if (scope == QP_SCOPE_NODE)
        h->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, to, QP_ID_LEN)};
    h->lane = lane;
    h->seq = seq;
    h->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(a, hash, QP_HASH_LEN)};
    bool whole = h->origin.data && h->hash.data && (h->to.len == 0 || h->to.data);
    return whole ? h : NULL;
}

static Qp__Head *head_at(struct qp_arena *a, const uint8_t *chain, const uint8_t *v)
{
    return head_new(a, chain, qp_rd32(chain + 16), chain[20], chain + 21, chain[37], qp_rd64(v), v + 16);
}

Qp__Head *qp_head_of(struct qp_arena *a, const struct qp_parcel *p)
{
    return head_new(a, p->h.origin, p->h.incarnation, p->h.scope, p->h.to, p->h.lane, p->h.seq, p->id.b);
}

/* An incarnation may have said nothing in some chain: then the one before it has that chain's final head. */
size_t qp_chain_heads(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                      Qp__Head ***out)
{
    assert(out);
    MDB_cursor *cur;
    size_t n = 0;
    *out = qp_arena_take(w->c->arena, sizeof **out * QP_HEADS);
    if (!*out || mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur))
        return 0;
    for (uint32_t inc = qp_chain_life(w, origin, incarnation); inc >= 1;
         inc = qp_chain_life(w, origin, inc - 1)) {
        uint8_t from[1 + QP_ID_LEN + 4] = {HELD};
        MDB_val k = {sizeof from, from}, v;
        memcpy(from + 1, origin, QP_ID_LEN);
        qp_be32(from + 1 + QP_ID_LEN, inc);
        for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc && n < QP_HEADS;
             rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
            const uint8_t *chain = (const uint8_t *)k.mv_data + 1;
            if (k.mv_size != HEAD_KEY || memcmp(k.mv_data, from, sizeof from) != 0)
                break;
            if (v.mv_size != HEAD_LEN || listed(*out, n, chain))
                continue;
            Qp__Head *h = head_at(w->c->arena, chain, v.mv_data);
            if (!h)
                break;
            (*out)[n++] = h;
        }
    }
    mdb_cursor_close(cur);
    return n;
}
