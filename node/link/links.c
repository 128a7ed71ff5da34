/* links.c: one struct per neighbour, and how a frame leaves for it. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/wired.h"

bool qp_route_send(struct qp_wire *w, const struct qp_route *route, const void *frame, size_t len, bool *gone)
{
    assert(len > 0 && len <= QP_FRAME_BYTES);
    if (!route->len)
        return false;
    if (zmq_send(w->router, route->b, route->len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        if (gone)
            *gone = errno == EHOSTUNREACH;
        return false;
    }
    if (zmq_send(w->router, frame, len, ZMQ_DONTWAIT) < 0)
        return false;
    w->counters.frames_out++;
    return true;
}

static bool send_down(void *arg, const uint8_t *frame, size_t len)
{
    struct qp_link *l = arg;
    assert(l != l->wire->parent && len > 0 && len <= QP_FRAME_BYTES);
    bool gone = false;
    bool sent = qp_route_send(l->wire, l->reply ? l->reply : &l->current, frame, len, &gone);
    if (gone && !l->reply)
        l->unreachable = true; /* ended after the pump, not inside it */
    return sent;
}

static bool send_up(void *arg, const uint8_t *frame, size_t len)
{
    struct qp_link *l = arg;
    assert(l == l->wire->parent && len > 0 && len <= QP_FRAME_BYTES);
    void *socket = l->wire->dial.socket;
    if (!socket || zmq_send(socket, frame, len, ZMQ_DONTWAIT) < 0)
        return false;
    l->wire->counters.frames_out++;
    return true;
}

struct qp_link *qp_link_new(struct qp_wire *w, const uint8_t node[QP_ID_LEN], bool dials)
{
    assert(!dials || !w->parent); /* one parent */
    struct qp_link *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    const struct qp_session_node n = {w->core, w->store, w->keys};
    l->wire = w;
    l->touched = true;
    memcpy(l->node, node, QP_ID_LEN);
    l->session = qp_session_new(&n, node, dials, dials ? send_up : send_down, l);
    if (!l->session) {
        free(l);
        return NULL;
    }
    if (!dials && w->parent)
        qp_session_set_above(l->session, w->parent->session);
    return l;
}

void qp_link_free(struct qp_link *l)
{
    if (!l)
        return;
    qp_fair_forget(l);
    assert(l->share.held == 0 && l->share.held_bytes == 0);
    if (l->wire->worker == l)
        l->wire->worker = NULL;
    qp_session_free(l->session);
    free(l);
}

struct qp_link *qp_link_with(struct qp_wire *w, const uint8_t node[QP_ID_LEN])
{
    assert(w->nchildren == 0 || w->children);
    if (w->parent && memcmp(w->parent->node, node, QP_ID_LEN) == 0)
        return w->parent;
    for (size_t i = 0; i < w->nchildren; i++)
        if (memcmp(w->children[i]->node, node, QP_ID_LEN) == 0)
            return w->children[i];
    return NULL;
}
