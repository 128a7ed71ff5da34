/* adds_up_test.c: what is counted of events is counted once, in whatever period (CI3): the days of four weeks, the weeks, and all
 * of it in one, say the same, and the same as who said the events; with nodes whose clocks are hours apart.
 *
 * QP_SEED repeats one run; QP_WALKS says how many. */
#include "tests/unit/circular/town.h"
#include "tests/unit/matter/walks.h"

enum { DAYS = 28, MATTERS = 12, STEPS = 24, EXTENSION_ASKED = 1 };

/* What of a figure is counted from events: above the line, below it. The rest is how a matter stands at the end. */
static const bool adds[QP_CIRCULAR_FIGURE_N][2] = {
    [QP_CF_OPENED] = {true, false},   [QP_CF_REFUSED] = {true, true},   [QP_CF_REDO] = {true, true},
    [QP_CF_VISITED] = {true, false},  [QP_CF_REACHED] = {true, true},   [QP_CF_RESOLVED] = {true, true},
    [QP_CF_SATISFIED] = {true, true}, [QP_CF_EXTENDED] = {false, true}, [QP_CF_URGED] = {false, true},
};

struct walk {
    struct town *t;
    uint64_t x; /* of walk_draw */
    int64_t now_us, off_us[4];
    struct qp_numbers said; /* what was told, counted where it is told */
    int holder;
    uint32_t appeals;
};

static uint64_t draw(struct walk *w, uint64_t below)
{
    return walk_draw(&w->x, below);
}

/* What the clock of a node shows; some minutes to a day pass. */
static int64_t clock_of(struct walk *w, int node)
{
    w->now_us += (int64_t)draw(w, draw(w, 4) ? 600 : 86400) * 1000000;
    return w->now_us + w->off_us[node];
}

static void said(struct walk *w, enum qp_circular_figure f, bool above)
{
    w->said.n[f][0] += above;
    w->said.n[f][1]++;
}

/* ---- told ---- */

static void urge(struct walk *w)
{
    Qp__Event *last;
    STEP(w->t, CITY, clock_of(w, CITY), URGED, urged, qp__urged__init);
    w->t->version--;
    last->version = 0;
    say(w->t, last);
    said(w, QP_CF_URGED, false);
}

static void ask_for_time(struct walk *w, uint32_t number)
{
    Qp__Event *last;
    Qp__Clock *clock = qp_arena_take(w->t->a, sizeof *clock), **v = qp_arena_take(w->t->a, sizeof *v);
    Qp__Extension *x = qp_arena_take(w->t->a, sizeof *x);
    STEP(w->t, w->holder, clock_of(w, w->holder), EXTENSION_ASKED, extension_asked,
         qp__extension_asked__init);
    qp__clock__init(clock);
    qp__extension__init(x);
    x->number = number;
    x->state = EXTENSION_ASKED;
    x->asked_us = last->at_us;
    clock->stage = 1;
    clock->extension = x;
    v[0] = clock;
    last->clocks = v;
    last->n_clocks = 1;
    say(w->t, last);
    said(w, QP_CF_EXTENDED, false);
}

/* Who was visited with success is closed, and begun again. */
static void begin_again(struct walk *w)
{
    Qp__Event *last;
    closes(w->t, w->holder, clock_of(w, w->holder));
    STEP(w->t, w->holder, clock_of(w, w->holder), REOPENED, reopened, qp__reopened__init);
    say(w->t, last);
}

