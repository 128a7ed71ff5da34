/* link_view.h: what the links say of a node, for tree, node, metrics and stream. */
#ifndef QP_NODE_HTTP_SHAPE_LINK_VIEW_H
#define QP_NODE_HTTP_SHAPE_LINK_VIEW_H

#include "node/http/wire/inside.h"

struct qp_link_view {
    struct qp_link_status v[QP_STATUS_MOST];
    size_t n, neighbours;
};
struct qp_link_view *qp_link_view_new(struct qp_http *h); /* malloc'd; empty without a wire */
const struct qp_link_status *qp_link_view_of(const struct qp_link_view *l, const uint8_t node[QP_ID_LEN],
                                             bool neighbours_only);
/* Neighbours that were not heard since this node was started: when the last came that they have brought, from the
 * newest records of the journal; 0 where these have none. */
void qp_link_recall(struct qp_link_status *v, size_t n, struct qp_http *h, struct qp_read *r);
/* The same of all in the view. */
void qp_link_view_recall(struct qp_link_view *l, struct qp_http *h, struct qp_read *r);

/* The places that are not live, and when each was last heard: what is known of them and of all below them is as of then. */
struct qp_stale {
    size_t n;
    int64_t now_us;
    struct {
        char path[QP_PATH_MAX];
        int64_t heard_us; /* 0: nobody knows */
    } v[];
};
/* malloc'd; NULL: out of memory. Fills gaps in `l` from the journal. */
struct qp_stale *qp_stale_of(struct qp_link_view *l, struct qp_http *h, struct qp_read *r);
/* As of when the figures of an area are: the oldest that they rest on; now where all is live; 0: of a part nobody knows.
 * `own`: of the area's own node alone, without what is below it. */
int64_t qp_stale_as_of(const struct qp_stale *s, const char *area, bool own);
const char *qp_link_view_name(enum qp_link_state s);

#endif
