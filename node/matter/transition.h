/* transition.h: one step as a value: from which states it goes, what it changes, and whether a matter as it stands, and
 * whoever says it, allow it. Which steps there are is the table of lifecycle.c. Pure. */
#ifndef QP_NODE_MATTER_TRANSITION_H
#define QP_NODE_MATTER_TRANSITION_H

#include "node/matter/face.h"
#include "proto/events.h"

/* Who may say it and whether it makes a version: proto/events.h. Which steps make it: proto/steps.h. */
struct qp_transition {
    int body;                                                             /* Qp__Event__BodyCase */
    unsigned from;                                                        /* set of 1 << state */
    void (*change)(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a); /* NULL: nothing in the face */
};

static inline const struct qp_event_kind *qp_transition_kind(const struct qp_transition *t)
{
    return qp_event_kind(t->body);
}
static inline enum qp_speaker qp_transition_speaker(const struct qp_transition *t)
{
    return qp_transition_kind(t)->speaker;
}
/* The state (and whether an offer is out) allows it; who asks is not looked at. */
bool qp_transition_from(const struct qp_transition *t, const Qp__Face *f);
/* Whether it makes a new version of a matter that stands so. */
bool qp_transition_versioned(const struct qp_transition *t, const Qp__Face *f);
bool qp_transition_by(const struct qp_transition *t, const Qp__Face *f, ProtobufCBinaryData origin);

#endif
