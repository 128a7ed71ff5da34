/* family.h: which categories lie above which, as the policy in force says, by the codes of their names: a category's parent has
 * a series as well, of all that lies below it (WN1). Immutable. */
#ifndef QP_NODE_INSIGHT_WATCH_FAMILY_H
#define QP_NODE_INSIGHT_WATCH_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topology/policy/policy.h"

struct qp_family;
/* p NULL: nothing lies above anything. NULL: no memory. */
struct qp_family *qp_family_new(const struct qp_policy *p);
void qp_family_free(struct qp_family *f);
bool qp_family_same(const struct qp_family *a, const struct qp_family *b);

/* Those that others lie below, in the order of their codes. */
size_t qp_family_parents(const struct qp_family *f);
uint64_t qp_family_parent(const struct qp_family *f, size_t i);
/* The name behind such a code, its title where it has one; NULL: it is none of them. */
const char *qp_family_name(const struct qp_family *f, uint64_t parent);
/* Calls `each` with the number of every parent that a category lies below, and with its own where it is one. */
void qp_family_each(const struct qp_family *f, uint64_t category, void (*each)(void *arg, size_t parent),
                    void *arg);
/* f NULL: nothing does. */
bool qp_family_below(const struct qp_family *f, uint64_t category, uint64_t parent);

#endif
