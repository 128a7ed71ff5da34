/* receipt.c: the third tick (L6). The horizon signs how far it holds each origin's chain to it; that flows
 * down the links to the origin and is kept on the way, never journaled, repeated at each hello, and never
 * lower than what was shown. */
#include "node/core/private.h"

static void signed_bytes(uint8_t out[16 + 4 + 1 + 8 + 32], const Qp__Receipt *r)
{
    memcpy(out, r->origin.data, 16);
    qp_be32(out + 16, r->incarnation);
    out[20] = (uint8_t)r->lane;
    qp_be64(out + 21, r->seq);
    memcpy(out + 29, r->hash.data, 32);
}
enum { SIGNED = 16 + 4 + 1 + 8 + 32, RECEIPT_KEY = QP_ID_LEN + 4 + 1 };

static void receipt_key(uint8_t key[RECEIPT_KEY], const uint8_t *origin, uint32_t incarnation, uint32_t lane)
{
    memcpy(key, origin, QP_ID_LEN);
    qp_be32(key + 16, incarnation);
    key[20] = (uint8_t)lane;
}

/* At the root: a parcel for the horizon has come. One receipt a turn for each chain. */
int qp_receipt_due(struct qp_work *w, const struct qp_parcel *p)
{
    if (p->h.scope != QP_SCOPE_HORIZON || qp_tree_parent(w->c->tree) != NULL)
        return 0;
    size_t i = 0;
    while (i < w->nreceipts &&
           !(qp_same(w->receipts[i].origin, p->h.origin) && w->receipts[i].lane == p->h.lane &&
             w->receipts[i].incarnation == p->h.incarnation))
        i++;
    if (i == QP_RECEIPTS_A_TURN)
        return 0; /* it is repeated with the next parcel, or at the next hello */
    memcpy(w->receipts[i].origin, p->h.origin, QP_ID_LEN);
    w->receipts[i].incarnation = p->h.incarnation;
    w->receipts[i].lane = p->h.lane;
    w->receipts[i].seq = p->h.seq;
    w->receipts[i].hash = p->id;
    if (i == w->nreceipts)
        w->nreceipts++;
    return 0;
}

static int keep_and_send(struct qp_work *w, const Qp__Receipt *r, struct qp_err *e)
{
    uint8_t key[RECEIPT_KEY];
    size_t len;
    bool unknown;
    uint8_t *bytes = qp_encode(&r->base, w->c->arena, &len);
    if (bytes == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    receipt_key(key, r->origin.data, r->incarnation, r->lane);
    int rc = qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), key, sizeof key, bytes, len, e);
    const struct qp_place *via = qp_tree_next(w->c->tree, r->origin.data, &unknown);
    if (rc == 0 && via != NULL && via != qp_tree_parent(w->c->tree)) {
        struct qp_output *o = qp_out(w, QP_OUT_RECEIPT, via->cert.node);
        if (o != NULL)
            o->receipt = r;
    }
    return rc;
}

int qp_receipts_out(struct qp_work *w, struct qp_err *e)
{
    struct qp_arena *a = w->c->arena;
    int rc = 0;
    for (size_t i = 0; i < w->nreceipts && rc == 0; i++) {
        Qp__Receipt *r = qp_arena_take(a, sizeof *r);
        uint8_t *sig = qp_arena_take(a, QP_SIG_LEN), msg[SIGNED];
        if (r == NULL || sig == NULL)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        qp__receipt__init(r);
        r->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, w->receipts[i].origin, QP_ID_LEN)};
        r->incarnation = w->receipts[i].incarnation;
        r->lane = w->receipts[i].lane;
        r->seq = w->receipts[i].seq;
        r->hash = (ProtobufCBinaryData){32, qp_arena_copy(a, w->receipts[i].hash.b, 32)};
        signed_bytes(msg, r);
        qp_sign(sig, QP_TAG_RECEIPT, msg, sizeof msg, w->c->keys->sign_sk);
        r->signature = (ProtobufCBinaryData){QP_SIG_LEN, sig};
        rc = keep_and_send(w, r, e);
    }
    w->nreceipts = 0;
    return rc;
}

int qp_on_receipt(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    const Qp__Receipt *r = in->receipt.receipt;
    uint8_t key[RECEIPT_KEY], msg[SIGNED];
    MDB_val v;
    Qp__Receipt *had;
    struct qp_cert root;
    if (r->origin.len != QP_ID_LEN || r->hash.len != 32 || r->signature.len != QP_SIG_LEN || r->lane < 1 ||
        r->lane > 2)
        return 0;
    receipt_key(key, r->origin.data, r->incarnation, r->lane);
    if (qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), key, sizeof key, &v) == 0 &&
        QP_DECODE(&had, receipt, v.mv_data, v.mv_size, w->c->arena, NULL) == 0 && had->seq >= r->seq)
        return 0; /* never lower */
    signed_bytes(msg, r);
    if (!qp_cert_get(w, &w->c->root, &root) ||
        qp_verify(r->signature.data, QP_TAG_RECEIPT, msg, sizeof msg, root.sign_key) != 0) {
        QP_COUNT(w->c, refused_signature);
        return 0;
    }
    return keep_and_send(w, r, e);
}

/* At each hello of a child: what is kept for its subtree. */
int qp_receipts_for(struct qp_work *w, const uint8_t child[QP_ID_LEN], struct qp_err *e)
{
    MDB_cursor *cur;
    MDB_val k, v;
    size_t sent = 0;
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_RECEIPT), &cur);
    if (rc != 0)
        return qp_store_error(rc, "receipts", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_FIRST); rc == 0 && sent < 4096;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__Receipt *r;
        bool unknown;
        const struct qp_place *via = qp_tree_next(w->c->tree, k.mv_data, &unknown);
        if (via == NULL || !qp_same(via->cert.node, child) ||
            QP_DECODE(&r, receipt, v.mv_data, v.mv_size, w->c->arena, NULL) != 0)
            continue;
        struct qp_output *o = qp_out(w, QP_OUT_RECEIPT, child);
        if (o == NULL)
            break;
        o->receipt = r;
        sent++;
    }
    mdb_cursor_close(cur);
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "receipts", e);
}
