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

/* Is this word of `qipan grid` one of grid.c and grid_node.c, and not one that every resource has? */
bool qp_grid_is_own(const char *word);
int qp_verb_grid(struct qp_cli *c);
/* grid_node.c: of a running node. */
int qp_grid_import(const struct qp_cli *c);
int qp_grid_coverage(const struct qp_cli *c);
int qp_grid_locate_at_node(const struct qp_cli *c, double lat, double lon);

/* Lines for a person. */
void qp_grid_show(const struct qp_cli *c, const struct qp_grid_check *k);

#endif
