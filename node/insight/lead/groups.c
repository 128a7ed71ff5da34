/* groups.c: the leads, by the order of their founding. See inside.h. */
#include "node/insight/lead/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct qp_lead_group *qp_group_new(struct qp_leads *l)
{
    if (l->n_groups == l->cap_groups) {
        size_t cap = l->cap_groups == 0 ? 64 : l->cap_groups * 2;
        struct qp_lead_group **grown = realloc(l->group, cap * sizeof(struct qp_lead_group *));
        if (!grown)
            return NULL;
        l->group = grown;
        l->cap_groups = cap;
    }
    struct qp_lead_group *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->uid = l->next_uid++;
    l->group[l->n_groups++] = g;
    return g;
}

void qp_group_free(struct qp_lead_group *g)
{
    free(g->aged_id);
    free(g->member);
    free(g);
}

struct qp_lead_group *qp_group_at(const struct qp_leads *l, uint64_t uid)
{
    size_t lo = 0, hi = l->n_groups;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (l->group[mid]->uid < uid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->n_groups && l->group[lo]->uid == uid && !l->group[lo]->dead ? l->group[lo] : NULL;
}

const char *qp_group_id(const struct qp_lead_group *g)
{
    return g->aged_id ? g->aged_id : g->n > 0 ? g->member[0]->id : "";
}

struct qp_lead_group *qp_group_find(const struct qp_leads *l, const char *id)
{
    const struct qp_lead_entry *x = qp_shelf_find(l, id);
    if (x && strcmp(qp_group_id(x->group), id) == 0)
        return x->group;
    for (size_t i = 0; i < l->n_groups; i++) /* one whose first matter is gone: people ask, no turn does */
        if (!l->group[i]->dead && l->group[i]->aged_id && l->group[i]->n > 0 &&
            strcmp(l->group[i]->aged_id, id) == 0)
            return l->group[i];
    return NULL;
}

struct qp_lead_group *qp_group_live(const struct qp_leads *l, const char *id, struct qp_err *e)
{
    struct qp_lead_group *g = qp_group_find(l, id);
    if (!g)
        qp_fail(e, QP_ENOTFOUND,
                "there is no live lead %s: it may have been idle too long, or lost its matters", id);
    return g;
}

/* ---- members ---- */

int qp_group_room(struct qp_lead_group *g)
{
    if (g->n < g->cap)
        return 0;
    uint32_t cap = g->cap == 0 ? 1 : g->cap * 2;
    struct qp_lead_entry **grown = realloc(g->member, cap * sizeof(struct qp_lead_entry *));
    if (!grown)
        return QP_ENOMEM;
    g->member = grown;
    g->cap = cap;
    return 0;
}

void qp_group_put(struct qp_lead_group *g, struct qp_lead_entry *x)
{
    uint32_t i = g->n++;
    assert(g->n <= g->cap);
    for (; i > 0 && g->member[i - 1]->seq > x->seq; i--)
        g->member[i] = g->member[i - 1];
    g->member[i] = x;
    g->last_us = g->n == 1 || x->at_us > g->last_us ? x->at_us : g->last_us;
    x->group = g;
}

bool qp_group_take(struct qp_lead_group *g, struct qp_lead_entry *x)
{
    uint32_t i = 0;
    while (i < g->n && g->member[i] != x)
        i++;
    assert(i < g->n);
    memmove(&g->member[i], &g->member[i + 1], (g->n - i - 1) * sizeof(struct qp_lead_entry *));
    g->n--;
    x->group = NULL;
    int64_t was_us = g->last_us;
    if (x->at_us < was_us)
        return false;
    for (i = 0; i < g->n; i++)
        g->last_us = i == 0 || g->member[i]->at_us > g->last_us ? g->member[i]->at_us : g->last_us;
    return g->n > 0 && g->last_us < was_us;
}

/* ---- the end ---- */

static void sweep(struct qp_leads *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n_groups; i++) {
        if (l->group[i]->dead)
            qp_group_free(l->group[i]);
        else
            l->group[kept++] = l->group[i];
    }
    l->n_groups = kept;
    l->n_dead = 0;
}

void qp_group_settle(struct qp_leads *l, struct qp_lead_group *g, bool traceless)
{
    if (g->n > 0 || g->dead)
        return;
    for (size_t i = 0; i < l->n_moves; i++)
        if (l->move[i].kind != QP_MOVE_DECLINE && l->move[i].from == g->uid)
            return;
    if (traceless && g->uid + 1 == l->next_uid) {
        l->next_uid--;
        l->n_groups--;
        qp_group_free(g);
        return;
    }
    g->dead = true;
    if (++l->n_dead > 16 + l->n_groups / 4)
        sweep(l);
}
