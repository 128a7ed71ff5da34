/* range.c: cuts [from, to) into whole months, days and hours of the tree's zone. Called by query.c. Pure.
 *
 *   from                                                      to
 *    |hours|   days   |        months        |   days   |hours|
 */
#include "node/insight/range.h"

#include <assert.h>

#define US_PER_MINUTE INT64_C(60000000)

bool qp_range_trim(struct qp_range *r)
{
    if (r->has_from && r->has_to && r->from_us >= r->to_us)
        return false;
    r->has_from = r->has_from && r->from_us > QP_BOARD_FIRST_US;
    r->has_to = r->has_to && r->to_us <= QP_BOARD_LAST_US;
    if (r->has_from)
        r->from_us = qp_board_time(r->from_us);
    if (r->has_to && r->to_us <= QP_BOARD_FIRST_US)
        return false; /* what lies before the first year counts at its beginning, which is not before `to` */
    return true;
}

bool qp_range_holds(const struct qp_range *r, int64_t at_us)
{
    return (!r->has_from || at_us >= r->from_us) && (!r->has_to || at_us < r->to_us);
}

static bool hour_border(const struct qp_zone *zone, int64_t at_us)
{
    return qp_bucket_hour(zone, at_us) != qp_bucket_hour(zone, at_us - 1);
}

/* True when every instant before at_us is of an earlier day and none from it on. Where clocks go back over
 * midnight (St. John's did, at 00:01) a day's beginning is no such border: some minutes of the day before
 * come after it. */
static bool day_border(const struct qp_zone *zone, int64_t at_us)
{
    int32_t day = qp_bucket_day(zone, at_us);
    if (qp_bucket_day(zone, at_us - 1) >= day)
        return false;
    /* A change of the offset by d can only disturb the order within d of it: usually there is none near. */
    const int64_t far = 27 * 60;
    int32_t before = qp_zone_offset_s(zone, at_us - far * US_PER_MINUTE);
    int32_t after = qp_zone_offset_s(zone, at_us + far * US_PER_MINUTE);
    int64_t reach = after < before ? (before - after) / 60 + 1 : 0;
    for (int64_t m = 1; m <= reach; m++) {
        if (qp_bucket_day(zone, at_us - m * US_PER_MINUTE) >= day ||
            qp_bucket_day(zone, at_us + m * US_PER_MINUTE) < day)
            return false;
    }
    return true;
}

struct cut {
    struct qp_stretch *out;
    int n;
    bool hours;
};

static void span_put(struct cut *c, uint8_t grain, int32_t lo, int32_t hi)
{
    if (lo > hi)
        return;
    assert(c->n < QP_STRETCHES_MAX);
    c->out[c->n++] = (struct qp_stretch){grain, lo, hi};
    c->hours = c->hours || grain == QP_G_HOUR;
}

static void hours_put(struct cut *c, const struct qp_zone *zone, int64_t from_us, int64_t to_us)
{
    if (from_us < to_us)
        span_put(c, QP_G_HOUR, qp_bucket_hour(zone, from_us), qp_bucket_hour(zone, to_us - 1));
}

static int32_t month_first_day(int32_t month)
{
    return qp_days_from_civil(month / 12, month % 12 + 1, 1);
}

/* Whole days lo..hi; INT32_MIN and INT32_MAX are open ends. */
static void days_put(struct cut *c, enum qp_grain coarsest, int32_t lo, int32_t hi)
{
    if (coarsest > QP_G_MONTH) {
        span_put(c, QP_G_DAY, lo, hi);
        return;
    }
    int32_t first = lo, last = hi; /* months */
    if (lo != INT32_MIN) {
        first = qp_bucket_month(lo);
        first += month_first_day(first) < lo;
    }
    if (hi != INT32_MAX) {
        last = qp_bucket_month(hi);
        last -= month_first_day(last + 1) - 1 > hi;
    }
    if (first > last) {
        span_put(c, QP_G_DAY, lo, hi);
        return;
    }
    if (lo != INT32_MIN)
        span_put(c, QP_G_DAY, lo, month_first_day(first) - 1);
    span_put(c, QP_G_MONTH, first, last);
    if (hi != INT32_MAX)
        span_put(c, QP_G_DAY, month_first_day(last + 1), hi);
}

int qp_range_cut(struct qp_stretch out[QP_STRETCHES_MAX], bool *hours, const struct qp_range *r,
                 enum qp_grain coarsest, const struct qp_zone *zone)
{
    struct cut c = {.out = out};
    *hours = false;
    if (!r->has_from && !r->has_to && coarsest == QP_G_ALL) {
        span_put(&c, QP_G_ALL, 0, 0);
        return c.n;
    }
    if ((r->has_from && !hour_border(zone, r->from_us)) || (r->has_to && !hour_border(zone, r->to_us)))
        return -1;
    if (coarsest == QP_G_HOUR) {
        span_put(&c, QP_G_HOUR, r->has_from ? qp_bucket_hour(zone, r->from_us) : INT32_MIN,
                 r->has_to ? qp_bucket_hour(zone, r->to_us - 1) : INT32_MAX);
        *hours = c.hours;
        return c.n;
    }
    /* Whole days lo..hi, and what is left of hours before lo and after hi. */
    int32_t lo = INT32_MIN, hi = INT32_MAX;
    int64_t days_from_us = r->from_us, days_to_us = r->to_us;
    if (r->has_from && !day_border(zone, r->from_us)) {
        lo = qp_bucket_day(zone, r->from_us) + 1;
        days_from_us = qp_day_start(zone, lo);
    } else if (r->has_from) {
        lo = qp_bucket_day(zone, r->from_us);
    }
    if (r->has_to) {
        hi = qp_bucket_day(zone, r->to_us) - 1;
        days_to_us = day_border(zone, r->to_us) ? r->to_us : qp_day_start(zone, hi + 1);
    }
    if (lo > hi) {
        hours_put(&c, zone, r->from_us, r->to_us);
        *hours = c.hours;
        return c.n;
    }
    if ((r->has_from && !day_border(zone, days_from_us)) || (r->has_to && !day_border(zone, days_to_us)))
        return -1;
    if (r->has_from)
        hours_put(&c, zone, r->from_us, days_from_us);
    days_put(&c, coarsest, lo, hi);
    if (r->has_to)
        hours_put(&c, zone, days_to_us, r->to_us);
    *hours = c.hours;
    return c.n;
}
