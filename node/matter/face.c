/* face.c: faces and rows as values (face.h). No table, no clock, no node: only memory. */
#include "node/matter/face.h"

#include <assert.h>

void *qp_face_take(struct qp_arena *a, size_t len)
{
    void *p = qp_arena_take(a, len);
    assert(p);
    return p;
}

char *qp_face_text(struct qp_arena *a, const char *text)
{
    if (!text || !*text)
        return (char *)protobuf_c_empty_string;
    char *copy = qp_arena_text(a, text);
    assert(copy);
    return copy;
}

char *qp_face_cut(struct qp_arena *a, const char *text, size_t most)
{
    size_t n = strnlen(text, most + 1);
    if (n > most)
        for (n = most; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    char *out = qp_face_take(a, n + 1);
    memcpy(out, text, n);
    out[n] = 0;
    return out;
}

ProtobufCBinaryData qp_face_bytes(struct qp_arena *a, const void *p, size_t len)
{
    if (len == 0)
        return (ProtobufCBinaryData){0, NULL};
    return (ProtobufCBinaryData){len, memcpy(qp_face_take(a, len), p, len)};
}

Qp__Row *qp_row_copy(const Qp__Row *row, struct qp_arena *a)
{
    struct both {
        Qp__Row row;
        Qp__Face face;
    } *copy = qp_face_take(a, sizeof *copy);
    copy->row = *row;
    copy->face = *row->face;
    copy->row.face = &copy->face;
    return &copy->row;
}

bool qp_face_member(const Qp__Face *f, ProtobufCBinaryData node)
{
    for (size_t i = 0; i < f->n_members; i++)
        if (qp_bytes_same(f->members[i], node))
            return true;
    return false;
}

const Qp__Part *qp_part_numbered(const Qp__Face *f, uint64_t number)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (f->parts[i]->number == number)
            return f->parts[i];
    return NULL;
}

bool qp_parts_of(const Qp__Face *f, ProtobufCBinaryData node)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (qp_bytes_same(f->parts[i]->to, node))
            return true;
    return false;
}

void qp_face_join(Qp__Face *f, ProtobufCBinaryData node, struct qp_arena *a)
{
    if (qp_face_member(f, node))
        return;
    assert(f->n_members < QP_MEMBERS);
    ProtobufCBinaryData *members = qp_face_take(a, (f->n_members + 1) * sizeof *members);
    memcpy(members, f->members, f->n_members * sizeof *members);
    members[f->n_members++] = qp_face_bytes(a, node.data, node.len);
    f->members = members;
}

/* ---- deep copy by descriptor: a field that is added to the .proto file cannot be forgotten here ---- */
static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return 8;
    default: return 4;
    }
}

/* Makes what the slot points to its own; false past the cap. */
static bool own(void *slot, ProtobufCType type, struct qp_arena *a)
{
    if (type == PROTOBUF_C_TYPE_STRING) {
        char **s = slot;
        if (*s && **s)
            *s = qp_arena_text(a, *s);
        else
            *s = (char *)protobuf_c_empty_string;
        return *s;
    }
    if (type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData *b = slot;
        b->data = b->len ? qp_arena_copy(a, b->data, b->len) : NULL;
        return b->data || b->len == 0;
    }
    if (type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage **m = slot;
        return !*m || (*m = qp_clone(*m, a));
    }
    return true;
}

static bool own_list(uint8_t *at, const ProtobufCFieldDescriptor *f, struct qp_arena *a)
{
    size_t n, size = element_size(f->type);
    memcpy(&n, at + f->quantifier_offset, sizeof n);
    if (n == 0)
        return true;
    uint8_t **list = (uint8_t **)(void *)(at + f->offset);
    *list = qp_arena_copy(a, *list, n * size);
    if (!*list)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!own(*list + i * size, f->type, a))
            return false;
    return true;
}

ProtobufCMessage *qp_clone(const ProtobufCMessage *m, struct qp_arena *a)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;
    ProtobufCMessage *copy = qp_arena_copy(a, m, d->sizeof_message);
    if (!copy)
        return NULL;
    copy->n_unknown_fields = 0;
    copy->unknown_fields = NULL;
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        uint8_t *at = (uint8_t *)copy;
        assert(!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF));
        bool ok =
            f->label == PROTOBUF_C_LABEL_REPEATED ? own_list(at, f, a) : own(at + f->offset, f->type, a);
        if (!ok)
            return NULL;
    }
    return copy;
}
