/* passwords.c: password hashes that wait for the porter, one at a time (19 MiB and some 26 ms each).
 *
 * They wait in lanes (guesses.h): names without failures, names that failed before, names that nobody has; in
 * a lane the addresses take turns, so that who comes alone is not behind all of one that sends many. When
 * QP_PASSWORDS wait, the last of all gives way to who would stand before it, and is told to try again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/http/wire/inside.h"

static void over(struct qp_password_work *w, bool tried)
{
    if (w->over)
        w->over(w, tried);
    explicit_bzero(w->password, sizeof w->password);
}

static void unlink_work(struct qp_http *h, struct qp_password_work *w)
{
    struct qp_password_work **at = &h->passwords;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->waits = false;
    h->npasswords--;
}

void qp_password_one(struct qp_http *h)
{
    struct qp_password_work *w = h->passwords;
    unlink_work(h, w);
    w->working = true;
    pthread_mutex_unlock(&h->lock);
    w->code =
        w->make ? qp_password_hash(w->hash, w->password, NULL) : qp_password_check(w->hash, w->password);
    over(w, true);
    pthread_mutex_lock(&h->lock);
    w->working = false;
    w->done = true;
    if (w->call)
        qp_call_resume(w->call);
    else
        free(w);
}

/* Not looked at: its call is told to come again. */
static void give_way(struct qp_http *h, struct qp_password_work *w)
{
    unlink_work(h, w);
    over(w, false);
    w->crowded = true;
    qp_call_resume(w->call);
}

void qp_passwords_stop(struct qp_http *h)
{
    while (h->passwords) {
        struct qp_password_work *w = h->passwords;
        unlink_work(h, w);
        over(w, false);
    }
}

/* The call is gone. What waits goes with it; what the thread is working on is freed by the thread. */
static void leave(void *state)
{
    struct qp_password_work *w = state;
    struct qp_http *h = w->http;
    pthread_mutex_lock(&h->lock);
    bool working = w->working;
    if (w->waits) {
        unlink_work(h, w);
        over(w, false);
    }
    w->call = NULL;
    pthread_mutex_unlock(&h->lock);
    if (!working)
        free(w);
}

static bool before(const struct qp_password_work *a, const struct qp_password_work *b)
{
    return a->lane != b->lane ? a->lane < b->lane : a->turn < b->turn;
}

static size_t turn_of(const struct qp_http *h, const struct qp_call *c, const struct qp_password_work *w)
{
    size_t n = 0;
    for (const struct qp_password_work *v = h->passwords; v; v = v->next)
        n += v->lane == w->lane && qp_address_same_owner(&v->call->from, &c->from);
    return n;
}

static bool crowded(struct qp_http *h, const struct qp_password_work *w)
{
    struct qp_password_work *last = h->passwords;
    if (h->npasswords < QP_PASSWORDS)
        return false;
    while (last->next)
        last = last->next;
    if (!before(w, last))
        return true;
    give_way(h, last);
    return false;
}

int qp_password_send(struct qp_call *c, struct qp_password_work *w, qp_handler then, struct qp_err *e)
{
    struct qp_http *h = c->h;
    assert(!c->state);
    pthread_mutex_lock(&h->lock);
    w->turn = turn_of(h, c, w);
    bool closing = h->closing, busy = !closing && crowded(h, w);
    if (!busy && !closing) {
        struct qp_password_work **end = &h->passwords;
        while (*end && !before(w, *end))
            end = &(*end)->next;
        w->next = *end;
        *end = w;
        w->waits = true;
        w->http = h;
        w->call = c;
        h->npasswords++;
        c->state = w;
        c->state_free = leave;
        qp_call_park_locked(c, then, qp_boot_us() + QP_DEADLINE_US, false);
    }
    pthread_mutex_unlock(&h->lock);
    if (closing || busy)
        over(w, false);
    if (closing)
        return qp_fail(e, QP_ESTOPPING, "this node is stopping");
    if (busy)
        return qp_fail(e, QP_EBUSY, "%d log-ins wait already; try again in a second", QP_PASSWORDS);
    return 0;
}
