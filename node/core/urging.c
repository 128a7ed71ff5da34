/* urging.c: see urge.h. */
#include <assert.h>

#include "node/core/urge.h"
#include "node/matter/beside.h"
#include "node/matter/clocks.h"
#include "node/matter/face.h"
#include "node/matter/lifecycle.h"

/* Has this node urged, or the holder answered, at or after that time? */
static bool covered(const struct qp_core *c, const Qp__Row *row, int64_t t, int64_t now_us)
{
    assert(t > 0); /* something was due */
    const Qp__Beside *own = qp_beside_urge_of(row, c->self.node);
    bool ahead = own && own->at_us > now_us + QP_CLOCK_AHEAD_US; /* this clock was set back since */
    int64_t answered = row->face->urge_answered_us; /* a time that has not come is nobody's answer */
    return (answered >= t && answered <= now_us + QP_CLOCK_AHEAD_US) || (own && !ahead && own->at_us >= t);
}

/* ---- overdue, of a matter that a child holds ---- */

static bool held_by_child(const struct qp_core *c, const Qp__Face *f)
{
    const struct qp_place *p = f->holder.len == QP_ID_LEN ? qp_tree_node(c->tree, f->holder.data) : NULL;
    return p && qp_is_child(c, p) && !p->revoked;
}

/* Somebody below has it: of what this node has itself, or what went elsewhere, it urges nobody. */
static bool held_below(const struct qp_core *c, const Qp__Face *f)
{
    const struct qp_place *p = f->holder.len == QP_ID_LEN ? qp_tree_node(c->tree, f->holder.data) : NULL;
    return p && !p->revoked && qp_path_below(p->cert.path, c->self.path);
}

/* The due of a stage that the holder answers for; 0: none runs. A deadline that was stated without a policy is that of close. */
static int64_t stage_due(const Qp__Face *f, enum qp_clock_stage stage)
{
    assert((unsigned)stage < QP_CLOCK_STAGES);
    const Qp__Clock *k = qp_face_clock(f, stage);
    if (stage == QP_CLOCK_SIGN)
        return 0; /* it is not his: who was asked answers, and the sender may withdraw */
    if (k)
        return qp_clock_said_runs(k) ? qp_clock_said_due(k) : 0;
    return stage == QP_CLOCK_CLOSE ? f->deadline_us : 0;
}

static const struct qp_calendar *calendar_of(const struct qp_in_force *policy, const char *category)
{
    assert(policy->policy); /* only one that is whole is in force */
    const struct qp_policy_category *of = qp_policy_find(policy->policy, category);
    const struct qp_calendar *cal = of ? qp_in_force_calendar(policy, of->calendar) : NULL;
    for (size_t i = 0; !cal && i < policy->policy->n_calendars; i++)
        cal = qp_in_force_calendar(policy, policy->policy->calendars[i].form.name);
    return cal;
}

/* So much after the due, counted as a clock counts (CL2), and one microsecond: overdue is after it. */
static int64_t after(const struct qp_calendar *cal, const struct qp_duration *amount, int64_t due_us)
{
    assert(due_us > 0);
    struct qp_clock k;
    bool can = cal || qp_unit_measure(amount->unit) == QP_MEASURE_TIME;
    if (!can || qp_clock_start(&k, QP_CLOCK_CLOSE, amount, "", cal, due_us, NULL))
        return INT64_MAX;
    int64_t at = qp_clock_due(&k);
    return at < QP_CLOCK_END_US ? at + 1 : INT64_MAX;
}

struct step { /* one amount of the policy's, of one stage */
    int64_t at_us;
    const struct qp_duration *amount;
};

/* In the order of their times; how many there are. */
static size_t steps(struct step out[QP_POLICY_URGES], const struct qp_policy_rules *r,
                    const struct qp_calendar *cal, int64_t due_us)
{
    assert(r->n_urge <= QP_POLICY_URGES);
    size_t n = 0;
    for (size_t i = 0; i < r->n_urge; i++) {
        struct step s = {after(cal, &r->urge[i].d, due_us), &r->urge[i].d};
        size_t at = n;
        if (s.at_us == INT64_MAX)
            continue;
        for (; at > 0 && out[at - 1].at_us > s.at_us; at--)
            out[at] = out[at - 1];
        out[at] = s;
        n++;
    }
    assert(n <= r->n_urge);
    return n;
}

static const char *stage_zh(enum qp_clock_stage stage)
{
    assert((unsigned)stage < QP_CLOCK_STAGES);
    switch (stage) {
    case QP_CLOCK_CLOSE: return "办结";
    case QP_CLOCK_SIGN: return "签收";
    case QP_CLOCK_ASSIGN: return "交办";
    case QP_CLOCK_HANDLE: return "处置";
    case QP_CLOCK_VERIFY: return "回访";
    case QP_CLOCK_STAGES: break;
    }
    return "";
}

