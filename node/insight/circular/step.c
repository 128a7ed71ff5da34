/* step.c: one deed and what it makes of a matter. What lifecycle.c and custody.c of node/matter make of the event, as far as a
 * figure asks; tests/unit/circular/differs_test.c holds the one against the other.
 *
 *   the next version ─► may its origin say it, of a matter that stands so? ─► takes effect
 *   a version beyond ─► with a snapshot that is believed (K8): goes on from there; else: not yet known (E1)
 *   a version that was taken ─► a repetition or a rival: no effect (K7)
 *   its moment: its own time, but not before its predecessor's: the clocks of two nodes are apart
 *   a moment at or after the end, of what would take effect ─► here the life ends: what follows, follows it
 */
#include "node/insight/circular/life.h"
#include "topology/path.h"

/* ---- who may say what when: the table of node/matter/lifecycle.c ---- */

#define IN(s)   (1u << QP_##s)
#define WORKING (IN(OPEN) | IN(SORTED) | IN(ASSIGNED))
#define MOVABLE (WORKING | IN(HANDLED) | IN(HUNG))
#define GOING   (MOVABLE | IN(VISITED))

static uint32_t from_of(enum qp_deed_kind kind)
{
    switch (kind) {
    case QP_DEED_SORTED:
    case QP_DEED_HANDLED:
    case QP_DEED_HUNG: return WORKING;
    case QP_DEED_ASSIGNED:
    case QP_DEED_OFFERED:
    case QP_DEED_ACCEPTED:
    case QP_DEED_REFUSED:
    case QP_DEED_ASSISTED: return MOVABLE;
    case QP_DEED_TAKEN: return IN(SORTED) | IN(ASSIGNED);
    case QP_DEED_GIVEN: return IN(ASSIGNED);
    case QP_DEED_GOING:
    case QP_DEED_PROGRESSED:
    case QP_DEED_CLOSED:
    case QP_DEED_MERGED: return GOING;
    case QP_DEED_VISITED: return IN(HANDLED);
    case QP_DEED_REOPENED: return IN(CLOSED);
    case QP_DEED_WOKEN: return IN(HUNG);
    case QP_DEED_UNMERGED: return IN(MERGED);
    case QP_DEED_APPEALED:
    case QP_DEED_APPEAL_ENDED:
    case QP_DEED_STEP: return GOING | IN(CLOSED) | IN(MERGED);
    default: return 0; /* begins a matter, or makes no version */
    }
}

static bool may(const struct qp_living *v, const struct qp_deed *d)
{
    if (v->state >= 32 || (from_of((enum qp_deed_kind)d->kind) & 1u << v->state) == 0)
        return false;
    if (d->kind == QP_DEED_ACCEPTED || d->kind == QP_DEED_REFUSED)
        return v->offered_to != 0 && d->origin == v->offered_to && d->x == v->offered;
    bool holds = d->origin == v->holder && d->custody == v->custody && v->offered_to == 0;
    return holds && (d->kind != QP_DEED_OFFERED || d->x > v->top); /* K1 */
}

/* ---- places (E7) ---- */

static bool lies_in(const struct qp_living *v, uint32_t path, uint32_t above)
{
    return qp_path_within(qp_string_at(&v->c->texts, path), qp_string_at(&v->c->texts, above));
}

static uint32_t place_of(const struct qp_living *v, uint32_t node)
{
    return node < v->c->n_place ? v->c->place[node] : 0;
}

/* One whose place was not named may have it there. */
static bool is_place_of(const struct qp_living *v, uint32_t node, uint32_t area)
{
    uint32_t place = place_of(v, node);
    return place == 0 || lies_in(v, area, place);
}

static bool names_own_path(const struct qp_living *v, uint32_t node, uint32_t path)
{
    uint32_t place = place_of(v, node);
    return place == 0 || place == path;
}

/* ---- the steps ---- */

static void assigned(struct qp_living *v)
{
    v->state = QP_ASSIGNED;
    v->tries = 0; /* the duty to ask stays (ST2) */
}

