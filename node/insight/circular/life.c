/* life.c: see life.h. Deeds in the order of versions, one after the other (step.c), and what the life adds to each figure. */
#include "node/insight/circular/life.h"

#include <stdlib.h>
#include <string.h>

#include "topology/path.h"

enum { EXTENSION_IN_FORCE = 3 }; /* enum qp_extension of node/matter/clocks.h, as kept in Clock.extension */

struct qp_signing { /* a sign clock as one deed says it; the last word of each serial counts */
    uint32_t serial, order;
    int64_t due_us, ended_us;
    int64_t moment_us; /* of the deed that says it */
    bool gone;         /* with its offer, which was asked back */
};
struct qp_asked_for { /* an extension likewise; granted once is granted */
    uint32_t which, order;
    int64_t moment_us; /* of the deed that says it */
    bool granted;
};

/* ---- order ---- */

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_event(const struct qp_deed *x, const struct qp_deed *y)
{
    int c = compare(x->origin, y->origin);
    if (c == 0)
        c = compare(x->incarnation, y->incarnation);
    return c != 0 ? c : compare(x->counter, y->counter);
}

/* Those without a version by their ids, so that what came twice lies side by side. */
static int by_version(const void *a, const void *b)
{
    const struct qp_ordered *x = a, *y = b;
    int c = compare(x->d->version, y->d->version);
    if (c == 0 && x->d->version == 0)
        c = by_event(x->d, y->d);
    return c != 0 ? c : compare(x->order, y->order);
}

static void drop_repeated(struct qp_life_room *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->n_loose; i++)
        if (kept == 0 || by_event(r->v[kept - 1].d, r->v[i].d) != 0)
            r->v[kept++] = r->v[i];
    memmove(r->v + kept, r->v + r->n_loose, (r->n - r->n_loose) * sizeof *r->v);
    r->n -= r->n_loose - kept;
    r->n_loose = kept;
}

static bool room_for(struct qp_life_room *r, size_t n)
{
    if (n <= r->cap)
        return true;
    const struct qp_deed **all = realloc(r->all, n * 2 * sizeof *all);
    if (all)
        r->all = all;
    struct qp_ordered *v = all ? realloc(r->v, n * 2 * sizeof *v) : NULL;
    if (!v)
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
    r->appeals = false;
    for (uint32_t i = 0; i < m->n; i++) {
        r->appeals |= r->all[i]->kind == QP_DEED_APPEAL_ENDED || r->all[i]->kind == QP_DEED_APPEAL;
        if (r->all[i]->flags & QP_DEED_FOLLOWS) {
            r->v[r->n - 1].follows++;
            continue;
        }
        r->v[r->n++] = (struct qp_ordered){.d = r->all[i], .order = i};
        r->n_loose += r->all[i]->version == 0;
    }
    qsort(r->v, r->n, sizeof *r->v, by_version);
    drop_repeated(r);
    return 0;
}

void qp_life_end(struct qp_life_room *r)
{
    free(r->all);
    free(r->v);
    free(r->sign);
    free(r->asked);
    free(r->overturned);
}

/* ---- living ---- */

bool qp_life_within(const struct qp_living *v, int64_t moment_us)
{
    return moment_us >= v->span->from_us && moment_us < v->span->to_us;
}

