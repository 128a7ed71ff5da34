/* invites.c: the tokens by which a child may join (QP_T_INVITE: the token's link key 32 ─► used 1, expires 8,
 * then the Invited message: what JOIN needs to issue a certificate). And who may dial at all. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

enum { AT_EXPIRES = 1, AT_SAID = 9 };

int qp_invite_put(struct qp_work *w, const Qp__Invited *i, struct qp_err *e)
{
    assert(i->link_key.len == QP_PK_LEN);
    size_t len;
    uint8_t *body = qp_encode(&i->base, w->c->arena, &len);
    uint8_t *v = qp_arena_take(w->c->arena, AT_SAID + len);
    if (!body || !v)
        return qp_fail(e, QP_ENOMEM, "no memory for an invitation");
    v[0] = 0;
    qp_be64(v + AT_EXPIRES, (uint64_t)i->expires_us);
    memcpy(v + AT_SAID, body, len);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_INVITE), i->link_key.data, i->link_key.len, v,
                  AT_SAID + len, e);
}

int qp_invite_get(struct qp_work *w, const uint8_t link_key[QP_PK_LEN], struct qp_invite *out,
                  struct qp_err *e)
{
    MDB_val v;
    if (qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_INVITE), link_key, QP_PK_LEN, &v) ||
        v.mv_size < AT_SAID)
        return QP_ENOTFOUND;
    const uint8_t *p = v.mv_data;
    out->used = p[0] != 0;
    out->expires_us = (int64_t)qp_rd64(p + AT_EXPIRES);
    return QP_DECODE(&out->said, invited, p + AT_SAID, v.mv_size - AT_SAID, w->c->arena, e);
}

int qp_invite_use(struct qp_work *w, const ProtobufCBinaryData *link_key, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_INVITE);
    MDB_val v;
    if (link_key->len != QP_PK_LEN || qp_get(w->t->tables, dbi, link_key->data, QP_PK_LEN, &v) ||
        v.mv_size < AT_SAID) /* damaged: it is none, as for who asks for it */
        return 0;
    uint8_t *used = qp_arena_copy(w->c->arena, v.mv_data, v.mv_size);
    if (!used)
        return qp_fail(e, QP_ENOMEM, "no memory for an invitation");
    used[0] = 1;
    return qp_put(w->t->tables, dbi, link_key->data, QP_PK_LEN, used, v.mv_size, e);
}

bool qp_core_may_dial(const struct qp_core *c, const uint8_t link_key[QP_PK_LEN], int64_t now_us,
                      uint8_t node[QP_ID_LEN], bool *invited)
{
    struct qp_read r;
    *invited = false;
    const struct qp_place *child = qp_tree_link(c->tree, link_key);
    if (child) {
        memcpy(node, child->cert.node, QP_ID_LEN);
        return true;
    }
    if (qp_read_begin(c->store, &r, NULL))
        return false;
    MDB_val val;
    /* A used or expired token may still dial: it is told so in a sentence. */
    if (!qp_get(r.tables, qp_store_dbi(c->store, QP_T_INVITE), link_key, QP_PK_LEN, &val) &&
        val.mv_size >= AT_SAID)
        *invited = now_us < (int64_t)qp_rd64((uint8_t *)val.mv_data + AT_EXPIRES) + 86400LL * 1000000;
    qp_read_end(&r);
    return *invited;
}
