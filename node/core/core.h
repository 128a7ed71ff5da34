/* core.h: one turn of a node (qp_turn), and what may be read of it from outside.
 *
 *   links  ─┐
 *   HTTP   ─┼─► admit ─► decide ─► journal ─► project ─► route ─► [COMMIT by the driver] ─► release the outputs
 *   timers ─┘
 *
 * Deterministic (D1): no clock, socket, thread or random source in here; ids and signatures come from the
 * inputs, `now` and the seed. The driver (node/cli/drive.c, tests/sim) begins the transactions, calls
 * qp_turn, commits journal then tables (S2), and only then releases the outputs. When qp_turn returns an
 * error nothing was done: abort the transactions, call qp_core_forget and stop or go on as the code says
 * (QP_EFULL: go on, the inputs were not taken; QP_EIO, QP_ECORRUPT: stop). One thread.
 *
 * In a turn first all that came from neighbours is admitted, journaled and projected, in the order given;
 * then commands are decided; then offers that are accepted at once; then what this node itself says is
 * sealed, the horizon's parcels first (E2). A replay of the journal meets everything in the same order, so
 * that a rebuild gives the same tables. */
#ifndef QP_NODE_CORE_CORE_H
#define QP_NODE_CORE_CORE_H

#include "node/core/counters.h"
#include "node/core/resources.h"
#include "node/core/own.h"
#include "node/core/span.h"
#include "node/core/rights.h"
#include "node/matter/matter.h"
#include "node/vault/vault.h"
#include "proto/link.pb-c.h"
#include "topology/tree.h"

struct qp_core;

struct qp_acceptance {
    bool accept_escalate,
        accept_return; /* default true: what comes from below is taken at once, for triage */
    bool accept_dispatch, accept_transfer; /* default false: waits for a person */
    uint32_t child_nodes; /* that may be enrolled below one child (L7); 0: not stated, then: */
    uint32_t level_nodes; /* below a child of the root; a quarter at each level below it; 0: no bound */
};
enum { QP_CHILD_NODES = 20000 };
extern const struct qp_acceptance qp_acceptance_default;

/* ---- beginnings: each writes the journal's first record (Joined), in a transaction of its own ---- */
/* A new tree: signs the root's own certificate (10 years). `area` gives path (one label), title, code, level.
 * Fingerprint to *root. QP_EEXISTS: this store has a journal; QP_ENOMEM, and the store's. */
int qp_core_found(struct qp_store *s, const struct qp_keys *k, const struct qp_area *area, const char *zone,
                  int64_t now_us, const uint8_t seed[QP_SEED_LEN], struct qp_hash *root, struct qp_err *e);
/* Whose journal begins with this record: its certificate, and the fingerprint of its tree's root. The chain is
 * checked. QP_ECORRUPT, QP_EINVAL. */
int qp_core_whose(struct qp_cert *self, struct qp_hash *root, const struct qp_record *first,
                  struct qp_arena *a, struct qp_err *e);
/* A node that was welcomed by its parent. Checks the chain against the token's root fingerprint and the own
 * keys. */
int qp_core_join(struct qp_store *s, const struct qp_keys *k, const Qp__Welcome *w,
                 const struct qp_hash *root, const char *parent_endpoint, int64_t now_us,
                 const uint8_t seed[QP_SEED_LEN], struct qp_err *e);

/* Loads the node, projecting whatever the tables lack (all of it when stale). progress may be NULL.
 * QP_ENOTFOUND: an empty journal (init or join first). QP_ECORRUPT: the keys are not this node's, or the
 * journal is damaged. `keys`, `zone` are borrowed. */
int qp_core_open(struct qp_core **out, struct qp_store *s, const struct qp_keys *keys,
                 const struct qp_acceptance *p, void (*progress)(void *, uint64_t at, uint64_t head),
                 void *arg, int64_t now_us, struct qp_err *e);
void qp_core_close(struct qp_core *c);
/* Lends the vault, when the core is open; before any turn. Ends every record in it that its matter says was erased, and
 * whatever no matter knows, where every matter that this node ever took in is known here: `all_here`, what its driver
 * knows (no set-aside journal waits to be brought in), and it neither comes back from a lost disk nor has an old copy of
 * its journal. Without one no personal record is taken in. */
