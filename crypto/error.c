/* error.c: names of the errors, and the writer of the one sentence that travels with each.
 *
 * Called by every room. What of it is no whole character is left out, so that neither a Chinese title that
 * was cut, at its end or by a `%.60s` inside, nor bytes of an address that are no text make an answer that is no JSON or XML. */
#include "crypto/crypto.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Leaves out each byte that belongs to no whole character. */
static void keep_whole_characters(char *text)
{
    size_t kept = 0, len = strlen(text);
    for (size_t at = 0, n; at < len; at += n ? n : 1) {
        n = qp_utf8_len((const uint8_t *)text + at, len - at);
        if (n)
            memmove(text + kept, text + at, n);
        kept += n;
    }
    text[kept] = 0;
}

int qp_fail(struct qp_err *e, int code, const char *fmt, ...)
{
    assert(code);
    if (!e)
        return code;
    /* Written beside e->text first: an argument may be the text that is being replaced. */
    char text[sizeof e->text];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0)
        text[0] = 0;
    keep_whole_characters(text);
    memcpy(e->text, text, sizeof text);
    e->code = code;
    return code;
}

const char *qp_error_name(int code)
{
    switch (code) {
#define X(name, value, http, text, zh)                                                                       \
    case name: return text;
        QP_ERRORS(X)
#undef X
    default: return "unknown";
    }
}

int qp_error_http(int code)
{
    switch (code) {
#define X(name, value, http, text, zh)                                                                       \
    case name: return http;
        QP_ERRORS(X)
#undef X
    default: return 500;
    }
}

int qp_error_named(const char *name)
{
    static const struct {
        const char *name;
        int code;
    } CODES[] = {
#define X(name, value, http, text, zh) {text, name},
        QP_ERRORS(X)
#undef X
    };
    assert(name);
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (strcmp(CODES[i].name, name) == 0)
            return CODES[i].code;
    return -1;
}

const char *qp_error_zh(const char *name)
{
    static const struct {
        const char *name, *zh;
    } KINDS[] = {
#define X(name, value, http, text, zh) {text, zh},
        QP_ERRORS(X)
#undef X
    };
    assert(name);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].name, name) == 0)
            return KINDS[i].zh;
    return "出错";
}
