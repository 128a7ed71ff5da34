/* clocks.c: what an event does to a matter's clocks, worked out by the node that says it (clocks.h).
 *
 *   opened ── close ──────────────────────────────────────────────────────────────► closed, merged
 *          └─ assign ─► assigned ─ handle ─► handled ─ verify ─► visited, closed
 *   offered ── sign ─► accepted, refused       accepted: the sender's stage is passed on, the receiver's begins
 *
 * Which stage runs follows from the state before and after (qp_clocks_stage), so that a step that is added to the
 * table of lifecycle.c needs no line here. */
#include "node/matter/clocks.h"

#include <assert.h>
#include <string.h>

#include "node/matter/beside.h"
#include "node/matter/lifecycle.h"
#include "node/matter/pending.h"
#include "node/matter/prolong.h"

struct one {
    struct qp_clock c;
    uint32_t holder, serial;
    Qp__Extension *extension;
    bool there, changed;
};

struct moving {
    struct qp_matters *m;
    struct qp_arena *scratch; /* until what is written was copied */
    const Qp__Event *ev;
    const Qp__Row *row;        /* as it stands; NULL for an opening */
    const Qp__Face *was, *now; /* was: its face */
    int64_t at_us;
    struct one of[QP_CLOCK_STAGES];
    struct qp_err *e;
};

enum qp_clock_stage qp_clocks_stage(const Qp__Face *f)
{
    switch (f->state == QP_HUNG ? qp_before(f) : f->state) {
    case QP_OPEN:
    case QP_SORTED: return QP_CLOCK_ASSIGN;
    case QP_ASSIGNED: return f->unplaced ? QP_CLOCK_ASSIGN : QP_CLOCK_HANDLE;
    case QP_HANDLED: return QP_CLOCK_VERIFY;
    default: return QP_CLOCK_STAGES;
    }
}

/* ---- calendars ---- */

/* NULL, and *can false: its hours are not known here. */
static const struct qp_calendar *hours(const struct moving *mv, const struct qp_clock *c, bool *can)
{
    const struct qp_calendar *cal = qp_clock_calendar(mv->m->policy, c);
    *can = cal || !qp_clock_needs_hours(c);
    return cal;
}

/* ---- one clock ---- */

static struct one *running(struct moving *mv, enum qp_clock_stage stage)
{
    struct one *k = stage < QP_CLOCK_STAGES ? &mv->of[stage] : NULL;
    return k && k->there && k->c.end == QP_CLOCK_GOES_ON ? k : NULL;
}

static uint32_t place_of(const Qp__Face *f, ProtobufCBinaryData node)
{
    uint32_t i = 0;
    while (i + 1 < f->n_members && !qp_bytes_same(f->members[i], node))
        i++;
    return i;
}

static void begin(struct moving *mv, struct one *k, ProtobufCBinaryData node)
{
    k->holder = place_of(mv->now, node);
    k->serial++;
    k->extension = NULL;
    k->there = k->changed = true;
}

/* A stage without a rule has no clock. */
static bool start(struct moving *mv, enum qp_clock_stage stage, enum qp_policy_stage by, int64_t at_us,
                  ProtobufCBinaryData node)
{
    const struct qp_in_force *p = mv->m->policy;
    const struct qp_policy_category *of = p ? qp_policy_find(p->policy, mv->now->category) : NULL;
    if (!of || !of->clock[by].said)
        return false;
    const struct qp_duration *d = &of->clock[by].d;
    const struct qp_calendar *cal = qp_in_force_calendar(p, of->calendar);
    char rule[QP_POLICY_RULE + 1];
    if (!cal && qp_unit_measure(d->unit) != QP_MEASURE_TIME)
        return false;
    qp_policy_rule(rule, of, by);
    struct one *k = &mv->of[stage];
    if (qp_clock_start(&k->c, stage, d, rule, cal, at_us, NULL))
        return false;
    begin(mv, k, node);
    return true;
}

static void end(struct moving *mv, enum qp_clock_stage stage, enum qp_clock_end how)
{
    struct one *k = running(mv, stage);
    if (!k)
        return;
    int rc = qp_clock_end(&k->c, how, mv->at_us, NULL);
    assert(!rc);
    (void)rc;
    k->changed = true;
}

