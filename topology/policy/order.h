/* order.h: one value against another: which is stricter. Private to topology/policy/. */
#ifndef QP_TOPOLOGY_POLICY_ORDER_H
#define QP_TOPOLOGY_POLICY_ORDER_H

#include "topology/policy/field.h"
#include "topology/policy/tighten.h"

enum { QP_ORDER_SAME = QP_CHANGE_KINDS }; /* beside enum qp_change_kind: nothing changes */

/* What `now` is beside `was`: values of `f` in these two structs, each said or not. */
int qp_policy_order(const struct qp_policy_field *f, const void *was, const void *now);
/* The same of the amounts after which is urged: each of was's must have one in now's that is not later, of the same
 * measure, and each its own. */
int qp_policy_order_urges(const struct qp_policy_rules *was, const struct qp_policy_rules *now);
/* "0h, 1wd", sorted; "" for none. */
void qp_policy_show_urges(char out[QP_POLICY_VALUE], const struct qp_policy_rules *r);
/* Sorted by length, into a copy. */
void qp_policy_sort_urges(struct qp_policy_span out[QP_POLICY_URGES], const struct qp_policy_rules *r);

#endif
