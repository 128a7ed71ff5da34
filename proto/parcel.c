/* parcel.c: seals a batch of events, and opens one that came.
 *
 *   0a LL header   12 40 signature   1a LL event   1a LL event ...
 *
 * in this order, with shortest lengths and nothing else: one parcel has one form, so its bytes can be
 * compared, kept and passed on without being encoded again. The header too must be exactly what encoding its
 * fields gives. Called by node/core (seal, open) and by all that read the journal. */
#include "proto/parcel.h"

#include <assert.h>
#include <string.h>

const uint32_t qp_lane_by_turn[QP_LANES] = {QP_LANE_URGENT, QP_LANE_LINE, QP_LANE_BULK};

enum { KEY_HEADER = 0x0a, KEY_SIGNATURE = 0x12, KEY_EVENT = 0x1a };
/* The longest header: its fields' longest forms, tag by tag. */
enum { HEADER_MOST = 18 + 18 + 6 + 2 + 18 + 2 + 11 + 34 + 11 + 3 + 34 + 34 };
_Static_assert((int)HEADER_MOST <= (int)QP_HEADER_BYTES, "a header fits its bound");

/* ---- seal ---- */

static size_t length_size(size_t len)
{
    size_t n = 1;
    for (; len >= 0x80; len >>= 7)
        n++;
    return n;
}

static uint8_t *put(uint8_t *p, uint8_t key, const void *bytes, size_t len)
{
    *p++ = key;
    size_t left = len;
    for (; left >= 0x80; left >>= 7)
        *p++ = (uint8_t)(left | 0x80);
    *p++ = (uint8_t)left;
    memcpy(p, bytes, len);
    return p + len;
}

static size_t field_size(size_t len)
{
    return 1 + length_size(len) + len;
}

size_t qp_parcel_size(const struct qp_slice *events, size_t n)
{
    size_t size = field_size(HEADER_MOST) + field_size(QP_SIG_LEN);
    for (size_t i = 0; i < n; i++)
        size += field_size(events[i].len);
    return size;
}

static ProtobufCBinaryData view(const void *bytes, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)bytes};
}

/* The message with these fields: borrows from h. */
static Qp__Header header_message(const struct qp_header *h)
{
    Qp__Header m = QP__HEADER__INIT;
    m.tree = view(h->tree, QP_ID_LEN);
    m.origin = view(h->origin, QP_ID_LEN);
    m.incarnation = h->incarnation;
    m.scope = h->scope;
    if (h->scope == QP_SCOPE_NODE)
        m.to = view(h->to, QP_ID_LEN);
    m.lane = h->lane;
    m.seq = h->seq;
    m.prev = view(h->prev.b, QP_HASH_LEN);
    m.clock = h->clock;
    m.count = h->count;
    m.root = view(h->root.b, QP_HASH_LEN);
    m.certificate = view(h->certificate.b, QP_HASH_LEN);
    return m;
}

static size_t header_pack(uint8_t out[QP_HEADER_BYTES], const struct qp_header *h)
{
    Qp__Header m = header_message(h);
    assert(qp__header__get_packed_size(&m) <= HEADER_MOST);
    return qp__header__pack(&m, out);
}

static int header_check(const struct qp_header *h, struct qp_err *e)
{
    if (h->scope < QP_SCOPE_HORIZON || h->scope > QP_SCOPE_SUBTREE)
        return qp_fail(e, QP_EINVAL, "Header.scope: %u is none of 1, 2, 3", h->scope);
    if (h->lane < QP_LANE_URGENT || h->lane > QP_LANES)
        return qp_fail(e, QP_EINVAL, "Header.lane: %u is none of 1 to %d", h->lane, QP_LANES);
    if (h->incarnation == 0 || h->seq == 0)
        return qp_fail(e, QP_EINVAL, "Header.%s: counts from 1", h->seq ? "incarnation" : "seq");
    if (h->count == 0 || h->count > QP_PARCEL_EVENTS)
        return qp_fail(e, QP_EINVAL, "Header.count: %u, must be 1 to %d", h->count, QP_PARCEL_EVENTS);
    return 0;
}

