/* life.c: see life.h. The steps mean here what node/matter/lifecycle.c and custody.c make of them, as far as a figure asks:
 * who holds it, whether an offer is out, where it stands, when it is due and closed.
 *
 *   the next version ─► may its origin say it? (holder, or receiver of the offer) ─► takes effect
 *   a version beyond ─► with a snapshot: goes on from there; without: not yet known (E1)
 *   a version that was taken ─► a repetition or a rival: no effect (K7)
 *   a time at or after the end ─► here it ends: what follows, follows it
 */
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

struct living {
    struct qp_life_room *r;
    const struct qp_census *c;
    const struct qp_span_us *span;
    struct qp_life *l;
    uint32_t version, holder, holder_path, offered_to;
    bool drawn, no_memory;
    uint32_t unreached; /* tries since it was handled */
    int64_t told_us;    /* the holder's last progress, handling or closing */
};

static bool within(const struct living *v, int64_t at_us)
{
    return at_us >= v->span->from_us && at_us < v->span->to_us;
}

static void count(struct living *v, enum qp_circular_figure f, bool above)
{
    v->l->n.n[f][0] += above;
    v->l->n.n[f][1]++;
}

static void sign_clock(struct living *v, const struct qp_deed *d)
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

static void extension(struct living *v, const struct qp_deed *d)
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

/* The face that stands in two deeds. */
static void stand(struct living *v, const struct qp_deed *a, const struct qp_deed *b)
{
    v->l->area = a->text[0];
    v->l->category = a->text[1];
    v->l->source = a->text[2];
    v->l->opened_us = a->x;
    v->l->deadline_us = a->y;
    v->l->desk = b->text[0];
    v->holder_path = b->text[1];
    v->holder = b->node;
}

static void follow(struct living *v, const struct qp_ordered *o)
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

static const struct qp_deed *snapshot_of(const struct living *v, const struct qp_ordered *o)
{
    for (uint32_t i = 1; i < o->follows; i++)
        if (v->r->all[o->order + i]->kind == QP_DEED_SNAPSHOT)
            return v->r->all[o->order + i];
    return NULL;
}

static bool lies_in(const struct living *v, uint32_t path, uint32_t above)
{
    return qp_path_within(qp_string_at(&v->c->texts, path), qp_string_at(&v->c->texts, above));
}

/* E7: an opening is of a place in the opener's own. */
static bool may_open(const struct living *v, const struct qp_ordered *o)
{
    const struct qp_deed *d = o->d;
    uint32_t place = d->origin < v->c->n_place ? v->c->place[d->origin] : 0;
    return place == 0 || lies_in(v, d->text[0], place);
}

static bool may(const struct living *v, const struct qp_deed *d)
{
    bool answers = d->kind == QP_DEED_ACCEPTED || d->kind == QP_DEED_REFUSED;
    return answers ? v->offered_to != 0 && d->origin == v->offered_to
                   : d->origin == v->holder && v->offered_to == 0;
}

static void sorted(struct living *v, const struct qp_deed *d)
{
    if (d->text[1] != 0)
        v->l->category = d->text[1];
    if (d->text[0] != 0 && lies_in(v, d->text[0], v->holder_path))
        v->l->area = d->text[0];
    if (d->x != 0)
        v->l->deadline_us = d->y;
}

static void answered(struct living *v, const struct qp_deed *d)
{
    bool refused = d->kind == QP_DEED_REFUSED;
    v->offered_to = 0;
    if (!refused) {
        v->holder = d->origin;
        v->holder_path = d->text[0];
    }
    if (within(v, d->at_us))
        count(v, QP_CF_REFUSED, refused);
}

static void handled(struct living *v, const struct qp_deed *d)
{
    v->drawn = (d->flags & QP_DEED_VISIT) != 0;
    v->unreached = 0;
    if (within(v, d->at_us))
        v->l->n.n[QP_CF_REDO][1]++;
}

/* ST2: the first try that reaches nobody leaves it handled; the second ends the duty, unreached. */
static void visited(struct living *v, const struct qp_deed *d)
{
    bool reached = (d->flags & QP_DEED_REACHED) != 0, resolved = (d->flags & QP_DEED_RESOLVED) != 0;
    bool ends = reached || ++v->unreached > 1;
    if (!ends)
        return;
    v->drawn = false;
    if (!within(v, d->at_us))
        return;
    v->l->n.n[QP_CF_REDO][0] += reached && !resolved;
    count(v, QP_CF_VISITED, true);
    count(v, QP_CF_REACHED, reached);
    count(v, QP_CF_RESOLVED, resolved);
    count(v, QP_CF_SATISFIED, (d->flags & QP_DEED_SATISFIED) != 0);
}

static void tell(struct living *v, const struct qp_deed *d)
{
    v->told_us = d->at_us > v->told_us ? d->at_us : v->told_us;
}

