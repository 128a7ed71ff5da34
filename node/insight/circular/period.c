/* period.c: see period.h. Days are local days since 1970-01-01, a Thursday. */
#include "node/insight/circular/period.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = QP_PERIOD_WORDS;

const char *qp_period_name(uint32_t period)
{
    return period >= QP_PERIOD_DAY && period <= QP_PERIOD_MONTH ? words[period] : "?";
}

int qp_period_parse(const char *name)
{
    for (int i = QP_PERIOD_DAY; i <= QP_PERIOD_MONTH; i++)
        if (strcmp(words[i], name) == 0)
            return i;
    return 0;
}

static int32_t floor_mod(int32_t a, int32_t b)
{
    return ((a % b) + b) % b;
}

static int32_t week_first(int32_t day, int32_t begins)
{
    int32_t weekday = floor_mod(day + 3, 7) + 1; /* ISO: 1970-01-01 was a 4 */
    return day - floor_mod(weekday - begins, 7);
}

/* The first day of the month `months` after (or before) that of `day`. */
static int32_t month_first(int32_t day, int32_t begins, int months)
{
    int y, m, d;
    qp_civil_from_days(day, &y, &m, &d);
    int at = y * 12 + m - 1 + months - (d < begins);
    return qp_days_from_civil(at / 12, at % 12 + 1, begins);
}

static int32_t year_earlier(int32_t day)
{
    int y, m, d;
    qp_civil_from_days(day, &y, &m, &d);
    return qp_days_from_civil(y - 1, m, m == 2 && d == 29 ? 28 : d);
}

int32_t qp_period_first(enum qp_circular_period period, int32_t day, int32_t week_begins,
                        int32_t month_begins)
{
    int32_t week = week_begins >= 1 && week_begins <= 7 ? week_begins : 1;
    int32_t month = month_begins >= 1 && month_begins <= 28 ? month_begins : 1;
    switch (period) {
    case QP_PERIOD_WEEK: return week_first(day, week);
    case QP_PERIOD_MONTH: return month_first(day, month, 0);
    case QP_PERIOD_DAY: break;
    }
    return day;
}

static struct qp_span_us span(int32_t from, int32_t to, const struct qp_zone *zone)
{
    return (struct qp_span_us){qp_day_start(zone, from), qp_day_start(zone, to)};
}

void qp_circular_spans(struct qp_span_us out[QP_SPANS], enum qp_circular_period period, int32_t day,
                       int32_t week_begins, int32_t month_begins, const struct qp_zone *zone)
{
    int32_t first = qp_period_first(period, day, week_begins, month_begins);
    int32_t month = month_begins >= 1 && month_begins <= 28 ? month_begins : 1;
    int32_t next, last, year, year_next;
    switch (period) {
    case QP_PERIOD_WEEK:
        next = first + 7;
        last = first - 7;
        year = first - 364;
        year_next = year + 7;
        break;
    case QP_PERIOD_MONTH:
        next = month_first(first, month, 1);
        last = month_first(first, month, -1);
        year = month_first(first, month, -12);
        year_next = month_first(first, month, -11);
        break;
    default:
        next = first + 1;
        last = first - 1;
        year = year_earlier(first);
        year_next = year + 1;
    }
    out[QP_SPAN_NOW] = span(first, next, zone);
    out[QP_SPAN_BEFORE] = span(last, first, zone);
    out[QP_SPAN_YEAR] = span(year, year_next, zone);
}

void qp_period_text(char out[32], enum qp_circular_period period, int64_t from_us, int64_t to_us,
                    const struct qp_zone *zone)
{
    int32_t first = qp_bucket_day(zone, from_us), last = qp_bucket_day(zone, to_us - 1);
    switch (period) {
    case QP_PERIOD_WEEK: qp_bucket_week_text(out, qp_bucket_week(first + 3)); return;
    case QP_PERIOD_MONTH: qp_bucket_month_text(out, qp_bucket_month(last)); return;
    case QP_PERIOD_DAY: break;
    }
    qp_bucket_day_text(out, first);
}
