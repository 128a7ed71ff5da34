/* policy_source.h: a policy's folder, file or standard input, named on the command line, and what is wrong in it. */
#ifndef QP_NODE_CLI_POLICY_SOURCE_H
#define QP_NODE_CLI_POLICY_SOURCE_H

#include "node/cli/cli.h"
#include "topology/policy/policy.h"

/* What people call it: "-" is standard input. */
const char *qp_source_name(const struct qp_cli *c, const char *source);
/* `source` as it was named on the command line. NULL: nothing could be read, told in *m. `calendars`: they alone
 * (qp_policy_read_calendars). */
struct qp_policy *qp_source_read(const struct qp_cli *c, const char *source, bool calendars,
                                 struct qp_mistakes *m);
/* Whether there is such a folder or file; if not, that is told. */
bool qp_source_exists(const struct qp_cli *c, const char *source);
/* Every mistake, a line each, and how many there are. */
void qp_source_tell(const struct qp_cli *c, const char *source, const struct qp_mistakes *m);

#endif
