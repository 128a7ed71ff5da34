/* sessions.c: the caller's own sessions: which there are, when and by what browser each was used; to end one of them, or all but
 * the one that asks. Of nobody else's anything is said.
 *
 *   GET sessions ─► wire/seen.h: those that were used since the node's start ─► what stands of them
 *   DELETE sessions ─► all that were issued up to now, also those that are not in the list ─► a new cookie for who asks
 *
 * A token has none of its own: what its links began is the link's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/session.h"
#include "node/http/shape/refused.h"
#include "proto/audit.h"

static void put_session(struct qp_json *j, const struct qp_call *c, const struct qp_seen_session *s)
{
    char id[2 * QP_LOGIN_ID + 1];
    qp_hex(id, s->login.id, QP_LOGIN_ID);
    qp_json_object(j);
    qp_json_put(j, "id", id);
    qp_json_put_time(j, "begun_at", s->login.issued_us);
    qp_json_put_time(j, "used_at", s->used_us);
    qp_json_put_time(j, "until", s->login.issued_us + QP_SESSION_S * INT64_C(1000000));
    qp_json_put_full(j, "device", s->agent);
    qp_json_put_bool(j, "this", memcmp(s->login.id, c->auth.session.id, QP_LOGIN_ID) == 0);
    qp_json_object_end(j);
}

/* One that was ended, or begun by a password that is another one now, is over. */
static bool stands(struct qp_call *c, const struct qp_login *s)
{
    return memcmp(s->stamp, c->auth.session.stamp, QP_LOGIN_STAMP) == 0 &&
           !qp_login_stands(&c->h->logins, s, qp_wall_us(), NULL);
}

enum MHD_Result qp_sessions_get(struct qp_call *c)
{
    struct qp_json j = {0};
    bool own = c->auth.kind == QP_AUTH_SESSION;
    struct qp_seen_session *v = calloc(QP_SEEN_MOST, sizeof *v);
    if (!v)
        return MHD_NO;
    size_t n = own ? qp_seen_list(&c->h->seen, &c->auth.session, v, QP_SEEN_MOST) : 0;
    qp_json_object(&j);
    qp_json_key(&j, "items");
    qp_json_array(&j);
    for (size_t i = 0; i < n; i++) {
        if (stands(c, &v[i].login))
            put_session(&j, c, &v[i]);
    }
    qp_json_array_end(&j);
    qp_json_put_time(&j, "since", c->h->started_us);
    qp_json_object_end(&j);
    explicit_bzero(v, QP_SEEN_MOST * sizeof *v);
    free(v);
    return qp_answer_json(c, 200, &j);
}

static enum MHD_Result answer_ended(struct qp_call *c)
{
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_put_bool(&j, "ended", true);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

static const char *not_kept(struct qp_err *e)
{
    char why[sizeof e->text];
    qp_text_cut(why, sizeof why, e->text);
    qp_fail(
        e, QP_EIO,
        "they are over, but this could not be noted, and they would stand again after a restart: %.200s; end "
        "them again when that is mended",
        why);
    return e->text;
}

/* All but the one that asks: its new cookie, and what to say where they would stand again after a restart; "": they would not. */
struct all_ended {
    char cookie[QP_COOKIE_TEXT], lost[sizeof((struct qp_err *)0)->text];
};

/* Who asked stays logged in also where it could not be noted: he is to end them again. */
static enum MHD_Result answer_all_ended(struct qp_call *c)
{
    const struct all_ended *x = c->state;
    struct qp_json j = {0};
    qp_json_object(&j);
    if (*x->lost) {
        qp_json_key(&j, "error");
        qp_json_object(&j);
        qp_json_error(&j, "not_kept", x->lost, "");
        qp_json_object_end(&j);
    } else {
        qp_json_put_bool(&j, "ended", true);
    }
    qp_json_object_end(&j);
    return qp_answer_json_cookie(c, *x->lost ? 500 : 200, &j, x->cookie);
}

enum MHD_Result qp_session_delete_one(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char text[2 * QP_LOGIN_ID + 1], on[16 + sizeof text];
    uint8_t id[QP_LOGIN_ID];
    struct qp_login s;
    if (c->auth.kind != QP_AUTH_SESSION || !qp_call_segment(c, 3, text, sizeof text) ||
        qp_unhex(id, sizeof id, text) || !qp_seen_find(&c->h->seen, &c->auth.session, id, &s))
        return qp_answer_error(c, 404, "not_found", "there is no such session of this account");
    int rc = qp_login_end(&c->h->logins, &s, qp_wall_us(), &f.e);
    if (rc == QP_EIO)
        return qp_answer_error(c, 500, "not_kept", "%s", not_kept(&f.e));
    if (rc == QP_EEXISTS)
        return answer_ended(c);
    if (rc)
        return qp_answer_fault(c, &f);
    snprintf(on, sizeof on, "sessions/%.8s", text);
    const struct qp_trail_entry out = {.what = QP_AUDIT_LOGOUT, .by = c->auth.by, .on = on};
    return qp_trail_then(c, &out, answer_ended);
}

/* Up to when all that is known was issued: where this clock was set back meanwhile, later than now. */
static int64_t issued_until(struct qp_call *c, int64_t now_us)
{
    struct qp_seen_session *v = calloc(QP_SEEN_MOST, sizeof *v);
    size_t n = v ? qp_seen_list(&c->h->seen, &c->auth.session, v, QP_SEEN_MOST) : 0;
    int64_t until_us = c->auth.session.issued_us > now_us ? c->auth.session.issued_us : now_us;
    for (size_t i = 0; i < n; i++)
        until_us = v[i].login.issued_us > until_us ? v[i].login.issued_us : until_us;
    free(v);
    return until_us;
}

enum MHD_Result qp_sessions_delete(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char by[QP_BY_BYTES + 1];
    const struct qp_login mine = c->auth.session;
    if (c->auth.kind != QP_AUTH_SESSION)
        return qp_answer_error(c, 404, "not_found", "a token has no sessions");
    struct all_ended *x = calloc(1, sizeof *x);
    if (!x)
        return MHD_NO;
    c->state = x;
    c->state_free = free;
    int64_t now_us = qp_wall_us(), upto_us = issued_until(c, now_us);
    int rc = qp_logins_end(&c->h->logins, &mine, upto_us, now_us, &f.e);
    snprintf(by, sizeof by, "%s", c->auth.by);
    qp_text_cut(x->lost, sizeof x->lost, rc == QP_EIO ? not_kept(&f.e) : "");
    if (!rc || rc == QP_EIO) /* issued behind those that ended */
        rc = qp_session_begin(c, &mine, upto_us + 1, x->cookie, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    const struct qp_trail_entry out = {.what = QP_AUDIT_LOGOUT, .by = by, .on = "sessions"};
    return qp_trail_then(c, &out, answer_all_ended);
}
