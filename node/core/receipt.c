/* receipt.c: the third tick (L6). The horizon signs how far it holds each origin's chain to it; that flows
 * down the links to the origin and is kept on the way, never journaled, repeated at each hello, and never
 * lower than what was shown.
 *
 * A signature takes longer than all else that the root does for a small parcel, and nobody but the origin
 * waits for it: it is left to the next turn, so that what was reported is shown first. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

static void signed_bytes(uint8_t out[16 + 4 + 1 + 8 + 32], const Qp__Receipt *r)
{
    assert(r->origin.len == QP_ID_LEN && r->hash.len == QP_HASH_LEN);
    memcpy(out, r->origin.data, 16);
    qp_be32(out + 16, r->incarnation);
    out[20] = (uint8_t)r->lane;
    qp_be64(out + 21, r->seq);
    memcpy(out + 29, r->hash.data, 32);
}
enum { SIGNED = 16 + 4 + 1 + 8 + 32, RECEIPT_KEY = QP_ID_LEN + 4 + 1 };

static void receipt_key(uint8_t key[RECEIPT_KEY], const uint8_t *origin, uint32_t incarnation, uint32_t lane)
{
    assert(lane == QP_LANE_URGENT || lane == QP_LANE_BULK);
    memcpy(key, origin, QP_ID_LEN);
    qp_be32(key + 16, incarnation);
    key[20] = (uint8_t)lane;
}

static int due(struct qp_work *w, const struct qp_due *d)
{
    assert(w->nreceipts <= w->capreceipts || w->capreceipts == 0);
    for (size_t i = 0; i < w->nreceipts; i++) {
        struct qp_due *x = &w->receipts[i];
        if (x->lane == d->lane && x->incarnation == d->incarnation && qp_same(x->origin, d->origin)) {
            *x = *d;
            return 0;
        }
    }
    struct qp_due *v = qp_arena_list(w->c->arena, w->receipts, w->nreceipts, &w->capreceipts, sizeof *v, 64);
    if (!v)
        return QP_ENOMEM;
    w->receipts = v;
    w->receipts[w->nreceipts++] = *d;
    return 0;
}

enum { PUT_OFF_US = 300 };

int qp_receipts_begin(struct qp_work *w, struct qp_err *e)
{
    assert(w->nreceipts == 0 && w->signs == 0);
    struct qp_core *c = w->c;
    if (c->due_signed) { /* by a turn that was committed */
        struct qp_dues had = c->due;
        c->due = c->next_due;
        c->next_due = had;
        c->due_signed = false;
    }
    for (size_t i = 0; i < c->due.n; i++)
        if (due(w, &c->due.v[i]))
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    w->signs = w->nreceipts;
    return 0;
}

static int put_off(struct qp_work *w, struct qp_err *e)
{
    assert(w->nreceipts >= w->signs);
    struct qp_dues *next = &w->c->next_due;
    size_t n = w->nreceipts - w->signs;
    if (n > next->cap) {
        struct qp_due *v = realloc(next->v, n * sizeof *v);
        if (!v)
            return qp_fail(e, QP_ENOMEM, "no memory for receipts");
        next->v = v;
        next->cap = n;
    }
    if (n > 0)
        memcpy(next->v, w->receipts + w->signs, n * sizeof *next->v);
    next->n = n;
    w->c->due_signed = true;
    return 0;
}

int64_t qp_receipts_wait(const struct qp_work *w)
{
    assert(w->nreceipts == 0); /* they were given out or put off */
    return w->c->next_due.n > 0 ? w->now_us + PUT_OFF_US : INT64_MAX;
}

void qp_receipts_forget(struct qp_core *c)
{
    c->next_due.n = 0;
    c->due_signed = false;
}

void qp_receipts_close(struct qp_core *c)
{
    free(c->due.v);
    free(c->next_due.v);
}

/* At the root: a parcel for the horizon has come. One receipt a turn for each chain. */
int qp_receipt_due(struct qp_work *w, const struct qp_parcel *p)
{
    assert(p->h.seq > 0);
    if (p->h.scope != QP_SCOPE_HORIZON || p->h.lane == QP_LANE_LINE || qp_tree_parent(w->c->tree))
        return 0; /* what people say on lines has no horizon, whoever gives it one */
    struct qp_due d = {.incarnation = p->h.incarnation, .lane = p->h.lane, .seq = p->h.seq, .hash = p->id};
    memcpy(d.origin, p->h.origin, QP_ID_LEN);
    return due(w, &d);
}

