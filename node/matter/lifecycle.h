/* lifecycle.h: which step is possible from which state, by whom, and what it does to a face. Pure: see
 * lifecycle.c for the drawing. decide.c asks before a step is made here, apply.c before one from elsewhere is
 * believed. */
#ifndef QP_NODE_MATTER_LIFECYCLE_H
#define QP_NODE_MATTER_LIFECYCLE_H

#include "node/matter/transition.h"

/* NULL for what is not a step: opened, facts about nodes, bodies that this build does not know. */
const struct qp_transition *qp_transition_of(int body);
const struct qp_transition *qp_transitions(size_t *n);

/* Changes a private copy of a face as the event says, version and updated_us too. The transition must be
 * possible and the event sound: the invariants are asserted on what comes out. What the face keeps of the
 * event is copied. */
void qp_lifecycle_change(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
/* A step of a body that this build does not know: the version moves on, and its clocks; nothing else (E5). */
void qp_lifecycle_skip(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);

/* What is wrong with a face, as a phrase; NULL when every invariant holds. */
const char *qp_face_fault(const Qp__Face *f);

/* The state that `before` names, and the one behind it: see merge in lifecycle.c. */
static inline uint32_t qp_before(const Qp__Face *f)
{
    return f->before & 15;
}
static inline bool qp_face_is_open(const Qp__Face *f)
{
    return f->state != QP_CLOSED && f->state != QP_MERGED;
}

#endif