int qp_core_set_vault(struct qp_core *c, struct qp_vault *v, bool all_here, struct qp_err *e);
/* Lends the folder of files, when the vault was lent; before any turn. Without one no file is given or fetched. */
struct qp_blobs;
int qp_core_set_blobs(struct qp_core *c, struct qp_blobs *b, struct qp_err *e);
void qp_core_set_acceptance(struct qp_core *c, const struct qp_acceptance *p); /* between turns */
/* What the neighbours say of this node's clock (T4); between turns. What cannot be taken back (a personal record or a line's keys whose
 * time is over) is done in SURE alone. A core that was never told is SURE: its driver has no clock to doubt. */
enum qp_time_word {
    QP_TIME_SURE = 0,
    QP_TIME_UNTOLD, /* nobody who would know was heard since the start */
    QP_TIME_WRONG,  /* they show another time */
};
#define QP_TIME_WRONG_SAID "the neighbours show another time than this machine: set both clocks by NTP"
void qp_core_set_time_word(struct qp_core *c, enum qp_time_word word);
enum qp_time_word qp_core_time_word(const struct qp_core *c);
/* After an aborted turn: memory as the store has it. QP_ENOMEM, QP_EIO, QP_ECORRUPT: it is not, and the node stops: it would
 * count on from nothing, and say other events under the names of those that it has said. */
int qp_core_forget(struct qp_core *c, struct qp_err *e) __attribute__((warn_unused_result));

/* ---- what goes in ---- */
enum qp_input_kind {
    QP_IN_COMMAND = 1, /* a person, a desk or the link asks for something */
    QP_IN_PARCEL,      /* a neighbour delivered */
    QP_IN_PEER,        /* a neighbour's greeting was verified: the session is open */
    QP_IN_ACK,         /* a neighbour committed (or asks to rewind: `full`) */
    QP_IN_CHAIN,       /* certificates, from a greeting or an answer */
    QP_IN_HANDED_BACK, /* a neighbour handed back all that it holds of this node and for it */
    QP_IN_RECEIPT,     /* from above, on its way down (L6) */
    QP_IN_VERDICT,     /* a neighbour tells that a chain is refused, its own or another's (E6) */
    QP_IN_AHEAD,   /* a neighbour passes on what it has not committed yet (ahead.c); its last of a greeting */
    QP_IN_RENEW,   /* a child that is refused asks for its next incarnation (renew.c) */
    QP_IN_WELCOME, /* the parent has certified it; of another it is not taken */
    QP_IN_LATER,   /* ... or says why not now */
    QP_IN_COPY,    /* a child says that it is an old copy of its journal: `copy` (C5) */
    QP_IN_CARRY,   /* a message that is carried along the tree, for this node or to be passed on (carry.c) */
    QP_IN_TICK,    /* nothing but the time: sweeps, receipts that are due */
};
enum qp_op {
    QP_OP_STEP = 1,
    QP_OP_INVITE,
    QP_OP_JOIN,
    QP_OP_REVOKE,
    QP_OP_RESOURCE, /* make, change or end one (resources.h) */
    QP_OP_POLICY,   /* a policy for this node and all below it: policy.h */
    QP_OP_LEAD,     /* LeadSaid: what a person makes of a lead of this node; a matter of it: in the reply */
    QP_OP_WARNING, /* WarningSaid: what a person makes of a warning of this node; a matter of it: in the reply */
    QP_OP_CIRCULAR, /* one is issued, accepted or sent back (circular.h); its id: in the reply */
    QP_OP_PERSONAL, /* Audited: somebody reads the personal record of a matter, for a purpose. 0: it is journaled, and
                       what lies in the vault, or came with the reply, may be shown. QP_ENOTFOUND; QP_ENOTHOLDER: it
                       lies elsewhere; QP_ENEED: it lies below and was asked for: again when something is carried here */
    QP_OP_AUDIT, /* Audited: what the door has to say for the audit trail */
    QP_OP_GROUND, /* GridOrdered (ground.h), DutySaid, PatrolStarted, PatrolMarked (duty.h); a patrol's id: in the
                     reply */
    QP_OP_LINE,    /* LineOpened, LineSaid, LineTicked (seen): node/line */
    QP_OP_WHISPER, /* `whisper`: something is whispered on a line: whisper.h; to how many nodes: in the reply */
    QP_OP_FILE, /* a file that the draft's matter names (attachments, one with its hash) is wanted here: pull.h */
    QP_OP_AGAIN /* an event of a former incarnation of this node, from a journal that was set aside (E6) */
};