static int keep_and_send(struct qp_work *w, const Qp__Receipt *r, struct qp_err *e)
{
    assert(r->signature.len == QP_SIG_LEN);
    uint8_t key[RECEIPT_KEY];
    size_t len;
    bool unknown;
    uint8_t *bytes = qp_encode(&r->base, w->c->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    receipt_key(key, r->origin.data, r->incarnation, r->lane);
    int rc = qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), key, sizeof key, bytes, len, e);
    if (!rc && qp_tree_parent(w->c->tree))
        rc = qp_held_note(w, QP_HELD_BY_HORIZON, r->origin.data, r->incarnation, r->lane, r->seq, e);
    const struct qp_place *via = qp_tree_next(w->c->tree, r->origin.data, &unknown);
    if (!rc && via && via != qp_tree_parent(w->c->tree)) {
        struct qp_output *o = qp_out(w, QP_OUT_RECEIPT, via->cert.node);
        if (o)
            o->receipt = r;
    }
    return rc;
}

int qp_receipts_out(struct qp_work *w, struct qp_err *e)
{
    assert(w->signs <= w->nreceipts);
    struct qp_arena *a = w->c->arena;
    int rc = 0;
    for (size_t i = 0; i < w->signs && !rc; i++) {
        Qp__Receipt *r = qp_arena_take(a, sizeof *r);
        uint8_t *sig = qp_arena_take(a, QP_SIG_LEN), msg[SIGNED];
        if (!r || !sig)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        qp__receipt__init(r);
        r->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, w->receipts[i].origin, QP_ID_LEN)};
        r->incarnation = w->receipts[i].incarnation;
        r->lane = w->receipts[i].lane;
        r->seq = w->receipts[i].seq;
        r->hash = (ProtobufCBinaryData){32, qp_arena_copy(a, w->receipts[i].hash.b, 32)};
        signed_bytes(msg, r);
        qp_sign(sig, QP_TAG_RECEIPT, msg, sizeof msg, w->c->sign_sk);
        r->signature = (ProtobufCBinaryData){QP_SIG_LEN, sig};
        rc = keep_and_send(w, r, e);
    }
    if (!rc)
        rc = put_off(w, e);
    w->nreceipts = 0;
    return rc;
}

int qp_on_receipt(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_RECEIPT && in->receipt.receipt);
    const Qp__Receipt *r = in->receipt.receipt;
    uint8_t key[RECEIPT_KEY], msg[SIGNED];
    MDB_val v;
    Qp__Receipt *had;
    struct qp_cert root;
    if (r->origin.len != QP_ID_LEN || r->hash.len != 32 || r->signature.len != QP_SIG_LEN || r->lane < 1 ||
        r->lane > 2 || r->seq == 0)
        return 0;
    receipt_key(key, r->origin.data, r->incarnation, r->lane);
    if (!qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), key, sizeof key, &v) &&
        QP_DECODE(&had, receipt, v.mv_data, v.mv_size, w->c->arena, NULL) == 0 && had->seq >= r->seq)
        return 0; /* never lower */
    signed_bytes(msg, r);
    if (!qp_cert_get(w, &w->c->root, &root) ||
        qp_verify(r->signature.data, QP_TAG_RECEIPT, msg, sizeof msg, root.sign_key)) {
        QP_COUNT(w->c, refused_signature);
        return 0;
    }
    Qp__Receipt *plain = qp_arena_copy(w->c->arena, r, sizeof *plain);
    if (!plain)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    /* what a later build adds is under no signature here, and has no bound */
    plain->base.n_unknown_fields = 0;
    plain->base.unknown_fields = NULL;
    return keep_and_send(w, plain, e);
}

static uint64_t receipt_seq(struct qp_work *w, const uint8_t *origin, uint32_t incarnation, uint32_t lane)
{
    uint8_t key[RECEIPT_KEY];
    MDB_val v;
    Qp__Receipt *r;
    receipt_key(key, origin, incarnation, lane);
    return !qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), key, sizeof key, &v) &&
                   QP_DECODE(&r, receipt, v.mv_data, v.mv_size, w->c->arena, NULL) == 0
               ? r->seq
               : 0;
}

