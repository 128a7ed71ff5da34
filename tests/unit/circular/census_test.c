/* census_test.c: figures counted from events by hand: what counts when, and under which key (CI3). */
#include <time.h>

#include "node/insight/circular/inside.h"
#include "proto/events.h"
#include "tests/unit/circular/town.h"

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

/* An offer to A whose sign clock runs 2 hours, refused by A at ended_us. */
static void offered_and_refused(struct town *t, int64_t offered_us, int64_t ended_us, bool automatic)
{
    static Qp__Clock clock, *v[] = {&clock}; /* what is told is copied */
    Qp__Event *last;
    qp__clock__init(&clock);
    clock.serial = 1;
    clock.due_us = offered_us + 2 * HOUR;
    STEP(t, CITY, offered_us, OFFERED, offered, qp__offered__init);
    last->offered->to = (ProtobufCBinaryData){QP_ID_LEN, t->node[A]};
    last->offered->number = ++t->number;
    last->clocks = v;
    last->n_clocks = 1;
    say(t, last);
    clock.ended_us = ended_us;
    STEP(t, A, ended_us, REFUSED, refused, qp__refused__init);
    last->refused->number = t->number;
    last->refused->automatic = automatic;
    last->clocks = v;
    last->n_clocks = 1;
    say(t, last);
}

/* CI3: who was asked has not answered; late he is if he was late by then. */
static void an_offer_that_was_asked_back_is_no_answer(void **state)
{
    struct town *t = *state;
    opens(t, CITY, "city/a", T0, 0);
    offered_and_refused(t, T0 + HOUR, T0 + 2 * HOUR, true);
    opens(t, CITY, "city/a", T0, 0);
    offered_and_refused(t, T0 + HOUR, T0 + 4 * HOUR, true); /* late by then */
    counted(t);
    is(t, REFUSED, 0, 0);
    is(t, SIGNED_IN_TIME, 0, 1);
    opens(t, CITY, "city/a", T0, 0);
    offered_and_refused(t, T0 + HOUR, T0 + 2 * HOUR, false); /* by a person */
    counted(t);
    is(t, REFUSED, 1, 1);
    is(t, SIGNED_IN_TIME, 1, 2);
}

/* CI1: as the matter itself shows. */
static void merging_answers_no_urge(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    for (int k = 0; k < 2; k++) {
        opens(t, CITY, "city/a", T0, 0);
        STEP(t, CITY, T0 + HOUR, URGED, urged, qp__urged__init);
        t->version--;
        last->version = 0;
        say(t, last);
        if (k == 1) {
            STEP(t, CITY, T0 + 2 * HOUR, PROGRESSED, progressed, qp__progressed__init);
            say(t, last);
        }
        STEP(t, CITY, T0 + 3 * HOUR, MERGED, merged, qp__merged__init);
        say(t, last);
        counted(t);
        is(t, URGED, (uint64_t)k, (uint64_t)k + 1);
    }
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

/* Nobody is rated by a drill: neither by how it was opened nor by what a later holder's face says of it. */
static void drills_count_in_no_figure(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0 + HOUR, T0 + 2 * DAY);
    t->drill = true;
    opens(t, A, "city/a", T0 + HOUR, T0 + 2 * DAY);
    handles(t, A, T0 + 2 * HOUR);
    visits(t, A, T0 + 3 * HOUR, true, true, 1);
    closes(t, A, T0 + 4 * DAY);
    counted(t);
    is(t, OPENED, 1, 0);
    is(t, DUE, 1, 0);
    is(t, VISITED, 0, 0);
    is(t, REDO, 0, 0);
    assert_int_equal(t->r.matters, 1);
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

/* An event of this kind with an empty body, but for what a whole one has. */
static Qp__Event *empty(struct town *t, const struct qp_event_kind *k)
{
    Qp__Event *ev = event(t, A, T0 + HOUR, ++t->version);
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field(&qp__event__descriptor, (unsigned)k->body);
    const ProtobufCMessageDescriptor *d = f->descriptor;
    ProtobufCMessage *body = qp_arena_take(t->a, d->sizeof_message);
    d->message_init(body);
    ev->body_case = k->body;
    *(ProtobufCMessage **)((char *)ev + f->offset) = body;
    if (k->body == QP__EVENT__BODY_VISITED) {
        ev->visited->visit = qp_arena_take(t->a, sizeof(Qp__Visit));
        qp__visit__init(ev->visited->visit);
    }
    return ev;
}

/* What the census takes for a step of a later build has effects that it does not count: of this build's own there are none. */
static void no_kind_of_this_build_is_taken_for_one_of_a_later(void **state)
{
    struct town *t = *state;
    size_t n, tried = 0;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        bool unsaid = k[i].body == QP__EVENT__BODY_SEIZED; /* no node of this build says it (K6) */
        if (!k[i].versioned || k[i].body == QP__EVENT__BODY_OPENED || unsaid)
            continue;
        opens(t, A, "city/a", T0, 0);
        uint32_t before = t->c->n_deeds;
        say(t, empty(t, &k[i]));
        if (t->c->n_deeds == before)
            fail_msg("the census has no line of %s (census.c, add_body)", k[i].name);
        for (uint32_t at = before; at < t->c->n_deeds; at++)
            if (qp_deed_at(t->c, at)->kind == QP_DEED_STEP)
                fail_msg("the census has no line of %s (census.c, plain_kind)", k[i].name);
        tried++;
    }
    assert_true(tried > 20);
}

