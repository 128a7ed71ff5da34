/* json_clocks.c: see json_clocks.h. What a clock says is node/matter/clock.h; nothing is decided here. */
#include "node/http/shape/json_clocks.h"

#include "node/matter/beside.h"
#include "node/matter/face.h"
#include "node/matter/prolong.h"

#include <string.h>

enum { CLOCKS_MOST = 256, PAUSES_MOST = 1024 };

struct showing {
    struct qp_json *j;
    struct qp_read *r;
    const Qp__Row *row;
    const struct qp_in_force *policy;
    int64_t now_us;
};

/* ---- one clock ---- */

static void put_who(const struct showing *s, const char *key, ProtobufCBinaryData node)
{
    struct qp_node_entry n;
    qp_json_key(s->j, key);
    if (qp_id_is(s->row->face->holder, node.data))
        qp_json_text(s->j, s->row->face->holder_path);
    else if (!qp_node_by_id(s->r, node.data, &n))
        qp_json_text(s->j, n.path);
    else
        qp_json_id(s->j, node.data, node.len);
}

static bool is_overdue(const struct showing *s, const Qp__Clock *c)
{
    if (!qp_clock_said_runs(c))
        return false;
    return c->stage == QP_CLOCK_CLOSE ? s->row->overdue : (s->row->overdue_stages & 1u << c->stage) != 0;
}

/* null while it runs, and of one that was passed on in time. */
static void put_met(const struct showing *s, const struct qp_clock *c)
{
    bool missed = qp_clock_missed(c, s->now_us);
    qp_json_key(s->j, "met");
    if (c->end == QP_CLOCK_GOES_ON || (c->end == QP_CLOCK_PASSED_ON && !missed))
        qp_json_null(s->j);
    else
        qp_json_bool(s->j, !missed);
}

/* What was asked for, and the order about it, also while the holder has not answered it. */
static void put_extension(struct qp_json *j, const Qp__Extension *x, const Qp__Beside *order, bool runs)
{
    static const char *const states[] = {[QP_EXTENSION_NONE] = "none",
                                         [QP_EXTENSION_ASKED] = "asked",
                                         [QP_EXTENSION_APPROVED] = "approved",
                                         [QP_EXTENSION_IN_FORCE] = "in_force",
                                         [QP_EXTENSION_DENIED] = "denied"};
    uint32_t state = !x           ? QP_EXTENSION_NONE
                     : !order     ? x->state
                     : order->yes ? QP_EXTENSION_APPROVED
                                  : QP_EXTENSION_DENIED;
    qp_json_key(j, "extension");
    if (!x) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    qp_json_put_time(j, "until", x->until_us);
    qp_json_put_full(j, "reason", x->reason);
    qp_json_put_full(j, "asked_by", x->asked_by);
    qp_json_put_time(j, "asked_at", x->asked_us);
    qp_json_put(j, "state", states[state <= QP_EXTENSION_DENIED ? state : 0]);
    qp_json_put_full(j, "decided_by", order ? order->by : x->decided_by);
    qp_json_put_full(j, "decision", order ? order->words : x->decision);
    qp_json_put_int(j, "number", x->number);
    qp_json_put_int(j, "granted", x->granted);
    if (order && !runs) { /* CL5: kept, without effect, and it says so */
        qp_json_put(j, "no_effect", "the clock had ended: the order is kept and changes nothing");
        qp_json_put(j, "no_effect_zh", "该环节计时已结束：批示留存，不改变时限");
    }
    qp_json_object_end(j);
}

static void put_clock(const struct showing *s, const Qp__Clock *said)
{
    struct qp_clock c;
    struct qp_json *j = s->j;
    const Qp__Face *f = s->row->face;
    if (qp_clock_read(&c, said))
        return; /* cannot be: what was taken was sound */
    qp_clock_settle(&c, s->now_us);
    const struct qp_calendar *cal = qp_clock_calendar(s->policy, &c);
    bool runs = c.end == QP_CLOCK_GOES_ON, whole = c.stage == QP_CLOCK_CLOSE;
    bool counts = cal || qp_unit_measure(c.amount.unit) < QP_MEASURE_WORK;
    char amount[QP_DURATION_TEXT];
    qp_duration_text(amount, &c.amount);
    qp_json_object(j);
    qp_json_put(j, "stage", qp_clock_stage_name(c.stage));
    put_who(s, "holder", whole || said->holder >= f->n_members ? f->holder : f->members[said->holder]);
    qp_json_put_time(j, "started", c.start_us);
    qp_json_put_time(j, "due", qp_clock_said_due(said));
    qp_json_put_time(j, "remind_at", qp_clock_said_remind(said));
    qp_json_put_time(j, "ended", said->ended_us);
    put_met(s, &c);
    qp_json_put_bool(j, "overdue", is_overdue(s, said));
    qp_json_put_bool(j, "running", runs && !qp_clock_paused(&c));
    qp_json_put_bool(j, "paused", runs && qp_clock_paused(&c));
    qp_json_put_int(j, "paused_s", qp_clock_paused_us(&c, cal, c.start_us, s->now_us) / 1000000);
    qp_json_key(j, "left_s");
    if (runs && counts)
        qp_json_int(j, qp_clock_left_us(&c, cal, s->now_us) / 1000000);
    else
        qp_json_null(j);
    qp_json_put_full(j, "rule", c.rule);
    qp_json_put_full(j, "amount", *c.rule ? amount : "");
    if (qp_clock_provisional(&c, cal))
        qp_json_put_bool(j, "provisional", true);
    if (*c.later_by)
        qp_json_put(j, "later_by", c.later_by);
    put_extension(j, said->extension, qp_beside_order(s->row, said), runs);
    qp_json_object_end(j);
}

