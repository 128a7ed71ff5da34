/* cells.c: packs and reads the board's cells. Called by gather.c, which writes them, and walk.c, which goes
 * through them. */
#include "node/insight/cells.h"

#include <assert.h>
#include <string.h>

#include "node/insight/varint.h"

#define SIGN UINT32_C(0x80000000)

void qp_cell_key_pack(uint8_t out[QP_CELL_KEY_LEN], const struct qp_cell_key *k)
{
    qp_be64(out, k->area);
    out[8] = k->grain;
    qp_be32(out + 9, (uint32_t)k->bucket ^ SIGN);
    out[13] = k->dimension;
    qp_be64(out + 14, k->value);
}

void qp_cell_key_read(struct qp_cell_key *k, const uint8_t in[QP_CELL_KEY_LEN])
{
    *k = (struct qp_cell_key){
        .area = qp_rd64(in),
        .grain = in[8],
        .bucket = (int32_t)(qp_rd32(in + 9) ^ SIGN),
        .dimension = in[13],
        .value = qp_rd64(in + 14),
    };
}

int qp_cell_key_cmp(const struct qp_cell_key *a, const struct qp_cell_key *b)
{
    if (a->area != b->area)
        return a->area < b->area ? -1 : 1;
    if (a->grain != b->grain)
        return a->grain < b->grain ? -1 : 1;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    if (a->dimension != b->dimension)
        return a->dimension < b->dimension ? -1 : 1;
    return a->value == b->value ? 0 : a->value < b->value ? -1 : 1;
}

/* ---- one cell ---- */

size_t qp_counts_pack(uint8_t out[QP_COUNTS_MAX], const int64_t n[QP_FIGURES])
{
    uint64_t which = 0;
    for (int i = 0; i < QP_FIGURES; i++)
        which |= (uint64_t)(n[i] != 0) << i;
    if (which == 0)
        return 0;
    uint8_t *p = qp_varint_put(out, which);
    for (int i = 0; i < QP_FIGURES; i++)
        if (n[i] != 0)
            p = qp_varint_put(p, qp_zigzag(n[i]));
    return (size_t)(p - out);
}

int qp_cell_read(struct qp_cell *c, const void *packed, size_t len)
{
    const uint8_t *p = packed, *end = p + len;
    uint64_t which;
    memset(c->n, 0, sizeof c->n);
    p = qp_varint_get(p, end, &which);
    if (!p || which == 0 || which >> QP_FIGURES != 0)
        return QP_ECORRUPT;
    for (int i = 0; i < QP_FIGURES; i++) {
        uint64_t v;
        if ((which >> i & 1) == 0)
            continue;
        p = qp_varint_get(p, end, &v);
        if (!p)
            return QP_ECORRUPT;
        c->n[i] = qp_unzigzag(v);
    }
    c->sketch = p;
    c->sketch_len = (size_t)(end - p);
    return 0;
}

/* ---- a day's cells ---- */

static size_t value_len(uint8_t dimension)
{
    return dimension == QP_D_TOTAL ? 0 : dimension == QP_D_HOUR ? 4 : 8;
}

int qp_day_next(struct qp_day_reader *r, struct qp_day_cell *out)
{
    if (r->p == r->end)
        return 0;
    out->dimension = *r->p++;
    size_t width = value_len(out->dimension);
    if (out->dimension < QP_D_TOTAL || out->dimension >= QP_D_END || (size_t)(r->end - r->p) < width)
        return -1;
    out->value = width == 8 ? qp_rd64(r->p) : width == 4 ? qp_rd32(r->p) : 0;
    uint64_t len;
    r->p = qp_varint_get(r->p + width, r->end, &len);
    if (!r->p || len > (uint64_t)(r->end - r->p))
        return -1;
    out->cell = r->p;
    out->len = (size_t)len;
    r->p += len;
    return 1;
}

size_t qp_day_head(uint8_t out[QP_DAY_HEAD_MAX], uint8_t dimension, uint64_t value, size_t len)
{
    size_t width = value_len(dimension);
    assert(dimension >= QP_D_TOTAL && dimension < QP_D_END && len < UINT32_MAX);
    out[0] = dimension;
    if (width == 8)
        qp_be64(out + 1, value);
    else if (width == 4)
        qp_be32(out + 1, (uint32_t)value);
    return (size_t)(qp_varint_put(out + 1 + width, len) - out);
}
