/* seal_test.c: sealed boxes, with the keys of RFC 7748, 6.1: Alice is the one-time key, Bob opens. */
#include <sodium.h>

#include "tests/unit/crypto/vector.h"

#define ALICE_SK "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
#define ALICE_PK "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define BOB_SK   "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
#define BOB_PK   "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
#define SHARED   "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
/* "a personal record" from Alice's key to Bob's: as libsodium's documentation defines a sealed box. */
#define SEALED                                                                                               \
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a314662ff510a3c5c199620e215e152bcc627dc" \
    "a39a8b6c3fb10a6b08881846390b"

static const char record[] = "a personal record";
enum { RECORD_LEN = sizeof record - 1, SEALED_LEN = RECORD_LEN + QP_SEAL_OVERHEAD };

static void the_vector_of_rfc_7748_holds(void **state)
{
    (void)state;
    uint8_t sk[QP_SK_LEN], pk[QP_PK_LEN], shared[32];
    from_hex(sk, sizeof sk, ALICE_SK);
    assert_int_equal(crypto_scalarmult_base(pk, sk), 0);
    assert_bytes(pk, sizeof pk, ALICE_PK);
    from_hex(pk, sizeof pk, BOB_PK);
    assert_int_equal(crypto_scalarmult(shared, sk, pk), 0);
    assert_bytes(shared, sizeof shared, SHARED);
}

static void a_golden_box_opens_with_its_key_only(void **state)
{
    (void)state;
    uint8_t sealed[SEALED_LEN], out[RECORD_LEN], pk[QP_PK_LEN], sk[QP_SK_LEN], other_pk[QP_PK_LEN],
        other_sk[QP_SK_LEN];
    from_hex(sealed, sizeof sealed, SEALED);
    from_hex(pk, sizeof pk, BOB_PK);
    from_hex(sk, sizeof sk, BOB_SK);
    from_hex(other_pk, sizeof other_pk, ALICE_PK);
    from_hex(other_sk, sizeof other_sk, ALICE_SK);
    assert_int_equal(qp_open(out, sealed, sizeof sealed, pk, sk), 0);
    assert_memory_equal(out, record, RECORD_LEN);
    assert_int_equal(qp_open(out, sealed, sizeof sealed, other_pk, other_sk), QP_ESIG);
    assert_int_equal(qp_open(out, sealed, sizeof sealed, pk, other_sk), QP_ESIG);
    assert_int_equal(qp_open(out, sealed, sizeof sealed, other_pk, sk), QP_ESIG);
}

static void what_is_sealed_is_opened_and_no_two_boxes_are_alike(void **state)
{
    (void)state;
    uint8_t seed[QP_SEED_LEN], pk[QP_PK_LEN], sk[QP_SK_LEN], a[SEALED_LEN], b[SEALED_LEN], out[RECORD_LEN];
    counting_seed(seed, 1);
    qp_box_keypair(pk, sk, seed);
    qp_seal(a, record, RECORD_LEN, pk);
    qp_seal(b, record, RECORD_LEN, pk);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(qp_open(out, a, sizeof a, pk, sk), 0);
    assert_memory_equal(out, record, RECORD_LEN);
    qp_seal(a, NULL, 0, pk);
    assert_int_equal(qp_open(out, a, QP_SEAL_OVERHEAD, pk, sk), 0);
}

static void any_changed_byte_or_length_is_refused(void **state)
{
    (void)state;
    uint8_t sealed[SEALED_LEN], out[RECORD_LEN], pk[QP_PK_LEN], sk[QP_SK_LEN];
    from_hex(sealed, sizeof sealed, SEALED);
    from_hex(pk, sizeof pk, BOB_PK);
    from_hex(sk, sizeof sk, BOB_SK);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 0x20;
        assert_int_equal(qp_open(out, sealed, sizeof sealed, pk, sk), QP_ESIG);
        sealed[i] ^= 0x20;
    }
    for (size_t len = 0; len < sizeof sealed; len++)
        assert_int_equal(qp_open(out, sealed, len, pk, sk), QP_ESIG);
}

static void a_box_for_a_small_order_key_carries_nothing(void **state)
{
    (void)state;
    const uint8_t zero_pk[QP_PK_LEN] = {0};
    uint8_t sealed[SEALED_LEN], zeros[SEALED_LEN] = {0};
    memset(sealed, 0xee, sizeof sealed);
    qp_seal(sealed, record, RECORD_LEN, zero_pk);
    assert_memory_equal(sealed, zeros, sizeof sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_of_rfc_7748_holds),
        cmocka_unit_test(a_golden_box_opens_with_its_key_only),
        cmocka_unit_test(what_is_sealed_is_opened_and_no_two_boxes_are_alike),
        cmocka_unit_test(any_changed_byte_or_length_is_refused),
        cmocka_unit_test(a_box_for_a_small_order_key_carries_nothing),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
