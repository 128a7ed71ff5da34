/* desks.c: desks, as a resource: a department or source that sits at this node (DE1). Its code is its identity
 * here; boards add up equal codes. Duties are categories and areas, an empty one meaning every one; its members
 * are accounts of this node. */
#include <string.h>

#include "node/http/calls/resources.h"

static const struct qp_sheet QP_DUTY[] = {QP_FIELDS_duty(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};
static const struct qp_sheet SHEET[] = {QP_FIELDS_desk(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};

static bool account(struct qp_read *r, const char *name)
{
    return qp_resource_stands(r, &qp_resources[QP_RESOURCE_USER], name);
}

/* What it refers to must be there when it is said; what is ended later stays, and is told. */
static void check(struct qp_making *m, struct qp_fields *s)
{
    const Qp__DeskMade *d = (const Qp__DeskMade *)m->made;
    struct qp_read r;
    if (!qp_fields_ok(s) || qp_read_begin(m->c->h->store, &r, &m->f.e))
        return;
    for (size_t i = 0; i < d->n_members && json_object_get(s->o, "members"); i++) {
        if (!account(&r, d->members[i]))
            qp_fields_fault(s, QP_EPOLICY, "members", "there is no account %s at this node", d->members[i]);
    }
    qp_read_end(&r);
    for (size_t i = 0; i < d->n_duties && json_object_get(s->o, "duties"); i++) {
        if (*d->duties[i]->area && !qp_path_within(d->duties[i]->area, m->c->h->self.path))
            qp_fields_fault(s, QP_EPOLICY, "duties", "%s does not lie at or below this node, %s",
                            d->duties[i]->area, m->c->h->self.path);
    }
}

/* Members whose account was ended: they stay until the desk is changed. */
static void also(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_resource_row *row)
{
    const Qp__DeskMade *d = (const Qp__DeskMade *)row->made;
    (void)h;
    qp_json_key(j, "members_ended");
    qp_json_array(j);
    for (size_t i = 0; i < d->n_members; i++) {
        if (!account(r, d->members[i]))
            qp_json_text(j, d->members[i]);
    }
    qp_json_array_end(j);
}

const struct qp_view qp_desk_view = {
    .kind = QP_RESOURCE_DESK,
    .sheet = SHEET,
    .check = check,
    .also = also,
};
