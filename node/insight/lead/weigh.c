/* weigh.c: see weigh.h. tf-idf with logarithms in sixteen bits behind the point, worked out from whole numbers:
 * libm's differ between compilers and machines in their last bit, and what is joined by them must not. */
#include "node/insight/lead/weigh.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_COUNTS = 3, HASHED = 2048 /* a power of two, well above QP_LEAD_COUNTED */ };

uint32_t qp_lead_ln_q16(uint64_t x)
{
    assert(x > 0);
    int whole = 63 - __builtin_clzll(x);
    uint64_t m = whole <= 31 ? x << (31 - whole) : x >> (whole - 31); /* 1 <= m / 2^31 < 2 */
    uint64_t log2 = (uint64_t)whole;
    for (int bit = 0; bit < 16; bit++) {
        m = m * m >> 31;
        log2 = log2 << 1 | m >> 32;
        m >>= m >> 32;
    }
    return (uint32_t)(log2 * 45426 >> 16); /* ln 2 */
}

void qp_lead_df_add(struct qp_lead_df *into, const struct qp_lead_df *from)
{
    into->n = from->n <= UINT64_MAX / 4 - into->n ? into->n + from->n : UINT64_MAX / 4;
    for (size_t i = 0; i < QP_LEAD_DF; i++)
        into->in[i] = from->in[i] <= UINT32_MAX - into->in[i] ? into->in[i] + from->in[i] : UINT32_MAX;
}

/* A term is counted in two buckets, and the lesser of the two counts: of 50,000 terms one in five shares its first with another,
 * one in nine both, and then the rarer of two neighbours counts (a count-min sketch, Cormode and Muthukrishnan 2005). The factor is
 * MurmurHash3's first. */
static size_t first_of(uint32_t hash)
{
    return hash & (QP_LEAD_DF - 1);
}

static size_t second_of(uint32_t hash)
{
    return (uint32_t)(hash * UINT32_C(0x85ebca6b)) / (UINT32_MAX / QP_LEAD_DF + 1);
}

uint32_t qp_lead_df_of(const struct qp_lead_df *df, uint32_t hash)
{
    uint32_t one = df->in[first_of(hash)], other = df->in[second_of(hash)];
    return one < other ? one : other;
}

static void count_more(uint32_t *in)
{
    *in += *in < UINT32_MAX;
}

void qp_lead_df_count(struct qp_lead_df *df, const struct qp_lead_reading *r)
{
    df->n += df->n < UINT64_MAX / 4;
    for (size_t i = 0; i < r->n; i++) {
        size_t one = first_of(r->count[i].hash), other = second_of(r->count[i].hash);
        count_more(&df->in[one]);
        if (other != one)
            count_more(&df->in[other]);
    }
}

void qp_lead_df_uncount(struct qp_lead_df *df, const struct qp_lead_reading *r)
{
    df->n--;
    for (size_t i = 0; i < r->n; i++) {
        size_t one = first_of(r->count[i].hash), other = second_of(r->count[i].hash);
        df->in[one]--;
        df->in[other] -= other != one;
    }
}

/* ---- counting ---- */

static void count_terms(struct qp_lead_reading *r, uint16_t *table, const struct qp_lead_text *t, uint32_t by)
{
    struct qp_lead_piece piece[QP_LEAD_CP];
    size_t n = qp_lead_text_terms(t, piece);
    for (size_t i = 0; i < n; i++) {
        size_t at = (piece[i].hash >> 18 ^ piece[i].hash) & (HASHED - 1);
        while (table[at] != 0 && r->count[table[at] - 1].hash != piece[i].hash)
            at = (at + 1) & (HASHED - 1);
        if (table[at] == 0) {
            if (r->n == QP_LEAD_COUNTED)
                continue;
            r->count[r->n++] = (struct qp_lead_count){.hash = piece[i].hash};
            table[at] = (uint16_t)r->n;
        }
        r->count[table[at] - 1].tf += by;
    }
}

void qp_lead_read(struct qp_lead_reading *r, const char *title, const char *text)
{
    uint16_t table[HASHED] = {0};
    qp_lead_text_read(&r->title, title, QP_LEAD_TITLE_CP);
    qp_lead_text_read(&r->text, text, QP_LEAD_TEXT_CP);
    r->n = 0;
    count_terms(r, table, &r->title, TITLE_COUNTS);
    count_terms(r, table, &r->text, 1);
}

