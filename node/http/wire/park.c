/* park.c: calls that wait: for the turn's answer, a commit, a password; until they are resumed or their time
 * is over (porter.c). */
#include <assert.h>

#include "node/http/wire/inside.h"

/* A parked call has its whole deadline before it, so a porter that wakes every half second needs no poke. */
void qp_porter_poke(struct qp_http *h)
{
    if (h->porter_sleeps || h->passwords || h->porter_stop)
        pthread_cond_signal(&h->porter_wake);
}

void qp_call_park_locked(struct qp_call *c, qp_handler then, int64_t until_us, bool wants_commit)
{
    struct qp_http *h = c->h;
    assert(!c->parked);
    c->then = then;
    c->until_us = until_us;
    c->late = false;
    c->parked = true;
    c->wants_commit = wants_commit;
    h->nwaiting += wants_commit;
    c->prev = NULL;
    c->next = h->parked;
    if (h->parked)
        h->parked->prev = c;
    h->parked = c;
    /* who is parked is not slow: until_us bounds it, and when it is resumed it answers */
    qp_gate_phase(&h->gate, c->guest, QP_GUEST_STREAM, qp_boot_us());
    MHD_suspend_connection(c->conn);
    qp_porter_poke(h);
}

void qp_call_resume(struct qp_call *c)
{
    struct qp_http *h = c->h;
    if (!c->parked)
        return;
    c->parked = false;
    h->nwaiting -= c->wants_commit;
    if (c->prev)
        c->prev->next = c->next;
    else
        h->parked = c->next;
    if (c->next)
        c->next->prev = c->prev;
    MHD_resume_connection(c->conn);
}

int qp_call_wait_commit(struct qp_call *c, qp_handler then, int64_t until_us, uint64_t seen)
{
    struct qp_http *h = c->h;
    pthread_mutex_lock(&h->lock);
    bool waits = !h->closing && h->commits == seen && qp_boot_us() < until_us;
    bool again = !h->closing && h->commits != seen;
    if (waits)
        qp_call_park_locked(c, then, until_us, true);
    pthread_mutex_unlock(&h->lock);
    return waits ? 0 : again ? QP_EBUSY : QP_EEXPIRED;
}

uint64_t qp_commits(struct qp_http *h)
{
    pthread_mutex_lock(&h->lock);
    uint64_t n = h->commits;
    pthread_mutex_unlock(&h->lock);
    return n;
}