static void sorted(struct qp_living *v, const struct qp_deed *d)
{
    if (d->text[1] != 0)
        v->l->category = d->text[1];
    if (d->text[0] != 0 && lies_in(v, d->text[0], v->holder_path))
        v->l->area = d->text[0];
    if (d->x != 0)
        v->l->deadline_us = d->y;
    if (v->state != QP_ASSIGNED)
        v->state = QP_SORTED;
}

static void assign(struct qp_living *v, const struct qp_deed *d)
{
    bool person = (d->flags & QP_DEED_PERSON) != 0, moves = d->text[0] != 0 && d->text[0] != v->l->desk;
    if (person || moves)
        v->person = person;
    if (d->text[0] != 0)
        v->l->desk = d->text[0];
    v->earlier = 0;
    assigned(v);
}

static void answered(struct qp_living *v, const struct qp_deed *d)
{
    bool refused = d->kind == QP_DEED_REFUSED;
    v->offered_to = 0;
    if (!refused) {
        v->holder = d->origin;
        v->holder_path = d->text[0];
        v->custody = (uint32_t)v->offered;
        v->person = false; /* the desk goes with it, the person does not (qp_custody_accept) */
    }
    if (qp_life_within(v, v->moment_us) && !(d->flags & QP_DEED_WITHDRAWN))
        qp_life_count(v, QP_CF_REFUSED, refused);
}

static void handled(struct qp_living *v, const struct qp_deed *d)
{
    v->state = QP_HANDLED;
    v->must_visit = (d->flags & QP_DEED_VISIT) != 0;
    v->tries = 0;
    if (qp_life_within(v, v->moment_us))
        v->l->n.n[QP_CF_REDO][1]++;
}

/* ST2: the first try that reaches nobody leaves it handled; the second ends the duty, unreached. */
static void visited(struct qp_living *v, const struct qp_deed *d)
{
    bool reached = (d->flags & QP_DEED_REACHED) != 0, resolved = (d->flags & QP_DEED_RESOLVED) != 0;
    if (!reached && v->tries + 1 < QP_VISIT_TRIES) {
        v->tries++;
        return;
    }
    v->must_visit = false;
    if (reached && !resolved)
        assigned(v);
    else
        v->state = QP_VISITED;
    if (!qp_life_within(v, v->moment_us))
        return;
    v->l->n.n[QP_CF_REDO][0] += reached && !resolved;
    qp_life_count(v, QP_CF_VISITED, true);
    qp_life_count(v, QP_CF_REACHED, reached);
    if (qp_life_overturned(v, d->at_us))
        return;
    qp_life_count(v, QP_CF_RESOLVED, resolved);
    qp_life_count(v, QP_CF_SATISFIED, (d->flags & QP_DEED_SATISFIED) != 0);
}

enum { APPEAL_ASKED = 1, APPEAL_KEPT, APPEAL_OVERTURNED }; /* enum qp_appeal, as kept in Appeal.state */

/* As qp_appeal_asked: one against a denial has its number of the same row. */
static void appealed(struct qp_living *v, const struct qp_deed *d)
{
    if (d->y <= v->appeal_top)
        return;
    v->appeal_top = d->y;
    if (d->flags & QP_DEED_VISIT)
        v->appeal = (struct qp_contested){d->x, d->y, APPEAL_ASKED};
}

/* ST3: the figure counts the decision, whenever it was made. */
static void appeal_ended(struct qp_living *v, const struct qp_deed *d)
{
    bool is = (d->flags & QP_DEED_VISIT) != 0 && v->appeal.state == APPEAL_ASKED && v->appeal.number == d->y;
    if (!is)
        return;
    v->appeal.state = (d->flags & QP_DEED_OVERTURNED) != 0 ? APPEAL_OVERTURNED : APPEAL_KEPT;
    if (v->appeal.state == APPEAL_OVERTURNED)
        qp_life_overturn(v, v->appeal.of_us);
}

static void closed(struct qp_living *v, const struct qp_deed *d)
{
    v->l->closed_us = d->at_us;
    v->closed_in_us = v->moment_us;
    v->state = QP_CLOSED;
    v->must_visit = false;
    v->earlier = 0;
}

