/* census_test.c: figures counted from events by hand: what counts when, under which key, by whose word (CI3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "node/insight/circular/body.h"
#include "proto/codec.h"

#define HOUR INT64_C(3600000000)
#define DAY  (24 * HOUR)
#define T0   (INT64_C(20000) * DAY) /* the period's beginning */
enum { CITY = 1, A = 2, B = 3 };

struct town {
    struct qp_census *c;
    uint8_t node[4][QP_ID_LEN];
    uint64_t counter;
    uint64_t version, custody, number; /* of the matter that is told of; the number of its last offer */
    uint8_t id[QP_ID_LEN];
    struct qp_span_us span[QP_SPANS];
    struct qp_census_result r;
    struct qp_arena *a;
};

static int up(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    t->c = qp_census_new("city");
    t->a = qp_arena_new(1 << 20);
    for (uint8_t i = 1; i < 4; i++)
        memset(t->node[i], i, QP_ID_LEN);
    qp_census_place(t->c, t->node[CITY], "city");
    qp_census_place(t->c, t->node[A], "city/a");
    qp_census_place(t->c, t->node[B], "city/b");
    t->span[QP_SPAN_NOW] = (struct qp_span_us){T0, T0 + 7 * DAY};
    t->span[QP_SPAN_BEFORE] = (struct qp_span_us){T0 - 7 * DAY, T0};
    t->span[QP_SPAN_YEAR] = (struct qp_span_us){T0 - 364 * DAY, T0 - 357 * DAY};
    *state = t;
    return 0;
}

static int down(void **state)
{
    struct town *t = *state;
    qp_census_result_free(&t->r);
    qp_census_free(t->c);
    qp_arena_free(t->a);
    free(t);
    return 0;
}

static Qp__Event *event(struct town *t, int node, int64_t at_us, uint64_t version)
{
    Qp__Event *ev = qp_arena_take(t->a, sizeof *ev);
    qp__event__init(ev);
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, t->node[node]};
    ev->incarnation = 1;
    ev->counter = ++t->counter;
    ev->at_us = at_us;
    ev->version = version;
    ev->custody = t->custody;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(t->a, t->id, QP_ID_LEN)};
    return ev;
}

static Qp__Face *face(struct town *t, int holder, const char *area, int64_t opened_us, int64_t deadline_us)
{
    Qp__Face *f = qp_arena_take(t->a, sizeof *f);
    qp__face__init(f);
    f->area = (char *)(uintptr_t)area;
    f->category = (char *)(uintptr_t) "井盖";
    f->source = (char *)(uintptr_t) "12345";
    f->holder = f->opener = (ProtobufCBinaryData){QP_ID_LEN, t->node[holder]};
    f->holder_path = (char *)(uintptr_t)(holder == CITY ? "city" : holder == A ? "city/a" : "city/b");
    f->opened_us = opened_us;
    f->deadline_us = deadline_us;
    f->state = QP_OPEN;
    f->custody = t->custody;
    f->version = t->version;
    f->top_number = t->number;
    return f;
}

static void say(struct town *t, const Qp__Event *ev)
{
    assert_int_equal(qp_census_event(t->c, ev), 0);
}

static void opens(struct town *t, int node, const char *area, int64_t at_us, int64_t deadline_us)
{
    t->id[QP_ID_LEN - 1]++;
    t->version = t->custody = t->number = 1;
    Qp__Event *ev = event(t, node, at_us, 1);
    Qp__Opened *o = qp_arena_take(t->a, sizeof *o);
    qp__opened__init(o);
    o->face = face(t, node, area, at_us, deadline_us);
    ev->body_case = QP__EVENT__BODY_OPENED;
    ev->opened = o;
    say(t, ev);
}

/* The next version, of a kind whose body has nothing in it that counts. */
#define STEP(t, node, at, CASE, member, lower)                                                               \
    do {                                                                                                     \
        Qp__Event *ev_ = event(t, node, at, ++(t)->version);                                                 \
        ev_->body_case = QP__EVENT__BODY_##CASE;                                                             \
        ev_->member = qp_arena_take((t)->a, sizeof *ev_->member);                                            \
        lower(ev_->member);                                                                                  \
        last = ev_;                                                                                          \
    } while (0)

