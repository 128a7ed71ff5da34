/* passwords.c: password hashes that wait for the porter, one at a time (19 MiB and some 26 ms each). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/http/wire/inside.h"

/* With the lock held at both ends, free in between. */
void qp_password_one(struct qp_http *h)
{
    struct qp_password_work *w = h->passwords;
    h->passwords = w->next;
    pthread_mutex_unlock(&h->lock);
    w->code =
        w->make ? qp_password_hash(w->hash, w->password, NULL) : qp_password_check(w->hash, w->password);
    explicit_bzero(w->password, sizeof w->password);
    pthread_mutex_lock(&h->lock);
    h->npasswords--;
    w->done = true;
    if (w->call)
        qp_call_resume(w->call);
    else
        free(w);
}

/* The call is gone: what the thread is working on is freed by it, what waits stays in the list until its
 * turn. */
static void leave(void *state)
{
    struct qp_password_work *w = state;
    struct qp_http *h = w->http;
    pthread_mutex_lock(&h->lock);
    bool done = w->done;
    w->call = NULL;
    pthread_mutex_unlock(&h->lock);
    if (done)
        free(w);
}

int qp_password_send(struct qp_call *c, struct qp_password_work *w, qp_handler then, struct qp_err *e)
{
    struct qp_http *h = c->h;
    assert(!c->state);
    pthread_mutex_lock(&h->lock);
    bool busy = h->npasswords >= QP_PASSWORDS, closing = h->closing;
    if (!busy && !closing) {
        struct qp_password_work **end = &h->passwords;
        while (*end)
            end = &(*end)->next;
        *end = w;
        w->http = h;
        w->call = c;
        h->npasswords++;
        c->state = w;
        c->state_free = leave;
        qp_call_park_locked(c, then, qp_boot_us() + QP_DEADLINE_US, false);
    }
    pthread_mutex_unlock(&h->lock);
    if (closing)
        return qp_fail(e, QP_ESTOPPING, "this node is stopping");
    if (busy)
        return qp_fail(e, QP_EBUSY, "too many log-ins at once; try again in a second");
    return 0;
}
