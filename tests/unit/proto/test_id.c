/* test_id.c: ids have one text each; UTF-8 is checked to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/codec.h"

static void ids_have_these_texts(void **state)
{
    (void)state;
    static const struct {
        uint8_t id[QP_ID_LEN];
        const char *text;
    } want[] = {
        {{0}, "00000000000000000000000000"},
        {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
         "7zzzzzzzzzzzzzzzzzzzzzzzzz"},
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "00000000000000000000000001"},
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32}, "00000000000000000000000010"},
        {{1, 0x8b, 0xcf, 0xe5, 0x68, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "01hf7yat00041061050r3gg28a"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char text[27];
        uint8_t id[QP_ID_LEN];
        qp_id_text(text, want[i].id);
        assert_string_equal(text, want[i].text);
        assert_int_equal(qp_id_parse(id, text), 0);
        assert_memory_equal(id, want[i].id, QP_ID_LEN);
    }
}

static void only_the_canonical_text_is_an_id(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0000000000000000000000000",
        "000000000000000000000000000",
        "80000000000000000000000000",
        "0000000000000000000000000A",
        "0000000000000000000000000i",
        "0000000000000000000000000l",
        "0000000000000000000000000o",
        "0000000000000000000000000u",
        "000000000000-0000000000000",
        " 0000000000000000000000000",
        "0000000000000000000000000\xe4",
    };
    uint8_t id[QP_ID_LEN];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(qp_id_parse(id, bad[i]), QP_EINVAL);
}

static void ids_sort_by_their_opening(void **state)
{
    (void)state;
    uint8_t high[10], low[10] = {0}, a[QP_ID_LEN], b[QP_ID_LEN];
    memset(high, 0xff, sizeof high);
    qp_id_make(a, 1700000000000999, high);
    qp_id_make(b, 1700000000001000, low);
    assert_true(memcmp(a, b, QP_ID_LEN) < 0);
    char ta[27], tb[27];
    qp_id_text(ta, a);
    qp_id_text(tb, b);
    assert_true(strcmp(ta, tb) < 0);
    assert_memory_equal(a, "\x01\x8b\xcf\xe5\x68\x00", 6);
    assert_memory_equal(a + 6, high, 10);
}

static void utf8_is_checked_to_the_letter(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a\tb\r\nc",
                                       "井盖",
                                       "é",
                                       "\xf0\x9f\x9a\xa8",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xc2\x80",
                                       "\xe0\xa0\x80",
                                       "\xf0\x90\x80\x80",
                                       "\x7f"};
    static const char *const bad[] = {"\x01",
                                      "\x1f",
                                      "\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x61",
                                      "\xe0\x9f\xbf",
                                      "\xe4\xba",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x9f\x9a",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "a\xfe",
                                      "\xe4\xba\x95\x80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(qp_utf8_ok(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(qp_utf8_ok(bad[i], strlen(bad[i])));
    assert_false(qp_utf8_ok("a\0b", 3));
    for (size_t cut = 1; cut < 3; cut++) /* never reads behind the length */
        assert_false(qp_utf8_ok("井", cut));
}

static void a_line_has_something_to_see_and_no_controls(void **state)
{
    static const char *const good[] = {"", "井盖破损", "a b", " x ", "👩\xe2\x80\x8d🚒", "é"},
                             *const blank[] = {" ",
                                               "\xe3\x80\x80",
                                               "\xe2\x80\x8b",
                                               "\xef\xbb\xbf \xe2\x80\x8d",
                                               "\xc2\xa0",
                                               "\xe3\x85\xa4"},
                             *const control[] = {"a\nb",
                                                 "a\tb",
                                                 "\r",
                                                 "a\x7f",
                                                 "a\xc2\x85"
                                                 "b",
                                                 "a\xe2\x80\xa8"
                                                 "b",
                                                 "\xe2\x80\xae"
                                                 "gpj.exe",
                                                 "a\xe2\x81\xa6"
                                                 "b"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(qp_line_check(good[i], strlen(good[i])), QP_LINE_OK);
    for (size_t i = 0; i < sizeof blank / sizeof *blank; i++)
        assert_int_equal(qp_line_check(blank[i], strlen(blank[i])), QP_LINE_BLANK);
    for (size_t i = 0; i < sizeof control / sizeof *control; i++)
        assert_int_equal(qp_line_check(control[i], strlen(control[i])), QP_LINE_CONTROL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_have_these_texts),
        cmocka_unit_test(only_the_canonical_text_is_an_id),
        cmocka_unit_test(ids_sort_by_their_opening),
        cmocka_unit_test(utf8_is_checked_to_the_letter),
        cmocka_unit_test(a_line_has_something_to_see_and_no_controls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
