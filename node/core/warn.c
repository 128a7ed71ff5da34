/* warn.c: warnings in the turn: what the watch (node/insight/watch) finds is said, what was said is kept, and what people
 * make of it: a note, a dismissal, a matter.
 *
 *   tick ─► Warned, WarningSaid (to the horizon: superiors keep them too) · Seasoned (down) · DayEnded (here alone) */
#include "node/core/warn.h"

#include <assert.h>

#include "node/core/projector.h"
#include "node/insight/made.h"
#include "proto/codec.h"

struct qp_watch *qp_core_watch(const struct qp_core *c)
{
    assert(c->kept[QP_ROW_WATCH]);
    return c->kept[QP_ROW_WATCH];
}

static const char SOURCE[] = QP_MADE_OF_WARNING;

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
}

/* Says one fact, up or down, and applies it here. */
static int say(struct qp_work *w, const Qp__Event *ev, bool down, struct qp_err *e)
{
    assert(qp_same(ev->origin.data, w->c->self.node)); /* a node speaks for itself */
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK);
    if (!rc && down)
        rc = qp_say_to(w, s, QP_SCOPE_SUBTREE, qp_nobody, QP_LANE_BULK);
    return rc ? no_memory(e) : qp_node_fact(w, ev, e);
}

/* ---- what the watch wants said ---- */

static int say_warning(struct qp_work *w, Qp__Warning *x, struct qp_err *e)
{
    assert(x->id.len == QP_ID_LEN);
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Warned *body = qp_arena_take(w->c->arena, sizeof *body);
    if (!ev || !body)
        return no_memory(e);
    qp__warned__init(body);
    body->warning = x;
    ev->body_case = QP__EVENT__BODY_WARNED;
    ev->warned = body;
    return say(w, ev, false, e);
}

static int say_season(struct qp_work *w, const struct qp_watch_said *said, struct qp_err *e)
{
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Seasoned *body = qp_arena_take(w->c->arena, sizeof *body);
    if (!ev || !body)
        return no_memory(e);
    qp__seasoned__init(body);
    body->from_day = said->from_day;
    body->factors.len = QP_FACTORS_BYTES;
    body->factors.data = qp_arena_copy(w->c->arena, said->factors, QP_FACTORS_BYTES);
    ev->body_case = QP__EVENT__BODY_SEASONED;
    ev->seasoned = body;
    return !body->factors.data ? no_memory(e) : say(w, ev, true, e);
}

static int say_day(struct qp_work *w, const struct qp_watch_said *said, struct qp_err *e)
{
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__DayEnded *body = qp_arena_take(w->c->arena, sizeof *body);
    if (!ev || !body)
        return no_memory(e);
    qp__day_ended__init(body);
    body->day = said->day;
    body->through = said->through;
    ev->body_case = QP__EVENT__BODY_DAY_ENDED;
    ev->day_ended = body;
    return qp_say_fact(w, ev, e);
}

/* Only who has nodes below, or none above, makes factors. */
static bool learns(const struct qp_core *c)
{
    return !qp_tree_parent(c->tree) || qp_tree_below(c->tree, c->self.node) > 0;
}

int qp_warn_tick(struct qp_work *w, struct qp_watch *watch, int64_t *next_us, struct qp_err *e)
{
    assert(!w->c->silent && !w->c->recovering); /* it may speak */
    struct qp_watch_said *said = qp_arena_take(w->c->arena, sizeof *said);
    if (!said)
        return no_memory(e);
    int rc = qp_watch_set_policy(watch, w->c->in_force, e);
    if (rc)
        return rc;
    rc = qp_watch_tick(watch, w->t, w->c->self.node, w->now_us, w->c->arena, said, next_us, e);
    for (size_t i = 0; i < said->n && !rc; i++)
        rc = say_warning(w, said->warning[i], e);
    if (!rc && said->seasoned && learns(w->c))
        rc = say_season(w, said, e);
    if (!rc && said->ended)
        rc = say_day(w, said, e);
    return rc;
}

/* ---- facts ---- */

/* What a fact reads and writes is far larger than the fact: its memory is its own and ends with it, else some thousand short words of
 * a child would take all that the turn has. */
enum { FACT_ARENA = 64 * 1024 * 1024 };

int qp_warned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_WARNED);
    struct qp_arena *a = qp_arena_new(FACT_ARENA);
    int rc = a ? qp_warning_put(w->t, ev->origin.data, ev->warned->warning, ev->at_us, a, e) : no_memory(e);
    qp_arena_free(a);
    return rc;
}

int qp_warning_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_WARNING_SAID);
    if (w->again) /* said again as the next incarnation: the turn that did so applied nothing */
        return 0;
    struct qp_arena *a = qp_arena_new(FACT_ARENA);
    int rc =
        a ? qp_warning_say(w->t, ev->origin.data, ev->warning_said, ev->by, ev->at_us, a, e) : no_memory(e);
    qp_arena_free(a);
    return rc;
}

int qp_day_ended(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_DAY_ENDED);
    return qp_watch_ended(qp_core_watch(w->c), w->t, ev->day_ended, e);
}

