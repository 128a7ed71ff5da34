/* attached.c: see attached.h. */
#include "node/matter/attached.h"

#include <assert.h>

#include "node/matter/face.h"
#include "node/matter/pending.h"
#include "proto/events.h"

enum { LOOKED = 1024 };

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

/* ---- who names a file ---- */

static int look(struct qp_read *r, const uint8_t hash[QP_HASH_LEN], qp_naming f, void *arg,
                struct qp_arena *a, struct qp_err *e)
{
    MDB_cursor *cur;
    uint8_t from[9] = {QP_INDEX_FILE};
    memcpy(from + 1, hash, 8);
    MDB_val k = {sizeof from, from}, v;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_INDEX), &cur);
    if (rc)
        return qp_store_error(rc, "who names a file", e);
    bool on = true;
    size_t looked = 0;
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
         !rc && on && looked++ < LOOKED && k.mv_size == QP_INDEX_KEY &&
         memcmp(k.mv_data, from, sizeof from) == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__Row *row;
        qp_arena_reset(a);
        if (qp_matter_read(r, (const uint8_t *)k.mv_data + sizeof from, &row, a, NULL))
            continue;
        const Qp__Attachment *x = qp_attached(row->face, hash);
        on = !x || f(arg, row, x);
    }
    mdb_cursor_close(cur);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "who names a file", e);
}

int qp_matters_naming(struct qp_read *r, const uint8_t hash[QP_HASH_LEN], qp_naming f, void *arg,
                      struct qp_err *e)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to look who names a file");
    int rc = look(r, hash, f, arg, a, e);
    qp_arena_free(a);
    return rc;
}
