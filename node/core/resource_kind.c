/* resource_kind.c: the list of what a node keeps besides matters (resources.h), and what its rows say of an event. */
#include <assert.h>

#include "node/core/private.h"

const struct qp_resource qp_resources[QP_RESOURCE_KINDS] = {
#define X(NAME, name, one, id, table, MADE, ENDED, standing, words, reads, writes, en, zh)                   \
    {#name, #one,   #id, table, QP__EVENT__BODY_##MADE, QP__EVENT__BODY_##ENDED, standing,                   \
     reads, writes, en,  zh},
    QP_RESOURCES(X)
#undef X
};

const struct qp_resource *qp_resource_of(const Qp__Event *ev, bool *ends)
{
    for (size_t i = 0; i < QP_RESOURCE_KINDS; i++) {
        *ends = qp_resources[i].ended == ev->body_case;
        if (*ends || qp_resources[i].made == ev->body_case)
            return &qp_resources[i];
    }
    return NULL;
}

bool qp_resource_travels(const struct qp_resource *kind)
{
    return qp_event_kind((int)kind->made)->reach != QP_GOES_NOWHERE;
}

static char **id_at(const struct qp_resource *kind, const ProtobufCMessage *body)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(body->descriptor, kind->id);
    assert(f && f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED);
    return (char **)(uintptr_t)((const uint8_t *)body + f->offset);
}

const char *qp_resource_id(const struct qp_resource *kind, const ProtobufCMessage *body)
{
    return *id_at(kind, body);
}

ProtobufCMessage *qp_resource_body(const struct qp_resource *kind, bool ends, const char *id, Qp__Event *ev,
                                   struct qp_arena *a)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(
        &qp__event__descriptor, (unsigned)(ends ? kind->ended : kind->made));
    const ProtobufCMessageDescriptor *type = f->descriptor;
    ProtobufCMessage *body = qp_arena_take(a, type->sizeof_message);
    char *own = qp_arena_text(a, id);
    if (!body || !own)
        return NULL;
    type->message_init(body);
    assert(body->descriptor == type);
    *id_at(kind, body) = own;
    ev->body_case = ends ? kind->ended : kind->made;
    ev->token_made = (Qp__TokenMade *)body; /* all of the union's members are pointers to messages */
    return body;
}
