/* hands.h: which grids of this node name an account, as worker or deputy. Asked at each call of who sees his own matters alone
 * (span.c), so it is kept in memory until a grid changes: a node may have twenty thousand. Safe from several threads. */
#ifndef QP_NODE_HTTP_WIRE_HANDS_H
#define QP_NODE_HTTP_WIRE_HANDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
