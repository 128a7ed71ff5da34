/* differs_test.c: a census and the tables hear the same events in the same order, whatever order that is, lies among them: a
 * matter's life (node/insight/circular/step.c) and its row (node/matter) stand alike after each.
 *
 * QP_SEED repeats one run; QP_WALKS says how many. */
#include "node/insight/circular/life.h"
#include "node/matter/appeal.h"
#include "node/matter/custody.h"
#include "node/matter/sound.h"
#include "tests/unit/matter/rig.h"
#include "tests/unit/matter/walks.h"

enum { MATTERS = 3, WALK = 110, TURN_EVERY = 7, HEARD = 8192 };

struct walk {
    struct rig *r;
    uint64_t x; /* of walk_draw */
    matter m[MATTERS];
    struct qp_census *c[NODES];
    size_t heard[NODES]; /* events up to here are in the node's list */
    int waiting[NODES][HEARD];
    size_t n[NODES];
    bool lie[HEARD]; /* told to one node alone */
    uint64_t lies;
};

static uint64_t draw(struct walk *w, uint64_t below)
{
    return walk_draw(&w->x, below);
}

/* ---- compared ---- */

static uint32_t number_of(const struct qp_census *c, ProtobufCBinaryData node)
{
    return node.len == QP_ID_LEN
               ? qp_string_number(&((struct qp_census *)(uintptr_t)c)->nodes, node.data, node.len)
               : 0;
}

static void same_text(const struct qp_census *c, const char *what, uint32_t text, const char *is)
{
    if (strcmp(qp_string_at(&c->texts, text), is) != 0)
        fail_msg("%s: \"%s\", in the table \"%s\"", what, qp_string_at(&c->texts, text), is);
}

#define SAME(what, is, row)                                                                                  \
    do {                                                                                                     \
        long long a_ = (long long)(is), b_ = (long long)(row);                                               \
        if (a_ != b_)                                                                                        \
            fail_msg("%s: %lld, in the table %lld (version %u)", what, a_, b_, v.version);                   \
    } while (0)

static void same_life(const struct qp_census *c, const struct qp_counted *m, const Qp__Face *f)
{
    static const struct qp_span_us ever = {0, INT64_MAX};
    struct qp_life_room room = {0};
    struct qp_life l;
    struct qp_living v;
    assert_int_equal(qp_life_order(&room, c, m), 0);
    int rc = qp_life_live(&v, &room, c, &ever, &l);
    assert_int_equal(rc, f ? 0 : QP_ENOTFOUND);
    if (f) {
        SAME("version", v.version, f->version);
        SAME("custody", v.custody, f->custody);
        SAME("state", v.state, f->state);
        SAME("before", v.earlier, f->before);
        SAME("holder", v.holder, number_of(c, f->holder));
        SAME("offered to", v.offered_to, f->offer ? number_of(c, f->offer->to) : 0);
        SAME("offered", f->offer ? v.offered : 0, f->offer ? f->offer->number : 0);
        SAME("highest number", v.top, f->top_number);
        SAME("to be visited", v.must_visit, f->must_visit);
        SAME("tries", v.tries, f->visit_tries);
        SAME("a person", v.person, *f->person != 0);
        SAME("opened", l.opened_us, f->opened_us);
        SAME("closed", l.closed_us, f->closed_us);
        SAME("deadline", l.deadline_us, f->deadline_us);
        const Qp__Appeal *x = qp_appeal_about(f, "visit");
        SAME("appeal", v.appeal.state, x ? x->state : 0);
        SAME("appealed against", v.appeal.of_us, x ? x->of_us : 0);
        SAME("highest appeal", v.appeal_top, f->appeal_top);
        same_text(c, "area", l.area, f->area);
        same_text(c, "desk", l.desk, f->desk);
        same_text(c, "source", l.source, f->source);
        same_text(c, "category", l.category, f->category);
        same_text(c, "holder's path", v.holder_path, f->holder_path);
    }
    qp_life_end(&room);
}

static void same_at(struct walk *w, int node)
{
    const struct qp_census *c = w->c[node];
    for (int i = 0; i < MATTERS; i++) {
        const Qp__Row *row = rig_row(w->r, node, w->m[i]);
        bool there = false;
        for (uint32_t k = 0; k < c->n_matters; k++)
            if (memcmp(c->matters[k].id, w->m[i].b, QP_ID_LEN) == 0) {
                same_life(c, &c->matters[k], row ? row->face : NULL);
                there = true;
            }
        assert_true(there || !row);
    }
}

/* ---- told ---- */

