/* resources.c: see resources.h. Called by routes.c, and by the kinds' own files. */
#include "node/http/calls/resources.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 1024 * 1024, TRIES = 8 };

static const struct qp_resource *kind_of(const struct qp_view *view)
{
    return &qp_resources[view->kind];
}

/* ---- out ---- */

void qp_json_resource(struct qp_json *j, const struct qp_view *view, struct qp_http *h, struct qp_read *r,
                      const struct qp_resource_row *row, const char *path)
{
    qp_sheet_write(j, view->sheet, row->made);
    if (view->also)
        view->also(j, h, r, row);
    qp_json_key(j, "version");
    qp_json_uint(j, row->version);
    qp_json_put(j, "node", path);
    qp_json_put_time(j, "updated_at", row->updated_us);
    qp_json_put_bool(j, "ended", row->ended_us != 0);
    qp_json_put_time(j, "ended_at", row->ended_us);
}

static enum MHD_Result absent(struct qp_call *c, struct qp_fault *f, const struct qp_resource *kind)
{
    qp_fault_set(f, QP_ENOTFOUND, kind->id, "there is no such %s", kind->en);
    return qp_answer_fault(c, f);
}

static bool sees(const struct qp_call *c, const struct qp_view *view, const struct qp_resource_row *row)
{
    return !view->sees || !qp_auth_is_narrowed(&c->auth) || view->sees(&c->auth, row);
}

/* Who has neither `read` nor `admin` (a wall) is shown no person (DE2). */
static void bare(const struct qp_call *c, const struct qp_view *view, struct qp_resource_row *row)
{
    if (view->bare && row->made && !(c->auth.rights & (QP_RIGHT_READ | QP_RIGHT_ADMIN)))
        view->bare(row->made);
}

/* One row as the answer, or as `current` of a 409. */
static enum MHD_Result answer_row(struct qp_call *c, const struct qp_view *view, const char *id,
                                  unsigned status, const char *secret, const struct qp_fault *conflict)
{
    struct qp_fault f = {.field = ""};
    struct qp_resource_row row;
    struct qp_read r;
    struct qp_json j = {0};
    struct qp_arena *a = qp_call_arena(c);
    int rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    rc = qp_resource_read(&r, kind_of(view), id, a, &row);
    if (!rc && !sees(c, view, &row))
        rc = QP_ENOTFOUND;
    if (!rc) {
        qp_json_stands_begin(&j, conflict);
        bare(c, view, &row);
        qp_json_resource(&j, view, c->h, &r, &row, c->h->self.path);
        if (c->making && c->making->made && !conflict && view->warn)
            view->warn(&j, c, &r, &row);
        if (secret)
            qp_json_put(&j, "token", secret);
        qp_json_stands_end(&j, conflict);
    }
    qp_read_end(&r);
    if (rc == QP_ENOTFOUND)
        return absent(c, &f, kind_of(view));
    if (!rc)
        return qp_answer_json(c, status, &j);
    qp_fault_set(&f, rc, "", "the %s cannot be read", kind_of(view)->en);
    return qp_answer_fault(c, &f);
}

/* ---- GET ---- */

void qp_list_args_read(struct qp_query *q, bool shows_ended, size_t cursor_most, struct qp_list_args *p)
{
    int ended = qp_query_bool(q, "ended");
    p->cursor = qp_query_text(q, "cursor");
    p->cursor = p->cursor ? p->cursor : "";
    p->ended = ended < 0 ? shows_ended : ended > 0;
    p->limit = qp_query_limit(q, QP_LIST_MOST);
    if (strlen(p->cursor) > cursor_most)
        qp_query_fault(q, QP_EINVAL, "cursor", "`cursor` must be the `next_cursor` of the page before");
}

