/* desks.c: see desks.h. */
#include "node/http/shape/desks.h"

#include <stdio.h>
#include <string.h>

enum { ONE_ARENA = 256 * 1024 };

int qp_desks_each(struct qp_read *r, void (*each)(void *arg, const Qp__DeskMade *desk), void *arg)
{
    struct qp_arena *a = qp_arena_new(ONE_ARENA);
    char after[QP_NAME_BYTES + 1] = "";
    struct qp_resource_row row;
    int rc = a ? 0 : QP_ENOMEM;
    while (!rc) {
        qp_arena_reset(a);
        rc = qp_resource_next(r, &qp_resources[QP_RESOURCE_DESK], after, a, &row);
        if (rc)
            break;
        snprintf(after, sizeof after, "%s", row.id);
        if (!row.ended_us)
            each(arg, (const Qp__DeskMade *)row.made);
    }
    qp_arena_free(a);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

bool qp_desk_has(const Qp__DeskMade *desk, const char *member)
{
    for (size_t i = 0; i < desk->n_members; i++)
        if (strcmp(desk->members[i], member) == 0)
            return true;
    return false;
}

static void sit(void *arg, const Qp__DeskMade *desk)
{
    struct qp_seat *s = arg;
    size_t n = s->who.n_desks;
    if (n == QP_SEAT_DESKS || !qp_desk_has(desk, qp_asker_name(s->who.by)))
        return;
    snprintf(s->name[n], sizeof s->name[n], "%s", desk->code);
    s->desks[n] = s->name[n];
    s->who.n_desks++;
}

bool qp_auth_has_desks(const struct qp_auth *auth)
{
    return strncmp(auth->by, "user:", 5) == 0 && !(auth->rights & QP_RIGHT_PERSONAL);
}

int qp_seat_of(struct qp_seat *out, const struct qp_auth *auth, struct qp_read *r)
{
    out->who = (struct qp_asker){
        .by = auth->by, .desk = auth->desk, .rights = auth->rights, .from = auth->from, .desks = out->desks};
    return qp_auth_has_desks(auth) ? qp_desks_each(r, sit, out) : 0;
}
