/* resources.c: the rows of all resources (resources.h), each kind in a table of its own:
 *
 *   'r' id              ─► version 8, made 8, updated 8, ended 8, then the MADE message
 *   'o' node 16, id     ─► the same, of another node's: of kinds that travel (RE1)
 *   'n'                 ─► 8: how often one of such a kind was changed, whoever's
 *   'w' id              ─► an order from above that waits to be made this node's own (grid_order.c)
 *   'u' node 16, id     ─► an order of this node that waits there
 *   'k' client 8, key   ─► request 16, id: what an idempotency key made (E4)
 *   's' secret's hash   ─► id: of tokens, which are asked for by what only their holders know
 *
 * The first byte keeps the kinds of keys apart: an id is anybody's text. */
#include <assert.h>

#include "node/core/private.h"

enum { ROW = 'r', OTHERS = 'o', CHANGES = 'n', KEY = 'k', SECRET = 's' };
enum { AT_MADE = 8, AT_UPDATED = 16, AT_ENDED = 24, AT_MESSAGE = 32 };
enum {
    CLIENT = 8,
    ROW_KEY = 1 + QP_ID_LEN + QP_NAME_BYTES,
    KEY_KEY = 1 + CLIENT + QP_REF_BYTES,
    SECRET_KEY = 1 + QP_HASH_LEN
};

/* Where the id begins in a key of this kind. */
static size_t id_at(uint8_t kind)
{
    return kind == OTHERS ? 1 + QP_ID_LEN : 1;
}

/* node: NULL: this one. 0: no id is that long, or there is none. */
static size_t row_key(uint8_t key[ROW_KEY], const uint8_t *node, const char *id)
{
    size_t len = strlen(id), at = id_at(node ? OTHERS : ROW);
    if (len == 0 || len > QP_NAME_BYTES)
        return 0;
    key[0] = node ? OTHERS : ROW;
    if (node)
        memcpy(key + 1, node, QP_ID_LEN);
    memcpy(key + at, id, len);
    assert(at + len <= ROW_KEY);
    return at + len;
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
    const uint8_t *p = v->mv_data, *key = k->mv_data;
    size_t at = k->mv_size > 0 ? id_at(key[0]) : 0;
    if (v->mv_size < AT_MESSAGE || k->mv_size < at + 1 || k->mv_size > at + QP_NAME_BYTES)
        return QP_ECORRUPT;
    memcpy(out->id, key + at, k->mv_size - at);
    out->id[k->mv_size - at] = '\0';
    out->version = qp_rd64(p);
    out->made_us = (int64_t)qp_rd64(p + AT_MADE);
    out->updated_us = (int64_t)qp_rd64(p + AT_UPDATED);
    out->ended_us = (int64_t)qp_rd64(p + AT_ENDED);
    int rc = qp_decode(&out->made, made_type(kind), p + AT_MESSAGE, v->mv_size - AT_MESSAGE, a, NULL);
    if (!rc && strcmp(qp_resource_id(kind, out->made), out->id) != 0)
        return QP_ECORRUPT; /* another's row under its key */
    return rc;
}

static int read_in(MDB_txn *txn, struct qp_store *s, const struct qp_resource *kind, const uint8_t *node,
                   const char *id, struct qp_arena *a, struct qp_resource_row *out)
{
    uint8_t key[ROW_KEY];
    size_t len = row_key(key, node, id);
    assert(len <= sizeof key);
    MDB_val v, k = {len, key};
    int rc = len ? qp_get(txn, qp_store_dbi(s, kind->table), key, len, &v) : QP_ENOTFOUND;
    return rc ? rc : row_read(out, kind, &k, &v, a);
}

int qp_resource_read(struct qp_read *r, const struct qp_resource *kind, const char *id, struct qp_arena *a,
                     struct qp_resource_row *out)
{
    return read_in(r->tables, r->store, kind, NULL, id, a, out);
}

