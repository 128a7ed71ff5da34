/* status_test.c: what a link says of itself to whoever looks at it: since when it stands so, and how long the way is. */
#include "tests/unit/link/pair.h"

static struct qp_link_status status_of(const struct pair *p, const struct end *e)
{
    struct qp_link_status s;
    qp_session_status(e->session, &s, p->r->now_us);
    return s;
}

/* The parent's beat comes back 2 s later within the child's own, which says how long it had it. */
static void beats_measure_the_way_there_and_back(void **state)
{
    enum { THERE = 20000, BACK = 30000 };
    struct pair *p = *state;
    line_open(p->r, &p->l);
    assert_int_equal(status_of(p, &p->l.parent).rtt_us, 0); /* the first beats crossed no time */
    p->r->now_us += QP_BEAT_US;
    line_pump(p->r, &p->l.parent);
    line_find(&p->l.parent, QP__FRAME__BODY_BEAT);
    p->r->now_us += THERE;
    line_carry(p->r, &p->l.parent, &p->l.child);
    line_forget(&p->l.child);
    p->r->now_us += QP_BEAT_US;
    line_pump(p->r, &p->l.child);
    line_find(&p->l.child, QP__FRAME__BODY_BEAT);
    p->r->now_us += BACK;
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_int_equal(status_of(p, &p->l.parent).rtt_us, THERE + BACK);
    qp_session_lost(p->l.parent.session, p->r->now_us);
    assert_int_equal(status_of(p, &p->l.parent).rtt_us, -1);
}

static void an_echo_of_no_beat_of_ours_measures_nothing(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    const struct {
        int64_t echo, held;
    } lies[] = {{0, 0}, {INT64_MIN, 0},     {INT64_MAX, INT64_MIN},   {p->r->now_us + 9, INT64_MAX},
                {1, 1}, {p->r->now_us, -5}, {p->r->now_us, INT64_MAX}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        p->r->now_us += QP_BEAT_US;
        line_pump(p->r, &p->l.parent);
        line_carry(p->r, &p->l.parent, &p->l.child);
        struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_BEAT);
        Qp__Frame *m = frame_open(p->r, f, p->county->arena);
        m->beat->echo_us = lies[i].echo;
        m->beat->held_us = lies[i].held;
        frame_put(f, m);
        line_carry(p->r, &p->l.child, &p->l.parent);
        assert_int_equal(status_of(p, &p->l.parent).rtt_us, 0); /* as measured at the beginning */
    }
}

static void a_link_tells_since_when_it_stands_as_it_does(void **state)
{
    struct pair *p = *state;
    assert_int_equal(status_of(p, &p->l.child).since_us, 0);
    line_open(p->r, &p->l);
    int64_t opened_us = p->r->now_us;
    assert_int_equal(status_of(p, &p->l.child).since_us, opened_us);
    p->r->now_us += QP_LATE_US + 5;
    assert_int_equal(status_of(p, &p->l.child).since_us, opened_us + QP_LATE_US);
    line_settle(p->r, &p->l);
    assert_int_equal(status_of(p, &p->l.child).since_us, p->r->now_us);
    int64_t heard_us = p->r->now_us;
    p->r->now_us += 10 * QP_CUT_US; /* nobody looked meanwhile: it was cut all the same */
    assert_int_equal(status_of(p, &p->l.child).since_us, heard_us + QP_CUT_US);
    line_pump(p->r, &p->l.child);
    assert_false(qp_session_open(p->l.child.session));
    assert_int_equal(status_of(p, &p->l.child).since_us, heard_us + QP_CUT_US);
}

static void a_refusal_is_cut_between_two_characters(void **state)
{
    struct pair *p = *state;
    char reason[3 * 100 + 1] = "";
    for (int i = 0; i < 100; i++)
        strcat(reason, "汉");
    line_open(p->r, &p->l);
    assert_true(
        qp_session_say_refuse(p->l.child.session, p->l.child.session->number, QP_EDENIED, reason, NULL));
    line_carry(p->r, &p->l.child, &p->l.parent);
    struct qp_link_status s = status_of(p, &p->l.parent);
    assert_int_equal(s.refused, QP_EDENIED);
    assert_true(strlen(s.refused_text) > 190);
    assert_true(qp_utf8_ok(s.refused_text, strlen(s.refused_text)));
}

static void what_was_refused_in_a_session_is_not_why_it_is_gone(void **state)
{
    struct pair *p = *state;
    struct qp_header h = {.incarnation = 1, .scope = QP_SCOPE_HORIZON, .lane = QP_LANE_BULK, .seq = 1};
    line_open(p->r, &p->l);
    memcpy(h.origin, p->county->id, QP_ID_LEN);
    assert_true(
        qp_session_say_refuse(p->l.parent.session, p->l.parent.session->number, QP_EDENIED, "a parcel", &h));
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_true(qp_session_open(p->l.child.session));
    assert_int_equal(status_of(p, &p->l.child).refused, QP_EDENIED);
    qp_session_lost(p->l.child.session, p->r->now_us);
    assert_int_equal(status_of(p, &p->l.child).refused, 0);
    assert_int_equal(status_of(p, &p->l.child).refused_text[0], 0);
}

/* L7: a full link.child_nodes. Its people read at both ends what waits, and why, while the link is up. */
static void what_is_not_taken_for_now_is_shown_at_both_ends_until_it_is(void **state)
{
    struct pair *p = *state;
    struct qp_acceptance few = qp_acceptance_default;
    line_open(p->r, &p->l);
    few.child_nodes = 1;
    qp_core_set_acceptance(p->city->core, &few);
    rig_join(p->r, p->county, "city/county/x", NULL);
    line_settle(p->r, &p->l);
    assert_int_equal(status_of(p, &p->l.child).from_there.since_us, 0);
    rig_join(p->r, p->county, "city/county/y", NULL);
    int64_t since_us = p->r->now_us;
    line_settle(p->r, &p->l);
    pair_pass_seconds(p, 90); /* it is sent again, at last with all that came before it */
    for (int up = 0; up < 2; up++) {
        struct qp_link_status s = status_of(p, up ? &p->l.parent : &p->l.child);
        const struct qp_sent_back *b = up ? &s.from_here : &s.from_there;
        assert_int_equal(s.state, QP_LINK_LIVE);
        assert_true(b->stands);
        assert_int_equal(b->since_us, since_us);
        assert_int_equal(b->code, QP_EFULL);
        assert_non_null(strstr(b->why, "link.child_nodes"));
    }
    few.child_nodes = 2;
    qp_core_set_acceptance(p->city->core, &few);
    pair_pass_seconds(p, 180);
    assert_false(status_of(p, &p->l.child).from_there.stands);
    assert_false(status_of(p, &p->l.parent).from_here.stands);
    assert_int_equal(status_of(p, &p->l.child).from_there.since_us, since_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(beats_measure_the_way_there_and_back),
        PAIR_TEST(an_echo_of_no_beat_of_ours_measures_nothing),
        PAIR_TEST(a_link_tells_since_when_it_stands_as_it_does),
        PAIR_TEST(a_refusal_is_cut_between_two_characters),
        PAIR_TEST(what_was_refused_in_a_session_is_not_why_it_is_gone),
        PAIR_TEST(what_is_not_taken_for_now_is_shown_at_both_ends_until_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
