/* daily.h: how many matters there were, by area, category and the day they happened: what warnings are judged by.
 *
 *   a row changes ─► qp_daily_change ─► added up in memory ─► qp_daily_flush: QP_T_DAILY, once a turn
 *   a pass (pass.h) ─► qp_daily_series: one series after the other, its days as an array
 *
 * Areas are the node itself and each child (the path one level below). The day is that of occurred_at, else of opened_at,
 * in the tree's zone. What is part of a drill does not count, nor what was made of a warning or lead (../made.h). The table is a pure function of the matters' rows. One
 * entry holds the days of a period of 28: for each with a count one byte (which day), then the count as a varint. */
#ifndef QP_NODE_INSIGHT_WATCH_DAILY_H
#define QP_NODE_INSIGHT_WATCH_DAILY_H

#include "node/store/store.h"
#include "proto/row.pb-c.h"
#include "topology/zone.h"

enum {
    QP_PERIOD = 28,           /* days */
    QP_DAILY_KEY = 8 + 8 + 4, /* area's code, category's code, period */
    QP_DAILY_PERIODS = 53,    /* that a pass looks back: four years */
    QP_DAILY_DAYS = QP_PERIOD * (QP_DAILY_PERIODS + 1),
};

struct qp_daily;
/* Both are borrowed. NULL: no memory. */
struct qp_daily *qp_daily_new(const char *self_path, const struct qp_zone *zone);
void qp_daily_free(struct qp_daily *t);
/* Either may be NULL. Without memory the flush will say so. */
void qp_daily_change(struct qp_daily *t, const Qp__Row *before, const Qp__Row *after);
/* Writes what was added up; *earliest is lowered to the earliest day that changed. QP_ECORRUPT: the table does not fit
 * the rows (rebuild); QP_EFULL, QP_EIO, QP_ENOMEM. */
int qp_daily_flush(struct qp_daily *t, struct qp_txn *txn, int32_t *earliest, struct qp_err *e);
void qp_daily_forget(struct qp_daily *t);         /* what was not flushed: the turn was given up */
uint64_t qp_daily_self(const struct qp_daily *t); /* the code of the node's own area */
size_t qp_daily_names(const struct qp_daily *t);  /* texts that it holds in memory */

/* The period of a day, and its first day. */
uint32_t qp_period_of(int32_t day);
int32_t qp_period_day(uint32_t period);
/* The day on which a matter happened. */
int32_t qp_daily_day(const Qp__Face *f, const struct qp_zone *zone);

/* One series: y[i] is the count of day first + i. */
struct qp_daily_series {
    uint64_t area, category;
    int32_t from;  /* y[0]: as asked for */
    int32_t n;     /* days up to `to` */
    int32_t first; /* index of the first day with a count; n: none has one */
    uint32_t y[QP_DAILY_DAYS];
};
/* The next series in the order of the table behind (after_area, after_category), or the first (any = false), with its
 * days from..to; at most QP_DAILY_DAYS of them. QP_ENOTFOUND: there is none. QP_ECORRUPT, QP_EIO. */
int qp_daily_next(MDB_txn *tables, struct qp_store *s, bool any, uint64_t after_area, uint64_t after_category,
                  int32_t from, int32_t to, struct qp_daily_series *out, struct qp_err *e);

#endif
