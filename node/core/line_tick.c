/* line_tick.c: what this node owes others on its lines, said as soon as it can be: its present key, that messages have
 * come, messages sealed for who had no key when they were said, or has lost his disk since. And its own keys: another one
 * is taken into use when the present one has been used for a while; one whose time is over is ended (LI5). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/line.h"

enum {
    DUE_A_TURN = 64,
    WALK_A_TURN = 64,
    AGAIN_A_TURN = 32,  /* messages of one line for one node */
    SEALS_A_TURN = 256, /* in all: some 25 ms */
    DAY_S = 24 * 60 * 60,
    KEEP_DAYS = 90,
    KEYS_A_KEEP = 64,
    SPARE_US = 1000000,
    DOUBT_US = 60000000
};

struct state {
    const struct qp_in_force *policy; /* by which the next time was worked out */
    enum qp_time_word word;           /* ... and by what was said of the clock */
    bool walks, all; /* along the lines of one node, or of all; the last that was looked at: */
    uint8_t node[QP_ID_LEN], line[QP_ID_LEN];
};
struct giving { /* in one turn */
    bool more;
    int seals;
};

void *qp_line_state(struct qp_core *c)
{
    c->line_due_us = 0;
    c->line_walk.all = true;
    return calloc(1, sizeof(struct state));
}

void qp_line_state_end(void *state)
{
    free(state);
}

void qp_line_state_forget(void *state)
{
    *(struct state *)state = (struct state){.policy = NULL};
}

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
}

/* ---- this node's key ---- */

static int tell_key(struct qp_work *w, const uint8_t *node, struct giving *g, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_key key;
    uint8_t name[QP_LINE_KEY], before[QP_LINE_KEY];
    bool used, had = qp_line_present(&db, before, &used);
    int rc = qp_line_present_key(w, &key, e);
    if (rc ==
        QP_EBUSY) /* the driver makes a spare after this turn; a row that cannot be read waits for the next event */
        g->more |= w->c->ring_due;
    if (rc)
        return rc == QP_EBUSY ? 0 : rc;
    qp_ring_name(name,
                 key.pk); /* a new one is due to all others too, also to those whom this turn has passed */
    g->more |= !had || memcmp(before, name, sizeof name) != 0;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__LineKeyed *k = qp_arena_take(w->c->arena, sizeof *k);
    if (!ev || !k)
        return no_memory(e);
    qp__line_keyed__init(k);
    k->key = (ProtobufCBinaryData){QP_PK_LEN, qp_arena_copy(w->c->arena, key.pk, QP_PK_LEN)};
    k->lost = key.lost;
    ev->body_case = QP__EVENT__BODY_LINE_KEYED;
    ev->line_keyed = k;
    if (!k->key.data)
        return no_memory(e);
    rc = qp_line_say(w, ev, &node, 1, e);
    return rc ? rc : qp_line_told(&db, node, name, e);
}

/* ---- that messages have come ---- */

static int say_tick(struct qp_work *w, const uint8_t *line, const uint8_t *node, uint64_t upto, bool passed,
                    struct qp_err *e)
{
    assert(upto > 0);
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, NULL);
    Qp__LineTicked *t = qp_arena_take(a, sizeof *t);
    Qp__LineMark *m = qp_arena_take(a, sizeof *m), **v = qp_arena_take(a, sizeof *v);
    if (!ev || !t || !m || !v)
        return no_memory(e);
    qp__line_ticked__init(t);
    qp__line_mark__init(m);
    t->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, line, QP_ID_LEN)};
    m->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, node, QP_ID_LEN)};
    m->upto = upto;
    t->marks = v;
    v[t->n_marks++] = m;
    t->passed = passed;
    ev->body_case = QP__EVENT__BODY_LINE_TICKED;
    ev->line_ticked = t;
    return !t->line.data || !m->node.data ? no_memory(e) : qp_line_say(w, ev, &node, passed ? 0 : 1, e);
}

/* ---- said again, sealed for one more ---- */

/* An own message as it stands in the journal. QP_EBUSY: it is of this very turn. QP_ENOTFOUND: it is not here (another copy of it
 * went with a disk), or damaged. Else the turn ends: what cannot be read now is no reason to give it up. */
static int own_message(struct qp_work *w, const Qp__LineRow *row, const uint8_t *line, uint64_t n,
                       Qp__Event **ev, struct qp_err *e)
{
    assert(n > 0 && n <= row->n);
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_message m = {.position = row->title_position, .index = row->title_index};
    uint64_t seq;
    int rc = qp_line_seq(&db, line, w->c->self.node, n, &seq);
    if (!rc && seq != 0)
        rc = qp_line_message_next(&db, line, seq - 1, &m);
    if (!rc && seq != 0 && m.seq != seq)
        rc = QP_ENOTFOUND;
    if (!rc && m.position == 0)
        return QP_EBUSY; /* its record comes with this turn */
    if (!rc)
        rc = qp_line_event(&db, w->t->journal, line, n, m.position, m.index, ev);
    return !rc || rc == QP_ENOTFOUND
               ? rc
               : qp_fail(e, rc == QP_EBIG ? QP_ENOMEM : rc, "a message of a line cannot be read");
}