static int put_page(struct qp_json *j, struct qp_call *c, struct qp_read *r, const struct qp_list_args *p)
{
    struct qp_resource_row row;
    const struct qp_view *view = c->route->of;
    struct qp_arena *a = qp_arena_new(JOB_ARENA);
    char id[QP_NAME_BYTES + 1], last[QP_NAME_BYTES + 1] = "";
    size_t n = 0;
    int rc = a ? 0 : QP_ENOMEM;
    bool more = false;
    qp_text_cut(id, sizeof id, p->cursor);
    while (!rc && !(rc = qp_resource_next(r, kind_of(view), id, a, &row))) {
        memcpy(id, row.id, sizeof id);
        bool shown = (p->ended || !row.ended_us) && sees(c, view, &row);
        if (shown && (more = n == p->limit))
            break;
        if (shown) {
            n++;
            memcpy(last, id, sizeof last);
            qp_json_object(j);
            bare(c, view, &row);
            qp_json_resource(j, view, c->h, r, &row, c->h->self.path);
            qp_json_object_end(j);
        }
        qp_arena_reset(a);
    }
    qp_arena_free(a);
    qp_json_array_end(j);
    qp_json_put(j, "next_cursor", more ? last : NULL);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

enum MHD_Result qp_resources_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    struct qp_list_args p;
    struct qp_query q;
    if (c->route->of->list)
        return c->route->of->list(c);
    qp_query_begin(&q, c, &f);
    qp_list_args_read(&q, c->route->of->shows_ended, QP_NAME_BYTES, &p);
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    qp_json_object(&j);
    qp_json_key(&j, "items");
    qp_json_array(&j);
    rc = put_page(&j, c, &r, &p);
    qp_json_object_end(&j);
    qp_read_end(&r);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    qp_fault_set(&f, rc, "", "the list of the %s cannot be read", kind_of(c->route->of)->name);
    return qp_answer_fault(c, &f);
}

enum MHD_Result qp_resource_get(struct qp_call *c)
{
    char id[QP_NAME_BYTES + 1];
    struct qp_fault f = {.field = ""};
    if (c->route->of->one)
        return c->route->of->one(c);
    if (!qp_call_segment(c, 3, id, sizeof id))
        return absent(c, &f, kind_of(c->route->of));
    return answer_row(c, c->route->of, id, 200, NULL, NULL);
}

/* ---- what all writes have ---- */

struct qp_making *qp_making_begin(struct qp_call *c, const struct qp_view *view, bool new, struct qp_fault *f)
{
    const struct qp_resource *kind = kind_of(view);
    struct qp_arena *a = qp_call_arena(c);
    struct qp_making *m = a ? qp_arena_take(a, sizeof *m) : NULL;
    char id[QP_NAME_BYTES + 1];
    struct qp_read r;
    if (!m) {
        qp_fault_set(f, QP_ENOMEM, "", "out of memory");
        return NULL;
    }
    *m = (struct qp_making){.c = c, .view = view, .if_version = -1};
    m->tries = c->making ? c->making->tries : 0;
    c->making = m;
    if (new) {
        Qp__Event ev;
        m->made = qp_resource_body(kind, false, "", &ev, a);
        return m->made ? m : NULL;
    }
    int rc = qp_call_segment(c, 3, id, sizeof id) ? qp_read_begin(c->h->store, &r, &f->e) : QP_ENOTFOUND;
    if (!rc) {
        rc = qp_resource_read(&r, kind, id, a, &m->old);
        qp_read_end(&r);
    }
    /* with a key it may be a repetition of what was done before it ended: the turn knows */
    if (!rc && (!m->old.ended_us || qp_call_header(c, "Idempotency-Key"))) {
        m->made = qp_arena_copy(a, m->old.made, m->old.made->descriptor->sizeof_message);
        if (m->made)
            return m;
        rc = QP_ENOMEM;
    }
    qp_fault_set(f, rc ? rc : QP_ENOTFOUND, kind->id, "there is no such %s", kind->en);
    return NULL;
}

void qp_making_gives(struct qp_making *m, struct qp_fields *s, const char *field, uint32_t rights)
{
    uint32_t lacks;
    char names[200];
    if (qp_rights_may_give(m->c->auth.rights, rights, &lacks))
        return;
    qp_fields_fault(
        s, QP_EDENIED, field,
        "%s lacks the right %s and cannot give it to others; who has it can, as the administrator's "
        "token of this node (qipan --dir)",
        m->c->auth.by, qp_rights_text(names, sizeof names, lacks, "and"));
}

