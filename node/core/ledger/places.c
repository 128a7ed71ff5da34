/* places.c: the nodes that are known here, each where its present certificate puts it (QP_T_NODE).
 *
 *   'i' node 16 ─► struct qp_node_entry        'p' path ─► node 16
 *
 * Written whenever the tree in memory changes; the tree is filled from here when the node is opened. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

enum { BY_ID = 'i', BY_PATH = 'p', ID_KEY = 1 + QP_ID_LEN, PATH_KEY_MAX = 1 + QP_PATH_MAX };

static void id_key(uint8_t key[ID_KEY], const uint8_t *node)
{
    key[0] = BY_ID;
    memcpy(key + 1, node, QP_ID_LEN);
}

/* 0: no path is that long. */
static size_t path_key(uint8_t key[PATH_KEY_MAX], const char *path)
{
    size_t len = strlen(path);
    if (len >= QP_PATH_MAX)
        return 0;
    key[0] = BY_PATH;
    memcpy(key + 1, path, len);
    assert(1 + len <= PATH_KEY_MAX);
    return 1 + len;
}

static int entry_of(MDB_txn *tables, struct qp_store *s, const void *node, struct qp_node_entry *out)
{
    MDB_val v;
    uint8_t key[ID_KEY];
    id_key(key, node);
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_NODE), key, sizeof key, &v);
    if (!rc && v.mv_size != sizeof *out)
        return QP_ECORRUPT;
    if (!rc)
        memcpy(out, v.mv_data, sizeof *out);
    return rc;
}

int qp_place_put(struct qp_work *w, const struct qp_place *p, struct qp_err *e)
{
    assert(p->cert.path[0] != 0 && p->cert.incarnation > 0);
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_NODE);
    struct qp_node_entry n;
    uint8_t id[ID_KEY], path[PATH_KEY_MAX];
    memset(&n, 0, sizeof n); /* padding too: the bytes are the row */
    memcpy(n.node, p->cert.node, QP_ID_LEN);
    memcpy(n.parent, p->cert.issuer, QP_ID_LEN);
    n.certificate = p->cert.id;
    n.incarnation = p->cert.incarnation;
    n.revoked = p->revoked;
    n.quarantined = p->quarantined;
    strcpy(n.path, p->cert.path);
    strcpy(n.title, p->cert.title);
    strcpy(n.level, p->cert.level);
    id_key(id, n.node);
    int rc = qp_put(w->t->tables, dbi, id, sizeof id, &n, sizeof n, e);
    return rc ? rc : qp_put(w->t->tables, dbi, path, path_key(path, n.path), n.node, QP_ID_LEN, e);
}

/* One entry into the tree. False: no memory. An entry whose certificate is not there, or cannot be read, is
 * left out. */
static bool plant(struct qp_core *c, MDB_txn *tables, const struct qp_node_entry *n, struct qp_arena *a)
{
    struct qp_cert cert;
    Qp__Certificate *raw = qp_cert_raw(tables, c->store, &n->certificate, a, NULL);
    if (!raw || qp_cert_read(&cert, raw, a, NULL))
        return true;
    struct qp_place *p = qp_tree_add(c->tree, &cert);
    if (!p)
        return false;
    assert(qp_same(p->cert.node, cert.node));
    p->revoked = n->revoked;
    p->quarantined = n->quarantined;
    return true;
}

int qp_tree_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e)
{
    assert(c->tree);
    MDB_cursor *cur;
    uint8_t first = BY_ID;
    MDB_val k = {1, &first}, v;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory for the tree");
    int rc = mdb_cursor_open(tables, qp_store_dbi(c->store, QP_T_NODE), &cur);
    if (rc) {
        qp_arena_free(a);
        return qp_store_error(rc, "nodes", e);
    }
    bool room = true;
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc && room && ((uint8_t *)k.mv_data)[0] == BY_ID;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        struct qp_node_entry n;
        if (k.mv_size != ID_KEY || v.mv_size != sizeof n)
            continue;
        memcpy(&n, v.mv_data, sizeof n);
        qp_arena_reset(a);
        room = plant(c, tables, &n, a);
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
    if (!room)
        return qp_fail(e, QP_ENOMEM, "no memory for the tree");
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "nodes", e);
}

/* ---- for other threads ---- */

int qp_node_by_id(struct qp_read *r, const uint8_t node[QP_ID_LEN], struct qp_node_entry *out)
{
    return entry_of(r->tables, r->store, node, out);
}

int qp_node_by_path(struct qp_read *r, const char *path, struct qp_node_entry *out)
{
    assert(path && out);
    uint8_t key[PATH_KEY_MAX];
    MDB_val v;
    size_t len = path_key(key, path);
    if (len == 0)
        return QP_ENOTFOUND;
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_NODE), key, len, &v);
    if (!rc && v.mv_size != QP_ID_LEN)
        return QP_ECORRUPT;
    return rc ? rc : entry_of(r->tables, r->store, v.mv_data, out);
}

int qp_nodes_below(struct qp_read *r, const char *path, struct qp_node_entry **out, size_t *n)
{
    assert(out && n);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t key[PATH_KEY_MAX];
    size_t cap = 0, len = path_key(key, path);
    *out = NULL;
    *n = 0;
    if (len == 0 || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_NODE), &cur))
        return QP_EIO;
    k = (MDB_val){len, key};
    int rc = 0, m;
    for (m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !m && !rc;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = k.mv_data;
        if (k.mv_size < len || memcmp(p, key, len) != 0)
            break;
        if (v.mv_size != QP_ID_LEN || (k.mv_size > len && p[len] != '/'))
            continue;
        if (*n == cap) {
            cap = cap == 0 ? 64 : cap * 2;
            void *bigger = realloc(*out, sizeof **out * cap);
            if (!bigger) {
                rc = QP_ENOMEM;
                break;
            }
            *out = bigger;
        }
        rc = entry_of(r->tables, r->store, v.mv_data, &(*out)[*n]);
        *n += !rc;
        rc = rc == QP_ENOTFOUND ? 0 : rc;
    }
    mdb_cursor_close(cur);
    if (!rc && m && m != MDB_NOTFOUND)
        rc = qp_store_error(m, "nodes", NULL);
    if (rc) {
        free(*out);
        *out = NULL;
        *n = 0;
    }
    return rc;
}
