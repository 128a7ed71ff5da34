/* test_bounds.c: drives every field of every message over its bound, made here and come from outside.
 *
 * The table itself says which fields there are; a list below states the most important bounds once more in
 * figures, so that a slip in the table is noticed too. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "proto/bounds.h"
#include "proto/row.pb-c.h"
#include "tests/unit/proto/sample.h"

static int setup(void **state)
{
    *state = qp_arena_new((size_t)16 * 1024 * 1024);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    qp_arena_free(*state);
    return 0;
}

static void *take(struct qp_arena *a, size_t len)
{
    void *p = qp_arena_take(a, len);
    assert_non_null(p);
    return p;
}

static char *letters(struct qp_arena *a, size_t len)
{
    char *t = take(a, len + 1);
    memset(t, 'x', len);
    t[len] = 0;
    return t;
}

static ProtobufCMessage *least(struct qp_arena *a, const struct qp_rules *r);

static void member_set(struct qp_arena *a, const struct qp_rule *f, void *at, size_t len)
{
    if (f->kind == QP_RULE_TEXT)
        *(char **)at = letters(a, len);
    else if (f->kind == QP_RULE_MESSAGE)
        *(ProtobufCMessage **)at = least(a, f->sub);
    else
        *(ProtobufCBinaryData *)at = sample_bytes(a, len, 0);
}

/* Puts one value of len bytes into field i, or n of them into a repeated one. */
static void field_set(struct qp_arena *a, const struct qp_rules *r, ProtobufCMessage *m, uint32_t i,
                      size_t len, size_t n)
{
    const struct qp_rule *f = &r->fields[i];
    const ProtobufCFieldDescriptor *d = &r->type->fields[i];
    uint8_t *base = (uint8_t *)m;
    if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *(uint32_t *)(void *)(base + d->quantifier_offset) = d->id;
    if (d->label != PROTOBUF_C_LABEL_REPEATED) {
        member_set(a, f, base + d->offset, len);
        return;
    }
    size_t step =
        f->kind == QP_RULE_MESSAGE || f->kind == QP_RULE_TEXT ? sizeof(void *) : sizeof(ProtobufCBinaryData);
    uint8_t *array = take(a, n * step);
    for (size_t k = 0; k < n; k++)
        member_set(a, f, array + k * step, len);
    *(size_t *)(void *)(base + d->quantifier_offset) = n;
    *(void **)(void *)(base + d->offset) = array;
}

/* The least message that is within its bounds. */
static ProtobufCMessage *least(struct qp_arena *a, const struct qp_rules *r)
{
    ProtobufCMessage *m = take(a, r->type->sizeof_message);
    protobuf_c_message_init(r->type, m);
    for (uint32_t i = 0; i < r->n; i++) {
        const struct qp_rule *f = &r->fields[i];
        if (f->must && !f->count)
            field_set(a, r, m, i, f->kind == QP_RULE_EXACT ? f->most : 1, 0);
    }
    return m;
}

static void expect_taken(struct qp_arena *a, const ProtobufCMessage *m)
{
    struct qp_err e = {0, ""};
    int rc = qp_check(m, &e);
    if (rc)
        fail_msg("made here: %s", e.text);
    size_t len;
    uint8_t *bytes = qp_encode(m, a, &len);
    ProtobufCMessage *out;
    rc = qp_decode(&out, m->descriptor, bytes, len, a, &e);
    if (rc)
        fail_msg("from outside: %s", e.text);
    size_t again_len;
    uint8_t *again = qp_encode(out, a, &again_len);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, bytes, len);
}

static void expect_refused(struct qp_arena *a, const ProtobufCMessage *m, const char *field)
{
    char name[100];
    struct qp_err e = {0, ""};
    int n = snprintf(name, sizeof name, "%s.%s: ", m->descriptor->short_name, field);
    if (qp_check(m, &e) != QP_EINVAL || strncmp(e.text, name, (size_t)n) != 0)
        fail_msg("made here, wanted %s got: %s", name, e.text);
    size_t len;
    uint8_t *bytes = qp_encode(m, a, &len);
    ProtobufCMessage *out;
    memset(&e, 0, sizeof e);
    if (qp_decode(&out, m->descriptor, bytes, len, a, &e) != QP_EINVAL ||
        strncmp(e.text, name, (size_t)n) != 0)
        fail_msg("from outside, wanted %s got: %s", name, e.text);
    assert_null(out);
}

