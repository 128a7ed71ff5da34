/* span.c: keeps who is narrowed to areas and categories within them (DE2; core/span.h). The rows of calls.h say how
 * each call is kept; here is what can be told from its address alone. Called by routes.c after the rights.
 *
 *   MATTER ─► the row ─► outside, or not there ─► the same 404     ROWS ─► the handler asks qp_auth_sees
 *   FIGURES ─► ?area= and ?category= within ─► the handler         WHOLE ─► 403
 *
 * And who sees or acts on his own matters alone (core/own.h): the same questions, of each matter. */
#include <stdio.h>

#include "node/http/wire/inside.h"

bool qp_auth_is_narrowed(const struct qp_auth *a)
{
    return !qp_span_is_all(&a->span);
}

bool qp_auth_sees_some(const struct qp_auth *a)
{
    return qp_auth_is_narrowed(a) || a->own.reads;
}

bool qp_auth_sees(const struct qp_auth *a, const Qp__Row *row)
{
    return qp_span_holds(&a->span, row->face->area, row->face->category) && qp_own_sees(&a->own, row);
}

bool qp_auth_sees_place(const struct qp_auth *a, const char *path)
{
    return qp_span_place(&a->span, path);
}

int qp_auth_need_place(const struct qp_auth *a, const char *path, struct qp_fault *f)
{
    return qp_auth_sees_place(a, path)
               ? 0
               : qp_fault_set(
                     f, QP_EDENIED, "",
                     "%s acts only in the areas that it is narrowed to (GET /api/v1/me says which); this "
                     "is of %s",
                     a->by, path);
}

static bool seer_sees(const void *auth, const Qp__Row *row)
{
    return qp_auth_sees(auth, row);
}

qp_sees qp_seer_of(const struct qp_auth *a)
{
    return qp_auth_sees_some(a) ? seer_sees : NULL;
}

int qp_span_check_again(struct qp_call *c, size_t i, struct qp_read *r, struct qp_fault *f)
{
    Qp__Row *row;
    bool again = c->job->commands[i].draft->body_case == QP__EVENT__BODY_OPENED && !c->job->lines[i].created;
    if (!again || !qp_auth_sees_some(&c->auth) ||
        (!qp_matter_read(r, c->job->lines[i].matter, &row, qp_call_arena(c), NULL) &&
         qp_auth_sees(&c->auth, row)))
        return 0;
    return qp_fault_set(f, QP_EEXISTS, "source_ref",
                        "this source_ref was used by a report that %s may not see; nothing was opened",
                        c->auth.by);
}

static int check_matter(struct qp_call *c, struct qp_fault *f)
{
    char id[64] = "";
    uint8_t matter[QP_ID_LEN];
    struct qp_read r;
    Qp__Row *row;
    if (!qp_call_segment(c, 3, id, sizeof id) || qp_id_parse(matter, id))
        return 0;                                       /* the handler says what an id is */
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA); /* its own: some handlers take a larger one */
    int rc = a ? qp_read_begin(c->h->store, &r, &f->e) : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    bool sees = false, acts = false;
    if (!rc) {
        rc = qp_matter_read(&r, matter, &row, a, &f->e);
        sees = !rc && qp_auth_sees(&c->auth, row);
        acts = sees && (c->method == QP_GET || qp_own_acts(&c->auth.own, row));
        qp_read_end(&r);
    }
    if (a)
        qp_arena_free(a);
    if ((rc == QP_ENOTFOUND || (!rc && !sees)) && c->auth.own.reads)
        return qp_own_none(&f->e);
    if (rc == QP_ENOTFOUND || (!rc && !sees))
        return qp_fault_set(f, QP_ENOTFOUND, "", "no matter %s is known here", id);
    if (!rc && !acts)
        return qp_own_only(&f->e, c->auth.by);
    return rc;
}

static int check_figures(struct qp_call *c, struct qp_fault *f)
{
    const struct qp_span *r = &c->auth.span;
    const char *area = qp_call_arg(c, "area"), *category = qp_call_arg(c, "category");
    struct qp_span asked = {.nareas = r->nareas && area, .ncategories = r->ncategories && category};
    snprintf(asked.areas[0], sizeof asked.areas[0], "%s", area ? area : "");
    snprintf(asked.categories[0], sizeof asked.categories[0], "%s", category ? category : "");
    if (qp_span_within(&asked, r))
        return 0;
    return qp_fault_set(
        f, QP_EDENIED, r->nareas ? "area" : "category",
        "%s sees only some areas or categories of this node: ask with %s%s%s that lies within "
        "them (GET /api/v1/me says which)",
        c->auth.by, r->nareas ? "an `area`" : "", r->nareas && r->ncategories ? " and " : "",
        r->ncategories ? "a `category`" : "");
}

/* DE2: who acts on his own matters alone. Figures count and name none: they are as for everybody. */
static int check_own(struct qp_call *c, struct qp_fault *f)
{
    const struct qp_auth *a = &c->auth;
    bool of_matters = c->route->span == QP_SPAN_MATTER || c->route->span == QP_SPAN_ROWS;
    if (a->own.cut && of_matters)
        return qp_fault_set(
            f, QP_EDENIED, "",
            "more desks and grids name %s than this node can look at for a call, so what is his own "
            "cannot be told; an admin can name him in fewer, or make him a dispatcher",
            a->by);
    /* of all matters, for who may read: he may not read all */
    if (a->own.reads && c->route->span == QP_SPAN_WHOLE &&
        (c->route->may & a->rights & QP_RIGHT_ALL) == QP_RIGHT_READ)
        return qp_fault_set(
            f, QP_EDENIED, "",
            "%s sees only his own matters, and this call is of all of this node; an admin can give "
            "him a role that sees them",
            a->by);
    return c->route->span == QP_SPAN_MATTER && !qp_auth_is_narrowed(a) ? check_matter(c, f) : 0;
}

int qp_span_check(struct qp_call *c, struct qp_fault *f)
{
    int rc = qp_auth_has_own(&c->auth) ? check_own(c, f) : 0;
    if (rc || !qp_auth_is_narrowed(&c->auth))
        return rc;
    switch (c->route->span) {
    case QP_SPAN_OWN:
    case QP_SPAN_ROWS: return 0;
    case QP_SPAN_MATTER: return check_matter(c, f);
    case QP_SPAN_FIGURES: return check_figures(c, f);
    case QP_SPAN_WHOLE: break;
    }
    return qp_fault_set(
        f, QP_EDENIED, "",
        "%s sees only some areas or categories of this node, and this call is of all of it; an "
        "admin who is not narrowed can change that",
        c->auth.by);
}
