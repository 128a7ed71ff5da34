/* dial.c: the socket to the parent: made, watched through its monitor, and made again after a pause that
 * doubles and is spread.
 *
 *   no parent, or not its time ──► nothing      handshake done  ──► qp_session_connected
 *   a socket ── not let in ──► closed, a pause  connection gone ──► qp_session_lost; ZeroMQ connects again
 *
 * IMMEDIATE: what was queued for a connection that has gone is not sent over the next one. Called by wire.c;
 * the joiner uses the dialer too. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "node/link/wired.h"

enum { RECONNECT_MS = 100, RECONNECT_SPREAD_MS = 300, RECONNECT_MOST_MS = 30000, CONNECT_MS = 5000 };

static int watch(void *ctx, void *socket, void **monitor, unsigned number, struct qp_err *e)
{
    assert(ctx && socket);
    char name[64];
    snprintf(name, sizeof name, "inproc://monitor-%u", number);
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                 ZMQ_EVENT_DISCONNECTED;
    *monitor = NULL;
    if (zmq_socket_monitor(socket, name, events) == 0)
        *monitor = zmq_socket(ctx, ZMQ_PAIR);
    if (!*monitor || zmq_connect(*monitor, name) != 0)
        return qp_fail(e, QP_EIO, "a socket's monitor could not be set up: %s", zmq_strerror(errno));
    return qp_sock_int(*monitor, ZMQ_LINGER, 0, "LINGER", e);
}

static int dialer_options(void *s, const char *endpoint, const uint8_t *server_key, const uint8_t *pk,
                          const uint8_t *sk, struct qp_err *e)
{
    assert(s && endpoint[0]);
    uint16_t spread;
    qp_random(&spread, sizeof spread);
    const uint64_t first = 1; /* the I/O thread that may wait for a name (bind.c) */
    int rc = qp_sock_common(s, endpoint, e);
    if (rc || (rc = qp_sock_bytes(s, ZMQ_AFFINITY, &first, sizeof first, "AFFINITY", e)) ||
        (rc = qp_sock_int(s, ZMQ_IMMEDIATE, 1, "IMMEDIATE", e)) ||
        (rc = qp_sock_int(s, ZMQ_RECONNECT_IVL, RECONNECT_MS + spread % RECONNECT_SPREAD_MS, "RECONNECT_IVL",
                          e)) ||
        (rc = qp_sock_int(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MOST_MS, "RECONNECT_IVL_MAX", e)) ||
        (rc = qp_sock_int(s, ZMQ_CONNECT_TIMEOUT, CONNECT_MS, "CONNECT_TIMEOUT", e)))
        return rc;
    if (!server_key)
        return 0; /* the probe's plaintext call */
    if ((rc = qp_sock_bytes(s, ZMQ_CURVE_SERVERKEY, server_key, QP_PK_LEN, "CURVE_SERVERKEY", e)) ||
        (rc = qp_sock_bytes(s, ZMQ_CURVE_PUBLICKEY, pk, QP_PK_LEN, "CURVE_PUBLICKEY", e)))
        return rc;
    return qp_sock_bytes(s, ZMQ_CURVE_SECRETKEY, sk, QP_SK_LEN, "CURVE_SECRETKEY", e);
}

int qp_dialer_new(void *ctx, void **socket, void **monitor, unsigned number, const char *endpoint,
                  const uint8_t server_key[QP_PK_LEN], const uint8_t pk[QP_PK_LEN],
                  const uint8_t sk[QP_SK_LEN], struct qp_err *e)
{
    assert(ctx && endpoint[0]);
    *monitor = NULL;
    *socket = zmq_socket(ctx, ZMQ_DEALER);
    if (!*socket)
        return qp_fail(e, QP_EIO, "no socket to dial with: %s", zmq_strerror(errno));
    int rc = dialer_options(*socket, endpoint, server_key, pk, sk, e);
    if (!rc)
        rc = watch(ctx, *socket, monitor, number, e);
    if (!rc && zmq_connect(*socket, endpoint) != 0)
        rc = qp_fail(e, QP_EINVAL, "%s cannot be dialled (%s): it should look like tcp://HOST:PORT", endpoint,
                     zmq_strerror(errno));
    if (rc)
        qp_dialer_close(socket, monitor);
    return rc;
}

