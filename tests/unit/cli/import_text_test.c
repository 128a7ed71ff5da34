/* import_text_test.c: files of every encoding and separator come out as the same UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/import.h"

static char path[] = "/tmp/qipan-text-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *mark, size_t mark_len, const char *text, const char *encoding)
{
    static char out[1 << 20];
    char *in = (char *)(uintptr_t)text, *at = out;
    size_t left = strlen(text), room = sizeof out;
    iconv_t c = iconv_open(encoding, "UTF-8");
    assert_true(c != (iconv_t)-1);
    assert_int_equal(iconv(c, &in, &left, &at, &room), 0);
    iconv_close(c);
    FILE *f = fopen(path, "w");
    fwrite(mark, 1, mark_len, f);
    fwrite(out, 1, (size_t)(at - out), f);
    fclose(f);
}

/* All of the file, as text; its encoding is checked. The caller frees it. */
static char *all(const char *encoding, const char *found)
{
    struct qp_im_text *t;
    struct qp_err e;
    if (qp_im_text_open(&t, path, encoding, &e))
        fail_msg("%s", e.text);
    char *text = calloc(1, 1 << 20);
    size_t len = 0;
    for (int n; (n = qp_im_text_read(t, text + len, 777)) != 0; len += (size_t)n)
        assert_true(n > 0);
    assert_string_equal(qp_im_text_encoding(t), found);
    qp_im_text_close(t);
    return text;
}

static void an_encoding_is_found_out(void **state)
{
    (void)state;
    static const struct {
        const char *mark;
        size_t mark_len;
        const char *encoding, *found;
    } v[] = {
        {"", 0, "UTF-8", "UTF-8"},
        {"", 0, "GB18030", "GB18030"},
        {"", 0, "GBK", "GB18030"},
        {"\xFF\xFE", 2, "UTF-16LE", "UTF-16LE"},
        {"\xFE\xFF", 2, "UTF-16BE", "UTF-16BE"},
        {"", 0, "UTF-16LE", "UTF-16LE"},
        {"", 0, "UTF-16BE", "UTF-16BE"},
    };
    static const char text[] = "编号,类别\r\n7,井盖破损\r\n8,\"a, quoted\"\r\n";
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        put(v[i].mark, v[i].mark_len, text, v[i].encoding);
        char *out = all(NULL, v[i].found);
        assert_string_equal(out, text);
        free(out);
        out = all(v[i].mark_len > 0 ? "UTF-16" : v[i].encoding, v[i].mark_len > 0 ? "UTF-16" : v[i].encoding);
        assert_string_equal(out, text);
        free(out);
    }
}

/* Nothing but ASCII for longer than a block, then the first character that tells. */
static void what_tells_an_encoding_may_come_late_and_lie_across_blocks(void **state)
{
    (void)state;
    static const char *const encodings[] = {"UTF-8", "GB18030"};
    for (size_t i = 0; i < 2; i++) {
        char *text = calloc(1, 400000);
        for (size_t n = 0; n < 100000; n += 8)
            memcpy(text + n, "abcdefg\n", 9);
        for (size_t n = strlen(text); n < 300000; n += 3)
            memcpy(text + n, "\xE4\xBA\x95", 4);
        put("", 0, text, encodings[i]);
        char *out = all(NULL, encodings[i]);
        assert_string_equal(out, text);
        free(out);
        free(text);
    }
}

static void bytes_that_an_encoding_has_not_are_marked(void **state)
{
    (void)state;
    put("", 0, "a\n\xE4\xBA\x95\nb\n", "GB18030");
    FILE *f = fopen(path, "a");
    fputs("\xFFx\n", f);
    fclose(f);
    char *out = all("GB18030", "GB18030");
    assert_string_equal(out, "a\n\xE4\xBA\x95\nb\n\xFFx\n");
    free(out);
}

/* One bad byte does not make it GB18030. */
static void a_mark_of_utf8_is_believed(void **state)
{
    (void)state;
    put("\xEF\xBB\xBF", 3, "id\n井\n", "UTF-8");
    FILE *f = fopen(path, "a");
    fputs("\xFF\n", f);
    fclose(f);
    char *out = all(NULL, "UTF-8");
    assert_string_equal(out, "\xEF\xBB\xBFid\n井\n\xFF\n");
    free(out);
}

static void a_separator_is_the_one_that_the_first_row_has_most_of(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char by;
    } v[] = {{"a,b;c,d\n;;;;", ','}, {"a;b;c,d\n", ';'},           {"a\tb\n,,,", '\t'},
             {"a|b\n", '|'},         {"\"a;;;\nb;;\",c\n;;", ','}, {"a\n", ','}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_im_text *t;
        put("", 0, v[i].text, "UTF-8");
        assert_int_equal(qp_im_text_open(&t, path, NULL, NULL), 0);
        assert_int_equal(qp_im_text_separator(t), v[i].by);
        char buf[100] = "";
        assert_int_equal(qp_im_text_read(t, buf, sizeof buf),
                         strlen(v[i].text)); /* nothing was lost by looking */
        qp_im_text_close(t);
    }
}

static void an_encoding_that_nobody_knows_is_refused(void **state)
{
    (void)state;
    struct qp_im_text *t;
    struct qp_err e;
    assert_int_equal(qp_im_text_open(&t, path, "EBCDIC-MARS", &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "EBCDIC-MARS"));
    qp_im_text_close(t);
}

