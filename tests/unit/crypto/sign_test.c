/* sign_test.c: Ed25519 against RFC 8032 (through libsodium, without the tag), and the tagged form against
 * OpenSSL. */
#include <sodium.h>
#include <stdlib.h>

#include "tests/unit/crypto/vector.h"

#define SEED_1 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PK_1   "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define TAG    "qipan-test"

/* RFC 8032, 7.1, TEST 1, 2 and 3. */
static const struct {
    const char *seed, *pk, *msg, *sig;
} rfc8032[] = {
    {SEED_1, PK_1, "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f"
     "0595bbe24655141"
     "438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2ea"
     "eb4302aeeb00d29"
     "1612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e"
     "9716ed28dc027be"
     "ceea1ec40a"},
};

static void keypair_1(uint8_t pk[QP_PK_LEN], uint8_t sk[QP_SIGN_SK_LEN])
{
    uint8_t seed[QP_SEED_LEN];
    from_hex(seed, sizeof seed, SEED_1);
    qp_sign_keypair(pk, sk, seed);
}

static void the_vectors_of_rfc_8032_hold_and_a_wrong_key_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rfc8032 / sizeof rfc8032[0]; i++) {
        uint8_t seed[QP_SEED_LEN], pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], msg[8], sig[QP_SIG_LEN];
        size_t len = strlen(rfc8032[i].msg) / 2;
        from_hex(seed, sizeof seed, rfc8032[i].seed);
        from_hex(msg, len, rfc8032[i].msg);
        qp_sign_keypair(pk, sk, seed);
        assert_bytes(pk, sizeof pk, rfc8032[i].pk);
        crypto_sign_detached(sig, NULL, msg, len, sk);
        assert_bytes(sig, sizeof sig, rfc8032[i].sig);
        assert_int_equal(crypto_sign_verify_detached(sig, msg, len, pk), 0);
        from_hex(pk, sizeof pk, rfc8032[(i + 1) % 3].pk);
        assert_int_not_equal(crypto_sign_verify_detached(sig, msg, len, pk), 0);
    }
}

static void the_tagged_form_has_its_golden_bytes(void **state)
{
    (void)state;
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], sig[QP_SIG_LEN];
    keypair_1(pk, sk);
    qp_sign(sig, TAG, "abc", 3, sk);
    assert_bytes(sig, sizeof sig,
                 "9555a8fac50c3910e1eff5dcbea94e168656e7236e3f3e4e042ea74615824bd84a4bfb1f5351b07a67578f584c9"
                 "5439610aa65fe35"
                 "3255f77847fa153670ac0c");
    assert_int_equal(qp_verify(sig, TAG, "abc", 3, pk), 0);
    qp_sign(sig, TAG, NULL, 0, sk);
    assert_bytes(sig, sizeof sig,
                 "c700ddc50948063c4e3bb7a9bb58afb583c5f986c7a880934f4bec0a6b3db2945804d282c6540ac6a69089846e2"
                 "0ac1256873346de"
                 "df85497c16dd7c85a5b903");
    assert_int_equal(qp_verify(sig, TAG, NULL, 0, pk), 0);
}

static void another_key_is_refused(void **state)
{
    (void)state;
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], other_pk[QP_PK_LEN], other_sk[QP_SIGN_SK_LEN],
        seed[QP_SEED_LEN], sig[QP_SIG_LEN];
    keypair_1(pk, sk);
    counting_seed(seed, 7);
    qp_sign_keypair(other_pk, other_sk, seed);
    qp_sign(sig, TAG, "abc", 3, sk);
    assert_int_equal(qp_verify(sig, TAG, "abc", 3, other_pk), QP_ESIG);
}

