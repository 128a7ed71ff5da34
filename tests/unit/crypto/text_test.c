/* text_test.c: hex and base64url (RFC 4648, 10): one value has one text, every other text is refused. */
#include "tests/unit/crypto/vector.h"

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    uint8_t bytes[256], back[256];
    char text[513];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    for (size_t len = 0; len <= 256; len += 16) {
        qp_hex(text, bytes, len);
        assert_int_equal(strlen(text), 2 * len);
        assert_int_equal(qp_unhex(back, len, text), 0);
        assert_memory_equal(bytes, back, len);
    }
    qp_hex(text, "\x00\xab\xff", 3);
    assert_string_equal(text, "00abff");
}

static void hex_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",        "0",        "00a",      "00ab",     "00abf",
                                        "00abff0", "00abff00", "00ABFF",   "00abfg",   "0x00ab",
                                        " 00abff", "00abff ",  "00abff\n", "00:ab:ff", "00ab\xff\xff"};
    uint8_t out[3];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(qp_unhex(out, sizeof out, wrong[i]), QP_EINVAL);
    assert_int_equal(qp_unhex(out, sizeof out, "00abff"), 0);
}

static void base64_has_the_texts_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } known[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
                 {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[16];
        uint8_t back[8];
        size_t len = strlen(known[i].bytes);
        qp_b64(text, known[i].bytes, len);
        assert_string_equal(text, known[i].text);
        assert_int_equal(qp_b64_len(len), strlen(text));
        assert_int_equal(qp_unb64(back, sizeof back, text), (long)len);
        assert_memory_equal(back, known[i].bytes, len);
    }
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    /* padding, spare bits in the tail, the other alphabet, blanks, a lonely character, an unknown one */
    static const char *const wrong[] = {"Zg==",  "Zm8=",   "Zh", "Zm9",   "+/+/", "Zm9v ",
                                        " Zm9v", "Zm9v\n", "Z",  "Zm9vY", "Zm*v", "宿"};
    uint8_t out[16];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(qp_unb64(out, sizeof out, wrong[i]), -1);
    for (int c = 0x80; c <= 0xff; c++) {
        const char above[] = {'Z', 'm', '9', (char)c, '\0'};
        assert_int_equal(qp_unb64(out, sizeof out, above), -1);
    }
}

static void base64_of_more_than_the_room_is_refused(void **state)
{
    (void)state;
    uint8_t out[4] = {0, 0, 0, 0xee};
    assert_int_equal(qp_unb64(out, 3, "Zm9v"), 3);
    assert_int_equal(qp_unb64(out, 3, "Zm9vYg"), -1);
    assert_int_equal(out[3], 0xee);
    assert_int_equal(qp_unb64(out, 0, ""), 0);
}

static void standard_base64_has_padding_and_its_own_two_characters(void **state)
{
    char text[9];
    (void)state;
    qp_b64_padded(text, sizeof text, "\xfb\xff\xbe\x01", 4); /* RFC 4648, section 4 */
    assert_string_equal(text, "+/++AQ==");
    qp_b64_padded(text, 5, "foo", 3);
    assert_string_equal(text, "Zm9v");
}

static void a_character_is_whole_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t left, len;
    } of[] = {{"a", 1, 1},
              {"\0", 1, 1},
              {"\x7f", 1, 1},
              {"\xc2\x80", 2, 2},
              {"\xe4\xba\x95z", 4, 3},
              {"\xef\xbf\xbf", 3, 3},
              {"\xf0\x90\x80\x80", 4, 4},
              {"\xf4\x8f\xbf\xbf", 4, 4},
              /* cut, or its end is another one's beginning */
              {"\xe4\xba\x95", 2, 0},
              {"\xe4\xbaz", 3, 0},
              {"\xf0\x90\x80\xc0", 4, 0},
              {"\xc2z", 2, 0},
              /* a tail, overlong, half of a surrogate, beyond U+10FFFF */
              {"\x80", 1, 0},
              {"\xbf\x80", 2, 0},
              {"\xc1\xbf", 2, 0},
              {"\xe0\x9f\xbf", 3, 0},
              {"\xf0\x8f\xbf\xbf", 4, 0},
              {"\xed\xa0\x80", 3, 0},
              {"\xf4\x90\x80\x80", 4, 0},
              {"\xf5\x80\x80\x80", 4, 0},
              {"\xff", 1, 0}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        assert_int_equal(qp_utf8_len((const uint8_t *)of[i].text, of[i].left), of[i].len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(hex_that_is_not_canonical_is_refused),
        cmocka_unit_test(base64_has_the_texts_of_rfc_4648),
        cmocka_unit_test(base64_that_is_not_canonical_is_refused),
        cmocka_unit_test(base64_of_more_than_the_room_is_refused),
        cmocka_unit_test(standard_base64_has_padding_and_its_own_two_characters),
        cmocka_unit_test(a_character_is_whole_or_none),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
