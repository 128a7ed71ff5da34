/* scan.h: candidates of a list in the order of its sort, one at a time, within a budget.
 *
 *   by opening   the ids that every index of the query names (each is in the order of ids), found by leaping:
 *                category  ──a────c────f─────►     the cursor that lags seeks the highest id seen;
 *                desk      ─────b─c──────g───►     where all meet is a candidate
 *   by update or deadline   that table's keys, each looked up in the same indexes before its row is read */
#ifndef QP_NODE_MATTER_SCAN_H
#define QP_NODE_MATTER_SCAN_H

#include "node/matter/pending.h"

enum { QP_SCAN_KEY = 8 + QP_ID_LEN, QP_SCAN_STREAMS = 12 };

enum { QP_SCAN_PREFIX = 1 + QP_ID_LEN };
struct qp_scan_index {
    MDB_cursor *cursor;
    uint8_t prefix[QP_SCAN_PREFIX]; /* kind and code; of a lead its own (qp_lead_prefix) */
    size_t prefix_len;              /* 0: the table of matters itself */
};

struct qp_scan {
    struct qp_read *r;
    struct qp_scan_index streams[QP_SCAN_STREAMS]; /* indexes that must name the matter */
    size_t n;
    struct qp_scan_index all; /* every matter */
    MDB_cursor *ordered;      /* QP_T_UPDATED or QP_T_DEADLINE; NULL: by opening */
    bool descending;
    long budget;             /* goes down by one a seek; the caller takes more for a row */
    uint8_t at[QP_SCAN_KEY]; /* last candidate (by opening: eight zeros and the id): the next is beyond it */
};

/* order: QP_T_MATTER, QP_T_UPDATED or QP_T_DEADLINE. Starts before the first key. Close it also after an
 * error. */
int qp_scan_open(struct qp_scan *s, struct qp_read *r, enum qp_table order, bool descending,
                 struct qp_err *e);
int qp_scan_add(struct qp_scan *s, enum qp_index_kind kind, uint64_t code, struct qp_err *e);
/* The matters of a lead, and those that are proposed to it. */
int qp_scan_add_lead(struct qp_scan *s, const uint8_t lead[QP_ID_LEN], struct qp_err *e);
void qp_scan_close(struct qp_scan *s);
/* QP_OK: s->at is the next candidate. QP_ENOTFOUND: no more. QP_EBUSY: out of budget; going on beyond s->at
 * misses nothing. */
int qp_scan_next(struct qp_scan *s, struct qp_err *e);
/* One less or one more: to begin with a key itself. False at the end of the numbers. */
bool qp_key_step(uint8_t key[QP_SCAN_KEY], bool up);

#endif
