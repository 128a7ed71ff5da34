/* pass.h: one walk over all series of a node, in slices: each is brought up to the last day that has ended, and the days
 * that were not judged yet, or whose counts have changed since, are judged.
 *
 *   qp_pass_begin ─► qp_pass_slice, a bounded piece of work each ─► done: the signs of its days (verdict.h)
 *
 * The state of a series is a function of its counts since the first day of the window, four years back, and of the factors
 * of each day (WN1, WN2): it is not kept in the tables. To spare the walk from the beginning a `base` is kept in memory, the state
 * QP_BASE_BACK days before the last pass's end; where it does not serve (a later first day, counts that came late,
 * other factors) the series is walked anew, to the same bytes. */
#ifndef QP_NODE_INSIGHT_WATCH_PASS_H
#define QP_NODE_INSIGHT_WATCH_PASS_H

#include "node/insight/warning/gpnb.h"
#include "node/insight/warning/season.h"
#include "node/insight/watch/daily.h"
#include "node/insight/watch/family.h"
#include "node/insight/watch/verdict.h"

enum {
    QP_BASE_BACK = 14, /* days */
    QP_BASE_AGAIN = 7, /* days that a base cannot judge: their windows need what lies before it */
    QP_BASE_GUARD = 3,
    QP_SEASONS_MOST = QP_DAILY_PERIODS + 2, /* one a period; older ones than the window are not needed */
    QP_SIGNS_MOST = 1 << 18,                /* of one pass: with more it ends with an earlier day */
};

/* 56 bytes: 1,487 areas with 500 categories each take 40 MiB. */
struct qp_base {
    uint64_t area, category;
    float a, b, pa, pw;
    uint32_t steps;
    int32_t first; /* day of its first count */
    float mu[QP_BASE_GUARD];
};
struct qp_bases; /* ascending by area, category */
struct qp_pools;

struct qp_pass {
    bool on;
    bool anew;        /* bases do not serve */
    int32_t from, to; /* days that are judged */
    int32_t window;   /* first day that is looked at */
    uint64_t through; /* journal position whose matters are all counted */
    bool any;         /* a series was done; the last one: */
    uint64_t area, category;
    struct qp_sign *signs;
    size_t n, cap, signs_most;
    uint32_t *judged; /* own series judged, a day */
    size_t series, steps, judgements;
    struct qp_bases *old, *made;
    struct qp_pools *pools; /* of the area that is gone through; NULL: no category lies above another */
    struct qp_bases *old_pools, *made_pools;
    bool pooling;              /* all categories of the area were read: what came together is judged */
    int32_t old_day, made_day; /* of their states */
    struct qp_pass_season {
        int32_t from; /* the first day that they hold for */
        struct qp_season s;
    } seasons[QP_SEASONS_MOST]; /* ascending; before the first of them all factors are 1 */
    size_t n_seasons;
    struct qp_gpnb_rule rule;
    struct qp_season_place place[QP_DAILY_DAYS];
    double factor[QP_DAILY_DAYS]; /* of day window + i */
    double
        behind[QP_DAILY_DAYS]; /* of the day `guard` before it, by the factors that hold on day window + i */
    double restate
        [QP_DAILY_DAYS]; /* other factors hold from this day on: what they make of the past (qp_gpnb_restate); else 1 */
    struct qp_daily_series row;
};

struct qp_pass *qp_pass_new(void); /* NULL: no memory */
void qp_pass_free(struct qp_pass *p);
/* Days from..to are to be judged; `from` is moved to where the window begins. QP_ENOMEM. */
int qp_pass_begin(struct qp_pass *p, int32_t from, int32_t to, uint64_t through, struct qp_err *e);
/* About `units` of work (a step of a series is one). *done: all series are through, up to p->to: where there were too many signs to hold
 * that is an earlier day than was asked for, and the days behind it are another pass's. An error ends the pass. */
int qp_pass_slice(struct qp_pass *p, MDB_txn *tables, struct qp_store *s, uint64_t self, size_t units,
                  bool *done, struct qp_err *e);
void qp_pass_end(struct qp_pass *p);  /* it succeeded: its bases serve the next */
void qp_pass_drop(struct qp_pass *p); /* it did not */
/* The factors of the days from `from` on, until the next ones. What was worked out with others serves no more. False: it had them
 * already, or they are of days before the window. */
bool qp_pass_season(struct qp_pass *p, int32_t from, const struct qp_season *s);
/* Which categories lie above which; taken over, also when it fails. What was worked out with another serves no more. *changed: it was
 * another. QP_ENOMEM. */
int qp_pass_family(struct qp_pass *p, struct qp_family *f, bool *changed, struct qp_err *e);
const struct qp_family *qp_pass_kin(const struct qp_pass *p); /* NULL: none */
size_t qp_pass_bytes(const struct qp_pass *p);                /* that the bases take */

/* ---- bases.c ---- */
struct qp_bases *qp_bases_new(void);
void qp_bases_free(struct qp_bases *b);
bool qp_bases_add(struct qp_bases *b, const struct qp_base *x); /* false: no memory */
/* Asked in ascending order; gives back what lies before. NULL: there is none. */
const struct qp_base *qp_bases_next(struct qp_bases *b, uint64_t area, uint64_t category);
size_t qp_bases_bytes(const struct qp_bases *b);

/* ---- pools.c ---- */
struct qp_pools *qp_pools_new(struct qp_family *f); /* takes it over; NULL: no memory, and it does not */
void qp_pools_free(struct qp_pools *p);
const struct qp_family *qp_pools_family(const struct qp_pools *p);
size_t qp_pools_bytes(const struct qp_pools *p);
void qp_pools_empty(struct qp_pools *p); /* for the next area */
bool qp_pools_any(const struct qp_pools *p);
/* Adds a category's counts to those above it. True: others lie below it, so that its own series is theirs together. */
bool qp_pools_add(struct qp_pools *p, const struct qp_daily_series *s);
/* The next that is to be judged, into category, first and y of a series of the same days. False: that was the last. */
bool qp_pools_next(struct qp_pools *p, struct qp_daily_series *s);

#endif