static void the_table_has_each_field_of_each_message_in_order(void **state)
{
    (void)state;
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        assert_ptr_equal(qp_rules_of(r->type), r);
        if (r->n != r->type->n_fields)
            fail_msg("%s: proto/rules.c has %u fields, the .proto %u", r->type->short_name, r->n,
                     r->type->n_fields);
        for (uint32_t i = 0; i < r->n; i++) {
            const struct qp_rule *f = &r->fields[i];
            const ProtobufCFieldDescriptor *d = &r->type->fields[i];
            bool message = d->type == PROTOBUF_C_TYPE_MESSAGE;
            assert_string_equal(f->name, d->name);
            assert_int_equal(f->kind == QP_RULE_TEXT, d->type == PROTOBUF_C_TYPE_STRING);
            assert_int_equal(f->kind == QP_RULE_BYTES || f->kind == QP_RULE_EXACT,
                             d->type == PROTOBUF_C_TYPE_BYTES);
            assert_int_equal(f->kind == QP_RULE_MESSAGE, message);
            assert_int_equal(f->count != 0, d->label == PROTOBUF_C_LABEL_REPEATED);
            if (message)
                assert_ptr_equal(f->sub->type, d->descriptor);
        }
    }
}

static void a_message_at_its_bounds_is_taken(void **state)
{
    struct qp_arena *a = *state;
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        expect_taken(a, least(a, r));
        for (uint32_t i = 0; i < r->n; i++) {
            const struct qp_rule *f = &r->fields[i];
            if (f->kind <= QP_RULE_TIME)
                continue;
            ProtobufCMessage *m = least(a, r);
            bool list = f->count && f->kind == QP_RULE_BYTES; /* as long and as many at once would not fit */
            field_set(a, r, m, i, list ? 1 : f->most, f->count);
            if (f->kind == QP_RULE_BYTES || f->kind == QP_RULE_TEXT || f->kind == QP_RULE_EXACT || f->count ||
                !(r->type->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
                expect_taken(a, m);
        }
        qp_arena_reset(a);
    }
}

static void each_field_over_its_bound_is_refused_by_name(void **state)
{
    struct qp_arena *a = *state;
    size_t refused = 0;
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        for (uint32_t i = 0; i < r->n; i++) {
            const struct qp_rule *f = &r->fields[i];
            if (f->kind <= QP_RULE_TIME)
                continue;
            ProtobufCMessage *m;
            if (f->kind != QP_RULE_MESSAGE) {
                m = least(a, r);
                field_set(a, r, m, i, f->most + 1, 1);
                expect_refused(a, m, f->name);
                refused++;
            }
            if (f->kind == QP_RULE_EXACT) {
                m = least(a, r);
                field_set(a, r, m, i, f->most - 1, 1);
                expect_refused(a, m, f->name);
            }
            if (f->kind == QP_RULE_TEXT) {
                m = least(a, r);
                field_set(a, r, m, i, 1, 1);
                char **text = (char **)(void *)((uint8_t *)m + r->type->fields[i].offset);
                text = f->count ? *(char ***)(void *)text : text; /* of a list the first */
                (*text)[0] = '\x01';
                expect_refused(a, m, f->name);
            }
            if (f->count) {
                m = least(a, r);
                field_set(a, r, m, i, f->kind == QP_RULE_EXACT ? f->most : 1, f->count + 1);
                expect_refused(a, m, f->name);
                refused++;
            }
            if (f->must && f->kind == QP_RULE_MESSAGE && !f->count) {
                m = least(a, r);
                *(void **)(void *)((uint8_t *)m + r->type->fields[i].offset) = NULL;
                expect_refused(a, m, f->name);
                refused++;
            } else if (f->must && f->kind != QP_RULE_MESSAGE) {
                m = least(a, r);
                field_set(a, r, m, i, 0, 1);
                expect_refused(a, m, f->name);
            }
        }
        qp_arena_reset(a);
    }
    assert_true(refused > 120);
}