void qp_making_gives_all(struct qp_making *m, struct qp_fields *s, const char *field, uint32_t all)
{
    const struct qp_own *own = &m->c->auth.own;
    uint32_t lacks = (own->reads ? QP_RIGHT_READ : 0u) | (own->acts ? QP_RIGHT_STEP : 0u);
    if (qp_fields_ok(s) && lacks & all)
        qp_fields_fault(
            s, QP_EDENIED, field,
            "%s sees only his own matters and cannot give to others what sees all; who sees all can, as "
            "the administrator's token of this node (qipan --dir)",
            m->c->auth.by);
}

void qp_making_gives_span(struct qp_making *m, struct qp_fields *s, const struct qp_span *had,
                          const struct qp_span *gets)
{
    const struct qp_span *own = &m->c->auth.span;
    const char *self = m->c->h->self.path;
    struct qp_err e;
    for (size_t i = 0; i < gets->nareas && qp_fields_ok(s); i++) {
        if (qp_path_check(gets->areas[i], &e) || !qp_path_within(gets->areas[i], self))
            qp_fields_fault(s, QP_EINVAL, "areas",
                            "`areas` holds %s, which does not lie at or below this node, %s", gets->areas[i],
                            self);
    }
    if (had && qp_fields_ok(s) && !qp_span_within(had, own))
        qp_fields_fault(
            s, QP_EDENIED, "",
            "%s sees only some areas or categories of this node, and what is to be changed sees more; "
            "an admin who is not narrowed can change it",
            m->c->auth.by);
    if (qp_fields_ok(s) && !qp_span_within(gets, own))
        qp_fields_fault(
            s, QP_EDENIED, own->nareas ? "areas" : "categories",
            "%s sees only some areas or categories of this node and gives to others only what lies "
            "within them: name them in `areas` and `categories`",
            m->c->auth.by);
}

/* What an idempotency key came with. A password stands in it as a hash with a key of this node's: the journal
 * keeps this for ever, and whoever reads it must not be able to try passwords. */
int qp_making_key(struct qp_making *m, struct qp_fields *s)
{
    char verb[2 * QP_HASH_LEN + 256];
    struct qp_hash mac = {{0}};
    const char *key = qp_call_header(m->c, "Idempotency-Key");
    const json_t *password = json_object_get(s->o, "password");
    if (!key || !qp_fields_ok(s))
        return 0;
    size_t len = strlen(key);
    if (len == 0 || len > QP_REF_BYTES || !qp_utf8_ok(key, len))
        return qp_fields_fault(s, QP_EINVAL, "Idempotency-Key",
                               "Idempotency-Key must be 1 to %d bytes of UTF-8", QP_REF_BYTES);
    if (json_is_string(password)) {
        const struct qp_part parts[] = {{m->c->h->logins.key, sizeof m->c->h->logins.key},
                                        {json_string_value(password), json_string_length(password)}};
        qp_hash_parts(&mac, parts, 2);
    }
    char hex[2 * QP_HASH_LEN + 1];
    qp_hex(hex, mac.b, sizeof mac.b);
    snprintf(verb, sizeof verb, "%u %.180s %s", m->c->method, m->c->url, hex);
    json_t *rest = json_copy((json_t *)(uintptr_t)s->o);
    if (rest)
        json_object_del(rest, "password");
    bool ok = rest && qp_request_hash(m->request, verb, rest, NULL);
    json_decref(rest);
    m->key = ok ? key : NULL;
    return ok ? 0 : qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
}

/* Reads the body: the sheet (not of an end), the check of the kind, `if_version`, the key. */
static int body_read(struct qp_making *m, bool sheet)
{
    json_t *o;
    struct qp_fields s;
    int rc = qp_body_begin(&s, &o, m->c, qp_call_arena(m->c), &m->f);
    if (rc)
        return rc;
    if (sheet)
        qp_sheet_read(&s, m->view->sheet, m->made, m->old.version != 0);
    if (sheet && m->view->check)
        m->view->check(m, &s);
    m->if_version = qp_field_int(&s, "if_version", 0, INT64_MAX, -1);
    qp_making_key(m, &s);
    rc = qp_fields_end(&s);
    json_decref(o);
    if (!rc && m->old.version && m->if_version >= 0 && (uint64_t)m->if_version != m->old.version && !m->key)
        rc = qp_fault_set(&m->f, QP_EVERSION, "", "the %s %s has version %llu, not %lld: read it again",
                          kind_of(m->view)->en, m->old.id, (unsigned long long)m->old.version,
                          (long long)m->if_version);
    return rc;
}

