/* board.h: counts by area, desk, source, category and time, kept in the turn that changes a matter
 * (rules B1, B2).
 *
 *   row before ─┐                             ┌─ cells (QP_T_CELL), one set per area on the way from this
 *   row after ──┴─► contribution: - old + new ┤  node down to the matter's own
 *                                             └─ added up in memory, put once per turn (qp_board_flush)
 *
 * A matter counts here when its area lies in this node's own subtree. Its contribution is a pure function of
 * its Row. Cells are kept by area, time (all, month, day, hour) and dimension, so that a question is a few
 * range scans (cells.h has their form):
 *
 *   dimension: total | desk | source | category | child
 *
 * `child` is the path of the area one level below that holds the matter: by=area reads nothing
 * else. Sketch: DDSketch (Masson, Rim, Lee 2019) with fixed integer buckets and 1 % relative error, one
 * bucket for <= 0, no collapsing, no float sums: adding and removing commute. sketch.c says how, and which
 * quantile is meant. */
#ifndef QP_NODE_INSIGHT_BOARD_H
#define QP_NODE_INSIGHT_BOARD_H

#include "node/store/store.h"
#include "proto/row.pb-c.h"
#include "topology/path.h"
#include "topology/zone.h"

struct qp_board; /* the turn's accumulators; one thread */
/* zone and self_path are borrowed and must outlive it. NULL: no memory. */
struct qp_board *qp_board_new(const char *self_path, const struct qp_zone *zone);
void qp_board_free(struct qp_board *b);

/* Fills the bucket numbers of a row from its times (opened, closed, visited, handling time). Called before
 * the row is stored. */
void qp_board_buckets(Qp__Row *row, const struct qp_zone *zone);
/* Takes the old contribution away and adds the new one. Either may be NULL. Rows must have their bucket
 * numbers. */
void qp_board_change(struct qp_board *b, const Qp__Row *before, const Qp__Row *after);
/* Writes what was added up since the last flush, sorted by key, and stores the names of new codes
 * (QP_T_NAME). A cell that is all zero is deleted, and so is a name that nothing stands under any more: the
 * two tables are a function of the rows alone, so after a rebuild they are the same, row for row. QP_EFULL,
 * QP_EIO, QP_ENOMEM: give the turn up (qp_board_forget). QP_ECORRUPT: the tables do not fit the rows:
 * rebuild. */
int qp_board_flush(struct qp_board *b, struct qp_txn *t, struct qp_err *e);
/* Drops what was not flushed (an aborted turn). A flush that succeeded leaves nothing behind, whether its
 * turn is committed or not. */
void qp_board_forget(struct qp_board *b);

/* ---- asking ---- */
enum qp_split {
    QP_SPLIT_AREA = 1,
    QP_SPLIT_DESK,
    QP_SPLIT_SOURCE,
    QP_SPLIT_CATEGORY,
    QP_SPLIT_HOUR,
    QP_SPLIT_DAY,
    QP_SPLIT_WEEK,
    QP_SPLIT_MONTH
};
int qp_split_parse(const char *text); /* 0 when unknown */

struct qp_board_query {
    enum qp_split by;
    const char *area; /* path at or below this node; NULL = this node */
    bool has_from, has_to;
    int64_t from_us, to_us;               /* [from, to) */
    const char *category, *source, *desk; /* NULL = any */
};

/* The figures: X(ID, name, moment, what a matter adds, by its facts `f`). A row is a bit of a cell, a member of struct
 * qp_counts, a key of the API and what is counted (facts.c); append, never reorder.
 *
 *   OPENING   belongs to the time of opening: what was opened then, and how that stands now
 *   CLOSING   to that of the last closing
 *   VISIT     to that of the last visit
 *
 * `due` are those openings whose deadline has decided: closed, or overdue now; a matter that still has time is not held
 * against anybody. What fell due in a period is a circular's figure (CI3), as are offers refused and urges said in it.
 *
 * To add a figure: its row at the end; a fact that it needs and that is not there yet in facts.h and, twice, in facts.c. Whoever counts
 * for himself counts it by hand and fails until he does: tests/unit/insight (facts_test.c, oracle.c, recount.c), tests/sim/check.c.
 * tests/unit/core/layout_test.c wants the tables made again (QP_PROJECTOR in node/store/inside.h). Nobody asks for "What the board
 * counts" in node/http/API.md and for a column of `qipan board` (node/cli/see.c). */
