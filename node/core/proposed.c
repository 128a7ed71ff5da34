/* proposed.c: see proposed.h. The desks are read once a turn: many reports come in one. */
#include <assert.h>

#include "node/core/proposed.h"

#include "node/core/private.h"

uint32_t qp_proposed_urgency(const struct qp_policy *policy, const char *category, uint32_t urgency)
{
    const struct qp_policy_category *c = policy ? qp_policy_find(policy, category) : NULL;
    uint32_t least = c && c->urgency > QP_ROUTINE ? (uint32_t)c->urgency : QP_ROUTINE;
    return urgency > least ? urgency : least;
}

const char *qp_proposed_desk(const struct qp_policy *policy, const char *category)
{
    const struct qp_policy_category *c = policy ? qp_policy_find(policy, category) : NULL;
    return c && c->desk ? c->desk : "";
}

/* By code or by title (PO2); what no policy knows, by its letters. */
static bool same_category(const struct qp_policy *policy, const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return true;
    const struct qp_policy_category *one = policy ? qp_policy_find(policy, a) : NULL;
    return one && *one->code != 0 && one == qp_policy_find(policy, b);
}

static int fits(const Qp__DeskDuty *d, const struct qp_policy *policy, const char *category, const char *area)
{
    if (*d->category && !same_category(policy, d->category, category))
        return 0;
    if (*d->area && !qp_path_within(area, d->area))
        return 0;
    return 2 * (*d->category != 0) + (*d->area != 0);
}

int qp_duty_fits(const Qp__DeskMade *desk, const struct qp_policy *policy, const char *category,
                 const char *area)
{
    int best = 0;
    for (size_t i = 0; i < desk->n_duties; i++) {
        int n = fits(desk->duties[i], policy, category, area);
        best = n > best ? n : best;
    }
    assert(best >= 0 && best <= 3); /* nothing, its area, its category, both */
    return best;
}

/* ---- in a turn ---- */

static int read_desks(struct qp_work *w, struct qp_err *e)
{
    assert(!w->desks_read); /* once a turn */
    struct qp_read r = {.store = w->c->store, .tables = w->t->tables, .journal = w->t->journal};
    const char *after = "";
    struct qp_resource_row row;
    size_t cap = 0;
    int rc;
    w->ndesks = 0;
    while (!(rc = qp_resource_next(&r, &qp_resources[QP_RESOURCE_DESK], after, w->c->arena, &row))) {
        const Qp__DeskMade *desk = (const Qp__DeskMade *)row.made;
        after = desk->code;
        if (row.ended_us != 0 || desk->n_duties == 0)
            continue;
        const Qp__DeskMade **v = qp_arena_list(w->c->arena, w->desks, w->ndesks, &cap, sizeof *v, 16);
        if (!v)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        w->desks = v;
        w->desks[w->ndesks++] = desk;
    }
    w->desks_read = rc == QP_ENOTFOUND;
    return w->desks_read ? 0 : qp_fail(e, rc, "the desks of this node cannot be read; run qipan rebuild");
}

int qp_propose(struct qp_work *w, Qp__Face *f, bool down, struct qp_err *e)
{
    const struct qp_policy *policy = qp_core_policy(w->c);
    const char *desk = qp_proposed_desk(policy, f->category);
    int best = 0, rc = 0;
    f->urgency = qp_proposed_urgency(policy, f->category, f->urgency);
    if (*f->desk != 0 || down)
        return 0;
    if (!w->desks_read)
        rc = read_desks(w, e);
    for (size_t i = 0; !rc && i < w->ndesks; i++) {
        int n = qp_duty_fits(w->desks[i], policy, f->category, f->area);
        if (n > best)
            desk = w->desks[i]->code;
        best = n > best ? n : best;
    }
    assert(rc || desk);
    f->desk = !rc ? qp_arena_text(w->c->arena, desk) : f->desk;
    return !rc && !f->desk ? qp_fail(e, QP_ENOMEM, "the turn ran out of memory") : rc;
}
