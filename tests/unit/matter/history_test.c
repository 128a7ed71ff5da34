/* history_test.c: a matter's events read back from the journal, in their order. */
#include "tests/unit/matter/rig.h"

#define B(name) QP__EVENT__BODY_##name

static int up(void **state)
{
    rig_up(state);
    ((struct rig *)*state)->journals = true;
    return 0;
}

static long history(struct rig *r, int node, matter m, struct qp_history *out, size_t cap)
{
    struct qp_read read;
    rig_read(r, node, &read);
    long n = qp_matter_history(&read, m.b, out, cap, r->arena, &r->e);
    qp_read_end(&read);
    return n;
}

static void events_come_back_by_version_with_comments_where_the_journal_has_them(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp"), other = rig_open(r, EAST, "road");
    int comment = rig_do(r, EAST, m, B(COMMENTED));
    int sorted = rig_do(r, EAST, m, B(SORTED));
    rig_do(r, EAST, other, B(SORTED));
    int assigned = rig_do(r, EAST, m, B(ASSIGNED));
    /* the city hears them in another order */
    int order[] = {assigned, 0, comment, sorted};
    for (int i = 0; i < 4; i++)
        rig_hear(r, CITY, order[i]);
    struct qp_history h[8];
    static const int wanted[2][4] = {{B(OPENED), B(COMMENTED), B(SORTED), B(ASSIGNED)},
                                     {B(OPENED), B(COMMENTED), B(SORTED), B(ASSIGNED)}};
    static const int nodes[] = {EAST, CITY};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(history(r, nodes[i], m, h, 8), 4);
        for (int j = 0; j < 4; j++)
            assert_int_equal(h[j].event->body_case, wanted[i][j]);
    }
    assert_int_equal(h[0].position, 2); /* at the city */
    assert_int_equal(h[3].position, 1);
    assert_false(qp_hash_zero(&h[0].parcel));
}

static void a_long_history_is_cut_where_the_caller_says(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp"), nothing = {{3}};
    for (int i = 0; i < 9; i++)
        rig_do(r, EAST, m, B(PROGRESSED));
    struct qp_history h[4];
    assert_int_equal(history(r, EAST, m, h, 4), 10);
    assert_int_equal(h[3].event->version, 4);
    assert_int_equal(history(r, EAST, nothing, h, 4), 0);
}

static void of_too_many_the_oldest_comments_are_left_out_and_then_the_oldest_steps(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    for (int i = 0; i < 8; i++)
        rig_do(r, EAST, m, i == 2 || i == 4 ? B(PROGRESSED) : B(COMMENTED));
    struct qp_history h[4];
    struct qp_read read;
    size_t all = 0;
    rig_read(r, EAST, &read);
    assert_int_equal(qp_matter_steps(&read, m.b, h, 4, &all, r->arena, &r->e), 4);
    assert_int_equal(all, 9);
    static const int wanted[] = {B(OPENED), B(PROGRESSED), B(PROGRESSED), B(COMMENTED)};
    for (int i = 0; i < 4; i++)
        assert_int_equal(h[i].event->body_case, wanted[i]);
    assert_int_equal(h[3].position, 9);
    assert_int_equal(qp_matter_steps(&read, m.b, h, 2, &all, r->arena, &r->e), 2);
    assert_int_equal(h[0].event->version, 2);
    assert_int_equal(h[1].event->version, 3);
    qp_read_end(&read);
}

static void the_first_place_of_an_event_counts(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    rig_hear(r, CITY, 0);
    struct qp_history h[2];
    assert_int_equal(history(r, CITY, m, h, 2), 1);
    assert_int_equal(h[0].position, 1);
}

static void what_had_no_effect_is_kept_too(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    Qp__Event *ev = rig_draft(r, B(CLOSED));
    ev->origin = rig_id(r, WEST);
    ev->incarnation = 1;
    ev->counter = 1;
    ev->at_us = r->now_us;
    ev->matter = rig_face_at(r, CITY, m)->id;
    ev->version = 2;
    ev->custody = 1;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    struct qp_history h[2];
    assert_int_equal(history(r, CITY, m, h, 2), 2);
    assert_int_equal(h[1].event->body_case, B(CLOSED));
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(events_come_back_by_version_with_comments_where_the_journal_has_them),
        T(a_long_history_is_cut_where_the_caller_says),
        T(of_too_many_the_oldest_comments_are_left_out_and_then_the_oldest_steps),
        T(the_first_place_of_an_event_counts),
        T(what_had_no_effect_is_kept_too),
    };
    return cmocka_run_group_tests_name("matter/history", tests, NULL, NULL);
}
