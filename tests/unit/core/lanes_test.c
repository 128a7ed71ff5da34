/* lanes_test.c: urgent and bulk (U1, U2, and of U3 that neither lane waits for the other). */
#include "tests/unit/core/rig.h"

struct lanes {
    matter m;
    int in_lane[3], offers[3];
    struct rig *r;
};

static void count(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct lanes *l = arg;
    (void)rec;
    for (uint32_t i = 0; i < p->h.count; i++) {
        Qp__Event *ev;
        assert_int_equal(qp_parcel_event(&ev, p, i, l->r->arena, NULL), 0);
        if (ev->matter.len != QP_ID_LEN || memcmp(ev->matter.data, l->m.b, QP_ID_LEN) != 0)
            continue;
        l->in_lane[p->h.lane]++;
        if (ev->body_case >= QP__EVENT__BODY_OFFERED && ev->body_case <= QP__EVENT__BODY_WITHDRAWN)
            l->offers[p->h.lane]++;
    }
}

static void an_emergency_overtakes_a_backlog(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int i = 0; i < 20; i++)
        rig_open(r, 1, "backlog");
    matter m = rig_emergency(r, 1, "fire");
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_URGENT), 1);
    assert_int_equal(rig_carry_lane(r, 1, 0, QP_LANE_URGENT, 10), 1);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK), 20);
}

static void a_matter_that_becomes_an_emergency_is_whole_above_before_its_past_has_come(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "gets worse");
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_PROGRESSED));
    Qp__Event *up = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    up->sorted->urgency = QP_EMERGENCY;
    rig_ok(rig_try(r, 2, up));
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_PROGRESSED));
    rig_carry_lane(r, 2, 1, QP_LANE_URGENT, 10);
    rig_carry_lane(r, 1, 0, QP_LANE_URGENT, 10);
    assert_int_equal(rig_face(r, 0, m)->version, 4); /* by the snapshot */
    assert_int_equal(rig_face(r, 0, m)->urgency, QP_EMERGENCY);
    rig_settle(r); /* the bulk copies change nothing any more */
    assert_int_equal(rig_face(r, 0, m)->version, 4);
    assert_int_equal(rig_history(r, 0, m, 0), 4);
    rig_same_face(r, m);
    assert_int_equal(rig_metrics(r, 0).conflicts, 0);
    struct tables before = rig_tables(r, 0);
    rig_rebuild(r, 0);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void urgency_only_rises_and_from_then_on_every_event_is_urgent(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "gets worse");
    Qp__Event *up = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    up->sorted->urgency = QP_EMERGENCY;
    rig_ok(rig_try(r, 1, up));
    up->sorted->urgency = QP_ROUTINE;
    rig_code(rig_try(r, 1, up), QP_EPOLICY);
    rig_ok(rig_comment(r, 1, m, "and more"));
    rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_HANDLED));
    struct lanes l = {.m = m, .r = r};
    rig_each(r, 1, count, &l);
    assert_int_equal(l.in_lane[QP_LANE_BULK], 1); /* its opening */
    assert_int_equal(l.in_lane[QP_LANE_URGENT], 3);
}

struct sealed {
    matter m;
    struct rig *r;
    int n;
    struct {
        int body;
        uint8_t lane;
    } v[8];
};

static void note_order(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct sealed *s = arg;
    (void)rec;
    for (uint32_t i = 0; p->h.scope == QP_SCOPE_HORIZON && i < p->h.count && s->n < 8; i++) {
        Qp__Event *ev;
        assert_int_equal(qp_parcel_event(&ev, p, i, s->r->arena, NULL), 0);
        if (ev->matter.len != QP_ID_LEN || memcmp(ev->matter.data, s->m.b, QP_ID_LEN) != 0)
            continue;
        s->v[s->n].lane = p->h.lane;
        s->v[s->n++].body = (int)ev->body_case;
    }
}

/* A replay has to meet what was decided in one turn in the order in which it was decided. */
static void within_a_turn_a_matters_past_is_journaled_before_what_makes_it_an_emergency(void **state)
{
    static const struct {
        int body;
        uint8_t lane;
    } order[] = {{QP__EVENT__BODY_OPENED, QP_LANE_BULK},
                 {QP__EVENT__BODY_PROGRESSED, QP_LANE_BULK},
                 {QP__EVENT__BODY_SORTED, QP_LANE_URGENT}};
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "gets worse");
    Qp__Event *up = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    up->sorted->urgency = QP_EMERGENCY;
    const Qp__Event *drafts[] = {rig_opened(r, "fire", QP_EMERGENCY), /* so the urgent ones are begun first */
                                 rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m), up};
    struct qp_input in[3];
    for (int i = 0; i < 3; i++)
        in[i] = (struct qp_input){
            .kind = QP_IN_COMMAND,
            .command = {.op = QP_OP_STEP, .draft = drafts[i], .if_version = -1, .ticket = (uint64_t)i + 1}};
    assert_int_equal(rig_turn(r, 1, in, 3), 0);
    for (size_t i = 0, replies = 0; i < r->nodes[1].out.n || replies != 3; i++) {
        assert_true(i < r->nodes[1].out.n);
        if (r->nodes[1].out.v[i].kind != QP_OUT_REPLY)
            continue;
        rig_ok(r->nodes[1].out.v[i].reply);
        replies++;
    }
    struct sealed s = {.m = m, .r = r};
    rig_each(r, 1, note_order, &s);
    assert_int_equal(s.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(s.v[i].body, order[i].body);
        assert_int_equal(s.v[i].lane, order[i].lane);
    }
    struct tables before = rig_tables(r, 1);
    rig_rebuild(r, 1);
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&before, &after, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void all_events_of_one_offer_travel_in_one_lane(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int urgent = 0; urgent < 2; urgent++) {
        matter m = urgent ? rig_emergency(r, 0, "offered") : rig_open(r, 0, "offered");
        rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
        rig_settle(r);
        rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_WITHDRAWN));
        rig_settle(r);
        rig_ok(rig_offer(r, 0, m, QP_KIND_DISPATCH, "city/a"));
        rig_settle(r);
        Qp__Event *up =
            rig_draft(r, QP__EVENT__BODY_SORTED, &m); /* it may not change lanes while it is out */
        up->sorted->urgency = QP_EMERGENCY;
        rig_code(rig_try(r, 0, up), QP_ESTEP);
        rig_ok(rig_step(r, 1, m, QP__EVENT__BODY_ACCEPTED));
        rig_settle(r);
        for (int i = 0; i < 2; i++) {
            struct lanes l = {.m = m, .r = r};
            rig_each(r, i, count, &l);
            assert_true(l.offers[urgent ? QP_LANE_URGENT : QP_LANE_BULK] >= 5);
            assert_int_equal(l.offers[urgent ? QP_LANE_BULK : QP_LANE_URGENT], 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(an_emergency_overtakes_a_backlog),
        TEST(a_matter_that_becomes_an_emergency_is_whole_above_before_its_past_has_come),
        TEST(urgency_only_rises_and_from_then_on_every_event_is_urgent),
        TEST(within_a_turn_a_matters_past_is_journaled_before_what_makes_it_an_emergency),
        TEST(all_events_of_one_offer_travel_in_one_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
