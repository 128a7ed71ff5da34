/* cells.h: the board's cells as they lie in QP_T_CELL and QP_T_SKETCH, and the walk over a stretch of them.
 *
 *   key, 22 bytes big endian: area code 8 | dimension 1 | grain 1 | bucket 4 (sign flipped, so that it sorts)
 * | value code 8 cell: QP_FIGURES zigzag varints; sketch: see sketch.h
 *
 * The value code is the desk's, source's, category's or child's; 0 for totals. The bucket of grain `all` is
 * 0. */
#ifndef QP_NODE_INSIGHT_CELLS_H
#define QP_NODE_INSIGHT_CELLS_H

#include "node/insight/facts.h"

enum qp_dimension { QP_D_TOTAL = 1, QP_D_DESK, QP_D_SOURCE, QP_D_CATEGORY, QP_D_CHILD, QP_D_END };
enum qp_grain { QP_G_ALL = 1, QP_G_MONTH, QP_G_DAY, QP_G_HOUR };

struct qp_cell_key {
    uint64_t area, value;
    int32_t bucket;
    uint8_t dimension, grain;
};
enum { QP_CELL_KEY_LEN = 22, QP_CELL_MAX = QP_FIGURES * 10 };

void qp_cell_key_pack(uint8_t out[QP_CELL_KEY_LEN], const struct qp_cell_key *k);
void qp_cell_key_read(struct qp_cell_key *k, const uint8_t in[QP_CELL_KEY_LEN]);
int qp_cell_key_cmp(const struct qp_cell_key *a,
                    const struct qp_cell_key *b); /* the order of the packed keys */
/* Bytes written; 0 when all counts are 0 (such a cell is not kept). */
size_t qp_cell_pack(uint8_t out[QP_CELL_MAX], const int64_t n[QP_FIGURES]);
int qp_cell_read(int64_t n[QP_FIGURES], const void *packed, size_t len); /* QP_ECORRUPT */

/* A stretch of one grain's buckets, both ends included. */
struct qp_span {
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
/* Calls f for each entry of table t (cells or sketches) in the span, ascending; stops at the first error and
 * returns it. With one_value it jumps from bucket to bucket, so the number of other values does not matter.
 */
typedef int qp_cell_each(void *arg, const struct qp_cell_key *k, const void *packed, size_t len);
int qp_cells_walk(struct qp_read *r, enum qp_table t, const struct qp_cut *cut, const struct qp_span *span,
                  qp_cell_each *f, void *arg, struct qp_err *e);

#endif
