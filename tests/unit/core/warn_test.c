/* warn_test.c: a rise is found where it happens, the day after; superiors know of it and are silent; it survives restarts,
 * rebuilds and burned disks, and follows what comes late. */
#include "node/core/lead.h"
#include "node/insight/clue/clue.h"
#include "node/insight/watch/inside.h"
#include "tests/unit/core/warns.h"

static void a_rise_is_raised_the_day_after_where_it_happened_and_above_is_silent(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    for (int i = CITY; i <= B; i++) {
        struct warns l = warns_of(r, i, 0);
        assert_int_equal(l.n, 1);
        assert_string_equal(l.v[0].area, "city/a/b");
        assert_string_equal(l.v[0].category, "water");
        assert_int_equal(l.state[0], QP_WARNING_RAISED);
        assert_int_equal(l.v[0].first_day, (int32_t)((RIG_START - DAY) / DAY));
        assert_int_equal(l.v[0].day, l.v[0].first_day);
        assert_true(l.v[0].score_milli > 3000 && l.v[0].expected_milli < 4000);
        assert_true(l.v[0].seen >= BURST && l.v[0].limit < BURST);
    }
    rig_free(r);
}

static void a_node_wakes_by_itself_for_what_is_to_be_judged(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    rig_tree(r, 1);
    rig_tick(r, CITY);
    warn_history(r, CITY, "water", BURST);
    int64_t began = r->now_us;
    for (int k = 0; k < 20 && warns_of(r, CITY, 0).n == 0; k++) {
        int64_t next = qp_core_next_tick(r->nodes[CITY].core);
        assert_true(next < began + 60 * SECOND);
        r->now_us = next > r->now_us ? next : r->now_us;
        rig_tick(r, CITY);
    }
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    for (int k = 0; k < 3;
         k++) { /* some minutes after a start it looks once for what rested meanwhile (urge.h) */
        r->now_us += 601 * SECOND;
        rig_tick(r, CITY);
    }
    int64_t next = qp_core_next_tick(r->nodes[CITY].core); /* and when this day has ended */
    assert_int_equal(next, (began / DAY + 1) * DAY + QP_WATCH_AFTER_US);
    rig_free(r);
}

static void what_is_known_of_warnings_is_the_same_after_a_rebuild_and_a_restart(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    for (int i = CITY; i <= B; i++) {
        rig_tick(r, i);
        struct tables was = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables is = rig_tables(r, i);
        rig_same_tables(&was, &is, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
    uint64_t head = rig_head(r, B);
    for (int i = CITY; i <= B; i++) {
        rig_stop(r, i);
        rig_start(r, i);
    }
    rig_settle(r);
    warn_judged(r);
    assert_int_equal(rig_head(r, B), head); /* nothing is said twice */
    assert_int_equal(warns_of(r, B, QP_WARNING_RAISED).n, 1);
    rig_free(r);
}

static void a_node_that_lost_its_disk_finds_the_same(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    struct warns was = warns_of(r, B, 0);
    rig_burn(r, B);
    rig_rejoin(r, B);
    rig_settle(r);
    warn_judged(r);
    struct warns is = warns_of(r, B, 0), above = warns_of(r, CITY, 0);
    assert_int_equal(is.n, 1);
    assert_memory_equal(is.v[0].id.data, was.v[0].id.data, QP_ID_LEN);
    assert_int_equal(is.v[0].score_milli, was.v[0].score_milli);
    assert_int_equal(above.n, 1);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_WITHDRAWN).n, 0);
    rig_free(r);
}

static void what_comes_late_changes_what_was_said(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    matter m[BURST];
    rig_tree(r, 2);
    warn_history(r, A, "water", 0);
    for (int k = 0; k < BURST; k++)
        m[k] = warn_seen(r, A, "water", 1, 1);
    rig_settle(r);
    warn_judged(r);
    struct warns l = warns_of(r, A, QP_WARNING_RAISED);
    assert_int_equal(l.n, 1);
    for (int k = 0; k < BURST; k++) { /* it was something else */
        Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_SORTED, &m[k]);
        ev->sorted->category = qp_arena_text(r->arena, "roads");
        rig_ok(rig_try(r, A, ev));
    }
    rig_settle(r);
    warn_judged(r);
    for (int i = CITY; i <= A; i++) {
        assert_int_equal(warns_of(r, i, 0).n, 0);
        assert_int_equal(warns_of(r, i, QP_WARNING_WITHDRAWN).n, 1);
    }
    warn_seen(r, A, "water", 1, BURST);
    rig_settle(r);
    warn_judged(r);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_WITHDRAWN).n, 0);
    rig_free(r);
}

