/* parts.h: joint handling (ST4): what a matter's holder asked desks and other nodes to do beside it, in its face.
 *
 *   holder: assist ─► a part, number n ─► part, part … done: by whoever was asked
 *                                     └─► release: by the holder alone, who waits for nobody
 *
 * Asking and releasing make versions, as all that a holder says. What a helper says makes none: it is heard in any order,
 * also after a release and after the matter has changed hands, and joins: of one part's events, all of one node, the
 * newest gives the note, and done stays done. So all who know the matter come to the same, whatever came first. */
#ifndef QP_NODE_MATTER_PARTS_H
#define QP_NODE_MATTER_PARTS_H

#include "node/matter/face.h"

static inline bool qp_part_open(const Qp__Part *p)
{
    return !p->done && !p->released;
}
const char *qp_part_state(const Qp__Part *p); /* "asked" "working" "done" "released" */

/* NULL: it ended so long ago that the face no longer has it, or was never asked. */
const Qp__Part *qp_part_numbered(const Qp__Face *f, uint64_t number);
/* Whether this node was ever asked, as far as the face has it. */
bool qp_parts_of(const Qp__Face *f, ProtobufCBinaryData node);
size_t qp_parts_open(const Qp__Face *f);
/* The part that makes room for another; 0: there is room. *full: none has ended. */
uint64_t qp_parts_drop(const Qp__Face *f, bool *full);
bool qp_parts_released_by(const Qp__Part *p, const Qp__Released *r);

/* Changes of a private face (lifecycle.c). */
void qp_parts_ask(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_parts_say(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_parts_release(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
/* A face that was taken from a snapshot learns what is known here of its parts, and of its urges (CI1). */
void qp_parts_join(Qp__Face *f, const Qp__Face *known, struct qp_arena *a);

#endif
