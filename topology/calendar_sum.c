/* calendar_sum.c: reckons with a calendar. Everything is one rising sum over time and its inverse:
 *
 *   S(t) = sums of the days before t's day + what of that day's intervals is before t
 *   worked(a, b) = S(b) - S(a)          add(a, n) = the earliest t with S(t) >= S(a) + n
 *
 * once for working time, once for closes of business (calendar_inside.h). The sum before a day is the week's,
 * from the last oddity on; the day of a sum is found the same way backwards. */
#include "topology/calendar_inside.h"

#include <assert.h>

/* How many oddities lie before a day. */
static size_t odd_before(const struct qp_calendar *c, int32_t day)
{
    size_t lo = 0, hi = c->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->odd[mid].day < day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The sum of all days before `day`, of which i oddities. */
static int64_t sum_before(const struct qp_calendar *c, enum qp_sum s, int32_t day, size_t i)
{
    if (i == 0)
        return qp_plain(c, s, day);
    const struct qp_oddity *o = &c->odd[i - 1];
    return o->at[s] + o->of[s] + qp_plain(c, s, day) - qp_plain(c, s, o->day + 1);
}

/* A day with its intervals. */
struct day {
    int32_t day;
    size_t odd; /* how many oddities lie before it */
    int n;
    int64_t from_us[QP_CALENDAR_DAY_SPANS], to_us[QP_CALENDAR_DAY_SPANS];
};

static void look_at(struct day *d, const struct qp_calendar *c, int32_t day)
{
    d->day = day;
    d->odd = odd_before(c, day);
    const struct qp_oddity *o = d->odd < c->n && c->odd[d->odd].day == day ? &c->odd[d->odd] : NULL;
    const struct qp_pattern *of = &c->pattern[o ? o->pattern : (day - FIRST_DAY) % 7];
    d->n = qp_day_spans(c, day, of, o && o->changed, d->from_us, d->to_us);
}

static int64_t sum_at(const struct qp_calendar *c, enum qp_sum s, int64_t at_us)
{
    struct day d;
    if (at_us < c->first_us)
        return 0;
    if (at_us >= c->end_us)
        return c->total[s];
    look_at(&d, c, qp_calendar_day(c, at_us));
    int64_t sum = sum_before(c, s, d.day, d.odd);
    if (s == QP_SUM_CLOSES)
        return sum + (d.n > 0 && d.to_us[d.n - 1] <= at_us);
    for (int i = 0; i < d.n && d.from_us[i] < at_us; i++)
        sum += (d.to_us[i] < at_us ? d.to_us[i] : at_us) - d.from_us[i];
    return sum;
}

/* The day in which a sum is reached: sum before it < x <= sum after it. 1 <= x <= total. */
static int32_t day_reaching(const struct qp_calendar *c, enum qp_sum s, int64_t x)
{
    size_t lo = 0, hi = c->n; /* oddities [0, lo) begin below x */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->odd[mid].at[s] < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo > 0) {
        const struct qp_oddity *o = &c->odd[lo - 1];
        x -= o->at[s] + o->of[s];
        if (x <= 0)
            return o->day;
        x += qp_plain(c, s, o->day + 1);
    }
    const int64_t *before = c->before[s];
    int64_t weeks = (x - 1) / before[7];
    int weekday = 0;
    x -= weeks * before[7];
    while (before[weekday + 1] < x)
        weekday++;
    return FIRST_DAY + (int32_t)weeks * 7 + weekday;
}

/* The earliest instant at which the working time since 1900 is x. */
static int64_t instant_of(const struct qp_calendar *c, int64_t x)
{
    struct day d;
    if (x > c->total[QP_SUM_WORK])
        return QP_NEVER_US;
    look_at(&d, c, day_reaching(c, QP_SUM_WORK, x));
    x -= sum_before(c, QP_SUM_WORK, d.day, d.odd);
    for (int i = 0; i < d.n; i++) {
        if (x <= d.to_us[i] - d.from_us[i])
            return d.from_us[i] + x;
        x -= d.to_us[i] - d.from_us[i];
    }
    assert(!"a day's sum is that of its intervals");
    return QP_NEVER_US;
}