static void closes(struct town *t, int node, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, CLOSED, closed, qp__closed__init);
    say(t, last);
}

static void handles(struct town *t, int node, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, HANDLED, handled, qp__handled__init);
    say(t, last);
}

static void visits(struct town *t, int node, int64_t at, bool reached, bool resolved, uint32_t satisfied)
{
    Qp__Event *last;
    STEP(t, node, at, VISITED, visited, qp__visited__init);
    last->visited->visit = qp_arena_take(t->a, sizeof *last->visited->visit);
    qp__visit__init(last->visited->visit);
    last->visited->visit->reached = reached;
    last->visited->visit->resolved = resolved;
    last->visited->visit->satisfied = satisfied;
    say(t, last);
}

static void offers(struct town *t, int node, int to, int64_t at)
{
    Qp__Event *last;
    STEP(t, node, at, OFFERED, offered, qp__offered__init);
    last->offered->to = (ProtobufCBinaryData){QP_ID_LEN, t->node[to]};
    last->offered->number = ++t->number;
    say(t, last);
}

static void answers(struct town *t, int node, int64_t at, bool accepts)
{
    Qp__Event *last;
    if (accepts) {
        STEP(t, node, at, ACCEPTED, accepted, qp__accepted__init);
        last->accepted->path = (char *)(uintptr_t)(node == A ? "city/a" : "city/b");
        last->accepted->number = t->custody = t->number;
    } else {
        STEP(t, node, at, REFUSED, refused, qp__refused__init);
        last->refused->number = t->number;
    }
    say(t, last);
}

static void counted(struct town *t)
{
    qp_census_result_free(&t->r);
    assert_int_equal(qp_census_count(t->c, t->span, NULL, NULL, &t->r), 0);
}

static void span_is(struct town *t, int span, enum qp_circular_by by, const char *key,
                    enum qp_circular_figure f, uint64_t above, uint64_t below)
{
    static const struct qp_numbers none;
    const struct qp_numbers *n = &none;
    for (size_t i = 0; i < t->r.n; i++)
        if (t->r.rows[i].by == by && strcmp(t->r.rows[i].key, key) == 0)
            n = &t->r.rows[i].span[span];
    if (n->n[f][0] != above || n->n[f][1] != below)
        fail_msg("%s of %s \"%s\": %llu/%llu, not %llu/%llu", qp_figure_rows[f].name, qp_by_rows[by].name,
                 key, (unsigned long long)n->n[f][0], (unsigned long long)n->n[f][1],
                 (unsigned long long)above, (unsigned long long)below);
}
#define is(t, f, above, below) span_is(t, QP_SPAN_NOW, QP_CB_TOTAL, "", QP_CF_##f, above, below)

static void a_matter_is_due_by_its_deadline_and_without_one_when_it_is_closed(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0 + HOUR, T0 + 2 * DAY); /* in time */
    closes(t, A, T0 + 2 * DAY);
    opens(t, A, "city/a", T0 + HOUR, T0 + 2 * DAY); /* late */
    closes(t, A, T0 + 2 * DAY + 1);
    opens(t, A, "city/a", T0 + HOUR, T0 + 2 * DAY);  /* not at all */
    opens(t, A, "city/a", T0 + HOUR, T0 + 20 * DAY); /* due later */
    opens(t, A, "city/a", T0 - DAY, 0);              /* no deadline, closed now */
    closes(t, A, T0 + DAY);
    opens(t, A, "city/a", T0 - DAY, 0); /* no deadline, open */
    counted(t);
    is(t, OPENED, 4, 0);
    is(t, DUE, 4, 0);
    is(t, CLOSED_OF_DUE, 3, 4);
    is(t, CLOSED_IN_TIME, 2, 4);
    span_is(t, QP_SPAN_BEFORE, QP_CB_TOTAL, "", QP_CF_OPENED, 2, 0);
    span_is(t, QP_SPAN_BEFORE, QP_CB_TOTAL, "", QP_CF_DUE, 0, 0);
    assert_false(t->r.known[QP_SPAN_YEAR]);
}

