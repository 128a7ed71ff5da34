/* rig.h: whole nodes in one process, without sessions: real stores, real cores, a clock that stands still
 * unless a test moves it, seeds that come from a counter.
 *
 *   steps.c  what people ask   ─► command in a turn of its own ─► reply
 *   carry.c  what a queue holds ─► QP_IN_PARCEL in the neighbour's turn ─► QP_IN_ACK back, receipts down
 *   pass.c   what goes ahead of a commit
 *   forge.c  parcels that no core sealed, and altered ones
 *   look.c   rows, tables, metrics, as a reader sees them
 *
 * A rig made again does the same, byte for byte (D1). */
#ifndef QP_TESTS_CORE_RIG_H
#define QP_TESTS_CORE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/core/circular.h"
#include "node/core/policy.h"
#include "node/line/ring.h"

enum { RIG_NODES = 8, RIG_INPUTS = 2048, RIG_RECEIPTS = 256, RIG_VERDICTS = 64, RIG_CARRIES = 64 };
#define RIG_START INT64_C(1772352000000000)
#define SECOND    INT64_C(1000000)

typedef struct {
    uint8_t b[QP_ID_LEN];
} matter;

struct node {
    char path[QP_PATH_MAX], dir[64];
    int up; /* the parent's number; -1 */
    struct qp_keys keys;
    struct qp_store *store;
    struct qp_vault *vault;
    struct qp_core *core; /* NULL: not running */
    uint8_t id[QP_ID_LEN];
    uint32_t incarnation;
    struct qp_outputs out; /* of its last turn */
    struct qp_hash said;   /* of every output so far */
    bool met;              /* with its parent, since either of them was opened */
    struct qp_ring *ring;  /* its line keys, in its folder; NULL: none */
};

struct rig {
    struct node nodes[RIG_NODES];
    int n;
    int64_t now_us;
    uint64_t seeds;
    size_t journal_map; /* of stores that are made from now on */
    size_t vault_map;   /* of vaults that are opened from now on; 0: 8 MiB */
    const char *label;  /* the root's; "city" */
    struct qp_hash root;
    struct qp_arena *arena; /* what a test holds on to; as long as the rig */
    struct qp_err e;
    struct {
        int to;
        Qp__Receipt *receipt;
    } receipts[RIG_RECEIPTS]; /* under way */
    size_t nreceipts;
    struct {
        int from, to;
        Qp__Verdict *verdict;
    } verdicts[RIG_VERDICTS]; /* under way */
    size_t nverdicts;
    uint64_t spares;
    bool rings; /* nodes that are opened from now on have line keys */
    struct {
        int from, to;
        Qp__Carry *carry;
    } carries[RIG_CARRIES]; /* under way */
    size_t ncarries;
    bool lose_carries;
    bool aside; /* a set-aside journal waits: not all matters of nodes that are opened from now on are here */
    int refusals; /* QP_OUT_REFUSED that carry.c saw */
};

/* ---- rig.c: beginnings, turns, ends ---- */
int rig_up(void **state);
int rig_down(void **state);
struct rig *rig_new(void);
void rig_free(struct rig *r);
void rig_seed(struct rig *r, uint8_t seed[QP_SEED_LEN]);
int rig_found(struct rig *r);                               /* the root: number 0 */
int rig_join(struct rig *r, int parent, const char *label); /* invited and joined; its number */
void rig_tree(struct rig *r, int depth);                    /* city, city/a, city/a/b, ... */
void rig_stop(struct rig *r, int i);                        /* as a crash would */
void rig_start(struct rig *r, int i);
void rig_burn(struct rig *r, int i);    /* the disk is gone */
void rig_rejoin(struct rig *r, int i);  /* new token, new keys, empty disk */
void rig_rebuild(struct rig *r, int i); /* the tables, from the journal alone */
/* One turn; commits both. An error: aborts, forgets, returns it (r->e). */
int rig_turn(struct rig *r, int i, const struct qp_input *in, size_t n);
/* The same without its commits: RIG_VAULT the vault's only, 0 none, 1 that and the journal's. The node is stopped
 * then. */
