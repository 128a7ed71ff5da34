/* heard.h: up to when each node was heard by messages that stay nowhere (carry.c), so that none counts twice: whoever is on
 * its way may keep a signed question and say it again, and each time somebody's record would be given out, and his name
 * written into the audit trail. In memory: what is older than carry.c takes needs no remembering. After a start a message
 * of the last minutes may count once more. The turn's thread. */
#ifndef QP_NODE_CORE_HEARD_H
#define QP_NODE_CORE_HEARD_H

#include "node/core/core.h"

enum {
    QP_HEARD_SPAN_US = 1200000000, /* what is taken is at most half of this older, or ahead (carry.c) */
    QP_HEARD_MOST = 16384, /* nodes within that time; of further ones nothing is taken, and they ask again */
    QP_HEARD_EACH = QP_HEARD_MOST / 8 /* by way of one neighbour, once half of them are taken */
};
struct qp_heard;
struct qp_heard *qp_heard_new(void); /* NULL: no memory */
void qp_heard_free(struct qp_heard *h);
enum qp_heard_as {
    QP_HEARD_FIRST,
    QP_HEARD_AGAIN,  /* it, or a later one, was heard */
    QP_HEARD_CROWDED /* there is no room to know it by: not taken */
};
/* A node's message of this time (at_us: by its own clock), whose signature is good, by way of that neighbour. Times up to old_us
 * are never asked about, and are forgotten. */
enum qp_heard_as qp_heard_first(struct qp_heard *h, const uint8_t node[QP_ID_LEN],
                                const uint8_t side[QP_ID_LEN], int64_t at_us, int64_t old_us);
void qp_heard_begin(struct qp_heard *h);  /* a turn begins: the one before stands. NULL: nothing */
void qp_heard_forget(struct qp_heard *h); /* it was aborted: its inputs may come again */

#endif
