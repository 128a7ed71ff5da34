/* read.c: what may be read of a node from outside the turn, by any thread with a transaction of its own. */
#include <stdlib.h>

#include "node/core/private.h"

Qp__Chain *qp_core_chain(struct qp_core *c, struct qp_txn *t, struct qp_read *r,
                         const struct qp_hash *certificate, struct qp_arena *a)
{
    MDB_txn *txn = t != NULL ? t->tables : r->tables;
    Qp__Chain *chain = qp_arena_take(a, sizeof *chain);
    struct qp_hash id = *certificate;
    if (chain == NULL)
        return NULL;
    qp__chain__init(chain);
    chain->certificates = qp_arena_take(a, sizeof *chain->certificates * QP_CHAIN_CERTIFICATES);
    while (chain->certificates != NULL && chain->n_certificates < QP_CHAIN_CERTIFICATES) {
        MDB_val v;
        Qp__Certificate *raw;
        struct qp_cert cert;
        if (qp_get(txn, qp_store_dbi(c->store, QP_T_CERT), id.b, 32, &v) != 0 ||
            QP_DECODE(&raw, certificate, v.mv_data, v.mv_size, a, NULL) != 0 ||
            qp_cert_read(&cert, raw, a, NULL) != 0)
            return NULL;
        chain->certificates[chain->n_certificates++] = raw;
        if (qp_hash_zero(&cert.issuer_certificate))
            return chain;
        id = cert.issuer_certificate;
    }
    return NULL;
}

bool qp_core_may_dial(const struct qp_core *c, const uint8_t link_key[QP_PK_LEN], int64_t now_us,
                      uint8_t node[QP_ID_LEN], bool *invited)
{
    const struct qp_place *child = qp_tree_link(c->tree, link_key);
    bool hit = child != NULL;
    *invited = false;
    if (hit)
        memcpy(node, child->cert.node, QP_ID_LEN);
    struct qp_read r;
    if (hit || qp_read_begin(c->store, &r, NULL) != 0)
        return hit;
    MDB_val val;
    /* A used or expired token may still dial: it is told so in a sentence. */
    if (qp_get(r.tables, qp_store_dbi(c->store, QP_T_INVITE), link_key, QP_PK_LEN, &val) == 0 &&
        val.mv_size >= 9)
        *invited = now_us < (int64_t)qp_rd64((uint8_t *)val.mv_data + 1) + 86400LL * 1000000;
    qp_read_end(&r);
    return *invited;
}

/* ---- nodes ---- */

static int entry_of(struct qp_read *r, const void *node, struct qp_node_entry *out)
{
    MDB_val v;
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_NODE), node, QP_ID_LEN, &v);
    if (rc == 0 && v.mv_size != sizeof *out)
        return QP_ENOTFOUND;
    if (rc == 0)
        memcpy(out, v.mv_data, sizeof *out);
    return rc;
}

int qp_node_by_id(struct qp_read *r, const uint8_t node[QP_ID_LEN], struct qp_node_entry *out)
{
    return entry_of(r, node, out);
}

int qp_node_by_path(struct qp_read *r, const char *path, struct qp_node_entry *out)
{
    char key[1 + QP_PATH_MAX];
    MDB_val v;
    if (strlen(path) >= QP_PATH_MAX)
        return QP_ENOTFOUND;
    key[0] = 'p';
    strcpy(key + 1, path);
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_NODE), key, strlen(key), &v);
    return rc != 0 || v.mv_size != QP_ID_LEN ? QP_ENOTFOUND : entry_of(r, v.mv_data, out);
}

int qp_nodes_below(struct qp_read *r, const char *path, struct qp_node_entry **out, size_t *n)
{
    MDB_cursor *cur;
    MDB_val k, v;
    char key[1 + QP_PATH_MAX];
    size_t cap = 0, len = strlen(path);
    *out = NULL;
    *n = 0;
    if (len >= QP_PATH_MAX || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_NODE), &cur) != 0)
        return QP_EIO;
    key[0] = 'p';
    memcpy(key + 1, path, len);
    k = (MDB_val){len + 1, key};
    int rc = 0;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); m == 0 && rc == 0;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const char *p = k.mv_data;
        if (k.mv_size < len + 1 || memcmp(p, key, len + 1) != 0)
            break;
        if (v.mv_size != QP_ID_LEN || (k.mv_size > len + 1 && p[len + 1] != '/'))
            continue;
        if (*n == cap) {
            cap = cap == 0 ? 64 : cap * 2;
            void *bigger = realloc(*out, sizeof **out * cap);
            if (bigger == NULL) {
                rc = QP_ENOMEM;
                break;
            }
            *out = bigger;
        }
        if (entry_of(r, v.mv_data, &(*out)[*n]) == 0)
            (*n)++;
    }
    mdb_cursor_close(cur);
    return rc;
}

/* ---- queues and ticks ---- */