/* Both ends: what happens at the beginning is in, what happens at the end is not. */
static void a_period_is_half_open_and_ends_a_life(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, T0 + 7 * DAY - 1);
    closes(t, A, T0 + 7 * DAY); /* the next period's */
    opens(t, A, "city/a", T0 + 7 * DAY, 0);
    opens(t, A, "city/a", T0 - 1, 0);
    counted(t);
    is(t, OPENED, 1, 0);
    is(t, DUE, 1, 0);
    is(t, CLOSED_OF_DUE, 0, 1);
}

static void parts_add_up_and_a_matter_stands_where_it_stood_at_the_end(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    opens(t, CITY, "city", T0 + HOUR, 0);
    opens(t, A, "city/a", T0 + HOUR, 0);
    STEP(t, A, T0 + 2 * HOUR, ASSIGNED, assigned, qp__assigned__init);
    last->assigned->desk = (char *)(uintptr_t) "城管";
    say(t, last);
    STEP(t, A, T0 + 8 * DAY, ASSIGNED, assigned, qp__assigned__init); /* afterwards */
    last->assigned->desk = (char *)(uintptr_t) "住建";
    say(t, last);
    opens(t, CITY, "city", T0 + HOUR, 0);
    STEP(t, CITY, T0 + 2 * HOUR, SORTED, sorted, qp__sorted__init);
    last->sorted->area = (char *)(uintptr_t) "city/b/c";
    last->sorted->category = (char *)(uintptr_t) "消防";
    say(t, last);
    counted(t);
    is(t, OPENED, 3, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_AREA, "city", QP_CF_OPENED, 1, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_AREA, "city/a", QP_CF_OPENED, 1, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_AREA, "city/b", QP_CF_OPENED, 1, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_DESK, "城管", QP_CF_OPENED, 1, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_DESK, "住建", QP_CF_OPENED, 0, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_DESK, "", QP_CF_OPENED, 2, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_CATEGORY, "消防", QP_CF_OPENED, 1, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_SOURCE, "12345", QP_CF_OPENED, 3, 0);
}

static void offers_are_counted_when_they_are_answered(void **state)
{
    struct town *t = *state;
    opens(t, CITY, "city/a", T0 + HOUR, 0);
    offers(t, CITY, A, T0 + 2 * HOUR);
    answers(t, A, T0 + 3 * HOUR, false);
    offers(t, CITY, B, T0 + 4 * HOUR);
    answers(t, B, T0 + 5 * HOUR, true);
    opens(t, CITY, "city/a", T0 + HOUR, 0);
    offers(t, CITY, A, T0 + 2 * HOUR); /* still out */
    counted(t);
    is(t, REFUSED, 1, 2);
}

static void visits_count_each_and_the_first_that_reaches_nobody_does_not(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, 0);
    handles(t, A, T0 + HOUR);
    visits(t, A, T0 + 2 * HOUR, true, false, 2);
    handles(t, A, T0 + 3 * HOUR);
    visits(t, A, T0 + 4 * HOUR, true, true, 1);
    closes(t, A, T0 + 5 * HOUR);
    opens(t, A, "city/a", T0, 0);
    handles(t, A, T0 + HOUR);
    visits(t, A, T0 + 2 * HOUR, false, false, 0);
    opens(t, B, "city/b", T0, 0);
    handles(t, B, T0 + HOUR);
    visits(t, B, T0 + 2 * HOUR, false, false, 0);
    visits(t, B, T0 + 3 * HOUR, false, false, 0);
    counted(t);
    is(t, REDO, 1, 4);
    is(t, VISITED, 3, 3);
    is(t, REACHED, 2, 3);
    is(t, RESOLVED, 1, 3);
    is(t, SATISFIED, 1, 3);
}

/* ST2: a duty that was drawn is to be visited as long as it is open. */
static void a_visit_that_was_drawn_and_not_made_is_to_be_made(void **state)
{
    struct town *t = *state;
    for (int k = 0; k < 4; k++) {
        Qp__Event *last;
        opens(t, A, "city/a", T0, 0);
        STEP(t, A, T0 + HOUR, HANDLED, handled, qp__handled__init);
        last->handled->must_visit = k > 0;
        say(t, last);
        if (k == 2)
            visits(t, A, T0 + 2 * HOUR, true, true, 1);
        if (k == 3)
            closes(t, A, T0 + 2 * HOUR);
    }
    counted(t);
    is(t, VISITED, 1, 2);
}

