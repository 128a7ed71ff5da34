/* response_test.c: answers of HTTP as they come over a socket: in any pieces, by length, by chunks, until the
 * end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/client.h"

static const char by_length[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
static const char by_chunks[] = "HTTP/1.1 201 Created\r\nTransfer-Encoding: "
                                "chunked\r\n\r\n3\r\nhel\r\nA;x=y\r\nlo, world!\r\n0\r\nTrailer: x\r\n\r\n";

static void any_pieces_give_the_same_answer(void **state)
{
    static const struct {
        const char *wire, *body;
        int status;
    } list[] = {{by_length, "hello", 200}, {by_chunks, "hello, world!", 201}};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        size_t len = strlen(list[k].wire);
        for (size_t piece = 1; piece <= len; piece++) {
            struct qp_response a = {0};
            qp_response_reset(&a);
            for (size_t at = 0; at < len; at += piece)
                assert_int_equal(qp_response_feed(&a, list[k].wire + at, at + piece < len ? piece : len - at),
                                 at + piece < len ? piece : len - at);
            assert_true(a.done);
            assert_int_equal(a.status, list[k].status);
            assert_string_equal(a.body, list[k].body);
            assert_false(a.close);
            qp_response_free(&a);
        }
    }
}

static void nothing_is_taken_beyond_the_end(void **state)
{
    char two[400];
    struct qp_response a = {0};
    (void)state;
    snprintf(two, sizeof two, "%s%s", by_length, by_chunks);
    qp_response_reset(&a);
    assert_int_equal(qp_response_feed(&a, two, strlen(two)), strlen(by_length));
    assert_true(a.done);
    qp_response_reset(&a);
    assert_int_equal(qp_response_feed(&a, two + strlen(by_length), strlen(by_chunks)), strlen(by_chunks));
    assert_string_equal(a.body, "hello, world!");
    qp_response_free(&a);
}

static void an_answer_without_a_length_lasts_until_the_end(void **state)
{
    static const char wire[] = "HTTP/1.0 503 Later\r\nRetry-After: 7\r\n\r\nbody";
    struct qp_response a = {0};
    (void)state;
    qp_response_reset(&a);
    assert_int_equal(qp_response_feed(&a, wire, strlen(wire)), strlen(wire));
    assert_false(a.done);
    assert_true(qp_response_closed(&a));
    assert_true(a.close);
    assert_int_equal(a.retry_after_s, 7);
    assert_string_equal(a.body, "body");
    qp_response_free(&a);
}

/* A stream's head comes alone, and who reads on looks at the body after each piece. */
static void a_body_ends_with_nul_also_before_it_comes(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct qp_response a = {0};
    (void)state;
    char *dirty = malloc(4096);
    memset(dirty, 'x', 4096);
    assert_int_equal(dirty[9], 'x'); /* so that it is written */
    free(dirty);
    qp_response_reset(&a);
    assert_int_equal(qp_response_feed(&a, head, strlen(head)), strlen(head));
    assert_non_null(a.body);
    assert_string_equal(a.body, "");
    qp_response_free(&a);
}

static void a_cut_answer_is_not_done(void **state)
{
    struct qp_response a = {0};
    (void)state;
    for (size_t n = 0; n + 1 < strlen(by_length); n++) {
        qp_response_reset(&a);
        qp_response_feed(&a, by_length, n);
        assert_false(qp_response_closed(&a));
    }
    qp_response_free(&a);
}

static void what_is_not_http_is_refused(void **state)
{
    static const char *const bad[] = {"SSH-2.0-OpenSSH\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                                      "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"};
    struct qp_response a = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        qp_response_reset(&a);
        assert_int_equal(qp_response_feed(&a, bad[i], strlen(bad[i])), -1);
    }
    qp_response_free(&a);
}

