/* naming.c: who names a file (attached.h): by the index of the heads of files' hashes, and each candidate is looked at. Called
 * by doors that are asked for a file. */
#include "node/matter/attached.h"

#include <string.h>

#include "node/matter/index.h"

enum { LOOKED = 1024 };

static int look(struct qp_read *r, const uint8_t hash[QP_HASH_LEN], qp_naming f, void *arg,
                struct qp_arena *a, struct qp_err *e)
{
    MDB_cursor *cur;
    uint8_t from[9] = {QP_INDEX_FILE};
    memcpy(from + 1, hash, 8);
    MDB_val k = {sizeof from, from}, v;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_INDEX), &cur);
    if (rc)
        return qp_store_error(rc, "who names a file", e);
    bool on = true;
    size_t looked = 0;
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
         !rc && on && looked++ < LOOKED && k.mv_size == QP_INDEX_KEY &&
         memcmp(k.mv_data, from, sizeof from) == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__Row *row;
        qp_arena_reset(a);
        if (qp_matter_read(r, (const uint8_t *)k.mv_data + sizeof from, &row, a, NULL))
            continue;
        const Qp__Attachment *x = qp_attached(row->face, hash);
        on = !x || f(arg, row, x);
    }
    mdb_cursor_close(cur);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "who names a file", e);
}

int qp_matters_naming(struct qp_read *r, const uint8_t hash[QP_HASH_LEN], qp_naming f, void *arg,
                      struct qp_err *e)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to look who names a file");
    int rc = look(r, hash, f, arg, a, e);
    qp_arena_free(a);
    return rc;
}
