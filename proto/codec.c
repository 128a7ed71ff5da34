/* codec.c: bytes from outside into a message in an arena. The way back is pack.c's.
 *
 *   bytes ── length ── fields by descriptor ── bounds ──► message
 *            bound     (this file)            (bounds.c)
 *
 * It reads only what an honest encoder writes: shortest varints, each single field once, no groups, numbers
 * that fit their type, no NUL inside a text. So one message has few spellings, and a hostile one costs a
 * bounded amount: memory comes from the arena alone, and no message type contains itself. Fields of a later
 * build are kept as unknown (E5), or left out where only what is known is looked at (qp_decode_plain). The structs and descriptors are those that protobuf-c generates. */
#include "proto/bounds.h"

#include <assert.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5 };
enum { FIELDS_MOST = 192, UNKNOWN_MOST = 256, TAG_MOST = (1 << 29) - 1 };

struct reader {
    const uint8_t *p, *end;
    struct qp_arena *a;
    struct qp_err *e;
    const ProtobufCMessageDescriptor *type;
    bool plain; /* fields that are not known are left out */
};

/* A field as it lies on the wire. */
struct found {
    uint32_t tag;
    uint32_t wire;
    uint64_t number;  /* WIRE_VARINT */
    const uint8_t *p; /* WIRE_LENGTH: the bytes; WIRE_32, WIRE_64: little endian */
    size_t len;
    const uint8_t *start; /* behind the tag */
};

static int malformed(const struct reader *r, const char *field, const char *why)
{
    return qp_fail(r->e, QP_EINVAL, "%s%s%s: %s", r->type->short_name, *field ? "." : "", field, why);
}

static int no_room(const struct reader *r)
{
    return qp_fail(r->e, QP_EBIG, "%s: takes more memory than a decoded message may", r->type->short_name);
}

/* The shortest form only, at most 64 bits. */
static bool varint(struct reader *r, uint64_t *out)
{
    if (r->p < r->end && *r->p < 0x80) { /* most keys, lengths and numbers */
        *out = *r->p++;
        return true;
    }
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && r->p < r->end; shift += 7) {
        uint8_t c = *r->p++;
        if (shift == 63 && c > 1)
            return false;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *out = v;
            return c != 0 || shift == 0;
        }
    }
    return false;
}

static bool found_next(struct reader *r, struct found *f)
{
    uint64_t key, len;
    if (!varint(r, &key) || key >> 3 == 0 || key >> 3 > TAG_MOST)
        return false;
    f->tag = (uint32_t)(key >> 3);
    f->wire = (uint32_t)(key & 7);
    f->start = r->p;
    switch (f->wire) {
    case WIRE_VARINT: return varint(r, &f->number);
    case WIRE_LENGTH:
        if (!varint(r, &len))
            return false;
        break;
    case WIRE_64: len = 8; break;
    case WIRE_32: len = 4; break;
    default: return false; /* groups, and what does not exist */
    }
    if (len > (uint64_t)(r->end - r->p))
        return false;
    f->p = r->p;
    f->len = (size_t)len;
    r->p += len;
    return true;
}

static int read_message(struct reader *r, ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                        const uint8_t *p, size_t len);

static int read_number(struct reader *r, const ProtobufCFieldDescriptor *d, const struct found *f, void *at)
{
    if (d->type == PROTOBUF_C_TYPE_DOUBLE) {
        if (f->wire != WIRE_64)
            return malformed(r, d->name, "is not a double");
        uint64_t bits = 0;
        for (int i = 7; i >= 0; i--)
            bits = bits << 8 | f->p[i];
        memcpy(at, &bits, sizeof bits);
        return 0;
    }
    if (f->wire != WIRE_VARINT)
        return malformed(r, d->name, "is not a number");
    switch (d->type) {
    case PROTOBUF_C_TYPE_BOOL:
        if (f->number > 1)
            return malformed(r, d->name, "is neither true nor false");
        *(protobuf_c_boolean *)at = (protobuf_c_boolean)f->number;
        return 0;
    case PROTOBUF_C_TYPE_UINT32:
        if (f->number > UINT32_MAX)
            return malformed(r, d->name, "is larger than 32 bits");
        *(uint32_t *)at = (uint32_t)f->number;
        return 0;
    case PROTOBUF_C_TYPE_SINT32: /* zigzag */
        if (f->number > UINT32_MAX)
            return malformed(r, d->name, "is larger than 32 bits");
        *(int32_t *)at = (int32_t)((uint32_t)f->number >> 1 ^ -((uint32_t)f->number & 1));
        return 0;
    case PROTOBUF_C_TYPE_UINT64: *(uint64_t *)at = f->number; return 0;
    case PROTOBUF_C_TYPE_INT64: *(int64_t *)at = (int64_t)f->number; return 0;
    default:
        assert(false && "a field type that no message of proto/ has");
        return malformed(r, d->name, "unknown type");
    }
}

static int read_bytes(struct reader *r, const struct found *f, ProtobufCBinaryData *at)
{
    at->len = f->len;
    at->data = NULL;
    if (f->len == 0)
        return 0;
    at->data = qp_arena_copy(r->a, f->p, f->len);
    return at->data ? 0 : no_room(r);
}

static int read_text(struct reader *r, const ProtobufCFieldDescriptor *d, const struct found *f, char **at)
{
    if (f->len && memchr(f->p, 0, f->len))
        return malformed(r, d->name, "has a NUL inside");
    char *text = qp_arena_take(r->a, f->len + 1);
    if (!text)
        return no_room(r);
    memcpy(text, f->p, f->len);
    text[f->len] = 0;
    *at = text;
    return 0;
}

