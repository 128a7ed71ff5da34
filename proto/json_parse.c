/* json_parse.c: proto3 JSON into a message, by descriptor.
 *
 * Names are taken as lowerCamelCase or as in the .proto; null means left out; a name that comes twice or is
 * not known is refused. What was read is held to the bounds of rules.c like everything that comes from
 * outside. */
#include "proto/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/json_name.h"
#include "proto/json_read.h"

static int no_room(const struct qp_json_reader *r)
{
    return qp_fail(r->e, QP_EBIG, "%s.%s: takes more memory than it may", r->type, r->field);
}

static int read_message(struct qp_json_reader *r, ProtobufCMessage **out,
                        const ProtobufCMessageDescriptor *type);

/* ---- numbers ---- */

/* Sign and magnitude of an integer; "1e3" and "2.0" are integers too, as far as a double is exact. */
static bool integer(const char *text, bool *negative, uint64_t *size)
{
    *negative = *text == '-';
    const char *p = text + *negative;
    *size = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (*size > (UINT64_MAX - digit) / 10)
            return false;
        *size = *size * 10 + digit;
    }
    if (!*p)
        return true;
    double d = strtod(text + *negative, NULL);
    if (!(d <= 9007199254740992.0) || d != (double)(uint64_t)d) /* 2^53; NaN fails too */
        return false;
    *size = (uint64_t)d;
    return true;
}

static int read_integer(struct qp_json_reader *r, const ProtobufCFieldDescriptor *d, const char *text,
                        void *at)
{
    bool negative, fits;
    uint64_t size, most;
    switch (d->type) {
    case PROTOBUF_C_TYPE_UINT32: most = UINT32_MAX; break;
    case PROTOBUF_C_TYPE_SINT32: most = INT32_MAX; break;
    case PROTOBUF_C_TYPE_INT64: most = INT64_MAX; break;
    case PROTOBUF_C_TYPE_UINT64: most = UINT64_MAX; break;
    default: assert(false && "a field type that no message of proto/ has"); return QP_EINVAL;
    }
    if (!integer(text, &negative, &size))
        return qp_json_fail(r, "a whole number is wanted");
    if (d->type == PROTOBUF_C_TYPE_UINT32 || d->type == PROTOBUF_C_TYPE_UINT64)
        fits = size <= most && (!negative || size == 0);
    else
        fits = size <= most + negative;
    if (!fits)
        return qp_json_fail(r, "the number does not fit the field");
    uint64_t value = negative ? 0 - size : size; /* two's complement */
    if (most <= UINT32_MAX) {
        uint32_t half = (uint32_t)value;
        memcpy(at, &half, sizeof half);
    } else {
        memcpy(at, &value, sizeof value);
    }
    return 0;
}

static int read_number(struct qp_json_reader *r, const ProtobufCFieldDescriptor *d, void *at)
{
    char text[QP_JSON_NUMBER];
    qp_json_peek(r);
    struct qp_json_reader before = *r; /* an error points at the value's first character */
    int rc = qp_json_number(r, text);
    if (rc)
        return rc;
    if (d->type != PROTOBUF_C_TYPE_DOUBLE)
        return read_integer(&before, d, text, at);
    double v = strtod(text, NULL);
    if (isinf(v) && !strchr(text, 'I'))
        return qp_json_fail(&before, "the number does not fit the field");
    memcpy(at, &v, sizeof v);
    return 0;
}

/* ---- other values ---- */

/* Either alphabet of base64, with or without padding. */
static int read_bytes(struct qp_json_reader *r, ProtobufCBinaryData *at)
{
    qp_json_peek(r);
    struct qp_json_reader before = *r;
    char *text;
    size_t len;
    int rc = qp_json_string(r, &text, &len);
    if (rc)
        return rc;
    size_t whole = len;
    while (len > 0 && whole - len < 2 && text[len - 1] == '=')
        text[--len] = 0;
    if (whole != len && whole % 4 != 0)
        return qp_json_fail(&before, "not base64");
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
    at->len = 0;
    at->data = NULL;
    if (len == 0)
        return 0;
    size_t cap = len / 4 * 3 + 3;
    at->data = qp_arena_take(r->a, cap);
    if (!at->data)
        return no_room(r);
    long n = qp_unb64(at->data, cap, text);
    if (n < 0)
        return qp_json_fail(&before, "not base64");
    at->len = (size_t)n;
    return 0;
}

static int read_value(struct qp_json_reader *r, const ProtobufCFieldDescriptor *d, void *at)
{
    size_t len;
    switch (d->type) {
    case PROTOBUF_C_TYPE_STRING: return qp_json_string(r, at, &len);
    case PROTOBUF_C_TYPE_BYTES: return read_bytes(r, at);
    case PROTOBUF_C_TYPE_MESSAGE: return read_message(r, at, d->descriptor);
    case PROTOBUF_C_TYPE_BOOL: {
        bool yes = qp_json_word(r, "true");
        if (!yes && !qp_json_word(r, "false"))
            return qp_json_fail(r, "true or false is wanted");
        *(protobuf_c_boolean *)at = yes;
        return 0;
    }
    default: return read_number(r, d, at);
    }
}

