/* tokens.c: tokens of integrators and accounts of people, for admins. A token's text is shown once; what is
 * kept is its hash, in an event of this node's journal that is never sent (E4). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 1024 * 1024, SECRET = 32 };

/* ---- what both have ---- */

static uint32_t rights_read(struct qp_fields *s, bool must)
{
    const json_t *list = qp_field(s, "rights");
    uint32_t rights = 0;
    if (!list) {
        if (must)
            qp_fields_fault(
                s, QP_EINVAL, "rights",
                "`rights` is missing: a list of read, report, step, command, admin, import, audit");
        return 0;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        uint32_t right = name ? qp_right_parse(name) : 0;
        if (!right)
            qp_fields_fault(s, QP_EINVAL, "rights",
                            "`rights` may hold read, report, step, command, admin, import, audit");
        rights |= right;
    }
    if (!rights)
        qp_fields_fault(s, QP_EINVAL, "rights", "`rights` must be a list with at least one right");
    return rights;
}

/* What is to be ended by DELETE .../NAME must be one segment of a path, also after a client has tidied that.
 */
static char *name_read(struct qp_fields *s)
{
    char *name = qp_field_line(s, "name", QP_NAME_BYTES, true);
    if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        qp_fields_fault(s, QP_EINVAL, "name", "`name` must hold no / and be neither . nor ..");
    return name;
}

/* Nobody gives what he does not have; but who has all other rights (the administrator that `init` makes) may
 * make an importer, which he is not himself. */
static void check_giving(struct qp_fields *s, const struct qp_auth *a, uint32_t rights)
{
    const uint32_t giver = (a->rights | QP_RIGHT_IMPORT) == QP_RIGHT_ALL ? QP_RIGHT_ALL : a->rights;
    for (uint32_t right = 1; right <= QP_RIGHT_AUDIT; right <<= 1) {
        if (rights & right & ~giver && a->kind == QP_AUTH_TOKEN)
            qp_fields_fault(s, QP_EDENIED, "rights", "%s lacks the right `%s` itself and cannot give it",
                            a->by, qp_right_name(right));
    }
}

static enum MHD_Result send_or_fault(struct qp_call *c, struct qp_job *job, int rc, struct qp_fault *f,
                                     qp_handler then)
{
    if (!rc)
        rc = qp_job_send(c, job, then, &f->e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, f) : MHD_YES;
}

static bool token_stands(struct qp_http *h, const char *name)
{
    struct qp_read r;
    struct qp_token_entry *v = NULL;
    size_t n = 0;
    bool found = false;
    if (qp_read_begin(h->store, &r, NULL))
        return false;
    if (qp_tokens_list(&r, &v, &n) == 0) {
        for (size_t i = 0; i < n; i++)
            found = found || (!v[i].ended && strcmp(v[i].name, name) == 0);
        free(v);
    }
    qp_read_end(&r);
    return found;
}

static bool account_stands(struct qp_http *h, const char *name)
{
    struct qp_read r;
    struct qp_user_entry u;
    if (qp_read_begin(h->store, &r, NULL))
        return false;
    bool found = qp_user_read(&r, name, &u) == 0 && !u.ended;
    qp_read_end(&r);
    return found;
}

static enum MHD_Result ended(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char name[QP_NAME_BYTES + 1];
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    atomic_fetch_add(&c->h->logins.endings, 1);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "name", qp_call_segment(c, 3, name, sizeof name) ? name : "");
    qp_json_put_bool(&j, "ended", true);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* ---- tokens ---- */

enum MHD_Result qp_tokens_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_token_entry *v = NULL;
    size_t n = 0;
    int rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    rc = qp_tokens_list(&r, &v, &n);
    qp_read_end(&r);
    if (rc) {
        qp_fault_set(&f, rc, "", "the tokens could not be read");
        return qp_answer_fault(c, &f);
    }
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_key(&j, "items");
    qp_json_array(&j);
    for (size_t i = 0; i < n; i++) {
        qp_json_object(&j);
        qp_json_put(&j, "name", v[i].name);
        qp_json_key(&j, "rights");
        qp_json_rights(&j, v[i].rights);
        qp_json_put_full(&j, "desk", v[i].desk);
        qp_json_put_bool(&j, "ended", v[i].ended);
        qp_json_object_end(&j);
    }
    qp_json_array_end(&j);
    qp_json_object_end(&j);
    free(v);
    return qp_answer_json(c, 200, &j);
}

