/* certs.c: every certificate that was believed here, of past incarnations too (QP_T_CERT: id 32 ─►
 * Certificate): parcels name theirs by its hash (L5). */
#include <assert.h>

#include "node/core/private.h"

Qp__Certificate *qp_cert_raw(MDB_txn *tables, struct qp_store *s, const struct qp_hash *id,
                             struct qp_arena *a, struct qp_err *e)
{
    MDB_val v;
    Qp__Certificate *raw;
    if (qp_get(tables, qp_store_dbi(s, QP_T_CERT), id->b, QP_HASH_LEN, &v)) {
        qp_fail(e, QP_ENOTFOUND, "this certificate is not known here");
        return NULL;
    }
    return QP_DECODE(&raw, certificate, v.mv_data, v.mv_size, a, e) == 0 ? raw : NULL;
}

bool qp_cert_known(MDB_txn *tables, struct qp_store *s, const struct qp_hash *id)
{
    MDB_val v;
    return !qp_get(tables, qp_store_dbi(s, QP_T_CERT), id->b, QP_HASH_LEN, &v);
}

int qp_cert_put(struct qp_work *w, const struct qp_cert *c, const Qp__Certificate *raw, struct qp_err *e)
{
    assert(!qp_hash_zero(&c->id) && raw);
    size_t len;
    uint8_t *bytes = qp_encode(&raw->base, w->c->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "no memory for a certificate");
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_CERT), c->id.b, QP_HASH_LEN, bytes, len, e);
}

bool qp_cert_get(struct qp_work *w, const struct qp_hash *id, struct qp_cert *out)
{
    struct qp_arena *a = w->c->arena;
    Qp__Certificate *raw = qp_cert_raw(w->t->tables, w->c->store, id, a, NULL);
    return raw && !qp_cert_read(out, raw, a, NULL);
}

Qp__Chain *qp_core_chain(struct qp_core *c, struct qp_txn *t, struct qp_read *r,
                         const struct qp_hash *certificate, struct qp_arena *a)
{
    assert((!!t) != (!!r)); /* of the turn, or of a reader */
    MDB_txn *txn = t ? t->tables : r->tables;
    Qp__Chain *chain = qp_arena_take(a, sizeof *chain);
    struct qp_hash id = *certificate;
    if (!chain)
        return NULL;
    qp__chain__init(chain);
    chain->certificates = qp_arena_take(a, sizeof *chain->certificates * QP_CHAIN_CERTIFICATES);
    while (chain->certificates && chain->n_certificates < QP_CHAIN_CERTIFICATES) {
        struct qp_cert cert;
        Qp__Certificate *raw = qp_cert_raw(txn, c->store, &id, a, NULL);
        if (!raw || qp_cert_read(&cert, raw, a, NULL))
            return NULL;
        chain->certificates[chain->n_certificates++] = raw;
        if (qp_hash_zero(&cert.issuer_certificate))
            return chain;
        id = cert.issuer_certificate;
    }
    return NULL;
}
