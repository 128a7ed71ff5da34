/* users.c: accounts of people, as a resource, and their passwords. A password is hashed by the porter before it
 * goes anywhere (wire/passwords.c); the hash is in no answer, and in an event that is never sent (E4).
 *
 *   POST users ─┐                                     ┌─► turn ─► every session made with the one before is over
 *   POST users/{name}/password ─► who may? ─► hash ───┘
 *
 * Nobody gives a right that he lacks (DE2), and who sets a password can log in with it: so an account that may
 * more than he does is not his to take over. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/resources.h"
#include "node/http/shape/desks.h"
#include "node/http/shape/refused.h"

enum { PASSWORD_LEAST = 8 };

static const struct qp_sheet SHEET[] = {QP_FIELDS_user(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};

/* ---- who may what ---- */

static uint32_t rights_of(const Qp__UserMade *u)
{
    return qp_roles_rights(u->roles) | u->rights;
}

/* What he has for all matters, not for his own alone. */
static uint32_t all_of(const Qp__UserMade *u)
{
    return rights_of(u) & ~qp_roles_own(u->roles, u->rights);
}

static struct qp_span span_of(const Qp__UserMade *u)
{
    struct qp_span r;
    qp_span_of(&r, u->areas, u->n_areas, u->categories, u->n_categories);
    return r;
}

/* One role as a text, beside or instead of the list. */
static void role_read(struct qp_fields *s, Qp__UserMade *u)
{
    char names[200];
    const char *role = qp_field_text(s, "role", QP_NAME_BYTES, false);
    if (!*role || !qp_fields_ok(s))
        return;
    uint32_t bit = qp_role_parse(role);
    if (!bit)
        qp_fields_fault(s, QP_EINVAL, "role", "`role` must be %s",
                        qp_roles_text(names, sizeof names, ~0u, "or"));
    u->roles = (json_object_get(s->o, "roles") ? u->roles : 0) | bit;
}

static void password_check(struct qp_fields *s, const char *password)
{
    if (qp_fields_ok(s) && strlen(password) < PASSWORD_LEAST)
        qp_fields_fault(s, QP_EINVAL, "password", "`password` must have at least %d bytes", PASSWORD_LEAST);
}

static void check(struct qp_making *m, struct qp_fields *s)
{
    Qp__UserMade *u = (Qp__UserMade *)m->made;
    char names[200];
    bool new = !m->old.version;
    uint32_t had = new ? 0 : rights_of((const Qp__UserMade *)m->old.made);
    if (json_object_get(s->o, "desks"))
        qp_fields_fault(s, QP_EPOLICY, "desks",
                        "who is of a desk stands at the desk: PATCH /api/v1/desks/CODE with its `members`");
    if (json_object_get(s->o, "grids"))
        qp_fields_fault(
            s, QP_EPOLICY, "grids",
            "whose a grid is stands at the grid: PATCH /api/v1/grids/CODE with its `worker` or `deputies`");
    role_read(s, u);
    if (json_object_get(s->o, "rights"))
        u->rights = qp_sheet_rights(s, "rights", false);
    if (qp_fields_ok(s) && u->rights & QP_RIGHT_IMPORT)
        qp_fields_fault(s, QP_EPOLICY, "rights",
                        "`import` is a right of tokens, never of people: make a token (qipan token add)");
    if (qp_fields_ok(s) && !rights_of(u))
        qp_fields_fault(s, QP_EINVAL, "role", "`role` is missing: %s, or a list of them in `roles`",
                        qp_roles_text(names, sizeof names, ~0u, "or"));
    qp_making_gives(m, s, "roles", rights_of(u) & ~had);
    qp_making_gives_all(m, s, "roles", all_of(u));
    struct qp_span gets = span_of(u), held = new ? gets : span_of((const Qp__UserMade *)m->old.made);
    qp_making_gives_span(m, s, new ? NULL : &held, &gets);
    if (new) /* it is kept as text until it is hashed; the arena goes with the call */
        u->password = qp_field_text(s, "password", sizeof((struct qp_password_work *)0)->password - 1, true);
    if (new)
        password_check(s, u->password);
}

/* ---- a password on its way ---- */

struct account {
    struct qp_password_work work; /* first: the porter frees it by this address */
    bool change;                  /* of one that stands */
};
static_assert(offsetof(struct account, work) == 0, "freed as its first member");

