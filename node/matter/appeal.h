/* appeal.h: appeals against a visit's score, and against a denial of more time (ST3).
 *
 *   holder appeals (Appealed) ─► a second person of a node above decides (Decided: an order, without a version) ─► the holder
 *        says what it made of it (AppealEnded)
 *
 *   asked ──decided──► kept         what was appealed against stands
 *                 └──► overturned   the visit's score counts no more; the asking for more time waits for an answer again
 *
 * As with more time (extension.h) only the holder's two events change the face, and the decision stands beside it (beside.h) at
 * every node that heard it until the holder answers, which it does by itself as soon as no offer is out. Of each there is one at a
 * time, and against one visit or one denial one may appeal once. A decision that finds another visit, or a clock that has
 * ended, is kept and changes nothing but the appeal. */
#ifndef QP_NODE_MATTER_APPEAL_H
#define QP_NODE_MATTER_APPEAL_H

#include "node/matter/matter.h"

enum qp_appeal { QP_APPEAL_ASKED = 1, QP_APPEAL_KEPT, QP_APPEAL_OVERTURNED };
const char *qp_appeal_name(uint32_t state); /* "asked", "kept", "overturned"; "" */

const Qp__Appeal *qp_appeal_about(const Qp__Face *f, const char *about); /* NULL: there never was one */
/* One about which nothing was decided yet, also not beside the face; NULL: none. about NULL: of either. */
const Qp__Appeal *qp_appeal_open(const Qp__Row *row, const char *about);
/* One whose decision the holder has not answered; NULL: none. */
const Qp__Appeal *qp_appeal_decided(const Qp__Row *row);
/* Whether there is anything to appeal against: a visit that was not to the person's satisfaction or did not find it resolved, a
 * denial about a clock that runs; and nobody has. about NULL: of either. */
bool qp_appeal_may(const Qp__Face *f, const char *about);

/* ---- at the door; QP_EINVAL, QP_ESTEP and QP_EPOLICY name the field and say what to do ---- */
int qp_appeal_ask(const Qp__Face *f, Qp__Event *ev, struct qp_err *e);
int qp_appeal_decide(const Qp__Row *row, Qp__Event *ev, struct qp_err *e);
int qp_appeal_end(const Qp__Row *row, Qp__Event *ev, struct qp_arena *a, struct qp_err *e);

/* ---- what they change (lifecycle.c) ---- */
void qp_appeal_asked(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_appeal_ended(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
const char *qp_appeal_fault(const Qp__Face *f); /* a phrase; NULL: they are sound */

#endif
