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

/* ---- what is his own ---- */

static void add_grid(void *arg, const char *code)
{
    qp_own_add(arg, QP_OWN_GRIDS, code);
}

static void add_desk(struct qp_own *o, const Qp__DeskMade *d)
{
    if (qp_own_add(o, QP_OWN_DESKS, d->code) && d->source)
        qp_own_add(o, QP_OWN_SOURCES, d->code);
}

static void add_his(void *own, const Qp__DeskMade *d)
{
    struct qp_own *o = own;
    if (*o->person && qp_desk_has(d, o->person))
        add_desk(o, d);
}

/* Of the desk that a token is for; a code without a desk: what lies with it is his all the same. */
static int own_desk(struct qp_own *o, struct qp_read *r, const char *desk)
{
    struct qp_resource_row row;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = a ? qp_resource_read(r, &qp_resources[QP_RESOURCE_DESK], desk, a, &row) : QP_ENOMEM;
    if (!rc)
        add_desk(o, (const Qp__DeskMade *)row.made);
    else if (rc == QP_ENOTFOUND)
        qp_own_add(o, QP_OWN_DESKS, desk);
    qp_arena_free(a);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

static int fill_own(struct qp_http *h, struct qp_read *r, struct qp_auth *out, const char *person)
{
    struct qp_own *o = &out->own;
    o->self = h->self.node;
    o->self_path = h->self.path;
    snprintf(o->by, sizeof o->by, "%s", out->by);
    snprintf(o->person, sizeof o->person, "%s", person);
    int rc = *out->desk ? own_desk(o, r, out->desk) : qp_desks_each(r, add_his, o);
    return !rc && *person ? qp_hands_each(&h->hands, r, person, add_grid, o) : rc;
}

static int by_token(struct qp_http *h, const struct qp_hash *hash, struct qp_auth *out, struct qp_err *e)
{
    struct qp_read r;
    struct qp_token_entry t;
    int rc = qp_read_begin(h->store, &r, e);
    if (rc)
        return rc;
    rc = qp_token_read(&r, hash, &t);
    if (!rc) {
        out->rights = t.rights;
        out->span = t.span;
        snprintf(out->by, sizeof out->by, "token:%s", t.name);
        snprintf(out->desk, sizeof out->desk, "%s", t.desk);
        out->own.reads = out->own.acts = *t.desk != 0;
        if (*t.desk)
            rc = fill_own(h, &r, out, "");
    }
    qp_read_end(&r);
    if (rc == QP_ENOTFOUND || (!rc && t.ended))
        return qp_fail(e, QP_EAUTH, "this token is not known here, or was ended");
    return !rc ? 0 : qp_fail(e, rc, "the tokens could not be read");
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
    snprintf(out->by, sizeof out->by, "user:%s", s->user);
    out->own.reads = !rc && u.own & QP_RIGHT_READ;
    out->own.acts = !rc && u.own & QP_RIGHT_STEP;
    int own = !rc && !u.ended && u.own ? fill_own(h, &r, out, s->user) : 0;
    qp_read_end(&r);
    if (rc || u.ended)
        return qp_fail(e, QP_EAUTH, "this account was ended");
    if (own)
        return qp_fail(e, own, "the desks and grids could not be read");
    qp_login_stamp(stamp, u.password);
    if (memcmp(stamp, s->stamp, sizeof stamp) != 0)
        return qp_fail(e, QP_EAUTH, "this account's password was changed; log in again");
    out->rights = u.rights;
    out->span = u.span;
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