static int pause(struct moving *mv, enum qp_clock_stage stage)
{
    struct one *k = running(mv, stage);
    bool can;
    if (!k || qp_clock_paused(&k->c))
        return 0;
    const struct qp_calendar *cal = hours(mv, &k->c, &can);
    if (!can)
        return 0; /* what is left cannot be told: it runs on */
    int rc = qp_clock_pause(&k->c, cal, mv->at_us, mv->e);
    if (rc)
        return rc;
    qp_clock_until(&k->c, cal, mv->now->hung_until_us);
    k->changed = true;
    return 0;
}

/* Where its hours are not known the pause is added as it was on the wall. */
static void resume_blind(struct qp_clock *c, int64_t at_us)
{
    struct qp_duration own = c->amount;
    c->amount = (struct qp_duration){0, QP_UNIT_S};
    if (c->held)
        c->left = c->due_us - c->pauses[c->npauses - 1].from_us;
    if (c->end == QP_CLOCK_GOES_ON)
        qp_clock_resume(c, NULL, at_us, NULL);
    else
        qp_clock_reopen(c, NULL, at_us, NULL);
    c->amount = own;
}

static void resume(struct moving *mv, enum qp_clock_stage stage)
{
    struct one *k = running(mv, stage);
    bool can;
    if (!k || !qp_clock_paused(&k->c))
        return;
    const struct qp_calendar *cal = hours(mv, &k->c, &can);
    if (can)
        qp_clock_resume(&k->c, cal, mv->at_us, NULL);
    else
        resume_blind(&k->c, mv->at_us);
    k->changed = true;
}

/* Under the old due (CL8). */
static void go_on(struct moving *mv, enum qp_clock_stage stage)
{
    struct one *k = stage < QP_CLOCK_STAGES ? &mv->of[stage] : NULL;
    bool can;
    if (!k || !k->there || k->c.end == QP_CLOCK_GOES_ON)
        return;
    const struct qp_calendar *cal = hours(mv, &k->c, &can);
    if (can)
        qp_clock_reopen(&k->c, cal, mv->at_us, NULL);
    else
        resume_blind(&k->c, mv->at_us);
    k->changed = true;
}

/* ---- the matter ---- */

static void load(struct moving *mv)
{
    for (size_t i = 0; mv->was && i < mv->was->n_clocks; i++) {
        const Qp__Clock *said = mv->was->clocks[i];
        struct one *k = &mv->of[said->stage];
        if (qp_clock_read(&k->c, said))
            continue; /* cannot be: what was taken was sound */
        const Qp__Clock *is = qp_face_clock(mv->now, (enum qp_clock_stage)said->stage);
        k->holder = said->holder;
        k->serial = said->serial;
        k->extension =
            is ? is->extension : said->extension; /* an appeal's end makes it wait for an answer again */
        k->there = true;
        bool paused = qp_clock_paused(&k->c);
        qp_clock_settle(&k->c, mv->at_us);
        k->changed = paused != qp_clock_paused(&k->c);
    }
}

/* A stated deadline beside the rule's: the earlier counts (CL3). One that is `whole` already becomes later only by an
 * extension (CL5). */
static int state(struct moving *mv, int64_t due_us, bool whole)
{
    struct one *k = running(mv, QP_CLOCK_CLOSE);
    bool can, imports = mv->m->imports;
    if (!k && due_us > 0 && qp_clocks_dated(mv->now)) {
        k = &mv->of[QP_CLOCK_CLOSE];
        qp_clock_start_stated(&k->c, QP_CLOCK_CLOSE, due_us, imports, mv->now->opened_us);
        begin(mv, k, mv->now->holder);
        return 0;
    }
    if (!k)
        return 0;
    int64_t is = qp_clock_due(&k->c);
    const struct qp_calendar *cal = hours(mv, &k->c, &can);
    if (whole && !imports && (due_us == 0 || due_us > is))
        return qp_fail(mv->e, QP_EPOLICY, "%s", QP_LATER_BY_EXTENSION);
    if (due_us > 0 && (can || !k->c.held))
        k->changed |= qp_clock_state(&k->c, cal, due_us, imports);
    return 0;
}

