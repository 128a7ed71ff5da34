/* pack.c: a message in memory into bytes, from its end to its beginning.
 *
 *   room: [ free ........................ | fields of the last sub-message | … ]
 *                                       ◄── p
 *
 * What is inside a sub-message is written before its length, so that the length is known when its turn comes: one walk
 * over the message in the place of two (protobuf-c first adds up all lengths, then writes), with the same bytes: fields
 * in the order of their numbers, then those of a later build; what has its default is left out. A test compares both on
 * every message type of proto/, and fails where one has a kind of field that this file does not write. */
#include "proto/codec.h"

#include <assert.h>
#include <string.h>

struct writer {
    uint8_t *first, *p; /* [first, p) is free; both NULL: it was too small */
};

static void write_message(struct writer *w, const ProtobufCMessage *m);

static uint8_t *step_back(struct writer *w, size_t len)
{
    if (!w->p || len > (size_t)(w->p - w->first))
        return w->first = w->p = NULL;
    return w->p -= len;
}

static void write_varint(struct writer *w, uint64_t v)
{
    if (v < 0x80 && w->p > w->first) { /* most keys, lengths and numbers */
        *--w->p = (uint8_t)v;
        return;
    }
    size_t len = 1;
    for (uint64_t rest = v >> 7; rest != 0; rest >>= 7)
        len++;
    uint8_t *p = step_back(w, len);
    if (!p)
        return;
    for (; len > 1; len--, v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p = (uint8_t)v;
}

static void write_raw(struct writer *w, const void *bytes, size_t len)
{
    uint8_t *p = step_back(w, len);
    if (p && len > 0)
        memcpy(p, bytes, len);
}

static void write_key(struct writer *w, uint32_t tag, unsigned wire)
{
    write_varint(w, (uint64_t)tag << 3 | wire);
}

static void write_with_length(struct writer *w, uint32_t tag, const void *bytes, size_t len)
{
    write_raw(w, bytes, len);
    write_varint(w, len);
    write_key(w, tag, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static void write_double(struct writer *w, const void *at)
{
    uint64_t bits;
    memcpy(&bits, at, sizeof bits);
    uint8_t *p = step_back(w, sizeof bits);
    for (unsigned i = 0; p && i < sizeof bits; i++)
        p[i] = (uint8_t)(bits >> 8 * i);
}

static uint64_t number_at(ProtobufCType type, const void *at)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL: return *(const protobuf_c_boolean *)at != 0;
    case PROTOBUF_C_TYPE_UINT32: return *(const uint32_t *)at;
    case PROTOBUF_C_TYPE_SINT32: {
        int32_t v = *(const int32_t *)at; /* zigzag: small ones of both signs are short */
        return (uint32_t)v << 1 ^ (v < 0 ? UINT32_MAX : 0);
    }
    case PROTOBUF_C_TYPE_INT32: return (uint64_t)(int64_t) * (const int32_t *)at;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64: return *(const uint64_t *)at;
    default: assert(false && "a kind of field that no message of proto/ has"); return 0;
    }
}

/* One value with its key; also one that has its default, in a list or in a oneof. */
static void write_value(struct writer *w, const ProtobufCFieldDescriptor *d, const void *at)
{
    switch (d->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(const char *const *)at;
        write_with_length(w, d->id, text, text ? strlen(text) : 0);
        break;
    }
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *b = at;
        write_with_length(w, d->id, b->data, b->len);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *m = *(const ProtobufCMessage *const *)at;
        const uint8_t *end = w->p;
        if (m)
            write_message(w, m);
        write_varint(w, w->p ? (size_t)(end - w->p) : 0);
        write_key(w, d->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
        break;
    }
    case PROTOBUF_C_TYPE_DOUBLE:
        write_double(w, at);
        write_key(w, d->id, PROTOBUF_C_WIRE_TYPE_64BIT);
        break;
    default: write_varint(w, number_at(d->type, at)); write_key(w, d->id, PROTOBUF_C_WIRE_TYPE_VARINT);
    }
}

