/* census.c: events into deeds. See census.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/circular/inside.h"
#include "proto/codec.h"
#include "proto/events.h"
#include "topology/path.h"
#include "topology/stage.h"

enum stage {
#define X(name, word) STAGE_##name,
    QP_STAGE_LIST(X)
#undef X
};
enum { RECENT = 16 }; /* an event that came a moment ago in another parcel is known by these */

struct qp_census *qp_census_new(const char *area)
{
    struct qp_census *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->area = qp_string_number(&c->texts, area, strlen(area));
    if (c->area != UINT32_MAX && qp_string_number(&c->nodes, "", 0) == 0)
        return c;
    qp_census_free(c);
    return NULL;
}

static void strings_free(struct qp_strings *s)
{
    free(s->bytes);
    free(s->at);
    free(s->slots);
}

void qp_census_free(struct qp_census *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->n_blocks; i++)
        free(c->blocks[i]);
    free(c->blocks);
    free(c->matters);
    free(c->slots);
    free(c->place);
    free(c->gone);
    free(c->born);
    qp_walks_free(&c->walks);
    strings_free(&c->texts);
    strings_free(&c->nodes);
    free(c);
}

uint64_t qp_census_matters(const struct qp_census *c)
{
    return c->n_matters;
}

void qp_census_stop_by(struct qp_census *c, const atomic_bool *stop)
{
    c->stop = stop;
}

void qp_census_plan(struct qp_census *c, const struct qp_patrol_plan *plan)
{
    assert(c && plan);
    c->plan = *plan;
}

/* ---- places ---- */

/* The text of the place of a node; 0: it was not named. */
static uint32_t place_of(const struct qp_census *c, uint32_t n)
{
    return n < c->n_place ? c->place[n] : 0;
}

int qp_census_place(struct qp_census *c, const uint8_t node[QP_ID_LEN], const char *path)
{
    uint32_t n = qp_string_number(&c->nodes, node, QP_ID_LEN),
             text = qp_string_number(&c->texts, path, strlen(path));
    if (n == UINT32_MAX || text == UINT32_MAX)
        return QP_ENOMEM;
    if (n >= c->n_place) {
        uint32_t cap = (n + 1) * 2;
        uint32_t *place = realloc(c->place, cap * sizeof *place);
        if (!place)
            return QP_ENOMEM;
        c->place = place;
        uint32_t *gone = realloc(c->gone, cap * sizeof *gone);
        if (!gone)
            return QP_ENOMEM;
        c->gone = gone;
        uint32_t *born = realloc(c->born, cap * sizeof *born);
        if (!born)
            return QP_ENOMEM;
        c->born = born;
        memset(born + c->n_place, 0, (cap - c->n_place) * sizeof *born);
        memset(place + c->n_place, 0, (cap - c->n_place) * sizeof *place);
        memset(gone + c->n_place, 0, (cap - c->n_place) * sizeof *gone);
        c->n_place = cap;
    }
    c->place[n] = text;
    return 0;
}

/* The one lies above the other; whose place is not named lies above this journal's own node. */
static bool above(const struct qp_census *c, uint32_t by, uint32_t of)
{
    return by != of && place_of(c, of) != 0 &&
           (place_of(c, by) == 0 || qp_path_within(qp_string_at(&c->texts, place_of(c, of)),
                                                   qp_string_at(&c->texts, place_of(c, by))));
}

/* Whoever says it: a certificate is of a place directly below its issuer's own, and a node's place is that of the first:
 * what a stranger says of somebody else's node moves it nowhere. */
