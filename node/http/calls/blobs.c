/* blobs.c: POST /api/v1/blobs: a file is taken in; GET /api/v1/blobs/{hash}: one that a matter known here names (VA3).
 *
 *   POST: bytes ─► the clerk's thread: an image is made anew, written, flushed ─► 201 {hash, …}
 *   GET:  who names it? ─► here? ── looked through ─► the bytes
 *                            └ no ─► QP_OP_FILE: it is fetched ─► 202 {have, bytes}, Retry-After ─► … all came ─► clerk: whole
 *
 * Sweeping, by the clerk: qp_blobs_look. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/clerk.h"
#include "node/http/shape/files.h"
#include "node/http/shape/refused.h"
#include "node/matter/attached.h"
#include "proto/audit.h"

enum { JOB_ARENA = 16 * 1024 };
#define HOUR_US  INT64_C(3600000000)
#define GRACE_US (24 * HOUR_US)
#define CACHE_US (7 * 24 * HOUR_US)

/* ---- in ---- */

struct upload {
    struct qp_clerk_work work;
    struct qp_blobs *blobs;
    uint8_t *bytes; /* malloc'd */
    size_t len;
    enum qp_blob_type type;
    struct qp_blob made;
};

static void upload_run(struct qp_clerk_work *w)
{
    struct upload *u = (struct upload *)w;
    w->e.code = qp_blob_put(u->blobs, u->bytes, u->len, u->type, &u->made, &w->e);
}

/* A photo has a person's place and face in it until it was made anew. */
static void upload_drop(struct qp_clerk_work *w)
{
    struct upload *u = (struct upload *)w;
    explicit_bzero(u->bytes, u->len);
    free(u->bytes);
    free(u);
}

static enum MHD_Result uploaded(struct qp_call *c)
{
    struct upload *u = c->state;
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    if (qp_clerk_done(c, &u->work, &f))
        return qp_answer_fault(c, &f);
    qp_file_sent(c->h, &u->made.hash, c->auth.by);
    qp_json_object(&j);
    qp_json_key(&j, "hash");
    qp_json_hex(&j, u->made.hash.b, QP_HASH_LEN);
    qp_json_key(&j, "bytes");
    qp_json_uint(&j, u->made.bytes);
    qp_json_put(&j, "type", qp_blob_media(u->made.type));
    qp_json_put_bool(&j, "image", qp_blob_is_image(u->made.type));
    qp_json_object_end(&j);
    return qp_answer_json(c, 201, &j);
}

static int keeps_files(struct qp_call *c, struct qp_fault *f)
{
    const char *personal = qp_call_arg(c, "personal");
    if (!c->h->blobs)
        return qp_fault_set(f, QP_EPOLICY, "", "this node keeps no files: its log says why");
    if (personal && strcmp(personal, "false") != 0 && strcmp(personal, "0") != 0)
        return qp_fault_set(f, QP_EPOLICY, "personal",
                            "files about persons are not kept yet: the vault takes records, not files; write "
                            "what must be known "
                            "into `reporter`, and keep the file where you keep such files");
    if (!c->body_len)
        return qp_fault_set(f, QP_EINVAL, "", "the file is empty: send its bytes as the body");
    return 0;
}

enum MHD_Result qp_blobs_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    if (keeps_files(c, &f))
        return qp_answer_fault(c, &f);
    struct upload *u = calloc(1, sizeof *u);
    if (!u)
        return MHD_NO;
    u->work.run = upload_run;
    u->work.drop = upload_drop;
    u->blobs = c->h->blobs;
    u->bytes = c->body; /* the call has none any more */
    u->len = c->body_len;
    u->type = qp_blob_type_of(qp_call_header(c, "Content-Type"));
    c->body = NULL;
    c->body_len = c->body_cap = 0;
    return qp_clerk_send(c, &u->work, uploaded, &f.e) ? qp_answer_fault(c, &f) : MHD_YES;
}

/* ---- out ---- */

/* What a matter says of the file; the first that names it. */
struct named {
    const struct qp_auth *auth; /* who asks */
    bool any;
    bool personal; /* the matter has a record of who reported it, or had one */
    struct qp_hash hash;
    uint8_t matter[QP_ID_LEN];
    uint64_t bytes;
    enum qp_blob_type type;
};

