/* error_test.c: the names of the errors, and the sentence that is cut at a character's border. */
#include <stdio.h>

#include "tests/unit/crypto/vector.h"

static void every_code_has_its_name_and_status(void **state)
{
    (void)state;
    assert_string_equal(qp_error_name(QP_OK), "ok");
    assert_int_equal(qp_error_http(QP_OK), 200);
    assert_string_equal(qp_error_name(QP_ENOTHOLDER), "not_holder");
    assert_int_equal(qp_error_http(QP_ENOTHOLDER), 409);
    assert_string_equal(qp_error_name(QP_EFULL), "no_room");
    assert_int_equal(qp_error_http(QP_EFULL), 507);
    assert_string_equal(qp_error_name(QP_EVERSIONS), "unknown_version");
    assert_int_equal(qp_error_http(QP_EVERSIONS), 400);
    assert_string_equal(qp_error_name(QP_EOUT), "out_of_service");
    assert_int_equal(qp_error_http(QP_EOUT), 503);
}

static void a_code_outside_the_list_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(qp_error_name(-1), "unknown");
    assert_int_equal(qp_error_named("unknown"), -1);
    assert_string_equal(qp_error_name(QP_EOUT + 1), "unknown");
    assert_int_equal(qp_error_http(9999), 500);
}

static void no_two_errors_share_a_name_or_a_value(void **state)
{
    (void)state;
    for (int a = 0; a <= QP_EOUT; a++) {
        assert_string_not_equal(qp_error_name(a), "unknown"); /* the values have no hole */
        assert_int_equal(qp_error_named(qp_error_name(a)), a);
        for (int b = a + 1; b <= QP_EVERSIONS; b++)
            assert_string_not_equal(qp_error_name(a), qp_error_name(b));
    }
}

static void the_sentence_and_the_code_travel_together(void **state)
{
    (void)state;
    struct qp_err e = {0};
    assert_int_equal(
        qp_fail(&e, QP_EINVAL, "%s:%d: %s", "divisions.csv", 17, "parent_code is not in the file"),
        QP_EINVAL);
    assert_int_equal(e.code, QP_EINVAL);
    assert_string_equal(e.text, "divisions.csv:17: parent_code is not in the file");
    assert_int_equal(qp_fail(NULL, QP_EBUSY, "nobody listens"), QP_EBUSY);
}

static void a_sentence_may_quote_the_one_that_it_replaces(void **state)
{
    (void)state;
    struct qp_err e = {0};
    qp_fail(&e, QP_EIO, "the disk");
    qp_fail(&e, QP_ECORRUPT, "after %s: stop", e.text);
    assert_string_equal(e.text, "after the disk: stop");
}

static void a_long_sentence_is_cut_between_two_characters(void **state)
{
    (void)state;
    struct qp_err e;
    char text[700];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "宿", 4);
        qp_fail(&e, QP_EINVAL, "%s", text);
        size_t len = strlen(e.text);
        assert_true(len <= sizeof e.text - 1 && len > sizeof e.text - 4);
        assert_int_equal((len - shift) % 3, 0);
        assert_memory_equal(e.text, text, len);
    }
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    qp_fail(&e, QP_EINVAL, "%s", text);
    assert_int_equal(strlen(e.text),
                     sizeof e.text - 1); /* nothing is lost where every character is one byte */
}

static void what_is_no_character_is_left_out_wherever_it_stands(void **state)
{
    (void)state;
    struct qp_err e;
    static const struct {
        const char *given, *kept;
    } CASES[] = {{"市政", "市政"},     {"\xe5\xb8", ""},
                 {"a\xff", "a"},       {"\xc3\x28", "("},
                 {"\xed\xa0\x80", ""}, {"\xf4\x90\x80\x80x", "x"},
                 {"\xc0\xaf", ""},     {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, "code `%s` is not found", CASES[i].kept);
        qp_fail(&e, QP_ENOTFOUND, "code `%s` is not found", CASES[i].given);
        assert_string_equal(e.text, wanted);
    }
    qp_fail(&e, QP_ENOTFOUND, "code `%.5s` is not found", "a市政");
    assert_string_equal(e.text, "code `a市` is not found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_name_and_status),
        cmocka_unit_test(a_code_outside_the_list_is_unknown),
        cmocka_unit_test(no_two_errors_share_a_name_or_a_value),
        cmocka_unit_test(the_sentence_and_the_code_travel_together),
        cmocka_unit_test(a_sentence_may_quote_the_one_that_it_replaces),
        cmocka_unit_test(a_long_sentence_is_cut_between_two_characters),
        cmocka_unit_test(what_is_no_character_is_left_out_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
