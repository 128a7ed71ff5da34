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

struct membership {
    struct qp_json *j;
    const char *name;
};

static void put_desk(void *arg, const Qp__DeskMade *desk)
{
    const struct membership *m = arg;
    if (qp_desk_has(desk, m->name))
        qp_json_text(m->j, desk->code);
}

static void put_grid(void *j, const char *code)
{
    qp_json_text(j, code);
}

void qp_json_hands(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *name)
{
    struct membership m = {j, name};
    qp_json_key(j, "desks");
    qp_json_array(j);
    if (*name)
        qp_desks_each(r, put_desk, &m);
    qp_json_array_end(j);
    qp_json_key(j, "grids");
    qp_json_array(j);
    if (*name)
        qp_hands_each(&h->hands, r, name, put_grid, j);
    qp_json_array_end(j);
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
