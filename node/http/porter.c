/* porter.c: one thread for what neither the turn nor MHD's threads may wait for: deadlines of parked calls,
 * heartbeats of streams, connections that are too slow, and password hashes, one at a time (19 MiB and some
 * 26 ms each). It sleeps for good when nobody is there. */
#include <time.h>

#include "node/http/calls/stream.h"
#include "node/http/porter.h"

enum { STEP_MS = 500, STEPS_AWAKE = 10 };

static void sleep_a_step(struct qp_http *h, unsigned *quiet)
{
    *quiet = h->parked || h->nstreams || atomic_load(&h->gate.there) ? 0 : *quiet + 1;
    if (*quiet > STEPS_AWAKE) {
        h->porter_sleeps = true;
        pthread_cond_wait(&h->porter_wake, &h->lock);
        h->porter_sleeps = false;
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += STEP_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (!h->passwords && !h->porter_stop)
        (void)pthread_cond_timedwait(&h->porter_wake, &h->lock, &until);
}

static void resume_late(struct qp_http *h)
{
    int64_t now_us = qp_boot_us();
    for (struct qp_call *c = h->parked, *next; c; c = next) {
        next = c->next;
        if (c->until_us <= now_us) {
            c->late = true;
            atomic_fetch_add_explicit(&h->late, !c->wants_commit, memory_order_relaxed);
            qp_call_resume(c);
        }
    }
}

/* Twice a second, however many passwords wait. */
static void look_round(struct qp_http *h, int64_t *looked_us)
{
    int64_t now_us = qp_boot_us();
    if (now_us - *looked_us < STEP_MS * 1000 / 2)
        return;
    *looked_us = now_us;
    resume_late(h);
    qp_streams_look(h);
    qp_streams_beat(h);
    qp_gate_sweep(&h->gate, now_us);
}

static void *porter(void *arg)
{
    struct qp_http *h = arg;
    unsigned quiet = STEPS_AWAKE;
    int64_t looked_us = 0;
    pthread_mutex_lock(&h->lock);
    while (!h->porter_stop) {
        sleep_a_step(h, &quiet);
        look_round(h, &looked_us);
        if (h->passwords && !h->porter_stop)
            qp_password_one(h);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

int qp_porter_start(struct qp_http *h, struct qp_err *e)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->porter_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    h->porter_runs = pthread_create(&h->porter, NULL, porter, h) == 0;
    return h->porter_runs ? 0 : qp_fail(e, QP_EIO, "http: a thread could not be started");
}

void qp_porter_stop(struct qp_http *h)
{
    if (!h->porter_runs)
        return;
    pthread_mutex_lock(&h->lock);
    h->porter_stop = true;
    qp_porter_poke(h);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->porter, NULL);
    h->porter_runs = false;
    pthread_mutex_lock(&h->lock);
    qp_passwords_stop(h);
    pthread_mutex_unlock(&h->lock);
}
