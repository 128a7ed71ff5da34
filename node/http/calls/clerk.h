/* clerk.h: one thread for what takes seconds and must hold up neither the turn nor the calls of others: counting for
 * circulars, making images anew (VA3), one at a time; issuing circulars whose time has come (CI2), and sweeping files.
 *
 *   handler ─ qp_clerk_send ─► a line of at most QP_CLERK_WORKS ─► run, in the clerk's thread ─► resumed: `then`
 *                 └ parked                                   └─ the caller is gone: dropped
 */
#ifndef QP_NODE_HTTP_CALLS_CLERK_H
#define QP_NODE_HTTP_CALLS_CLERK_H

#include "node/http/wire/inside.h"

enum { QP_CLERK_WORKS = 16 };
#define QP_CLERK_US INT64_C(180000000) /* how long a caller waits for it */

/* The first member of whoever's work it is; malloc'd. */
struct qp_clerk_work {
    void (*run)(struct qp_clerk_work *w);  /* without any lock; sets e.code where it fails */
    void (*drop)(struct qp_clerk_work *w); /* frees it all */
    struct qp_err e;                       /* code 0: it is done */
    /* ---- the clerk's own ---- */
    struct qp_http *http;
    struct qp_call *call; /* NULL: the caller is gone */
    struct qp_clerk_work *next;
    bool waits, working, done;
};
/* Takes over the work: it is c->state from now on, or dropped where this fails (QP_EBUSY, QP_ESTOPPING). `then` runs when
 * it is done, or c->late says that it was not. */
int qp_clerk_send(struct qp_call *c, struct qp_clerk_work *w, qp_handler then, struct qp_err *e);

/* In `then`: 0: it was done, w->e says how. Else it was not, and *f says why. */
int qp_clerk_done(struct qp_call *c, struct qp_clerk_work *w, struct qp_fault *f);

/* One thing that its work keeps for the next that asks; in the clerk's thread alone. NULL: nothing is kept. */
void *qp_clerk_kept(struct qp_http *h);
void qp_clerk_keep(struct qp_http *h, void *what, void (*drop)(void *what));

/* look: called every twenty seconds, in the clerk's thread. */
int qp_clerk_start(struct qp_http *h, void (*look)(struct qp_http *h), struct qp_err *e);
void qp_clerk_stop(struct qp_http *h); /* before the calls are closed; harmless when it was not started */
void qp_clerk_end(struct qp_http *h);  /* behind them */
const atomic_bool *qp_clerk_stops(struct qp_http *h);

/* Issues what is due, by the policy that is in force (circular_due.c). The clerk's thread. */
void qp_circulars_due(struct qp_http *h);
/* Sweeps files that nobody names, now and then (blobs.c). The clerk's thread. */
void qp_blobs_look(struct qp_http *h);

#endif