static int open(struct moving *mv)
{
    const Qp__Face *f = mv->now;
    start(mv, QP_CLOCK_CLOSE, QP_STAGE_CLOSE, mv->at_us, f->holder);
    start(mv, QP_CLOCK_ASSIGN, QP_STAGE_ASSIGN, mv->at_us, f->holder);
    return f->deadline_us > 0 ? state(mv, f->deadline_us, false) : 0;
}

/* By another category's rules: earlier at most (CL5). */
static void by_new_rule(struct moving *mv, enum qp_clock_stage stage, enum qp_policy_stage by)
{
    const struct qp_in_force *p = mv->m->policy;
    const struct qp_policy_category *of = p ? qp_policy_find(p->policy, mv->now->category) : NULL;
    struct one *k = running(mv, stage);
    if (!k || !of || !of->clock[by].said)
        return;
    const struct qp_calendar *cal = qp_in_force_calendar(p, of->calendar);
    char rule[QP_POLICY_RULE + 1];
    if (!cal && qp_unit_measure(of->clock[by].d.unit) != QP_MEASURE_TIME)
        return;
    qp_policy_rule(rule, of, by);
    k->changed |= qp_clock_sort(&k->c, &of->clock[by].d, rule, cal, mv->at_us);
}

/* CL1: the stage that it is in had no rule until now: it has one from here on. */
static void begin_late(struct moving *mv)
{
    enum qp_clock_stage stage = qp_clocks_stage(mv->now);
    if (stage < QP_CLOCK_STAGES && !running(mv, stage))
        start(mv, stage, (enum qp_policy_stage)stage, mv->at_us, mv->now->holder);
}

static int sort(struct moving *mv)
{
    const Qp__Sorted *s = mv->ev->sorted;
    bool whole = mv->of[QP_CLOCK_CLOSE].there;
    if (strcmp(mv->was->category, mv->now->category) != 0) {
        by_new_rule(mv, QP_CLOCK_CLOSE, QP_STAGE_CLOSE);
        by_new_rule(mv, QP_CLOCK_ASSIGN, QP_STAGE_ASSIGN);
        by_new_rule(mv, QP_CLOCK_HANDLE, QP_STAGE_HANDLE);
        begin_late(mv);
    }
    /* One that was opened before there was a rule for it: from its own beginning. */
    if (!whole && start(mv, QP_CLOCK_CLOSE, QP_STAGE_CLOSE, mv->now->opened_us, mv->now->holder) &&
        mv->was->deadline_us > 0 && !s->has_deadline)
        return state(mv, mv->was->deadline_us, false);
    return s->has_deadline && (whole || mv->m->policy) ? state(mv, s->deadline_us, whole) : 0;
}

static void reopen(struct moving *mv)
{
    bool anew = mv->ev->body_case == QP__EVENT__BODY_REOPENED;
    enum qp_clock_stage stage = qp_clocks_stage(mv->now);
    if (!anew || !start(mv, QP_CLOCK_CLOSE, QP_STAGE_REOPEN, mv->at_us, mv->now->holder))
        go_on(mv, QP_CLOCK_CLOSE);
    if (!anew)
        go_on(mv, stage);
    else if (stage < QP_CLOCK_STAGES)
        start(mv, stage, (enum qp_policy_stage)stage, mv->at_us, mv->now->holder);
}

/* The stage before and after. */
static void pass(struct moving *mv)
{
    enum qp_clock_stage before = qp_clocks_stage(mv->was), after = qp_clocks_stage(mv->now);
    bool handed = !qp_bytes_same(mv->was->holder, mv->now->holder);
    if (before == after && !handed)
        return;
    bool back = before == QP_CLOCK_HANDLE && after == QP_CLOCK_ASSIGN; /* given back to who sorts */
    end(mv, before, handed || back ? QP_CLOCK_PASSED_ON : QP_CLOCK_DONE);
    if (after < QP_CLOCK_STAGES)
        start(mv, after, (enum qp_policy_stage)after, mv->at_us, mv->now->holder);
}