/* The close number x, counted from 1 since 1900. */
static int64_t close_of(const struct qp_calendar *c, int64_t x)
{
    struct day d;
    if (x > c->total[QP_SUM_CLOSES])
        return QP_NEVER_US;
    look_at(&d, c, day_reaching(c, QP_SUM_CLOSES, x));
    assert(d.n > 0);
    return d.to_us[d.n - 1];
}

/* ---- what others ask ---- */

int32_t qp_calendar_day(const struct qp_calendar *c, int64_t at_us)
{
    int32_t day = qp_bucket_day(c->zone, at_us);
    if (c->back_over_midnight && at_us >= c->first_us && at_us < c->end_us &&
        qp_day_start(c->zone, day + 1) <= at_us)
        day++;
    return day;
}

bool qp_calendar_works(const struct qp_calendar *c, int32_t day)
{
    struct day d;
    if (day < FIRST_DAY || day >= END_DAY)
        return false;
    look_at(&d, c, day);
    return d.n > 0;
}

bool qp_calendar_open(const struct qp_calendar *c, int64_t at_us)
{
    return qp_calendar_add(c, at_us, 0) == at_us;
}

int64_t qp_calendar_worked(const struct qp_calendar *c, int64_t from_us, int64_t to_us)
{
    return to_us <= from_us ? 0 : sum_at(c, QP_SUM_WORK, to_us) - sum_at(c, QP_SUM_WORK, from_us);
}

int64_t qp_calendar_add(const struct qp_calendar *c, int64_t from_us, int64_t amount_us)
{
    assert(amount_us >= 0);
    int64_t had = sum_at(c, QP_SUM_WORK, from_us);
    if (amount_us > c->total[QP_SUM_WORK] - had)
        return QP_NEVER_US;
    if (amount_us > 0)
        return instant_of(c, had + amount_us);
    /* The first working moment is one microsecond before the first has been worked. */
    int64_t next = instant_of(c, had + 1);
    return next == QP_NEVER_US ? next : next - 1;
}

int64_t qp_calendar_back(const struct qp_calendar *c, int64_t to_us, int64_t amount_us)
{
    assert(amount_us > 0);
    int64_t x = sum_at(c, QP_SUM_WORK, to_us) - amount_us;
    return x <= 0 ? INT64_MIN : instant_of(c, x);
}

/* How many closes do not count for (from, …]: those up to from, and those of the days up to after_day. */
static int64_t closes_past(const struct qp_calendar *c, int64_t from_us, int32_t after_day)
{
    int64_t past = sum_at(c, QP_SUM_CLOSES, from_us);
    if (after_day < FIRST_DAY)
        return past;
    int32_t day = after_day < END_DAY ? after_day + 1 : END_DAY;
    int64_t of_days = sum_before(c, QP_SUM_CLOSES, day, odd_before(c, day));
    return of_days > past ? of_days : past;
}

int64_t qp_calendar_closes(const struct qp_calendar *c, int64_t from_us, int64_t to_us, int32_t after_day)
{
    if (to_us <= from_us)
        return 0;
    int64_t n = sum_at(c, QP_SUM_CLOSES, to_us) - closes_past(c, from_us, after_day);
    return n > 0 ? n : 0;
}

int64_t qp_calendar_close(const struct qp_calendar *c, int64_t from_us, int32_t after_day, int64_t n)
{
    assert(n >= 1);
    int64_t past = closes_past(c, from_us, after_day);
    return n > c->total[QP_SUM_CLOSES] - past ? QP_NEVER_US : close_of(c, past + n);
}

int64_t qp_calendar_close_back(const struct qp_calendar *c, int64_t to_us, int64_t n)
{
    assert(n >= 0);
    int64_t x = sum_at(c, QP_SUM_CLOSES, to_us) - n;
    return x < 1 ? INT64_MIN : close_of(c, x);
}
