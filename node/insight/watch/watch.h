/* watch.h: a node keeps watch over its counts: when a day has ended, every series is judged, and what is unusual is said.
 * The rules stand by number in RULES.md.
 *
 *   rows of matters ─► qp_watch_change, qp_watch_flush ─► QP_T_DAILY (daily.h)
 *   the turn ─► qp_watch_tick ─► a slice of a pass (pass.h) ─► at its end signs ─► rises (verdict.h)
 *                                  ─► against what is kept (kept.h) ─► what is to be said: Warned, DayEnded
 *   facts, also in a replay ─► qp_warning_put, qp_warning_say, qp_watch_ended, qp_watch_seasoned
 *
 * Tables hold counts and facts alone: counts follow from the rows, facts stand in the journal, so that a rebuild gives the
 * same bytes. What a pass works out lives in memory and is worked out again after a start.
 *
 * One thread, that of the turn. Never about a person: a series is a place and a category. */
#ifndef QP_NODE_INSIGHT_WATCH_WATCH_H
#define QP_NODE_INSIGHT_WATCH_WATCH_H

#include "node/insight/watch/kept.h"
#include "proto/row.pb-c.h"
#include "topology/policy/in_force.h"
#include "topology/zone.h"

#define QP_WATCH_AFTER_US (INT64_C(300) * 1000000) /* a day is judged so long after its end (WN1) */
#define QP_WATCH_QUIET_US                                                                                    \
    (INT64_C(5) * 1000000)    /* what came late is worked in when nothing more has come so long */
enum { QP_WATCH_SAID = 100 }; /* facts a tick, at most */

struct qp_watch;
/* Borrowed: self_path, zone. NULL: no memory. */
struct qp_watch *qp_watch_new(const char *self_path, const struct qp_zone *zone);
void qp_watch_free(struct qp_watch *w);
void qp_watch_change(struct qp_watch *w, const Qp__Row *before, const Qp__Row *after);
int qp_watch_flush(struct qp_watch *w, struct qp_txn *t, struct qp_err *e);
void qp_watch_forget(struct qp_watch *w); /* the turn was given up */
/* Before a tick: whether this node's clock is vouched for (T4). As it is new it is taken to be. */
void qp_watch_set_sure(struct qp_watch *w, bool sure);
/* Before a tick: which categories lie above which (WN1); policy NULL: none was ever said. The same again costs nothing. QP_ENOMEM. */
int qp_watch_set_policy(struct qp_watch *w, const struct qp_in_force *policy, struct qp_err *e);
/* When a tick has something to do for what came in this turn; INT64_MAX: nothing did. */
int64_t qp_watch_next(const struct qp_watch *w, int64_t now_us);

/* What a tick wants said, in this order; in the arena. */
struct qp_watch_said {
    Qp__Warning *warning[QP_WATCH_SAID];
    size_t n;
    bool ended; /* then: a DayEnded of these */
    int32_t day;
    uint64_t through;
    bool seasoned; /* and a Seasoned, by a node that has nodes below it, or none above */
    int32_t from_day;
    uint8_t factors[QP_FACTORS_BYTES];
};
/* Does a bounded piece of what is due, of a node that may speak. *next_us is lowered to when it wants to be asked again.
 * QP_ECORRUPT, QP_EIO, QP_ENOMEM. */
int qp_watch_tick(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us,
                  struct qp_arena *a, struct qp_watch_said *said, int64_t *next_us, struct qp_err *e);

/* ---- facts: into the tables ---- */
int qp_watch_ended(struct qp_watch *w, struct qp_txn *t, const Qp__DayEnded *d, struct qp_err *e);
/* own: this node has made them; use: they are those that it judges by (its parent's; its own where it has none). */
int qp_watch_seasoned(struct qp_watch *w, struct qp_txn *t, const Qp__Seasoned *s, bool own, bool use,
                      struct qp_err *e);

/* Judges all days of these tables as a node would that has never judged any, and counts what it would say: 0 where what is
 * kept is what follows from the counts. For tests; t is only read. */
int qp_watch_audit(const char *self_path, const struct qp_zone *zone, const struct qp_in_force *policy,
                   struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us, size_t *would,
                   struct qp_err *e);

/* What the judging holds in memory, and how far it is: for figures. */
struct qp_watch_figures {
    size_t bytes, series, steps, judgements; /* of the last pass */
    int32_t day;                             /* judged up to; INT32_MIN: nothing yet */
};
void qp_watch_figures(const struct qp_watch *w, struct qp_watch_figures *f);

#endif
