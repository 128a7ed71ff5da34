/* duration.h: an amount of time in one unit, as policies write it: 30m, 4h, 3d, 4wh, 5wd (rule CL2,
 * topology/RULES.md).
 *
 *   s m h      natural time              3d    the same local clock time three days later
 *   ws wm wh   working time              5wd   closes of business
 *
 * How an amount is counted from a start is node/matter/clock.h; here it is only written, read and compared. */
#ifndef QP_TOPOLOGY_DURATION_H
#define QP_TOPOLOGY_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/error.h"

/* X(NAME, as written, measure, microseconds of one (0: no fixed length), most) — most is a hundred years */
#define QP_UNITS(X)                                                                                          \
    X(S, "s", QP_MEASURE_TIME, 1000000, 3155760000)                                                          \
    X(M, "m", QP_MEASURE_TIME, 60000000, 52596000)                                                           \
    X(H, "h", QP_MEASURE_TIME, 3600000000, 876600)                                                           \
    X(D, "d", QP_MEASURE_DAYS, 0, 36525)                                                                     \
    X(WS, "ws", QP_MEASURE_WORK, 1000000, 3155760000)                                                        \
    X(WM, "wm", QP_MEASURE_WORK, 60000000, 52596000)                                                         \
    X(WH, "wh", QP_MEASURE_WORK, 3600000000, 876600)                                                         \
    X(WD, "wd", QP_MEASURE_CLOSES, 0, 36525)

/* What a unit counts. Amounts of one measure can be compared, those of two cannot: whether 3d or 20wh ends
 * first depends on the day. */
enum qp_measure { QP_MEASURE_TIME, QP_MEASURE_DAYS, QP_MEASURE_WORK, QP_MEASURE_CLOSES };

enum qp_unit {
#define X(name, text, measure, us, most) QP_UNIT_##name,
    QP_UNITS(X)
#undef X
        QP_UNIT_COUNT
};

struct qp_duration {
    int64_t n; /* >= 0; of wd >= 1 */
    enum qp_unit unit;
};

enum { QP_DURATION_TEXT = 24 }; /* bytes that any needs, with NUL */

/* QP_EINVAL shows the text and says what is wrong: no unit, an unknown one, more than one amount, "0wd", a
 * sign, a point, a leading 0, more than a hundred years. One amount has one spelling: parse and print are each
 * other's inverse. */
int qp_duration_parse(struct qp_duration *out, const char *text, struct qp_err *e);
/* One that came over a link or from a disk: is it in bounds? */
bool qp_duration_sound(const struct qp_duration *d);
void qp_duration_text(char out[QP_DURATION_TEXT], const struct qp_duration *d);

enum qp_measure qp_unit_measure(enum qp_unit u);
/* Of a duration whose unit has a fixed length (all but d and wd): its microseconds. */
int64_t qp_duration_us(const struct qp_duration *d);

/* Which is stricter, of one measure: *order < 0 where a ends before b, 0 where they are the same amount. False,
 * and *order untouched, where the measures differ: policy then refuses the change, since nobody can say that
 * it tightens. */
bool qp_duration_order(int *order, const struct qp_duration *a, const struct qp_duration *b);

#endif