/* A deadline without a policy: stated, of the whole. */
static void put_deadline(const struct showing *s)
{
    struct qp_json *j = s->j;
    const Qp__Face *f = s->row->face;
    qp_json_object(j);
    qp_json_put(j, "stage", "close");
    qp_json_put(j, "holder", f->holder_path);
    qp_json_put_time(j, "started", f->opened_us);
    qp_json_put_time(j, "due", f->deadline_us);
    qp_json_put_time(j, "ended", f->closed_us);
    qp_json_key(j, "met");
    if (f->closed_us)
        qp_json_bool(j, f->closed_us <= f->deadline_us);
    else
        qp_json_null(j);
    qp_json_put_bool(j, "overdue", s->row->overdue && !f->closed_us);
    qp_json_put_bool(j, "running", !f->closed_us);
    qp_json_put_bool(j, "paused", false);
    qp_json_put_int(j, "paused_s", 0);
    qp_json_key(j, "left_s");
    if (f->closed_us)
        qp_json_null(j);
    else
        qp_json_int(j, (f->deadline_us - s->now_us) / 1000000);
    qp_json_put_full(j, "rule", "");
    qp_json_put_full(j, "amount", "");
    put_extension(j, NULL, NULL, false);
    qp_json_object_end(j);
}

/* ---- all of them ---- */

struct all {
    const Qp__Clock **v;
    size_t n;
};

/* The newest that was said of each. */
static void keep(struct all *all, Qp__Clock *const *said, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = all->n;
        while (at > 0 &&
               (all->v[at - 1]->stage != said[i]->stage || all->v[at - 1]->serial != said[i]->serial))
            at--;
        if (at > 0)
            all->v[at - 1] = said[i];
        else if (all->n < CLOCKS_MOST)
            all->v[all->n++] = said[i];
    }
}

static void keep_history(struct all *all, const struct qp_history *h, size_t n, const Qp__Face *f)
{
    struct qp_course course = {.holder = f->opener};
    for (size_t i = 0; i < n; i++) {
        const Qp__Event *ev = h[i].event;
        if (!qp_course_takes(&course, f, ev))
            continue;
        keep(all, ev->clocks, ev->n_clocks);
        if (ev->body_case == QP__EVENT__BODY_OPENED && ev->opened->face)
            keep(all, ev->opened->face->clocks, ev->opened->face->n_clocks);
    }
}

/* One that went to the next holder ended when his of the same stage began (CL4): the event says the new one alone. */
static const Qp__Clock *passed_on(const struct all *all, const Qp__Clock *said, struct qp_arena *a)
{
    const Qp__Clock *next = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const Qp__Clock *c = all->v[i];
        if (c->stage == said->stage && c->serial > said->serial && (!next || c->serial < next->serial))
            next = c;
    }
    Qp__Clock *ended = qp_clock_said_runs(said) && next ? qp_arena_take(a, sizeof *ended) : NULL;
    if (!ended)
        return said;
    *ended = *said;
    ended->ended_us = next->start_us;
    ended->end = QP_CLOCK_PASSED_ON;
    return ended;
}

void qp_json_clocks(struct qp_json *j, struct qp_read *r, const Qp__Row *row, const struct qp_history *h,
                    size_t n, const struct qp_in_force *policy, int64_t now_us, struct qp_arena *a)
{
    const Qp__Face *f = row->face;
    struct showing s = {j, r, row, policy, now_us};
    struct all all = {.n = 0};
    qp_json_key(j, "clocks");
    qp_json_array(j);
    if (f->deadline_us && !qp_face_clock(f, QP_CLOCK_CLOSE))
        put_deadline(&s);
    if (n > 0 && f->n_clocks > 0 && (all.v = qp_arena_take(a, CLOCKS_MOST * sizeof *all.v)))
        keep_history(&all, h, n, f);
    if (all.v)
        keep(&all, f->clocks, f->n_clocks);
    for (size_t i = 0; i < all.n; i++)
        put_clock(&s, passed_on(&all, all.v[i], a));
    for (size_t i = 0; !all.v && i < f->n_clocks; i++)
        put_clock(&s, f->clocks[i]);
    qp_json_array_end(j);
}