static void say(struct qp_urging *out, enum qp_clock_stage stage, const struct step *s, int64_t span_us,
                int64_t now_us)
{
    assert(stage < QP_CLOCK_STAGES && !out->urges); /* one urge at a time */
    char by[QP_DURATION_TEXT];
    qp_duration_text(by, s->amount);
    out->urges = true;
    out->due_us = span_us > 0 ? now_us + span_us : 0;
    if (s->amount->n == 0)
        snprintf(out->note, sizeof out->note, "按策略督办：%s超期 / by policy: %s is overdue",
                 stage_zh(stage), qp_clock_stage_name(stage));
    else
        snprintf(out->note, sizeof out->note, "按策略督办：%s已超期 %s / by policy: %s is overdue by %s",
                 stage_zh(stage), by, qp_clock_stage_name(stage), by);
}

/* The last amount that is over, unless it was said; when the next will be. */
static void overdue(const struct qp_core *c, const Qp__Row *row, int64_t now_us, struct qp_urging *out)
{
    assert(c->in_force);
    const struct qp_in_force *policy = c->in_force;
    const struct qp_calendar *cal = calendar_of(policy, row->face->category);
    for (int stage = 0; stage < QP_CLOCK_STAGES; stage++) {
        struct step v[QP_POLICY_URGES];
        int64_t due = stage_due(row->face, (enum qp_clock_stage)stage);
        size_t n = due > 0 ? steps(v, &policy->policy->rules, cal, due) : 0, over = 0;
        while (over < n && v[over].at_us <= now_us)
            over++;
        if (over < n && v[over].at_us < out->next_us)
            out->next_us = v[over].at_us;
        if (over == 0 || out->urges || covered(c, row, v[over - 1].at_us, now_us))
            continue;
        int64_t span = over < n   ? v[over].at_us - v[over - 1].at_us
                       : over > 1 ? v[over - 1].at_us - v[over - 2].at_us
                                  : 0;
        say(out, (enum qp_clock_stage)stage, &v[over - 1], span, now_us);
    }
}

/* ---- not answered ---- */

/* When an urge of a child's is to be lifted; 0: it is none, or nobody said until when. */
static int64_t lapse(const struct qp_core *c, const Qp__Beside *b)
{
    if (b->kind != QP_BESIDE_URGE || b->event.len != QP_EVENT_ID_LEN)
        return 0;
    const struct qp_place *by = qp_tree_node(c->tree, b->event.data);
    int64_t t = b->lapsed_us > 0 ? b->lapsed_us : b->due_us;
    return by && qp_is_child(c, by) && t > 0 && t < QP_CLOCK_END_US ? t + 1 : 0;
}

static void unanswered(const struct qp_core *c, const Qp__Row *row, int64_t now_us, struct qp_urging *out)
{
    for (size_t i = 0; i < row->n_beside; i++) {
        const Qp__Beside *b = row->beside[i];
        int64_t t = lapse(c, b), span = b->due_us - b->at_us;
        if (t > now_us && t < out->next_us)
            out->next_us = t;
        if (t == 0 || t > now_us || out->urges || covered(c, row, t, now_us))
            continue;
        const struct qp_place *by = qp_tree_node(c->tree, b->event.data);
        assert(!out->urges && by);
        out->urges = out->lifts = true;
        out->due_us = b->due_us > 0 && span > 0 && span < QP_CLOCK_END_US - now_us ? now_us + span : 0;
        snprintf(out->note, sizeof out->note,
                 "%s 的督办到期未获答复，升级督办 / lifted: the urge of %s was not answered in time",
                 by->cert.path, by->cert.path);
    }
}

/* ---- at rest ---- */

int64_t qp_rests_until(const struct qp_core *c, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    bool rests = f->state == QP_HUNG && f->hung_until_us > 0 && qp_id_is(f->holder, c->self.node);
    assert(!rests || qp_face_is_open(f)); /* what rests is walked through with the open ones */
    return rests ? f->hung_until_us : INT64_MAX;
}

/* ---- all ---- */

static bool concerns(const struct qp_core *c, const Qp__Face *f)
{
    return c->in_force && c->in_force->policy->rules.n_urge > 0 && qp_face_is_open(f);
}

void qp_urging_of(const struct qp_core *c, const Qp__Row *row, int64_t now_us, struct qp_urging *out)
{
    *out = (struct qp_urging){.next_us = qp_rests_until(c, row)};
    if (!concerns(c, row->face))
        return;
    if (held_by_child(c, row->face))
        overdue(c, row, now_us, out);
    if (held_below(c, row->face))
        unanswered(c, row, now_us, out);
    assert(!out->lifts || out->urges); /* lifting is urging */
}

int64_t qp_urging_from(const struct qp_core *c, const Qp__Row *row)
{
    int64_t at = !row ? INT64_MAX : qp_rests_until(c, row);
    if (!row || !concerns(c, row->face))
        return at;
    for (int stage = 0; stage < QP_CLOCK_STAGES && held_by_child(c, row->face); stage++) {
        int64_t due = stage_due(row->face, (enum qp_clock_stage)stage);
        at = due > 0 && due < at ? due + 1 : at;
    }
    for (size_t i = 0; i < row->n_beside; i++) {
        int64_t t = lapse(c, row->beside[i]);
        at = t > 0 && t < at ? t : at;
    }
    return at;
}
