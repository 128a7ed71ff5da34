/* kept.h: the warnings that a node knows: its own, and those of the nodes below it. One row each, made from facts alone:
 *
 *   Warned (as its node found it) ──┐
 *   WarningSaid (as people left it) ─┴─► QP_T_WARNING ─► lists, single ones
 *
 * An id is the first day (4 bytes, so that ids sort by time) and a hash of node and category: the same rise found again,
 * by a node that lost its disk, has the same id. */
#ifndef QP_NODE_INSIGHT_WATCH_KEPT_H
#define QP_NODE_INSIGHT_WATCH_KEPT_H

#include "node/store/store.h"
#include "proto/insight.pb-c.h"

void qp_warning_id(uint8_t id[QP_ID_LEN], const uint8_t node[QP_ID_LEN], uint64_t category,
                   int32_t first_day);

/* ---- facts, on the turn's thread; total: what does not fit has no effect ---- */
/* A warning whose id is not that of its node, category and first day is none. QP_EFULL, QP_EIO, QP_ENOMEM, QP_ECORRUPT. */
int qp_warning_put(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const Qp__Warning *w, int64_t at_us,
                   struct qp_arena *a, struct qp_err *e);
/* `node` must be the one whose warning it is, else it has no effect. */
int qp_warning_say(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const Qp__WarningSaid *said,
                   const char *by, int64_t at_us, struct qp_arena *a, struct qp_err *e);

/* ---- reading: any thread with a transaction of its own ---- */
/* Into the arena. QP_ENOTFOUND; QP_ECORRUPT. */
int qp_warning_get(MDB_txn *tables, struct qp_store *s, const uint8_t id[QP_ID_LEN], Qp__WarningRow **row,
                   struct qp_arena *a, struct qp_err *e);
/* How it stands at this time, people's word included: dismissed ones stay so until the score has risen by 1 (WN6); what its node does not
 * end, as it is gone, has ended after 56 days (WN5). */
enum qp_warning_state qp_warning_state_of(const Qp__WarningRow *row, int64_t now_us);
/* The day on which one that has ended did. */
int32_t qp_warning_ended_day(const Qp__WarningRow *row);
/* The matter that people made of it, 16; NULL: none was made. */
const uint8_t *qp_warning_matter(const Qp__WarningRow *row);
const char *qp_warning_state_name(enum qp_warning_state s);
int qp_warning_state_parse(const char *name); /* 0: unknown */

struct qp_warning_query {
    unsigned states;      /* a bit (1 << state) each; 0: any but withdrawn */
    int64_t now_us;       /* at which they stand so */
    const char *area;     /* that area and all below; NULL: any */
    const char *category; /* NULL: any */
    bool has_from, has_to;
    int32_t from_day, to_day; /* any of its days in [from, to] */
    /* NULL: all; else whether who asks may know of this area and category at all */
    bool (*sees)(const void *seer, const char *area, const char *category);
    const void *seer;
    size_t limit; /* 1..500 */
    bool has_cursor;
    uint8_t cursor[QP_ID_LEN]; /* the last one of the page before */
};
enum { QP_WARNINGS_LOOKED = 20000 }; /* rows a call: then it ends with a cursor */
/* The newest first. each: 0 to go on. *more: there is more behind `last`. */
int qp_warnings_list(struct qp_read *r, const struct qp_warning_query *q,
                     int (*each)(void *arg, const Qp__WarningRow *row), void *arg, uint8_t last[QP_ID_LEN],
                     bool *more, struct qp_arena *a, struct qp_err *e);
/* Those that this node itself found, whose first day is in [from, to], in the order of their ids. */
int qp_warnings_own(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], int32_t from,
                    int32_t to, int (*each)(void *arg, const Qp__WarningRow *row), void *arg,
                    struct qp_arena *a, struct qp_err *e);

#endif