static int enrolled(struct qp_census *c, const Qp__Event *ev)
{
    const Qp__Certificate *cert = ev->enrolled->certificate;
    Qp__CertificateBody *body;
    struct qp_arena *a = qp_arena_new(64 * 1024);
    int rc = a ? 0 : QP_ENOMEM;
    if (!rc && cert && ev->origin.len == QP_ID_LEN &&
        !QP_DECODE(&body, certificate_body, cert->body.data, cert->body.len, a, NULL) &&
        body->node.len == QP_ID_LEN) {
        uint32_t by = qp_string_number(&c->nodes, ev->origin.data, QP_ID_LEN),
                 of = qp_string_number(&c->nodes, body->node.data, QP_ID_LEN);
        if (by == UINT32_MAX || of == UINT32_MAX)
            rc = QP_ENOMEM;
        else if (place_of(c, of) == 0 &&
                 (place_of(c, by) == 0 ||
                  qp_path_within(body->path, qp_string_at(&c->texts, place_of(c, by)))))
            rc = qp_census_place(c, body->node.data, body->path);
        if (!rc && by != UINT32_MAX && of < c->n_place && above(c, by, of) && body->incarnation > c->born[of])
            c->born[of] = body->incarnation; /* the next incarnation stands again */
    }
    qp_arena_free(a);
    return rc;
}

/* As in the tables: by somebody above. Its grids are nobody's to walk any more (core/ground.c passes over them as well). */
static int revoked(struct qp_census *c, const Qp__Event *ev)
{
    const Qp__Revoked *r = ev->revoked;
    if (ev->origin.len != QP_ID_LEN || r->node.len != QP_ID_LEN)
        return 0;
    uint32_t by = qp_string_number(&c->nodes, ev->origin.data, QP_ID_LEN),
             of = qp_string_number(&c->nodes, r->node.data, QP_ID_LEN);
    if (by == UINT32_MAX || of == UINT32_MAX)
        return QP_ENOMEM;
    if (of < c->n_place && above(c, by, of) && r->incarnation > c->gone[of])
        c->gone[of] = r->incarnation;
    return 0;
}

/* ---- matters ---- */

static uint32_t slot_of(const struct qp_census *c, const uint8_t id[QP_ID_LEN], uint32_t n_slots)
{
    return qp_string_slot(&c->nodes, id, QP_ID_LEN) & (n_slots - 1);
}

static bool grow(struct qp_census *c)
{
    uint32_t n = c->n_slots > 0 ? c->n_slots * 2 : 4096, cap = n / 2;
    struct qp_counted *m = realloc(c->matters, cap * sizeof *m);
    if (!m)
        return false;
    c->matters = m;
    c->cap_matters = cap;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < c->n_matters; i++) {
        uint32_t at = slot_of(c, m[i].id, n);
        while (slots[at] != 0)
            at = (at + 1) & (n - 1);
        slots[at] = i + 1;
    }
    free(c->slots);
    c->slots = slots;
    c->n_slots = n;
    return true;
}

static struct qp_counted *matter_of(struct qp_census *c, const uint8_t id[QP_ID_LEN])
{
    if (c->n_matters == c->cap_matters && !grow(c))
        return NULL;
    uint32_t at = slot_of(c, id, c->n_slots);
    for (; c->slots[at] != 0; at = (at + 1) & (c->n_slots - 1))
        if (memcmp(c->matters[c->slots[at] - 1].id, id, QP_ID_LEN) == 0)
            return &c->matters[c->slots[at] - 1];
    struct qp_counted *m = &c->matters[c->n_matters++];
    c->slots[at] = c->n_matters;
    memcpy(m->id, id, QP_ID_LEN);
    m->newest = QP_NO_DEED;
    m->n = 0;
    return m;
}

/* ---- deeds ---- */

struct making {
    struct qp_census *c;
    struct qp_counted *m;
    const Qp__Event *ev;
    struct qp_deed like;    /* what all deeds of this event have in common */
    struct qp_deed nowhere; /* is written to when there is no memory */
    int rc;
};

