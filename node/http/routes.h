/* routes.h: finds the call that a request is for, and runs it. */
#ifndef QP_NODE_HTTP_ROUTES_H
#define QP_NODE_HTTP_ROUTES_H

#include "node/http/wire/inside.h"

/* After the headers: sets route, auth, or the fault to answer with. */
void qp_route_find(struct qp_call *c, const char *method);
enum MHD_Result qp_route_run(struct qp_call *c);

#endif
