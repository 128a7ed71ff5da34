/* calendar.c: makes a calendar out of its form: the week's sums, and the days that differ from their week, each
 * with the sums of all days before it. calendar_sum.c reckons with them.
 *
 *   weekly ──────────────► pattern[0..6] ─► before[][]        sums of plain weeks
 *   off, on ─────────────► odd[] ┐
 *   the zone's changes ──► odd[] ┴ sorted, one a day, those that differ from their week ─► at[], of[]
 */
#include "topology/calendar_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_S INT64_C(1000000)

enum { AS_ITS_WEEK = 8 }; /* a pattern that is not known yet */

/* ---- days ---- */

int qp_day_spans(const struct qp_calendar *c, int32_t day, const struct qp_pattern *of, bool changed,
                 int64_t from_us[QP_CALENDAR_DAY_SPANS], int64_t to_us[QP_CALENDAR_DAY_SPANS])
{
    int64_t midnight_us = (int64_t)day * 86400 * US_PER_S;
    int n = 0;
    if (of->n > 0 && !changed) {
        int64_t zero =
            qp_zone_first(c->zone, midnight_us + of->from_s[0] * US_PER_S) - of->from_s[0] * US_PER_S;
        for (; n < of->n; n++) {
            from_us[n] = zero + of->from_s[n] * US_PER_S;
            to_us[n] = zero + of->to_s[n] * US_PER_S;
        }
        return n;
    }
    for (int i = 0; i < of->n; i++) {
        from_us[n] = qp_zone_first(c->zone, midnight_us + of->from_s[i] * US_PER_S);
        to_us[n] = qp_zone_first(c->zone, midnight_us + of->to_s[i] * US_PER_S);
        n += from_us[n] < to_us[n];
    }
    return n;
}

/* The clock is changed during that day's hours: they are not where plain adding puts them. */
static bool is_changed(const struct qp_calendar *c, int32_t day, const struct qp_pattern *of)
{
    int64_t from[QP_CALENDAR_DAY_SPANS], to[QP_CALENDAR_DAY_SPANS];
    int64_t plain_from[QP_CALENDAR_DAY_SPANS], plain_to[QP_CALENDAR_DAY_SPANS];
    int n = qp_day_spans(c, day, of, true, from, to);
    if (n != qp_day_spans(c, day, of, false, plain_from, plain_to))
        return true;
    size_t len = (size_t)n * sizeof *from;
    return memcmp(from, plain_from, len) != 0 || memcmp(to, plain_to, len) != 0;
}

/* ---- the week ---- */

static void make_patterns(struct qp_calendar *c, const struct qp_calendar_form *f)
{
    for (int d = 0; d < 7; d++) {
        struct qp_pattern *p = &c->pattern[d];
        int64_t work = 0;
        for (size_t i = 0; i < f->nweekly; i++) {
            const struct qp_work_span *s = &f->weekly[i];
            if (!(s->days & 1u << d))
                continue;
            int at = p->n++;
            for (; at > 0 && p->from_s[at - 1] > s->from_min * 60; at--) {
                p->from_s[at] = p->from_s[at - 1];
                p->to_s[at] = p->to_s[at - 1];
            }
            p->from_s[at] = s->from_min * 60;
            p->to_s[at] = s->to_min * 60;
            work += (s->to_min - s->from_min) * 60 * US_PER_S;
        }
        c->before[QP_SUM_WORK][d + 1] = c->before[QP_SUM_WORK][d] + work;
        c->before[QP_SUM_CLOSES][d + 1] = c->before[QP_SUM_CLOSES][d] + (p->n > 0);
    }
}

/* ---- the days that differ ---- */

static void add_odd(struct qp_calendar *c, int32_t day, int pattern)
{
    if (day >= FIRST_DAY && day < END_DAY)
        c->odd[c->n++] = (struct qp_oddity){.day = day, .pattern = (uint8_t)pattern};
}

static int compare_odd(const void *a, const void *b)
{
    const struct qp_oddity *p = a, *q = b;
    if (p->day != q->day)
        return p->day < q->day ? -1 : 1;
    return p->pattern - q->pattern; /* a date that is written before one that only may differ */
}

/* The days round a change of the clock: from the earlier of the two dates that it shows, *first, to the later.
 * Returns how many; *back: the clock was set back over midnight. */
static int days_of_change(const struct qp_calendar *c, int64_t change_us, int32_t *first, bool *back)
{
    int32_t was = qp_bucket_day(c->zone, change_us - US_PER_S), is = qp_bucket_day(c->zone, change_us);
    *first = was < is ? was : is;
    *back = is < was;
    return (was < is ? is : was) - *first + 1;
}

static size_t count_changes(const struct qp_calendar *c)
{
    size_t n = 0;
    int32_t first;
    bool back;
    for (int64_t at = c->first_us; (at = qp_zone_change_after(c->zone, at)) < c->end_us;)
        n += (size_t)days_of_change(c, at, &first, &back);
    return n;
}

static void add_changes(struct qp_calendar *c)
{
    for (int64_t at = c->first_us; (at = qp_zone_change_after(c->zone, at)) < c->end_us;) {
        int32_t first;
        bool back;
        int n = days_of_change(c, at, &first, &back);
        for (int i = 0; i < n; i++)
            add_odd(c, first + i, AS_ITS_WEEK);
        c->back_over_midnight |= back;
    }
}