static void a_signature_serves_one_purpose_only(void **state)
{
    (void)state;
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], sig[QP_SIG_LEN];
    keypair_1(pk, sk);
    qp_sign(sig, TAG, "abc", 3, sk);
    assert_int_equal(qp_verify(sig, "qipan-other", "abc", 3, pk), QP_ESIG);
    /* The border between tag and message is signed too: neither side can lend the other a letter. */
    assert_int_equal(qp_verify(sig, "qipan-tes", "tabc", 4, pk), QP_ESIG);
    assert_int_equal(qp_verify(sig, "qipan-testa", "bc", 2, pk), QP_ESIG);
    assert_int_not_equal(crypto_sign_verify_detached(sig, (const uint8_t *)"abc", 3, pk), 0);
}

static void any_changed_bit_is_refused(void **state)
{
    (void)state;
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], sig[QP_SIG_LEN], msg[40] = {1, 2, 3};
    keypair_1(pk, sk);
    qp_sign(sig, TAG, msg, sizeof msg, sk);
    for (size_t i = 0; i < 8 * sizeof sig; i++) {
        sig[i / 8] ^= (uint8_t)(1 << (i % 8));
        assert_int_equal(qp_verify(sig, TAG, msg, sizeof msg, pk), QP_ESIG);
        sig[i / 8] ^= (uint8_t)(1 << (i % 8));
    }
    for (size_t i = 0; i < sizeof msg; i++) {
        msg[i] ^= 4;
        assert_int_equal(qp_verify(sig, TAG, msg, sizeof msg, pk), QP_ESIG);
        msg[i] ^= 4;
    }
    assert_int_equal(qp_verify(sig, TAG, msg, sizeof msg - 1, pk), QP_ESIG);
    assert_int_equal(qp_verify(sig, TAG, msg, sizeof msg, pk), 0);
}

/* Adding the group's order to the second half gives another signature for the same message, if nobody looks.
 */
static void a_malleated_signature_is_refused(void **state)
{
    (void)state;
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], sig[QP_SIG_LEN], order[32];
    from_hex(order, sizeof order, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    keypair_1(pk, sk);
    qp_sign(sig, TAG, "abc", 3, sk);
    unsigned carry = 0;
    for (int i = 0; i < 32; i++) {
        carry += (unsigned)sig[32 + i] + order[i];
        sig[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(qp_verify(sig, TAG, "abc", 3, pk), QP_ESIG);
}

static void a_small_order_key_is_refused(void **state)
{
    (void)state;
    /* With the neutral element as key and as R and S = 0, the bare equation holds for every message. */
    uint8_t pk[QP_PK_LEN] = {1}, sig[QP_SIG_LEN] = {1};
    assert_int_equal(qp_verify(sig, TAG, "abc", 3, pk), QP_ESIG);
}

static void a_message_larger_than_the_stack_buffer_is_signed_alike(void **state)
{
    (void)state;
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN], sig[QP_SIG_LEN], raw[QP_SIG_LEN];
    keypair_1(pk, sk);
    for (size_t len = 1000; len <= 70000; len += len < 1030 ? 1 : 23000) {
        uint8_t *m = malloc(sizeof TAG + len);
        assert_non_null(m);
        memcpy(m, TAG, sizeof TAG);
        memset(m + sizeof TAG, 0x5a, len);
        qp_sign(sig, TAG, m + sizeof TAG, len, sk);
        crypto_sign_detached(raw, NULL, m, sizeof TAG + len, sk);
        assert_memory_equal(sig, raw, sizeof sig);
        assert_int_equal(qp_verify(sig, TAG, m + sizeof TAG, len, pk), 0);
        free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_8032_hold_and_a_wrong_key_fails),
        cmocka_unit_test(the_tagged_form_has_its_golden_bytes),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(a_signature_serves_one_purpose_only),
        cmocka_unit_test(any_changed_bit_is_refused),
        cmocka_unit_test(a_malleated_signature_is_refused),
        cmocka_unit_test(a_small_order_key_is_refused),
        cmocka_unit_test(a_message_larger_than_the_stack_buffer_is_signed_alike),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
