/* unreached.h: whether an offer would go into a link that is cut (K3): then the matter is frozen here until the
 * link heals, and nobody may act on it. Said before the step (GET of the matter), in its answer, and while it
 * waits; nothing is refused for it. */
#ifndef QP_NODE_HTTP_SHAPE_UNREACHED_H
#define QP_NODE_HTTP_SHAPE_UNREACHED_H

#include "node/http/wire/inside.h"

struct qp_unreached {
    bool above;             /* the link to the parent; else to a child */
    char path[QP_PATH_MAX]; /* the neighbour that is not heard, */
    int64_t since_us;       /* and since when; 0: nobody here knows */
};
/* Looks at the link by which `to` (a path) is reached from here. False: it is heard, `to` is this node, or
 * nobody knows the way. */
bool qp_unreached(struct qp_http *h, struct qp_read *r, const char *to, struct qp_unreached *out);
/* {"code":"parent_cut"|"child_cut","field":FIELD,"path","since","message","message_zh"}: an element of `warnings`. field:
 * the step that would go there, or "offered". */
void qp_json_unreached(struct qp_json *j, const struct qp_unreached *u, const char *field);

#endif
