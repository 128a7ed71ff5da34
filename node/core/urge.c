/* urge.c: see urge.h: when matters are looked at, and what is said then. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/urge.h"
#include "node/matter/clocks.h"
#include "node/matter/face.h"
#include "node/matter/lifecycle.h"

enum { WALK = 100, LOOKS = 200, ACTS = 64 }; /* in one turn */
#define SECOND_US INT64_C(1000000)
#define APART_US  (SECOND_US / 20) /* two turns that do so much: others come between them */

struct look {
    int64_t at_us;
    uint8_t id[QP_ID_LEN];
};

struct urges {
    const struct qp_core *c;
    struct look *v; /* a heap: the earliest first; malloc'd */
    size_t n, cap;
    uint64_t policy;  /* for which of the policies in force all was walked through (policy_changes) */
    bool begun, lost; /* the walk has begun; something found no room, or a wrong time: walk again */
    struct qp_open_walk walk;
    int64_t last_us, hold_until_us;
};

/* ---- the heap ---- */

static int order(const struct look *a, const struct look *b)
{
    return a->at_us != b->at_us ? (a->at_us < b->at_us ? -1 : 1) : memcmp(a->id, b->id, QP_ID_LEN);
}

static void push(struct urges *u, int64_t at_us, const uint8_t id[QP_ID_LEN])
{
    if (u->n == u->cap) {
        size_t cap = u->cap == 0 ? 256 : u->cap * 2;
        struct look *v = realloc(u->v, sizeof *v * cap);
        if (!v) {
            u->lost = true;
            return;
        }
        u->v = v;
        u->cap = cap;
    }
    struct look x = {.at_us = at_us};
    memcpy(x.id, id, QP_ID_LEN);
    size_t i = u->n++;
    assert(u->n <= u->cap);
    for (; i > 0 && order(&x, &u->v[(i - 1) / 2]) < 0; i = (i - 1) / 2)
        u->v[i] = u->v[(i - 1) / 2];
    u->v[i] = x;
}

static struct look pop(struct urges *u)
{
    assert(u->n > 0);
    struct look first = u->v[0], x = u->v[--u->n];
    size_t i = 0, down;
    for (; (down = 2 * i + 1) < u->n; i = down) {
        down += down + 1 < u->n && order(&u->v[down + 1], &u->v[down]) < 0;
        if (order(&x, &u->v[down]) <= 0)
            break;
        u->v[i] = u->v[down];
    }
    if (u->n > 0)
        u->v[i] = x;
    assert(u->n == 0 || order(&first, &u->v[0]) <= 0); /* the earliest came first */
    return first;
}

/* ---- as a projector ---- */

void *qp_urge_make(struct qp_core *c)
{
    struct urges *u = calloc(1, sizeof *u);
    if (u)
        u->c = c;
    return u;
}

void qp_urge_end(void *state)
{
    struct urges *u = state;
    free(u->v);
    free(u);
}

/* Open, and this node's to speak of. */
static bool is_mine(const struct qp_core *c, const Qp__Face *f)
{
    return qp_id_is(f->holder, c->self.node) && qp_face_is_open(f);
}

/* PO4: taken over, or open again: when the calendar came that is in force it was not looked at here. What is opened here begins by that calendar. */
static bool comes(const struct qp_core *c, const Qp__Row *before, const Qp__Row *after)
{
    assert(after);
    return c->in_force && before && is_mine(c, after->face) && !is_mine(c, before->face);
}

void qp_urge_change(void *state, const Qp__Row *before, const Qp__Row *after)
{
    struct urges *u = state;
    if (!u->begun || !after) /* the walk will find it */
        return;
    int64_t at = comes(u->c, before, after)
                     ? u->last_us
                     : qp_urging_from(u->c, after); /* the look says when to look next */
    if (at == INT64_MAX || (at > u->last_us && at == qp_urging_from(u->c, before)))
        return;
    push(u, at > u->last_us ? at : u->last_us + SECOND_US, after->face->id.data);
}

