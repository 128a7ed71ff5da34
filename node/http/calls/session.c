/* session.c: sessions of people at a browser, and one-time links that begin one.
 *
 *   POST session {name, password} ─► porter: Argon2id ─► cookie
 *   POST session/link (admin) ─► /login/CODE ─► cookie, the link is used up
 *
 * The tables of both are in wire/sessions.c. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/refused.h"

static void cookie_text(char out[160], const char *secret, int64_t life_s)
{
    snprintf(out, 160, "qipan_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld", secret,
             (long long)life_s);
}

/* ---- who am I ---- */

static void whoami(struct qp_json *j, const struct qp_auth *a)
{
    qp_json_object(j);
    qp_json_put(j, "name", a->by);
    qp_json_key(j, "rights");
    qp_json_rights(j, a->rights);
    qp_json_object_end(j);
}

enum MHD_Result qp_session_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    if (qp_auth_call(c, &f.e))
        return qp_answer_fault(c, &f);
    whoami(&j, &c->auth);
    return qp_answer_json(c, 200, &j);
}

/* ---- log in with a password ---- */

struct login {
    struct qp_password_work work; /* first: the porter frees it by this address */
    char name[QP_NAME_BYTES + 1];
    bool known;
};
static_assert(offsetof(struct login, work) == 0, "freed as its first member");

static enum MHD_Result logged_in(struct qp_call *c)
{
    struct login *l = c->state;
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    char secret[48], cookie[160];
    if (!l->work.done)
        return qp_answer_error(c, 503, c->late ? "late" : "stopping",
                               "the password could not be checked; try again");
    if (l->work.code || !l->known) {
        qp_fault_set(&f, QP_EAUTH, "", "name or password is wrong");
        return qp_answer_fault(c, &f);
    }
    struct qp_auth who = {.kind = QP_AUTH_SESSION};
    qp_session_add(c->h, c->h->sessions, &who, l->name, QP_SESSION_S, secret);
    qp_hash(&who.hash, secret, strlen(secret));
    if (qp_auth_again(c->h, &who, &c->auth, &f.e))
        return qp_answer_fault(c, &f);
    cookie_text(cookie, secret, QP_SESSION_S);
    whoami(&j, &c->auth);
    return qp_answer_json_cookie(c, 200, &j, cookie);
}

/* For a name that nobody has, a hash that nothing fits: the work is the same. */
static const char NOBODY[] =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static int look_up(struct qp_http *h, struct login *l, struct qp_err *e)
{
    struct qp_read r;
    struct qp_user_entry u;
    int rc = qp_read_begin(h->store, &r, e);
    if (rc)
        return rc;
    l->known = qp_user_read(&r, l->name, &u) == 0 && !u.ended;
    qp_read_end(&r);
    snprintf(l->work.hash, sizeof l->work.hash, "%s", l->known ? u.password : NOBODY);
    return 0;
}

static int login_read(struct qp_call *c, struct login *l, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    int rc = qp_json_load(&o, c->body, c->body_len, false, f);
    if (rc)
        return rc;
    qp_fields_begin(&s, o, qp_call_arena(c), c->h->zone, f);
    const char *name = qp_field_text(&s, "name", QP_NAME_BYTES, true);
    const char *password = qp_field_text(&s, "password", sizeof l->work.password - 1, true);
    rc = qp_fields_end(&s);
    if (!rc) {
        snprintf(l->name, sizeof l->name, "%s", name);
        snprintf(l->work.password, sizeof l->work.password, "%s", password);
        rc = look_up(c->h, l, &f->e);
    }
    json_decref(o);
    return rc;
}

enum MHD_Result qp_session_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct login *l = qp_call_arena(c) ? calloc(1, sizeof *l) : NULL;
    if (!l)
        return MHD_NO;
    int rc = login_read(c, l, &f);
    if (!rc)
        rc = qp_password_send(c, &l->work, logged_in, &f.e);
    if (!rc)
        return MHD_YES;
    free(l);
    return qp_answer_fault(c, &f);
}

enum MHD_Result qp_session_delete(struct qp_call *c)
{
    const char *cookie = MHD_lookup_connection_value(c->conn, MHD_COOKIE_KIND, "qipan_session");
    struct qp_session_entry gone;
    struct qp_hash key;
    char text[160];
    if (cookie) {
        qp_hash(&key, cookie, strlen(cookie));
        qp_session_take(c->h, c->h->sessions, &key, &gone);
    }
    cookie_text(text, "", 0);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put_bool(&j, "ended", cookie != NULL);
    qp_json_object_end(&j);
    return qp_answer_json_cookie(c, 200, &j, text);
}

/* ---- one-time links ---- */

enum MHD_Result qp_session_link_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    json_t *o;
    struct qp_fields s;
    char code[48], url[256];
    if (!qp_call_arena(c) || qp_json_load(&o, c->body, c->body_len, false, &f))
        return qp_answer_fault(c, &f);
    qp_fields_begin(&s, o, qp_call_arena(c), c->h->zone, &f);
    const char *user = qp_field_text(&s, "name", QP_NAME_BYTES, false);
    struct qp_read r;
    struct qp_user_entry u;
    if (qp_fields_ok(&s) && *user && qp_read_begin(c->h->store, &r, &f.e) == 0) {
        if (qp_user_read(&r, user, &u) || u.ended)
            qp_fields_fault(&s, QP_ENOTFOUND, "name", "there is no account `%s` here", user);
        qp_read_end(&r);
    }
    int rc = qp_fields_end(&s);
    json_decref(o);
    if (rc)
        return qp_answer_fault(c, &f);
    struct qp_session_entry own;
    if (!*user && c->auth.kind == QP_AUTH_SESSION && qp_session_find(c->h, &c->auth.hash, &own)) {
        user = qp_arena_text(qp_call_arena(c), own.user);
        c->auth.hash = own.auth.hash;
    }
    qp_session_add(c->h, c->h->links, &c->auth, user ? user : "", QP_LINK_S, code);
    snprintf(url, sizeof url, "%s/login/%s", c->h->url, code);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "url", url);
    qp_json_put_time(&j, "expires_at", qp_wall_us() + (int64_t)QP_LINK_S * 1000000);
    qp_json_object_end(&j);
    return qp_answer_json(c, 201, &j);
}

enum MHD_Result qp_login_get(struct qp_call *c)
{
    char code[64], secret[48], cookie[160];
    struct qp_hash key;
    struct qp_session_entry link;
    if (!qp_call_segment(c, 1, code, sizeof code))
        return qp_answer_error(c, 404, "not_found", "this is not a log-in link");
    qp_hash(&key, code, strlen(code));
    if (!qp_session_take(c->h, c->h->links, &key, &link))
        return qp_answer_error(c, 410, "used", "this log-in link was used or is too old; ask for a new one");
    qp_session_add(c->h, c->h->sessions, &link.auth, link.user, QP_SESSION_S, secret);
    cookie_text(cookie, secret, QP_SESSION_S);
    return qp_answer_redirect(c, "/", cookie);
}
