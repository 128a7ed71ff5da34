/* routes.h: finds the call that a request is for, and runs it. */
#ifndef QP_NODE_HTTP_ROUTES_H
#define QP_NODE_HTTP_ROUTES_H

#include "node/http/wire/inside.h"

/* After the headers: sets route, auth, or the fault to answer with. */
void qp_route_find(struct qp_call *c, const char *method);
enum MHD_Result qp_route_run(struct qp_call *c);
/* The rows, one by one; NULL behind the last. */
const struct qp_call_row *qp_route_at(size_t i);
/* How it is kept within a span, in a word; and which arguments it takes behind the `?`: NULL where its handler looks. */
const char *qp_route_span(const struct qp_call_row *row);
const char *qp_route_args(const struct qp_call_row *row);
/* How a kind looks from outside. */
const struct qp_view *qp_view_of(enum qp_resource_name kind);

#endif
