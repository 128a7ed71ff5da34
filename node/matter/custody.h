/* custody.h: offers and their answers (K1-K4, K7), as changes of a face and as the question who may say them.
 */
#ifndef QP_NODE_MATTER_CUSTODY_H
#define QP_NODE_MATTER_CUSTODY_H

#include "node/matter/lifecycle.h"

/* Why an offer was made by policy, one level up (Offered.lift). */
enum qp_lift { QP_LIFT_NONE, QP_LIFT_REFUSED, QP_LIFT_REDO };

enum qp_verdict {
    QP_MAY = 1,
    QP_TOO_EARLY, /* a withdraw whose offer has not come yet */
    QP_ANSWERED,  /* about a number that is answered: changes nothing, nobody is to blame (K2) */
    QP_MAY_NOT,   /* its sender may not say this of the matter as it stands (K7) */
};
/* Of an event that makes the next version of `f`, or of a withdraw. */
enum qp_verdict qp_custody_verdict(const Qp__Face *f, const Qp__Event *ev, const struct qp_transition *t);
/* A snapshot that is more than one version ahead, or of a matter that is not known here (f NULL). Its holder
 * is its sender (sound.c), and it is believed (K8) of the row's holder, of the one to whom that very number
 * is offered, and of the opener who has never given the matter away; nobody else is believed for himself. */
enum qp_belief {
    QP_BELIEVED = 1,
    QP_UNPROVEN, /* waits: the custody events that lead to its sender may come yet */
    QP_BELIED,   /* of an older custody, or of another's present one: a conflict (K7) */
};
enum qp_belief qp_custody_believes(const Qp__Face *f, const Qp__Face *to);
/* Number that an answer or a withdraw names; 0 for other bodies. */
uint64_t qp_custody_number(const Qp__Event *ev);

void qp_custody_offer(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_custody_accept(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_custody_refuse(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
void qp_custody_withdraw(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);

#endif