/* The same rise, when what came late makes it begin a day earlier, has another id: what people made of it goes with it. */
static void what_people_said_of_a_rise_stays_when_it_begins_on_another_day(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    struct warns l = warns_of(r, B, 0);
    struct qp_reply made = warn_say(r, B, &l.v[0], QP_WARNING_MATTER, "");
    rig_ok(made);
    rig_ok(warn_say(r, B, &l.v[0], QP_WARNING_DISMISS, "known works"));
    uint32_t score = l.v[0].score_milli;
    int32_t first = l.v[0].first_day;
    for (int k = 0; k < 4 && l.v[0].first_day == first; k++) {
        warn_seen(r, B, "water", 2, 3);
        rig_settle(r);
        warn_judged(r);
        l = warns_of(r, B, 0);
        assert_int_equal(l.n, 1);
    }
    assert_true(l.v[0].first_day < first); /* another id */
    for (int i = CITY; i <= B; i++) {
        l = warns_of(r, i, 0);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.notes[0], 2);
        assert_memory_equal(l.matter[0].b, made.matter, QP_ID_LEN);
        assert_int_equal(l.state[0],
                         l.v[0].score_milli < score + 1000 ? QP_WARNING_DISMISSED : QP_WARNING_RAISED);
        assert_int_equal(warns_of(r, i, QP_WARNING_WITHDRAWN).n, 1);
    }
    struct qp_reply again = warn_say(r, B, &l.v[0], QP_WARNING_MATTER, "");
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(again.matter, made.matter, QP_ID_LEN);
    rig_free(r);
}

/* A pass that finds more than it can hold judges fewer days, and the next one those behind them: nothing goes unsaid. */
static void with_room_for_few_signs_all_days_are_judged_all_the_same(void **state)
{
    (void)state;
    struct warns l[2];
    int32_t day[2];
    for (int few = 0; few < 2; few++) {
        struct rig *r = rig_new();
        struct qp_watch_figures f;
        rig_tree(r, 1);
        if (few)
            qp_core_watch(r->nodes[CITY].core)->pass->signs_most = 1;
        warn_history(r, CITY, "water", BURST);
        warn_history(r, CITY, "noise", 0);
        warn_history(r, CITY, "roads", 0);
        warn_seen(r, CITY, "noise", 12, BURST);
        warn_seen(r, CITY, "roads", 5, BURST);
        for (int k = 0; k < 4; k++)
            warn_judged(r);
        l[few] = warns_of(r, CITY, 0);
        qp_watch_figures(qp_core_watch(r->nodes[CITY].core), &f);
        day[few] = f.day;
        rig_free(r);
    }
    assert_int_equal(day[0], day[1]);
    assert_true(l[0].n > 2);
    assert_int_equal(l[0].n, l[1].n);
    for (size_t i = 0; i < l[0].n; i++) {
        assert_int_equal(l[0].state[i], l[1].state[i]);
        assert_int_equal(l[0].v[i].first_day, l[1].v[i].first_day);
        assert_int_equal(l[0].v[i].last_day, l[1].v[i].last_day);
        assert_int_equal(l[0].v[i].ended_day, l[1].v[i].ended_day);
        assert_int_equal(l[0].v[i].score_milli, l[1].v[i].score_milli);
    }
}

static void a_rise_that_is_over_is_said_to_be(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    for (int day = 0; day < 12; day++) {
        r->now_us += DAY;
        warn_judged(r);
    }
    struct warns l = warns_of(r, CITY, QP_WARNING_ENDED);
    assert_int_equal(l.n, 1);
    assert_true(l.v[0].ended_day == l.v[0].last_day + 3 && l.v[0].last_day >= l.v[0].first_day);
    rig_free(r);
}

/* A month ahead for a while, a clock has ended what has only begun; right again, it stands as it does, and the next rise is raised. */
static void a_clock_that_was_ahead_ends_nothing_and_hides_nothing(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    int64_t right_us = r->now_us;
    r->now_us += 40 * DAY;
    warn_judged(r);
    assert_int_equal(warns_of(r, B, QP_WARNING_ENDED).n, 1);
    warn_history(r, A, "lamps", BURST); /* a rise of days that have not been */
    warn_judged(r);
    assert_string_equal(warns_of(r, A, QP_WARNING_RAISED).v[0].category, "lamps");
    r->now_us = right_us;
    warn_judged(r);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    assert_string_equal(warns_of(r, A, QP_WARNING_RAISED).v[0].category, "water");
    assert_string_equal(warns_of(r, A, QP_WARNING_WITHDRAWN).v[0].category, "lamps");
    warn_seen(r, A, "noise", 0, BURST);
    rig_settle(r);
    for (int day = 0; day < 2; day++) {
        r->now_us += DAY;
        warn_judged(r);
        assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 2);
        assert_int_equal(warns_of(r, CITY, QP_WARNING_ENDED).n, 0);
    }
    rig_free(r);
}

