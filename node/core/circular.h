/* circular.h: circulars (CI2, CI5) as facts: issued by a node of its own place, kept by it and by every node above, and
 * what those above make of them. What stands in one is node/insight/circular's.
 *
 *   counted, outside of the turn ─► QP_OP_CIRCULAR (CircularSaid with the whole body) ─► number, id, what it corrects
 *       ─► in parts, to the horizon: also when the link is cut, then they wait in the queue
 *       ─► the table, when all parts are there
 *   a node above: QP_OP_CIRCULAR (CircularJudged) ─► down its subtree: accepted, or sent back with a reason
 *
 * Nothing that was issued is ever altered. A circular of a period that has one already corrects that one. */
#ifndef QP_NODE_CORE_CIRCULAR_H
#define QP_NODE_CORE_CIRCULAR_H

#include <stdatomic.h>

#include "node/core/core.h"
#include "node/insight/circular/body.h"
#include "proto/circular.pb-c.h"

/* The id under which a node says its circular with this number; nobody else's event is taken for it. It sorts by the
 * period's beginning. */
void qp_circular_id(uint8_t id[QP_ID_LEN], const uint8_t node[QP_ID_LEN], uint32_t incarnation,
                    uint64_t number, int64_t from_us);

/* ---- reading, from any thread with a transaction of its own, or in a turn ---- */
/* Of one whose parts are all here. QP_ENOTFOUND, QP_ECORRUPT. */
int qp_circular_head(MDB_txn *tables, struct qp_store *s, const uint8_t id[QP_ID_LEN], struct qp_arena *a,
                     Qp__CircularHead **out, struct qp_err *e);
/* Its body. QP_ECORRUPT: a part is gone. QP_ENOMEM. */
int qp_circular_body_read(MDB_txn *tables, struct qp_store *s, const Qp__CircularHead *head,
                          struct qp_arena *a, Qp__Circular **out, struct qp_err *e);
/* The newest that a node has said for the period that begins then. False: none is here. */
bool qp_circular_newest(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], uint32_t period,
                        int64_t from_us, uint8_t id[QP_ID_LEN]);
/* The next older one by the time of issue: begins with *before_us INT64_MAX; both move on. QP_ENOTFOUND: that was the
 * last. */
int qp_circular_next(MDB_txn *tables, struct qp_store *s, int64_t *before_us, uint8_t id[QP_ID_LEN],
                     struct qp_err *e);
/* The number of a node's last one; 0: none. */
uint64_t qp_circular_last(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN]);

/* ---- counting, from a thread beside the turn ----
 * Reads the journal up to where it stands at the beginning, in short transactions: some 1.5 s for 100,000 matters of six
 * steps (tests/bench), and what a census takes of memory (census.h). `stop`: looked at between them; NULL: never. */
struct qp_counting {
    struct qp_store *store;
    const struct qp_cert *self;
    const struct qp_zone *zone;
    const char *area; /* whose matters; NULL: all of this node's place */
    const atomic_bool *stop;
};
/* Whether what another vouched for was signed by whom it says (K8). NULL where that cannot be known: then it is believed, and
 * what was forged shows as a difference. */
typedef bool qp_circular_signed(void *arg, const Qp__ProofParcel *p, const Qp__Header *h);
/* One event of a journal or an export, as it is counted: what is not sound in itself has no effect, as in the tables.
 * QP_ENOMEM. */
int qp_circular_event(struct qp_census *c, const Qp__Event *ev, qp_circular_signed *is_signed, void *arg);
/* What qp_census_count and qp_census_behind could not do, as a sentence; gives rc. */
int qp_circular_uncounted(struct qp_err *e, int rc);
/* All events up to `through` (0: up to now; *through says where that was), and where every known node's place is.
 * QP_ESTOPPING, QP_ENOMEM, QP_EIO, QP_ECORRUPT. */
int qp_journal_census(const struct qp_counting *k, uint64_t *through, struct qp_census **out,
                      struct qp_err *e);
/* The body of a circular for the period that the local day `day` lies in, checked, in the arena: what QP_OP_CIRCULAR takes,
 * encoded. `policy`: in force; NULL: none. `heard`: how a direct child was heard, asked for each; NULL: all are live.
 * QP_EINVAL: the period has not begun. */
typedef void qp_circular_asks(void *arg, const uint8_t node[QP_ID_LEN], uint32_t *state, int64_t *as_of_us);
int qp_circular_take(const struct qp_counting *k, const struct qp_policy *policy,
                     enum qp_circular_period period, int32_t day, int64_t now_us, qp_circular_asks *heard,
                     void *arg, struct qp_arena *a, Qp__Circular **out, struct qp_err *e);
/* What a category is a case of, by the rows of a body; for qp_census_count and qp_census_behind. */
const char *qp_circular_view(void *circular, const char *category);

#endif
