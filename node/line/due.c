/* due.c: what this node owes another, as far as it can be given now. A row for each (node, line), and one with a line of
 * zeros for this node's own key. It follows from the other rows alone, so it is the same in a turn and in a replay; the
 * turn's tick (node/core/line_tick.c) works it off by events, and these events take the row away. */
#include "node/line/inside.h"

#include <string.h>

enum { DUE = 1 + 2 * QP_ID_LEN };
static const uint8_t nothing[QP_ID_LEN];

/* Not to whoever is named by others on a line: each new destination is a chain at every node on the way, and of such as nobody
 * knows one origin has so many and no more (L7). To whom this node's people speak, and to who has told his own. */
static bool owes_key(const struct qp_line_db *db, const struct qp_line_peer *p)
{
    uint8_t name[QP_LINE_KEY];
    bool used, present = qp_line_present(db, name, &used);
    if (!p->known && !p->wanted)
        return false;
    return !p->was_told || !present || memcmp(p->told, name, QP_LINE_KEY) != 0;
}

bool qp_line_owes(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t line[QP_ID_LEN])
{
    struct qp_line_peer p;
    struct qp_line_with w;
    Qp__LineRow *row;
    if (!qp_line_peer(db, node, &p))
        return false;
    if (memcmp(line, nothing, QP_ID_LEN) == 0)
        return owes_key(db, &p);
    qp_line_with(db, node, line, &w);
    if (w.last > w.told)
        return true;
    return p.known && !qp_line_get(db, line, &row) && w.sent < row->n;
}

int qp_line_due(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t line[QP_ID_LEN],
                struct qp_err *e)
{
    uint8_t key[DUE];
    MDB_dbi dbi = qp_store_dbi(db->store, QP_T_LINE);
    key[0] = 'D';
    memcpy(key + 1, node, QP_ID_LEN);
    memcpy(key + 1 + QP_ID_LEN, line, QP_ID_LEN);
    return qp_line_owes(db, node, line) ? qp_put(db->tables, dbi, key, sizeof key, "", 0, e)
                                        : qp_del(db->tables, dbi, key, sizeof key, e);
}

static int first_from(const struct qp_line_db *db, const uint8_t *from, size_t n, uint8_t *out)
{
    MDB_cursor *cur;
    MDB_val k = {n, (void *)(uintptr_t)from}, v;
    if (mdb_cursor_open(db->tables, qp_store_dbi(db->store, QP_T_LINE), &cur))
        return QP_EIO;
    int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    bool one = !m && k.mv_size == n && *(const uint8_t *)k.mv_data == from[0];
    if (one)
        memcpy(out, k.mv_data, n);
    mdb_cursor_close(cur);
    return one ? 0 : QP_ENOTFOUND;
}

bool qp_line_due_next(const struct qp_line_db *db, uint8_t node[QP_ID_LEN], uint8_t line[QP_ID_LEN],
                      bool first)
{
    uint8_t at[DUE] = {'D'};
    if (!first) {
        uint8_t after[QP_ID_LEN];
        memcpy(at + 1, node, QP_ID_LEN);
        memcpy(after, line, QP_ID_LEN);
        if (!qp_line_after(after))
            return false;
        memcpy(at + 1 + QP_ID_LEN, after, QP_ID_LEN);
    }
    if (first_from(db, at, sizeof at, at))
        return false;
    memcpy(node, at + 1, QP_ID_LEN);
    memcpy(line, at + 1 + QP_ID_LEN, QP_ID_LEN);
    return true;
}

int qp_line_due_all(const struct qp_line_db *db, struct qp_err *e)
{
    uint8_t at[1 + QP_ID_LEN] = {'Q'};
    int rc = 0;
    while (!rc && !first_from(db, at, sizeof at, at)) {
        rc = qp_line_due(db, at + 1, nothing, e);
        if (!qp_line_after(at + 1))
            break;
    }
    return rc;
}
