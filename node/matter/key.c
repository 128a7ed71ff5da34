/* key.c: what was asked before (E4): idempotency keys and source references of this node.
 *
 *   QP_T_IDEM: 'o', client 8, key: of an opening; 's', client 8, matter 16, key: of a step ─► matter 16,
 *              request 16
 *   QP_T_REF:  source_ref, a NUL, matter 16 (rows.c); rows of this turn are in the qp_pending
 *
 * Both are projections of the events that carry them: a rebuild finds every key again, also after a
 * hand-over. Keys count for each client (the token or account that the event says, as a hash), so that two
 * may both use `1`. The key itself is not hashed: who counts his keys up dirties one page a turn, not one for
 * each. */
#include "node/matter/key.h"

#include <assert.h>

#include "node/matter/pending.h"

enum { VALUE = QP_ID_LEN + QP_REQUEST_LEN, CLIENT = 8 };
enum { OPENING = 'o', STEP = 's' };

struct idem_key {
    uint8_t b[1 + CLIENT + QP_ID_LEN + QP_REF_BYTES];
    size_t len;
};

static void key_of(struct idem_key *out, const char *by, const uint8_t *scope, const char *key)
{
    size_t len = strlen(key);
    struct qp_hash client;
    assert(len <= QP_REF_BYTES); /* bounded where events are decoded and checked */
    out->b[0] = scope ? STEP : OPENING;
    qp_hash(&client, by, strlen(by));
    memcpy(out->b + 1, client.b, CLIENT);
    out->len = 1 + CLIENT;
    if (scope) {
        memcpy(out->b + out->len, scope, QP_ID_LEN);
        out->len += QP_ID_LEN;
    }
    memcpy(out->b + out->len, key, len);
    out->len += len;
}

int qp_key_note(struct qp_matters *m, const Qp__Event *ev, struct qp_err *e)
{
    if (!*ev->key || !qp_id_is(ev->origin, m->self))
        return 0;
    struct idem_key key;
    key_of(&key, ev->by, ev->body_case == QP__EVENT__BODY_OPENED ? NULL : ev->matter.data, ev->key);
    uint8_t value[VALUE] = {0};
    memcpy(value, ev->matter.data, QP_ID_LEN);
    if (ev->request.len == QP_REQUEST_LEN)
        memcpy(value + QP_ID_LEN, ev->request.data, QP_REQUEST_LEN);
    MDB_val k = {key.len, key.b}, v = {sizeof value, value};
    int rc = mdb_put(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_IDEM), &k, &v, MDB_NOOVERWRITE);
    return !rc || rc == MDB_KEYEXIST ? 0 : qp_store_error(rc, "noting an idempotency key", e);
}

int qp_matter_by_key(struct qp_matters *m, const char *by, const uint8_t *matter_scope, const char *key,
                     const uint8_t request[QP_REQUEST_LEN], uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    struct idem_key k;
    MDB_val v;
    if (strlen(key) > QP_REF_BYTES)
        return QP_ENOTFOUND; /* no event can have been made with it */
    key_of(&k, by, matter_scope, key);
    int rc = qp_get(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_IDEM), k.b, k.len, &v);
    if (rc == QP_ENOTFOUND)
        return rc;
    if (rc || v.mv_size != VALUE)
        return qp_fail(e, !rc ? QP_ECORRUPT : rc, "the idempotency keys cannot be read");
    if (memcmp((const uint8_t *)v.mv_data + QP_ID_LEN, request, QP_REQUEST_LEN) != 0)
        return qp_fail(e, QP_EKEYREUSED,
                       "this idempotency key came before with another request; use a new one");
    memcpy(matter, v.mv_data, QP_ID_LEN);
    return 0;
}

/* ---- source references ---- */
static bool is_the_one(struct qp_matters *m, const Qp__Row *row, const char *source, const char *ref)
{
    return row && qp_id_is(row->face->opener, m->self) && strcmp(row->face->source, source) == 0 &&
           strcmp(row->face->source_ref, ref) == 0;
}

enum { REF_BATCH = 16 };

/* Copies the ids under a reference, from the key on; how many, or -1. Ids first: reading rows moves no cursor
 * then. */
static int ids_under(struct qp_matters *m, const uint8_t *from, size_t prefix,
                     uint8_t ids[REF_BATCH][QP_ID_LEN])
{
    MDB_cursor *cursor;
    size_t len = prefix + QP_ID_LEN;
    MDB_val k = {len, (void *)(uintptr_t)from}, v;
    int n = 0;
    int rc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_REF), &cursor);
    if (rc)
        return -1;
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    while (!rc && n < REF_BATCH && k.mv_size == len && memcmp(k.mv_data, from, prefix) == 0) {
        memcpy(ids[n++], (const uint8_t *)k.mv_data + prefix, QP_ID_LEN);
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return !rc || rc == MDB_NOTFOUND ? n : -1;
}

static int by_ref(struct qp_matters *m, const char *source, const char *ref, uint8_t matter[QP_ID_LEN],
                  struct qp_err *e)
{
    struct qp_entry *entry;
    for (uint32_t at = 0; (entry = qp_pending_ref(m->pending, ref, &at));)
        if (is_the_one(m, entry->row, source, ref)) {
            memcpy(matter, entry->id, QP_ID_LEN);
            return 0;
        }
    uint8_t from[QP_REF_KEY_MAX], ids[REF_BATCH][QP_ID_LEN];
    size_t prefix = qp_ref_key(from, ref, NULL);
    memset(from + prefix, 0, QP_ID_LEN);
    for (int n = REF_BATCH; n == REF_BATCH;) {
        n = ids_under(m, from, prefix, ids);
        if (n < 0)
            return qp_fail(e, QP_EIO, "the source references cannot be read");
        for (int i = 0; i < n; i++) {
            int rc = qp_pending_row(m, ids[i], &entry, e);
            if (rc)
                return rc;
            if (is_the_one(m, entry->row, source, ref)) {
                memcpy(matter, entry->id, QP_ID_LEN);
                return 0;
            }
        }
        if (n == REF_BATCH) { /* goes on behind the last */
            uint8_t *id = memcpy(from + prefix, ids[n - 1], QP_ID_LEN);
            for (int i = QP_ID_LEN - 1; i >= 0 && ++id[i] == 0; i--)
                ;
        }
    }
    return QP_ENOTFOUND;
}

int qp_matter_by_ref(struct qp_matters *m, const char *source, const char *source_ref,
                     uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    struct qp_frame frame;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    rc = by_ref(m, source, source_ref, matter, e);
    int ended = qp_frame_end(&frame, rc == QP_ENOTFOUND ? 0 : rc, e);
    return !ended ? rc : ended;
}
