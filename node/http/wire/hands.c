/* hands.c: see hands.h. */
#include "node/http/wire/hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

struct qp_hand {
    char name[QP_NAME_BYTES + 1], code[QP_NAME_BYTES + 1];
};

void qp_hands_open(struct qp_hands *h)
{
    *h = (struct qp_hands){.n = 0};
    pthread_mutex_init(&h->lock, NULL);
}

void qp_hands_close(struct qp_hands *h)
{
    free(h->v);
    pthread_mutex_destroy(&h->lock);
}

static int by_name(const void *a, const void *b)
{
    const struct qp_hand *x = a, *y = b;
    int way = strcmp(x->name, y->name);
    return way ? way : strcmp(x->code, y->code);
}

static int add(struct qp_hands *h, const char *name, const char *code)
{
    if (!*name)
        return 0;
    if (h->n == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 64;
        struct qp_hand *v = realloc(h->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        h->v = v;
        h->cap = cap;
    }
    snprintf(h->v[h->n].name, sizeof h->v->name, "%s", name);
    snprintf(h->v[h->n].code, sizeof h->v->code, "%s", code);
    h->n++;
    return 0;
}

static int add_grid(struct qp_hands *h, const Qp__GridMade *g)
{
    int rc = add(h, g->worker, g->code);
    for (size_t i = 0; i < g->n_deputies && !rc; i++)
        if (strcmp(g->deputies[i], g->worker) != 0)
            rc = add(h, g->deputies[i], g->code);
    return rc;
}

static int look(struct qp_hands *h, struct qp_read *r)
{
    char after[QP_NAME_BYTES + 1] = "";
    struct qp_resource_row row;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = a ? 0 : QP_ENOMEM;
    h->n = 0;
    while (!rc && !(rc = qp_resource_next(r, GRIDS, after, a, &row))) {
        snprintf(after, sizeof after, "%s", row.id);
        if (!row.ended_us)
            rc = add_grid(h, (const Qp__GridMade *)row.made);
        qp_arena_reset(a);
    }
    qp_arena_free(a);
    if (rc == QP_ENOTFOUND && h->n)
        qsort(h->v, h->n, sizeof *h->v, by_name);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* The first entry that is not before the name. */
static size_t first_of(const struct qp_hands *h, const char *name)
{
    size_t low = 0, high = h->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(h->v[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

int qp_hands_each(struct qp_hands *h, struct qp_read *r, const char *name,
                  void (*each)(void *arg, const char *code), void *arg)
{
    uint64_t stamp = qp_resource_changes(r->tables, r->store, GRIDS);
    int rc = 0;
    pthread_mutex_lock(&h->lock);
    if (stamp != h->stamp) {
        rc = look(h, r);
        h->stamp = rc ? 0 : stamp;
    }
    for (size_t i = first_of(h, name); !rc && i < h->n && strcmp(h->v[i].name, name) == 0; i++)
        each(arg, h->v[i].code);
    pthread_mutex_unlock(&h->lock);
    return rc;
}

/* ---- desks ---- */

int qp_desks_each(struct qp_read *r, void (*each)(void *arg, const Qp__DeskMade *desk), void *arg)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    char after[QP_NAME_BYTES + 1] = "";
    struct qp_resource_row row;
    int rc = a ? 0 : QP_ENOMEM;
    while (!rc) {
        qp_arena_reset(a);
        rc = qp_resource_next(r, &qp_resources[QP_RESOURCE_DESK], after, a, &row);
        if (rc)
            break;
        snprintf(after, sizeof after, "%s", row.id);
        if (!row.ended_us)
            each(arg, (const Qp__DeskMade *)row.made);
    }
    qp_arena_free(a);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

bool qp_desk_has(const Qp__DeskMade *desk, const char *member)
{
    for (size_t i = 0; i < desk->n_members; i++)
        if (strcmp(desk->members[i], member) == 0)
            return true;
    return false;
}
