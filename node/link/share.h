/* share.h: what one child may take of this node while others wait, and how fast it may fill the journal (L7).
 *
 *   frames of a child ─► may it go on now? ─ yes ─► session, turn
 *                               │ no                  ▲
 *                               └─► held, in order ───┘ round by round, when it may
 *
 * Nothing is lost by it: what is held is not acknowledged, so that the window of an honest sender (credit.c)
 * closes and its queue waits there; whoever sends beyond any window has its deliveries dropped and is asked
 * for them again. The child is told with each beat (Beat.share), and both ends show it.
 *
 * Pure: no clock, no socket. route.c and wire.c call it, in the turn's thread. */
#ifndef QP_NODE_LINK_SHARE_H
#define QP_NODE_LINK_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/link/session.h"

/* A bucket that fills at a rate; it may be overdrawn once, by whatever is larger than what is left. */
struct qp_rate {
    int64_t per_s, burst;
};
struct qp_bucket {
    int64_t level, at_us; /* at_us 0: full, never looked at */
};
int64_t qp_bucket_level(struct qp_bucket *b, const struct qp_rate *r, int64_t now_us);
void qp_bucket_take(struct qp_bucket *b, int64_t n);

enum {
    QP_FRAME_COST = 1500, /* a frame costs as much as so many bytes of a parcel: signature, tables */
    QP_HELD_FRAMES = 3 * QP_WINDOW_PARCELS, /* of one child: more than an honest one sends unacknowledged */
    QP_HELD_BYTES = 2 * QP_WINDOW_BYTES + 1024 * 1024,
    QP_HELD_ALL = 64 * 1024 * 1024, /* of all children: beyond that nobody may have much of it, */
    QP_HELD_FEW = 512 * 1024,       /* more than this */
};

struct qp_held {
    struct qp_held *next;
    size_t len;
    uint8_t bytes[];
};

struct qp_share {
    struct qp_bucket journal; /* bytes that may come in */
    struct qp_bucket light;   /* cost: who brings less is served at once, whoever else waits */
    struct qp_bucket urgent;  /* bytes of emergencies that go on, whatever of this child waits */
    struct qp_bucket calls, asks, acks, handshakes;
    struct qp_held *first, *last;
    size_t held, held_bytes;
    size_t held_urgent;        /* of these: no other emergency goes past them */
    struct qp_limited limited; /* as it is told and shown */
    int64_t free_us;           /* since when nothing has been held */
};

/* The state of the whole node, when the child's frame comes. */
struct qp_shares {
    struct qp_rate journal; /* of each child; per_s 0: no limit */
    bool shared;            /* others have brought work of late */
    bool behind;            /* what goes up from here waits for the parent */
    int64_t heavy_left;     /* cost that those who bring much may still have in this wait */
    size_t held_bytes;      /* of all */
};

/* May a delivery go on now? QP_OVER_NOT: yes. */
enum qp_over qp_share_over(struct qp_share *s, const struct qp_shares *all, int64_t now_us);
/* May an emergency go on although it would have to wait? True: its allowance is spent. */
bool qp_share_urgent(struct qp_share *s, const struct qp_shares *all, size_t len, int64_t now_us);
/* It goes on. */
void qp_share_spend(struct qp_share *s, struct qp_shares *all, size_t len, int64_t now_us);
/* Keeps a copy behind those that wait. False: it has more waiting than any honest window, or there is no
 * memory. */
bool qp_share_hold(struct qp_share *s, struct qp_shares *all, const uint8_t *frame, size_t len);
/* The first of them, taken out; free() it. NULL: none. */
struct qp_held *qp_share_next(struct qp_share *s, struct qp_shares *all);
void qp_share_clear(struct qp_share *s, struct qp_shares *all);
/* Notes what is told: why it waits, or that it has not for a while. True: that is news. */
bool qp_share_note(struct qp_share *s, const struct qp_shares *all, enum qp_over why, int64_t now_us);

#endif
