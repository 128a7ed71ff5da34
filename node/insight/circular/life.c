/* life.c: see life.h. Deeds in the order of versions, one after the other (step.c), and what the life adds to each figure. */
#include "node/insight/circular/life.h"

#include <stdlib.h>
#include <string.h>

#include "topology/path.h"

enum { EXTENSION_IN_FORCE = 3 }; /* enum qp_extension of node/matter/clocks.h, as kept in Clock.extension */

struct qp_signing {
    uint32_t serial;
    int64_t due_us, ended_us;
};
struct qp_asked_for {
    uint32_t which;
    int64_t asked_us;
    bool granted;
};

/* ---- order ---- */

static int by_version(const void *a, const void *b)
{
    const struct qp_ordered *x = a, *y = b;
    if (x->d->version != y->d->version)
        return x->d->version < y->d->version ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static bool room_for(struct qp_life_room *r, size_t n)
{
    if (n <= r->cap)
        return true;
    const struct qp_deed **all = realloc(r->all, n * 2 * sizeof *all);
    if (all != NULL)
        r->all = all;
    struct qp_ordered *v = all != NULL ? realloc(r->v, n * 2 * sizeof *v) : NULL;
    if (v == NULL)
        return false;
    r->v = v;
    r->cap = n * 2;
    return true;
}

int qp_life_order(struct qp_life_room *r, const struct qp_census *c, const struct qp_counted *m)
{
    if (!room_for(r, m->n))
        return QP_ENOMEM;
    size_t n = m->n;
    for (uint32_t at = m->newest; at != QP_NO_DEED; at = r->all[n]->before)
        r->all[--n] = qp_deed_at(c, at);
    r->n = r->n_loose = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        if (r->all[i]->flags & QP_DEED_FOLLOWS) {
            r->v[r->n - 1].follows++;
            continue;
        }
        r->v[r->n++] = (struct qp_ordered){.d = r->all[i], .order = i};
        r->n_loose += r->all[i]->version == 0;
    }
    qsort(r->v, r->n, sizeof *r->v, by_version);
    return QP_OK;
}

void qp_life_end(struct qp_life_room *r)
{
    free(r->all);
    free(r->v);
    free(r->sign);
    free(r->asked);
}

/* ---- living ---- */

bool qp_life_within(const struct qp_living *v, int64_t at_us)
{
    return at_us >= v->span->from_us && at_us < v->span->to_us;
}

void qp_life_count(struct qp_living *v, enum qp_circular_figure f, bool above)
{
    v->l->n.n[f][0] += above;
    v->l->n.n[f][1]++;
}

static void sign_clock(struct qp_living *v, const struct qp_deed *d)
{
    struct qp_life_room *r = v->r;
    size_t i = 0;
    while (i < r->n_sign && r->sign[i].serial != d->node)
        i++;
    if (i == r->cap_sign) {
        size_t cap = r->cap_sign > 0 ? r->cap_sign * 2 : 8;
        struct qp_signing *more = realloc(r->sign, cap * sizeof *more);
        v->no_memory = v->no_memory || more == NULL;
        if (more == NULL)
            return;
        r->sign = more;
        r->cap_sign = cap;
    }
    r->n_sign = i == r->n_sign ? i + 1 : r->n_sign;
    r->sign[i] = (struct qp_signing){d->node, d->x, d->y};
}

static void extension(struct qp_living *v, const struct qp_deed *d)
{
    struct qp_life_room *r = v->r;
    size_t i = 0;
    while (i < r->n_asked && r->asked[i].which != d->node)
        i++;
    if (i == r->cap_asked) {
        size_t cap = r->cap_asked > 0 ? r->cap_asked * 2 : 8;
        struct qp_asked_for *more = realloc(r->asked, cap * sizeof *more);
        v->no_memory = v->no_memory || more == NULL;
        if (more == NULL)
            return;
        r->asked = more;
        r->cap_asked = cap;
    }
    if (i == r->n_asked)
        r->asked[r->n_asked++] = (struct qp_asked_for){d->node, d->x, false};
    r->asked[i].granted = r->asked[i].granted || d->y == EXTENSION_IN_FORCE;
}