int qp_seasoned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_SEASONED);
    const struct qp_place *up = qp_tree_parent(w->c->tree);
    bool own = qp_same(ev->origin.data, w->c->self.node);
    bool use = up ? qp_same(ev->origin.data, up->cert.node) : own;
    return own || use ? qp_watch_seasoned(qp_core_watch(w->c), w->t, ev->seasoned, own, use, e) : 0;
}

/* ---- what people make of it ---- */

/* The warning as it stands, if it is this node's to speak of. */
static int own_warning(struct qp_work *w, const Qp__WarningSaid *said, Qp__WarningRow **row, struct qp_err *e)
{
    int rc = said->warning.len != QP_ID_LEN
                 ? QP_ENOTFOUND
                 : qp_warning_get(w->t->tables, w->t->store, said->warning.data, row, w->c->arena, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, QP_ENOTFOUND, "no warning with this id is known here");
    if (!rc && !qp_same((*row)->node.data, w->c->self.node))
        return qp_fail(e, QP_ENOTHOLDER, "this warning is %s's: what is made of it is said there",
                       (*row)->warning->area);
    assert(rc || qp_same((*row)->node.data, w->c->self.node));
    return rc;
}

static Qp__Event *matter_draft(struct qp_work *w, const Qp__Warning *x, const Qp__Event *draft)
{
    assert(draft->body_case == QP__EVENT__BODY_WARNING_SAID);
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_arena_take(a, sizeof *ev);
    Qp__Opened *body = qp_arena_take(a, sizeof *body);
    Qp__Face *f = qp_arena_take(a, sizeof *f);
    char title[QP_TITLE_BYTES], text[600], day[32], first[32];
    if (!ev || !body || !f)
        return NULL;
    qp__event__init(ev);
    qp__opened__init(body);
    qp__face__init(f);
    qp_bucket_day_text(day, x->day);
    qp_bucket_day_text(first, x->first_day);
    snprintf(title, sizeof title, "预警 warning: %s, %s", x->category, x->area);
    snprintf(text, sizeof text,
             "%s: %u 件/%u 日, 预期 %u.%03u 件。%u matters in %u days up to %s, %u.%03u expected; seen first "
             "on %s.",
             day, x->seen, x->window, x->expected_milli / 1000, x->expected_milli % 1000, x->seen, x->window,
             day, x->expected_milli / 1000, x->expected_milli % 1000, first);
    f->title = qp_arena_text(a, title);
    f->text = qp_arena_text(a, draft->warning_said->text[0] != 0 ? draft->warning_said->text : text);
    f->category = x->category;
    f->source = qp_arena_text(a, SOURCE);
    f->area = qp_arena_text(a, "");
    f->urgency = QP_ROUTINE;
    body->face = f;
    ev->by = draft->by;
    ev->body_case = QP__EVENT__BODY_OPENED;
    ev->opened = body;
    return ev;
}

/* Opens a matter of the warning; the one that was opened before, if there is one. */
static int make_matter(struct qp_work *w, const struct qp_command *cmd, const Qp__WarningRow *row,
                       Qp__Event *ev, struct qp_reply *r, struct qp_said **said, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_WARNING_SAID && ev->warning_said->verb == QP_WARNING_MATTER);
    const uint8_t *made = qp_warning_matter(row);
    if (made) {
        memcpy(r->matter, made, QP_ID_LEN);
        return 0;
    }
    struct qp_command open = {
        .op = QP_OP_STEP, .if_version = -1, .draft = matter_draft(w, row->warning, cmd->draft)};
    if (!open.draft)
        return no_memory(e);
    int rc = qp_open_matter(w, &open, r, said, e);
    if (rc)
        return rc;
    ev->warning_said->matter =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, r->matter, QP_ID_LEN)};
    return say(w, ev, false, e);
}

int qp_warn_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r,
                    struct qp_said **said, struct qp_err *e)
{
    assert(cmd->op == QP_OP_WARNING);
    Qp__WarningRow *row;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev)
        return no_memory(e);
    assert(ev->body_case == QP__EVENT__BODY_WARNING_SAID);
    int rc = own_warning(w, ev->warning_said, &row, e);
    if (rc)
        return rc;
    enum qp_warning_state state = qp_warning_state_of(row, w->now_us);
    switch (ev->warning_said->verb) {
    case QP_WARNING_NOTE: break;
    case QP_WARNING_DISMISS:
        if (ev->warning_said->text[0] == 0)
            return qp_fail(e, QP_EINVAL, "reason: say why the warning is dismissed");
        if (state != QP_WARNING_WATCH && state != QP_WARNING_RAISED)
            return qp_fail(e, QP_ESTEP, "the warning is %s: there is nothing to dismiss",
                           qp_warning_state_name(state));
        break;
    case QP_WARNING_MATTER: return make_matter(w, cmd, row, ev, r, said, e);
    default: return qp_fail(e, QP_EINVAL, "unknown word on a warning");
    }
    return say(w, ev, false, e);
}