/* false past the arena's cap. */
static bool events_root(struct qp_hash *root, const struct qp_slice *events, size_t n, struct qp_arena *a)
{
    struct qp_hash *leaves = qp_arena_take(a, n * sizeof *leaves);
    if (!leaves)
        return false;
    for (size_t i = 0; i < n; i++)
        qp_merkle_leaf(&leaves[i], events[i].p, events[i].len);
    qp_merkle_root(root, leaves, n);
    return true;
}

void qp_parcel_seal(struct qp_slice *bytes, struct qp_hash *id, struct qp_header *h,
                    const struct qp_slice *events, size_t n, const uint8_t sign_sk[QP_SIGN_SK_LEN],
                    struct qp_arena *a)
{
    assert(n >= 1 && n <= QP_PARCEL_EVENTS);
    h->count = (uint32_t)n;
    assert(!header_check(h, NULL));
    bool rooted = events_root(&h->root, events, n, a);
    assert(rooted);

    uint8_t header[QP_HEADER_BYTES], signature[QP_SIG_LEN];
    size_t header_len = header_pack(header, h);
    qp_hash(id, header, header_len);
    qp_sign(signature, QP_TAG_PARCEL, header, header_len, sign_sk);

    size_t size = field_size(header_len) + field_size(QP_SIG_LEN);
    for (size_t i = 0; i < n; i++) {
        assert(events[i].len >= 1 && events[i].len <= QP_EVENT_BYTES);
        size += field_size(events[i].len);
    }
    assert(size <= QP_PARCEL_BYTES);
    uint8_t *out = qp_arena_take(a, size);
    assert(out);
    uint8_t *p = put(out, KEY_HEADER, header, header_len);
    p = put(p, KEY_SIGNATURE, signature, QP_SIG_LEN);
    for (size_t i = 0; i < n; i++)
        p = put(p, KEY_EVENT, events[i].p, events[i].len);
    assert((size_t)(p - out) == size);
    *bytes = (struct qp_slice){out, size};
}

/* ---- open ---- */

/* Takes one field with this key off the front; the length must be in its shortest form and 1..most. */
static bool take(struct qp_slice *from, uint8_t key, size_t most, struct qp_slice *out)
{
    const uint8_t *p = from->p, *end = p + from->len;
    if (p == end || *p++ != key)
        return false;
    size_t len = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (p == end || shift > 14) /* three bytes reach 2 MiB: more than any parcel */
            return false;
        uint8_t c = *p++;
        len |= (size_t)(c & 0x7f) << shift;
        if (c & 0x80)
            continue;
        if (c == 0 && shift)
            return false;
        break;
    }
    if (len == 0 || len > most || len > (size_t)(end - p))
        return false;
    *out = (struct qp_slice){p, len};
    *from = (struct qp_slice){p + len, (size_t)(end - p) - len};
    return true;
}

static int header_read(struct qp_header *h, const struct qp_slice *in, struct qp_arena *a, struct qp_err *e)
{
    Qp__Header *m;
    int rc = QP_DECODE(&m, header, in->p, in->len, a, e);
    if (rc)
        return rc;
    memset(h, 0, sizeof *h);
    if (m->scope > QP_SCOPE_SUBTREE || m->lane > QP_LANES)
        return qp_fail(e, QP_EINVAL, "Header: scope %u or lane %u is not known", m->scope, m->lane);
    if ((m->scope == QP_SCOPE_NODE) != (m->to.len == QP_ID_LEN))
        return qp_fail(e, QP_EINVAL, "Header.to: belongs to scope node, and only there");
    memcpy(h->tree, m->tree.data, QP_ID_LEN);
    memcpy(h->origin, m->origin.data, QP_ID_LEN);
    if (m->to.len)
        memcpy(h->to, m->to.data, QP_ID_LEN);
    h->incarnation = m->incarnation;
    h->scope = (uint8_t)m->scope;
    h->lane = (uint8_t)m->lane;
    h->count = m->count;
    h->seq = m->seq;
    h->clock = m->clock;
    memcpy(h->prev.b, m->prev.data, QP_HASH_LEN);
    memcpy(h->root.b, m->root.data, QP_HASH_LEN);
    memcpy(h->certificate.b, m->certificate.data, QP_HASH_LEN);
    rc = header_check(h, e);
    if (rc)
        return rc;
    uint8_t again[QP_HEADER_BYTES];
    size_t len = header_pack(again, h);
    if (len != in->len || memcmp(again, in->p, len) != 0)
        return qp_fail(e, QP_EINVAL, "Header: not in its one form");
    return 0;
}

