/* visits_test.c: which return visits count, by whom, and what an appeal makes of their scores (ST2, ST3, CI3). */
#include "tests/unit/circular/town.h"

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

/* ST3: also what is decided after the period; a visit that is not the one appealed against keeps its score. */
static void a_visit_whose_score_was_overturned_is_of_no_share_of_scores(void **state)
{
    struct town *t = *state;
    for (int k = 0; k < 6; k++) {
        opens(t, A, "city/a", T0, 0);
        handles(t, A, T0 + HOUR);
        visits(t, A, T0 + 2 * HOUR, true, false, 2);
        handles(t, A, T0 + 3 * HOUR);
        visits(t, A, T0 + 4 * HOUR, true, true, 1);
        appeals(t, A, k == 3 ? "extension" : "visit", 1, T0 + 2 * HOUR, T0 + 5 * HOUR);
        if (k == 0)
            ends_appeal(t, A, "visit", 1, false, T0 + 6 * HOUR);
        if (k == 1)
            ends_appeal(t, A, "visit", 1, true, T0 + 6 * HOUR);
        if (k == 2)
            ends_appeal(t, A, "visit", 1, false, T0 + 9 * DAY); /* afterwards */
        if (k == 3)
            ends_appeal(t, A, "extension", 1, false, T0 + 6 * HOUR);
        if (k == 4)
            ends_appeal(t, A, "visit", 2, false, T0 + 6 * HOUR); /* of no appeal that there is */
        if (k < 5)
            continue;
        ends_appeal(t, A, "visit", 1, true, T0 + 6 * HOUR); /* one appeals once */
        appeals(t, A, "visit", 1, T0 + 2 * HOUR, T0 + 7 * HOUR);
        ends_appeal(t, A, "visit", 1, false, T0 + 8 * HOUR);
    }
    counted(t);
    is(t, VISITED, 12, 12);
    is(t, REACHED, 12, 12);
    is(t, RESOLVED, 6, 10);
    is(t, SATISFIED, 6, 10);
    is(t, REDO, 6, 12); /* it was done again all the same */
    assert_int_equal(qp_numbers_reached(&t->r.rows[0].span[QP_SPAN_NOW]), 10);
}

/* A node that heard nothing of the appeal itself has it from the face of the next offer. */
static void a_face_says_what_was_overturned(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    Qp__Appeal appeal = QP__APPEAL__INIT, *list[] = {&appeal};
    opens(t, CITY, "city/a", T0, 0);
    handles(t, CITY, T0 + HOUR);
    visits(t, CITY, T0 + 2 * HOUR, true, true, 2);
    t->version += 2; /* the appeal and its end */
    STEP(t, CITY, T0 + 5 * HOUR, OFFERED, offered, qp__offered__init);
    last->offered->to = (ProtobufCBinaryData){QP_ID_LEN, t->node[A]};
    last->offered->number = ++t->number;
    last->offered->face = face(t, CITY, "city/a", T0, 0);
    last->offered->face->state = QP_VISITED;
    last->offered->face->appeals = list;
    last->offered->face->n_appeals = last->offered->face->appeal_top = appeal.number = 1;
    appeal.about = (char *)(uintptr_t) "visit";
    appeal.of_us = T0 + 2 * HOUR;
    appeal.state = 3; /* overturned: appeal.h */
    say(t, last);
    counted(t);
    is(t, REACHED, 1, 1);
    is(t, RESOLVED, 0, 0);
    is(t, SATISFIED, 0, 0);
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

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(visits_count_each_and_the_first_that_reaches_nobody_does_not),
        T(a_visit_whose_score_was_overturned_is_of_no_share_of_scores),
        T(a_face_says_what_was_overturned),
        T(a_visit_that_was_drawn_and_not_made_is_to_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
