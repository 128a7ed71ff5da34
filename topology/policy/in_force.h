/* in_force.h: a policy that holds somewhere, with its calendars made to count with: immutable, shared, counted.
 *
 *   struct qp_policy ─► qp_in_force_new (its calendars in the tree's zone) ─► hold, release, from any thread
 *
 * Whoever was given one by a function that says "hold" releases it; whoever was given a const one uses it as long as
 * that function says. The zone is borrowed and must outlive it. */
#ifndef QP_TOPOLOGY_POLICY_IN_FORCE_H
#define QP_TOPOLOGY_POLICY_IN_FORCE_H

#include <stdatomic.h>

#include "topology/policy/policy.h"

struct qp_changes; /* topology/policy/tighten.h */

struct qp_in_force {
    const struct qp_policy *policy; /* never NULL */
    struct qp_changes *vain; /* what its own node said of it without effect: what is above is stricter */
    uint8_t stamp[32];       /* what it was made of; whoever makes it says it */
    /* ---- private ---- */
    struct qp_policy *own;
    struct qp_calendar *
        *calendars; /* in the order of policy->calendars; NULL: one that nobody can count with */
    atomic_uint held;
};

/* Takes over `p`, also when it fails. Held once. NULL: out of memory. A calendar that is wrong (qp_policy_check tells
 * it) is none. Makes each calendar: a millisecond each at most; once for a policy, never for a matter. */
struct qp_in_force *qp_in_force_new(struct qp_policy *p, const struct qp_zone *zone);
struct qp_in_force *qp_in_force_hold(const struct qp_in_force *f); /* NULL is fine */
void qp_in_force_release(const struct qp_in_force *f);             /* NULL is fine */
/* How many values its own node said of it without effect. */
size_t qp_in_force_vain(const struct qp_in_force *f);
/* The calendar whose working time a category's clocks count; `name` NULL, or none of that name: NULL. */
const struct qp_calendar *qp_in_force_calendar(const struct qp_in_force *f, const char *name);

#endif
