/* test_parcel.c: a sealed parcel opens to the same, and no other bytes do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/proto/sample.h"

static int setup(void **state)
{
    *state = qp_arena_new(QP_DECODE_ARENA);
    return *state ? qp_crypto_init(NULL) : -1;
}

static int teardown(void **state)
{
    qp_arena_free(*state);
    return 0;
}

static const char GOLDEN[] =
    "0a9e010a1011111111111111111111111111111111121022222222222222222222222222222222180120013002380542"
    "20333333333333333333333333333333333333333333333333333333333333333348808080a098fbdec40150025a2042"
    "84268bf12a757c21fc41e10b1074b959c9a2af30b312695abe1fb8ab71cf236220444444444444444444444444444444"
    "44444444444444444444444444444444441240cd2a58f9138276fd7d4db049f121f299809509a67d266e5512c2225905"
    "d94705e7637fe0bbf6a859c8a83b45fdbe3745013c5f7d015d8ccf10368d1ab81ab3081a240a100b0c0d0e0f10111213"
    "1415161718191a100118012080c0aecdbca1800392020208011a240a100b0c0d0e0f101112131415161718191a100118"
    "022080c0aecdbca180039202020802";

/* A copy with room behind it, to be changed. */
static uint8_t *changeable(struct qp_arena *a, const void *p, size_t len)
{
    uint8_t *copy = qp_arena_take(a, len + 64);
    assert_non_null(copy);
    memcpy(copy, p, len);
    return copy;
}

static void what_was_sealed_opens_to_the_same(void **state)
{
    struct qp_arena *a = *state;
    for (size_t n = 1; n <= 130; n += 43) {
        uint8_t pk[QP_PK_LEN];
        struct qp_slice bytes = sample_parcel(a, n, pk);
        struct qp_slice *events = sample_events(a, n);
        assert_true(bytes.len <= qp_parcel_size(events, n));
        struct qp_parcel p;
        struct qp_err e;
        assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, a, &e), 0);
        assert_int_equal(qp_parcel_verify(&p, pk), 0);
        struct qp_header h = sample_header();
        h.count = (uint32_t)n;
        h.root = p.h.root;
        assert_memory_equal(&p.h, &h, sizeof h);
        for (size_t i = 0; i < n; i++) {
            Qp__Event *ev;
            assert_int_equal(p.events[i].len, events[i].len);
            assert_memory_equal(p.events[i].p, events[i].p, events[i].len);
            assert_int_equal(qp_parcel_event(&ev, &p, i, a, &e), 0);
            assert_int_equal(ev->seized->number, i + 1);
        }
        qp_arena_reset(a);
    }
}

/* The wire form must never drift: these bytes are in journals. */
static void a_parcel_has_these_bytes(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN];
    struct qp_slice bytes = sample_parcel(a, 2, pk);
    char hex[2048];
    assert_true(bytes.len * 2 < sizeof hex);
    qp_hex(hex, bytes.p, bytes.len);
    assert_string_equal(hex, GOLDEN);
}

static void any_changed_byte_is_noticed(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN];
    struct qp_slice bytes = sample_parcel(a, 3, pk);
    uint8_t *copy = changeable(a, bytes.p, bytes.len);
    struct qp_arena *scratch = qp_arena_new(QP_DECODE_ARENA);
    for (size_t i = 0; i < bytes.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct qp_parcel p;
            copy[i] ^= (uint8_t)(1 << bit);
            qp_arena_reset(scratch);
            int rc = qp_parcel_open(&p, copy, bytes.len, scratch, NULL);
            if (!rc)
                rc = qp_parcel_verify(&p, pk);
            assert_true(rc == QP_EINVAL || rc == QP_ESIG);
            copy[i] ^= (uint8_t)(1 << bit);
        }
    }
    qp_arena_free(scratch);
}

static void a_changed_event_is_refused_at_opening(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN];
    struct qp_slice bytes = sample_parcel(a, 3, pk);
    uint8_t *copy = changeable(a, bytes.p, bytes.len);
    copy[bytes.len - 1] ^= 1;
    struct qp_parcel p;
    struct qp_err e;
    assert_int_equal(qp_parcel_open(&p, copy, bytes.len, a, &e), QP_EINVAL);
    assert_string_equal(e.text, "Header.root: is not that of the events");
    assert_int_equal(qp_parcel_open_trusted(&p, copy, bytes.len, a, &e), 0);
}

