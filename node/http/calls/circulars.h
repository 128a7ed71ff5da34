/* circulars.h: what the calls of circulars share. */
#ifndef QP_NODE_HTTP_CALLS_CIRCULARS_H
#define QP_NODE_HTTP_CALLS_CIRCULARS_H

#include "node/http/calls/clerk.h"
#include "node/core/policy.h"
#include "node/http/shape/json_circular.h"
#include "node/http/shape/link_view.h"

struct qp_circular_loaded { /* in the call's arena */
    Qp__CircularHead *head;
    Qp__Circular *body;
};
int qp_circular_unknown(struct qp_fault *f); /* 404 */
int qp_circular_load(struct qp_call *c, struct qp_read *r, const uint8_t id[QP_ID_LEN],
                     struct qp_circular_loaded *out, struct qp_fault *f);
/* DE2: who may only count (a wall) is shown no person: neither who issued it nor who answered. In the caller's own copy. */
void qp_circular_bare(const struct qp_auth *auth, Qp__CircularHead *head);
/* The fault as an answer; of a 409 `current` is the circular's row, or without an id {number}: that of this node's last one. */
enum MHD_Result qp_circular_refused(struct qp_call *c, const struct qp_fault *f, const uint8_t *id);
/* The circular as JSON. */
enum MHD_Result qp_circular_answer(struct qp_call *c, unsigned status, const uint8_t id[QP_ID_LEN]);
/* The same as a page to print (html), a spreadsheet (xlsx), CSV (csv): circular_forms.c. */
enum MHD_Result qp_circular_form(struct qp_call *c, const uint8_t id[QP_ID_LEN], const char *form);

/* Counts one now. The clerk's thread. In the arena. */
struct qp_circular_made {
    uint32_t period;
    int64_t from_us, to_us;
    uint8_t *bytes;
    size_t len;
};
int qp_circular_make(struct qp_http *h, enum qp_circular_period period, int32_t day, struct qp_arena *a,
                     struct qp_circular_made *out, struct qp_err *e);
/* What QP_OP_CIRCULAR wants. QP_ENOMEM. */
int qp_circular_draft(Qp__Event *ev, const struct qp_circular_made *made, struct qp_arena *a);

#endif
