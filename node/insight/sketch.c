/* sketch.c: handling times as a histogram of fixed buckets, from which quantiles are read with at most 1 %
 * error.
 *
 *   bucket 0            seconds <= 0                                  value 0
 *   bucket 1..499       that many seconds exactly                     value = bucket
 *   bucket 500 + j      500 * 1.018^j <= seconds < 500 * 1.018^(j+1)  value = 500 * 1.018^j * 1.00891
 *
 * DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
 * guarantees", VLDB 2019) with three differences: buckets are never collapsed and no sum, minimum or maximum
 * is kept, so adding and taking away commute (rule B2); and answers are whole seconds. With its gamma
 * = 1.01/0.99 the rounding to a second would add to the 1 %, below a minute up to 0.8 %. So seconds below 500
 * stand for themselves, and above gamma is small enough to leave room for the rounding: v is within 1 % of
 * every x of [lo, gamma*lo] where 0.99 gamma lo <= v <= 1.01 lo, an interval of (1.01 - 0.99*1.018) lo =
 * 0.00218 lo, which holds a whole number from lo = 459 on; its middle is 1.00891 lo.
 *
 * The q-quantile of n values is the value at rank floor(q * (n - 1)) from 0 in ascending order: the lower
 * nearest rank, the paper's definition. It is always the estimate of a value that occurred; with one value it
 * is that value. */
#include "node/insight/sketch.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/varint.h"

enum {
    BEFORE_FIRST = -1,
    EXACT = 500, /* seconds below this have a bucket each */
    BUCKET_MAX = 2600,
    WINDOW_STEP = 256, /* a sketch's window grows by multiples of this */
};
#define GAMMA  1.018
#define MIDDLE ((0.99 * GAMMA + 1.01) / 2)

/* Where 500 * 1.018^j is whole (j = 0 and 1) the quotient of the logarithms is exact; every other whole
 * number of seconds below 2^31 is farther from a border than any libm errs (a test goes through the borders):
 * one bucket on every machine. */
int32_t qp_sketch_bucket(int64_t seconds)
{
    if (seconds <= 0)
        return 0;
    if (seconds < EXACT)
        return (int32_t)seconds;
    double j = floor(log((double)seconds / EXACT) / log(GAMMA));
    assert(j >= 0 && j <= BUCKET_MAX - EXACT);
    return EXACT + (int32_t)j;
}

int64_t qp_sketch_value(int32_t bucket)
{
    assert(bucket >= 0 && bucket <= BUCKET_MAX);
    if (bucket < EXACT)
        return bucket;
    double v = EXACT * pow(GAMMA, bucket - EXACT) * MIDDLE;
    return v < 9e18 ? llround(v) : INT64_MAX;
}

int64_t qp_sketch_rank(int64_t n, double q)
{
    assert(n > 0 && n < INT64_MAX / 1000000 && q >= 0 && q <= 1);
    return (n - 1) * llround(q * 1000000) / 1000000; /* in whole numbers: 0.9 * 10 is 9 */
}

/* ---- packed ---- */

struct reader {
    const uint8_t *p, *end;
    int32_t bucket;
    int64_t count;
};

static struct reader reader_of(const void *packed, size_t len)
{
    return (struct reader){packed, (const uint8_t *)packed + len, BEFORE_FIRST, 0};
}

/* The next pair: 1, 0 at the end, -1 when damaged. */
static inline int reader_next(struct reader *r)
{
    if (r->end - r->p >= 2 && (r->p[0] | r->p[1]) < 0x80 && r->p[0] != 0 && r->p[1] != 0 &&
        r->p[0] <= BUCKET_MAX - r->bucket) { /* nearly all are of this kind */
        r->bucket += r->p[0];
        r->count = r->p[1];
        r->p += 2;
        return 1;
    }
    if (r->p == r->end)
        return 0;
    uint64_t step, count;
    r->p = qp_varint_get(r->p, r->end, &step);
    if (!r->p || step == 0 || step > (uint64_t)(BUCKET_MAX - r->bucket))
        return -1;
    r->p = qp_varint_get(r->p, r->end, &count);
    if (!r->p || count == 0 || count > INT64_MAX / 4)
        return -1;
    r->bucket += (int32_t)step;
    r->count = (int64_t)count;
    return 1;
}

static uint8_t *pair_put(uint8_t *p, int32_t *last, int32_t bucket, int64_t count)
{
    assert(bucket > *last && count > 0);
    p = qp_varint_put(p, (uint64_t)(bucket - *last));
    *last = bucket;
    return qp_varint_put(p, (uint64_t)count);
}

/* The pair at r goes out as it is, or, where its predecessor is not the one that it was packed after, with
 * another difference. `at`: where it begins; `before`: the bucket before it. */
static uint8_t *pair_copy(uint8_t *p, int32_t *last, const struct reader *r, const uint8_t *at,
                          int32_t before)
{
    if (*last != before)
        return pair_put(p, last, r->bucket, r->count);
    size_t len = (size_t)(r->p - at);
    memcpy(p, at, len);
    *last = r->bucket;
    return p + len;
}