static int read_repeated(struct qp_json_reader *r, const ProtobufCFieldDescriptor *d, uint8_t *base)
{
    assert(d->type == PROTOBUF_C_TYPE_BYTES || d->type == PROTOBUF_C_TYPE_STRING ||
           d->type == PROTOBUF_C_TYPE_MESSAGE);
    size_t size = d->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    size_t *n = (size_t *)(void *)(base + d->quantifier_offset), cap = 0;
    void **array = (void **)(void *)(base + d->offset);
    if (!qp_json_take_char(r, '['))
        return qp_json_fail(r, "an array is wanted");
    if (qp_json_take_char(r, ']'))
        return 0;
    do {
        if (*n == cap) {
            cap = cap ? cap * 2 : 4;
            void *larger = qp_arena_take(r->a, cap * size);
            if (!larger)
                return no_room(r);
            if (*n)
                memcpy(larger, *array, *n * size);
            *array = larger;
        }
        int rc = read_value(r, d, (uint8_t *)*array + *n * size);
        if (rc)
            return rc;
        ++*n;
    } while (qp_json_take_char(r, ','));
    return qp_json_take_char(r, ']') ? 0 : qp_json_fail(r, "',' or ']' is wanted");
}

/* ---- messages ---- */

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessageDescriptor *type, const char *name)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        char json_name[QP_JSON_NAME];
        qp_json_name(json_name, type->fields[i].name);
        if (strcmp(json_name, name) == 0 || strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    }
    return NULL;
}

enum { SEEN_WORDS = 4 }; /* a bit for each field of a message: an event has a field for every kind of event */

/* One "name": value. */
static int read_field(struct qp_json_reader *r, ProtobufCMessage *m, uint64_t seen[SEEN_WORDS])
{
    qp_json_peek(r);
    struct qp_json_reader before = *r;
    char *name;
    size_t len;
    int rc = qp_json_string(r, &name, &len);
    if (rc)
        return rc;
    const ProtobufCFieldDescriptor *d = field_named(m->descriptor, name);
    if (!qp_utf8_ok(name, len) || len >= QP_JSON_NAME)
        name[0] = 0;
    before.field = d ? d->name : name;
    if (!d)
        return qp_json_fail(&before, "is not a field");
    size_t place = (size_t)(d - m->descriptor->fields);
    uint64_t bit = (uint64_t)1 << place % 64;
    if (seen[place / 64] & bit)
        return qp_json_fail(&before, "comes twice");
    seen[place / 64] |= bit;
    r->field = d->name;
    if (!qp_json_take_char(r, ':'))
        return qp_json_fail(r, "':' is wanted");
    if (qp_json_word(r, "null"))
        return 0;
    uint8_t *base = (uint8_t *)m;
    if (d->label == PROTOBUF_C_LABEL_REPEATED)
        return read_repeated(r, d, base);
    if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *which = (uint32_t *)(void *)(base + d->quantifier_offset);
        if (*which)
            return qp_json_fail(&before, "comes beside another of its kind");
        *which = d->id;
    }
    return read_value(r, d, base + d->offset);
}

static int read_message(struct qp_json_reader *r, ProtobufCMessage **out,
                        const ProtobufCMessageDescriptor *type)
{
    assert(type->n_fields <= SEEN_WORDS * 64);
    if (!qp_json_take_char(r, '{'))
        return qp_json_fail(r, "an object is wanted");
    const char *outer_type = r->type, *outer_field = r->field;
    ProtobufCMessage *m = qp_arena_take(r->a, type->sizeof_message);
    if (!m)
        return no_room(r);
    protobuf_c_message_init(type, m);
    r->type = type->short_name;
    uint64_t seen[SEEN_WORDS] = {0};
    bool more = !qp_json_take_char(r, '}');
    while (more) {
        r->field = "";
        int rc = read_field(r, m, seen);
        if (rc)
            return rc;
        more = qp_json_take_char(r, ',');
        if (!more && !qp_json_take_char(r, '}'))
            return qp_json_fail(r, "',' or '}' is wanted");
    }
    r->type = outer_type;
    r->field = outer_field;
    *out = m;
    return 0;
}

int qp_json_parse(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const char *text,
                  size_t len, struct qp_arena *a, struct qp_err *e)
{
    struct qp_json_reader r = {text, text, text + len, a, e, type->short_name, ""};
    ProtobufCMessage *m;
    *out = NULL;
    int rc = read_message(&r, &m, type);
    if (!rc && (qp_json_peek(&r) || r.p < r.end))
        rc = qp_json_fail(&r, "something behind the end");
    if (!rc)
        rc = qp_check(m, e);
    if (!rc)
        *out = m;
    return rc;
}