static void change(struct living *v, const struct qp_deed *d)
{
    switch (d->kind) {
    case QP_DEED_SORTED: sorted(v, d); break;
    case QP_DEED_ASSIGNED: v->l->desk = d->text[0] != 0 ? d->text[0] : v->l->desk; break;
    case QP_DEED_GIVEN: v->l->desk = 0; break;
    case QP_DEED_PROGRESSED: tell(v, d); break;
    case QP_DEED_OFFERED: v->offered_to = d->node; break;
    case QP_DEED_ACCEPTED:
    case QP_DEED_REFUSED: answered(v, d); break;
    case QP_DEED_HANDLED:
        handled(v, d);
        tell(v, d);
        break;
    case QP_DEED_VISITED: visited(v, d); break;
    case QP_DEED_ENDED:
        v->l->closed_us = d->at_us;
        v->drawn = false;
        tell(v, d);
        break;
    case QP_DEED_RESUMED: v->l->closed_us = 0; break;
    default: break;
    }
}

/* It comes into the world here, or as somebody else's snapshot. */
static bool begin(struct living *v, const struct qp_ordered *o)
{
    const struct qp_deed *a = o->d->kind == QP_DEED_OPENED ? o->d : snapshot_of(v, o);
    if (a == NULL || (a == o->d && (o->follows == 0 || !may_open(v, o))))
        return false;
    const struct qp_deed *b = v->r->all[o->order + 1];
    for (uint32_t i = 1; i <= o->follows && b->kind != QP_DEED_FACE; i++)
        b = v->r->all[o->order + i];
    if (b->kind != QP_DEED_FACE || b->node != o->d->origin)
        return false; /* K8: a snapshot's holder is its sender */
    stand(v, a, b);
    if (a != o->d && o->d->kind == QP_DEED_OFFERED)
        v->offered_to = o->d->node;
    return true;
}

static bool step(struct living *v, const struct qp_ordered *o)
{
    const struct qp_deed *d = o->d;
    if (d->version <= v->version)
        return true;
    bool first = v->version == 0, next = d->version == v->version + 1;
    if (d->at_us >= v->span->to_us)
        return false;
    if (first ? d->kind == QP_DEED_OPENED || snapshot_of(v, o) != NULL : next && may(v, d)) {
        if (first && !begin(v, o))
            return true;
        v->version = d->version;
        if (!first)
            change(v, d);
        follow(v, o);
    } else if (!first && !next && snapshot_of(v, o) != NULL &&
               (d->origin == v->holder || d->origin == v->offered_to)) {
        v->offered_to = 0;
        if (begin(v, o)) {
            v->version = d->version;
            follow(v, o);
        }
    }
    return true;
}

static int same_event(const struct qp_deed *a, const struct qp_deed *b)
{
    return a->origin == b->origin && a->incarnation == b->incarnation && a->counter == b->counter;
}

/* CI1: answered by what the holder told after it. */
static void urges(struct living *v)
{
    const struct qp_ordered *o = v->r->v;
    for (size_t i = 0; i < v->r->n_loose; i++)
        if (o[i].d->kind == QP_DEED_PROGRESSED && o[i].d->origin == v->holder &&
            o[i].d->at_us < v->span->to_us)
            tell(v, o[i].d);
    for (size_t i = 0; i < v->r->n_loose; i++) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = same_event(o[k].d, o[i].d);
        if (o[i].d->kind == QP_DEED_URGED && !again && within(v, o[i].d->at_us))
            count(v, QP_CF_URGED, v->told_us >= o[i].d->at_us);
    }
}

static void sum(struct living *v)
{
    struct qp_life *l = v->l;
    bool closed = l->closed_us != 0;
    bool due = l->deadline_us != 0 ? within(v, l->deadline_us) : closed && within(v, l->closed_us);
    l->n.n[QP_CF_OPENED][0] = within(v, l->opened_us);
    l->n.n[QP_CF_DUE][0] = due;
    if (due) {
        count(v, QP_CF_CLOSED_OF_DUE, closed);
        count(v, QP_CF_CLOSED_IN_TIME, closed && (l->deadline_us == 0 || l->closed_us <= l->deadline_us));
    }
    for (size_t i = 0; i < v->r->n_sign; i++) {
        const struct qp_signing *s = &v->r->sign[i];
        if (s->due_us != 0 && within(v, s->due_us))
            count(v, QP_CF_SIGNED_IN_TIME, s->ended_us != 0 && s->ended_us <= s->due_us);
    }
    for (size_t i = 0; i < v->r->n_asked; i++)
        if (within(v, v->r->asked[i].asked_us))
            count(v, QP_CF_EXTENDED, v->r->asked[i].granted);
    l->n.n[QP_CF_VISITED][1] += v->drawn; /* a duty that is still open */
    urges(v);
}

int qp_life_run(struct qp_life_room *r, const struct qp_census *c, const struct qp_span_us *span,
                struct qp_life *out)
{
    struct living v = {.r = r, .c = c, .span = span, .l = out};
    memset(out, 0, sizeof *out);
    r->n_sign = r->n_asked = 0;
    for (size_t i = r->n_loose; i < r->n; i++)
        if (!step(&v, &r->v[i]))
            break;
    if (v.no_memory)
        return QP_ENOMEM;
    if (v.version == 0 || !lies_in(&v, out->area, c->area))
        return QP_ENOTFOUND;
    sum(&v);
    return QP_OK;
}
