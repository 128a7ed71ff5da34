/* invites.c: POST /api/v1/invites and POST /api/v1/nodes/{path}/revoke, for admins.
 *
 * The token's secret is made here, in the driver's world; the journal gets only the public half of the key
 * that it derives. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 1024 * 1024, MINUTES = 15, MINUTES_MOST = 7 * 24 * 60 };

/* ---- invites ---- */

static void invite_place(struct qp_call *c, struct qp_fields *s, struct qp_token *t)
{
    const char *path = qp_field_path(s, "path", false),
               *label = qp_field_text(s, "label", QP_LABEL_MAX, false);
    char above[QP_PATH_MAX];
    struct qp_err e;
    if (!qp_fields_ok(s))
        return;
    if (!*path == !*label) {
        qp_fields_fault(s, QP_EINVAL, "path", "say either `path` or `label`: whose place is it?");
    } else if (*label) {
        if (qp_path_join(t->path, c->h->self.path, label, &e))
            qp_fields_fault(s, QP_EINVAL, "label", "%s", e.text);
    } else if (!qp_path_parent(above, path) || strcmp(above, c->h->self.path) != 0) {
        qp_fields_fault(s, QP_EPOLICY, "path",
                        "`%s` does not lie directly below this node, `%s`; its parent invites it", path,
                        c->h->self.path);
    } else {
        qp_text_cut(t->path, sizeof t->path, path);
    }
}

/* When the node with this certificate joined; the certificate holds from QP_BEHIND_US earlier. A certificate that
 * cannot be read only leaves that unsaid. */
static void since_of(struct qp_read *r, const struct qp_hash *id, const struct qp_zone *zone,
                     struct qp_arena *a, char out[40])
{
    struct qp_cert cert;
    Qp__Certificate *raw = qp_cert_raw(r->tables, r->store, id, a, NULL);
    if (raw && !qp_cert_read(&cert, raw, a, NULL))
        qp_local_text(out, zone, cert.not_before_us + QP_BEHIND_US, false);
    else
        strcpy(out, "an unknown time");
}

/* A place whose node is heard: it goes on working unless this is meant. What cannot be looked up is taken for
 * alive: no token then. */
static void spare_the_living(struct qp_call *c, struct qp_fields *s, const char *path, bool replace)
{
    struct qp_read r;
    struct qp_node_entry had;
    struct qp_err e;
    uint64_t urgent = 0, line = 0, bulk = 0;
    int64_t age_us = 0;
    char since[40], heard[40];
    if (!qp_fields_ok(s) || replace)
        return;
    int rc = qp_read_begin(c->h->store, &r, &e);
    if (rc) {
        qp_fields_fault(s, rc, "", "whether a node works at %s could not be looked up: %s", path, e.text);
        return;
    }
    struct qp_link_view *links = qp_link_view_new(c->h);
    rc = links ? qp_node_by_path(&r, path, &had) : QP_ENOMEM;
    if (rc && rc != QP_ENOTFOUND)
        qp_fields_fault(s, rc, "", "whether a node works at %s could not be looked up; try again", path);
    const struct qp_link_status *up = rc || had.revoked ? NULL : qp_link_view_of(links, had.node, true);
    if (up && up->state != QP_LINK_CUT) {
        qp_queue_depth(&r, had.node, QP_LANE_URGENT, &urgent, &age_us);
        qp_queue_depth(&r, had.node, QP_LANE_LINE, &line, &age_us);
        qp_queue_depth(&r, had.node, QP_LANE_BULK, &bulk, &age_us);
        since_of(&r, &had.certificate, c->h->zone, s->a, since);
        qp_local_text(heard, c->h->zone, up->last_heard_us, true);
        qp_fields_fault(
            s, QP_EEXISTS, "replace",
            "%s (%s) is alive: incarnation %u, there since %s, last heard %s; %llu parcels wait for it. "
            "Who joins by a new token pushes it out. If that is meant: `replace` (invite --replace); "
            "one that has just stopped counts as alive for 20 s",
            path, had.title, (unsigned)had.incarnation, since, heard,
            (unsigned long long)(urgent + line + bulk));
    }
    free(links);
    qp_read_end(&r);
}

static void token_fill(struct qp_http *h, struct qp_token *t, int64_t minutes)
{
    t->expires_us = qp_wall_us() + minutes * 60 * 1000000;
    t->root = h->root;
    memcpy(t->parent_link_key, h->self.link_key, QP_PK_LEN);
    qp_random(t->secret, sizeof t->secret);
    qp_text_cut(t->endpoint, sizeof t->endpoint, h->endpoint);
}

static Qp__Invited *invited_of(struct qp_job *job, const struct qp_token *t)
{
    uint8_t secret_key[QP_SK_LEN];
    Qp__Invited *i = qp_arena_take(job->arena, sizeof *i);
    uint8_t *key = qp_arena_take(job->arena, QP_PK_LEN);
    assert(i && key); /* the arena is new and far larger */
    qp__invited__init(i);
    qp_token_link_keys(t, key, secret_key);
    explicit_bzero(secret_key, sizeof secret_key);
    i->link_key = (ProtobufCBinaryData){QP_PK_LEN, key};
    i->path = qp_arena_text(job->arena, t->path);
    i->expires_us = t->expires_us;
    return i;
}