static bool note_first(void *arg, const Qp__Row *row, const Qp__Attachment *x)
{
    struct named *n = arg;
    if (x->bytes == 0 || x->bytes > QP_BLOB_BYTES)
        return true; /* of a face that lies */
    if (!qp_auth_sees(n->auth, row))
        return true; /* another one may name it that he sees */
    n->any = true;
    n->bytes = x->bytes;
    n->type = qp_blob_type_of(x->type);
    n->personal = row->face->personal.len > 0;
    memcpy(n->matter, row->face->id.data, QP_ID_LEN);
    return false;
}

static int who_names(struct qp_call *c, struct named *n, struct qp_fault *f)
{
    struct qp_read r;
    char text[80];
    *n = (struct named){.auth = &c->auth};
    if (!qp_call_segment(c, 3, text, sizeof text) || !qp_file_hash(&n->hash, text))
        return qp_fault_set(f, QP_ENOTFOUND, "",
                            "a file's address ends with its hash, 64 hexadecimal digits");
    int rc = qp_read_begin(c->h->store, &r, &f->e);
    if (rc)
        return rc;
    rc = qp_matters_naming(&r, n->hash.b, note_first, n, &f->e);
    qp_read_end(&r);
    if (!rc && !n->any)
        rc = qp_fault_set(f, QP_ENOTFOUND, "", "no matter that is known here names this file");
    return rc;
}

/* Only an image, which was made anew, opens in a page; all else is saved. Its name is its hash: nobody's words. */
static enum MHD_Result serve(struct qp_call *c, const struct qp_blob *x, int fd)
{
    char name[120], hex[2 * QP_HASH_LEN + 1];
    struct MHD_Response *r = MHD_create_response_from_fd(x->bytes, fd); /* closes it */
    if (!r) {
        close(fd);
        return MHD_NO;
    }
    qp_hex(hex, x->hash.b, QP_HASH_LEN);
    snprintf(name, sizeof name, "%s; filename=\"%.16s.%s\"",
             qp_blob_is_image(x->type) ? "inline" : "attachment", hex, qp_blob_suffix(x->type));
    MHD_add_response_header(r, "Content-Disposition", name);
    MHD_add_response_header(r, "Content-Security-Policy",
                            "default-src 'none'; sandbox; frame-ancestors 'none'");
    return qp_respond(c, 200, r, qp_blob_media(x->type));
}

static enum MHD_Result answer_coming(struct qp_call *c, const struct named *n)
{
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "state", "coming");
    qp_json_key(&j, "have");
    qp_json_uint(&j, qp_blob_have(c->h->blobs, &n->hash, n->bytes));
    qp_json_key(&j, "bytes");
    qp_json_uint(&j, n->bytes);
    qp_json_put(&j, "message", "the file lies at another node and is being fetched: ask again in a second");
    qp_json_object_end(&j);
    return qp_answer_json(c, 202, &j);
}

static enum MHD_Result asked(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct named n;
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    if (who_names(c, &n, &f))
        return qp_answer_fault(c, &f);
    return answer_coming(c, &n);
}

static enum MHD_Result fetch(struct qp_call *c, const struct named *n)
{
    struct qp_fault f = {.field = ""};
    Qp__Event *ev;
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    struct qp_arena *a = job->arena;
    struct qp_command *cmd = qp_job_add(job, QP_OP_FILE, &c->auth, &ev);
    Qp__Attachment *x = qp_arena_take(a, sizeof *x), **list = qp_arena_take(a, sizeof *list);
    int rc = cmd && x && list ? 0 : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        qp__attachment__init(x);
        x->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(a, n->hash.b, QP_HASH_LEN)};
        ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, n->matter, QP_ID_LEN)};
        *list = x;
        ev->attachments = list;
        ev->n_attachments = 1;
        if (!x->hash.data || !ev->matter.data)
            rc = qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    }
    if (rc)
        c->job = job; /* given back with the call */
    else
        rc = qp_job_send(c, job, asked, &f.e);
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}

