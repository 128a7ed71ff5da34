/* order.c: puts the index entries of a turn in order before they are written. A thousand new matters make ten
 * thousand entries under some hundred prefixes (table, kind and code), and because rows are looked at in the
 * order of their ids, those of one prefix come in order already:
 *
 *   entries ─► counted by prefix ─► the prefixes sorted ─► each entry to its place
 *
 * Where a prefix's entries are not in order after all, everything is sorted by comparison. */
#include "node/matter/order.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 64, PREFIX = 1 + 1 + 8 };

struct bucket {
    const struct qp_index_change *first, *last;
    size_t n, at;
};

struct sorting {
    struct qp_index_change *v;
    size_t n, n_buckets, mask;
    struct bucket *buckets, **order;
    uint32_t *slots, *bucket_of;
};

/* Eight bytes at a time. */
int qp_index_change_compare(const void *a, const void *b)
{
    const uint8_t *p = a, *q = b;
    size_t i = 0;
    for (; i + 8 <= QP_INDEX_CHANGE_COMPARED; i += 8) {
        uint64_t x, y;
        memcpy(&x, p + i, sizeof x);
        memcpy(&y, q + i, sizeof y);
        if (x != y)
            return qp_rd64(p + i) < qp_rd64(q + i) ? -1 : 1;
    }
    return memcmp(p + i, q + i, QP_INDEX_CHANGE_COMPARED - i);
}

static int by_prefix(const void *a, const void *b)
{
    const struct bucket *x = *(struct bucket *const *)a, *y = *(struct bucket *const *)b;
    return memcmp(x->first, y->first, PREFIX);
}

static uint32_t bucket_find(struct sorting *s, const struct qp_index_change *c)
{
    uint64_t head;
    uint16_t rest;
    memcpy(&head, c, sizeof head);
    memcpy(&rest, (const uint8_t *)c + sizeof head, sizeof rest);
    uint64_t hash = (head ^ (uint64_t)rest << 40) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash >> 32) & s->mask;
    while (s->slots[at] && memcmp(s->buckets[s->slots[at] - 1].first, c, PREFIX) != 0)
        at = (at + 1) & s->mask;
    if (s->slots[at] == 0) {
        s->buckets[s->n_buckets++] = (struct bucket){.first = c};
        s->slots[at] = (uint32_t)s->n_buckets;
    }
    return s->slots[at] - 1;
}

/* False: the entries of some prefix are not in order. */
static bool count(struct sorting *s)
{
    memset(s->slots, 0, (s->mask + 1) * sizeof *s->slots);
    for (size_t i = 0; i < s->n; i++) {
        uint32_t k = bucket_find(s, &s->v[i]);
        struct bucket *b = &s->buckets[k];
        if (b->last && qp_index_change_compare(b->last, &s->v[i]) >= 0)
            return false;
        b->last = &s->v[i];
        b->n++;
        s->bucket_of[i] = k;
    }
    return true;
}

static struct qp_index_change *place(struct sorting *s, struct qp_index_change *out)
{
    size_t at = 0;
    for (size_t i = 0; i < s->n_buckets; i++)
        s->order[i] = &s->buckets[i];
    qsort(s->order, s->n_buckets, sizeof *s->order, by_prefix);
    for (size_t i = 0; i < s->n_buckets; i++) {
        s->order[i]->at = at;
        at += s->order[i]->n;
    }
    assert(at == s->n);
    for (size_t i = 0; i < s->n; i++)
        out[s->buckets[s->bucket_of[i]].at++] = s->v[i];
    return out;
}

struct qp_index_change *qp_changes_order(struct qp_index_change *v, size_t n, struct qp_arena *a)
{
    struct sorting s = {.v = v, .n = n, .mask = FEW};
    if (n > FEW && n < UINT32_MAX / 4) {
        while (s.mask < 2 * n)
            s.mask *= 2;
        s.buckets = qp_arena_take(a, n * sizeof *s.buckets);
        s.order = qp_arena_take(a, n * sizeof(struct bucket *));
        s.slots = qp_arena_take(a, s.mask * sizeof *s.slots);
        s.bucket_of = qp_arena_take(a, n * sizeof *s.bucket_of);
        s.mask--;
        struct qp_index_change *out = qp_arena_take(a, n * sizeof *out);
        if (s.buckets && s.order && s.slots && s.bucket_of && out && count(&s))
            return place(&s, out);
    }
    qsort(v, n, sizeof *v, qp_index_change_compare);
    return v;
}
