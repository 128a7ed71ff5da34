/* early.h: events that came before what they follow (E1): kept in QP_T_EARLY until that comes. */
#ifndef QP_NODE_MATTER_EARLY_H
#define QP_NODE_MATTER_EARLY_H

#include "node/matter/pending.h"

enum {
    QP_EARLY_KEY = QP_ID_LEN + 8 + QP_EVENT_ID_LEN,
    QP_EARLY_MAX = 256, /* that wait for one matter, of one origin that may speak, or of one branch (L7) */
    QP_EARLY_STRANGERS =
        1024,                /* that wait for one matter, of all who may not speak, as far as is known here */
    QP_EARLY_BRANCH = 16384, /* that wait here by way of one neighbour, for all matters */
};

struct qp_arrival { /* where an event stands in the journal */
    uint64_t position;
    uint32_t index;
    int64_t received_us;
};

/* Keeps it. *o: QP_WAITING, QP_REPEATED when it waits already, QP_CONFLICT when too many do: of its origin,
 * when the row (NULL: not known here) says that this one may speak for the matter, else of its branch and of
 * all strangers: so that strangers never take the place of the true next event. */
int qp_early_keep(struct qp_matters *m, const Qp__Row *row, const Qp__Event *ev, const struct qp_arrival *at,
                  enum qp_outcome *o, struct qp_err *e);
/* True when nothing waits at this node: the usual case, and cheap to know. */
bool qp_early_none(struct qp_matters *m);
/* The first event of the matter that has to be looked at now, after the key *from (begins as zeros, moves
 * on): unversioned, up to the row's next version, or beyond it of the row's holder or the one whom it is
 * offered to (a snapshot of these may be believed, K8). It stays there until it is dropped. *ev NULL: none.
 */
int qp_early_next(struct qp_matters *m, const Qp__Face *row, uint8_t from[QP_EARLY_KEY], Qp__Event **ev,
                  struct qp_arrival *at, struct qp_err *e);
int qp_early_drop(struct qp_matters *m, const uint8_t key[QP_EARLY_KEY], struct qp_err *e);

#endif
