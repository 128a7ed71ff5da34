/* bind.c: the one port that children dial, closed to everybody else before it is opened.
 *
 *   ZAP handler ─► CURVE keys ─► ENFORCE_DOMAIN ─► bind
 *                 (in this order: what came later would leave the door open for a moment, or for ever)
 *
 * Also the options that every socket of this room has. Called by wire.c and dial.c. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "node/link/wired.h"

/* Declared as draft in zmq.h, in the packaged library all the same; without it a ZAP domain alone refuses
 * nobody. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

enum { HANDSHAKE_MS = 3000, BEAT_MS = 5000, BEAT_LOST_MS = 15000, BACKLOG = 512 };

int qp_sock_bytes(void *socket, int option, const void *value, size_t len, const char *name, struct qp_err *e)
{
    assert(socket && name);
    if (zmq_setsockopt(socket, option, value, len) == 0)
        return 0;
    return qp_fail(e, QP_EIO, "ZeroMQ refused the option %s: %s", name, zmq_strerror(errno));
}

int qp_sock_int(void *socket, int option, int value, const char *name, struct qp_err *e)
{
    return qp_sock_bytes(socket, option, &value, sizeof value, name, e);
}

int qp_sock_common(void *socket, const char *endpoint, struct qp_err *e)
{
    assert(endpoint[0] != '\0');
    const struct {
        int option, value;
        const char *name;
    } table[] = {
        {ZMQ_LINGER, 0, "LINGER"},
        {ZMQ_SNDHWM, QP_SEND_FRAMES, "SNDHWM"},
        {ZMQ_RCVHWM, QP_RECV_FRAMES, "RCVHWM"},
        {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS, "HANDSHAKE_IVL"},
        {ZMQ_HEARTBEAT_IVL, BEAT_MS, "HEARTBEAT_IVL"},
        {ZMQ_HEARTBEAT_TIMEOUT, BEAT_LOST_MS, "HEARTBEAT_TIMEOUT"},
        {ZMQ_HEARTBEAT_TTL, BEAT_LOST_MS, "HEARTBEAT_TTL"},
        {ZMQ_TCP_KEEPALIVE, 1, "TCP_KEEPALIVE"},
        {ZMQ_IPV6, !!strchr(endpoint, '['), "IPV6"},
    };
    const int64_t most = QP_FRAME_BYTES;
    int rc = qp_sock_bytes(socket, ZMQ_MAXMSGSIZE, &most, sizeof most, "MAXMSGSIZE", e);
    for (size_t i = 0; i < sizeof table / sizeof *table && !rc; i++)
        rc = qp_sock_int(socket, table[i].option, table[i].value, table[i].name, e);
    return rc;
}

static int bind_zap(struct qp_wire *w, struct qp_err *e)
{
    assert(w->ctx && !w->zap);
    w->zap = zmq_socket(w->ctx, ZMQ_REP);
    if (!w->zap || zmq_bind(w->zap, "inproc://zeromq.zap.01") != 0)
        return qp_fail(e, QP_EIO, "the handler that decides who may dial could not be set up: %s",
                       zmq_strerror(errno));
    return qp_sock_int(w->zap, ZMQ_LINGER, 0, "LINGER", e);
}

/* The children's connections are not moved by the I/O thread that dials: ZeroMQ resolves names there, and waits for it (dial.c). */
static int own_thread(void *ctx, void *router, struct qp_err *e)
{
    assert(ctx && router);
    const uint64_t second = 2;
    return zmq_ctx_get(ctx, ZMQ_IO_THREADS) < 2
               ? 0
               : qp_sock_bytes(router, ZMQ_AFFINITY, &second, sizeof second, "AFFINITY", e);
}

static int cannot_bind(const char *listen, struct qp_err *e)
{
    assert(errno != 0);
    int code = errno;
    if (code == EADDRINUSE)
        return qp_fail(e, QP_EIO,
                       "%s is in use by another process: stop that one, or give this node another link port",
                       listen);
    if (code == EACCES)
        return qp_fail(e, QP_EIO, "%s may not be bound by this user: use a port above 1023", listen);
    if (code == ENODEV || code == EADDRNOTAVAIL)
        return qp_fail(e, QP_EIO,
                       "%s is not an address of this machine: give one that it has, or tcp://0.0.0.0:PORT",
                       listen);
    return qp_fail(e, code == EINVAL ? QP_EINVAL : QP_EIO,
                   "%s cannot be bound (%s): it should look like tcp://127.0.0.1:5571", listen,
                   zmq_strerror(code));
}

int qp_link_bind(struct qp_wire *w, const char *listen, struct qp_err *e)
{
    assert(listen[0] && !w->router);
    int rc = bind_zap(w, e);
    if (rc)
        return rc;
    w->router = zmq_socket(w->ctx, ZMQ_ROUTER);
    if (!w->router)
        return qp_fail(e, QP_EIO, "no socket for the children: %s", zmq_strerror(errno));
    void *r = w->router;
    if ((rc = qp_sock_common(r, listen, e)) || (rc = own_thread(w->ctx, r, e)) ||
        (rc = qp_sock_int(r, ZMQ_CURVE_SERVER, 1, "CURVE_SERVER", e)) ||
        (rc = qp_sock_bytes(r, ZMQ_CURVE_SECRETKEY, w->keys->link_sk, QP_SK_LEN, "CURVE_SECRETKEY", e)) ||
        (rc = qp_sock_bytes(r, ZMQ_ZAP_DOMAIN, QP_ZAP_DOMAIN, strlen(QP_ZAP_DOMAIN), "ZAP_DOMAIN", e)) ||
        (rc = qp_sock_int(r, ZMQ_ZAP_ENFORCE_DOMAIN, 1, "ZAP_ENFORCE_DOMAIN", e)) ||
        (rc = qp_sock_int(r, ZMQ_ROUTER_MANDATORY, 1, "ROUTER_MANDATORY", e)) ||
        (rc = qp_sock_int(r, ZMQ_ROUTER_HANDOVER, 0, "ROUTER_HANDOVER", e)) ||
        (rc = qp_sock_int(r, ZMQ_BACKLOG, BACKLOG, "BACKLOG", e)))
        return rc;
    if ((rc = qp_endless_open(w, e)))
        return rc;
    if (zmq_bind(r, listen) != 0)
        return cannot_bind(listen, e);
    size_t len = sizeof w->endpoint;
    if (zmq_getsockopt(r, ZMQ_LAST_ENDPOINT, w->endpoint, &len) != 0)
        return qp_fail(e, QP_EIO, "the bound address cannot be read: %s", zmq_strerror(errno));
    return 0;
}

bool qp_recv_parts(void *socket, zmq_msg_t *parts, size_t cap, size_t *n)
{
    assert(cap > 0);
    *n = 0;
    for (bool more = true; more; ++*n) {
        zmq_msg_t spill, *part = *n < cap ? &parts[*n] : &spill;
        zmq_msg_init(part);
        if (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(part);
            qp_close_parts(parts, cap, *n);
            return false;
        }
        more = zmq_msg_more(part);
        if (part == &spill)
            zmq_msg_close(part);
    }
    return true;
}

void qp_close_parts(zmq_msg_t *parts, size_t cap, size_t n)
{
    assert(parts || n == 0);
    for (size_t i = 0; i < n && i < cap; i++)
        zmq_msg_close(&parts[i]);
}
