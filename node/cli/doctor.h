/* doctor.h: what looks at a node's folder and at the node that runs in it; for `doctor` and `support`. */
#ifndef QP_NODE_CLI_DOCTOR_H
#define QP_NODE_CLI_DOCTOR_H

#include "node/cli/place.h"

/* The store of a node that is down, with the sizes of its settings; its keys too where `keys` says so: reading a
 * journal does without. QP_EEXISTS: it runs. Close with qp_opened_close. */
int qp_open_stopped(struct qp_opened *o, const struct qp_cli *c, struct qp_place_paths *p, bool keys,
                    struct qp_err *e);
/* Walks through the rows of its tables: NULL, or what to say of a damaged one. */
const char *qp_scrub_tables(const struct qp_cli *c, struct qp_opened *o);
/* Everything that can be looked at: an array of {check, result: ok|warning|bad, text}, owned by the caller; a line
 * each for people, unless c->json. *exit_code: QP_EXIT_OK, _DEGRADED or _FAILED. NULL: *e says why. */
json_t *qp_doctor_look(const struct qp_cli *c, int *exit_code, struct qp_err *e);

#endif