static void hears(struct walk *w, int node, int event)
{
    const Qp__Event *ev = rig_event(w->r, event);
    if (!qp_event_fault(ev)) /* as qp_circular_event */
        assert_int_equal(qp_census_event(w->c[node], ev), 0);
    same_at(w, node);
}

static void take_in(struct walk *w, int node)
{
    struct rig *r = w->r;
    for (; w->heard[node] < r->said_n; w->heard[node]++) {
        size_t event = w->heard[node];
        if (w->lie[event] || r->said[event].from == node)
            continue;
        for (uint64_t copies = 1 + (draw(w, 5) == 0); copies > 0; copies--)
            w->waiting[node][w->n[node]++] = (int)event;
    }
}

static void hear_one(struct walk *w, int node, size_t i)
{
    int event = w->waiting[node][i];
    w->waiting[node][i] = w->waiting[node][--w->n[node]];
    rig_hear(w->r, node, event);
    hears(w, node, event);
}

static void hear_some(struct walk *w, int node)
{
    take_in(w, node);
    for (uint64_t n = draw(w, 6); n > 0 && w->n[node] > 0; n--)
        hear_one(w, node, draw(w, 3) ? 0 : draw(w, w->n[node]));
}

/* Of a matter that is known here; NULL: it is not. */
static const Qp__Face *face_here(struct walk *w, int node, const matter *m)
{
    return rig_row(w->r, node, *m) ? rig_face_at(w->r, node, *m) : NULL;
}

static Qp__Event *bent(struct walk *w, int node, const matter *m, int body)
{
    struct rig *r = w->r;
    const Qp__Face *f = face_here(w, node, m);
    Qp__Event *ev = rig_draft(r, body);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m->b, QP_ID_LEN)};
    ev->incarnation = 1;
    ev->at_us = r->now_us;
    ev->version = f->version + 1;
    ev->custody = f->custody;
    return ev;
}

/* What decide.c would never make here without a policy: a return visit that is due. */
static bool draws_a_visit(struct walk *w, int node, const matter *m)
{
    struct rig *r = w->r;
    const Qp__Face *f = face_here(w, node, m);
    Qp__Event *ev = bent(w, node, m, QP__EVENT__BODY_HANDLED);
    ev->origin = rig_id(r, node);
    ev->counter = r->nodes[node].counter + 1;
    ev->handled->must_visit = true;
    if (qp_custody_verdict(f, ev, qp_transition_of(ev->body_case)) != QP_MAY)
        return false;
    r->nodes[node].counter++;
    r->now_us += SECOND;
    assert_int_equal(rig_hear_event(r, node, ev), QP_APPLIED);
    hears(w, node, (int)r->said_n - 1);
    return true;
}

/* What its sender may not say of the matter as it stands: by a stranger, of another custody, from another state. */
static void lies(struct walk *w, int node, const matter *m)
{
    static const int bodies[] = {
        QP__EVENT__BODY_SORTED,     QP__EVENT__BODY_ASSIGNED,   QP__EVENT__BODY_TAKEN,
        QP__EVENT__BODY_GIVEN_BACK, QP__EVENT__BODY_PROGRESSED, QP__EVENT__BODY_HANDLED,
        QP__EVENT__BODY_VISITED,    QP__EVENT__BODY_CLOSED,     QP__EVENT__BODY_REOPENED,
        QP__EVENT__BODY_HUNG,       QP__EVENT__BODY_RESUMED,    QP__EVENT__BODY_UNMERGED,
        QP__EVENT__BODY_EXTENDED,   QP__EVENT__BODY_ACCEPTED,   QP__EVENT__BODY_REFUSED};
    struct rig *r = w->r;
    const Qp__Face *f = face_here(w, node, m);
    int body = bodies[draw(w, sizeof bodies / sizeof *bodies)];
    Qp__Event *ev = bent(w, node, m, body);
    ev->origin = draw(w, 2) ? f->holder : rig_id(r, (int)draw(w, NODES));
    ev->counter = 1000000 + ++w->lies;
    if (draw(w, 4) == 0)
        ev->custody += draw(w, 3);
    static uint8_t offer[QP_EVENT_ID_LEN];
    if (body == QP__EVENT__BODY_ACCEPTED) {
        ev->accepted->number = f->top_number + draw(w, 2);
        ev->accepted->offer = (ProtobufCBinaryData){sizeof offer, offer};
        ev->accepted->path = qp_arena_text(r->arena, "city");
    }
    if (body == QP__EVENT__BODY_REFUSED) {
        ev->refused->number = f->top_number + draw(w, 2);
        ev->refused->offer = (ProtobufCBinaryData){sizeof offer, offer};
    }
    const struct qp_transition *t = qp_transition_of(body);
    bool named = f->offer && qp_bytes_same(f->offer->to, ev->origin);
    if (qp_event_fault(ev) || qp_custody_verdict(f, ev, t) == QP_MAY ||
        (named &&
         qp_custody_number(ev) == f->top_number)) /* a wrong name of the offer is not looked at here */
        return;
    w->lie[r->said_n] = true;
    rig_hear_event(r, node, ev);
    hears(w, node, (int)r->said_n - 1);
}

