/* json_write.c: see json_write.h. Called by every handler that answers. */
#include "node/http/wire/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/codec.h"
#include "topology/zone.h"

static char *room(struct qp_json *j, size_t len)
{
    if (j->failed)
        return NULL;
    if (j->cap - j->n < len + 1) {
        size_t cap = j->cap ? j->cap : 1024;
        while (cap - j->n < len + 1)
            cap *= 2;
        char *p = realloc(j->p, cap);
        if (!p) {
            j->failed = true;
            return NULL;
        }
        j->p = p;
        j->cap = cap;
    }
    return j->p + j->n;
}

static void put(struct qp_json *j, const char *bytes, size_t len)
{
    char *to = room(j, len);
    if (!to)
        return;
    memcpy(to, bytes, len);
    j->n += len;
    j->p[j->n] = '\0';
}

static void before(struct qp_json *j)
{
    if (j->comma)
        put(j, ",", 1);
    j->comma = true;
}

/* Length of the run that needs no escape. */
static size_t plain(const char *s)
{
    size_t n = 0;
    while ((unsigned char)s[n] >= 0x20 && s[n] != '"' && s[n] != '\\' && s[n] != 0x7f)
        n++;
    return n;
}

static void put_escaped(struct qp_json *j, const char *s)
{
    put(j, "\"", 1);
    for (;;) {
        size_t n = plain(s);
        put(j, s, n);
        s += n;
        if (!*s)
            break;
        char esc[8];
        switch (*s) {
        case '"': strcpy(esc, "\\\""); break;
        case '\\': strcpy(esc, "\\\\"); break;
        case '\n': strcpy(esc, "\\n"); break;
        case '\r': strcpy(esc, "\\r"); break;
        case '\t': strcpy(esc, "\\t"); break;
        default: snprintf(esc, sizeof esc, "\\u%04x", (unsigned)(unsigned char)*s); break;
        }
        put(j, esc, strlen(esc));
        s++;
    }
    put(j, "\"", 1);
}

void qp_json_object(struct qp_json *j)
{
    before(j);
    put(j, "{", 1);
    j->comma = false;
}

void qp_json_object_end(struct qp_json *j)
{
    put(j, "}", 1);
    j->comma = true;
}

void qp_json_array(struct qp_json *j)
{
    before(j);
    put(j, "[", 1);
    j->comma = false;
}

void qp_json_array_end(struct qp_json *j)
{
    put(j, "]", 1);
    j->comma = true;
}

void qp_json_key(struct qp_json *j, const char *name)
{
    before(j);
    put_escaped(j, name);
    put(j, ":", 1);
    j->comma = false;
}

void qp_json_text(struct qp_json *j, const char *text)
{
    if (!text) {
        qp_json_null(j);
        return;
    }
    before(j);
    put_escaped(j, text);
}

void qp_json_int(struct qp_json *j, int64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    before(j);
    put(j, text, (size_t)n);
}

void qp_json_uint(struct qp_json *j, uint64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    before(j);
    put(j, text, (size_t)n);
}

void qp_json_real(struct qp_json *j, double v)
{
    assert(isfinite(v));
    char text[32];
    int n = snprintf(text, sizeof text, "%.15g", v);
    before(j);
    put(j, text, (size_t)n);
}

void qp_json_bool(struct qp_json *j, bool v)
{
    before(j);
    put(j, v ? "true" : "false", v ? 4 : 5);
}

void qp_json_null(struct qp_json *j)
{
    before(j);
    put(j, "null", 4);
}

void qp_json_time(struct qp_json *j, int64_t at_us)
{
    char text[32];
    if (at_us == 0) {
        qp_json_null(j);
        return;
    }
    qp_time_text(text, at_us);
    qp_json_text(j, text);
}

void qp_json_id(struct qp_json *j, const uint8_t *id, size_t len)
{
    char text[27];
    if (len != QP_ID_LEN) {
        qp_json_null(j);
        return;
    }
    qp_id_text(text, id);
    qp_json_text(j, text);
}

void qp_json_hex(struct qp_json *j, const void *bytes, size_t len)
{
    char text[2 * QP_SIG_LEN + 1];
    assert(len <= QP_SIG_LEN);
    qp_hex(text, bytes, len);
    qp_json_text(j, text);
}

void qp_json_put(struct qp_json *j, const char *name, const char *text)
{
    qp_json_key(j, name);
    qp_json_text(j, text);
}

void qp_json_put_full(struct qp_json *j, const char *name, const char *text)
{
    qp_json_put(j, name, text && *text ? text : NULL);
}

void qp_json_put_int(struct qp_json *j, const char *name, int64_t v)
{
    qp_json_key(j, name);
    qp_json_int(j, v);
}

void qp_json_put_bool(struct qp_json *j, const char *name, bool v)
{
    qp_json_key(j, name);
    qp_json_bool(j, v);
}

void qp_json_put_time(struct qp_json *j, const char *name, int64_t at_us)
{
    qp_json_key(j, name);
    qp_json_time(j, at_us);
}

void qp_json_raw(struct qp_json *j, const char *bytes, size_t len)
{
    put(j, bytes, len);
    j->comma = false;
}

char *qp_json_take(struct qp_json *j, size_t *len)
{
    if (j->failed || !room(j, 0)) {
        qp_json_drop(j);
        return NULL;
    }
    j->p[j->n] = '\0';
    char *p = j->p;
    *len = j->n;
    *j = (struct qp_json){0};
    return p;
}

void qp_json_drop(struct qp_json *j)
{
    free(j->p);
    *j = (struct qp_json){0};
}
