/* policy.c: GET and PUT /api/v1/policy, POST /api/v1/policy:check.
 *
 *   body ─► qp_policy_json ─► qp_policy_weigh: every mistake, what loosens, what would change
 *             └─ refused: 422 with all places; the version text was used: 409
 *             └─ check: the same answer, without effect
 *             └─ PUT: QP_OP_POLICY, which takes it only if nothing was said meanwhile
 *
 * Weighing reads what is in force and the new one, some milliseconds, in the caller's thread. Its JSON is held to
 * QP_POLICY_BYTES, its answers name places in it as `categories[3].clocks.sign`. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/policy_view.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 2 * 1024 * 1024 };

/* The sentences of places are Chinese for who asks so. */
static bool wants_zh(const struct qp_call *c)
{
    const char *languages = qp_call_header(c, "Accept-Language");
    return languages && strncasecmp(languages, "zh", 2) == 0;
}

/* ---- reading ---- */

static enum MHD_Result answer_policy(struct qp_call *c, const struct qp_policy *p)
{
    size_t len;
    char *text = p ? qp_policy_write(p, &len) : NULL;
    if (!text)
        return qp_answer_error(c, 503, qp_error_name(QP_ENOMEM), "out of memory");
    return qp_answer_own(c, 200, "application/json; charset=utf-8", text, len);
}

static enum MHD_Result answer_own(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_policy_layer l;
    int rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    bool has = qp_policy_newest(r.tables, r.store, c->h->self.node, &l);
    char *text = has ? qp_policy_text(r.tables, r.store, &l) : NULL;
    qp_read_end(&r);
    if (!has)
        return qp_answer_error(
            c, 404, qp_error_name(QP_ENOTFOUND),
            "this node has said no policy of its own; what is in force came from above, or is the "
            "built-in one");
    if (!text)
        return qp_answer_error(c, 503, qp_error_name(QP_ENOMEM), "out of memory");
    return qp_answer_own(c, 200, "application/json; charset=utf-8", text, l.bytes);
}

enum MHD_Result qp_policies_get(struct qp_call *c)
{
    const char *own = qp_call_arg(c, "own");
    if (own && strcmp(own, "true") == 0)
        return answer_own(c);
    struct qp_in_force *f = qp_core_policy_hold(c->h->core);
    struct qp_policy *builtin = f ? NULL : qp_policy_builtin();
    enum MHD_Result rc = answer_policy(c, f ? f->policy : builtin);
    qp_in_force_release(f);
    qp_policy_free(builtin);
    return rc;
}

/* ---- writing ---- */

static void trial_free(void *state)
{
    qp_policy_trial_free(state);
    free(state);
}

static bool not_json(const struct qp_mistakes *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i].kind == QP_MISTAKE_NO_JSON || m->v[i].kind == QP_MISTAKE_NOT_UTF8)
            return true;
    return false;
}

static enum MHD_Result answer_places(struct qp_call *c, const struct qp_policy_trial *t)
{
    struct qp_json j = {0};
    char text[200];
    size_t mistakes = qp_mistakes_all(&t->mistakes), loosens = qp_changes_refused(&t->above);
    bool malformed = not_json(&t->mistakes);
    if (mistakes > 0)
        snprintf(text, sizeof text, "the policy has %zu mistakes; each place says what to do", mistakes);
    else
        snprintf(
            text, sizeof text,
            "%zu places loosen what a node above says, or are for it to say: a node below may tighten alone",
            loosens);
    qp_json_object(&j);
    qp_json_key(&j, "error");
    qp_json_object(&j);
    qp_json_error(&j, qp_error_name(malformed ? QP_EINVAL : QP_EPOLICY), text, "");
    qp_json_key(&j, "current");
    qp_json_null(&j);
    qp_json_places(&j, t, wants_zh(c));
    qp_json_object_end(&j);
    qp_json_object_end(&j);
    return qp_answer_json(c, malformed ? 400 : 422, &j);
}

/* Of a conflict with what this node itself has said last, so that who asks can decide anew (RE4). */
static enum MHD_Result answer_fault(struct qp_call *c, const struct qp_fault *f)
{
    struct qp_json j = {0};
    struct qp_read r;
    struct qp_policy_layer l;
    if ((f->e.code != QP_EEXISTS && f->e.code != QP_EVERSION) || qp_read_begin(c->h->store, &r, NULL))
        return qp_answer_fault(c, f);
    bool has = qp_policy_newest(r.tables, r.store, c->h->self.node, &l);
    qp_read_end(&r);
    qp_json_stands_begin(&j, f);
    qp_json_put(&j, "version", has ? l.version : NULL);
    qp_json_put_int(&j, "revision", has ? (int64_t)l.revision : 0);
    qp_json_put_time(&j, "updated_at", has ? l.at_us : 0);
    qp_json_stands_end(&j, f);
    return qp_answer_json(c, (unsigned)qp_error_http(f->e.code), &j);
}

