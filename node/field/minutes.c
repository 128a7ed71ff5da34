/* minutes.c: see minutes.h. */
#include "node/field/minutes.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

static const int64_t GAP_US = QP_PATROL_GAP_S * INT64_C(1000000);

static int by_time(const void *a, const void *b)
{
    const struct qp_mark *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

void qp_marks_order(struct qp_mark *marks, size_t n)
{
    if (n > 1)
        qsort(marks, n, sizeof *marks, by_time);
}

static enum qp_mark_place place_of(const struct qp_mark *m)
{
    return m->kind == QP_MARK_CHECKPOINT && m->place == QP_MARK_NOWHERE ? QP_MARK_ON : m->place;
}

int64_t qp_marks_on_grid_us(const struct qp_mark *marks, size_t n)
{
    int64_t sum = 0, last_us = 0;
    bool on = false; /* `last_us` is a mark on the grid, and nothing was off it since */
    bool started = false, walks = false, stopped = false;
    assert(n <= QP_PATROL_MARKS);
    for (size_t i = 0; i < n; i++) {
        const struct qp_mark *m = &marks[i];
        assert(i == 0 || by_time(m - 1, m) <= 0);
        started = started || m->kind == QP_MARK_START;
        if (m->kind == QP_MARK_START || m->kind == QP_MARK_RESUME)
            walks = started && !stopped;
        if (!walks)
            continue;
        enum qp_mark_place place = place_of(m);
        if (place == QP_MARK_ON && on && m->at_us - last_us <= GAP_US)
            sum += m->at_us - last_us;
        if (place != QP_MARK_NOWHERE) {
            on = place == QP_MARK_ON;
            last_us = m->at_us;
        }
        if (m->kind == QP_MARK_PAUSE || m->kind == QP_MARK_STOP)
            walks = on = false;
        stopped = stopped || m->kind == QP_MARK_STOP;
    }
    return sum;
}

uint32_t qp_minutes_of(int64_t on_grid_us)
{
    assert(on_grid_us >= 0);
    return (uint32_t)(on_grid_us / (60 * INT64_C(1000000)));
}
