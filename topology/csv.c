/* csv.c: a streaming CSV reader (RFC 4180), declared in areas.h. Used for division lists and for imports of
 * any length.
 *
 *   read() ─► raw: [ row so far │ what was read ahead ]
 *                        └─► out: the row's fields, unquoted, each ended by a NUL
 *
 * A bad row is reported and the reading goes on. What is wrong inside a field (a NUL, no UTF-8) costs that
 * row alone. What is wrong with the quotes, or a row beyond the bound, means that nobody knows where the row
 * ends: then reading goes on with the line after the one on which it began, so that one stray quote does not
 * swallow what follows. */
#include "topology/areas.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/codec.h"

enum { FIELDS_MAX = 256, ROW_MAX = 65536, RAW_CAP = 2 * ROW_MAX, NAME_CAP = 256 };
enum { END_OF_FILE = -1, TOO_LONG = -2 }; /* beside the bytes 0..255 */

struct qp_csv {
    qp_csv_read read;
    void *arg;
    char name[NAME_CAP];
    char separator;
    char *raw;
    size_t start, pos, len; /* raw[start..pos) is the row so far, raw[pos..len) is ahead */
    bool at_end, read_failed, begun;
    bool skip_line; /* the rest of an overlong line is still to be thrown away */
    long line;      /* on which raw[start] lies */
    size_t row_len; /* bytes of the row that was given last, before raw[start] */
    char *out;
    size_t out_len;
    size_t n;
    size_t field_at[FIELDS_MAX]; /* in out */
    char *field[FIELDS_MAX];
    const char *fault; /* what is wrong inside this row's fields; NULL = nothing */
};

struct qp_csv *qp_csv_open(qp_csv_read read, void *arg, const char *name)
{
    struct qp_csv *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->raw = malloc(RAW_CAP);
    c->out = malloc(ROW_MAX + FIELDS_MAX + 1);
    if (!c->raw || !c->out) {
        qp_csv_close(c);
        return NULL;
    }
    c->read = read;
    c->arg = arg;
    c->line = 1;
    c->separator = ',';
    size_t n = strlen(name);
    if (n >= NAME_CAP) { /* the end of a long path says more than its beginning */
        name += n - (NAME_CAP - 1);
        n = NAME_CAP - 1;
    }
    memcpy(c->name, name, n + 1);
    return c;
}

void qp_csv_close(struct qp_csv *c)
{
    if (!c)
        return;
    free(c->raw);
    free(c->out);
    free(c);
}

void qp_csv_separate_by(struct qp_csv *c, char separator)
{
    assert(!c->begun && separator != '"' && separator != '\n' && separator != '\r');
    c->separator = separator;
}

const char *qp_csv_raw(const struct qp_csv *c, size_t *len)
{
    if (c->row_len == 0) { /* where it ends is not known: the line on which it began */
        const char *at = c->raw + c->start, *end = memchr(at, '\n', c->len - c->start);
        *len = end ? (size_t)(end - at) : c->len - c->start;
        return at;
    }
    *len = c->row_len;
    return c->raw + c->start - c->row_len;
}

/* ---- bytes ---- */

/* Brings more bytes behind raw[len); false at the end. */
static bool fill(struct qp_csv *c)
{
    if (c->at_end)
        return false;
    if (c->start > 0) {
        memmove(c->raw, c->raw + c->start, c->len - c->start);
        c->pos -= c->start;
        c->len -= c->start;
        c->start = 0;
    }
    assert(c->len < RAW_CAP);
    int got = c->read(c->arg, c->raw + c->len, RAW_CAP - c->len);
    if (got <= 0) {
        c->at_end = true;
        c->read_failed = got < 0;
        return false;
    }
    assert((size_t)got <= RAW_CAP - c->len);
    c->len += (size_t)got;
    return true;
}

static int next_byte(struct qp_csv *c)
{
    if (c->pos - c->start >= ROW_MAX)
        return TOO_LONG;
    if (c->pos == c->len && !fill(c))
        return END_OF_FILE;
    return (unsigned char)c->raw[c->pos++];
}

/* Moves on to the line after the one on which the row began. */
static void skip_first_line(struct qp_csv *c)
{
    c->pos = c->start;
    c->skip_line = true;
}

/* Throws away what skip_first_line() asked for, however long the line is. */
static void finish_skip(struct qp_csv *c)
{
    while (c->skip_line) {
        if (c->pos == c->len) {
            c->start = c->pos;
            if (!fill(c))
                return;
        }
        const char *end = memchr(c->raw + c->pos, '\n', c->len - c->pos);
        c->pos = end ? (size_t)(end - c->raw) + 1 : c->len;
        if (end) {
            c->skip_line = false;
            c->line++;
        }
    }
    c->start = c->pos;
}

static void skip_byte_order_mark(struct qp_csv *c)
{
    c->begun = true;
    while (c->len < 3 && fill(c))
        ;
    if (c->len >= 3 && memcmp(c->raw, "\xEF\xBB\xBF", 3) == 0)
        c->pos = c->start = 3;
}