static void a_bound_of_its_own_is_kept_and_told(void **state)
{
    static const char by_end[] = "HTTP/1.1 200 OK\r\n\r\nhello";
    const char *const wire[] = {by_length, by_chunks, by_end};
    struct qp_response a = {.body_most = 4};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        qp_response_reset(&a);
        assert_int_equal(qp_response_feed(&a, wire[i], strlen(wire[i])), -1);
        assert_true(a.too_big);
        assert_int_equal(qp_response_most(&a), 4);
    }
    a.body_most = 13;
    qp_response_reset(&a);
    assert_true(qp_response_feed(&a, by_chunks, strlen(by_chunks)) > 0);
    assert_false(a.too_big);
    qp_response_free(&a);
}

static void a_wait_that_is_asked_for_has_an_end(void **state)
{
    static const struct {
        const char *said;
        long wait_s;
    } list[] = {{"7", 7},
                {"99999999", QP_RETRY_MOST_S},
                {"99999999999999999999", QP_RETRY_MOST_S},
                {"-5", 0},
                {"soon", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        char wire[200];
        struct qp_response a = {0};
        snprintf(wire, sizeof wire, "HTTP/1.1 503 Later\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
                 list[i].said);
        qp_response_reset(&a);
        qp_response_feed(&a, wire, strlen(wire));
        assert_int_equal(a.retry_after_s, list[i].wait_s);
        qp_response_free(&a);
    }
}

static void a_line_without_end_is_refused(void **state)
{
    static char long_line[QP_RESPONSE_HEAD_MAX + 100];
    struct qp_response a = {0};
    (void)state;
    memset(long_line, 'a', sizeof long_line);
    qp_response_reset(&a);
    assert_int_equal(qp_response_feed(&a, long_line, sizeof long_line), -1);
    qp_response_free(&a);
}

/* Nothing listens at port 1: what an earlier call answered is not this one's. */
static void a_call_without_an_answer_has_no_status(void **state)
{
    struct qp_client cl;
    struct qp_err e = {0};
    (void)state;
    assert_int_equal(qp_client_to(&cl, "http://127.0.0.1:1", NULL, &e), 0);
    cl.answer.status = 404;
    assert_int_equal(qp_client_call(&cl, "GET", "/", NULL, NULL, 0, &e), QP_EUNREACHABLE);
    assert_int_equal(cl.answer.status, 0);
    qp_client_close(&cl);
}

/* The descriptor 0 is the caller's, not the client's. */
static void an_address_that_is_refused_leaves_nothing_to_close(void **state)
{
    struct qp_client cl = {0};
    struct qp_err e = {0};
    (void)state;
    assert_int_equal(qp_client_to_other(&cl, "https://a.example", &e), QP_EINVAL);
    assert_int_equal(cl.fd, -1);
    assert_int_equal(cl.ends, -1);
    qp_client_close(&cl);
}

/* Also by the code in a line of an answer of many. */
static void what_passes_by_itself(void **state)
{
    static const int PASS[] = {429, 500, 503, 507}, STAY[] = {200, 204, 400, 401, 403, 404, 409, 413, 422};
    (void)state;
    assert_true(qp_client_passes(QP_EUNREACHABLE, 0));
    for (size_t i = 0; i < sizeof PASS / sizeof *PASS; i++)
        assert_true(qp_client_passes(0, PASS[i]));
    for (size_t i = 0; i < sizeof STAY / sizeof *STAY; i++)
        assert_false(qp_client_passes(QP_EPOLICY, STAY[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_pieces_give_the_same_answer),
        cmocka_unit_test(nothing_is_taken_beyond_the_end),
        cmocka_unit_test(an_answer_without_a_length_lasts_until_the_end),
        cmocka_unit_test(a_body_ends_with_nul_also_before_it_comes),
        cmocka_unit_test(a_cut_answer_is_not_done),
        cmocka_unit_test(what_is_not_http_is_refused),
        cmocka_unit_test(a_bound_of_its_own_is_kept_and_told),
        cmocka_unit_test(a_wait_that_is_asked_for_has_an_end),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(a_call_without_an_answer_has_no_status),
        cmocka_unit_test(an_address_that_is_refused_leaves_nothing_to_close),
        cmocka_unit_test(what_passes_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
