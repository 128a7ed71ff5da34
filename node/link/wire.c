/* wire.c: the sockets' loop: wait for frames, give them to the sessions, hand the turn its inputs; after the
 * commit release its outputs.
 *
 *   poll ─► ZAP ─► monitor ─► drain both sockets ─► inputs ─► [turn, commit] ─► outputs ─► pump ─► poll …
 *
 * All of it in the turn's thread, except qp_wire_status and qp_wire_metrics (show.c). */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/link/wired.h"

/* One I/O thread dials, and may be kept for half a minute by a name that nobody resolves; the other one serves the children (bind.c). */
enum { BURST = 64, IO_THREADS = 2, SOCKETS = 64 };
#define TICKET_OF_LINK (UINT64_C(1) << 63)

static int open_sockets(struct qp_wire *w, const struct qp_wire_options *o, struct qp_err *e)
{
    assert(!w->ctx);
    w->ctx = zmq_ctx_new();
    if (!w->ctx || zmq_ctx_set(w->ctx, ZMQ_IO_THREADS, IO_THREADS) != 0 ||
        zmq_ctx_set(w->ctx, ZMQ_MAX_SOCKETS, SOCKETS) != 0)
        return qp_fail(e, QP_EIO, "ZeroMQ could not be started: %s", zmq_strerror(errno));
    if (!o->listen || !o->listen[0])
        return 0;
    int rc = qp_link_bind(w, o->listen, e);
    return rc || o->skip_self_check ? rc : qp_link_self_check(w, e);
}

static bool pass(void *wire, uint32_t lane, const struct qp_slice *parcel)
{
    assert(lane >= 1 && lane <= QP_LANES && parcel->len > 0);
    struct qp_wire *w = wire;
    bool went = w->parent && qp_session_ahead(w->parent->session, lane, parcel);
    w->went_ahead |= went;
    return went;
}

int qp_wire_open(struct qp_wire **out, struct qp_core *core, struct qp_store *store,
                 const struct qp_keys *keys, const struct qp_wire_options *o, struct qp_err *e)
{
    assert(core && store && keys && o);
    *out = NULL;
    struct qp_wire *w = calloc(1, sizeof *w);
    if (!w || qp_show_open(w)) {
        free(w);
        return qp_fail(e, QP_ENOMEM, "no memory for the links");
    }
    uint8_t seed[QP_SEED_LEN];
    qp_random(seed, sizeof seed);
    qp_drbg_init(&w->random, seed);
    w->core = core;
    w->store = store;
    w->keys = keys;
    w->wake_fd = o->wake_fd;
    if (o->parent)
        snprintf(w->dial.moved, sizeof w->dial.moved, "%s", o->parent);
    w->child = (struct qp_rate){(int64_t)o->child_rate, (int64_t)o->child_burst};
    w->room_us = INT64_MIN / 2;
    if (o->parent_key) {
        memcpy(w->dial.given, o->parent_key, QP_PK_LEN);
        w->dial.has_given = true;
    }
    int rc = open_sockets(w, o, e);
    if (!rc)
        rc = qp_route_sync(w, e);
    if (rc) {
        qp_wire_close(w);
        return rc;
    }
    qp_core_set_pass(core, pass, w);
    *out = w;
    return 0;
}

void qp_wire_close(struct qp_wire *w)
{
    if (!w)
        return;
    assert(w->core);
    qp_core_set_pass(w->core, NULL, NULL);
    for (size_t i = 0; i < w->nchildren; i++)
        qp_link_free(w->children[i]);
    free(w->children);
    qp_dialer_close(&w->dial.socket, &w->dial.monitor);
    qp_link_free(w->parent);
    qp_endless_close(w);
    if (w->router)
        zmq_close(w->router);
    if (w->zap)
        zmq_close(w->zap);
    if (w->ctx)
        zmq_ctx_term(w->ctx);
    qp_drbg_wipe(&w->random);
    qp_show_close(w);
    free(w);
}

const char *qp_wire_endpoint(const struct qp_wire *w)
{
    return w->endpoint;
}

/* ---- gathering ---- */

/* The last inputs were never released: the turn did not take them (QP_EFULL). Their sessions begin again,
 * after a pause. */
static void untaken(struct qp_wire *w, int64_t now_us)
{
    assert(w->handed);
    for (size_t i = 0; i <= w->nchildren; i++) {
        struct qp_link *l = i < w->nchildren ? w->children[i] : w->parent;
        if (!l || (!l->gave_input && !(l == w->parent && w->went_ahead)))
            continue;
        l->gave_input = false;
        l->touched = true;
        qp_session_untaken(l->session, now_us);
        qp_fair_forget(l);
    }
    w->handed = w->went_ahead = false;
}

