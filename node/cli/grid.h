/* grid.h: what `qipan grid check` found, as grid.c gathers it and grid_show.c tells it. */
#ifndef QP_NODE_CLI_GRID_H
#define QP_NODE_CLI_GRID_H

#include "node/cli/cli.h"
#include "topology/geo/index.h"
#include "topology/geo/siblings.h"

struct qp_grid_node {
    const char *node;
    size_t grids;
    double m2;
};

struct qp_grid_check {
    const char *name; /* the file's */
    struct qp_geo_file f, outline /* n = 0: none was given */;
    struct qp_geo_siblings s;
    struct qp_grid_node *nodes;
    size_t n_nodes;
};

/* Lines for a person. */
void qp_grid_show(const struct qp_cli *c, const struct qp_grid_check *k);

#endif
