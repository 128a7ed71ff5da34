/* csv_test.c: the streaming CSV reader (topology/csv.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/areas.h"

/* Text that comes in pieces of `step` bytes. */
struct source {
    const char *p;
    size_t left, step;
    bool fails_at_end;
};

static int read_source(void *arg, char *buf, size_t cap)
{
    struct source *s = arg;
    size_t n = s->left < s->step ? s->left : s->step;
    n = n < cap ? n : cap;
    if (n == 0)
        return s->fails_at_end ? -1 : 0;
    memcpy(buf, s->p, n);
    s->p += n;
    s->left -= n;
    return (int)n;
}

/* All rows as text: "line:field|field" each, bad ones "line!reason"; read in pieces of one size. */
static void rows_in_steps(char *out, size_t cap, const char *text, size_t len, size_t step)
{
    struct source s = {text, len, step, false};
    struct qp_csv *c = qp_csv_open(read_source, &s, "f.csv");
    assert_non_null(c);
    size_t at = 0;
    out[0] = '\0';
    for (;;) {
        char **fields;
        size_t n;
        long line;
        struct qp_err e;
        int got = qp_csv_next(c, &fields, &n, &line, &e);
        if (got == 0)
            break;
        at += (size_t)snprintf(out + at, cap - at, "%ld%s", line, got < 0 ? "!" : ":");
        if (got < 0)
            at += (size_t)snprintf(out + at, cap - at, "%s", e.text);
        for (size_t i = 0; got > 0 && i < n; i++)
            at += (size_t)snprintf(out + at, cap - at, "%s%s", i > 0 ? "|" : "", fields[i]);
        at += (size_t)snprintf(out + at, cap - at, ";");
        assert_true(at < cap);
    }
    qp_csv_close(c);
}

static void expect(const char *text, size_t len, const char *want)
{
    static const size_t steps[] = {1, 2, 3, 7, 100000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char got[4096];
        rows_in_steps(got, sizeof got, text, len, steps[i]);
        assert_string_equal(got, want);
    }
}

#define EXPECT(text, want) expect(text, sizeof(text) - 1, want)

static void rows_are_read_as_rfc_4180_has_it(void **state)
{
    (void)state;
    EXPECT("", "");
    EXPECT("a,b\n1,2\n", "1:a|b;2:1|2;");
    EXPECT("a,b\r\n1,2\r\n", "1:a|b;2:1|2;");
    EXPECT("a,b", "1:a|b;");
    EXPECT("a,\n,b\n,\n", "1:a|;2:|b;3:|;");
    EXPECT("\"a,b\",\"c\"\"d\",\"\"\n", "1:a,b|c\"d|;");
    EXPECT("\"two\nlines\",x\ny,z\n", "1:two\nlines|x;3:y|z;");
    EXPECT("\"end\"", "1:end;");
    EXPECT("\xEF\xBB\xBF"
           "code\nx\n",
           "1:code;2:x;");
    EXPECT("宿州市,埇桥区\n", "1:宿州市|埇桥区;");
    EXPECT("a\n\n\r\nb\n", "1:a;4:b;"); /* empty lines are no rows, but lines */
}

static void a_bad_row_is_named_and_the_rest_is_read(void **state)
{
    (void)state;
    EXPECT("a\n5\" pipe,x\nb\n",
           "1:a;2!f.csv:2: the row has a quote inside a field that does not begin with one;3:b;");
    EXPECT("a\n\"x\"y,z\nb\n", "1:a;2!f.csv:2: the row goes on after a closing quote;3:b;");
    EXPECT("a\nx\0y\nb\n", "1:a;2!f.csv:2: the row has a NUL byte;3:b;");
    EXPECT("a\n\"x\0\ny\"\nb\n", "1:a;2!f.csv:2: the row has a NUL byte;4:b;");
    EXPECT("a\n\xC3(\nb\n", "1:a;2!f.csv:2: the row is not UTF-8 text;3:b;");
    EXPECT("a\nx\ry\nb\n", "1:a;2!f.csv:2: the row has a carriage return inside a field;3:b;");
#define CONTROL                                                                                              \
    "the row has a control character inside a field (such as a vertical tab): replace it by a blank"
    EXPECT("a\nx\x0b\n\x1a\nb\n", "1:a;2!f.csv:2: " CONTROL ";3!f.csv:3: " CONTROL ";4:b;");
}

static void a_stray_quote_costs_its_own_line_only(void **state)
{
    (void)state;
    EXPECT("a,b\n1,\"x\n2,y\n3,z\n",
           "1:a|b;2!f.csv:2: the row has a quote that is never closed;3:2|y;4:3|z;");
    EXPECT("a,b\n1,\"x\n2,\"y\"\n3,z\n",
           "1:a|b;2!f.csv:2: the row goes on after a closing quote;3:2|y;4:3|z;");
}

static void bytes_that_are_no_utf8_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xC0\xAF",
                                      "\xE0\x80\x80",
                                      "\xED\xA0\x80",
                                      "\xF0\x80\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xE6\xB2",
                                      "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(bad[i], strlen(bad[i]), "1!f.csv:1: the row is not UTF-8 text;");
    EXPECT("\xC2\xA0\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\n",
           "1:\xC2\xA0\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF;");
}