void qp_life_follow(struct qp_living *v, const struct qp_ordered *o)
{
    for (uint32_t i = 1; i <= o->follows; i++) {
        const struct qp_deed *d = v->r->all[o->order + i];
        switch (d->kind) {
        case QP_DEED_CLOCK: v->l->deadline_us = d->y; break;
        case QP_DEED_SIGN: sign_clock(v, d); break;
        case QP_DEED_EXTENSION: extension(v, d); break;
        default: break;
        }
    }
}

void qp_life_tell(struct qp_living *v, const struct qp_deed *d)
{
    v->told_us = d->at_us > v->told_us ? d->at_us : v->told_us;
}

static int same_event(const struct qp_deed *a, const struct qp_deed *b)
{
    return a->origin == b->origin && a->incarnation == b->incarnation && a->counter == b->counter;
}

/* CI1: answered by what the holder told after it. */
static void urges(struct qp_living *v)
{
    const struct qp_ordered *o = v->r->v;
    for (size_t i = 0; i < v->r->n_loose; i++)
        if (o[i].d->kind == QP_DEED_PROGRESSED && o[i].d->origin == v->holder &&
            o[i].d->at_us < v->span->to_us)
            qp_life_tell(v, o[i].d);
    for (size_t i = 0; i < v->r->n_loose; i++) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = same_event(o[k].d, o[i].d);
        if (o[i].d->kind == QP_DEED_URGED && !again && qp_life_within(v, o[i].d->at_us))
            qp_life_count(v, QP_CF_URGED, v->told_us >= o[i].d->at_us);
    }
}

static void sum(struct qp_living *v)
{
    struct qp_life *l = v->l;
    bool closed = l->closed_us != 0;
    bool due =
        l->deadline_us != 0 ? qp_life_within(v, l->deadline_us) : closed && qp_life_within(v, l->closed_us);
    l->n.n[QP_CF_OPENED][0] = qp_life_within(v, l->opened_us);
    l->n.n[QP_CF_DUE][0] = due;
    if (due) {
        qp_life_count(v, QP_CF_CLOSED_OF_DUE, closed);
        qp_life_count(v, QP_CF_CLOSED_IN_TIME,
                      closed && (l->deadline_us == 0 || l->closed_us <= l->deadline_us));
    }
    for (size_t i = 0; i < v->r->n_sign; i++) {
        const struct qp_signing *s = &v->r->sign[i];
        if (s->due_us != 0 && qp_life_within(v, s->due_us))
            qp_life_count(v, QP_CF_SIGNED_IN_TIME, s->ended_us != 0 && s->ended_us <= s->due_us);
    }
    for (size_t i = 0; i < v->r->n_asked; i++)
        if (qp_life_within(v, v->r->asked[i].asked_us))
            qp_life_count(v, QP_CF_EXTENDED, v->r->asked[i].granted);
    l->n.n[QP_CF_VISITED][1] += v->must_visit; /* a duty that is still open */
    urges(v);
}

int qp_life_live(struct qp_living *v, struct qp_life_room *r, const struct qp_census *c,
                 const struct qp_span_us *span, struct qp_life *out)
{
    *v = (struct qp_living){.r = r, .c = c, .span = span, .l = out};
    memset(out, 0, sizeof *out);
    r->n_sign = r->n_asked = 0;
    for (size_t i = r->n_loose; i < r->n; i++)
        if (!qp_life_step(v, &r->v[i]))
            break;
    if (v->no_memory)
        return QP_ENOMEM;
    bool here = qp_path_within(qp_string_at(&c->texts, out->area), qp_string_at(&c->texts, c->area));
    if (v->version == 0 || !here)
        return QP_ENOTFOUND;
    sum(v);
    return QP_OK;
}

int qp_life_run(struct qp_life_room *r, const struct qp_census *c, const struct qp_span_us *span,
                struct qp_life *out)
{
    struct qp_living v;
    return qp_life_live(&v, r, c, span, out);
}
