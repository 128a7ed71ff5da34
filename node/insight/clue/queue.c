/* queue.c: which matters wait to be compared, which were, and in which order. See kept.h.
 *
 *   a row is new ─► waits ─► LeadsCompared ─► has a number: the memory is made again in their order (CU3)
 *
 * In a replay a fact may come before the row of its matter is written: what has a number does not wait. */
#include <stdlib.h>
#include <string.h>

#include "node/insight/clue/inside.h"

enum { VALUE = QP_ID_LEN + 8 }; /* of a number: the matter, and when it was compared */

size_t qp_lead_key(uint8_t key[QP_CLUE_KEY_LEN], enum qp_lead_key what, const void *a, size_t a_len,
                   const void *b, size_t b_len)
{
    key[0] = (uint8_t)what;
    if (a_len > 0)
        memcpy(key + 1, a, a_len);
    if (b_len > 0)
        memcpy(key + 1 + a_len, b, b_len);
    return 1 + a_len + b_len;
}

static MDB_dbi table(const struct qp_txn *t)
{
    return qp_store_dbi(t->store, QP_T_LEAD);
}

static int by_id(const void *a, const void *b)
{
    return memcmp(a, b, QP_ID_LEN);
}

/* The highest id that has a number; all zero: none has. Ids begin with their time: what is new mostly lies behind it, and
 * needs no look-up. */
static int highest(struct qp_txn *t, uint8_t id[QP_ID_LEN])
{
    MDB_cursor *cursor;
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val k = {qp_lead_key(key, QP_CLUE_KEY_MATTER, NULL, 0, NULL, 0), key}, v;
    memset(id, 0, QP_ID_LEN);
    int rc = mdb_cursor_open(t->tables, table(t), &cursor);
    if (rc)
        return rc;
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    rc = mdb_cursor_get(cursor, &k, &v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    if (!rc && k.mv_size == 1 + QP_ID_LEN && ((const uint8_t *)k.mv_data)[0] == QP_CLUE_KEY_NUMBER)
        memcpy(id, (const uint8_t *)k.mv_data + 1, QP_ID_LEN);
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int qp_lead_wait(struct qp_txn *t, uint8_t (*matters)[QP_ID_LEN], size_t n, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_CLUE_KEY_LEN], known[QP_ID_LEN];
    MDB_val v;
    qsort(matters, n, QP_ID_LEN, by_id); /* LMDB is quick where the next key stands beside the last */
    int rc = highest(t, known);
    if (!rc)
        rc = mdb_cursor_open(t->tables, table(t), &cursor);
    if (rc)
        return qp_store_error(rc, "writing which matters are to be compared for leads", e);
    for (size_t i = 0; i < n && !rc; i++) {
        MDB_val k = {qp_lead_key(key, QP_CLUE_KEY_NUMBER, matters[i], QP_ID_LEN, NULL, 0), key};
        MDB_val none = {0, NULL};
        if (memcmp(matters[i], known, QP_ID_LEN) <= 0 &&
            (rc = mdb_get(t->tables, table(t), &k, &v)) != MDB_NOTFOUND)
            continue; /* it has a number, or the table cannot be read */
        key[0] = QP_CLUE_KEY_WAITS;
        rc = mdb_cursor_put(cursor, &k, &none, 0);
    }
    mdb_cursor_close(cursor);
    return !rc ? 0 : qp_store_error(rc, "writing which matters are to be compared for leads", e);
}

/* One more than the last number. */
static int next_number(struct qp_txn *t, uint64_t *next, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val k = {qp_lead_key(key, QP_CLUE_KEY_MEMBER, NULL, 0, NULL, 0), key}, v;
    int rc = mdb_cursor_open(t->tables, table(t), &cursor);
    if (rc)
        return qp_store_error(rc, "reading leads", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    rc = mdb_cursor_get(cursor, &k, &v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    *next = 1;
    if (!rc && k.mv_size == 9 && ((const uint8_t *)k.mv_data)[0] == QP_CLUE_KEY_MATTER)
        *next = qp_rd64((const uint8_t *)k.mv_data + 1) + 1;
    mdb_cursor_close(cursor);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading leads", e);
}

static int number(struct qp_txn *t, const uint8_t matter[QP_ID_LEN], int64_t at_us, uint64_t *next,
                  bool *follows, struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN], be[8], value[VALUE];
    MDB_val v;
    qp_be64(be, *next);
    memcpy(value, matter, QP_ID_LEN);
    qp_be64(value + QP_ID_LEN, (uint64_t)at_us);
    size_t n = qp_lead_key(key, QP_CLUE_KEY_NUMBER, matter, QP_ID_LEN, NULL, 0);
    int rc = qp_get(t->tables, table(t), key, n, &v);
    if (!rc)
        return 0; /* said twice: compared again after a lost disk */
    if (rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "the leads in the tables cannot be read");
    rc = qp_put(t->tables, table(t), key, n, be, sizeof be, e);
    key[0] = QP_CLUE_KEY_WAITS;
    if (!rc)
        rc = qp_del(t->tables, table(t), key, n, e);
    n = qp_lead_key(key, QP_CLUE_KEY_MATTER, be, sizeof be, NULL, 0);
    if (!rc)
        rc = qp_put(t->tables, table(t), key, n, value, sizeof value, e);
    ++*next;
    return !rc ? qp_lead_follow_numbered(t, matter, follows, e) : rc;
}

int qp_lead_compared(struct qp_txn *t, const Qp__LeadsCompared *c, int64_t at_us, bool *follows,
                     struct qp_err *e)
{
    uint64_t next;
    *follows = false;
    int rc = next_number(t, &next, e);
    for (size_t i = 0; !rc && i + QP_ID_LEN <= c->matters.len; i += QP_ID_LEN)
        rc = number(t, c->matters.data + i, at_us, &next, follows, e);
    return rc;
}

int qp_lead_waiting(MDB_txn *tables, struct qp_store *s, uint8_t (*out)[QP_ID_LEN], size_t cap, size_t *n,
                    struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val k = {qp_lead_key(key, QP_CLUE_KEY_WAITS, NULL, 0, NULL, 0), key}, v;
    *n = 0;
    int rc = mdb_cursor_open(tables, qp_store_dbi(s, QP_T_LEAD), &cursor);
    if (rc)
        return qp_store_error(rc, "reading leads", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    for (; !rc && *n < cap; rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        if (k.mv_size != 1 + QP_ID_LEN || ((const uint8_t *)k.mv_data)[0] != QP_CLUE_KEY_WAITS)
            break;
        memcpy(out[(*n)++], (const uint8_t *)k.mv_data + 1, QP_ID_LEN);
    }
    mdb_cursor_close(cursor);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading leads", e);
}

int qp_lead_numbered(MDB_txn *tables, struct qp_store *s, uint64_t place, uint8_t matter[QP_ID_LEN],
                     int64_t *at_us, struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN], be[8];
    MDB_val v;
    qp_be64(be, place);
    size_t n = qp_lead_key(key, QP_CLUE_KEY_MATTER, be, sizeof be, NULL, 0);
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_LEAD), key, n, &v);
    if (!rc && v.mv_size == VALUE) {
        memcpy(matter, v.mv_data, QP_ID_LEN);
        *at_us = (int64_t)qp_rd64((const uint8_t *)v.mv_data + QP_ID_LEN);
    } else if (rc != QP_ENOTFOUND)
        return qp_fail(e, QP_ECORRUPT, "the leads in the tables are damaged; run qipan rebuild");
    return rc;
}