static int64_t monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int poll_sockets(struct qp_wire *w, int64_t wait_us, bool *woken, struct qp_err *e)
{
    assert(woken);
    zmq_pollitem_t items[5];
    int n = 0, wake = -1;
    void *sockets[] = {w->zap, w->router, w->dial.monitor, w->dial.socket};
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++)
        if (sockets[i])
            items[n++] = (zmq_pollitem_t){sockets[i], 0, ZMQ_POLLIN, 0};
    if (w->wake_fd >= 0) {
        wake = n;
        items[n++] = (zmq_pollitem_t){NULL, w->wake_fd, ZMQ_POLLIN, 0};
    }
    long wait_ms = wait_us <= 0 ? 0 : wait_us > 60000000 ? 60000 : (long)((wait_us + 999) / 1000);
    if (zmq_poll(items, n, wait_ms) < 0 && errno != EINTR)
        return qp_fail(e, QP_EIO, "waiting for the links failed: %s", zmq_strerror(errno));
    if (wake >= 0 && items[wake].revents & ZMQ_POLLIN) {
        uint64_t count;
        *woken = read(w->wake_fd, &count, sizeof count) > 0;
    }
    return 0;
}

static bool has_frames(void *socket)
{
    int events = 0;
    size_t len = sizeof events;
    return socket && zmq_getsockopt(socket, ZMQ_EVENTS, &events, &len) == 0 && events & ZMQ_POLLIN;
}

static int drain(struct qp_wire *w, struct qp_harvest *g, struct qp_err *e)
{
    assert(g->n == 0 && !g->link);
    if (!has_frames(w->router) && !has_frames(w->dial.socket) && w->holding == 0)
        return 0;
    int rc = qp_read_begin(w->store, &g->read, e);
    if (rc)
        return rc;
    size_t began = qp_arena_used(g->arena), before;
    qp_fair_begin(w, g->now_us);
    qp_fair_held(w, g);
    do {
        before = g->frames;
        qp_dial_drain(w, g, BURST);
        qp_route_drain(w, g, BURST);
    } while (g->frames != before && g->n < g->max && qp_fair_more(w, g) && g->frames < QP_WAIT_FRAMES &&
             g->bytes < QP_WAIT_BYTES && qp_arena_used(g->arena) - began < QP_WAIT_ARENA);
    qp_read_end(&g->read);
    return 0;
}

int qp_wire_wait(struct qp_wire *w, struct qp_input **in, size_t *n, size_t max, struct qp_arena *arena,
                 int64_t now_us, int64_t until_us, struct qp_err *e)
{
    assert(max >= QP_FRAME_INPUTS);
    struct qp_harvest g = {.w = w, .max = max - (QP_FRAME_INPUTS - 1), .arena = arena};
    int64_t began_us = monotonic_us();
    bool woken = false;
    *n = 0;
    g.v = *in = qp_arena_take(arena, max * sizeof *g.v);
    if (!g.v)
        return qp_fail(e, QP_ENOMEM, "no memory for the inputs of a turn");
    if (w->handed)
        untaken(w, now_us);
    int rc = qp_dial_keep(w, now_us, e);
    if (rc)
        return rc;
    int64_t look_us = qp_endless_look(w, now_us);
    if (until_us > w->next_us)
        until_us = w->next_us;
    if (until_us > look_us)
        until_us = look_us;
    rc = poll_sockets(w, until_us - now_us, &woken, e);
    if (rc)
        return rc;
    g.now_us = now_us + monotonic_us() - began_us;
    qp_zap_serve(w, g.now_us);
    qp_dial_monitor(w, g.now_us);
    rc = drain(w, &g, e);
    qp_fair_given(w, &g, monotonic_us());
    assert(g.n <= max);
    *n = g.n;
    return rc;
}

/* ---- releasing ---- */

static void pump(struct qp_link *l, struct qp_read *read, struct qp_arena *arena, int64_t now_us)
{
    assert(l->session);
    if (l->touched || l->next_us <= now_us) {
        l->wire->changed = true;
        l->next_us = qp_session_pump(l->session, read, arena, now_us);
    }
    l->touched = l->gave_input = false;
    if (!l->unreachable)
        return;
    l->unreachable = false; /* the child's connection has gone: it will call again */
    l->current.len = 0;
    qp_fair_forget(l);
    qp_session_lost(l->session, now_us);
    l->next_us = INT64_MAX;
}

