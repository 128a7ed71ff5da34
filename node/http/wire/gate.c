/* gate.c: see gate.h. Called by server.c when connections come and go, by answer.c, and by the porter. */
#include "node/http/wire/gate.h"

#include <assert.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { YOUNG_US = 1000000 }; /* a head that is whole arrives within this, but for trouble on the way */

struct qp_party {
    struct qp_party *prev, *next;
    struct qp_address from;
    size_t n, shut; /* connections; those of them that are being closed are counted apart */
    bool many;
};

#define SAID(status, code, message)                                                                          \
    "HTTP/1.1 " status "\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n"          \
    "Retry-After: 1\r\n\r\n{\"error\":{\"code\":\"" code "\",\"message\":\"" message                         \
    "\",\"field\":null,\"current\":null}}\n"
static const char LATE[] =
    SAID("408 Request Timeout", "late", "the request line and the headers took longer than 10 s to arrive");
static const char SHED[] = SAID("503 Service Unavailable", "busy",
                                "too many connections wait with half a request; send yours whole");

void qp_gate_open(struct qp_gate *g, size_t places)
{
    *g = (struct qp_gate){.places = places, .per_address = places / 4};
    pthread_mutex_init(&g->lock, NULL);
}

void qp_gate_close(struct qp_gate *g)
{
    assert(!g->guests && !g->parties);
    pthread_mutex_destroy(&g->lock);
}

/* Bytes that the kernel has received on this connection; 0 where it does not say. */
static uint64_t received(int fd)
{
    struct tcp_info i = {0};
    socklen_t len = sizeof i;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len))
        return 0;
    return len >= offsetof(struct tcp_info, tcpi_bytes_received) + sizeof i.tcpi_bytes_received
               ? i.tcpi_bytes_received
               : 0;
}

static struct qp_party *party_of(struct qp_gate *g, const struct qp_address *from, bool many)
{
    struct qp_party *p = g->parties;
    while (p && !qp_address_same_owner(&p->from, from))
        p = p->next;
    if (p || !(p = calloc(1, sizeof *p)))
        return p;
    p->from = *from;
    p->many = many;
    p->next = g->parties;
    if (p->next)
        p->next->prev = p;
    g->parties = p;
    return p;
}

