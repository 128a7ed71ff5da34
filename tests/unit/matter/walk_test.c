/* walk_test.c: random histories of matters on nodes that hear of each other late, in any order and more than
 * once: in the end all see the same, there was never more than one holder, and every table is what the rows
 * say.
 *
 * QP_SEED repeats one run; QP_WALKS says how many. */
#include "tests/unit/matter/rig.h"
#include "tests/unit/matter/walks.h"

enum { MATTERS = 3, STEPS = 90, TURN_EVERY = 7 };

struct walk {
    struct rig *r;
    uint64_t x; /* of walk_draw */
    matter m[MATTERS];
    size_t heard[NODES]; /* events up to here are in the node's list */
    int *waiting[NODES]; /* events that it may hear next; some twice */
    size_t n[NODES];
};

static uint64_t draw(struct walk *w, uint64_t below)
{
    return walk_draw(&w->x, below);
}

static void take_in(struct walk *w, int node)
{
    struct rig *r = w->r;
    for (; w->heard[node] < r->said_n; w->heard[node]++) {
        int event = (int)w->heard[node];
        if (r->said[event].from == node)
            continue;
        for (uint64_t copies = 1 + (draw(w, 5) == 0); copies > 0; copies--)
            w->waiting[node][w->n[node]++] = event;
    }
}

/* Any of what waits: the order of links is not kept here. */
static void hear_some(struct walk *w, int node)
{
    take_in(w, node);
    for (uint64_t n = draw(w, 6); n > 0 && w->n[node] > 0; n--) {
        size_t i = draw(w, 3) ? 0 : draw(w, w->n[node]);
        int event = w->waiting[node][i];
        w->waiting[node][i] = w->waiting[node][--w->n[node]];
        rig_hear(w->r, node, event);
    }
}

static void say_something(struct walk *w, int node)
{
    size_t n;
    const struct qp_transition *t = qp_transitions(&n);
    const matter *m = &w->m[draw(w, MATTERS)];
    int body = t[draw(w, n)].body;
    if (!rig_row(w->r, node, *m))
        return;
    const Qp__Face *f = rig_face_at(w->r, node, *m);
    if (f->offer && qp_id_is(f->offer->to, w->r->nodes[node].id) && draw(w, 2)) /* or walks end frozen */
        body = draw(w, 3) ? QP__EVENT__BODY_ACCEPTED : QP__EVENT__BODY_REFUSED;
    if (body == QP__EVENT__BODY_OFFERED) {
        int to = (int)draw(w, NODES);
        rig_offer(w->r, node, *m, 1 + (int)draw(w, 4), to);
        return;
    }
    Qp__Event *draft = rig_draft(w->r, body);
    if (body == QP__EVENT__BODY_MERGED)
        draft->merged->into = (ProtobufCBinaryData){QP_ID_LEN, w->m[draw(w, MATTERS)].b};
    if (body == QP__EVENT__BODY_VISITED)
        draft->visited->visit->resolved = draw(w, 2) != 0;
    if (body == QP__EVENT__BODY_SORTED) {
        draft->sorted->urgency = (uint32_t)draw(w, 4);
        draft->sorted->has_deadline = draw(w, 2) != 0;
        draft->sorted->deadline_us = w->r->now_us + (int64_t)draw(w, 200) * SECOND;
    }
    rig_say(w->r, node, *m, draft);
}

static void sweep(struct walk *w, int node, int64_t now_us)
{
    bool more = true;
    while (more)
        assert_int_equal(qp_matter_sweep(&w->r->nodes[node].m, now_us, &more, &w->r->e), 0);
}

static void one_holder_at_most(struct walk *w)
{
    for (int i = 0; i < MATTERS; i++)
        assert_true(rig_holders(w->r, w->m[i]) <= 1);
}

static void all_hear_all(struct walk *w)
{
    for (int node = 0; node < NODES; node++) {
        take_in(w, node);
        while (w->n[node] > 0) {
            size_t i = draw(w, w->n[node]);
            int event = w->waiting[node][i];
            w->waiting[node][i] = w->waiting[node][--w->n[node]];
            rig_hear(w->r, node, event);
        }
        one_holder_at_most(w);
    }
}

static void answer_what_is_out(struct walk *w)
{
    for (int i = 0; i < MATTERS; i++)
        for (int node = 0; node < NODES; node++) {
            const Qp__Face *f = rig_face_at(w->r, node, w->m[i]);
            if (f->offer && qp_id_is(f->offer->to, w->r->nodes[node].id))
                rig_do(w->r, node, w->m[i], QP__EVENT__BODY_ACCEPTED);
        }
}

static void check(struct walk *w)
{
    all_hear_all(w);
    answer_what_is_out(w);
    all_hear_all(w);
    for (int i = 0; i < MATTERS; i++) {
        rig_assert_same(w->r, w->m[i]);
        assert_int_equal(rig_holders(w->r, w->m[i]), 1);
        for (int node = 0; node < NODES; node++)
            assert_int_equal(rig_row(w->r, node, w->m[i])->conflicts, 0);
    }
    for (int node = 0; node < NODES; node++) {
        sweep(w, node, w->r->now_us);
        rig_assert_tables(w->r, node);
        MDB_stat s;
        struct node *n = &w->r->nodes[node];
        assert_int_equal(mdb_stat(n->t.tables, qp_store_dbi(n->s, QP_T_EARLY), &s), 0);
        assert_int_equal(s.ms_entries, 0);
        /* and again from the beginning: everything was heard before */
        for (size_t e = 0; e < w->r->said_n; e++)
            assert_int_equal(rig_hear(w->r, node, (int)e), QP_REPEATED);
    }
}

static void walk(uint64_t seed)
{
    void *state;
    rig_up(&state);
    struct walk w = {.r = state, .x = seed};
    for (int i = 0; i < NODES; i++)
        w.waiting[i] = malloc(8192 * sizeof *w.waiting[i]);
    for (int i = 0; i < MATTERS; i++) {
        Qp__Face *face = rig_face(w.r, i ? "lamp" : "road");
        face->deadline_us = draw(&w, 2) ? w.r->now_us + 20 * SECOND : 0;
        w.m[i] = rig_open_face(w.r, (int)draw(&w, NODES), face);
    }
    if (draw(&w, 3) == 0)
        rig_write_through(w.r, (int)draw(&w, NODES));
    for (int step = 0; step < STEPS; step++) {
        int node = (int)draw(&w, NODES);
        hear_some(&w, node);
        say_something(&w, node);
        one_holder_at_most(&w);
        if (draw(&w, TURN_EVERY) == 0)
            rig_turn(w.r, node);
        if (draw(&w, TURN_EVERY) == 0)
            sweep(&w, node, w.r->now_us);
    }
    check(&w);
    for (int i = 0; i < NODES; i++)
        free(w.waiting[i]);
    rig_down(&state);
}

static void whatever_order_events_come_in_all_nodes_end_alike_with_one_holder(void **state)
{
    (void)state;
    walk_all(walk, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_order_events_come_in_all_nodes_end_alike_with_one_holder),
    };
    return cmocka_run_group_tests_name("matter/walk", tests, NULL, NULL);
}
