/* people.c: who may ask at this node's doors: programs by token, people by name and password. Both are resources
 * (resources.c has their rows); here is what a door needs of them. Called by node/http for each call. */
#include <assert.h>

#include "node/core/private.h"

enum { ONE_ROW = 256 * 1024 };

int qp_token_read(struct qp_read *r, const struct qp_hash *hash, struct qp_token_entry *out)
{
    struct qp_resource_row row;
    struct qp_arena *a = qp_arena_new(ONE_ROW);
    int rc = a ? qp_token_row(r, hash, a, &row) : QP_ENOMEM;
    if (!rc) {
        const Qp__TokenMade *t = (const Qp__TokenMade *)row.made;
        assert(row.made->descriptor == &qp__token_made__descriptor);
        memset(out, 0, sizeof *out);
        snprintf(out->name, sizeof out->name, "%s", row.id);
        snprintf(out->desk, sizeof out->desk, "%s", t->desk);
        out->rights = t->rights;
        qp_span_of(&out->span, t->areas, t->n_areas, t->categories, t->n_categories);
        out->ended = row.ended_us != 0;
    }
    qp_arena_free(a);
    return rc;
}

int qp_user_read(struct qp_read *r, const char *name, struct qp_user_entry *out)
{
    struct qp_resource_row row;
    struct qp_arena *a = qp_arena_new(ONE_ROW);
    int rc = a ? qp_resource_read(r, &qp_resources[QP_RESOURCE_USER], name, a, &row) : QP_ENOMEM;
    if (!rc) {
        const Qp__UserMade *u = (const Qp__UserMade *)row.made;
        assert(row.made->descriptor == &qp__user_made__descriptor);
        memset(out, 0, sizeof *out);
        snprintf(out->password, sizeof out->password, "%s", u->password);
        snprintf(out->title, sizeof out->title, "%s", u->title);
        out->roles = u->roles;
        qp_span_of(&out->span, u->areas, u->n_areas, u->categories, u->n_categories);
        out->own = qp_roles_own(u->roles, u->rights);
        out->rights = qp_roles_rights(u->roles) | (u->rights & ~(uint32_t)QP_RIGHT_IMPORT);
        out->ended = row.ended_us != 0;
    }
    qp_arena_free(a);
    return rc;
}