static void while_the_neighbours_show_another_time_no_day_is_ended_and_nothing_compared(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    struct qp_clue_figures f;
    rig_tree(r, 1);
    qp_core_set_time_word(r->nodes[CITY].core, QP_TIME_WRONG);
    warn_history(r, CITY, "water", BURST);
    warn_judged(r);
    qp_clue_figures(qp_core_clue(r->nodes[CITY].core), &f);
    assert_int_equal(warns_of(r, CITY, 0).n, 0);
    assert_int_equal(f.compared, 0);
    assert_true(qp_core_next_tick(r->nodes[CITY].core) <= r->now_us);
    qp_core_set_time_word(r->nodes[CITY].core, QP_TIME_SURE);
    warn_judged(r);
    qp_clue_figures(qp_core_clue(r->nodes[CITY].core), &f);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    assert_true(f.compared > BURST);
    rig_free(r);
}

static void people_note_dismiss_and_make_a_matter_of_it_where_it_was_found(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    struct warns l = warns_of(r, B, 0);
    rig_code(warn_say(r, A, &l.v[0], QP_WARNING_NOTE, "not mine"), QP_ENOTHOLDER);
    rig_ok(warn_say(r, B, &l.v[0], QP_WARNING_NOTE, "a main has burst"));
    rig_code(warn_say(r, B, &l.v[0], QP_WARNING_DISMISS, ""), QP_EINVAL);
    struct qp_reply made = warn_say(r, B, &l.v[0], QP_WARNING_MATTER, "");
    rig_ok(made);
    assert_true(made.created);
    struct qp_reply again = warn_say(r, B, &l.v[0], QP_WARNING_MATTER, "");
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(again.matter, made.matter, QP_ID_LEN);
    rig_ok(warn_say(r, B, &l.v[0], QP_WARNING_DISMISS, "known works"));
    rig_code(warn_say(r, B, &l.v[0], QP_WARNING_DISMISS, "known works"), QP_ESTEP);
    rig_settle(r);
    l = warns_of(r, CITY, QP_WARNING_DISMISSED);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.notes[0], 3);
    matter m;
    memcpy(m.b, made.matter, QP_ID_LEN);
    assert_string_equal(rig_face(r, CITY, m)->category, "water");
    rig_free(r);
}

/* The matter that is made of a rise is no part of it: its day's count stays, and two of them are no lead. */
static void what_is_made_of_a_warning_feeds_no_warning_and_no_lead(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    warn_history(r, B, "roads", BURST);
    rig_settle(r);
    warn_judged(r);
    struct warns l = warns_of(r, B, 0);
    struct tables was = rig_tables(r, CITY), is;
    assert_int_equal(l.n, 2);
    for (size_t i = 0; i < l.n; i++)
        rig_ok(warn_say(r, B, &l.v[i], QP_WARNING_MATTER, ""));
    rig_settle(r);
    warn_judged(r);
    is = rig_tables(r, CITY);
    assert_memory_equal(&is.h[QP_T_DAILY], &was.h[QP_T_DAILY], sizeof is.h[QP_T_DAILY]);
    for (int i = CITY; i <= B; i++) {
        Qp__LeadMember *m;
        struct qp_read read;
        assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
        l = warns_of(r, B, 0);
        for (size_t k = 0; k < l.n; k++)
            assert_int_equal(
                qp_lead_member(read.tables, read.store, l.matter[k].b, r->nodes[i].id, &m, r->arena, NULL),
                QP_ENOTFOUND);
        qp_read_end(&read);
    }
    rig_free(r);
}

static void the_word_that_names_its_matter_outlives_all_others(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    struct warns l = warns_of(r, B, 0);
    struct qp_reply made = warn_say(r, B, &l.v[0], QP_WARNING_MATTER, "");
    rig_ok(made);
    for (int i = 0; i < 2 * QP_WARNING_NOTES; i++, r->now_us++)
        rig_ok(warn_say(r, B, &l.v[0], QP_WARNING_NOTE, "still wet"));
    struct qp_reply again = warn_say(r, B, &l.v[0], QP_WARNING_MATTER, "");
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(again.matter, made.matter, QP_ID_LEN);
    assert_int_equal(warns_of(r, B, 0).notes[0], QP_WARNING_NOTES);
    rig_free(r);
}