static void reopened(struct qp_living *v)
{
    v->l->closed_us = 0;
    if (v->l->desk != 0 || v->person)
        assigned(v);
    else
        v->state = QP_SORTED;
}

enum { EARLIER_SHIFT = 4, EARLIER = 15 };

static void merged(struct qp_living *v, const struct qp_deed *d)
{
    v->earlier = v->earlier << EARLIER_SHIFT | v->state;
    v->state = QP_MERGED;
    v->l->closed_us = d->at_us;
    v->closed_in_us = v->moment_us;
}

static void unmerged(struct qp_living *v)
{
    v->state = v->earlier & EARLIER;
    v->earlier >>= EARLIER_SHIFT;
    v->l->closed_us = 0;
}

static void given_back(struct qp_living *v)
{
    v->l->desk = 0;
    v->person = false;
    v->state = QP_SORTED;
}

/* ... and what the holder tells by it answers urges. */
static void change(struct qp_living *v, const struct qp_deed *d)
{
    switch (d->kind) {
    case QP_DEED_SORTED: sorted(v, d); break;
    case QP_DEED_ASSIGNED: assign(v, d); break;
    case QP_DEED_TAKEN:
        v->person = (d->flags & QP_DEED_PERSON) != 0;
        assigned(v);
        break;
    case QP_DEED_GIVEN: given_back(v); break;
    case QP_DEED_PROGRESSED: qp_life_tell(v, d); break;
    case QP_DEED_OFFERED:
        v->offered_to = d->node;
        v->offered = v->top = d->x;
        break;
    case QP_DEED_ACCEPTED:
    case QP_DEED_REFUSED: answered(v, d); break;
    case QP_DEED_HANDLED:
        handled(v, d);
        qp_life_tell(v, d);
        break;
    case QP_DEED_VISITED: visited(v, d); break;
    case QP_DEED_CLOSED:
        closed(v, d);
        qp_life_tell(v, d);
        break;
    case QP_DEED_REOPENED: reopened(v); break;
    case QP_DEED_HUNG:
        v->earlier = v->state;
        v->state = QP_HUNG;
        break;
    case QP_DEED_WOKEN:
        v->state = v->earlier & EARLIER;
        v->earlier = 0;
        break;
    case QP_DEED_MERGED: merged(v, d); break;
    case QP_DEED_UNMERGED: unmerged(v); break;
    case QP_DEED_APPEALED: appealed(v, d); break;
    case QP_DEED_APPEAL_ENDED: appeal_ended(v, d); break;
    default: break;
    }
}

/* ---- faces ---- */

struct face { /* in two deeds; a NULL: there is none */
    const struct qp_deed *a, *b;
    const struct qp_deed *appeal; /* NULL: there never was one */
};

static struct face face_of(const struct qp_living *v, const struct qp_ordered *o, enum qp_deed_kind kind)
{
    struct face f = {NULL, NULL, NULL};
    for (uint32_t i = 0; i < o->follows; i++) {
        const struct qp_deed *a = v->r->all[o->order + i], *b = v->r->all[o->order + i + 1];
        if (a->kind == kind && b->kind == QP_DEED_FACE)
            f = (struct face){a, b, NULL};
        if (f.b == a && b->kind == QP_DEED_APPEAL)
            f.appeal = b;
    }
    return f;
}

static void stand_appeal(struct qp_living *v, const struct qp_deed *x)
{
    v->appeal = (struct qp_contested){0};
    v->appeal_top = 0;
    if (!x)
        return;
    v->appeal = (struct qp_contested){x->x, x->y, x->state};
    v->appeal_top = x->custody;
    if (x->state == APPEAL_OVERTURNED)
        qp_life_overturn(v, x->x);
}