static int say_again(struct qp_work *w, const uint8_t *node, const struct qp_line_peer *p,
                     const Qp__Event *old, const uint8_t key[QP_KEY_LEN], struct qp_err *e)
{
    assert(old->body_case == QP__EVENT__BODY_LINE_SAID);
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, old->by);
    Qp__LineSaid *s = qp_arena_copy(a, old->line_said, sizeof *s);
    Qp__LineWrap **v = qp_arena_take(a, sizeof *v);
    Qp__LineWrap *wrap = qp_line_wrap(node, p->pk, key, &w->rnd, a);
    if (!ev || !s || !v || !wrap)
        return no_memory(e);
    v[0] = wrap;
    s->wraps = v;
    s->n_wraps = 1;
    ev->at_us = old->at_us;
    ev->desk = old->desk;
    ev->body_case = QP__EVENT__BODY_LINE_SAID;
    ev->line_said = s;
    return qp_line_say(w, ev, &node, 1, e);
}

/* What that node lacks, in its order (LI2). What this node can no longer read itself is passed over. */
static int seal_again(struct qp_work *w, const uint8_t *node, const uint8_t *line, struct giving *g,
                      struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_peer p;
    struct qp_line_with with;
    Qp__LineRow *row;
    qp_line_with(&db, node, line, &with);
    if (!qp_line_peer(&db, node, &p) || !p.known || qp_line_get(&db, line, &row) || with.sent >= row->n)
        return 0;
    uint64_t last = row->n - with.sent > AGAIN_A_TURN ? with.sent + AGAIN_A_TURN : row->n, passed = 0;
    assert(last > with.sent && last <= row->n);
    int rc = 0;
    g->more |= last < row->n;
    for (uint64_t n = with.sent + 1; n <= last && !rc; n++) {
        Qp__Event *old;
        uint8_t key[QP_KEY_LEN];
        rc = g->seals-- > 0 ? own_message(w, row, line, n, &old, e) : QP_EBUSY;
        if (rc == QP_EBUSY) {
            g->more = true;
            rc = 0;
            break;
        }
        if (rc && rc != QP_ENOTFOUND)
            return rc;
        bool reads = !rc && !qp_line_key_of(w->c->ring, old->line_said, w->c->self.node, key);
        rc = reads && passed > 0 ? say_tick(w, line, node, passed, true, e) : 0;
        passed = reads ? 0 : n;
        if (!rc && reads)
            rc = say_again(w, node, &p, old, key, e);
        qp_wipe(key, sizeof key);
    }
    return !rc && passed > 0 ? say_tick(w, line, node, passed, true, e) : rc;
}

static int give(struct qp_work *w, const uint8_t *node, const uint8_t *line, struct giving *g,
                struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_with with;
    if (qp_same(line, qp_nobody))
        return tell_key(w, node, g, e);
    qp_line_with(&db, node, line, &with);
    int rc = with.last > with.told ? say_tick(w, line, node, with.last, false, e) : 0;
    return rc ? rc : seal_again(w, node, line, g, e);
}

static int give_all(struct qp_work *w, struct giving *g, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    uint8_t node[QP_ID_LEN], line[QP_ID_LEN];
    bool first = true;
    int rc = 0, n = 0;
    for (; !rc && n < DUE_A_TURN && qp_line_due_next(&db, node, line, first); n++) {
        first = false;
        rc = give(w, node, line, g, e);
    }
    assert(n <= DUE_A_TURN);
    g->more |= n == DUE_A_TURN;
    return rc;
}

/* ---- what is owed and not noted: with the first key of a node, and with each loss, all its lines at once (LI6) ---- */

static bool walk_next(struct qp_line_walk *l, struct state *s)
{
    assert(!s->walks); /* one walk after the other */
    if (!l->all && l->n == 0)
        return false;
    s->walks = true;
    s->all = l->all;
    memset(s->line, 0, sizeof s->line);
    memset(s->node, 0, sizeof s->node);
    if (!l->all)
        memcpy(s->node, l->node[--l->n], QP_ID_LEN);
    else
        *l = (struct qp_line_walk){.all = false};
    return true;
}