static void a_dismissed_one_comes_back_when_it_has_grown(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    struct warns l = warns_of(r, B, 0);
    rig_ok(warn_say(r, B, &l.v[0], QP_WARNING_DISMISS, "known works"));
    warn_judged(r);
    assert_int_equal(warns_of(r, B, QP_WARNING_DISMISSED).n, 1);
    warn_seen(r, B, "water", 1, BURST);
    warn_judged(r);
    l = warns_of(r, B, QP_WARNING_RAISED);
    assert_int_equal(l.n, 1);
    rig_free(r);
}

/* WN1: none of the leaves is unusual by itself; the parent has no matter of its own. */
static void a_rise_that_is_spread_over_categories_is_raised_as_what_lies_above_them(void **state)
{
    static const char *const leaves[] = {"site", "dance", "shop", "cars", "dogs", "horns"};
    (void)state;
    struct rig *r = rig_new();
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY,
                          "{'version':'one','title':'T','categories':[{'code':'','title':'rest'},"
                          "{'code':'noise','title':'N'},{'code':'site','title':'S1','parent':'noise'},"
                          "{'code':'dance','title':'S2','parent':'noise'},{'code':'shop','title':'S3',"
                          "'parent':'noise'},{'code':'cars','title':'S4','parent':'noise'},{'code':'dogs',"
                          "'title':'S5','parent':'noise'},{'code':'horns','title':'S6','parent':'noise'}]}",
                          NULL));
    rig_settle(r);
    for (int d = 60; d > 0; d--)
        warn_seen(r, A, leaves[d % 6], d, 1);
    for (int k = 0; k < 6; k++)
        warn_seen(r, A, leaves[k], 1, 2);
    rig_settle(r);
    warn_judged(r);
    struct warns w = warns_of(r, A, QP_WARNING_RAISED);
    assert_int_equal(w.n, 1);
    assert_string_equal(w.v[0].category, "N");
    assert_int_equal(w.v[0].seen, 13);
    w = warns_of(r, CITY, QP_WARNING_RAISED); /* where it is known, and not said once more */
    assert_true(w.n == 1 && strcmp(w.v[0].area, "city/a") == 0);
    for (int i = CITY; i <= A; i++) {
        uint64_t head = rig_head(r, i);
        rig_tick(r, i);
        struct tables was = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables is = rig_tables(r, i);
        rig_same_tables(&was, &is, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
        assert_int_equal(rig_head(r, i), head);
    }
    rig_free(r);
}

static void nobody_warns_for_a_place_that_is_not_his(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    struct warns l = warns_of(r, B, 0);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_WARNED, NULL);
    Qp__Warning lie = l.v[0];
    lie.state = QP_WARNING_ENDED;
    ev->warned->warning = &lie;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rise_is_raised_the_day_after_where_it_happened_and_above_is_silent),
        cmocka_unit_test(a_node_wakes_by_itself_for_what_is_to_be_judged),
        cmocka_unit_test(what_is_known_of_warnings_is_the_same_after_a_rebuild_and_a_restart),
        cmocka_unit_test(a_node_that_lost_its_disk_finds_the_same),
        cmocka_unit_test(what_comes_late_changes_what_was_said),
        cmocka_unit_test(what_people_said_of_a_rise_stays_when_it_begins_on_another_day),
        cmocka_unit_test(with_room_for_few_signs_all_days_are_judged_all_the_same),
        cmocka_unit_test(a_rise_that_is_over_is_said_to_be),
        cmocka_unit_test(a_clock_that_was_ahead_ends_nothing_and_hides_nothing),
        cmocka_unit_test(while_the_neighbours_show_another_time_no_day_is_ended_and_nothing_compared),
        cmocka_unit_test(people_note_dismiss_and_make_a_matter_of_it_where_it_was_found),
        cmocka_unit_test(what_is_made_of_a_warning_feeds_no_warning_and_no_lead),
        cmocka_unit_test(the_word_that_names_its_matter_outlives_all_others),
        cmocka_unit_test(a_dismissed_one_comes_back_when_it_has_grown),
        cmocka_unit_test(nobody_warns_for_a_place_that_is_not_his),
        cmocka_unit_test(a_rise_that_is_spread_over_categories_is_raised_as_what_lies_above_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
