/* ahead_test.c: a county between a street and the city: what its session passes on ahead, and when the
 * deliveries that confirm it go. */
#include "tests/unit/link/rig.h"

struct trio {
    struct rig *r;
    struct node *city, *county, *street;
    struct line low, high;
};

static bool pass(void *arg, uint32_t lane, const struct qp_slice *parcel)
{
    struct trio *t = arg;
    return qp_session_ahead(t->high.child.session, lane, parcel);
}

static int trio_up(void **state)
{
    struct trio *t = calloc(1, sizeof *t);
    rig_up((void **)&t->r);
    t->city = rig_found(t->r, "city");
    t->county = rig_join(t->r, t->city, "city/county", NULL);
    t->street = rig_join(t->r, t->county, "city/county/street", NULL);
    line_up(&t->high, t->county, t->city);
    line_up(&t->low, t->street, t->county);
    line_open(t->r, &t->high);
    line_open(t->r, &t->low);
    line_settle(t->r, &t->high);
    qp_core_set_pass(t->county->core, pass, t);
    *state = t;
    return 0;
}

static int trio_down(void **state)
{
    struct trio *t = *state;
    line_down(&t->low);
    line_down(&t->high);
    rig_down((void **)&t->r);
    free(t);
    return 0;
}

/* What the county does with its turn's outputs, as the wire does: forward, outputs, pump. */
static int64_t county_says(struct trio *t)
{
    struct qp_read read;
    struct node *n = t->county;
    struct qp_session *up = t->high.child.session;
    for (size_t i = 0; i < n->out.n; i++)
        if (n->out.v[i].kind == QP_OUT_QUEUED && memcmp(n->out.v[i].peer, t->city->id, QP_ID_LEN) == 0)
            qp_session_forward(up, &n->out.v[i], t->r->now_us);
    assert_int_equal(qp_read_begin(n->store, &read, NULL), 0);
    for (size_t i = 0; i < n->out.n; i++) {
        const struct qp_output *o = &n->out.v[i];
        if (o->kind == QP_OUT_REPLY || o->kind == QP_OUT_CHANGED)
            continue;
        bool down = memcmp(o->peer, t->street->id, QP_ID_LEN) == 0;
        qp_session_output(down ? t->low.parent.session : up, o, &read, n->arena, t->r->now_us);
    }
    n->out.n = 0;
    int64_t next_us = qp_session_pump(up, &read, n->arena, t->r->now_us);
    qp_read_end(&read);
    return next_us;
}

/* Says a report at the street; the county has heard it, and has had no turn. */
static void hear_below(struct trio *t, const char *title)
{
    rig_report(t->r, t->street, title, QP_ROUTINE);
    line_turn(t->r, &t->low.child);
    for (size_t i = 0; i < t->low.child.n; i++)
        line_hear(t->r, &t->low.parent, t->low.child.said[i].bytes, t->low.child.said[i].len);
    line_forget(&t->low.child);
}

static void report_below(struct trio *t, const char *title)
{
    hear_below(t, title);
    rig_turn(t->r, t->county);
}

static size_t said(struct trio *t, int kind)
{
    size_t n = 0;
    for (size_t i = 0; i < t->high.child.n; i++)
        n += frame_kind(&t->high.child.said[i]) == kind;
    return n;
}

/* Deliveries said so far: each names the one before it, so that the city misses nothing. */
static size_t unbroken(struct trio *t)
{
    size_t n = 0;
    uint64_t last = 0;
    for (size_t i = 0; i < t->high.child.n; i++) {
        if (frame_kind(&t->high.child.said[i]) != QP__FRAME__BODY_DELIVER)
            continue;
        Qp__Frame *f = frame_open(t->r, &t->high.child.said[i], t->county->arena);
        assert_true(n == 0 || f->deliver->after == last);
        last = f->deliver->position;
        n++;
    }
    return n;
}

