/* zone.h: local time without glibc's process-wide TZ, and the buckets that boards count in.
 *
 * A zone is read from the system's TZif file (RFC 8536: version 2+ data and the footer's POSIX rule for the
 * time beyond the table); "UTC" needs no file. Instants are microseconds since 1970 UTC (int64_t), civil time
 * is proleptic Gregorian. A loaded zone is immutable and may be shared between threads. */
#ifndef QP_TOPOLOGY_ZONE_H
#define QP_TOPOLOGY_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"

struct qp_zone;
struct qp_civil {
    int year, month, day, hour, minute, second;
}; /* month and day from 1 */

/* QP_ENOTFOUND: says which package has zones (tzdata) or that the name is unknown; QP_EINVAL: a damaged file,
 * or a name with ".."; QP_ENOMEM; QP_EIO. Freed by qp_zone_free. */
int qp_zone_load(struct qp_zone **out, const char *name, struct qp_err *e);
/* The same of the bytes of such a file. QP_EINVAL, QP_ENOMEM. */
int qp_zone_read(struct qp_zone **out, const char *name, const void *data, size_t len, struct qp_err *e);
void qp_zone_free(struct qp_zone *z);
const char *qp_zone_name(const struct qp_zone *z);

int32_t qp_zone_offset_s(const struct qp_zone *z, int64_t at_us); /* seconds east of UTC */
void qp_zone_civil(const struct qp_zone *z, int64_t at_us, struct qp_civil *out, int32_t *offset_s);
/* The instant of a local time. A repeated local hour is the first; a skipped one counts with the offset
 * before the gap. */
int64_t qp_zone_instant(const struct qp_zone *z, const struct qp_civil *c);

/* What the clock shows at an instant, as microseconds since 1970-01-01T00:00 on that clock; and the first instant
 * at which it shows local_us or later: of a repeated time the first, of a skipped one the moment of the change.
 * Ascending local times have ascending instants. */
int64_t qp_zone_local_us(const struct qp_zone *z, int64_t at_us);
int64_t qp_zone_first(const struct qp_zone *z, int64_t local_us);
/* The next instant after at_us at which the zone's table or rule begins a new span, of the same offset perhaps;
 * INT64_MAX: none. */
int64_t qp_zone_change_after(const struct qp_zone *z, int64_t at_us);

/* Days since 1970-01-01 of a civil date, and back. */
int32_t qp_days_from_civil(int year, int month, int day);
void qp_civil_from_days(int32_t days, int *year, int *month, int *day);

/* ---- buckets: plain integers, ordered in time ---- */
/* hour: minutes since 1970 UTC at which the local clock hour began (two repeated hours are two buckets). */
int32_t qp_bucket_hour(const struct qp_zone *z, int64_t at_us);
int32_t qp_bucket_day(const struct qp_zone *z, int64_t at_us); /* local days since 1970-01-01 */
int32_t qp_bucket_month(int32_t day);                          /* year*12 + month-1 of a day bucket */
int32_t qp_bucket_week(int32_t day);                           /* the day bucket of that ISO week's Monday */
int64_t qp_day_start(const struct qp_zone *z, int32_t day); /* the instant at which that local day begins */

/* Keys as the API prints them: 2011-07-01T05:00-04:00, 2011-07-01, 2011-W26, 2011-07. */
void qp_bucket_hour_text(char out[32], const struct qp_zone *z, int32_t hour);
void qp_bucket_day_text(char out[32], int32_t day);
void qp_bucket_week_text(char out[32], int32_t monday);
void qp_bucket_month_text(char out[32], int32_t month);

/* ---- RFC 3339 ---- */
/* `2026-03-01T08:00:00.000Z`; out holds 32. */
void qp_time_text(char out[32], int64_t at_us);
/* `2026-03-01 16:00+08:00` or `2026-03-01 16:00:07+08:00`, for people: local, with its offset; out holds 40.
 */
void qp_local_text(char out[40], const struct qp_zone *z, int64_t at_us, bool seconds);
/* Any offset, 0-9 fraction digits, 'T' or 't' or a space; QP_EINVAL names what is wrong. */
int qp_time_parse(int64_t *at_us, const char *text, struct qp_err *e);
/* A bare date (2026-03-01) or local time without offset in zone z, or RFC 3339: what board's from/to accept.
 */
int qp_time_parse_local(int64_t *at_us, const char *text, const struct qp_zone *z, struct qp_err *e);

#endif
