/* hands.h: which grids of this node name an account, as worker or deputy, and which desks stand (DE1). Asked at each call of who sees
 * his own matters alone (auth.c), so grids are kept in memory until one changes: a node may have twenty thousand. Safe from several
 * threads. */
#ifndef QP_NODE_HTTP_WIRE_HANDS_H
#define QP_NODE_HTTP_WIRE_HANDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/core/resources.h"

struct qp_read;
struct qp_hand;
struct qp_hands {
    pthread_mutex_t lock;
    uint64_t stamp;    /* qp_resource_changes of the grids, when they were looked at */
    struct qp_hand *v; /* malloc'd, by name and code */
    size_t n, cap;
};

void qp_hands_open(struct qp_hands *h);
void qp_hands_close(struct qp_hands *h);
/* Each grid that stands and names him, in the order of codes; `each` runs with the lock held. 0, QP_ENOMEM, QP_EIO, QP_ECORRUPT. */
int qp_hands_each(struct qp_hands *h, struct qp_read *r, const char *name,
                  void (*each)(void *arg, const char *code), void *arg);
/* Each desk that stands, in the order of codes; what it is given lives until it returns. Errors as above. */
int qp_desks_each(struct qp_read *r, void (*each)(void *arg, const Qp__DeskMade *desk), void *arg);
bool qp_desk_has(const Qp__DeskMade *desk, const char *member);

#endif