static struct qp_deed *add(struct making *k, enum qp_deed_kind kind)
{
    struct qp_census *c = k->c;
    if (!k->rc && c->n_deeds == c->n_blocks * QP_DEEDS_BLOCK) {
        struct qp_deed **blocks = realloc(c->blocks, (c->n_blocks + 1) * sizeof *blocks);
        if (blocks)
            c->blocks = blocks;
        struct qp_deed *block = blocks ? malloc(QP_DEEDS_BLOCK * sizeof *block) : NULL;
        if (!block)
            k->rc = QP_ENOMEM;
        else
            c->blocks[c->n_blocks++] = block;
    }
    if (k->rc)
        return &k->nowhere;
    struct qp_deed *d = qp_deed_at(c, c->n_deeds);
    *d = k->like;
    d->kind = (uint8_t)kind;
    d->before = k->m->newest;
    k->m->newest = c->n_deeds++;
    k->m->n++;
    k->like.flags = QP_DEED_FOLLOWS;
    return d;
}

static uint32_t text(struct making *k, const char *t)
{
    uint32_t n = t ? qp_string_number(&k->c->texts, t, strlen(t)) : 0;
    if (n == UINT32_MAX)
        k->rc = QP_ENOMEM;
    return n == UINT32_MAX ? 0 : n;
}

static uint32_t node(struct making *k, ProtobufCBinaryData id)
{
    uint32_t n = id.len == QP_ID_LEN ? qp_string_number(&k->c->nodes, id.data, QP_ID_LEN) : 0;
    if (n == UINT32_MAX)
        k->rc = QP_ENOMEM;
    return n == UINT32_MAX ? 0 : n;
}

static bool is_of_visit(const char *about)
{
    return strcmp(about, "visit") == 0;
}

/* As qp_clock_said_due: a clock that is held without an end has no due. */
static int64_t due_of(const Qp__Clock *c)
{
    int64_t due = c->held ? c->until_due_us : c->due_us;
    return due > 0 ? due : 0;
}

static void add_extension(struct making *k, const Qp__Clock *c)
{
    const Qp__Extension *e = c->extension;
    if (!e || e->number == 0)
        return;
    struct qp_deed *d = add(k, QP_DEED_EXTENSION);
    d->node = c->stage << 28 | (c->serial & 0xffff) << 12 | (e->number & 0xfff);
    d->x = e->asked_us;
    d->y = e->state;
}

static void add_clocks(struct making *k, Qp__Clock *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i]->stage == STAGE_CLOSE)
            add(k, QP_DEED_CLOCK)->y = due_of(v[i]);
        if (v[i]->stage == STAGE_SIGN) {
            struct qp_deed *d = add(k, QP_DEED_SIGN);
            d->node = v[i]->serial;
            d->x = due_of(v[i]);
            d->y = v[i]->ended_us;
        }
        add_extension(k, v[i]);
    }
}

