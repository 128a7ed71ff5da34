/* server.c: opens and closes the server, and gathers each request until a handler can have it.
 *
 *   headers ─► checks, route, rights ─► body, in pieces ─► handler ─► answered
 *                                                             └─► parked ─► (resumed) ─► c->then
 *
 * Called by node/cli's serve (open, close) and by libmicrohttpd's threads. */
#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "node/http/calls/clerk.h"
#include "node/http/calls/stream.h"
#include "node/http/porter.h"
#include "node/http/routes.h"
#include "node/http/shape/said.h"
#include "node/http/wire/tls.h"

/* ---- one call ---- */

/* The path of "http://HOST/PATH" too: a client that speaks with us as with a proxy means us. */
static const char *path_of(const char *url)
{
    const char *from = *url == '/' ? NULL : strstr(url, "://");
    if (!from || (strncasecmp(url, "http:", 5) != 0 && strncasecmp(url, "https:", 6) != 0))
        return url;
    from += 3;
    from += strcspn(from, "/");
    return *from ? from : "/";
}

/* A request line came: its headers and all else are still to come. What is returned is the call's state. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *conn)
{
    struct qp_call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->h = arg;
    c->conn = conn;
    qp_head_uri(c, uri);
    return c;
}

static bool call_begin(struct qp_call *c, const char *url, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c->conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    c->url = strdup(path_of(url));
    if (!c->url)
        return false;
    c->begun = true;
    c->begun_us = qp_boot_us();
    c->guest = i ? i->socket_context : NULL;
    atomic_fetch_add(&c->h->calls, 1);
    qp_gate_phase(&c->h->gate, c->guest, QP_GUEST_BODY, c->begun_us);
    qp_head_from(c);
    qp_head_check(c, version);
    if (!c->fault_status)
        qp_route_find(c, method);
    qp_head_check_length(c);
    return true;
}

/* It may have what a person is known by, or a password. */
static void body_free(struct qp_call *c)
{
    if (c->body)
        explicit_bzero(c->body, c->body_len);
    free(c->body);
    c->body = NULL;
}

static void call_free(struct qp_call *c)
{
    assert(!c->parked);
    if (c->begun)
        atomic_fetch_sub(&c->h->calls, 1);
    qp_job_drop(c);
    if (c->state_free)
        c->state_free(c->state);
    qp_said_parts_drop(c);
    qp_arena_free(c->arena);
    body_free(c);
    atomic_fetch_sub(&c->h->large, c->large);
    atomic_fetch_sub(&c->h->answering, c->answering);
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
    uint8_t *p = malloc(cap); /* not realloc, which would leave a copy behind */
    if (!p)
        return false;
    if (c->body_len)
        memcpy(p, c->body, c->body_len);
    body_free(c);
    c->body = p;
    c->body_cap = cap;
    return true;
}

/* Few of the large ones are in memory at the same time. */
static bool large_room(struct qp_call *c)
{
    if (c->large || c->route->body_most <= QP_BATCH_MOST)
        return true;
    c->large = true;
    return atomic_fetch_add(&c->h->large, 1) < QP_LARGE_BODIES;
}