static enum MHD_Result answer_taken(struct qp_call *c, const struct qp_policy_trial *t, uint64_t revision)
{
    struct qp_json j = {0};
    bool zh = wants_zh(c);
    qp_json_object(&j);
    qp_json_put(&j, "version", t->version);
    if (revision > 0)
        qp_json_put_int(&j, "revision", (int64_t)revision);
    qp_json_put_bool(&j, "on_top", t->on_top);
    qp_json_changes(&j, "changes", &t->changes, -1, zh);
    qp_json_key(&j, "more_changes");
    qp_json_uint(&j, t->changes.more);
    qp_json_changes(&j, "vain", &t->above, QP_CHANGE_TIGHTER, zh);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* 0: weighed, in c->state. Otherwise *f. */
static int weigh(struct qp_call *c, struct qp_policy_trial **out, struct qp_fault *f)
{
    struct qp_read r;
    struct qp_policy_trial *t = c->state = *out = calloc(1, sizeof *t);
    c->state_free = trial_free;
    if (!t)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    struct qp_policy *p = qp_policy_json((const char *)c->body, c->body_len, NULL, &t->mistakes);
    int rc = p ? qp_read_begin(c->h->store, &r, &f->e) : 0;
    if (!p || rc)
        return rc;
    rc = qp_policy_weigh(r.tables, r.store, c->h->self.path, p, t, &f->e);
    qp_read_end(&r);
    qp_policy_free(p);
    return rc;
}

static bool refused(const struct qp_policy_trial *t)
{
    return qp_mistakes_all(&t->mistakes) > 0 || qp_changes_refused(&t->above) > 0 || !t->json;
}

static int used_before(const struct qp_policy_trial *t, struct qp_fault *f)
{
    return qp_fault_set(
        f, QP_EEXISTS, "version",
        "the version text was used before at this node: give the policy one of its own (it would "
        "be in force as `%.100s`)",
        t->version);
}

enum MHD_Result qp_policies_check(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_policy_trial *t;
    if (weigh(c, &t, &f))
        return qp_answer_fault(c, &f);
    if (refused(t))
        return answer_places(c, t);
    if (t->used) {
        used_before(t, &f);
        return answer_fault(c, &f);
    }
    return answer_taken(c, t, 0);
}

static enum MHD_Result said(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_policy_layer l;
    bool has = false;
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return answer_fault(c, &f);
    if (!qp_read_begin(c->h->store, &r, NULL)) {
        has = qp_policy_newest(r.tables, r.store, c->h->self.node, &l);
        qp_read_end(&r);
    }
    return answer_taken(c, c->state, has ? l.revision : 0);
}

/* The same request again under the same key is no second one. */
static int put_key(struct qp_call *c, struct qp_job *job, Qp__Event *ev, const struct qp_policy_trial *t,
                   struct qp_fault *f)
{
    const char *key = qp_call_header(c, "Idempotency-Key");
    const struct qp_part part = {t->json, t->len};
    struct qp_hash h;
    if (!key)
        return 0;
    if (!*key || strlen(key) > QP_REF_BYTES || !qp_utf8_ok(key, strlen(key)))
        return qp_fault_set(f, QP_EINVAL, "Idempotency-Key", "Idempotency-Key must be 1 to %d bytes of UTF-8",
                            QP_REF_BYTES);
    qp_hash_parts(&h, &part, 1);
    ev->key = qp_arena_text(job->arena, key);
    ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(job->arena, h.b, QP_REQUEST_LEN)};
    return 0;
}

static int put_if_version(struct qp_call *c, struct qp_command *cmd, struct qp_fault *f)
{
    const char *text = qp_call_arg(c, "if_version");
    char *end;
    if (!text)
        return 0;
    cmd->if_version = strtoll(text, &end, 10);
    return *text && !*end && cmd->if_version >= 0
               ? 0
               : qp_fault_set(f, QP_EINVAL, "if_version", "if_version must be a revision, 0 or more");
}

static int draft(struct qp_call *c, struct qp_job *job, const struct qp_policy_trial *t, struct qp_fault *f)
{
    Qp__Event *ev;
    Qp__PolicySaid *p = qp_arena_take(job->arena, sizeof *p);
    struct qp_command *cmd = qp_job_add(job, QP_OP_POLICY, &c->auth, &ev);
    if (!p || !cmd)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    qp__policy_said__init(p);
    p->version = qp_arena_text(job->arena, t->own);
    p->json = (ProtobufCBinaryData){t->len, qp_arena_copy(job->arena, t->json, t->len)};
    ev->body_case = QP__EVENT__BODY_POLICY_SAID;
    ev->policy_said = p;
    cmd->stamp = t->stamp;
    int rc = put_if_version(c, cmd, f);
    return rc ? rc : put_key(c, job, ev, t, f);
}

enum MHD_Result qp_policies_put(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_policy_trial *t;
    if (weigh(c, &t, &f))
        return qp_answer_fault(c, &f);
    if (refused(t))
        return answer_places(c, t);
    if (t->used && !qp_call_header(c, "Idempotency-Key")) {
        used_before(t, &f);
        return answer_fault(c, &f);
    }
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    int rc = draft(c, job, t, &f);
    if (!rc)
        rc = qp_job_send(c, job, said, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}