struct qp_asker;
struct qp_ring; /* node/line/ring.h */
struct qp_command {
    enum qp_op op;
    uint64_t ticket; /* comes back with the reply */
    /* The event as the caller states it: STEP: by, key, request, matter (not for Opened), body, at_us (0 =
     * now; only an importer's may be other: the caller checks the right). Opened.face: title, text, category,
     * source, source_ref, area ("" = this node), place, location, urgency, deadline_us, desk, occurred_us,
     * exercise. Offered: kind, to_path (dispatch, transfer), reason. INVITE: Invited (link_key, path, title,
     * code, level, expires_us). REVOKE: Revoked (reason, kind) with `path`. RESOURCE: by, key, request, and the
     * whole of it as it will be, or its end. */
    const Qp__Event *draft;
    int64_t if_version;         /* -1: none; RESOURCE: 0: it must not be there, more: at this version */
    const struct qp_asker *who; /* STEP: who asks (node/matter/may.h); NULL: draft->by, with every right */
    const struct qp_sealed
        *sealed;          /* STEP, Opened: the record of who reported, locked for this node; NULL: none */
    const char *path;     /* REVOKE */
    const Qp__Join *join; /* JOIN, with the token's link key, as authenticated by CURVE */
    const uint8_t *token_link_key;
    /* AGAIN: the event's bytes. QP_ERECOVER: not yet. QP_ENOTFOUND: its matter is known nowhere. Reply:
     * created: it was brought in, or, with text "noted", a comment tells of it; neither: it is here. May be
     * repeated. */
    struct qp_slice again;
    /* POLICY: what qp_policy_weigh gave: draft: PolicySaid with version and the whole canonical JSON; by, key, request.
     * QP_EEXISTS: the version text was used (but by the same request: 0, and `created` is false). QP_EVERSION: what is in
     * force has changed since it was weighed: weigh again. QP_ERECOVER. */
    struct qp_hash stamp;
    /* LINE: by, key, request, and LineOpened (members by path, or none and `matter`; body: its title), LineSaid (line; body:
     * what is said), LineTicked (line, seq, the member who has seen; 0: all). QP_ENEED: a path, as for a step. */
    const Qp__LineBody *body;
    struct { /* WHISPER */
        uint8_t line[QP_ID_LEN];
        const Qp__WhisperBody *body;
    } whisper;
    /* CIRCULAR: CircularSaid with period, from_us, to_us and the whole body, by, key, request; if_version: the number
     * of this node's last one. Or CircularJudged. QP_EVERSION, QP_EKEYREUSED, QP_EPOLICY, QP_ESTEP, QP_ERECOVER,
     * QP_EBIG. */
};

struct qp_input {
    enum qp_input_kind kind;
    uint8_t peer[QP_ID_LEN];
    union {
        struct qp_command command;
        struct {        /* COPY */
            bool alone; /* nobody of that child is connected beside it; the rest stands only then */
            uint8_t epoch[QP_ID_LEN];
            uint64_t head; /* its journal's */
        } copy;
        struct {
            uint8_t epoch[QP_ID_LEN];
            uint32_t lane;
            uint64_t position, after;
            struct qp_hash hash;
            bool handback;
            const uint8_t *bytes;
            size_t len;
        } parcel;
        struct {
            uint8_t epoch[QP_ID_LEN];
            const Qp__Greeting *greeting;
        } peer_open;
        struct {
            const Qp__Ack *ack;
        } ack; /* signature verified by the session */
        struct {
            const Qp__Chain *chain;
        } chain;
        struct {
            bool above;
        } handed_back; /* only what came from above that parent (K5) */
        struct {
            const Qp__Receipt *receipt;
        } receipt;
        struct {
            const Qp__Verdict *verdict;
        } verdict;
        struct {
            const Qp__Carry *carry;
        } carry;
        struct {
            uint8_t epoch[QP_ID_LEN];
            const uint8_t *bytes;
            size_t len;
            bool last;
            Qp__Head *const *heads; /* with last: the places of all that it told */
            size_t nheads;
        } ahead;
        struct {
            const Qp__Renew *renew;
        } renew;
        struct {
            const Qp__Welcome *welcome;
        } welcome;
        struct {
            const char *reason;
            int64_t until_us;
        } later;
    };
};

