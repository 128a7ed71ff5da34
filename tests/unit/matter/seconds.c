/* seconds.c: see seconds.h. */
#include "tests/unit/matter/seconds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, WARM_S = 3 * DAY_S, BEHIND_S = 2 * DAY_S /* so that the last day is seen to end */ };

/* ---- the town ---- */

void town_open(struct town *t, int n)
{
    t->n = n;
    t->wall = malloc(((size_t)n + BEHIND_S + 1) * sizeof *t->wall);
    for (int law = 0; law < LAWS; law++)
        t->flags[law] = malloc((size_t)n + BEHIND_S + 1);
    assert(t->wall && t->flags[0] && t->flags[1]);
}

void town_close(struct town *t)
{
    free(t->wall);
    for (int law = 0; law < LAWS; law++)
        free(t->flags[law]);
}

static int64_t wall_at(const struct qp_zone *z, int64_t epoch_s)
{
    return epoch_s + qp_zone_offset_s(z, epoch_s * 1000000);
}

static bool has(const int32_t *v, size_t n, int64_t day)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] == day)
            return true;
    return false;
}

/* Does the law let anybody work when the wall shows this? */
static bool works(const struct qp_calendar_form *f, int64_t wall)
{
    int64_t day = wall / DAY_S, minute = wall % DAY_S / 60;
    unsigned weekday = (unsigned)((day + 3) % 7);
    if (has(f->off, f->noff, day))
        return false;
    if (has(f->on, f->non, day)) {
        unsigned all = 0;
        for (size_t i = 0; i < f->nweekly; i++)
            all |= f->weekly[i].days;
        for (weekday = 0; !(all & 1u << weekday);)
            weekday++;
    }
    for (size_t i = 0; i < f->nweekly; i++)
        if ((f->weekly[i].days & 1u << weekday) && minute >= f->weekly[i].from_min &&
            minute < f->weekly[i].to_min)
            return true;
    return false;
}

void town_build(struct town *t, int64_t epoch_s, const struct qp_zone *z,
                const struct qp_calendar_form laws[LAWS])
{
    int64_t shown = INT64_MIN;
    t->epoch_s = epoch_s;
    t->zone = z;
    for (int s = -WARM_S; s <= t->n + BEHIND_S; s++) {
        int64_t wall = wall_at(z, epoch_s + s);
        shown = wall > shown ? wall : shown;
        if (s >= 0)
            t->wall[s] = shown;
    }
    for (int law = 0; law < LAWS; law++) {
        uint8_t *f = t->flags[law];
        int last = NONE; /* the latest second of work */
        memset(f, 0, (size_t)t->n + BEHIND_S + 1);
        for (int s = 0; s <= t->n + BEHIND_S; s++) {
            bool now = s % 60 != 0 && s > 0 && t->wall[s] / 60 == t->wall[s - 1] / 60
                           ? f[s - 1] & WORKS /* the same minute on the wall */
                           : works(&laws[law], t->wall[s]);
            bool new_day = s > 0 && t->wall[s] / DAY_S != t->wall[s - 1] / DAY_S;
            if (new_day && last != NONE) {
                f[last + 1] |= CLOSES;
                last = NONE;
            }
            if (now) {
                f[s] |= WORKS;
                last = s;
            }
        }
    }
}

static bool counts_closes(enum qp_unit u)
{
    return u == QP_UNIT_WD;
}

static bool counts_work(enum qp_unit u)
{
    return u == QP_UNIT_WS || u == QP_UNIT_WM || u == QP_UNIT_WH;
}

int64_t town_counts(const struct town *t, int law, enum qp_unit unit, int from, int to)
{
    int64_t n = 0;
    if (!counts_work(unit) && !counts_closes(unit))
        return to > from ? to - from : 0;
    for (int s = from; s < to; s++)
        n += t->flags[law][s] & WORKS;
    return n;
}

/* ---- the walker ---- */

static int64_t day_before(const struct town *t, int s)
{
    return s > 0 ? t->wall[s - 1] / DAY_S : INT64_MIN;
}

/* A close at s that counts for a clock of this start. */
static bool close_counts(const struct walker *w, int s)
{
    return (w->town->flags[w->law][s] & CLOSES) && day_before(w->town, s) > w->town->wall[w->start] / DAY_S;
}

static void look(struct walker *w)
{
    if (w->hit != NONE || !w->running)
        return;
    if (w->until != NONE ? w->now == w->until
                         : w->rem == 0 && (!w->first_moment || (w->town->flags[w->law][w->now] & WORKS)))
        w->hit = w->now;
}

static bool nothing_left(const struct walker *w)
{
    return w->rem == 0 && counts_work(w->amount.unit);
}

/* Days: what the clock on the wall shows at the start, so many days later. */
static int64_t seconds_of_days(const struct town *t, int start, int64_t days)
{
    int64_t target = wall_at(t->zone, t->epoch_s + start) + days * DAY_S;
    for (int s = start; s <= t->n; s++)
        if (t->wall[s] >= target)
            return s - start;
    return t->n + 1; /* beyond */
}