void qp_life_count(struct qp_living *v, enum qp_circular_figure f, bool above)
{
    v->l->n.n[f][0] += above;
    v->l->n.n[f][1]++;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Room for one more. NULL: no memory. */
static void *more(struct qp_living *v, void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    size_t want = *cap > 0 ? *cap * 2 : 8;
    void *grown = realloc(list, want * size);
    v->no_memory = v->no_memory || !grown;
    if (grown)
        *cap = want;
    return grown;
}

static void sign_clock(struct qp_living *v, const struct qp_deed *d, bool gone)
{
    struct qp_life_room *r = v->r;
    struct qp_signing *list = more(v, r->sign, r->n_sign, &r->cap_sign, sizeof *list);
    if (!list)
        return;
    r->sign = list;
    list[r->n_sign] = (struct qp_signing){d->node, (uint32_t)r->n_sign, d->x, d->y, v->moment_us, gone};
    r->n_sign++;
}

static void extension(struct qp_living *v, const struct qp_deed *d)
{
    struct qp_life_room *r = v->r;
    struct qp_asked_for *list = more(v, r->asked, r->n_asked, &r->cap_asked, sizeof *list);
    if (!list)
        return;
    r->asked = list;
    list[r->n_asked] = (struct qp_asked_for){d->node, (uint32_t)r->n_asked, later(d->x, v->moment_us),
                                             d->y == EXTENSION_IN_FORCE};
    r->n_asked++;
}

void qp_life_follow(struct qp_living *v, const struct qp_ordered *o)
{
    for (uint32_t i = 1; i <= o->follows; i++) {
        const struct qp_deed *d = v->r->all[o->order + i];
        switch (d->kind) {
        case QP_DEED_CLOCK: v->l->deadline_us = d->y; break;
        case QP_DEED_SIGN: sign_clock(v, d, (o->d->flags & QP_DEED_WITHDRAWN) != 0); break;
        case QP_DEED_EXTENSION: extension(v, d); break;
        default: break;
        }
    }
}

void qp_life_overturn(struct qp_living *v, int64_t of_us)
{
    struct qp_life_room *r = v->r;
    if (!v->ahead || qp_life_overturned(v, of_us))
        return;
    int64_t *list = more(v, r->overturned, r->n_overturned, &r->cap_overturned, sizeof *list);
    if (!list)
        return;
    r->overturned = list;
    list[r->n_overturned++] = of_us;
}

bool qp_life_overturned(const struct qp_living *v, int64_t of_us)
{
    const struct qp_life_room *r = v->r;
    for (size_t i = 0; i < r->n_overturned; i++)
        if (r->overturned[i] == of_us)
            return true;
    return false;
}

void qp_life_tell(struct qp_living *v, const struct qp_deed *d)
{
    v->told_us = d->at_us > v->told_us ? d->at_us : v->told_us;
}

/* CI1: answered by what the holder told after it. */
static void urges(struct qp_living *v)
{
    const struct qp_ordered *o = v->r->v;
    for (size_t i = 0; i < v->r->n_loose; i++)
        if (o[i].d->kind == QP_DEED_PROGRESSED && o[i].d->origin == v->holder &&
            o[i].d->at_us < v->span->to_us)
            qp_life_tell(v, o[i].d);
    for (size_t i = 0; i < v->r->n_loose; i++)
        if (o[i].d->kind == QP_DEED_URGED && qp_life_within(v, later(o[i].d->at_us, v->begun_us)))
            qp_life_count(v, QP_CF_URGED, v->told_us >= o[i].d->at_us);
}

static int by_serial(const void *a, const void *b)
{
    const struct qp_signing *x = a, *y = b;
    int c = compare(x->serial, y->serial);
    return c != 0 ? c : compare(x->order, y->order);
}

/* With an offer that was asked back nobody was late, and nobody signed, unless it was late by then. */
static void signed_in_time(struct qp_living *v)
{
    bool gone = false;
    struct qp_signing *s = v->r->sign;
    size_t n = v->r->n_sign;
    if (n > 0)
        qsort(s, n, sizeof *s, by_serial);
    for (size_t i = 0, first = 0; i < n; i++) {
        bool in_time = s[i].ended_us != 0 && s[i].ended_us <= s[i].due_us;
        gone = gone || s[i].gone;
        if (i + 1 < n && s[i + 1].serial == s[i].serial)
            continue;
        if (s[i].due_us != 0 && !(gone && in_time) &&
            qp_life_within(v, later(s[i].due_us, s[first].moment_us)))
            qp_life_count(v, QP_CF_SIGNED_IN_TIME, in_time);
        gone = false;
        first = i + 1;
    }
}

static int by_which(const void *a, const void *b)
{
    const struct qp_asked_for *x = a, *y = b;
    int c = compare(x->which, y->which);
    return c != 0 ? c : compare(x->order, y->order);
}

/* Asked for when it is first said. */
static void extended(struct qp_living *v)
{
    struct qp_asked_for *x = v->r->asked;
    size_t n = v->r->n_asked;
    if (n > 0)
        qsort(x, n, sizeof *x, by_which);
    for (size_t i = 0, next = 0; i < n; i = next) {
        bool granted = false;
        for (next = i; next < n && x[next].which == x[i].which; next++)
            granted = granted || x[next].granted;
        if (qp_life_within(v, x[i].moment_us))
            qp_life_count(v, QP_CF_EXTENDED, granted);
    }
}

static void sum(struct qp_living *v)
{
    struct qp_life *l = v->l;
    bool closed = l->closed_us != 0;
    bool due = l->deadline_us != 0 ? qp_life_within(v, l->deadline_us)
                                   : closed && qp_life_within(v, v->closed_in_us);
    l->n.n[QP_CF_OPENED][0] = qp_life_within(v, v->begun_us);
    l->n.n[QP_CF_DUE][0] = due;
    if (due) {
        qp_life_count(v, QP_CF_CLOSED_OF_DUE, closed);
        qp_life_count(v, QP_CF_CLOSED_IN_TIME,
                      closed && (l->deadline_us == 0 || l->closed_us <= l->deadline_us));
    }
    signed_in_time(v);
    extended(v);
    l->n.n[QP_CF_VISITED][1] += v->must_visit; /* a duty that is still open */
    urges(v);
}

static void steps(struct qp_living *v, struct qp_living begin)
{
    struct qp_life_room *r = begin.r;
    *v = begin;
    memset(v->l, 0, sizeof *v->l);
    r->n_sign = r->n_asked = 0;
    for (size_t i = r->n_loose; i < r->n; i++)
        if (!qp_life_step(v, &r->v[i]))
            break;
}

int qp_life_live(struct qp_living *v, struct qp_life_room *r, const struct qp_census *c,
                 const struct qp_span_us *span, struct qp_life *out)
{
    r->n_overturned = 0;
    if (r->appeals) {
        static const struct qp_span_us ever = {0, INT64_MAX};
        steps(v, (struct qp_living){.r = r, .c = c, .span = &ever, .l = out, .ahead = true});
        if (v->no_memory)
            return QP_ENOMEM;
    }
    steps(v, (struct qp_living){.r = r, .c = c, .span = span, .l = out});
    if (v->no_memory)
        return QP_ENOMEM;
    bool here = qp_path_within(qp_string_at(&c->texts, out->area), qp_string_at(&c->texts, c->area));
    if (v->version == 0 || !here || out->drill)
        return QP_ENOTFOUND;
    sum(v);
    return 0;
}

int qp_life_run(struct qp_life_room *r, const struct qp_census *c, const struct qp_span_us *span,
                struct qp_life *out)
{
    struct qp_living v;
    return qp_life_live(&v, r, c, span, out);
}