static void an_urge_is_answered_by_what_the_holder_tells_after_it(void **state)
{
    struct town *t = *state;
    for (int k = 0; k < 3; k++) {
        Qp__Event *last, *urge;
        opens(t, A, "city/a", T0, 0);
        if (k == 0)
            handles(t, A, T0 + HOUR); /* before it */
        STEP(t, CITY, T0 + 2 * HOUR, URGED, urged, qp__urged__init);
        t->version--;
        last->version = 0;
        say(t, urge = last);
        say(t, urge); /* in another parcel */
        if (k == 1)
            handles(t, A, T0 + 3 * HOUR);
        if (k == 2)
            handles(t, A, T0 + 8 * DAY); /* too late for this period */
    }
    counted(t);
    is(t, URGED, 1, 3);
}

static void an_urge_that_comes_again_behind_many_others_counts_once(void **state)
{
    struct town *t = *state;
    Qp__Event *urges[20];
    Qp__Urged urged = QP__URGED__INIT;
    opens(t, A, "city/a", T0, 0);
    for (int i = 0; i < 20; i++) {
        urges[i] = event(t, CITY, T0 + HOUR, 0);
        urges[i]->body_case = QP__EVENT__BODY_URGED;
        urges[i]->urged = &urged;
        say(t, urges[i]);
    }
    for (int i = 0; i < 20; i++)
        say(t, urges[i]);
    counted(t);
    is(t, URGED, 0, 20);
}

/* A liar may say as many as he likes: twice as many take twice as long. */
static void a_hundred_thousand_urges_and_clocks_of_one_matter_are_counted_at_once(void **state)
{
    enum { MANY = 100000 };
    struct town *t = *state;
    Qp__Clock clock = QP__CLOCK__INIT, *clocks[] = {&clock};
    Qp__Urged urged = QP__URGED__INIT;
    Qp__Progressed progressed = QP__PROGRESSED__INIT;
    opens(t, A, "city/a", T0, 0);
    struct qp_arena *whole = t->a;
    t->a = qp_arena_new(1 << 20);
    for (int i = 0; i < MANY; i++) {
        Qp__Event *ev = event(t, CITY, T0 + 2 * HOUR, 0);
        ev->body_case = QP__EVENT__BODY_URGED;
        ev->urged = &urged;
        say(t, ev);
        ev = event(t, A, T0 + HOUR, ++t->version);
        ev->body_case = QP__EVENT__BODY_PROGRESSED;
        ev->progressed = &progressed;
        clock.serial = (uint32_t)i + 1;
        clock.due_us = T0 + 3 * HOUR;
        ev->clocks = clocks;
        ev->n_clocks = 1;
        say(t, ev);
        qp_arena_reset(t->a);
    }
    qp_arena_free(t->a);
    t->a = whole;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    counted(t);
    clock_gettime(CLOCK_MONOTONIC, &to);
    is(t, URGED, 0, MANY);
    is(t, SIGNED_IN_TIME, 0, MANY);
    assert_true(to.tv_sec - from.tv_sec < 10); /* it was minutes */
}

static void a_census_that_is_to_stop_stops(void **state)
{
    struct town *t = *state;
    atomic_bool stop = true;
    opens(t, A, "city/a", T0, 0);
    qp_census_stop_by(t->c, &stop);
    assert_int_equal(qp_census_count(t->c, t->span, NULL, NULL, &t->r), QP_ESTOPPING);
    stop = false;
    counted(t);
    is(t, OPENED, 1, 0);
}

static void sign_clocks_are_those_of_the_events(void **state)
{
    struct town *t = *state;
    for (int k = 0; k < 3; k++) {
        Qp__Event *last;
        Qp__Clock *clock = qp_arena_take(t->a, sizeof *clock), **v = qp_arena_take(t->a, sizeof *v);
        opens(t, CITY, "city/a", T0, 0);
        STEP(t, CITY, T0 + HOUR, OFFERED, offered, qp__offered__init);
        last->offered->to = (ProtobufCBinaryData){QP_ID_LEN, t->node[A]};
        last->offered->number = ++t->number;
        qp__clock__init(clock);
        clock->stage = 0; /* sign */
        clock->serial = 1;
        clock->due_us = T0 + 3 * HOUR;
        v[0] = clock;
        last->clocks = v;
        last->n_clocks = 1;
        say(t, last);
        if (k == 2)
            continue; /* never answered */
        STEP(t, A, T0 + (k == 0 ? 3 : 4) * HOUR, ACCEPTED, accepted, qp__accepted__init);
        last->accepted->path = (char *)(uintptr_t) "city/a";
        last->accepted->number = t->number;
        clock = qp_arena_copy(t->a, clock, sizeof *clock);
        clock->ended_us = last->at_us;
        v = qp_arena_copy(t->a, &clock, sizeof clock);
        last->clocks = v;
        last->n_clocks = 1;
        say(t, last);
    }
    counted(t);
    is(t, SIGNED_IN_TIME, 1, 3);
}

