/* blob.h: files of matters on the command line: `qipan blob put|get`, and --attach of reports and steps. */
#ifndef QP_NODE_CLI_BLOB_H
#define QP_NODE_CLI_BLOB_H

#include "node/cli/client.h"

/* Each --attach: a hash as it is, a file is sent to the node first; all become "attachments" of the body. 0, or it complains and
 * returns an exit code. */
int qp_attach(const struct qp_cli *c, struct qp_client *cl, json_t *body);

#endif
