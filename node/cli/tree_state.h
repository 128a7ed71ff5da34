/* tree_state.h: STATE/nodes.json, which `qipan dev` writes, read by whoever works on the whole tree: import,
 * link, deploy/up. */
#ifndef QP_NODE_CLI_TREE_STATE_H
#define QP_NODE_CLI_TREE_STATE_H

#include <stddef.h>

#include "crypto/error.h"
#include "topology/path.h"

struct qp_tree_node {
    char path[QP_PATH_MAX];
    char http[128];
    char token[512];
};
struct qp_tree_state {
    struct qp_tree_node *v; /* in the order of the file: parents first, v[0] is the root */
    size_t n;
};
/* QP_ENOTFOUND: nothing runs there (yet); QP_EINVAL. */
int qp_tree_state_read(struct qp_tree_state *t, const char *state, struct qp_err *e);
void qp_tree_state_free(struct qp_tree_state *t);

#endif