/* ---- what comes out; released only after the commit ---- */
enum qp_output_kind {
    QP_OUT_REPLY = 1, /* to a command */
    QP_OUT_ACK,       /* tell `peer` its committed positions; with rewind/full: it is to send again */
    QP_OUT_WAKE,      /* the queue of `peer` has something that it has not been passed already */
    QP_OUT_QUEUED,  /* this record has joined the queue of `peer`: may be delivered as soon as the journal is
                       committed */
    QP_OUT_ASK,     /* ask `peer` for a certificate, a path or a node */
    QP_OUT_REFUSED, /* tell `peer` that a parcel was refused (E6); with a verdict: for good, to be told on to
                       its origin. Must not get lost: without room the session ends, and a greeting brings it
                     */
    QP_OUT_RECEIPT, /* send this receipt to `peer`, a child */
    QP_OUT_AHEAD, /* to a child that has greeted: what came ahead from it and has not come again; then `last`
                   */
    QP_OUT_CARRY, /* pass this message on to `peer`; may be lost */
    QP_OUT_WHISPER, /* tell this node's own people on a line (peer: this node) */
    QP_OUT_END,     /* end the session of `peer`: revoked or superseded; refuse its key from now on */
    QP_OUT_WELCOME, /* tell this child, of the incarnation that it was, who it is from now on; that session is over */
    QP_OUT_LATER,   /* tell this child that it is not renewed now */
    QP_OUT_RENEWED, /* this node has another key from now on: the session of `peer` begins anew */
    QP_OUT_CHANGED, /* the set of children or keys that may dial has changed */
};
struct qp_reply {
    uint64_t ticket;
    int code; /* enum qp_error */
    char text[400];
    uint8_t matter[QP_ID_LEN];
    bool created;      /* 201, not 200 */
    uint64_t position; /* journal position of the horizon's parcel with it: for ?ack= */
    uint32_t lane;
    const Qp__Welcome *welcome; /* JOIN */
    const struct qp_sealed
        *sealed; /* PERSONAL: the record, where it is not in the vault here; in the turn's arena */
};
struct qp_output {
    enum qp_output_kind kind;
    uint8_t peer[QP_ID_LEN];
    union {
        struct qp_reply reply;
        struct {
            bool rewind, full;
        } ack;
        struct {
            uint8_t certificate[32];
            const char *path;
            const uint8_t *node;
        } ask; /* path and node NULL: a certificate */
        struct {
            int code;
            char reason[200];
            struct qp_header at;
            uint32_t lane; /* that stops with it: it stays at its sender and is sent again; 0: none does */
            const Qp__Verdict *verdict; /* signed, and then `at` is in it; NULL: only this once */
        } refused;
        const Qp__Receipt *receipt;
        const Qp__Carry *carry;
        struct {
            const uint8_t *line, *node; /* whose person whispers */
            int64_t at_us;
            const Qp__WhisperBody *body; /* in the turn's arena: a command's own is gone with its reply */
        } whisper;
        const Qp__Welcome *welcome;
        struct {
            int64_t until_us;
            char reason[200];
        } later;
        struct {
            uint32_t lane;
            uint64_t position;
            struct qp_hash hash;    /* of the record */
            struct qp_slice parcel; /* in the turn's arena or the input's: valid until either is reset */
            bool passed;            /* `peer` has been passed it already (qp_pass): there is no hurry */
        } queued;
        struct {
            struct qp_slice parcel;
            bool last;
            Qp__Head **heads;
            size_t nheads;
        } ahead;
    };
};
struct qp_outputs {
    struct qp_output *v; /* in the turn's arena: valid until the next qp_turn */
    size_t n, cap;
};