static void offers(struct moving *mv)
{
    if (mv->now->offer && !mv->was->offer)
        start(mv, QP_CLOCK_SIGN, QP_STAGE_SIGN, mv->at_us, mv->now->offer->to);
    else if (!mv->now->offer && mv->was->offer)
        end(mv, QP_CLOCK_SIGN, QP_CLOCK_DONE);
}

/* ---- extensions (CL5) ---- */

static Qp__Extension *extension_anew(struct moving *mv, struct one *k)
{
    Qp__Extension *x = qp_face_take(mv->m->pending->arena, sizeof *x);
    if (k->extension)
        *x = *k->extension;
    else
        qp__extension__init(x);
    k->extension = x;
    k->changed = true;
    return x;
}

/* A deadline that was stated without a policy gets its clock when more time is asked for. */
static struct one *stated(struct moving *mv)
{
    struct one *k = &mv->of[QP_CLOCK_CLOSE];
    if (k->there || mv->was->deadline_us <= 0 || !qp_clocks_dated(mv->was))
        return NULL;
    qp_clock_start_stated(&k->c, QP_CLOCK_CLOSE, mv->was->deadline_us, false, mv->was->opened_us);
    begin(mv, k, mv->was->holder);
    return k;
}

static int ask(struct moving *mv)
{
    const Qp__ExtensionAsked *said = mv->ev->extension_asked;
    enum qp_clock_stage stage = qp_stage_parse(said->stage);
    struct one *k = running(mv, stage);
    if (!k && stage == QP_CLOCK_CLOSE)
        k = stated(mv);
    if (!k)
        return 0;
    Qp__Extension *x = extension_anew(mv, k);
    uint32_t number = x->number + 1, granted = x->granted;
    qp__extension__init(x);
    x->number = number;
    x->granted = granted;
    x->state = QP_EXTENSION_ASKED;
    x->until_us = said->until_us;
    x->reason = qp_face_cut(mv->m->pending->arena, said->reason, QP_EXTENSION_BYTES);
    x->asked_us = mv->at_us;
    x->asked_by = mv->ev->by;
    return 0;
}

/* What the holder makes of the order about it. */
static int extend(struct moving *mv)
{
    enum qp_clock_stage stage = qp_stage_parse(mv->ev->extended->stage);
    struct one *k = running(mv, stage);
    const Qp__Beside *order = k ? qp_beside_order(mv->row, qp_face_clock(mv->was, stage)) : NULL;
    struct qp_err why = {0};
    bool can;
    if (!order)
        return 0;
    Qp__Extension *x = extension_anew(mv, k);
    const struct qp_calendar *cal = hours(mv, &k->c, &can);
    struct qp_duration own = k->c.amount;
    if (!can)
        k->c.amount = (struct qp_duration){0, QP_UNIT_S}; /* as in resume_blind */
    int rc = order->yes ? qp_clock_extend(&k->c, cal, x->until_us, x->asked_us, &why) : 0;
    k->c.amount = own;
    if (!can && order->yes &&
        !rc) { /* what is left cannot be told in its own measure: what was granted stands, paused or not */
        k->c.held = false;
        k->c.left = 0;
        k->c.until_due_us = QP_NEVER_US;
    }
    x->decided_by = order->by;
    x->decided_at =
        (ProtobufCBinaryData){QP_ID_LEN, order->event.data}; /* an event's id begins with its origin */
    x->decision = rc ? qp_face_cut(mv->m->pending->arena, why.text, QP_EXTENSION_BYTES) : order->words;
    x->granted += order->yes && !rc;
    x->state = order->yes && !rc ? QP_EXTENSION_IN_FORCE : QP_EXTENSION_DENIED;
    return 0;
}

/* PO4 */
static void prolong(struct moving *mv)
{
    for (int s = 0; s < QP_CLOCK_STAGES && mv->m->policy; s++) {
        struct one *k = running(mv, (enum qp_clock_stage)s);
        if (k)
            k->changed |= qp_clock_prolong(&k->c, mv->m->policy, mv->at_us);
    }
}

