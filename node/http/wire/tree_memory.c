/* tree_memory.c: see tree_memory.h. */
#include "node/http/wire/tree_memory.h"

#include <stdlib.h>
#include <string.h>

static const struct qp_tree_kept *find(const struct qp_tree_memory *m, uint64_t position, uint64_t places,
                                       size_t n)
{
    for (size_t i = 0; i < QP_TREES_KEPT; i++) {
        const struct qp_tree_kept *k = &m->v[i];
        if (k->prints && k->position == position && k->places == places && k->n == n)
            return k;
    }
    return NULL;
}

bool qp_tree_changed(const struct qp_tree_memory *m, uint64_t since, uint64_t places, const uint64_t *prints,
                     size_t n, bool *changed)
{
    const struct qp_tree_kept *k = find(m, since, places, n);
    for (size_t i = 0; k && i < n; i++)
        changed[i] = k->prints[i] != prints[i];
    return k;
}

void qp_tree_keep(struct qp_tree_memory *m, uint64_t position, uint64_t places, const uint64_t *prints,
                  size_t n)
{
    if (find(m, position, places, n))
        return;
    uint64_t *copy = malloc((n ? n : 1) * sizeof *copy);
    if (!copy)
        return;
    memcpy(copy, prints, n * sizeof *copy);
    free(m->v[m->next].prints);
    m->v[m->next] = (struct qp_tree_kept){position, places, copy, n};
    m->next = (m->next + 1) % QP_TREES_KEPT;
}

void qp_tree_memory_end(struct qp_tree_memory *m)
{
    for (size_t i = 0; i < QP_TREES_KEPT; i++)
        free(m->v[i].prints);
    *m = (struct qp_tree_memory){.next = 0};
}