static enum MHD_Result token_made(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    const Qp__TokenMade *t = c->job->commands[0].draft->token_made;
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "name", t->name);
    qp_json_key(&j, "rights");
    qp_json_rights(&j, t->rights);
    qp_json_put_full(&j, "desk", t->desk);
    qp_json_put(&j, "token", c->state);
    qp_json_object_end(&j);
    return qp_answer_json(c, 201, &j);
}

static int token_draft(struct qp_call *c, struct qp_job *job, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    int rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__TokenMade *t = qp_arena_take(job->arena, sizeof *t);
    struct qp_command *cmd = qp_job_add(job, QP_OP_TOKEN_ADD, &c->auth, &ev);
    uint8_t *hash = qp_arena_take(job->arena, QP_HASH_LEN);
    assert(t && cmd && hash); /* the arena is new and far larger */
    qp__token_made__init(t);
    t->name = name_read(&s);
    t->desk = qp_field_line(&s, "desk", QP_NAME_BYTES, false);
    t->rights = rights_read(&s, true);
    check_giving(&s, &c->auth, t->rights);
    rc = qp_fields_end(&s);
    json_decref(o);
    uint8_t secret[SECRET];
    struct qp_hash of;
    qp_random(secret, sizeof secret);
    char *text = calloc(1, 4 + qp_b64_len(SECRET) + 1);
    if (!text)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    memcpy(text, "qpt_", 4);
    qp_b64(text + 4, secret, SECRET);
    qp_hash(&of, text, strlen(text));
    memcpy(hash, of.b, QP_HASH_LEN);
    c->state = text;
    c->state_free = free;
    t->hash = (ProtobufCBinaryData){QP_HASH_LEN, hash};
    ev->body_case = QP__EVENT__BODY_TOKEN_MADE;
    ev->token_made = t;
    return rc;
}

enum MHD_Result qp_tokens_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    return send_or_fault(c, job, token_draft(c, job, &f), &f, token_made);
}

enum MHD_Result qp_token_delete(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    char name[QP_NAME_BYTES + 1];
    Qp__Event *ev;
    if (!job)
        return MHD_NO;
    if (!qp_call_segment(c, 3, name, sizeof name) || !token_stands(c->h, name))
        return send_or_fault(c, job, qp_fault_set(&f, QP_ENOTFOUND, "name", "there is no such token"), &f,
                             ended);
    Qp__TokenEnded *t = qp_arena_take(job->arena, sizeof *t);
    struct qp_command *cmd = qp_job_add(job, QP_OP_TOKEN_END, &c->auth, &ev);
    assert(t && cmd);
    qp__token_ended__init(t);
    t->name = qp_arena_text(job->arena, name);
    ev->body_case = QP__EVENT__BODY_TOKEN_ENDED;
    ev->token_ended = t;
    return send_or_fault(c, job, 0, &f, ended);
}

/* ---- accounts ---- */

struct account {
    struct qp_password_work work; /* first: the porter frees it by this address */
    char name[QP_NAME_BYTES + 1], role[32];
    uint32_t rights;
};
static_assert(offsetof(struct account, work) == 0, "freed as its first member");

static const struct {
    const char *name;
    uint32_t rights;
} ROLES[] = {
    {"worker", QP_RIGHT_READ | QP_RIGHT_REPORT | QP_RIGHT_STEP},
    {"dispatcher", QP_RIGHT_READ | QP_RIGHT_REPORT | QP_RIGHT_STEP},
    {"commander", QP_RIGHT_READ | QP_RIGHT_REPORT | QP_RIGHT_STEP | QP_RIGHT_COMMAND},
    {"admin",
     QP_RIGHT_READ | QP_RIGHT_REPORT | QP_RIGHT_STEP | QP_RIGHT_COMMAND | QP_RIGHT_ADMIN | QP_RIGHT_AUDIT},
    {"auditor", QP_RIGHT_READ | QP_RIGHT_AUDIT},
};

