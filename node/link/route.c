/* route.c: the children's connections: which key, which child, which of its connections.
 *
 *   message [routing id][frame] ── User-Id of the frame: the CURVE key ── live table ─┬─► a child
 *                                                                                     ├─► a joiner
 *                                                                                     └─► nobody: dropped
 *   a child's connection:   call ──► calling ── greeting verified ──► current
 *                                                     (what was current before is forgotten; of an old copy: stays current)
 *
 * A routing id is worth nothing by itself: only the key counts, and only ids that look as this ROUTER makes them are
 * looked at (a peer may choose one of these; when the ROUTER comes to make the same, libzmq ends the process: zap.c lets in
 * few connections, so that nobody can try many). Frames of a connection that has not greeted are dropped unless they are a call, the greeting that
 * answers its challenge, or a join. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/wired.h"

int qp_route_sync(struct qp_wire *w, struct qp_err *e)
{
    const struct qp_tree *tree = qp_core_tree(w->core);
    const uint8_t *self = qp_core_self(w->core)->node;
    size_t n = qp_tree_children(tree, self, NULL, 0), kept = 0;
    struct qp_place **places = calloc(n + 1, sizeof(*places));
    struct qp_link **links = calloc(n + 1, sizeof(*links));
    if (!places || !links) {
        free(places);
        free(links);
        return qp_fail(e, QP_ENOMEM, "no memory for the links to %zu children", n);
    }
    qp_tree_children(tree, self, places, n);
    for (size_t i = 0; i < w->nchildren; i++)
        w->children[i]->kept = false;
    for (size_t i = 0; i < n; i++) {
        if (places[i]->revoked)
            continue;
        struct qp_link *l = qp_link_with(w, places[i]->cert.node);
        if (!l)
            l = qp_link_new(w, places[i]->cert.node, false);
        if (!l)
            continue; /* made at the next change, or at the next start; its frames are dropped until then */
        l->kept = true;
        links[kept++] = l;
    }
    for (size_t i = 0; i < w->nchildren; i++)
        if (!w->children[i]->kept)
            qp_link_free(w->children[i]);
    assert(kept <= n);
    free(w->children);
    free(places);
    w->children = links;
    w->nchildren = kept;
    return 0;
}

