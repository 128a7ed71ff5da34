/* ledger.h: what core's tables keep of nodes, keys, people and chains. One file a table, and what a key or a
 * value looks like is known to that file alone:
 *
 *   places.c    QP_T_NODE     the nodes that are known, by id and by path
 *   certs.c     QP_T_CERT     every certificate that was believed, by its id
 *   peers.c     QP_T_PEER     what is known of each neighbour (../queues.h, ../read.h)
 *   invites.c   QP_T_INVITE   the tokens that may join
 *   resources.c QP_T_TOKEN, QP_T_USER …  what is declared in resources.h, a table a kind
 *   people.c    of those: who may ask at the doors
 *   heads.c     QP_T_CHAIN    where each chain of parcels stands
 *   audit.c     QP_T_AUDIT    the audit trail
 *   former.c    QP_T_FORMER   keys that were children's
 *   circulars.c QP_T_CIRCULAR circulars of this node and of those below it
 *   held.c      QP_T_HELD     since when what is here is held elsewhere as well
 *   renewals.c  QP_T_RENEWAL  who went on after a refusal, and what is said again (renew.h)
 *   policies.c  QP_T_POLICY   policies of the ancestors and of this node, and what each node below has heard
 *   duties.c    QP_T_DUTY     who is on duty (ground.h)
 *   patrols.c   QP_T_PATROL   patrols (ground.h)
 *
 * A table that holds more than one kind of key says the kind in a key's first byte, so that none of one kind
 * can ever equal one of another: a path as long as an id is no id. Nouns only: what a fact means is for
 * facts.c and learned.c. All of these write in the turn's own transaction. For other rooms: core.h. */
#ifndef QP_NODE_CORE_LEDGER_H
#define QP_NODE_CORE_LEDGER_H

#include "node/core/circular.h"
#include "node/core/core.h"
#include "node/core/policy.h"

struct qp_work;

/* ---- places.c ---- */
int qp_place_put(struct qp_work *w, const struct qp_place *p, struct qp_err *e);
/* Fills the tree in memory from the table. */
int qp_tree_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e);

/* ---- certs.c ---- */
int qp_cert_put(struct qp_work *w, const struct qp_cert *c, const Qp__Certificate *raw, struct qp_err *e);
bool qp_cert_get(struct qp_work *w, const struct qp_hash *id, struct qp_cert *out);

/* ---- invites.c ---- */
struct qp_invite {
    bool used;
    int64_t expires_us;
    Qp__Invited *said; /* in the turn's arena */
};
int qp_invite_put(struct qp_work *w, const Qp__Invited *i, struct qp_err *e); /* open, whatever it was */
/* QP_ENOTFOUND: no token of this node's has that key. */
int qp_invite_get(struct qp_work *w, const uint8_t link_key[QP_PK_LEN], struct qp_invite *out,
                  struct qp_err *e);
int qp_invite_use(struct qp_work *w, const ProtobufCBinaryData *link_key, struct qp_err *e);

/* ---- resources.c ---- */
/* In the turn's own transaction; of ended ones too. QP_ENOTFOUND. */
int qp_resource_row(struct qp_work *w, const struct qp_resource *kind, const char *id,
                    struct qp_resource_row *out);
int qp_resource_row_of(struct qp_work *w, const struct qp_resource *kind, const uint8_t node[QP_ID_LEN],
                       const char *id, struct qp_resource_row *out); /* as another node has said its own */
/* A node was revoked or is back: what it has counts no more, or again. */
int qp_resources_moved(struct qp_work *w, struct qp_err *e);
/* 0: this key has done this already. QP_ENOTFOUND: it is new, or none. QP_EKEYREUSED. */
int qp_resource_by_key(struct qp_work *w, const struct qp_resource *kind, const Qp__Event *ev,
                       struct qp_err *e);
/* What an event about a resource does to its row; the end of what never was does nothing. *anew: it changed the row (what came
 * before, or ends what never was, does not). */
int qp_resource_fact(struct qp_work *w, const Qp__Event *ev, bool *anew, struct qp_err *e);
/* The token that has, or once had, this secret (its BLAKE2b-256); with ended_us where it has no more. */
int qp_token_row(struct qp_read *r, const struct qp_hash *secret, struct qp_arena *a,
                 struct qp_resource_row *out);

/* ---- former.c ---- */
int qp_former_put(struct qp_work *w, const struct qp_cert *old, struct qp_err *e);
/* A successor may have its predecessor's key, from a saved key file: then it is a child's again. */
int qp_former_end(struct qp_work *w, const struct qp_cert *now, struct qp_err *e);
/* Whether it was once the key of a child that is not this one (NULL: of any). */
bool qp_former_of_other(struct qp_work *w, const uint8_t link_key[QP_PK_LEN], const uint8_t *node);

