/* prolong.c: see prolong.h. */
#include "node/matter/prolong.h"

#include <string.h>

/* The rule ends with its calendar's name. One whose policy is no more in force counts on by the calendar of the same
 * name, and by no other (PO4); natural days need the zone alone, which all of them have. */
const struct qp_calendar *qp_clock_calendar(const struct qp_in_force *policy, const struct qp_clock *c)
{
    size_t len = strlen(c->rule);
    const struct qp_calendar *any = NULL;
    for (size_t i = 0; policy && qp_clock_needs_hours(c) && i < policy->policy->n_calendars; i++) {
        const char *name = policy->policy->calendars[i].form.name;
        size_t n = strlen(name);
        const struct qp_calendar *cal = qp_in_force_calendar(policy, name);
        if (n + 3 <= len && strcmp(c->rule + len - n, name) == 0 &&
            memcmp(c->rule + len - n - 3, " / ", 3) == 0)
            return cal;
        any = any ? any : cal;
    }
    return qp_unit_measure(c->amount.unit) == QP_MEASURE_DAYS ? any : NULL;
}

bool qp_clock_prolong(struct qp_clock *c, const struct qp_in_force *policy, int64_t at_us)
{
    const char *version = policy->policy->version;
    size_t len = strlen(version);
    if (c->end != QP_CLOCK_GOES_ON || qp_unit_measure(c->amount.unit) < QP_MEASURE_WORK)
        return false;
    if (strncmp(c->rule, version, len) == 0 && strncmp(c->rule + len, " / ", 3) == 0)
        return false; /* it was started by this very one */
    const struct qp_calendar *cal = qp_clock_calendar(policy, c);
    return cal && qp_clock_later(c, cal, version, at_us);
}

bool qp_clocks_later(const struct qp_in_force *policy, const Qp__Face *f, int64_t at_us)
{
    for (size_t i = 0; i < f->n_clocks; i++) {
        struct qp_clock c;
        if (qp_clock_said_runs(f->clocks[i]) && !qp_clock_read(&c, f->clocks[i]) &&
            qp_clock_prolong(&c, policy, at_us))
            return true;
    }
    return false;
}

int64_t qp_clock_reminder(const struct qp_clock *c, const struct qp_in_force *policy, const char *category)
{
    const struct qp_policy_category *of = policy ? qp_policy_find(policy->policy, category) : NULL;
    const struct qp_policy_span *before = of ? &of->remind[c->stage] : NULL;
    struct qp_clock then = *c;
    if (!before || !before->said || c->end != QP_CLOCK_GOES_ON)
        return 0;
    if (qp_unit_measure(before->d.unit) != qp_unit_measure(c->amount.unit))
        return 0;
    if (c->held && c->until_us != QP_NEVER_US &&
        c->npauses > 0) { /* as it will be when it goes on by itself */
        then.held = false;
        then.due_us = c->until_due_us;
        then.pauses[then.npauses - 1].to_us = c->until_us;
    }
    const struct qp_calendar *cal = qp_clock_calendar(policy, c);
    if (then.due_us == QP_NEVER_US || (!cal && qp_unit_measure(c->amount.unit) != QP_MEASURE_TIME))
        return 0;
    int64_t at_us = qp_clock_remind(&then, cal, &before->d);
    return at_us < 0 || at_us >= QP_CLOCK_END_US ? 0 : at_us; /* never is later than all of them */
}

int64_t qp_clock_said_remind(const Qp__Clock *c)
{
    int64_t due = qp_clock_said_due(c);
    return qp_clock_said_runs(c) && c->remind_us > 0 && c->remind_us < due ? c->remind_us : 0;
}
