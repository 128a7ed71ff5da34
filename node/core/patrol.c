/* patrol.c: patrols (GR4): started, marked, stopped; decided for whoever asks, and what the facts do. See duty.h.
 *
 *   start ─► marks: check-points, positions in and out of the grid at least each five minutes, pauses ─► stop
 *
 * The marks of a patrol stand in its row while it goes on: when, what, in the grid or not; no coordinates. The minutes are
 * counted over all of them again with each new one (node/field/minutes.h), so that a check-point that is said afterwards
 * counts like one that was said in time. With the stop the marks are dropped; minutes and findings stay. */
#include <assert.h>

#include "node/core/ledger/ground.h"
#include "node/core/private.h"
#include "node/matter/may.h"

enum { MARK = 9, KIND_BITS = 4 };
_Static_assert(QP_MARK_STOP < 1 << KIND_BITS, "a mark's kind fits beside its place");

/* ---- marks ---- */

size_t qp_patrol_marks(const Qp__PatrolRow *row, struct qp_mark *out, size_t cap)
{
    assert(cap == 0 || out);
    size_t n = row->marks.len / MARK;
    for (size_t i = 0; i < n && i < cap; i++) {
        const uint8_t *p = row->marks.data + i * MARK;
        out[i] = (struct qp_mark){(int64_t)qp_rd64(p), (enum qp_mark_kind)(p[8] & ((1 << KIND_BITS) - 1)),
                                  (enum qp_mark_place)(p[8] >> KIND_BITS)};
    }
    n = n < cap ? n : cap;
    qp_marks_order(out, n);
    return n;
}

/* With one more; NULL: no memory. *n: how many. */
static struct qp_mark *marks_with(struct qp_work *w, const Qp__PatrolRow *row, const struct qp_mark *more,
                                  size_t *n)
{
    size_t had = row->marks.len / MARK;
    struct qp_mark *v = qp_arena_take(w->c->arena, (had + 1) * sizeof *v);
    if (!v)
        return NULL;
    *n = qp_patrol_marks(row, v, had);
    v[(*n)++] = *more;
    assert(*n == had + 1);
    qp_marks_order(v, *n);
    return v;
}

static int marks_pack(struct qp_work *w, ProtobufCBinaryData *out, const struct qp_mark *v, size_t n)
{
    assert(v && n > 0); /* its start at least */
    uint8_t *p = qp_arena_take(w->c->arena, n * MARK + 1);
    if (!p)
        return QP_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        qp_be64(p + i * MARK, (uint64_t)v[i].at_us);
        p[i * MARK + 8] = (uint8_t)((unsigned)v[i].place << KIND_BITS | (unsigned)v[i].kind);
    }
    *out = (ProtobufCBinaryData){n * MARK, p};
    return 0;
}

static struct qp_mark mark_of(const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_MARKED);
    const Qp__PatrolMarked *m = ev->patrol_marked;
    return (struct qp_mark){ev->at_us, (enum qp_mark_kind)m->kind, (enum qp_mark_place)m->place};
}

/* ---- facts ---- */

int qp_patrol_started(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_STARTED);
    Qp__PatrolRow *was, row = QP__PATROL_ROW__INIT;
    const struct qp_mark start = {ev->at_us, QP_MARK_START, QP_MARK_NOWHERE};
    int rc = qp_patrol_row(w, ev->patrol_started->id.data, &was);
    if (rc != QP_ENOTFOUND) /* it is there: nobody starts it once more, or takes another's */
        return rc ? qp_fail(e, rc, "a patrol cannot be read") : 0;
    row.node = ev->origin;
    row.started = ev->patrol_started;
    row.by = ev->by;
    row.started_us = row.updated_us = ev->at_us;
    row.version = 1;
    if (qp_same(ev->origin.data, w->c->self.node) && marks_pack(w, &row.marks, &start, 1))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    rc = qp_patrol_put(w, &row, e);
    return rc ? rc : qp_patrol_key_put(w, ev, row.started->id.data, e);
}

static int add_finding(struct qp_work *w, Qp__PatrolRow *row, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_MARKED);
    const Qp__PatrolMarked *m = ev->patrol_marked;
    if (!*m->note && !m->matter.len)
        return 0;
    size_t drop = row->n_findings == QP_PATROL_FINDINGS, n = row->n_findings - drop;
    Qp__PatrolFinding **v = qp_arena_take(w->c->arena, (n + 1) * sizeof *v),
                      *f = qp_arena_take(w->c->arena, sizeof *f);
    if (!v || !f)
        return QP_ENOMEM;
    qp__patrol_finding__init(f);
    f->at_us = ev->at_us;
    f->note = m->note;
    f->matter = m->matter;
    f->stated = m->stated;
    if (n > 0)
        memcpy(v, row->findings + drop, n * sizeof *v);
    v[n] = f;
    row->findings = v;
    row->n_findings = n + 1;
    return 0;
}

