/* clue.h: a node brings the clues of several platforms together: every matter that it knows of its own place is compared
 * once with those before it, by ../lead, the code of `qipan leads`. The rules stand by number in RULES.md.
 *
 *   a row is new ─► qp_clue_change, qp_clue_flush ─► it waits in QP_T_LEAD (queue.c)
 *   the turn ─► qp_clue_tick ─► the memory is made again, a slice a tick, of what was compared before
 *                         └──► the next few that wait are compared ─► `found`, `compared`: what is to be said
 *   facts, also in a replay ─► qp_lead_put, qp_lead_say, qp_lead_compared (kept.c); qp_clue_moved tells the memory
 *
 * Tables follow from facts alone, so that a rebuild gives the same bytes. The memory (sketches of at most QP_CLUE_LIVE
 * matters, and how frequent words are) follows from rows and tables: after a start, or a turn that was given up, it is
 * made again and goes on as the other would have.
 *
 * One thread, that of the turn. Never about a person: RULES.md CU1. */
#ifndef QP_NODE_INSIGHT_CLUE_CLUE_H
#define QP_NODE_INSIGHT_CLUE_CLUE_H

#include "node/insight/clue/kept.h"
#include "proto/row.pb-c.h"

enum {
    QP_CLUE_LIVE = 50000, /* matters that are compared with; of more, the oldest by their time go */
    QP_CLUE_FILL = 100,   /* matters a tick while the memory is made again */
};
/* A matter waits so long before it is compared, so that what comes at the same time over several ways is compared in the
 * order of its ids; and ticks that compare are so far apart: comparing takes a small part of a node's time. */
#define QP_CLUE_WAIT_US  (INT64_C(1000) * 1000)
#define QP_CLUE_APART_US (INT64_C(25) * 1000)
#define QP_CLUE_AHEAD_US (INT64_C(86400) * 1000000) /* as far ahead as the door lets a matter happen */
#define QP_CLUE_JUMP_US                                                                                      \
    (INT64_C(3600) * 1000000) /* a clock that goes back so far was ahead: the memory is made again */

/* What the room above knows. */
struct qp_clue_ties {
    void *arg;
    /* The topmost parent of a category, or the category itself; good for the call. */
    const char *(*family)(void *arg, const char *category);
    /* The child of this node in which the area lies, else this node's own path (CU6). */
    void (*branch)(void *arg, const char *area, char out[264]);
};

struct qp_clue;
struct qp_clue *qp_clue_new(const char *self_path, const struct qp_clue_ties *ties); /* NULL: no memory */
void qp_clue_free(struct qp_clue *k);
void qp_clue_change(struct qp_clue *k, const Qp__Row *before, const Qp__Row *after);
int qp_clue_flush(struct qp_clue *k, struct qp_txn *t, struct qp_err *e);
void qp_clue_forget(struct qp_clue *k);                        /* the turn was given up */
int64_t qp_clue_next(const struct qp_clue *k, int64_t now_us); /* INT64_MAX: nothing came in this turn */

/* Who moves a matter here because people below did (CU8). */
#define QP_CLUE_FOLLOWER "policy"
struct qp_clue_move {
    uint8_t matter[QP_ID_LEN], lead[QP_ID_LEN];
    uint8_t there[QP_ID_LEN]; /* the node whose people moved it */
    uint32_t verb; /* enum qp_lead_verb: join, split, decline, undo; followed: nothing is to be done */
    bool founds;   /* a join into a lead that is not there: `first`, alone until now, is its first matter */
    uint8_t first[QP_ID_LEN];
};

/* Says a fact and applies it at once: 0, or what ends the turn. */
struct qp_clue_say {
    void *arg;
    int (*found)(void *arg, Qp__LeadFound *f, struct qp_err *e);
    int (*compared)(void *arg, Qp__LeadsCompared *c, struct qp_err *e);
    int (*moved)(void *arg, const struct qp_clue_move *x, struct qp_err *e); /* good until the turn ends */
};
/* Does a bounded piece of what is due, of a node that may speak. *next_us is lowered to when it wants to be asked again. */
int qp_clue_tick(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us,
                 struct qp_arena *a, const struct qp_clue_say *say, int64_t *next_us, struct qp_err *e);
void qp_clue_heard(struct qp_clue *k); /* something waits to be followed (qp_lead_follow) */
/* A fact has moved a matter of this node's leads, or changed how a lead stands: the memory follows. */
int qp_clue_moved(struct qp_clue *k, struct qp_txn *t, const uint8_t self[QP_ID_LEN],
                  const uint8_t lead[QP_ID_LEN], const uint8_t *matter, struct qp_arena *a, struct qp_err *e);

/* What the memory holds: for figures. */
struct qp_clue_figures {
    uint64_t compared; /* matters, ever, that the memory knows of */
    size_t live;       /* that are compared with */
    uint64_t shed;     /* that went before their time: there are too many (CU2) */
    bool full;         /* all that was compared before is in it */
};
void qp_clue_figures(const struct qp_clue *k, struct qp_clue_figures *f);

/* Compares all that was compared, in the same order, once more, by a memory that knows nothing of what was found: how much of
 * it the tables say otherwise. Each is compared with what was live when it was opened. For checks, of a node of at most QP_CLUE_LIVE
 * matters, none too old when it came, for whose leads people have said nothing. */
struct qp_clue_audited {
    size_t compared, found; /* found: joined or proposed */
    size_t other;           /* of all that were compared */
};
int qp_clue_audit(const char *self_path, const struct qp_clue_ties *ties, struct qp_txn *t,
                  const uint8_t self[QP_ID_LEN], struct qp_clue_audited *of, struct qp_err *e);

#endif