/* ---- to the turn and back ---- */

static enum MHD_Result change(struct qp_call *c);

static enum MHD_Result refused(struct qp_making *m, const char *id, const struct qp_fault *f)
{
    bool conflict = f->e.code == QP_EVERSION || f->e.code == QP_EEXISTS;
    return conflict ? answer_row(m->c, m->view, id, 409, NULL, f) : qp_answer_fault(m->c, f);
}

static enum MHD_Result written(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_making *m = c->making;
    const struct qp_resource *kind = kind_of(m->view);
    bool ends;
    qp_job_leave(c);
    const Qp__Event *draft = c->job->commands[0].draft;
    int rc = qp_job_fault(c->job, 0, c->late, &f);
    if (rc == QP_EVERSION && m->if_version < 0 && m->old.version && c->method == QP_PATCH &&
        m->tries < TRIES) {
        m->tries++;
        qp_job_drop(c);
        return change(c);
    }
    qp_resource_of(draft, &ends);
    const char *id = qp_resource_id(kind, (const ProtobufCMessage *)draft->token_made);
    if (rc)
        return refused(m, id, &f);
    if (m->view->opens_doors)
        atomic_fetch_add(&c->h->logins.endings, 1);
    bool created = c->job->lines[0].created && !m->old.version;
    return answer_row(c, m->view, id, created ? 201 : 200, created ? m->secret : NULL, NULL);
}

/* Into the job's own memory: it may outlive the call. */
static int body_move(struct qp_making *m, Qp__Event *ev, struct qp_arena *a)
{
    const struct qp_resource *kind = kind_of(m->view);
    size_t n;
    if (!m->made)
        return qp_resource_body(kind, true, m->old.id, ev, a) ? 0 : QP_ENOMEM;
    ProtobufCMessage *own;
    uint8_t *packed = qp_encode(m->made, a, &n);
    if (!packed)
        return qp_fault_set(&m->f, QP_ENOMEM, "", "out of memory");
    int rc = qp_decode(&own, m->made->descriptor, packed, n, a, &m->f.e);
    ev->body_case = kind->made;
    ev->token_made = (Qp__TokenMade *)own;
    return rc;
}

enum MHD_Result qp_making_send(struct qp_making *m)
{
    struct qp_call *c = m->c;
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    Qp__Event *ev;
    if (!job)
        return MHD_NO;
    struct qp_command *cmd = qp_job_add(job, QP_OP_RESOURCE, &c->auth, &ev);
    assert(cmd); /* the arena is new and far larger */
    cmd->if_version =
        m->if_version >= 0 || !m->old.version || !m->made ? m->if_version : (int64_t)m->old.version;
    if (m->key) {
        ev->key = qp_arena_text(job->arena, m->key);
        ev->request =
            (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(job->arena, m->request, QP_REQUEST_LEN)};
    }
    int rc = body_move(m, ev, job->arena);
    if (rc)
        c->job = job;
    else
        rc = qp_job_send(c, job, written, &m->f.e);
    return rc ? qp_answer_fault(c, &m->f) : MHD_YES;
}

enum MHD_Result qp_resources_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_making *m = qp_making_begin(c, c->route->of, true, &f);
    if (!m)
        return qp_answer_fault(c, &f);
    if (body_read(m, true))
        return qp_answer_fault(c, &m->f);
    return m->view->before ? m->view->before(m) : qp_making_send(m);
}

static enum MHD_Result change(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_making *m = qp_making_begin(c, c->route->of, false, &f);
    if (!m)
        return qp_answer_fault(c, &f);
    return body_read(m, true) ? refused(m, m->old.id, &m->f) : qp_making_send(m);
}

enum MHD_Result qp_resource_patch(struct qp_call *c)
{
    return change(c);
}

enum MHD_Result qp_resource_delete(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_making *m = qp_making_begin(c, c->route->of, false, &f);
    if (!m)
        return qp_answer_fault(c, &f);
    m->made = NULL;
    return body_read(m, false) ? refused(m, m->old.id, &m->f) : qp_making_send(m);
}
