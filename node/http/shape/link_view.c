/* link_view.c: see link_view.h. */
#include "node/http/shape/link_view.h"

#include <stdlib.h>
#include <string.h>

enum { RECALL = 1024 }; /* records that are looked at */

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

void qp_link_recall(struct qp_link_status *v, size_t n, struct qp_http *h, struct qp_read *r)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        left += v[i].last_heard_us == 0;
    uint64_t head = left ? qp_journal_head(r->journal, h->store, NULL) : 0;
    for (uint64_t at = head; at > 0 && head - at < RECALL && left; at--) {
        struct qp_record rec;
        if (qp_journal_get(r->journal, h->store, at, &rec, NULL))
            continue;
        for (size_t i = 0; i < n; i++) {
            if (v[i].last_heard_us == 0 && memcmp(v[i].peer, rec.peer, QP_ID_LEN) == 0) {
                v[i].last_heard_us = rec.received_us;
                left--;
            }
        }
    }
}

void qp_link_view_recall(struct qp_link_view *l, struct qp_http *h, struct qp_read *r)
{
    qp_link_recall(l->v, l->neighbours, h, r);
}

struct qp_stale *qp_stale_of(struct qp_link_view *l, struct qp_http *h, struct qp_read *r)
{
    struct qp_stale *s = malloc(sizeof *s + l->n * sizeof s->v[0]);
    if (!s)
        return NULL;
    s->n = 0;
    s->now_us = qp_wall_us();
    qp_link_view_recall(l, h, r);
    for (size_t i = 0; i < l->n; i++) {
        struct qp_node_entry e;
        bool deeper = i >= l->neighbours; /* in the list only when its neighbour does not hear it */
        if ((!deeper && l->v[i].state == QP_LINK_LIVE) || qp_node_by_id(r, l->v[i].peer, &e) ||
            qp_path_within(h->self.path, e.path)) /* the parent: nothing here rests on it */
            continue;
        memcpy(s->v[s->n].path, e.path, sizeof e.path);
        s->v[s->n++].heard_us = l->v[i].last_heard_us;
    }
    return s;
}

int64_t qp_stale_as_of(const struct qp_stale *s, const char *area, bool own)
{
    int64_t oldest_us = s->now_us;
    for (size_t i = 0; i < s->n; i++) {
        bool rests = qp_path_within(area, s->v[i].path) || (!own && qp_path_within(s->v[i].path, area));
        if (rests && s->v[i].heard_us < oldest_us)
            oldest_us = s->v[i].heard_us;
    }
    return oldest_us;
}

const char *qp_link_view_name(enum qp_link_state s)
{
    return s == QP_LINK_LIVE ? "live" : s == QP_LINK_LATE ? "late" : "cut";
}