/* CL5: each asking once, in the period in which it was asked; in force once is granted, whatever follows. */
static void an_extension_counts_when_it_was_asked_for(void **state)
{
    static const uint32_t states[][2] = {
        {1, 3}, {1, 4}, {3, 4}, {1, 1}}; /* asked, in force, denied: clocks.h */
    struct town *t = *state;
    for (int k = 0; k < 5; k++) {
        opens(t, A, "city/a", T0 - DAY, 0);
        for (int step = 0; step < 2; step++) {
            Qp__Event *last;
            Qp__Clock *clock = qp_arena_take(t->a, sizeof *clock), **v = qp_arena_take(t->a, sizeof *v);
            Qp__Extension *x = qp_arena_take(t->a, sizeof *x);
            qp__clock__init(clock);
            qp__extension__init(x);
            STEP(t, A, (k == 4 ? T0 - DAY : T0) + (step + 1) * HOUR, EXTENDED, extended, qp__extended__init);
            x->number = 1;
            x->state = states[k % 4][step];
            x->asked_us = (k == 4 ? T0 - DAY : T0) + HOUR; /* the last one before the period */
            clock->stage = 1;
            clock->extension = x;
            v[0] = clock;
            last->clocks = v;
            last->n_clocks = 1;
            say(t, last);
        }
    }
    counted(t);
    is(t, EXTENDED, 2, 4);
    span_is(t, QP_SPAN_BEFORE, QP_CB_TOTAL, "", QP_CF_EXTENDED, 1, 1);
}

static const char *view_of(void *arg, const char *category)
{
    (void)arg;
    return strcmp(category, "消防") == 0 ? "警情" : "";
}

static void what_is_a_case_of_something_stands_in_a_row_by_view(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    opens(t, A, "city/a", T0, 0);
    opens(t, A, "city/a", T0, 0);
    STEP(t, A, T0 + HOUR, SORTED, sorted, qp__sorted__init);
    last->sorted->category = (char *)(uintptr_t) "消防";
    say(t, last);
    assert_int_equal(qp_census_count(t->c, t->span, view_of, NULL, &t->r), 0);
    span_is(t, QP_SPAN_NOW, QP_CB_VIEW, "警情", QP_CF_OPENED, 1, 0);
    span_is(t, QP_SPAN_NOW, QP_CB_VIEW, "", QP_CF_OPENED, 0, 0);
    is(t, OPENED, 2, 0);
}

/* K7, E7: as in the tables. */
static void who_may_not_say_it_changes_nothing(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, 0);
    closes(t, B, T0 + HOUR); /* no holder of it */
    t->version--;
    handles(t, A, T0 + 2 * HOUR);
    opens(t, B, "city/a", T0, 0); /* not its place */
    opens(t, B, "village/x", T0, 0);
    counted(t);
    is(t, OPENED, 1, 0);
    is(t, DUE, 0, 0);
    is(t, REDO, 0, 1);
}

/* His times are his own affair. */
static void a_strangers_late_word_ends_no_life(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, T0 + 2 * DAY);
    closes(t, B, T0 + 8 * DAY); /* no holder of it, after the end */
    t->version--;
    closes(t, A, T0 + HOUR);
    counted(t);
    is(t, CLOSED_OF_DUE, 1, 1);
}

static void a_duty_ends_when_the_matter_is_assigned_again(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    opens(t, A, "city/a", T0, 0);
    STEP(t, A, T0 + HOUR, HANDLED, handled, qp__handled__init);
    last->handled->must_visit = true;
    say(t, last);
    STEP(t, A, T0 + 2 * HOUR, ASSIGNED, assigned, qp__assigned__init);
    last->assigned->desk = (char *)(uintptr_t) "城管";
    say(t, last);
    counted(t);
    is(t, VISITED, 0, 0);
}

