/* json_read.c: see json_read.h. RFC 8259, without what it leaves open: no lone surrogates, no NUL in a
 * string. */
#include "proto/json_read.h"

#include <string.h>

int qp_json_fail(const struct qp_json_reader *r, const char *why)
{
    size_t line = 1, column = 1;
    for (const char *p = r->start; p < r->p && p < r->end; p++, column++) {
        if (*p == '\n') {
            line++;
            column = 0;
        }
    }
    return qp_fail(r->e, QP_EINVAL, "%s%s%s (line %zu, column %zu): %s", r->type, *r->field ? "." : "",
                   r->field, line, column, why);
}

char qp_json_peek(struct qp_json_reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
    return (char)(r->p < r->end ? *r->p : 0);
}

bool qp_json_take_char(struct qp_json_reader *r, char c)
{
    if (qp_json_peek(r) != c)
        return false;
    r->p++;
    return true;
}

bool qp_json_word(struct qp_json_reader *r, const char *word)
{
    size_t len = strlen(word);
    qp_json_peek(r);
    if ((size_t)(r->end - r->p) < len || memcmp(r->p, word, len) != 0)
        return false;
    r->p += len;
    return true;
}

/* Four hex digits. */
static bool hex4(struct qp_json_reader *r, unsigned *out)
{
    if (r->end - r->p < 4)
        return false;
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        char c = r->p[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit > 15)
            return false;
        v = v << 4 | digit;
    }
    r->p += 4;
    *out = v;
    return true;
}

/* A code point as UTF-8; never longer than the escape that it stood in. */
static char *put_character(char *to, unsigned v)
{
    if (v < 0x80) {
        *to++ = (char)v;
    } else if (v < 0x800) {
        *to++ = (char)(0xc0 | v >> 6);
        *to++ = (char)(0x80 | (v & 0x3f));
    } else if (v < 0x10000) {
        *to++ = (char)(0xe0 | v >> 12);
        *to++ = (char)(0x80 | (v >> 6 & 0x3f));
        *to++ = (char)(0x80 | (v & 0x3f));
    } else {
        *to++ = (char)(0xf0 | v >> 18);
        *to++ = (char)(0x80 | (v >> 12 & 0x3f));
        *to++ = (char)(0x80 | (v >> 6 & 0x3f));
        *to++ = (char)(0x80 | (v & 0x3f));
    }
    return to;
}

/* Behind the "\u". */
static int read_code_point(struct qp_json_reader *r, char **to)
{
    unsigned v, low;
    if (!hex4(r, &v))
        return qp_json_fail(r, "\\u wants four hex digits");
    if (v == 0)
        return qp_json_fail(r, "a NUL inside a string");
    if (v >= 0xd800 && v <= 0xdfff) {
        bool pair = v < 0xdc00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u';
        if (pair)
            r->p += 2;
        if (!pair || !hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return qp_json_fail(r, "half of a surrogate pair");
        v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
    }
    *to = put_character(*to, v);
    return 0;
}

/* Behind the backslash. */
static int read_escape(struct qp_json_reader *r, char **to)
{
    static const char LETTERS[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
    char c = (char)(r->p < r->end ? *r->p : 0);
    const char *letter = c ? strchr(LETTERS, c) : NULL;
    if (letter) {
        r->p++;
        *(*to)++ = MEANT[letter - LETTERS];
        return 0;
    }
    if (c != 'u')
        return qp_json_fail(r, "an escape that JSON does not have");
    r->p++;
    return read_code_point(r, to);
}

int qp_json_string(struct qp_json_reader *r, char **out, size_t *len)
{
    if (!qp_json_take_char(r, '"'))
        return qp_json_fail(r, "a string is wanted");
    size_t raw = 0, left = (size_t)(r->end - r->p); /* raw: up to the closing quote, what it takes at most */
    while (raw < left && r->p[raw] != '"')
        raw += r->p[raw] == '\\' ? 2 : 1;
    if (raw >= left)
        return qp_json_fail(r, "a string without an end");
    char *text = qp_arena_take(r->a, raw + 1), *to = text;
    if (!text)
        return qp_fail(r->e, QP_EBIG, "%s.%s: takes more memory than it may", r->type, r->field);
    while (*r->p != '"') {
        if ((unsigned char)*r->p < 0x20)
            return qp_json_fail(r, "a control character inside a string");
        if (*r->p != '\\') {
            *to++ = *r->p++;
            continue;
        }
        r->p++;
        int rc = read_escape(r, &to);
        if (rc)
            return rc;
    }
    r->p++;
    *to = 0;
    *out = text;
    *len = (size_t)(to - text);
    return 0;
}

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* The end of the number at p by JSON's grammar; p when there is none. */
static const char *number_end(const char *p, const char *end)
{
    const char *at = p, *from;
    if (at < end && *at == '-')
        at++;
    from = at;
    at = digits(at, end);
    if (at == from || (*from == '0' && at - from > 1))
        return p;
    if (at < end && *at == '.') {
        from = ++at;
        at = digits(at, end);
        if (at == from)
            return p;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        from = at;
        at = digits(at, end);
        if (at == from)
            return p;
    }
    return at;
}

int qp_json_number(struct qp_json_reader *r, char out[QP_JSON_NUMBER])
{
    static const char *const NAMES[] = {"NaN", "Infinity", "-Infinity"};
    bool quoted = qp_json_peek(r) == '"';
    const char *start = r->p + quoted, *p = number_end(start, r->end);
    for (size_t i = 0; quoted && p == start && i < sizeof NAMES / sizeof *NAMES; i++) {
        size_t len = strlen(NAMES[i]);
        if ((size_t)(r->end - start) > len && memcmp(start, NAMES[i], len) == 0 && start[len] == '"')
            p = start + len;
    }
    size_t len = (size_t)(p - start);
    if (len == 0 || len >= QP_JSON_NUMBER || (quoted && (p == r->end || *p != '"')))
        return qp_json_fail(r, "a number is wanted");
    memcpy(out, start, len);
    out[len] = 0;
    r->p = p + quoted;
    return 0;
}