int qp_resource_read_of(struct qp_read *r, const struct qp_resource *kind, const uint8_t node[QP_ID_LEN],
                        const char *id, struct qp_arena *a, struct qp_resource_row *out)
{
    return read_in(r->tables, r->store, kind, node, id, a, out);
}

int qp_resource_row(struct qp_work *w, const struct qp_resource *kind, const char *id,
                    struct qp_resource_row *out)
{
    return read_in(w->t->tables, w->c->store, kind, NULL, id, w->c->arena, out);
}

int qp_resource_row_of(struct qp_work *w, const struct qp_resource *kind, const uint8_t node[QP_ID_LEN],
                       const char *id, struct qp_resource_row *out)
{
    return read_in(w->t->tables, w->c->store, kind, node, id, w->c->arena, out);
}

bool qp_resource_stands(struct qp_read *r, const struct qp_resource *kind, const char *id)
{
    uint8_t key[ROW_KEY];
    size_t len = row_key(key, NULL, id);
    assert(len <= sizeof key);
    MDB_val v;
    return len && !qp_get(r->tables, qp_store_dbi(r->store, kind->table), key, len, &v) &&
           v.mv_size >= AT_MESSAGE && qp_rd64((const uint8_t *)v.mv_data + AT_ENDED) == 0;
}

/* The first row from this key on (itself left out) whose key begins with `kind_of_key`; its key in *k. */
static int next_row(struct qp_read *r, const struct qp_resource *kind, MDB_val *k, uint8_t kind_of_key,
                    struct qp_arena *a, struct qp_resource_row *out)
{
    assert(k->mv_size > 0 && (kind_of_key == ROW || kind_of_key == OTHERS)); /* the kinds that are rows */
    MDB_cursor *cur;
    MDB_val v, from = *k;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, kind->table), &cur))
        return QP_EIO;
    int m = mdb_cursor_get(cur, k, &v, MDB_SET_RANGE);
    if (!m && k->mv_size == from.mv_size && memcmp(k->mv_data, from.mv_data, from.mv_size) == 0)
        m = mdb_cursor_get(cur, k, &v, MDB_NEXT);
    bool one = !m && ((const uint8_t *)k->mv_data)[0] == kind_of_key;
    int rc = one ? row_read(out, kind, k, &v, a) : !m || m == MDB_NOTFOUND ? QP_ENOTFOUND : QP_EIO;
    mdb_cursor_close(cur);
    return rc;
}

int qp_resource_next(struct qp_read *r, const struct qp_resource *kind, const char *after, struct qp_arena *a,
                     struct qp_resource_row *out)
{
    uint8_t from[ROW_KEY] = {ROW};
    MDB_val k = {*after ? row_key(from, NULL, after) : 1, from};
    return k.mv_size ? next_row(r, kind, &k, ROW, a, out) : QP_ENOTFOUND;
}

int qp_resource_next_of(struct qp_read *r, const struct qp_resource *kind, uint8_t node[QP_ID_LEN],
                        const char *after, struct qp_arena *a, struct qp_resource_row *out)
{
    uint8_t from[ROW_KEY] = {OTHERS};
    size_t len = strlen(after);
    if (len > QP_NAME_BYTES)
        return QP_ENOTFOUND;
    memcpy(from + 1, node, QP_ID_LEN);
    memcpy(from + 1 + QP_ID_LEN, after, len);
    MDB_val k = {1 + QP_ID_LEN + len, from};
    assert(k.mv_size <= sizeof from);
    int rc = next_row(r, kind, &k, OTHERS, a, out);
    if (!rc)
        memcpy(node, (const uint8_t *)k.mv_data + 1, QP_ID_LEN);
    return rc;
}

uint64_t qp_resource_changes(MDB_txn *tables, struct qp_store *s, const struct qp_resource *kind)
{
    const uint8_t key = CHANGES;
    MDB_val v;
    return !qp_get(tables, qp_store_dbi(s, kind->table), &key, 1, &v) && v.mv_size == 8 ? qp_rd64(v.mv_data)
                                                                                        : 0;
}

