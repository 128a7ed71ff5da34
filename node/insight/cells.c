/* cells.c: packs, reads and walks the board's cells. Called by gather.c, which writes them, and query.c,
 * which asks. */
#include "node/insight/cells.h"

#include <string.h>

#include "node/insight/varint.h"

#define SIGN UINT32_C(0x80000000)

void qp_cell_key_pack(uint8_t out[QP_CELL_KEY_LEN], const struct qp_cell_key *k)
{
    qp_be64(out, k->area);
    out[8] = k->dimension;
    out[9] = k->grain;
    qp_be32(out + 10, (uint32_t)k->bucket ^ SIGN);
    qp_be64(out + 14, k->value);
}

void qp_cell_key_read(struct qp_cell_key *k, const uint8_t in[QP_CELL_KEY_LEN])
{
    *k = (struct qp_cell_key){
        .area = qp_rd64(in),
        .dimension = in[8],
        .grain = in[9],
        .bucket = (int32_t)(qp_rd32(in + 10) ^ SIGN),
        .value = qp_rd64(in + 14),
    };
}

int qp_cell_key_cmp(const struct qp_cell_key *a, const struct qp_cell_key *b)
{
    if (a->area != b->area)
        return a->area < b->area ? -1 : 1;
    if (a->dimension != b->dimension)
        return a->dimension < b->dimension ? -1 : 1;
    if (a->grain != b->grain)
        return a->grain < b->grain ? -1 : 1;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    return a->value == b->value ? 0 : a->value < b->value ? -1 : 1;
}

size_t qp_cell_pack(uint8_t out[QP_CELL_MAX], const int64_t n[QP_FIGURES])
{
    uint8_t *p = out;
    int64_t any = 0;
    for (int i = 0; i < QP_FIGURES; i++) {
        any |= n[i];
        p = qp_varint_put(p, qp_zigzag(n[i]));
    }
    return any != 0 ? (size_t)(p - out) : 0;
}

int qp_cell_read(int64_t n[QP_FIGURES], const void *packed, size_t len)
{
    const uint8_t *p = packed, *end = p + len;
    for (int i = 0; i < QP_FIGURES; i++) {
        uint64_t v;
        p = qp_varint_get(p, end, &v);
        if (p == NULL)
            return QP_ECORRUPT;
        n[i] = qp_unzigzag(v);
    }
    return p == end ? QP_OK : QP_ECORRUPT;
}

/* Where to look after `at` when only cut->value is wanted; false: nowhere. */
static bool next_wanted(struct qp_cell_key *want, const struct qp_cell_key *at, const struct qp_cut *cut,
                        const struct qp_span *span)
{
    *want = *at;
    want->value = cut->value;
    if (at->value < cut->value)
        return true; /* the walk came to a new bucket, before the value */
    if (at->bucket == span->hi)
        return false;
    want->bucket++;
    return true;
}

int qp_cells_walk(struct qp_read *r, enum qp_table t, const struct qp_cut *cut, const struct qp_span *span,
                  qp_cell_each *f, void *arg, struct qp_err *e)
{
    MDB_cursor *c;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, t), &c);
    if (rc != 0)
        return qp_store_error(rc, "reading the board", e);
    struct qp_cell_key want = {cut->area, cut->one_value ? cut->value : 0, span->lo, cut->dimension,
                               span->grain};
    uint8_t packed[QP_CELL_KEY_LEN];
    qp_cell_key_pack(packed, &want);
    MDB_val key = {sizeof packed, packed}, val;
    int out = QP_OK;
    rc = mdb_cursor_get(c, &key, &val, MDB_SET_RANGE);
    while (rc == 0 && out == QP_OK) {
        struct qp_cell_key at;
        if (key.mv_size != QP_CELL_KEY_LEN || memcmp(key.mv_data, packed, 10) != 0)
            break; /* another area, dimension or grain */
        qp_cell_key_read(&at, key.mv_data);
        if (at.bucket > span->hi)
            break;
        if (!cut->one_value || at.value == cut->value)
            out = f(arg, &at, val.mv_data, val.mv_size);
        if (!cut->one_value || cut->value == 0) {
            rc = mdb_cursor_get(c, &key, &val, MDB_NEXT);
            continue;
        }
        if (!next_wanted(&want, &at, cut, span))
            break;
        qp_cell_key_pack(packed, &want);
        key = (MDB_val){sizeof packed, packed};
        rc = mdb_cursor_get(c, &key, &val, MDB_SET_RANGE);
    }
    mdb_cursor_close(c);
    if (out != QP_OK)
        return out;
    return rc == 0 || rc == MDB_NOTFOUND ? QP_OK : qp_store_error(rc, "reading the board", e);
}
