/* chain.c: where each chain stands (rules C1, C2, C5). One entry a chain, and the id of every parcel in it,
 * so that another parcel for a place that is taken is known for what it is: a fork. Called by admission and
 * sealing. */
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

static void key_of(uint8_t key[QP_CHAIN_KEY], const struct qp_header *h, uint32_t incarnation)
{
    qp_chain_key(key, h->origin, incarnation, h->scope, h->to, h->lane);
}

enum { HEAD_LEN = 8 + 8 + 32 + 1 };

bool qp_chain_get(MDB_txn *txn, struct qp_store *s, const uint8_t key[QP_CHAIN_KEY], struct qp_head *h)
{
    MDB_val v;
    memset(h, 0, sizeof *h);
    if (qp_get(txn, qp_store_dbi(s, QP_T_CHAIN), key, QP_CHAIN_KEY, &v) != 0 || v.mv_size != HEAD_LEN)
        return false;
    const uint8_t *p = v.mv_data;
    h->seq = qp_rd64(p);
    h->clock = qp_rd64(p + 8);
    memcpy(h->hash.b, p + 16, 32);
    h->refused = p[48] != 0;
    return true;
}

static int head_put(struct qp_work *w, const uint8_t key[QP_CHAIN_KEY], const struct qp_head *h,
                    struct qp_err *e)
{
    uint8_t v[HEAD_LEN];
    qp_be64(v, h->seq);
    qp_be64(v + 8, h->clock);
    memcpy(v + 16, h->hash.b, 32);
    v[48] = h->refused;
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, QP_CHAIN_KEY, v, sizeof v, e);
}

int qp_chain_put(struct qp_work *w, const struct qp_header *h, const struct qp_hash *id, struct qp_err *e)
{
    uint8_t key[QP_CHAIN_KEY + 8];
    key_of(key, h, h->incarnation);
    struct qp_head head = {.seq = h->seq, .clock = h->clock, .hash = *id};
    int rc = head_put(w, key, &head, e);
    if (rc != 0)
        return rc;
    qp_be64(key + QP_CHAIN_KEY, h->seq);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, sizeof key, id->b, 32, e);
}

int qp_chain_refuse(struct qp_work *w, const struct qp_header *h, struct qp_err *e)
{
    uint8_t key[QP_CHAIN_KEY];
    struct qp_head head;
    key_of(key, h, h->incarnation);
    qp_chain_get(w->t->tables, w->c->store, key, &head);
    head.refused = true;
    return head_put(w, key, &head, e);
}

bool qp_chain_at(struct qp_work *w, const struct qp_header *h, struct qp_hash *id)
{
    uint8_t key[QP_CHAIN_KEY + 8];
    MDB_val v;
    key_of(key, h, h->incarnation);
    qp_be64(key + QP_CHAIN_KEY, h->seq);
    if (qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), key, sizeof key, &v) != 0 ||
        v.mv_size != 32)
        return false;
    memcpy(id->b, v.mv_data, 32);
    return true;
}

/* The final head that a parent stated for a chain of ours stands beside the chain, under its lane with the
 * top bit set: the parcels that are handed back fill the chain itself from seq 1. */
void qp_chain_before(struct qp_work *w, const struct qp_header *h, struct qp_hash *prev, bool *any,
                     bool *refused)
{
    memset(prev, 0, sizeof *prev);
    *any = *refused = false;
    for (uint32_t i = h->incarnation - 1; i >= 1; i--) {
        uint8_t key[QP_CHAIN_KEY];
        struct qp_head held, stated;
        key_of(key, h, i);
        bool a = qp_chain_get(w->t->tables, w->c->store, key, &held) && (held.seq > 0 || held.refused);
        key[QP_CHAIN_KEY - 1] |= 0x80;
        bool b = qp_chain_get(w->t->tables, w->c->store, key, &stated);
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
    uint8_t key[QP_CHAIN_KEY];
    uint8_t to[QP_ID_LEN] = {0};
    if (head->to.len == QP_ID_LEN)
        memcpy(to, head->to.data, QP_ID_LEN);
    if (head->origin.len != QP_ID_LEN || head->hash.len != QP_HASH_LEN)
        return 0;
    qp_chain_key(key, head->origin.data, head->incarnation, (uint8_t)head->scope, to,
                 (uint8_t)(head->lane | 0x80));
    struct qp_head h = {.seq = head->seq};
    memcpy(h.hash.b, head->hash.data, 32);
    return head_put(w, key, &h, e);
}

int qp_chain_unstate(struct qp_work *w, const uint8_t origin[QP_ID_LEN], struct qp_err *e)
{
    MDB_cursor *cur;
    uint8_t from[QP_ID_LEN];
    MDB_val k = {sizeof from, from}, v;
    memcpy(from, origin, QP_ID_LEN);
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur);
    if (rc != 0)
        return qp_store_error(rc, "chains", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = k.mv_data;
        if (k.mv_size < QP_CHAIN_KEY || !qp_same(p, from))
            break;
        if (k.mv_size == QP_CHAIN_KEY && (p[QP_CHAIN_KEY - 1] & 0x80) != 0 &&
            (rc = mdb_cursor_del(cur, 0)) != 0)
            break;
    }
    mdb_cursor_close(cur);
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "chains", e);
}

