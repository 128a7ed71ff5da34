/* duty.c: on duty and off (GR3): decided for whoever asks, and what the fact does. See duty.h. */
#include <assert.h>

#include "node/core/duty.h"

#include "node/core/ledger/ground.h"
#include "node/core/private.h"

struct qp_where *qp_core_where(struct qp_core *c)
{
    return c->where;
}

bool qp_duty_on(const Qp__DutyRow *row, int64_t now_us)
{
    return row->said->on && row->said->until_us > now_us;
}

/* The later one counts, whichever way it came (E1). Off: his position is gone before anything else is said. */
int qp_duty_said(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_DUTY_SAID);
    Qp__DutyRow *was = NULL, row = QP__DUTY_ROW__INIT;
    int rc = qp_duty_row(w, ev->origin.data, ev->duty_said->person, &was);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "who is on duty cannot be read");
    if (was && ev->version <= was->version)
        return 0;
    bool goes_on = was && ev->duty_said->on && qp_duty_on(was, ev->at_us);
    row.said = ev->duty_said;
    row.since_us = goes_on ? was->since_us : ev->at_us;
    row.version = ev->version;
    row.updated_us = ev->at_us;
    if (qp_same(ev->origin.data, w->c->self.node))
        qp_where_said(w->c->where, row.said->person, row.version, row.said->on ? row.said->until_us : 0);
    static const uint8_t no_patrol[QP_ID_LEN];
    rc = qp_duty_put(w, ev->origin.data, &row, e);
    return rc ? rc : qp_patrol_key_put(w, ev, no_patrol, e); /* one client's keys are kept together (RE4) */
}

int qp_duty_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_GROUND);
    assert(cmd->draft->body_case == QP__EVENT__BODY_DUTY_SAID);
    Qp__DutyRow *was = NULL;
    int rc = qp_patrol_by_key(w, cmd->draft, r->matter, e);
    if (rc != QP_ENOTFOUND) /* it was said by this key already, and is not said again */
        return rc;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    Qp__DutySaid *d = ev->duty_said;
    int64_t most_us = w->now_us + (int64_t)QP_SHIFT_MOST_S * 1000000;
    rc = qp_duty_row(w, w->c->self.node, d->person, &was);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "who is on duty cannot be read");
    bool on = was && qp_duty_on(was, w->now_us);
    if (cmd->if_version >= 0 && (was ? was->version : 0) != (uint64_t)cmd->if_version)
        return qp_fail(e, QP_EVERSION, "the duty of %s has version %llu by now, not %lld: read it again",
                       d->person, (unsigned long long)(was ? was->version : 0), (long long)cmd->if_version);
    if (!d->on && !on)
        return 0; /* he is off already */
    if (d->on && d->until_us == 0)
        d->until_us = most_us;
    if (d->on && d->until_us <= w->now_us)
        return qp_fail(e, QP_EINVAL, "until: this time is over");
    if (d->on && d->until_us > most_us)
        return qp_fail(e, QP_EINVAL,
                       "until: a shift ends after %d hours at the latest: begin the next one then",
                       QP_SHIFT_MOST_S / 3600);
    if (d->on && *d->grid && (rc = qp_ground_grid(w, d->grid, e)))
        return rc;
    if (!d->on)
        d->until_us = 0;
    ev->version = was ? was->version + 1 : 1;
    assert(!d->on || (d->until_us > w->now_us && d->until_us <= most_us));
    r->created = d->on && !on;
    return qp_say_fact_up(w, ev, e);
}

int qp_duty_leaves(struct qp_work *w, const char *person, const char *by, struct qp_err *e)
{
    assert(person && by);
    Qp__DutyRow *was = NULL;
    int rc = qp_duty_row(w, w->c->self.node, person, &was);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "who is on duty cannot be read");
    if (!rc && qp_duty_on(was, w->now_us)) {
        Qp__Event *ev = qp_event_new(w, by);
        Qp__DutySaid *d = qp_arena_take(w->c->arena, sizeof *d);
        if (!ev || !d)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        *d = *was->said;
        d->on = false;
        d->until_us = 0;
        d->reason = qp_arena_text(w->c->arena, "账号已停用 / the account has ended");
        ev->body_case = QP__EVENT__BODY_DUTY_SAID;
        ev->duty_said = d;
        ev->version = was->version + 1;
        rc = d->reason ? qp_say_fact_up(w, ev, e) : qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        if (rc)
            return rc;
    }
    return qp_patrol_leaves(w, person, by, e);
}
