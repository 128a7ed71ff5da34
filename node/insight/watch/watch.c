/* watch.c: see watch.h. */
#include "node/insight/watch/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/watch/inside.h"

enum { SLICE_UNITS = 4000, SHARE = 100 };
#define DAY_US  (INT64_C(86400) * 1000000)
#define UNIT_US 1 /* a step, at most, of one core */

void qp_watch_set_sure(struct qp_watch *w, bool sure)
{
    w->sure = sure;
}

/* What was to be said, or is being judged, was by another tree of categories; days that were judged stay as they were. */
int qp_watch_set_policy(struct qp_watch *w, const struct qp_in_force *policy, struct qp_err *e)
{
    static const uint8_t none[sizeof w->stamp];
    const uint8_t *stamp = policy ? policy->stamp : none;
    bool changed = false;
    if (memcmp(stamp, w->stamp, sizeof w->stamp) == 0)
        return 0;
    struct qp_family *f = qp_family_new(policy ? policy->policy : NULL);
    int rc = f ? qp_pass_family(w->pass, f, &changed, e) : qp_fail(e, QP_ENOMEM, "no memory to judge a day");
    if (!rc)
        memcpy(w->stamp, stamp, sizeof w->stamp);
    if (!rc && changed) {
        qp_watch_hush(w);
        w->looked = false;
    }
    return rc;
}

struct qp_watch *qp_watch_new(const char *self_path, const struct qp_zone *zone)
{
    struct qp_watch *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->self_path = self_path;
    w->zone = zone;
    w->day = INT32_MIN;
    w->late = INT32_MAX;
    w->sure = true;
    w->daily = qp_daily_new(self_path, zone);
    w->pass = qp_pass_new();
    if (w->daily && w->pass)
        return w;
    qp_watch_free(w);
    return NULL;
}

void qp_watch_hush(struct qp_watch *w)
{
    free(w->rises);
    w->rises = NULL;
    w->n_rises = w->at = 0;
    w->saying = false;
}

void qp_watch_free(struct qp_watch *w)
{
    if (!w)
        return;
    qp_watch_hush(w);
    qp_daily_free(w->daily);
    qp_pass_free(w->pass);
    free(w);
}

void qp_watch_change(struct qp_watch *w, const Qp__Row *before, const Qp__Row *after)
{
    qp_daily_change(w->daily, before, after);
}

int qp_watch_flush(struct qp_watch *w, struct qp_txn *t, struct qp_err *e)
{
    int32_t earliest = INT32_MAX;
    int rc = qp_daily_flush(w->daily, t, &earliest, e);
    int32_t judged = w->pass->on ? w->pass->to : w->saying && w->to > w->day ? w->to : w->day;
    if (earliest != INT32_MAX)
        w->none = false;
    if (earliest <= judged) {
        w->late = earliest < w->late ? earliest : w->late;
        w->late_now = true;
    }
    w->head = t->head;
    return rc;
}

void qp_watch_forget(struct qp_watch *w)
{
    qp_daily_forget(w->daily);
    qp_pass_drop(w->pass);
    qp_watch_hush(w);
    w->looked = false;
    w->day = INT32_MIN;
    w->none = false;
}

int64_t qp_watch_next(const struct qp_watch *w, int64_t now_us)
{
    if (w->late_now)
        return now_us + QP_WATCH_QUIET_US;
    return INT64_MAX;
}

void qp_watch_figures(const struct qp_watch *w, struct qp_watch_figures *f)
{
    *f = w->figures;
    f->bytes = sizeof *w + qp_pass_bytes(w->pass);
    f->day = w->day;
}

/* ---- when ---- */

static void lower(int64_t *next_us, int64_t at_us)
{
    *next_us = at_us < *next_us ? at_us : *next_us;
}

/* What came late has been quiet for a while, and the last judging is paid for. */
static bool late_due(const struct qp_watch *w, int64_t now_us, int64_t *next_us)
{
    if (w->late > w->day)
        return false;
    int64_t at = w->late_us + QP_WATCH_QUIET_US;
    at = at > w->not_before_us ? at : w->not_before_us;
    if (now_us >= at)
        return true;
    lower(next_us, at);
    return false;
}

/* A clock that was ahead has judged days that have not been, and ended what had begun: from the last day that has really ended
 * all is judged again, each as it comes (WN8). */
static void heal(struct qp_watch *w, int32_t today, int64_t now_us)
{
    if (w->late_us > now_us)
        w->late_us = now_us;
    if (w->day == INT32_MIN || w->day < today)
        return;
    w->day = today - 1;
    w->late = w->late < w->day ? w->late : w->day;
    w->late_us = w->not_before_us = now_us;
}

static int begin(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int32_t to,
                 struct qp_arena *a, struct qp_err *e)
{
    int32_t from =
        w->day == INT32_MIN ? qp_period_day(qp_period_of(to) - (QP_DAILY_PERIODS - 1)) : w->day + 1;
    from = w->late < from ? w->late : from;
    int32_t least = qp_period_day(qp_period_of(to) - (QP_DAILY_PERIODS - 1));
    from = from > least ? from : least;
    int rc = qp_watch_carry(w, t, self, &from, to, NULL, NULL, a, e);
    if (!rc)
        rc = qp_pass_begin(w->pass, from, to, w->head, e);
    w->late = INT32_MAX;
    return rc;
}