/* What the root holds of one node's chains and has no receipt for. */
static int owed_to(struct qp_work *w, const struct qp_place *p)
{
    assert(!qp_tree_parent(w->c->tree)); /* the horizon signs, nobody else */
    int rc = 0;
    for (uint32_t i = qp_chain_life(w, p->cert.node, p->cert.incarnation); i >= 1 && !rc;
         i = qp_chain_life(w, p->cert.node, i - 1))
        for (uint8_t lane = QP_LANE_URGENT; lane <= QP_LANE_BULK && !rc; lane++) {
            uint8_t key[QP_CHAIN_KEY];
            struct qp_head h;
            struct qp_due d = {.incarnation = i, .lane = lane};
            qp_chain_key(key, p->cert.node, i, QP_SCOPE_HORIZON, qp_nobody, lane);
            if (!qp_chain_get(w->t->tables, w->c->store, key, &h) || h.seq == 0 ||
                h.seq <= receipt_seq(w, p->cert.node, i, lane))
                continue;
            memcpy(d.origin, p->cert.node, QP_ID_LEN);
            d.seq = h.seq;
            d.hash = h.hash;
            rc = due(w, &d);
        }
    return rc;
}

/* Receipts are not journaled: those of a turn that crashed between its commits, and all of them after a
 * rebuild, are made again from the heads when a child greets. */
static int owed(struct qp_work *w, const struct qp_place *child)
{
    assert(child);
    size_t n = qp_tree_children(w->c->tree, child->cert.node, NULL, 0);
    struct qp_place **kids = qp_arena_take(w->c->arena, sizeof *kids * (n + 1));
    if (!kids)
        return QP_ENOMEM;
    qp_tree_children(w->c->tree, child->cert.node, kids, n);
    int rc = owed_to(w, child);
    for (size_t i = 0; i < n && !rc; i++) /* as deep as paths are: QP_PATH_DEPTH */
        rc = owed(w, kids[i]);
    return rc;
}

enum { SENT_AT_ONCE = 4096 }; /* of one hello */

/* What is kept for one node. */
static int kept_for(struct qp_work *w, MDB_cursor *cur, const uint8_t child[QP_ID_LEN],
                    const uint8_t origin[QP_ID_LEN], size_t *sent)
{
    assert(*sent <= SENT_AT_ONCE);
    uint8_t from[QP_ID_LEN];
    memcpy(from, origin, QP_ID_LEN);
    MDB_val k = {QP_ID_LEN, from}, v;
    int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    for (; !rc && *sent < SENT_AT_ONCE && k.mv_size >= QP_ID_LEN && qp_same(k.mv_data, origin);
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__Receipt *r;
        struct qp_output *o;
        if (QP_DECODE(&r, receipt, v.mv_data, v.mv_size, w->c->arena, NULL) != 0)
            continue;
        if (!(o = qp_out(w, QP_OUT_RECEIPT, child)))
            return MDB_NOTFOUND;
        o->receipt = r;
        ++*sent;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int kept_below(struct qp_work *w, MDB_cursor *cur, const uint8_t child[QP_ID_LEN],
                      const struct qp_place *p, size_t *sent)
{
    assert(p);
    size_t n = qp_tree_children(w->c->tree, p->cert.node, NULL, 0);
    struct qp_place **kids = qp_arena_take(w->c->arena, sizeof *kids * (n + 1));
    if (!kids)
        return MDB_NOTFOUND;
    qp_tree_children(w->c->tree, p->cert.node, kids, n);
    int rc = kept_for(w, cur, child, p->cert.node, sent);
    for (size_t i = 0; i < n && !rc && *sent < SENT_AT_ONCE; i++) /* as deep as paths are */
        rc = kept_below(w, cur, child, kids[i], sent);
    return rc;
}

/* At each hello of a child: what is kept for its subtree, and nothing else is looked at (L7). */
int qp_receipts_for(struct qp_work *w, const uint8_t child[QP_ID_LEN], struct qp_err *e)
{
    MDB_cursor *cur;
    size_t sent = 0;
    const struct qp_place *p = qp_tree_node(w->c->tree, child);
    if (!p)
        return 0;
    assert(qp_same(p->cert.node, child));
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), &cur);
    if (rc)
        return qp_store_error(rc, "receipts", e);
    rc = kept_below(w, cur, child, p, &sent);
    mdb_cursor_close(cur);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "receipts", e);
    if (!qp_tree_parent(w->c->tree) && owed(w, p))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return 0;
}