/* ---- who held it ---- */

struct pauses {
    struct qp_pause v[PAUSES_MOST];
    size_t n;
};

static void add_pause(struct pauses *p, int64_t from_us, int64_t to_us)
{
    if (p->n < PAUSES_MOST && to_us > from_us)
        p->v[p->n++] = (struct qp_pause){from_us, to_us};
}

/* Hung, as the history tells; of one that has a close clock its pauses, which a newcomer knows as well. */
static void find_pauses(struct pauses *p, const Qp__Face *f, const struct qp_history *h, size_t n,
                        int64_t now_us)
{
    struct qp_clock c;
    const Qp__Clock *said = qp_face_clock(f, QP_CLOCK_CLOSE);
    p->n = 0;
    if (said && !qp_clock_read(&c, said)) {
        qp_clock_settle(&c, now_us);
        for (unsigned i = 0; i < c.npauses; i++)
            add_pause(p, c.pauses[i].from_us, c.pauses[i].to_us);
        return;
    }
    int64_t from_us = 0, until_us = 0;
    struct qp_course course = {.holder = f->opener};
    for (size_t i = 0; i < n; i++) {
        const Qp__Event *ev = h[i].event;
        if (!qp_course_takes(&course, f, ev))
            continue;
        bool hangs = ev->body_case == QP__EVENT__BODY_HUNG;
        bool ends = ev->body_case == QP__EVENT__BODY_RESUMED || ev->body_case == QP__EVENT__BODY_ASSIGNED ||
                    ev->body_case == QP__EVENT__BODY_CLOSED || ev->body_case == QP__EVENT__BODY_MERGED;
        if (from_us && (hangs || ends)) {
            add_pause(p, from_us, ev->at_us < until_us ? ev->at_us : until_us);
            from_us = 0;
        }
        if (hangs) {
            from_us = ev->at_us;
            until_us = ev->hung->until_us;
        }
    }
    if (from_us)
        add_pause(p, from_us, until_us);
}

static int64_t paused_us(const struct pauses *p, int64_t from_us, int64_t to_us)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        int64_t a = p->v[i].from_us > from_us ? p->v[i].from_us : from_us;
        int64_t b = p->v[i].to_us < to_us ? p->v[i].to_us : to_us;
        sum += b > a ? b - a : 0;
    }
    return sum;
}

struct holding {
    const struct showing *s;
    const struct pauses *p;
    int64_t held_us, paused_us; /* before this one */
};

static void put_holding(struct holding *x, ProtobufCBinaryData node, int64_t from_us, int64_t to_us)
{
    struct qp_json *j = x->s->j;
    int64_t end_us = to_us ? to_us : x->s->now_us;
    int64_t held = end_us > from_us ? end_us - from_us : 0, paused = paused_us(x->p, from_us, end_us);
    qp_json_object(j);
    put_who(x->s, "node", node);
    qp_json_put_time(j, "from", from_us);
    qp_json_put_time(j, "to", to_us);
    qp_json_put_int(j, "held_s", qp_clock_share_s(x->held_us, held));
    qp_json_put_int(j, "paused_s", qp_clock_share_s(x->paused_us, paused));
    qp_json_object_end(j);
    x->held_us += held;
    x->paused_us += paused;
}

void qp_json_held(struct qp_json *j, struct qp_read *r, const Qp__Row *row, const struct qp_history *h,
                  size_t n, int64_t now_us)
{
    const Qp__Face *f = row->face;
    struct showing s = {j, r, row, NULL, now_us};
    struct pauses p;
    int64_t end_us = f->closed_us ? f->closed_us : now_us;
    find_pauses(&p, f, h, n, end_us);
    struct holding x = {&s, &p, 0, 0};
    ProtobufCBinaryData node = f->opener;
    int64_t from_us = f->opened_us;
    struct qp_course course = {.holder = f->opener};
    s.now_us = end_us;
    qp_json_key(j, "held");
    qp_json_array(j);
    for (size_t i = 0; i < n; i++) {
        const Qp__Event *ev = h[i].event;
        if (!qp_course_takes(&course, f, ev) || ev->body_case != QP__EVENT__BODY_ACCEPTED)
            continue;
        put_holding(&x, node, from_us, ev->at_us);
        node = ev->origin;
        from_us = ev->at_us;
    }
    put_holding(&x, node, from_us, f->closed_us);
    qp_json_array_end(j);
}