/* The socket is closed by libmicrohttpd alone, after qp_gate_leave: the number cannot be another's yet. */
static void shut(struct qp_gate *g, struct qp_guest *guest, const char *why)
{
    assert(!guest->shut);
    guest->shut = true;
    guest->party->n--;
    guest->party->shut++;
    g->nshut++;
    if (guest->phase == QP_GUEST_HEAD && guest->begun) /* libmicrohttpd has nothing to say on it yet */
        (void)send(guest->fd, why, strlen(why), MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(guest->fd, SHUT_RDWR);
}

/* Whether a is to go rather than b: of the larger party, then half-open ones that are not young, then who has
 * waited longest. */
static bool rather(const struct qp_guest *a, const struct qp_guest *b, int64_t now_us)
{
    if (!b || a->party->n != b->party->n)
        return !b || a->party->n > b->party->n;
    bool old_a = !a->served && now_us - a->since_us > YOUNG_US;
    bool old_b = !b->served && now_us - b->since_us > YOUNG_US;
    return old_a != old_b ? old_a : a->since_us < b->since_us;
}

/* party NULL: of all. Only who waits for a request to be whole can go. */
static struct qp_guest *who_goes(struct qp_gate *g, const struct qp_party *party, const struct qp_guest *but,
                                 int64_t now_us)
{
    struct qp_guest *found = NULL;
    for (struct qp_guest *v = g->guests; v; v = v->next) {
        bool waits = v->phase <= QP_GUEST_LARGE;
        if (v != but && waits && !v->shut && (!party || v->party == party) && rather(v, found, now_us))
            found = v;
    }
    return found;
}

/* A quarter of the places is kept free for who comes while others are being shut. */
static void make_room(struct qp_gate *g, struct qp_guest *new, int64_t now_us)
{
    struct qp_guest *goes = NULL;
    bool over = !new->party->many &&new->party->n > g->per_address;
    if (over)
        goes = who_goes(g, new->party, new, now_us);
    else if (g->n - g->nshut > g->places - g->places / 4)
        goes = who_goes(g, NULL, new, now_us);
    if (!goes && over)
        goes = new; /* all others of this address are at work */
    if (!goes)
        return;
    shut(g, goes, SHED);
    atomic_fetch_add_explicit(&g->shed, 1, memory_order_relaxed);
}

struct qp_guest *qp_gate_enter(struct qp_gate *g, int fd, const struct qp_address *from, bool many,
                               int64_t now_us)
{
    struct qp_guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return NULL;
    pthread_mutex_lock(&g->lock);
    guest->party = party_of(g, from, many);
    if (guest->party) {
        guest->fd = fd;
        guest->since_us = now_us;
        guest->begun = true;
        guest->next = g->guests;
        if (guest->next)
            guest->next->prev = guest;
        g->guests = guest;
        guest->party->n++;
        atomic_store(&g->there, ++g->n);
        make_room(g, guest, now_us);
    }
    pthread_mutex_unlock(&g->lock);
    if (guest->party)
        return guest;
    free(guest);
    return NULL;
}

void qp_gate_leave(struct qp_gate *g, struct qp_guest *guest)
{
    struct qp_party *p = guest->party;
    pthread_mutex_lock(&g->lock);
    if (guest->prev)
        guest->prev->next = guest->next;
    else
        g->guests = guest->next;
    if (guest->next)
        guest->next->prev = guest->prev;
    *(guest->shut ? &p->shut : &p->n) -= 1;
    g->nshut -= guest->shut;
    atomic_store(&g->there, --g->n);
    if (p->n + p->shut == 0) {
        if (p->prev)
            p->prev->next = p->next;
        else
            g->parties = p->next;
        if (p->next)
            p->next->prev = p->prev;
        free(p);
    }
    pthread_mutex_unlock(&g->lock);
    free(guest);
}

void qp_gate_phase(struct qp_gate *g, struct qp_guest *guest, enum qp_guest_phase phase, int64_t now_us)
{
    if (!guest)
        return;
    uint64_t bytes = phase == QP_GUEST_HEAD ? received(guest->fd) : 0;
    pthread_mutex_lock(&g->lock);
    guest->phase = phase;
    guest->since_us = now_us;
    if (phase == QP_GUEST_HEAD) {
        guest->served = true;
        guest->begun = false;
        guest->bytes = bytes;
    }
    pthread_mutex_unlock(&g->lock);
}

static bool over(struct qp_guest *v, int64_t now_us)
{
    static const int64_t MOST_US[] = {[QP_GUEST_HEAD] = QP_HEAD_US,
                                      [QP_GUEST_BODY] = QP_BODY_SHUT_US,
                                      [QP_GUEST_LARGE] = QP_LARGE_SHUT_US,
                                      [QP_GUEST_ANSWER] = QP_ANSWER_US,
                                      [QP_GUEST_STREAM] = INT64_MAX};
    if (v->phase == QP_GUEST_HEAD && !v->begun) { /* idle: the time runs from the first byte */
        v->begun = received(v->fd) > v->bytes;
        if (v->begun)
            v->since_us = now_us;
        return false;
    }
    return now_us - v->since_us > MOST_US[v->phase];
}

void qp_gate_sweep(struct qp_gate *g, int64_t now_us)
{
    pthread_mutex_lock(&g->lock);
    for (struct qp_guest *v = g->guests; v; v = v->next) {
        if (v->shut || !over(v, now_us))
            continue;
        shut(g, v, LATE);
        atomic_fetch_add_explicit(&g->late, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&g->lock);
}
