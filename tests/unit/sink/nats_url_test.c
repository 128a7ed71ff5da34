/* nats_url_test.c: how a stream is named, and its subjects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/sink/nats_url.h"

static void an_address_is_taken_apart(void **state)
{
    (void)state;
    struct qp_nats_target t;
    assert_int_equal(qp_nats_read(&t, "nats://bus.city/COPY", NULL), 0);
    assert_string_equal(t.url, "nats://bus.city:4222");
    assert_string_equal(t.host, "bus.city");
    assert_string_equal(t.stream, "COPY");
    assert_false(t.tls);
    assert_string_equal(t.user, "");
    assert_int_equal(t.replicas, 1);
    assert_int_equal(qp_nats_read(&t, "tls://[::1]:4333/c-1_x?max_bytes=1000&replicas=3", NULL), 0);
    assert_string_equal(t.url, "tls://[::1]:4333");
    assert_string_equal(t.stream, "c-1_x");
    assert_true(t.tls);
    assert_int_equal(t.max_bytes, 1000);
    assert_int_equal(t.replicas, 3);
}

static void who_asks_stands_before_the_last_at(void **state)
{
    (void)state;
    struct qp_nats_target t;
    assert_int_equal(qp_nats_read(&t, "nats://a%40b:p%3a%2F@c:9@h:1/S", NULL), 0);
    assert_string_equal(t.user, "a@b");
    assert_string_equal(t.password, "p:/@c:9");
    assert_string_equal(t.url, "nats://h:1");
    assert_int_equal(qp_nats_read(&t, "nats://s3cr3t@h/S", NULL), 0);
    assert_string_equal(t.user, "s3cr3t");
    assert_string_equal(t.password, "");
    assert_int_equal(qp_nats_read(&t, "nats://a:100%@h/S", NULL), 0);
    assert_string_equal(t.password, "100%");
    assert_int_equal(qp_nats_read(&t, "nats://a:%4@h/S", NULL), 0);
    assert_string_equal(t.password, "%4");
}

static void what_is_no_address_is_refused_without_the_password(void **state)
{
    (void)state;
    static const char *const NONE[] = {"nats://",
                                       "nats://h",
                                       "nats://h/",
                                       "nats:///S",
                                       "nats://h:0/S",
                                       "nats://h:x/S",
                                       "nats://h:70000/S",
                                       "nats://h/a.b",
                                       "nats://h/a*",
                                       "nats://h/_S",
                                       "nats://h/S/T",
                                       "nats://h?max_bytes=1",
                                       "nats://h/S?",
                                       "nats://h/S?max_bytes=",
                                       "nats://h/S?max=1",
                                       "nats://h/S?replicas=9",
                                       "nats://h/S?replicas=1x",
                                       "nats://u:GEHEIM%00@h/S"};
    struct qp_nats_target t;
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        struct qp_err e = {0};
        if (qp_nats_read(&t, NONE[i], &e) != QP_EINVAL)
            fail_msg("%s is taken", NONE[i]);
        assert_null(strstr(e.text, "GEHEIM"));
        assert_true(strlen(e.text) > 20);
    }
    char longest[2000] = "nats://h/";
    memset(longest + 9, 'a', 64);
    assert_int_equal(qp_nats_read(&t, longest, NULL), QP_EINVAL);
    longest[9 + 63] = '\0';
    assert_int_equal(qp_nats_read(&t, longest, NULL), 0);
    memset(longest, 'h', 1900);
    memcpy(longest, "nats://", 7);
    memcpy(longest + 1900, "/S", 3);
    assert_int_equal(qp_nats_read(&t, longest, NULL), QP_EINVAL);
    longest[1500] = '@';
    assert_int_equal(qp_nats_read(&t, longest, NULL), QP_EINVAL);
}

static void targets_of_others_are_left_to_them(void **state)
{
    (void)state;
    assert_true(qp_nats_takes("nats://h/S"));
    assert_true(qp_nats_takes("tls://h/S"));
    assert_false(qp_nats_takes("./nats"));
    assert_false(qp_nats_takes("postgresql://nats://"));
}

static void a_subject_has_four_tokens_whatever_they_are(void **state)
{
    (void)state;
    char s[QP_NATS_SUBJECT], large[400];
    qp_nats_subject(s, "COPY", "east-1", "6fm6qy72nd4r515fxx5r94cv7a", "opened");
    assert_string_equal(s, "COPY.east-1.6fm6qy72nd4r515fxx5r94cv7a.opened");
    qp_nats_subject(s, "COPY", "", "a.b", "> *");
    assert_string_equal(s, "COPY.-.a%2Eb.%3E%20%2A");
    qp_nats_subject(s, "COPY", "县", "n", "t\r\n");
    assert_string_equal(s, "COPY.%E5%8E%BF.n.t%0D%0A");
    memset(large, '.', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    memset(s, 'x', sizeof s);
    static const char STREAM[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    qp_nats_subject(s, STREAM, large, large, large);
    assert_int_equal(strlen(s), sizeof STREAM - 1 + 1 + 3 * 42 * 3 + 2);
}

static void a_stream_takes_all_or_it_does_not(void **state)
{
    (void)state;
    assert_true(qp_nats_covers("COPY.>", "COPY"));
    assert_true(qp_nats_covers(">", "COPY"));
    assert_false(qp_nats_covers("COPY.*", "COPY"));
    assert_false(qp_nats_covers("COPY2.>", "COPY"));
    assert_false(qp_nats_covers("COPY", "COPY"));
    assert_false(qp_nats_covers("COP.>", "COPY"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_taken_apart),
        cmocka_unit_test(who_asks_stands_before_the_last_at),
        cmocka_unit_test(what_is_no_address_is_refused_without_the_password),
        cmocka_unit_test(targets_of_others_are_left_to_them),
        cmocka_unit_test(a_subject_has_four_tokens_whatever_they_are),
        cmocka_unit_test(a_stream_takes_all_or_it_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
