/* zone_rule.c: reads and applies the POSIX rule of a TZif footer, see zone_rule.h. Called by zone.c for every
 * instant that lies beyond a zone's table. */
#include "topology/zone_rule.h"

#include <assert.h>
#include <string.h>

#include "topology/zone.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

/* ---- the text ---- */

struct cursor {
    const char *p, *end;
};

static bool at(const struct cursor *c, char want)
{
    return c->p < c->end && *c->p == want;
}

static bool take(struct cursor *c, char want)
{
    if (!at(c, want))
        return false;
    c->p++;
    return true;
}

static bool digit(const struct cursor *c)
{
    return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* One to three digits within bounds. */
static bool number(struct cursor *c, int *out, int min, int max)
{
    int v = 0, n = 0;
    for (; digit(c) && n < 3; n++)
        v = v * 10 + (*c->p++ - '0');
    *out = v;
    return n > 0 && v >= min && v <= max;
}

static bool letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

/* "EST" or "<+03>": at least three characters; its text is of no use here. */
static bool name(struct cursor *c)
{
    int n = 0;
    if (take(c, '<')) {
        while (c->p < c->end && (letter(*c->p) || digit(c) || at(c, '+') || at(c, '-'))) {
            c->p++;
            n++;
        }
        return n >= 3 && take(c, '>');
    }
    while (c->p < c->end && letter(*c->p)) {
        c->p++;
        n++;
    }
    return n >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool clock_time(struct cursor *c, int32_t *out, int max_hours)
{
    int sign = 1, hour = 0, minute = 0, second = 0;
    if (take(c, '-'))
        sign = -1;
    else
        (void)take(c, '+');
    if (!number(c, &hour, 0, max_hours))
        return false;
    if (take(c, ':')) {
        if (!number(c, &minute, 0, 59))
            return false;
        if (take(c, ':') && !number(c, &second, 0, 59))
            return false;
    }
    *out = sign * (hour * HOUR_S + minute * 60 + second);
    return true;
}

static bool date(struct cursor *c, struct qp_zone_date *out)
{
    memset(out, 0, sizeof *out);
    bool ok;
    if (take(c, 'M')) {
        out->kind = QP_DATE_MONTH_WEEK;
        ok = number(c, &out->month, 1, 12) && take(c, '.') && number(c, &out->week, 1, 5) && take(c, '.') &&
             number(c, &out->weekday, 0, 6);
    } else if (take(c, 'J')) {
        out->kind = QP_DATE_JULIAN;
        ok = number(c, &out->day, 1, 365);
    } else {
        out->kind = QP_DATE_ZERO;
        ok = number(c, &out->day, 0, 365);
    }
    out->time_s = 2 * HOUR_S;
    return ok && (!take(c, '/') || clock_time(c, &out->time_s, 167));
}

bool qp_zone_rule_parse(struct qp_zone_rule *out, const char *text, size_t len)
{
    memset(out, 0, sizeof *out);
    struct cursor c = {text, text + len};
    if (!name(&c) || !clock_time(&c, &out->std_s, 24))
        return false;
    out->std_s = -out->std_s; /* POSIX counts west of Greenwich as positive */
    out->dst_s = out->std_s;
    if (c.p == c.end)
        return true;
    out->has_dst = true;
    out->dst_s = out->std_s + HOUR_S;
    if (!name(&c))
        return false;
    if (!at(&c, ',')) {
        if (!clock_time(&c, &out->dst_s, 24))
            return false;
        out->dst_s = -out->dst_s;
    }
    return take(&c, ',') && date(&c, &out->start) && take(&c, ',') && date(&c, &out->end) && c.p == c.end;
}

/* ---- its meaning ---- */

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970 of a rule's date in a year. */
static int32_t date_day(const struct qp_zone_date *d, int year)
{
    int32_t new_year = qp_days_from_civil(year, 1, 1);
    if (d->kind == QP_DATE_ZERO)
        return new_year + d->day;
    if (d->kind == QP_DATE_JULIAN)
        return new_year + d->day - 1 + (leap(year) && d->day >= 60 ? 1 : 0);
    int32_t first = qp_days_from_civil(year, d->month, 1);
    int32_t next =
        d->month == 12 ? qp_days_from_civil(year + 1, 1, 1) : qp_days_from_civil(year, d->month + 1, 1);
    int first_weekday = (int)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    int32_t day = first + (d->weekday - first_weekday + 7) % 7 + 7 * (d->week - 1);
    return day >= next ? day - 7 : day; /* week 5 is the last, in a month that has four of that weekday too */
}

static int64_t change_at(const struct qp_zone_date *d, int year, int32_t offset_before_s)
{
    return (int64_t)date_day(d, year) * DAY_S + d->time_s - offset_before_s;
}

void qp_zone_rule_span(struct qp_zone_span *out, const struct qp_zone_rule *r, int64_t at_s)
{
    *out = (struct qp_zone_span){INT64_MIN, INT64_MAX, r->std_s};
    if (!r->has_dst)
        return;
    int64_t days = at_s / DAY_S - (at_s % DAY_S < 0);
    assert(days > INT32_MIN / 2 && days < INT32_MAX / 2);
    int year, month, day;
    qp_civil_from_days((int32_t)days, &year, &month, &day);
    /* A change may lie days outside its year (times of up to a week), so the neighbours are looked at too. */
    for (int y = year - 2; y <= year + 2; y++) {
        int64_t start = change_at(&r->start, y, r->std_s);
        int64_t end = change_at(&r->end, y, r->dst_s);
        const struct {
            int64_t at;
            int32_t offset;
        } change[2] = {{end, r->std_s}, {start, r->dst_s}};
        for (int i = 0; i < 2; i++) {
            /* Where an end and a start fall on one instant (summer time all year round) the start, looked at
             * last, wins. */
            if (change[i].at <= at_s && change[i].at >= out->from_s) {
                out->from_s = change[i].at;
                out->offset_s = change[i].offset;
            }
            if (change[i].at > at_s && change[i].at < out->to_s)
                out->to_s = change[i].at;
        }
    }
    assert(out->from_s <= at_s && at_s < out->to_s);
}
