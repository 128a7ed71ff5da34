/* allowance.h: how much each node is given in a second, and all of them together: files (pull.c), parcels of a damaged journal
 * (mend.c). One who asks for everything again and again gets his share, and the others get theirs. */
#ifndef QP_NODE_CORE_ALLOWANCE_H
#define QP_NODE_CORE_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

enum { QP_ALLOWED = 64 }; /* nodes that are given to in the same second */
struct qp_allowed {
    uint8_t node[QP_ID_LEN];
    int64_t since_us;
    size_t spent;
};
struct qp_allowance { /* all zero: nobody was given anything */
    struct qp_allowed each[QP_ALLOWED], all;
};
struct qp_allowance_rate {
    size_t each, all; /* a second, in whatever is counted */
};
/* False: not now; he asks again. */
bool qp_allowance_spend(struct qp_allowance *a, const struct qp_allowance_rate *rate,
                        const uint8_t node[QP_ID_LEN], int64_t now_us, size_t amount);

#endif