/* FNV-1a folded to 32 bits: where a text stood before the slots had a key. */
static uint32_t known_place(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return (uint32_t)(h ^ h >> 32);
}

/* So many texts of a liar's, each of which falls into the first sixteenth of any table, or any texts; how long it takes. */
static double number_texts(uint32_t n, bool chosen)
{
    struct qp_strings s = {0};
    char text[16];
    clock_t begun = clock();
    for (uint32_t i = 0, at = 0; i < n; at++) {
        snprintf(text, sizeof text, "%u", at);
        if (chosen && (known_place(text) & 0xffff) >= 0x1000)
            continue;
        assert_int_equal(qp_string_number(&s, text, strlen(text)), ++i);
    }
    free(s.bytes);
    free(s.at);
    free(s.slots);
    return (double)(clock() - begun) / CLOCKS_PER_SEC;
}

static void nobody_chooses_texts_that_cost_the_square_of_their_number(void **state)
{
    (void)state;
    double any = number_texts(30000, false), chosen = number_texts(30000, true);
    assert_true(chosen < 20 * any + 0.2); /* sixteen times as many are tried */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(a_matter_is_due_by_its_deadline_and_without_one_when_it_is_closed),
        T(a_period_is_half_open_and_ends_a_life),
        T(parts_add_up_and_a_matter_stands_where_it_stood_at_the_end),
        T(offers_are_counted_when_they_are_answered),
        T(an_offer_that_was_asked_back_is_no_answer),
        T(merging_answers_no_urge),
        T(an_urge_is_answered_by_what_the_holder_tells_after_it),
        T(an_urge_that_comes_again_behind_many_others_counts_once),
        T(nobody_chooses_texts_that_cost_the_square_of_their_number),
        T(a_hundred_thousand_urges_and_clocks_of_one_matter_are_counted_at_once),
        T(a_census_that_is_to_stop_stops),
        T(sign_clocks_are_those_of_the_events),
        T(an_extension_counts_when_it_was_asked_for),
        T(what_is_a_case_of_something_stands_in_a_row_by_view),
        T(events_may_come_twice_and_out_of_order),
        T(a_reopening_takes_the_closing_back),
        T(no_kind_of_this_build_is_taken_for_one_of_a_later),
        T(drills_count_in_no_figure),
        cmocka_unit_test(numbers_survive_their_packing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
