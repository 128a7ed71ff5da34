/* open.c: all matters that are open, some at a time, for whoever has to look at each of them once. */
#include "node/matter/pending.h"

static const uint8_t states[] = {QP_OPEN, QP_SORTED, QP_ASSIGNED, QP_HANDLED, QP_VISITED, QP_HUNG};
enum { STATES = sizeof states };

/* Of one state, those behind at->id; n of them at most. */
static int of_state(struct qp_matters *m, MDB_cursor *cursor, struct qp_open_walk *at,
                    uint8_t (*ids)[QP_ID_LEN], size_t n, size_t *got, struct qp_err *e)
{
    uint8_t key[QP_INDEX_KEY] = {QP_INDEX_STATE};
    MDB_val k = {sizeof key, key}, v;
    (void)m;
    qp_be64(key + 1, states[at->state]);
    memcpy(key + 9, at->id, QP_ID_LEN);
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    if (!rc && at->any && k.mv_size == sizeof key && memcmp(k.mv_data, key, sizeof key) == 0)
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    while (!rc && *got < n && k.mv_size == sizeof key && memcmp(k.mv_data, key, 9) == 0) {
        memcpy(ids[*got], (const uint8_t *)k.mv_data + 9, QP_ID_LEN);
        memcpy(at->id, ids[(*got)++], QP_ID_LEN);
        at->any = true;
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading open matters", e);
}

int qp_matter_open_some(struct qp_matters *m, struct qp_open_walk *at, uint8_t (*ids)[QP_ID_LEN], size_t n,
                        size_t *got, struct qp_err *e)
{
    MDB_cursor *cursor;
    *got = 0;
    int mc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_INDEX), &cursor);
    int rc = !mc ? 0 : qp_store_error(mc, "reading open matters", e);
    while (!rc && *got < n && at->state < STATES) {
        rc = of_state(m, cursor, at, ids, n, got, e);
        if (*got < n)
            *at = (struct qp_open_walk){.state = (uint8_t)(at->state + 1)};
    }
    at->ended = at->state >= STATES;
    if (!mc)
        mdb_cursor_close(cursor);
    return rc;
}
