/* renew.h: an origin that is refused above goes on as its next incarnation: what the core's own files share of it
 * (renew.c: the certificate; resay.c: what is said again; ledger/renewals.c: the table). What others see: core.h. */
#ifndef QP_NODE_CORE_RENEW_H
#define QP_NODE_CORE_RENEW_H

#include "node/core/private.h"

/* ---- renew.c ---- */
int qp_self_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e); /* self and its key; QP_ECORRUPT */
int qp_renew_want(struct qp_work *w, struct qp_err *e);                 /* journals that it will ask */
int qp_on_renew(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_on_welcome(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_on_later(struct qp_work *w, const struct qp_input *in);
int qp_renewal_asked(struct qp_work *w, const Qp__Event *ev,
                     struct qp_err *e); /* the facts, also in a replay */
int qp_renewed(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

/* ---- resay.c ---- */
/* Of each own chain: from which place it is not held. Final heads of those that lead upward become their heads. */
int qp_owe(struct qp_work *w, Qp__Head *const *closing, size_t n, struct qp_err *e);
/* There were two of a former incarnation of this node, says one above: what comes from that place on in its chain, as it was
 * handed back, is not held there, whatever the parent holds (C5). It is said again. Also in a replay. */
int qp_owe_fork(struct qp_work *w, const Qp__Verdict *v, struct qp_err *e);
int qp_resay(struct qp_work *w, int64_t *next, struct qp_err *e); /* a slice; when the next is due */
/* The matter as it stands, if it is this node's to say and can still be sorted: who hears it follows from there (K8). key: NULL, or
 * an idempotency key. */
int qp_restate(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *key, struct qp_err *e);
int qp_said_again(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

/* ---- verdict.c ---- */
/* The refusal by which a child is stopped: of one chain, by an ancestor of its, for no fork. NULL: none. In the arena. */
const Qp__Verdict *qp_verdict_above(struct qp_work *w, const struct qp_place *child);
/* Of one of this node's own chains; NULL: none. */
const Qp__Verdict *qp_verdict_of(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY]);

/* ---- enrol.c ---- */
/* Certifies the successor of a child with these keys; *r has its welcome. because: never empty. */
int qp_succeed(struct qp_work *w, const struct qp_place *p, const Qp__Join *j, const char *because,
               struct qp_reply *r, struct qp_err *e);
int qp_welcome_of(struct qp_work *w, const struct qp_place *p, const char *because, struct qp_reply *r,
                  struct qp_err *e);

/* ---- ledger/renewals.c ---- */
int qp_renewal_put(struct qp_work *w, const uint8_t node[QP_ID_LEN], const struct qp_renewal *r,
                   struct qp_err *e);
int qp_renewal_end(struct qp_work *w, const uint8_t node[QP_ID_LEN], struct qp_err *e);
/* False: it was never renewed; *r is zeros. */
bool qp_renewal_get(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], struct qp_renewal *r);
int qp_renewal_self_put(struct qp_work *w, const struct qp_hash *certificate, const uint8_t salt[QP_SEED_LEN],
                        struct qp_err *e);
bool qp_renewal_self(MDB_txn *tables, struct qp_store *s, struct qp_hash *certificate,
                     uint8_t salt[QP_SEED_LEN]);
int qp_renewal_want_put(struct qp_work *w, const uint8_t salt[QP_SEED_LEN], struct qp_err *e);
bool qp_renewal_wanted(const struct qp_core *c, MDB_txn *tables,
                       uint8_t salt[QP_SEED_LEN]); /* as what it is now */
int qp_owed_put(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY], uint64_t from, struct qp_err *e);
bool qp_owed(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY], uint64_t *from);
int qp_owed_cursor_put(struct qp_work *w, uint64_t at, struct qp_err *e);
uint64_t qp_owed_cursor(const struct qp_core *c, MDB_txn *tables); /* 0: nothing is said again */
int qp_owed_end(struct qp_work *w, struct qp_err *e);
/* An event of this node that has just been said again, as the next incarnation, stands there from now on. */
int qp_resaid(struct qp_work *w, const struct qp_header *h, const Qp__Event *ev, uint64_t position,
              uint32_t index, struct qp_err *e);

#endif
