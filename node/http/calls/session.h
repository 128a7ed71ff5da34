/* session.h: how a session begins, for those calls that begin one (session.c, sessions.c). */
#ifndef QP_NODE_HTTP_CALLS_SESSION_H
#define QP_NODE_HTTP_CALLS_SESSION_H

#include "node/http/wire/inside.h"

enum { QP_COOKIE_TEXT = 128 + QP_LOGIN_TEXT };

/* A session of the same subject as s, issued at now_us, as a cookie; c->auth becomes whom it speaks for. 0 or as
 * qp_auth_again. */
int qp_session_begin(struct qp_call *c, const struct qp_login *s, int64_t now_us, char cookie[QP_COOKIE_TEXT],
                     struct qp_err *e);

#endif
