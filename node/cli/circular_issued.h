/* circular_issued.h: a circular as it was issued, found again in an export, and how a file differs from it.
 *
 *   CircularSaid events ─► qp_issued_take, each ─► whole and of its hash? ─► the API's own JSON of it
 *                                                                        ─► qp_issued_compare with FILE
 *
 * All that the API tells of a circular follows from these events, but what the node that was asked knows besides: titles of
 * places, its own path, and what became of the circular since (state, words, version, corrected_by). */
#ifndef QP_NODE_CLI_CIRCULAR_ISSUED_H
#define QP_NODE_CLI_CIRCULAR_ISSUED_H

#include <jansson.h>
#include <stdbool.h>

#include "crypto/error.h"
#include "proto/limits.h"
#include "proto/matter.pb-c.h"

struct qp_issued { /* begins as zeros, but for the id */
    uint8_t id[QP_ID_LEN];
    bool found;                /* anything of it was met; what follows is set only then */
    uint8_t issuer[QP_ID_LEN]; /* who says it, in which incarnation */
    uint32_t incarnation;
    /* private */
    uint8_t *head; /* a CircularHead with the first part's CircularSaid, without its body */
    size_t head_len;
    struct qp_issued_part *part;
    uint32_t parts, met; /* how many there are, as the first one met says; how many were met */
};
/* One event of an export, in its order. QP_ENOMEM. */
int qp_issued_take(struct qp_issued *x, const Qp__Event *ev);
/* 0: *out, the caller's. QP_ENOTFOUND: nothing of it was met. QP_EGAP: some of its parts were not. QP_ECORRUPT: the parts are not
 * what its hash says, or cannot be read. QP_EVERSIONS: the zone of its times is not known on this machine. QP_ENOMEM. Each with
 * its sentence, which says nothing of the others. */
int qp_issued_json(struct qp_issued *x, json_t **out, struct qp_err *e);
void qp_issued_end(struct qp_issued *x);

/* Told of each place at which FILE says something else: where ("below[2].opened"), and both as JSON; NULL: not there. */
typedef void qp_issued_differs(void *arg, const char *where, const char *issued, const char *file);
void qp_issued_compare(const json_t *issued, const json_t *file, qp_issued_differs *differs, void *arg);

#endif