static bool same_route(const struct qp_route *a, const struct qp_route *b)
{
    return a->len && a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

/* A child that calls again and again is told so, and its session pauses. */
static bool may_call(struct qp_link *l, const struct qp_route *from, int64_t now_us)
{
    assert(!l->reply);
    if (qp_fair_call(l, now_us))
        return true;
    l->wire->counters.calls_over++;
    l->reply = from;
    qp_session_say_refuse(l->session, 0, QP_EFULL, "this node calls too often: wait before the next call",
                          NULL);
    l->reply = NULL;
    return false;
}

/* What is refused before a greeting is journaled all the way to whoever said it: it is paid for as what is delivered is (L7). The
 * rate is asked once a call, whose refusals are bounded (verdicts.c): else a child that has many would begin them anew each time. */
static bool may_refuse(struct qp_link *l, int64_t now_us, size_t len)
{
    assert(l->reply);
    if (!l->refuses && qp_share_over(&l->share, &l->wire->shares, now_us) == QP_OVER_RATE) {
        qp_session_say_refuse(l->session, 0, QP_EFULL,
                              "this node refuses more than is taken: wait before the next call", NULL);
        return false;
    }
    l->refuses = true;
    qp_share_spend(&l->share, &l->wire->shares, len, now_us);
    return true;
}

static void child_frame(struct qp_link *l, struct qp_harvest *g, const struct qp_route *from,
                        const uint8_t *frame, size_t len)
{
    assert(l != l->wire->parent && from->len > 0);
    struct qp_wire *w = l->wire;
    struct qp_link_status before, after;
    int kind = qp_frame_kind(frame, len);
    bool current = same_route(from, &l->current);
    if (kind == QP__FRAME__BODY_CALL && !may_call(l, from, g->now_us))
        return;
    if (kind == QP__FRAME__BODY_CALL) {
        l->calling = *from;
        l->refuses = false;
    }
    bool calling =
        same_route(from, &l->calling) &&
        (kind == QP__FRAME__BODY_CALL || kind == QP__FRAME__BODY_REFUSE || kind == QP__FRAME__BODY_GREETING);
    bool answers_nothing = kind == QP__FRAME__BODY_GREETING && !calling; /* no call of it is under way */
    if ((!current && !calling) || answers_nothing) {
        w->counters.frames_unknown++;
        return;
    }
    if (!calling) {
        qp_fair_frame(l, g, kind, frame, len);
        return;
    }
    l->reply = &l->calling;
    if (kind == QP__FRAME__BODY_REFUSE && !may_refuse(l, g->now_us, len)) {
        l->reply = NULL;
        l->calling.len = 0; /* a greeting without its refusals would make what they are of count as held */
        return;
    }
    qp_session_status(l->session, &before, g->now_us);
    qp_harvest_hear(l, g, frame, len);
    qp_session_status(l->session, &after, g->now_us);
    l->reply = NULL;
    if (after.sessions != before.sessions) {
        assert(calling);
        l->current = *from;
        l->calling.len = 0;
        l->unreachable = false;
        qp_fair_forget(l); /* of the session before */
    }
}

/* A key that was a child's: whatever it sends, it is told what has become of it. Not more often than every so
 * often, so that it cannot keep the turn's thread signing. */
static void farewell(struct qp_wire *w, struct qp_harvest *g, const struct qp_route *to, const uint8_t *node,
                     uint32_t incarnation)
{
    assert(to->len > 0 && node);
    if (g->now_us < w->farewell_at_us && g->now_us > w->farewell_at_us - 2 * QP_FAREWELL_US)
        return;
    w->farewell_at_us = g->now_us + QP_FAREWELL_US;
    const Qp__Verdict *v = qp_core_farewell(w->core, node, incarnation, g->now_us, g->arena);
    Qp__Frame f = QP__FRAME__INIT;
    if (!v)
        return;
    Qp__Refuse refuse = qp_refuse_of(v);
    f.body_case = QP__FRAME__BODY_REFUSE;
    f.refuse = &refuse;
    size_t len = qp__frame__get_packed_size(&f);
    uint8_t *bytes = qp_arena_take(g->arena, len);
    if (!bytes)
        return;
    qp__frame__pack(&f, bytes);
    qp_route_send(w, to, bytes, len, NULL);
    w->counters.farewells++;
}

static void one_message(struct qp_wire *w, struct qp_harvest *g, zmq_msg_t *id, zmq_msg_t *body)
{
    assert(g->w == w && g->n < g->max);
    struct qp_route from = {.len = QP_ROUTE_LEN};
    uint8_t key[QP_PK_LEN], node[QP_ID_LEN];
    bool invited = false;
    const char *user =
        zmq_msg_gets(body, "User-Id"); /* on the body: on the routing id's part it is not set */
    if (!user || qp_unhex(key, sizeof key, user) || zmq_msg_size(id) != QP_ROUTE_LEN ||
        *(uint8_t *)zmq_msg_data(id) != 0) {
        w->counters.frames_unknown++;
        return;
    }
    memcpy(from.b, zmq_msg_data(id), QP_ROUTE_LEN);
    if (!qp_core_may_dial(w->core, key, g->now_us, node, &invited)) {
        uint32_t incarnation;
        if (qp_core_former(w->core, key, node, &incarnation))
            farewell(w, g, &from, node, incarnation);
        else
            w->counters.frames_unknown++;
        return;
    }
    if (invited) {
        qp_join_ask(w, g, &from, key, zmq_msg_data(body), zmq_msg_size(body));
        return;
    }
    struct qp_link *l = qp_link_with(w, node);
    if (l && l != w->parent)
        child_frame(l, g, &from, zmq_msg_data(body), zmq_msg_size(body));
    else
        w->counters.frames_unknown++;
}

void qp_route_drain(struct qp_wire *w, struct qp_harvest *g, size_t most)
{
    assert(most > 0);
    zmq_msg_t parts[2];
    size_t n;
    for (size_t i = 0; i < most && w->router && g->n < g->max && qp_fair_more(w, g) &&
                       qp_recv_parts(w->router, parts, 2, &n);
         i++) {
        g->frames++;
        w->counters.frames_in++;
        qp_endless_whole(w, &parts[n > 1]);
        if (n == 2)
            one_message(w, g, &parts[0], &parts[1]);
        else
            w->counters.frames_odd++;
        qp_close_parts(parts, 2, n);
    }
}