int qp_urge_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    (void)w, (void)state, (void)e;
    return 0;
}

void qp_urge_forget(void *state)
{
    (void)state; /* looked at once too often, at worst */
}

int64_t qp_urge_next(struct qp_work *w, void *state)
{
    const struct urges *u = state;
    assert(u->n <= u->cap);
    const struct qp_core *c = w->c;
    if (c->recovering || c->silent || c->out || !u->begun)
        return INT64_MAX;
    int64_t at = u->n > 0 ? u->v[0].at_us : INT64_MAX, least = u->last_us + APART_US;
    least = u->hold_until_us > least ? u->hold_until_us : least;
    return at > least ? at : least;
}

/* ---- what is said ---- */

static int fatal(int rc, const struct qp_err *why, struct qp_err *e)
{
    if (!qp_ends_turn(rc))
        return 0; /* of this one matter: somebody was faster, or there is no room */
    if (e)
        *e = *why;
    return rc;
}

/* body: of that kind, in the arena. *said: it was; else this one matter is left, unless the turn is at its end. */
static int say(struct qp_work *w, const uint8_t matter[QP_ID_LEN], Qp__Event__BodyCase kind, void *body,
               bool *said, struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
    struct qp_err why = {0};
    Qp__Event *ev = qp_event_new(w, "policy");
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, matter, QP_ID_LEN)};
    ev->body_case = kind;
    ev->opened = body; /* each member of the union points to a message */
    int rc = qp_step(w, ev, NULL, -1, NULL, &why);
    *said = !rc;
    return fatal(rc, &why, e);
}

static int say_urge(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const struct qp_urging *x,
                    struct qp_err *e)
{
    assert(x->urges);
    bool said = false;
    Qp__Urged *body = qp_arena_take(w->c->arena, sizeof *body);
    if (body) {
        qp__urged__init(body);
        body->note = qp_arena_text(w->c->arena, x->note);
        body->due_us = x->due_us;
        body->lifts = x->lifts;
    }
    int rc = say(w, matter, QP__EVENT__BODY_URGED, body, &said, e);
    if (said && x->lifts)
        QP_COUNT(w->c, urges_lifted);
    else if (said)
        QP_COUNT(w->c, urges_by_policy);
    return rc;
}

/* PO4: of those held here; while an offer is out they are looked at again. */
static int later(struct qp_work *w, struct urges *u, const Qp__Row *row, const uint8_t id[QP_ID_LEN],
                 int *acts, struct qp_err *e)
{
    assert(w->c->in_force);
    const Qp__Face *f = row->face;
    if (!qp_id_is(f->holder, w->c->self.node) || !qp_face_is_open(f) ||
        !qp_clocks_later(w->c->in_force, f, w->now_us))
        return 0;
    if (f->offer) {
        push(u, w->now_us + 60 * SECOND_US, id);
        return 0;
    }
    bool said;
    Qp__Prolonged *body = qp_arena_take(w->c->arena, sizeof *body);
    if (body)
        qp__prolonged__init(body);
    ++*acts;
    return say(w, id, QP__EVENT__BODY_PROLONGED, body, &said, e);
}

/* The time until which it was hung is over. While an offer is out, and where it could not be said, it is looked at again. */
static int wake(struct qp_work *w, struct urges *u, const Qp__Row *row, const uint8_t id[QP_ID_LEN],
                int *acts, struct qp_err *e)
{
    assert(qp_rests_until(w->c, row) <= w->now_us);
    push(u, w->now_us + 60 * SECOND_US, id);
    if (row->face->offer)
        return 0;
    bool said = false;
    Qp__Resumed *body = qp_arena_take(w->c->arena, sizeof *body);
    if (body)
        qp__resumed__init(body);
    ++*acts;
    int rc = say(w, id, QP__EVENT__BODY_RESUMED, body, &said, e);
    if (said)
        QP_COUNT(w->c, rests_ended);
    return rc;
}

