/* in_force.c: a policy and its calendars in one piece. See in_force.h. */
#include "topology/policy/in_force.h"

#include <stdlib.h>
#include <string.h>

#include "topology/policy/tighten.h"

struct qp_in_force *qp_in_force_new(struct qp_policy *p, const struct qp_zone *zone)
{
    struct qp_in_force *f = calloc(1, sizeof *f);
    struct qp_calendar **v = calloc(p->n_calendars + 1, sizeof *v);
    if (!f || !v) {
        free(f);
        free(v);
        qp_policy_free(p);
        return NULL;
    }
    for (size_t i = 0; i < p->n_calendars; i++)
        qp_calendar_new(&v[i], &p->calendars[i].form, zone, NULL); /* stays NULL where it cannot be made */
    f->policy = f->own = p;
    f->calendars = v;
    atomic_init(&f->held, 1);
    return f;
}

struct qp_in_force *qp_in_force_hold(const struct qp_in_force *f)
{
    struct qp_in_force *x = (struct qp_in_force *)(uintptr_t)f;
    if (x)
        atomic_fetch_add_explicit(&x->held, 1, memory_order_relaxed);
    return x;
}

void qp_in_force_release(const struct qp_in_force *f)
{
    struct qp_in_force *x = (struct qp_in_force *)(uintptr_t)f;
    if (!x || atomic_fetch_sub_explicit(&x->held, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < x->own->n_calendars; i++)
        qp_calendar_free(x->calendars[i]);
    free(x->calendars);
    if (x->vain)
        qp_changes_free(x->vain);
    free(x->vain);
    qp_policy_free(x->own);
    free(x);
}

size_t qp_in_force_vain(const struct qp_in_force *f)
{
    size_t n = 0;
    for (int k = 0; k < QP_CHANGE_KINDS; k++)
        n += k != QP_CHANGE_TIGHTER && f->vain ? f->vain->count[k] : 0;
    return n;
}

const struct qp_calendar *qp_in_force_calendar(const struct qp_in_force *f, const char *name)
{
    for (size_t i = 0; name && i < f->policy->n_calendars; i++)
        if (strcmp(f->policy->calendars[i].form.name, name) == 0)
            return f->calendars[i];
    return NULL;
}
