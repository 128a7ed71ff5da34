/* shelf.c: see shelf.h. Two kinds of key: by matter, and by the time of closing. */
#include "node/vault/shelf.h"

#include <string.h>

enum { BY_MATTER = 1, BY_CLOSING = 2, MATTER_KEY = 1 + QP_ID_LEN, CLOSING_KEY = 1 + 8 + QP_ID_LEN };

static void matter_key(uint8_t k[MATTER_KEY], const uint8_t matter[QP_ID_LEN])
{
    k[0] = BY_MATTER;
    memcpy(k + 1, matter, QP_ID_LEN);
}

static void closing_key(uint8_t k[CLOSING_KEY], int64_t closed_us, const uint8_t matter[QP_ID_LEN])
{
    k[0] = BY_CLOSING;
    qp_be64(k + 1, (uint64_t)closed_us);
    memcpy(k + 9, matter, QP_ID_LEN);
}

static void shelve(struct qp_shelved *out, const Qp__Face *f, const uint8_t self[QP_ID_LEN])
{
    memset(out, 0, sizeof *out);
    if (!f || f->id.len != QP_ID_LEN)
        return;
    memcpy(out->matter, f->id.data, QP_ID_LEN);
    out->state = (uint8_t)f->personal_state;
    out->held = f->holder.len == QP_ID_LEN && memcmp(f->holder.data, self, QP_ID_LEN) == 0;
    out->closed_us = f->closed_us;
}

static bool waits(const struct qp_shelved *s)
{
    return s->state == QP_PERSONAL_KEPT && s->closed_us > 0 && s->held;
}

bool qp_shelved_differs(struct qp_shelved_change *out, const Qp__Face *was, const Qp__Face *is,
                        const uint8_t self[QP_ID_LEN])
{
    if (is->personal_state == QP_PERSONAL_NONE)
        return false;
    shelve(&out->was, was, self);
    shelve(&out->is, is, self);
    return out->was.state != out->is.state || out->was.held != out->is.held ||
           waits(&out->was) != waits(&out->is) || out->was.closed_us != out->is.closed_us;
}

int qp_shelved_put(struct qp_txn *t, const struct qp_shelved_change *c, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(t->store, QP_T_PERSONAL);
    uint8_t m[MATTER_KEY], k[CLOSING_KEY];
    const uint8_t v[2] = {c->is.state, c->is.held};
    int rc = 0;
    if (waits(&c->was)) {
        closing_key(k, c->was.closed_us, c->is.matter);
        rc = qp_del(t->tables, dbi, k, sizeof k, e);
    }
    if (!rc && waits(&c->is)) {
        closing_key(k, c->is.closed_us, c->is.matter);
        rc = qp_put(t->tables, dbi, k, sizeof k, "", 0, e);
    }
    matter_key(m, c->is.matter);
    return rc ? rc : qp_put(t->tables, dbi, m, sizeof m, v, sizeof v, e);
}

static int of_matter(struct qp_shelved *out, const uint8_t *matter, const MDB_val *v)
{
    if (v->mv_size != 2)
        return QP_ECORRUPT;
    memset(out, 0, sizeof *out);
    memcpy(out->matter, matter, QP_ID_LEN);
    out->state = ((const uint8_t *)v->mv_data)[0];
    out->held = ((const uint8_t *)v->mv_data)[1] != 0;
    return 0;
}

int qp_shelved_get(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                   struct qp_shelved *out)
{
    uint8_t k[MATTER_KEY];
    MDB_val v;
    matter_key(k, matter);
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_PERSONAL), k, sizeof k, &v);
    return rc ? rc : of_matter(out, matter, &v);
}

/* The first key behind this one. */
static int behind(MDB_txn *tables, struct qp_store *s, const uint8_t *key, size_t len, MDB_val *k, MDB_val *v)
{
    MDB_cursor *cur;
    *k = (MDB_val){len, (void *)(uintptr_t)key};
    int m = mdb_cursor_open(tables, qp_store_dbi(s, QP_T_PERSONAL), &cur);
    if (m)
        return qp_store_error(m, "", NULL);
    m = mdb_cursor_get(cur, k, v, MDB_SET_RANGE);
    if (!m && k->mv_size == len && memcmp(k->mv_data, key, len) == 0)
        m = mdb_cursor_get(cur, k, v, MDB_NEXT);
    mdb_cursor_close(cur);
    if (m == MDB_NOTFOUND || (!m && (k->mv_size != len || ((const uint8_t *)k->mv_data)[0] != key[0])))
        return QP_ENOTFOUND;
    return qp_store_error(m, "", NULL);
}

int qp_shelved_over(int rc, struct qp_err *e)
{
    if (!rc || rc == QP_ENOTFOUND)
        return 0;
    return qp_fail(
        e, rc,
        "the table of personal records cannot be read (%s): the node ends, and its next start makes the "
        "tables again from the journal; look at the disk",
        qp_error_name(rc));
}

int qp_shelved_next(MDB_txn *tables, struct qp_store *s, const uint8_t after[QP_ID_LEN],
                    struct qp_shelved *out)
{
    uint8_t key[MATTER_KEY];
    MDB_val k, v;
    matter_key(key, after);
    int rc = behind(tables, s, key, sizeof key, &k, &v);
    return rc ? rc : of_matter(out, (const uint8_t *)k.mv_data + 1, &v);
}

int qp_shelved_closed(MDB_txn *tables, struct qp_store *s, int64_t closed_us, const uint8_t after[QP_ID_LEN],
                      struct qp_shelved *out)
{
    uint8_t key[CLOSING_KEY];
    MDB_val k, v;
    closing_key(key, closed_us, after);
    int rc = behind(tables, s, key, sizeof key, &k, &v);
    if (rc)
        return rc;
    *out = (struct qp_shelved){.state = QP_PERSONAL_KEPT, .held = true};
    out->closed_us = (int64_t)qp_rd64((const uint8_t *)k.mv_data + 1);
    memcpy(out->matter, (const uint8_t *)k.mv_data + 9, QP_ID_LEN);
    return 0;
}
