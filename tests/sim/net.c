/* net.c: the wire that is made up: each direction keeps its order within a lane, delays, overtakes between
 * lanes, duplicates, is cut and heals; a lost connection loses what was under way. Some deliveries are
 * replaced by forgeries. */
#include "node/link/inside.h"
#include "proto/link.pb-c.h"
#include "tests/sim/world.h"

/* Urgent deliveries travel in an order of their own when the plan reorders. */
static int order_of(const struct sim_world *w, const uint8_t *frame, size_t len, struct qp_arena *a)
{
    Qp__Frame *f;
    if (!w->plan.reorder || QP_DECODE(&f, frame, frame, len, a, NULL) != 0)
        return 0;
    return f->body_case == QP__FRAME__BODY_DELIVER && f->deliver->lane == QP_LANE_URGENT;
}

static struct sim_frame *frame_new(const uint8_t *bytes, size_t len)
{
    struct sim_frame *f = calloc(1, sizeof *f);
    if (!f || !(f->bytes = malloc(len)))
        abort();
    memcpy(f->bytes, bytes, len);
    f->len = len;
    return f;
}

/* A parcel that its neighbour did not send: a changed byte, or another lane's number. The session's number is
 * right, as an enrolled but hostile neighbour would have it. */
static struct sim_frame *forged(struct sim_world *w, const uint8_t *frame, size_t len, struct qp_arena *a)
{
    Qp__Frame *f;
    size_t n;
    if (QP_DECODE(&f, frame, frame, len, a, NULL) != 0)
        return NULL;
    ProtobufCBinaryData *parcel = f->body_case == QP__FRAME__BODY_DELIVER ? &f->deliver->parcel
                                  : f->body_case == QP__FRAME__BODY_AHEAD ? &f->ahead->parcel
                                                                          : NULL;
    if (!parcel)
        return NULL;
    if (parcel->len > 0)
        parcel->data[sim_below(w, parcel->len)] ^= (uint8_t)(1 + sim_below(w, 255));
    uint8_t *out = qp_encode(&f->base, a, &n);
    return !out ? NULL : frame_new(out, n);
}

static void launch(struct sim_world *w, int link, int way, int order, struct sim_frame *f)
{
    struct sim_pipe *p = &w->link[link].pipe[way];
    int64_t at = w->now_us + 200 + (int64_t)sim_below(w, 20000);
    if (sim_chance(w, 3))
        at += (int64_t)sim_below(w, 2000000);
    if (at <= p->last_us[order])
        at = p->last_us[order] + 1;
    p->last_us[order] = at;
    sim_at(w, at - w->now_us, SIM_FRAME, -1 - link, way);
    /* the frame itself waits in its pipe's order; the moment only says that one may come */
    f->next = NULL;
    *p->tail[order] = f;
    p->tail[order] = &f->next;
}

void sim_launch(struct sim_world *w, int link, int way, int order, const uint8_t *frame, size_t len)
{
    if (w->link[link].up)
        launch(w, link, way, order, frame_new(frame, len));
}

bool sim_send(void *arg, const uint8_t *frame, size_t len)
{
    struct sim_end *e = arg;
    struct sim_world *w = e->w;
    int way = e->dials ? 0 : 1;
    if (!w->link[e->link].up)
        return false;
    if (sim_chance(w, 2))
        return false; /* no room just now */
    if (w->plan.floods > 0 && way == 1 && e->link == w->liar)
        sim_check_to_liar(w, frame, len);
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int order = order_of(w, frame, len, a);
    struct sim_frame *f = NULL;
    if (w->forgeries_done < (uint64_t)w->plan.forgeries && !w->healing && sim_chance(w, 5) &&
        (f = forged(w, frame, len, a)))
        w->forgeries_done++;
    size_t n;
    uint8_t *spoilt = !f && way == 0 && w->plan.spoils > 0 ? sim_spoilt(w, e->link, frame, len, a, &n) : NULL;
    if (!f)
        f = spoilt ? frame_new(spoilt, n) : frame_new(frame, len);
    launch(w, e->link, way, order, f);
    if (w->plan.duplicate && sim_chance(w, 4))
        launch(w, e->link, way, order, frame_new(frame, len));
    qp_arena_free(a);
    return true;
}

static struct sim_frame *pop(struct sim_pipe *p)
{
    for (int order = 1; order >= 0; order--)
        if (p->head[order]) {
            struct sim_frame *f = p->head[order];
            p->head[order] = f->next;
            if (!p->head[order])
                p->tail[order] = &p->head[order];
            return f;
        }
    return NULL;
}