static uint32_t small(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* Of a face: the one against a visit, and up to which number there were any (ST3). */
static void add_appeals(struct making *k, const Qp__Face *f)
{
    if (f->appeal_top == 0)
        return;
    struct qp_deed *d = add(k, QP_DEED_APPEAL);
    d->custody = small(f->appeal_top);
    for (size_t i = 0; i < f->n_appeals; i++)
        if (is_of_visit(f->appeals[i]->about)) {
            d->x = f->appeals[i]->of_us;
            d->y = f->appeals[i]->number;
            d->state = (uint8_t)(f->appeals[i]->state < UINT8_MAX ? f->appeals[i]->state : UINT8_MAX);
        }
}

static void add_face(struct making *k, enum qp_deed_kind kind, const Qp__Face *f)
{
    struct qp_deed *d = add(k, kind);
    d->node = node(k, f->opener);
    d->text[0] = text(k, f->area);
    d->text[1] = text(k, f->category);
    d->text[2] = text(k, f->source);
    d->x = f->opened_us;
    d->y = f->deadline_us;
    d->state = f->exercise ? 1 : 0;
    d = add(k, QP_DEED_FACE);
    d->text[0] = text(k, f->desk);
    d->text[1] = text(k, f->holder_path);
    d->node = node(k, f->holder);
    d->x = f->closed_us;
    d->y = f->before;
    d->custody = small(f->top_number);
    d->flags |= (uint8_t)((f->must_visit ? QP_DEED_VISIT : 0) | (*f->person ? QP_DEED_PERSON : 0));
    d->state = (uint8_t)(f->state < UINT8_MAX ? f->state : UINT8_MAX);
    d->tries = (uint8_t)(f->visit_tries < UINT8_MAX ? f->visit_tries : UINT8_MAX);
    add_appeals(k, f);
    add_clocks(k, f->clocks, f->n_clocks);
}

static void add_sorted(struct making *k, const Qp__Sorted *s)
{
    struct qp_deed *d = add(k, QP_DEED_SORTED);
    d->text[0] = text(k, s->area);
    d->text[1] = text(k, s->category);
    d->x = s->has_deadline;
    d->y = s->deadline_us;
}

static void add_assigned(struct making *k, const Qp__Assigned *s)
{
    struct qp_deed *d = add(k, QP_DEED_ASSIGNED);
    d->text[0] = text(k, s->desk);
    d->flags |= *s->person ? QP_DEED_PERSON : 0;
}

static void add_offered(struct making *k, const Qp__Offered *o)
{
    struct qp_deed *d = add(k, QP_DEED_OFFERED);
    d->node = node(k, o->to);
    d->x = small(o->number);
}

static void add_accepted(struct making *k, const Qp__Accepted *x)
{
    struct qp_deed *d = add(k, QP_DEED_ACCEPTED);
    d->text[0] = text(k, x->path);
    d->x = small(x->number);
}

static void add_visited(struct making *k, const Qp__Visit *v)
{
    struct qp_deed *d = add(k, QP_DEED_VISITED);
    d->flags |= (uint8_t)((v->reached ? QP_DEED_REACHED : 0) | (v->resolved ? QP_DEED_RESOLVED : 0) |
                          (v->satisfied == 1 ? QP_DEED_SATISFIED : 0));
}

static void add_appealed(struct making *k, const Qp__Appealed *x)
{
    struct qp_deed *d = add(k, QP_DEED_APPEALED);
    d->x = x->of_us;
    d->y = x->number;
    d->flags |= is_of_visit(x->about) ? QP_DEED_VISIT : 0;
}

static void add_appeal_ended(struct making *k, const Qp__AppealEnded *x)
{
    struct qp_deed *d = add(k, QP_DEED_APPEAL_ENDED);
    d->y = x->number;
    d->flags |= (uint8_t)((is_of_visit(x->about) ? QP_DEED_VISIT : 0) | (x->keep ? 0 : QP_DEED_OVERTURNED));
}

/* Of events that have nothing else to say. */
static enum qp_deed_kind plain_kind(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_GIVEN_BACK: return QP_DEED_GIVEN;
    case QP__EVENT__BODY_PROGRESSED: return QP_DEED_PROGRESSED;
    case QP__EVENT__BODY_ASSISTED: return QP_DEED_ASSISTED;
    case QP__EVENT__BODY_CLOSED: return QP_DEED_CLOSED;
    case QP__EVENT__BODY_REOPENED: return QP_DEED_REOPENED;
    case QP__EVENT__BODY_HUNG: return QP_DEED_HUNG;
    case QP__EVENT__BODY_RESUMED: return QP_DEED_WOKEN;
    case QP__EVENT__BODY_MERGED: return QP_DEED_MERGED;
    case QP__EVENT__BODY_UNMERGED: return QP_DEED_UNMERGED;
    case QP__EVENT__BODY_URGED: return QP_DEED_URGED;
    case QP__EVENT__BODY_RELEASED:
    case QP__EVENT__BODY_EXTENSION_ASKED:
    case QP__EVENT__BODY_PROLONGED:
    case QP__EVENT__BODY_EXTENDED: return QP_DEED_GOING;
    default: return QP_DEED_STEP;
    }
}

