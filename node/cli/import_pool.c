/* import_pool.c: the connections, one a node, none of them waited for: each carries a batch and its answer,
 * then the next.
 *
 *   DOWN ─► CONNECTING ─► SENDING ─► READING ─► IDLE ─► SENDING …
 *     ▲────────────┴───────────┴──────────┴─────────┘  any error: its records are tried again */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "node/cli/client.h"
#include "node/cli/import.h"

enum { PAUSE_US = 50000, PAUSE_MOST_US = 1000000, EVENTS = 64 };

int qp_im_pool_open(struct qp_import *im, struct qp_err *e)
{
    im->epoll = epoll_create1(EPOLL_CLOEXEC);
    return im->epoll >= 0 ? 0 : qp_fail(e, QP_EIO, "connections cannot be watched: %s", strerror(errno));
}

static void watch(struct qp_import *im, struct qp_im_node *n, uint32_t events, int how)
{
    struct epoll_event ev = {.events = events, .data.ptr = n};
    epoll_ctl(im->epoll, how, n->fd, &ev);
}

static void hang_up(struct qp_import *im, struct qp_im_node *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
    if (n->link != QP_IM_DOWN && n->link != QP_IM_IDLE)
        im->active--;
    n->link = QP_IM_DOWN;
}

void qp_im_pool_close(struct qp_import *im)
{
    for (size_t i = 0; i < im->n; i++) {
        struct qp_im_node *n = &im->nodes[i];
        hang_up(im, n);
        for (struct qp_im_record *r = n->first, *next; r; r = next) {
            next = r->next;
            qp_im_record_free(r);
        }
        for (size_t k = 0; k < n->sent; k++)
            qp_im_record_free(n->batch[k]);
        free(n->batch);
        free(n->out);
        qp_response_free(&n->response);
    }
    if (im->epoll >= 0)
        close(im->epoll);
}

/* The connection failed, or the node does not want the batch now. */
static void lost(struct qp_import *im, struct qp_im_node *n, const char *why, int64_t pause_us)
{
    size_t sent = n->sent;
    hang_up(im, n);
    n->sent = 0;
    n->pause_us = n->pause_us == 0                  ? PAUSE_US
                  : n->pause_us * 2 > PAUSE_MOST_US ? PAUSE_MOST_US
                                                    : n->pause_us * 2;
    if (pause_us < n->pause_us)
        pause_us = n->pause_us;
    n->retry_us = qp_monotonic_us() + pause_us;
    for (size_t i = 0; i < sent; i++)
        qp_im_failed(im, n->batch[i], pause_us, why);
    qp_im_tree_again(im);
}

/* ---- out ---- */

static bool room(struct qp_im_node *n, size_t more)
{
    if (n->out_len + more <= n->out_cap)
        return true;
    size_t cap = n->out_cap == 0 ? 65536 : n->out_cap;
    while (cap < n->out_len + more)
        cap *= 2;
    char *p = realloc(n->out, cap);
    if (!p)
        return false;
    n->out = p;
    n->out_cap = cap;
    return true;
}

