/* test_pack.c: qp_encode makes the bytes that protobuf-c makes, of random messages of every type in proto/, and says so
 * where there is no room for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bounds.h"
#include "proto/matter.pb-c.h"
#include "tests/unit/proto/sample.h"

enum { ROUNDS = 200, ARENA = 1024 * 1024 };
static uint64_t dice = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t roll(uint64_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % sides;
}

static void *take(struct qp_arena *a, size_t len)
{
    void *p = qp_arena_take(a, len);
    assert_non_null(p);
    return p;
}

/* Of every length on the wire, negative ones and the ends among them. */
static uint64_t number(void)
{
    uint64_t v = roll(4) == 0 ? UINT64_MAX : (roll(UINT64_MAX) | 1) >> roll(64);
    return roll(6) == 0 ? 0 : roll(2) ? v : ~v + 1;
}

static ProtobufCMessage *random_of(struct qp_arena *a, const ProtobufCMessageDescriptor *type, int depth);

static void value(struct qp_arena *a, const ProtobufCFieldDescriptor *d, void *at, int depth)
{
    uint64_t v = number();
    size_t len = roll(3) == 0 ? 0 : roll(8) == 0 ? roll(20000) : roll(40);
    switch (d->type) {
    case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *)at = v & 1; break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32: memcpy(at, &v, 4); break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64: memcpy(at, &v, 8); break;
    case PROTOBUF_C_TYPE_DOUBLE: *(double *)at = (double)v / 7; break;
    case PROTOBUF_C_TYPE_STRING: {
        char *text = take(a, len + 1);
        memset(text, 'x', len);
        text[len] = 0;
        *(char **)at = text;
        break;
    }
    case PROTOBUF_C_TYPE_BYTES: *(ProtobufCBinaryData *)at = sample_bytes(a, len, (uint8_t)v); break;
    case PROTOBUF_C_TYPE_MESSAGE: *(ProtobufCMessage **)at = random_of(a, d->descriptor, depth + 1); break;
    default: fail_msg("%s: a kind of field that pack.c does not write", d->name);
    }
}

static void list(struct qp_arena *a, const ProtobufCFieldDescriptor *d, uint8_t *base, int depth)
{
    size_t step = d->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    if (d->type != PROTOBUF_C_TYPE_BYTES && d->type != PROTOBUF_C_TYPE_STRING &&
        d->type != PROTOBUF_C_TYPE_MESSAGE)
        fail_msg("%s: a list of what pack.c does not write", d->name);
    size_t n = depth > 3 ? 0 : roll(4);
    uint8_t *array = take(a, n * step);
    for (size_t i = 0; i < n; i++)
        value(a, d, array + i * step, depth);
    *(size_t *)(void *)(base + d->quantifier_offset) = n;
    *(void **)(void *)(base + d->offset) = array;
}

static void unknown(struct qp_arena *a, ProtobufCMessage *m)
{
    m->n_unknown_fields = (unsigned)roll(3);
    m->unknown_fields = take(a, 2 * sizeof *m->unknown_fields);
    for (unsigned i = 0; i < m->n_unknown_fields; i++) {
        ProtobufCBinaryData b = sample_bytes(a, 3, 1);
        b.data[0] = 2; /* its length */
        m->unknown_fields[i] =
            (ProtobufCMessageUnknownField){20000 + i, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, b.len, b.data};
    }
}

static ProtobufCMessage *random_of(struct qp_arena *a, const ProtobufCMessageDescriptor *type, int depth)
{
    ProtobufCMessage *m = take(a, type->sizeof_message);
    uint8_t *base = (uint8_t *)m;
    protobuf_c_message_init(type, m);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *d = &type->fields[i];
        if (d->label == PROTOBUF_C_LABEL_REPEATED) {
            list(a, d, base, depth);
            continue;
        }
        if (roll(3) == 0 || (depth > 3 && d->type == PROTOBUF_C_TYPE_MESSAGE))
            continue;
        if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            uint32_t *which = (uint32_t *)(void *)(base + d->quantifier_offset);
            if (*which != 0 || roll(type->n_fields / 4 + 1) != 0)
                continue;
            *which = d->id;
        }
        value(a, d, base + d->offset, depth);
    }
    if (roll(4) == 0)
        unknown(a, m);
    return m;
}

static void the_bytes_are_those_of_protobuf_c(void **state)
{
    (void)state;
    size_t longest = 0, types = 0;
    for (const struct qp_rules *r; (r = qp_rules_at(types)); types++) {
        for (int round = 0; round < ROUNDS; round++) {
            struct qp_arena *a = qp_arena_new((size_t)64 * ARENA);
            const ProtobufCMessage *m = random_of(a, r->type, 0);
            size_t want = protobuf_c_message_get_packed_size(m), len, brief_len;
            uint8_t *theirs = malloc(want + 1);
            assert_non_null(theirs);
            assert_int_equal(protobuf_c_message_pack(m, theirs), want);
            const uint8_t *brief = qp_encode_brief(m, a, &brief_len);
            if (brief_len != want || (want > 0 && memcmp(brief, theirs, want) != 0))
                fail_msg("%s: %zu bytes, protobuf-c makes %zu", r->type->name, brief_len, want);
            uint8_t *ours = qp_encode(m, a, &len);
            assert_int_equal(len, want);
            assert_memory_equal(ours, theirs, want);
            void *next = take(a, 64); /* what was taken is not given out again */
            memset(next, 0xee, 64);
            assert_memory_equal(ours, theirs, want);
            longest = want > longest ? want : longest;
            free(theirs);
            qp_arena_free(a);
        }
    }
    print_message("%zu types, the longest message %zu bytes\n", types, longest);
    assert_true(types > 0 && longest > 64 * 1024); /* more than a block of the arena */
}

static void without_room_there_is_nothing(void **state)
{
    (void)state;
    Qp__Commented said;
    struct qp_arena *a = qp_arena_new(4096);
    size_t len;
    char text[2001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    qp__commented__init(&said);
    said.text = text;
    assert_non_null(qp_encode(&said.base, a, &len));
    assert_non_null(qp_encode_brief(&said.base, a, &len));
    assert_non_null(qp_encode(&said.base, a, &len));
    assert_int_equal(len, 2003);
    assert_null(qp_encode(&said.base, a, &len));
    assert_null(qp_encode_brief(&said.base, a, &len));
    assert_int_equal(len, 0);
    qp_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_protobuf_c),
        cmocka_unit_test(without_room_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