static int invite_draft(struct qp_call *c, struct qp_job *job, struct qp_token *t, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    int rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    if (!*c->h->endpoint)
        qp_fields_fault(&s, QP_EPOLICY, "",
                        "this node listens for no children: set link.listen and start it again");
    else if (qp_endpoint_anywhere(c->h->endpoint))
        qp_fields_fault(
            &s, QP_EPOLICY, "",
            "this node listens at %s, which nobody can dial: set link.advertise (serve --advertise) to "
            "tcp://HOST:PORT, as its children reach it, and start it again",
            c->h->endpoint);
    invite_place(c, &s, t);
    const char *title = qp_field_line(&s, "title", QP_TITLE_MAX, false);
    const char *code = qp_field_line(&s, "code", QP_CODE_MAX, false);
    const char *level = qp_field_line(&s, "level", QP_LEVEL_MAX, false);
    spare_the_living(c, &s, t->path, qp_field_bool(&s, "replace", false, false));
    token_fill(c->h, t, qp_field_int(&s, "minutes", 1, MINUTES_MOST, MINUTES));
    rc = qp_fields_end(&s);
    json_decref(o);
    if (rc)
        return rc;
    Qp__Invited *i = invited_of(job, t);
    struct qp_command *cmd = qp_job_add(job, QP_OP_INVITE, &c->auth, &ev);
    assert(cmd);
    i->title = qp_arena_text(job->arena, title); /* "": as the place has it, else its label */
    i->code = qp_arena_text(job->arena, code);
    i->level = qp_arena_text(job->arena, level);
    ev->body_case = QP__EVENT__BODY_INVITED;
    ev->invited = i;
    return 0;
}

static enum MHD_Result invited(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    const struct qp_token *t = c->state;
    char text[QP_TOKEN_TEXT_MAX];
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f) || qp_token_print(text, t, &f.e))
        return qp_answer_fault(c, &f);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "token", text);
    qp_json_put(&j, "path", t->path);
    qp_json_put_time(&j, "expires_at", t->expires_us);
    qp_json_object_end(&j);
    return qp_answer_json(c, 201, &j);
}

static void token_free(void *state)
{
    explicit_bzero(state, sizeof(struct qp_token));
    free(state);
}

enum MHD_Result qp_invites_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_token *t = calloc(1, sizeof *t);
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    c->state = t;
    c->state_free = token_free;
    if (!t || !job) {
        c->state_free = free;
        c->job = job;
        return MHD_NO;
    }
    int rc = invite_draft(c, job, t, &f);
    if (!rc)
        rc = qp_job_send(c, job, invited, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}

/* ---- revocation ---- */

static enum MHD_Result revoked(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "path", c->job->commands[0].path);
    qp_json_put_bool(&j, "revoked", true);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* /api/v1/nodes/{path}/revoke: the path has slashes of its own. */
static bool revoke_path(const struct qp_call *c, char path[QP_PATH_MAX])
{
    static const char FRONT[] = "/api/v1/nodes/", BACK[] = "/revoke";
    size_t len = strlen(c->url), front = sizeof FRONT - 1, back = sizeof BACK - 1;
    if (len <= front + back || strcmp(c->url + len - back, BACK) != 0 || len - front - back >= QP_PATH_MAX)
        return false;
    memcpy(path, c->url + front, len - front - back);
    path[len - front - back] = '\0';
    return true;
}

static int revoke_draft(struct qp_call *c, struct qp_job *job, const char *path, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    int rc = qp_path_check(path, &f->e);
    if (!rc)
        rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__Revoked *v = qp_arena_take(job->arena, sizeof *v);
    struct qp_command *cmd = qp_job_add(job, QP_OP_REVOKE, &c->auth, &ev);
    assert(v && cmd);
    qp__revoked__init(v);
    v->reason = qp_field_text(&s, "reason", QP_NOTE_BYTES, true);
    const char *kind = qp_field_text(&s, "kind", 16, false);
    v->kind = strcmp(kind, "compromised") == 0 ? 2 : 1;
    if (qp_fields_ok(&s) && *kind && v->kind == 1 && strcmp(kind, "lost") != 0)
        qp_fields_fault(&s, QP_EINVAL, "kind", "`kind` must be lost or compromised");
    cmd->path = qp_arena_text(job->arena, path);
    ev->body_case = QP__EVENT__BODY_REVOKED;
    ev->revoked = v;
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_revoke_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char path[QP_PATH_MAX];
    if (!revoke_path(c, path))
        return qp_answer_error(c, 404, "not_found", "there is only POST /api/v1/nodes/PATH/revoke here");
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    int rc = revoke_draft(c, job, path, &f);
    if (!rc)
        rc = qp_job_send(c, job, revoked, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}
