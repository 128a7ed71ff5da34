/* clerk.c: see clerk.h. */
#include "node/http/calls/clerk.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOOK_S = 20
}; /* how often it is looked at what is due: circulars, what the audit trail counted, files */

struct qp_clerk {
    pthread_t thread;
    pthread_cond_t wake;
    bool runs;
    void (*look)(struct qp_http *h);
    void *kept; /* the thread's own: what was counted last */
    void (*kept_free)(void *kept);
    atomic_bool stop;
    struct qp_clerk_work *first; /* with h->lock, as all that follows */
    size_t n;
};

const atomic_bool *qp_clerk_stops(struct qp_http *h)
{
    return &h->clerk->stop;
}

static void unlink_work(struct qp_clerk *k, struct qp_clerk_work *w)
{
    struct qp_clerk_work **at = &k->first;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->waits = false;
    k->n--;
}

static void one(struct qp_http *h)
{
    struct qp_clerk_work *w = h->clerk->first;
    unlink_work(h->clerk, w);
    w->working = true;
    pthread_mutex_unlock(&h->lock);
    w->run(w);
    pthread_mutex_lock(&h->lock);
    w->working = false;
    w->done = true;
    if (w->call)
        qp_call_resume(w->call);
    else
        w->drop(w);
}

void *qp_clerk_kept(struct qp_http *h)
{
    return h->clerk->kept;
}

void qp_clerk_keep(struct qp_http *h, void *what, void (*drop)(void *what))
{
    struct qp_clerk *k = h->clerk;
    if (k->kept)
        k->kept_free(k->kept);
    k->kept = what;
    k->kept_free = drop;
}

static struct timespec later(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += LOOK_S;
    return t;
}

static bool is_over(const struct timespec *t)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

/* It looks when its time has come, also where work waits without end. */
static void *clerk(void *arg)
{
    struct qp_http *h = arg;
    struct qp_clerk *k = h->clerk;
    struct timespec until = later();
    pthread_mutex_lock(&h->lock);
    while (!atomic_load(&k->stop)) {
        if (is_over(&until)) {
            pthread_mutex_unlock(&h->lock);
            k->look(h);
            pthread_mutex_lock(&h->lock);
            until = later();
        } else if (k->first) {
            one(h);
        } else {
            pthread_cond_timedwait(&k->wake, &h->lock, &until);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

int qp_clerk_start(struct qp_http *h, void (*look)(struct qp_http *h), struct qp_err *e)
{
    struct qp_clerk *k = h->clerk = calloc(1, sizeof *k);
    if (!k)
        return qp_fail(e, QP_ENOMEM, "http: out of memory");
    k->look = look;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&k->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    k->runs = pthread_create(&k->thread, NULL, clerk, h) == 0;
    return k->runs ? 0 : qp_fail(e, QP_EIO, "http: a thread could not be started");
}

void qp_clerk_stop(struct qp_http *h)
{
    struct qp_clerk *k = h->clerk;
    if (!k)
        return;
    pthread_mutex_lock(&h->lock);
    atomic_store(&k->stop, true);
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&h->lock);
    if (k->runs)
        pthread_join(k->thread, NULL);
    pthread_mutex_lock(&h->lock);
    while (k->first) { /* their calls were resumed when the node began to stop, and free them */
        struct qp_clerk_work *w = k->first;
        unlink_work(k, w);
        if (!w->call)
            w->drop(w);
    }
    pthread_mutex_unlock(&h->lock);
    k->runs = false;
}

void qp_clerk_end(struct qp_http *h)
{
    if (!h->clerk)
        return;
    assert(!h->clerk->runs && !h->clerk->first);
    if (h->clerk->kept)
        h->clerk->kept_free(h->clerk->kept);
    pthread_cond_destroy(&h->clerk->wake);
    free(h->clerk);
    h->clerk = NULL;
}

/* The call is over. What waits goes with it; what the thread is working on is dropped by the thread. */
static void leave(void *state)
{
    struct qp_clerk_work *w = state;
    struct qp_http *h = w->http;
    pthread_mutex_lock(&h->lock);
    bool working = w->working;
    if (w->waits)
        unlink_work(h->clerk, w);
    w->call = NULL;
    pthread_mutex_unlock(&h->lock);
    if (!working)
        w->drop(w);
}

int qp_clerk_send(struct qp_call *c, struct qp_clerk_work *w, qp_handler then, struct qp_err *e)
{
    struct qp_http *h = c->h;
    struct qp_clerk *k = h->clerk;
    assert(!c->state && w->run && w->drop);
    pthread_mutex_lock(&h->lock);
    bool closing = h->closing, busy = k->n >= QP_CLERK_WORKS;
    if (!closing && !busy) {
        struct qp_clerk_work **end = &k->first;
        while (*end)
            end = &(*end)->next;
        *end = w;
        w->next = NULL;
        w->waits = true;
        w->http = h;
        w->call = c;
        k->n++;
        c->state = w;
        c->state_free = leave;
        qp_call_park_locked(c, then, qp_boot_us() + QP_CLERK_US, false);
        pthread_cond_signal(&k->wake);
    }
    pthread_mutex_unlock(&h->lock);
    if (!closing && !busy)
        return 0;
    w->drop(w);
    return closing ? qp_fail(e, QP_ESTOPPING, "this node is stopping")
                   : qp_fail(e, QP_EBUSY, "%d requests that take seconds wait already; try again in a minute",
                             QP_CLERK_WORKS);
}

int qp_clerk_done(struct qp_call *c, struct qp_clerk_work *w, struct qp_fault *f)
{
    pthread_mutex_lock(&c->h->lock);
    bool done = w->done;
    pthread_mutex_unlock(&c->h->lock);
    if (done && w->e.code == 0)
        return 0;
    if (done) {
        f->e = w->e;
        return w->e.code;
    }
    if (c->late)
        return qp_fault_set(f, QP_EUNREACHABLE, "",
                            "this took longer than three minutes; ask again when the node has less to do");
    return qp_fault_set(f, QP_ESTOPPING, "", "this node is stopping; ask again when it is back");
}