static void what_was_passed_on_is_delivered_a_moment_later(void **state)
{
    struct trio *t = *state;
    report_below(t, "quick");
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 1);
    assert_true(county_says(t) <= t->r->now_us + QP_HOLD_US);
    assert_int_equal(said(t, QP__FRAME__BODY_DELIVER), 0);
    line_carry(t->r, &t->high.child, &t->high.parent);
    assert_int_equal(rig_matters(t->r, t->city), 1);
    assert_int_equal(rig_queue(t->county, t->city->id, QP_LANE_BULK), 1);
    t->r->now_us += QP_HOLD_US;
    line_pump(t->r, &t->high.child);
    assert_int_equal(said(t, QP__FRAME__BODY_DELIVER), 1);
    line_settle(t->r, &t->high);
    assert_int_equal(rig_queue(t->county, t->city->id, QP_LANE_BULK), 0);
    assert_int_equal(rig_matters(t->r, t->city), 1);
}

static void what_is_new_does_not_overtake_what_is_held(void **state)
{
    struct trio *t = *state;
    report_below(t, "passed on");
    county_says(t);
    rig_report(t->r, t->county, "the county's own", QP_ROUTINE);
    county_says(t);
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 1);
    assert_int_equal(unbroken(t), 2);
    line_settle(t->r, &t->high);
    assert_int_equal(rig_matters(t->r, t->city), 2);
    assert_int_equal(rig_queue(t->county, t->city->id, QP_LANE_BULK), 0);
}

/* Both in one turn: the one that was passed on is not in the tables yet when the other could be forwarded. */
static void nor_what_is_held_of_its_own_turn(void **state)
{
    struct trio *t = *state;
    hear_below(t, "passed on");
    rig_report(t->r, t->county, "the county's own", QP_ROUTINE);
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 1);
    county_says(t);
    assert_int_equal(unbroken(t), 2);
    line_settle(t->r, &t->high);
    assert_int_equal(rig_matters(t->r, t->city), 2);
    assert_int_equal(rig_queue(t->county, t->city->id, QP_LANE_BULK), 0);
}

static void as_many_as_the_parent_keeps_are_held_and_no_more(void **state)
{
    struct trio *t = *state;
    for (int i = 0; i < QP_AHEAD - 1; i++) {
        report_below(t, "one of many");
        county_says(t);
    }
    assert_int_equal(said(t, QP__FRAME__BODY_DELIVER), 0);
    report_below(t, "the last of them");
    county_says(t);
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), QP_AHEAD);
    assert_int_equal(unbroken(t), QP_AHEAD);
    line_settle(t->r, &t->high);
    assert_int_equal(rig_matters(t->r, t->city), QP_AHEAD);
    assert_int_equal(rig_queue(t->county, t->city->id, QP_LANE_BULK), 0);
}

static void nothing_goes_ahead_of_what_waits(void **state)
{
    struct trio *t = *state;
    t->high.child.room = 0;
    rig_report(t->r, t->county, "finds no room", QP_ROUTINE);
    county_says(t);
    t->high.child.room = SIZE_MAX;
    report_below(t, "behind it");
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 0);
    county_says(t);
    assert_int_equal(unbroken(t), 2);
    line_settle(t->r, &t->high);
    report_below(t, "nothing waits");
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 1);
    county_says(t);
    qp_session_lost(t->high.child.session, t->r->now_us);
    report_below(t, "cut off");
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 1);
}

static void hang_up(struct trio *t)
{
    qp_session_lost(t->high.child.session, t->r->now_us);
    qp_session_lost(t->high.parent.session, t->r->now_us);
}

static void a_child_that_cannot_be_told_greets_again(void **state)
{
    struct trio *t = *state;
    uint8_t seed[QP_SEED_LEN];
    hang_up(t);
    rig_fresh_seed(t->r, seed);
    qp_session_connected(t->high.child.session, t->r->now_us, seed);
    line_pump(t->r, &t->high.child);
    line_carry(t->r, &t->high.child, &t->high.parent);
    line_carry(t->r, &t->high.parent, &t->high.child);
    t->high.parent.room = 1; /* for its greeting */
    line_carry(t->r, &t->high.child, &t->high.parent);
    assert_false(qp_session_open(t->high.parent.session));
    t->high.parent.room = SIZE_MAX;
    for (int i = 0; i < 120 && !qp_session_open(t->high.parent.session); i++) {
        t->r->now_us += 500000;
        line_settle(t->r, &t->low);
        line_settle(t->r, &t->high);
    }
    assert_true(qp_session_open(t->high.parent.session) && qp_session_open(t->high.child.session));
    report_below(t, "told again");
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 1);
}

