/* password_test.c: Argon2id hashes carry their parameters and admit one password only. */
#include "tests/unit/crypto/vector.h"

static void the_right_password_passes_and_others_do_not(void **state)
{
    (void)state;
    char hash[QP_PASSWORD_LEN];
    assert_int_equal(qp_password_hash(hash, "沱河街道-1", NULL), 0);
    assert_int_equal(qp_password_check(hash, "沱河街道-1"), 0);
    assert_int_equal(qp_password_check(hash, "沱河街道-2"), QP_EAUTH);
    assert_int_equal(qp_password_check(hash, ""), QP_EAUTH);
}

static void the_parameters_are_owasps_minimum(void **state)
{
    (void)state;
    char hash[QP_PASSWORD_LEN];
    assert_int_equal(qp_password_hash(hash, "x", NULL), 0);
    const char head[] = "$argon2id$v=19$m=19456,t=2,p=1$";
    assert_memory_equal(hash, head, sizeof head - 1);
}

static void the_same_password_never_gives_the_same_hash(void **state)
{
    (void)state;
    char a[QP_PASSWORD_LEN], b[QP_PASSWORD_LEN];
    assert_int_equal(qp_password_hash(a, "x", NULL), 0);
    assert_int_equal(qp_password_hash(b, "x", NULL), 0);
    assert_string_not_equal(a, b);
}

static void what_is_not_a_hash_admits_nobody(void **state)
{
    (void)state;
    char longer[QP_PASSWORD_LEN + 20];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_int_equal(qp_password_check("", ""), QP_EAUTH);
    assert_int_equal(qp_password_check("x", "x"), QP_EAUTH);
    assert_int_equal(qp_password_check(longer, "x"), QP_EAUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_password_passes_and_others_do_not),
        cmocka_unit_test(the_parameters_are_owasps_minimum),
        cmocka_unit_test(the_same_password_never_gives_the_same_hash),
        cmocka_unit_test(what_is_not_a_hash_admits_nobody),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
