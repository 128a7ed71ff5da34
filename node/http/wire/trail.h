/* trail.h: what the door has to say for the audit trail (DE3): log-ins, exports; what a turn does it says itself
 * (node/core/audit.h).
 *
 *   qp_trail_then ─► seen within the gap? ─► counted, goes on │ else: Audited in a turn, parked ─► goes on
 *
 * What comes again and again (guesses of a password, a program that follows the feed) is one entry a gap, with how often:
 * whoever fills the trail does not fill the disk.
 *
 * On a store without room who looks at what is wrong must get in, and out: log-ins, log-outs and readings of the trail go
 * on; how many entries lack is counted, and said by one entry (`lacking`) beside the next that finds room. Both counts are in memory: a
 * node that is stopped says them in its last turn (qp_http_last_words); one that is killed has told its entry, its alarm and its metric
 * alone, and lacks the count of a minute's guesses (ten minutes' exports). */
#ifndef QP_NODE_HTTP_TRAIL_H
#define QP_NODE_HTTP_TRAIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"

struct qp_http;
enum { QP_TRAIL_KEPT = 256 };
struct qp_trail_kept {
    uint64_t code;  /* of what, who, of what */
    int64_t at_us;  /* boot time, of the entry */
    uint32_t times; /* since then, and not said */
    /* so that it can be said when its gap is over and nothing comes any more: */
    unsigned what;
    int64_t gap_us; /* 0: it is not known */
    uint8_t from;   /* of the last one */
    char by[QP_BY_BYTES + 1], on[QP_AUDIT_ON + 1];
};
struct qp_trail {
    pthread_mutex_t lock;
    struct qp_trail_kept kept[QP_TRAIL_KEPT];
    uint32_t owed;    /* entries that lack, and of which none has said so */
    uint64_t lacking; /* ever, since the start */
};
void qp_trail_open(struct qp_trail *t);
void qp_trail_close(struct qp_trail *t);
/* How often it is to be said to have happened; 0: not now. When more than QP_TRAIL_KEPT different ones come within a
 * gap, the oldest is forgotten, and its count with it: *crowded, and the caller says it of nobody by name. */
uint32_t qp_trail_due(struct qp_trail *t, uint64_t code, int64_t gap_us, int64_t now_us, bool *crowded);

/* What was counted within a gap that is over is said, as an entry with how often: the clerk's, every 20 seconds. */
void qp_trail_look(struct qp_http *h);
/* So many entries found no room. */
void qp_trail_lack(struct qp_trail *t, uint32_t times);
/* What is owed, to be said by whoever asks: it is his from then on, and he gives back what he could not say. */
uint32_t qp_trail_take(struct qp_trail *t);
void qp_trail_owe(struct qp_trail *t, uint32_t times);
uint64_t qp_trail_lacking(struct qp_trail *t);

#endif