static void body_add(struct qp_call *c, const char *data, size_t len)
{
    int64_t most_us = c->route && c->route->body_most > QP_BATCH_MOST ? QP_LARGE_BODY_US : QP_BODY_US;
    if (!c->discard && qp_boot_us() - c->begun_us > most_us)
        qp_call_refuse(c, 408, "late", false, "the body took longer than %d s to arrive",
                       (int)(most_us / 1000000));
    if (!c->discard && !large_room(c))
        qp_call_refuse(c, 429, "busy", false, "%d files come in already; try again in a second",
                       QP_LARGE_BODIES);
    if (c->discard)
        return;
    if (qp_call_in_parts(c)) {
        if (!qp_said_parts(c, data, len))
            qp_call_refuse_big(c, false);
        return;
    }
    size_t most = c->route->body_most;
    if (most == 0)
        qp_call_refuse(c, 400, "malformed", false, "this call takes no body");
    else if (c->body_len + len > most)
        qp_call_refuse_big(c, false);
    else if (!body_room(c, len))
        qp_call_refuse(c, 500, "no_memory", false, "out of memory");
    if (c->discard)
        return;
    memcpy(c->body + c->body_len, data, len);
    c->body_len += len;
    c->body[c->body_len] = 0;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *conn, const char *url, const char *method,
                                  const char *version, const char *data, size_t *len, void **state)
{
    (void)arg;
    (void)conn;
    struct qp_call *c = *state;
    if (!c)
        return MHD_NO;
    if (!c->begun) {
        if (!call_begin(c, url, method, version))
            return MHD_NO;
        /* Answered before the body: libmicrohttpd then reads none of it and closes. */
        return c->close ? qp_route_run(c) : MHD_YES;
    }
    if (*len) {
        body_add(c, data, *len);
        *len = 0;
        return MHD_YES;
    }
    qp_gate_phase(&c->h->gate, c->guest, QP_GUEST_ANSWER, qp_boot_us());
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
    (void)conn;
    (void)code;
    struct qp_http *h = arg;
    struct qp_call *c = *state;
    if (c && c->begun)
        qp_gate_phase(&h->gate, c->guest, QP_GUEST_HEAD, qp_boot_us());
    if (c)
        call_free(c);
    *state = NULL;
}

static void enter(struct qp_http *h, struct MHD_Connection *conn, void **guest)
{
    struct qp_address from;
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *at = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!fd)
        return;
    qp_address_of(&from, at ? at->client_addr : NULL);
    bool many = qp_address_is_here(&from) || qp_proxies_have(&h->proxies, &from);
    *guest = qp_gate_enter(&h->gate, fd->connect_fd, &from, many, qp_boot_us());
    pthread_mutex_lock(&h->lock);
    qp_porter_poke(h);
    pthread_mutex_unlock(&h->lock);
}

/* The gate is told before a socket is closed. */
static void on_connection(void *arg, struct MHD_Connection *conn, void **guest,
                          enum MHD_ConnectionNotificationCode code)
{
    struct qp_http *h = arg;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        if (h->tls)
            qp_tls_dress(h->tls, conn, qp_boot_us());
        enter(h, conn, guest);
    } else if (*guest) {
        qp_gate_leave(&h->gate, *guest);
        *guest = NULL;
    }
}

/* ---- the server ---- */

/* tls NULL: plain HTTP. Takes fd over. */
static int daemon_start(struct MHD_Daemon **out, struct qp_http *h, int fd, unsigned threads,
                        const struct qp_tls *tls, struct qp_err *e)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem more[4] = {{MHD_OPTION_END, 0, NULL}};
    size_t n = 0;
    if (threads > 1)
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads, NULL};
    if (tls) {
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                            (void *)(uintptr_t)qp_tls_first_certificate(tls)};
        more[n++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)qp_tls_first_key(tls)};
    }
    more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    *out = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
        h, MHD_OPTION_CONNECTION_LIMIT, (unsigned)h->gate.places, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)QP_CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)QP_IDLE_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    if (!*out) {
        close(fd);
        return qp_fail(e, QP_EIO, "http: the server%s could not be started", tls ? " for HTTPS" : "");
    }
    return 0;
}

/* As many connections as the process may have files for, the store's and the links' left aside. */
static size_t places(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= QP_CONNECTIONS + 512)
        return QP_CONNECTIONS;
    return files.rlim_cur > 256 ? files.rlim_cur / 2 : 128;
}

