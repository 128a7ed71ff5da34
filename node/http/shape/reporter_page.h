/* reporter_page.h: what /r answers, as a page without scripts and as JSON. Both say the same. */
#ifndef QP_NODE_HTTP_SHAPE_REPORTER_PAGE_H
#define QP_NODE_HTTP_SHAPE_REPORTER_PAGE_H

#include "node/http/shape/said.h"

struct qp_reporter_line {
    int64_t at_us;
    const char *words;
};
struct qp_reporter_view { /* borrowed for the call */
    bool zh;
    const char *message;       /* NULL: none */
    const char *number, *code; /* as given; NULL */
    bool known;                /* what is below is filled in */
    const char *state, *words, *service, *unit, *result;
    int64_t reported_us, updated_us, expected_us, closed_us;
    int64_t until_us; /* something may be said of it until then; 0: not, INT64_MAX: no end yet */
    int64_t rated;    /* when he last said something; 0 */
    const struct qp_reporter_line *lines;
    size_t nlines;
    const struct qp_zone *zone; /* of the page's times */
};

enum MHD_Result qp_reporter_page(struct qp_call *c, unsigned status, const struct qp_reporter_view *v);
enum MHD_Result qp_reporter_json(struct qp_call *c, unsigned status, const struct qp_reporter_view *v);
enum MHD_Result qp_reporter_style(struct qp_call *c);

#endif
