/* hash_test.c: BLAKE2b-256 against known answers, in one piece and in parts. */
#include "tests/unit/crypto/vector.h"

static void known_answers_are_met(void **state)
{
    (void)state;
    struct qp_hash h;
    qp_hash(&h, NULL, 0);
    assert_bytes(h.b, sizeof h.b, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    qp_hash(&h, "abc", 3);
    assert_bytes(h.b, sizeof h.b, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    uint8_t counting[256];
    for (int i = 0; i < 256; i++)
        counting[i] = (uint8_t)i;
    qp_hash(&h, counting, sizeof counting);
    assert_bytes(h.b, sizeof h.b, "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835");
    char a[1000];
    memset(a, 'a', sizeof a);
    qp_hash(&h, a, sizeof a);
    assert_bytes(h.b, sizeof h.b, "e00b0ddbf1e2cdaf5c898e1a5e8826ea3a2c339bcf2a478da2e5fca9ff126672");
}

static void parts_hash_as_their_concatenation(void **state)
{
    (void)state;
    struct qp_hash whole, parts;
    qp_hash(&whole, "abc", 3);
    const struct qp_part p[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
    qp_hash_parts(&parts, p, 3);
    assert_true(qp_hash_eq(&whole, &parts));
    qp_hash_parts(&parts, p, 2);
    assert_false(qp_hash_eq(&whole, &parts));
}

static void one_changed_bit_makes_another_hash(void **state)
{
    (void)state;
    struct qp_hash a, b;
    qp_hash(&a, "abc", 3);
    b = a;
    assert_true(qp_hash_eq(&a, &b));
    for (size_t i = 0; i < sizeof b.b; i++) {
        b.b[i] ^= 0x10;
        assert_false(qp_hash_eq(&a, &b));
        b.b[i] ^= 0x10;
    }
}

static void only_zeros_are_the_zero_hash(void **state)
{
    (void)state;
    struct qp_hash h = {{0}};
    assert_true(qp_hash_zero(&h));
    h.b[QP_HASH_LEN - 1] = 1;
    assert_false(qp_hash_zero(&h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_are_met),
        cmocka_unit_test(parts_hash_as_their_concatenation),
        cmocka_unit_test(one_changed_bit_makes_another_hash),
        cmocka_unit_test(only_zeros_are_the_zero_hash),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