/* This thread alone writes them, so that it may look without the lock. */
static void copy_troubles(struct qp_http *h)
{
    uint64_t unerased;
    int64_t unerased_us, dropped_us;
    const char *ring = qp_core_ring_why(h->core);
    const char *record = qp_core_unerased(h->core, &unerased, &unerased_us);
    const char *dropped = qp_core_dropped(h->core, &dropped_us);
    if (strcmp(h->ring_why, ring) == 0 && h->unerased == unerased && h->dropped_us == dropped_us)
        return;
    pthread_mutex_lock(&h->lock);
    qp_text_cut(h->ring_why, sizeof h->ring_why, ring);
    h->unerased = unerased;
    h->unerased_us = unerased_us;
    qp_text_cut(h->unerased_why, sizeof h->unerased_why, record);
    h->dropped_us = dropped_us;
    qp_text_cut(h->dropped_why, sizeof h->dropped_why, dropped);
    pthread_mutex_unlock(&h->lock);
}

void qp_http_time_told(struct qp_http *h, enum qp_time_word word)
{
    atomic_store(&h->wrong_clock, word == QP_TIME_WRONG);
}

/* What other threads may know of the core; called in the turn's thread. */
static void copy_standing(struct qp_http *h)
{
    const char *why, *later;
    int64_t until_us;
    bool out = qp_core_out(h->core, &why);
    qp_core_renewal_later(h->core, &until_us, &later);
    atomic_store(&h->incarnation, qp_core_self(h->core)->incarnation);
    if (*later || *h->later_why) { /* this thread alone writes it */
        pthread_mutex_lock(&h->lock);
        char at[40];
        qp_time_text(at, until_us);
        snprintf(h->later_why, sizeof h->later_why, "%s%s%s", later, *later ? ", not before " : "",
                 *later ? at : "");
        pthread_mutex_unlock(&h->lock);
    }
    copy_troubles(h);
    atomic_store(&h->recovering, qp_core_recovering(h->core));
    atomic_store(&h->silent, qp_core_silent(h->core));
    atomic_store(&h->out_code, qp_core_out_code(h->core));
    if (out == atomic_load(&h->out))
        return;
    pthread_mutex_lock(&h->lock);
    qp_text_cut(h->out_why, sizeof h->out_why, why);
    pthread_mutex_unlock(&h->lock);
    atomic_store(&h->out, out);
}

static void copy_node(struct qp_http *h, const struct qp_http_options *o)
{
    h->store = o->store;
    h->core = o->core;
    h->wire = o->wire;
    h->vault = o->vault;
    h->blobs = o->blobs;
    h->wake_fd = o->wake_fd;
    h->self = *qp_core_self(o->core);
    h->root = *qp_core_root(o->core);
    h->zone = qp_core_zone(o->core);
    h->started_us = qp_wall_us();
    h->streams_most = o->streams ? o->streams : QP_STREAMS;
    qp_text_cut(h->turn_urls, sizeof h->turn_urls, o->turn_urls ? o->turn_urls : "");
    snprintf(h->turn_secret, sizeof h->turn_secret, "%s", o->turn_secret ? o->turn_secret : "");
    qp_text_cut(h->web_root, sizeof h->web_root, o->web_root ? o->web_root : "");
    h->open311 = o->open311;
    qp_text_cut(h->map_file, sizeof h->map_file, o->map_file ? o->map_file : "");
    qp_gate_open(&h->gate, places());
    qp_guesses_open(&h->guesses);
    qp_guesses_open(&h->receipts);
    h->guesses_us = o->guesses_us ? o->guesses_us : qp_boot_us;
    qp_trail_open(&h->trail);
    const char *endpoint = o->endpoint ? o->endpoint : o->wire ? qp_wire_endpoint(o->wire) : "";
    qp_text_cut(h->endpoint, sizeof h->endpoint, endpoint);
    copy_standing(h);
    struct qp_read r;
    if (!qp_read_begin(o->store, &r, NULL)) {
        atomic_store(&h->head, qp_journal_head(r.journal, o->store, NULL));
        qp_read_end(&r);
    }
}