/* The parent's end of a connection: a copy of the child has one of its own to the same end. */
static int end_of(const struct sim_world *w, const struct sim_node *parent, int link)
{
    for (int k = 0; k < parent->nkids; k++)
        if (parent->kids[k] == sim_true_node(w, link))
            return 1 + k;
    return 0;
}

/* Which of a child's connections may say this: the one that greeted last, or whoever calls (node/link/route.c). True: what
 * is answered goes back there. */
static bool may_say(struct sim_end *e, int link, const struct sim_frame *f, bool *calls)
{
    int kind = qp_frame_kind(f->bytes, f->len);
    if (kind == QP__FRAME__BODY_CALL)
        e->calling = link;
    *calls = e->calling == link && (kind == QP__FRAME__BODY_CALL || kind == QP__FRAME__BODY_REFUSE ||
                                    kind == QP__FRAME__BODY_GREETING);
    return *calls || e->link == link;
}

static void hear(struct sim_world *w, int link, int way)
{
    int to = way == 0 ? w->node[link].parent : link;
    struct sim_frame *f = pop(&w->link[link].pipe[way]);
    struct sim_node *x = &w->node[to];
    int at = way == 1 ? 0 : end_of(w, x, link);
    struct qp_session *s = x->up ? x->session[at] : NULL;
    struct qp_link_status before, after;
    bool calls = false;
    int current = x->end[at].link;
    if (s && way == 0 && !may_say(&x->end[at], link, f, &calls))
        s = NULL;
    if (s) {
        qp_session_status(s, &before, w->now_us);
        x->end[at].link = link;
        struct qp_read r;
        uint8_t seed[32];
        sim_seed32(w, seed);
        if (!qp_read_begin(x->store, &r, NULL)) {
            w->frames++;
            qp_session_frame(s, f->bytes, f->len, &r, x->gather, sim_input, &x->end[0], w->now_us, seed);
            qp_read_end(&r);
        }
        qp_session_status(s, &after, w->now_us);
        if (calls && after.sessions == before.sessions)
            x->end[at].link = current;
        if (x->ninputs > 0)
            sim_want_turn(w, to);
        sim_want_pump(w, to, w->now_us + 100);
    }
    free(f->bytes);
    free(f);
}

static bool under_way(const struct sim_world *w, int link, int way)
{
    const struct sim_pipe *p = &w->link[link].pipe[way];
    return w->link[link].up && (p->head[0] || p->head[1]);
}

void sim_arrive(struct sim_world *w, struct sim_moment *m)
{
    int link = -1 - m->a, way = m->b;
    if (!under_way(w, link, way))
        return;
    if (w->link[link]
            .pipe[way]
            .cut) /* held back; it comes when the cut heals, unless the connection is lost */
        sim_at(w, 500000, SIM_FRAME, m->a, m->b);
    else
        hear(w, link, way);
}

void sim_last_words(struct sim_world *w, int link)
{
    while (under_way(w, link, 0) && !w->link[link].pipe[0].cut)
        hear(w, link, 0);
}

void sim_disconnect(struct sim_world *w, int link)
{
    struct sim_link *l = &w->link[link];
    l->up = false;
    l->generation++;
    for (int way = 0; way < 2; way++) {
        struct sim_pipe *p = &l->pipe[way];
        for (struct sim_frame *f; (p->tail[0]) && (f = pop(p));) {
            free(f->bytes);
            free(f);
        }
        p->last_us[0] = p->last_us[1] = 0;
        for (int o = 0; o < 2; o++)
            p->tail[o] = &p->head[o];
    }
    struct sim_node *child = &w->node[link], *parent = child->parent >= 0 ? &w->node[child->parent] : NULL;
    if (child->up && child->session[0])
        qp_session_lost(child->session[0], w->now_us);
    int at = parent && parent->up ? end_of(w, parent, link) : 0;
    if (at > 0 && parent->session[at] && parent->end[at].link == link)
        qp_session_lost(parent->session[at], w->now_us);
}

void sim_connect(struct sim_world *w, int link)
{
    struct sim_node *child = &w->node[link], *parent = &w->node[child->parent];
    uint8_t seed[32];
    if (w->link[link].up || !child->up)
        return;
    if (!parent->up) {
        sim_at(w, 1000000, SIM_CONNECT, link, 0);
        return;
    }
    sim_disconnect(w, link);
    w->link[link].up = true;
    sim_seed32(w, seed);
    qp_session_connected(child->session[0], w->now_us, seed);
    int at = end_of(w, parent, link);
    if (at > 0 && parent->session[at]) {
        sim_seed32(w, seed);
        qp_session_connected(parent->session[at], w->now_us, seed);
    }
    sim_want_pump(w, link, w->now_us + 1);
    sim_want_pump(w, child->parent, w->now_us + 1);
}
