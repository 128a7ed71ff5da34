/* minutes.h: how long a patrol was on its grid (GR4, node/field/RULES.md): a pure count over what is known of it.
 *
 * What is known are marks: a position that the phone gave, a check-point, and the start, pauses and stop. Whether a mark's
 * position lies in the grid (or on its edge) is asked before (topology/geo/index.h); coordinates do not come here, so that
 * what is journaled from it has none.
 *
 *   on the grid    a mark whose position lies inside, and a check-point that has no position
 *   off the grid   a mark whose position lies outside, a check-point's too
 *   neither        start, pause, resume and stop without a position: they say when, not where
 *
 * Between two marks on the grid, with none off it between them, all the time counts if it is at most five minutes, and
 * none of it if it is more: nobody knows where the patrol was. While it is paused, before its start and after its stop
 * nothing counts.
 *
 * Nothing here keeps a state: a phone that was offline states check-points afterwards, and the count is made again over
 * all marks. A late mark off the grid may make it smaller. Any thread.
 *
 * Called by node/core/patrol.c with the marks of one patrol; the minutes are journaled with each (GR4). */
#ifndef QP_NODE_FIELD_MINUTES_H
#define QP_NODE_FIELD_MINUTES_H

#include <stddef.h>
#include <stdint.h>

enum { QP_PATROL_GAP_S = 300, QP_PATROL_MARKS = 32768 /* a day, one each three seconds */ };

enum qp_mark_kind {
    QP_MARK_START,
    QP_MARK_RESUME,
    QP_MARK_POSITION,
    QP_MARK_CHECKPOINT,
    QP_MARK_PAUSE,
    QP_MARK_STOP
};
enum qp_mark_place { QP_MARK_NOWHERE /* without a position */, QP_MARK_ON, QP_MARK_OFF };
struct qp_mark {
    int64_t at_us;
    enum qp_mark_kind kind;
    enum qp_mark_place place;
};

/* In the order in which they count: by time; at one time as the kinds stand above, on before off. The same set of marks
 * comes to the same order, however they arrived. */
void qp_marks_order(struct qp_mark *marks, size_t n);
/* Microseconds on the grid. `marks` are in order (assert), at most QP_PATROL_MARKS. Without a start nothing counts. */
int64_t qp_marks_on_grid_us(const struct qp_mark *marks, size_t n);
/* Whole minutes of it, as they are journaled and compared with a plan's: 29 min 59 s are 29. */
uint32_t qp_minutes_of(int64_t on_grid_us);

#endif
