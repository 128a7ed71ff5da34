/* zap.c: who may dial: the answer to every CURVE handshake (RFC 27, ZAP), given by the turn's own thread from
 * the live tables.
 *
 *   request: version, id, domain, address, identity, mechanism, key
 *      └─► answer: version, id, status, text, user id, metadata
 *
 * The user id is the key itself in hex: every later frame of the connection carries it and is judged by it
 * again (route.c), so that a revoked key loses its open connections too. */
#include <assert.h>
#include <string.h>

#include "node/link/wired.h"

enum { PARTS = 7 };

static bool part_is(zmq_msg_t *part, const char *text)
{
    assert(part && text[0]);
    return zmq_msg_size(part) == strlen(text) && memcmp(zmq_msg_data(part), text, strlen(text)) == 0;
}

static bool admits(struct qp_wire *w, zmq_msg_t *p, size_t n, int64_t now_us)
{
    assert(n > 0);
    uint8_t node[QP_ID_LEN];
    uint32_t incarnation;
    bool invited = false;
    if (n != PARTS || !part_is(&p[0], "1.0") || !part_is(&p[2], QP_ZAP_DOMAIN) || !part_is(&p[5], "CURVE") ||
        zmq_msg_size(&p[6]) != QP_PK_LEN)
        return false;
    if (!qp_core_may_dial(w->core, zmq_msg_data(&p[6]), now_us, node, &invited)) /* to be told (E6) */
        return qp_core_former(w->core, zmq_msg_data(&p[6]), node, &incarnation) && qp_fair_former(w, now_us);
    if (invited)
        return qp_fair_guest(w, now_us);
    struct qp_link *l = qp_link_with(w, node);
    return !l || l == w->parent || qp_fair_handshake(l, now_us); /* a storm of connections (L7) */
}

static void reply(struct qp_wire *w, zmq_msg_t *request_id, const char *status, const char *text,
                  const char *user)
{
    assert(strlen(status) == 3); /* as RFC 27 has it */
    zmq_send(w->zap, "1.0", 3, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(w->zap, zmq_msg_data(request_id), zmq_msg_size(request_id), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(w->zap, status, 3, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(w->zap, text, strlen(text), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(w->zap, user, strlen(user), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(w->zap, "", 0, ZMQ_DONTWAIT);
}

void qp_zap_serve(struct qp_wire *w, int64_t now_us)
{
    zmq_msg_t p[PARTS];
    size_t n;
    while (w->zap && qp_recv_parts(w->zap, p, PARTS, &n)) {
        char user[2 * QP_PK_LEN + 1] = "";
        zmq_msg_t none;
        zmq_msg_init(&none);
        zmq_msg_t *id = n > 1 ? &p[1] : &none;
        if (admits(w, p, n, now_us)) {
            qp_hex(user, zmq_msg_data(&p[6]), QP_PK_LEN);
            w->counters.zap_accepted++;
            reply(w, id, "200", "OK", user);
        } else {
            w->counters.zap_denied++;
            reply(w, id, "400", "this key may not dial", "");
        }
        zmq_msg_close(&none);
        qp_close_parts(p, PARTS, n);
    }
}
