/* read.h: what may be read of a node from outside the turn, by any thread with a qp_read of its own: nodes, neighbours and their queues,
 * refusals, ticks, tokens, accounts. Part of core.h, which includes it at its end; nobody else does. */
#ifndef QP_NODE_CORE_READ_H
#define QP_NODE_CORE_READ_H

#include "node/core/core.h"

struct qp_node_entry { /* QP_T_NODE */
    uint8_t node[QP_ID_LEN], parent[QP_ID_LEN];
    struct qp_hash certificate;
    uint32_t incarnation;
    bool revoked, quarantined;
    char path[QP_PATH_MAX], title[QP_TITLE_MAX + 1], level[QP_LEVEL_MAX + 1];
};
/* QP_ENOTFOUND: there is none; QP_EIO, QP_ECORRUPT: that cannot be told, and must not be taken for "none". */
int qp_node_by_id(struct qp_read *r, const uint8_t node[QP_ID_LEN], struct qp_node_entry *out);
int qp_node_by_path(struct qp_read *r, const char *path, struct qp_node_entry *out);
/* All entries at or below `path`, ordered by path; malloc'd. Otherwise NULL: QP_ENOMEM, QP_EIO, QP_ECORRUPT. */
int qp_nodes_below(struct qp_read *r, const char *path, struct qp_node_entry **out, size_t *n);

/* Parcels that may be ahead on one link; and what is kept of them: with what the parent tells that had gone
 * up through a child. */
enum { QP_AHEAD = 4, QP_AHEAD_KEPT = 2 * QP_AHEAD, QP_AHEAD_BYTES = 16 * 1024 };
struct qp_peer_entry {           /* QP_T_PEER; lanes are indexed [lane-1] */
    uint8_t epoch[QP_ID_LEN];    /* the neighbour's journal, as last greeted */
    uint64_t received[QP_LANES]; /* positions of its journal that are committed here */
    struct qp_hash received_hash[QP_LANES];
    uint64_t acked[QP_LANES]; /* positions of this journal that it has committed */
    uint64_t seen_head;       /* the highest of its positions ever committed here (C5) */
    /* 1 + where its journal ended when it greeted, below seen_head: an old copy (C5); 0: it did not */
    uint64_t old_head;
    /* when a copy of its journal was last heard here, beside the true one (C5); 0: none was */
    int64_t copy_us;
    uint32_t copy_incarnation; /* ... as which incarnation: its successor is no copy */
    uint64_t knows;         /* it has heard records of this journal up to here that are not in it; 0: none */
    uint64_t handback_upto; /* >0: it is recovering; everything up to here is being handed back */
    uint8_t handed_back;    /* enum qp_back: it has handed back to this recovering node */
    uint8_t refill_back;    /* refill.c: 1: with what is handed back */
    uint64_t refill_at, refill_upto;   /* its queue is being made again: the next position; 0: it is not */
    int64_t refill_from_us;            /* ... when that may begin */
    int64_t refilled_us;               /* when it last began */
    uint32_t refills;                  /* how often of late */
    uint8_t ack_signature[QP_SIG_LEN]; /* its last cosigned ack */
    struct {
        uint64_t position; /* of this journal; 0: none */
        uint64_t again;    /* 1: it has come again, an older one has not */
        struct qp_hash id;
    } ahead[QP_AHEAD_KEPT]; /* what came ahead from it and has not come again, oldest first */
};
int qp_peer_read(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN],
                 struct qp_peer_entry *out); /* QP_ENOTFOUND: zeros */
/* Next entry of a neighbour's queue at or after `position`. *handback: the parcel is of its own.
 * QP_ENOTFOUND: none. While the queue is being made again, nothing from refill_at on may be delivered. */
int qp_queue_next(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN], uint32_t lane,
                  uint64_t position, uint64_t *found, bool *handback);
/* How many wait (the number that depth.c keeps; counted anew where that cannot be read), and the time of receipt of the oldest
 * (0: empty). */
void qp_queue_depth(struct qp_read *r, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t *parcels,
                    int64_t *oldest_us);

/* A refusal that stands (E6): of something that came here, or told by a neighbour. From `seq` of its chain on
 * nothing is held beyond whoever refused. */
struct qp_refusal {
    uint8_t origin[QP_ID_LEN], by[QP_ID_LEN];
    char origin_path[QP_PATH_MAX], by_path[QP_PATH_MAX], to_path[QP_PATH_MAX]; /* "" where not known */
    uint32_t incarnation;
    uint8_t scope, lane; /* scope 0: the whole incarnation */
    uint64_t seq;
    uint32_t event; /* from 1; 0: not one event's fault */
    int code;
    int64_t at_us;
    bool past; /* its origin has a successor */
    char reason[QP_REASON_BYTES + 1];
};
enum { QP_REFUSALS_OF_ONE = 8 };
/* Those that are not past, up to cap: first those of the node `first`, then the others by origin; of each no more than that many, and a
 * fork is among them, so that one node's many chains hide nobody else's. */
int qp_refusals_read(struct qp_read *r, const uint8_t first[QP_ID_LEN], struct qp_refusal *out, size_t cap,
                     size_t *n);

struct qp_ticks {
    bool kept, held, top;
    /* Of the last of its events; 0: not so, or longer ago than this node remembers (ledger/held.c: 90 days; after a rebuild or a
     * new epoch of the parent since when it was said again). Never earlier than the truth. */
    int64_t kept_us, held_us, top_us;
};
void qp_ticks_read(struct qp_read *r, const struct qp_cert *self,
                   const uint8_t parent[QP_ID_LEN] /* NULL at the root */, const uint8_t matter[QP_ID_LEN],
                   struct qp_ticks *out);

struct qp_token_entry {
    char name[QP_NAME_BYTES + 1];
    uint32_t rights;
    char desk[QP_NAME_BYTES + 1];
    struct qp_span span;
    bool ended;
};
/* By the BLAKE2b-256 of the bearer token's text. QP_ENOTFOUND; any other code: that cannot be told, and nobody is let in. */
int qp_token_read(struct qp_read *r, const struct qp_hash *hash, struct qp_token_entry *out);
struct qp_user_entry {
    char password[QP_PASSWORD_LEN];
    char title[QP_TITLE_BYTES + 1];
    uint32_t roles, rights; /* rights: those of the roles, and what was given beyond them */
    uint32_t own;           /* of these: for his own matters alone (qp_roles_own) */
    struct qp_span span;
    bool ended;
};
int qp_user_read(struct qp_read *r, const char *name, struct qp_user_entry *out); /* as qp_token_read */

#endif