/* One line after another, a few a turn. What is given is noted by its event, as far as more is owed. */
static int walk(struct qp_work *w, struct state *s, struct giving *g, struct qp_err *e)
{
    assert(w->c->line_walk.n <= sizeof w->c->line_walk.node / sizeof *w->c->line_walk.node);
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_walk *l = &w->c->line_walk;
    int rc = 0;
    for (int i = 0; !rc && i < WALK_A_TURN && g->seals > 0 && (s->walks || walk_next(l, s)); i++) {
        uint8_t node[QP_ID_LEN];
        memcpy(node, s->node, QP_ID_LEN);
        s->walks = qp_line_with_next(&db, s->node, s->line) && (s->all || qp_same(node, s->node));
        if (s->walks && qp_line_owes(&db, s->node, s->line))
            rc = give(w, s->node, s->line, g, e);
    }
    g->more |= s->walks || l->all || l->n > 0;
    return rc;
}

/* ---- keys in their time ---- */

static int64_t keep_us(const struct qp_in_force *f)
{
    const struct qp_policy_span *s = f ? &f->policy->rules.keep_line : NULL;
    if (!s || !s->said)
        return (int64_t)KEEP_DAYS * DAY_S * 1000000;
    int64_t us =
        qp_unit_measure(s->d.unit) == QP_MEASURE_TIME || qp_unit_measure(s->d.unit) == QP_MEASURE_WORK
            ? qp_duration_us(&s->d)
            : s->d.n * DAY_S * 1000000;
    return us > 1000000 ? us : 1000000;
}

static int end_key(struct qp_work *w, const uint8_t name[QP_LINE_KEY], struct qp_err *e)
{
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__LineKeyEnded *k = qp_arena_take(w->c->arena, sizeof *k);
    if (!ev || !k)
        return no_memory(e);
    qp__line_key_ended__init(k);
    k->key = (ProtobufCBinaryData){QP_LINE_KEY, qp_arena_copy(w->c->arena, name, QP_LINE_KEY)};
    ev->body_case = QP__EVENT__BODY_LINE_KEY_ENDED;
    ev->line_key_ended = k;
    return !k->key.data ? no_memory(e) : qp_line_say(w, ev, NULL, 0, e);
}

/* A key is in use for a part of the time that a message is kept; that long after it was replaced it is ended. So a
 * message can be read for that time and at most that part longer. */
static int tend_keys(struct qp_work *w, int64_t *due_us, struct qp_err *e)
{
    assert(w->c->ring);
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_key key;
    uint8_t name[QP_LINE_KEY], at[QP_LINE_KEY];
    int64_t keep = keep_us(w->c->in_force),
            part = keep / KEYS_A_KEEP > 1000000 ? keep / KEYS_A_KEEP : 1000000;
    bool used, present = qp_line_present(&db, name, &used);
    int rc = 0;
    *due_us = INT64_MAX;
    bool sure = w->c->time_word == QP_TIME_SURE; /* T4: what is erased by a wrong clock is gone */
    if (present &&
        !qp_ring_has(w->c->ring, name)) { /* its secret went with the disk: others are told (LI6) */
        rc = qp_line_new_key(w, true, e);
    } else if (sure && present && used && qp_line_key(&db, name, &key)) {
        if (key.from_us + part > w->now_us)
            *due_us = key.from_us + part;
        else
            rc = qp_line_new_key(w, false, e);
    }
    if (rc == QP_EBUSY) { /* the driver makes a spare */
        *due_us = w->now_us + SPARE_US;
        rc = 0;
    }
    if (!sure && !rc)
        *due_us = w->now_us + DOUBT_US;
    for (const uint8_t *after = NULL; sure && !rc && qp_line_key_next(&db, after, at, &key); after = at) {
        if (key.replaced_us == 0)
            continue;
        if (key.replaced_us + keep <= w->now_us)
            rc = end_key(w, at, e);
        else if (key.replaced_us + keep < *due_us)
            *due_us = key.replaced_us + keep;
    }
    return rc;
}

int qp_line_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e)
{
    assert(!w->c->silent && !w->c->recovering);
    struct qp_core *c = w->c;
    struct state *s = state;
    struct giving g = {.seals = SEALS_A_TURN};
    const char *why;
    if (!c->ring || c->resaying || qp_core_out(c, &why))
        return 0; /* what is being said again goes first (LI2) */
    int rc = c->line_due_us == 0 ? give_all(w, &g, e) : 0;
    if (!rc)
        rc = walk(w, s, &g, e);
    if (!rc && (c->line_due_us <= w->now_us || s->policy != c->in_force || s->word != c->time_word)) {
        int64_t due_us;
        c->line_due_us = INT64_MAX;
        rc = tend_keys(w, &due_us, e);
        s->policy = c->in_force;
        s->word = c->time_word;
        g.more |= c->line_due_us == 0; /* it said something, which may be due to others */
        c->line_due_us = due_us;
    }
    int64_t at = !g.more ? c->line_due_us : c->ring_due ? w->now_us + SPARE_US : w->now_us;
    *next_us = at < *next_us ? at : *next_us;
    if (g.more)
        c->line_due_us = 0;
    return rc;
}
