/* areas_zone.h: which division list, and which time zone goes with it. For init and dev. */
#ifndef QP_NODE_CLI_AREAS_ZONE_H
#define QP_NODE_CLI_AREAS_ZONE_H

#include "node/cli/cli.h"
#include "topology/areas.h"
#include "topology/certificate.h"

/* The zone: what was given, else the file `zone` in the areas' folder, else UTC; it is loaded once to see
 * that it exists. `given`, `areas` may be NULL. */
int qp_zone_of_areas(char zone[QP_ZONE_MAX + 1], const char *given, const char *areas, struct qp_err *e);
/* Suzhou's folder: in the source tree that this was built from, else where a package puts it. */
const char *qp_areas_default(void);
/* On standard error: the columns of the list that have no effect, so that nobody takes them for kept. */
void qp_areas_tell_unread(const struct qp_cli *c, const struct qp_areas *a, const char *source);
/* Keeps the areas on `path` and the children of each of them. QP_ENOTFOUND. */
int qp_areas_open(struct qp_areas *a, const char *path, struct qp_err *e);

#endif
