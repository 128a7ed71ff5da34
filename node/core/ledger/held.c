/* held.c: when what is here came to be held elsewhere as well: the times beside the second and the third tick (L6).
 *
 *   the parent's committed ack ─► BY_PARENT, its epoch, lane, position ─┐
 *   a receipt of the horizon   ─► BY_HORIZON, origin, incarnation, lane, seq ─┴─► the first row that covers it says when
 *
 * A row stands for all up to its place. Rows of one second are one, the last of them, so that a time is never earlier than
 * the truth and at most a second later; what is older than 90 days goes, and of that nobody says a time any more.
 * Rows are memories of neighbours: a rebuild begins anew, and then they say since when this node knows it. Under the
 * parent's epoch and not its id: a parent whose disk has burned holds nothing until it says so again. What was noted of an epoch or an incarnation that is
 * over stays: there are few. */
#include <assert.h>

#include "node/core/private.h"

enum { PLACE = 30, CHAIN = 22 };
static const int64_t SECOND_US = 1000000, KEPT_US = (int64_t)90 * 86400 * 1000000;

static void key_of(uint8_t key[PLACE], enum qp_held_by by, const uint8_t whose[QP_ID_LEN],
                   uint32_t incarnation, uint32_t lane, uint64_t upto)
{
    assert(lane >= 1 && lane <= QP_LANES);
    key[0] = (uint8_t)by;
    memcpy(key + 1, whose, QP_ID_LEN);
    qp_be32(key + 17, incarnation);
    key[21] = (uint8_t)lane;
    qp_be64(key + 22, upto);
}

static bool of_chain(const MDB_val *k, const MDB_val *v, const uint8_t key[PLACE])
{
    assert(k->mv_size > 0);
    return k->mv_size == PLACE && v->mv_size == 8 && memcmp(k->mv_data, key, CHAIN) == 0;
}

/* The last row of a chain. 0, or what the cursor says. */
static int last_of(MDB_cursor *cur, const uint8_t key[PLACE], MDB_val *k, MDB_val *v)
{
    uint8_t behind[PLACE];
    memcpy(behind, key, CHAIN);
    memset(behind + CHAIN, 0xff, PLACE - CHAIN);
    *k = (MDB_val){PLACE, behind};
    int rc = mdb_cursor_get(cur, k, v, MDB_SET_RANGE);
    rc = mdb_cursor_get(cur, k, v, !rc ? MDB_PREV : MDB_LAST);
    assert(rc || k->mv_size > 0);
    return !rc && !of_chain(k, v, key) ? MDB_NOTFOUND : rc;
}

/* The first row of a chain, when its time has passed. One a call: as many go as come. */
static int drop_old(MDB_cursor *cur, const uint8_t key[PLACE], int64_t now_us)
{
    uint8_t first[PLACE];
    memcpy(first, key, CHAIN);
    memset(first + CHAIN, 0, PLACE - CHAIN);
    MDB_val k = {PLACE, first}, v;
    int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    if (rc || !of_chain(&k, &v, key))
        return rc == MDB_NOTFOUND ? 0 : rc;
    int64_t at_us = (int64_t)qp_rd64(v.mv_data);
    bool over = at_us < now_us - KEPT_US || at_us > now_us + KEPT_US; /* or by a clock that was far ahead */
    return over ? mdb_cursor_del(cur, 0) : 0;
}

int qp_held_note(struct qp_work *w, enum qp_held_by by, const uint8_t whose[QP_ID_LEN], uint32_t incarnation,
                 uint32_t lane, uint64_t upto, struct qp_err *e)
{
    assert(upto > 0);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t key[PLACE], at[8];
    key_of(key, by, whose, incarnation, lane, upto);
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_HELD), &cur);
    if (rc)
        return qp_store_error(rc, "times of ticks", e);
    if (!(rc = last_of(cur, key, &k, &v))) {
        int64_t before = (int64_t)qp_rd64(v.mv_data);
        if (memcmp(k.mv_data, key, PLACE) >= 0) { /* it is covered already */
            mdb_cursor_close(cur);
            return 0;
        }
        if (before / SECOND_US == w->now_us / SECOND_US)
            rc = mdb_cursor_del(cur, 0);
        else
            rc = drop_old(cur, key, w->now_us);
    }
    mdb_cursor_close(cur);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "times of ticks", e);
    qp_be64(at, (uint64_t)w->now_us);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_HELD), key, PLACE, at, sizeof at, e);
}

int64_t qp_held_at(MDB_txn *tables, struct qp_store *s, enum qp_held_by by, const uint8_t whose[QP_ID_LEN],
                   uint32_t incarnation, uint32_t lane, uint64_t upto)
{
    assert(tables && s);
    MDB_cursor *cur;
    uint8_t key[PLACE];
    key_of(key, by, whose, incarnation, lane, upto);
    MDB_val k = {PLACE, key}, v;
    int64_t at = 0;
    if (mdb_cursor_open(tables, qp_store_dbi(s, QP_T_HELD), &cur))
        return 0;
    if (!mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE) && of_chain(&k, &v, key))
        at = (int64_t)qp_rd64(v.mv_data);
    mdb_cursor_close(cur);
    return at;
}
