/* posting.c: see posting.h. Most terms are in one or two matters: their lists lie in the table itself. */
#include "node/insight/lead/posting.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 2, FIRST = 1024 };

int qp_postings_init(struct qp_postings *p)
{
    *p = (struct qp_postings){.list = calloc(FIRST, sizeof *p->list), .mask = FIRST - 1};
    return p->list ? 0 : QP_ENOMEM;
}

static uint32_t *items(struct qp_list *l)
{
    return l->cap > FEW ? l->at.many : l->at.few;
}

void qp_postings_free(struct qp_postings *p)
{
    for (size_t i = 0; p->list && i <= p->mask; i++)
        if (p->list[i].cap > FEW)
            free(p->list[i].at.many);
    free(p->list);
    *p = (struct qp_postings){0};
}

static size_t home_of(size_t mask, uint32_t hash)
{
    return (hash * UINT32_C(0x9e3779b1)) & mask;
}

/* The slot of a term: its own, or the empty one where it would be. */
static size_t slot_of(const struct qp_list *list, size_t mask, uint32_t hash)
{
    size_t i = home_of(mask, hash);
    while (list[i].hash != 0 && list[i].hash != hash)
        i = (i + 1) & mask;
    return i;
}

/* Lists that have become empty are left behind. */
int qp_postings_room(struct qp_postings *p, size_t more)
{
    size_t full = 0, size = FIRST;
    if ((p->used + more) * 10 <= (p->mask + 1) * 7)
        return 0;
    for (size_t i = 0; i <= p->mask; i++)
        full += p->list[i].n > 0;
    while ((full + more) * 2 > size)
        size *= 2;
    struct qp_list *list = calloc(size, sizeof *list);
    if (!list)
        return QP_ENOMEM;
    for (size_t i = 0; i <= p->mask; i++) {
        struct qp_list *from = &p->list[i];
        if (from->n > 0)
            list[slot_of(list, size - 1, from->hash)] = *from;
        else if (from->cap > FEW)
            free(from->at.many);
    }
    free(p->list);
    *p = (struct qp_postings){.list = list, .mask = size - 1, .used = full};
    return 0;
}

static int list_put(struct qp_list *l, uint32_t posting)
{
    if (l->cap == 0)
        l->cap = FEW;
    if (l->n == l->cap) {
        uint32_t cap = l->cap * 2, *old = l->cap > FEW ? l->at.many : NULL,
                 *grown = realloc(old, cap * sizeof *grown);
        if (!grown)
            return QP_ENOMEM;
        if (!old)
            memcpy(grown, l->at.few, sizeof l->at.few);
        l->at.many = grown;
        l->cap = cap;
    }
    items(l)[l->n++] = posting;
    return 0;
}

/* The order stays, the oldest first: it is mostly the oldest that goes. */
static void list_drop(struct qp_list *l, uint32_t slot)
{
    uint32_t *item = items(l), i = 0;
    while (i < l->n && item[i] >> 8 != slot)
        i++;
    assert(i < l->n);
    l->n--;
    memmove(item + i, item + i + 1, (l->n - i) * sizeof *item);
}

/* The slots of a sketch's terms, and what lies there, on their way. */
static void fetch(const struct qp_postings *p, const struct qp_lead_sketch *s, size_t n,
                  struct qp_list *at[QP_LEAD_TERMS])
{
    assert(n <= QP_LEAD_TERMS);
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(&p->list[home_of(p->mask, s->hash[i])]);
    for (size_t i = 0; i < n; i++) {
        at[i] = &p->list[slot_of(p->list, p->mask, s->hash[i])];
        if (at[i]->n > 0)
            __builtin_prefetch(items(at[i]));
    }
}

static void drop_first(struct qp_postings *p, const struct qp_lead_sketch *s, size_t n, uint32_t slot)
{
    struct qp_list *at[QP_LEAD_TERMS];
    fetch(p, s, n, at);
    for (size_t i = 0; i < n; i++)
        list_drop(at[i], slot);
}

int qp_postings_put(struct qp_postings *p, const struct qp_lead_sketch *s, uint32_t slot)
{
    int rc = qp_postings_room(p, s->n);
    for (size_t i = 0; !rc && i < s->n; i++) {
        struct qp_list *l = &p->list[slot_of(p->list, p->mask, s->hash[i])];
        p->used += l->hash == 0;
        l->hash = s->hash[i];
        rc = list_put(l, qp_posting(slot, s->weight[i]));
        if (rc)
            drop_first(p, s, i, slot);
    }
    return rc;
}

void qp_postings_drop(struct qp_postings *p, const struct qp_lead_sketch *s, uint32_t slot)
{
    drop_first(p, s, s->n, slot);
}

void qp_postings_of(const struct qp_postings *p, const struct qp_lead_sketch *s,
                    const uint32_t *list[QP_LEAD_TERMS], size_t n[QP_LEAD_TERMS])
{
    struct qp_list *at[QP_LEAD_TERMS];
    fetch(p, s, s->n, at);
    for (size_t i = 0; i < s->n; i++) {
        n[i] = at[i]->n;
        list[i] = n[i] > 0 ? items(at[i]) : NULL;
    }
}
