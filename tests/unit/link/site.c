/* site.c: see site.h. */
#include "tests/unit/link/site.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t site_clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A port below the ephemeral ones that nobody has. */
int site_free_port(void)
{
    static int next;
    for (int i = 0; i < 2000; i++) {
        int port = 20000 + (getpid() * 37 + next++) % 8000;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int rc = bind(fd, (struct sockaddr *)&a, sizeof a);
        close(fd);
        if (!rc)
            return port;
    }
    fail_msg("no free port");
    return 0;
}

struct qp_wire *site_wire(struct node *n, const char *listen)
{
    struct qp_wire *w;
    struct qp_err e = {0};
    const struct qp_wire_options o = {.listen = listen, .wake_fd = -1};
    if (qp_wire_open(&w, n->core, n->store, &n->keys, &o, &e))
        fail_msg("%s", e.text);
    return w;
}

int site_up(void **state)
{
    struct site *s = calloc(1, sizeof *s);
    rig_up((void **)&s->r);
    s->r->now_us = site_clock_us(CLOCK_REALTIME);
    snprintf(s->endpoint, sizeof s->endpoint, "tcp://127.0.0.1:%d", site_free_port());
    s->city = rig_found(s->r, "city");
    s->county = rig_join(s->r, s->city, "city/county", s->endpoint);
    s->other = rig_join(s->r, s->city, "city/other", s->endpoint);
    s->up = site_wire(s->city, s->endpoint);
    *state = s;
    return 0;
}

int site_down(void **state)
{
    struct site *s = *state;
    qp_wire_close(s->down);
    qp_wire_close(s->up);
    rig_down((void **)&s->r);
    free(s);
    return 0;
}

/* One round of a node's loop, as `serve` has it; waits at most a millisecond. */
void site_spin(struct site *s, struct qp_wire *w, struct node *n)
{
    struct qp_input *in;
    size_t count;
    struct qp_err e = {0};
    s->r->now_us = site_clock_us(CLOCK_REALTIME);
    qp_arena_reset(n->arena);
    if (qp_wire_wait(w, &in, &count, 1000, n->arena, s->r->now_us, s->r->now_us + 1000, &e))
        fail_msg("%s", e.text);
    n->out.n = 0;
    if (count) {
        memcpy(n->in, in, count * sizeof *in);
        n->n = count;
        rig_turn(s->r, n);
    }
    qp_wire_release(w, &n->out, n->arena, s->r->now_us);
}

void site_report(struct site *s, struct qp_wire *w, struct node *n, const char *title)
{
    rig_report(s->r, n, title, QP_ROUTINE);
    qp_wire_release(w, &n->out, n->arena, s->r->now_us);
}

void site_spin_for(struct site *s, int ms)
{
    int64_t end_us = site_clock_us(CLOCK_MONOTONIC) + (int64_t)ms * 1000;
    while (site_clock_us(CLOCK_MONOTONIC) < end_us) {
        site_spin(s, s->up, s->city);
        if (s->down)
            site_spin(s, s->down, s->county);
    }
}

bool site_open(const struct site *s)
{
    return s->down->parent && qp_session_open(s->down->parent->session) &&
           qp_session_open(qp_link_with(s->up, s->county->id)->session);
}