static int change(struct moving *mv)
{
    static const enum qp_clock_stage paused[] = {QP_CLOCK_CLOSE, QP_CLOCK_ASSIGN, QP_CLOCK_HANDLE,
                                                 QP_CLOCK_VERIFY};
    bool was_open = qp_face_is_open(mv->was), open = qp_face_is_open(mv->now);
    int rc = 0;
    if (was_open && !open) {
        end(mv, QP_CLOCK_CLOSE, QP_CLOCK_DONE);
        end(mv, qp_clocks_stage(mv->was), QP_CLOCK_DONE);
        return 0;
    }
    if (!was_open && open)
        reopen(mv);
    for (size_t i = 0; i < 4 && was_open && mv->now->state != QP_HUNG; i++)
        resume(mv, paused[i]);
    if (was_open)
        pass(mv);
    offers(mv);
    if (mv->ev->body_case == QP__EVENT__BODY_SORTED)
        rc = sort(mv);
    else if (mv->ev->body_case == QP__EVENT__BODY_EXTENSION_ASKED)
        rc = ask(mv);
    else if (mv->ev->body_case == QP__EVENT__BODY_EXTENDED)
        rc = extend(mv);
    else if (mv->ev->body_case == QP__EVENT__BODY_PROLONGED)
        prolong(mv);
    for (size_t i = 0; i < 4 && mv->now->state == QP_HUNG && !rc; i++)
        if (mv->now->hung_until_us > mv->at_us)
            rc = pause(mv, paused[i]);
    return rc;
}

/* Those that moved, as long-lived as the event. False: no memory. */
static bool write(struct moving *mv, Qp__Clock ***out, size_t *n)
{
    struct qp_arena *a = mv->m->arena;
    *out = qp_arena_take(a, QP_CLOCK_STAGES * sizeof **out);
    *n = 0;
    for (int s = 0; s < QP_CLOCK_STAGES && *out; s++) {
        const struct one *k = &mv->of[s];
        if (!k->changed)
            continue;
        Qp__Clock *said = qp_clock_write(&k->c, mv->scratch);
        said->holder = k->holder;
        said->serial = k->serial;
        said->extension = k->extension;
        said->remind_us = qp_clock_reminder(&k->c, mv->m->policy, mv->now->category);
        if (!((*out)[*n] = (Qp__Clock *)qp_clone(&said->base, a)))
            return false;
        ++*n;
    }
    return *out;
}

static int opening(struct moving *mv, Qp__Face *f)
{
    mv->now = f;
    int rc = open(mv);
    if (!rc && !write(mv, &f->clocks, &f->n_clocks))
        rc = qp_fail(mv->e, QP_ENOMEM, "no memory for a matter's clocks");
    if (!rc)
        f->deadline_us = qp_clocks_deadline(f);
    return rc;
}

int qp_clocks_move(struct qp_matters *m, Qp__Event *ev, const Qp__Row *was, struct qp_err *e)
{
    ev->n_clocks = 0;
    bool asks = ev->body_case == QP__EVENT__BODY_EXTENSION_ASKED;
    if (ev->version == 0 || (!m->policy && !asks && (!was || was->face->n_clocks == 0)))
        return 0;
    struct moving mv = {.m = m, .scratch = m->pending->arena, .ev = ev, .at_us = ev->at_us, .e = e};
    if (!was)
        return opening(&mv, ev->opened->face);
    Qp__Row *now = qp_row_copy(was, m->pending->arena);
    qp_lifecycle_change(now->face, ev, m->pending->arena);
    mv.row = was;
    mv.was = was->face;
    mv.now = now->face;
    load(&mv);
    int rc = change(&mv);
    if (!rc && !write(&mv, &ev->clocks, &ev->n_clocks))
        rc = qp_fail(e, QP_ENOMEM, "no memory for a matter's clocks");
    return rc;
}

int qp_clocks_foresee(const struct qp_in_force *policy, Qp__Face *f, int64_t at_us, struct qp_arena *a,
                      struct qp_err *e)
{
    struct qp_matters m = {.policy = policy, .arena = a};
    Qp__Event ev = QP__EVENT__INIT;
    ev.at_us = at_us;
    ev.body_case = QP__EVENT__BODY_OPENED;
    struct moving mv = {.m = &m, .scratch = a, .ev = &ev, .at_us = at_us, .e = e};
    return !policy ? 0 : opening(&mv, f);
}
