/* probe.c: at start the node dials its own port as a stranger would, in plaintext and with a key that nobody
 * knows.
 *
 * CURVE without an enforced ZAP domain accepts everybody and looks the same from inside; so the refusal is
 * seen before the node serves. The socket monitor tells it within milliseconds; silence proves nothing and is
 * a failure. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node/link/wired.h"

enum { PROBE_MS = 20000, POLL_MS = 50, ENDED_ALL = 4 };

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Where this machine reaches what it has bound: a wildcard is no address to dial. */
static void own_address(char out[QP_ENDPOINT_BYTES + 1], const char *bound)
{
    assert(bound[0]); /* the port is open: bind.c */
    const char *port = strrchr(bound, ':');
    if (port && strncmp(bound, "tcp://0.0.0.0:", 14) == 0)
        snprintf(out, QP_ENDPOINT_BYTES + 1, "tcp://127.0.0.1%s", port);
    else if (port && strncmp(bound, "tcp://[::]:", 11) == 0)
        snprintf(out, QP_ENDPOINT_BYTES + 1, "tcp://[::1]%s", port);
    else
        snprintf(out, QP_ENDPOINT_BYTES + 1, "%s", bound);
}

static int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* 1 refused, 0 answered, -1 nothing was seen. A connection that ends without a word is none of these by itself: a busy machine breaks
 * one off, and it is dialled again; who ends every one refuses. */
static int outcome(struct qp_wire *w, void *monitor)
{
    assert(monitor);
    int ended = 0;
    int64_t end_ms = monotonic_ms() + PROBE_MS;
    while (monotonic_ms() < end_ms) {
        zmq_pollitem_t items[] = {{monitor, 0, ZMQ_POLLIN, 0}, {w->zap, 0, ZMQ_POLLIN, 0}};
        if (zmq_poll(items, w->zap ? 2 : 1, POLL_MS) < 0 && errno != EINTR)
            return -1;
        qp_zap_serve(w, wall_us());
        for (int event = 1; event;) {
            event = qp_monitor_event(monitor, NULL);
            if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
                return 0;
            if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
                event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
                return 1;
            if (event == ZMQ_EVENT_DISCONNECTED && ++ended == ENDED_ALL)
                return 1;
        }
    }
    return -1;
}

static int probe(struct qp_wire *w, bool curve, struct qp_err *e)
{
    assert(w->endpoint[0] != '\0' && w->keys); /* the port is open */
    char address[QP_ENDPOINT_BYTES + 1];
    uint8_t seed[QP_SEED_LEN], pk[QP_PK_LEN], sk[QP_SK_LEN];
    void *socket = NULL, *monitor = NULL;
    const char *how = curve ? "with a key that it does not know" : "without encryption";
    own_address(address, w->endpoint);
    qp_random(seed, sizeof seed);
    qp_link_keypair(pk, sk, seed);
    int rc = qp_dialer_new(w->ctx, &socket, &monitor, w->dial.number++, address,
                           curve ? w->keys->link_pk : NULL, pk, sk, e);
    if (rc)
        return rc;
    int seen = outcome(w, monitor);
    qp_dialer_close(&socket, &monitor);
    if (seen == 0)
        return qp_fail(
            e, QP_EIO,
            "%s lets in a stranger who dials it %s: this build or its ZeroMQ library must not serve",
            w->endpoint, how);
    if (seen < 0)
        return qp_fail(e, QP_EIO,
                       "%s did not answer this node's own call %s within %d s: it cannot be shown that "
                       "strangers are refused",
                       w->endpoint, how, PROBE_MS / 1000);
    return 0;
}

int qp_link_self_check(struct qp_wire *w, struct qp_err *e)
{
    assert(w->router);
    struct qp_wire_counters before = w->counters;
    int rc = probe(w, false, e);
    if (!rc)
        rc = probe(w, true, e);
    w->counters = before; /* its own calls are no strangers' */
    return rc;
}
