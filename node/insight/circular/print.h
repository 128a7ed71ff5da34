/* print.h: figures as people read them (CI6), and the rules by which a printed figure is held against its parts (CI4).
 *
 * Everything is whole numbers: no share is rounded twice, and none comes out different on another machine. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_PRINT_H
#define QP_NODE_INSIGHT_CIRCULAR_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QP_FIGURE_TEXT = 64 };
#define QP_NO_VALUE "–"

/* above / below in per cent with so many digits (0 to 6), half up: "96.16 %" without its sign: "96.16". Below 0: "–". */
void qp_share_text(char out[QP_FIGURE_TEXT], uint64_t above, uint64_t below, int digits);
/* How much more or less a count is: "+0.9", "−2.1" per cent of what it was; "–" where that was 0. */
void qp_count_change(char out[QP_FIGURE_TEXT], uint64_t is, uint64_t was, int digits);
/* The difference of two shares in points: "+0.4"; "–" where one of them has no value. */
void qp_share_change(char out[QP_FIGURE_TEXT], const uint64_t is[2], const uint64_t was[2], int digits);

/* ---- figures that somebody has printed ---- */
enum qp_printed_kind { QP_PRINTED_SHARE = 1, QP_PRINTED_SUM, QP_PRINTED_MEAN };
enum qp_printed_verdict {
    QP_PRINTED_EQUAL = 1, /* it follows from its parts */
    QP_PRINTED_ROUNDING, /* the parts were rounded before they were added: off by less than half a unit a part */
    QP_PRINTED_DIFFERS,    /* it does not */
    QP_PRINTED_UNREADABLE, /* a number that is none */
};
struct qp_printed {
    enum qp_printed_verdict verdict;
    char value[QP_FIGURE_TEXT]; /* what follows from the parts, with as many digits as were printed */
    bool over;                  /* a share over 100 %: what is above the line is no part of what is below */
    char fits[192]; /* of a share that differs: the whole denominator or numerator that would give it; "" */
};
/* `above`: a number, of a sum the parts with + between; `below`: a number, of a sum it may be empty; `said`: what was
 * printed, with % where it is a share. Numbers have up to 15 digits and a point. */
void qp_printed_check(struct qp_printed *out, enum qp_printed_kind kind, const char *above, const char *below,
                      const char *said);
/* Why it is stopped, or what is to be said of it; "" where it is equal and nothing is. */
void qp_printed_reason(char *out, size_t cap, const struct qp_printed *p, const char *said, bool zh);

#endif