/* One value into its member, or into its place in a repeated field's array. */
static int read_value(struct reader *r, const ProtobufCFieldDescriptor *d, const struct found *f, void *at)
{
    switch (d->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: break;
    default: return read_number(r, d, f, at);
    }
    if (f->wire != WIRE_LENGTH)
        return malformed(r, d->name, "has no length");
    if (d->type == PROTOBUF_C_TYPE_STRING)
        return read_text(r, d, f, at);
    if (d->type == PROTOBUF_C_TYPE_BYTES)
        return read_bytes(r, f, at);
    return read_message(r, at, d->descriptor, f->p, f->len);
}

/* Arrays grow by doubling: their size is the next power of two, so nothing has to remember it. */
static void *grow(struct reader *r, void *array, size_t n, size_t size)
{
    if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
        return array;
    void *larger = qp_arena_take(r->a, (n ? 2 * n : 4) * size);
    if (larger && n)
        memcpy(larger, array, n * size);
    return larger;
}

static int read_repeated(struct reader *r, const ProtobufCFieldDescriptor *d, const struct found *f,
                         uint8_t *base)
{
    assert(d->type == PROTOBUF_C_TYPE_BYTES || d->type == PROTOBUF_C_TYPE_STRING ||
           d->type == PROTOBUF_C_TYPE_MESSAGE);
    size_t *n = (size_t *)(void *)(base + d->quantifier_offset);
    void **array = (void **)(void *)(base + d->offset);
    size_t size = d->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    void *larger = grow(r, *array, *n, size);
    if (!larger)
        return no_room(r);
    *array = larger;
    int rc = read_value(r, d, f, (uint8_t *)larger + *n * size);
    if (!rc)
        ++*n;
    return rc;
}

static int keep_unknown(struct reader *r, ProtobufCMessage *m, const struct found *f)
{
    if (r->plain)
        return 0;
    if (m->n_unknown_fields == UNKNOWN_MOST)
        return malformed(r, "", "too many unknown fields");
    void *larger = grow(r, m->unknown_fields, m->n_unknown_fields, sizeof *m->unknown_fields);
    if (!larger)
        return no_room(r);
    m->unknown_fields = larger;
    ProtobufCMessageUnknownField *u = &m->unknown_fields[m->n_unknown_fields];
    u->tag = f->tag;
    u->wire_type = (ProtobufCWireType)f->wire;
    u->len = (size_t)(r->p - f->start); /* with a length in front, as protobuf-c keeps and packs it */
    u->data = qp_arena_copy(r->a, f->start, u->len);
    if (!u->data)
        return no_room(r);
    m->n_unknown_fields++;
    return 0;
}

static int read_field(struct reader *r, ProtobufCMessage *m, const struct found *f, unsigned *hint,
                      uint64_t seen[FIELDS_MOST / 64])
{
    const ProtobufCMessageDescriptor *type = r->type;
    const ProtobufCFieldDescriptor *d = *hint < type->n_fields ? &type->fields[*hint] : NULL;
    if (!d || d->id != f->tag) /* fields come in order: mostly the next one, or soon after */
        d = protobuf_c_message_descriptor_get_field(type, f->tag);
    if (!d)
        return keep_unknown(r, m, f);
    unsigned i = (unsigned)(d - type->fields);
    uint8_t *base = (uint8_t *)m;
    *hint = i + 1;
    if (d->label == PROTOBUF_C_LABEL_REPEATED) {
        *hint = i;
        return read_repeated(r, d, f, base);
    }
    if (seen[i / 64] >> i % 64 & 1)
        return malformed(r, d->name, "comes twice");
    seen[i / 64] |= (uint64_t)1 << i % 64;
    if (d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *which = (uint32_t *)(void *)(base + d->quantifier_offset);
        if (*which)
            return malformed(r, d->name, "comes beside another of its kind");
        *which = d->id;
    }
    return read_value(r, d, f, base + d->offset);
}

static int read_message(struct reader *r, ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                        const uint8_t *p, size_t len)
{
    struct reader in = {p, p + len, r->a, r->e, type, r->plain};
    assert(type->n_fields <= FIELDS_MOST);
    ProtobufCMessage *m = qp_arena_take(r->a, type->sizeof_message);
    if (!m)
        return no_room(&in);
    protobuf_c_message_init(type, m);
    unsigned hint = 0;
    uint64_t seen[FIELDS_MOST / 64] = {0};
    while (in.p < in.end) {
        struct found f = {0};
        if (!found_next(&in, &f))
            return malformed(&in, "", "cut short or not well formed");
        int rc = read_field(&in, m, &f, &hint, seen);
        if (rc)
            return rc;
    }
    *out = m;
    return 0;
}

static int decode(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const void *in, size_t len,
                  bool plain, struct qp_arena *a, struct qp_err *e)
{
    const struct qp_rules *rules = qp_rules_of(type);
    *out = NULL;
    if (len > rules->bytes)
        return qp_fail(e, QP_EBIG, "%s: %zu bytes, at most %u are taken", type->short_name, len,
                       rules->bytes);
    static const uint8_t nothing[1] = {0};
    struct reader r = {NULL, NULL, a, e, type, plain};
    ProtobufCMessage *m;
    int rc = read_message(&r, &m, type, len ? in : nothing, len);
    if (!rc)
        rc = qp_rules_check(rules, m, e);
    if (!rc)
        *out = m;
    return rc;
}

int qp_decode(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const void *in, size_t len,
              struct qp_arena *a, struct qp_err *e)
{
    return decode(out, type, in, len, false, a, e);
}

int qp_decode_plain(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type, const void *in,
                    size_t len, struct qp_arena *a, struct qp_err *e)
{
    return decode(out, type, in, len, true, a, e);
}
