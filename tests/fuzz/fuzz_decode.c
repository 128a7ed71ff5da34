/* fuzz_decode.c: whatever comes from outside, against libFuzzer: parcels, events, frames, JSON.
 *
 * The first byte chooses the reader. What is taken must hold its promises: bounds, the same bytes when it is
 * made again, the same content for protobuf-c. `QP_FUZZ_SEEDS=DIR fuzz_decode -runs=0` writes a seed of each
 * kind to DIR. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"
#include "tests/unit/proto/sample.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FUZZ_PARCEL, FUZZ_EVENT, FUZZ_FRAME, FUZZ_JSON, FUZZ_HEADER, FUZZ_KINDS };

/* A finding: libFuzzer keeps the input of a process that aborts. */
static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken promise: %s\n", what);
    abort();
}

/* What protobuf-c reads from these bytes must encode to the same as what was decoded here. */
static void same_for_protobuf_c(const ProtobufCMessage *m, const uint8_t *p, size_t len, struct qp_arena *a)
{
    ProtobufCMessage *other = protobuf_c_message_unpack(m->descriptor, NULL, len, p);
    must(other, "protobuf-c refuses what was taken");
    size_t our_len, their_len;
    uint8_t *ours = qp_encode(m, a, &our_len), *theirs = qp_encode(other, a, &their_len);
    if (ours && theirs)
        must(our_len == their_len && memcmp(ours, theirs, our_len) == 0, "protobuf-c reads something else");
    protobuf_c_message_free_unpacked(other, NULL);
}

/* JSON of a message must give it back: compared by its next JSON, as unknown fields and minus zero get lost.
 */
static void same_through_json(const ProtobufCMessage *m, struct qp_arena *a)
{
    char *json = qp_json_print(m);
    must(json, "no memory");
    ProtobufCMessage *back;
    struct qp_err e = {0, ""};
    int rc = qp_json_parse(&back, m->descriptor, json, strlen(json), a, &e);
    must(!rc || rc == QP_EBIG, "own JSON is refused");
    if (!rc) {
        char *again = qp_json_print(back);
        must(again && strcmp(again, json) == 0, "own JSON reads as something else");
        free(again);
    }
    free(json);
}

static void fuzz_message(const ProtobufCMessageDescriptor *type, const uint8_t *p, size_t len,
                         struct qp_arena *a)
{
    ProtobufCMessage *m;
    struct qp_err e = {0, ""};
    int rc = qp_decode(&m, type, p, len, a, &e);
    must(!rc || rc == QP_EINVAL || rc == QP_EBIG, "an error that decoding does not have");
    must((!rc) == (!!m) && (!rc || e.code == rc), "a refusal without its sentence");
    if (rc)
        return;
    same_for_protobuf_c(m, p, len, a);
    same_through_json(m, a);
}

static void fuzz_parcel(const uint8_t *p, size_t len, struct qp_arena *a)
{
    struct qp_parcel parcel;
    struct qp_err e;
    /* Hashes cannot be guessed: the trusted opening is what gets deep. */
    int rc = qp_parcel_open_trusted(&parcel, p, len, a, &e);
    must(!rc || rc == QP_EINVAL || rc == QP_EBIG, "an error that opening does not have");
    if (rc)
        return;
    must(parcel.h.count >= 1 && parcel.h.count <= QP_PARCEL_EVENTS, "a count out of its bounds");
    must(qp_parcel_size(parcel.events, parcel.h.count) >= len, "larger than its greatest size");
    const uint8_t *end = p + len;
    for (uint32_t i = 0; i < parcel.h.count; i++) {
        Qp__Event *ev;
        must(parcel.events[i].p > p && parcel.events[i].p + parcel.events[i].len <= end, "a slice outside");
        if (qp_parcel_event(&ev, &parcel, i, a, &e) == 0) {
            uint8_t id[QP_EVENT_ID_LEN];
            qp_event_id(id, ev);
        }
    }
    must(parcel.events[parcel.h.count - 1].p + parcel.events[parcel.h.count - 1].len == end,
         "bytes left over");
    (void)qp_parcel_open(&parcel, p, len, a, &e);
    uint8_t pk[QP_PK_LEN] = {9};
    must(qp_parcel_verify(&parcel, pk) == QP_ESIG, "a signature out of nothing");
}

static void fuzz_json(const uint8_t *p, size_t len, struct qp_arena *a)
{
    ProtobufCMessage *m;
    struct qp_err e = {0, ""};
    int rc = qp_json_parse(&m, &qp__event__descriptor, (const char *)p, len, a, &e);
    must(!rc || rc == QP_EINVAL || rc == QP_EBIG, "an error that parsing does not have");
    must(!rc || (e.code == rc && qp_utf8_ok(e.text, strlen(e.text))), "a refusal without its sentence");
    if (rc)
        return;
    must(!qp_check(m, NULL), "out of its bounds");
    same_through_json(m, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return 0;
    switch (data[0] % FUZZ_KINDS) {
    case FUZZ_PARCEL: fuzz_parcel(data + 1, len - 1, a); break;
    case FUZZ_EVENT: fuzz_message(&qp__event__descriptor, data + 1, len - 1, a); break;
    case FUZZ_FRAME: fuzz_message(&qp__frame__descriptor, data + 1, len - 1, a); break;
    case FUZZ_JSON: fuzz_json(data + 1, len - 1, a); break;
    default: fuzz_message(&qp__header__descriptor, data + 1, len - 1, a); break;
    }
    qp_arena_free(a);
    return 0;
}

static void seed_write(const char *folder, int kind, const void *p, size_t len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/seed-%d-%zu", folder, kind, len);
    FILE *f = fopen(path, "wb");
    must(f && fputc(kind, f) == kind && fwrite(p, 1, len, f) == len && fclose(f) == 0, path);
}

static void seeds_write(const char *folder)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    uint8_t pk[QP_PK_LEN];
    size_t len;
    for (size_t n = 1; n <= 3; n++) {
        struct qp_slice parcel = sample_parcel(a, n, pk);
        seed_write(folder, FUZZ_PARCEL, parcel.p, parcel.len);
    }
    Qp__Event *ev = sample_event(a, 77);
    uint8_t *bytes = qp_encode(&ev->base, a, &len);
    seed_write(folder, FUZZ_EVENT, bytes, len);
    char *json = qp_json_print(&ev->base);
    seed_write(folder, FUZZ_JSON, json, strlen(json));
    free(json);
    Qp__Frame frame = QP__FRAME__INIT;
    Qp__Call call = QP__CALL__INIT;
    call.chain = sample_chain(a, 2);
    call.nonce = sample_bytes(a, 32, 0);
    frame.body_case = QP__FRAME__BODY_CALL;
    frame.call = &call;
    bytes = qp_encode(&frame.base, a, &len);
    seed_write(folder, FUZZ_FRAME, bytes, len);
    qp_arena_free(a);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    must(!qp_crypto_init(NULL), "no crypto");
    const char *folder = getenv("QP_FUZZ_SEEDS");
    if (folder)
        seeds_write(folder);
    return 0;
}
