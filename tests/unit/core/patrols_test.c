/* patrols_test.c: duty and patrols between nodes (GR3, GR4): known above, counted once, also when the link was cut; nobody's but
 * their node's; without a coordinate in any journal; the same after a rebuild and in the next incarnation. */
#include "node/core/duty.h"
#include "node/matter/may.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B };
#define MINUTE (60 * SECOND)
typedef struct {
    uint8_t b[QP_ID_LEN];
} patrol;

static void grid(struct rig *r, int i)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_GRID_MADE, NULL);
    ev->grid_made->code = qp_arena_text(r->arena, "g1");
    ev->grid_made->title = qp_arena_text(r->arena, "grid");
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, i, &c));
}

static struct qp_reply ask(struct rig *r, int i, Qp__Event *ev, const char *by, uint32_t rights)
{
    struct qp_asker *who = qp_arena_take(r->arena, sizeof *who);
    ev->by = qp_arena_text(r->arena, by);
    *who = (struct qp_asker){.by = ev->by, .desk = "", .rights = rights};
    struct qp_command c = {.op = QP_OP_GROUND, .draft = ev, .if_version = -1, .who = who};
    return rig_command(r, i, &c);
}

static struct qp_reply try_start(struct rig *r, int i, const char *by, int64_t at_us, uint32_t rights)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PATROL_STARTED, NULL);
    ev->patrol_started->grid = qp_arena_text(r->arena, "g1");
    ev->patrol_started->person = qp_arena_text(r->arena, by + 5);
    ev->patrol_started->police = true;
    ev->at_us = at_us;
    return ask(r, i, ev, by, rights);
}

static patrol start(struct rig *r, int i, const char *by)
{
    patrol p;
    struct qp_reply reply = try_start(r, i, by, 0, QP_RIGHT_REPORT);
    rig_ok(reply);
    memcpy(p.b, reply.matter, QP_ID_LEN);
    return p;
}

static struct qp_reply try_mark(struct rig *r, int i, patrol p, enum qp_mark_kind kind, int64_t at_us,
                                const char *by, uint32_t rights)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PATROL_MARKED, NULL);
    ev->patrol_marked->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, p.b, QP_ID_LEN)};
    ev->patrol_marked->kind = kind;
    ev->patrol_marked->note = qp_arena_text(r->arena, kind == QP_MARK_CHECKPOINT ? "all well" : "");
    ev->at_us = at_us;
    return ask(r, i, ev, by, rights);
}

static void mark(struct rig *r, int i, patrol p, enum qp_mark_kind kind)
{
    rig_ok(try_mark(r, i, p, kind, 0, "user:li", QP_RIGHT_REPORT));
}

static const Qp__PatrolRow *row(struct rig *r, int i, patrol p)
{
    struct qp_read read;
    Qp__PatrolRow *out = NULL;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    if (qp_patrol_read(&read, p.b, r->arena, &out))
        out = NULL;
    qp_read_end(&read);
    return out;
}

/* Check-points each four minutes, n of them. */
static void walk(struct rig *r, int i, patrol p, int n)
{
    for (int k = 0; k < n; k++) {
        mark(r, i, p, QP_MARK_CHECKPOINT);
        r->now_us += 4 * MINUTE;
    }
}

static void its_minutes_are_known_at_every_level(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    grid(r, B);
    patrol p = start(r, B, "user:li");
    walk(r, B, p, 9); /* 32 minutes between the first and the last */
    rig_settle(r);
    assert_int_equal(row(r, CITY, p)->minutes, 32); /* each check-point states them so far */
    assert_int_equal(row(r, CITY, p)->stopped_us, 0);
    mark(r, B, p, QP_MARK_STOP);
    rig_settle(r);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(row(r, i, p)->minutes, 32);
        assert_int_equal(row(r, i, p)->n_findings, 9);
        assert_int_equal(row(r, i, p)->marks.len, 0); /* the track is dropped, the totals stay */
        assert_true(row(r, i, p)->stopped_us > 0);
    }
}