/* ---- writing ---- */

static int row_put(struct qp_work *w, const struct qp_resource *kind, const uint8_t *node,
                   const struct qp_resource_row *row, struct qp_err *e)
{
    assert(row->version > 0 &&
           strcmp(qp_resource_id(kind, row->made), row->id) == 0); /* the row is its key's */
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
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, kind->table), key, row_key(key, node, row->id), v,
                  AT_MESSAGE + n, e);
}

/* A token's secret leads to its name; that it is still this one's secret is looked at when it is used. */
static int secret_put(struct qp_work *w, const struct qp_resource *kind, const struct qp_resource_row *row,
                      struct qp_err *e)
{
    assert(row->made);
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
    assert(len <= QP_NAME_BYTES);
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

static int note_change(struct qp_work *w, const struct qp_resource *kind, struct qp_err *e)
{
    uint8_t key = CHANGES, v[8];
    qp_be64(v, qp_resource_changes(w->t->tables, w->c->store, kind) + 1);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, kind->table), &key, 1, v, sizeof v, e);
}

int qp_resources_moved(struct qp_work *w, struct qp_err *e)
{
    int rc = 0;
    for (size_t i = 0; i < QP_RESOURCE_KINDS && !rc; i++)
        if (qp_resource_changes(w->t->tables, w->c->store, &qp_resources[i]) > 0)
            rc = note_change(w, &qp_resources[i], e);
    return rc;
}

/* What one event makes of a row. Where a kind travels the origin states the version, so that an event that comes twice
 * (E1) does nothing the second time. */
static void row_change(struct qp_resource_row *row, const Qp__Event *ev, bool ends, bool was)
{
    bool stood = was && row->ended_us == 0;
    row->version = ev->version > row->version ? ev->version : row->version + 1;
    assert(row->version > 0);
    row->updated_us = ev->at_us;
    row->ended_us = ends ? ev->at_us : 0;
    if (!stood && !ends)
        row->made_us = ev->at_us;
    if (!ends)
        row->made = (ProtobufCMessage *)(uintptr_t)(const ProtobufCMessage *)ev->token_made;
}

/* The fact: in a turn, in a replay, and of what was said by a former incarnation alike. Of another node it is that
 * node's own word (events.h), kept under its id: nobody speaks of another's (RE2). */
int qp_resource_fact(struct qp_work *w, const Qp__Event *ev, bool *anew, struct qp_err *e)
{
    bool ends;
    *anew = false;
    const struct qp_resource *kind = qp_resource_of(ev, &ends);
    struct qp_resource_row row = {.version = 0};
    assert(kind);
    bool own = qp_same(ev->origin.data, w->c->self.node), travels = qp_resource_travels(kind);
    const uint8_t *node = own ? NULL : ev->origin.data;
    const char *id = qp_resource_id(kind, (const ProtobufCMessage *)ev->token_made);
    int rc = read_in(w->t->tables, w->c->store, kind, node, id, w->c->arena, &row);
    bool was = !rc;
    if (!was && (rc != QP_ENOTFOUND || ends))
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "a %s cannot be read", kind->en);
    if (travels && ev->version <= row.version)
        return 0;
    snprintf(row.id, sizeof row.id, "%s", id);
    row_change(&row, ev, ends, was);
    rc = row_put(w, kind, node, &row, e);
    if (!rc && travels)
        rc = note_change(w, kind, e);
    *anew = !rc;
    if (rc || !own)
        return rc;
    if (!ends)
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
    assert(out->made->descriptor == &qp__token_made__descriptor);
    const Qp__TokenMade *t = (const Qp__TokenMade *)out->made;
    if (memcmp(t->hash.data, secret->b, QP_HASH_LEN) != 0 && !out->ended_us)
        out->ended_us = out->updated_us;
    return 0;
}
