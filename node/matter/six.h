/* six.h: the six steps of a matter (ST1), each with when it first came to it, where, and how long it was in it.
 *
 *   1 collect · 2 sort and assign · 3 report upward · 4 handle · 5 return visit · 6 circulate
 *
 * From its history, version by version, as qp_step_number says it of a face: it is in 3 as long as an escalation waits for its
 * answer, and in 2 again after a visit that found it unresolved. A step that it goes back to adds up. What the history lacks (a node
 * that came later has not heard of all) is as if it had not been; where it stands now is told by its face. */
#ifndef QP_NODE_MATTER_SIX_H
#define QP_NODE_MATTER_SIX_H

#include "node/matter/matter.h"

enum { QP_SIX = 6 };
struct qp_six {
    int64_t at_us;            /* when it first came to it; 0: it never did */
    ProtobufCBinaryData node; /* who said so */
    uint32_t times;           /* how often it came to it */
    int64_t spent_us;         /* in all, without the time that goes on */
    bool now;                 /* it is in it */
};
/* out[0] is step 1. Times never go back: what a clock behind says counts as said when what came before it was. */
void qp_six_of(struct qp_six out[QP_SIX], const Qp__Face *f, const struct qp_history *h, size_t n);

#endif