static void pauses_and_long_gaps_count_nothing(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    patrol p = start(r, CITY, "user:li");
    walk(r, CITY, p, 3); /* 8 minutes, and 4 to the pause that say nothing */
    mark(r, CITY, p, QP_MARK_PAUSE);
    rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, 0, "user:li", QP_RIGHT_REPORT), QP_ESTEP);
    r->now_us += 20 * MINUTE;
    mark(r, CITY, p, QP_MARK_RESUME);
    walk(r, CITY, p, 2); /* 4 minutes */
    r->now_us += 6 * MINUTE;
    mark(r, CITY, p, QP_MARK_CHECKPOINT);
    mark(r, CITY, p, QP_MARK_STOP);
    assert_int_equal(row(r, CITY, p)->minutes, 12);
    rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, 0, "user:li", QP_RIGHT_REPORT), QP_ESTEP);
}

/* A phone that was offline: the check-points come when all is over, in whatever order. */
static void times_that_are_stated_afterwards_count_like_others(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    patrol p = start(r, CITY, "user:li");
    int64_t began = r->now_us;
    r->now_us += 60 * MINUTE;
    for (int k = 10; k >= 0; k--)
        rig_ok(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, began + k * 4 * MINUTE, "user:li", QP_RIGHT_REPORT));
    rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, began - MINUTE, "user:li", QP_RIGHT_REPORT), QP_EINVAL);
    rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, r->now_us + 60 * MINUTE, "user:li", QP_RIGHT_REPORT),
           QP_EINVAL);
    rig_ok(try_mark(r, CITY, p, QP_MARK_STOP, began + 41 * MINUTE, "user:li", QP_RIGHT_REPORT));
    assert_int_equal(row(r, CITY, p)->minutes, 40);
    assert_true(row(r, CITY, p)->findings[0]->stated);
    rig_is(try_start(r, CITY, "user:wang", r->now_us - 25 * 60 * MINUTE, QP_RIGHT_REPORT), QP_EINVAL);
    rig_ok(try_start(r, CITY, "user:wang", r->now_us - 25 * 60 * MINUTE, QP_RIGHT_REPORT | QP_RIGHT_IMPORT));
}

static void a_patrol_that_ran_while_cut_off_counts_once_when_the_link_is_back(void **state)
{
    struct rig *r = *state;
    struct qp_input in[64];
    rig_tree(r, 2);
    grid(r, A);
    rig_settle(r);
    patrol p = start(r, A, "user:li");
    walk(r, A, p, 9);
    mark(r, A, p, QP_MARK_STOP);
    assert_null(row(r, CITY, p));
    size_t n = rig_gather(r, A, CITY, QP_LANE_BULK, in, 64);
    assert_int_equal(rig_turn(r, CITY, in, n), 0);
    assert_int_equal(rig_turn(r, CITY, in, n), 0); /* and all of it once more */
    rig_settle(r);
    assert_int_equal(row(r, CITY, p)->minutes, 32);
    assert_int_equal(row(r, CITY, p)->n_findings, 9);
    assert_int_equal(row(r, CITY, p)->version, row(r, A, p)->version);
}

static void nobody_marks_a_patrol_that_is_not_his(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int side = rig_join(r, CITY, "side");
    rig_settle(r);
    grid(r, A);
    patrol p = start(r, A, "user:li");
    rig_settle(r);
    rig_is(try_mark(r, A, p, QP_MARK_CHECKPOINT, 0, "user:wang", QP_RIGHT_REPORT), QP_EDENIED);
    rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, 0, "user:li", QP_RIGHT_REPORT), QP_ENOTFOUND);
    struct forged f = rig_forged(r, side, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, side, QP__EVENT__BODY_PATROL_MARKED, NULL);
    ev->patrol_marked->id = (ProtobufCBinaryData){QP_ID_LEN, p.b};
    ev->patrol_marked->kind = QP_MARK_STOP;
    ev->patrol_marked->minutes = 600;
    ev->version = 99;
    rig_add(&f, ev);
    ev = rig_event(r, side, QP__EVENT__BODY_PATROL_STARTED, NULL); /* nor is it his under the same id */
    ev->patrol_started->id = (ProtobufCBinaryData){QP_ID_LEN, p.b};
    ev->patrol_started->grid = qp_arena_text(r->arena, "x");
    ev->patrol_started->person = qp_arena_text(r->arena, "x");
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, side, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(row(r, CITY, p)->minutes, 0);
    assert_int_equal(row(r, CITY, p)->stopped_us, 0);
    assert_string_equal(row(r, CITY, p)->started->grid, "g1");
    rig_ok(try_mark(r, A, p, QP_MARK_STOP, 0, "user:boss",
                    QP_RIGHT_REPORT | QP_RIGHT_COMMAND)); /* whose phone is dead */
}