static void what_is_not_handled_is_not_visited(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, 0);
    visits(t, A, T0 + HOUR, true, true, 1);
    t->version--;
    closes(t, A, T0 + 2 * HOUR);
    t->version--;
    handles(t, A, T0 + 3 * HOUR); /* a rival, and of what is closed */
    counted(t);
    is(t, VISITED, 0, 0);
    is(t, REDO, 0, 0);
    is(t, CLOSED_OF_DUE, 1, 1);
}

/* The first that is heard of a matter: a face that travels with an event of its holder. */
static Qp__Event *begins(struct town *t, int node, int opener, const char *area, uint64_t custody)
{
    Qp__Event *last;
    t->id[QP_ID_LEN - 1]++;
    t->version = 4;
    t->custody = t->number = custody;
    STEP(t, node, T0 + HOUR, ASSISTED, assisted, qp__assisted__init);
    last->assisted->face = face(t, node, area, T0, T0 + DAY);
    last->assisted->face->opener = (ProtobufCBinaryData){QP_ID_LEN, t->node[opener]};
    return last;
}

/* E3, K8 */
static void a_matter_begins_with_the_face_of_its_opener_who_never_gave_it_away(void **state)
{
    struct town *t = *state;
    say(t, begins(t, A, A, "city/a/x", 1));
    say(t, begins(t, A, B, "city/a", 1)); /* another's opening */
    say(t, begins(t, A, A, "city/a", 2)); /* held before, by whom? */
    say(t, begins(t, A, A, "city/b", 1)); /* not its place */
    Qp__Event *ev = begins(t, A, A, "city/a", 1);
    ev->assisted->face->holder_path = (char *)(uintptr_t) "city/b";
    say(t, ev);
    counted(t);
    is(t, OPENED, 1, 0);
}

static void a_face_says_what_is_closed_and_what_is_to_be_visited(void **state)
{
    struct town *t = *state;
    Qp__Event *ev = begins(t, A, A, "city/a", 1);
    ev->assisted->face->must_visit = true;
    ev->assisted->face->state = QP_HANDLED;
    say(t, ev);
    ev = begins(t, A, A, "city/a", 1);
    ev->assisted->face->closed_us = T0 + HOUR;
    ev->assisted->face->state = QP_CLOSED;
    say(t, ev);
    counted(t);
    is(t, VISITED, 0, 1);
    is(t, CLOSED_OF_DUE, 1, 2);
}

/* E1: where versions are missing, only the holder's own face goes on. */
static void a_later_face_goes_on_from_there_if_it_is_the_holders(void **state)
{
    struct town *t = *state;
    for (int k = 0; k < 3; k++) {
        Qp__Event *last;
        opens(t, A, "city/a", T0, T0 + DAY);
        t->version += 3; /* which never came */
        int by = k == 1 ? B : A;
        t->custody = k == 2 ? 2 : 1;
        STEP(t, by, T0 + HOUR, ASSISTED, assisted, qp__assisted__init);
        last->assisted->face = face(t, by, by == A ? "city/a" : "city/b", T0, T0 + DAY);
        last->assisted->face->opener = (ProtobufCBinaryData){QP_ID_LEN, t->node[A]};
        last->assisted->face->closed_us = T0 + HOUR;
        last->assisted->face->state = QP_CLOSED;
        say(t, last);
    }
    counted(t);
    is(t, CLOSED_OF_DUE, 1, 3);
    span_is(t, QP_SPAN_NOW, QP_CB_AREA, "city/a", QP_CF_OPENED, 3, 0);
}

