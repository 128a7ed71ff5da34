/* me.c: GET /api/v1/me: who asks, what he may here, and how much waits for him.
 *
 * What waits is counted in what this node holds, each up to QP_LIST_MOST: then `needs_more` names it, and the
 * list has the rest. null: this build does not count it, or he may not see matters. */
#include <stdio.h>
#include <string.h>

#include "node/core/duty.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/desks.h"
#include "node/http/shape/json_line.h"
#include "node/http/shape/needs.h"
#include "node/http/shape/refused.h"

enum { NONE = -1 };

static int count(void *arg, const Qp__Row *row)
{
    (void)row;
    ++*(int *)arg;
    return 0;
}

static void put_count(struct qp_json *j, const char *name, int n)
{
    qp_json_key(j, name);
    if (n < 0)
        qp_json_null(j);
    else
        qp_json_int(j, n);
}

/* NONE: he may not see them, this build does not know which they are, it cannot be told which are his, or they cannot be
 * read. */
static int needs(struct qp_call *c, struct qp_read *r, size_t i, bool *more)
{
    char cursor[128] = "";
    int n = 0;
    struct qp_list_query q = {
        .overdue = -1, .limit = QP_LIST_MOST, .sees = qp_seer_of(&c->auth), .seer = &c->auth};
    if (!(c->auth.rights & QP_RIGHT_READ) || c->auth.own.cut || !qp_needs_query(i, &c->h->self, &q) ||
        qp_matter_list(r, &q, count, &n, cursor, qp_call_arena(c), NULL))
        return NONE;
    *more = *cursor != '\0';
    return n;
}

/* Lines on which something was said that he has not seen. */
static int lines(struct qp_call *c, struct qp_read *r, bool *more)
{
    struct qp_line_view v;
    uint8_t line[QP_ID_LEN];
    const uint8_t *before = NULL;
    Qp__LineRow *row;
    int n = 0;
    struct qp_arena *a = c->auth.rights & QP_RIGHT_STEP && !qp_auth_is_narrowed(&c->auth)
                             ? qp_arena_new(QP_DECODE_ARENA)
                             : NULL;
    if (!a || qp_line_view_begin(&v, c->h, r, &c->auth, a))
        return NONE;
    for (int seen = 0; seen < QP_LIST_MOST && !qp_line_next(&v.db, before, line, &row); seen++) {
        before = line;
        n += qp_line_view_may(&v, row) && qp_line_view_unseen(&v, line, row) > 0;
        *more = seen + 1 == QP_LIST_MOST;
        qp_arena_reset(a); /* it is for one line at a time */
    }
    qp_arena_free(a);
    return n;
}

static void put_needs(struct qp_json *j, struct qp_call *c, struct qp_read *r)
{
    bool more[QP_NEEDS_NAMES] = {false};
    qp_json_key(j, "needs");
    qp_json_object(j);
    for (size_t i = 0; qp_needs_name(i); i++)
        put_count(j, qp_needs_name(i),
                  strcmp(qp_needs_name(i), "lines") == 0 ? lines(c, r, &more[i]) : needs(c, r, i, &more[i]));
    qp_json_object_end(j);
    qp_json_key(j, "needs_more");
    qp_json_array(j);
    for (size_t i = 0; qp_needs_name(i); i++) {
        if (more[i])
            qp_json_text(j, qp_needs_name(i));
    }
    qp_json_array_end(j);
}

/* What he is narrowed to; empty: not by that. */
static void put_span(struct qp_json *j, const struct qp_span *span)
{
    qp_json_key(j, "areas");
    qp_json_array(j);
    for (size_t i = 0; i < span->nareas; i++)
        qp_json_text(j, span->areas[i]);
    qp_json_array_end(j);
    qp_json_key(j, "categories");
    qp_json_array(j);
    for (size_t i = 0; i < span->ncategories; i++)
        qp_json_text(j, span->categories[i]);
    qp_json_array_end(j);
}

static bool is_on_duty(struct qp_call *c, struct qp_read *r, const char *person)
{
    Qp__DutyRow *row;
    return !qp_duty_read(r, c->h->self.node, person, qp_call_arena(c), &row) && qp_duty_on(row, qp_wall_us());
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
    put_span(&j, &a->span);
    qp_json_put_bool(&j, "own", a->own.reads);
    qp_json_put_bool(&j, "own_steps", a->own.acts);
    qp_json_hands(&j, c->h, &r, name);
    put_place(&j, &c->h->self);
    qp_json_put_bool(&j, "on_duty", is_on_duty(c, &r, shown));
    put_needs(&j, c, &r);
    qp_json_object_end(&j);
    qp_read_end(&r);
    return qp_answer_json(c, 200, &j);
}
