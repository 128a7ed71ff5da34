/* server.c: opens and closes the server, and gathers each request until a handler can have it.
 *
 *   headers ─► checks, route, rights ─► body, in pieces ─► handler ─► answered | parked ─► (resumed) ─►
 * c->then
 *
 * Called by node/cli's serve (open, close) and by libmicrohttpd's threads. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "node/http/calls/stream.h"
#include "node/http/porter.h"
#include "node/http/routes.h"

/* ---- one call ---- */

struct lengths {
    unsigned lengths, codings;
};

static enum MHD_Result count_lengths(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    (void)value;
    struct lengths *n = arg;
    n->lengths += strcasecmp(key, "Content-Length") == 0;
    n->codings += strcasecmp(key, "Transfer-Encoding") == 0;
    return MHD_YES;
}

static void refuse(struct qp_call *c, int status, const char *code, const char *text)
{
    c->fault_status = status;
    c->fault_code = code;
    c->discard = true;
    qp_fail(&c->fault.e, QP_EINVAL, "%s", text);
}

/* Where a body ends must be said once: two answers to that are how requests are smuggled. */
static void check_framing(struct qp_call *c)
{
    struct lengths n = {0, 0};
    MHD_get_connection_values(c->conn, MHD_HEADER_KIND, count_lengths, &n);
    if (n.lengths + n.codings > 1) {
        refuse(c, 400, "malformed",
               "the length of the body is given more than once; send one Content-Length");
        c->close = true;
    }
}

static void check_length(struct qp_call *c)
{
    const char *text = qp_call_header(c, "Content-Length");
    if (!text || c->fault_status)
        return;
    unsigned long long len = strtoull(text, NULL, 10);
    size_t most = c->route ? c->route->body_most : 0;
    if (len > (most ? most : QP_BODY_MOST)) {
        refuse(c, 413, "too_big", "the body is larger than this call takes (1 MiB; 4 MiB for a batch)");
        c->close = true;
    }
}

static struct qp_call *call_new(struct qp_http *h, struct MHD_Connection *conn, const char *url,
                                const char *method)
{
    struct qp_call *c = calloc(1, sizeof *c);
    if (!c || !(c->url = strdup(url))) {
        free(c);
        return NULL;
    }
    c->h = h;
    c->conn = conn;
    c->begun_us = qp_boot_us();
    atomic_fetch_add(&h->calls, 1);
    check_framing(c);
    if (!c->fault_status)
        qp_route_find(c, method);
    check_length(c);
    return c;
}

static void call_free(struct qp_call *c)
{
    assert(!c->parked);
    atomic_fetch_sub(&c->h->calls, 1);
    qp_job_drop(c);
    if (c->state_free)
        c->state_free(c->state);
    qp_arena_free(c->arena);
    free(c->body);
    free(c->url);
    free(c);
}

static bool body_room(struct qp_call *c, size_t more)
{
    if (c->body_cap - c->body_len > more)
        return true;
    size_t cap = c->body_cap ? c->body_cap : 4096;
    while (cap - c->body_len <= more)
        cap *= 2;
    uint8_t *p = realloc(c->body, cap);
    if (!p)
        return false;
    c->body = p;
    c->body_cap = cap;
    return true;
}

static void body_add(struct qp_call *c, const char *data, size_t len)
{
    if (!c->discard && qp_boot_us() - c->begun_us > QP_BODY_US)
        refuse(c, 408, "late", "the body took longer than 30 s to arrive");
    if (c->discard)
        return;
    size_t most = c->route->body_most;
    if (most == 0)
        refuse(c, 400, "malformed", "this call takes no body");
    else if (c->body_len + len > most)
        refuse(c, 413, "too_big", "the body is larger than this call takes (1 MiB; 4 MiB for a batch)");
    else if (!body_room(c, len))
        refuse(c, 500, "no_memory", "out of memory");
    if (c->discard)
        return;
    memcpy(c->body + c->body_len, data, len);
    c->body_len += len;
    c->body[c->body_len] = 0;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *conn, const char *url, const char *method,
                                  const char *version, const char *data, size_t *len, void **state)
{
    (void)version;
    struct qp_http *h = arg;
    struct qp_call *c = *state;
    if (!c) {
        *state = c = call_new(h, conn, url, method);
        if (!c)
            return MHD_NO;
        /* Answered before the body: libmicrohttpd then reads none of it and closes. */
        return c->close ? qp_route_run(c) : MHD_YES;
    }
    if (*len) {
        body_add(c, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (c->then) {
        qp_handler then = c->then;
        c->then = NULL;
        return then(c);
    }
    return qp_route_run(c);
}

static void on_completed(void *arg, struct MHD_Connection *conn, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)arg;
    (void)conn;
    (void)code;
    if (*state)
        call_free(*state);
    *state = NULL;
}

/* ---- the server ---- */

static int daemon_start(struct qp_http *h, int fd, unsigned threads, struct qp_err *e)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    const struct MHD_OptionItem pool[] = {
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    h->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)QP_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)QP_CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)QP_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    if (!h->daemon) {
        close(fd);
        return qp_fail(e, QP_EIO, "http: the server could not be started on %s", h->host);
    }
    return 0;
}

