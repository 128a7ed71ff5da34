/* gather.c: a hash table of the cells that a turn touches, and the pass that writes them. Called by board.c.
 *
 * Most turns touch the same cells again and again (the same day, the same areas): adding is one look-up and a
 * few additions, and LMDB sees each cell once a turn, in the order of its keys. */
#include "node/insight/gather.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1024 };

struct qp_gather *qp_gather_new(void)
{
    struct qp_gather *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->n_slots = SLOTS_FIRST;
    g->round = 1;
    g->slots = calloc(g->n_slots, sizeof *g->slots);
    if (!g->slots) {
        free(g);
        return NULL;
    }
    return g;
}

void qp_gather_free(struct qp_gather *g)
{
    if (!g)
        return;
    free(g->pending);
    free(g->slots);
    free(g->cells);
    free(g);
}

void qp_gather_reset(struct qp_gather *g)
{
    g->n = 0;
    g->n_pending = 0;
    g->no_memory = false;
    if (++g->round == 0) {
        memset(g->slots, 0, g->n_slots * sizeof *g->slots);
        g->round = 1;
    }
}

/* ---- adding ---- */

static uint32_t key_hash(const struct qp_cell_key *k)
{
    uint64_t small = (uint64_t)(uint32_t)k->bucket << 16 | (uint64_t)k->dimension << 8 | k->grain;
    uint64_t h = (k->area ^ small) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32 ^ k->value) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(h >> 32);
}

static bool key_same(const struct qp_cell_key *a, const struct qp_cell_key *b)
{
    return a->area == b->area && a->value == b->value && a->bucket == b->bucket && a->grain == b->grain &&
           a->dimension == b->dimension;
}

static struct qp_gather_slot *slot_of(const struct qp_gather *g, const struct qp_cell_key *k)
{
    uint32_t i = key_hash(k) & (g->n_slots - 1);
    while (g->slots[i].round == g->round && !key_same(&g->cells[g->slots[i].cell].key, k))
        i = (i + 1) & (g->n_slots - 1);
    return &g->slots[i];
}

static bool grow(struct qp_gather *g)
{
    uint32_t cap = g->n_slots; /* twice the slots hold that many cells */
    struct qp_gathered *cells = realloc(g->cells, cap * sizeof *cells);
    if (!cells)
        return false;
    g->cells = cells;
    if (g->cap > 0) {
        struct qp_gather_slot *slots = calloc((size_t)g->n_slots * 2, sizeof *slots);
        if (!slots)
            return false;
        free(g->slots);
        g->slots = slots;
        g->n_slots *= 2;
        g->round = 1;
        for (uint32_t i = 0; i < g->n; i++)
            *slot_of(g, &g->cells[i].key) = (struct qp_gather_slot){g->round, i};
    }
    g->cap = g->n_slots / 2;
    return true;
}

static struct qp_gathered *cell_of(struct qp_gather *g, const struct qp_cell_key *k)
{
    struct qp_gather_slot *s = slot_of(g, k);
    if (s->round == g->round)
        return &g->cells[s->cell];
    if (g->n == g->cap) {
        if (!grow(g))
            return NULL;
        s = slot_of(g, k);
    }
    struct qp_gathered *c = &g->cells[g->n];
    *c = (struct qp_gathered){.key = *k, .handled = QP_GATHERED_NONE};
    *s = (struct qp_gather_slot){g->round, g->n++};
    return c;
}

static bool pending_add(struct qp_gather *g, struct qp_gathered *c, const struct qp_handled *h)
{
    if (c->handled != QP_GATHERED_NONE && g->pending[c->handled].h.bucket == h->bucket) {
        g->pending[c->handled].h.count += h->count;
        return true;
    }
    if (g->n_pending == g->cap_pending) {
        uint32_t cap = g->cap_pending > 0 ? g->cap_pending * 2 : 1024;
        struct qp_gathered_time *p = realloc(g->pending, cap * sizeof *p);
        if (!p)
            return false;
        g->pending = p;
        g->cap_pending = cap;
    }
    g->pending[g->n_pending] = (struct qp_gathered_time){*h, c->handled};
    c->handled = g->n_pending++;
    return true;
}

static void add_up(int32_t *restrict sum, const int32_t *restrict n)
{
    for (int i = 0; i < QP_FIGURE_LANES; i++)
        sum[i] += n[i];
}

void qp_gather_add(struct qp_gather *g, const struct qp_cell_key *k, const int32_t n[QP_FIGURE_LANES],
                   const struct qp_handled *handled, size_t n_handled)
{
    struct qp_gathered *c = cell_of(g, k);
    if (!c) {
        g->no_memory = true;
        return;
    }
    add_up(c->n, n);
    for (size_t i = 0; i < n_handled; i++)
        if (!pending_add(g, c, &handled[i]))
            g->no_memory = true;
}