static void a_parcel_cut_short_or_with_more_behind_is_refused(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN];
    struct qp_slice bytes = sample_parcel(a, 3, pk);
    struct qp_parcel p;
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(qp_parcel_open(&p, bytes.p, len, a, NULL), QP_EINVAL);
    uint8_t *copy = changeable(a, bytes.p, bytes.len);
    memset(copy + bytes.len, 0, 64);
    assert_int_equal(qp_parcel_open(&p, copy, bytes.len + 1, a, NULL), QP_EINVAL);
    memcpy(copy + bytes.len, "\x1a\x01x", 3); /* a whole event more than the header counts */
    assert_int_equal(qp_parcel_open(&p, copy, bytes.len + 3, a, NULL), QP_EINVAL);
    memcpy(copy + bytes.len, "\x22\x01x", 3); /* a field that a parcel does not have */
    assert_int_equal(qp_parcel_open(&p, copy, bytes.len + 3, a, NULL), QP_EINVAL);
    assert_int_equal(qp_parcel_open(&p, copy, QP_PARCEL_BYTES + 1, a, NULL), QP_EBIG);
}

static void outer_fields_in_another_order_are_refused(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN];
    struct qp_slice bytes = sample_parcel(a, 2, pk);
    struct qp_parcel p;
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, a, NULL), 0);
    size_t header = (size_t)(p.header.p + p.header.len - bytes.p), signature = 2 + QP_SIG_LEN;
    uint8_t *copy = qp_arena_take(a, bytes.len); /* signature first */
    memcpy(copy, bytes.p + header, signature);
    memcpy(copy + signature, bytes.p, header);
    memcpy(copy + signature + header, bytes.p + header + signature, bytes.len - header - signature);
    struct qp_parcel q;
    assert_int_equal(qp_parcel_open(&q, copy, bytes.len, a, NULL), QP_EINVAL);
    memcpy(copy, bytes.p, header); /* events before the signature */
    memcpy(copy + header, bytes.p + header + signature, bytes.len - header - signature);
    memcpy(copy + bytes.len - signature, bytes.p + header, signature);
    assert_int_equal(qp_parcel_open(&q, copy, bytes.len, a, NULL), QP_EINVAL);
}

static void a_length_in_a_longer_form_is_refused(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN];
    struct qp_slice bytes = sample_parcel(a, 1, pk);
    struct qp_parcel p;
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, a, NULL), 0);
    size_t at = (size_t)(p.signature.p - bytes.p) - 1; /* the signature's length, 0x40 */
    uint8_t *copy = qp_arena_take(a, bytes.len + 1);
    memcpy(copy, bytes.p, at);
    copy[at] = 0xc0;
    copy[at + 1] = 0x00;
    memcpy(copy + at + 2, bytes.p + at + 1, bytes.len - at - 1);
    assert_int_equal(qp_parcel_open(&p, copy, bytes.len + 1, a, NULL), QP_EINVAL);
}

/* Seals a header given as a message, so that it can say what qp_parcel_seal would not. */
static int open_header(struct qp_arena *a, Qp__Header *m, const char *behind, size_t behind_len)
{
    uint8_t header[QP_HEADER_BYTES + 64], out[4096];
    size_t len = qp__header__pack(m, header);
    memcpy(header + len, behind, behind_len);
    len += behind_len;
    struct qp_slice *events = sample_events(a, 1);
    uint8_t *p = out;
    *p++ = 0x0a;
    if (len >= 0x80)
        *p++ = (uint8_t)(len | 0x80);
    *p++ = (uint8_t)(len >= 0x80 ? len >> 7 : len);
    memcpy(p, header, len);
    p += len;
    *p++ = 0x12;
    *p++ = QP_SIG_LEN;
    memset(p, 1, QP_SIG_LEN);
    p += QP_SIG_LEN;
    *p++ = 0x1a;
    *p++ = (uint8_t)events[0].len;
    memcpy(p, events[0].p, events[0].len);
    p += events[0].len;
    struct qp_parcel parcel;
    return qp_parcel_open(&parcel, out, (size_t)(p - out), a, NULL);
}

