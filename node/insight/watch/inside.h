/* inside.h: the state of watch.h, for the room's own files. */
#ifndef QP_NODE_INSIGHT_WATCH_INSIDE_H
#define QP_NODE_INSIGHT_WATCH_INSIDE_H

#include "node/insight/watch/pass.h"
#include "node/insight/watch/watch.h"

struct qp_watch {
    struct qp_daily *daily;
    struct qp_pass *pass;
    const char *self_path;
    const struct qp_zone *zone;
    bool looked;      /* since the start, or the last turn that was given up: */
    int32_t day;      /* judged up to; INT32_MIN: nothing yet */
    uint64_t through; /* with all that had come up to this position */
    bool none;        /* there was no series at all */
    uint32_t season;  /* the period from which the last factors hold that it has made; 0: none yet */
    uint64_t head;    /* everything up to here is counted */
    int32_t late;     /* the earliest day that changed after it was judged; INT32_MAX: none */
    bool late_now;    /* ... in the turn before */
    int64_t late_us, not_before_us;
    struct qp_watch_figures figures;
    /* a pass that is through: what is still to be said of it */
    struct qp_rise *rises;
    size_t n_rises, at;
    bool saying, spoke;
    uint8_t stamp[32]; /* of the policy whose categories are judged by; zeros: of none */
    bool sure;         /* of the time: somebody who would know agrees (T4) */
    int32_t from, to;
};

void qp_watch_hush(struct qp_watch *w); /* watch.c: what is still to be said is given up */

/* ---- begin.c: where it stood, from the tables ---- */
int qp_watch_look(struct qp_watch *w, struct qp_txn *t, struct qp_err *e);
/* Moves `from` to the first day of what was still open there or later; open ones before it go to `carried`. */
int qp_watch_carry(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int32_t *from,
                   int32_t to, struct qp_rise **carried, size_t *n, struct qp_arena *a, struct qp_err *e);

/* ---- say.c: rises against what is kept ---- */
/* The next of them into said; *done: all are through. */
int qp_watch_say(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], struct qp_arena *a,
                 struct qp_watch_said *said, bool *done, struct qp_err *e);

/* ---- learn.c: factors ---- */
/* Made from the pooled counts of this node up to day `to`; false: too little is known for any. */
int qp_watch_learn(struct qp_watch *w, struct qp_txn *t, int32_t to, struct qp_season *out, bool *enough,
                   struct qp_err *e);
void qp_season_pack(uint8_t out[QP_FACTORS_BYTES], const struct qp_season *s);
bool qp_season_unpack(struct qp_season *s, const uint8_t in[QP_FACTORS_BYTES]); /* false: no factors */

#endif
