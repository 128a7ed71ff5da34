/* by_shape.c: see by_shape.h. What a kind takes and how it is shown stands here, once a kind. Called for steps
 * by draft_step.c and json_matter.c. */
#include "node/http/shape/by_shape.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- in ---- */

/* The original goes with a duplicate: the sentence names the two fields. */
static void check_original(struct qp_fields *s, const char *name, const char *text)
{
    const char *result = json_string_value(json_object_get(s->o, "result"));
    if (*text && (!result || strcmp(result, "duplicate") != 0))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` goes with the result `duplicate` only", name);
}

/* 0 not said, 1 yes, 2 no. */
static uint32_t answer(struct qp_fields *s, const char *name, bool must)
{
    const json_t *v = json_object_get(s->o, name);
    bool yes = qp_field_bool(s, name, must, false);
    return !v || json_is_null(v) ? 0 : yes ? 1 : 2;
}

static char *read_text(struct qp_fields *s, const struct qp_shape_row *r, bool must)
{
    switch (r->kind) {
    case QP_SHAPE_LINE:
    case QP_SHAPE_DESK:
    case QP_SHAPE_PERSON: return qp_field_line(s, r->name, r->most, must);
    case QP_SHAPE_PATH: assert(r->most == QP_PATH_MAX - 1); return qp_field_path(s, r->name, must);
    default: return qp_field_text(s, r->name, r->most, must);
    }
}

/* A deadline's companion, the bool `has_…`: set where one is given, and where null takes it away. */
static void set_given(const struct qp_shape *shape, const struct qp_shape_row *r, ProtobufCMessage *m)
{
    char name[64];
    snprintf(name, sizeof name, "has_%s", r->name);
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(shape->type, name);
    const protobuf_c_boolean yes = 1;
    assert(f && f->type == PROTOBUF_C_TYPE_BOOL);
    memcpy((char *)m + f->offset, &yes, sizeof yes);
}

static void read_time(struct qp_fields *s, const struct qp_shape *shape, const struct qp_shape_row *r,
                      ProtobufCMessage *m)
{
    int64_t *at_us = qp_shape_member(shape, r, m);
    *at_us = r->kind == QP_SHAPE_TIME ? qp_field_time(s, r->name, qp_shape_must(r))
                                      : qp_field_due(s, r->name, qp_shape_must(r));
    if (r->kind == QP_SHAPE_DEADLINE && (*at_us || qp_field_is_null(s, r->name)))
        set_given(shape, r, m);
}

static void read_row(struct qp_fields *s, const struct qp_shape *shape, const struct qp_shape_row *r,
                     ProtobufCMessage *m)
{
    bool must = qp_shape_must(r);
    void *at = qp_shape_member(shape, r, m);
    switch (r->kind) {
    case QP_SHAPE_TEXT:
    case QP_SHAPE_LINE:
    case QP_SHAPE_DESK:
    case QP_SHAPE_PERSON:
    case QP_SHAPE_PATH: *(char **)at = read_text(s, r, must); return;
    case QP_SHAPE_ORIGINAL:
        *(char **)at = read_text(s, r, must);
        check_original(s, r->name, *(char **)at);
        return;
    case QP_SHAPE_URGENCY: *(uint32_t *)at = qp_field_urgency(s, r->name); return;
    case QP_SHAPE_TIME:
    case QP_SHAPE_DUE:
    case QP_SHAPE_DEADLINE:
    case QP_SHAPE_UNTIL: read_time(s, shape, r, m); return;
    case QP_SHAPE_BOOL: *(protobuf_c_boolean *)at = qp_field_bool(s, r->name, must, false); return;
    case QP_SHAPE_ANSWER: *(uint32_t *)at = answer(s, r->name, must); return;
    case QP_SHAPE_ID: {
        uint8_t *id = qp_field_id(s, r->name, must);
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){id ? QP_ID_LEN : 0, id};
        return;
    }
    case QP_SHAPE_KIND:
    case QP_SHAPE_KINDS_N: break;
    }
    assert(!"a caller does not say this kind");
}

/* One of them is enough; none is a fault at the first. */
static void check_either(struct qp_fields *s, const struct qp_shape *shape)
{
    const char *first = NULL, *second = NULL;
    for (const struct qp_shape_row *r = shape->rows; r->name; r++) {
        const json_t *v = r->need == QP_NEED_EITHER ? json_object_get(s->o, r->name) : NULL;
        if (v && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0))
            return;
        if (r->need == QP_NEED_EITHER)
            *(first ? &second : &first) = r->name;
    }
    if (second)
        qp_fields_fault(s, QP_EINVAL, first, "`%s` and `%s` are both missing: give one of them, or both",
                        first, second);
}

/* Whether something is said of this row: not absent, and not null. */
static bool is_said(const struct qp_fields *s, const struct qp_shape_row *r)
{
    const json_t *v = json_object_get(s->o, r->name);
    return v && !json_is_null(v);
}

/* What is asked of somebody who was reached, and of nobody else (ST2). */
static void check_above(struct qp_fields *s, const struct qp_shape *shape)
{
    const struct qp_shape_row *above = NULL;
    for (const struct qp_shape_row *r = shape->rows; r->name; r++) {
        bool yes = above && json_is_true(json_object_get(s->o, above->name));
        if (r->need == QP_NEED_ABOVE && yes && !is_said(s, r))
            qp_fields_fault(s, QP_EINVAL, r->name, "`%s` is missing: `%s` is true", r->name, above->name);
        if ((r->need == QP_NEED_ABOVE || r->need == QP_NEED_WITH) && !yes && is_said(s, r))
            qp_fields_fault(s, QP_EINVAL, r->name, "`%s` must be left out: `%s` is false", r->name,
                            above ? above->name : "");
        if (r->need != QP_NEED_ABOVE && r->need != QP_NEED_WITH)
            above = r;
    }
}

void qp_shape_read(struct qp_fields *s, const struct qp_shape *shape, ProtobufCMessage *m)
{
    for (const struct qp_shape_row *r = shape->rows; r->name; r++)
        if (r->need != QP_NEED_OWN)
            read_row(s, shape, r, m);
    check_either(s, shape);
    check_above(s, shape);
}

void qp_shape_check_ahead(struct qp_fields *s, const struct qp_shape *shape, const ProtobufCMessage *m,
                          int64_t now_us)
{
    for (const struct qp_shape_row *r = shape->rows; r->name; r++) {
        const int64_t *at_us = r->kind == QP_SHAPE_UNTIL ? qp_shape_member(shape, r, m) : NULL;
        if (at_us && *at_us <= now_us)
            qp_fields_fault(s, QP_EINVAL, r->name, "`%s` is over already: until when is it to rest?",
                            r->name);
    }
}

/* ---- out ---- */

static bool is_empty(const struct qp_shape_row *r, const void *at)
{
    if (qp_shape_is_text(r->kind))
        return !**(char *const *)at;
    return qp_shape_is_time(r->kind) && !*(const int64_t *)at;
}

static void put_value(struct qp_json *j, const struct qp_shape_row *r, const void *at)
{
    switch (r->kind) {
    case QP_SHAPE_TEXT:
    case QP_SHAPE_LINE:
    case QP_SHAPE_DESK:
    case QP_SHAPE_PERSON:
    case QP_SHAPE_ORIGINAL:
    case QP_SHAPE_PATH: qp_json_text(j, *(char *const *)at); return;
    case QP_SHAPE_URGENCY: qp_json_text(j, qp_urgency_name(*(const uint32_t *)at)); return;
    case QP_SHAPE_KIND: qp_json_text(j, qp_kind_name(*(const uint32_t *)at)); return;
    case QP_SHAPE_TIME:
    case QP_SHAPE_DUE:
    case QP_SHAPE_DEADLINE:
    case QP_SHAPE_UNTIL: qp_json_time(j, *(const int64_t *)at); return;
    case QP_SHAPE_BOOL: qp_json_bool(j, *(const protobuf_c_boolean *)at); return;
    case QP_SHAPE_ANSWER:
        if (*(const uint32_t *)at)
            qp_json_bool(j, *(const uint32_t *)at == 1);
        else
            qp_json_null(j);
        return;
    case QP_SHAPE_ID: {
        const ProtobufCBinaryData *id = at;
        qp_json_id(j, id->data, id->len);
        return;
    }
    case QP_SHAPE_KINDS_N: break;
    }
    assert(!"there is no such kind");
}

/* known: false where the row above says that nobody could tell. */
static void put_row(struct qp_json *j, const struct qp_shape_row *r, const void *at, bool known)
{
    bool empty = is_empty(r, at) || !known;
    if (r->show == QP_SHOW_NEVER || r->show == QP_SHOW_NOTE || (r->show == QP_SHOW_GIVEN && empty))
        return;
    qp_json_key(j, r->name);
    if (!known || (r->show == QP_SHOW_FULL && empty))
        qp_json_null(j);
    else
        put_value(j, r, at);
}

void qp_shape_put_inside(struct qp_json *j, const struct qp_shape *shape, const ProtobufCMessage *m)
{
    if (!m) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    const protobuf_c_boolean *above = NULL;
    for (const struct qp_shape_row *r = shape->rows; r->name; r++) {
        bool asked = r->need == QP_NEED_ABOVE || r->need == QP_NEED_WITH;
        if (strcmp(r->type, m->descriptor->short_name) != 0)
            continue;
        put_row(j, r, (const char *)m + r->at, !asked || !above || *above);
        if (!asked)
            above = r->kind == QP_SHAPE_BOOL ? (const void *)((const char *)m + r->at) : NULL;
    }
    qp_json_object_end(j);
}

void qp_shape_put(struct qp_json *j, const struct qp_shape *shape, const ProtobufCMessage *m)
{
    const ProtobufCFieldDescriptor *before = NULL;
    for (const struct qp_shape_row *r = shape->rows; r->name; r++) {
        const ProtobufCFieldDescriptor *f = qp_shape_inside(shape, r);
        if (!f)
            put_row(j, r, qp_shape_member(shape, r, m), true);
        if (f && f != before) {
            ProtobufCMessage *in;
            memcpy(&in, (const char *)m + f->offset, sizeof in);
            qp_json_key(j, f->name);
            qp_shape_put_inside(j, shape, in);
            before = f;
        }
    }
}