static void copy_node(struct qp_http *h, const struct qp_http_options *o)
{
    h->store = o->store;
    h->core = o->core;
    h->wire = o->wire;
    h->wake_fd = o->wake_fd;
    h->self = *qp_core_self(o->core);
    h->root = *qp_core_root(o->core);
    h->zone = qp_core_zone(o->core);
    h->started_us = qp_wall_us();
    const char *endpoint = o->endpoint ? o->endpoint : o->wire ? qp_wire_endpoint(o->wire) : "";
    qp_text_cut(h->endpoint, sizeof h->endpoint, endpoint);
    atomic_store(&h->recovering, qp_core_recovering(o->core));
    atomic_store(&h->silent, qp_core_silent(o->core));
    struct qp_read r;
    if (qp_read_begin(o->store, &r, NULL) == 0) {
        atomic_store(&h->head, qp_journal_head(r.journal, o->store, NULL));
        qp_read_end(&r);
    }
}

int qp_http_open(struct qp_http **out, const struct qp_http_options *o, struct qp_err *e)
{
    struct qp_http *h = calloc(1, sizeof *h);
    int fd = -1;
    if (!h)
        return qp_fail(e, QP_ENOMEM, "http: out of memory");
    pthread_mutex_init(&h->lock, NULL);
    pthread_mutex_init(&h->session_lock, NULL);
    copy_node(h, o);
    int rc = qp_queue_open(h, o->queue ? o->queue : 4096, e);
    if (!rc)
        rc = qp_sessions_open(h, e);
    if (!rc)
        rc = qp_porter_start(h, e);
    if (!rc)
        rc = qp_listen(&fd, o->listen, h->host, sizeof h->host, h->url, sizeof h->url, e);
    if (!rc)
        rc = daemon_start(h, fd, o->threads ? o->threads : 2, e);
    if (rc) {
        qp_http_close(h);
        return rc;
    }
    *out = h;
    return 0;
}

static void resume_all(struct qp_http *h)
{
    pthread_mutex_lock(&h->lock);
    h->closing = true;
    while (h->parked)
        qp_call_resume(h->parked);
    qp_streams_wake(h, true);
    pthread_mutex_unlock(&h->lock);
}

/* What was resumed is answered before the connections are closed, as far as a second allows. */
static void let_finish(struct qp_http *h)
{
    const struct timespec step = {0, 5000000};
    for (int i = 0; i < 200 && atomic_load(&h->calls); i++)
        nanosleep(&step, NULL);
}

void qp_http_close(struct qp_http *h)
{
    if (!h)
        return;
    int fd = h->daemon ? MHD_quiesce_daemon(h->daemon) : -1;
    resume_all(h);
    let_finish(h);
    qp_porter_stop(h);
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    if (fd >= 0)
        close(fd);
    qp_sessions_close(h);
    qp_queue_close(h);
    pthread_mutex_destroy(&h->session_lock);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

const char *qp_http_url(const struct qp_http *h)
{
    return h->url;
}

void qp_http_committed(struct qp_http *h, uint64_t head, int64_t durable_us)
{
    atomic_store(&h->recovering, qp_core_recovering(h->core));
    atomic_store(&h->silent, qp_core_silent(h->core));
    bool grown = atomic_exchange(&h->head, head) != head;
    if (grown)
        atomic_store(&h->durable_us, durable_us);
    pthread_mutex_lock(&h->lock);
    h->commits++;
    for (struct qp_call *c = h->nwaiting ? h->parked : NULL, *next; c; c = next) {
        next = c->next;
        if (c->wants_commit)
            qp_call_resume(c);
    }
    if (grown)
        qp_streams_wake(h, false);
    pthread_mutex_unlock(&h->lock);
}
