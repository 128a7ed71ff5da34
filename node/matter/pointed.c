/* pointed.c: what points to a matter: those merged into it, and those closed as its duplicates (B4). By the index of what
 * closed matters point to, and each is looked at: an index names candidates, a thousand of them at most. Called by readers
 * of one matter. */
#include "node/matter/ring.h"

#include "node/matter/pending.h"
#include "proto/parcel.h"

enum {
    LOOKED = 1024
}; /* at most: under one source_ref, anybody's duplicates of another matter may stand by the thousand */

static bool points_here(struct qp_read *r, const Qp__Face *f, const Qp__Face *to)
{
    uint8_t id[QP_ID_LEN];
    if (f->state == QP_MERGED)
        return memcmp(f->merged_into.data, to->id.data, QP_ID_LEN) == 0;
    if (f->state != QP_CLOSED || !*f->duplicate_of)
        return false;
    bool named = !qp_id_parse(id, f->duplicate_of) || !qp_matter_read_ref(r, f->duplicate_of, id, NULL);
    return named && memcmp(id, to->id.data, QP_ID_LEN) == 0;
}

static int look(struct qp_pointed *out, struct qp_read *r, const Qp__Face *to, uint64_t code,
                struct qp_arena *a, struct qp_err *e)
{
    MDB_cursor *cur;
    size_t looked = 0;
    uint8_t from[9] = {QP_INDEX_POINTS};
    qp_be64(from + 1, code);
    MDB_val k = {sizeof from, from}, v;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_INDEX), &cur);
    if (rc)
        return qp_store_error(rc, "what points to a matter", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
         !rc && k.mv_size == QP_INDEX_KEY && memcmp(k.mv_data, from, sizeof from) == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__Row *row;
        const uint8_t *id = (const uint8_t *)k.mv_data + sizeof from;
        qp_arena_reset(a);
        bool ends = looked++ == LOOKED;
        if (!ends && (qp_matter_read(r, id, &row, a, NULL) || !points_here(r, row->face, to)))
            continue;
        if (ends || out->n == QP_POINTED) {
            out->more++;
            break;
        }
        out->v[out->n].merged = row->face->state == QP_MERGED;
        memcpy(out->v[out->n++].id, id, QP_ID_LEN);
    }
    mdb_cursor_close(cur);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "what points to a matter", e);
}

int qp_matter_pointed(struct qp_pointed *out, struct qp_read *r, const Qp__Face *to, struct qp_err *e)
{
    memset(out, 0, sizeof *out);
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to look at what points to a matter");
    int rc = look(out, r, to, qp_rd64(to->id.data), a, e);
    if (!rc && *to->source_ref)
        rc = look(out, r, to, qp_code(to->source_ref), a, e);
    qp_arena_free(a);
    return rc;
}
