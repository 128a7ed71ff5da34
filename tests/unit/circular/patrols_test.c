/* patrols_test.c: patrols that were done of those that were planned, from events by hand (GR4, CI3): of each grid and day, at most as
 * many as were planned, whole on the day of the start, of the place whose word it is; counted twice, out of order, the same. */
#include "tests/unit/circular/town.h"

#include "node/field/minutes.h"

static struct qp_zone *zone;

static void plan(struct town *t, uint32_t per_day, uint32_t minutes, bool police, int64_t until_us)
{
    const struct qp_patrol_plan p = {zone, per_day, minutes, police, until_us};
    qp_census_plan(t->c, &p);
}

static int zoned(void **state)
{
    assert_int_equal(qp_zone_load(&zone, "UTC", NULL), 0);
    up(state);
    plan(*state, 2, 30, false, T0 + 100 * DAY);
    return 0;
}

static int unzoned(void **state)
{
    qp_zone_free(zone);
    return down(state);
}

static void of_nothing(Qp__Event *ev)
{
    ev->matter.len = 0;
}

static void grid(struct town *t, int node, const char *code, int64_t at_us, uint64_t version, bool ends)
{
    Qp__Event *ev = event(t, node, at_us, version);
    of_nothing(ev);
    if (ends) {
        ev->body_case = QP__EVENT__BODY_GRID_ENDED;
        ev->grid_ended = qp_arena_take(t->a, sizeof *ev->grid_ended);
        qp__grid_ended__init(ev->grid_ended);
        ev->grid_ended->code = (char *)(uintptr_t)code;
    } else {
        ev->body_case = QP__EVENT__BODY_GRID_MADE;
        ev->grid_made = qp_arena_take(t->a, sizeof *ev->grid_made);
        qp__grid_made__init(ev->grid_made);
        ev->grid_made->code = (char *)(uintptr_t)code;
    }
    say(t, ev);
}

static Qp__Event *started(struct town *t, int node, const char *code, int64_t at_us, bool police)
{
    Qp__Event *ev = event(t, node, at_us, 1);
    of_nothing(ev);
    t->id[0]++;
    ev->body_case = QP__EVENT__BODY_PATROL_STARTED;
    Qp__PatrolStarted *p = ev->patrol_started = qp_arena_take(t->a, sizeof *p);
    qp__patrol_started__init(p);
    p->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(t->a, t->id, QP_ID_LEN)};
    p->grid = (char *)(uintptr_t)code;
    p->police = police;
    return ev;
}

static Qp__Event *marked(struct town *t, int node, int64_t at_us, uint64_t version, uint32_t minutes,
                         bool stops)
{
    Qp__Event *ev = event(t, node, at_us, version);
    of_nothing(ev);
    ev->body_case = QP__EVENT__BODY_PATROL_MARKED;
    Qp__PatrolMarked *m = ev->patrol_marked = qp_arena_take(t->a, sizeof *m);
    qp__patrol_marked__init(m);
    m->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(t->a, t->id, QP_ID_LEN)};
    m->kind = stops ? QP_MARK_STOP : QP_MARK_CHECKPOINT;
    m->minutes = minutes;
    return ev;
}

/* A whole one. */
static void walked(struct town *t, int node, const char *code, int64_t at_us, uint32_t minutes, bool police)
{
    say(t, started(t, node, code, at_us, police));
    say(t, marked(t, node, at_us + minutes * INT64_C(60000000), 2, minutes, true));
}

static void share(struct town *t, enum qp_circular_by by, const char *key, uint64_t done, uint64_t planned)
{
    qp_census_result_free(&t->r);
    assert_int_equal(qp_census_count(t->c, t->span, NULL, NULL, &t->r), 0);
    const struct qp_census_row *found = NULL;
    for (size_t i = 0; i < t->r.n; i++)
        if (t->r.rows[i].by == by && strcmp(t->r.rows[i].key, key) == 0)
            found = &t->r.rows[i];
    const struct qp_numbers none = {0};
    const uint64_t *n = (found ? &found->span[QP_SPAN_NOW] : &none)->n[QP_CF_PATROLS];
    if (n[0] != done || n[1] != planned)
        fail_msg("%s: %llu of %llu instead of %llu of %llu", key, (unsigned long long)n[0],
                 (unsigned long long)n[1], (unsigned long long)done, (unsigned long long)planned);
}