void qp_queue_depth(struct qp_read *r, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t *parcels,
                    int64_t *oldest_us)
{
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[25];
    *parcels = 0;
    *oldest_us = 0;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_QUEUE), &cur) != 0)
        return;
    memset(from, 0, sizeof from);
    memcpy(from, peer, QP_ID_LEN);
    from[16] = (uint8_t)lane;
    k = (MDB_val){sizeof from, from};
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0 && *parcels < 100000;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size != 25 || memcmp(k.mv_data, from, 17) != 0)
            break;
        if ((*parcels)++ == 0) {
            struct qp_record rec;
            if (qp_journal_get(r->journal, r->store, qp_rd64((uint8_t *)k.mv_data + 17), &rec, NULL) == 0)
                *oldest_us = rec.received_us;
        }
    }
    mdb_cursor_close(cur);
}

/* One event's parcel: has the parent committed it, has the horizon signed for it? What the horizon has is
 * held above, whatever has become of the parent since: a tick that was shown stays (L6). */
static void tick_of(struct qp_read *r, const struct qp_cert *self, const struct qp_peer_entry *up,
                    const uint8_t parent[QP_ID_LEN], uint64_t position, struct qp_arena *a,
                    struct qp_ticks *out)
{
    struct qp_record rec;
    struct qp_parcel p;
    MDB_val v;
    Qp__Receipt *receipt;
    uint8_t key[21];
    (void)self;
    qp_arena_reset(a);
    if (qp_journal_get(r->journal, r->store, position, &rec, NULL) != 0 ||
        qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL) != 0) {
        out->held = out->top = false;
        return;
    }
    if (qp_same(rec.peer, parent) && rec.kind == QP_RECORD_RECEIVED)
        return; /* it came from above */
    if (p.h.scope != QP_SCOPE_HORIZON)
        return;
    memcpy(key, p.h.origin, 16);
    qp_be32(key + 16, p.h.incarnation);
    key[20] = p.h.lane;
    if (qp_get(r->tables, qp_store_dbi(r->store, QP_T_RECEIPT), key, sizeof key, &v) != 0 ||
        QP_DECODE(&receipt, receipt, v.mv_data, v.mv_size, a, NULL) != 0 || receipt->seq < p.h.seq) {
        out->top = false;
        if (rec.kind != QP_RECORD_HANDBACK && up->acked[p.h.lane - 1] < position)
            out->held = false;
    }
}

void qp_ticks_read(struct qp_read *r, const struct qp_cert *self, const uint8_t parent[QP_ID_LEN],
                   const uint8_t matter[QP_ID_LEN], struct qp_ticks *out)
{
    MDB_cursor *cur;
    MDB_val k, v;
    struct qp_peer_entry up;
    *out = (struct qp_ticks){.kept = true, .held = true, .top = true};
    if (parent == NULL)
        return;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    qp_peer_read(r->tables, r->store, parent, &up);
    if (a == NULL || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_HISTORY), &cur) != 0) {
        out->held = out->top = false;
        qp_arena_free(a);
        return;
    }
    k = (MDB_val){QP_ID_LEN, (void *)(uintptr_t)matter};
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size < QP_ID_LEN || memcmp(k.mv_data, matter, QP_ID_LEN) != 0)
            break;
        if (v.mv_size >= 8)
            tick_of(r, self, &up, parent, qp_rd64(v.mv_data), a, out);
        if (!out->held && !out->top)
            break;
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
}

/* ---- tokens and people ---- */

int qp_token_read(struct qp_read *r, const struct qp_hash *hash, struct qp_token_entry *out)
{
    MDB_val v;
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_TOKEN), hash->b, 32, &v);
    if (rc != 0 || v.mv_size != sizeof *out)
        return QP_ENOTFOUND;
    memcpy(out, v.mv_data, sizeof *out);
    return 0;
}

int qp_user_read(struct qp_read *r, const char *name, struct qp_user_entry *out)
{
    MDB_val v;
    size_t len = strlen(name);
    if (len < 1 || len > QP_NAME_BYTES ||
        qp_get(r->tables, qp_store_dbi(r->store, QP_T_USER), name, len, &v) != 0 || v.mv_size != sizeof *out)
        return QP_ENOTFOUND;
    memcpy(out, v.mv_data, sizeof *out);
    return 0;
}

int qp_tokens_list(struct qp_read *r, struct qp_token_entry **out, size_t *n)
{
    MDB_cursor *cur;
    MDB_val k, v;
    size_t cap = 0;
    *out = NULL;
    *n = 0;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_TOKEN), &cur) != 0)
        return QP_EIO;
    int rc = 0;
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_FIRST); m == 0; m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (v.mv_size != sizeof **out)
            continue; /* a name's entry */
        if (*n == cap) {
            cap = cap == 0 ? 16 : cap * 2;
            void *bigger = realloc(*out, sizeof **out * cap);
            if (bigger == NULL) {
                rc = QP_ENOMEM;
                break;
            }
            *out = bigger;
        }
        memcpy(&(*out)[(*n)++], v.mv_data, sizeof **out);
    }
    mdb_cursor_close(cur);
    return rc;
}