/* Neighbours are not updated in the same minute. */
static void a_neighbour_of_an_older_version_is_told_and_passed_nothing(void **state)
{
    struct trio *t = *state;
    uint8_t seed[QP_SEED_LEN];
    hang_up(t);
    rig_fresh_seed(t->r, seed);
    qp_session_connected(t->high.child.session, t->r->now_us, seed);
    line_pump(t->r, &t->high.child);
    struct frame *f = line_find(&t->high.child, QP__FRAME__BODY_CALL);
    Qp__Frame *m = frame_open(t->r, f, t->county->arena);
    m->call->versions_high = 1;
    frame_put(f, m);
    line_carry(t->r, &t->high.child, &t->high.parent);
    m = frame_open(t->r, line_find(&t->high.parent, QP__FRAME__BODY_CHALLENGE), t->city->arena);
    assert_int_equal(m->challenge->version, 1);
    line_carry(t->r, &t->high.parent, &t->high.child);
    line_carry(t->r, &t->high.child, &t->high.parent);
    for (size_t i = 0; i < t->high.parent.n; i++)
        assert_int_not_equal(frame_kind(&t->high.parent.said[i]), QP__FRAME__BODY_AHEAD);
    line_settle(t->r, &t->high);
    report_below(t, "the usual way");
    assert_int_equal(said(t, QP__FRAME__BODY_AHEAD), 0);
    county_says(t);
    line_settle(t->r, &t->high);
    assert_int_equal(rig_matters(t->r, t->city), 1);
}

static bool count(void *arg, uint32_t lane, const struct qp_slice *parcel)
{
    size_t *asked = arg;
    (void)lane;
    (void)parcel;
    ++*asked;
    return false;
}

/* Nothing had gone ahead to it. */
static void an_older_parent_has_nothing_to_tell_one_that_was_stopped(void **state)
{
    struct trio *t = *state;
    uint8_t seed[QP_SEED_LEN];
    size_t asked = 0;
    line_down(&t->high);
    line_down(&t->low);
    qp_core_close(t->county->core);
    qp_store_close(t->county->store, false); /* as a crash would */
    t->county->up = false;
    rig_reopen(t->r, t->county);
    qp_core_set_pass(t->county->core, count, &asked);
    line_up(&t->high, t->county, t->city);
    line_up(&t->low, t->street, t->county);
    line_open(t->r, &t->low);
    report_below(t, "before it has met its parent");
    county_says(t);
    assert_int_equal(asked, 0);
    rig_fresh_seed(t->r, seed);
    qp_session_connected(t->high.child.session, t->r->now_us, seed);
    line_pump(t->r, &t->high.child);
    struct frame *f = line_find(&t->high.child, QP__FRAME__BODY_CALL);
    Qp__Frame *m = frame_open(t->r, f, t->county->arena);
    m->call->versions_high = 1;
    frame_put(f, m);
    line_settle(t->r, &t->high);
    report_below(t, "afterwards");
    assert_int_equal(asked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, trio_up, trio_down)
        TEST(what_was_passed_on_is_delivered_a_moment_later),
        TEST(what_is_new_does_not_overtake_what_is_held),
        TEST(nor_what_is_held_of_its_own_turn),
        TEST(as_many_as_the_parent_keeps_are_held_and_no_more),
        TEST(nothing_goes_ahead_of_what_waits),
        TEST(a_child_that_cannot_be_told_greets_again),
        TEST(a_neighbour_of_an_older_version_is_told_and_passed_nothing),
        TEST(an_older_parent_has_nothing_to_tell_one_that_was_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
