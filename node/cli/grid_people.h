/* grid_people.h: the accounts of those whom a table of grids names: `qipan grid import FILE.csv --accounts`.
 *
 *   rows ─► names of workers and deputies, each once ─► no account? ─► POST /users, as worker ─► POST /session/link ─► the link
 *
 * Nobody knows the password that the account is made with: its person logs in by the link, once, and sets one. An account that
 * stands is left as it is; one that has ended is not made again by a table: the row that names it is rejected. */
#ifndef QP_NODE_CLI_GRID_PEOPLE_H
#define QP_NODE_CLI_GRID_PEOPLE_H

#include "node/cli/client.h"
#include "node/cli/grid_rows.h"

/* The names in the rows of this node (those without a node, or with this path), in their order. */
json_t *qp_grid_people(const struct qp_grid_rows *rows, const char *self);
/* Makes what is lacking. links: [{name, url}], what was made. Complains, and returns the exit code. */
int qp_grid_accounts(const struct qp_cli *c, struct qp_client *cl, const struct qp_grid_rows *rows,
                     json_t *links);

#endif