/* A cell's odd line break, the end of a DOS file, a character that was cut: each costs its row, not the file. */
static void an_odd_byte_does_not_make_utf8_another_encoding(void **state)
{
    (void)state;
    static const char *const odd[] = {"\x0b", "\x1a", "\xE6\x8D"};
    for (size_t i = 0; i < 3; i++) {
        char text[200];
        snprintf(text, sizeof text, "id,title\n1,井盖破损\n2,道路%s\n3,路灯不亮\n", odd[i]);
        FILE *f = fopen(path, "w");
        fputs(text, f);
        fclose(f);
        char *out = all(NULL, "UTF-8");
        assert_string_equal(out, text);
        free(out);
    }
}

/* The first bytes that tell are the last of a block: they tell with the next one. */
static void a_character_that_a_block_cuts_tells_with_the_next_block(void **state)
{
    (void)state;
    static const char *const encodings[] = {"UTF-8", "GB18030"};
    for (size_t i = 0; i < 2; i++) {
        char *text = calloc(1, 70000);
        memset(text, 'a', 65535);
        text[100] = '\n';
        strcat(text, "井盖破损\n井盖破损\n");
        put("", 0, text, encodings[i]);
        char *out = all(NULL, encodings[i]);
        assert_string_equal(out, text);
        free(out);
        free(text);
    }
}

/* Half of a pair, as a program leaves it that cuts texts by their length: its row is bad, the next ones are not. */
static void half_a_character_in_utf16_costs_its_row_alone(void **state)
{
    (void)state;
    static const char *const encodings[] = {"UTF-16LE", "UTF-16BE"};
    for (size_t i = 0; i < 2; i++) {
        FILE *f;
        put(i == 0 ? "\xFF\xFE" : "\xFE\xFF", 2, "id,title\n2,b", encodings[i]);
        f = fopen(path, "a");
        fwrite(i == 0 ? "\x3D\xD8\n\0003\0,\0c\0\n\0" : "\xD8\x3D\0\n\0003\0,\0c\0\n", 1, 12, f);
        fclose(f);
        char *out = all(NULL, encodings[i]);
        assert_string_equal(out, "id,title\n2,b\xFF\n3,c\n");
        free(out);
    }
}

static void a_mark_of_utf8_counts_more_than_what_the_map_says(void **state)
{
    (void)state;
    static const char *const said[] = {"ISO-8859-1", "GB18030", "UTF-16LE"};
    put("\xEF\xBB\xBF", 3, "id,名称\n1,井盖é\n", "UTF-8");
    for (size_t i = 0; i < 3; i++) {
        char *out = all(said[i], "UTF-8");
        assert_string_equal(out, "\xEF\xBB\xBFid,名称\n1,井盖é\n");
        free(out);
    }
}

/* What is put aside can be mended: all of it is there, and the file says that it is UTF-8. */
static void a_row_that_is_put_aside_is_whole(void **state)
{
    (void)state;
    static const char MAP[] = "[map]\nzone = UTC\n[columns]\nid = id\nt = t\n[matter]\nsource_ref = {id}\n"
                              "category = c\ntitle = {t}\nsource = s\n",
                      ROWS[] = "id,t\n1,井\0盖破损,x\n2,\xFF路灯不亮\n";
    char aside[] = "/tmp/qipan-aside-XXXXXX", got[500] = "";
    struct qp_cli cli = {.quiet = true};
    struct qp_import im = {.cli = &cli, .rejected_path = aside};
    struct qp_im_record *r;
    struct qp_err e = {0};
    close(mkstemp(aside));
    FILE *f = fopen(path, "w");
    fwrite(ROWS, 1, sizeof ROWS - 1, f);
    fclose(f);
    assert_int_equal(qp_map_parse(&im.map, MAP, sizeof MAP - 1, "m.map", &e), 0);
    assert_int_equal(qp_im_file_open(&im, path, &e), 0);
    assert_int_equal(qp_im_file_next(&im, &r, &e), 0);
    assert_null(r);
    assert_int_equal(im.sums.bad, 2);
    fclose(im.rejected);
    f = fopen(aside, "r");
    assert_true(fread(got, 1, sizeof got - 1, f) > 0);
    fclose(f);
    assert_memory_equal(got, "\xEF\xBB\xBFrejected_line,rejected_reason,id,t\n", 38);
    assert_non_null(strstr(got, ",1,井\xEF\xBF\xBD盖破损,x\n"));
    assert_non_null(strstr(got, ",2,\xEF\xBF\xBD路灯不亮\n"));
    qp_im_file_close(&im);
    qp_map_free(im.map);
    unlink(aside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_encoding_is_found_out),
        cmocka_unit_test(what_tells_an_encoding_may_come_late_and_lie_across_blocks),
        cmocka_unit_test(bytes_that_an_encoding_has_not_are_marked),
        cmocka_unit_test(a_mark_of_utf8_is_believed),
        cmocka_unit_test(a_separator_is_the_one_that_the_first_row_has_most_of),
        cmocka_unit_test(an_encoding_that_nobody_knows_is_refused),
        cmocka_unit_test(an_odd_byte_does_not_make_utf8_another_encoding),
        cmocka_unit_test(a_character_that_a_block_cuts_tells_with_the_next_block),
        cmocka_unit_test(half_a_character_in_utf16_costs_its_row_alone),
        cmocka_unit_test(a_mark_of_utf8_counts_more_than_what_the_map_says),
        cmocka_unit_test(a_row_that_is_put_aside_is_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
