/* attached.c: see attached.h. */
#include "node/matter/attached.h"

#include <assert.h>

#include "node/matter/face.h"
#include "proto/events.h"

bool qp_attached_with(const struct qp_step *st)
{
    const struct qp_event_kind *k = qp_event_kind(st->body);
    return k && k->versioned && k->words && (k->speaker == QP_BY_HOLDER || k->speaker == QP_BY_HOLDER_ALWAYS);
}

const Qp__Attachment *qp_attached(const Qp__Face *f, const uint8_t hash[QP_HASH_LEN])
{
    for (size_t i = 0; i < f->n_attachments; i++)
        if (memcmp(f->attachments[i]->hash.data, hash, QP_HASH_LEN) == 0)
            return f->attachments[i];
    return NULL;
}

const uint8_t *qp_attached_at(const Qp__Face *f, const Qp__Attachment *x)
{
    const ProtobufCBinaryData *at = x->node.len == QP_ID_LEN ? &x->node : &f->opener;
    return at->len == QP_ID_LEN ? at->data : NULL;
}

int qp_attached_may(const Qp__Face *f, const Qp__Event *ev, struct qp_err *e)
{
    size_t more = 0;
    if (ev->n_attachments == 0)
        return 0;
    if (ev->version == 0)
        return qp_fail(
            e, QP_ESTEP,
            "attachments: while an offer is out a note takes no files; attach them when it was answered");
    for (size_t i = 0; i < ev->n_attachments; i++)
        more += !qp_attached(f, ev->attachments[i]->hash.data);
    if (f->n_attachments + more > QP_ATTACHMENTS)
        return qp_fail(
            e, QP_EPOLICY,
            "attachments: a matter has at most %d files, and this one has %zu; put papers into one file",
            QP_ATTACHMENTS, f->n_attachments);
    return 0;
}

static Qp__Attachment *copied(const Qp__Attachment *x, ProtobufCBinaryData node, struct qp_arena *a)
{
    Qp__Attachment *copy = (Qp__Attachment *)qp_clone(&x->base, a);
    assert(copy);
    copy->node = qp_face_bytes(a, node.data, node.len);
    return copy;
}

void qp_attached_take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    if (ev->n_attachments == 0 || ev->version == 0 || f->n_attachments >= QP_ATTACHMENTS)
        return;
    Qp__Attachment **list = qp_face_take(a, QP_ATTACHMENTS * sizeof *list);
    for (size_t i = 0; i < f->n_attachments; i++)
        list[i] = f->attachments[i];
    f->attachments = list;
    for (size_t i = 0; i < ev->n_attachments && f->n_attachments < QP_ATTACHMENTS; i++)
        if (!qp_attached(f, ev->attachments[i]->hash.data))
            list[f->n_attachments++] = copied(ev->attachments[i], ev->origin, a);
}
