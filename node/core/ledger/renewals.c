/* renewals.c: who goes on as his next incarnation after a refusal (E6), and what this node itself has to say
 * again since (QP_T_RENEWAL).
 *
 *   'n' node 16  ─► times 4, when 8, because: this node, and children that it certified
 *   's' ─► this node's certificate 32, the salt of its key 32     'w' ─► the salt that it asks with 32, as what 4
 *   'o' chain 38 ─► the place from which it is said again 8       'c' ─► how far that has come 8 */
#include <assert.h>

#include "node/core/renew.h"

enum { NODE = 'n', SELF = 's', WANTED = 'w', OWED = 'o', CURSOR = 'c' };
enum { NODE_KEY = 1 + QP_ID_LEN, OWED_KEY = 1 + QP_CHAIN_KEY, NODE_LEAST = 12 };

static MDB_dbi table(const struct qp_core *c)
{
    return qp_store_dbi(c->store, QP_T_RENEWAL);
}

static void node_key(uint8_t key[NODE_KEY], const uint8_t node[QP_ID_LEN])
{
    key[0] = NODE;
    memcpy(key + 1, node, QP_ID_LEN);
}

int qp_renewal_put(struct qp_work *w, const uint8_t node[QP_ID_LEN], const struct qp_renewal *r,
                   struct qp_err *e)
{
    uint8_t key[NODE_KEY], v[NODE_LEAST + QP_NOTE_BYTES];
    size_t len = strlen(r->because);
    assert(len <= QP_NOTE_BYTES);
    node_key(key, node);
    qp_be32(v, r->times);
    qp_be64(v + 4, (uint64_t)r->at_us);
    memcpy(v + NODE_LEAST, r->because, len);
    return qp_put(w->t->tables, table(w->c), key, sizeof key, v, NODE_LEAST + len, e);
}

int qp_renewal_end(struct qp_work *w, const uint8_t node[QP_ID_LEN], struct qp_err *e)
{
    uint8_t key[NODE_KEY];
    node_key(key, node);
    return qp_del(w->t->tables, table(w->c), key, sizeof key, e);
}

static void renewal_at(struct qp_renewal *r, const MDB_val *v)
{
    assert(v->mv_size >= NODE_LEAST);
    const uint8_t *p = v->mv_data;
    size_t len = v->mv_size - NODE_LEAST;
    r->times = qp_rd32(p);
    r->at_us = (int64_t)qp_rd64(p + 4);
    len = len < sizeof r->because ? len : sizeof r->because - 1;
    memcpy(r->because, p + NODE_LEAST, len);
    r->because[len] = 0;
}

bool qp_renewal_get(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], struct qp_renewal *r)
{
    uint8_t key[NODE_KEY];
    MDB_val v;
    memset(r, 0, sizeof *r);
    node_key(key, node);
    if (qp_get(tables, qp_store_dbi(s, QP_T_RENEWAL), key, sizeof key, &v) || v.mv_size < NODE_LEAST)
        return false;
    renewal_at(r, &v);
    return true;
}

int qp_renewals_read(struct qp_read *r, struct qp_renewal *out, size_t cap, size_t *n)
{
    MDB_cursor *cur;
    uint8_t from = NODE;
    MDB_val k = {1, &from}, v;
    *n = 0;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_RENEWAL), &cur))
        return QP_EIO;
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc && *n < cap;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size != NODE_KEY || *(const uint8_t *)k.mv_data != NODE)
            break;
        if (v.mv_size < NODE_LEAST)
            continue;
        memcpy(out[*n].node, (const uint8_t *)k.mv_data + 1, QP_ID_LEN);
        renewal_at(&out[(*n)++], &v);
    }
    assert(*n <= cap);
    mdb_cursor_close(cur);
    return 0;
}

/* ---- this node itself ---- */

int qp_renewal_self_put(struct qp_work *w, const struct qp_hash *certificate, const uint8_t salt[QP_SEED_LEN],
                        struct qp_err *e)
{
    assert(!qp_hash_zero(certificate));
    uint8_t key = SELF, v[QP_HASH_LEN + QP_SEED_LEN];
    memcpy(v, certificate->b, QP_HASH_LEN);
    memcpy(v + QP_HASH_LEN, salt, QP_SEED_LEN);
    return qp_put(w->t->tables, table(w->c), &key, 1, v, sizeof v, e);
}

