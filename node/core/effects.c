/* effects.c: what each kind of event that names no matter does: one table, and whoever looks into it. A file of its own, since
 * its arrows are the table's: what it names calls back what serves all (tests/unit/layers.py, DISPATCH).
 * Whoever calls: projection, for every event that names no matter, and whoever says one. What does not hold (an issuer that is
 * not one, an order from below) has no effect: the parcel is kept all the same (E5). */
#include <assert.h>

#include "node/core/duty.h"
#include "node/core/facts.h"
#include "node/core/ground.h"
#include "node/core/lead.h"
#include "node/core/renew.h"
#include "node/core/warn.h"
#include "node/matter/lifecycle.h"
#include "proto/steps.h"

/* What each kind that is no matter's does. */
#define RESOURCE(NAME, name, one, id, table, MADE, ENDED, ...)                                               \
    [QP__EVENT__BODY_##MADE] = qp_fact_resource, [QP__EVENT__BODY_##ENDED] = qp_fact_resource,
static int (*const effects[])(struct qp_work *w, const Qp__Event *ev,
                              struct qp_err *e) = {[QP__EVENT__BODY_ENROLLED] = qp_fact_enrolled,
                                                   [QP__EVENT__BODY_REVOKED] = qp_fact_revoked,
                                                   [QP__EVENT__BODY_JOINED] = qp_fact_joined,
                                                   [QP__EVENT__BODY_INVITED] = qp_fact_invited,
                                                   [QP__EVENT__BODY_LEARNED] = qp_fact_learned,
                                                   [QP__EVENT__BODY_REFUSAL] = qp_fact_refusal,
                                                   [QP__EVENT__BODY_RECOVERED] = qp_fact_recovered,
                                                   [QP__EVENT__BODY_POLICY_SAID] = qp_policy_hear,
                                                   [QP__EVENT__BODY_POLICY_HEARD] = qp_fact_policy_heard,
                                                   [QP__EVENT__BODY_WARNED] = qp_warned,
                                                   [QP__EVENT__BODY_WARNING_SAID] = qp_warning_heard,
                                                   [QP__EVENT__BODY_LEAD_FOUND] = qp_lead_found,
                                                   [QP__EVENT__BODY_LEAD_SAID] = qp_lead_heard,
                                                   [QP__EVENT__BODY_LEADS_COMPARED] = qp_lead_numbers,
                                                   [QP__EVENT__BODY_DAY_ENDED] = qp_day_ended,
                                                   [QP__EVENT__BODY_SEASONED] = qp_seasoned,
                                                   [QP__EVENT__BODY_AUDITED] = qp_fact_audited,
                                                   [QP__EVENT__BODY_GRID_ORDERED] = qp_grid_ordered,
                                                   [QP__EVENT__BODY_DUTY_SAID] = qp_duty_said,
                                                   [QP__EVENT__BODY_PATROL_STARTED] = qp_patrol_started,
                                                   [QP__EVENT__BODY_PATROL_MARKED] = qp_patrol_marked,
                                                   [QP__EVENT__BODY_CIRCULAR_SAID] = qp_circular_hear,
                                                   [QP__EVENT__BODY_CIRCULAR_JUDGED] = qp_circular_judged,
                                                   [QP__EVENT__BODY_RENEWAL_ASKED] = qp_renewal_asked,
                                                   [QP__EVENT__BODY_RENEWED] = qp_renewed,
                                                   [QP__EVENT__BODY_SAID_AGAIN] = qp_said_again,
                                                   QP_RESOURCES(RESOURCE)};

void qp_facts_complete(void)
{
    size_t n;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        bool has = k[i].body < sizeof effects / sizeof *effects && effects[k[i].body];
        bool here = k[i].subject != QP_OF_MATTER && k[i].subject != QP_OF_LINE; /* lines: node/line/fact.c */
        assert(has == here && "a kind that is no matter's has its effect here");
        bool apart = k[i].body == QP__EVENT__BODY_OPENED || k[i].body == QP__EVENT__BODY_SEIZED ||
                     k[i].body == QP__EVENT__BODY_VOUCHED; /* matter/apply.c, custody.c, core/vouch.c */
        bool goes = qp_transition_of((int)k[i].body);
        assert(goes == (k[i].subject == QP_OF_MATTER && !apart) &&
               "a kind of a matter has its row in matter/lifecycle.c");
    }
    for (size_t i = 0; i < QP_STEPS_N; i++)
        assert(qp_transition_of(qp_steps[i].body) && "a step has its row in matter/lifecycle.c");
}

int qp_node_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
    return !k || qp_event_may(w, ev) ? 0 : effects[k->body](w, ev, e);
}
