/* index.c: see index.h. Pure; what is written under them is rows.c. */
#include "node/matter/index.h"

#include <string.h>

#include "node/matter/lifecycle.h"
#include "proto/parcel.h"

int qp_row_decode(Qp__Row **out, MDB_val v, struct qp_arena *a, struct qp_err *e)
{
    Qp__Row *row = qp__row__unpack(qp_arena_allocator(a), v.mv_size, v.mv_data);
    const char *fault = !row || !row->face ? "it cannot be read" : qp_face_fault(row->face);
    if (fault)
        return qp_fail(e, QP_ECORRUPT, "a matter's row in the tables is damaged: %s; run qipan rebuild",
                       fault);
    *out = row;
    return 0;
}

void qp_deadline_key(uint8_t key[QP_MARK_LEN], const Qp__Face *f, int64_t due_us)
{
    qp_be64(key, (uint64_t)due_us);
    memcpy(key + 8, f->id.data, QP_ID_LEN);
}

size_t qp_ref_key(uint8_t key[QP_REF_KEY_MAX], const char *ref, const uint8_t *id)
{
    size_t len = strnlen(ref, QP_REF_BYTES);
    memcpy(key, ref, len);
    key[len++] = 0;
    if (!id)
        return len;
    memcpy(key + len, id, QP_ID_LEN);
    return len + QP_ID_LEN;
}

/* The way of an index: the same for who writes and who looks. */
uint64_t qp_points_code(const Qp__Face *f)
{
    uint8_t id[QP_ID_LEN];
    if (f->state == QP_MERGED)
        return qp_rd64(f->merged_into.data);
    return !qp_id_parse(id, f->duplicate_of) ? qp_rd64(id) : qp_code(f->duplicate_of);
}
