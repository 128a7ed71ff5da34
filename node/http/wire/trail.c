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

void qp_trail_owe(struct qp_trail *t, uint32_t times)
{
    pthread_mutex_lock(&t->lock);
    t->owed = times < UINT32_MAX - t->owed ? t->owed + times : UINT32_MAX;
    pthread_mutex_unlock(&t->lock);
}

void qp_trail_lack(struct qp_trail *t, uint32_t times)
{
    pthread_mutex_lock(&t->lock);
    t->lacking += times;
    pthread_mutex_unlock(&t->lock);
    qp_trail_owe(t, times);
}

uint32_t qp_trail_take(struct qp_trail *t)
{
    pthread_mutex_lock(&t->lock);
    uint32_t owed = t->owed;
    t->owed = 0;
    pthread_mutex_unlock(&t->lock);
    return owed;
}

uint64_t qp_trail_lacking(struct qp_trail *t)
{
    pthread_mutex_lock(&t->lock);
    uint64_t n = t->lacking;
    pthread_mutex_unlock(&t->lock);
    return n;
}

/* Whether it happens although it cannot be written down. A log-out has happened by then, whatever stands in its way. */
static bool goes_on(unsigned what, int code)
{
    switch (what) {
    case QP_AUDIT_LOGOUT: return true;
    case QP_AUDIT_LOGIN:
    case QP_AUDIT_LOGIN_FAILED:
    case QP_AUDIT_LOGIN_LINK:
    case QP_AUDIT_AUDIT_READ: return code == QP_EFULL;
    default: return false;
    }
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

/* What is counted under the code, so that it can be said without a call. */
static void remember(struct qp_trail *t, uint64_t code, const struct qp_trail_entry *x, const char *on)
{
    struct qp_trail_kept *k = t->kept;
    pthread_mutex_lock(&t->lock);
    while (k < t->kept + QP_TRAIL_KEPT && k->code != code)
        k++;
    if (k < t->kept + QP_TRAIL_KEPT) {
        k->what = x->what;
        k->gap_us = gap_of(x->what);
        k->from = x->from;
        qp_text_cut(k->by, sizeof k->by, x->by);
        qp_text_cut(k->on, sizeof k->on, on);
    }
    pthread_mutex_unlock(&t->lock);
}

/* Whether it is to be said now, how often, and of whom. */
static uint32_t due(struct qp_call *c, const struct qp_trail_entry *x, const char **on)
{
    char text[QP_BY_BYTES + QP_AUDIT_ON + 16];
    bool crowded;
    int64_t gap_us = gap_of(x->what);
    if (!gap_us)
        return 1;
    snprintf(text, sizeof text, "%u %s %s", x->what, x->by, *on);
    uint32_t times = qp_trail_due(&c->h->trail, qp_code(text), gap_us, qp_boot_us(), &crowded);
    if (crowded) {
        *on = "*"; /* so many names that they are no longer told apart */
        snprintf(text, sizeof text, "%u %s %s", x->what, x->by, *on);
        times = qp_trail_due(&c->h->trail, qp_code(text), gap_us, qp_boot_us(), &crowded);
    }
    remember(&c->h->trail, qp_code(text), x, *on);
    return times;
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

static uint32_t times_of(const struct qp_job *job, size_t line)
{
    uint32_t times = job->commands[line].draft->audited->times;
    return times > 1 ? times : 1;
}

/* Beside the entry, what is owed; without memory for it, it stays owed. */
static void draft_owed(struct qp_job *job, struct qp_trail *t)
{
    static const struct qp_trail_entry owed = {.what = QP_AUDIT_LACKING, .by = ""};
    uint32_t times = qp_trail_take(t);
    if (times > 0 && draft(job, &owed, times, "", QP_FROM_NODE))
        qp_trail_owe(t, times);
}

/* What became of it: 0, and of what was owed. The call has no job then. */
static int outcome(struct qp_call *c, int rc)
{
    struct qp_job *job = c->job;
    struct qp_trail *t = &c->h->trail;
    unsigned what = job->commands[0].draft->audited->what;
    if (job->n > 1 && (rc || (job->lines[1].answered && job->lines[1].code)))
        qp_trail_owe(t, times_of(job, 1));
    if (rc && goes_on(what, rc)) {
        qp_trail_lack(t, times_of(job, 0));
        rc = 0;
    }
    qp_job_drop(c);
    return rc;
}

static enum MHD_Result refuse(struct qp_call *c, int rc, const char *text)
{
    return qp_answer_error(c, (unsigned)qp_error_http(rc), qp_error_name(rc), "%s", text);
}

static enum MHD_Result noted(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_handler go_on = c->noted_then;
    int rc = outcome(c, qp_job_fault(c->job, 0, c->late, &f));
    c->late = false;
    return rc ? refuse(c, rc, f.e.text) : go_on(c);
}

enum MHD_Result qp_trail_then(struct qp_call *c, const struct qp_trail_entry *x, qp_handler then)
{
    struct qp_fault f = {.field = ""};
    const char *on = x->on ? x->on : "";
    char shown[QP_AUDIT_ON + 1];
    assert(!c->job && x->what != QP_AUDIT_NO);
    qp_text_cut(shown, sizeof shown, on);
    on = shown;
    struct qp_trail_entry said = *x;
    said.from = x->from ? x->from : c->auth.from ? c->auth.from : qp_auth_browser(c);
    uint32_t times = due(c, &said, &on);
    if (times == 0)
        return then(c);
    struct qp_job *job = qp_job_new(c->h, 2, JOB_ARENA);
    if (!job)
        return MHD_NO;
    c->noted_then = then;
    if (draft(job, &said, times, on, said.from)) {
        c->job = job;
        return refuse(c, QP_ENOMEM, "no memory for the audit trail");
    }
    draft_owed(job, &c->h->trail);
    int rc = qp_job_send(c, job, noted, &f.e);
    if (!rc)
        return MHD_YES;
    rc = outcome(c, rc);
    return rc ? refuse(c, rc, f.e.text) : then(c);
}

/* One whose gap is over (or the node ends) with something that was not said: it is the caller's to say, and a new gap begins. */
static bool unsaid(struct qp_trail *t, int64_t now_us, bool ends, struct qp_trail_kept *out)
{
    bool found = false;
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < QP_TRAIL_KEPT && !found; i++) {
        struct qp_trail_kept *k = &t->kept[i];
        found = k->times > 0 && k->gap_us > 0 && (ends || now_us - k->at_us >= k->gap_us);
        if (found) {
            *out = *k;
            k->times = 0;
            k->at_us = now_us;
        }
    }
    pthread_mutex_unlock(&t->lock);
    return found;
}

/* It could not be said: counted again, until the next gap is over. */
static void give_back(struct qp_trail *t, const struct qp_trail_kept *x)
{
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < QP_TRAIL_KEPT; i++)
        if (t->kept[i].code == x->code)
            t->kept[i].times =
                x->times < UINT32_MAX - 1 - t->kept[i].times ? t->kept[i].times + x->times : UINT32_MAX - 1;
    pthread_mutex_unlock(&t->lock);
}

