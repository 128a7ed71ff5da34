/* draft_step.c: a step's object becomes its draft event: what each step takes is declared in proto/steps.h, and
 * read by by_shape.c. Called by matters.c and batch.c. */
#include "node/http/shape/by_shape.h"
#include "node/http/shape/desks.h"
#include "node/http/shape/draft.h"
#include "node/http/shape/files.h"
#include "node/matter/attached.h"

/* The step's own fields, and what every step has: if_version, at, and on a batch's line id and step. */
static int read_step(struct qp_draft *d, struct qp_fields *s, const struct qp_step *st, Qp__Event *ev,
                     int64_t *if_version)
{
    if (d->line) {
        qp_field(s, "id");
        qp_field(s, "step");
    }
    if (qp_step_make(st, ev, s->a))
        return qp_fields_fault(s, QP_EBIG, "", "the request takes more memory than it may");
    ProtobufCMessage *body = qp_step_body(st, ev);
    qp_shape_read(s, &st->shape, body);
    if (qp_attached_with(st))
        qp_files_read(d->h, d->auth, s, &ev->attachments, &ev->n_attachments);
    *if_version = qp_field_int(s, "if_version", 0, INT64_MAX, -1);
    int64_t at_us = qp_draft_at(d, s);
    qp_shape_check_ahead(s, &st->shape, body, at_us ? at_us : qp_wall_us());
    return qp_draft_finish(d, s, ev, st->name, at_us);
}

/* With the desks that he is a member of: the turn decides by them. */
static int sit_down(struct qp_draft *d, struct qp_command *cmd)
{
    struct qp_read r;
    struct qp_seat *seat = qp_arena_take(d->job->arena, sizeof *seat);
    if (!seat)
        return qp_fault_set(d->f, QP_EBIG, "", "the request takes more memory than it may");
    if (!qp_auth_has_desks(d->auth))
        return 0;
    int rc = qp_read_begin(d->h->store, &r, &d->f->e);
    if (rc)
        return rc;
    rc = qp_seat_of(seat, d->auth, &r);
    qp_read_end(&r);
    if (rc && !(d->auth->rights & QP_RIGHT_PERSONAL))
        return qp_fault_set(d->f, rc, "",
                            "the desks cannot be read, so nobody knows whether this is yours; try again, and "
                            "see `qipan doctor`");
    if (rc) /* who dispatches acts by his role: of a desk that cannot be read he is not */
        seat->who.n_desks = 0;
    seat->who.by = cmd->who->by; /* the job outlives the call */
    seat->who.desk = cmd->who->desk;
    seat->who.span = cmd->who->span;
    seat->who.own = cmd->who->own;
    cmd->who = &seat->who;
    return 0;
}

int qp_draft_step(struct qp_draft *d, const char *id, const char *step)
{
    const struct qp_step *st = qp_step_find(step);
    struct qp_arena *a = d->job->arena;
    struct qp_fields s;
    Qp__Event body = QP__EVENT__INIT, *ev;
    int64_t if_version = -1;
    char all[400];
    qp_fields_begin(&s, d->o, a, d->h->zone, d->f);
    if (!st)
        return qp_fields_fault(&s, QP_ENOTFOUND, "step", "there is no step `%.40s`; there are %s", step,
                               qp_step_list(all, sizeof all, false));
    int rc = qp_auth_need(d->auth, qp_step_right(st), &d->f->e);
    if (rc)
        return rc;
    uint8_t *matter = qp_arena_take(a, QP_ID_LEN);
    if (!matter || qp_id_parse(matter, id))
        return qp_fields_fault(&s, QP_ENOTFOUND, "id",
                               "no matter has the id `%.40s`; ids are 26 lower-case characters", id);
    rc = read_step(d, &s, st, &body,
                   &if_version); /* whether he sees the matters that it names: the turn asks */
    if (rc)
        return rc;
    struct qp_command *cmd = qp_job_add(d->job, QP_OP_STEP, d->auth, &ev);
    if (!cmd)
        return qp_fault_set(d->f, QP_EBIG, "", "the request takes more memory than it may");
    body.by = ev->by;
    body.desk = ev->desk;
    *ev = body;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, matter};
    cmd->if_version = if_version;
    return sit_down(d, cmd);
}