/* Keeps one entry a day, and only those that differ from their week; adds up the sums. */
static void settle_odd(struct qp_calendar *c)
{
    size_t kept = 0;
    int32_t last = FIRST_DAY;
    qsort(c->odd, c->n, sizeof *c->odd, compare_odd);
    for (size_t i = 0; i < c->n; i++) {
        struct qp_oddity o = c->odd[i];
        int weekday = (o.day - FIRST_DAY) % 7;
        if (i > 0 && o.day == last)
            continue;
        last = o.day;
        if (o.pattern == AS_ITS_WEEK)
            o.pattern = (uint8_t)weekday;
        const struct qp_pattern *of = &c->pattern[o.pattern];
        o.changed = is_changed(c, o.day, of);
        if (!o.changed && (o.pattern == weekday || of->n + c->pattern[weekday].n == 0))
            continue;
        int64_t from[QP_CALENDAR_DAY_SPANS], to[QP_CALENDAR_DAY_SPANS];
        int n = qp_day_spans(c, o.day, of, o.changed, from, to);
        for (int k = 0; k < n; k++)
            o.of[QP_SUM_WORK] += to[k] - from[k];
        o.of[QP_SUM_CLOSES] = n > 0;
        for (int s = 0; s < QP_SUMS; s++) {
            const struct qp_oddity *b = kept > 0 ? &c->odd[kept - 1] : NULL;
            int64_t sum = b ? b->at[s] + b->of[s] - qp_plain(c, s, b->day + 1) : 0;
            o.at[s] = sum + qp_plain(c, s, o.day);
        }
        c->odd[kept++] = o;
    }
    c->n = kept;
}

static void make_totals(struct qp_calendar *c)
{
    for (int s = 0; s < QP_SUMS; s++) {
        const struct qp_oddity *b = c->n > 0 ? &c->odd[c->n - 1] : NULL;
        c->total[s] = qp_plain(c, s, END_DAY) + (b ? b->at[s] + b->of[s] - qp_plain(c, s, b->day + 1) : 0);
    }
}

static int make_odd(struct qp_calendar *c, const struct qp_calendar_form *f, struct qp_err *e)
{
    int first = 0; /* the first weekday that has hours: a date on has them too */
    while (c->pattern[first].n == 0)
        first++;
    c->odd = calloc(f->noff + f->non + count_changes(c) + 1, sizeof *c->odd);
    if (!c->odd)
        return qp_fail(e, QP_ENOMEM, "no memory for the calendar %s", c->name);
    for (size_t i = 0; i < f->noff; i++)
        add_odd(c, f->off[i], NOBODY);
    for (size_t i = 0; i < f->non; i++)
        add_odd(c, f->on[i], first);
    add_changes(c);
    settle_odd(c);
    make_totals(c);
    return 0;
}

/* ---- the whole ---- */

static int64_t known_until(const struct qp_calendar *c, const struct qp_calendar_form *f)
{
    int32_t day = f->known_until;
    if (day == QP_CALENDAR_NO_DAY) {
        for (size_t i = 0; i < f->noff + f->non; i++) {
            int32_t d = i < f->noff ? f->off[i] : f->on[i - f->noff];
            day = d > day ? d : day;
        }
        if (day == QP_CALENDAR_NO_DAY)
            return QP_NEVER_US;
        int y, m, d;
        qp_civil_from_days(day, &y, &m, &d);
        day = qp_days_from_civil(y, 12, 31);
    }
    return qp_day_start(c->zone, day + 1);
}

/* Keeps the first mistake. */
static void keep_first(void *ctx, const char *place, const char *why, const char *why_zh)
{
    struct qp_err *first = ctx;
    (void)why_zh;
    if (!first->code)
        qp_fail(first, QP_EINVAL, "%s: %s", place, why);
}

int qp_calendar_new(struct qp_calendar **out, const struct qp_calendar_form *f, const struct qp_zone *z,
                    struct qp_err *e)
{
    struct qp_err first = {0};
    *out = NULL;
    if (qp_calendar_check(f, keep_first, &first) > 0)
        return qp_fail(e, QP_EINVAL, "%s", first.text);
    struct qp_calendar *c = calloc(1, sizeof *c);
    if (!c)
        return qp_fail(e, QP_ENOMEM, "no memory for the calendar %s", f->name);
    snprintf(c->name, sizeof c->name, "%s", f->name);
    c->zone = z;
    c->first_us = qp_day_start(z, FIRST_DAY);
    c->end_us = qp_day_start(z, END_DAY);
    make_patterns(c, f);
    int rc = make_odd(c, f, e);
    if (rc) {
        qp_calendar_free(c);
        return rc;
    }
    c->known_us = known_until(c, f);
    *out = c;
    return 0;
}

void qp_calendar_free(struct qp_calendar *c)
{
    if (!c)
        return;
    free(c->odd);
    free(c);
}

const char *qp_calendar_name(const struct qp_calendar *c)
{
    return c->name;
}

const struct qp_zone *qp_calendar_zone(const struct qp_calendar *c)
{
    return c->zone;
}

int64_t qp_calendar_known_us(const struct qp_calendar *c)
{
    return c->known_us;
}
