/* porter.h: the thread that looks after deadlines, heartbeats and password hashes. wire/park.c wakes it. */
#ifndef QP_NODE_HTTP_PORTER_H
#define QP_NODE_HTTP_PORTER_H

#include "node/http/wire/inside.h"

int qp_porter_start(struct qp_http *h, struct qp_err *e);
void qp_porter_stop(struct qp_http *h);

#endif
