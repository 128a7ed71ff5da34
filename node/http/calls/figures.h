/* figures.h: parts of answers that more than one call shows: a board's counts, the link to the parent, the
 * tree. Each writes into j inside what its caller has begun, from a read transaction that its caller holds. */
#ifndef QP_NODE_HTTP_CALLS_FIGURES_H
#define QP_NODE_HTTP_CALLS_FIGURES_H

#include "node/http/shape/link_view.h"

/* board.c: the members of a row or a total, without the braces. */
void qp_json_counts(struct qp_json *j, const struct qp_counts *c);
/* node.c: the member `parent`, a LINK or null. */
void qp_json_parent(struct qp_json *j, struct qp_http *h, struct qp_read *r,
                    const struct qp_link_view *links);
/* tree.c: the nested object of `area` (NULL: this node). Fills gaps in `links` from the journal. span (DE2): what lies within, and
 * the way to it; a place on that way, and every place for whom some categories are not shown, has null in the place of its figures.
 * QP_ENOTFOUND:
 * no such place, or the tree is not known yet; *f says which, and j holds nothing. */
int qp_json_tree(struct qp_json *j, struct qp_http *h, struct qp_read *r, struct qp_link_view *links,
                 const char *area, const struct qp_span *span, struct qp_fault *f);

/* ---- wall_days.c: what the wall shows of today beside the same weekday a week ago ---- */
struct qp_days {
    int64_t now_us, day_us, hour_us;                     /* this moment; when its local day and hour began */
    int64_t was_us, was_day_us, was_hour_us, was_end_us; /* the same a week before, and the end of that day */
    int hour;                                            /* 0 to 23 on the clock */
    bool known; /* this node knew matters before that day: else nothing was heard, which is no zero */
};
int qp_days_of(struct qp_days *d, struct qp_http *h, struct qp_read *r, const char *area, int64_t now_us,
               struct qp_err *e);
/* The members `today`, `before`, `periods`, `sources`, `categories`, `desks`. QP_ENOTFOUND: the area;
 * QP_ENOMEM, QP_ECORRUPT. */
int qp_json_days(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_days *d,
                 const char *area, struct qp_arena *a, struct qp_err *e);

#endif