enum { RIG_VAULT = -1 };
void rig_turn_crash(struct rig *r, int i, const struct qp_input *in, size_t n, int commits);
void rig_tick(struct rig *r, int i);
/* An output of the last turn; NULL peer: any. NULL: none. */
const struct qp_output *rig_output(struct rig *r, int i, enum qp_output_kind kind, const uint8_t *peer);

/* ---- steps.c ---- */
struct qp_reply rig_command(struct rig *r, int i, const struct qp_command *c);
Qp__Event *rig_draft(struct rig *r, int body, const matter *m); /* with an empty body, in the arena */
struct qp_reply rig_try(struct rig *r, int i, const Qp__Event *draft);
void rig_ok(struct qp_reply reply);
void rig_code(struct qp_reply reply, int code); /* and it says so in a sentence */
#define rig_is(reply, want) rig_code(reply, want)
Qp__Event *rig_opened(struct rig *r, const char *title, uint32_t urgency);
matter rig_open(struct rig *r, int i, const char *title);
matter rig_emergency(struct rig *r, int i, const char *title);
Qp__Event *rig_offered(struct rig *r, matter m, uint32_t kind, const char *to);
struct qp_reply rig_offer(struct rig *r, int i, matter m, uint32_t kind, const char *to);
struct qp_reply rig_step(struct rig *r, int i, matter m, int body); /* a step without anything to say */
struct qp_reply rig_comment(struct rig *r, int i, matter m, const char *text);
struct qp_reply rig_invite(struct rig *r, int i, const char *path, const uint8_t link_key[QP_PK_LEN],
                           int64_t expires_us);
/* A request to join with the keys, signed for the token. */
Qp__Join *rig_request(struct rig *r, const struct qp_keys *k, const uint8_t token[QP_PK_LEN]);
struct qp_reply rig_ask_join(struct rig *r, int i, Qp__Join *j, const uint8_t token[QP_PK_LEN]);
struct qp_reply rig_revoke(struct rig *r, int i, const char *path);
/* A policy weighed at a node as the door does; JSON with ' for ". The trial's to free. */
void rig_weigh(struct rig *r, int i, const char *json, struct qp_policy_trial *t);
/* ... and said there by it, whatever the trial says; key: NULL, or an idempotency key. */
struct qp_reply rig_say_policy(struct rig *r, int i, const char *json, const char *key);
/* The period that is now, counted and issued; its id: reply.matter. And accepted (QP_CIRCULAR_ACCEPT) or sent back. */
struct qp_reply rig_circular(struct rig *r, int i, enum qp_circular_period period, const char *key);
struct qp_reply rig_judge(struct rig *r, int i, const uint8_t circular[QP_ID_LEN], uint32_t verb,
                          const char *reason);
void rig_policy(struct rig *r, int i, bool escalate, bool back, bool dispatch, bool transfer);

/* ---- carry.c ---- */
/* A message as node `from` would say it, with its own key; and handed to `to` by its neighbour `by`. */
Qp__Carry *rig_message(struct rig *r, int from, int to, Qp__Carried *said);
void rig_says(struct rig *r, int from, int by, int to, Qp__Carried *said);
Qp__Greeting *rig_greeting(struct rig *r, int from, int to); /* what `from` says to `to` */
void rig_meet(struct rig *r, int child);                     /* both greet, each in a turn */
/* As it would come from `from` ahead of its commit. */
struct qp_input rig_ahead(struct rig *r, int from, struct qp_slice bytes);
size_t rig_word(struct rig *r, int child, struct qp_input in[QP_AHEAD_KEPT + 1]); /* ... as its inputs */
void rig_greet(struct rig *r, int child); /* rig_meet without what the parent tells */
void rig_told(struct rig *r, int child);  /* what its parent's last turn tells it (QP_OUT_AHEAD) */
/* Up to `most` parcels of one lane (0: all) of what waits at `from` for `to`, as inputs; how many. */
size_t rig_gather(struct rig *r, int from, int to, uint32_t lane, struct qp_input *in, size_t most);
size_t rig_carry(struct rig *r, int from,
                 int to); /* all of it: a turn there, the ack back; how many parcels */
