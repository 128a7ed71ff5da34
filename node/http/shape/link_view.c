/* link_view.c: see link_view.h. */
#include "node/http/shape/link_view.h"

#include <stdlib.h>
#include <string.h>

struct qp_link_view *qp_link_view_new(struct qp_http *h)
{
    struct qp_link_view *l = calloc(1, sizeof *l);
    if (l && h->wire) {
        l->n = qp_wire_status(h->wire, l->v, QP_STATUS_MOST, &l->neighbours);
        if (l->n > QP_STATUS_MOST)
            l->n = QP_STATUS_MOST;
        if (l->neighbours > l->n)
            l->neighbours = l->n;
    }
    return l;
}

const struct qp_link_status *qp_link_view_of(const struct qp_link_view *l, const uint8_t node[QP_ID_LEN],
                                             bool neighbours_only)
{
    for (size_t i = 0; i < (neighbours_only ? l->neighbours : l->n); i++) {
        if (memcmp(l->v[i].peer, node, QP_ID_LEN) == 0)
            return &l->v[i];
    }
    return NULL;
}

const char *qp_link_view_name(enum qp_link_state s)
{
    return s == QP_LINK_LIVE ? "live" : s == QP_LINK_LATE ? "late" : "cut";
}
