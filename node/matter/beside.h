/* beside.h: what others than the holder say of a matter, and what it does until the holder takes it up.
 *
 *   a superior: approved, denied, urged ─┐
 *                                        ├─► no version ─► Row.beside, at each node that hears it, joined in any order
 *   a helper: how its part goes ─────────┘                    └─► a later event of the holder states it ─► the face
 *
 * The face is what its holder signed: versions alone change it, so that two nodes at one version have the same one,
 * whatever else either of them heard or was told by a liar. What makes no version therefore stands beside it: it is
 * shown, it is what a step of this node rests on, and it never travels in a snapshot. The joining commutes: of two
 * words about the same thing the later one stands (by its time, then by its event's id; of one helper's by its ids, which
 * rise), and what the face no longer asks for is dropped; so the order of arrival makes no difference, nor does a replay.
 *
 * Kept are at most one word a clock and a part, and the last of QP_URGERS who urge, so a row has few of them whoever says
 * how much. Who comes to the matter later is told by who said it (core/beside.c). Pure, but for the arena. */
#ifndef QP_NODE_MATTER_BESIDE_H
#define QP_NODE_MATTER_BESIDE_H

#include "node/matter/custody.h"
#include "proto/row.pb-c.h"

enum qp_beside {
    QP_BESIDE_ORDER = 1, /* about more time for a clock: approved (yes) or denied (CL5) */
    QP_BESIDE_PART,      /* how a part goes, and whether it is done (ST4) */
    QP_BESIDE_URGE,      /* an urge that the holder has not answered (CI1) */
    QP_BESIDE_DECISION,  /* of an appeal: whether what it is against stands (yes) (ST3) */
};

/* Whether events of this kind stand beside the face. */
bool qp_beside_is(const Qp__Event *ev);
/* QP_TOO_EARLY: about something that the face has not come to yet. QP_MAY: it may have an effect, or none any more. */
enum qp_verdict qp_beside_verdict(const Qp__Face *f, const Qp__Event *ev);
/* Adds it to a private row; false: it has no effect, now or any more. now_us: when what is applied came here, by this node's clock. */
bool qp_beside_join(Qp__Row *row, const Qp__Event *ev, int64_t now_us, struct qp_arena *a);
/* After the face of a private row has changed: drops what that settled. */
void qp_beside_settle(Qp__Row *row, int64_t now_us, struct qp_arena *a);

/* The order about the more time that was asked for last on this clock of the row's face; NULL: none, or the holder has
 * answered it. Also of a clock that has ended, on which it has no effect. */
const Qp__Beside *qp_beside_order(const Qp__Row *row, const Qp__Clock *c);

/* The newest that was heard of that part, if the holder has not stated it; NULL: none. */
const Qp__Beside *qp_beside_part(const Qp__Row *row, uint64_t number);
/* The decision of that appeal that the holder has not answered; NULL: none. */
const Qp__Beside *qp_beside_decision(const Qp__Row *row, const Qp__Appeal *x);
/* The one of this node; NULL: none. */
const Qp__Beside *qp_beside_urge_of(const Qp__Row *row, const uint8_t node[QP_ID_LEN]);
/* That node urged because one below it had not been answered in time, and is not answered either. */
bool qp_beside_lifted(const Qp__Row *row, const uint8_t node[QP_ID_LEN]);
/* The newest urge that the holder has not answered; NULL: none. */
const Qp__Beside *qp_beside_urge(const Qp__Row *row);

#endif
