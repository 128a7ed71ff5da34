/* join.c: a new node asks to be let in, with the key that its token derives.
 *
 *   joiner: dial with the token's key ─► Join {its three keys, signed} ──► parent: QP_OP_JOIN ─► turn ─┐
 *   Welcome {chain, closing heads, zone}, or Refuse with a sentence ◄──────────────────── reply ◄──────┘
 *
 * The parent remembers at most QP_JOINS connections that wait for a reply. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/link/wired.h"
#include "topology/token.h"

enum { JOIN_WORDS = 4 * QP_PK_LEN, STRANGE_MOST = 3 };
#define TICKET_OF_LINK (UINT64_C(1) << 63)

/* ---- the parent's side ---- */

static struct qp_joining *place_for(struct qp_wire *w, int64_t now_us)
{
    assert(w->router); /* who asks came by it */
    for (size_t i = 0; i < QP_JOINS; i++)
        if (w->joins[i].ticket == 0 || now_us - w->joins[i].at_us > QP_JOIN_US)
            return &w->joins[i];
    return NULL;
}

void qp_join_ask(struct qp_wire *w, struct qp_harvest *g, const struct qp_route *route,
                 const uint8_t token_key[QP_PK_LEN], const uint8_t *frame, size_t len)
{
    assert(route->len > 0);
    Qp__Frame *f;
    struct qp_joining *place = place_for(w, g->now_us);
    uint8_t *key = qp_arena_copy(g->arena, token_key, QP_PK_LEN);
    if (!place || !key || qp_frame_kind(frame, len) != QP__FRAME__BODY_JOIN ||
        qp_frame_read(&f, frame, len, g->arena, NULL)) {
        w->counters.frames_unknown++;
        return;
    }
    w->counters.joins++;
    place->ticket = TICKET_OF_LINK | ++w->tickets;
    place->route = *route;
    place->at_us = g->now_us;
    struct qp_input in = {.kind = QP_IN_COMMAND};
    in.command.op = QP_OP_JOIN;
    in.command.ticket = place->ticket;
    in.command.if_version = -1;
    in.command.join = f->join;
    in.command.token_link_key = key;
    g->link = NULL;
    qp_harvest_input(g, &in);
}

void qp_join_reply(struct qp_wire *w, const struct qp_reply *reply, struct qp_arena *arena)
{
    assert(reply->ticket & TICKET_OF_LINK);
    struct qp_joining *place = NULL;
    for (size_t i = 0; i < QP_JOINS && !place; i++)
        if (reply->ticket && w->joins[i].ticket == reply->ticket)
            place = &w->joins[i];
    if (!place)
        return;
    Qp__Frame f = QP__FRAME__INIT;
    Qp__Refuse refuse = QP__REFUSE__INIT;
    Qp__Welcome welcome = QP__WELCOME__INIT;
    if (reply->code == 0 && reply->welcome) {
        welcome = *reply->welcome;
        f.body_case = QP__FRAME__BODY_WELCOME;
        f.welcome = &welcome;
    } else {
        refuse.code = (uint32_t)reply->code;
        refuse.reason = qp_arena_text(arena, reply->text);
        f.body_case = QP__FRAME__BODY_REFUSE;
        f.refuse = &refuse;
    }
    size_t len;
    uint8_t *bytes = refuse.reason ? qp_encode(&f.base, arena, &len) : NULL;
    if (bytes && len <= QP_FRAME_BYTES)
        qp_route_send(w, &place->route, bytes, len, NULL);
    place->ticket = 0;
}

/* ---- the joiner's side ---- */

struct joiner {
    const struct qp_token *token;
    const struct qp_keys *keys;
    void *socket, *monitor;
    uint8_t token_key[QP_PK_LEN];
    unsigned strange; /* handshakes that failed without a refusal */
    struct qp_arena *arena;
    Qp__Welcome **out;
    struct qp_err *e;
};

static bool say_join(struct joiner *j)
{
    uint8_t words[JOIN_WORDS], signature[QP_SIG_LEN];
    memcpy(words, j->token_key, QP_PK_LEN);
    memcpy(words + 32, j->keys->sign_pk, QP_PK_LEN);
    memcpy(words + 64, j->keys->box_pk, QP_PK_LEN);
    memcpy(words + 96, j->keys->link_pk, QP_PK_LEN);
    qp_sign(signature, QP_TAG_JOIN, words, sizeof words, j->keys->sign_sk);
    Qp__Join join = QP__JOIN__INIT;
    join.sign_key = qp_view(j->keys->sign_pk, QP_PK_LEN);
    join.box_key = qp_view(j->keys->box_pk, QP_PK_LEN);
    join.link_key = qp_view(j->keys->link_pk, QP_PK_LEN);
    join.signature = qp_view(signature, QP_SIG_LEN);
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_JOIN;
    f.join = &join;
    uint8_t bytes[512];
    size_t len = qp__frame__get_packed_size(&f);
    assert(len <= sizeof bytes);
    qp__frame__pack(&f, bytes);
    return zmq_send(j->socket, bytes, len, ZMQ_DONTWAIT) >= 0;
}

