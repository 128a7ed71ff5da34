/* read.c: one matter's row: for the turn (with its unwritten changes) and for readers in other threads. */
#include "node/matter/pending.h"

int qp_matter_row(struct qp_matters *m, const uint8_t matter[QP_ID_LEN], Qp__Row **row, struct qp_err *e)
{
    struct qp_frame frame;
    struct qp_entry *entry;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc != QP_OK)
        return rc;
    rc = qp_pending_row(m, matter, &entry, e);
    bool found = rc == QP_OK && entry->row;
    if (found) {
        *row = (Qp__Row *)(uintptr_t)entry->row;
        if (frame.own)
            *row = (Qp__Row *)qp_clone(&entry->row->base, m->arena);
        if (!*row)
            rc = qp_fail(e, QP_ENOMEM, "no memory for a matter's row");
    }
    rc = qp_frame_end(&frame, rc, e);
    return rc != QP_OK || found ? rc : qp_fail(e, QP_ENOTFOUND, "no such matter is known at this node");
}

int qp_matter_read(struct qp_read *r, const uint8_t matter[QP_ID_LEN], Qp__Row **row, struct qp_arena *a,
                   struct qp_err *e)
{
    MDB_val v;
    int rc = qp_get(r->tables, qp_store_dbi(r->store, QP_T_MATTER), matter, QP_ID_LEN, &v);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, rc, "no such matter is known at this node");
    return rc == QP_OK ? qp_row_decode(row, v, a, e) : qp_fail(e, rc, "a matter's row cannot be read");
}

/* Whether the row says that reference; memory of its own, as the caller has none to give. */
static bool says_ref(MDB_val v, const char *ref)
{
    Qp__Row *row = qp__row__unpack(NULL, v.mv_size, v.mv_data);
    bool same = row && row->face && strcmp(row->face->source_ref, ref) == 0;
    if (row)
        qp__row__free_unpacked(row, NULL);
    return same;
}

int qp_matter_read_ref(struct qp_read *r, const char *source_ref, uint8_t matter[QP_ID_LEN], struct qp_err *e)
{
    uint8_t prefix[8];
    qp_be64(prefix, qp_code(source_ref));
    MDB_cursor *cursor;
    MDB_val k = {sizeof prefix, prefix}, none, v;
    int mc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_REF), &cursor);
    if (mc != 0)
        return qp_store_error(mc, "reading source references", e);
    mc = mdb_cursor_get(cursor, &k, &none, MDB_SET_RANGE);
    int rc = QP_ENOTFOUND;
    while (mc == 0 && rc == QP_ENOTFOUND && k.mv_size == 8 + QP_ID_LEN && memcmp(k.mv_data, prefix, 8) == 0) {
        const uint8_t *id = (const uint8_t *)k.mv_data + 8;
        int got = qp_get(r->tables, qp_store_dbi(r->store, QP_T_MATTER), id, QP_ID_LEN, &v);
        if (got == QP_OK && says_ref(v, source_ref)) {
            memcpy(matter, id, QP_ID_LEN);
            rc = QP_OK;
        } else if (got != QP_OK && got != QP_ENOTFOUND) {
            rc = qp_fail(e, got, "a matter's row cannot be read");
        }
        mc = mdb_cursor_get(cursor, &k, &none, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (rc == QP_ENOTFOUND && mc != 0 && mc != MDB_NOTFOUND)
        rc = qp_store_error(mc, "reading source references", e);
    return rc;
}
