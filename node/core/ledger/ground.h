/* ground.h: the tables of duty and patrols, for the turn: duties.c, patrols.c. For other threads: ../duty.h. */
#ifndef QP_NODE_CORE_LEDGER_GROUND_H
#define QP_NODE_CORE_LEDGER_GROUND_H

#include "node/core/duty.h"

/* In the turn's arena. QP_ENOTFOUND. */
int qp_duty_row(struct qp_work *w, const uint8_t node[QP_ID_LEN], const char *person, Qp__DutyRow **out);
int qp_duty_put(struct qp_work *w, const uint8_t node[QP_ID_LEN], const Qp__DutyRow *row, struct qp_err *e);

int qp_patrol_row(struct qp_work *w, const uint8_t id[QP_ID_LEN], Qp__PatrolRow **out);
int qp_patrol_put(struct qp_work *w, const Qp__PatrolRow *row, struct qp_err *e);
int qp_patrol_runs(struct qp_work *w, const char *person, uint8_t id[QP_ID_LEN]); /* of this node's people */
/* What this node's people ask for by a key: which patrol it made or moved; zeros where it was said of duty. 0: this one;
 * QP_ENOTFOUND: new, or no key; QP_EKEYREUSED. */
int qp_patrol_by_key(struct qp_work *w, const Qp__Event *ev, uint8_t id[QP_ID_LEN], struct qp_err *e);
int qp_patrol_key_put(struct qp_work *w, const Qp__Event *ev, const uint8_t id[QP_ID_LEN], struct qp_err *e);

/* duties.c: 0 where this node has that grid and it stands; else QP_EPOLICY, by the field. */
int qp_ground_grid(struct qp_work *w, const char *code, struct qp_err *e);

#endif
