/* policy.h: the policy that is in force at a node (PO1): what holds of all that its ancestors and itself have said,
 * of each value the strictest. NULL as long as none of them has ever said one: then there are no clocks, no visits, every
 * category is taken, and offers are answered as the settings say.
 *
 *   PolicySaid, of an ancestor or here ─► the table ─► folded once for each change ─► struct qp_in_force
 *                                                        ├─► the turn: qp_core_policy, qp_matters.policy
 *                                                        └─► any thread: qp_core_policy_hold
 *
 * Deciding may ask it (the door, node/matter's decide); projecting must not: what a rule makes of a matter is stated
 * in the event, so that a replay and every other node find the same (PO4). */
#ifndef QP_NODE_CORE_POLICY_H
#define QP_NODE_CORE_POLICY_H

#include "node/core/core.h"
#include "topology/policy/in_force.h"

/* The turn's thread: good until the next qp_turn, qp_core_forget or qp_core_set_policy. NULL: none was ever said. */
const struct qp_policy *qp_core_policy(const struct qp_core *c);
const struct qp_in_force *qp_core_in_force(const struct qp_core *c); /* with its calendars */
/* Any thread; until qp_in_force_release, which must come before qp_core_close. NULL: none was ever said. */
struct qp_in_force *qp_core_policy_hold(struct qp_core *c);
/* For tests, between turns: takes over `p` as the one in force, until an event changes what holds or the node is opened
 * again. NULL: none. False: out of memory. */
bool qp_core_set_policy(struct qp_core *c, struct qp_policy *p);

#endif