size_t rig_carry_lane(struct rig *r, int from, int to, uint32_t lane, size_t most);
void rig_acked(struct rig *r, int from, int to); /* `from` tells `to` what it has committed of its */
size_t rig_carries(struct rig *r);               /* messages that are carried arrive, one hop; how many */
size_t rig_verdicts(struct rig *r);              /* those that are under way arrive; how many */
void rig_settle(struct rig *r); /* until nothing moves anywhere; certificates asked for are given */
void rig_give_chain(struct rig *r, int from, int to, const uint8_t certificate[32]);
uint64_t rig_waits(struct rig *r, int i, int peer, uint32_t lane);

/* ---- pass.c ---- */
struct passed { /* what a node has passed on ahead */
    struct rig *r;
    struct qp_slice v[16];
    size_t n;
    bool no_room;
};
struct passed *rig_watch(struct rig *r, int i);
void rig_hand_ahead(struct rig *r, int from, int to, struct qp_slice bytes); /* as a turn of its own */
size_t rig_unconfirmed(struct rig *r, int parent, int child);

/* ---- forge.c ---- */
struct forged {
    struct qp_header h;
    const Qp__Event *events[24];
    size_t n;
    struct qp_slice raw[24]; /* used where events[i] is NULL */
    const uint8_t *sign_sk;  /* NULL: the origin's own */
};
/* The next parcel of a chain of `origin` as its own core would number it; scope, to, lane as given. */
struct forged rig_forged(struct rig *r, int origin, uint8_t scope, const uint8_t *to, uint8_t lane);
void rig_add(struct forged *f, const Qp__Event *ev);
Qp__Event *rig_event(struct rig *r, int origin, int body, const matter *m); /* as if said there */
struct qp_slice rig_seal(struct rig *r, struct forged *f, struct qp_hash *id);
/* As the next of a lane of `from`'s journal. */
struct qp_input rig_parcel(struct rig *r, int from, int to, uint32_t lane, struct qp_slice bytes);
int rig_hand(struct rig *r, int from, int to, uint32_t lane, struct qp_slice bytes);
/* The bytes of a record of a journal, copied. */
struct qp_slice rig_record(struct rig *r, int i, uint64_t position);
uint64_t rig_head(struct rig *r, int i);
/* Calls f with every record, its parcel opened. */
void rig_each(struct rig *r, int i,
              void (*f)(void *arg, const struct qp_record *rec, const struct qp_parcel *p), void *arg);
/* The one certificate that `issuer` signs; fields of *c as the test wants them, keys from k. A node of zeros
 * becomes a new one of that path; another id stands as it is, true or not. */
Qp__Certificate *rig_certify(struct rig *r, int issuer, struct qp_cert *c, const struct qp_keys *k);
Qp__Chain *rig_chain(struct rig *r, int i, Qp__Certificate *own, const struct qp_hash *issuer);

/* A row of a node's tables as no turn would put it; v NULL: it goes. */
void rig_row_put(struct rig *r, int i, int table, MDB_val k, const MDB_val *v);
/* Another parcel for the first place of a child's chain, signed with its key; its parent hears it. */
void rig_fork(struct rig *r, int child);

/* ---- look.c ---- */
const Qp__Row *rig_row(struct rig *r, int i, matter m); /* NULL: not known there */
const Qp__Face *rig_face(struct rig *r, int i, matter m);
bool rig_holds(struct rig *r, int i, matter m);
void rig_same_face(struct rig *r, matter m);                                   /* at all who know it */
int rig_history(struct rig *r, int i, matter m, int body);                     /* events of a kind; 0: all */
size_t rig_refusals(struct rig *r, int i, struct qp_refusal *out, size_t cap); /* that stand there */
struct qp_ticks rig_ticks(struct rig *r, int i, matter m);
struct qp_core_metrics rig_metrics(struct rig *r, int i);
uint64_t rig_refused(const struct qp_core_metrics *m); /* all refused_* together */
struct qp_peer_entry rig_peer(struct rig *r, int i, int peer);
struct qp_counts rig_board(struct rig *r, int i);
struct tables {
    struct qp_hash h[QP_TABLES];
};
/* Every table's bytes. META without its position, so that only what was applied counts. */
struct tables rig_tables(struct rig *r, int i);
#define T(name) (UINT64_C(1) << QP_T_##name)
void rig_same_tables(const struct tables *a, const struct tables *b, uint64_t but); /* but: a set of T(...) */

#endif
