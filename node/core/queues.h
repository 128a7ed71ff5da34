/* queues.h: what waits for each neighbour, and what it is known to have. Part of private.h, which includes it; nobody else does. */
#ifndef QP_NODE_CORE_QUEUES_H
#define QP_NODE_CORE_QUEUES_H

#include "node/core/private.h"

/* ---- route.c: which way, and the queues ---- */
enum { QP_QUEUED_A_TURN = 8 };
enum qp_way { QP_WAY_NONE = 0, QP_WAY_SEND = 1, QP_WAY_HANDBACK = 2 };
enum qp_way qp_way(const struct qp_core *c, const struct qp_header *h, const uint8_t from[QP_ID_LEN],
                   const struct qp_place *peer, bool handback);
int qp_route(struct qp_work *w, const struct qp_header *h, const struct qp_record *r,
             struct qp_err *e); /* queues one record where it must go */
int qp_queue_put(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                 bool handback, struct qp_err *e);
int qp_queue_drop(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                  struct qp_err *e);
/* Everything up to `position` is committed there: out of the queue. */
int qp_queue_trim(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t position,
                  struct qp_err *e);

/* ---- ledger/peers.c, peers.c: neighbours ---- */
int qp_peer_put(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const struct qp_peer_entry *p,
                struct qp_err *e);
/* Its journal is another one: what was known of the old one's positions is void. */
void qp_peer_anew(struct qp_peer_entry *p, const uint8_t epoch[QP_ID_LEN]);
int qp_peer_received(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const uint8_t epoch[QP_ID_LEN],
                     uint32_t lane, uint64_t position, const struct qp_hash *hash, struct qp_err *e);
int qp_on_peer(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_on_copy(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_on_ack(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_peers_hold(const struct qp_core *c, const struct qp_txn *t,
                  struct qp_err *e); /* for qp_check_ledger: what is noted of neighbours fits the journal */

/* ---- depth.c: how many wait ---- */
int qp_depth_by(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, int64_t by,
                struct qp_err *e);
int qp_depth_read(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN], uint32_t lane,
                  uint64_t *out);
int qp_depths_flush(struct qp_work *w, struct qp_err *e);

/* ---- refill.c: a queue made again, in slices ---- */
int qp_refill(struct qp_work *w, const uint8_t peer[QP_ID_LEN], bool handback, struct qp_err *e); /* begins */
int qp_refill_tick(struct qp_work *w, int64_t *next, struct qp_err *e); /* a slice; when the next is due */
void qp_refill_forget(struct qp_core *c);
void qp_refill_close(struct qp_core *c);

/* ---- missed.c: what a neighbour has to send again ---- */
int qp_missed(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, struct qp_err *e);
void qp_missed_came(struct qp_core *c, const uint8_t peer[QP_ID_LEN], uint32_t lane);
/* Was it asked for everything when this lane last missed something? */
bool qp_missed_all(struct qp_core *c, const uint8_t peer[QP_ID_LEN], uint32_t lane);
void qp_missed_now(struct qp_core *c,
                   const uint8_t peer[QP_ID_LEN]); /* what it lacked is here: ask again at once */
int qp_missed_tick(struct qp_work *w, int64_t *next,
                   struct qp_err *e); /* asks again what is due; when next */

#endif
