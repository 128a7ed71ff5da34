/* parts.h: joint handling (ST4): what a matter's holder asked desks and other nodes to do beside it, in its face.
 *
 *   holder: assist ─► a part, number n ─► part, part … done: by whoever was asked ─► beside the face (beside.h)
 *      │                              └─► release: by the holder alone, who waits for nobody
 *      └─ each event that the holder says takes what it has heard of parts into the face (Event.parts)
 *
 * Asking and releasing make versions, as all that a holder says. What a helper says makes none and stands beside the face,
 * where it is seen at once by whoever heard it: as seen here, a part is what the face says and that joined.
 *
 * Pure, but for the arena. */
#ifndef QP_NODE_MATTER_PARTS_H
#define QP_NODE_MATTER_PARTS_H

#include "node/matter/face.h"

static inline bool qp_part_open(const Qp__Part *p)
{
    return !p->done && !p->released;
}
const char *qp_part_state(const Qp__Part *p); /* "asked" "working" "done" "released" */

/* ---- as seen here: the face's i-th part and what was heard beside it. The texts are the row's. ---- */
Qp__Part qp_part_seen(const Qp__Row *row, size_t i);
size_t qp_parts_open(const Qp__Row *row);
/* The part that makes room for another; 0: there is room. *full: none has ended. */
uint64_t qp_parts_drop(const Qp__Row *row, bool *full);
bool qp_parts_released_by(const Qp__Part *p, const Qp__Released *r);

/* Fills in ev->parts: what stands beside the row's face of its parts, copied. QP_ENOMEM. */
int qp_parts_state(Qp__Event *ev, const Qp__Row *row, struct qp_arena *a);

/* ---- changes of a private face (lifecycle.c) ---- */
void qp_parts_take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_parts_ask(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_parts_release(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);

#endif