static void a_grid_is_planned_on_each_whole_day_and_done_at_most_as_often(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    share(t, QP_CB_TOTAL, "", 0, 14);
    for (int i = 0; i < 3; i++) /* three on one day: two were planned */
        walked(t, A, "g1", T0 + DAY + i * HOUR, 30, false);
    walked(t, A, "g1", T0 + 2 * DAY, 29, false); /* too short */
    walked(t, A, "g1", T0 + 4 * DAY - HOUR, 45, false);
    share(t, QP_CB_TOTAL, "", 3, 14);
    share(t, QP_CB_AREA, "city/a", 3, 14);
    share(t, QP_CB_AREA, "city/b", 0, 0);
    share(t, QP_CB_DESK, "", 0, 0);
}

static void a_patrol_stands_whole_on_the_day_of_its_start(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    walked(t, A, "g1", T0 + 7 * DAY - HOUR / 6, 40, false); /* past the period's end */
    walked(t, A, "g1", T0 - HOUR / 6, 40, false);           /* from before it */
    share(t, QP_CB_TOTAL, "", 1, 14);
}

static void police_goes_along_where_the_plan_wants_it(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    walked(t, A, "g1", T0, 40, false);
    walked(t, A, "g1", T0 + HOUR, 40, true);
    share(t, QP_CB_TOTAL, "", 2, 14);
    plan(t, 2, 30, true, T0 + 100 * DAY);
    share(t, QP_CB_TOTAL, "", 1, 14);
}

static void a_grid_that_came_or_ended_is_planned_while_it_stood_and_where_it_was_walked(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 + HOUR, 1, false);          /* its first day is no whole one */
    grid(t, A, "g1", T0 + 3 * DAY + HOUR, 2, true); /* and its last */
    share(t, QP_CB_TOTAL, "", 0, 4);
    walked(t, A, "g1", T0 + 2 * HOUR, 30, false);
    share(t, QP_CB_TOTAL, "", 1, 6);
    walked(t, A, "g2", T0 + 2 * HOUR, 30, false); /* nobody made that grid */
    share(t, QP_CB_TOTAL, "", 1, 6);
    grid(t, B, "g1", T0 - DAY, 1, false); /* a code is of its node */
    share(t, QP_CB_AREA, "city/a", 1, 6);
    share(t, QP_CB_AREA, "city/b", 0, 14);
    share(t, QP_CB_TOTAL, "", 1, 20);
}

static void days_that_have_not_ended_are_not_counted_yet(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    walked(t, A, "g1", T0 + 2 * DAY + HOUR, 30, false);
    plan(t, 2, 30, false, T0 + 2 * DAY + 5 * HOUR);
    share(t, QP_CB_TOTAL, "", 0, 4);
    plan(t, 2, 30, false, T0 + 3 * DAY);
    share(t, QP_CB_TOTAL, "", 1, 6);
}

static void without_a_plan_nothing_is_counted(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    walked(t, A, "g1", T0, 40, false);
    plan(t, 0, 0, false, T0 + 100 * DAY);
    share(t, QP_CB_TOTAL, "", 0, 0);
}

static void events_may_come_twice_and_in_any_order_and_strangers_change_nothing(void **state)
{
    struct town *t = *state;
    Qp__Event *start, *first, *last, *theirs;
    grid(t, A, "g1", T0 - DAY, 1, false);
    start = started(t, A, "g1", T0, false);
    first = marked(t, A, T0 + HOUR / 2, 2, 20, false);
    last = marked(t, A, T0 + HOUR, 3, 40, true);
    say(t, start);
    say(t, last);
    say(t, first);
    say(t, start);
    say(t, last);
    share(t, QP_CB_TOTAL, "", 1, 14);
    theirs = marked(t, B, T0 + HOUR, 9, 0, true); /* another node speaks of it */
    say(t, theirs);
    share(t, QP_CB_TOTAL, "", 1, 14);
    theirs = marked(t, A, T0 + 2 * HOUR, 4, 0, false); /* after the stop */
    say(t, theirs);
    share(t, QP_CB_TOTAL, "", 1, 14);
    theirs = started(t, B, "g1", T0, false); /* its id once more, from elsewhere */
    memcpy(theirs->patrol_started->id.data, start->patrol_started->id.data, QP_ID_LEN);
    say(t, theirs);
    share(t, QP_CB_TOTAL, "", 1, 14);
    share(t, QP_CB_AREA, "city/a", 1, 14);
}

