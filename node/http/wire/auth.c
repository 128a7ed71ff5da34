/* auth.c: who calls, and what they may do. A bearer token or a session's cookie; both are looked at again in
 * the tables at each request, so that what an admin ends is over at once. Called by routes.c before a body is
 * read, and by streams at each beat. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/http/wire/inside.h"
#include "proto/audit.h"

void qp_json_rights(struct qp_json *j, uint32_t rights)
{
    const struct qp_named_bit *w;
    qp_json_array(j);
    for (size_t i = 0; (w = qp_right_at(i)); i++) {
        if (rights & w->bit)
            qp_json_text(j, w->name);
    }
    qp_json_array_end(j);
}

void qp_json_roles(struct qp_json *j, uint32_t roles)
{
    const struct qp_named_bit *w;
    qp_json_array(j);
    for (size_t i = 0; (w = qp_role_at(i)); i++) {
        if (roles & w->bit)
            qp_json_text(j, w->name);
    }
    qp_json_array_end(j);
}

int qp_auth_need(const struct qp_auth *a, uint32_t rights, struct qp_err *e)
{
    char names[128];
    if (a->rights & rights)
        return 0;
    return qp_fail(e, QP_EDENIED, "%s lacks the right %s; an admin of this node can give it", a->by,
                   qp_rights_text(names, sizeof names, rights, "or"));
}

static int by_token(struct qp_http *h, const struct qp_hash *hash, struct qp_auth *out, struct qp_err *e)
{
    struct qp_read r;
    struct qp_token_entry t;
    int rc = qp_read_begin(h->store, &r, e);
    if (rc)
        return rc;
    rc = qp_token_read(&r, hash, &t);
    qp_read_end(&r);
    if (rc == QP_ENOTFOUND || (!rc && t.ended))
        return qp_fail(e, QP_EAUTH, "this token is not known here, or was ended");
    if (rc)
        return qp_fail(e, rc, "the tokens could not be read");
    out->rights = t.rights;
    out->span = t.span;
    snprintf(out->by, sizeof out->by, "token:%s", t.name);
    snprintf(out->desk, sizeof out->desk, "%s", t.desk);
    return 0;
}

static int by_user(struct qp_http *h, const struct qp_login *s, struct qp_auth *out, struct qp_err *e)
{
    struct qp_read r;
    struct qp_user_entry u;
    uint8_t stamp[QP_LOGIN_STAMP];
    int rc = qp_read_begin(h->store, &r, e);
    if (rc)
        return rc;
    rc = qp_user_read(&r, s->user, &u);
    qp_read_end(&r);
    if (rc || u.ended)
        return qp_fail(e, QP_EAUTH, "this account was ended");
    qp_login_stamp(stamp, u.password);
    if (memcmp(stamp, s->stamp, sizeof stamp) != 0)
        return qp_fail(e, QP_EAUTH, "this account's password was changed; log in again");
    out->rights = u.rights;
    out->span = u.span;
    snprintf(out->by, sizeof out->by, "user:%s", s->user);
    return 0;
}

static int by_session(struct qp_http *h, const struct qp_login *s, struct qp_auth *out, struct qp_err *e)
{
    int rc = *s->user ? by_user(h, s, out, e) : by_token(h, &s->token, out, e);
    if (!rc)
        out->rights &= ~(uint32_t)QP_RIGHT_IMPORT; /* a person at a screen states no times */
    return rc;
}

int qp_auth_again(struct qp_http *h, const struct qp_auth *a, struct qp_auth *now, struct qp_err *e)
{
    *now = (struct qp_auth){.kind = a->kind, .from = a->from, .hash = a->hash, .session = a->session};
    if (a->kind == QP_AUTH_TOKEN)
        return by_token(h, &a->hash, now, e);
    int rc = qp_login_stands(&h->logins, &a->session, qp_wall_us(), e);
    return rc ? rc : by_session(h, &a->session, now, e);
}

/* As far as a browser says so. */
uint8_t qp_auth_browser(const struct qp_call *c)
{
    const char *agent = qp_call_header(c, "User-Agent");
    return agent && strstr(agent, "Mobi") ? QP_FROM_PHONE : QP_FROM_CONSOLE;
}

int qp_auth_key(struct qp_call *c, const char *text, struct qp_err *e)
{
    c->auth.kind = QP_AUTH_TOKEN;
    c->auth.from = QP_FROM_TOKEN;
    qp_hash(&c->auth.hash, text, strlen(text));
    return by_token(c->h, &c->auth.hash, &c->auth, e);
}

int qp_auth_call(struct qp_call *c, struct qp_err *e)
{
    const char *bearer = qp_call_header(c, "Authorization");
    if (bearer) {
        if (strncasecmp(bearer, "Bearer ", 7) != 0)
            return qp_fail(e, QP_EAUTH, "Authorization must be `Bearer TOKEN`");
        const char *text = bearer + 7 + strspn(bearer + 7, " ");
        return qp_auth_key(c, text, e);
    }
    const char *cookie = MHD_lookup_connection_value(c->conn, MHD_COOKIE_KIND, "qipan_session");
    if (!cookie)
        return qp_fail(e, QP_EAUTH, "log in, or send `Authorization: Bearer TOKEN` (qipan token add)");
    c->auth.kind = QP_AUTH_SESSION;
    c->auth.from = qp_auth_browser(c);
    int rc = qp_login_read(&c->h->logins, QP_LOGIN_COOKIE, cookie, qp_wall_us(), &c->auth.session, e);
    if (!rc)
        rc = by_session(c->h, &c->auth.session, &c->auth, e);
    if (!rc)
        qp_seen_note(&c->h->seen, &c->auth.session, qp_call_header(c, "User-Agent"), qp_wall_us());
    if (!rc && c->method != QP_GET && qp_call_is_foreign(c))
        rc = qp_fail(e, QP_EDENIED, "this write comes from another site than this node's own page");
    return rc;
}
