/* admission.h: one parcel on its way in: what it is, and what is known of it. Shared by gather.c and admit.c. */
#ifndef QP_NODE_CORE_ADMISSION_H
#define QP_NODE_CORE_ADMISSION_H

#include "node/core/judge.h"
#include "node/core/private.h"

struct admission {
    struct qp_work *w;
    const struct qp_input *in;
    struct qp_parcel p;
    Qp__Event **events; /* NULL: not decoded yet */
    struct qp_cert cert;
    const struct qp_place *origin, *peer; /* origin NULL: the tree does not know it */
    bool child, ahead;
    uint32_t bad_event;      /* from 1: the event that may not be said */
    struct qp_hash evidence; /* the certificate that its evidence lacks */
    struct qp_case known;
    struct qp_err why; /* keeps the sentences of `known` */
};

/* Opens the parcel and fills `known`, all but what costs: signature and events. The peer, child and in are set.
 */
void qp_gather(struct admission *a);
/* Verifies, and doubts `doubtful` if it does not fit: whoever brought it and had to check it, or whose key it
 * names. One that does not fit is not routed, whether it went ahead or not. */
bool qp_gather_signature(struct admission *a, const uint8_t doubtful[QP_ID_LEN]);
/* Decodes the events; known.events says whether they may be said. False: they may not. */
bool qp_gather_events(struct admission *a);

#endif