/* A row of n fields of one byte each. */
static char *fields_row(size_t n)
{
    char *text = malloc(2 * n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = 'x';
        text[2 * i + 1] = i + 1 < n ? ',' : '\n';
    }
    text[2 * n] = '\0';
    return text;
}

static void a_row_has_at_most_256_fields(void **state)
{
    (void)state;
    for (size_t n = 256; n <= 257; n++) {
        char *text = fields_row(n);
        struct source s = {text, 2 * n, 1000, false};
        struct qp_csv *c = qp_csv_open(read_source, &s, "f.csv");
        char **fields;
        size_t got = 0;
        long line;
        struct qp_err e;
        int rc = qp_csv_next(c, &fields, &got, &line, &e);
        assert_int_equal(rc, n == 256 ? 1 : -1);
        if (n == 256)
            assert_int_equal(got, 256);
        else
            assert_non_null(strstr(e.text, "256 fields"));
        assert_int_equal(qp_csv_next(c, &fields, &got, &line, &e), 0);
        qp_csv_close(c);
        free(text);
    }
}

/* first line + len bytes of fill (in quotes or not) + last line */
static void long_row(size_t len, bool quoted, bool closed, const char *want_end)
{
    char *text = malloc(len + 64);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "a\n%s", quoted ? "\"" : "");
    memset(text + n, 'x', len);
    n += len;
    n += (size_t)sprintf(text + n, "%s\nlast,row\n", closed ? "\"" : "");
    struct source s = {text, n, 4096, false};
    struct qp_csv *c = qp_csv_open(read_source, &s, "f.csv");
    char **fields;
    size_t count;
    long line;
    struct qp_err e;
    assert_int_equal(qp_csv_next(c, &fields, &count, &line, &e), 1);
    int rc = qp_csv_next(c, &fields, &count, &line, &e);
    if (!want_end) {
        assert_int_equal(rc, 1);
        assert_int_equal(strlen(fields[0]), len);
    } else {
        assert_int_equal(rc, -1);
        assert_int_equal(line, 2);
        if (!strstr(e.text, want_end))
            fail_msg("%s", e.text);
    }
    assert_int_equal(qp_csv_next(c, &fields, &count, &line, &e), 1);
    assert_string_equal(fields[0], "last");
    assert_int_equal(line, 3);
    assert_int_equal(qp_csv_next(c, &fields, &count, &line, &e), 0);
    qp_csv_close(c);
    free(text);
}

static void a_row_has_at_most_64_kib_and_the_next_one_is_read(void **state)
{
    (void)state;
    long_row(65535, false, false, NULL);
    long_row(65533, true, true, NULL);
    long_row(65536, false, false, "64 KiB");
    long_row(70000, true, true, "64 KiB");
    long_row(1000000, false, false, "64 KiB");
    long_row(1000000, true, true, "64 KiB");
    long_row(1000, true, false, "never closed");
}

static void a_reading_error_is_told_once_and_ends_the_file(void **state)
{
    (void)state;
    struct source s = {"a,b\n1,2\n3", 9, 4, true};
    struct qp_csv *c = qp_csv_open(read_source, &s, "f.csv");
    char **fields;
    size_t n;
    long line;
    struct qp_err e;
    assert_int_equal(qp_csv_next(c, &fields, &n, &line, &e), 1);
    assert_int_equal(qp_csv_next(c, &fields, &n, &line, &e), 1);
    assert_int_equal(qp_csv_next(c, &fields, &n, &line, &e), -1);
    assert_int_equal(e.code, QP_EIO);
    assert_int_equal(qp_csv_next(c, &fields, &n, &line, &e), 0);
    qp_csv_close(c);
}

/* Any bytes: it ends, keeps within its bounds (the sanitizers watch), and never gives more rows than lines.
 */
static void random_bytes_are_survived(void **state)
{
    (void)state;
    static const char alphabet[] = "\",\n\r\0ax\xC3\xA9\xEF\xBB\xBF";
    uint64_t seed = 20261123;
    for (int round = 0; round < 3000; round++) {
        char text[200];
        size_t len = (size_t)(round % (int)sizeof text);
        long lines = 1;
        for (size_t i = 0; i < len; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[i] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
            lines += text[i] == '\n';
        }
        struct source s = {text, len, 1 + seed % 9, false};
        struct qp_csv *c = qp_csv_open(read_source, &s, "f.csv");
        char **fields;
        size_t n;
        long line, last = 0, rows = 0;
        int got;
        while ((got = qp_csv_next(c, &fields, &n, &line, NULL)) != 0) {
            assert_true(line > last);
            last = line;
            rows++;
        }
        assert_true(rows <= lines);
        qp_csv_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_as_rfc_4180_has_it),
        cmocka_unit_test(a_bad_row_is_named_and_the_rest_is_read),
        cmocka_unit_test(a_stray_quote_costs_its_own_line_only),
        cmocka_unit_test(bytes_that_are_no_utf8_are_refused),
        cmocka_unit_test(a_row_has_at_most_256_fields),
        cmocka_unit_test(a_row_has_at_most_64_kib_and_the_next_one_is_read),
        cmocka_unit_test(a_reading_error_is_told_once_and_ends_the_file),
        cmocka_unit_test(random_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
