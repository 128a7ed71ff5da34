/* span.c: keeps who is narrowed to areas and categories within them (DE2; core/span.h). The rows of calls.h say how
 * each call is kept; here is what can be told from its address alone. Called by routes.c after the rights.
 *
 *   MATTER ─► the row ─► outside, or not there ─► the same 404     ROWS ─► the handler asks qp_auth_sees
 *   FIGURES ─► ?area= and ?category= within ─► the handler         WHOLE ─► 403 */
#include <stdio.h>

#include "node/http/wire/inside.h"

bool qp_auth_is_narrowed(const struct qp_auth *a)
{
    return !qp_span_is_all(&a->span);
}

bool qp_auth_sees(const struct qp_auth *a, const Qp__Face *face)
{
    return qp_span_holds(&a->span, face->area, face->category);
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

static bool seer_sees(const void *auth, const Qp__Face *face)
{
    return qp_auth_sees(auth, face);
}

qp_sees qp_seer_of(const struct qp_auth *a)
{
    return qp_auth_is_narrowed(a) ? seer_sees : NULL;
}

int qp_span_check_again(struct qp_call *c, size_t i, struct qp_read *r, struct qp_fault *f)
{
    Qp__Row *row;
    bool again = c->job->commands[i].draft->body_case == QP__EVENT__BODY_OPENED && !c->job->lines[i].created;
    if (!again || !qp_auth_is_narrowed(&c->auth) ||
        (!qp_matter_read(r, c->job->lines[i].matter, &row, qp_call_arena(c), NULL) &&
         qp_auth_sees(&c->auth, row->face)))
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
    bool sees = false;
    if (!rc) {
        rc = qp_matter_read(&r, matter, &row, a, &f->e);
        sees = !rc && qp_auth_sees(&c->auth, row->face);
        qp_read_end(&r);
    }
    if (a)
        qp_arena_free(a);
    if (rc == QP_ENOTFOUND || (!rc && !sees))
        return qp_fault_set(f, QP_ENOTFOUND, "", "no matter %s is known here", id);
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

int qp_span_check(struct qp_call *c, struct qp_fault *f)
{
    if (!qp_auth_is_narrowed(&c->auth))
        return 0;
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
