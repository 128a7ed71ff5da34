/* read.c: one matter's row: for the turn (with its unwritten changes) and for readers in other threads. */
#include "node/matter/pending.h"

int qp_matter_row(struct qp_matters *m, const uint8_t matter[QP_ID_LEN], Qp__Row **row, struct qp_err *e)
{
    struct qp_frame frame;
    struct qp_entry *entry;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    rc = qp_pending_row(m, matter, &entry, e);
    bool found = !rc && entry->row;
    if (found) {
        *row = (Qp__Row *)(uintptr_t)entry->row;
        if (frame.own)
            *row = (Qp__Row *)qp_clone(&entry->row->base, m->arena);
        if (!*row)
            rc = qp_fail(e, QP_ENOMEM, "no memory for a matter's row");
    }
    rc = qp_frame_end(&frame, rc, e);
    return rc || found ? rc : qp_fail(e, QP_ENOTFOUND, "no such matter is known here");
}

int qp_matter_read(struct qp_read *r, const uint8_t matter[QP_ID_LEN], Qp__Row **row, struct qp_arena *a,
                   struct qp_err *e)
{
    MDB_val v;
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_MATTER), matter, QP_ID_LEN, &v);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, rc, "no such matter is known here");
    return !rc ? qp_row_decode(row, v, a, e) : qp_fail(e, rc, "a matter's row cannot be read");
}

int qp_matter_read_ref(struct qp_read *r, const char *source_ref, uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    uint8_t prefix[QP_REF_KEY_MAX];
    size_t len = qp_ref_key(prefix, source_ref, NULL);
    MDB_cursor *cursor;
    MDB_val k = {len, prefix}, none;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_REF), &cursor);
    if (rc)
        return qp_store_error(rc, "reading source references", e);
    rc = mdb_cursor_get(cursor, &k, &none, MDB_SET_RANGE);
    bool found = !rc && k.mv_size == len + QP_ID_LEN && memcmp(k.mv_data, prefix, len) == 0;
    if (found)
        memcpy(matter, (const uint8_t *)k.mv_data + len, QP_ID_LEN);
    mdb_cursor_close(cursor);
    if (rc && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "reading source references", e);
    return found ? 0 : QP_ENOTFOUND;
}
