/* extension.h: more time than the rule gave (CL5).
 *
 *   holder asks (ExtensionAsked) ─► a superior, or the holder's own commander as far as policy allows, approves or denies
 *        (ExtensionApproved, ExtensionDenied: orders, without a version) ─► the holder says what it made of it (Extended)
 *
 * Only the holder's two events change the face, and only the last moves a clock; an order stands beside it (beside.h) at
 * every node that heard it, and the holder answers it as soon as it may: not while an offer is out. An order that finds
 * its clock ended is kept, has no effect, and is shown so. Asked for in time and granted after the due is not missed. */
#ifndef QP_NODE_MATTER_EXTENSION_H
#define QP_NODE_MATTER_EXTENSION_H

#include "node/matter/clocks.h"

/* ---- at the door; QP_EINVAL, QP_ESTEP and QP_EPOLICY name the field and say what to do ---- */
int qp_extension_ask(const Qp__Face *f, const Qp__Event *ev, struct qp_err *e);
/* Fills in of which clock and of which asking it is. */
int qp_extension_order(struct qp_matters *m, const Qp__Row *row, Qp__Event *ev, struct qp_err *e);
/* Extended: that the order which it answers is there. */
int qp_extension_answer(const Qp__Row *row, Qp__Event *ev, struct qp_err *e);

/* Its whole has a deadline that was stated without a policy, and no clock yet. */
bool qp_extension_stated(const Qp__Face *f);
/* Whether the holder has to answer an order about this clock of the row's face: it runs, and one is there. */
bool qp_extension_pending(const Qp__Row *row, const Qp__Clock *c);
bool qp_extension_any(const Qp__Row *row); /* of any of its clocks */

#endif