static int look(struct qp_work *w, struct urges *u, const uint8_t id[QP_ID_LEN], int *acts, struct qp_err *e)
{
    Qp__Row *row;
    struct qp_urging x;
    int rc = qp_matter_row(&w->m, id, &row, e);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : rc;
    if (qp_rests_until(w->c, row) <= w->now_us)
        return wake(w, u, row, id, acts, e);
    rc = w->c->in_force ? later(w, u, row, id, acts, e) : 0;
    if (rc)
        return rc;
    qp_urging_of(w->c, row, w->now_us, &x);
    if (x.next_us != INT64_MAX)
        push(u, x.next_us, id);
    if (!x.urges)
        return 0;
    ++*acts;
    return say_urge(w, id, &x, e);
}

/* ---- when ---- */

/* Another policy, or room was lacking: everything is looked at anew. */
static void heed(struct urges *u, const struct qp_core *c)
{
    if (u->begun && u->policy == c->policy_changes && !u->lost)
        return;
    u->n = 0;
    u->lost = false;
    u->begun = true;
    u->policy = c->policy_changes;
    u->walk = (struct qp_open_walk){0};
}

/* After a start: where the clock goes on from what was last written here, as long again as the node was away and a little more,
 * in which those below tell what became of their matters meanwhile; else its clock may be wrong. */
static int64_t hold_at_start(const struct qp_core *c, int64_t now_us)
{
    int64_t away = now_us - c->written_us, most = c->urge_hold_us;
    if (c->written_us == 0 || away < -SECOND_US || away > QP_URGE_JUMP_S * SECOND_US)
        return most;
    int64_t least = (away > 0 ? away : 0) + most / (QP_URGE_HOLD_S / QP_URGE_LEAST_S);
    return least < most ? least : most;
}

static bool held(struct urges *u, int64_t now_us)
{
    int64_t apart = now_us - u->last_us;
    if (u->last_us == 0)
        u->hold_until_us = now_us + hold_at_start(u->c, now_us);
    else if (apart < -SECOND_US || apart > QP_URGE_JUMP_S * SECOND_US)
        u->hold_until_us = now_us + u->c->urge_hold_us;
    u->lost =
        u->lost || apart < -SECOND_US; /* it was put down by a clock that was ahead: all is looked at anew */
    u->last_us = now_us;
    return now_us < u->hold_until_us;
}

static int walk(struct qp_work *w, struct urges *u, int *acts, struct qp_err *e)
{
    uint8_t ids[WALK][QP_ID_LEN];
    size_t n = 0;
    int rc = u->walk.ended ? 0 : qp_matter_open_some(&w->m, &u->walk, ids, WALK, &n, e);
    assert(n <= WALK);
    for (size_t i = 0; i < n && !rc; i++)
        rc = look(w, u, ids[i], acts, e);
    return rc;
}

int qp_urge_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e)
{
    assert(!w->c->silent && !w->c->recovering);
    struct urges *u = state;
    int acts = 0, rc;
    struct look was = {.at_us = INT64_MIN};
    if (w->c->out)
        return 0;
    bool wait = held(u, w->now_us);
    heed(u, w->c);
    rc = wait ? 0 : walk(w, u, &acts, e);
    for (int i = 0; i < LOOKS && !wait && !rc && acts < ACTS && u->n > 0 && u->v[0].at_us <= w->now_us; i++) {
        struct look x = pop(u);
        if (order(&x, &was) != 0) /* the same one twice */
            rc = look(w, u, x.id, &acts, e);
        was = x;
    }
    int64_t again = u->hold_until_us;
    if (!wait) /* seen often enough to notice a jump of the clock, where anything may become due */
        again = w->c->in_force || u->n > 0 ? w->now_us + QP_URGE_JUMP_S / 2 * SECOND_US : INT64_MAX;
    bool more = !u->walk.ended || u->lost || (u->n > 0 && u->v[0].at_us <= w->now_us);
    if (!wait && more)
        again = w->now_us + APART_US;
    *next_us = again < *next_us ? again : *next_us;
    return rc;
}
