/* facts.h: what the board needs to know of a matter's row, and what the matter adds to the counts: pure
 * functions (rule B1).
 *
 *   Qp__Row ───────────┐
 *   packed row (scan) ─┴─► facts ─► contribution: three shares, each with its time: opening, closing, visit
 *
 * board.c puts contributions into cells, scan.c adds them up one by one: the figures mean the same by
 * construction. */
#ifndef QP_NODE_INSIGHT_FACTS_H
#define QP_NODE_INSIGHT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/insight/board.h"

enum qp_moment { QP_M_OPENING, QP_M_CLOSING, QP_M_VISIT, QP_MOMENTS };

struct qp_text {
    const char *p; /* no NUL behind it */
    size_t len;
};

struct qp_facts {
    struct qp_text area, desk, source, category;
    int64_t at_us[QP_MOMENTS]; /* 0 = it has not happened (opening and visit: see `visited`) */
    int32_t hour[QP_MOMENTS], day[QP_MOMENTS];
    int64_t deadline_us;
    int32_t handle_bucket;
    bool closed, deadline, in_time; /* in_time: closed, and not after the deadline */
    bool overdue, visited, offered, urged, redo, returned, was_signed, signed_in_time;
    bool extend_asked, extend_granted; /* more time, of any of its clocks, at least once (CL5) */
    uint32_t satisfied, urgency;
};

/* What a matter adds at one moment of its life. */
struct qp_moment_share {
    bool there, handled; /* handled: handle_bucket counts */
    int8_t n[QP_FIGURE_LANES];
    int32_t hour, day; /* buckets */
    int32_t handle_bucket;
    int64_t at_us;
};
struct qp_contribution {
    struct qp_moment_share share[QP_MOMENTS];
};

/* The texts point into the row. */
void qp_facts_of(struct qp_facts *f, const Qp__Row *row);
/* From a packed Row, without unpacking the rest of it: a scan reads a million. The texts point into `packed`.
 * QP_ECORRUPT. */
int qp_facts_read(struct qp_facts *f, const void *packed, size_t len);
void qp_contribution_of(struct qp_contribution *c, const struct qp_facts *f);

/* Times outside the years 1 to 5999 count at the nearest of these: hour buckets are 32-bit minutes. */
#define QP_BOARD_FIRST_US (INT64_C(-62135596800) * 1000000)
#define QP_BOARD_LAST_US  (INT64_C(127173369600) * 1000000 - 1)
int64_t qp_board_time(int64_t at_us);

#endif
