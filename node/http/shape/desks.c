/* desks.c: see desks.h. */
#include "node/http/shape/desks.h"

#include <stdio.h>
#include <string.h>

#include "node/core/policy.h"

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

/* What was written before a fault is taken back: a shorter list would be believed. */
static void end_or_null(struct qp_json *j, size_t from, int rc)
{
    if (!rc) {
        qp_json_array_end(j);
        return;
    }
    j->n = from;
    j->comma = false;
    qp_json_null(j);
}

void qp_json_hands(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *name)
{
    struct membership m = {j, name};
    qp_json_key(j, "desks");
    size_t from = j->n;
    qp_json_array(j);
    end_or_null(j, from, *name ? qp_desks_each(r, put_desk, &m) : 0);
    qp_json_key(j, "grids");
    from = j->n;
    qp_json_array(j);
    end_or_null(j, from, *name ? qp_hands_each(&h->hands, r, name, put_grid, j) : 0);
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
    return strncmp(auth->by, "user:", 5) == 0;
}

int qp_seat_of(struct qp_seat *out, const struct qp_auth *auth, struct qp_read *r)
{
    out->who = (struct qp_asker){
        .by = auth->by, .desk = auth->desk, .rights = auth->rights, .from = auth->from, .desks = out->desks};
    return qp_auth_has_desks(auth) ? qp_desks_each(r, sit, out) : 0;
}

void qp_desk_hours(struct qp_http *h, const char *calendar, int64_t at_us, struct qp_desk_hours *out)
{
    struct qp_in_force *p = *calendar ? qp_core_policy_hold(h->core) : NULL;
    const struct qp_calendar *cal = p ? qp_in_force_calendar(p, calendar) : NULL;
    *out = (struct qp_desk_hours){.known = !!cal};
    if (cal) {
        out->open = qp_calendar_open(cal, at_us);
        out->opens_us = out->open ? at_us : qp_calendar_add(cal, at_us, 0);
    }
    qp_in_force_release(p);
}
