/* bases.c: the states of all series, in the order of the table, in blocks: a pass reads the old ones and gives each block
 * back when it is through with it, while the new ones grow, so that both together take little more than one. */
#include <stdlib.h>

#include "node/insight/watch/pass.h"

enum { BLOCK = 4096 };

struct block {
    struct block *next;
    size_t n;
    struct qp_base v[BLOCK];
};
struct qp_bases {
    struct block *first, *last;
    size_t at; /* in the first */
    size_t blocks;
};

struct qp_bases *qp_bases_new(void)
{
    return calloc(1, sizeof(struct qp_bases));
}

static void drop_first(struct qp_bases *b)
{
    struct block *gone = b->first;
    b->first = gone->next;
    b->last = b->first ? b->last : NULL;
    b->blocks--;
    b->at = 0;
    free(gone);
}

void qp_bases_free(struct qp_bases *b)
{
    while (b && b->first)
        drop_first(b);
    free(b);
}

bool qp_bases_add(struct qp_bases *b, const struct qp_base *x)
{
    if (!b->last || b->last->n == BLOCK) {
        struct block *more = malloc(sizeof *more);
        if (!more)
            return false;
        more->next = NULL;
        more->n = 0;
        if (b->last)
            b->last->next = more;
        else
            b->first = more;
        b->last = more;
        b->blocks++;
    }
    b->last->v[b->last->n++] = *x;
    return true;
}

const struct qp_base *qp_bases_next(struct qp_bases *b, uint64_t area, uint64_t category)
{
    while (b && b->first) {
        const struct qp_base *x = &b->first->v[b->at];
        if (b->at == b->first->n) {
            drop_first(b);
            continue;
        }
        if (x->area > area || (x->area == area && x->category > category))
            return NULL;
        if (x->area == area && x->category == category)
            return x;
        b->at++;
    }
    return NULL;
}

size_t qp_bases_bytes(const struct qp_bases *b)
{
    return b ? b->blocks * sizeof(struct block) : 0;
}
