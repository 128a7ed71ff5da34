/* rows.c: a row of the tables is checked when it is read (S5).
 *
 *   value on the disk = what the room above wrote, then 4 bytes: a function of the table's key and of that value
 *
 * LMDB hands out a flipped bit as truth. Every way from a table to a room above goes through here: qp_get and the
 * functions below, which store.h puts in the place of LMDB's own. A row that does not fit its check makes the
 * tables doubtful: whoever asked is refused, DIR/tables/doubt says so over a restart, and the next opening makes
 * the tables again from the journal, which has all of it. The check is no secret and keeps no attacker out: it
 * finds what a disk or a memory did. A step of its mixing is one-to-one in each word, so that one changed word
 * always gives another 64-bit sum, and all but one in 4 thousand million of its upper halves. */
#include "node/store/inside.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static uint64_t mix(uint64_t h, const uint8_t *p, size_t len)
{
    uint64_t word;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 32;
    }
    word = (uint64_t)len << 56;
    if (len > 0)
        memcpy(&word, p, len);
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static void sum(uint8_t out[QP_ROW_CHECK], const MDB_val *k, const uint8_t *p, size_t len)
{
    uint64_t h = mix(UINT64_C(0x51504E20526F7773) ^ len, k->mv_data, k->mv_size);
    qp_be32(out, (uint32_t)(mix(h, p, len) >> 32));
}

bool qp_row_open(const MDB_val *k, MDB_val *v)
{
    uint8_t check[QP_ROW_CHECK];
    if (v->mv_size < QP_ROW_CHECK)
        return false;
    v->mv_size -= QP_ROW_CHECK;
    sum(check, k, v->mv_data, v->mv_size);
    return memcmp(check, (const uint8_t *)v->mv_data + v->mv_size, QP_ROW_CHECK) == 0;
}

static void seal(const MDB_val *k, const MDB_val *v)
{
    sum((uint8_t *)v->mv_data + v->mv_size, k, v->mv_data, v->mv_size);
}

_Thread_local MDB_txn *qp_at_a_row;

/* ---- doubt ---- */

void qp_store_doubt(struct qp_store *s)
{
    assert(s->doubt[0] != '\0');
    if (atomic_exchange(&s->doubtful, true)) /* nothing here that a handler of a signal may not do */
        return;
    int fd = open(s->doubt, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

bool qp_store_doubtful(const struct qp_store *s)
{
    return atomic_load(&s->doubtful);
}

bool qp_store_remade(const struct qp_store *s)
{
    return s->remade;
}

/* ---- reading and writing ---- */

/* `m` is LMDB's answer to a reading of a row: of its pages it says itself that they do not fit. */
static int opened(MDB_txn *txn, int m, const MDB_val *k, MDB_val *v)
{
    assert(txn && k && v);
    if (!m && !qp_row_open(k, v))
        m = MDB_CORRUPTED;
    qp_row_left(m);
    if (m == MDB_CORRUPTED || m == MDB_PAGE_NOTFOUND)
        qp_store_doubt(mdb_env_get_userctx(mdb_txn_env(txn)));
    return m == MDB_PAGE_NOTFOUND ? MDB_CORRUPTED : m;
}

int qp_row_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v)
{
    qp_at_a_row = txn;
    return opened(txn, mdb_get(txn, dbi, k, v), k, v);
}

int qp_row_cursor_get(MDB_cursor *c, MDB_val *k, MDB_val *v, MDB_cursor_op op)
{
    qp_at_a_row = mdb_cursor_txn(c);
    return opened(mdb_cursor_txn(c), mdb_cursor_get(c, k, v, op), k, v);
}

/* The room is there: the value and its check go in. */
static void fill(const MDB_val *k, const MDB_val *v, MDB_val *room)
{
    room->mv_size -= QP_ROW_CHECK;
    assert(room->mv_size == v->mv_size);
    if (v->mv_size > 0)
        memcpy(room->mv_data, v->mv_data, v->mv_size);
    seal(k, room);
}

int qp_row_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v, unsigned flags)
{
    assert(k->mv_size > 0 && k->mv_size <= 511);
    assert((flags & MDB_RESERVE) == 0);
    MDB_val room = {v->mv_size + QP_ROW_CHECK, NULL};
    qp_at_a_row = txn;
    int m = mdb_put(txn, dbi, k, &room, flags | MDB_RESERVE);
    if (!m)
        fill(k, v, &room);
    qp_row_left(m);
    if (m == MDB_KEYEXIST) { /* MDB_NOOVERWRITE: what is there */
        qp_at_a_row = txn;
        *v = room;
        return !opened(txn, 0, k, v) ? m : MDB_CORRUPTED;
    }
    return m;
}

int qp_row_cursor_put(MDB_cursor *c, MDB_val *k, MDB_val *v, unsigned flags)
{
    assert(k->mv_size > 0 && k->mv_size <= 511);
    assert((flags & (MDB_NOOVERWRITE | MDB_CURRENT | MDB_RESERVE)) == 0);
    MDB_val room = {v->mv_size + QP_ROW_CHECK, NULL};
    qp_at_a_row = mdb_cursor_txn(c);
    int m = mdb_cursor_put(c, k, &room, flags | MDB_RESERVE);
    if (!m)
        fill(k, v, &room);
    qp_row_left(m);
    return m;
}

int qp_row_cursor_del(MDB_cursor *c, unsigned flags)
{
    qp_at_a_row = mdb_cursor_txn(c);
    return qp_row_left(mdb_cursor_del(c, flags));
}
