/* calendar.h: working hours: weekly intervals, dates off, dates on, in one time zone; and exact arithmetic on
 * them. Rules CL2 and PO4 (topology/RULES.md).
 *
 *   text ─► struct qp_calendar_form ─► qp_calendar_new ─► struct qp_calendar ─► worked, add, closes, close
 *             (as it is written)        every mistake told    (compiled)
 *
 * Instants are microseconds since 1970 UTC, days are local days since 1970-01-01 (topology/zone.h), amounts of
 * working time are microseconds. All is whole numbers; nothing loops over seconds or over the days of a span:
 * week arithmetic, the dates that differ from their week sorted beside it, two binary searches. A calendar
 * knows the days 1900-01-01 to 2199-12-31; outside nobody works.
 *
 * What an interval is on a day when the clock is changed: it begins at the first instant at which the clock
 * shows its beginning or later, and ends at the first at which it shows its end or later. So an end that the
 * clock skips is the moment of the change, of a repeated hour the first counts for a beginning, and an
 * interval that is skipped whole is none. Between them real time counts: a night of 24 h may have 23.
 *
 * A calendar is immutable once made and may be shared between threads. Its zone is borrowed and must outlive
 * it. */
#ifndef QP_TOPOLOGY_CALENDAR_H
#define QP_TOPOLOGY_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"
#include "topology/zone.h"

enum {
    QP_CALENDAR_NAME_MAX = 64, /* bytes of a name, without NUL */
    QP_CALENDAR_SPANS_MAX = 56,
    QP_CALENDAR_DAY_SPANS = 8, /* intervals of one weekday */
    QP_CALENDAR_DATES_MAX = 4000 /* off and on, each */,
    QP_CALENDAR_NO_DAY = INT32_MIN,
};
/* "Never": after every instant. What add and close answer when the amount is not used up by the end of 2199. */
#define QP_NEVER_US INT64_MAX

/* ---- as it is written ---- */

/* One entry of `weekly`: half-open, on each of its days. An interval over midnight is two of them. */
struct qp_work_span {
    uint8_t days;              /* set of 1 << (ISO number - 1): bit 0 = Monday */
    uint16_t from_min, to_min; /* minutes after midnight; from < to <= 1440 (24:00) */
};

/* The policy's JSON as plain arrays, borrowed. */
struct qp_calendar_form {
    const char *name;
    const struct qp_work_span *weekly;
    size_t nweekly;
    const int32_t *off; /* nobody works; any order, each date once, none in both lists */
    size_t noff;
    const int32_t *on; /* worked although the weekday is free: the hours of the first weekday that has any */
    size_t non;
    /* The last day of which the holidays are announced. QP_CALENDAR_NO_DAY: not said; then it is the end of the
     * year of the latest date in off and on, and for ever where there are no dates. */
    int32_t known_until;
};

/* Readers of the parts, for whatever format they come in. QP_EINVAL: a sentence that shows the text and how
 * it is written. Days "1-5", "1,2,3", "1-3,6" (1 = Monday); times "08:30" to "24:00"; dates "2026-10-01" of
 * 1900 to 2199. */
int qp_calendar_days(uint8_t *days, const char *text, struct qp_err *e);
int qp_calendar_minute(uint16_t *minute, const char *text, struct qp_err *e);
int qp_calendar_date(int32_t *day, const char *text, struct qp_err *e);

/* Tells every mistake of a form: `place` is "name", "weekly[1]", "off[3]", "on[0]", "known_until" (indices as in
 * the form), `why` a sentence with the remedy, `why_zh` the same in Chinese. All are gone when tell returns.
 * Returns how many there were; `tell` may be NULL. */
size_t qp_calendar_check(const struct qp_calendar_form *f,
                         void (*tell)(void *ctx, const char *place, const char *why, const char *why_zh),
                         void *ctx);

/* ---- compiled ---- */

struct qp_calendar;

/* QP_EINVAL: the first mistake that qp_calendar_check would tell, with its place. QP_ENOMEM. Takes 0.1 to 1 ms:
 * make it once for a policy, not for a matter. */
int qp_calendar_new(struct qp_calendar **out, const struct qp_calendar_form *f, const struct qp_zone *z,
                    struct qp_err *e);
void qp_calendar_free(struct qp_calendar *c); /* NULL is fine */
const char *qp_calendar_name(const struct qp_calendar *c);
const struct qp_zone *qp_calendar_zone(const struct qp_calendar *c);
/* The instant up to which the holidays are known: a due after it is provisional. QP_NEVER_US: for ever. */
int64_t qp_calendar_known_us(const struct qp_calendar *c);
bool qp_calendar_works(const struct qp_calendar *c, int32_t day); /* that day has working time */
bool qp_calendar_open(const struct qp_calendar *c, int64_t at_us);

/* The local day that an instant belongs to. (As qp_bucket_day, but never back to the day before where a clock
 * was set back over midnight.) */
int32_t qp_calendar_day(const struct qp_calendar *c, int64_t at_us);

/* Working time in [from, to), in microseconds; 0 when to <= from. */
int64_t qp_calendar_worked(const struct qp_calendar *c, int64_t from_us, int64_t to_us);
/* The earliest t >= from by which `amount_us` of working time has passed since: a closing moment, never the
 * next opening. Amount 0: the first working moment at or after from. amount_us >= 0. */
int64_t qp_calendar_add(const struct qp_calendar *c, int64_t from_us, int64_t amount_us);
/* The earliest t of which not more than `amount_us` of working time lies in [t, to). amount_us > 0. */
int64_t qp_calendar_back(const struct qp_calendar *c, int64_t to_us, int64_t amount_us);

/* A close of business is the end of a day's last interval. How many lie in (from, to]; those of the days up to
 * `after_day` are not counted (QP_CALENDAR_NO_DAY: all are). */
int64_t qp_calendar_closes(const struct qp_calendar *c, int64_t from_us, int64_t to_us, int32_t after_day);
/* The n-th close after `from`, of a day after `after_day`. n >= 1. */
int64_t qp_calendar_close(const struct qp_calendar *c, int64_t from_us, int32_t after_day, int64_t n);
/* The latest close c of which exactly n lie in (c, to]; n >= 0. INT64_MIN: there are not so many. */
int64_t qp_calendar_close_back(const struct qp_calendar *c, int64_t to_us, int64_t n);

#endif
