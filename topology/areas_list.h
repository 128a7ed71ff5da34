/* areas_list.h: the rows of a division list between reading (areas.c) and becoming a tree (areas_tree.c).
 * Private to these two. */
#ifndef QP_TOPOLOGY_AREAS_LIST_H
#define QP_TOPOLOGY_AREAS_LIST_H

#include <stdint.h>

#include "topology/areas.h"

enum { QP_AREAS_NONE = -1 };

/* A row before it has its place. */
struct qp_areas_row {
    struct qp_area a; /* path and depth are filled at the end */
    char parent_code[QP_CODE_MAX + 1];
    char label[QP_LABEL_MAX + 1];
    long parent, first_child, last_child, next_sibling; /* rows, QP_AREAS_NONE = none */
};

struct qp_areas_list {
    const char *name; /* of the file, for errors */
    struct qp_areas_row *v;
    size_t n, cap;
    uint32_t *slot; /* hash table of row numbers + 1, 0 = free */
    size_t slots;   /* a power of two, at least twice the rows */
};

/* Finds parents and the root, and fills `out` in order. `l` is used up but not freed. */
int qp_areas_build(struct qp_areas *out, struct qp_areas_list *l, struct qp_err *e);

#endif
