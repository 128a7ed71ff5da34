/* clocks.h: which clocks an event starts, pauses, resumes, moves and ends (CL1 to CL8, PO4; topology/RULES.md).
 *
 *   event + face + policy in force ─► qp_clocks_move (at the door of who says it, once) ─► Event.clocks
 *                                                                  └─► qp_clocks_take (at every node) ─► Face.clocks
 *
 * Only the first asks the policy: the clocks that an event moved stand in it as they are after it, and whoever hears of
 * it copies them, so that nodes with different policies agree, and a rebuild too. The face has the last clock of each
 * stage; while there is one of stage close, the face's deadline is its due. Earlier ones stand in the history.
 *
 * Without a policy nothing is started, and a face without clocks costs nothing. */
#ifndef QP_NODE_MATTER_CLOCKS_H
#define QP_NODE_MATTER_CLOCKS_H

#include "node/matter/clock.h"
#include "node/matter/matter.h"

enum qp_extension {
    QP_EXTENSION_NONE,
    QP_EXTENSION_ASKED,
    QP_EXTENSION_APPROVED, /* never in a face: shown while the holder has not answered the order (beside.h) */
    QP_EXTENSION_IN_FORCE,
    QP_EXTENSION_DENIED
};

/* What is said to who would sort a deadline later, with a clock or without (CL5). */
#define QP_LATER_BY_EXTENSION "deadline: sorting can only make it earlier; ask for more time with extend"

/* Fills in ev->clocks (of an opening: its face's) and what follows from them. `was`: the matter as it stands, NULL for
 * an opening; all else of the event is filled in, but for snapshots. QP_ESTEP: a clock has been paused too often.
 * QP_EPOLICY: a deadline that would be later, in "deadline: ..." . */
int qp_clocks_move(struct qp_matters *m, Qp__Event *ev, const Qp__Row *was, struct qp_err *e);

/* The clocks that a matter would have if it were opened now, into its face; its holder is set. From any thread: nothing
 * of the turn is needed. */
int qp_clocks_foresee(const struct qp_in_force *policy, Qp__Face *f, int64_t at_us, struct qp_arena *a,
                      struct qp_err *e);
/* Whether a newer calendar of this policy makes one that runs later (PO4). */
bool qp_clocks_later(const struct qp_in_force *policy, const Qp__Face *f, int64_t at_us);
/* What an event says of clocks becomes the face's. The event is sound (qp_event_fault). */
void qp_clocks_take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
/* What is wrong with the clocks of an event or a snapshot, as a phrase; NULL when they are sound. */
const char *qp_clocks_fault(Qp__Clock *const *v, size_t n);
/* What deadline_us must be. */
int64_t qp_clocks_deadline(const Qp__Face *f);

/* ---- one clock ---- */
const char *qp_clock_read(struct qp_clock *c, const Qp__Clock *said); /* NULL, or what is wrong */
Qp__Clock *qp_clock_write(const struct qp_clock *c,
                          struct qp_arena *a); /* without serial, holder, extension */
const Qp__Clock *qp_face_clock(const Qp__Face *f, enum qp_clock_stage stage); /* NULL: there was none */
int64_t qp_clock_said_due(const Qp__Clock *c);                                /* 0: it has none */
/* The matter was opened in the years in which clocks run. */
static inline bool qp_clocks_dated(const Qp__Face *f)
{
    return f->opened_us >= QP_CLOCK_FIRST_US && f->opened_us < QP_CLOCK_END_US;
}
static inline bool qp_clock_said_runs(const Qp__Clock *c)
{
    return c->ended_us == 0;
}
/* Which of assign, handle and verify runs in such a state; QP_CLOCK_STAGES: none. */
enum qp_clock_stage qp_clocks_stage(const Qp__Face *f);

#endif