/* clang-format off */
#define QP_BOARD_FIGURES(X) \
    X(OPENED,         opened,         OPENING, true) \
    X(CLOSED,         closed,         CLOSING, true) \
    X(OPEN,           open,           OPENING, !f->closed) \
    X(OVERDUE,        overdue,        OPENING, !f->closed && f->overdue) \
    X(ON_TIME,        on_time,        CLOSING, f->deadline && f->in_time) \
    X(LATE,           late,           CLOSING, f->deadline && !f->in_time) \
    X(VISITED,        visited,        VISIT,   true) \
    X(SATISFIED,      satisfied,      VISIT,   f->satisfied == 1) \
    X(UNSATISFIED,    unsatisfied,    VISIT,   f->satisfied == 2) \
    X(EMERGENCY,      emergency,      OPENING, !f->closed && f->urgency == QP_EMERGENCY) \
    X(OFFERED,        offered,        OPENING, !f->closed && f->offered) \
    X(URGED,          urged,          OPENING, !f->closed && f->urged) \
    X(DUE,            due,            OPENING, f->deadline && (f->closed || f->overdue)) \
    X(DUE_ON_TIME,    due_on_time,    OPENING, f->deadline && f->in_time) \
    X(SIGNED_ON_TIME, signed_on_time, OPENING, f->was_signed && f->signed_in_time) \
    X(SIGNED_LATE,    signed_late,    OPENING, f->was_signed && !f->signed_in_time) \
    X(REDO,           redo,           OPENING, f->redo) \
    X(RETURNED,       returned,       OPENING, f->returned) \
    X(EXTEND_ASKED,   extend_asked,   OPENING, f->extend_asked) \
    X(EXTEND_GRANTED, extend_granted, OPENING, f->extend_granted)
/* clang-format on */

enum qp_figure {
#define X(id, name, moment, adds) QP_F_##id,
    QP_BOARD_FIGURES(X)
#undef X
        QP_FIGURES
};
/* So many lie in memory where figures are added up: whole vectors of four, which the compiler adds at once. */
enum { QP_FIGURE_LANES = (QP_FIGURES + 3) / 4 * 4 };
struct qp_counts {
#define X(id, name, moment, adds) int64_t name;
    QP_BOARD_FIGURES(X)
#undef X
    int64_t handle_p50_s, handle_p90_s; /* at most 1 % off; -1 where nothing was closed */
};

struct qp_board_row {
    char key[QP_PATH_MAX]; /* as the API prints it: path, code, or bucket text; names are at most 64 bytes */
    int32_t bucket;        /* for time rows */
    struct qp_counts c;
};
struct qp_board_result {
    struct qp_board_row *rows; /* malloc'd; in the order of key: time rows by time, others bytewise */
    size_t n;
    struct qp_counts total;
    bool scanned; /* had to read the matters' rows: see query.c for when */
};
/* Rows without any figure are left out. Answers from the cells where they suffice, else by scanning
 * QP_T_MATTER (the same figures by construction: a test compares both). A range is cut into whole months,
 * days, and (for totals) hours. QP_ENOTFOUND: the area is not at or below this node. QP_ECORRUPT: rebuild. */
int qp_board_ask(struct qp_board_result *out, struct qp_read *r, const char *self_path,
                 const struct qp_zone *zone, const struct qp_board_query *q, struct qp_err *e);
void qp_board_result_free(struct qp_board_result *r);
/* open and overdue for one area, all time: what the tree view shows. Zeros when nothing is known. */
void qp_board_area(struct qp_read *r, const char *area, struct qp_counts *out);

/* ---- the sketch, by itself (insight/sketch.c) ---- */
int32_t qp_sketch_bucket(int64_t seconds); /* 0 for <= 0 */
int64_t qp_sketch_value(int32_t bucket);   /* its representative, seconds */
struct qp_sketch;                          /* counts by bucket */
struct qp_sketch *qp_sketch_new(void);
void qp_sketch_free(struct qp_sketch *s);
void qp_sketch_add(struct qp_sketch *s, int32_t bucket, int64_t count);   /* count may be negative */
int qp_sketch_merge(struct qp_sketch *s, const void *packed, size_t len); /* QP_ECORRUPT */
/* Returns the bytes that it takes, 0 when empty; out is complete if they are at most cap. No count may be
 * negative. */
size_t qp_sketch_pack(const struct qp_sketch *s, uint8_t *out, size_t cap);
/* Seconds, at most 1 % off the value at rank floor(q * (n - 1)) from 0; -1 when empty. */
int64_t qp_sketch_quantile(const struct qp_sketch *s, double q);

#endif