bool qp_renewal_self(MDB_txn *tables, struct qp_store *s, struct qp_hash *certificate,
                     uint8_t salt[QP_SEED_LEN])
{
    uint8_t key = SELF;
    MDB_val v;
    if (qp_get(tables, qp_store_dbi(s, QP_T_RENEWAL), &key, 1, &v) || v.mv_size != QP_HASH_LEN + QP_SEED_LEN)
        return false;
    memcpy(certificate->b, v.mv_data, QP_HASH_LEN);
    memcpy(salt, (const uint8_t *)v.mv_data + QP_HASH_LEN, QP_SEED_LEN);
    return true;
}

int qp_renewal_want_put(struct qp_work *w, const uint8_t salt[QP_SEED_LEN], struct qp_err *e)
{
    assert(w->c->self.incarnation > 0); /* it asks as what it is now: as the next one it asks anew */
    uint8_t key = WANTED, v[QP_SEED_LEN + 4];
    memcpy(v, salt, QP_SEED_LEN);
    qp_be32(v + QP_SEED_LEN, w->c->self.incarnation);
    return qp_put(w->t->tables, table(w->c), &key, 1, v, sizeof v, e);
}

bool qp_renewal_wanted(const struct qp_core *c, MDB_txn *tables, uint8_t salt[QP_SEED_LEN])
{
    uint8_t key = WANTED;
    MDB_val v;
    if (qp_get(tables, table(c), &key, 1, &v) || v.mv_size != QP_SEED_LEN + 4 ||
        qp_rd32((const uint8_t *)v.mv_data + QP_SEED_LEN) != c->self.incarnation)
        return false;
    memcpy(salt, v.mv_data, QP_SEED_LEN);
    return true;
}

/* ---- what is said again ---- */

static void owed_key(uint8_t key[OWED_KEY], const uint8_t chain[QP_CHAIN_KEY])
{
    key[0] = OWED;
    memcpy(key + 1, chain, QP_CHAIN_KEY);
}

int qp_owed_put(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY], uint64_t from, struct qp_err *e)
{
    assert(from > 0);
    uint8_t key[OWED_KEY], v[8];
    owed_key(key, chain);
    qp_be64(v, from);
    return qp_put(w->t->tables, table(w->c), key, sizeof key, v, sizeof v, e);
}

bool qp_owed(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY], uint64_t *from)
{
    uint8_t key[OWED_KEY];
    MDB_val v;
    owed_key(key, chain);
    if (qp_get(w->t->tables, table(w->c), key, sizeof key, &v) || v.mv_size != 8)
        return false;
    *from = qp_rd64(v.mv_data);
    return true;
}

int qp_owed_cursor_put(struct qp_work *w, uint64_t at, struct qp_err *e)
{
    assert(at > 0); /* 0 says that nothing is said again */
    uint8_t key = CURSOR, v[8];
    qp_be64(v, at);
    return qp_put(w->t->tables, table(w->c), &key, 1, v, sizeof v, e);
}

uint64_t qp_owed_cursor(const struct qp_core *c, MDB_txn *tables)
{
    uint8_t key = CURSOR;
    MDB_val v;
    return !qp_get(tables, table(c), &key, 1, &v) && v.mv_size == 8 ? qp_rd64(v.mv_data) : 0;
}

int qp_owed_end(struct qp_work *w, struct qp_err *e)
{
    assert(!w->c->resaying); /* all of it was said */
    MDB_cursor *cur;
    uint8_t from = OWED, cursor = CURSOR;
    MDB_val k = {1, &from}, v;
    int rc = mdb_cursor_open(w->t->tables, table(w->c), &cur);
    if (rc)
        return qp_store_error(rc, "what is said again", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc; rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (*(const uint8_t *)k.mv_data != OWED || (rc = mdb_cursor_del(cur, 0)))
            break;
    }
    mdb_cursor_close(cur);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "what is said again", e);
    return qp_del(w->t->tables, table(w->c), &cursor, 1, e);
}

int qp_resaid(struct qp_work *w, const struct qp_header *h, const Qp__Event *ev, uint64_t position,
              uint32_t index, struct qp_err *e)
{
    assert(position > 0 && qp_same(h->origin, w->c->self.node)); /* where it stands from now on */
    bool anew = w->c->resaying && h->scope == QP_SCOPE_HORIZON && ev->incarnation < h->incarnation &&
                ev->matter.len == QP_ID_LEN && ev->body_case != QP__EVENT__BODY_VOUCHED;
    return anew ? qp_matter_moved(&w->m, ev, position, index, e) : 0;
}
