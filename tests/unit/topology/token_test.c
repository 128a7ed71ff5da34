/* token_test.c: a join token's text is one text, and whatever is wrong with a copy of it is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/token.h"

static struct qp_token sample(void)
{
    struct qp_token t = {
        .expires_us = 1780000000000000, .path = "suzhou/yongqiao", .endpoint = "tcp://10.0.0.7:5571"};
    memset(t.root.b, 1, QP_HASH_LEN);
    memset(t.parent_link_key, 2, QP_PK_LEN);
    memset(t.secret, 3, QP_SEED_LEN);
    return t;
}

static void same(const struct qp_token *a, const struct qp_token *b)
{
    assert_true(a->expires_us == b->expires_us);
    assert_memory_equal(a->root.b, b->root.b, QP_HASH_LEN);
    assert_memory_equal(a->parent_link_key, b->parent_link_key, QP_PK_LEN);
    assert_memory_equal(a->secret, b->secret, QP_SEED_LEN);
    assert_string_equal(a->path, b->path);
    assert_string_equal(a->endpoint, b->endpoint);
}

static void a_token_comes_back_as_it_was_printed(void **state)
{
    (void)state;
    char text[QP_TOKEN_TEXT_MAX], wrapped[QP_TOKEN_TEXT_MAX + 8];
    struct qp_token in = sample(), out;
    assert_int_equal(qp_token_print(text, &in, NULL), 0);
    assert_memory_equal(text, "qipan1.", 7);
    assert_int_equal(qp_token_parse(&out, text, NULL), 0);
    same(&in, &out);
    snprintf(wrapped, sizeof wrapped, " \t%s\r\n", text); /* as it is pasted */
    assert_int_equal(qp_token_parse(&out, wrapped, NULL), 0);
    same(&in, &out);
}

static void the_longest_token_fits(void **state)
{
    (void)state;
    char text[QP_TOKEN_TEXT_MAX];
    struct qp_token in = sample(), out;
    in.path[0] = 0;
    for (int i = 0; i < QP_PATH_DEPTH; i++)
        assert_int_equal(qp_path_join(in.path, in.path, "abcdefghijklmnopqrstuvwxyz012345", NULL), 0);
    assert_int_equal(strlen(in.path), QP_PATH_MAX - 1);
    memset(in.endpoint, 'h', QP_ENDPOINT_MAX);
    memcpy(in.endpoint, "tcp://", 6);
    memcpy(in.endpoint + QP_ENDPOINT_MAX - 6, ":65535", 7);
    in.expires_us = INT64_MAX;
    assert_int_equal(qp_token_print(text, &in, NULL), 0);
    assert_int_equal(qp_token_parse(&out, text, NULL), 0);
    same(&in, &out);
}

static void every_mistyped_character_is_noticed(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char text[QP_TOKEN_TEXT_MAX];
    struct qp_token in = sample(), out;
    assert_int_equal(qp_token_print(text, &in, NULL), 0);
    for (size_t i = 0; text[i]; i++) {
        char was = text[i];
        for (const char *c = alphabet; *c; c++) {
            if (*c == was)
                continue;
            text[i] = *c;
            struct qp_err e = {0};
            assert_int_equal(qp_token_parse(&out, text, &e), QP_EINVAL);
            assert_true(e.text[0] != 0);
        }
        text[i] = was;
    }
    assert_int_equal(qp_token_parse(&out, text, NULL), 0);
}

static void a_token_that_was_cut_short_is_called_so(void **state)
{
    (void)state;
    char text[QP_TOKEN_TEXT_MAX];
    struct qp_token in = sample(), out;
    assert_int_equal(qp_token_print(text, &in, NULL), 0);
    for (size_t len = strlen(text) - 1; len > 7; len--) {
        struct qp_err e = {0};
        text[len] = 0;
        assert_int_equal(qp_token_parse(&out, text, &e), QP_EINVAL);
        assert_non_null(strstr(e.text, "cut short"));
    }
}

static void what_is_no_token_is_told_by_reason(void **state)
{
    (void)state;
    char text[2 * QP_TOKEN_TEXT_MAX + 8], again[QP_TOKEN_TEXT_MAX];
    struct qp_token in = sample(), out;
    struct qp_err e;
    assert_int_equal(qp_token_parse(&out, "hello", &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "not a qipan token"));
    assert_int_equal(qp_token_parse(&out, "", &e), QP_EINVAL);
    assert_int_equal(qp_token_parse(&out, "qipan1.", &e), QP_EINVAL);
    assert_int_equal(qp_token_print(again, &in, NULL), 0);
    snprintf(text, sizeof text, "%sAAAA", again);
    assert_int_equal(qp_token_parse(&out, text, &e), QP_EINVAL);
    snprintf(text, sizeof text, "%.60s %s", again, again + 60); /* broken by a line's end */
    assert_int_equal(qp_token_parse(&out, text, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "character 61"));
    memset(text, 'A', sizeof text - 1);
    memcpy(text, "qipan1.", 7);
    text[sizeof text - 1] = 0;
    assert_int_equal(qp_token_parse(&out, text, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "too long"));
}