/* What no change touches is copied, not unpacked: a large sketch is mostly that. */
int qp_sketch_patch(uint8_t *out, size_t *out_len, const void *packed, size_t len,
                    const struct qp_sketch_change *changes, size_t n)
{
    struct reader r = reader_of(packed, len);
    uint8_t *p = out;
    const uint8_t *at = r.p; /* where the pair at r begins */
    int32_t last = BEFORE_FIRST, before = BEFORE_FIRST;
    int got = reader_next(&r);
    for (size_t i = 0; i < n; i++) {
        assert(i == 0 || changes[i].bucket > changes[i - 1].bucket);
        while (got > 0 && r.bucket < changes[i].bucket) {
            p = pair_copy(p, &last, &r, at, before);
            at = r.p;
            before = r.bucket;
            got = reader_next(&r);
        }
        bool there = got > 0 && r.bucket == changes[i].bucket;
        int64_t count = (there ? r.count : 0) + changes[i].count;
        if (got < 0 || count < 0)
            return QP_ECORRUPT;
        if (count > 0)
            p = pair_put(p, &last, changes[i].bucket, count);
        if (there) {
            at = r.p;
            before = r.bucket;
            got = reader_next(&r);
        }
    }
    if (got > 0) {
        p = pair_copy(p, &last, &r, at, before);
        memcpy(p, r.p, (size_t)(r.end - r.p));
        p += r.end - r.p;
    }
    *out_len = (size_t)(p - out);
    return got < 0 ? QP_ECORRUPT : 0;
}

int qp_sketch_packed_quantiles(int64_t *p50_s, int64_t *p90_s, int64_t n, const void *packed, size_t len)
{
    int64_t rank50 = qp_sketch_rank(n, 0.5), rank90 = qp_sketch_rank(n, 0.9), below = 0;
    struct reader r = reader_of(packed, len);
    *p50_s = *p90_s = -1;
    while (*p90_s < 0) {
        if (reader_next(&r) <= 0)
            return QP_ECORRUPT;
        below += r.count;
        if (*p50_s < 0 && below > rank50)
            *p50_s = qp_sketch_value(r.bucket);
        if (below > rank90)
            *p90_s = qp_sketch_value(r.bucket);
    }
    return 0;
}

/* ---- in memory: the counts between the lowest and the highest bucket in use, so that thousands merge
 * quickly ---- */

struct qp_sketch {
    int32_t low; /* bucket of count[0] */
    size_t width;
    int64_t *count;
    int64_t total;
};

struct qp_sketch *qp_sketch_new(void)
{
    return calloc(1, sizeof(struct qp_sketch));
}

void qp_sketch_free(struct qp_sketch *s)
{
    if (s)
        free(s->count);
    free(s);
}

/* Makes the window hold [low, high]. false: no memory. */
static bool window_hold(struct qp_sketch *s, int32_t low, int32_t high)
{
    if (s->width > 0 && low >= s->low && high < s->low + (int32_t)s->width)
        return true;
    if (s->width > 0) {
        low = low < s->low ? low : s->low;
        high = high > s->low + (int32_t)s->width - 1 ? high : s->low + (int32_t)s->width - 1;
    }
    size_t width = ((size_t)(high - low) / WINDOW_STEP + 1) * WINDOW_STEP;
    int64_t *count = calloc(width, sizeof *count);
    if (!count)
        return false;
    if (s->width > 0)
        memcpy(count + (s->low - low), s->count, s->width * sizeof *count);
    free(s->count);
    s->count = count;
    s->width = width;
    s->low = low;
    return true;
}

void qp_sketch_add(struct qp_sketch *s, int32_t bucket, int64_t count)
{
    assert(bucket >= 0 && bucket <= BUCKET_MAX);
    bool room = window_hold(s, bucket, bucket);
    assert(room); /* some KiB: without them nothing else goes on either */
    s->count[bucket - s->low] += count;
    s->total += count;
}

int qp_sketch_merge_signed(struct qp_sketch *s, const void *packed, size_t len, int64_t sign)
{
    struct reader r = reader_of(packed, len);
    int got;
    while ((got = reader_next(&r)) > 0) {
        if ((size_t)(r.bucket - s->low) >= s->width && !window_hold(s, r.bucket, r.bucket))
            return QP_ENOMEM;
        s->count[r.bucket - s->low] += sign * r.count;
        s->total += sign * r.count;
    }
    return got < 0 ? QP_ECORRUPT : 0;
}

int qp_sketch_merge(struct qp_sketch *s, const void *packed, size_t len)
{
    return qp_sketch_merge_signed(s, packed, len, 1);
}

size_t qp_sketch_pack(const struct qp_sketch *s, uint8_t *out, size_t cap)
{
    size_t len = 0;
    int32_t last = BEFORE_FIRST;
    for (size_t i = 0; i < s->width; i++) {
        if (s->count[i] == 0)
            continue;
        uint8_t pair[2 * QP_VARINT_MAX];
        size_t n = (size_t)(pair_put(pair, &last, s->low + (int32_t)i, s->count[i]) - pair);
        if (len + n <= cap)
            memcpy(out + len, pair, n);
        len += n;
    }
    return len;
}

int64_t qp_sketch_quantile(const struct qp_sketch *s, double q)
{
    if (s->total <= 0)
        return -1;
    int64_t rank = qp_sketch_rank(s->total, q), below = 0;
    for (size_t i = 0; i < s->width; i++) {
        if (s->count[i] < 0)
            return -1;
        below += s->count[i];
        if (below > rank)
            return qp_sketch_value(s->low + (int32_t)i);
    }
    return -1; /* more was taken away than was there */
}
