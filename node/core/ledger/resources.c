/* resources.c: the rows of all resources (resources.h), each kind in a table of its own:
 *
 *   'r' id              ─► version 8, made 8, updated 8, ended 8, then the MADE message
 *   'k' client 8, key   ─► request 16, id: what an idempotency key made (E4)
 *   's' secret's hash   ─► id: of tokens, which are asked for by what only their holders know
 *
 * The first byte keeps the kinds of keys apart: an id is anybody's text. */
#include <assert.h>

#include "node/core/private.h"

enum { ROW = 'r', KEY = 'k', SECRET = 's' };
enum { AT_MADE = 8, AT_UPDATED = 16, AT_ENDED = 24, AT_MESSAGE = 32 };
enum {
    CLIENT = 8,
    ROW_KEY = 1 + QP_NAME_BYTES,
    KEY_KEY = 1 + CLIENT + QP_REF_BYTES,
    SECRET_KEY = 1 + QP_HASH_LEN
};

/* 0: no id is that long, or there is none. */
static size_t row_key(uint8_t key[ROW_KEY], const char *id)
{
    size_t len = strlen(id);
    if (len == 0 || len > QP_NAME_BYTES)
        return 0;
    key[0] = ROW;
    memcpy(key + 1, id, len);
    return 1 + len;
}

static const ProtobufCMessageDescriptor *made_type(const struct qp_resource *kind)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field(&qp__event__descriptor, (unsigned)kind->made);
    return f->descriptor;
}

static int row_read(struct qp_resource_row *out, const struct qp_resource *kind, const MDB_val *k,
                    const MDB_val *v, struct qp_arena *a)
{
    const uint8_t *p = v->mv_data;
    if (v->mv_size < AT_MESSAGE || k->mv_size < 2 || k->mv_size > ROW_KEY)
        return QP_ECORRUPT;
    memcpy(out->id, (const uint8_t *)k->mv_data + 1, k->mv_size - 1);
    out->id[k->mv_size - 1] = '\0';
    out->version = qp_rd64(p);
    out->made_us = (int64_t)qp_rd64(p + AT_MADE);
    out->updated_us = (int64_t)qp_rd64(p + AT_UPDATED);
    out->ended_us = (int64_t)qp_rd64(p + AT_ENDED);
    int rc = qp_decode(&out->made, made_type(kind), p + AT_MESSAGE, v->mv_size - AT_MESSAGE, a, NULL);
    if (rc == 0)
        assert(strcmp(qp_resource_id(kind, out->made), out->id) == 0); /* the row is its key's */
    return rc;
}

static int read_in(MDB_txn *txn, struct qp_store *s, const struct qp_resource *kind, const char *id,
                   struct qp_arena *a, struct qp_resource_row *out)
{
    uint8_t key[ROW_KEY];
    size_t len = row_key(key, id);
    MDB_val v, k = {len, key};
    int rc = len ? qp_get(txn, qp_store_dbi(s, kind->table), key, len, &v) : QP_ENOTFOUND;
    return rc ? rc : row_read(out, kind, &k, &v, a);
}

int qp_resource_read(struct qp_read *r, const struct qp_resource *kind, const char *id, struct qp_arena *a,
                     struct qp_resource_row *out)
{
    return read_in(r->tables, r->store, kind, id, a, out);
}

int qp_resource_row(struct qp_work *w, const struct qp_resource *kind, const char *id,
                    struct qp_resource_row *out)
{
    return read_in(w->t->tables, w->c->store, kind, id, w->c->arena, out);
}

bool qp_resource_stands(struct qp_read *r, const struct qp_resource *kind, const char *id)
{
    uint8_t key[ROW_KEY];
    size_t len = row_key(key, id);
    MDB_val v;
    return len && qp_get(r->tables, qp_store_dbi(r->store, kind->table), key, len, &v) == 0 &&
           v.mv_size >= AT_MESSAGE && qp_rd64((const uint8_t *)v.mv_data + AT_ENDED) == 0;
}

int qp_resource_next(struct qp_read *r, const struct qp_resource *kind, const char *after, struct qp_arena *a,
                     struct qp_resource_row *out)
{
    MDB_cursor *cur;
    uint8_t from[ROW_KEY] = {ROW};
    size_t len = *after ? row_key(from, after) : 1;
    MDB_val k = {len, from}, v;
    if (!len)
        return QP_ENOTFOUND;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, kind->table), &cur))
        return QP_EIO;
    int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    if (m == 0 && k.mv_size == len && memcmp(k.mv_data, from, len) == 0)
        m = mdb_cursor_get(cur, &k, &v, MDB_NEXT);
    bool one = m == 0 && ((const uint8_t *)k.mv_data)[0] == ROW;
    int rc = one ? row_read(out, kind, &k, &v, a) : m == 0 || m == MDB_NOTFOUND ? QP_ENOTFOUND : QP_EIO;
    mdb_cursor_close(cur);
    return rc;
}

/* ---- writing ---- */

static int row_put(struct qp_work *w, const struct qp_resource *kind, const struct qp_resource_row *row,
                   struct qp_err *e)
{
    size_t n;
    uint8_t key[ROW_KEY], *packed = qp_encode(row->made, w->c->arena, &n);
    uint8_t *v = packed ? qp_arena_take(w->c->arena, AT_MESSAGE + n) : NULL;
    if (!v)
        return qp_fail(e, QP_ENOMEM, "no memory for a %s", kind->en);
    qp_be64(v, row->version);
    qp_be64(v + AT_MADE, (uint64_t)row->made_us);
    qp_be64(v + AT_UPDATED, (uint64_t)row->updated_us);
    qp_be64(v + AT_ENDED, (uint64_t)row->ended_us);
    memcpy(v + AT_MESSAGE, packed, n);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, kind->table), key, row_key(key, row->id), v,
                  AT_MESSAGE + n, e);
}