static void visit(struct walk *w)
{
    bool resolved = draw(w, 2) != 0, satisfied = draw(w, 2) != 0;
    int64_t at_us = clock_of(w, w->holder);
    visits(w->t, w->holder, at_us, true, resolved, satisfied ? 1 : 2);
    said(w, QP_CF_VISITED, true);
    said(w, QP_CF_REACHED, true);
    said(w, QP_CF_RESOLVED, resolved);
    said(w, QP_CF_SATISFIED, satisfied);
    w->said.n[QP_CF_REDO][0] += !resolved;
    if (resolved)
        begin_again(w);
    if ((resolved && satisfied) || draw(w, 3))
        return;
    bool keep = draw(w, 2) != 0;
    appeals(w->t, w->holder, "visit", ++w->appeals, at_us, clock_of(w, w->holder));
    ends_appeal(w->t, w->holder, "visit", w->appeals, keep, clock_of(w, w->holder));
    if (keep)
        return;
    w->said.n[QP_CF_RESOLVED][0] -= resolved;
    w->said.n[QP_CF_RESOLVED][1]--;
    w->said.n[QP_CF_SATISFIED][0] -= satisfied;
    w->said.n[QP_CF_SATISFIED][1]--;
}

static void move_to(struct walk *w, int to)
{
    bool accepts = draw(w, 2) != 0;
    offers(w->t, w->holder, to, clock_of(w, w->holder));
    answers(w->t, to, clock_of(w, to), accepts);
    said(w, QP_CF_REFUSED, !accepts);
    if (accepts)
        w->holder = to;
}

static void one_matter(struct walk *w)
{
    uint32_t asked = 0;
    w->now_us = T0 + (int64_t)draw(w, 20) * DAY + (int64_t)draw(w, 86400) * 1000000;
    w->holder = CITY;
    w->appeals = 0;
    opens(w->t, CITY, "city/a", clock_of(w, CITY), 0);
    w->said.n[QP_CF_OPENED][0]++;
    for (int i = (int)draw(w, STEPS); i > 0 && w->now_us < T0 + 26 * DAY; i--)
        switch (draw(w, 5)) {
        case 0: urge(w); break;
        case 1: ask_for_time(w, ++asked); break;
        case 2: move_to(w, w->holder == A ? CITY : A); break;
        default:
            handles(w->t, w->holder, clock_of(w, w->holder));
            w->said.n[QP_CF_REDO][1]++;
            visit(w);
            break;
        }
}

/* ---- counted ---- */

static void add(struct town *t, struct qp_numbers *sum, int64_t from_us, int64_t to_us)
{
    const struct qp_span_us asked = {from_us, to_us};
    t->span[QP_SPAN_NOW] = t->span[QP_SPAN_BEFORE] = t->span[QP_SPAN_YEAR] = asked;
    counted(t);
    for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++)
        for (int part = 0; part < 2; part++)
            sum->n[f][part] += t->r.rows[0].span[QP_SPAN_NOW].n[f][part];
}

static void same(const char *what, const struct qp_numbers *is, const struct qp_numbers *said)
{
    for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++)
        for (int part = 0; part < 2; part++)
            if (adds[f][part] && is->n[f][part] != said->n[f][part])
                fail_msg("%s: %s %s the line is %llu, of %llu that were told", what, qp_figure_rows[f].name,
                         part ? "below" : "above", (unsigned long long)is->n[f][part],
                         (unsigned long long)said->n[f][part]);
}

static void walk(uint64_t seed)
{
    void *state;
    struct walk w = {.x = seed};
    struct qp_numbers days = {0}, weeks = {0}, all = {0};
    up(&state);
    w.t = state;
    for (int node = CITY; node <= B; node++)
        w.off_us[node] = ((int64_t)draw(&w, 7200) - 3600) * 1000000;
    for (int i = 0; i < MATTERS; i++)
        one_matter(&w);
    for (int64_t day = -1; day < DAYS + 6; day++) /* six more: what came last may lie beyond */
        add(w.t, &days, T0 + day * DAY, T0 + (day + 1) * DAY);
    for (int64_t week = -1; week < 5; week++)
        add(w.t, &weeks, T0 + week * 7 * DAY, T0 + (week + 1) * 7 * DAY);
    add(w.t, &all, T0 - 7 * DAY, T0 + 35 * DAY);
    same("the days", &days, &w.said);
    same("the weeks", &weeks, &w.said);
    same("all in one", &all, &w.said);
    down(&state);
}

static void days_and_weeks_add_up_to_what_was_told(void **state)
{
    (void)state;
    walk_all(walk, 40);
}