/* All of it came: it is looked through and takes its place. */
struct making {
    struct qp_clerk_work work;
    struct qp_blobs *blobs;
    struct named n;
};

static void making_run(struct qp_clerk_work *w)
{
    struct making *m = (struct making *)w;
    w->e.code = qp_blob_whole(m->blobs, &m->n.hash, m->n.bytes, m->n.type, &w->e);
}

static void making_drop(struct qp_clerk_work *w)
{
    free(w);
}

static enum MHD_Result made_whole(struct qp_call *c)
{
    struct making *m = c->state;
    struct qp_fault f = {.field = ""};
    struct qp_blob x;
    int fd, rc = qp_clerk_done(c, &m->work, &f);
    if (rc == QP_ESIG || rc == QP_EGAP)
        return fetch(c, &m->n); /* from another one */
    if (!rc)
        rc = qp_blob_open(c->h->blobs, &m->n.hash, &x, &fd, &f.e);
    return rc ? qp_answer_fault(c, &f) : serve(c, &x, fd);
}

static enum MHD_Result make_whole(struct qp_call *c, const struct named *n)
{
    struct qp_fault f = {.field = ""};
    struct making *m = calloc(1, sizeof *m);
    if (!m)
        return MHD_NO;
    m->work.run = making_run;
    m->work.drop = making_drop;
    m->blobs = c->h->blobs;
    m->n = *n;
    return qp_clerk_send(c, &m->work, made_whole, &f.e) ? qp_answer_fault(c, &f) : MHD_YES;
}

static enum MHD_Result give(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct named n;
    struct qp_blob x;
    int fd, rc = who_names(c, &n, &f); /* again: writing it down took its time */
    if (rc)
        return qp_answer_fault(c, &f);
    rc = qp_blob_open(c->h->blobs, &n.hash, &x, &fd, &f.e);
    if (!rc)
        return serve(c, &x, fd);
    if (rc != QP_ENOTFOUND && rc != QP_ECORRUPT) /* a damaged one was thrown away: others may have it */
        return qp_answer_fault(c, &f);
    return qp_blob_have(c->h->blobs, &n.hash, n.bytes) == n.bytes ? make_whole(c, &n) : fetch(c, &n);
}

/* A file of a matter with a personal record may show whom the record is of: who reads it is written down before (DE3). */
enum MHD_Result qp_blob_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct named n;
    int rc = who_names(c, &n, &f);
    if (!rc && !c->h->blobs)
        rc = qp_fault_set(&f, QP_EPOLICY, "", "this node keeps no files: its log says why");
    if (rc)
        return qp_answer_fault(c, &f);
    const struct qp_trail_entry read = {.what = QP_AUDIT_FILE_READ, .by = c->auth.by, .on = c->url};
    return n.personal ? qp_trail_then(c, &read, give) : give(c);
}

/* ---- what may go ---- */

struct asking {
    struct qp_http *h;
    int by;
};

static bool note_by(void *arg, const Qp__Row *row, const Qp__Attachment *x)
{
    struct asking *a = arg;
    const uint8_t *at = qp_attached_at(row->face, x);
    bool own = at && memcmp(at, a->h->self.node, QP_ID_LEN) == 0;
    a->by = own ? 2 : a->by ? a->by : 1;
    return !own;
}

static int named_by(void *arg, const struct qp_hash *hash)
{
    struct asking a = {.h = arg};
    struct qp_read r;
    if (qp_read_begin(a.h->store, &r, NULL))
        return -1;
    int rc = qp_matters_naming(&r, hash->b, note_by, &a, NULL);
    qp_read_end(&r);
    return rc ? -1 : a.by;
}

void qp_blobs_look(struct qp_http *h)
{
    int64_t now_us = qp_boot_us();
    if (!h->blobs || atomic_load(&h->recovering) || now_us < h->swept_us + HOUR_US)
        return; /* while it recovers, what matters name is not known */
    h->swept_us = now_us;
    const struct qp_blob_terms t = {
        .now_us = qp_wall_us(), .grace_us = GRACE_US, .cache_us = CACHE_US, .named = named_by, .arg = h};
    qp_blobs_sweep(h->blobs, &t);
}