/* A token's secret leads to its name; that it is still this one's secret is looked at when it is used. */
static int secret_put(struct qp_work *w, const struct qp_resource *kind, const struct qp_resource_row *row,
                      struct qp_err *e)
{
    uint8_t key[SECRET_KEY] = {SECRET};
    if (kind != &qp_resources[QP_RESOURCE_TOKEN])
        return 0;
    memcpy(key + 1, ((const Qp__TokenMade *)row->made)->hash.data, QP_HASH_LEN);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, kind->table), key, sizeof key, row->id,
                  strlen(row->id), e);
}

static size_t idem_key(uint8_t key[KEY_KEY], const char *by, const char *text)
{
    struct qp_hash client;
    size_t len = strlen(text);
    assert(len <= QP_REF_BYTES); /* bounded where events are decoded and checked */
    qp_hash(&client, by, strlen(by));
    key[0] = KEY;
    memcpy(key + 1, client.b, CLIENT);
    memcpy(key + 1 + CLIENT, text, len);
    return 1 + CLIENT + len;
}

static int key_put(struct qp_work *w, const struct qp_resource *kind, const Qp__Event *ev, const char *id,
                   struct qp_err *e)
{
    uint8_t key[KEY_KEY], v[QP_REQUEST_LEN + QP_NAME_BYTES] = {0};
    size_t len = strlen(id);
    if (!*ev->key)
        return 0;
    if (ev->request.len == QP_REQUEST_LEN)
        memcpy(v, ev->request.data, QP_REQUEST_LEN);
    memcpy(v + QP_REQUEST_LEN, id, len);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, kind->table), key, idem_key(key, ev->by, ev->key),
                  v, QP_REQUEST_LEN + len, e);
}

int qp_resource_by_key(struct qp_work *w, const struct qp_resource *kind, const Qp__Event *ev,
                       struct qp_err *e)
{
    uint8_t key[KEY_KEY];
    MDB_val v;
    if (!ev->key || !*ev->key || strlen(ev->key) > QP_REF_BYTES)
        return QP_ENOTFOUND;
    int rc =
        qp_get(w->t->tables, qp_store_dbi(w->c->store, kind->table), key, idem_key(key, ev->by, ev->key), &v);
    if (rc)
        return rc == QP_ENOTFOUND ? rc : qp_fail(e, rc, "the idempotency keys cannot be read");
    bool same = v.mv_size >= QP_REQUEST_LEN && ev->request.len == QP_REQUEST_LEN &&
                memcmp(v.mv_data, ev->request.data, QP_REQUEST_LEN) == 0;
    return same ? 0
                : qp_fail(e, QP_EKEYREUSED,
                          "this idempotency key came before with another request; use a new one");
}

/* The fact: in a turn, in a replay, and of what was said by a former incarnation alike. */
int qp_resource_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    bool ends;
    const struct qp_resource *kind = qp_resource_of(ev, &ends);
    struct qp_resource_row row = {.version = 0};
    assert(kind);
    const ProtobufCMessage *body = (const ProtobufCMessage *)ev->token_made; /* every body is a message */
    const char *id = qp_resource_id(kind, body);
    int rc = qp_resource_row(w, kind, id, &row);
    bool was = rc == 0;
    if (!was && (rc != QP_ENOTFOUND || ends))
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "a %s cannot be read", kind->en);
    snprintf(row.id, sizeof row.id, "%s", id);
    row.version++;
    row.updated_us = ev->at_us;
    row.ended_us = ends ? ev->at_us : 0;
    if (!was)
        row.made_us = ev->at_us;
    if (!ends)
        row.made = (ProtobufCMessage *)(uintptr_t)body;
    rc = row_put(w, kind, &row, e);
    if (!rc && !ends)
        rc = secret_put(w, kind, &row, e);
    return rc ? rc : key_put(w, kind, ev, id, e);
}

/* ---- by what only its holder knows ---- */

int qp_token_row(struct qp_read *r, const struct qp_hash *secret, struct qp_arena *a,
                 struct qp_resource_row *out)
{
    const struct qp_resource *kind = &qp_resources[QP_RESOURCE_TOKEN];
    uint8_t key[SECRET_KEY] = {SECRET};
    char id[QP_NAME_BYTES + 1];
    MDB_val v;
    memcpy(key + 1, secret->b, QP_HASH_LEN);
    int rc = qp_get(r->tables, qp_store_dbi(r->store, kind->table), key, sizeof key, &v);
    if (rc || v.mv_size > QP_NAME_BYTES)
        return rc ? rc : QP_ECORRUPT;
    memcpy(id, v.mv_data, v.mv_size);
    id[v.mv_size] = '\0';
    rc = qp_resource_read(r, kind, id, a, out);
    if (rc)
        return rc;
    /* a name stands for one secret: with a newer one this is over */
    const Qp__TokenMade *t = (const Qp__TokenMade *)out->made;
    if (memcmp(t->hash.data, secret->b, QP_HASH_LEN) != 0 && !out->ended_us)
        out->ended_us = out->updated_us;
    return 0;
}
