/* lock_test.c: records under a key of their own, with the vector of draft-irtf-cfrg-xchacha-03, A.3.1. */
#include "tests/unit/crypto/vector.h"

static const char SUNSCREEN[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
    "future, sunscreen would be it.";
#define ABOUT "50515253c0c1c2c3c4c5c6c7"
#define KEY   "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
#define NONCE "404142434445464748494a4b4c4d4e4f5051525354555657"
#define LOCKED                                                                                               \
    NONCE "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39" \
          "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9" \
          "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
enum { LEN = sizeof SUNSCREEN - 1 };

static void the_drafts_vector_is_made_and_opened(void **state)
{
    (void)state;
    uint8_t about[12], key[QP_KEY_LEN], nonce[QP_LOCK_NONCE], out[LEN + QP_LOCK_OVERHEAD], back[LEN];
    from_hex(about, sizeof about, ABOUT);
    from_hex(key, sizeof key, KEY);
    from_hex(nonce, sizeof nonce, NONCE);
    qp_lock(out, SUNSCREEN, LEN, about, sizeof about, nonce, key);
    assert_bytes(out, sizeof out, LOCKED);
    assert_int_equal(qp_unlock(back, out, sizeof out, about, sizeof about, key), 0);
    assert_memory_equal(back, SUNSCREEN, LEN);
}

static void no_byte_of_it_may_change(void **state)
{
    (void)state;
    uint8_t about[12] = {1}, key[QP_KEY_LEN] = {2}, nonce[QP_LOCK_NONCE] = {3}, out[LEN + QP_LOCK_OVERHEAD],
            back[LEN];
    qp_lock(out, SUNSCREEN, LEN, about, sizeof about, nonce, key);
    for (size_t i = 0; i < sizeof out; i++) {
        out[i] ^= 1;
        assert_int_equal(qp_unlock(back, out, sizeof out, about, sizeof about, key), QP_ESIG);
        out[i] ^= 1;
    }
    for (size_t n = 0; n < sizeof out; n++)
        assert_int_equal(qp_unlock(back, out, n, about, sizeof about, key), QP_ESIG);
    about[0]++;
    assert_int_equal(qp_unlock(back, out, sizeof out, about, sizeof about, key), QP_ESIG);
    about[0]--;
    key[0]++;
    assert_int_equal(qp_unlock(back, out, sizeof out, about, sizeof about, key), QP_ESIG);
}

static void a_box_by_a_seed_is_a_sealed_box_and_the_same_again(void **state)
{
    (void)state;
    uint8_t seed[QP_SEED_LEN] = {7}, pk[QP_PK_LEN], sk[QP_SK_LEN], a[LEN + QP_SEAL_OVERHEAD], b[sizeof a],
            back[LEN];
    qp_box_keypair(pk, sk, seed);
    seed[1] = 1;
    qp_seal_by(a, SUNSCREEN, LEN, pk, seed);
    qp_seal_by(b, SUNSCREEN, LEN, pk, seed);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(qp_open(back, a, sizeof a, pk, sk), 0);
    assert_memory_equal(back, SUNSCREEN, LEN);
    seed[1] = 2;
    qp_seal_by(b, SUNSCREEN, LEN, pk, seed);
    assert_memory_not_equal(a, b, QP_PK_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drafts_vector_is_made_and_opened),
        cmocka_unit_test(no_byte_of_it_may_change),
        cmocka_unit_test(a_box_by_a_seed_is_a_sealed_box_and_the_same_again),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