/* What jansson read of a request is overwritten when it is given back: names, passwords. */
static void json_free(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

static int tls_start(struct qp_http *h, const struct qp_http_options *o, struct qp_err *e)
{
    char host[sizeof h->host], url[sizeof h->url];
    int fd;
    if (!o->tls_listen || !o->tls_listen[0])
        return 0;
    if (!o->tls_certificate || !o->tls_certificate[0] || !o->tls_key || !o->tls_key[0])
        return qp_fail(e, QP_EINVAL,
                       "http.tls_listen: HTTPS needs http.tls_certificate and http.tls_key, two PEM files");
    int rc = qp_tls_open(&h->tls, o->tls_certificate, o->tls_key, e);
    if (!rc)
        rc = qp_listen(&fd, "http.tls_listen", o->tls_listen, host, sizeof host, url, sizeof url, e);
    return rc ? rc : daemon_start(&h->tls_daemon, h, fd, o->threads ? o->threads : 2, h->tls, e);
}

static void clerk_looks(struct qp_http *h)
{
    qp_circulars_due(h);
    qp_trail_look(h);
    qp_blobs_look(h);
}

int qp_http_open(struct qp_http **out, const struct qp_http_options *o, struct qp_err *e)
{
    struct qp_http *h = calloc(1, sizeof *h);
    int fd = -1;
    if (!h)
        return qp_fail(e, QP_ENOMEM, "http: out of memory");
    json_set_alloc_funcs(malloc, json_free);
    pthread_mutex_init(&h->lock, NULL);
    copy_node(h, o);
    qp_seen_open(&h->seen);
    qp_hands_open(&h->hands);
    int rc = qp_logins_open(&h->logins, o->session_key, o->sessions, qp_wall_us(), e);
    if (!rc)
        rc = qp_queue_open(h, o->queue ? o->queue : 4096, e);
    if (!rc)
        rc = qp_proxies_parse(&h->proxies, o->proxies ? o->proxies : "", e);
    if (!rc)
        rc = qp_porter_start(h, e);
    if (!rc)
        rc = qp_clerk_start(h, clerk_looks, e);
    if (!rc)
        rc = qp_listen(&fd, "http.listen", o->listen, h->host, sizeof h->host, h->url, sizeof h->url, e);
    if (!rc)
        rc = daemon_start(&h->daemon, h, fd, o->threads ? o->threads : 2, NULL, e);
    if (!rc)
        rc = tls_start(h, o, e);
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
    struct MHD_Daemon *const daemons[] = {h->daemon, h->tls_daemon};
    int fds[] = {-1, -1};
    for (size_t i = 0; i < 2; i++)
        fds[i] = daemons[i] ? MHD_quiesce_daemon(daemons[i]) : -1;
    resume_all(h);
    let_finish(h);
    qp_clerk_stop(h);
    qp_porter_stop(h);
    for (size_t i = 0; i < 2; i++) {
        if (daemons[i])
            MHD_stop_daemon(daemons[i]);
        if (fds[i] >= 0)
            close(fds[i]);
    }
    qp_tls_close(h->tls);
    qp_gate_close(&h->gate);
    qp_guesses_close(&h->guesses);
    qp_guesses_close(&h->receipts);
    qp_logins_close(&h->logins);
    qp_seen_close(&h->seen);
    qp_hands_close(&h->hands);
    qp_trail_close(&h->trail);
    qp_queue_close(h);
    qp_whispers_close(&h->whispers);
    qp_clerk_end(h);
    qp_tree_memory_end(&h->trees);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

int qp_http_proxies_check(const char *text, struct qp_err *e)
{
    struct qp_proxies p;
    return qp_proxies_parse(&p, text, e);
}

const char *qp_http_url(const struct qp_http *h)
{
    return h->url;
}

void qp_http_committed(struct qp_http *h, uint64_t head, int64_t durable_us)
{
    copy_standing(h);
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

void qp_http_whisper(struct qp_http *h, const struct qp_output *o)
{
    pthread_mutex_lock(&h->lock);
    qp_whispers_put(&h->whispers, o, qp_boot_us());
    qp_streams_wake(h, false);
    pthread_mutex_unlock(&h->lock);
}