static void another_nodes_word_ends_no_patrol(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    say(t, started(t, A, "g1", T0, false));
    say(t, marked(t, B, T0 + HOUR / 4, 2, 0, true));
    say(t, marked(t, A, T0 + HOUR, 3, 40, true));
    share(t, QP_CB_TOTAL, "", 1, 14);
}

static void a_grid_that_ended_is_planned_again_when_it_is_made_again(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - 10 * DAY, 1, false);
    grid(t, A, "g1", T0 - 8 * DAY, 2, true);
    grid(t, A, "g1", T0 - 7 * DAY, 3, true); /* ended once more: nothing */
    share(t, QP_CB_TOTAL, "", 0, 0);
    grid(t, A, "g1", T0 + 5 * DAY + HOUR, 4, false);
    share(t, QP_CB_TOTAL, "", 0, 2);                 /* the last day */
    grid(t, A, "g1", T0 + 6 * DAY + HOUR, 5, false); /* another title */
    share(t, QP_CB_TOTAL, "", 0, 2);
}

/* On the day after the next. A day on which it was walked is planned also where the grid did not stand whole. */
static void what_nobody_stopped_is_over_after_a_day(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 + HOUR, 1, false);
    say(t, started(t, A, "g1", T0 + 2 * HOUR, false));
    say(t, marked(t, A, T0 + 3 * HOUR, 2, 20, false));
    plan(t, 2, 30, false, T0 + 2 * DAY - HOUR);
    share(t, QP_CB_TOTAL, "", 0, 0);
    plan(t, 2, 30, false, T0 + 2 * DAY);
    share(t, QP_CB_TOTAL, "", 0, 4);
}

static void of_a_place_that_is_not_known_nothing_is_counted(void **state)
{
    struct town *t = *state;
    memset(t->node[B], 77, QP_ID_LEN);
    grid(t, B, "g1", T0 - DAY, 1, false);
    share(t, QP_CB_TOTAL, "", 0, 0);
    qp_census_place(t->c, t->node[B], "other/b");
    share(t, QP_CB_TOTAL, "", 0, 0);
}

static void revokes(struct town *t, int by, int node, uint32_t incarnation)
{
    Qp__Event *ev = event(t, by, T0, 0);
    of_nothing(ev);
    ev->body_case = QP__EVENT__BODY_REVOKED;
    ev->revoked = qp_arena_take(t->a, sizeof *ev->revoked);
    qp__revoked__init(ev->revoked);
    ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, t->node[node]};
    ev->revoked->incarnation = incarnation;
    say(t, ev);
}

/* As patrols:compliance: nobody is missed at a place that is no more. */
static void grids_of_a_node_that_was_revoked_are_planned_for_nobody(void **state)
{
    struct town *t = *state;
    grid(t, A, "g1", T0 - DAY, 1, false);
    grid(t, B, "g1", T0 - DAY, 1, false);
    share(t, QP_CB_TOTAL, "", 0, 28);
    revokes(t, B, A, 1); /* a neighbour says nothing */
    share(t, QP_CB_TOTAL, "", 0, 28);
    revokes(t, CITY, B, 1);
    share(t, QP_CB_TOTAL, "", 0, 14);
    share(t, QP_CB_AREA, "city/b", 0, 0);
}

int main(void)
{
#define P(f) cmocka_unit_test_setup_teardown(f, zoned, unzoned)
    const struct CMUnitTest tests[] = {
        P(a_grid_is_planned_on_each_whole_day_and_done_at_most_as_often),
        P(a_patrol_stands_whole_on_the_day_of_its_start),
        P(police_goes_along_where_the_plan_wants_it),
        P(a_grid_that_came_or_ended_is_planned_while_it_stood_and_where_it_was_walked),
        P(days_that_have_not_ended_are_not_counted_yet),
        P(grids_of_a_node_that_was_revoked_are_planned_for_nobody),
        P(without_a_plan_nothing_is_counted),
        P(events_may_come_twice_and_in_any_order_and_strangers_change_nothing),
        P(another_nodes_word_ends_no_patrol),
        P(a_grid_that_ended_is_planned_again_when_it_is_made_again),
        P(what_nobody_stopped_is_over_after_a_day),
        P(of_a_place_that_is_not_known_nothing_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
