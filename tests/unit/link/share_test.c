/* share_test.c: what one child may take while others wait (L7), without a socket. */
#include "node/link/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { START = 1000000 };

static void a_bucket_gives_its_burst_at_once_and_then_its_rate(void **state)
{
    (void)state;
    const struct qp_rate r = {.per_s = 1000, .burst = 50000};
    struct qp_bucket b = {0};
    assert_int_equal(qp_bucket_level(&b, &r, START), 50000);
    qp_bucket_take(&b, 51000); /* what is larger than what is left may be overdrawn */
    assert_int_equal(qp_bucket_level(&b, &r, START), -1000);
    assert_int_equal(qp_bucket_level(&b, &r, START + 500000), -500);
    for (int64_t t = START + 500000; t <= START + 2000000;
         t += 100) /* looked at often, it fills all the same */
        qp_bucket_level(&b, &r, t);
    assert_in_range(qp_bucket_level(&b, &r, START + 2000000), 900, 1000);
    assert_int_equal(qp_bucket_level(&b, &r, START + INT64_C(90000000000)), 50000);
    qp_bucket_take(&b, 100);
    assert_int_equal(qp_bucket_level(&b, &r, START), 49900); /* the clock was set back */
}

static void who_is_over_the_journals_rate_waits_and_is_told_since_when(void **state)
{
    (void)state;
    struct qp_shares all = {.journal = {1000, 10000}, .heavy_left = INT64_MAX};
    struct qp_share s = {0};
    int64_t now = START;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(qp_share_over(&s, &all, now), QP_OVER_NOT);
        qp_share_spend(&s, &all, 1000, now);
    }
    assert_int_equal(qp_share_over(&s, &all, now), QP_OVER_RATE);
    assert_true(qp_share_note(&s, &all, QP_OVER_RATE, now));
    assert_int_equal(s.limited.since_us, now);
    assert_int_equal(s.limited.rate, 1000);
    assert_false(qp_share_note(&s, &all, QP_OVER_RATE, now + 5)); /* told */
    assert_int_equal(qp_share_over(&s, &all, now + 2000000), QP_OVER_NOT);
    assert_false(qp_share_note(&s, &all, QP_OVER_NOT, now + 2000000));
    assert_int_equal(s.limited.why, QP_OVER_RATE); /* it may be over again at once */
    assert_true(qp_share_note(&s, &all, QP_OVER_NOT, now + 20000000));
    assert_int_equal(s.limited.why, QP_OVER_NOT);
    assert_int_equal(s.limited.since_us, 0);
}

static void a_child_alone_is_never_over_its_share(void **state)
{
    (void)state;
    struct qp_shares all = {.behind = true, .heavy_left = 0};
    struct qp_share s = {0};
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(qp_share_over(&s, &all, START), QP_OVER_NOT);
        qp_share_spend(&s, &all, 60000, START);
    }
}

static void who_brings_little_goes_on_while_who_brings_much_waits(void **state)
{
    (void)state;
    struct qp_shares all = {.shared = true, .behind = true, .heavy_left = 65536};
    struct qp_share much = {0}, little = {0};
    int64_t now = START;
    unsigned taken = 0;
    for (int i = 0; i < 2000; i++, now += 1000) {
        if (qp_share_over(&much, &all, now) == QP_OVER_NOT) {
            qp_share_spend(&much, &all, 60000, now);
            taken++;
        }
        if (i % 50 == 0) { /* twenty a second */
            assert_int_equal(qp_share_over(&little, &all, now), QP_OVER_NOT);
            qp_share_spend(&little, &all, 500, now);
        }
    }
    assert_true(taken < 20);
    all.behind = false; /* the parent has taken what was there: room for some more of it */
    assert_int_equal(qp_share_over(&much, &all, now), QP_OVER_NOT);
    while (qp_share_over(&much, &all, now) == QP_OVER_NOT)
        qp_share_spend(&much, &all, 60000, now);
    assert_int_equal(qp_share_over(&little, &all, now), QP_OVER_NOT);
}

static void what_is_held_comes_out_in_order_and_is_bounded(void **state)
{
    (void)state;
    struct qp_shares all = {0};
    struct qp_share s = {0};
    static uint8_t frame[100000];
    for (uint8_t i = 0; i < 5; i++) {
        frame[0] = i;
        assert_true(qp_share_hold(&s, &all, frame, 100 + i));
    }
    for (uint8_t i = 0; i < 5; i++) {
        struct qp_held *h = qp_share_next(&s, &all);
        assert_non_null(h);
        assert_int_equal(h->bytes[0], i);
        assert_int_equal(h->len, 100 + i);
        free(h);
    }
    assert_null(qp_share_next(&s, &all));
    int dropped = 0;
    for (int i = 0; i < 10000; i++)
        dropped += !qp_share_hold(&s, &all, frame, sizeof frame);
    assert_true(s.held_bytes <= QP_HELD_BYTES);
    assert_true(s.held_bytes >= 2 * QP_WINDOW_BYTES); /* all that an honest one may have sent */
    assert_true(dropped > 9000);
    qp_share_clear(&s, &all);
    for (int i = 0; i < 10000; i++)
        qp_share_hold(&s, &all, frame, 10);
    assert_true(s.held >= 2 * QP_WINDOW_PARCELS);
    assert_true(s.held <= QP_HELD_FRAMES);
    qp_share_clear(&s, &all);
    assert_int_equal(all.held_bytes, 0);
}

static void many_that_flood_leave_room_for_one_that_does_not(void **state)
{
    (void)state;
    enum { MANY = 40 };
    static uint8_t frame[100000];
    static struct qp_share flood[MANY];
    struct qp_shares all = {0};
    struct qp_share honest = {0};
    for (int k = 0; k < MANY; k++)
        for (int i = 0; i < 200; i++)
            qp_share_hold(&flood[k], &all, frame, sizeof frame);
    assert_true(all.held_bytes < QP_HELD_ALL + MANY * QP_HELD_FEW);
    assert_true(qp_share_hold(&honest, &all, frame, sizeof frame));
    for (int k = 0; k < MANY; k++)
        qp_share_clear(&flood[k], &all);
    qp_share_clear(&honest, &all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_its_burst_at_once_and_then_its_rate),
        cmocka_unit_test(who_is_over_the_journals_rate_waits_and_is_told_since_when),
        cmocka_unit_test(a_child_alone_is_never_over_its_share),
        cmocka_unit_test(who_brings_little_goes_on_while_who_brings_much_waits),
        cmocka_unit_test(what_is_held_comes_out_in_order_and_is_bounded),
        cmocka_unit_test(many_that_flood_leave_room_for_one_that_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
