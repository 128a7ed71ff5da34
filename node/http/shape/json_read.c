/* json_read.c: see json_read.h. Called by the handlers of everything that writes. */
#include "node/http/shape/json_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/matter/clock.h"

int qp_json_load(json_t **o, const void *bytes, size_t len, bool line, struct qp_fault *f)
{
    json_error_t at;
    *o = NULL;
    if (len == 0) {
        *o = json_object();
        return *o ? 0 : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    }
    *o = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &at);
    if (!*o && json_error_code(&at) == json_error_null_character)
        return qp_fault_set(f, QP_EINVAL, "",
                            "a text holds the character U+0000, which is not taken: line %d, column %d",
                            at.line, at.column);
    if (!*o && line)
        return qp_fault_set(f, QP_EINVAL, "", "the line is not a JSON object: column %d: %s", at.column,
                            at.text);
    if (!*o)
        return qp_fault_set(f, QP_EINVAL, "", "the body is not JSON: line %d, column %d: %s", at.line,
                            at.column, at.text);
    if (!json_is_object(*o)) {
        json_decref(*o);
        *o = NULL;
        return qp_fault_set(f, QP_EINVAL, "", "the %s must be a JSON object, {…}", line ? "line" : "body");
    }
    return 0;
}

void qp_fields_begin(struct qp_fields *s, const json_t *o, struct qp_arena *a, const struct qp_zone *zone,
                     struct qp_fault *f)
{
    *s = (struct qp_fields){.o = o, .a = a, .zone = zone, .f = f};
    f->e.code = 0;
    f->field[0] = '\0';
}

int qp_body_begin(struct qp_fields *s, json_t **o, const struct qp_call *c, struct qp_arena *a,
                  struct qp_fault *f)
{
    int rc =
        a ? qp_json_load(o, c->body, c->body_len, false, f) : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    if (!rc)
        qp_fields_begin(s, *o, a, c->h->zone, f);
    return rc;
}

bool qp_fields_ok(const struct qp_fields *s)
{
    return s->f->e.code == 0;
}

