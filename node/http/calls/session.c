/* session.c: sessions of people at a browser, and one-time links that begin one.
 *
 *   POST session {name, password} ─► porter: Argon2id ─► cookie
 *   POST session/link (admin) ─► GET /login/CODE: a page with a button ─► POST ─► cookie, once
 *
 * What both are made of is wire/logins.h; how guessing is slowed, wire/guesses.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/session.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/refused.h"
#include "proto/audit.h"

enum { COOKIE = QP_COOKIE_TEXT };

static void cookie_text(char out[COOKIE], const struct qp_call *c, const char *secret, int64_t life_s)
{
    snprintf(out, COOKIE, "qipan_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", secret,
             (long long)life_s, c->secure ? "; Secure" : "");
}

int qp_session_begin(struct qp_call *c, const struct qp_login *s, int64_t now_us, char cookie[COOKIE],
                     struct qp_err *e)
{
    char text[QP_LOGIN_TEXT];
    struct qp_auth who = {.kind = QP_AUTH_SESSION, .session = *s};
    who.session.kind = QP_LOGIN_COOKIE;
    qp_login_print(&c->h->logins, &who.session, now_us, text);
    qp_seen_note(&c->h->seen, &who.session, qp_call_header(c, "User-Agent"), now_us);
    cookie_text(cookie, c, text, QP_SESSION_S);
    return qp_auth_again(c->h, &who, &c->auth, e);
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
    struct qp_guesses *guesses;
    int64_t (*guesses_us)(void);
    struct qp_guess guess;
    char name[QP_NAME_BYTES + 1];
    bool named; /* somebody here is called so, or was */
    uint8_t stamp[QP_LOGIN_STAMP];
};
static_assert(offsetof(struct login, work) == 0, "freed as its first member");

/* What became of it counts, also when nobody waits for the answer any more. */
static void tried_it(struct qp_password_work *w, bool tried)
{
    struct login *l = (struct login *)w;
    bool right = tried && w->code == 0 && l->guess.exists;
    qp_guess_done(l->guesses, &l->guess, tried, right, l->guesses_us());
}

static enum MHD_Result refuse_login(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_fault_set(&f, QP_EAUTH, "", "name or password is wrong");
    return qp_answer_fault(c, &f);
}

static enum MHD_Result greet(struct qp_call *c)
{
    const struct login *l = c->state;
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    char cookie[COOKIE];
    struct qp_login s = {.user = ""};
    memcpy(s.user, l->name, sizeof s.user);
    memcpy(s.stamp, l->stamp, sizeof s.stamp);
    if (qp_session_begin(c, &s, qp_wall_us(), cookie, &f.e))
        return qp_answer_fault(c, &f);
    whoami(&j, &c->auth);
    return qp_answer_json_cookie(c, 200, &j, cookie);
}

/* Written down before anybody is let in, or told that he is not (DE3). */
static enum MHD_Result logged_in(struct qp_call *c)
{
    struct login *l = c->state;
    struct qp_fault f = {.field = ""};
    char by[QP_BY_BYTES + 1];
    if (l->work.crowded || (!l->work.done && c->late)) {
        qp_fault_set(&f, QP_EBUSY, "", "too many log-ins at once; try again in a second");
        return qp_answer_fault(c, &f);
    }
    if (!l->work.done)
        return qp_answer_error(c, 503, "stopping", "the password could not be checked; try again");
    snprintf(by, sizeof by, "user:%s", l->name);
    /* What nobody here is called may be a password, typed into the wrong field: it goes into no journal. */
    const char *of = l->named ? l->name : "*";
    bool right = l->work.code == 0 && l->guess.exists;
    const struct qp_trail_entry in = {.what = QP_AUDIT_LOGIN, .by = by},
                                failed = {.what = QP_AUDIT_LOGIN_FAILED, .by = "", .on = of};
    return right ? qp_trail_then(c, &in, greet) : qp_trail_then(c, &failed, refuse_login);
}

/* For a name that nobody has, a hash that nothing fits: the work is the same. */
static const char NOBODY[] =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static int look_up(struct qp_call *c, struct login *l, struct qp_err *e)
{
    struct qp_read r;
    struct qp_user_entry u;
    int rc = qp_read_begin(c->h->store, &r, e);
    if (rc)
        return rc;
    l->named = !qp_user_read(&r, l->name, &u);
    bool known = l->named && !u.ended;
    qp_read_end(&r);
    snprintf(l->work.hash, sizeof l->work.hash, "%s", known ? u.password : NOBODY);
    qp_login_stamp(l->stamp, l->work.hash);
    l->guesses = &c->h->guesses;
    l->guesses_us = c->h->guesses_us;
    l->guess = (struct qp_guess){l->name, known, c->from};
    return qp_guess_begin(l->guesses, &l->guess, l->guesses_us(), &l->work.lane, &c->retry_s, e);
}

