/* tree_memory.h: what GET /api/v1/tree answered lately, so that it can answer only what has changed since.
 *
 *   GET …/tree?since=0 ─► all, and its position ─► kept: a fingerprint of each place
 *   GET …/tree?since=POSITION ─► the places whose fingerprint is another one, and the way to them
 *
 * The state of links and their times stand in no journal, so that a position alone does not say what was answered: of the
 * answers at one position the first is kept, and whoever saw a later one is told some of it again. What is not kept any more,
 * or was another set of places, is answered whole: nobody misses a change. Kept for those who ask in this way, a few of them,
 * in memory. */
#ifndef QP_NODE_HTTP_WIRE_TREE_MEMORY_H
#define QP_NODE_HTTP_WIRE_TREE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QP_TREES_KEPT = 16 };

struct qp_tree_kept {
    uint64_t position, places; /* places: which they are, and who asked by which span */
    uint64_t *prints;          /* malloc'd; NULL: none */
    size_t n;
};
struct qp_tree_memory {
    struct qp_tree_kept v[QP_TREES_KEPT];
    size_t next; /* the oldest */
};

/* Whoever calls holds the lock. changed[i]: place i is another one than was answered at `since`. False: that is not known (any
 * more), and all are to be answered; changed is not written then. */
bool qp_tree_changed(const struct qp_tree_memory *m, uint64_t since, uint64_t places, const uint64_t *prints,
                     size_t n, bool *changed);
/* Keeps an answer, unless one of this position and these places is kept already. Without memory it is not kept. */
void qp_tree_keep(struct qp_tree_memory *m, uint64_t position, uint64_t places, const uint64_t *prints,
                  size_t n);
void qp_tree_memory_end(struct qp_tree_memory *m);

#endif