/* As it was found: assigned by a clock that is ahead, handled by one that is not, around midnight. */
static void a_clock_some_minutes_ahead_at_midnight_loses_nothing(void **state)
{
    struct town *t = *state;
    struct qp_numbers days[3] = {0};
    int64_t midnight = T0 + 2 * DAY;
    opens(t, A, "city/a", midnight - HOUR, 0);
    Qp__Event *last;
    STEP(t, A, midnight + HOUR / 2, ASSIGNED, assigned, qp__assigned__init);
    say(t, last);
    handles(t, A, midnight - HOUR / 6);
    closes(t, A, midnight + HOUR);
    for (int day = 0; day < 3; day++)
        add(t, &days[day], midnight + (day - 1) * DAY, midnight + day * DAY);
    assert_int_equal(days[0].n[QP_CF_OPENED][0], 1);
    assert_int_equal(days[0].n[QP_CF_REDO][1], 0);
    assert_int_equal(days[1].n[QP_CF_REDO][1], 1); /* behind what is of that day */
    assert_int_equal(days[1].n[QP_CF_CLOSED_IN_TIME][0], 1);
    assert_int_equal(days[2].n[QP_CF_REDO][1], 0);
}

/* Its closing's own time lies in the day before; without a deadline it is due where its closing counts. */
static void what_is_closed_by_a_clock_behind_is_due_where_it_counts(void **state)
{
    struct town *t = *state;
    struct qp_numbers before = {0}, after = {0};
    int64_t midnight = T0 + 2 * DAY;
    opens(t, A, "city/a", midnight + 1, 0);
    closes(t, A, midnight - 1);
    add(t, &before, midnight - DAY, midnight);
    add(t, &after, midnight, midnight + DAY);
    assert_int_equal(before.n[QP_CF_DUE][0], 0);
    assert_int_equal(after.n[QP_CF_DUE][0], 1);
    assert_int_equal(after.n[QP_CF_CLOSED_OF_DUE][0], 1);
}

/* Its sign clock, and an urge, by a clock behind, lie in a day in which the matter was not there yet. */
static void a_sign_clock_and_an_urge_are_of_no_day_before_the_matter(void **state)
{
    struct town *t = *state;
    struct qp_numbers before = {0}, after = {0};
    Qp__Event *last;
    Qp__Clock clock = QP__CLOCK__INIT, *clocks[] = {&clock};
    int64_t midnight = T0 + 2 * DAY;
    opens(t, CITY, "city/a", midnight + HOUR, 0);
    STEP(t, CITY, midnight - HOUR, OFFERED, offered, qp__offered__init);
    last->offered->to = (ProtobufCBinaryData){QP_ID_LEN, t->node[A]};
    last->offered->number = ++t->number;
    clock.serial = 1;
    clock.due_us = midnight - 1;
    last->clocks = clocks;
    last->n_clocks = 1;
    say(t, last);
    STEP(t, CITY, midnight - HOUR, URGED, urged, qp__urged__init);
    t->version--;
    last->version = 0;
    say(t, last);
    add(t, &before, midnight - DAY, midnight);
    add(t, &after, midnight, midnight + DAY);
    assert_int_equal(before.n[QP_CF_URGED][1], 0);
    assert_int_equal(after.n[QP_CF_URGED][1], 1);
    assert_int_equal(before.n[QP_CF_SIGNED_IN_TIME][1], 0);
    assert_int_equal(after.n[QP_CF_SIGNED_IN_TIME][1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_weeks_add_up_to_what_was_told),
        cmocka_unit_test_setup_teardown(a_clock_some_minutes_ahead_at_midnight_loses_nothing, up, down),
        cmocka_unit_test_setup_teardown(what_is_closed_by_a_clock_behind_is_due_where_it_counts, up, down),
        cmocka_unit_test_setup_teardown(a_sign_clock_and_an_urge_are_of_no_day_before_the_matter, up, down),
    };
    return cmocka_run_group_tests_name("circular/adds_up", tests, NULL, NULL);
}
