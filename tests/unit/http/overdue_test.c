/* overdue_test.c: a circular that cannot be issued is told where an operator looks, and is not counted again each time. */
#include "node/http/wire/inside.h"
#include "tests/unit/http/rig.h"

#define S INT64_C(1000000)

static const struct qp_span_us day = {86400 * S, 2 * 86400 * S}, next = {2 * 86400 * S, 3 * 86400 * S};

static void what_fails_is_tried_less_and_less_often_and_at_least_once_an_hour(void **state)
{
    (void)state;
    struct qp_overdue o = {0};
    int64_t at = 1000 * S;
    static const int wait_s[] = {20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600};
    for (size_t i = 0; i < sizeof wait_s / sizeof *wait_s; i++) {
        assert_true(qp_overdue_now(&o, &day, 7, at));
        qp_overdue_failed(&o, 7 + (int64_t)i, at, "no room");
        assert_false(qp_overdue_now(&o, &day, 7, at + wait_s[i] * S - 1));
        at += wait_s[i] * S;
    }
    assert_int_equal(o.since_us, 7);
    assert_string_equal(o.why, "no room");
    assert_true(qp_overdue_now(&o, &next, 7, at - S)); /* another period is another matter */
    assert_int_equal(o.since_us, 0);
}

static void what_was_handed_over_and_not_taken_in_has_failed(void **state)
{
    (void)state;
    struct qp_overdue o = {0};
    assert_true(qp_overdue_now(&o, &day, 7, 0));
    qp_overdue_sent(&o, 0);
    assert_false(qp_overdue_now(&o, &day, 7, 19 * S));
    assert_int_equal(o.since_us, 0); /* not yet */
    assert_false(qp_overdue_now(&o, &day, 8, 20 * S));
    assert_int_equal(o.since_us, 8);
    assert_true(qp_overdue_now(&o, &day, 9, 40 * S));
    qp_overdue_done(&o);
    assert_int_equal(o.since_us, 0);
}

static void it_is_an_alarm_with_the_period_and_the_reason(void **state)
{
    struct rig *r = *state;
    struct answer *a = ask(r, "GET", "/api/v1/node", NULL, r->token, NULL);
    assert_int_equal(json_array_size(at(a, "alarms")), 0);
    answer_free(a);
    pthread_mutex_lock(&r->http->lock);
    r->http->overdue[QP_PERIOD_DAY].span = day;
    qp_overdue_failed(&r->http->overdue[QP_PERIOD_DAY], 5 * 86400 * S, qp_boot_us(), "no memory to count");
    pthread_mutex_unlock(&r->http->lock);
    a = ask(r, "GET", "/api/v1/node", NULL, r->token, NULL);
    const json_t *alarm = json_array_get(at(a, "alarms"), 0);
    assert_string_equal(json_string_value(json_object_get(alarm, "code")), "circular_due");
    assert_string_equal(json_string_value(json_object_get(alarm, "since")), "1970-01-06T00:00:00.000Z");
    const char *detail = json_string_value(json_object_get(alarm, "detail"));
    assert_string_equal(detail, "day 1970-01-02: no memory to count");
    answer_free(a);
    a = ask(r, "GET", "/api/v1/wall", NULL, r->token, NULL); /* a wall shows what is grave of them */
    assert_string_equal(text_at(a, "node.alarms.0.code"), "circular_due");
    assert_true(json_is_false(at(a, "node.alarms.0.grave")));
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_is_tried_less_and_less_often_and_at_least_once_an_hour),
        cmocka_unit_test(what_was_handed_over_and_not_taken_in_has_failed),
        cmocka_unit_test_setup_teardown(it_is_an_alarm_with_the_period_and_the_reason, rig_up, rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