static int login_read(struct qp_call *c, struct login *l, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    int rc = qp_body_begin(&s, &o, c, qp_call_arena(c), f);
    if (rc)
        return rc;
    const char *name = qp_field_text(&s, "name", QP_NAME_BYTES, true);
    const char *password = qp_field_text(&s, "password", sizeof l->work.password - 1, true);
    rc = qp_fields_end(&s);
    if (!rc) {
        snprintf(l->name, sizeof l->name, "%s", name);
        snprintf(l->work.password, sizeof l->work.password, "%s", password);
        rc = look_up(c, l, &f->e);
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
    l->work.over = tried_it;
    if (!rc)
        rc = qp_password_send(c, &l->work, logged_in, &f.e);
    if (!rc)
        return MHD_YES;
    free(l);
    return qp_answer_fault(c, &f);
}

static enum MHD_Result tell_ended(struct qp_call *c, bool stood)
{
    char text[COOKIE];
    struct qp_json j = {0};
    cookie_text(text, c, "", 0);
    qp_json_object(&j);
    qp_json_put_bool(&j, "ended", stood);
    qp_json_object_end(&j);
    return qp_answer_json_cookie(c, 200, &j, text);
}

static enum MHD_Result say_ended(struct qp_call *c)
{
    return tell_ended(c, true);
}

enum MHD_Result qp_session_delete(struct qp_call *c)
{
    const char *cookie = MHD_lookup_connection_value(c->conn, MHD_COOKIE_KIND, "qipan_session");
    struct qp_login s;
    struct qp_fault f = {.field = ""};
    int64_t now_us = qp_wall_us();
    int rc = 0;
    bool stood = cookie && !qp_login_read(&c->h->logins, QP_LOGIN_COOKIE, cookie, now_us, &s, NULL);
    if (stood)
        rc = qp_login_end(&c->h->logins, &s, now_us, &f.e);
    if (rc == QP_ENOMEM)
        return qp_answer_fault(c, &f);
    if (rc && rc != QP_EEXISTS)
        return qp_answer_error(
            c, 500, "not_kept",
            "the session is over, but this could not be noted, and it would stand again after "
            "a restart: %s; end it again when that is mended",
            f.e.text);
    if (!stood)
        return tell_ended(c, false);
    char by[QP_BY_BYTES + 1];
    snprintf(by, sizeof by, "user:%s", s.user);
    const struct qp_trail_entry out = {.what = QP_AUDIT_LOGOUT, .by = *s.user ? by : ""};
    return qp_trail_then(c, &out, say_ended);
}

/* ---- one-time links ---- */

static void link_drop(void *state)
{
    qp_json_drop(state); /* in the call's arena */
}

static enum MHD_Result tell_link(struct qp_call *c)
{
    return qp_answer_json(c, 201, c->state);
}

enum MHD_Result qp_session_link_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    json_t *o;
    struct qp_fields s;
    char code[QP_LOGIN_TEXT], url[QP_LOGIN_TEXT + 160];
    if (qp_body_begin(&s, &o, c, qp_call_arena(c), &f))
        return qp_answer_fault(c, &f);
    const char *user = qp_field_text(&s, "name", QP_NAME_BYTES, false);
    struct qp_read r;
    struct qp_user_entry u;
    uint32_t lacks;
    char names[200];
    if (qp_fields_ok(&s) && *user && !qp_read_begin(c->h->store, &r, &f.e)) {
        if (qp_user_read(&r, user, &u) || u.ended)
            qp_fields_fault(&s, QP_ENOTFOUND, "name", "there is no account `%s` here", user);
        qp_read_end(&r);
        uint32_t his = c->auth.rights; /* what he has for his own matters alone is no way to all */
        if ((c->auth.own.reads && u.rights & ~u.own & QP_RIGHT_READ) ||
            (c->auth.own.acts && u.rights & ~u.own & QP_RIGHT_STEP))
            his &= ~(uint32_t)(QP_RIGHT_READ | QP_RIGHT_STEP);
        if (qp_fields_ok(&s) && !qp_rights_may_give(his, u.rights, &lacks))
            qp_fields_fault(&s, QP_EDENIED, "name",
                            "%s lacks the right %s, which the account `%s` has, and cannot log in as it",
                            c->auth.by, qp_rights_text(names, sizeof names, lacks, "and"), user);
    }
    int rc = qp_fields_end(&s);
    json_decref(o);
    if (rc)
        return qp_answer_fault(c, &f);
    struct qp_login link = c->auth.session; /* for a token: its hash, and no user */
    link.kind = QP_LOGIN_LINK;
    if (c->auth.kind == QP_AUTH_TOKEN)
        link.token = c->auth.hash;
    if (*user) {
        qp_text_cut(link.user, sizeof link.user, user);
        qp_login_stamp(link.stamp, u.password);
    }
    qp_login_print(&c->h->logins, &link, qp_wall_us(), code);
    snprintf(url, sizeof url, "%s/login/%s", c->h->url, code);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put(&j, "url", url);
    qp_json_put_time(&j, "expires_at", qp_wall_us() + (int64_t)QP_LINK_S * 1000000);
    qp_json_object_end(&j);
    struct qp_json *kept = qp_arena_copy(qp_call_arena(c), &j, sizeof j);
    if (!kept) {
        qp_json_drop(&j);
        return MHD_NO;
    }
    c->state = kept;
    c->state_free = link_drop;
    const struct qp_trail_entry made = {.what = QP_AUDIT_LOGIN_LINK, .by = c->auth.by, .on = link.user};
    return qp_trail_then(c, &made, tell_link);
}

