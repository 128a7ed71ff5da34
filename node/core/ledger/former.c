/* former.c: the CURVE keys of children that may no longer dial, but to be told so (E6): revoked ones, and
 * those of an incarnation that has a successor.
 *
 *   QP_T_FORMER   link key 32 ─► node id 16, incarnation 4 */
#include <assert.h>

#include "node/core/private.h"

enum { VALUE = QP_ID_LEN + 4 };

int qp_former_put(struct qp_work *w, const struct qp_cert *old, struct qp_err *e)
{
    assert(old->incarnation > 0);
    uint8_t v[VALUE];
    memcpy(v, old->node, QP_ID_LEN);
    qp_be32(v + QP_ID_LEN, old->incarnation);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_FORMER), old->link_key, QP_PK_LEN, v, sizeof v,
                  e);
}

int qp_former_end(struct qp_work *w, const struct qp_cert *now, struct qp_err *e)
{
    return qp_del(w->t->tables, qp_store_dbi(w->c->store, QP_T_FORMER), now->link_key, QP_PK_LEN, e);
}

bool qp_former_of_other(struct qp_work *w, const uint8_t link_key[QP_PK_LEN], const uint8_t *node)
{
    assert(link_key);
    MDB_val v;
    int rc = qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_FORMER), link_key, QP_PK_LEN, &v);
    return !rc && (v.mv_size != VALUE || !node || !qp_same(v.mv_data, node));
}

bool qp_core_former(const struct qp_core *c, const uint8_t link_key[QP_PK_LEN], uint8_t node[QP_ID_LEN],
                    uint32_t *incarnation)
{
    assert(node && incarnation);
    struct qp_read r;
    MDB_val v;
    if (qp_read_begin(c->store, &r, NULL))
        return false;
    bool hit =
        !qp_get(r.tables, qp_store_dbi(c->store, QP_T_FORMER), link_key, QP_PK_LEN, &v) && v.mv_size == VALUE;
    if (hit) {
        memcpy(node, v.mv_data, QP_ID_LEN);
        *incarnation = qp_rd32((const uint8_t *)v.mv_data + QP_ID_LEN);
    }
    qp_read_end(&r);
    return hit;
}
