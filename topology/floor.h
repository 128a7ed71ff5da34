/* floor.h: division rounded down, also below zero: a day before 1970 begins at its midnight too. Inside of this folder only. */
#ifndef QP_TOPOLOGY_FLOOR_H
#define QP_TOPOLOGY_FLOOR_H

#include <stdint.h>

static inline int64_t qp_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

#endif