static void stand(struct qp_living *v, const struct qp_deed *d, const struct face *f)
{
    struct qp_life *l = v->l;
    l->area = f->a->text[0];
    l->category = f->a->text[1];
    l->source = f->a->text[2];
    l->drill = f->a->state != 0;
    l->opened_us = f->a->x;
    l->deadline_us = f->a->y;
    l->desk = f->b->text[0];
    if (l->closed_us != f->b->x)
        v->closed_in_us = v->moment_us;
    l->closed_us = f->b->x;
    v->opener = f->a->node;
    v->holder_path = f->b->text[1];
    v->holder = f->b->node;
    v->custody = d->custody;
    v->earlier = (uint32_t)f->b->y;
    v->top = f->b->custody;
    v->must_visit = (f->b->flags & QP_DEED_VISIT) != 0;
    v->person = (f->b->flags & QP_DEED_PERSON) != 0;
    v->state = f->b->state;
    v->tries = f->b->tries;
    v->offered_to = 0;
    stand_appeal(v, f->appeal);
    if (d->kind == QP_DEED_OFFERED) { /* a face says no other offer than that of its event */
        v->offered_to = d->node;
        v->offered = d->x;
    }
}

/* K8, E7: whose face it is, and that of his place. */
static bool is_own(const struct qp_living *v, const struct qp_deed *d, const struct face *f)
{
    return f->a && f->b->node == d->origin && names_own_path(v, d->origin, f->b->text[1]);
}

/* Also of what is the next version: a face, or the path of who accepts, that is another's. */
static bool names_another(const struct qp_living *v, const struct qp_ordered *o)
{
    struct face f = face_of(v, o, QP_DEED_SNAPSHOT);
    return o->d->kind == QP_DEED_ACCEPTED ? !names_own_path(v, o->d->origin, o->d->text[0])
                                          : f.a && !is_own(v, o->d, &f);
}

/* It comes into the world here, or as the snapshot of its opener, who still holds it for the first time. */
static struct face begins(const struct qp_living *v, const struct qp_ordered *o)
{
    bool opens = o->d->kind == QP_DEED_OPENED;
    struct face f = face_of(v, o, opens ? QP_DEED_OPENED : QP_DEED_SNAPSHOT);
    bool first = is_own(v, o->d, &f) && o->d->custody == 1 && f.a->node == o->d->origin &&
                 is_place_of(v, o->d->origin, f.a->text[0]);
    return first ? f : (struct face){NULL, NULL, NULL};
}

/* As qp_custody_believes: of the same opening, of the present holder, or of him whom it is offered to. */
static struct face jumps(const struct qp_living *v, const struct qp_ordered *o)
{
    const struct qp_deed *d = o->d;
    struct face f = face_of(v, o, QP_DEED_SNAPSHOT);
    if (!is_own(v, d, &f) || f.a->node != v->opener || f.a->x != v->l->opened_us || f.b->custody < v->top)
        return (struct face){NULL, NULL, NULL};
    uint32_t area = f.a->text[0];
    bool holds = d->origin == v->holder && d->custody == v->custody,
         took = v->offered_to != 0 && d->origin == v->offered_to && d->custody == v->offered,
         theirs = area == v->l->area || is_place_of(v, d->origin, area) || is_place_of(v, v->holder, area) ||
                  is_place_of(v, v->opener, area);
    return (holds || took) && theirs ? f : (struct face){NULL, NULL, NULL};
}

/* ---- one deed ---- */

bool qp_life_step(struct qp_living *v, const struct qp_ordered *o)
{
    const struct qp_deed *d = o->d;
    struct face f = {NULL, NULL, NULL};
    if (d->version <= v->version)
        return true;
    bool next = v->version > 0 && d->version == v->version + 1;
    if (!next)
        f = v->version == 0 ? begins(v, o) : jumps(v, o);
    if (next ? !may(v, d) || names_another(v, o) : !f.a)
        return true;
    int64_t moment_us = d->at_us > v->moment_us ? d->at_us : v->moment_us;
    if (moment_us >= v->span->to_us)
        return false;
    v->moment_us = moment_us;
    if (v->version == 0)
        v->begun_us = moment_us;
    if (next)
        change(v, d);
    else
        stand(v, d, &f);
    v->version = d->version;
    qp_life_follow(v, o);
    return true;
}