/* ---- weighing ---- */

static int heavier(const void *a, const void *b)
{
    const struct qp_lead_count *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

int qp_lead_by_hash(const void *a, const void *b)
{
    uint32_t x = ((const struct qp_lead_count *)a)->hash, y = ((const struct qp_lead_count *)b)->hash;
    return x < y ? -1 : x > y;
}

void qp_lead_sketch_of(struct qp_lead_sketch *s, struct qp_lead_count *count, size_t n)
{
    memset(s, 0, sizeof *s);
    qsort(count, n, sizeof *count, heavier);
    if (n == 0 || count[0].weight == 0)
        return;
    uint64_t most = count[0].weight;
    n = n < QP_LEAD_TERMS ? n : QP_LEAD_TERMS;
    qsort(count, n, sizeof *count, qp_lead_by_hash);
    for (size_t i = 0; i < n; i++) {
        uint8_t w = (uint8_t)((count[i].weight * 255 + most / 2) / most);
        if (w == 0)
            continue;
        s->hash[s->n] = count[i].hash;
        s->weight[s->n++] = w;
    }
}

void qp_lead_weigh(struct qp_lead_sketch *s, struct qp_lead_reading *r, const struct qp_lead_df *df)
{
    struct qp_lead_count kept[QP_LEAD_COUNTED];
    uint32_t all = qp_lead_ln_q16(2 * df->n + 2); /* ln((N + 1) / (df + .5)) = ln(2N + 2) - ln(2df + 1) */
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        uint64_t in = qp_lead_df_of(df, r->count[i].hash);
        uint32_t rare = qp_lead_ln_q16(2 * in + 1);
        r->count[i].weight = 0;
        if (rare >= all || (in > QP_LEAD_DF_LEAST && in * QP_LEAD_DF_PART > df->n))
            continue;
        r->count[i].weight = (uint64_t)(65536 + qp_lead_ln_q16(r->count[i].tf)) * (all - rare);
        kept[n++] = r->count[i];
    }
    qp_lead_sketch_of(s, kept, n);
}

/* ---- likeness ---- */

static uint32_t dot_of(const struct qp_lead_sketch *a, const struct qp_lead_sketch *b)
{
    uint32_t sum = 0;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        if (a->hash[i] == b->hash[j])
            sum += (uint32_t)a->weight[i++] * b->weight[j++];
        else if (a->hash[i] < b->hash[j])
            i++;
        else
            j++;
    }
    return sum;
}

double qp_lead_inverse(const struct qp_lead_sketch *s)
{
    uint32_t square = 0;
    for (size_t i = 0; i < s->n; i++)
        square += (uint32_t)s->weight[i] * s->weight[i];
    return square > 0 ? 1 / sqrt((double)square) : 0;
}

uint32_t qp_lead_likeness(const struct qp_lead_sketch *a, const struct qp_lead_sketch *b)
{
    uint32_t ppm = qp_lead_ppm(dot_of(a, b), qp_lead_inverse(a), qp_lead_inverse(b));
    return ppm < QP_LEAD_ONE ? ppm : QP_LEAD_ONE;
}

static bool sketch_has(const struct qp_lead_sketch *s, uint32_t hash)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (s->hash[mid] < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n && s->hash[lo] == hash;
}

/* ---- names ---- */

static bool counts(const void *arg, uint32_t hash)
{
    return sketch_has(arg, hash);
}

static int number_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t qp_lead_names(uint32_t *out, size_t cap, const struct qp_lead_reading *r,
                     const struct qp_lead_sketch *s, const char *const *named, size_t n_named)
{
    uint32_t all[QP_LEAD_NAMED + 2 * QP_LEAD_CP];
    size_t n = 0, kept = 0;
    assert(n_named <= QP_LEAD_NAMED);
    for (size_t i = 0; i < n_named; i++)
        if ((all[n] = qp_lead_text_name(named[i])) != 0)
            n++;
    n += qp_lead_text_names(&r->title, counts, s, all + n);
    n += qp_lead_text_names(&r->text, counts, s, all + n);
    n = n < cap ? n : cap; /* what the caller names and the title come first */
    qsort(all, n, sizeof *all, number_order);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || out[kept - 1] != all[i])
            out[kept++] = all[i];
    return kept;
}
