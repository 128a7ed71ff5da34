/* policy.c: the policy in force: who holds it, and how it is given to the turn and to other threads. */
#include "node/core/policy.h"

#include "node/core/private.h"

const struct qp_in_force *qp_core_in_force(const struct qp_core *c)
{
    return c->in_force;
}

const struct qp_policy *qp_core_policy(const struct qp_core *c)
{
    return c->in_force != NULL ? c->in_force->policy : NULL;
}

struct qp_in_force *qp_core_policy_hold(struct qp_core *c)
{
    pthread_mutex_lock(&c->in_force_lock);
    struct qp_in_force *f = qp_in_force_hold(c->in_force);
    pthread_mutex_unlock(&c->in_force_lock);
    return f;
}

void qp_policy_change(struct qp_core *c, struct qp_in_force *f)
{
    pthread_mutex_lock(&c->in_force_lock);
    struct qp_in_force *was = c->in_force;
    c->in_force = f;
    pthread_mutex_unlock(&c->in_force_lock);
    qp_in_force_release(was);
}

bool qp_core_set_policy(struct qp_core *c, struct qp_policy *p)
{
    struct qp_in_force *f = p != NULL ? qp_in_force_new(p, c->zone) : NULL;
    if (p != NULL && f == NULL)
        return false;
    qp_policy_change(c, f);
    return true;
}
