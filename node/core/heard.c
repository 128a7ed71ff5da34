/* heard.c: see heard.h. */
#include "node/core/heard.h"

#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

struct heard {
    uint8_t node[QP_ID_LEN], side[QP_ID_LEN];
    int64_t at_us, was_us; /* the newest; before this turn */
};
struct qp_heard {
    struct heard *v; /* malloc'd */
    size_t n, cap;
    bool changed; /* in this turn */
};

struct qp_heard *qp_heard_new(void)
{
    return calloc(1, sizeof(struct qp_heard));
}

void qp_heard_free(struct qp_heard *h)
{
    if (h)
        free(h->v);
    free(h);
}

static void drop_old(struct qp_heard *h, int64_t old_us)
{
    assert(h->n <= h->cap);
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        if (h->v[i].at_us > old_us && h->v[i].at_us <= old_us + QP_HEARD_SPAN_US)
            h->v[n++] = h->v[i];
    h->n = n;
}

/* L7: a child that makes nodes up and lets all of them speak takes no place from who comes by way of another. */
static bool share_is_full(const struct qp_heard *h, const uint8_t side[QP_ID_LEN])
{
    size_t his = 0;
    assert(h->n <= QP_HEARD_MOST);
    if (h->n < QP_HEARD_MOST / 2)
        return false;
    for (size_t i = 0; i < h->n; i++)
        his += qp_same(h->v[i].side, side);
    return his >= QP_HEARD_EACH;
}

/* One more; NULL: there is no room. */
static struct heard *add(struct qp_heard *h, const uint8_t side[QP_ID_LEN], int64_t old_us)
{
    if (h->n == h->cap || h->n >= QP_HEARD_MOST / 2)
        drop_old(h, old_us);
    if (share_is_full(h, side))
        return NULL;
    if (h->n == h->cap) {
        size_t cap = h->cap == 0 ? 64 : h->cap * 2;
        struct heard *v = cap <= QP_HEARD_MOST ? realloc(h->v, cap * sizeof *v) : NULL;
        if (!v)
            return NULL;
        h->v = v;
        h->cap = cap;
    }
    assert(h->n < h->cap && h->cap <= QP_HEARD_MOST);
    return &h->v[h->n++];
}

enum qp_heard_as qp_heard_first(struct qp_heard *h, const uint8_t node[QP_ID_LEN],
                                const uint8_t side[QP_ID_LEN], int64_t at_us, int64_t old_us)
{
    struct heard *x = NULL;
    for (size_t i = 0; i < h->n && !x; i++)
        if (qp_same(h->v[i].node, node))
            x = &h->v[i];
    if (!x && (x = add(h, side, old_us))) {
        memcpy(x->node, node, QP_ID_LEN);
        memcpy(x->side, side, QP_ID_LEN);
        x->at_us = x->was_us = INT64_MIN;
    }
    if (!x)
        return QP_HEARD_CROWDED;
    if (x->at_us > old_us + QP_HEARD_SPAN_US) /* noted by a clock that was ahead: nobody says that time now */
        x->at_us = old_us;
    if (at_us <= x->at_us)
        return QP_HEARD_AGAIN;
    assert(x >= h->v && x < h->v + h->n);
    x->at_us = at_us;
    h->changed = true;
    return QP_HEARD_FIRST;
}

void qp_heard_begin(struct qp_heard *h)
{
    if (!h || !h->changed)
        return;
    assert(h->n <= h->cap);
    for (size_t i = 0; i < h->n; i++)
        h->v[i].was_us = h->v[i].at_us;
    h->changed = false;
}

void qp_heard_forget(struct qp_heard *h)
{
    for (size_t i = 0; h->changed && i < h->n; i++)
        h->v[i].at_us = h->v[i].was_us;
    h->changed = false;
}