/* Lines of the records that wait, then the head before them: the request is written from out_at on. */
static bool compose(struct qp_im_node *n)
{
    enum { HEAD = 1024 };
    char head[HEAD];
    if (!n->batch)
        n->batch = calloc(QP_IM_LINES, sizeof *n->batch);
    n->out_len = HEAD;
    n->sent = 0;
    if (!n->batch || !room(n, 0))
        return false;
    while (n->first && n->sent < QP_IM_LINES && n->out_len < QP_IM_BODY) {
        struct qp_im_record *r = n->first;
        const char *json = r->lines[r->stage].json;
        if (!room(n, strlen(json) + 64))
            return n->sent > 0;
        if (r->stage > 0)
            n->out_len += (size_t)sprintf(n->out + n->out_len, "{\"id\":\"%s\",", r->id);
        n->out_len += (size_t)sprintf(n->out + n->out_len, "%s\n", json);
        n->batch[n->sent++] = r;
        n->first = r->next;
        n->waiting--;
    }
    if (!n->first)
        n->last = NULL;
    int len = snprintf(head, sizeof head,
                       "POST /api/v1/matters:batch HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: Bearer "
                       "%s\r\nContent-Type: application/x-ndjson\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       n->host, n->port, n->token, n->out_len - HEAD);
    n->out_at = HEAD - (size_t)len;
    memcpy(n->out + n->out_at, head, (size_t)len);
    return true;
}

static void send_on(struct qp_import *im, struct qp_im_node *n)
{
    while (n->out_at < n->out_len) {
        ssize_t w = send(n->fd, n->out + n->out_at, n->out_len - n->out_at, MSG_NOSIGNAL);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0 && errno == EAGAIN) {
            watch(im, n, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (w <= 0) {
            lost(im, n, "the node closed the connection", 0);
            return;
        }
        n->out_at += (size_t)w;
    }
    n->link = QP_IM_READING;
    watch(im, n, EPOLLIN, EPOLL_CTL_MOD);
}

static void start(struct qp_import *im, struct qp_im_node *n)
{
    int one = 1;
    if (!compose(n))
        return;
    im->active++;
    im->sums.batches++;
    n->sent_us = qp_monotonic_us();
    qp_response_reset(&n->response);
    if (n->link == QP_IM_IDLE) {
        n->link = QP_IM_SENDING;
        send_on(im, n);
        return;
    }
    n->link = QP_IM_CONNECTING;
    n->fd = socket(n->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (n->fd >= 0) {
        setsockopt(n->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(im, n, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
    }
    if (n->fd < 0 ||
        (connect(n->fd, (struct sockaddr *)&n->address, n->address_len) != 0 && errno != EINPROGRESS))
        lost(im, n, "the node cannot be reached", 0);
}

/* ---- in ---- */

static void answered(struct qp_import *im, struct qp_im_node *n)
{
    struct qp_err e = {0};
    const struct qp_response *a = &n->response;
    bool close_it = a->close;
    if (a->status != 200) {
        qp_client_refusal(a, &e);
        lost(im, n, e.text, a->retry_after_s * 1000000);
        return;
    }
    n->pause_us = 0;
    size_t sent = n->sent;
    const char *at = a->body ? a->body : "", *end = at + a->len;
    n->sent = 0;
    im->active--;
    n->link = QP_IM_IDLE;
    for (size_t i = 0; i < sent; i++) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        size_t len = nl ? (size_t)(nl - at) : (size_t)(end - at);
        qp_im_answer(im, n, n->batch[i], at, len);
        at = nl ? nl + 1 : end;
    }
    if (close_it)
        hang_up(im, n);
}

static void receive(struct qp_import *im, struct qp_im_node *n)
{
    char buf[65536];
    for (;;) {
        ssize_t got = recv(n->fd, buf, sizeof buf, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (n->link == QP_IM_IDLE) { /* closed while nothing was asked */
            hang_up(im, n);
            return;
        }
        if (got <= 0 || qp_response_feed(&n->response, buf, (size_t)got) < 0) {
            lost(im, n, "the node closed the connection", 0);
            return;
        }
        if (n->response.done) {
            answered(im, n);
            return;
        }
    }
}

static void event(struct qp_import *im, struct qp_im_node *n, uint32_t events)
{
    if (n->fd < 0)
        return;
    if (n->link == QP_IM_CONNECTING) {
        int why = 0;
        socklen_t len = sizeof why;
        getsockopt(n->fd, SOL_SOCKET, SO_ERROR, &why, &len);
        if (why != 0) {
            lost(im, n, strerror(why), 0);
            return;
        }
        n->link = QP_IM_SENDING;
    }
    if (n->link == QP_IM_SENDING && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
        send_on(im, n);
    if (n->fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        receive(im, n);
}

/* The nodes for which most waits go first; those that have little wait until there is more, or nothing else
 * to do. */
static int64_t start_some(struct qp_import *im, int64_t now)
{
    int64_t next = INT64_MAX;
    while (im->active < QP_IM_ACTIVE) {
        struct qp_im_node *best = NULL;
        for (size_t i = 0; i < im->n; i++) {
            struct qp_im_node *n = &im->nodes[i];
            if (n->waiting == 0 || (n->link != QP_IM_DOWN && n->link != QP_IM_IDLE))
                continue;
            if (n->retry_us > now) {
                next = n->retry_us < next ? n->retry_us : next;
                continue;
            }
            int64_t full_us =
                n->waiting >= QP_IM_ENOUGH || im->active == 0 ? 0 : n->since_us + QP_IM_LINGER_US;
            if (full_us > now) {
                next = full_us < next ? full_us : next;
                continue;
            }
            if (!best || n->waiting > best->waiting)
                best = n;
        }
        if (!best)
            break;
        start(im, best);
    }
    return next;
}

static void too_late(struct qp_import *im, int64_t now)
{
    for (size_t i = 0; i < im->n; i++) {
        struct qp_im_node *n = &im->nodes[i];
        if (n->sent > 0 && now - n->sent_us > QP_IM_ANSWER_US)
            lost(im, n, "the node does not answer", 0);
    }
}

void qp_im_pool_run(struct qp_import *im, int64_t until_us)
{
    struct epoll_event events[EVENTS];
    int64_t now = qp_monotonic_us(), next = start_some(im, now);
    if (next < until_us)
        until_us = next;
    if (until_us > now + 200000)
        until_us = now + 200000;
    int n = epoll_wait(im->epoll, events, EVENTS, until_us <= now ? 0 : (int)((until_us - now + 999) / 1000));
    for (int i = 0; i < n; i++)
        event(im, events[i].data.ptr, events[i].events);
    too_late(im, qp_monotonic_us());
}
