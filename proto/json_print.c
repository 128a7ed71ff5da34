/* json_print.c: a message as proto3 JSON, on one line (https://protobuf.dev/programming-guides/json/).
 *
 * Walks the descriptor; what has its default value is left out, and so are unknown fields. */
#include "proto/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/json_name.h"

/* Text that grows. Once out of memory it stays so: checked at the end. */
struct text {
    char *p;
    size_t len, cap;
    bool failed;
};

static char *text_room(struct text *t, size_t more)
{
    if (t->failed)
        return NULL;
    if (t->cap - t->len <= more) {
        size_t cap = (t->cap + more) * 2 + 256;
        char *larger = realloc(t->p, cap);
        if (!larger) {
            t->failed = true;
            return NULL;
        }
        t->p = larger;
        t->cap = cap;
    }
    return t->p + t->len;
}

static void put(struct text *t, const char *p, size_t len)
{
    char *to = text_room(t, len);
    if (!to)
        return;
    memcpy(to, p, len);
    t->len += len;
}

static void put_text(struct text *t, const char *p)
{
    put(t, p, strlen(p));
}

void qp_json_name(char out[QP_JSON_NAME], const char *proto_name)
{
    size_t n = 0;
    bool raise = false;
    for (const char *p = proto_name; *p; p++) {
        assert(n + 1 < QP_JSON_NAME);
        if (*p == '_') {
            raise = true;
            continue;
        }
        out[n++] = raise && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        raise = false;
    }
    out[n] = 0;
}

static void put_string(struct text *t, const char *s)
{
    put(t, "\"", 1);
    for (;;) {
        size_t plain = 0;
        while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\')
            plain++;
        put(t, s, plain);
        s += plain;
        if (!*s)
            break;
        char escaped[8];
        if (*s == '"' || *s == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", *s);
        else if (*s == '\n')
            snprintf(escaped, sizeof escaped, "\\n");
        else
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned char)*s);
        put_text(t, escaped);
        s++;
    }
    put(t, "\"", 1);
}

/* Standard base64 with padding. */
static void put_bytes(struct text *t, const ProtobufCBinaryData *b)
{
    put(t, "\"", 1);
    size_t len = qp_b64_len(b->len);
    char *to = text_room(t, len + 4);
    if (!to)
        return;
    qp_b64(to, b->data, b->len);
    for (size_t i = 0; i < len; i++)
        to[i] = (char)(to[i] == '-' ? '+' : to[i] == '_' ? '/' : to[i]);
    for (; len % 4; len++)
        to[len] = '=';
    t->len += len;
    put(t, "\"", 1);
}

/* The shortest digits that read back as the same double. */
static void put_double(struct text *t, double v)
{
    if (isnan(v) || isinf(v)) {
        put_text(t, isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, v);
        double back = strtod(digits, NULL);
        if (memcmp(&back, &v, sizeof v) == 0)
            break;
    }
    /* Readers that take "-0" for an integer lose its sign. */
    put_text(t, strcmp(digits, "-0") == 0 ? "-0.0" : digits);
}

static void put_message(struct text *t, const ProtobufCMessage *m);

static void put_value(struct text *t, const ProtobufCFieldDescriptor *d, const void *at)
{
    char digits[32];
    switch (d->type) {
    case PROTOBUF_C_TYPE_BOOL: put_text(t, *(const protobuf_c_boolean *)at ? "true" : "false"); return;
    case PROTOBUF_C_TYPE_UINT32: snprintf(digits, sizeof digits, "%" PRIu32, *(const uint32_t *)at); break;
    case PROTOBUF_C_TYPE_SINT32: snprintf(digits, sizeof digits, "%" PRId32, *(const int32_t *)at); break;
    case PROTOBUF_C_TYPE_UINT64:
        snprintf(digits, sizeof digits, "\"%" PRIu64 "\"", *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
        snprintf(digits, sizeof digits, "\"%" PRId64 "\"", *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_DOUBLE: put_double(t, *(const double *)at); return;
    case PROTOBUF_C_TYPE_STRING: put_string(t, *(char *const *)at ? *(char *const *)at : ""); return;
    case PROTOBUF_C_TYPE_BYTES: put_bytes(t, at); return;
    case PROTOBUF_C_TYPE_MESSAGE: put_message(t, *(ProtobufCMessage *const *)at); return;
    default: assert(false && "a field type that no message of proto/ has"); return;
    }
    put_text(t, digits);
}

static size_t value_size(const ProtobufCFieldDescriptor *d)
{
    switch (d->type) {
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32: return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    default: return sizeof(uint64_t); /* 64-bit numbers and pointers */
    }
}
_Static_assert(sizeof(void *) == sizeof(uint64_t), "value_size takes pointers for 64 bits");

/* A single field outside a oneof: left out when it has its default. Minus zero is not zero. */
static bool is_default(const ProtobufCFieldDescriptor *d, const void *at)
{
    static const uint64_t zero = 0;
    if (d->type == PROTOBUF_C_TYPE_STRING)
        return !*(char *const *)at || !**(char *const *)at;
    if (d->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)at)->len == 0;
    return memcmp(at, &zero, value_size(d)) == 0;
}

static bool is_left_out(const ProtobufCFieldDescriptor *d, const uint8_t *base)
{
    const uint8_t *quantifier = base + d->quantifier_offset;
    if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(const void *)quantifier != d->id;
    if (d->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(const void *)quantifier == 0;
    return is_default(d, base + d->offset);
}

static void put_message(struct text *t, const ProtobufCMessage *m)
{
    const uint8_t *base = (const uint8_t *)m;
    const char *between = "{";
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *d = &m->descriptor->fields[i];
        if (is_left_out(d, base))
            continue;
        char name[QP_JSON_NAME];
        qp_json_name(name, d->name);
        put_text(t, between);
        between = ",";
        put_string(t, name);
        put(t, ":", 1);
        const uint8_t *at = base + d->offset;
        if (d->label != PROTOBUF_C_LABEL_REPEATED) {
            put_value(t, d, at);
            continue;
        }
        size_t n = *(const size_t *)(const void *)(base + d->quantifier_offset);
        const uint8_t *array = *(const uint8_t *const *)(const void *)at;
        for (size_t k = 0; k < n; k++) {
            put(t, k ? "," : "[", 1);
            put_value(t, d, array + k * value_size(d));
        }
        put(t, "]", 1);
    }
    put_text(t, *between == '{' ? "{}" : "}");
}

char *qp_json_print(const ProtobufCMessage *m)
{
    struct text t = {NULL, 0, 0, false};
    put_message(&t, m);
    put(&t, "", 1); /* the NUL */
    if (t.failed) {
        free(t.p);
        return NULL;
    }
    return t.p;
}