static enum MHD_Result hashed(struct qp_call *c)
{
    struct account *a = c->state;
    struct qp_making *m = c->making;
    struct qp_fault f = {.field = ""};
    if (a->work.crowded || (!a->work.done && c->late)) {
        qp_fault_set(&f, QP_EBUSY, "", "too many passwords at once; try again in a second");
        return qp_answer_fault(c, &f);
    }
    if (!a->work.done || a->work.code)
        return qp_answer_error(c, 503, "stopping", "the password could not be hashed; try again");
    if (a->change) { /* as it is by now: hashing took its time */
        const char *key = m->key;
        int64_t if_version = m->if_version;
        uint8_t request[QP_REQUEST_LEN];
        memcpy(request, m->request, sizeof request);
        m = qp_making_begin(c, &qp_user_view, false, &f);
        if (!m)
            return qp_answer_fault(c, &f);
        m->key = key;
        m->if_version = if_version;
        memcpy(m->request, request, sizeof request);
    }
    Qp__UserMade *u = (Qp__UserMade *)m->made;
    u->password = qp_arena_text(qp_call_arena(c), a->work.hash);
    return u->password ? qp_making_send(m) : MHD_NO;
}

static enum MHD_Result hash(struct qp_making *m, char *password, bool change)
{
    struct account *a = calloc(1, sizeof *a);
    if (!a)
        return MHD_NO;
    a->change = change;
    a->work.make = true;
    qp_text_cut(a->work.password, sizeof a->work.password, password);
    explicit_bzero(password, strlen(password));
    if (!qp_password_send(m->c, &a->work, hashed, &m->f.e))
        return MHD_YES;
    free(a);
    return qp_answer_fault(m->c, &m->f);
}

static enum MHD_Result before(struct qp_making *m)
{
    return hash(m, ((Qp__UserMade *)m->made)->password, false);
}

/* His own, or another's by an admin who may all that the account may. */
static int may_set(struct qp_making *m, struct qp_fields *s)
{
    const struct qp_auth *a = &m->c->auth;
    bool own = a->kind == QP_AUTH_SESSION && strcmp(a->session.user, m->old.id) == 0;
    if (own)
        return 0;
    struct qp_err e;
    if (qp_auth_need(a, QP_RIGHT_ADMIN, &e))
        return qp_fields_fault(s, QP_EDENIED, "", "%s", e.text);
    qp_making_gives(m, s, "", rights_of((const Qp__UserMade *)m->old.made));
    qp_making_gives_all(m, s, "", all_of((const Qp__UserMade *)m->old.made));
    struct qp_span held = span_of((const Qp__UserMade *)m->old.made);
    qp_making_gives_span(m, s, &held, &held);
    return m->f.e.code;
}

enum MHD_Result qp_password_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_fields s;
    json_t *o;
    /* who may not even see accounts is not told which there are */
    struct qp_making *m = qp_making_begin(c, &qp_user_view, false, &f);
    if (!m && !(c->auth.rights & QP_RIGHT_ADMIN)) {
        f.field[0] = '\0';
        qp_auth_need(&c->auth, QP_RIGHT_ADMIN, &f.e);
    }
    if (!m)
        return qp_answer_fault(c, &f);
    qp_fields_begin(&s, NULL, qp_call_arena(c), c->h->zone, &m->f);
    /* before the body is read: its faults would tell who may not set it that there is such an account */
    if (may_set(m, &s))
        return qp_answer_fault(c, &m->f);
    if (qp_body_begin(&s, &o, c, qp_call_arena(c), &m->f))
        return qp_answer_fault(c, &m->f);
    char *password = qp_field_text(&s, "password", sizeof((struct account *)0)->work.password - 1, true);
    password_check(&s, password);
    m->if_version = qp_field_int(&s, "if_version", 0, INT64_MAX, -1);
    int rc = qp_making_key(m, &s);
    if (!rc)
        rc = qp_fields_end(&s);
    json_decref(o);
    return rc ? qp_answer_fault(c, &m->f) : hash(m, password, true);
}

/* ---- how it looks ---- */

static void also(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_resource_row *row)
{
    const Qp__UserMade *u = (const Qp__UserMade *)row->made;
    const struct qp_named_bit *w;
    const char *first = NULL;
    for (size_t i = 0; !first && (w = qp_role_at(i)); i++)
        first = u->roles & w->bit ? w->name : NULL;
    qp_json_put(j, "role", first); /* the first, where one is enough */
    qp_json_key(j, "rights");
    qp_json_rights(j, rights_of(u));
    qp_json_hands(j, h, r, row->ended_us ? "" : row->id);
}

const struct qp_view qp_user_view = {
    .kind = QP_RESOURCE_USER,
    .sheet = SHEET,
    .opens_doors = true,
    .check = check,
    .before = before,
    .also = also,
};
