/* test_codec.c: what is encoded decodes to the same; hostile bytes are refused, cost a bounded amount and
 * crash nothing.
 *
 * protobuf-c's own unpacking is the oracle: whatever is taken here it takes too, with the same content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/proto/sample.h"

static int setup(void **state)
{
    *state = qp_arena_new(QP_DECODE_ARENA);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    qp_arena_free(*state);
    return 0;
}

static struct qp_slice encoded(struct qp_arena *a, const ProtobufCMessage *m)
{
    struct qp_slice s;
    s.p = qp_encode(m, a, &s.len);
    assert_non_null(s.p);
    return s;
}

static Qp__Frame *sample_frame(struct qp_arena *a)
{
    Qp__Frame *f = qp_arena_take(a, sizeof *f);
    Qp__Call *call = qp_arena_take(a, sizeof *call);
    qp__frame__init(f);
    qp__call__init(call);
    f->session = UINT64_MAX;
    f->body_case = QP__FRAME__BODY_CALL;
    f->call = call;
    call->versions_low = 1;
    call->versions_high = 2;
    call->chain = sample_chain(a, 3);
    call->nonce = sample_bytes(a, 32, 0);
    return f;
}

/* Decodes; what is taken must be what protobuf-c reads from the same bytes. */
static int decode_as_oracle(const ProtobufCMessageDescriptor *type, const uint8_t *p, size_t len,
                            struct qp_arena *a, struct qp_err *e)
{
    ProtobufCMessage *m;
    int rc = qp_decode(&m, type, p, len, a, e);
    assert_true(!rc || rc == QP_EINVAL || rc == QP_EBIG);
    if (rc) {
        assert_null(m);
        return rc;
    }
    assert_int_equal(qp_check(m, e), 0);
    ProtobufCMessage *other = protobuf_c_message_unpack(type, NULL, len, p);
    assert_non_null(other);
    struct qp_slice ours = encoded(a, m), theirs = encoded(a, other);
    assert_int_equal(ours.len, theirs.len);
    assert_memory_equal(ours.p, theirs.p, ours.len);
    protobuf_c_message_free_unpacked(other, NULL);
    return 0;
}

static int decode_event(struct qp_arena *a, const char *p, size_t len, struct qp_err *e)
{
    return decode_as_oracle(&qp__event__descriptor, (const uint8_t *)p, len, a, e);
}

/* A small event, with room behind it for what a test adds. */
static size_t small_event(struct qp_arena *a, char out[4096])
{
    struct qp_slice *s = sample_events(a, 1);
    memcpy(out, s->p, s->len);
    return s->len;
}

static void what_was_encoded_decodes_to_the_same(void **state)
{
    struct qp_arena *a = *state;
    struct qp_slice ev = encoded(a, &sample_event(a, 77)->base);
    struct qp_slice frame = encoded(a, &sample_frame(a)->base);
    struct qp_err e;
    assert_int_equal(decode_as_oracle(&qp__event__descriptor, ev.p, ev.len, a, &e), 0);
    assert_int_equal(decode_as_oracle(&qp__frame__descriptor, frame.p, frame.len, a, &e), 0);
    Qp__Event *out;
    assert_int_equal(QP_DECODE(&out, event, ev.p, ev.len, a, &e), 0);
    assert_int_equal(out->counter, 77);
    assert_string_equal(out->opened->face->title, "井盖缺失");
    assert_int_equal(out->opened->face->n_members, 3);
    assert_true(out->opened->face->location->lat > 33.6338 && out->opened->face->location->lat < 33.634);
    assert_int_equal(out->opened->face->offer->event.len, QP_EVENT_ID_LEN);
}

static void what_is_left_out_reads_as_empty(void **state)
{
    struct qp_arena *a = *state;
    char bytes[4096];
    Qp__Event *ev;
    assert_int_equal(QP_DECODE(&ev, event, bytes, small_event(a, bytes), a, NULL), 0);
    assert_string_equal(ev->by, "");
    assert_string_equal(ev->key, "");
    assert_int_equal(ev->matter.len, 0);
    Qp__Frame *f;
    assert_int_equal(QP_DECODE(&f, frame, NULL, 0, a, NULL), 0);
    assert_int_equal(f->body_case, 0);
}

