/* endless.c: connections on which a message has no end (L7).
 *
 *   accepted (the ROUTER's monitor) ─► bytes that came in (the kernel's count) since the last whole message ─► too many: shut down
 *
 * ZeroMQ bounds a part (MAXMSGSIZE) and counts whole messages (RCVHWM); parts of one that is not whole it keeps without bound, and
 * gives them to nobody. So what this process has of a connection is taken from the kernel: what came since the last message of it
 * was read. Of an honest child that is two windows and what goes beside them at most. A connection that is shut down gives its
 * parts back; an honest node dials again and loses nothing.
 *
 * Called by wire.c; route.c tells which connections have brought a whole message. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "node/link/wired.h"

enum {
    LOOK_US = 1000000,
    SOON_US = 50000,        /* while something grows */
    GROWS = 1024 * 1024,    /* bytes of one message that has not come to its end yet */
    FDS_MOST = 1024 * 1024, /* no descriptor is above */
};
static const char NAME[] = "inproc://accepted";

int qp_endless_open(struct qp_wire *w, struct qp_err *e)
{
    assert(w->router);
    struct qp_endless *d = &w->endless;
    qp_endless_close(w);
    d->most = QP_ENDLESS_BYTES;
    d->all = QP_ENDLESS_ALL;
    if (zmq_socket_monitor(w->router, NAME, ZMQ_EVENT_ACCEPTED) == 0)
        d->monitor = zmq_socket(w->ctx, ZMQ_PAIR);
    /* No high-water mark: the kernel bounds how many are accepted, and each is looked at. */
    const int none = 0;
    if (!d->monitor || zmq_setsockopt(d->monitor, ZMQ_RCVHWM, &none, sizeof none) != 0 ||
        zmq_setsockopt(d->monitor, ZMQ_LINGER, &none, sizeof none) != 0 || zmq_connect(d->monitor, NAME) != 0)
        return qp_fail(e, QP_EIO, "the monitor of the children's connections could not be set up: %s",
                       zmq_strerror(errno));
    return 0;
}

void qp_endless_close(struct qp_wire *w)
{
    struct qp_endless *d = &w->endless;
    assert(!d->monitor || w->ctx);
    if (d->monitor && w->router)
        zmq_socket_monitor(w->router, NULL, 0);
    if (d->monitor)
        zmq_close(d->monitor);
    free(d->v);
    memset(d, 0, sizeof *d);
}

/* None goes without being looked at: where there is no memory for that it is shut down, and whoever dialled dials again. */
static void accepted(struct qp_endless *d, uint32_t fd)
{
    assert(d->n <= FDS_MOST + 64);
    if (fd >= d->n) {
        struct qp_connection *v = fd < FDS_MOST ? realloc(d->v, (fd + 64) * sizeof *v) : NULL;
        if (!v) {
            shutdown((int)fd, SHUT_RDWR);
            return;
        }
        memset(v + d->n, 0, (fd + 64 - d->n) * sizeof *v);
        d->v = v;
        d->n = fd + 64;
    }
    d->v[fd] = (struct qp_connection){.open = true};
}

/* An event is two parts: what it was and of which descriptor; of which address. */
static bool next_accepted(void *monitor, uint32_t *fd)
{
    uint8_t head[6], address[256];
    assert(monitor);
    if (zmq_recv(monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
        return false;
    zmq_recv(monitor, address, sizeof address, ZMQ_DONTWAIT);
    memcpy(fd, head + 2, sizeof *fd);
    return true;
}

void qp_endless_whole(struct qp_wire *w, zmq_msg_t *part)
{
    int fd = zmq_msg_get(part, ZMQ_SRCFD);
    assert(w->router);
    if (fd >= 0 && (size_t)fd < w->endless.n)
        w->endless.v[fd].whole = true;
}

static bool bytes_of(int fd, uint64_t *bytes)
{
    struct tcp_info i;
    socklen_t len = sizeof i;
    assert(fd >= 0);
    memset(&i, 0, sizeof i);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len) != 0)
        return false;
    *bytes = i.tcpi_bytes_received;
    return true;
}

static int port_of(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET6  ? ntohs(((const struct sockaddr_in6 *)(const void *)a)->sin6_port)
           : a->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)(const void *)a)->sin_port)
                                     : 0;
}

/* The descriptor may be another's by now: only what came by the links' own port is shut down. */
static void shut(struct qp_wire *w, int fd)
{
    struct qp_endless *d = &w->endless;
    struct sockaddr_storage own = {0}, other = {0};
    socklen_t own_len = sizeof own, other_len = sizeof other;
    const char *port = strrchr(w->endpoint, ':');
    assert(port && (size_t)fd < d->n);
    d->v[fd].open = false;
    if (getsockname(fd, (struct sockaddr *)&own, &own_len) != 0 || port_of(&own) != atoi(port + 1))
        return;
    if (getpeername(fd, (struct sockaddr *)&other, &other_len) == 0) {
        const void *at = other.ss_family == AF_INET6
                             ? (const void *)&((struct sockaddr_in6 *)(void *)&other)->sin6_addr
                             : (const void *)&((struct sockaddr_in *)(void *)&other)->sin_addr;
        inet_ntop(other.ss_family, at, d->from, sizeof d->from);
    }
    shutdown(fd, SHUT_RDWR);
    w->counters.endless++;
}

static bool is_own(struct qp_wire *w, size_t fd, uint64_t *left)
{
    struct qp_connection *c = &w->endless.v[fd];
    uint64_t bytes;
    assert(c->open);
    if (!bytes_of((int)fd, &bytes)) /* closed, or something else's by now */
        return c->open = false;
    if (c->whole || bytes < c->base)
        c->base = bytes;
    c->whole = false;
    *left = bytes - c->base;
    return true;
}

int64_t qp_endless_look(struct qp_wire *w, int64_t now_us)
{
    struct qp_endless *d = &w->endless;
    uint32_t fd;
    assert(d->most <= d->all);
    while (d->monitor && next_accepted(d->monitor, &fd))
        accepted(d, fd);
    if (!d->monitor || (now_us < d->next_us && d->next_us <= now_us + LOOK_US))
        return d->monitor ? d->next_us : INT64_MAX;
    uint64_t sum = 0, largest = 0, left;
    size_t open = 0, at = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (!d->v[i].open || !is_own(w, i, &left))
            continue;
        open++;
        sum += left;
        if (left > largest) {
            largest = left;
            at = i;
        }
    }
    bool over = largest > d->most || sum > d->all;
    if (over)
        shut(w, (int)at);
    d->next_us = now_us + (over || largest > GROWS ? SOON_US : LOOK_US);
    return open || over ? d->next_us : INT64_MAX;
}
