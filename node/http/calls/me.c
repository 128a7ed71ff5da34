/* me.c: GET /api/v1/me: who asks, what he may here, and how much waits for him.
 *
 * What waits is counted in what this node holds, each up to QP_LIST_MOST: then `needs_more` names it, and the
 * list has the rest. null: this build does not count it, or he may not see matters. */
#include <stdio.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/refused.h"

enum { NONE = -1 };

static int count(void *arg, const Qp__Row *row)
{
    (void)row;
    ++*(int *)arg;
    return 0;
}

/* Matters that this node holds in one of these states; NONE: they cannot be read. */
static int held(struct qp_call *c, struct qp_read *r, int state, int overdue, bool *more)
{
    char cursor[128] = "";
    int n = 0;
    struct qp_list_query q = {.holder = c->h->self.path,
                              .state = state,
                              .overdue = overdue,
                              .sort = QP_SORT_OPENED_DESC,
                              .limit = QP_LIST_MOST};
    if (qp_matter_list(r, &q, count, &n, cursor, qp_call_arena(c), NULL))
        return NONE;
    *more = *more || *cursor;
    return n;
}

static void put_count(struct qp_json *j, const char *name, int n)
{
    qp_json_key(j, name);
    if (n < 0)
        qp_json_null(j);
    else
        qp_json_int(j, n);
}

static void put_needs(struct qp_json *j, struct qp_call *c, struct qp_read *r)
{
    static const struct {
        const char *name;
        int states[3]; /* 0 behind the last */
        int overdue;
    } COUNTED[] = {{"assign", {QP_OPEN, QP_SORTED, 0}, -1},
                   {"handle", {QP_ASSIGNED, 0, 0}, -1},
                   {"visit", {QP_HANDLED, 0, 0}, -1},
                   {"overdue", {0, 0, 0}, 1}};
    enum { N = sizeof COUNTED / sizeof *COUNTED };
    bool sees = (c->auth.rights & QP_RIGHT_READ) != 0, more[N] = {false};
    qp_json_key(j, "needs");
    qp_json_object(j);
    put_count(j, "sign", NONE);
    for (size_t i = 0; i < N; i++) {
        int n = sees ? 0 : NONE;
        for (size_t k = 0; n >= 0 && (k == 0 || COUNTED[i].states[k]); k++) {
            int part = held(c, r, COUNTED[i].states[k], COUNTED[i].overdue, &more[i]);
            n = part < 0 ? NONE : n + part;
        }
        put_count(j, COUNTED[i].name, n);
    }
    put_count(j, "urged", NONE);
    put_count(j, "lines", NONE);
    qp_json_object_end(j);
    qp_json_key(j, "needs_more");
    qp_json_array(j);
    for (size_t i = 0; i < N; i++) {
        if (more[i])
            qp_json_text(j, COUNTED[i].name);
    }
    qp_json_array_end(j);
}

/* The desks that stand and have him as a member. */
static void put_desks(struct qp_json *j, struct qp_read *r, const char *name, struct qp_arena *a)
{
    struct qp_resource_row row = {.id = ""};
    qp_json_key(j, "desks");
    qp_json_array(j);
    while (*name && qp_resource_next(r, &qp_resources[QP_RESOURCE_DESK], row.id, a, &row) == 0) {
        const Qp__DeskMade *d = (const Qp__DeskMade *)row.made;
        for (size_t i = 0; i < d->n_members && !row.ended_us; i++) {
            if (strcmp(d->members[i], name) == 0)
                qp_json_text(j, d->code);
        }
    }
    qp_json_array_end(j);
}

static void put_place(struct qp_json *j, const struct qp_cert *self)
{
    qp_json_key(j, "node");
    qp_json_object(j);
    qp_json_put(j, "path", self->path);
    qp_json_put(j, "title", self->title);
    qp_json_put(j, "level", self->level);
    qp_json_object_end(j);
}

enum MHD_Result qp_me_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_user_entry u = {.title = ""};
    struct qp_json j = {0};
    const struct qp_auth *a = &c->auth;
    const char *name = a->kind == QP_AUTH_SESSION ? a->session.user : "";
    const char *shown = strchr(a->by, ':') ? strchr(a->by, ':') + 1 : a->by;
    int rc = qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f.e)
                              : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    if (*name && qp_user_read(&r, name, &u))
        u = (struct qp_user_entry){.title = ""};
    qp_json_object(&j);
    qp_json_put(&j, "name", shown);
    qp_json_put(&j, "by", a->by);
    qp_json_put_full(&j, "title", u.title);
    qp_json_key(&j, "roles");
    qp_json_roles(&j, u.roles);
    qp_json_key(&j, "rights");
    qp_json_rights(&j, a->rights);
    put_desks(&j, &r, name, qp_call_arena(c));
    qp_json_key(&j, "grids");
    qp_json_array(&j);
    qp_json_array_end(&j);
    put_place(&j, &c->h->self);
    qp_json_put_bool(&j, "on_duty", false);
    put_needs(&j, c, &r);
    qp_json_object_end(&j);
    qp_read_end(&r);
    return qp_answer_json(c, 200, &j);
}
