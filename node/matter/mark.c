/* mark.c: how far the sweep came (sweep.c), in the table and in the turn: what a row that changes is compared with. */
#include <assert.h>

#include "node/matter/pending.h"
#include "node/matter/scan.h"

static const char MARK[] = "overdue";

int qp_mark_load(struct qp_matters *m, struct qp_err *e)
{
    struct qp_pending *p = m->pending;
    if (p->has_mark)
        return 0;
    MDB_val v;
    int rc = qp_get(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_META), MARK, sizeof MARK - 1, &v);
    memset(p->mark, 0, sizeof p->mark);
    if (!rc && v.mv_size == sizeof p->mark)
        memcpy(p->mark, v.mv_data, sizeof p->mark);
    else if (rc != QP_ENOTFOUND)
        return qp_fail(e, !rc ? QP_ECORRUPT : rc, "the mark of overdue matters cannot be read");
    p->has_mark = true;
    return 0;
}

int qp_mark_write(struct qp_matters *m, struct qp_err *e)
{
    struct qp_pending *p = m->pending;
    return qp_put(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_META), MARK, sizeof MARK - 1, p->mark,
                  sizeof p->mark, e);
}

void qp_swept_mark(struct qp_read *r, uint8_t mark[QP_SWEPT_BYTES])
{
    MDB_val v;
    static_assert((int)QP_SWEPT_BYTES == (int)QP_MARK_LEN && (int)QP_SWEPT_BYTES == (int)QP_SCAN_KEY,
                  "one mark");
    memset(mark, 0, QP_SWEPT_BYTES);
    if (!qp_get(r->tables, qp_store_dbi(r->store, QP_T_META), MARK, sizeof MARK - 1, &v) &&
        v.mv_size == QP_SWEPT_BYTES)
        memcpy(mark, v.mv_data, QP_SWEPT_BYTES);
}
