/* verdict.h: from the signs of single days to warnings: pure.
 *
 *   signs (a day of a series that is unlikely) ─► silent (WN3) ─► raised or watch, day by day (WN4)
 *        ─► runs of days: rises (WN5)
 *
 * Whole numbers alone decide here: a score is in thousandths. */
#ifndef QP_NODE_INSIGHT_WATCH_VERDICT_H
#define QP_NODE_INSIGHT_WATCH_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"
#include "node/insight/watch/family.h"
#include "proto/limits.h"

enum {
    QP_RISE_QUIET = 3,    /* days without a sign that end it */
    QP_RISE_LONGEST = 56, /* days: what lasts longer has become the rule */
    QP_SIGN_WINDOWS = 3,
};

/* What a warning says of its strongest day. */
struct qp_sign_figures {
    int32_t day;
    uint32_t window, seen, expected_milli, limit, score_milli;
    uint32_t weekday_ppm, week_ppm, slot_ppm;
};
struct qp_sign {
    uint64_t area, category;
    bool own;                                          /* of the node's own area; else of a child */
    bool alarm;                                        /* else a watch */
    float seen[QP_SIGN_WINDOWS], due[QP_SIGN_WINDOWS]; /* of every window, 1, 3, 7 days */
    uint8_t least;                                     /* which of them it was judged by */
    struct qp_sign_figures f;
    bool raised, silent; /* made here */
};

/* A run of days; open: state is watch or raised. */
struct qp_rise {
    uint64_t category;
    int32_t first, last, raised_day, ended_day;
    bool raised;
    enum qp_warning_state state;
    struct qp_sign_figures peak;
};

/* By category, then first day: for qsort and bsearch. */
int qp_rise_order(const void *a, const void *b);
/* kin: which categories lie above which; NULL: none does. signs: n of them, of days from..to, in any order (they are sorted here). judged[d]: how many series of the own area
 * were judged on day from + d. carried: rises that were open before `from`, ascending by category; of several of one category the first takes its signs.
 * *out: malloc'd, by category, then first day; carried ones among them as they are now. QP_ENOMEM. */
int qp_verdict(const struct qp_family *kin, struct qp_sign *signs, size_t n, const uint32_t *judged,
               int32_t from, int32_t to, const struct qp_rise *carried, size_t n_carried,
               struct qp_rise **out, size_t *n_out, struct qp_err *e);

#endif