/* The first value beyond the bound, and the last within; false: there is none on that side. */
static bool number_at(const struct qp_rule *f, bool wide, bool low, bool beyond, int64_t *out)
{
    switch (f->kind) {
    case QP_RULE_COUNT:
        *out = wide ? (INT64_C(1) << 53) - 1 + beyond : (INT64_C(1) << 31) - 1 + beyond;
        return !low;
    case QP_RULE_SPAN: *out = (low ? -1 : 1) * ((INT64_C(1) << 61) + beyond); return true;
    case QP_RULE_DAY: *out = low ? -25567 - beyond : 84005 + beyond; return true;
    case QP_RULE_TIME:
        *out = low ? INT64_C(-2208988800000000) - beyond : INT64_C(7258118400000000) - 1 + beyond;
        return true;
    default: return false;
    }
}

static void each_number_beyond_its_bound_is_refused_by_name(void **state)
{
    struct qp_arena *a = *state;
    size_t refused = 0;
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        for (uint32_t i = 0; i < r->n; i++) {
            const ProtobufCFieldDescriptor *d = &r->type->fields[i];
            bool wide = d->type == PROTOBUF_C_TYPE_UINT64 || d->type == PROTOBUF_C_TYPE_INT64 ||
                        d->type == PROTOBUF_C_TYPE_SINT64;
            for (int k = 0; k < 4; k++) {
                int64_t v;
                if (!number_at(&r->fields[i], wide, k & 1, k & 2, &v))
                    continue;
                ProtobufCMessage *m = least(a, r);
                uint8_t *at = (uint8_t *)m + d->offset;
                int32_t narrow = (int32_t)v;
                memcpy(at, wide ? (void *)&v : (void *)&narrow, wide ? sizeof v : sizeof narrow);
                if (k & 2)
                    expect_refused(a, m, d->name), refused++;
                else
                    expect_taken(a, m);
            }
        }
        qp_arena_reset(a);
    }
    assert_true(refused > 250);
}

static void degrees_are_a_number_within_a_turn(void **state)
{
    struct qp_arena *a = *state;
    static const double beyond[] = {360.1, -360.1, 1e308, -INFINITY, INFINITY, NAN},
                        within[] = {360, -360, 0, 33.6};
    size_t found = 0;
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        for (uint32_t i = 0; i < r->n; i++) {
            const ProtobufCFieldDescriptor *d = &r->type->fields[i];
            bool real = d->type == PROTOBUF_C_TYPE_DOUBLE || d->type == PROTOBUF_C_TYPE_FLOAT;
            assert_int_equal(real, r->fields[i].kind == QP_RULE_DEGREES);
            found += real;
            for (size_t k = 0; real && k < 6; k++) {
                ProtobufCMessage *m = least(a, r);
                memcpy((uint8_t *)m + d->offset, &beyond[k], sizeof beyond[k]);
                expect_refused(a, m, d->name);
                memcpy((uint8_t *)m + d->offset, &within[k < 4 ? k : 0], sizeof within[0]);
                expect_taken(a, m);
            }
        }
    }
    assert_int_equal(found, 6);
}

/* A number of 64 bits that is nobody's time and is not counted on is a clock that rises (T1) or was drawn by lot. */
static void what_is_free_of_bounds_is_named_here(void **state)
{
    (void)state;
    static const char *const FREE[] = {"Header.clock", "Greeting.session", "Frame.session", "Clock.due_us",
                                       "Clock.until_due_us"};
    size_t found = 0;
    for (size_t t = 0; qp_rules_at(t); t++) {
        const struct qp_rules *r = qp_rules_at(t);
        for (uint32_t i = 0; i < r->n; i++) {
            const ProtobufCFieldDescriptor *d = &r->type->fields[i];
            bool wide = d->type == PROTOBUF_C_TYPE_UINT64 || d->type == PROTOBUF_C_TYPE_INT64 ||
                        d->type == PROTOBUF_C_TYPE_SINT64;
            char name[100];
            snprintf(name, sizeof name, "%s.%s", r->type->short_name, d->name);
            bool named = false;
            for (size_t k = 0; k < sizeof FREE / sizeof *FREE; k++)
                named = named || strcmp(FREE[k], name) == 0;
            if (wide && r->fields[i].kind == QP_RULE_FREE && !named)
                fail_msg("%s is a number without a bound: COUNT, TIME or SPAN in proto/rules.c", name);
            found += named;
        }
    }
    assert_int_equal(found, sizeof FREE / sizeof *FREE);
}

