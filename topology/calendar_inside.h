/* calendar_inside.h: a compiled calendar. Private to topology/calendar*.c. */
#ifndef QP_TOPOLOGY_CALENDAR_INSIDE_H
#define QP_TOPOLOGY_CALENDAR_INSIDE_H

#include "topology/calendar.h"

enum {
    FIRST_DAY = -25567, /* 1900-01-01, a Monday */
    END_DAY = 84006,    /* 2200-01-01 */
    NOBODY = 7,         /* the pattern of a day off */
};

/* Two things are added up alike: working time in microseconds, and closes of business. */
enum qp_sum { QP_SUM_WORK, QP_SUM_CLOSES, QP_SUMS };

/* The hours of one weekday, ascending, in seconds after midnight. */
struct qp_pattern {
    int n;
    int32_t from_s[QP_CALENDAR_DAY_SPANS], to_s[QP_CALENDAR_DAY_SPANS];
};

/* A day that is not as its week: a date off or on, or one on which the clock is changed during working hours. */
struct qp_oddity {
    int32_t day;
    uint8_t pattern;     /* 0 = Monday … 6; NOBODY */
    bool changed;        /* its intervals are looked up one by one */
    int64_t at[QP_SUMS]; /* the sums of all days before it */
    int64_t of[QP_SUMS]; /* its own */
};

struct qp_calendar {
    char name[QP_CALENDAR_NAME_MAX + 1];
    const struct qp_zone *zone;
    bool back_over_midnight; /* the zone has set its clock back over a midnight once */
    struct qp_pattern pattern[8];
    int64_t before[QP_SUMS][8]; /* sums of a week's days before this one; [7] is a whole week */
    size_t n;
    struct qp_oddity *odd;    /* by day */
    int64_t total[QP_SUMS];   /* of all days */
    int64_t first_us, end_us; /* the days that it knows */
    int64_t known_us;
};

/* The non-empty intervals of a day, as instants: `of` says whose hours they are, `changed` that the clock is
 * changed meanwhile. Returns how many. */
int qp_day_spans(const struct qp_calendar *c, int32_t day, const struct qp_pattern *of, bool changed,
                 int64_t from_us[QP_CALENDAR_DAY_SPANS], int64_t to_us[QP_CALENDAR_DAY_SPANS]);

/* A week's sums from FIRST_DAY to a day, when every week is like the others. */
static inline int64_t qp_plain(const struct qp_calendar *c, enum qp_sum s, int32_t day)
{
    int32_t i = day - FIRST_DAY;
    return c->before[s][7] * (i / 7) + c->before[s][i % 7];
}

#endif
