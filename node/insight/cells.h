/* cells.h: the board's cells as they lie in QP_T_CELL, and the walk over a stretch of them.
 *
 *   key, 22 bytes big endian: area code 8 | grain 1 | bucket 4 | dimension 1 | value code 8
 *                             (the bucket's sign flipped, so that it sorts)
 *
 *   all, month   one entry per dimension and value          -> cell
 *   day          one entry for the whole day, key ... 0 | 0 -> (dimension 1, value 0|4|8, length, cell) ...
 *                ascending
 *
 *   cell: which figures are not 0 (varint, a bit each), those (zigzag varints), then the sketch (sketch.h)
 *
 * Most cells by far are those of single days in small areas: a community sees a matter or two a day. Together
 * they take a tenth of the room and one write instead of a dozen. Those of `all` and `month` grow large
 * sketches, so they stand alone. The value code is the desk's, source's, category's or child's, or the bucket
 * of an hour; 0 for totals. `child` has no entry for an area's own matters: they are what its children leave
 * of its total. */
#ifndef QP_NODE_INSIGHT_CELLS_H
#define QP_NODE_INSIGHT_CELLS_H

#include "node/insight/facts.h"

enum qp_dimension {
    QP_D_TOTAL = 1,
    QP_D_HOUR, /* totals by hour, within days */
    QP_D_DESK,
    QP_D_SOURCE,
    QP_D_CATEGORY,
    QP_D_CHILD,
    QP_D_END
};
enum qp_grain {
    QP_G_ALL = 1,
    QP_G_MONTH,
    QP_G_DAY,
    QP_G_HOUR
}; /* hour: of spans; in the table hours are in days */

struct qp_cell_key {
    uint64_t area, value;
    int32_t bucket;
    uint8_t grain, dimension;
};
enum { QP_CELL_KEY_LEN = 22 };

void qp_cell_key_pack(uint8_t out[QP_CELL_KEY_LEN], const struct qp_cell_key *k);
void qp_cell_key_read(struct qp_cell_key *k, const uint8_t in[QP_CELL_KEY_LEN]);
/* The order of the packed keys; of a day's cells: by dimension and value. */
int qp_cell_key_cmp(const struct qp_cell_key *a, const struct qp_cell_key *b);
/* An hour's bucket as a value that sorts. */
static inline uint64_t qp_hour_value(int32_t hour)
{
    return (uint32_t)hour ^ UINT32_C(0x80000000);
}
static inline int32_t qp_value_hour(uint64_t value)
{
    return (int32_t)((uint32_t)value ^ UINT32_C(0x80000000));
}

struct qp_cell {
    int64_t n[QP_FIGURES];
    const uint8_t *sketch; /* into what was read */
    size_t sketch_len;
};
enum { QP_COUNTS_MAX = 3 + QP_FIGURES * 10 };
/* The figures' part of a cell: bytes written; 0 when all are 0 (such a cell is not kept). */
size_t qp_counts_pack(uint8_t out[QP_COUNTS_MAX], const int64_t n[QP_FIGURES]);
int qp_cell_read(struct qp_cell *c, const void *packed, size_t len); /* QP_ECORRUPT */

/* ---- a day's cells ---- */
struct qp_day_cell {
    uint8_t dimension;
    uint64_t value;
    const uint8_t *cell;
    size_t len;
};
struct qp_day_reader {
    const uint8_t *p, *end;
};
/* The next one: 1, 0 at the end, -1 when damaged. */
int qp_day_next(struct qp_day_reader *r, struct qp_day_cell *out);
enum { QP_DAY_HEAD_MAX = 1 + 8 + 5 };
/* Writes what stands before a cell of `len` bytes. Returns the bytes written. */
size_t qp_day_head(uint8_t out[QP_DAY_HEAD_MAX], uint8_t dimension, uint64_t value, size_t len);

/* ---- walking ---- */
/* A stretch of one grain's buckets, both ends included. */
struct qp_stretch {
    uint8_t grain;
    int32_t lo, hi;
};
/* Which cells of one area are wanted. */
struct qp_cut {
    uint64_t area;
    uint8_t dimension;
    bool one_value; /* only `value` */
    uint64_t value;
};
/* Calls f for each cell of the cut in the span, bucket by bucket; stops at the first error and returns it. A
 * span of hours wants QP_D_TOTAL; f then sees grain hour and the hour's bucket. What f is given lies in the
 * map. */
typedef int qp_cell_each(void *arg, const struct qp_cell_key *k, const struct qp_cell *c);
int qp_cells_walk(struct qp_read *r, const struct qp_zone *zone, const struct qp_cut *cut,
                  const struct qp_stretch *span, qp_cell_each *f, void *arg, struct qp_err *e);

#endif