/* Each mark states the minutes so far: whoever missed one is right again with the next. Once: by its version. */
int qp_patrol_marked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_MARKED);
    const Qp__PatrolMarked *m = ev->patrol_marked;
    const struct qp_mark mark = mark_of(ev);
    Qp__PatrolRow *row;
    size_t n;
    int rc = qp_patrol_row(w, m->id.data, &row);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "a patrol cannot be read");
    if (!qp_same(row->node.data, ev->origin.data) || ev->version <= row->version || row->stopped_us)
        return 0;
    row->version = ev->version;
    row->updated_us = ev->at_us;
    row->minutes = m->minutes;
    row->stated = row->stated || m->stated; /* of a check-point without a finding nothing else says it */
    row->paused = mark.kind == QP_MARK_PAUSE || (row->paused && mark.kind != QP_MARK_RESUME);
    rc = add_finding(w, row, ev);
    if (!rc && mark.kind == QP_MARK_STOP) {
        row->stopped_us = ev->at_us;
        row->paused = false;
        row->marks = (ProtobufCBinaryData){0, NULL};
    } else if (!rc && qp_same(ev->origin.data, w->c->self.node)) {
        struct qp_mark *v = marks_with(w, row, &mark, &n);
        rc = v ? marks_pack(w, &row->marks, v, n) : QP_ENOMEM;
    }
    if (rc)
        return qp_fail(e, rc, "the turn ran out of memory");
    rc = qp_patrol_put(w, row, e);
    return rc ? rc : qp_patrol_key_put(w, ev, m->id.data, e);
}

/* ---- what is asked for ---- */

static bool imports(const struct qp_command *cmd)
{
    return cmd->who && (cmd->who->rights & QP_RIGHT_IMPORT);
}

/* A time that is said afterwards: not in the future, and of a person not older than a day. */
static int may_state(struct qp_work *w, const struct qp_command *cmd, int64_t at_us, struct qp_err *e)
{
    if (at_us > w->now_us + QP_CLOCK_AHEAD_US)
        return qp_fail(e, QP_EINVAL, "at: lies in the future");
    if (!imports(cmd) && at_us < w->now_us - (int64_t)QP_STATED_MOST_S * 1000000)
        return qp_fail(e, QP_EINVAL, "at: lies more than %d hours back", QP_STATED_MOST_S / 3600);
    return 0;
}

static bool is_stated(const struct qp_work *w, int64_t at_us)
{
    return at_us != 0 && at_us < w->now_us - (int64_t)QP_STATED_SINCE_S * 1000000;
}

/* He is on no other one. One that nobody stopped within a shift is stopped now: its person forgot it, or his phone is gone. */
static int is_free(struct qp_work *w, const struct qp_command *cmd, const Qp__Event *ev, struct qp_err *e)
{
    const char *person = ev->patrol_started->person;
    uint8_t other[QP_ID_LEN];
    char text[27];
    Qp__PatrolRow *row;
    assert(ev->body_case == QP__EVENT__BODY_PATROL_STARTED);
    if (qp_patrol_runs(w, person, other))
        return 0;
    int rc = qp_patrol_row(w, other, &row);
    if (rc)
        return qp_fail(e, rc, "the patrol cannot be read");
    if (!imports(cmd) && qp_patrol_is_forgotten(row->started_us, w->now_us))
        return qp_patrol_leaves(w, person, ev->by, e);
    qp_id_text(text, other);
    return qp_fail(e, QP_ESTEP, "%s is on the patrol %s: stop that one first", person, text);
}

static int start(struct qp_work *w, const struct qp_command *cmd, Qp__Event *ev, struct qp_reply *r,
                 struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_STARTED);
    Qp__PatrolStarted *p = ev->patrol_started;
    uint8_t id[QP_ID_LEN], random[10];
    int rc = may_state(w, cmd, ev->at_us, e);
    if (ev->at_us >
        w->now_us) /* a phone's clock that is ahead: what is heard of it now would lie before its start */
        ev->at_us = w->now_us;
    if (!rc)
        rc = qp_ground_grid(w, p->grid, e);
    if (!rc)
        rc = is_free(w, cmd, ev, e);
    if (rc)
        return rc;
    p->stated = is_stated(w, cmd->draft->at_us);
    qp_drbg_bytes(&w->rnd, random, sizeof random);
    qp_id_make(id, ev->at_us, random);
    p->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, id, QP_ID_LEN)};
    memcpy(r->matter, id, QP_ID_LEN);
    r->created = true;
    ev->version = 1;
    return qp_say_fact_up(w, ev, e);
}

