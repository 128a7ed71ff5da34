/* draft.h: a request's object becomes a command with its draft event: openings and steps, for single calls
 * and for lines of a batch. */
#ifndef QP_NODE_HTTP_DRAFT_H
#define QP_NODE_HTTP_DRAFT_H

#include "node/http/shape/json_read.h"
#include "node/core/step_may.h"
#include "proto/steps.h"

struct qp_draft {
    struct qp_http *h;
    const struct qp_auth *auth;
    struct qp_job *job; /* takes the command when all is well */
    const json_t *o;
    const char *key; /* of the header; NULL: none. A line's is in its object */
    bool line;       /* a line of a batch: `key`, `id`, `step` are fields */
    struct qp_fault *f;
    const struct qp_sealed *sealed; /* out: the record of who reported, locked; NULL: there is none */
};

/* 0, or the fault's code; then the job has no new command. */
int qp_draft_open(struct qp_draft *d);
int qp_draft_step(struct qp_draft *d, const char *id, const char *step);
/* Common ends of both: key, request hash, `at`. Called by the two with the fields begun. */
int qp_draft_finish(struct qp_draft *d, struct qp_fields *s, Qp__Event *ev, const char *verb, int64_t at_us);
/* draft_personal.c: reads `reporter` and, where the policy keeps the exact place from the face, takes that out of it;
 * d->sealed is what becomes of both, in the job's arena. Nothing of it is left in the clear there. */
void qp_draft_personal(struct qp_draft *d, struct qp_fields *s, Qp__Face *face);
/* The time of the step from `at`; only with the import right. */
int64_t qp_draft_at(struct qp_draft *d, struct qp_fields *s);

#endif
