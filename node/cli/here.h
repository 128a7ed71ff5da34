/* here.h: the node that was asked, as lines for people need it: its place, and its tree's clock. */
#ifndef QP_NODE_CLI_HERE_H
#define QP_NODE_CLI_HERE_H

#include "node/cli/client.h"
#include "topology/path.h"
#include "topology/zone.h"

struct qp_here {
    struct qp_zone *zone; /* NULL: the node did not tell, or this machine has no zones */
    char path[QP_PATH_MAX];
};
/* One call; what the node does not tell stays empty. */
void qp_here_ask(struct qp_here *h, struct qp_client *cl);
void qp_here_take(struct qp_here *h, const json_t *node); /* from an answer of GET /api/v1/node */
void qp_here_free(struct qp_here *h);
/* Whether a place at or below the node is in its tree; true as well when that cannot be told. */
bool qp_here_knows(const struct qp_here *h, struct qp_client *cl, const char *path);
/* Says that it is not, and how to see what there is; the exit code. */
int qp_here_unknown(const struct qp_cli *c, const struct qp_here *h, const char *option, const char *path);
/* `2026-03-01T08:00:00.000Z` as `2026-03-01 16:00+08:00`; as it came where the zone is not known. */
const char *qp_here_time(const struct qp_here *h, const char *text, char out[40]);
const char *qp_here_second(const struct qp_here *h, const char *text, char out[40]); /* to the second */

#endif
