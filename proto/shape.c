/* shape.c: see shape.h. */
#include "proto/shape.h"

#include <assert.h>
#include <string.h>

const struct qp_shape_row *qp_shape_row(const struct qp_shape *s, const char *name)
{
    for (const struct qp_shape_row *r = s->rows; r->name; r++)
        if (r->need != QP_NEED_OWN && strcmp(r->name, name) == 0)
            return r;
    return NULL;
}

bool qp_shape_must(const struct qp_shape_row *r)
{
    return r->need == QP_NEED_MUST;
}

const ProtobufCFieldDescriptor *qp_shape_inside(const struct qp_shape *s, const struct qp_shape_row *r)
{
    if (strcmp(r->type, s->type->short_name) == 0)
        return NULL;
    for (unsigned i = 0; i < s->type->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &s->type->fields[i];
        const ProtobufCMessageDescriptor *sub = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
        if (sub && strcmp(r->type, sub->short_name) == 0)
            return f;
    }
    assert(!"a row names a message that its shape does not have");
    return NULL;
}

static ProtobufCMessage *make(const ProtobufCMessageDescriptor *type, struct qp_arena *a)
{
    ProtobufCMessage *m = qp_arena_take(a, type->sizeof_message);
    if (m)
        protobuf_c_message_init(type, m);
    return m;
}

ProtobufCMessage *qp_shape_make(const struct qp_shape *s, struct qp_arena *a)
{
    ProtobufCMessage *m = make(s->type, a);
    for (const struct qp_shape_row *r = s->rows; m && r->name; r++) {
        const ProtobufCFieldDescriptor *f = qp_shape_inside(s, r);
        ProtobufCMessage *in = NULL;
        if (f && !qp_shape_member(s, r, m)) {
            in = make(f->descriptor, a);
            if (!in)
                return NULL;
            memcpy((char *)m + f->offset, &in, sizeof in);
        }
        if (r->need == QP_NEED_OWN && r->most)
            memcpy(qp_shape_member(s, r, m), &r->most, sizeof r->most);
    }
    return m;
}

void *qp_shape_member(const struct qp_shape *s, const struct qp_shape_row *r, const ProtobufCMessage *m)
{
    const ProtobufCFieldDescriptor *f = qp_shape_inside(s, r);
    assert(m->descriptor == s->type);
    char *from = (char *)(uintptr_t)m;
    if (f)
        memcpy(&from, from + f->offset, sizeof from);
    return from ? from + r->at : NULL;
}

bool qp_shape_marks(const struct qp_shape *s, const ProtobufCMessage *m)
{
    for (const struct qp_shape_row *r = s->rows; r->name; r++) {
        const uint32_t *is = r->need == QP_NEED_OWN && r->most ? qp_shape_member(s, r, m) : NULL;
        if (is && *is != r->most)
            return false;
    }
    return true;
}

const char *qp_shape_text(const struct qp_shape *s, const struct qp_shape_row *r, const ProtobufCMessage *m)
{
    assert(qp_shape_is_text(r->kind));
    char *const *text = qp_shape_member(s, r, m);
    return text ? *text : "";
}

bool qp_shape_is_text(enum qp_shape_kind kind)
{
    switch (kind) {
#define X(name, c, en, zh)                                                                                   \
    case QP_SHAPE_##name: return _Generic((c){0}, char * : true, default : false);
        QP_SHAPE_KINDS(X)
#undef X
    case QP_SHAPE_KINDS_N: break;
    }
    return false;
}

bool qp_shape_is_time(enum qp_shape_kind kind)
{
    switch (kind) {
#define X(name, c, en, zh)                                                                                   \
    case QP_SHAPE_##name: return _Generic((c){0}, int64_t : true, default : false);
        QP_SHAPE_KINDS(X)
#undef X
    case QP_SHAPE_KINDS_N: break;
    }
    return false;
}

const char *qp_shape_kind_name(enum qp_shape_kind kind)
{
    static const char *const names[] = {
#define X(name, c, en, zh) #name,
        QP_SHAPE_KINDS(X)
#undef X
    };
    assert(kind < QP_SHAPE_KINDS_N);
    return names[kind];
}

const char *qp_shape_kind_words(enum qp_shape_kind kind, bool zh)
{
    static const char *const words[][2] = {
#define X(name, c, en, zh) {en, zh},
        QP_SHAPE_KINDS(X)
#undef X
    };
    assert(kind < QP_SHAPE_KINDS_N);
    return words[kind][zh];
}
