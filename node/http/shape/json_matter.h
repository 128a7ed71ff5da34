/* json_matter.h: a matter as the API shows it: in lists, whole, in a 409's `current`, and its history. */
#ifndef QP_NODE_HTTP_JSON_MATTER_H
#define QP_NODE_HTTP_JSON_MATTER_H

#include "node/http/shape/json_history.h"
#include "node/http/wire/inside.h"

/* {state, holder, custody, version, offered, possible:[…], steps:[…]}: what a refused step is told. r NULL:
 * without `steps`, for a line among many. */
void qp_json_current(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Row *row,
                     const struct qp_auth *auth);
/* The members of a matter's object that its row gives, without the braces. r: to link duplicate_of; NULL:
 * leave that out. */
void qp_json_row(struct qp_json *j, const Qp__Row *row, struct qp_read *r);
/* The whole matter: row, clocks, ticks, the steps of whoever asks, (when asked for) history, and what is asked about the write that it
 * answers (draft; NULL: none). 0; QP_ENOTFOUND; what the store says. */
int qp_json_matter(struct qp_json *j, struct qp_http *h, struct qp_read *r, const uint8_t matter[QP_ID_LEN],
                   const struct qp_auth *auth, bool history, const Qp__Event *draft, struct qp_arena *a,
                   struct qp_err *e);

#endif
