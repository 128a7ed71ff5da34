/* desks.c: desks, as a resource: a department or source that sits at this node (DE1). Its code is its identity
 * here; boards add up equal codes. Duties are categories and areas, an empty one meaning every one; its members
 * are accounts of this node. */
#include <stdio.h>
#include <string.h>

#include "node/http/calls/resources.h"
#include "node/http/shape/desks.h"

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

/* Whether it is at work now, and when it is next: null where no policy in force has its calendar. */
static void put_hours(struct qp_json *j, struct qp_http *h, const char *calendar)
{
    struct qp_desk_hours is;
    qp_desk_hours(h, calendar, qp_wall_us(), &is);
    qp_json_key(j, "open");
    if (is.known)
        qp_json_bool(j, is.open);
    else
        qp_json_null(j);
    qp_json_put_time(j, "opens_at", is.known && !is.open && is.opens_us != QP_NEVER_US ? is.opens_us : 0);
}

/* A calendar may be named before the policy that has it comes. */
static void warn(struct qp_json *j, struct qp_call *c, struct qp_read *r, const struct qp_resource_row *row)
{
    const char *calendar = ((const Qp__DeskMade *)row->made)->calendar;
    struct qp_desk_hours is;
    char text[QP_NAME_BYTES + 200];
    (void)r;
    qp_desk_hours(c->h, calendar, qp_wall_us(), &is);
    if (!*calendar || is.known)
        return;
    qp_json_key(j, "warnings");
    qp_json_array(j);
    qp_json_object(j);
    qp_json_put(j, "code", "unknown_calendar");
    qp_json_put(j, "field", "calendar");
    snprintf(text, sizeof text,
             "no policy in force here has the calendar `%s`: until one has, nobody is told when this desk is "
             "closed (qipan policy show names them)",
             calendar);
    qp_json_put(j, "message", text);
    snprintf(text, sizeof text,
             "现行策略中没有日历“%s”：在策略含有它之前，不提示该部门下班（qipan policy show 列出各日历）",
             calendar);
    qp_json_put(j, "message_zh", text);
    qp_json_object_end(j);
    qp_json_array_end(j);
}

/* Members whose account was ended: they stay until the desk is changed. */
static void also(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_resource_row *row)
{
    const Qp__DeskMade *d = (const Qp__DeskMade *)row->made;
    put_hours(j, h, d->calendar);
    qp_json_key(j, "members_ended");
    qp_json_array(j);
    for (size_t i = 0; i < d->n_members; i++) {
        if (!account(r, d->members[i]))
            qp_json_text(j, d->members[i]);
    }
    qp_json_array_end(j);
}

/* DE2: of what he sees something may come to it: a duty of one of his categories at, above or below one of his areas; or he
 * is of it. A desk without duties takes whatever it is given. */
static bool sees(const struct qp_auth *auth, const struct qp_resource_row *row)
{
    const Qp__DeskMade *d = (const Qp__DeskMade *)row->made;
    const struct qp_span *span = &auth->span;
    bool seen = d->n_duties == 0 || strcmp(auth->desk, d->code) == 0;
    for (size_t i = 0; i < d->n_members && !seen; i++)
        seen = auth->kind == QP_AUTH_SESSION && strcmp(d->members[i], auth->session.user) == 0;
    for (size_t i = 0; i < d->n_duties && !seen; i++) {
        const char *area = d->duties[i]->area, *category = d->duties[i]->category;
        bool here = !*area || qp_span_place(span, area);
        for (size_t k = 0; k < span->nareas && !here; k++)
            here = qp_path_within(span->areas[k], area);
        bool its = !*category || span->ncategories == 0;
        for (size_t k = 0; k < span->ncategories && !its; k++)
            its = strcmp(span->categories[k], category) == 0;
        seen = here && its;
    }
    return seen;
}

static void without_members(ProtobufCMessage *made)
{
    Qp__DeskMade *d = (Qp__DeskMade *)made;
    d->n_members = 0;
}

const struct qp_view qp_desk_view = {
    .kind = QP_RESOURCE_DESK,
    .sheet = SHEET,
    .check = check,
    .sees = sees,
    .bare = without_members,
    .also = also,
    .warn = warn,
};
