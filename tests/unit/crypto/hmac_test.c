/* hmac_test.c: HMAC-SHA256 against the answers of RFC 4231, in one piece and in parts. */
#include "tests/unit/crypto/vector.h"

static void the_answers_of_rfc_4231_are_met(void **state)
{
    (void)state;
    struct qp_hash h;
    uint8_t key[131];
    const struct qp_part whole[] = {{"what do ya want for nothing?", 28}};
    const struct qp_part parts[] = {{"what do ya ", 11}, {"", 0}, {"want for nothing?", 17}};
    const struct qp_part longer[] = {{"Test Using Larger Than Block-Size Key - Hash Key First", 54}};
    qp_hmac_sha256(&h, whole, 1, (const uint8_t *)"Jefe", 4);
    assert_bytes(h.b, sizeof h.b, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    qp_hmac_sha256(&h, parts, 3, (const uint8_t *)"Jefe", 4);
    assert_bytes(h.b, sizeof h.b, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    qp_hmac_sha256(&h, longer, 1, key, sizeof key);
    assert_bytes(h.b, sizeof h.b, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void another_key_makes_another_answer(void **state)
{
    (void)state;
    struct qp_hash one, two;
    const struct qp_part part[] = {{"a", 1}};
    qp_hmac_sha256(&one, part, 1, (const uint8_t *)"Jefe", 4);
    qp_hmac_sha256(&two, part, 1, (const uint8_t *)"Jeff", 4);
    assert_memory_not_equal(one.b, two.b, sizeof one.b);
}

/* RFC 2202, 3: cases 1, 2 and 6's kind: a key that is too long is refused. */
static void hmac_sha1_has_the_vectors_of_rfc_2202(void **state)
{
    (void)state;
    uint8_t out[QP_SHA1_LEN], key[20];
    char hex[2 * QP_SHA1_LEN + 1], long_key[80] = {0}, text[200];
    memset(key, 0x0b, sizeof key);
    assert_true(qp_hmac_sha1(out, "Hi There", 8, key, sizeof key));
    qp_hex(hex, out, sizeof out);
    assert_string_equal(hex, "b617318655057264e28bc0b6fb378c8ef146be00");
    assert_true(qp_hmac_sha1(out, "what do ya want for nothing?", 28, "Jefe", 4));
    qp_hex(hex, out, sizeof out);
    assert_string_equal(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xaa, sizeof key);
    memset(text, 0xdd, 50);
    assert_true(qp_hmac_sha1(out, text, 50, key, sizeof key));
    qp_hex(hex, out, sizeof out);
    assert_string_equal(hex, "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    assert_false(qp_hmac_sha1(out, text, 50, long_key, sizeof long_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_sha1_has_the_vectors_of_rfc_2202),
        cmocka_unit_test(the_answers_of_rfc_4231_are_met),
        cmocka_unit_test(another_key_makes_another_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