int qp_parcel_open_trusted(struct qp_parcel *out, const void *bytes, size_t len, struct qp_arena *a,
                           struct qp_err *e)
{
    struct qp_slice rest = {bytes, len};
    if (len > QP_PARCEL_BYTES)
        return qp_fail(e, QP_EBIG, "Parcel: %zu bytes, at most %d are taken", len, QP_PARCEL_BYTES);
    if (len == 0)
        return qp_fail(e, QP_EINVAL, "Parcel: is empty");
    if (!take(&rest, KEY_HEADER, QP_HEADER_BYTES, &out->header))
        return qp_fail(e, QP_EINVAL, "Parcel.header: is not at the front, or not well formed");
    if (!take(&rest, KEY_SIGNATURE, QP_SIG_LEN, &out->signature) || out->signature.len != QP_SIG_LEN)
        return qp_fail(e, QP_EINVAL, "Parcel.signature: is not behind the header, or not well formed");
    int rc = header_read(&out->h, &out->header, a, e);
    if (rc)
        return rc;
    out->events = qp_arena_take(a, out->h.count * sizeof *out->events);
    if (!out->events)
        return qp_fail(e, QP_EBIG, "Parcel: takes more memory than it may");
    for (uint32_t i = 0; i < out->h.count; i++) {
        if (!take(&rest, KEY_EVENT, QP_EVENT_BYTES, &out->events[i]))
            return qp_fail(e, QP_EINVAL, "Parcel.events: event %u of %u is missing or not well formed", i + 1,
                           out->h.count);
    }
    if (rest.len)
        return qp_fail(e, QP_EINVAL, "Parcel: %zu bytes behind the last of %u events", rest.len,
                       out->h.count);
    qp_hash(&out->id, out->header.p, out->header.len);
    return 0;
}

int qp_parcel_open(struct qp_parcel *out, const void *bytes, size_t len, struct qp_arena *a, struct qp_err *e)
{
    int rc = qp_parcel_open_trusted(out, bytes, len, a, e);
    if (rc)
        return rc;
    struct qp_hash root;
    if (!events_root(&root, out->events, out->h.count, a))
        return qp_fail(e, QP_EBIG, "Parcel: takes more memory than it may");
    if (!qp_hash_eq(&root, &out->h.root))
        return qp_fail(e, QP_EINVAL, "Header.root: is not that of the events");
    return 0;
}

int qp_parcel_verify(const struct qp_parcel *p, const uint8_t sign_pk[QP_PK_LEN])
{
    assert(p->signature.len == QP_SIG_LEN);
    return qp_verify(p->signature.p, QP_TAG_PARCEL, p->header.p, p->header.len, sign_pk);
}

int qp_parcel_event(Qp__Event **out, const struct qp_parcel *p, size_t i, struct qp_arena *a,
                    struct qp_err *e)
{
    assert(i < p->h.count);
    return QP_DECODE_PLAIN(out, event, p->events[i].p, p->events[i].len, a, e);
}

void qp_event_id(uint8_t out[QP_EVENT_ID_LEN], const Qp__Event *ev)
{
    assert(ev->origin.len == QP_ID_LEN);
    memcpy(out, ev->origin.data, QP_ID_LEN);
    for (int i = 0; i < 4; i++)
        out[QP_ID_LEN + i] = (uint8_t)(ev->incarnation >> (24 - 8 * i));
    for (int i = 0; i < 8; i++)
        out[QP_ID_LEN + 4 + i] = (uint8_t)(ev->counter >> (56 - 8 * i));
}
