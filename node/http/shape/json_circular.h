/* json_circular.h: a circular as the API shows it: in a list, and whole. */
#ifndef QP_NODE_HTTP_SHAPE_JSON_CIRCULAR_H
#define QP_NODE_HTTP_SHAPE_JSON_CIRCULAR_H

#include "node/core/circular.h"
#include "node/http/wire/inside.h"

/* The members of its object without the figures: of a list. r: for titles of places. */
void qp_json_circular_head(struct qp_json *j, const Qp__CircularHead *h, const struct qp_zone *zone,
                           struct qp_read *r);
/* All of it. r NULL, here and above: where no tree is known, titles are paths and paths of nodes are null; all else follows
 * from what was issued alone, and is the same wherever it is asked (node/cli/circular_issued.h). */
void qp_json_circular(struct qp_json *j, const Qp__CircularHead *h, const Qp__Circular *body,
                      const struct qp_zone *zone, struct qp_read *r);
/* "accepted", "returned", "corrected" or "issued": how it stands. */
const char *qp_circular_state(const Qp__CircularHead *h);
/* The title of a place, or its path where it has none. out: QP_PATH_MAX or more. */
void qp_place_title(char *out, size_t cap, struct qp_read *r, const char *path);
/* The registry of figures (figure.h), for pages. */
void qp_json_figures(struct qp_json *j);

#endif
