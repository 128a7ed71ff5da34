/* keys.c: this node's own line keys as the journal tells of them (rows 'K' and 'C' of table.c). Their secrets are in the
 * ring alone. */
#include "node/line/inside.h"

#include <string.h>

enum { KEY = QP_PK_LEN + 4 + 8 + 8 + 1 + 1 + 1, KEY_KEY = 1 + QP_LINE_KEY, PRESENT = QP_LINE_KEY + 1 };

static MDB_dbi dbi(const struct qp_line_db *db)
{
    return qp_store_dbi(db->store, QP_T_LINE);
}

static void key_of(uint8_t key[KEY_KEY], const uint8_t name[QP_LINE_KEY])
{
    key[0] = 'K';
    memcpy(key + 1, name, QP_LINE_KEY);
}

static void read(struct qp_line_key *k, const uint8_t *v)
{
    memcpy(k->pk, v, QP_PK_LEN);
    k->incarnation = qp_rd32(v + 32);
    k->from_us = (int64_t)qp_rd64(v + 36);
    k->replaced_us = (int64_t)qp_rd64(v + 44);
    k->gone = v[52];
    k->ended = v[53];
    k->lost = v[54];
}

bool qp_line_key(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY], struct qp_line_key *k)
{
    uint8_t key[KEY_KEY];
    MDB_val v;
    key_of(key, name);
    if (qp_get(db->tables, dbi(db), key, sizeof key, &v) || v.mv_size != KEY)
        return false;
    read(k, v.mv_data);
    return true;
}

int qp_line_key_put(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY], const struct qp_line_key *k,
                    struct qp_err *e)
{
    uint8_t key[KEY_KEY], v[KEY];
    key_of(key, name);
    memcpy(v, k->pk, QP_PK_LEN);
    qp_be32(v + 32, k->incarnation);
    qp_be64(v + 36, (uint64_t)k->from_us);
    qp_be64(v + 44, (uint64_t)k->replaced_us);
    v[52] = k->gone;
    v[53] = k->ended;
    v[54] = k->lost;
    return qp_put(db->tables, dbi(db), key, sizeof key, v, sizeof v, e);
}

bool qp_line_key_stands(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY])
{
    struct qp_line_key k;
    return qp_line_key(db, name, &k) && !k.gone && !k.ended;
}

enum qp_ring_use qp_line_key_use(void *arg, const uint8_t name[QP_LINE_KEY])
{
    struct qp_line_key k;
    if (!qp_line_key(arg, name, &k))
        return QP_RING_UNUSED;
    return k.gone || k.ended ? QP_RING_OVER : QP_RING_IN_USE;
}

bool qp_line_present(const struct qp_line_db *db, uint8_t name[QP_LINE_KEY], bool *used)
{
    MDB_val v;
    if (qp_get(db->tables, dbi(db), "C", 1, &v) || v.mv_size != PRESENT)
        return false;
    const uint8_t *p = v.mv_data;
    memcpy(name, p, QP_LINE_KEY);
    *used = p[QP_LINE_KEY];
    return true;
}

int qp_line_present_put(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY], bool used,
                        struct qp_err *e)
{
    uint8_t v[PRESENT];
    memcpy(v, name, QP_LINE_KEY);
    v[QP_LINE_KEY] = used;
    return qp_put(db->tables, dbi(db), "C", 1, v, sizeof v, e);
}

bool qp_line_key_next(const struct qp_line_db *db, const uint8_t *after, uint8_t name[QP_LINE_KEY],
                      struct qp_line_key *out)
{
    uint8_t from[KEY_KEY] = {'K'};
    MDB_cursor *cur;
    MDB_val k = {sizeof from, from}, v;
    bool found = false;
    if (after)
        key_of(from, after);
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return false;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !m && !found;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = k.mv_data;
        if (k.mv_size != KEY_KEY || p[0] != 'K' || v.mv_size != KEY)
            break;
        read(out, v.mv_data);
        found = !out->ended && !out->gone && (!after || memcmp(p + 1, after, QP_LINE_KEY) != 0);
        if (found)
            memcpy(name, p + 1, QP_LINE_KEY);
    }
    mdb_cursor_close(cur);
    return found;
}