/* All series are through: what do their signs come to? */
static int conclude(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us,
                    struct qp_arena *a, struct qp_err *e)
{
    struct qp_pass *p = w->pass;
    struct qp_rise *carried = NULL;
    size_t n = 0;
    int32_t from = p->from;
    int rc = qp_watch_carry(w, t, self, &from, p->to, &carried, &n, a, e);
    if (!rc)
        rc = qp_verdict(qp_pass_kin(p), p->signs, p->n, p->judged, p->from, p->to, carried, n, &w->rises,
                        &w->n_rises, e);
    free(carried);
    if (rc) {
        qp_pass_drop(p);
        return rc;
    }
    w->figures.series = p->series;
    w->figures.steps = p->steps;
    w->figures.judgements = p->judgements;
    w->not_before_us = now_us + (int64_t)(p->steps + 10 * p->judgements) * UNIT_US * SHARE;
    w->from = p->from;
    w->to = p->to;
    w->through = p->through;
    w->at = 0;
    w->saying = true;
    w->spoke = p->judgements > 0;
    w->none = p->series == 0;
    qp_pass_end(p);
    return 0;
}

/* ---- what ---- */

/* Factors are made anew in every period of 28 days; those of the parent count where there is one, its own go down. */
static int renew(struct qp_watch *w, struct qp_txn *t, struct qp_watch_said *said, struct qp_err *e)
{
    struct qp_season s;
    bool enough;
    int rc = qp_watch_learn(w, t, w->to, &s, &enough, e);
    if (rc || !enough)
        return rc;
    said->seasoned = true;
    said->from_day = qp_period_day(qp_period_of(w->to) + 1);
    qp_season_pack(said->factors, &s);
    return 0;
}

static int speak(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], struct qp_arena *a,
                 struct qp_watch_said *said, bool *done, struct qp_err *e)
{
    int rc = qp_watch_say(w, t, self, a, said, done, e);
    if (rc || !*done)
        return rc;
    said->ended = w->spoke;
    said->day = w->to;
    said->through = w->through;
    w->day = w->to;
    if (w->spoke && w->season != qp_period_of(w->to) + 1) /* a later one is a wrong clock's: WN8 */
        rc = renew(w, t, said, e);
    qp_watch_hush(w);
    return rc;
}

int qp_watch_tick(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us,
                  struct qp_arena *a, struct qp_watch_said *said, int64_t *next_us, struct qp_err *e)
{
    int32_t today = qp_bucket_day(w->zone, now_us - QP_WATCH_AFTER_US);
    int rc = 0;
    bool done = false;
    memset(said, 0, sizeof *said);
    if (!w->looked)
        rc = qp_watch_look(w, t, e);
    if (w->late_now) {
        w->late_now = false;
        w->late_us = now_us;
    }
    bool idle = !w->pass->on && !w->saying;
    if (!rc && idle)
        heal(w, today, now_us);
    if (!rc && idle && (today - 1 > w->day || late_due(w, now_us, next_us)))
        rc = w->none ? 0 : begin(w, t, self, today - 1 > w->day ? today - 1 : w->day, a, e);
    if (!rc && w->pass->on)
        rc = qp_pass_slice(w->pass, t->tables, t->store, qp_daily_self(w->daily), SLICE_UNITS, &done, e);
    if (!rc && done)
        rc = conclude(w, t, self, now_us, a, e);
    done = false;
    if (!rc && w->saying)
        rc = speak(w, t, self, a, said, &done, e);
    if (rc)
        return rc;
    if (w->pass->on || w->saying)
        lower(next_us, now_us + 1000);
    else if (!w->none)
        lower(next_us, qp_day_start(w->zone, today + 1) + QP_WATCH_AFTER_US);
    return 0;
}

int qp_watch_audit(const char *self_path, const struct qp_zone *zone, const struct qp_in_force *policy,
                   struct qp_txn *t, const uint8_t self[QP_ID_LEN], int64_t now_us, size_t *would,
                   struct qp_err *e)
{
    struct qp_watch *w = qp_watch_new(self_path, zone);
    struct qp_arena *a = qp_arena_new((size_t)64 << 20);
    struct qp_watch_said said;
    int64_t next = INT64_MAX;
    *would = 0;
    int rc = w && a ? qp_watch_look(w, t, e) : qp_fail(e, QP_ENOMEM, "no memory to judge");
    if (!rc)
        rc = qp_watch_set_policy(w, policy, e);
    if (!rc) {
        w->looked = true; /* another policy asks for a look, which would bring back the day that is kept */
        w->day = INT32_MIN;
    }
    do {
        if (!rc)
            rc = qp_watch_tick(w, t, self, now_us, a, &said, &next, e);
        *would += !rc ? said.n : 0;
    } while (!rc && (w->pass->on || w->saying));
    qp_arena_free(a);
    qp_watch_free(w);
    return rc;
}