static uint32_t role_rights(struct qp_fields *s, const char *role)
{
    for (size_t i = 0; *role && i < sizeof ROLES / sizeof *ROLES; i++) {
        if (strcmp(ROLES[i].name, role) == 0)
            return ROLES[i].rights;
    }
    if (*role)
        qp_fields_fault(s, QP_EINVAL, "role",
                        "`role` must be worker, dispatcher, commander, admin or auditor");
    return 0;
}

static int account_read(struct qp_call *c, struct account *a, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    int rc = qp_body_begin(&s, &o, c, qp_call_arena(c), f);
    if (rc)
        return rc;
    const char *name = name_read(&s);
    const char *password = qp_field_text(&s, "password", sizeof a->work.password - 1, true);
    const char *role = qp_field_text(&s, "role", sizeof a->role - 1, false);
    a->rights = role_rights(&s, role);
    if (!*role && qp_fields_ok(&s) && !json_object_get(o, "rights"))
        qp_fields_fault(
            &s, QP_EINVAL, "role",
            "`role` is missing: worker, dispatcher, commander, admin or auditor (or give `rights`)");
    a->rights |= rights_read(&s, !*role);
    check_giving(&s, &c->auth, a->rights);
    if (qp_fields_ok(&s) && strlen(password) < 8)
        qp_fields_fault(&s, QP_EINVAL, "password", "`password` must have at least 8 bytes");
    rc = qp_fields_end(&s);
    qp_text_cut(a->name, sizeof a->name, name);
    qp_text_cut(a->role, sizeof a->role, role);
    if (!rc) /* otherwise nothing wipes it */
        qp_text_cut(a->work.password, sizeof a->work.password, password);
    a->work.make = true;
    json_decref(o);
    return rc;
}

static enum MHD_Result user_made(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    atomic_fetch_add(&c->h->logins.endings, 1); /* of those made with the password before */
    const Qp__UserMade *u = c->job->commands[0].draft->user_made;
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "name", u->name);
    qp_json_put_full(&j, "role", u->role);
    qp_json_key(&j, "rights");
    qp_json_rights(&j, u->rights);
    qp_json_object_end(&j);
    return qp_answer_json(c, 201, &j);
}

static enum MHD_Result password_made(struct qp_call *c)
{
    struct account *a = c->state;
    struct qp_fault f = {.field = ""};
    Qp__Event *ev;
    if (!a->work.done || a->work.code)
        return qp_answer_error(c, 503, c->late ? "late" : "stopping",
                               "the password could not be hashed; try again");
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    Qp__UserMade *u = qp_arena_take(job->arena, sizeof *u);
    struct qp_command *cmd = qp_job_add(job, QP_OP_USER_ADD, &c->auth, &ev);
    assert(u && cmd);
    qp__user_made__init(u);
    u->name = qp_arena_text(job->arena, a->name);
    u->password = qp_arena_text(job->arena, a->work.hash);
    u->role = qp_arena_text(job->arena, a->role);
    u->rights = a->rights;
    ev->body_case = QP__EVENT__BODY_USER_MADE;
    ev->user_made = u;
    return send_or_fault(c, job, 0, &f, user_made);
}

enum MHD_Result qp_users_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct account *a = qp_call_arena(c) ? calloc(1, sizeof *a) : NULL;
    if (!a)
        return MHD_NO;
    int rc = account_read(c, a, &f);
    if (!rc)
        rc = qp_password_send(c, &a->work, password_made, &f.e);
    if (!rc)
        return MHD_YES;
    free(a);
    return qp_answer_fault(c, &f);
}

enum MHD_Result qp_user_delete(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    char name[QP_NAME_BYTES + 1];
    Qp__Event *ev;
    if (!job)
        return MHD_NO;
    if (!qp_call_segment(c, 3, name, sizeof name) || !account_stands(c->h, name))
        return send_or_fault(c, job, qp_fault_set(&f, QP_ENOTFOUND, "name", "there is no such account"), &f,
                             ended);
    Qp__UserEnded *u = qp_arena_take(job->arena, sizeof *u);
    struct qp_command *cmd = qp_job_add(job, QP_OP_USER_END, &c->auth, &ev);
    assert(u && cmd);
    qp__user_ended__init(u);
    u->name = qp_arena_text(job->arena, name);
    ev->body_case = QP__EVENT__BODY_USER_ENDED;
    ev->user_ended = u;
    return send_or_fault(c, job, 0, &f, ended);
}