/* What each one is, said once more in figures. */
static void the_bounds_that_matter_most_have_these_figures(void **state)
{
    (void)state;
    static const struct {
        const ProtobufCMessageDescriptor *type;
        const char *field;
        uint32_t most, count;
    } want[] = {
        {&qp__face__descriptor, "id", 16, 0},           {&qp__face__descriptor, "title", 512, 0},
        {&qp__face__descriptor, "text", 16384, 0},      {&qp__face__descriptor, "members", 16, 256},
        {&qp__face__descriptor, "source_ref", 128, 0},  {&qp__offer__descriptor, "event", 28, 0},
        {&qp__event__descriptor, "origin", 16, 0},      {&qp__event__descriptor, "key", 128, 0},
        {&qp__accepted__descriptor, "offer", 28, 0},    {&qp__chain__descriptor, "certificates", 0, 8},
        {&qp__enrolled__descriptor, "closing", 0, 512}, {&qp__certificate__descriptor, "signature", 64, 0},
        {&qp__header__descriptor, "root", 32, 0},       {&qp__deliver__descriptor, "parcel", 65536, 0},
        {&qp__call__descriptor, "nonce", 32, 0},
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        const struct qp_rules *r = qp_rules_of(want[k].type);
        uint32_t i = 0;
        while (i < r->n && strcmp(r->fields[i].name, want[k].field) != 0)
            i++;
        assert_true(i < r->n);
        assert_int_equal(r->fields[i].most, want[k].most);
        assert_int_equal(r->fields[i].count, want[k].count);
    }
    assert_int_equal(qp_rules_of(&qp__event__descriptor)->bytes, 48 * 1024);
    assert_int_equal(qp_rules_of(&qp__frame__descriptor)->bytes, 128 * 1024);
}

static void an_event_within_each_field_but_too_large_in_all_is_refused(void **state)
{
    struct qp_arena *a = *state;
    Qp__Event *ev = sample_event(a, 1);
    Qp__Joined joined = QP__JOINED__INIT;
    joined.chain = sample_chain(a, 8);
    for (size_t i = 0; i < 8; i++)
        joined.chain->certificates[i]->body = sample_bytes(a, QP_CERTIFICATE_BYTES, 0);
    Qp__Head head = QP__HEAD__INIT;
    head.origin = sample_bytes(a, 16, 0);
    head.to = head.origin;
    head.hash = sample_bytes(a, 32, 0);
    head.seq = QP_COUNT_MOST;
    joined.n_closing = QP_HEADS;
    joined.closing = take(a, QP_HEADS * sizeof *joined.closing);
    for (size_t i = 0; i < QP_HEADS; i++)
        joined.closing[i] = &head;
    ev->body_case = QP__EVENT__BODY_JOINED;
    ev->joined = &joined;
    struct qp_err e;
    assert_int_equal(qp_check(&ev->base, &e), QP_EBIG);
    size_t len;
    uint8_t *bytes = qp_encode(&ev->base, a, &len);
    assert_true(len > QP_EVENT_BYTES);
    Qp__Event *out;
    assert_int_equal(QP_DECODE(&out, event, bytes, len, a, &e), QP_EBIG);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_table_has_each_field_of_each_message_in_order),
        T(a_message_at_its_bounds_is_taken),
        T(each_field_over_its_bound_is_refused_by_name),
        T(each_number_beyond_its_bound_is_refused_by_name),
        T(degrees_are_a_number_within_a_turn),
        T(what_is_free_of_bounds_is_named_here),
        T(the_bounds_that_matter_most_have_these_figures),
        T(an_event_within_each_field_but_too_large_in_all_is_refused),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