static void a_person_is_on_one_patrol_at_a_time_and_on_a_grid_that_is_there(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    rig_is(try_start(r, CITY, "user:li", 0, QP_RIGHT_REPORT), QP_EPOLICY);
    grid(r, CITY);
    patrol p = start(r, CITY, "user:li");
    rig_is(try_start(r, CITY, "user:li", 0, QP_RIGHT_REPORT), QP_ESTEP);
    mark(r, CITY, p, QP_MARK_STOP);
    start(r, CITY, "user:li");
}

/* Whose phone is gone is not on patrol for ever. */
static void a_patrol_that_nobody_stopped_ends_with_the_next_one(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    grid(r, A);
    patrol p = start(r, A, "user:li");
    walk(r, A, p, 6);
    rig_settle(r);
    r->now_us = row(r, A, p)->started_us + 24 * 60 * MINUTE;
    rig_is(try_start(r, A, "user:li", 0, QP_RIGHT_REPORT), QP_ESTEP);
    r->now_us += 60 * MINUTE;
    rig_is(try_start(r, A, "user:li", r->now_us, QP_RIGHT_REPORT | QP_RIGHT_IMPORT), QP_ESTEP);
    start(r, A, "user:li");
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        assert_true(row(r, i, p)->stopped_us > 0);
        assert_int_equal(row(r, i, p)->minutes, 20);
    }
}

/* A phone's clock that is ahead: its start is now, and what is heard of it now is not before it. */
static void a_start_in_the_future_is_one_of_now(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    int64_t began = r->now_us;
    struct qp_reply reply = try_start(r, CITY, "user:li", began + 4 * MINUTE, QP_RIGHT_REPORT);
    patrol p;
    rig_ok(reply);
    memcpy(p.b, reply.matter, QP_ID_LEN);
    assert_true(row(r, CITY, p)->started_us >= began && row(r, CITY, p)->started_us <= r->now_us);
    assert_false(row(r, CITY, p)->started->stated);
    r->now_us += SECOND;
    mark(r, CITY, p, QP_MARK_CHECKPOINT);
    rig_is(try_start(r, CITY, "user:wang", r->now_us + 6 * MINUTE, QP_RIGHT_REPORT), QP_EINVAL);
}

/* RE4: two who decide on the same state: the second is told. */
static void a_mark_on_a_version_that_is_over_is_refused(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    patrol p = start(r, CITY, "user:li");
    mark(r, CITY, p, QP_MARK_CHECKPOINT);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PATROL_MARKED, NULL);
    ev->patrol_marked->id = (ProtobufCBinaryData){QP_ID_LEN, p.b};
    ev->patrol_marked->kind = QP_MARK_STOP;
    ev->by = qp_arena_text(r->arena, "user:li");
    struct qp_command c = {.op = QP_OP_GROUND, .draft = ev, .if_version = 1};
    rig_is(rig_command(r, CITY, &c), QP_EVERSION);
    assert_int_equal(row(r, CITY, p)->stopped_us, 0);
    c.if_version = 2;
    rig_ok(rig_command(r, CITY, &c));
}

static struct qp_reply duty(struct rig *r, int i, bool on, int64_t until_us)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DUTY_SAID, NULL);
    ev->duty_said->person = qp_arena_text(r->arena, "li");
    ev->duty_said->on = on;
    ev->duty_said->until_us = until_us;
    return ask(r, i, ev, "user:li", QP_RIGHT_REPORT);
}