/* What the receiver's node says by itself answers a withdraw (core/answers.c). */
static void add_refused(struct making *k, const Qp__Refused *x)
{
    struct qp_deed *d = add(k, QP_DEED_REFUSED);
    d->x = small(x->number);
    d->flags |= x->automatic ? QP_DEED_WITHDRAWN : 0;
}

static void add_body(struct making *k)
{
    const Qp__Event *ev = k->ev;
    switch (ev->body_case) {
    case QP__EVENT__BODY_OPENED: add_face(k, QP_DEED_OPENED, ev->opened->face); break;
    case QP__EVENT__BODY_SORTED: add_sorted(k, ev->sorted); break;
    case QP__EVENT__BODY_ASSIGNED: add_assigned(k, ev->assigned); break;
    case QP__EVENT__BODY_TAKEN:
        add(k, QP_DEED_TAKEN)->flags |= *ev->taken->person ? QP_DEED_PERSON : 0;
        break;
    case QP__EVENT__BODY_OFFERED: add_offered(k, ev->offered); break;
    case QP__EVENT__BODY_ACCEPTED: add_accepted(k, ev->accepted); break;
    case QP__EVENT__BODY_REFUSED: add_refused(k, ev->refused); break;
    case QP__EVENT__BODY_HANDLED:
        add(k, QP_DEED_HANDLED)->flags |= ev->handled->must_visit ? QP_DEED_VISIT : 0;
        break;
    case QP__EVENT__BODY_VISITED: add_visited(k, ev->visited->visit); break;
    case QP__EVENT__BODY_APPEALED: add_appealed(k, ev->appealed); break;
    case QP__EVENT__BODY_APPEAL_ENDED: add_appeal_ended(k, ev->appeal_ended); break;
    default: add(k, plain_kind(ev)); break;
    }
    if (qp_event_face(ev))
        add_face(k, QP_DEED_SNAPSHOT, qp_event_face(ev));
    add_clocks(k, ev->clocks, ev->n_clocks);
}

/* What adds to no figure: comments, withdraws, and orders without a version. (Evidence is what it holds: core/circular_count.c.) */
static bool matters_here(const Qp__Event *ev)
{
    return ev->version > 0 || ev->body_case == QP__EVENT__BODY_URGED ||
           ev->body_case == QP__EVENT__BODY_PROGRESSED;
}

static bool is_whole(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_OPENED: return ev->opened->face;
    case QP__EVENT__BODY_VISITED: return ev->visited->visit;
    default: return true;
    }
}

static bool known(const struct making *k)
{
    const struct qp_deed *d;
    uint32_t at = k->m->newest;
    for (int i = 0; i < RECENT && at != QP_NO_DEED; i++, at = d->before) {
        d = qp_deed_at(k->c, at);
        if (d->counter == k->like.counter && d->origin == k->like.origin &&
            d->incarnation == k->like.incarnation)
            return true;
    }
    return false;
}

int qp_census_event(struct qp_census *c, const Qp__Event *ev)
{
    if (ev->body_case == QP__EVENT__BODY_ENROLLED)
        return enrolled(c, ev);
    if (ev->body_case == QP__EVENT__BODY_REVOKED)
        return revoked(c, ev);
    int rc = qp_walks_take(c, ev);
    if (rc || ev->matter.len != QP_ID_LEN || ev->origin.len != QP_ID_LEN || !matters_here(ev) ||
        !is_whole(ev) || ev->version > UINT32_MAX || ev->custody > UINT32_MAX)
        return rc;
    struct making k = {.c = c, .ev = ev, .m = matter_of(c, ev->matter.data)};
    if (!k.m)
        return QP_ENOMEM;
    k.like = (struct qp_deed){.at_us = ev->at_us,
                              .counter = ev->counter,
                              .origin = node(&k, ev->origin),
                              .incarnation = ev->incarnation,
                              .version = (uint32_t)ev->version,
                              .custody = (uint32_t)ev->custody};
    if (!k.rc && !known(&k))
        add_body(&k);
    return k.rc;
}