int qp_turn(struct qp_core *c, struct qp_txn *t, const struct qp_input *in, size_t n, int64_t now_us,
            const uint8_t seed[QP_SEED_LEN], struct qp_outputs *out, struct qp_err *e);
/* What a turn leaves must hold together (ledger/check.c); asked before the commit. QP_ECORRUPT: a contradiction, this build's
 * own fault. A debug build asks at each turn's end and ends on one. */
int qp_check_ledger(const struct qp_core *c, const struct qp_txn *t, struct qp_err *e);
/* Called in the middle of a turn, at most QP_AHEAD times: a parcel from below, for the horizon, that fits in
 * every respect but its signature, which is checked next; nothing of it is committed (L3, ahead.c). True: it
 * is on its way to the parent. Nothing else that the core does depends on the answer. If the turn is not
 * committed, qp_core_forget, and a new greeting of the parent. NULL, as at first: nothing goes ahead. */
typedef bool (*qp_pass)(void *arg, uint32_t lane, const struct qp_slice *parcel);
void qp_core_set_pass(struct qp_core *c, qp_pass pass, void *arg);
/* Where the secrets of the line keys are, borrowed; between turns, before the first. Without one nothing is said on lines. */
void qp_core_set_ring(struct qp_core *c, struct qp_ring *ring);
struct qp_ring *qp_core_ring(const struct qp_core *c); /* any thread */
/* What is wrong with the file of the line keys, with place and remedy; "": nothing. The driver says so where it cannot be opened,
 * qp_core_tend_ring where it cannot be written. Turn thread. */
void qp_core_ring_trouble(struct qp_core *c, const char *why);
const char *qp_core_ring_why(const struct qp_core *c);
/* Personal records whose time is over and that cannot be erased here (personal.c), as the last look at all of them found it: how
 * many, and why the first of them; "": none. Since when is when that time was over. Turn thread. */
const char *qp_core_unerased(const struct qp_core *c, uint64_t *n, int64_t *since_us);
/* Why a message from node to node was last dropped here (carry.c), and when; "": none since the start. Turn thread. */
const char *qp_core_dropped(const struct qp_core *c, int64_t *at_us);
/* After a commit: makes a spare key, overwrites those that have ended; almost always there is nothing to do. seed: 32 fresh
 * secret bytes. An error is no reason to stop: it is tried again after ten seconds, and until then said again. */
int qp_core_tend_ring(struct qp_core *c, int64_t now_us, const uint8_t seed[QP_SEED_LEN], struct qp_err *e);
/* When a QP_IN_TICK is next of use (deadline sweep, receipts): microseconds since 1970, INT64_MAX when never.
 */
int64_t qp_core_next_tick(const struct qp_core *c);

/* ---- the turn thread's own view ---- */
const struct qp_cert *qp_core_self(const struct qp_core *c);
struct qp_tree *qp_core_tree(struct qp_core *c);
const struct qp_zone *qp_core_zone(const struct qp_core *c);
const struct qp_hash *qp_core_root(const struct qp_core *c); /* the pinned fingerprint */
bool qp_core_recovering(const struct qp_core *c);
/* How much of what the neighbours hold is back here, `but` excepted (K5): what such a node can say of itself
 * to that one. ABOVE: what came from above the parent, with the certificates of all children. A node that is
 * not recovering has all. */
enum qp_back { QP_BACK_NOT = 0, QP_BACK_ABOVE = 1, QP_BACK_ALL = 2 };
enum qp_back qp_core_back(const struct qp_core *c, MDB_txn *tables, const uint8_t but[QP_ID_LEN]);
bool qp_core_silent(const struct qp_core *c); /* an old copy, or another copy went on: seals nothing (C5) */
/* An ancestor has said that this incarnation is no longer heard: revoked, quarantined, or it has a successor.
 * It takes no more work (QP_EOUT). *why: who says so and why; borrowed, until the next turn. */
