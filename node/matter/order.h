/* order.h: the changes of a turn's indexes, in the order of their keys (order.c). Used by rows.c. */
#ifndef QP_NODE_MATTER_ORDER_H
#define QP_NODE_MATTER_ORDER_H

#include "node/matter/pending.h"

/* One index entry that comes or goes. */
struct qp_index_change {
    uint8_t table; /* compared with the key: (table, key) is the order */
    uint8_t key[QP_INDEX_KEY];
    uint8_t len;
    bool gone;
};
enum { QP_INDEX_CHANGE_COMPARED = 1 + QP_INDEX_KEY };
_Static_assert(offsetof(struct qp_index_change, key) == 1, "compared as one string");
_Static_assert((int)QP_INDEX_KEY >= (int)QP_MARK_LEN, "the longest key");

/* Less than, equal to, greater than 0: as memcmp over table and key. */
int qp_index_change_compare(const void *a, const void *b);
/* The n changes in order: in v itself, or in the arena. */
struct qp_index_change *qp_changes_order(struct qp_index_change *v, size_t n, struct qp_arena *a);

#endif
