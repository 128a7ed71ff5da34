/* read.c: a reading: what the tables and the journal were at one moment, for any thread. */
#include "node/store/inside.h"

#include <assert.h>

void qp_read_end(struct qp_read *r)
{
    assert(r->store || (!r->journal && !r->tables));
    if (r->journal)
        mdb_txn_abort(r->journal);
    if (r->tables)
        mdb_txn_abort(r->tables);
    r->journal = r->tables = NULL;
}

int qp_read_begin(struct qp_store *s, struct qp_read *r, struct qp_err *e)
{
    assert(s->tables && s->journal);
    *r = (struct qp_read){.store = s};
    /* the tables first: the journal then has every record that they name, because it is committed before them
     */
    int m = mdb_txn_begin(s->tables, NULL, MDB_RDONLY, &r->tables);
    if (!m)
        m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, &r->journal);
    if (!m)
        return 0;
    qp_read_end(r);
    return qp_store_error(m, "beginning to read", e);
}
