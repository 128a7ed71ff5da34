/* ring.c: see ring.h. Called when a merge or a duplicate is decided, and when one was heard. */
#include "node/matter/ring.h"

#include "node/matter/pending.h"

/* Opened in this turn, or the first of the table. */
static bool by_ref(struct qp_matters *m, const char *ref, uint8_t id[QP_ID_LEN])
{
    uint8_t prefix[QP_REF_KEY_MAX];
    size_t len = qp_ref_key(prefix, ref, NULL);
    uint32_t at = 0;
    MDB_cursor *cursor;
    MDB_val k = {len, prefix}, none;
    struct qp_entry *entry = m->pending ? qp_pending_ref(m->pending, ref, &at) : NULL;
    while (entry && strcmp(entry->row->face->source_ref, ref) != 0)
        entry = qp_pending_ref(m->pending, ref, &at);
    if (entry) {
        memcpy(id, entry->id, QP_ID_LEN);
        return true;
    }
    if (mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_REF), &cursor) != 0)
        return false;
    int rc = mdb_cursor_get(cursor, &k, &none, MDB_SET_RANGE);
    bool found = rc == 0 && k.mv_size == len + QP_ID_LEN && memcmp(k.mv_data, prefix, len) == 0;
    if (found)
        memcpy(id, (const uint8_t *)k.mv_data + len, QP_ID_LEN);
    mdb_cursor_close(cursor);
    return found;
}

bool qp_ring_next(struct qp_matters *m, const Qp__Face *f, uint8_t next[QP_ID_LEN])
{
    if (f->state == QP_MERGED) {
        memcpy(next, f->merged_into.data, QP_ID_LEN);
        return true;
    }
    if (f->state != QP_CLOSED || !*f->duplicate_of)
        return false;
    return qp_id_parse(next, f->duplicate_of) == 0 || by_ref(m, f->duplicate_of, next);
}

/* One step on; *on false: the way ends here. */
static int step(struct qp_matters *m, uint8_t at[QP_ID_LEN], bool *on, struct qp_err *e)
{
    struct qp_entry *entry;
    uint8_t next[QP_ID_LEN];
    int rc = qp_pending_row(m, at, &entry, e);
    *on = rc == QP_OK && entry->row && qp_ring_next(m, entry->row->face, next);
    if (*on)
        memcpy(at, next, QP_ID_LEN);
    return rc;
}

int qp_ring_reaches(struct qp_matters *m, const uint8_t from[QP_ID_LEN], const uint8_t to[QP_ID_LEN],
                    bool *there, struct qp_err *e)
{
    uint8_t at[QP_ID_LEN];
    bool on = true;
    int rc = QP_OK;
    memcpy(at, from, QP_ID_LEN);
    *there = memcmp(at, to, QP_ID_LEN) == 0;
    for (int i = 0; i < QP_RING_MOST && on && rc == QP_OK && !*there; i++) {
        rc = step(m, at, &on, e);
        *there = on && memcmp(at, to, QP_ID_LEN) == 0;
    }
    return rc;
}

int qp_ring_find(struct qp_matters *m, const uint8_t start[QP_ID_LEN], uint8_t ids[QP_RING_MOST][QP_ID_LEN],
                 size_t *n, struct qp_err *e)
{
    uint8_t at[QP_ID_LEN];
    struct qp_frame frame;
    bool on = true, back = false;
    size_t k = 0;
    *n = 0;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc != QP_OK)
        return rc;
    memcpy(at, start, QP_ID_LEN);
    while (k < QP_RING_MOST && on && rc == QP_OK && !back) {
        memcpy(ids[k++], at, QP_ID_LEN);
        rc = step(m, at, &on, e);
        back = on && memcmp(at, start, QP_ID_LEN) == 0;
    }
    if (rc == QP_OK && back)
        *n = k;
    return qp_frame_end(&frame, rc, e);
}
