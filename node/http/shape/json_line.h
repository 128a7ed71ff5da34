/* json_line.h: a line and what was said on it as JSON, and who of a line's members a caller is. Who is none of them sees
 * nothing of it; a token without a desk stands for this node's people (integrators, a gateway for phones). */
#ifndef QP_NODE_HTTP_SHAPE_JSON_LINE_H
#define QP_NODE_HTTP_SHAPE_JSON_LINE_H

#include "node/http/wire/inside.h"
#include "node/line/line.h"

struct qp_line_view {
    struct qp_http *h;
    struct qp_read *r;
    const struct qp_auth *auth;
    struct qp_line_db db;
};
/* r is begun and outlives it. QP_ENOMEM. */
int qp_line_view_begin(struct qp_line_view *v, struct qp_http *h, struct qp_read *r,
                       const struct qp_auth *auth, struct qp_arena *a);
/* May he see it? */
bool qp_line_view_may(const struct qp_line_view *v, const Qp__LineRow *row);
/* As which of its members he sees it, first those by name; NULL: he may see it and is none of them. Where a token's node
 * has one member only, that one. */
const Qp__LineMember *qp_line_view_as(const struct qp_line_view *v, const Qp__LineRow *row);
/* How many messages of others he has not seen; as NULL: of this node's members, the one who has seen least. */
uint64_t qp_line_view_unseen(const struct qp_line_view *v, const uint8_t line[QP_ID_LEN],
                             const Qp__LineRow *row);

/* The members of its JSON, without the braces. */
void qp_json_line(struct qp_json *j, const struct qp_line_view *v, const uint8_t line[QP_ID_LEN],
                  const Qp__LineRow *row);
/* One message, with its braces. */
void qp_json_message(struct qp_json *j, const struct qp_line_view *v, const uint8_t line[QP_ID_LEN],
                     const Qp__LineRow *row, const struct qp_line_message *m);

#endif