static void a_token_needs_an_endpoint_that_can_be_dialled(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "tcp://",
                                      "tcp://:5571",
                                      "tcp://host",
                                      "tcp://host:",
                                      "tcp://host:0",
                                      "tcp://host:65536",
                                      "tcp://host:55a",
                                      "ipc://host:5571",
                                      "tcp://*:5571",
                                      "tcp://a b:5571",
                                      "tcp://a/b:5571",
                                      "tcp://host:000005571"};
    static const char *const good[] = {"tcp://host:1", "tcp://[::1]:65535", "tcp://a-b.example:5571"};
    char text[QP_TOKEN_TEXT_MAX];
    struct qp_token t = sample();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(t.endpoint, sizeof t.endpoint, "%s", bad[i]);
        assert_int_equal(qp_token_print(text, &t, NULL), QP_EINVAL);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(t.endpoint, sizeof t.endpoint, "%s", good[i]);
        assert_int_equal(qp_token_print(text, &t, NULL), 0);
    }
    snprintf(t.path, sizeof t.path, "Suzhou");
    assert_int_equal(qp_token_print(text, &t, NULL), QP_EINVAL);
}

/* Bytes with a fitting check, but not what a token holds: made as a hostile printer would. */
static int parse_bytes(const uint8_t *b, size_t len)
{
    uint8_t all[1024];
    char text[2048] = "qipan1.";
    struct qp_hash h;
    struct qp_token t;
    memcpy(all, b, len);
    qp_hash(&h, b, len);
    memcpy(all + len, h.b, 4);
    qp_b64(text + 7, all, len + 4);
    return qp_token_parse(&t, text, NULL);
}

static void a_token_never_carries_every_address_of_a_machine(void **state)
{
    static const char *const every[] = {"tcp://0.0.0.0:5571", "tcp://[::]:5571"};
    (void)state;
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        char text[QP_TOKEN_TEXT_MAX];
        struct qp_token t = sample();
        struct qp_err e = {0};
        strcpy(t.endpoint, every[i]);
        assert_true(qp_endpoint_anywhere(every[i]));
        assert_int_equal(qp_token_print(text, &t, &e), QP_EPOLICY);
        assert_non_null(strstr(e.text, "link.advertise"));
    }
    assert_true(qp_endpoint_anywhere("tcp://*:5571") && qp_endpoint_anywhere("tcp://10.0.0.7:0"));
    assert_false(qp_endpoint_anywhere("tcp://10.0.0.7:5571") || qp_endpoint_anywhere("tcp://[::1]:5571") ||
                 qp_endpoint_anywhere("tcp://a.example.org:5571"));
}

static void bytes_with_a_fitting_check_are_doubted_all_the_same(void **state)
{
    (void)state;
    uint32_t seed = 20260301; /* printed with a failure by its value here */
    for (int round = 0; round < 20000; round++) {
        uint8_t b[400] = {1};
        seed = seed * 1664525u + 1013904223u;
        size_t path = seed >> 28, endpoint = seed >> 24 & 31, at = 105;
        b[at + 1] = (uint8_t)path;
        for (size_t i = 0; i < path; i++)
            b[at + 2 + i] = (uint8_t)(seed >> (i % 24));
        at += 2 + path;
        b[at + 1] = (uint8_t)endpoint;
        at += 2 + endpoint;
        if (round % 7 == 0)
            b[seed % at] = (uint8_t)(seed >> 8);
        assert_int_equal(parse_bytes(b, at), QP_EINVAL);
    }
    struct qp_token t = sample();
    uint8_t b[400] = {1};
    memcpy(b + 9, t.root.b, 32);
    b[106] = (uint8_t)strlen(t.path);
    memcpy(b + 107, t.path, strlen(t.path));
    size_t at = 107 + strlen(t.path);
    b[at + 1] = (uint8_t)strlen(t.endpoint);
    memcpy(b + at + 2, t.endpoint, strlen(t.endpoint));
    at += 2 + strlen(t.endpoint);
    assert_int_equal(parse_bytes(b, at), 0); /* the layout above is the right one */
    b[0] = 2;
    assert_int_equal(parse_bytes(b, at), QP_EINVAL);
    b[0] = 1;
    b[110] = 0; /* a path that ends early */
    assert_int_equal(parse_bytes(b, at), QP_EINVAL);
}

static void both_sides_derive_the_same_link_keys_from_the_secret(void **state)
{
    (void)state;
    struct qp_token a = sample(), b = sample();
    uint8_t pk[2][QP_PK_LEN], sk[2][QP_SK_LEN];
    snprintf(b.path, sizeof b.path, "other");
    qp_token_link_keys(&a, pk[0], sk[0]);
    qp_token_link_keys(&b, pk[1], sk[1]);
    assert_memory_equal(pk[0], pk[1], QP_PK_LEN);
    assert_memory_equal(sk[0], sk[1], QP_SK_LEN);
    b.secret[31] ^= 1;
    qp_token_link_keys(&b, pk[1], sk[1]);
    assert_memory_not_equal(pk[0], pk[1], QP_PK_LEN);
}

static int init(void **state)
{
    (void)state;
    return qp_crypto_init(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_comes_back_as_it_was_printed),
        cmocka_unit_test(the_longest_token_fits),
        cmocka_unit_test(every_mistyped_character_is_noticed),
        cmocka_unit_test(a_token_that_was_cut_short_is_called_so),
        cmocka_unit_test(what_is_no_token_is_told_by_reason),
        cmocka_unit_test(a_token_needs_an_endpoint_that_can_be_dialled),
        cmocka_unit_test(a_token_never_carries_every_address_of_a_machine),
        cmocka_unit_test(bytes_with_a_fitting_check_are_doubted_all_the_same),
        cmocka_unit_test(both_sides_derive_the_same_link_keys_from_the_secret),
    };
    return cmocka_run_group_tests_name("token", tests, init, NULL);
}