static void say_something(struct walk *w, int node)
{
    static const char *const areas[] = {"", "city/east", "city/east/mill/yard", "city/west"};
    size_t n, before = w->r->said_n;
    const struct qp_transition *t = qp_transitions(&n);
    const matter *m = &w->m[draw(w, MATTERS)];
    int body = t[draw(w, n)].body;
    const Qp__Face *f = face_here(w, node, m);
    if (!f)
        return;
    if (draw(w, 3) == 0) {
        lies(w, node, m);
        return;
    }
    if (draw(w, 12) == 0 && draws_a_visit(w, node, m))
        return;
    if (f->offer && qp_id_is(f->offer->to, w->r->nodes[node].id) && draw(w, 2)) /* or walks end frozen */
        body = draw(w, 3) ? QP__EVENT__BODY_ACCEPTED : QP__EVENT__BODY_REFUSED;
    if (body == QP__EVENT__BODY_OFFERED) {
        rig_offer(w->r, node, *m, 1 + (int)draw(w, 4), (int)draw(w, NODES));
    } else {
        Qp__Event *draft = rig_draft(w->r, body);
        if (body == QP__EVENT__BODY_MERGED)
            draft->merged->into = (ProtobufCBinaryData){QP_ID_LEN, w->m[draw(w, MATTERS)].b};
        if (body == QP__EVENT__BODY_VISITED)
            draft->visited->visit->reached = draw(w, 2) != 0;
        if (body == QP__EVENT__BODY_VISITED)
            draft->visited->visit->resolved = draft->visited->visit->reached && draw(w, 2) != 0;
        if (body == QP__EVENT__BODY_SORTED) {
            draft->sorted->urgency = (uint32_t)draw(w, 4);
            draft->sorted->has_deadline = draw(w, 2) != 0;
            draft->sorted->deadline_us = w->r->now_us + (int64_t)draw(w, 200) * SECOND;
            draft->sorted->area = qp_arena_text(w->r->arena, areas[draw(w, sizeof areas / sizeof *areas)]);
        }
        rig_say(w->r, node, *m, draft);
    }
    if (w->r->said_n > before)
        hears(w, node, (int)w->r->said_n - 1);
}

static void walk_begin(struct walk *w)
{
    for (int i = 0; i < NODES; i++) {
        w->c[i] = qp_census_new("city");
        for (int k = 0; k < NODES; k++)
            assert_int_equal(qp_census_place(w->c[i], w->r->nodes[k].id, w->r->nodes[k].path), 0);
    }
    for (int i = 0; i < MATTERS; i++) {
        int node = (int)draw(w, NODES);
        Qp__Face *face = rig_face(w->r, i ? "lamp" : "road");
        face->deadline_us = draw(w, 2) ? w->r->now_us + 20 * SECOND : 0;
        w->m[i] = rig_open_face(w->r, node, face);
        hears(w, node, (int)w->r->said_n - 1);
    }
}

static void walk(uint64_t seed)
{
    void *state;
    struct walk *w = calloc(1, sizeof *w);
    rig_up(&state);
    w->r = state;
    w->x = seed;
    walk_begin(w);
    for (int step = 0; step < WALK; step++) {
        int node = (int)draw(w, NODES);
        hear_some(w, node);
        say_something(w, node);
        if (draw(w, TURN_EVERY) == 0)
            rig_turn(w->r, node);
    }
    for (int node = 0; node < NODES; node++) {
        take_in(w, node);
        while (w->n[node] > 0)
            hear_one(w, node, draw(w, w->n[node]));
        qp_census_free(w->c[node]);
    }
    rig_down(&state);
    free(w);
}

static void a_life_stands_as_the_row_does_whatever_comes_in_whatever_order(void **state)
{
    (void)state;
    walk_all(walk, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_stands_as_the_row_does_whatever_comes_in_whatever_order),
    };
    return cmocka_run_group_tests_name("circular/differs", tests, NULL, NULL);
}