/* May this come now? */
static int fits(const Qp__PatrolRow *row, enum qp_mark_kind kind, struct qp_err *e)
{
    assert(kind != QP_MARK_START); /* that is a command of its own */
    if (row->stopped_us)
        return qp_fail(e, QP_ESTEP, "the patrol is over; start another one");
    if (kind == QP_MARK_PAUSE && row->paused)
        return qp_fail(e, QP_ESTEP, "the patrol is paused already: resume or stop");
    if (kind == QP_MARK_RESUME && !row->paused)
        return qp_fail(e, QP_ESTEP, "the patrol is not paused: checkpoint, pause or stop");
    if (kind == QP_MARK_CHECKPOINT && row->paused)
        return qp_fail(e, QP_ESTEP, "the patrol is paused: resume first, or stop");
    if (kind != QP_MARK_STOP && row->marks.len / MARK >= QP_PATROL_MARKS_KEPT)
        return qp_fail(e, QP_ESTEP, "the patrol has %d marks: stop it and start another one",
                       QP_PATROL_MARKS_KEPT);
    return 0;
}

/* Who started it, and its own person, for whom an importer may have started it. */
static bool is_his(const Qp__PatrolRow *row, const char *by)
{
    static const char user[] = "user:";
    assert(row->started && by);
    return strcmp(row->by, by) == 0 || (strncmp(by, user, sizeof user - 1) == 0 &&
                                        strcmp(by + sizeof user - 1, row->started->person) == 0);
}

static int mark(struct qp_work *w, const struct qp_command *cmd, Qp__Event *ev, struct qp_reply *r,
                struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_MARKED);
    Qp__PatrolMarked *m = ev->patrol_marked;
    Qp__PatrolRow *row;
    size_t n;
    int rc = m->id.len == QP_ID_LEN ? qp_patrol_row(w, m->id.data, &row) : QP_ENOTFOUND;
    if (rc == QP_ENOTFOUND || (!rc && !qp_same(row->node.data, w->c->self.node)))
        return qp_fail(e, QP_ENOTFOUND, "no patrol of this node has that id");
    if (rc)
        return qp_fail(e, rc, "the patrol cannot be read");
    memcpy(r->matter, m->id.data, QP_ID_LEN);
    if (!imports(cmd) && !is_his(row, ev->by) &&
        !(m->kind == QP_MARK_STOP && cmd->who && (cmd->who->rights & QP_RIGHT_COMMAND)))
        return qp_fail(e, QP_EDENIED,
                       "this is the patrol of %s: that person goes on with it; a commander may stop it",
                       row->started->person);
    if (cmd->if_version >= 0 && row->version != (uint64_t)cmd->if_version)
        return qp_fail(e, QP_EVERSION, "the patrol has version %llu by now, not %lld: read it again",
                       (unsigned long long)row->version, (long long)cmd->if_version);
    if ((rc = fits(row, (enum qp_mark_kind)m->kind, e)) || (rc = may_state(w, cmd, ev->at_us, e)))
        return rc;
    if (ev->at_us < row->started_us)
        return qp_fail(e, QP_EINVAL, "at: lies before the patrol's start");
    if (m->kind != QP_MARK_STOP &&
        qp_patrol_is_forgotten(row->started_us, ev->at_us)) /* GR4: it was over by then */
        return qp_fail(e, QP_ESTEP,
                       "the patrol was over %d hours after its start: stop it and start another one",
                       QP_SHIFT_MOST_S / 3600);
    m->stated = is_stated(w, cmd->draft->at_us) && m->kind != QP_MARK_POSITION;
    const struct qp_mark one = mark_of(ev);
    struct qp_mark *v = marks_with(w, row, &one, &n);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    m->minutes = qp_minutes_of(qp_marks_on_grid_us(v, n));
    ev->version = row->version + 1;
    return qp_say_fact_up(w, ev, e);
}

int qp_patrol_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_GROUND);
    int rc = qp_patrol_by_key(w, cmd->draft, r->matter, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return ev->body_case == QP__EVENT__BODY_PATROL_STARTED ? start(w, cmd, ev, r, e) : mark(w, cmd, ev, r, e);
}

int qp_patrol_leaves(struct qp_work *w, const char *person, const char *by, struct qp_err *e)
{
    assert(person && by);
    uint8_t id[QP_ID_LEN];
    Qp__PatrolRow *row;
    size_t n;
    int rc = qp_patrol_runs(w, person, id);
    if (!rc)
        rc = qp_patrol_row(w, id, &row);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "the patrol cannot be read");
    Qp__Event *ev = qp_event_new(w, by);
    Qp__PatrolMarked *m = qp_arena_take(w->c->arena, sizeof *m);
    if (!ev || !m)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__patrol_marked__init(m);
    m->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, id, QP_ID_LEN)};
    m->kind = QP_MARK_STOP;
    ev->body_case = QP__EVENT__BODY_PATROL_MARKED;
    ev->patrol_marked = m;
    const struct qp_mark one = mark_of(ev);
    struct qp_mark *v = m->id.data ? marks_with(w, row, &one, &n) : NULL;
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    m->minutes = qp_minutes_of(qp_marks_on_grid_us(v, n));
    ev->version = row->version + 1;
    return qp_say_fact_up(w, ev, e);
}