void qp_dialer_close(void **socket, void **monitor)
{
    assert(*socket || !*monitor); /* a monitor is a socket's */
    if (*socket)
        zmq_socket_monitor(*socket, NULL, 0);
    if (*monitor)
        zmq_close(*monitor);
    if (*socket)
        zmq_close(*socket);
    *socket = *monitor = NULL;
}

int qp_monitor_event(void *monitor, uint32_t *value)
{
    assert(monitor);
    zmq_msg_t parts[2];
    size_t n;
    if (!qp_recv_parts(monitor, parts, 2, &n))
        return 0;
    uint16_t event = 0;
    uint32_t v = 0;
    if (n && zmq_msg_size(&parts[0]) >= 6) {
        memcpy(&event, zmq_msg_data(&parts[0]), sizeof event);
        memcpy(&v, (uint8_t *)zmq_msg_data(&parts[0]) + 2, sizeof v);
    }
    qp_close_parts(parts, 2, n);
    if (value)
        *value = v;
    return event;
}

static void hang_up(struct qp_wire *w, int64_t now_us)
{
    qp_dialer_close(&w->dial.socket, &w->dial.monitor);
    assert(!w->dial.socket && !w->dial.monitor);
    if (w->parent) {
        qp_session_lost(w->parent->session, now_us);
        w->parent->touched = true;
    }
}

/* The next socket comes after a pause that doubles. */
static void put_off(struct qp_wire *w, int64_t now_us)
{
    assert(w->dial.pause_us > 0 && w->dial.pause_us <= QP_DIAL_MOST_US);
    struct qp_dial *d = &w->dial;
    uint32_t spread;
    qp_drbg_bytes(&w->random, &spread, sizeof spread);
    d->at_us = now_us + d->pause_us / 2 + (int64_t)(spread % (uint32_t)d->pause_us);
    d->pause_us = d->pause_us * 2 > QP_DIAL_MOST_US ? QP_DIAL_MOST_US : d->pause_us * 2;
}

/* Refused, or not the parent. Once it may have been stopped just then; again and again it is the keys. */
static void refused(struct qp_wire *w, int64_t now_us)
{
    assert(w->parent); /* a socket is dialled for a parent */
    bool again = w->dial.pause_us > QP_DIAL_US;
    hang_up(w, now_us);
    w->counters.dials_refused++;
    put_off(w, now_us);
    if (again)
        qp_session_turned_away(
            w->parent->session, QP_EUNKNOWNKEY,
            "it answers and does not let this node in: the key known here is not its own (give "
            "that of its `qipan status` here as link.parent_key), or what runs there is an old "
            "copy that does not know this node");
}

void qp_dial_monitor(struct qp_wire *w, int64_t now_us)
{
    assert(!w->dial.monitor || w->parent); /* a socket is dialled for a parent */
    struct qp_dial *d = &w->dial;
    int event;
    while (d->monitor && (event = qp_monitor_event(d->monitor, NULL)) != 0) {
        uint8_t seed[QP_SEED_LEN];
        switch (event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            d->pause_us = QP_DIAL_US;
            qp_drbg_bytes(&w->random, seed, sizeof seed);
            qp_session_connected(w->parent->session, now_us, seed);
            w->parent->touched = true;
            break;
        case ZMQ_EVENT_DISCONNECTED:
            qp_session_lost(w->parent->session, now_us);
            w->parent->touched = true;
            break;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: refused(w, now_us); break;
        default: break;
        }
    }
}

