/* circular.h: the parts of `qipan circular` that need no node. */
#ifndef QP_NODE_CLI_CIRCULAR_H
#define QP_NODE_CLI_CIRCULAR_H

#include "node/cli/cli.h"

/* circular_verify.c: every figure of FILE (a circular's JSON) counted again from --export. 0: all equal; 1: not, each that
 * differs is told; 2: FILE or the export is no such thing; 3: a file is not there; 8: it cannot be told with this export. */
int qp_circular_verify(struct qp_cli *c, const char *file);
/* circular_check.c: figures that somebody has printed, a CSV with columns id, kind, num, den, said: does each follow from
 * its parts? 0: all do; 1: some do not, each is told with its reason; 2, 3 as above. */
int qp_circular_check_file(struct qp_cli *c, const char *file);

#endif
