/* trail.c: see trail.h. */
#include "node/http/wire/trail.h"

#include <assert.h>
#include <stdio.h>

#include "node/http/wire/inside.h"
#include "proto/audit.h"

enum { JOB_ARENA = 64 * 1024, GAP_FAILED_S = 60, GAP_OFTEN_S = 600 };

void qp_trail_open(struct qp_trail *t)
{
    pthread_mutex_init(&t->lock, NULL);
}

void qp_trail_close(struct qp_trail *t)
{
    pthread_mutex_destroy(&t->lock);
}

uint32_t qp_trail_due(struct qp_trail *t, uint64_t code, int64_t gap_us, int64_t now_us, bool *crowded)
{
    struct qp_trail_kept *at = &t->kept[0];
    uint32_t due = 1;
    *crowded = false;
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < QP_TRAIL_KEPT && at->code != code; i++)
        if (t->kept[i].code == code || t->kept[i].at_us < at->at_us)
            at = &t->kept[i];
    if (at->code != code) {
        *crowded = at->code != 0 && now_us - at->at_us < gap_us;
        *at = (struct qp_trail_kept){.code = code, .at_us = now_us};
    } else if (now_us - at->at_us < gap_us) {
        due = 0;
        at->times += at->times < UINT32_MAX - 1;
    } else {
        due = at->times + 1;
        at->times = 0;
        at->at_us = now_us;
    }
    pthread_mutex_unlock(&t->lock);
    return due;
}

static int64_t gap_of(unsigned what)
{
    switch (what) {
    case QP_AUDIT_LOGIN_FAILED: return GAP_FAILED_S * INT64_C(1000000);
    case QP_AUDIT_EXPORT:
    case QP_AUDIT_AUDIT_READ: return GAP_OFTEN_S * INT64_C(1000000);
    default: return 0;
    }
}

/* Whether it is to be said now, how often, and of whom. */
static uint32_t due(struct qp_call *c, unsigned what, const char *by, const char **on)
{
    char text[QP_BY_BYTES + QP_AUDIT_ON + 16];
    bool crowded;
    int64_t gap_us = gap_of(what);
    if (!gap_us)
        return 1;
    snprintf(text, sizeof text, "%u %s %s", what, by, *on);
    uint32_t times = qp_trail_due(&c->h->trail, qp_code(text), gap_us, qp_boot_us(), &crowded);
    if (!crowded)
        return times;
    *on = "*"; /* so many names that they are no longer told apart */
    snprintf(text, sizeof text, "%u %s %s", what, by, *on);
    return qp_trail_due(&c->h->trail, qp_code(text), gap_us, qp_boot_us(), &crowded);
}

static int draft(struct qp_job *job, const struct qp_trail_entry *x, uint32_t times, const char *on,
                 uint8_t from)
{
    Qp__Event *ev;
    struct qp_auth who = {.from = from};
    qp_text_cut(who.by, sizeof who.by, x->by);
    Qp__Audited *said = qp_arena_take(job->arena, sizeof *said);
    char *kept = qp_arena_text(job->arena, on);
    if (!said || !kept || !qp_job_add(job, QP_OP_AUDIT, &who, &ev))
        return QP_ENOMEM;
    qp__audited__init(said);
    said->what = x->what;
    said->on = kept;
    said->times = times > 1 ? times : 0;
    ev->body_case = QP__EVENT__BODY_AUDITED;
    ev->audited = said;
    return 0;
}

static enum MHD_Result noted(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_handler go_on = c->noted_then;
    int rc = qp_job_fault(c->job, 0, c->late, &f);
    qp_job_drop(c);
    c->late = false;
    return rc ? qp_answer_error(c, (unsigned)qp_error_http(rc), qp_error_name(rc), "%s", f.e.text) : go_on(c);
}

enum MHD_Result qp_trail_then(struct qp_call *c, const struct qp_trail_entry *x, qp_handler then)
{
    struct qp_fault f = {.field = ""};
    const char *on = x->on ? x->on : "";
    char shown[QP_AUDIT_ON + 1];
    assert(!c->job && x->what != QP_AUDIT_NO);
    qp_text_cut(shown, sizeof shown, on);
    on = shown;
    uint32_t times = due(c, x->what, x->by, &on);
    if (times == 0)
        return then(c);
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    c->noted_then = then;
    int rc = draft(job, x, times, on, x->from ? x->from : c->auth.from ? c->auth.from : qp_auth_browser(c));
    if (!rc)
        rc = qp_job_send(c, job, noted, &f.e);
    else
        c->job = job;
    if (!rc)
        return MHD_YES;
    return qp_answer_error(c, (unsigned)qp_error_http(rc), qp_error_name(rc), "%s", f.e.text);
}