static bool on_at(struct rig *r, int i, int of)
{
    struct qp_read read;
    Qp__DutyRow *out;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    bool on = !qp_duty_read(&read, r->nodes[of].id, "li", r->arena, &out) && qp_duty_on(out, r->now_us);
    qp_read_end(&read);
    return on;
}

static void a_shift_ends_by_itself_at_every_level_and_a_position_with_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_is(duty(r, A, true, r->now_us - 1), QP_EINVAL);
    rig_is(duty(r, A, true, r->now_us + 25 * 3600 * SECOND), QP_EINVAL);
    rig_ok(duty(r, A, true, r->now_us + 3600 * SECOND));
    rig_settle(r);
    assert_true(on_at(r, A, A) && on_at(r, CITY, A));
    struct qp_where *w = qp_core_where(r->nodes[A].core);
    struct qp_where_one one = {.person = "li",
                               .at = {33, 116},
                               .at_us = r->now_us,
                               .until_us = r->now_us + 3600 * SECOND,
                               .version = 1};
    assert_int_equal(qp_where_put(w, &one), 0);
    assert_true(qp_where_get(w, "li", r->now_us, &one));
    assert_false(qp_where_get(w, "li", r->now_us + 3600 * SECOND, &one));
    qp_where_purge(w, r->now_us + 3600 * SECOND);
    assert_int_equal(qp_where_count(w), 0);
    assert_int_equal(qp_where_put(w, &one), 0);
    rig_ok(duty(r, A, false, 0));
    assert_int_equal(qp_where_count(w), 0); /* at once */
    rig_settle(r);
    assert_false(on_at(r, A, A) || on_at(r, CITY, A));
    rig_ok(duty(r, A, true, r->now_us + 3600 * SECOND));
    rig_settle(r);
    r->now_us += 3600 * SECOND; /* nobody says anything */
    assert_false(on_at(r, A, A) || on_at(r, CITY, A));
}

/* GR3: who takes a position read before that its person is on duty; the turn may have said off since, and not be committed. */
static void a_position_of_a_duty_that_is_over_is_not_taken(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_where *w = qp_core_where(r->nodes[CITY].core);
    struct qp_where_one one = {.person = "li",
                               .at = {33, 116},
                               .at_us = r->now_us,
                               .until_us = r->now_us + 3600 * SECOND,
                               .version = 1};
    rig_ok(duty(r, CITY, true, one.until_us));
    assert_int_equal(qp_where_put(w, &one), 0);
    rig_ok(duty(r, CITY, true, r->now_us + 60 * SECOND)); /* the shift is made shorter: so is what is known */
    assert_false(qp_where_get(w, "li", r->now_us + 60 * SECOND, &one));
    one.version = 2;
    assert_int_equal(qp_where_put(w, &one), 0);
    rig_ok(duty(r, CITY, false, 0));
    assert_int_equal(qp_where_put(w, &one), QP_ESTEP);
    assert_int_equal(qp_where_count(w), 0);
    assert_int_equal(qp_core_forget(r->nodes[CITY].core, NULL),
                     0); /* had that turn been aborted, he would be on duty still */
    assert_int_equal(qp_where_put(w, &one), 0);
    struct qp_where_one later = one, got;
    later.at.lat7 = 34;
    later.at_us = one.at_us - 3600 * SECOND; /* the clock was set back */
    assert_int_equal(qp_where_put(w, &later), 0);
    assert_true(qp_where_get(w, "li", later.at_us, &got));
    assert_int_equal(got.at.lat7, 34);
}

