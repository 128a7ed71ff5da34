/* renew_ask_test.c: a node that is refused above asks for its next incarnation: nobody else can ask in its name, not for ever
 * again, and no answer is lost for good (E6). What is said again then: renew_test.c.
 *
 *   city 0 ─ a 1 */
#include "tests/unit/core/renews.h"

static void a_welcome_that_was_lost_comes_again_with_the_next_call(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    struct qp_read read;
    rig_tree(r, 2);
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    matter m = rig_open(r, A, "kept");
    rig_settle(r);
    assert_true(renew_wants(r, A, &q));
    assert_int_equal(renew_ask(r, A, &q)->kind, QP_OUT_WELCOME);
    assert_int_equal(renew_ask(r, A, &q)->kind,
                     QP_OUT_WELCOME); /* in the same session: a parent that was handed back its own words */
    rig_stop(r, A);                   /* it never came */
    rig_start(r, A);
    assert_int_equal(qp_read_begin(r->nodes[CITY].store, &read, NULL), 0);
    const Qp__Welcome *w = qp_core_successor(r->nodes[CITY].core, &read, r->nodes[A].id, 1);
    qp_read_end(&read);
    assert_non_null(w);
    size_t len;
    Qp__Welcome *kept;
    uint8_t *bytes = qp_encode(&w->base, r->arena, &len);
    assert_int_equal(QP_DECODE(&kept, welcome, bytes, len, r->arena, NULL), 0);
    w = kept;
    /* and that its incarnation is over: in either order */
    const Qp__Verdict *v = qp_core_farewell(r->nodes[CITY].core, r->nodes[A].id, 1, r->now_us, r->arena);
    struct qp_input in = {.kind = QP_IN_VERDICT};
    memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
    in.verdict.verdict = v;
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    const char *why;
    assert_true(qp_core_out(r->nodes[A].core, &why));
    renew_welcomed(r, A, w);
    assert_false(qp_core_out(r->nodes[A].core, &why));
    renew_said_again(r, A);
    rig_same_face(r, m);
    assert_true(rig_ticks(r, A, m).top);
    /* twice is once */
    renew_welcomed(r, A, w);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 2);
}

static void a_liar_does_not_get_one_incarnation_after_the_other(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    int granted = 0;
    rig_tree(r, 2);
    rig_settle(r);
    for (int hour = 0; hour < 24 * 20; hour++) {
        if (!r->nodes[A].core->stopped)
            renew_refuse_at(r, A, A, CITY, false);
        if (renew_wants(r, A, &q)) {
            const struct qp_output *o = renew_ask(r, A, &q);
            assert_non_null(o);
            if (o->kind == QP_OUT_WELCOME) {
                granted++;
                renew_welcomed(r, A, o->welcome);
                rig_settle(r);
            } else {
                struct qp_input in = {.kind = QP_IN_LATER};
                char reason[200];
                memcpy(reason, o->later.reason, sizeof reason);
                assert_non_null(strstr(reason, "not long ago"));
                assert_true(o->later.until_us > r->now_us);
                in.later.reason = reason;
                in.later.until_us = o->later.until_us;
                memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
                assert_int_equal(rig_turn(r, A, &in, 1), 0);
                int64_t until;
                const char *why;
                qp_core_renewal_later(r->nodes[A].core, &until, &why);
                assert_true(until > r->now_us && *why);
                assert_false(renew_wants(r, A, &q));
            }
        }
        r->now_us += HOUR;
    }
    assert_in_range(granted, 7, 11); /* at once, after 1, 2, 4 ... 128 hours, and so on */
}

/* What the node above said by a clock that was days ahead. */
static void who_was_told_to_wait_asks_again_when_his_clock_was_set_back(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    char why[] = "not long ago";
    struct qp_input in = {.kind = QP_IN_LATER, .later.reason = why};
    rig_tree(r, 2);
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
    in.later.until_us = r->now_us + 100 * HOUR;
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    assert_false(renew_wants(r, A, &q));
    r->now_us -= 1000 * HOUR;
    assert_true(renew_wants(r, A, &q));
}

static void nobody_is_renewed_who_is_not_refused_or_forked_or_did_not_ask_himself(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q, bad;
    rig_tree(r, 2);
    rig_open(r, A, "one story");
    rig_settle(r);
    assert_false(renew_wants(r, A, &q));
    renew_refuse_at(r, A, A, CITY, false);
    assert_true(renew_wants(r, A, &q));
    for (int part = 0; part < 4; part++) {
        bad = q;
        switch (part) {
        case 0: bad.signature[3] ^= 1; break; /* not by the present key */
        case 1: bad.proof[3] ^= 1; break;     /* a key that it does not have */
        case 2: bad.sign_key[3] ^= 1; break;
        default: bad.incarnation++; break;
        }
        assert_null(renew_ask(r, A, &bad));
    }
    /* a welcome to a key that it did not ask with, as to a copy of its disk */
    const struct qp_output *o = renew_ask(r, A, &q);
    assert_int_equal(o->kind, QP_OUT_WELCOME);
    uint8_t other[QP_SEED_LEN] = {3};
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->nodes[A].store, &t, NULL), 0);
    struct qp_work w = {.c = r->nodes[A].core, .t = &t};
    assert_int_equal(qp_renewal_want_put(&w, other, NULL), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    renew_welcomed(r, A, o->welcome);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 1);
}

static void a_fork_stays_a_persons_to_decide(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    rig_tree(r, 2);
    rig_open(r, A, "one story");
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false);
    assert_true(renew_wants(r, A, &q));
    rig_fork(r, A);
    const struct qp_output *o = renew_ask(r, A, &q);
    assert_true(o && o->kind == QP_OUT_LATER);
    assert_non_null(strstr(o->later.reason, "person"));
    rig_verdicts(r);
    assert_false(renew_wants(r, A, &q));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_welcome_that_was_lost_comes_again_with_the_next_call),
        TEST(a_liar_does_not_get_one_incarnation_after_the_other),
        TEST(who_was_told_to_wait_asks_again_when_his_clock_was_set_back),
        TEST(nobody_is_renewed_who_is_not_refused_or_forked_or_did_not_ask_himself),
        TEST(a_fork_stays_a_persons_to_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
