/* check.c: what holds at the end of every turn, whatever came in: the tables say what the journal says, no position lies
 * beyond it, and each row is that of its key.
 *
 * A debug build asks at the end of each turn and ends on a contradiction; the simulator asks in every build, after every turn
 * of every node, before the commit. The rules are this node's own promises: nothing that a neighbour sends may break one. A
 * row that the disk has damaged is no contradiction: whoever reads it is told (node/store/rows.c). */
#include <assert.h>
#include <inttypes.h>

#include "node/core/private.h"
#include "node/matter/pending.h"

/* S3: exactly what the journal has is applied. */
static int position_holds(const struct qp_core *c, const struct qp_txn *t, struct qp_err *e)
{
    assert(t->head > 0); /* who this is is the first record */
    uint64_t at = qp_tables_position(t->tables, c->store);
    return at == t->head
               ? 0
               : qp_fail(e, QP_ECORRUPT, "the tables are at position %" PRIu64 ", the journal at %" PRIu64,
                         at, t->head);
}

/* A row of a matter that this turn has met: its key's, with one holder, who offers it to somebody else. */
static int row_holds(const struct qp_entry *x, struct qp_err *e)
{
    assert(x->row);
    const Qp__Face *f = x->row->face;
    char id[27];
    qp_id_text(id, x->id);
    if (f->id.len != QP_ID_LEN || !qp_same(f->id.data, x->id))
        return qp_fail(e, QP_ECORRUPT, "the row of %s is another matter's", id);
    if (f->holder.len != QP_ID_LEN)
        return qp_fail(e, QP_ECORRUPT, "%s has no holder", id);
    if (f->offer && f->offer->to.len == QP_ID_LEN && qp_same(f->offer->to.data, f->holder.data))
        return qp_fail(e, QP_ECORRUPT, "%s is offered to its own holder", id);
    if (x->stored && f->version < x->stored->face->version)
        return qp_fail(e, QP_ECORRUPT, "%s goes back from version %" PRIu64 " to %" PRIu64, id,
                       x->stored->face->version, f->version);
    return 0;
}

static int rows_hold(const struct qp_pending *p, struct qp_err *e)
{
    assert(!p || p->n <= p->cap);
    int rc = 0;
    for (size_t i = 0; p && i < p->n && !rc; i++)
        if (p->entries[i]->row)
            rc = row_holds(p->entries[i], e);
    return rc;
}

int qp_check_ledger(const struct qp_core *c, const struct qp_txn *t, struct qp_err *e)
{
    assert(t->store == c->store && t->tables);
    int rc = position_holds(c, t, e);
    if (!rc)
        rc = qp_peers_hold(c, t, e);
    if (!rc)
        rc = qp_chains_hold(c, t, e);
    return rc ? rc : rows_hold(c->pending, e);
}