/* No descriptors, or no memory in ZeroMQ: all else goes on without the parent, as when it is cut. */
static void undialled(struct qp_wire *w, const struct qp_err *why, int64_t now_us)
{
    assert(w->parent && !w->dial.socket);
    char reason[200];
    snprintf(reason, sizeof reason,
             "this node cannot dial it: %.70s; raise LimitNOFILE (ulimit -n), look who holds so many "
             "connections; it is "
             "tried again by itself",
             why->text);
    w->counters.dials_failed++;
    qp_session_turned_away(w->parent->session, QP_EIO, reason);
    put_off(w, now_us);
}

int qp_dial_keep(struct qp_wire *w, int64_t now_us, struct qp_err *e)
{
    struct qp_dial *d = &w->dial;
    const struct qp_place *parent = qp_tree_parent(qp_core_tree(w->core));
    const char *endpoint = d->moved[0] ? d->moved : qp_core_parent_endpoint(w->core);
    if (!parent || !endpoint[0])
        return 0;
    if (w->parent && memcmp(w->parent->node, parent->cert.node, QP_ID_LEN) != 0) {
        hang_up(w, now_us);
        for (size_t i = 0; i < w->nchildren; i++)
            qp_session_set_above(w->children[i]->session, NULL);
        qp_link_free(w->parent);
        w->parent = NULL;
    }
    if (!w->parent) {
        w->parent = qp_link_new(w, parent->cert.node, true);
        if (!w->parent)
            return qp_fail(e, QP_ENOMEM, "no memory for the link to the parent");
        for (size_t i = 0; i < w->nchildren; i++)
            qp_session_set_above(w->children[i]->session, w->parent->session);
        d->pause_us = QP_DIAL_US;
    }
    assert(memcmp(w->parent->node, parent->cert.node, QP_ID_LEN) == 0);
    bool moved = strcmp(d->endpoint, endpoint) != 0 || memcmp(d->key, parent->cert.link_key, QP_PK_LEN) != 0;
    if (moved) {
        hang_up(w, now_us);
        snprintf(d->endpoint, sizeof d->endpoint, "%s", endpoint);
        memcpy(d->key, parent->cert.link_key, QP_PK_LEN);
        d->at_us = now_us;
    }
    if (d->socket || now_us < d->at_us)
        return 0;
    w->counters.dials++;
    /* By turns: the given key may be as old as the certificate's by now. */
    const uint8_t *key = d->has_given && d->number % 2 == 0 ? d->given : d->key;
    struct qp_err why = {0};
    int rc = qp_dialer_new(w->ctx, &d->socket, &d->monitor, d->number++, d->endpoint, key, w->keys->link_pk,
                           w->keys->link_sk, &why);
    if (rc == QP_EIO)
        undialled(w, &why, now_us);
    if (!rc)
        qp_session_dialled(w->parent->session);
    return !rc || rc == QP_EIO ? 0 : qp_fail(e, rc, "%s", why.text);
}

void qp_dial_drain(struct qp_wire *w, struct qp_harvest *g, size_t most)
{
    assert(!w->dial.socket || w->parent);
    zmq_msg_t part;
    size_t n;
    for (size_t i = 0;
         i < most && w->dial.socket && g->n < g->max && qp_recv_parts(w->dial.socket, &part, 1, &n); i++) {
        uint8_t seed[QP_SEED_LEN];
        g->frames++;
        w->counters.frames_in++;
        if (n == 1) {
            g->link = w->parent;
            g->cost += zmq_msg_size(&part) + QP_FRAME_COST;
            if (qp_frame_kind(zmq_msg_data(&part), zmq_msg_size(&part)) == QP__FRAME__BODY_DELIVER)
                qp_fair_work(w, w->parent, g->now_us);
            w->parent->touched = true;
            qp_drbg_bytes(&w->random, seed, sizeof seed);
            qp_session_frame(w->parent->session, zmq_msg_data(&part), zmq_msg_size(&part), &g->read, g->arena,
                             qp_harvest_input, g, g->now_us, seed);
        } else {
            w->counters.frames_odd++;
        }
        zmq_msg_close(&part);
    }
}