static bool has_default(const ProtobufCFieldDescriptor *d, const void *at)
{
    switch (d->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(const char *const *)at;
        return !text || *text == '\0';
    }
    case PROTOBUF_C_TYPE_BYTES: return ((const ProtobufCBinaryData *)at)->len == 0;
    case PROTOBUF_C_TYPE_MESSAGE: return !*(const ProtobufCMessage *const *)at;
    case PROTOBUF_C_TYPE_DOUBLE: return *(const double *)at == 0;
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT32: return *(const uint32_t *)at == 0;
    default: return *(const uint64_t *)at == 0;
    }
}

/* Of a oneof: the field that was chosen; a text or message that it lacks is left out, as protobuf-c does. */
static bool chosen(const ProtobufCFieldDescriptor *d, const uint8_t *base, const void *at)
{
    if (*(const uint32_t *)(const void *)(base + d->quantifier_offset) != d->id)
        return false;
    if (d->type != PROTOBUF_C_TYPE_STRING && d->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    const void *pointer = *(const void *const *)at;
    return pointer && pointer != d->default_value;
}

static void write_list(struct writer *w, const ProtobufCFieldDescriptor *d, const uint8_t *base)
{
    size_t n = *(const size_t *)(const void *)(base + d->quantifier_offset);
    const uint8_t *array = *(const uint8_t *const *)(const void *)(base + d->offset);
    assert(d->type == PROTOBUF_C_TYPE_BYTES || d->type == PROTOBUF_C_TYPE_STRING ||
           d->type == PROTOBUF_C_TYPE_MESSAGE); /* numbers would be packed into one */
    size_t size = d->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    for (size_t i = n; i-- > 0;)
        write_value(w, d, array + i * size);
}

static void write_message(struct writer *w, const ProtobufCMessage *m)
{
    const uint8_t *base = (const uint8_t *)m;
    for (unsigned i = m->n_unknown_fields; i-- > 0;) {
        const ProtobufCMessageUnknownField *u = &m->unknown_fields[i];
        write_raw(w, u->data, u->len);
        write_key(w, u->tag, u->wire_type);
    }
    for (unsigned i = m->descriptor->n_fields; i-- > 0;) {
        const ProtobufCFieldDescriptor *d = &m->descriptor->fields[i];
        const void *at = base + d->offset;
        if (d->label == PROTOBUF_C_LABEL_REPEATED)
            write_list(w, d, base);
        else if ((d->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ? chosen(d, base, at) : !has_default(d, at))
            write_value(w, d, at);
    }
}

static uint8_t *pack_into(const ProtobufCMessage *m, uint8_t *room, size_t size, size_t *len)
{
    struct writer w = {room, room + size};
    write_message(&w, m);
    *len = w.p ? (size_t)(room + size - w.p) : 0;
    return w.p;
}

/* Into what the arena has left; where that is too small, into as much as it takes. */
static uint8_t *pack_last(const ProtobufCMessage *m, struct qp_arena *a, size_t *len)
{
    size_t size;
    uint8_t *room = qp_arena_room(a, &size), *p = pack_into(m, room, size, len);
    if (p)
        return p;
    size = protobuf_c_message_get_packed_size(m);
    room = qp_arena_take(a, size);
    return room ? pack_into(m, room, size, len) : NULL;
}

const uint8_t *qp_encode_brief(const ProtobufCMessage *m, struct qp_arena *a, size_t *len)
{
    return pack_last(m, a, len);
}

uint8_t *qp_encode(const ProtobufCMessage *m, struct qp_arena *a, size_t *len)
{
    size_t used = qp_arena_used(a);
    uint8_t *p = pack_last(m, a, len);
    if (!p || qp_arena_used(a) != used)
        return p;
    uint8_t *bytes = qp_arena_take(a, *len); /* where the room began: it fits */
    return bytes ? memmove(bytes, p, *len) : NULL;
}
