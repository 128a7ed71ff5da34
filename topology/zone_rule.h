/* zone_rule.h: the POSIX rule in a TZif footer ("EST5EDT,M3.2.0,M11.1.0"): what holds beyond the table.
 * Private to topology/zone*.c. Grammar: POSIX TZ as RFC 8536, section 3.3, extends it (times of -167 to 167
 * hours, <+03>-3). */
#ifndef QP_TOPOLOGY_ZONE_RULE_H
#define QP_TOPOLOGY_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The day of a year on which a change falls. */
struct qp_zone_date {
    enum {
        QP_DATE_MONTH_WEEK,
        QP_DATE_JULIAN,
        QP_DATE_ZERO
    } kind;                   /* Mm.w.d · Jn (29 February never counted) · n */
    int month, week, weekday; /* week 5 = the last; weekday 0 = Sunday */
    int day;
    int32_t time_s; /* local time of the change, seconds after that day's midnight; may be negative or beyond
                       a day */
};

struct qp_zone_rule {
    int32_t std_s, dst_s; /* seconds east of UTC */
    bool has_dst;
    struct qp_zone_date start, end; /* of daylight saving time */
};

/* A span of time with one offset. */
struct qp_zone_span {
    int64_t from_s, to_s; /* from <= t < to; INT64_MIN and INT64_MAX where there is no end */
    int32_t offset_s;
};

/* False when the text is not exactly one rule. `text` needs no NUL. */
bool qp_zone_rule_parse(struct qp_zone_rule *out, const char *text, size_t len);
/* The span that holds at_s. */
void qp_zone_rule_span(struct qp_zone_span *out, const struct qp_zone_rule *r, int64_t at_s);

#endif