/* ---- policies.c; struct qp_policy_layer: policy.h ---- */
bool qp_policy_later(const struct qp_policy_layer *a, const struct qp_policy_layer *b);
/* A part of one. *whole: with it the newest one of its node is another now. What cannot be right has no effect. */
int qp_policy_part(struct qp_work *w, const Qp__Event *ev, bool *whole, struct qp_err *e);
/* What this node itself once said by a version text. */
struct qp_policy_use {
    uint32_t incarnation;
    uint64_t revision;
    struct qp_hash hash;
    char asked[QP_BY_BYTES + 1 + QP_REF_BYTES + 1]; /* who, a NUL, his idempotency key */
};
bool qp_policy_used(MDB_txn *tables, struct qp_store *s, const char *version, struct qp_policy_use *out);
int qp_policy_use(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
/* The newest of what a node says that it has heard. */
int qp_policy_heard_put(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
/* In the arena; NULL: nothing. */
Qp__PolicyHeard *qp_policy_heard_get(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN],
                                     struct qp_arena *a, int64_t *at_us);

/* ---- audit.c ---- */
int qp_audit_put(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_audit_known(struct qp_work *w, const Qp__Event *ev, bool *known, struct qp_err *e);

/* ---- circulars.c; reading: circular.h ---- */
/* A part of one. What cannot be right, or alters what was issued, has no effect. */
int qp_circular_part(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_circular_word(struct qp_work *w, const Qp__CircularHead *of, const Qp__Event *ev, struct qp_err *e);
int qp_circular_early(struct qp_work *w, const Qp__Event *ev,
                      struct qp_err *e); /* of one that has not come yet */
void qp_circular_key(uint8_t out[QP_ID_LEN], const char *by, const char *key);
/* What this node issued when it was asked under this key. */
bool qp_circular_asked(struct qp_work *w, const char *by, const char *asked_key, uint8_t id[QP_ID_LEN],
                       uint8_t request[QP_REQUEST_LEN]);

/* ---- held.c: times beside the ticks ---- */
enum qp_held_by { QP_HELD_BY_PARENT = 1, QP_HELD_BY_HORIZON }; /* on the disk */
/* From this turn's time on all up to there is held there. `whose`: the parent's epoch, incarnation 0, and a position of this
 * journal; or an origin, its incarnation, and a seq of its chain. */
int qp_held_note(struct qp_work *w, enum qp_held_by by, const uint8_t whose[QP_ID_LEN], uint32_t incarnation,
                 uint32_t lane, uint64_t upto, struct qp_err *e);
/* Since when; 0: nobody remembers it, or it is not held there. */
int64_t qp_held_at(MDB_txn *tables, struct qp_store *s, enum qp_held_by by, const uint8_t whose[QP_ID_LEN],
                   uint32_t incarnation, uint32_t lane, uint64_t upto);

/* ---- heads.c: where each chain stands ---- */
struct qp_head {
    uint64_t seq, clock;
    struct qp_hash hash;
    bool refused;
};
/* Names a chain; not the table's key. */
enum { QP_CHAIN_KEY = QP_ID_LEN + 4 + 1 + QP_ID_LEN + 1 };
void qp_chain_key(uint8_t key[QP_CHAIN_KEY], const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                  uint8_t scope, const uint8_t to[QP_ID_LEN], uint8_t lane);
bool qp_chain_get(MDB_txn *txn, struct qp_store *s, const uint8_t key[QP_CHAIN_KEY], struct qp_head *h);
int qp_chain_put(struct qp_work *w, const struct qp_header *h, const struct qp_hash *id, struct qp_err *e);
int qp_chain_refuse(struct qp_work *w, const struct qp_header *h, struct qp_err *e);
bool qp_chain_at(struct qp_work *w, const struct qp_header *h,
                 struct qp_hash *id); /* the id that stands at h's place */
/* What seq 1 of a new incarnation's chain must name: the head of the last older one; zeros when none. */
void qp_chain_before(struct qp_work *w, const struct qp_header *h, struct qp_hash *prev, bool *any,
                     bool *refused);
int qp_chain_close(struct qp_work *w, const Qp__Head *head,
                   struct qp_err *e); /* a final head stated by the parent */
/* Each chain of an incarnation that is known here, until one is an error. `each` may write its head, no others. */
typedef int (*qp_chain_seen)(void *arg, const uint8_t chain[QP_CHAIN_KEY], const struct qp_head *head,
                             struct qp_err *e);
int qp_chain_each(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                  qp_chain_seen each, void *arg, struct qp_err *e);
/* For qp_check_ledger: each chain of this incarnation ends with the place that its head names, and at no later clock. */
int qp_chains_hold(const struct qp_core *c, const struct qp_txn *t, struct qp_err *e);
/* It ends there (C2), what came after that is void; NULL: it never began. */
int qp_chain_cut(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY], const Qp__Head *final,
                 struct qp_err *e);
/* A parcel's place, copied into the arena; NULL: no memory. */
Qp__Head *qp_head_of(struct qp_arena *a, const struct qp_parcel *p);
int qp_chain_unstate(struct qp_work *w, const uint8_t origin[QP_ID_LEN],
                     struct qp_err *e); /* forgets what was stated: what is held counts */
/* Chains of an origin to nodes that nobody here knows; counts no further than `most`. */
size_t qp_chain_nowhere(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                        size_t most);
/* The highest incarnation of an origin, up to that one, of which a chain stands here; 0: none. A certificate may name any
 * number: nobody counts down from it. */
uint32_t qp_chain_life(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t upto);
/* The last head of each chain of an origin, up to an incarnation, as closing heads, into the arena. */
size_t qp_chain_heads(struct qp_work *w, const uint8_t origin[QP_ID_LEN], uint32_t incarnation,
                      Qp__Head ***out);

#endif
