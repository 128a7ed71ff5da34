/* open311.h: GeoReport v2 under /open311, for clients that others have written: their requests as they are, answers as
 * the specification of wiki.open311.org says. The rules as built: RULES.md of this folder.
 *
 *   routes.c ─► door.c: which call, which format ─► services.c requests.c updates.c   read at once
 *                                              └──► report.c   a write, parked until its turn
 *
 * What a stranger may read of a matter is decided in shown.c alone. */
#ifndef QP_NODE_HTTP_OPEN311_OPEN311_H
#define QP_NODE_HTTP_OPEN311_OPEN311_H

#include "node/http/wire/inside.h"

/* Whether errors of this call are said in GeoReport's form. */
bool qp_open311_is(const struct qp_call *c);
/* What was found while the head or the body was read. */
enum MHD_Result qp_open311_fault(struct qp_call *c, unsigned status, const char *text);
enum MHD_Result qp_open311_get(struct qp_call *c);
enum MHD_Result qp_open311_post(struct qp_call *c);

#endif
