/* receipt_test.c: receipt numbers: what they are made of, and that a number that was misread is none. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "crypto/crypto.h"
#include "node/http/shape/receipt.h"
#include "tests/unit/http/rig.h"

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void some_id(uint8_t id[QP_ID_LEN], unsigned n)
{
    struct qp_hash h;
    qp_hash(&h, &n, sizeof n);
    memcpy(id, h.b, QP_ID_LEN);
    id[0] &= 0x1f; /* milliseconds until the year 3084 */
}

static void a_number_names_its_id_and_the_few_that_share_its_beginning(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2000; n++) {
        uint8_t id[QP_ID_LEN], from[QP_ID_LEN], to[QP_ID_LEN];
        char number[QP_RECEIPT_TEXT], again[QP_RECEIPT_TEXT];
        some_id(id, n);
        qp_receipt_number(number, id);
        assert_int_equal(strlen(number), QP_RECEIPT_TEXT - 1);
        assert_true(qp_receipt_parse(from, to, again, number));
        assert_string_equal(number, again);
        assert_true(memcmp(from, id, QP_ID_LEN) <= 0 && memcmp(id, to, QP_ID_LEN) <= 0);
        assert_memory_equal(from, to, 8);
        assert_int_equal(from[8] >> 4, to[8] >> 4);
    }
}

static void one_wrong_character_and_two_that_changed_places_are_no_number(void **state)
{
    (void)state;
    uint8_t id[QP_ID_LEN], from[QP_ID_LEN], to[QP_ID_LEN];
    char number[QP_RECEIPT_TEXT], wrong[QP_RECEIPT_TEXT], again[QP_RECEIPT_TEXT];
    for (unsigned n = 0; n < 50; n++) {
        some_id(id, n);
        qp_receipt_number(number, id);
        for (size_t i = 0; number[i]; i++) {
            for (const char *c = ALPHABET; number[i] != '-' && *c; c++) {
                memcpy(wrong, number, sizeof wrong);
                wrong[i] = *c;
                assert_int_equal(qp_receipt_parse(from, to, again, wrong), *c == number[i]);
            }
            for (size_t k = i + 1; number[k]; k++) {
                memcpy(wrong, number, sizeof wrong);
                wrong[i] = number[k];
                wrong[k] = number[i];
                if (number[i] != number[k] && number[i] != '-' && number[k] != '-')
                    assert_false(qp_receipt_parse(from, to, again, wrong));
            }
        }
    }
}

static void a_number_is_read_as_people_write_it(void **state)
{
    (void)state;
    uint8_t id[QP_ID_LEN] = {0, 1, 0x40, 0, 0, 0, 0, 0, 0x10}, from[QP_ID_LEN], to[QP_ID_LEN];
    char number[QP_RECEIPT_TEXT], again[QP_RECEIPT_TEXT], loose[64];
    qp_receipt_number(number, id);
    size_t n = 0;
    for (size_t i = 0; number[i]; i++) {
        char c = number[i];
        loose[n++] = ' ';
        if (c == '0')
            loose[n++] = 'o';
        else if (c == '1')
            loose[n++] = i % 2 ? 'l' : 'I';
        else if (c != '-')
            loose[n++] = c >= 'A' ? (char)(c - 'A' + 'a') : c;
    }
    loose[n] = '\0';
    assert_true(qp_receipt_parse(from, to, again, loose));
    assert_string_equal(again, number);
    static const char *const none[] = {
        "", "-", "0", "00000-00000-0000-0", "U0000-00000-0000", "00000-00000-000\xE5"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(qp_receipt_parse(from, to, again, none[i]));
}

static void a_code_is_six_digits_and_another_for_another_salt(void **state)
{
    (void)state;
    uint8_t id[QP_ID_LEN] = {7}, salt[QP_SALT_LEN] = {1};
    char one[QP_RECEIPT_CODE], two[QP_RECEIPT_CODE];
    Qp__Face f = QP__FACE__INIT;
    f.id = (ProtobufCBinaryData){QP_ID_LEN, id};
    f.salt = (ProtobufCBinaryData){QP_SALT_LEN, salt};
    qp_receipt_code(one, &f);
    salt[3] = 9;
    qp_receipt_code(two, &f);
    assert_int_equal(strspn(one, "0123456789"), 6);
    assert_string_not_equal(one, two);
}

static int tried(struct qp_guesses *g, const char *number, const char *from, int64_t now_us, bool right)
{
    struct qp_guess t = {number, true, {{0}}};
    enum qp_guess_lane lane;
    unsigned retry_s;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, from, &v4.sin_addr) == 1)
        qp_address_of(&t.from, (const struct sockaddr *)&v4);
    else if (inet_pton(AF_INET6, from, &v6.sin6_addr) == 1)
        qp_address_of(&t.from, (const struct sockaddr *)&v6);
    int rc = qp_guess_begin(g, &t, now_us, &lane, &retry_s, NULL);
    if (!rc)
        qp_guess_done(g, &t, true, right, now_us);
    return rc;
}

/* Each number once, as who tries all there are does it. Of IPv6 it is the /64 that counts. */
static void who_tries_each_number_once_is_slowed_too(void **state)
{
    enum { SECOND_US = 1000000 };
    static const char *const ELSEWHERE[] = {"198.51.100.8", "2001:db8:0:2::1"};
    (void)state;
    for (size_t way = 0; way < 2; way++) {
        struct qp_guesses g;
        char number[32], from[40];
        int looked = 0;
        qp_guesses_open(&g);
        for (unsigned i = 0; i < 1200; i++) {
            snprintf(number, sizeof number, "number-%u", i);
            snprintf(from, sizeof from, "2001:db8:0:1::%x", i + 1);
            looked += !tried(&g, number, way ? from : "198.51.100.7", SECOND_US, false);
        }
        assert_int_equal(looked, 300);
        const char *there = way ? from : "198.51.100.7";
        assert_int_equal(tried(&g, "another", ELSEWHERE[way], SECOND_US, true), 0);
        assert_int_equal(tried(&g, "third", there, SECOND_US, true), QP_EBUSY);
        assert_int_equal(tried(&g, "third", there, 2 * SECOND_US, true), 0); /* two a second */
        assert_int_equal(tried(&g, "third", there, 2 * SECOND_US, true), 0); /* known from there now */
        qp_guesses_close(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_names_its_id_and_the_few_that_share_its_beginning),
        cmocka_unit_test(one_wrong_character_and_two_that_changed_places_are_no_number),
        cmocka_unit_test(a_number_is_read_as_people_write_it),
        cmocka_unit_test(who_tries_each_number_once_is_slowed_too),
        cmocka_unit_test(a_code_is_six_digits_and_another_for_another_salt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