static void say_counted(struct qp_http *h, bool ends)
{
    struct qp_trail_kept k;
    bool went = true;
    if (qp_store_full(h->store)) /* nobody hears the turn's no: they stay counted until there is room */
        return;
    while (went && unsaid(&h->trail, qp_boot_us(), ends, &k)) {
        const struct qp_trail_entry x = {.what = k.what, .by = k.by};
        struct qp_job *job = qp_job_new(h, 1, JOB_ARENA);
        int rc = job ? draft(job, &x, k.times, k.on, k.from) : QP_ENOMEM;
        if (rc && job)
            qp_job_discard(job);
        else if (!rc)
            rc = qp_job_send_alone(job, NULL);
        went = !rc; /* given back to an end, it would come again at once */
        if (rc)
            give_back(&h->trail, &k);
    }
}

void qp_trail_look(struct qp_http *h)
{
    say_counted(h, false);
}

void qp_http_last_words(struct qp_http *h)
{
    say_counted(h, true);
    struct qp_job *job = qp_store_full(h->store) ? NULL : qp_job_new(h, 1, JOB_ARENA);
    if (!job)
        return;
    draft_owed(job, &h->trail);
    if (job->n == 0)
        qp_job_discard(job);
    else
        (void)qp_job_send_alone(job, NULL);
}
