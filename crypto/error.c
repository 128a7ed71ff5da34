/* error.c: names of the errors, and the writer of the one sentence that travels with each.
 *
 * Called by every room. The sentence is cut at a character's border, so that a Chinese title at its end never
 * becomes a broken byte in a JSON answer. */
#include "crypto/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Length of text without the UTF-8 character that the cut left incomplete at its end. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t lead = len;
    while (lead > 0 && len - lead < 4) {
        unsigned char c = (unsigned char)text[--lead];
        if ((c & 0xC0) == 0x80)
            continue; /* a continuation byte: its lead is further left */
        size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        return len - lead < need ? lead : len;
    }
    return len;
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
    else if ((size_t)n >= sizeof text)
        text[whole_characters(text, sizeof text - 1)] = 0;
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