static Qp__Header header_of_one(struct qp_arena *a)
{
    struct qp_slice *events = sample_events(a, 1);
    struct qp_hash leaf;
    qp_merkle_leaf(&leaf, events[0].p, events[0].len);
    Qp__Header m = QP__HEADER__INIT;
    m.tree = sample_bytes(a, 16, 0);
    m.origin = sample_bytes(a, 16, 1);
    m.incarnation = 1;
    m.scope = 1;
    m.lane = 1;
    m.seq = 1;
    m.prev = sample_bytes(a, 32, 2);
    m.clock = 1;
    m.count = 1;
    m.root = (ProtobufCBinaryData){32, qp_arena_copy(a, leaf.b, 32)};
    m.certificate = sample_bytes(a, 32, 3);
    return m;
}

static void a_header_has_one_form(void **state)
{
    struct qp_arena *a = *state;
    Qp__Header good = header_of_one(a);
    assert_int_equal(open_header(a, &good, "", 0), 0);
    assert_int_equal(open_header(a, &good, "\x68\x01", 2), QP_EINVAL); /* an unknown field */
    assert_int_equal(open_header(a, &good, "\x50\x01", 2), QP_EINVAL); /* the count once more */
    Qp__Header m = good;
    m.count = 0;
    assert_int_equal(open_header(a, &m, "\x50\x01", 2), QP_EINVAL); /* the count behind, out of order */
    m = good;
    m.clock = 0;
    assert_int_equal(open_header(a, &m, "", 0), 0);
    assert_int_equal(open_header(a, &m, "\x48\x00", 2), QP_EINVAL); /* a zero that should be left out */
}

static void a_header_out_of_its_values_is_refused(void **state)
{
    struct qp_arena *a = *state;
    Qp__Header good = header_of_one(a);
#define REFUSED(field, value)                                                                                \
    do {                                                                                                     \
        Qp__Header m = good;                                                                                 \
        m.field = value;                                                                                     \
        assert_int_equal(open_header(a, &m, "", 0), QP_EINVAL);                                              \
    } while (0)
    REFUSED(scope, 0);
    REFUSED(scope, 4);
    REFUSED(scope, 257);
    REFUSED(scope, QP_SCOPE_NODE); /* without `to` */
    REFUSED(to, good.tree);        /* with `to`, but for the horizon */
    REFUSED(lane, 0);
    REFUSED(lane, QP_LANES + 1);
    REFUSED(seq, 0);
    REFUSED(incarnation, 0);
    REFUSED(count, 0);
    REFUSED(count, 2);
    REFUSED(count, QP_PARCEL_EVENTS + 1);
    REFUSED(tree, sample_bytes(a, 15, 0));
    REFUSED(origin, sample_bytes(a, 17, 0));
    REFUSED(prev, sample_bytes(a, 31, 0));
    REFUSED(root, sample_bytes(a, 32, 0));
    REFUSED(certificate, sample_bytes(a, 0, 0));
#undef REFUSED
    Qp__Header m = good;
    m.scope = QP_SCOPE_NODE;
    m.to = good.tree;
    assert_int_equal(open_header(a, &m, "", 0), 0);
}

static void another_key_does_not_verify(void **state)
{
    struct qp_arena *a = *state;
    uint8_t pk[QP_PK_LEN], other[QP_PK_LEN], sk[QP_SIGN_SK_LEN], seed[QP_SEED_LEN] = {8};
    struct qp_slice bytes = sample_parcel(a, 1, pk);
    qp_sign_keypair(other, sk, seed);
    struct qp_parcel p;
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, a, NULL), 0);
    assert_int_equal(qp_parcel_verify(&p, other), QP_ESIG);
}

static void an_events_id_is_origin_incarnation_counter(void **state)
{
    Qp__Event *ev = sample_event(*state, 0x0102030405060708);
    ev->incarnation = 0x0a0b0c0d;
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    assert_memory_equal(id, ev->origin.data, 16);
    assert_memory_equal(id + 16, "\x0a\x0b\x0c\x0d\x01\x02\x03\x04\x05\x06\x07\x08", 12);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(what_was_sealed_opens_to_the_same),
        T(a_parcel_has_these_bytes),
        T(any_changed_byte_is_noticed),
        T(a_changed_event_is_refused_at_opening),
        T(a_parcel_cut_short_or_with_more_behind_is_refused),
        T(outer_fields_in_another_order_are_refused),
        T(a_length_in_a_longer_form_is_refused),
        T(a_header_has_one_form),
        T(a_header_out_of_its_values_is_refused),
        T(another_key_does_not_verify),
        T(an_events_id_is_origin_incarnation_counter),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
