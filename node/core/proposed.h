/* proposed.h: what a report gets that does not say it: the urgency of its category (PO2) and the desk that it lies with until
 * it is assigned: that of this node whose duty it is (DE1), else the category's default.
 *
 *   urgency   the higher of the category's and the reporter's: policies only tighten (PO1), and urgency only rises (U1)
 *   desk      the reporter's own word wins; what is offered down at once gets its desk where it goes
 *
 * A report whose time is stated is a record of elsewhere (an importer's): it stays as it was stated.
 *
 * Asked by the turn (step.c), and by whoever shows beforehand what would become of a report (node/http/calls/foresee.c). */
#ifndef QP_NODE_CORE_PROPOSED_H
#define QP_NODE_CORE_PROPOSED_H

#include "node/core/core.h"
#include "node/core/policy.h"

/* policy: the one in force, NULL: none. urgency: as reported, 0: not said. Never 0. */
uint32_t qp_proposed_urgency(const struct qp_policy *policy, const char *category, uint32_t urgency);
/* The category's default desk; "": it has none. Belongs to the policy. */
const char *qp_proposed_desk(const struct qp_policy *policy, const char *category);
/* How closely a desk's duties fit a matter of this category and area: 0: not, or it has none that say anything; more is closer (one
 * that names the category before one that names the area, both before either). A category is the same by its code and by its title. */
int qp_duty_fits(const Qp__DeskMade *desk, const struct qp_policy *policy, const char *category,
                 const char *area);

#endif