/* ---- fields ---- */

static void put(struct qp_csv *c, int byte)
{
    if (byte == 0)
        c->fault = "has a NUL byte";
    c->out[c->out_len++] = (char)byte;
}

/* What ended a field. */
enum end { END_FIELD, END_ROW, END_BROKEN };

/* After the byte that may end a field; `\r` ends a row only before `\n`. */
static enum end field_end(struct qp_csv *c, int b)
{
    if (b == c->separator)
        return END_FIELD;
    if (b == '\n' || b == END_OF_FILE)
        return END_ROW;
    assert(b == '\r');
    b = next_byte(c);
    if (b == '\n' || b == END_OF_FILE)
        return END_ROW;
    c->fault = "has a carriage return inside a field";
    if (b != TOO_LONG)
        c->pos--;
    return END_BROKEN;
}

static enum end read_plain(struct qp_csv *c, int b)
{
    for (;; b = next_byte(c)) {
        if (b == TOO_LONG) {
            c->fault = "is longer than 64 KiB";
            return END_BROKEN;
        }
        if (b == c->separator || b == '\n' || b == '\r' || b == END_OF_FILE)
            return field_end(c, b);
        if (b == '"')
            c->fault = "has a quote inside a field that does not begin with one";
        put(c, b);
    }
}

/* After the opening quote. */
static enum end read_quoted(struct qp_csv *c)
{
    for (;;) {
        int b = next_byte(c);
        if (b == '"') {
            b = next_byte(c);
            if (b != '"') {
                if (b == c->separator || b == '\n' || b == '\r' || b == END_OF_FILE)
                    return field_end(c, b);
                c->fault = b == TOO_LONG ? "is longer than 64 KiB" : "goes on after a closing quote";
                return END_BROKEN;
            }
        } else if (b < 0) {
            c->fault = b == TOO_LONG ? "has a quote that is not closed within 64 KiB"
                                     : "has a quote that is never closed";
            return END_BROKEN;
        }
        put(c, b);
    }
}

/* Why it is no text: bytes that are no character, or a character that no text has. */
static const char *unfit(const char *text, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = qp_utf8_len((const uint8_t *)text + i, len - i);
        if (n == 0)
            return "is not UTF-8 text";
    }
    return "has a control character inside a field (such as a vertical tab): replace it by a blank";
}

/* One field into out; too many are counted and thrown away. */
static enum end read_field(struct qp_csv *c)
{
    size_t at = c->out_len;
    int b = next_byte(c);
    enum end end = b == '"' ? read_quoted(c) : read_plain(c, b);
    if (end == END_BROKEN)
        return end;
    if (!c->fault && !qp_utf8_ok(c->out + at, c->out_len - at))
        c->fault = unfit(c->out + at, c->out_len - at);
    if (c->n == FIELDS_MAX) {
        c->fault = "has more than 256 fields";
        c->out_len = at;
    } else {
        c->field_at[c->n++] = at;
        c->out[c->out_len++] = '\0'; /* a row of ROW_MAX bytes has at most as many: FIELDS_MAX more fit */
    }
    return end;
}

/* The lines that raw[start..pos) has. */
static long count_lines(const struct qp_csv *c)
{
    long n = 0;
    const char *p = c->raw + c->start, *end = c->raw + c->pos;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        n++;
        p++;
    }
    return n;
}

int qp_csv_next(struct qp_csv *c, char ***fields, size_t *n, long *line, struct qp_err *e)
{
    if (!c->begun)
        skip_byte_order_mark(c);
    for (;;) {
        finish_skip(c);
        c->out_len = c->n = 0;
        c->fault = NULL;
        *line = c->line;
        enum end end;
        do
            end = read_field(c);
        while (end == END_FIELD);
        if (c->read_failed) {
            c->read_failed = false; /* said once; the end follows */
            c->start = c->pos = c->len;
            return qp_fail(e, QP_EIO, "%s:%ld: the file cannot be read further", c->name, *line), -1;
        }
        bool nothing = c->pos == c->start;
        if (end == END_BROKEN) {
            skip_first_line(c);
            c->row_len = 0;
            return qp_fail(e, QP_EINVAL, "%s:%ld: the row %s", c->name, *line, c->fault), -1;
        }
        c->line += count_lines(c);
        c->row_len = c->pos - c->start;
        c->start = c->pos;
        if (nothing)
            return 0;
        if (c->fault)
            return qp_fail(e, QP_EINVAL, "%s:%ld: the row %s", c->name, *line, c->fault), -1;
        if (c->n == 1 && c->out_len == 1)
            continue; /* an empty line is no row */
        for (size_t i = 0; i < c->n; i++)
            c->field[i] = c->out + c->field_at[i];
        *fields = c->field;
        *n = c->n;
        return 1;
    }
}
