/* bounds.c: holds a message to the rules of its fields (rules.c).
 *
 * Called at the end of every decode, and by qp_check for what is made here. */
#include "proto/bounds.h"

#include <assert.h>
#include <string.h>

static int refuse(struct qp_err *e, const struct qp_rules *r, const struct qp_rule *f, const char *why)
{
    return qp_fail(e, QP_EINVAL, "%s.%s: %s", r->type->short_name, f->name, why);
}

static int check_text(const struct qp_rules *r, const struct qp_rule *f, const char *text, struct qp_err *e)
{
    size_t len = text ? strlen(text) : 0;
    if (len > f->most)
        return qp_fail(e, QP_EINVAL, "%s.%s: %zu bytes, at most %u are taken", r->type->short_name, f->name,
                       len, f->most);
    if (f->must && len == 0)
        return refuse(e, r, f, "must not be empty");
    if (!qp_utf8_ok(text, len))
        return refuse(e, r, f, "not valid UTF-8, or has a control character");
    return 0;
}

static int check_bytes(const struct qp_rules *r, const struct qp_rule *f, const ProtobufCBinaryData *b,
                       struct qp_err *e)
{
    assert(b->len == 0 || b->data);
    if (b->len == 0 ? f->must : f->kind == QP_RULE_EXACT && b->len != f->most)
        return qp_fail(e, QP_EINVAL, "%s.%s: %zu bytes instead of %s%u", r->type->short_name, f->name, b->len,
                       f->kind == QP_RULE_EXACT ? "" : "1 to ", f->most);
    if (b->len > f->most)
        return qp_fail(e, QP_EINVAL, "%s.%s: %zu bytes, at most %u are taken", r->type->short_name, f->name,
                       b->len, f->most);
    return 0;
}

/* What a clock or a calendar can mean: sums of two of them stay far below what an int64_t holds. */
#define YEAR_2200_US (7258118400 * INT64_C(1000000))

enum { DAY_1900 = -25567, DAY_2200 = 84006 };
#define SPAN_US (INT64_C(1) << 61)

static int check_count(const struct qp_rules *r, const struct qp_rule *f, const void *at, struct qp_err *e)
{
    uint64_t wide;
    uint32_t narrow;
    if (r->type->fields[f - r->fields].type == PROTOBUF_C_TYPE_UINT64) {
        memcpy(&wide, at, sizeof wide);
        return wide > QP_COUNT_MOST ? refuse(e, r, f, "nobody counts beyond 2^53") : 0;
    }
    assert(r->type->fields[f - r->fields].type == PROTOBUF_C_TYPE_UINT32);
    memcpy(&narrow, at, sizeof narrow);
    return narrow > QP_COUNT32_MOST ? refuse(e, r, f, "nobody counts beyond 2^31") : 0;
}

static int check_span(const struct qp_rules *r, const struct qp_rule *f, const void *at, struct qp_err *e)
{
    int64_t us;
    memcpy(&us, at, sizeof us);
    return us > SPAN_US || us < -SPAN_US ? refuse(e, r, f, "no clock shows that") : 0;
}

static int check_degrees(const struct qp_rules *r, const struct qp_rule *f, const void *at, struct qp_err *e)
{
    double degrees;
    memcpy(&degrees, at, sizeof degrees);
    return degrees >= -360 && degrees <= 360 ? 0 : refuse(e, r, f, "no place has that"); /* NaN: neither */
}

static int check_day(const struct qp_rules *r, const struct qp_rule *f, const void *at, struct qp_err *e)
{
    int32_t day;
    memcpy(&day, at, sizeof day);
    return day < DAY_1900 || day >= DAY_2200 ? refuse(e, r, f, "must lie between the years 1900 and 2200")
                                             : 0;
}

static int check_time(const struct qp_rules *r, const struct qp_rule *f, const void *at, struct qp_err *e)
{
    int64_t us;
    memcpy(&us, at, sizeof us);
    return us < QP_TIME_FIRST_US || us >= YEAR_2200_US
               ? refuse(e, r, f, "must lie between the years 1900 and 2200")
               : 0;
}

/* One value, or one element of a repeated field; `at` is where its member lies. */
static int check_value(const struct qp_rules *r, const struct qp_rule *f, const void *at, struct qp_err *e)
{
    switch (f->kind) {
    case QP_RULE_FREE: return 0;
    case QP_RULE_COUNT: return check_count(r, f, at, e);
    case QP_RULE_SPAN: return check_span(r, f, at, e);
    case QP_RULE_DEGREES: return check_degrees(r, f, at, e);
    case QP_RULE_DAY: return check_day(r, f, at, e);
    case QP_RULE_TIME: return check_time(r, f, at, e);
    case QP_RULE_TEXT: return check_text(r, f, *(char *const *)at, e);
    case QP_RULE_BYTES:
    case QP_RULE_EXACT: return check_bytes(r, f, at, e);
    case QP_RULE_MESSAGE: break;
    }
    const ProtobufCMessage *m = *(ProtobufCMessage *const *)at;
    if (m)
        return qp_rules_check(f->sub, m, e);
    return f->must ? refuse(e, r, f, "is missing") : 0;
}

int qp_rules_check(const struct qp_rules *r, const ProtobufCMessage *m, struct qp_err *e)
{
    assert(m->descriptor == r->type && r->n == r->type->n_fields);
    const uint8_t *base = (const uint8_t *)m;
    for (uint32_t i = 0; i < r->n; i++) {
        const struct qp_rule *f = &r->fields[i];
        if (f->kind == QP_RULE_FREE)
            continue;
        const ProtobufCFieldDescriptor *d = &r->type->fields[i];
        const uint8_t *at = base + d->offset;
        int rc = 0;
        if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            if (*(const uint32_t *)(base + d->quantifier_offset) == d->id)
                rc = check_value(r, f, at, e);
        } else if (d->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(const size_t *)(base + d->quantifier_offset);
            bool pointers = f->kind == QP_RULE_MESSAGE || f->kind == QP_RULE_TEXT;
            size_t step = pointers ? sizeof(void *) : sizeof(ProtobufCBinaryData);
            if (n > f->count)
                return qp_fail(e, QP_EINVAL, "%s.%s: %zu of them, at most %u are taken", r->type->short_name,
                               f->name, n, f->count);
            for (size_t k = 0; k < n && !rc; k++)
                rc = check_value(r, f, *(const uint8_t *const *)at + k * step, e);
        } else {
            rc = check_value(r, f, at, e);
        }
        if (rc)
            return rc;
    }
    return 0;
}

int qp_check(const ProtobufCMessage *m, struct qp_err *e)
{
    const struct qp_rules *r = qp_rules_of(m->descriptor);
    int rc = qp_rules_check(r, m, e);
    if (rc)
        return rc;
    size_t len = protobuf_c_message_get_packed_size(m);
    if (len > r->bytes)
        return qp_fail(e, QP_EBIG, "%s: %zu bytes, at most %u are taken", r->type->short_name, len, r->bytes);
    return 0;
}
