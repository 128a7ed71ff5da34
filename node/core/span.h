/* span.h: which matters an account or a token sees and acts on: those of its areas and its categories (DE2). The one
 * place that decides it; roles and rights say what he may do with them (rights.h). Pure.
 *
 *   areas       none: everywhere; else in one of them or below
 *   categories  none: all; else one of them, to the byte
 *
 * A matter that lies outside is for him as if it were not there. Where a matter's area or category changes, so does who
 * sees it: what counts is as it stands. */
#ifndef QP_NODE_CORE_SPAN_H
#define QP_NODE_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/limits.h"
#include "topology/path.h"

struct qp_span {
    size_t nareas, ncategories; /* 0: not narrowed by that */
    char areas[QP_SPAN_MOST][QP_PATH_MAX];
    char categories[QP_SPAN_MOST][QP_NAME_BYTES + 1];
};

extern const struct qp_span qp_span_all;
/* Copies the lists; what does not fit narrows to nothing rather than to less than was said. */
void qp_span_of(struct qp_span *out, char *const *areas, size_t nareas, char *const *categories,
                size_t ncategories);
bool qp_span_is_all(const struct qp_span *r);
bool qp_span_holds(const struct qp_span *r, const char *area, const char *category);
/* What is of a place and of no category: a grid, what is done there. */
bool qp_span_place(const struct qp_span *r, const char *area);
/* All that the inner one sees the outer one sees too: only that can be given (DE2). */
bool qp_span_within(const struct qp_span *inner, const struct qp_span *outer);

#endif
