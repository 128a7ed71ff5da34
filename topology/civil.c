/* civil.c: the day's buckets, and how times and buckets are written and read (RFC 3339); gregorian.c has the
 * days. No time zone rule lies here; zone.c has those. */
#include "topology/zone.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "topology/floor.h"
#include "topology/shown.h"

#define US_PER_S INT64_C(1000000)

static int month_days(int year, int month)
{
    static const int n[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return n[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* ---- buckets ---- */

int32_t qp_bucket_month(int32_t day)
{
    int y, m, d;
    qp_civil_from_days(day, &y, &m, &d);
    return y * 12 + m - 1;
}

int32_t qp_bucket_week(int32_t day)
{
    int32_t since_monday = ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    return day - since_monday;
}

/* ±hh:mm behind what is there already. */
static void put_offset(char *out, size_t cap, int32_t offset_s)
{
    unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    snprintf(out, cap, "%c%02u:%02u", offset_s < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
}

void qp_bucket_hour_text(char out[32], const struct qp_zone *z, int32_t hour)
{
    struct qp_civil c;
    int32_t offset_s;
    /* A bucket is in whole minutes, rounded down. Local mean times (before about 1900) have seconds in their
     * offset: the minute's last second is inside the hour for these too. */
    qp_zone_civil(z, ((int64_t)hour * 60 + 59) * US_PER_S, &c, &offset_s);
    int n = snprintf(out, 32, "%04d-%02d-%02dT%02d:00", c.year, c.month, c.day, c.hour);
    assert(n > 0 && n < 26);
    put_offset(out + n, (size_t)(32 - n), offset_s);
}

void qp_bucket_day_text(char out[32], int32_t day)
{
    int y, m, d;
    qp_civil_from_days(day, &y, &m, &d);
    snprintf(out, 32, "%04d-%02d-%02d", y, m, d);
}

/* ISO 8601: a week belongs to the year in which its Thursday lies. */
void qp_bucket_week_text(char out[32], int32_t monday)
{
    int32_t thursday = monday + 3;
    int y, m, d;
    qp_civil_from_days(thursday, &y, &m, &d);
    snprintf(out, 32, "%04d-W%02d", y, (int)(thursday - qp_days_from_civil(y, 1, 1)) / 7 + 1);
}

void qp_bucket_month_text(char out[32], int32_t month)
{
    int y = (int)qp_floor_div(month, 12);
    snprintf(out, 32, "%04d-%02d", y, month - y * 12 + 1);
}

/* ---- RFC 3339 ---- */

void qp_time_text(char out[32], int64_t at_us)
{
    int64_t ms = qp_floor_div(at_us, 1000);
    int64_t days = qp_floor_div(ms, 86400000);
    int of_day = (int)(ms - days * 86400000);
    int y, m, d;
    qp_civil_from_days((int32_t)days, &y, &m, &d);
    snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", y, m, d, of_day / 3600000, of_day / 60000 % 60,
             of_day / 1000 % 60, of_day % 1000);
}

/* Exactly n digits. */
static bool digits(const char **p, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        v = v * 10 + (**p - '0');
    }
    *out = v;
    return true;
}

static int bad(struct qp_err *e, const char *text, const char *what)
{
    return qp_fail(e, QP_EINVAL, "\"%.*s\" is not a time such as 2026-03-01T08:00:00Z: %s",
                   qp_shown(text, 40), text, what);
}

/* What a time's text holds, part by part. */
struct parts {
    struct qp_civil c;
    int32_t fraction_us;
    bool has_time, has_seconds, has_offset;
    int32_t offset_s;
};

static const char *read_date(const char **p, struct qp_civil *c)
{
    if (!digits(p, 4, &c->year) || *(*p)++ != '-' || !digits(p, 2, &c->month) || *(*p)++ != '-' ||
        !digits(p, 2, &c->day))
        return "the date is not YYYY-MM-DD";
    if (c->month < 1 || c->month > 12)
        return "there is no such month";
    if (c->day < 1 || c->day > month_days(c->year, c->month))
        return "there is no such day in that month";
    return NULL;
}

/* Up to nine digits after the point; what is finer than a microsecond is cut off. */
static const char *read_fraction(const char **p, int32_t *us)
{
    int32_t value = 0, unit = 100000;
    int n = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++, n++) {
        value += (**p - '0') * unit;
        unit /= 10;
    }
    *us = value;
    return n >= 1 && n <= 9 ? NULL : "the fraction of a second has 1 to 9 digits";
}

static const char *read_clock(const char **p, struct parts *out)
{
    struct qp_civil *c = &out->c;
    if (!digits(p, 2, &c->hour) || *(*p)++ != ':' || !digits(p, 2, &c->minute))
        return "the time of day is not HH:MM:SS";
    if (**p == ':') {
        (*p)++;
        out->has_seconds = true;
        if (!digits(p, 2, &c->second))
            return "the time of day is not HH:MM:SS";
        if (**p == '.') {
            (*p)++;
            const char *why = read_fraction(p, &out->fraction_us);
            if (why)
                return why;
        }
    }
    /* 60 is a leap second, which counts as the second after it */
    return c->hour > 23 || c->minute > 59 || c->second > 60 ? "there is no such time of day" : NULL;
}

static const char *read_offset(const char **p, struct parts *out)
{
    char sign = *(*p)++;
    out->has_offset = true;
    if (sign == 'Z' || sign == 'z')
        return NULL;
    int hour, minute;
    if ((sign != '+' && sign != '-') || !digits(p, 2, &hour) || *(*p)++ != ':' || !digits(p, 2, &minute) ||
        hour > 23 || minute > 59)
        return "the offset is not Z or +HH:MM";
    out->offset_s = (sign == '-' ? -1 : 1) * (hour * 3600 + minute * 60);
    return NULL;
}

/* Reads date [T clock [offset]]; NULL, or what is wrong. */
static const char *read_parts(const char *text, struct parts *out)
{
    memset(out, 0, sizeof *out);
    const char *p = text;
    const char *why = read_date(&p, &out->c);
    if (why || *p == '\0')
        return why;
    if (*p != 'T' && *p != 't' && *p != ' ')
        return "after the date comes T";
    p++;
    out->has_time = true;
    why = read_clock(&p, out);
    if (why || *p == '\0')
        return why;
    why = read_offset(&p, out);
    if (why)
        return why;
    return *p == '\0' ? NULL : "something follows the time";
}

static int64_t instant(const struct parts *t)
{
    const struct qp_civil *c = &t->c;
    int64_t s = (int64_t)qp_days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
                c->minute * 60 + c->second;
    return (s - t->offset_s) * US_PER_S + t->fraction_us;
}

int qp_time_parse(int64_t *at_us, const char *text, struct qp_err *e)
{
    struct parts t;
    const char *why = read_parts(text, &t);
    if (!why && !t.has_time)
        why = "the time of day is missing";
    if (!why && !t.has_seconds)
        why = "the seconds are missing";
    if (!why && !t.has_offset)
        why = "the offset (Z or +HH:MM) is missing";
    if (why)
        return bad(e, text, why);
    *at_us = instant(&t);
    return 0;
}

int qp_time_parse_local(int64_t *at_us, const char *text, const struct qp_zone *z, struct qp_err *e)
{
    struct parts t;
    const char *why = read_parts(text, &t);
    if (why)
        return bad(e, text, why);
    if (t.has_offset)
        *at_us = instant(&t);
    else if (t.has_time)
        *at_us = qp_zone_instant(z, &t.c) + t.fraction_us;
    else
        *at_us = qp_day_start(z, qp_days_from_civil(t.c.year, t.c.month, t.c.day));
    return 0;
}