bool qp_core_out(const struct qp_core *c, const char **why);
/* The kind: QP_EFORK (its key is quarantined, or this is an old copy), QP_ECLOSED (it has a successor), QP_EREVOKED; 0: it is
 * not out. */
int qp_core_out_code(const struct qp_core *c);

/* ---- going on as the next incarnation (E6; renew.c has the drawing) ---- */
const uint8_t *qp_core_sign_sk(const struct qp_core *c); /* what this incarnation signs with; borrowed */
struct qp_renewal_request {
    uint32_t incarnation;
    uint8_t sign_key[QP_PK_LEN], signature[QP_SIG_LEN], proof[QP_SIG_LEN];
};
/* True: the parent is to be asked, with this. */
bool qp_core_renewal(const struct qp_core *c, MDB_txn *tables, int64_t now_us, struct qp_renewal_request *r);
/* The parent has said: not before, and why; 0, "": it has not. Borrowed, until the next turn. */
void qp_core_renewal_later(const struct qp_core *c, int64_t *until_us, const char **why);
/* What a child that calls as a former incarnation, and was renewed, is told; in the turn's arena. NULL: it was not. */
const Qp__Welcome *qp_core_successor(struct qp_core *c, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                                     uint32_t incarnation);
struct qp_renewal { /* QP_T_RENEWAL: of this node, or of a child that it certified */
    uint8_t node[QP_ID_LEN];
    uint32_t times; /* without a person, since it last joined by a token */
    int64_t at_us;
    char because[QP_NOTE_BYTES + 1];
};
int qp_renewals_read(struct qp_read *r, struct qp_renewal *out, size_t cap, size_t *n); /* QP_EIO */

/* A certificate that was believed here, in the arena. NULL: QP_ENOTFOUND, or what qp_decode said. */
Qp__Certificate *qp_cert_raw(MDB_txn *tables, struct qp_store *s, const struct qp_hash *id,
                             struct qp_arena *a, struct qp_err *e);
bool qp_cert_known(MDB_txn *tables, struct qp_store *s, const struct qp_hash *id);
/* The chain of a certificate, itself first, root last; in the arena. NULL: one of them is not known here. */
Qp__Chain *qp_core_chain(struct qp_core *c, struct qp_txn *t, struct qp_read *r,
                         const struct qp_hash *certificate, struct qp_arena *a);
const char *qp_core_parent_endpoint(const struct qp_core *c); /* "" at the root */
/* May this CURVE key dial? Children certified and not revoked; join tokens, also used ones and for a
 * day expired ones, which are told so. *node: the
 * child's id; *invited: it is a token's key. */
bool qp_core_may_dial(const struct qp_core *c, const uint8_t link_key[QP_PK_LEN], int64_t now_us,
                      uint8_t node[QP_ID_LEN], bool *invited);

/* Is this the CURVE key of a child that was revoked, or of an incarnation that has a successor? Such a key
 * may dial only to be told so. */
bool qp_core_former(const struct qp_core *c, const uint8_t link_key[QP_PK_LEN], uint8_t node[QP_ID_LEN],
                    uint32_t *incarnation);
/* What it is told, signed, in the arena. NULL: no memory, or no such node. */
const Qp__Verdict *qp_core_farewell(const struct qp_core *c, const uint8_t node[QP_ID_LEN],
                                    uint32_t incarnation, int64_t now_us, struct qp_arena *a);

enum { QP_VERDICTS_GREETING = 256 }; /* that are said before the positions of a greeting */
/* What is refused of the chains to whose origins this neighbour leads, and that have no successor yet (E6): in the arena, the
 * neighbour's own first, at most `cap`. In the turn's thread. QP_EIO: they cannot be read, and no position may be stated. */
int qp_core_verdicts(const struct qp_core *c, struct qp_read *r, const uint8_t neighbour[QP_ID_LEN],
                     struct qp_arena *a, const Qp__Verdict **out, size_t cap, size_t *n);

void qp_core_metrics(const struct qp_core *c, struct qp_core_metrics *m); /* any thread */

#include "node/core/read.h"

#endif
