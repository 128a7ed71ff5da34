/* policy_set.h: a policy sent to a running node, and what is in force there. */
#ifndef QP_NODE_CLI_POLICY_SET_H
#define QP_NODE_CLI_POLICY_SET_H

#include "node/cli/client.h"
#include "node/cli/policy_source.h"

/* `policy set`: read and checked here (with file and line), weighed by the node, shown as what changes, asked about, and
 * sent. An exit code. */
int qp_policy_set(struct qp_cli *c, const char *source);
/* `policy show` without a source: what is in force at the running node. An exit code. */
int qp_policy_show_running(struct qp_cli *c);
/* Sends one without a question, as `qipan dev --policy` does; the same one again is no second one. QP_EEXISTS: another one
 * of that version text was sent before. */
int qp_policy_send(const char *url, const char *token, const struct qp_policy *p, struct qp_err *e);

#endif