static void a_rebuild_and_the_next_incarnation_know_the_same(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    grid(r, A);
    patrol p = start(r, A, "user:li"), q;
    walk(r, A, p, 5);
    mark(r, A, p, QP_MARK_STOP);
    q = start(r, A, "user:li");
    walk(r, A, q, 2);
    rig_ok(duty(r, A, true, r->now_us + 3600 * SECOND));
    rig_settle(r);
    for (int i = 0; i < 2; i++) {
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
    rig_settle(r);
    rig_burn(r, A);
    rig_rejoin(r, A);
    rig_settle(r);
    assert_int_equal(row(r, A, p)->minutes, 16);
    assert_true(on_at(r, A, A));
    walk(r, A, q, 3); /* it goes on where it was */
    mark(r, A, q, QP_MARK_STOP);
    rig_settle(r);
    assert_int_equal(row(r, CITY, q)->minutes, 16);
}

/* Who lets a program start it walks it all the same. */
static void whose_patrol_an_importer_started_goes_on_with_it(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PATROL_STARTED, NULL);
    ev->patrol_started->grid = qp_arena_text(r->arena, "g1");
    ev->patrol_started->person = qp_arena_text(r->arena, "li");
    struct qp_reply reply = ask(r, CITY, ev, "token:files", QP_RIGHT_REPORT | QP_RIGHT_IMPORT);
    patrol p;
    rig_ok(reply);
    memcpy(p.b, reply.matter, QP_ID_LEN);
    walk(r, CITY, p, 3);
    rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, 0, "user:wang", QP_RIGHT_REPORT), QP_EDENIED);
    mark(r, CITY, p, QP_MARK_STOP);
    assert_int_equal(row(r, CITY, p)->minutes, 8);
    start(r, CITY, "user:li");
}

/* GR4: one that nobody stopped is over after the longest shift; what is walked the day after is no part of it. */
static void what_is_walked_after_a_day_is_no_part_of_it(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    patrol p = start(r, CITY, "user:li");
    int64_t began = row(r, CITY, p)->started_us;
    walk(r, CITY, p, 3); /* 8 minutes */
    r->now_us = began + 25 * 60 * MINUTE;
    for (int k = 0; k < 5; k++) {
        rig_is(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, 0, "user:li", QP_RIGHT_REPORT), QP_ESTEP);
        rig_is(try_mark(r, CITY, p, QP_MARK_POSITION, 0, "user:li", QP_RIGHT_REPORT), QP_ESTEP);
        r->now_us += 4 * MINUTE;
    }
    rig_ok(try_mark(r, CITY, p, QP_MARK_CHECKPOINT, began + 23 * 60 * MINUTE, "user:li",
                    QP_RIGHT_REPORT)); /* of then */
    mark(r, CITY, p, QP_MARK_STOP);
    assert_int_equal(row(r, CITY, p)->minutes, 8);
}

static void a_check_point_without_a_word_is_stated_all_the_same(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    grid(r, CITY);
    patrol p = start(r, CITY, "user:li");
    int64_t began = r->now_us;
    mark(r, CITY, p, QP_MARK_CHECKPOINT);
    assert_false(row(r, CITY, p)->stated);
    r->now_us += 60 * MINUTE;
    rig_ok(try_mark(r, CITY, p, QP_MARK_PAUSE, began + 4 * MINUTE, "user:li",
                    QP_RIGHT_REPORT)); /* no note, no finding */
    assert_true(row(r, CITY, p)->stated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(its_minutes_are_known_at_every_level),
        TEST(pauses_and_long_gaps_count_nothing),
        TEST(times_that_are_stated_afterwards_count_like_others),
        TEST(a_patrol_that_ran_while_cut_off_counts_once_when_the_link_is_back),
        TEST(nobody_marks_a_patrol_that_is_not_his),
        TEST(a_person_is_on_one_patrol_at_a_time_and_on_a_grid_that_is_there),
        TEST(a_patrol_that_nobody_stopped_ends_with_the_next_one),
        TEST(a_start_in_the_future_is_one_of_now),
        TEST(a_mark_on_a_version_that_is_over_is_refused),
        TEST(a_shift_ends_by_itself_at_every_level_and_a_position_with_it),
        TEST(a_position_of_a_duty_that_is_over_is_not_taken),
        TEST(a_rebuild_and_the_next_incarnation_know_the_same),
        TEST(a_check_point_without_a_word_is_stated_all_the_same),
        TEST(whose_patrol_an_importer_started_goes_on_with_it),
        TEST(what_is_walked_after_a_day_is_no_part_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