static bool listed(Qp__Head *const *v, size_t n, const uint8_t *key)
{
    static const uint8_t nobody[QP_ID_LEN];
    for (size_t i = 0; i < n; i++)
        if (v[i]->scope == key[20] && v[i]->lane == key[37] &&
            memcmp(v[i]->to.len == QP_ID_LEN ? v[i]->to.data : nobody, key + 21, QP_ID_LEN) == 0)
            return true;
    return false;
}

static Qp__Head *head_at(struct qp_arena *a, const uint8_t *key, const uint8_t *v)
{
    Qp__Head *h = qp_arena_take(a, sizeof *h);
    if (h == NULL)
        return NULL;
    qp__head__init(h);
    h->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, key, QP_ID_LEN)};
    h->incarnation = qp_rd32(key + 16);
    h->scope = key[20];
    if (h->scope == QP_SCOPE_NODE)
        h->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, key + 21, QP_ID_LEN)};
    h->lane = key[37];
    h->seq = qp_rd64(v);
    h->hash = (ProtobufCBinaryData){32, qp_arena_copy(a, v + 16, 32)};
    return h;
}

/* An incarnation may have said nothing in some chain: then the one before it has that chain's final head. */
size_t qp_chain_heads(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                      Qp__Head ***out)
{
    MDB_cursor *cur;
    size_t n = 0;
    *out = qp_arena_take(w->c->arena, sizeof **out * QP_HEADS);
    if (*out == NULL || mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_CHAIN), &cur) != 0)
        return 0;
    for (uint32_t inc = incarnation; inc >= 1; inc--) {
        uint8_t from[20];
        MDB_val k = {sizeof from, from}, v;
        memcpy(from, origin, QP_ID_LEN);
        qp_be32(from + 16, inc);
        for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0 && n < QP_HEADS;
             rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
            const uint8_t *p = k.mv_data;
            if (k.mv_size < sizeof from || memcmp(p, from, sizeof from) != 0)
                break;
            if (k.mv_size != QP_CHAIN_KEY || v.mv_size != HEAD_LEN || (p[37] & 0x80) != 0 ||
                listed(*out, n, p))
                continue;
            Qp__Head *h = head_at(w->c->arena, p, v.mv_data);
            if (h == NULL)
                break;
            (*out)[n++] = h;
        }
    }
    mdb_cursor_close(cur);
    return n;
}

Qp__Head *qp_head_of(struct qp_arena *a, const struct qp_parcel *p)
{
    Qp__Head *h = qp_arena_take(a, sizeof *h);
    if (h == NULL)
        return NULL;
    qp__head__init(h);
    h->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, p->h.origin, QP_ID_LEN)};
    h->incarnation = p->h.incarnation;
    h->scope = p->h.scope;
    if (h->scope == QP_SCOPE_NODE)
        h->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, p->h.to, QP_ID_LEN)};
    h->lane = p->h.lane;
    h->seq = p->h.seq;
    h->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(a, p->id.b, QP_HASH_LEN)};
    bool whole = h->origin.data != NULL && h->hash.data != NULL && (h->to.len == 0 || h->to.data != NULL);
    return whole ? h : NULL;
}
