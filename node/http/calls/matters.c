/* matters.c: one write: report a matter, or take a step of one. Parsed here, decided by the turn, answered
 * with the row as committed.
 *
 *   parse ─► job, parked ─► written() ─► [ack=parent|top: parked until the tick or the wait is over]
 *                                    └───────────────────────────────────────────────────────────┴─► the matter
 */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/foresee.h"
#include "node/http/shape/draft.h"
#include "node/http/shape/json_matter.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"
#include "node/http/shape/said.h"

enum { JOB_ARENA = 4 * 1024 * 1024, ACK_WAIT_S = 10, ACK_WAIT_MOST_S = 30 };

static int ack_read(struct qp_call *c, struct qp_fault *f)
{
    const char *ack = qp_call_arg(c, "ack"), *wait = qp_call_arg(c, "wait");
    if (qp_query_only(c, "ack wait dry_run", f))
        return f->e.code;
    if (ack && strcmp(ack, "parent") == 0)
        c->ack = QP_ACK_PARENT;
    else if (ack && strcmp(ack, "top") == 0)
        c->ack = QP_ACK_TOP;
    else if (ack)
        return qp_fault_set(f, QP_EINVAL, "ack", "`ack` must be parent or top");
    char *end = NULL;
    double s = wait ? strtod(wait, &end) : ACK_WAIT_S;
    if (wait && (end == wait || *end || !(s >= 0 && s <= ACK_WAIT_MOST_S)))
        return qp_fault_set(f, QP_EINVAL, "wait", "`wait` must be seconds from 0 to %d", ACK_WAIT_MOST_S);
    c->ack_us = (int64_t)(s * 1e6);
    return 0;
}

/* ---- the answer ---- */

static bool ticked(struct qp_call *c, const uint8_t matter[QP_ID_LEN])
{
    struct qp_read r;
    struct qp_ticks t = {0};
    if (qp_read_begin(c->h->store, &r, NULL))
        return true;
    qp_ticks_read(&r, &c->h->self, qp_parent_of(c->h), matter, &t);
    qp_read_end(&r);
    return c->ack == QP_ACK_PARENT ? t.held || !qp_parent_of(c->h) : t.top;
}

static enum MHD_Result answer_matter(struct qp_call *c, unsigned status, const uint8_t matter[QP_ID_LEN])
{
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    struct qp_read r;
    int rc = qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f.e)
                              : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = qp_span_check_again(c, 0, &r, &f);
        if (!rc)
            rc = qp_json_matter(&j, c->h, &r, matter, &c->auth, false, c->job->commands[0].draft,
                                qp_call_arena(c), &f.e);
        qp_read_end(&r);
    }
    if (!rc)
        return qp_answer_json(c, status, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}

static enum MHD_Result acknowledged(struct qp_call *c)
{
    const struct qp_job_line *l = &c->job->lines[0];
    int rc = QP_EBUSY;
    while (rc == QP_EBUSY) {
        uint64_t seen = qp_commits(c->h);
        rc = c->late || ticked(c, l->matter) ? QP_EEXPIRED
                                             : qp_call_wait_commit(c, acknowledged, c->ack_us, seen);
    }
    if (!rc)
        return MHD_YES;
    bool opening = c->job->commands[0].draft->body_case == QP__EVENT__BODY_OPENED;
    return answer_matter(c, opening && l->created ? 201 : 200, l->matter);
}

static enum MHD_Result written(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    const Qp__Event *draft = c->job->commands[0].draft;
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_refused(c, &f, draft->matter.len == QP_ID_LEN ? draft->matter.data : NULL);
    if (c->ack == QP_ACK_NONE)
        return answer_matter(
            c, draft->body_case == QP__EVENT__BODY_OPENED && c->job->lines[0].created ? 201 : 200,
            c->job->lines[0].matter);
    c->late = false;
    c->ack_us += qp_boot_us(); /* from now on the time at which the wait ends */
    return acknowledged(c);
}

/* ---- the request ---- */

/* A platform may send its report as a form, if it has a token: a page of another site can send a form too, but no token. */
static bool is_form(const struct qp_call *c)
{
    static const char *const FORMS[] = {"application/x-www-form-urlencoded", "multipart/form-data"};
    const char *type = qp_call_header(c, "Content-Type");
    bool is = false;
    for (size_t i = 0; i < 2 && type && qp_call_header(c, "Authorization"); i++)
        is = is || qp_call_type_is(type, FORMS[i]);
    return is;
}

static int body_read(struct qp_call *c, const char *step, json_t **o, struct qp_fault *f)
{
    if (step || !is_form(c))
        return qp_json_load(o, c->body, c->body_len, false, f);
    *o = qp_said_object(c, f);
    return f->e.code;
}

static enum MHD_Result write_one(struct qp_call *c, const char *id, const char *step)
{
    struct qp_fault f = {.field = ""};
    json_t *o = NULL;
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    int rc = ack_read(c, &f);
    const char *dry_text = qp_call_arg(c, "dry_run");
    bool dry = dry_text && (strcmp(dry_text, "1") == 0 || strcmp(dry_text, "true") == 0);
    if (!rc && dry_text && (step || (!dry && strcmp(dry_text, "0") != 0 && strcmp(dry_text, "false") != 0)))
        rc = qp_fault_set(&f, QP_EINVAL, "dry_run", "`dry_run` is 1 or 0, and of reports only");
    if (!rc)
        rc = body_read(c, step, &o, &f);
    if (!rc) {
        struct qp_draft d = {c->h, &c->auth, job, o, qp_call_header(c, "Idempotency-Key"), false, &f, NULL};
        rc = step ? qp_draft_step(&d, id, step) : qp_draft_open(&d);
    }
    json_decref(o);
    if (!rc && !step && dry) {
        c->job = job; /* given back with the call */
        const Qp__Event *draft = job->commands[0].draft;
        return qp_answer_foreseen(c, draft->opened->face, draft->at_us != 0);
    }
    if (!rc) {
        rc = qp_job_send(c, job, written, &f.e);
        if (!rc)
            return MHD_YES;
    } else {
        c->job = job; /* given back with the call */
    }
    return qp_answer_fault(c, &f);
}

enum MHD_Result qp_matters_post(struct qp_call *c)
{
    return write_one(c, NULL, NULL);
}

enum MHD_Result qp_step_post(struct qp_call *c)
{
    char id[64], step[64], all[400];
    if (!qp_call_segment(c, 3, id, sizeof id))
        return qp_answer_error(c, 404, "not_found", "no matter has that id");
    if (!qp_call_segment(c, 4, step, sizeof step) || !qp_step_find(step))
        return qp_answer_error(c, 404, "not_found", "there is no such step; there are %s",
                               qp_step_list(all, sizeof all, false));
    return write_one(c, id, step);
}

/* ---- one matter, read ---- */

enum MHD_Result qp_matter_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    struct qp_read r;
    char id[64];
    uint8_t matter[QP_ID_LEN];
    if (!qp_call_segment(c, 3, id, sizeof id) || qp_id_parse(matter, id))
        return qp_answer_error(c, 404, "not_found",
                               "no matter has that id; ids are 26 lower-case characters");
    int rc = qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f.e)
                              : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = qp_json_matter(&j, c->h, &r, matter, &c->auth, true, NULL, qp_call_arena(c), &f.e);
        qp_read_end(&r);
    }
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    if (rc == QP_ENOTFOUND)
        qp_fault_set(&f, rc, "", "no matter %s is known here", id);
    return qp_answer_fault(c, &f);
}
