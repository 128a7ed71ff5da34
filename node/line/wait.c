/* wait.c: what came on a matter's line before what makes it true: its speaker came to the matter by an event that travels behind it, in
 * another lane (LI3). It stands in the journal; a row says where, until it may be heard (node/core/line_wait.c).
 *
 *   'W' line, node, n 8  ─► position 8, index 2     n: of what the node said; 0: its last word on who is on the line */
#include "node/line/inside.h"

#include <string.h>

enum {
    WAIT_KEY = 1 + 2 * QP_ID_LEN + 8,
    WAIT = 8 + 2,
    WAIT_NODES = QP_LINE_MEMBERS, /* of one line */
};

static MDB_dbi dbi(const struct qp_line_db *db)
{
    return qp_store_dbi(db->store, QP_T_LINE);
}

static void key_of(uint8_t key[WAIT_KEY], const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                   uint64_t n)
{
    key[0] = 'W';
    memcpy(key + 1, line, QP_ID_LEN);
    memcpy(key + 1 + QP_ID_LEN, node, QP_ID_LEN);
    qp_be64(key + 1 + 2 * QP_ID_LEN, n);
}

/* The first at this key or behind it, of the same line. */
static int first_from(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                      const uint8_t node[QP_ID_LEN], uint64_t n, struct qp_line_waiting *w)
{
    uint8_t key[WAIT_KEY];
    MDB_cursor *cur;
    key_of(key, line, node, n);
    MDB_val k = {sizeof key, key}, v;
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return QP_EIO;
    int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    bool one = !m && k.mv_size == WAIT_KEY && memcmp(k.mv_data, key, 1 + QP_ID_LEN) == 0;
    if (one && v.mv_size == WAIT) {
        const uint8_t *p = k.mv_data, *at = v.mv_data;
        memcpy(w->node, p + 1 + QP_ID_LEN, QP_ID_LEN);
        w->n = qp_rd64(p + 1 + 2 * QP_ID_LEN);
        w->position = qp_rd64(at);
        w->index = (uint32_t)at[8] << 8 | at[9];
    }
    mdb_cursor_close(cur);
    if (one)
        return v.mv_size == WAIT ? 0 : QP_ECORRUPT;
    return !m || m == MDB_NOTFOUND ? QP_ENOTFOUND : QP_EIO;
}

bool qp_line_wait_any(const struct qp_line_db *db)
{
    uint8_t key[1] = {'W'};
    MDB_cursor *cur;
    MDB_val k = {sizeof key, key}, v;
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return true; /* who looks further is told */
    int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    bool none = m == MDB_NOTFOUND || (!m && *(const uint8_t *)k.mv_data != 'W');
    mdb_cursor_close(cur);
    return !none;
}

int qp_line_wait_next(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], bool first,
                      struct qp_line_waiting *w)
{
    static const uint8_t least[QP_ID_LEN];
    uint8_t node[QP_ID_LEN];
    if (first)
        return first_from(db, line, least, 0, w);
    memcpy(node, w->node, QP_ID_LEN);
    if (w->n < UINT64_MAX)
        return first_from(db, line, node, w->n + 1, w);
    return qp_line_after(node) ? first_from(db, line, node, 0, w) : QP_ENOTFOUND;
}

/* Of whoever waits there already so many; of others only where there is room for one more. */
static int has_room(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                    bool *room)
{
    struct qp_line_waiting x = {.n = 0};
    size_t of_it = 0, nodes = 0;
    int rc = qp_line_wait_next(db, line, true, &x);
    while (!rc) {
        bool it = memcmp(x.node, node, QP_ID_LEN) == 0;
        nodes += it ? of_it == 0 : 1;
        of_it += it;
        if (!it || of_it == QP_LINE_WAIT)
            x.n = UINT64_MAX; /* of the others it is enough that they are there */
        rc = qp_line_wait_next(db, line, false, &x);
    }
    *room = of_it > 0 ? of_it < QP_LINE_WAIT : nodes < WAIT_NODES;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

int qp_line_wait_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                     const struct qp_line_waiting *w, struct qp_err *e)
{
    uint8_t key[WAIT_KEY], v[WAIT];
    MDB_val had;
    bool room = true;
    key_of(key, line, w->node, w->n);
    int rc = qp_get(db->tables, dbi(db), key, sizeof key, &had);
    if (rc == QP_ENOTFOUND)
        rc = has_room(db, line, w->node, &room);
    if (rc || !room)
        return rc ? qp_fail(e, rc, "a line cannot be read") : 0;
    qp_be64(v, w->position);
    v[8] = (uint8_t)(w->index >> 8);
    v[9] = (uint8_t)w->index;
    return qp_put(db->tables, dbi(db), key, sizeof key, v, sizeof v, e);
}

int qp_line_wait_del(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                     const struct qp_line_waiting *w, struct qp_err *e)
{
    uint8_t key[WAIT_KEY];
    key_of(key, line, w->node, w->n);
    return qp_del(db->tables, dbi(db), key, sizeof key, e);
}
