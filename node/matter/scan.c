/* scan.c: leaping through indexes for list.c (scan.h). */
#include "node/matter/scan.h"

#include <assert.h>

#include "node/insight/clue/kept.h"

bool qp_key_step(uint8_t key[QP_SCAN_KEY], bool up)
{
    for (int i = QP_SCAN_KEY - 1; i >= 0; i--) {
        uint8_t was = key[i];
        key[i] = (uint8_t)(up ? was + 1 : was - 1);
        if (was != (up ? 0xff : 0))
            return true;
    }
    return false;
}

int qp_scan_open(struct qp_scan *s, struct qp_read *r, enum qp_table order, bool descending, struct qp_err *e)
{
    *s = (struct qp_scan){.r = r, .descending = descending};
    memset(s->at, descending ? 0xff : 0, sizeof s->at);
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_MATTER), &s->all.cursor);
    if (!rc && order != QP_T_MATTER)
        rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, order), &s->ordered);
    return !rc ? 0 : qp_store_error(rc, "reading the matters' indexes", e);
}

int qp_scan_add(struct qp_scan *s, enum qp_index_kind kind, uint64_t code, struct qp_err *e)
{
    assert(s->n < QP_SCAN_STREAMS);
    struct qp_scan_index *t = &s->streams[s->n];
    int rc = mdb_cursor_open(s->r->tables, qp_store_dbi(s->r->store, QP_T_INDEX), &t->cursor);
    if (rc)
        return qp_store_error(rc, "reading the matters' indexes", e);
    t->prefix[0] = (uint8_t)kind;
    qp_be64(t->prefix + 1, code);
    t->prefix_len = 1 + 8;
    s->n++;
    return 0;
}

int qp_scan_add_lead(struct qp_scan *s, const uint8_t lead[QP_ID_LEN], struct qp_err *e)
{
    assert(s->n < QP_SCAN_STREAMS);
    struct qp_scan_index *t = &s->streams[s->n];
    int rc = mdb_cursor_open(s->r->tables, qp_store_dbi(s->r->store, QP_T_LEAD), &t->cursor);
    if (rc)
        return qp_store_error(rc, "reading leads", e);
    qp_lead_prefix(t->prefix, lead);
    t->prefix_len = QP_SCAN_PREFIX;
    s->n++;
    return 0;
}

void qp_scan_close(struct qp_scan *s)
{
    for (size_t i = 0; i < s->n; i++)
        mdb_cursor_close(s->streams[i].cursor);
    if (s->all.cursor)
        mdb_cursor_close(s->all.cursor);
    if (s->ordered)
        mdb_cursor_close(s->ordered);
}

/* Moves a cursor to the first key at or beyond `key`, in the direction of the scan. An LMDB code. */
static int seek(MDB_cursor *cursor, const uint8_t *key, size_t len, bool descending, MDB_val *k)
{
    MDB_val v;
    *k = (MDB_val){len, (void *)(uintptr_t)key};
    int rc = mdb_cursor_get(cursor, k, &v, MDB_SET_RANGE);
    if (!descending)
        return rc;
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, k, &v, MDB_LAST);
    if (rc || (k->mv_size == len && memcmp(k->mv_data, key, len) == 0))
        return rc;
    return mdb_cursor_get(cursor, k, &v, MDB_PREV);
}

/* The stream's first id at or beyond `id`: into id. */
static int leap(struct qp_scan *s, struct qp_scan_index *t, uint8_t id[QP_ID_LEN])
{
    uint8_t key[QP_SCAN_PREFIX + QP_ID_LEN];
    MDB_val k;
    size_t len = t->prefix_len + QP_ID_LEN;
    memcpy(key, t->prefix, t->prefix_len);
    memcpy(key + t->prefix_len, id, QP_ID_LEN);
    int rc = seek(t->cursor, key, len, s->descending, &k);
    s->budget--;
    if (rc)
        return rc;
    if (k.mv_size != len || memcmp(k.mv_data, t->prefix, t->prefix_len) != 0)
        return MDB_NOTFOUND;
    memcpy(id, (const uint8_t *)k.mv_data + t->prefix_len, QP_ID_LEN);
    return 0;
}

static int result(int mdb_rc, struct qp_err *e)
{
    if (!mdb_rc)
        return 0;
    return mdb_rc == MDB_NOTFOUND ? QP_ENOTFOUND : qp_store_error(mdb_rc, "reading the matters' indexes", e);
}

/* By opening: leaps until all streams name one id. */
static int next_id(struct qp_scan *s, struct qp_err *e)
{
    uint8_t *id = s->at + 8, seen[QP_ID_LEN];
    struct qp_scan_index *streams = s->n ? s->streams : &s->all;
    size_t n = s->n ? s->n : 1, agree = 0;
    for (size_t i = 0; agree < n; i = (i + 1) % n) {
        if (s->budget <= 0) { /* everything before this id was looked at */
            qp_key_step(s->at, s->descending);
            return QP_EBUSY;
        }
        memcpy(seen, id, QP_ID_LEN);
        int rc = leap(s, &streams[i], id);
        if (rc)
            return result(rc, e);
        agree = memcmp(seen, id, QP_ID_LEN) == 0 ? agree + 1 : 1;
    }
    return 0;
}

static int named(struct qp_scan *s, const uint8_t id[QP_ID_LEN], bool *all, struct qp_err *e)
{
    *all = true;
    for (size_t i = 0; i < s->n && *all; i++) {
        uint8_t key[QP_SCAN_PREFIX + QP_ID_LEN];
        size_t len = s->streams[i].prefix_len;
        memcpy(key, s->streams[i].prefix, len);
        memcpy(key + len, id, QP_ID_LEN);
        MDB_val k = {len + QP_ID_LEN, key}, v;
        int rc = mdb_cursor_get(s->streams[i].cursor, &k, &v, MDB_SET);
        s->budget--;
        *all = !rc;
        if (rc && rc != MDB_NOTFOUND)
            return result(rc, e);
    }
    return 0;
}

/* By another table's order: its keys, each asked for in the indexes. */
static int next_key(struct qp_scan *s, struct qp_err *e)
{
    MDB_val k, v;
    int rc = seek(s->ordered, s->at, sizeof s->at, s->descending, &k);
    for (; !rc; rc = mdb_cursor_get(s->ordered, &k, &v, s->descending ? MDB_PREV : MDB_NEXT)) {
        bool all;
        if (k.mv_size != QP_SCAN_KEY)
            return qp_fail(e, QP_ECORRUPT, "an index entry is cut; run qipan rebuild");
        memcpy(s->at, k.mv_data, QP_SCAN_KEY);
        int bad = named(s, s->at + 8, &all, e);
        if (bad || all)
            return bad;
        if (--s->budget <= 0)
            return QP_EBUSY;
    }
    return result(rc, e);
}

int qp_scan_next(struct qp_scan *s, struct qp_err *e)
{
    if (!qp_key_step(s->at, !s->descending))
        return QP_ENOTFOUND;
    return s->ordered ? next_key(s, e) : next_id(s, e);
}