/* The link as it stands in the address; 0, or it was answered already. */
static bool link_read(struct qp_call *c, struct qp_login *link, enum MHD_Result *answered)
{
    char code[QP_LOGIN_TEXT];
    struct qp_err e;
    if (!qp_call_segment(c, 1, code, sizeof code)) {
        *answered = qp_answer_error(c, 404, "not_found", "this is not a log-in link");
        return false;
    }
    if (qp_login_read(&c->h->logins, QP_LOGIN_LINK, code, qp_wall_us(), link, &e)) {
        *answered =
            qp_answer_error(c, 410, "used", "this log-in link was used or is too old; ask for a new one");
        return false;
    }
    return true;
}

/* A page with a button: what only looks at a link (a preview, a virus scanner, HEAD) does not use it up. */
enum MHD_Result qp_login_get(struct qp_call *c)
{
    static const char PAGE[] =
        "<!doctype html>\n<html lang=\"zh\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width\">\n<title>qipan</title>\n<link rel=\"stylesheet\" "
        "href=\"/web/pages/login.css\">\n<main>\n<form method=\"post\">\n<p>此链接只能使用一次。<br><span "
        "lang=\"en\">This link "
        "works once.</span></p>\n<button class=\"button solid\">登录 <span lang=\"en\">Log "
        "in</span></button>\n</form>\n</main>\n</html>\n";
    struct qp_login link;
    enum MHD_Result answered;
    if (!link_read(c, &link, &answered))
        return answered;
    return qp_answer_page(c, PAGE, sizeof PAGE - 1);
}

static enum MHD_Result let_in(struct qp_call *c)
{
    return qp_answer_redirect(c, "/", c->state);
}

enum MHD_Result qp_login_post(struct qp_call *c)
{
    struct qp_login link;
    enum MHD_Result answered;
    struct qp_fault f = {.field = ""};
    char cookie[COOKIE];
    if (!link_read(c, &link, &answered))
        return answered;
    int rc = qp_login_end(&c->h->logins, &link, qp_wall_us(), &f.e);
    if (rc == QP_EEXISTS)
        return qp_answer_error(c, 410, "used", "this log-in link was used or is too old; ask for a new one");
    if (rc == QP_EIO)
        return qp_answer_error(
            c, 500, "not_kept",
            "this link is used up, but that could not be noted (%s): ask for a new one when "
            "that is mended",
            f.e.text);
    if (!rc)
        rc = qp_session_begin(c, &link, qp_wall_us(), cookie, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    c->state = strdup(cookie);
    c->state_free = free;
    const struct qp_trail_entry in = {.what = QP_AUDIT_LOGIN, .by = c->auth.by, .on = "link"};
    return c->state ? qp_trail_then(c, &in, let_in) : MHD_NO;
}