/* First the links that only have something to deliver: signing an acknowledgement would hold up what has to
 * go on. */
static int64_t pump_all(struct qp_wire *w, struct qp_read *read, struct qp_arena *arena, int64_t now_us)
{
    assert(w->nchildren == 0 || w->children);
    int64_t next_us = INT64_MAX;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i <= w->nchildren; i++) {
            struct qp_link *l = i < w->nchildren ? w->children[i] : w->parent;
            if (!l || qp_session_ack_due(l->session) != (round == 1))
                continue;
            pump(l, read, arena, now_us);
            if (l->next_us < next_us)
                next_us = l->next_us;
        }
    return next_us;
}

static bool give_out(struct qp_wire *w, const struct qp_outputs *out, struct qp_read *read,
                     struct qp_arena *arena, int64_t now_us)
{
    assert(!out || out->n == 0 || out->v);
    bool changed = false;
    for (size_t i = 0; out && i < out->n; i++) {
        const struct qp_output *o = &out->v[i];
        if (o->kind == QP_OUT_REPLY) {
            if (o->reply.ticket & TICKET_OF_LINK)
                qp_join_reply(w, &o->reply, arena);
            continue;
        }
        if (o->kind == QP_OUT_CHANGED) {
            changed = true;
            continue;
        }
        struct qp_link *l = qp_link_with(w, o->peer);
        if (!l)
            continue;
        l->touched = true;
        qp_session_output(l->session, o, read, arena, now_us);
    }
    return changed;
}

void qp_wire_forward(struct qp_wire *w, const struct qp_outputs *out, int64_t now_us)
{
    assert(out);
    for (size_t i = 0; i < out->n; i++) {
        const struct qp_output *o = &out->v[i];
        struct qp_link *l = o->kind == QP_OUT_QUEUED ? qp_link_with(w, o->peer) : NULL;
        if (l)
            qp_session_forward(l->session, o, now_us);
    }
}

/* The copy for other threads: at most so often, and once more when the last change came too soon after it. */
static void show_in_time(struct qp_wire *w, struct qp_arena *arena, int64_t now_us)
{
    assert(w->changed);
    int64_t due_us = w->shown.at_us + QP_SHOW_US;
    if (now_us >= w->shown.at_us && now_us < due_us) {
        w->next_us = due_us < w->next_us ? due_us : w->next_us;
        return;
    }
    qp_show(w, arena, now_us);
    w->changed = false;
}

int64_t qp_wire_release(struct qp_wire *w, const struct qp_outputs *out, struct qp_arena *arena,
                        int64_t now_us)
{
    struct qp_read read;
    w->handed = w->went_ahead = false;
    assert(!out || out->n <= out->cap);
    if (w->given > 0)
        qp_fair_took(w, monotonic_us());
    if (qp_read_begin(w->store, &read, NULL)) {
        w->next_us = now_us + QP_BLOCKED_US; /* poisoned, or out of readers: the next turn says which */
        return w->next_us;
    }
    bool changed = give_out(w, out, &read, arena, now_us);
    if (changed)
        qp_route_sync(w, NULL);
    qp_dial_keep(w, now_us, NULL);
    qp_fair_tell(w, now_us);
    w->next_us = pump_all(w, &read, arena, now_us);
    if (w->holding > 0 && w->next_us > now_us + QP_HELD_US)
        w->next_us = now_us + QP_HELD_US;
    qp_read_end(&read);
    if (w->parent && !w->dial.socket && w->dial.at_us < w->next_us)
        w->next_us = w->dial.at_us;
    if (w->changed)
        show_in_time(w, arena, now_us);
    return w->next_us;
}

void qp_wire_reply(struct qp_wire *w, const struct qp_reply *reply, struct qp_arena *arena)
{
    assert(reply->ticket & TICKET_OF_LINK);
    qp_join_reply(w, reply, arena);
}

void qp_wire_busy(struct qp_wire *w, int64_t now_us)
{
    qp_fair_work(w, NULL, now_us);
}

bool qp_wire_ask_path(struct qp_wire *w, const char *path, int64_t now_us)
{
    assert(path[0]);
    const struct qp_cert *self = qp_core_self(w->core);
    if (!qp_path_within(path, self->path))
        return w->parent && qp_session_ask_path(w->parent->session, path, now_us);
    for (size_t i = 0; i < w->nchildren; i++) {
        const struct qp_place *place = qp_tree_node(qp_core_tree(w->core), w->children[i]->node);
        if (place && qp_path_within(path, place->cert.path))
            return qp_session_ask_path(w->children[i]->session, path, now_us);
    }
    return false;
}
