/* record.c: a journal record's bytes: written into the place that LMDB reserved, read with every field
 * doubted.
 *
 * LMDB has no checksums and hands out wrong values silently; so a record carries its length, position, the
 * hash of the one before it and its own. Called by journal.c; fuzzed in tests/unit/store. */
#include "node/store/inside.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
    MAGIC = 0x4a505151, /* "QQPJ" */
    VERSION = 1,
    AT_VERSION = 4,
    AT_KIND = 6,
    AT_LANE = 7,
    AT_LENGTH = 8,
    AT_ZERO = 12,
    AT_POSITION = 16,
    AT_PEER = 24,
    AT_PEER_EPOCH = 40,
    AT_PEER_POSITION = 56,
    AT_PEER_HASH = 64,
    AT_RECEIVED = 96,
    AT_PREV = 104,
};
_Static_assert(AT_PREV + QP_HASH_LEN == QP_RECORD_HEAD, "the layout is packed");

static void put_le(uint8_t *p, uint64_t v, size_t bytes)
{
    assert(bytes >= 8 || v >> 8 * bytes == 0); /* nothing of it is cut off */
    for (size_t i = 0; i < bytes; i++, v >>= 8)
        p[i] = (uint8_t)v;
}

static uint64_t get_le(const uint8_t *p, size_t bytes)
{
    assert(bytes > 0 && bytes <= sizeof(uint64_t));
    uint64_t v = 0;
    for (size_t i = bytes; i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
}

static bool kind_ok(uint8_t kind)
{
    return kind == QP_RECORD_OWN || kind == QP_RECORD_RECEIVED || kind == QP_RECORD_HANDBACK;
}

void qp_record_write(uint8_t *out, struct qp_record *r)
{
    assert(r->position > 0 && kind_ok(r->kind));
    assert(r->parcel.len <= QP_PARCEL_BYTES);
    size_t len = QP_RECORD_OVERHEAD + r->parcel.len;
    put_le(out, MAGIC, 4);
    put_le(out + AT_VERSION, VERSION, 2);
    out[AT_KIND] = r->kind;
    out[AT_LANE] = r->lane;
    put_le(out + AT_LENGTH, len, 4);
    put_le(out + AT_ZERO, 0, 4);
    put_le(out + AT_POSITION, r->position, 8);
    memcpy(out + AT_PEER, r->peer, QP_ID_LEN);
    memcpy(out + AT_PEER_EPOCH, r->peer_epoch, QP_ID_LEN);
    put_le(out + AT_PEER_POSITION, r->peer_position, 8);
    memcpy(out + AT_PEER_HASH, r->peer_hash.b, QP_HASH_LEN);
    put_le(out + AT_RECEIVED, (uint64_t)r->received_us, 8);
    memcpy(out + AT_PREV, r->prev.b, QP_HASH_LEN);
    if (r->parcel.len > 0)
        memcpy(out + QP_RECORD_HEAD, r->parcel.p, r->parcel.len);
    qp_hash(&r->hash, out, len - QP_HASH_LEN);
    memcpy(out + len - QP_HASH_LEN, r->hash.b, QP_HASH_LEN);
}

void qp_record_frame(uint8_t *out, uint64_t position, size_t len, const struct qp_hash *prev)
{
    assert(len >= QP_RECORD_OVERHEAD && len <= QP_RECORD_MAX);
    put_le(out, MAGIC, 4);
    put_le(out + AT_VERSION, VERSION, 2);
    put_le(out + AT_LENGTH, len, 4);
    put_le(out + AT_ZERO, 0, 4);
    put_le(out + AT_POSITION, position, 8);
    if (prev)
        memcpy(out + AT_PREV, prev->b, QP_HASH_LEN);
}

void qp_record_lies(struct qp_record *out, const uint8_t *in, size_t len)
{
    assert(len >= QP_RECORD_OVERHEAD);
    *out = (struct qp_record){.kind = in[AT_KIND], .lane = in[AT_LANE]};
    memcpy(out->peer, in + AT_PEER, QP_ID_LEN);
    memcpy(out->peer_epoch, in + AT_PEER_EPOCH, QP_ID_LEN);
    out->peer_position = get_le(in + AT_PEER_POSITION, 8);
    out->parcel = (struct qp_slice){in + QP_RECORD_HEAD, len - QP_RECORD_OVERHEAD};
}

size_t qp_record_len(const uint8_t *in)
{
    return get_le(in + AT_LENGTH, 4);
}

int qp_record_read(struct qp_record *out, uint64_t position, const uint8_t *in, size_t len, struct qp_err *e)
{
    if (len < QP_RECORD_OVERHEAD || len > QP_RECORD_MAX || get_le(in + AT_LENGTH, 4) != len)
        return qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " has a wrong length", position);
    struct qp_hash hash;
    qp_hash(&hash, in, len - QP_HASH_LEN);
    if (memcmp(hash.b, in + len - QP_HASH_LEN, QP_HASH_LEN) != 0)
        return qp_fail(e, QP_ECORRUPT,
                       "journal record %" PRIu64 " does not have its hash: its bytes were changed", position);
    if (get_le(in, 4) != MAGIC || get_le(in + AT_VERSION, 2) != VERSION || get_le(in + AT_ZERO, 4) != 0 ||
        !kind_ok(in[AT_KIND]))
        return qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " is not of a form that this build knows",
                       position);
    if (get_le(in + AT_POSITION, 8) != position)
        return qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " says that it is record %" PRIu64, position,
                       get_le(in + AT_POSITION, 8));
    out->position = position;
    out->kind = in[AT_KIND];
    out->lane = in[AT_LANE];
    memcpy(out->peer, in + AT_PEER, QP_ID_LEN);
    memcpy(out->peer_epoch, in + AT_PEER_EPOCH, QP_ID_LEN);
    out->peer_position = get_le(in + AT_PEER_POSITION, 8);
    memcpy(out->peer_hash.b, in + AT_PEER_HASH, QP_HASH_LEN);
    out->received_us = (int64_t)get_le(in + AT_RECEIVED, 8);
    memcpy(out->prev.b, in + AT_PREV, QP_HASH_LEN);
    out->hash = hash;
    out->parcel = (struct qp_slice){in + QP_RECORD_HEAD, len - QP_RECORD_OVERHEAD};
    assert(out->parcel.len <= QP_PARCEL_BYTES);
    return 0;
}