void walker_start(struct walker *w, const struct town *t, int law, struct qp_duration amount, int start)
{
    static const int seconds[] = {
        [QP_UNIT_S] = 1,   [QP_UNIT_M] = 60,    [QP_UNIT_H] = 3600, [QP_UNIT_WS] = 1,
        [QP_UNIT_WM] = 60, [QP_UNIT_WH] = 3600, [QP_UNIT_WD] = 1,   [QP_UNIT_D] = 0};
    *w = (struct walker){
        .town = t, .law = law, .amount = amount, .start = start, .now = start, .running = true};
    w->until = w->hit = NONE;
    w->rem = amount.unit == QP_UNIT_D ? seconds_of_days(t, start, amount.n) : amount.n * seconds[amount.unit];
    w->first_moment = nothing_left(w);
    look(w);
}

/* Seconds of a pause: what of the measure goes by in it. */
static void idle(struct walker *w, int to)
{
    enum qp_unit u = w->amount.unit;
    const uint8_t *f = w->town->flags[w->law];
    unsigned seen = 0;
    int s = w->now;
    if (counts_work(u))
        for (; s < to; s++)
            seen |= f[s] & WORKS;
    else if (counts_closes(u))
        for (; s < to; s++)
            seen |= f[s + 1] & CLOSES;
    else
        for (; s < to; s++)
            seen = 1;
    w->now = s;
    w->lost |= seen != 0;
}

/* Seconds in which it waits for a time that was given, or for the next moment of work. */
static void await(struct walker *w, int to)
{
    while (w->now < to && w->hit == NONE) {
        w->now++;
        look(w);
    }
}

/* Seconds in which the amount is used up. */
static void use(struct walker *w, int to)
{
    enum qp_unit u = w->amount.unit;
    const uint8_t *f = w->town->flags[w->law];
    int s = w->now;
    int64_t rem = w->rem;
    if (counts_work(u))
        for (; s < to && rem > 0; s++)
            rem -= f[s] & WORKS;
    else if (counts_closes(u))
        for (; s < to && rem > 0; s++)
            rem -= (f[s + 1] & CLOSES) && close_counts(w, s + 1);
    else
        for (; s < to && rem > 0; s++)
            rem--;
    w->now = s;
    w->rem = rem;
    look(w);
}

static void walk(struct walker *w, int to, bool to_the_due)
{
    assert(to <= w->town->n);
    while (w->now < to && !(w->hit != NONE && (w->running || to_the_due)))
        if (!w->running)
            idle(w, to);
        else if (w->until == NONE && w->rem > 0)
            use(w, to);
        else
            await(w, to);
    if (!to_the_due)
        w->now = to; /* it runs on, and what was used up stays so */
}

void walker_to(struct walker *w, int to)
{
    walk(w, to, false);
}

/* Seconds or closes in (from, until]. */
static int64_t measure(const struct walker *w, int from, int until)
{
    int64_t n = 0;
    if (!counts_closes(w->amount.unit))
        return town_counts(w->town, w->law, w->amount.unit, from, until);
    for (int s = from + 1; s <= until; s++)
        n += close_counts(w, s);
    n += !(w->town->flags[w->law][until] & CLOSES);
    return n > 0 ? n : 1;
}

void walker_pause(struct walker *w)
{
    if (w->hit == NONE && w->until != NONE)
        w->rem = measure(w, w->now, w->until);
    w->running = false;
    w->lost = false;
}

void walker_resume(struct walker *w)
{
    w->running = true;
    if (w->hit == NONE && w->until != NONE && (w->lost || w->until <= w->now))
        w->until = NONE;
    w->first_moment = nothing_left(w);
    look(w);
}

void walker_until(struct walker *w, int until, int paused_at)
{
    w->hit = until <= w->now && paused_at == NONE ? until : NONE;
    if (paused_at != NONE && until <= paused_at)
        w->hit = until;
    w->until = until;
    if (paused_at != NONE && w->hit == NONE)
        w->rem = measure(w, paused_at, until);
}

int walker_due(const struct walker *w)
{
    struct walker on = *w;
    if (on.hit != NONE)
        return on.hit;
    if (!on.running)
        return NONE;
    walk(&on, on.town->n, true);
    return on.hit == NONE ? BEYOND : on.hit;
}

int walker_due_if_resumed(const struct walker *w)
{
    struct walker on = *w;
    if (!on.running)
        walker_resume(&on);
    return walker_due(&on);
}

int64_t walker_left(const struct walker *w)
{
    if (w->hit != NONE)
        return 0;
    return w->running && w->until != NONE ? measure(w, w->now, w->until) : w->rem;
}

int walker_back(const struct walker *w, int due, int64_t n, int began)
{
    enum qp_unit u = w->amount.unit;
    int s = due;
    while (s > began) { /* may it be one second earlier? */
        bool passes = counts_closes(u) ? w->town->flags[w->law][s] & CLOSES
                                       : !counts_work(u) || (w->town->flags[w->law][s - 1] & WORKS);
        if (passes && n-- == 0)
            break;
        s--;
    }
    return s;
}