int qp_fields_fault(struct qp_fields *s, int code, const char *field, const char *fmt, ...)
{
    if (!qp_fields_ok(s))
        return s->f->e.code;
    char text[sizeof s->f->e.text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return qp_fault_set(s->f, code, field, "%s", text);
}

static bool was_asked(const struct qp_fields *s, const char *name)
{
    for (size_t i = 0; i < s->nasked; i++) {
        if (strcmp(s->asked[i], name) == 0)
            return true;
    }
    return false;
}

const json_t *qp_field(struct qp_fields *s, const char *name)
{
    bool first = !was_asked(
        s, name); /* asked twice it is one field all the same: else it would hide one that is not here */
    if (first && s->nasked < QP_FIELDS)
        s->asked[s->nasked++] = name;
    const json_t *v = json_object_get(s->o, name);
    if (!v)
        return NULL;
    s->taken += first;
    return json_is_null(v) ? NULL : v;
}

bool qp_field_is_null(const struct qp_fields *s, const char *name)
{
    return json_is_null(json_object_get(s->o, name));
}

static void missing(struct qp_fields *s, const char *name)
{
    qp_fields_fault(s, QP_EINVAL, name, "`%s` is missing", name);
}

/* The text itself, checked; NULL when absent or at fault. */
static const char *text_of(struct qp_fields *s, const char *name, size_t most, bool must)
{
    const json_t *v = qp_field(s, name);
    if (!v) {
        if (must)
            missing(s, name);
        return NULL;
    }
    if (!json_is_string(v)) {
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be a text", name);
        return NULL;
    }
    const char *text = json_string_value(v);
    size_t len = json_string_length(v);
    if (must && len == 0)
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must not be empty", name);
    else if (len > most)
        qp_fields_fault(s, QP_EINVAL, name, "`%s` has %zu bytes, at most %zu are taken", name, len, most);
    else if (!qp_utf8_ok(text, len))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` has control characters", name);
    return qp_fields_ok(s) ? text : NULL;
}

char *qp_field_text(struct qp_fields *s, const char *name, size_t most, bool must)
{
    char *empty = (char *)(uintptr_t)protobuf_c_empty_string;
    const char *text = text_of(s, name, most, must);
    if (!text)
        return empty;
    char *copy = qp_arena_text(s->a, text);
    if (!copy)
        qp_fields_fault(s, QP_EBIG, name, "the request takes more memory than it may");
    return copy ? copy : empty;
}

char *qp_field_line(struct qp_fields *s, const char *name, size_t most, bool must)
{
    char *text = qp_field_text(s, name, most, must);
    enum qp_line line = qp_line_check(text, strlen(text));
    if (line == QP_LINE_CONTROL)
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be one line without control characters", name);
    else if (line == QP_LINE_BLANK)
        qp_fields_fault(s, QP_EINVAL, name, "`%s` is blank: nothing in it can be seen", name);
    return text;
}

/* False: it is not given, or is no time, which is told. */
static bool is_time(struct qp_fields *s, const char *name, bool must, int64_t *at_us)
{
    const char *text = text_of(s, name, 64, must);
    struct qp_err e;
    *at_us = 0;
    if (!text)
        return false;
    if (!qp_time_parse(at_us, text, &e))
        return true;
    qp_fields_fault(s, QP_EINVAL, name, "`%s`: %s", name, e.text);
    return false;
}

int64_t qp_field_time(struct qp_fields *s, const char *name, bool must)
{
    int64_t at_us;
    if (is_time(s, name, must, &at_us) && at_us <= 0) /* 0 is "not given" from here on */
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be after 1970-01-01T00:00:00Z", name);
    return at_us;
}

int64_t qp_field_past(struct qp_fields *s, const char *name)
{
    int64_t at_us;
    if (!is_time(s, name, false, &at_us))
        return 0;
    if (at_us < QP_TIME_FIRST_US)
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must not be before 1900-01-01T00:00:00Z", name);
    /* The first moment of 1970 is not "not given", and is printed as it was said. */
    return at_us != 0 ? at_us : 1;
}

int64_t qp_field_due(struct qp_fields *s, const char *name, bool must)
{
    int64_t at_us = qp_field_time(s, name, must);
    if (at_us >= QP_CLOCK_END_US)
        qp_fields_fault(
            s, QP_EINVAL, name,
            "`%s` must be before 2199-12-31, where the calendars end: leave it out where there is "
            "none",
            name);
    return at_us;
}

bool qp_field_bool(struct qp_fields *s, const char *name, bool must, bool otherwise)
{
    const json_t *v = qp_field(s, name);
    if (!v) {
        if (must)
            missing(s, name);
        return otherwise;
    }
    if (!json_is_boolean(v))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be true or false", name);
    return json_is_true(v);
}

int64_t qp_field_int(struct qp_fields *s, const char *name, int64_t low, int64_t high, int64_t otherwise)
{
    const json_t *v = qp_field(s, name);
    if (!v)
        return otherwise;
    if (!json_is_integer(v) || json_integer_value(v) < low || json_integer_value(v) > high) {
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be a whole number from %lld to %lld", name,
                        (long long)low, (long long)high);
        return otherwise;
    }
    return json_integer_value(v);
}

char *qp_field_path(struct qp_fields *s, const char *name, bool must)
{
    char *path = qp_field_text(s, name, QP_PATH_MAX - 1, must);
    struct qp_err e;
    if (qp_fields_ok(s) && *path && qp_path_check(path, &e))
        qp_fields_fault(s, QP_EINVAL, name, "`%s`: %s", name, e.text);
    return path;
}

uint32_t qp_field_urgency(struct qp_fields *s, const char *name)
{
    const char *text = text_of(s, name, 32, false);
    if (!text)
        return 0;
    int urgency = qp_urgency_parse(text);
    if (urgency == 0)
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be routine, urgent or emergency", name);
    return (uint32_t)urgency;
}

uint8_t *qp_field_id(struct qp_fields *s, const char *name, bool must)
{
    const char *text = text_of(s, name, 64, must);
    if (!text)
        return NULL;
    uint8_t *id = qp_arena_take(s->a, QP_ID_LEN);
    if (!id)
        qp_fields_fault(s, QP_EBIG, name, "the request takes more memory than it may");
    else if (qp_id_parse(id, text))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be the id of a matter: 26 lower-case characters",
                        name);
    return qp_fields_ok(s) ? id : NULL;
}

int qp_fields_end(struct qp_fields *s)
{
    if (!qp_fields_ok(s) || s->taken == json_object_size(s->o))
        return s->f->e.code;
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)s->o, name, v)
    {
        if (!was_asked(s, name)) {
            char shown[QP_NAME_BYTES + 1];
            qp_text_cut(shown, sizeof shown, name);
            return qp_fields_fault(s, QP_EINVAL, shown, "there is no field `%s` here", shown);
        }
    }
    return s->f->e.code;
}

bool qp_request_hash(uint8_t out[QP_REQUEST_LEN], const char *verb, const json_t *o,
                     const struct qp_keys *keys)
{
    struct qp_hash hash;
    json_t *copy = json_copy((json_t *)(uintptr_t)o);
    if (copy) {
        json_object_del(copy, "key");
        json_object_del(copy, "id");
        json_object_del(copy, "step");
    }
    char *text = copy ? json_dumps(copy, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    if (text) {
        const struct qp_part parts[] = {{verb, strlen(verb) + 1},
                                        {text, strlen(text)},
                                        {"qipan request", 14},
                                        {keys ? keys->box_sk : NULL, keys ? sizeof keys->box_sk : 0}};
        qp_hash_parts(&hash, parts, keys ? 4 : 2);
        memcpy(out, hash.b, QP_REQUEST_LEN);
        explicit_bzero(text, strlen(text));
    }
    bool ok = text;
    free(text);
    json_decref(copy);
    return ok;
}
