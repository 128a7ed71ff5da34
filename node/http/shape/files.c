/* files.c: see files.h. */
#include "node/http/shape/files.h"

#include <string.h>

#include "node/matter/attached.h"

bool qp_file_hash(struct qp_hash *out, const char *text)
{
    size_t len = strlen(text);
    return len == 2 * QP_HASH_LEN && strspn(text, "0123456789abcdef") == len &&
           !qp_unhex(out->b, QP_HASH_LEN, text);
}

static uint64_t sent_mark(const struct qp_hash *hash, const char *by)
{
    struct qp_hash mark;
    const struct qp_part parts[] = {{hash->b, QP_HASH_LEN}, {by, strlen(by)}};
    qp_hash_parts(&mark, parts, 2);
    return qp_rd64(mark.b);
}

void qp_file_sent(struct qp_http *h, const struct qp_hash *hash, const char *by)
{
    uint64_t mark = sent_mark(hash, by);
    pthread_mutex_lock(&h->lock);
    h->sent[h->nsent++ % QP_SENT] = mark;
    pthread_mutex_unlock(&h->lock);
}

static bool sent_by(struct qp_http *h, const struct qp_hash *hash, const char *by)
{
    uint64_t mark = sent_mark(hash, by);
    bool found = false;
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < QP_SENT && i < h->nsent && !found; i++)
        found = h->sent[i] == mark;
    pthread_mutex_unlock(&h->lock);
    return found;
}

struct naming {
    const struct qp_auth *auth;
    bool named, seen;
};

static bool note_naming(void *arg, const Qp__Row *row, const Qp__Attachment *x)
{
    struct naming *n = arg;
    (void)x;
    n->named = true;
    n->seen = qp_auth_sees(n->auth, row);
    return !n->seen;
}

/* A file that only matters name which he does not see is none of his, unless he has sent it: QP_ENOTFOUND. Any other code: that cannot be
 * told. */
static int may_name(struct qp_http *h, const struct qp_auth *auth, const struct qp_hash *hash)
{
    struct qp_read r;
    struct naming n = {auth, false, false};
    if (!qp_auth_sees_some(auth))
        return 0;
    int rc = qp_read_begin(h->store, &r, NULL);
    if (rc)
        return rc;
    rc = qp_matters_naming(&r, hash->b, note_naming, &n, NULL);
    qp_read_end(&r);
    return rc || !n.named || n.seen || sent_by(h, hash, auth->by) ? rc : QP_ENOTFOUND;
}

static Qp__Attachment *read_one(struct qp_http *h, const struct qp_auth *auth, struct qp_fields *s,
                                const json_t *v)
{
    struct qp_hash hash;
    struct qp_blob x;
    const char *text = json_string_value(v);
    if (!text || !qp_file_hash(&hash, text)) {
        qp_fields_fault(s, QP_EINVAL, "attachments",
                        "`attachments` is a list of the hashes that POST /api/v1/blobs answers, 64 "
                        "hexadecimal digits each");
        return NULL;
    }
    int rc = h->blobs && !qp_blob_touch(h->blobs, &hash, &x) ? may_name(h, auth, &hash) : QP_ENOTFOUND;
    if (rc && rc != QP_ENOTFOUND) {
        qp_fields_fault(s, rc, "attachments", "the matters that name a file cannot be read");
        return NULL;
    }
    if (rc) {
        qp_fields_fault(s, QP_EPOLICY, "attachments",
                        "no file %.12s… is here: send it to this node first, by POST /api/v1/blobs; one that "
                        "no matter names goes "
                        "after a day",
                        text);
        return NULL;
    }
    Qp__Attachment *a = qp_arena_take(s->a, sizeof *a);
    if (a) {
        qp__attachment__init(a);
        a->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(s->a, hash.b, QP_HASH_LEN)};
        a->bytes = x.bytes;
        a->type = qp_arena_text(s->a, qp_blob_media(x.type));
    }
    if (!a || !a->hash.data || !a->type)
        qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
    return a;
}

void qp_files_read(struct qp_http *h, const struct qp_auth *auth, struct qp_fields *s, Qp__Attachment ***out,
                   size_t *n)
{
    const json_t *list = qp_field(s, "attachments"), *v;
    size_t i, all = list && json_is_array(list) ? json_array_size(list) : 0;
    *n = 0;
    if (list && !json_is_array(list))
        qp_fields_fault(s, QP_EINVAL, "attachments", "`attachments` is a list of hashes");
    if (all > QP_ATTACHMENTS)
        qp_fields_fault(s, QP_EPOLICY, "attachments", "`attachments` has %zu files; a matter has at most %d",
                        all, QP_ATTACHMENTS);
    if (!all || !qp_fields_ok(s))
        return;
    *out = qp_arena_take(s->a, all * sizeof **out);
    if (!*out)
        qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
    json_array_foreach(list, i, v)
    {
        Qp__Attachment *a = qp_fields_ok(s) ? read_one(h, auth, s, v) : NULL;
        bool twice = false;
        for (size_t k = 0; a && qp_fields_ok(s) && k < *n; k++)
            twice |= memcmp((*out)[k]->hash.data, a->hash.data, QP_HASH_LEN) == 0;
        if (a && qp_fields_ok(s) && !twice)
            (*out)[(*n)++] = a;
    }
}

/* What the type of another node's event says, as this build knows it: a page shows nothing else. */
static void put_one(struct qp_json *j, const Qp__Attachment *a)
{
    enum qp_blob_type t = qp_blob_type_of(a->type);
    qp_json_key(j, "hash");
    qp_json_hex(j, a->hash.data, a->hash.len);
    qp_json_key(j, "bytes");
    qp_json_uint(j, a->bytes);
    qp_json_put(j, "type", qp_blob_media(t));
    qp_json_put_bool(j, "image", qp_blob_is_image(t));
}

void qp_files_put(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f)
{
    qp_json_key(j, "attachments");
    qp_json_array(j);
    for (size_t i = 0; i < f->n_attachments; i++) {
        const Qp__Attachment *a = f->attachments[i];
        const uint8_t *at = qp_attached_at(f, a);
        struct qp_node_entry node;
        struct qp_hash hash;
        struct qp_blob x;
        memcpy(hash.b, a->hash.data, QP_HASH_LEN);
        qp_json_object(j);
        put_one(j, a);
        qp_json_put_full(j, "node", at && !qp_node_by_id(r, at, &node) ? node.path : "");
        qp_json_put_bool(j, "here", h->blobs && !qp_blob_find(h->blobs, &hash, &x));
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

void qp_files_put_event(struct qp_json *j, const Qp__Event *ev)
{
    bool opened = ev->body_case == QP__EVENT__BODY_OPENED && ev->opened->face;
    size_t n = opened ? ev->opened->face->n_attachments : ev->n_attachments;
    Qp__Attachment *const *v = opened ? ev->opened->face->attachments : ev->attachments;
    if (!n)
        return;
    qp_json_key(j, "attachments");
    qp_json_array(j);
    for (size_t i = 0; i < n; i++) {
        qp_json_object(j);
        put_one(j, v[i]);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}