/* -1: go on waiting. */
static int hear(struct joiner *j)
{
    assert(j->socket);
    zmq_msg_t part;
    size_t n;
    Qp__Frame *f;
    struct qp_cert cert;
    if (!qp_recv_parts(j->socket, &part, 1, &n))
        return -1;
    int rc = n == 1 ? qp_frame_read(&f, zmq_msg_data(&part), zmq_msg_size(&part), j->arena, j->e) : QP_EINVAL;
    zmq_msg_close(&part);
    if (rc)
        return qp_fail(j->e, QP_EINVAL, "%s answered with something that is no welcome", j->token->endpoint);
    if (f->body_case == QP__FRAME__BODY_REFUSE)
        return qp_fail(j->e, f->refuse->code ? (int)f->refuse->code : QP_EDENIED, "%s", f->refuse->reason);
    if (f->body_case != QP__FRAME__BODY_WELCOME || f->welcome->chain->n_certificates == 0)
        return -1;
    rc = qp_cert_read(&cert, f->welcome->chain->certificates[0], j->arena, j->e);
    if (rc)
        return rc;
    if (strcmp(cert.path, j->token->path) != 0)
        return qp_fail(j->e, QP_ESCOPE, "the token is for %s, but the parent welcomed this node as %s",
                       j->token->path, cert.path);
    *j->out = f->welcome;
    return 0;
}

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int denied(struct joiner *j)
{
    assert(j->token->endpoint[0] != '\0' && j->token->path[0] != '\0');
    if (clock_us(CLOCK_REALTIME) > j->token->expires_us)
        return qp_fail(j->e, QP_EEXPIRED,
                       "the token for %s has expired: ask the parent's people for a new one (qipan invite)",
                       j->token->path);
    return qp_fail(
        j->e, QP_EUSED,
        "%s does not know the token for %s (any more): ask the parent's people for a new one (qipan invite)",
        j->token->endpoint, j->token->path);
}

/* -1: go on; *ready: the connection stands. */
static int watch(struct joiner *j, bool *ready)
{
    assert(j->monitor && ready);
    int event;
    while ((event = qp_monitor_event(j->monitor, NULL)) != 0) {
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            *ready = true;
        else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
            return denied(j);
        else if (event == ZMQ_EVENT_DISCONNECTED && *ready)
            *ready = false; /* ZeroMQ connects again; the join is said again */
        else if (++j->strange >= STRANGE_MOST)
            return qp_fail(j->e, QP_EUNREACHABLE,
                           "what listens at %s does not have the key in the token: it is another node, or it "
                           "was set up anew since",
                           j->token->endpoint);
    }
    return -1;
}

static int converse(struct joiner *j, int timeout_ms)
{
    assert(j->monitor && j->socket && timeout_ms > 0);
    int64_t end_us = clock_us(CLOCK_MONOTONIC) + (int64_t)timeout_ms * 1000;
    bool ready = false, said = false;
    for (;;) {
        int64_t left_us = end_us - clock_us(CLOCK_MONOTONIC);
        if (left_us <= 0)
            break;
        zmq_pollitem_t items[] = {{j->monitor, 0, ZMQ_POLLIN, 0}, {j->socket, 0, ZMQ_POLLIN, 0}};
        if (zmq_poll(items, 2, left_us < 50000 ? 1 : 50) < 0 && errno != EINTR)
            return qp_fail(j->e, QP_EIO, "waiting for the parent failed: %s", zmq_strerror(errno));
        int rc = watch(j, &ready);
        if (rc < 0)
            rc = hear(j);
        if (rc >= 0)
            return rc;
        if (!ready)
            said = false;
        else if (!said)
            said = say_join(j);
    }
    return qp_fail(
        j->e, QP_EUNREACHABLE,
        "no answer from %s within %d s: is the parent running, and does this machine reach that address?",
        j->token->endpoint, (timeout_ms + 999) / 1000);
}

int qp_wire_join(Qp__Welcome **out, const struct qp_token *token, const struct qp_keys *keys, int timeout_ms,
                 struct qp_arena *a, struct qp_err *e)
{
    assert(out && token->endpoint[0]);
    uint8_t sk[QP_SK_LEN];
    struct joiner j = {.token = token, .keys = keys, .arena = a, .out = out, .e = e};
    *out = NULL;
    void *ctx = zmq_ctx_new();
    if (!ctx)
        return qp_fail(e, QP_EIO, "ZeroMQ could not be started: %s", zmq_strerror(errno));
    qp_token_link_keys(token, j.token_key, sk);
    int rc = qp_dialer_new(ctx, &j.socket, &j.monitor, 1, token->endpoint, token->parent_link_key,
                           j.token_key, sk, e);
    qp_wipe(sk, sizeof sk);
    if (!rc)
        rc = converse(&j, timeout_ms);
    qp_dialer_close(&j.socket, &j.monitor);
    zmq_ctx_term(ctx);
    return rc;
}
