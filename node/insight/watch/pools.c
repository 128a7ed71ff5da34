/* pools.c: the series of categories that others lie below: while a pass goes through an area, the counts of each of its categories
 * are added to those above it; when it is through they are judged, one after the other. Kept in no table: they follow from the
 * counts and from the policy in force. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/watch/pass.h"

struct pool {
    int32_t first; /* index of the first day with a count */
    size_t of;     /* categories that were added */
    bool own;      /* itself among them */
    uint32_t y[QP_DAILY_DAYS];
};
struct qp_pools {
    struct qp_family *family;
    size_t n, at; /* at: the next that is to be judged */
    bool any;
    struct pool v[];
};

struct qp_pools *qp_pools_new(struct qp_family *f)
{
    size_t n = qp_family_parents(f);
    struct qp_pools *p = calloc(1, sizeof *p + n * sizeof *p->v);
    if (!p)
        return NULL;
    p->family = f;
    p->n = n;
    return p;
}

void qp_pools_free(struct qp_pools *p)
{
    if (!p)
        return;
    qp_family_free(p->family);
    free(p);
}

const struct qp_family *qp_pools_family(const struct qp_pools *p)
{
    return p ? p->family : NULL;
}

size_t qp_pools_bytes(const struct qp_pools *p)
{
    return p ? sizeof *p + p->n * sizeof *p->v : 0;
}

void qp_pools_empty(struct qp_pools *p)
{
    for (size_t i = 0; p && i < p->n; i++)
        p->v[i].of = 0;
    if (p) {
        p->any = false;
        p->at = 0;
    }
}

bool qp_pools_any(const struct qp_pools *p)
{
    return p && p->any;
}

struct adding {
    struct qp_pools *p;
    const struct qp_daily_series *s;
    bool own;
};

static void add(void *arg, size_t parent)
{
    struct adding *x = arg;
    struct pool *to = &x->p->v[parent];
    if (to->of == 0) {
        memset(to->y, 0, sizeof to->y[0] * (size_t)x->s->n);
        to->first = x->s->n;
        to->own = false;
    }
    bool own = qp_family_parent(x->p->family, parent) == x->s->category;
    to->of++;
    to->own |= own;
    x->own |= own;
    to->first = x->s->first < to->first ? x->s->first : to->first;
    for (int32_t i = x->s->first; i < x->s->n; i++)
        to->y[i] = to->y[i] > UINT32_MAX - x->s->y[i] ? UINT32_MAX : to->y[i] + x->s->y[i];
    x->p->any = true;
}

bool qp_pools_add(struct qp_pools *p, const struct qp_daily_series *s)
{
    struct adding x = {p, s, false};
    if (p && s->first < s->n)
        qp_family_each(p->family, s->category, add, &x);
    return x.own;
}

/* Where one category alone came together nothing else is seen than in that one. */
bool qp_pools_next(struct qp_pools *p, struct qp_daily_series *s)
{
    assert(p->at <= p->n);
    while (p->at < p->n && (p->v[p->at].of == 0 || (p->v[p->at].of == 1 && !p->v[p->at].own)))
        p->at++;
    if (p->at == p->n)
        return false;
    const struct pool *x = &p->v[p->at];
    s->category = qp_family_parent(p->family, p->at++);
    s->first = x->first;
    memcpy(s->y, x->y, sizeof s->y[0] * (size_t)s->n);
    return true;
}
