/* sketch.h: sketches in their packed form, for the room's own files: changed and read without unpacking.
 *
 *   packed: (bucket - previous bucket, count) ... as varints, ascending; the bucket before the first counts
 * as -1, so that every difference is at least 1; counts are at least 1. One sketch has one packed form. */
#ifndef QP_NODE_INSIGHT_SKETCH_H
#define QP_NODE_INSIGHT_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "node/insight/board.h"

struct qp_sketch_change {
    int32_t bucket;
    int64_t count; /* may be negative, not 0 */
};
enum { QP_SKETCH_PAIR_MAX = 15 }; /* bytes of one packed pair at most */

/* Adds n changes (ascending, each bucket once) to a packed sketch. out holds len + n * QP_SKETCH_PAIR_MAX
 * bytes; *out_len 0 = empty now. QP_ECORRUPT when `packed` is damaged or a count would fall below 0. */
int qp_sketch_patch(uint8_t *out, size_t *out_len, const void *packed, size_t len,
                    const struct qp_sketch_change *changes, size_t n);
/* merge with a sign: -1 takes the packed sketch away. QP_ECORRUPT, QP_ENOMEM. */
int qp_sketch_merge_signed(struct qp_sketch *s, const void *packed, size_t len, int64_t sign);
/* The 0.5 and 0.9 quantiles of a packed sketch of n values, n > 0. QP_ECORRUPT, also when it holds fewer. */
int qp_sketch_packed_quantiles(int64_t *p50_s, int64_t *p90_s, int64_t n, const void *packed, size_t len);
/* Where the q-quantile of n values stands, from 0. */
int64_t qp_sketch_rank(int64_t n, double q);

#endif
