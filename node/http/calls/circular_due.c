/* circular_due.c: circulars at the calendar's time (CI2): when a period has ended, at the first working moment of the
 * policy's calendar, or an hour after its end where there is none. Without a policy nothing is issued by itself.
 *
 *   every period that has ended ─► is its time come? ─► was one issued since its end? ─► count ─► QP_OP_CIRCULAR, by "policy"
 *
 * What cannot be issued is tried again less and less often, and told (wire/overdue.h, the alarm circular_due).
 *
 * Of each kind all periods whose time came last, the oldest first (a weekend's days are all due when Monday begins), and none
 * that ended before this node began: a node that was down issues those when it is back, and no older ones. One that was issued
 * on demand before the end is corrected. */
#include "node/http/calls/circulars.h"

#include <string.h>

enum {
    HOUR_S = 60 * 60,
    BACK_MOST = 40 /* periods that are looked at: no calendar closes for so many days that one is lost */
};

/* The time from which the circular of a period that ended at `to_us` is due. */
static int64_t due_us(const struct qp_in_force *f, int64_t to_us)
{
    const struct qp_policy_category *c = qp_policy_find(f->policy, "");
    const struct qp_calendar *cal = c ? qp_in_force_calendar(f, c->calendar) : NULL;
    int64_t first = cal ? qp_calendar_add(cal, to_us, 0) : QP_NEVER_US;
    return first != QP_NEVER_US ? first : to_us + INT64_C(1000000) * HOUR_S;
}

/* 0: one that was issued after the end is there; QP_ENOTFOUND: none is. */
static int issued(struct qp_http *h, enum qp_circular_period period, const struct qp_span_us *span,
                  int64_t *began_us)
{
    struct qp_read r;
    struct qp_record first;
    struct qp_arena *a;
    Qp__CircularHead *head;
    uint8_t id[QP_ID_LEN];
    int rc = qp_read_begin(h->store, &r, NULL);
    if (rc)
        return rc;
    rc = qp_journal_get(r.journal, h->store, 1, &first, NULL);
    *began_us = rc ? 0 : first.received_us;
    a = qp_arena_new(QP_DECODE_ARENA);
    if (!rc && !a)
        rc = QP_ENOMEM;
    if (!rc)
        rc =
            qp_circular_newest(r.tables, r.store, h->self.node, period, span->from_us, id) ? 0 : QP_ENOTFOUND;
    if (!rc)
        rc = qp_circular_head(r.tables, r.store, id, a, &head, NULL);
    if (!rc && head->issued_us < span->to_us)
        rc = QP_ENOTFOUND;
    qp_arena_free(a);
    qp_read_end(&r);
    return rc;
}

/* Handed to the turn, whose answer nobody waits for: the next look sees what came of it. */
static int issue(struct qp_http *h, enum qp_circular_period period, int32_t day, struct qp_err *e)
{
    const struct qp_auth self = {.by = "policy"};
    struct qp_circular_made made;
    Qp__Event *ev;
    struct qp_arena *a = qp_arena_new(16 * 1024 * 1024);
    int rc = a ? qp_circular_make(h, period, day, a, &made, e) : qp_fail(e, QP_ENOMEM, "out of memory");
    struct qp_job *job = rc ? NULL : qp_job_new(h, 1, 2 * QP_CIRCULAR_BYTES + 65536);
    bool whole =
        job && qp_job_add(job, QP_OP_CIRCULAR, &self, &ev) && !qp_circular_draft(ev, &made, job->arena);
    if (!rc && !whole)
        rc = qp_fail(e, QP_ENOMEM, "out of memory");
    if (whole)
        rc = qp_job_send_alone(job, e);
    else if (job)
        qp_job_discard(job);
    qp_arena_free(a);
    return rc;
}

/* unread: why it cannot be told whether one was issued; 0: it was not. */
static void attempt(struct qp_http *h, enum qp_circular_period period, const struct qp_span_us *span,
                    int unread)
{
    struct qp_overdue *o = &h->overdue[period];
    struct qp_err e = {0};
    bool wrong = atomic_load(&h->wrong_clock); /* T4: what is signed for a week that has not been stands */
    pthread_mutex_lock(&h->lock);
    if (!wrong && strcmp(o->why, QP_TIME_WRONG_SAID) == 0)
        qp_overdue_done(o); /* at once, when the clock is right again */
    bool now = qp_overdue_now(o, span, qp_wall_us(), qp_boot_us());
    pthread_mutex_unlock(&h->lock);
    if (!now)
        return;
    int rc = wrong ? qp_fail(&e, QP_EUNREACHABLE, QP_TIME_WRONG_SAID)
             : unread
                 ? qp_fail(&e, unread, "this node cannot read what it has issued (%s); run qipan rebuild",
                           qp_error_name(unread))
                 : issue(h, period, qp_bucket_day(h->zone, span->from_us), &e);
    pthread_mutex_lock(&h->lock);
    if (!rc)
        qp_overdue_sent(o, qp_boot_us());
    else if (rc != QP_ESTOPPING)
        qp_overdue_failed(o, qp_wall_us(), qp_boot_us(), *e.text ? e.text : qp_error_name(rc));
    pthread_mutex_unlock(&h->lock);
}

/* Of the periods whose time came last the oldest that lacks its circular, into *out; 0: none does. */
static int missing(struct qp_http *h, const struct qp_in_force *f, enum qp_circular_period period,
                   int64_t now_us, struct qp_span_us *out)
{
    const struct qp_policy_rules *rules = &f->policy->rules;
    int64_t at_us = now_us, came_us = QP_NEVER_US, began_us = 0;
    int rc = 0;
    for (int i = 0; i < BACK_MOST; i++) {
        struct qp_span_us span[QP_SPANS];
        qp_circular_spans(span, period, qp_bucket_day(h->zone, at_us), rules->week_begins,
                          rules->month_begins, h->zone);
        const struct qp_span_us *last = &span[QP_SPAN_BEFORE];
        int64_t due = due_us(f, last->to_us);
        at_us = last->from_us;
        if (now_us < due)
            continue;
        if (came_us != QP_NEVER_US && due != came_us)
            break;
        came_us = due;
        int is = issued(h, period, last, &began_us);
        if (began_us >= last->to_us)
            break;
        if (is) {
            rc = is;
            *out = *last;
        }
    }
    return rc;
}

/* One at a time: the next look goes on with the one after it. */
static void look(struct qp_http *h, const struct qp_in_force *f, enum qp_circular_period period,
                 int64_t now_us)
{
    struct qp_span_us span;
    int rc = missing(h, f, period, now_us, &span);
    if (rc) {
        attempt(h, period, &span, rc == QP_ENOTFOUND ? 0 : rc);
        return;
    }
    pthread_mutex_lock(&h->lock);
    qp_overdue_done(&h->overdue[period]);
    pthread_mutex_unlock(&h->lock);
}

void qp_circulars_due(struct qp_http *h)
{
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    bool speaks = !atomic_load(&h->recovering) && !atomic_load(&h->silent) && !atomic_load(&h->out);
    for (int p = QP_PERIOD_DAY; f && speaks && p <= QP_PERIOD_MONTH; p++)
        look(h, f, (enum qp_circular_period)p, qp_wall_us());
    qp_in_force_release(f);
}
