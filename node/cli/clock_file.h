/* clock_file.h: a calendar out of a JSON file: one as a policy has it, or a policy in which one is named. */
#ifndef QP_NODE_CLI_CLOCK_FILE_H
#define QP_NODE_CLI_CLOCK_FILE_H

#include <stddef.h>

#include "crypto/error.h"
#include "topology/calendar.h"

/* `text`: the file's bytes; `file` its name for sentences; `name`: which calendar, NULL: the only one. The zone is
 * borrowed. QP_EINVAL: not JSON, or not a calendar: says where and how it is written. QP_ENOTFOUND: none of that
 * name (they are listed). */
int qp_clock_file(struct qp_calendar **out, const char *text, size_t len, const char *file, const char *name,
                  const struct qp_zone *zone, struct qp_err *e);

#endif