static void enrols(struct town *t, int by, int node, const char *path)
{
    Qp__CertificateBody body = QP__CERTIFICATE_BODY__INIT;
    Qp__Certificate cert = QP__CERTIFICATE__INIT;
    Qp__Enrolled e = QP__ENROLLED__INIT;
    uint8_t bytes[512], key[32] = {1};
    body.node = (ProtobufCBinaryData){QP_ID_LEN, t->node[node]};
    body.path = (char *)(uintptr_t)path;
    body.sign_key = body.link_key = body.box_key = (ProtobufCBinaryData){sizeof key, key};
    body.tree = body.salt = body.issuer = (ProtobufCBinaryData){QP_ID_LEN, t->node[by]};
    body.incarnation = 1;
    cert.body.data = bytes;
    cert.body.len = qp__certificate_body__pack(&body, bytes);
    Qp__Event *ev = event(t, by, T0, 0);
    e.certificate = &cert;
    ev->matter.len = 0;
    ev->body_case = QP__EVENT__BODY_ENROLLED;
    ev->enrolled = &e;
    say(t, ev);
}

/* Else one word would take all that it opens out of the figures. */
static void nobody_moves_anothers_node_to_another_place(void **state)
{
    struct town *t = *state;
    enrols(t, B, A, "city/b/a");
    enrols(t, CITY, A, "city/c");
    opens(t, A, "city/a", T0, 0);
    counted(t);
    is(t, OPENED, 1, 0);
}

static void events_may_come_twice_and_out_of_order(void **state)
{
    struct town *t = *state;
    Qp__Event *last, *first;
    opens(t, A, "city/a", T0, 0);
    STEP(t, A, T0 + HOUR, HANDLED, handled, qp__handled__init);
    first = last;
    STEP(t, A, T0 + 2 * HOUR, CLOSED, closed, qp__closed__init);
    say(t, last);
    say(t, first);
    say(t, last);
    say(t, first);
    counted(t);
    is(t, REDO, 0, 1);
    is(t, CLOSED_OF_DUE, 1, 1);
}

static void a_reopening_takes_the_closing_back(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    opens(t, A, "city/a", T0 - DAY, T0 + DAY);
    closes(t, A, T0 - HOUR);
    STEP(t, A, T0 + HOUR, REOPENED, reopened, qp__reopened__init);
    say(t, last);
    counted(t);
    is(t, CLOSED_OF_DUE, 0, 1);
}

static void numbers_survive_their_packing(void **state)
{
    (void)state;
    struct qp_numbers n = {0}, again;
    uint8_t bytes[QP_CIRCULAR_NUMBERS];
    assert_int_equal(qp_numbers_pack(bytes, &n), 0);
    n.n[QP_CF_OPENED][0] = UINT64_MAX;
    n.n[QP_CF_PATROLS][1] = 3;
    size_t len = qp_numbers_pack(bytes, &n);
    assert_int_equal(qp_numbers_read(&again, (ProtobufCBinaryData){len, bytes}), 0);
    assert_memory_equal(&n, &again, sizeof n);
    assert_int_equal(qp_numbers_read(&again, (ProtobufCBinaryData){len - 1, bytes}), QP_ECORRUPT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(a_matter_is_due_by_its_deadline_and_without_one_when_it_is_closed),
        T(a_period_is_half_open_and_ends_a_life),
        T(parts_add_up_and_a_matter_stands_where_it_stood_at_the_end),
        T(offers_are_counted_when_they_are_answered),
        T(visits_count_each_and_the_first_that_reaches_nobody_does_not),
        T(a_visit_that_was_drawn_and_not_made_is_to_be_made),
        T(an_urge_is_answered_by_what_the_holder_tells_after_it),
        T(an_urge_that_comes_again_behind_many_others_counts_once),
        T(a_hundred_thousand_urges_and_clocks_of_one_matter_are_counted_at_once),
        T(a_census_that_is_to_stop_stops),
        T(sign_clocks_are_those_of_the_events),
        T(an_extension_counts_when_it_was_asked_for),
        T(what_is_a_case_of_something_stands_in_a_row_by_view),
        T(who_may_not_say_it_changes_nothing),
        T(a_strangers_late_word_ends_no_life),
        T(a_duty_ends_when_the_matter_is_assigned_again),
        T(what_is_not_handled_is_not_visited),
        T(a_matter_begins_with_the_face_of_its_opener_who_never_gave_it_away),
        T(a_face_says_what_is_closed_and_what_is_to_be_visited),
        T(a_later_face_goes_on_from_there_if_it_is_the_holders),
        T(nobody_moves_anothers_node_to_another_place),
        T(events_may_come_twice_and_out_of_order),
        T(a_reopening_takes_the_closing_back),
        cmocka_unit_test(numbers_survive_their_packing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
