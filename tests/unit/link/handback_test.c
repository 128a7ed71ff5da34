/* handback_test.c: sessions of nodes that come back from a burned disk (L4), and rewinds. */
#include "tests/unit/link/pair.h"

static void a_burned_child_gets_its_own_back_and_goes_on(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    for (int i = 0; i < 5; i++)
        rig_report(p->r, p->county, "before the fire", QP_ROUTINE);
    line_settle(p->r, &p->l);
    line_down(&p->l);
    rig_burn(p->r, p->city, p->county, "city/county");
    assert_true(qp_core_recovering(p->county->core));
    line_up(&p->l, p->county, p->city);
    line_open(p->r, &p->l);
    pair_pass_seconds(p, 3); /* a rewind for a certificate that was missing */
    assert_false(qp_core_recovering(p->county->core));
    assert_int_equal(rig_matters(p->r, p->county), 5);
}

static void two_burned_neighbours_hand_back_to_each_other(void **state)
{
    struct pair *p = *state;
    struct node *street = rig_join(p->r, p->county, "city/county/street", NULL);
    struct line low;
    line_up(&low, street, p->county);
    for (int i = 0; i < 5; i++)
        rig_report(p->r, street, "before the fire", QP_ROUTINE);
    line_open(p->r, &p->l);
    line_open(p->r, &low);
    pair_pass_seconds(p, 6);
    assert_int_equal(rig_matters(p->r, p->city), 5);
    line_down(&low);
    line_down(&p->l);
    rig_burn(p->r, p->county, street, "city/county/street");
    rig_burn(p->r, p->city, p->county, "city/county");
    line_up(&p->l, p->county, p->city);
    line_up(&low, street, p->county);
    line_open(p->r, &p->l);
    line_open(p->r, &low);
    assert_true(qp_core_recovering(p->county->core) && qp_core_recovering(street->core));
    for (int i = 0; i < 40; i++) {
        pair_pass_seconds(p, 1);
        line_settle(p->r, &low);
    }
    assert_false(qp_core_recovering(p->county->core));
    assert_false(qp_core_recovering(street->core));
    assert_int_equal(rig_matters(p->r, street), 5);
    line_down(&low);
}

static void a_hand_back_that_crossed_a_rewind_is_not_believed(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "before the fire", QP_ROUTINE);
    line_settle(p->r, &p->l);
    line_down(&p->l);
    rig_burn(p->r, p->city, p->county, "city/county");
    line_up(&p->l, p->county, p->city);
    pair_to_greeting(p);
    bool crossed = false;
    for (int i = 0; i < 40 && !crossed; i++) {
        p->r->now_us += 100000;
        line_carry(p->r, &p->l.child, &p->l.parent);
        for (size_t k = 0; k < p->l.parent.n; k++)
            crossed |= frame_kind(&p->l.parent.said[k]) == QP__FRAME__BODY_HANDED_BACK;
        if (!crossed)
            line_carry(p->r, &p->l.parent, &p->l.child);
    }
    assert_true(crossed);
    p->l.child.session->ack_due = p->l.child.session->ack_full =
        true; /* asked for everything again, meanwhile */
    line_pump(p->r, &p->l.child);
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_true(qp_core_recovering(p->county->core));
    pair_pass_seconds(p, 6);
    assert_false(qp_core_recovering(p->county->core));
    assert_int_equal(p->l.child.session->rewinds_sent, p->l.parent.session->handed_rewinds);
}

/* As a line that repeats itself brings it: the queue must not be filled behind the cursor. */
static void a_rewind_heard_twice_counts_once(void **state)
{
    struct pair *p = *state;
    uint8_t old[QP_FRAME_BYTES];
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "one", QP_ROUTINE);
    line_settle(p->r, &p->l);
    p->l.parent.session->ack_due = p->l.parent.session->ack_full = true;
    line_pump(p->r, &p->l.parent);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_ACK);
    size_t len = f->len;
    memcpy(old, f->bytes, len);
    line_settle(p->r, &p->l);
    assert_int_equal(rig_queue(p->county, p->city->id, QP_LANE_BULK), 0);
    line_hear(p->r, &p->l.child, old, len);
    line_settle(p->r, &p->l);
    assert_int_equal(rig_queue(p->county, p->city->id, QP_LANE_BULK), 0);
    assert_int_equal(p->l.child.session->rewinds_taken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_burned_child_gets_its_own_back_and_goes_on),
        PAIR_TEST(two_burned_neighbours_hand_back_to_each_other),
        PAIR_TEST(a_hand_back_that_crossed_a_rewind_is_not_believed),
        PAIR_TEST(a_rewind_heard_twice_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