static void bytes_cut_short_anywhere_are_refused_or_read_as_less(void **state)
{
    struct qp_arena *a = *state;
    struct qp_slice ev = encoded(a, &sample_event(a, 77)->base);
    struct qp_arena *scratch = qp_arena_new(QP_DECODE_ARENA);
    for (size_t len = 0; len < ev.len; len++) {
        /* A copy of exactly this length, so that a read behind its end is reported. */
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, ev.p, len);
        qp_arena_reset(scratch);
        decode_as_oracle(&qp__event__descriptor, copy, len, scratch, NULL);
        free(copy);
    }
    qp_arena_free(scratch);
}

static void refuse_event_with(struct qp_arena *a, const char *added, size_t added_len, const char *why)
{
    char bytes[4096];
    struct qp_err e = {0, ""};
    size_t len = small_event(a, bytes);
    memcpy(bytes + len, added, added_len);
    assert_int_equal(decode_event(a, bytes, len + added_len, &e), QP_EINVAL);
    assert_string_equal(e.text, why);
}
#define REFUSE_EVENT_WITH(a, added, why) refuse_event_with(a, added, sizeof added - 1, why)

static void bytes_that_no_honest_encoder_writes_are_refused(void **state)
{
    struct qp_arena *a = *state;
    const char *broken = "Event: cut short or not well formed";
    REFUSE_EVENT_WITH(a, "\x03\x04", broken);         /* field 0 */
    REFUSE_EVENT_WITH(a, "\xa3\x06\xa4\x06", broken); /* a group */
    REFUSE_EVENT_WITH(a, "\xa6\x06", broken);         /* wire type 6 */
    REFUSE_EVENT_WITH(a, "\x38\x81\x00", broken);     /* a longer form of 1 */
    REFUSE_EVENT_WITH(a, "\xb8\x00\x01", broken);     /* a longer form of the key */
    REFUSE_EVENT_WITH(a, "\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", broken); /* 65 bits */
    REFUSE_EVENT_WITH(a, "\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", broken);
    REFUSE_EVENT_WITH(a, "\x2a\xff\xff\xff\xff\x0f", broken); /* longer than what is there */
    REFUSE_EVENT_WITH(a, "\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                      broken); /* p + len would wrap round */
    REFUSE_EVENT_WITH(a, "\x10\x01", "Event.incarnation: comes twice");
    REFUSE_EVENT_WITH(a, "\x92\x02\x00", "Event.seized: comes twice");
    REFUSE_EVENT_WITH(a, "\x82\x01\x00", "Event.opened: comes beside another of its kind");
    REFUSE_EVENT_WITH(a, "\x2a\x02z\0", "Event.by: has a NUL inside");
    REFUSE_EVENT_WITH(a, "\x2a\x02\xc0\x80", "Event.by: not valid UTF-8, or has a control character");
    REFUSE_EVENT_WITH(a, "\x28\x01", "Event.by: has no length");
    REFUSE_EVENT_WITH(a, "\x3a\x01\x01", "Event.version: is not a number");
}

static void a_number_larger_than_its_type_is_refused(void **state)
{
    struct qp_arena *a = *state;
    struct qp_err e = {0, ""};
    char bytes[4096];
    size_t len = small_event(a, bytes);
    for (size_t i = 0; i + 1 < len; i++) { /* drop the incarnation, say it again in 33 bits */
        if (memcmp(bytes + i, "\x10\x01", 2) == 0) {
            memmove(bytes + i, bytes + i + 2, len - i - 2);
            break;
        }
    }
    memcpy(bytes + len - 2, "\x10\x80\x80\x80\x80\x10", 6);
    assert_int_equal(decode_event(a, bytes, len + 4, &e), QP_EINVAL);
    assert_string_equal(e.text, "Event.incarnation: is larger than 32 bits");
    Qp__Visit *v;
    assert_int_equal(QP_DECODE(&v, visit, "\x10\x02", 2, a, &e), QP_EINVAL);
    assert_string_equal(e.text, "Visit.reached: is neither true nor false");
}

/* E5: a later build's event is kept whole, and passes through this one unchanged. */
static void unknown_fields_and_bodies_are_kept(void **state)
{
    struct qp_arena *a = *state;
    Qp__Event *ev = sample_event(a, 1);
    ev->body_case = QP__EVENT__BODY__NOT_SET;
    struct qp_slice s = encoded(a, &ev->base);
    uint8_t bytes[4096];
    static const uint8_t later[] =
        "\xfa\x0f\x03\x0a\x01x\xc0\x0f\x96\x01\xcd\x0f\x01\x02\x03\x04\xd1\x0f\x01\x02\x03\x04\x05"
        "\x06\x07\x08";
    memcpy(bytes, s.p, s.len);
    memcpy(bytes + s.len, later, sizeof later - 1);
    size_t len = s.len + sizeof later - 1;
    Qp__Event *out;
    assert_int_equal(QP_DECODE(&out, event, bytes, len, a, NULL), 0);
    assert_int_equal(out->body_case, 0);
    assert_int_equal(out->base.n_unknown_fields, 4);
    struct qp_slice again = encoded(a, &out->base);
    assert_int_equal(again.len, len);
    assert_memory_equal(again.p, bytes, len);
    assert_int_equal(decode_as_oracle(&qp__event__descriptor, bytes, len, a, NULL), 0);
    assert_int_equal(QP_DECODE_PLAIN(&out, event, bytes, len, a, NULL), 0); /* the same without them */
    assert_int_equal(out->base.n_unknown_fields, 0);
    again = encoded(a, &out->base);
    assert_int_equal(again.len, s.len);
    assert_memory_equal(again.p, bytes, s.len);
    assert_int_equal(QP_DECODE_PLAIN(&out, event, bytes, len - 1, a, NULL), QP_EINVAL); /* and as strict */
}

static void nesting_of_unknown_bytes_is_never_descended_into(void **state)
{
    struct qp_arena *a = *state;
    uint8_t *bytes = qp_arena_take(a, QP_FRAME_BYTES);
    for (size_t i = 0; i + 1 < QP_FRAME_BYTES; i += 2) { /* group in group in group */
        bytes[i] = 0xfb;
        bytes[i + 1] = 0x01;
    }
    Qp__Frame *f;
    assert_int_equal(QP_DECODE(&f, frame, bytes, QP_FRAME_BYTES, a, NULL), QP_EINVAL);
}

static void swelling_messages_stop_at_the_cap(void **state)
{
    struct qp_arena *a = *state;
    uint8_t *bytes = qp_arena_take(a, QP_FRAME_BYTES);
    struct qp_arena *small = qp_arena_new(256 * 1024);
    struct qp_err e;
    /* Welcome { closing: {} {} {} ... }: two bytes each become a struct of a hundred. */
    size_t inner = QP_FRAME_BYTES - 8;
    bytes[0] = 0x72;
    bytes[1] = (uint8_t)(inner | 0x80);
    bytes[2] = (uint8_t)(inner >> 7 | 0x80);
    bytes[3] = (uint8_t)(inner >> 14);
    for (size_t i = 0; i < inner; i += 2) {
        bytes[4 + i] = 0x12;
        bytes[5 + i] = 0;
    }
    Qp__Frame *f;
    assert_int_equal(QP_DECODE(&f, frame, bytes, 4 + inner, small, &e), QP_EBIG);
    assert_true(qp_arena_used(small) <= 256 * 1024);
    /* Unknown fields, three bytes each. */
    for (size_t i = 0; i + 2 < inner; i += 3) {
        bytes[i] = 0xc0;
        bytes[i + 1] = 0x0c;
        bytes[i + 2] = 1;
    }
    qp_arena_reset(small);
    assert_int_equal(QP_DECODE(&f, frame, bytes, inner / 3 * 3, small, &e), QP_EINVAL);
    assert_string_equal(e.text, "Frame: too many unknown fields");
    qp_arena_free(small);
}

static void every_cap_is_refused_cleanly(void **state)
{
    struct qp_arena *a = *state;
    struct qp_slice ev = encoded(a, &sample_event(a, 77)->base);
    bool taken = false;
    for (size_t cap = 0; cap < 8192; cap += 8) {
        struct qp_arena *small = qp_arena_new(cap);
        Qp__Event *out;
        int rc = QP_DECODE(&out, event, ev.p, ev.len, small, NULL);
        assert_true(!rc || (rc == QP_EBIG && !taken));
        taken = !rc;
        qp_arena_free(small);
    }
    assert_true(taken);
}

/* Changes some bytes, cuts or repeats some: what a broken or hostile peer sends. */
static size_t mutate(uint8_t *bytes, size_t len, size_t cap, uint64_t *seed)
{
    size_t changes = 1 + sample_random(seed) % 4;
    for (size_t k = 0; k < changes && len > 1; k++) {
        size_t at = sample_random(seed) % len, span = 1 + sample_random(seed) % 8;
        if (span > len - at)
            span = len - at;
        switch (sample_random(seed) % 5) {
        case 0: bytes[at] = (uint8_t)sample_random(seed); break;
        case 1: bytes[at] ^= (uint8_t)(1 << sample_random(seed) % 8); break;
        case 2: /* cut */
            memmove(bytes + at, bytes + at + span, len - at - span);
            len -= span;
            break;
        case 3: /* repeat */
            if (len + span > cap)
                break;
            memmove(bytes + at + span, bytes + at, len - at);
            len += span;
            break;
        default: bytes[at] = (uint8_t)(bytes[at] + 1); break;
        }
    }
    return len;
}

static void mutated_bytes_never_crash_and_never_mean_something_else(void **state)
{
    struct qp_arena *a = *state;
    const char *given = getenv("QP_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : 20240601;
    print_message("seed %llu (QP_SEED)\n", (unsigned long long)seed);
    struct qp_slice from[3] = {encoded(a, &sample_event(a, 77)->base), *sample_events(a, 1),
                               encoded(a, &sample_frame(a)->base)};
    const ProtobufCMessageDescriptor *types[3] = {&qp__event__descriptor, &qp__event__descriptor,
                                                  &qp__frame__descriptor};
    struct qp_arena *scratch = qp_arena_new(QP_DECODE_ARENA);
    size_t taken = 0, runs = 100000;
    for (size_t i = 0; i < runs; i++) {
        uint8_t bytes[4096];
        size_t k = i % 3;
        assert_true(from[k].len + 64 < sizeof bytes);
        memcpy(bytes, from[k].p, from[k].len);
        size_t len = mutate(bytes, from[k].len, sizeof bytes, &seed);
        qp_arena_reset(scratch);
        taken += !decode_as_oracle(types[k], bytes, len, scratch, NULL);
    }
    qp_arena_free(scratch);
    assert_true(taken > runs / 100 &&
                taken < runs); /* the mutations are neither all fatal nor all harmless */
}

static void an_arena_gives_aligned_memory_up_to_its_cap(void **state)
{
    (void)state;
    struct qp_arena *a = qp_arena_new(200 * 1024);
    size_t taken = 0;
    for (size_t len = 0;; len = len * 3 % 5000 + 1) {
        uint8_t *p = qp_arena_take(a, len);
        if (!p)
            break;
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 0xaa, len);
        taken += len;
    }
    assert_true(taken > 150 * 1024 && qp_arena_used(a) <= 200 * 1024);
    assert_null(qp_arena_take(a, SIZE_MAX));
    assert_null(qp_arena_take(a, SIZE_MAX - 8));
    qp_arena_reset(a);
    assert_int_equal(qp_arena_used(a), 0);
    char *text = qp_arena_text(a, "abc");
    assert_string_equal(text, "abc");
    ProtobufCAllocator *al = qp_arena_allocator(a);
    assert_non_null(al->alloc(al->allocator_data, 100 * 1024));
    assert_null(qp_arena_take(a, 150 * 1024));
    qp_arena_free(a);
    qp_arena_free(NULL);
}

static void a_list_in_an_arena_doubles_and_stays_as_it_was_where_it_cannot(void **state)
{
    (void)state;
    struct qp_arena *a = qp_arena_new(256 * 1024);
    uint64_t *v = NULL, *last = NULL;
    size_t n = 0, room = 0;
    while ((v = qp_arena_list(a, v, n, &room, sizeof *v, 16))) {
        assert_true(n < room && room % 16 == 0);
        v[n] = n;
        n++;
        last = v;
    }
    assert_true(n >= 1024 && n == room); /* it was full, and no longer one fits */
    for (size_t i = 0; i < n; i++)
        assert_int_equal(last[i], i);
    qp_arena_free(a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(what_was_encoded_decodes_to_the_same),
        T(what_is_left_out_reads_as_empty),
        T(bytes_cut_short_anywhere_are_refused_or_read_as_less),
        T(bytes_that_no_honest_encoder_writes_are_refused),
        T(a_number_larger_than_its_type_is_refused),
        T(unknown_fields_and_bodies_are_kept),
        T(nesting_of_unknown_bytes_is_never_descended_into),
        T(swelling_messages_stop_at_the_cap),
        T(every_cap_is_refused_cleanly),
        T(mutated_bytes_never_crash_and_never_mean_something_else),
        T(an_arena_gives_aligned_memory_up_to_its_cap),
        T(a_list_in_an_arena_doubles_and_stays_as_it_was_where_it_cannot),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
