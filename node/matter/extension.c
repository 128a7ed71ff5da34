/* extension.c: see extension.h. What an extension does to a clock is clock.c, when it is stated clocks.c. */
#include "node/matter/extension.h"

#include <assert.h>
#include <string.h>

#include "node/matter/beside.h"
#include "node/matter/face.h"

/* The running clock that `word` names. */
static int named(const Qp__Clock **out, const Qp__Face *f, const char *word, struct qp_err *e)
{
    enum qp_clock_stage stage = qp_stage_parse(word);
    if (stage == QP_CLOCK_STAGES)
        return qp_fail(e, QP_EINVAL, "stage: must be sign, assign, handle, verify or close");
    *out = qp_face_clock(f, stage);
    if (!*out)
        return qp_fail(e, QP_ESTEP, "stage: the matter has no clock of %s", word);
    if (!qp_clock_said_runs(*out))
        return qp_fail(e, QP_ESTEP, "stage: the clock of %s has ended: more time for it would have no effect",
                       word);
    return 0;
}

/* A deadline that was stated without a policy: its clock begins with the asking (clocks.c). */
static int ask_stated(const Qp__Face *f, const Qp__Event *ev, struct qp_err *e)
{
    if (ev->at_us > f->deadline_us)
        return qp_fail(e, QP_EPOLICY, "stage: the clock of close was due before this, and stays missed");
    return ev->extension_asked->until_us > f->deadline_us
               ? 0
               : qp_fail(e, QP_EPOLICY, "until: must be later than what the clock of close is due");
}

int qp_extension_ask(const Qp__Face *f, const Qp__Event *ev, struct qp_err *e)
{
    const Qp__ExtensionAsked *x = ev->extension_asked;
    const Qp__Clock *said;
    struct qp_clock c;
    if (qp_extension_stated(f) && qp_stage_parse(x->stage) == QP_CLOCK_CLOSE)
        return ask_stated(f, ev, e);
    int rc = named(&said, f, x->stage, e);
    if (rc || qp_clock_read(&c, said))
        return rc;
    qp_clock_settle(&c, ev->at_us);
    if (c.stage == QP_CLOCK_SIGN)
        return qp_fail(e, QP_EPOLICY,
                       "stage: the clock of sign is whose answer is awaited; withdraw the offer instead");
    if (!c.held && ev->at_us > c.due_us)
        return qp_fail(e, QP_EPOLICY, "stage: the clock of %s was due before this, and stays missed",
                       x->stage);
    int64_t due = qp_clock_due(&c);
    if (due != QP_NEVER_US && x->until_us <= due)
        return qp_fail(e, QP_EPOLICY, "until: must be later than what the clock of %s is due", x->stage);
    if (said->extension && said->extension->state == QP_EXTENSION_ASKED)
        return qp_fail(e, QP_ESTEP, "more time for %s was asked for already; wait for the answer", x->stage);
    return 0;
}

/* The holder's own commander: as often, and by as much, as the policy says. */
static int own_order(struct qp_matters *m, const Qp__Face *f, const Qp__Clock *said, bool grants,
                     struct qp_err *e)
{
    const struct qp_policy_rules *r = m->policy ? &m->policy->policy->rules : NULL;
    if (!qp_id_is(f->holder, m->self) || !grants)
        return 0;
    if (!r || r->extend_own <= 0)
        return qp_fail(e, QP_EPOLICY,
                       "a node above must approve this: the policy lets no holder grant itself more time");
    if (said->extension->granted >= (uint32_t)r->extend_own)
        return qp_fail(
            e, QP_EPOLICY,
            "a node above must approve this: the policy lets a holder grant %d, and so many are in force",
            r->extend_own);
    int64_t from = said->held ? said->until_due_us : said->due_us;
    struct qp_clock c;
    const struct qp_policy_span *by = &r->extend_by;
    if (!by->said || from == 0)
        return 0;
    const struct qp_policy_category *of = qp_policy_find(m->policy->policy, f->category);
    const struct qp_calendar *cal = of ? qp_in_force_calendar(m->policy, of->calendar) : NULL;
    bool counts = cal || qp_unit_measure(by->d.unit) == QP_MEASURE_TIME;
    if (!counts || qp_clock_start(&c, QP_CLOCK_CLOSE, &by->d, "", cal, from, NULL) ||
        said->extension->until_us > c.due_us) {
        char most[QP_DURATION_TEXT];
        qp_duration_text(most, &by->d);
        return qp_fail(e, QP_EPOLICY,
                       "a node above must approve this: the policy lets a holder grant at most %s", most);
    }
    return 0;
}

int qp_extension_order(struct qp_matters *m, const Qp__Row *row, Qp__Event *ev, struct qp_err *e)
{
    const Qp__Face *f = row->face;
    bool grants = ev->body_case == QP__EVENT__BODY_EXTENSION_APPROVED;
    const char *word = grants ? ev->extension_approved->stage : ev->extension_denied->stage;
    const Qp__Clock *said;
    int rc = named(&said, f, word, e);
    if (rc)
        return rc;
    const Qp__Extension *x = said->extension;
    if (!x || x->state != QP_EXTENSION_ASKED)
        return qp_fail(e, QP_ESTEP, "nobody waits for an answer about more time for %s", word);
    const Qp__Beside *order = qp_beside_order(row, said);
    if (order)
        return qp_fail(e, QP_ESTEP, "%s has %s more time for %s already; the holder's answer is awaited",
                       order->by, order->yes ? "approved" : "denied", word);
    if (grants) {
        ev->extension_approved->serial = said->serial;
        ev->extension_approved->number = x->number;
    } else {
        ev->extension_denied->serial = said->serial;
        ev->extension_denied->number = x->number;
    }
    return own_order(m, f, said, grants, e);
}

bool qp_extension_stated(const Qp__Face *f)
{
    return f->deadline_us > 0 && !qp_face_clock(f, QP_CLOCK_CLOSE) && qp_clocks_dated(f);
}

bool qp_extension_pending(const Qp__Row *row, const Qp__Clock *c)
{
    return qp_clock_said_runs(c) && qp_beside_order(row, c);
}

bool qp_extension_any(const Qp__Row *row)
{
    bool any = false;
    for (size_t i = 0; row->n_beside > 0 && i < row->face->n_clocks; i++)
        any |= qp_extension_pending(row, row->face->clocks[i]);
    return any;
}

int qp_extension_answer(const Qp__Row *row, Qp__Event *ev, struct qp_err *e)
{
    const Qp__Clock *c = qp_face_clock(row->face, qp_stage_parse(ev->extended->stage));
    if (!c || !qp_extension_pending(row, c))
        return qp_fail(e, QP_ESTEP, "no order about more time for %s waits for an answer",
                       ev->extended->stage);
    ev->extended->number = c->extension->number;
    return 0;
}
