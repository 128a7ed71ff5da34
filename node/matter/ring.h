/* ring.h: what a closed matter points to: the one it was merged into, or whose duplicate it is. Whoever follows
 * that must come to one that somebody answers for. Two that point at each other, or more in a circle, leave
 * nobody: refused where that is known (decide.c), and where it is learned later one of them, the one with the
 * lowest id, is opened again by its holder (core/ring.c, B4). */
#ifndef QP_NODE_MATTER_RING_H
#define QP_NODE_MATTER_RING_H

#include "node/matter/matter.h"

enum { QP_RING_MOST = QP_CIRCLE }; /* so far is followed */

/* The matter that this one points to, as far as it is known here. *on false: to none, or to one that nobody here
 * knows. `duplicate_of` is an id, or the source_ref of a matter. QP_EIO: that cannot be told. */
int qp_ring_next(struct qp_matters *m, const Qp__Face *f, uint8_t next[QP_ID_LEN], bool *on,
                 struct qp_err *e);
/* Follows from `from`. *there: `to` was met. QP_ECORRUPT, QP_EIO. */
int qp_ring_reaches(struct qp_matters *m, const uint8_t from[QP_ID_LEN], const uint8_t to[QP_ID_LEN],
                    bool *there, struct qp_err *e);
/* The circle in which `start` stands, itself first; *n is 0 when it stands in none. */
int qp_ring_find(struct qp_matters *m, const uint8_t start[QP_ID_LEN], uint8_t ids[QP_RING_MOST][QP_ID_LEN],
                 size_t *n, struct qp_err *e);

/* ---- for readers: what points to a matter (pointed.c) ---- */
enum { QP_POINTED = 64 };
struct qp_pointed {
    size_t n, more; /* more: there are others beyond, or too many were to be looked at to tell */
    struct {
        bool merged; /* into it; else closed as its duplicate */
        uint8_t id[QP_ID_LEN];
    } v[QP_POINTED];
};
/* As far as they are known here, each kind in the order of ids. QP_EIO, QP_ECORRUPT, QP_ENOMEM. Any thread. */
int qp_matter_pointed(struct qp_pointed *out, struct qp_read *r, const Qp__Face *to, struct qp_err *e);

#endif
