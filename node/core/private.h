/* private.h: the core's insides, shared by its own files only. core.h is the manual. */
#ifndef QP_NODE_CORE_PRIVATE_H
#define QP_NODE_CORE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "node/core/core.h"
#include "node/core/ledger/ledger.h"
#include "node/core/policy.h"
#include "topology/geo/index.h"

enum { QP_CLOCK_AHEAD_MS = 300000 };

/* The parcels of one destination and lane that this turn will seal. */
struct qp_group {
    uint8_t scope, lane;
    uint8_t to[QP_ID_LEN];
    struct qp_said **v;
    size_t n, cap;
};

/* One event that this node says, encoded once. */
struct qp_said {
    const Qp__Event *ev; /* NULL: said again, known already */
    struct qp_slice bytes;
    long reply; /* index of the output that waits for its position; -1 */
};

/* A neighbour's lane that was asked to send again: not asked twice in a second. */
struct qp_asked {
    uint8_t peer[QP_ID_LEN];
    uint32_t lane;
    int64_t at_us;
    unsigned times;
    bool open; /* nothing has come since */
    bool all;  /* everything was asked for: what comes now comes from the start */
};

/* How far the horizon holds one chain to it (L6). */
struct qp_due {
    uint8_t origin[QP_ID_LEN];
    uint32_t incarnation;
    uint32_t lane;
    uint64_t seq;
    struct qp_hash hash;
};

struct qp_dues {
    struct qp_due *v; /* malloc'd */
    size_t n, cap;
};

/* A node that came to a matter when this one may have said something of it that it was not told. */
struct qp_newcomer {
    uint8_t matter[QP_ID_LEN], node[QP_ID_LEN];
};

/* Neighbours whose queues are being made again. */
struct qp_refilling {
    uint8_t peer[QP_ID_LEN];
};
struct qp_refills {
    struct qp_refilling *v; /* malloc'd */
    size_t n, cap, turn;    /* turn: whose slice is next */
    bool looked;            /* since the start, or the last aborted turn */
    int64_t next_us;
};

/* Refusals that came before the certificate of who made them, which was asked for (verdict.c): a ring, the oldest gives way. */
struct qp_verdicts_waiting {
    struct {
        uint8_t peer[QP_ID_LEN], *bytes;
        size_t len;
    } v[16];
    size_t next;
};
/* Other nodes whose lines are to be looked at, of all of them where there was no room to name them. */
struct qp_line_walk {
    uint8_t node[16][QP_ID_LEN];
    size_t n;
    bool all;
};

struct qp_core {
    struct qp_store *store;
    const struct qp_keys *keys;
    struct qp_acceptance acceptance;
    struct qp_cert self, born;       /* as it is by now, and as its journal began */
    uint8_t sign_sk[QP_SIGN_SK_LEN]; /* self's: renew.c */
    struct qp_hash root;
    struct qp_zone *zone;
    struct qp_tree *tree;
    struct qp_where *where;     /* people on duty, in memory alone (node/field/where.h) */
    struct qp_geo_keeper grids; /* which grid is where, for other threads (ground.h) */
    void *kept[8];              /* the state of each projector (projector.h) */
    struct qp_vault *vault;     /* lent; NULL: none */
    struct qp_fetch *fetch;     /* fetch.c; NULL without a vault */
    struct qp_heard *heard;     /* heard.c; likewise */
    struct qp_heard *whispered; /* of whispers, which may be overtaken on their way */
    struct qp_pulls *pulls;     /* pull.c; NULL: there is no folder of files */
    struct qp_mends *mends;     /* mend.c */
    int64_t carried_us;         /* of the newest message of this node's (carry_send.c) */
    int64_t dropped_us;         /* when one was last dropped here; 0: none */
    char dropped_why[QP_REASON_BYTES + 1];
    uint64_t unerased; /* records over their time that cannot be erased (personal.c) */
    int64_t unerased_us;
    char unerased_why[QP_REASON_BYTES + 1];
    struct qp_pending *pending; /* rows changed in this turn; belongs to the first of them */
    struct qp_arena *arena;     /* of the turn */
    char parent_endpoint[256];
    uint64_t counter; /* of the last event said in this incarnation */
    uint64_t clock;   /* hybrid: the highest sealed or seen */
    bool recovering, silent, parent_back;
    enum qp_time_word time_word;
    bool stopped;     /* a chain of its is refused above: it asks for its next incarnation (renew.c) */
    bool resaying;    /* what was not held is said again (resay.c) */
    int64_t later_us; /* the parent said: not before */
    char later_why[QP_REASON_BYTES + 1];
    bool out; /* an ancestor said that this incarnation is no longer heard (verdict.c) */
    int out_code;
    char out_why[QP_PATH_MAX + 304];
    qp_pass pass; /* what passes a parcel on to the parent ahead of the commit; NULL */
    void *pass_arg;
    unsigned passed;    /* in this turn */
    bool opened;        /* whether it was told is known */
    bool told, telling; /* the parent has told what came ahead to it (ahead.c); it did so in the last turn */
    int64_t next_tick_us;
    struct qp_dues due, next_due; /* receipts for the next turn to sign; what the last turn put off to it */
    bool due_signed;              /* the last turn signed those that were due */
    struct qp_asked asked[64];    /* a ring; forgetting one only costs a repeated question */
    size_t asked_next;
    struct qp_verdicts_waiting verdicts_waiting;
    struct qp_refills refills;
    struct qp_in_force *in_force; /* policy.c; NULL: no policy was ever said */
    pthread_mutex_t in_force_lock;
    uint64_t policy_changes; /* how often in_force was changed */
    int64_t urge_hold_us;    /* QP_URGE_HOLD_S; tests make it shorter */
    bool lines_idle; /* nothing waits on any line (line_wait.c): no event need be asked for it; false: look */
    int64_t written_us;   /* of the journal's last record at the opening; 0: not known */
    struct qp_ring *ring; /* the line keys' secrets; borrowed; NULL: none, and nothing is said on lines */
    bool ring_due;        /* a key was taken into use, or has ended: the driver tends the ring */
    int ring_code;        /* it could not be written, for this reason; 0: it could, or was not tried */
    char ring_why[QP_REASON_BYTES + 1]; /* what is wrong with it; "": nothing */
    int64_t ring_again_us;              /* when it is tried again */
    int64_t line_due_us;                /* when a line key is next due; 0: look at everything */
    struct qp_line_walk line_walk;      /* whose lines are looked at one by one (line_tick.c) */
    bool policy_stale;                  /* the table knows a policy that in_force is not made of yet */
    bool ordered;       /* an order from above may wait to be made this node's own (ground.c) */
    bool policy_untold; /* whether those above know what has been heard here is to be looked at */
    struct {
        _Atomic uint64_t
#define X(n, help) n,
            QP_CORE_COUNTERS(X) unused_;
#undef X
    } count;
};
/* Whoever walks over all matters in one turn writes and gives back their rows so often. */
enum { QP_ROWS_AT_ONCE = 4096 };
/* Errors that end the turn; every other belongs to the one thing that was tried. */
static inline bool qp_ends_turn(int code)
{
    return code == QP_EIO || code == QP_ECORRUPT || code == QP_EFULL || code == QP_ENOMEM;
}
#define QP_COUNT(c, what) atomic_fetch_add_explicit(&(c)->count.what, 1, memory_order_relaxed)

/* One turn's working state; on the stack of qp_turn. */
struct qp_work {
    struct qp_core *c;
    struct qp_txn *t;
    struct qp_matters m;
    struct qp_drbg rnd;
    int64_t now_us;
    struct qp_outputs *out;
    struct qp_group groups[64]; /* horizon bulk, horizon urgent first; more spill into `more` */
    size_t ngroups;
    struct qp_group *more;
    size_t nmore, capmore;
    uint8_t (*offers)[QP_ID_LEN]; /* matters whose offer or withdrawal may concern this node */
    size_t noffers, capoffers;
    struct qp_newcomer
        *newcomers; /* whom others brought to a matter of which this node has said something (beside.c) */
    size_t nnewcomers, capnewcomers;
    const Qp__Event **circles; /* that were told of in this turn by others (ring.c): nobody tells again */
    size_t ncircles, capcircles;
    const Qp__DeskMade **desks; /* that stand here and have duties, read once a turn (proposed.c) */
    size_t ndesks;
    bool desks_read;
    struct qp_due *receipts; /* at the root; the first of them, from the last turn, are signed in this one */
    size_t nreceipts, capreceipts, signs;
    struct qp_depth *depths;
    unsigned queued;   /* QP_OUT_QUEUED said so far: a few; a loaded turn goes by the queue */
    const uint8_t *to; /* whom the parcel that is being projected is for; NULL: no single node, or none */
    bool above;        /* it is one for the horizon, from another node */
    bool
        again; /* in a replay: the event that is being projected was said again (resay.c), and applied when it was first said */
    bool passed;   /* the record that is being routed went ahead */
    bool behind;   /* one for the parent did not: nothing may pass it */
    bool learned;  /* a certificate was new: what it signs could not be handed back if it is lost */
    bool refilled; /* a queue has more than the hints say: nothing goes ahead of it */
    size_t first[128], firsts; /* outputs that are said once a turn: WAKE, ACK, END, CHANGED */
};

static inline bool qp_same(const uint8_t a[QP_ID_LEN], const uint8_t b[QP_ID_LEN])
{
    return memcmp(a, b, QP_ID_LEN) == 0;
}
extern const uint8_t qp_nobody[QP_ID_LEN];
/* The neighbour through which a node lies; NULL: it is here, or unknown. */
static inline const struct qp_place *qp_next_of(const struct qp_core *c, const uint8_t node[QP_ID_LEN])
{
    bool unknown;
    return qp_tree_next(c->tree, node, &unknown);
}
static inline bool qp_is_child(const struct qp_core *c, const struct qp_place *p)
{
    return p && p->parent && qp_same(p->parent->cert.node, c->self.node);
}

/* ---- work.c: what a turn gathers for its end ---- */
struct qp_output *qp_out(struct qp_work *w, enum qp_output_kind kind, const uint8_t peer[QP_ID_LEN]);
void qp_out_once(struct qp_work *w, enum qp_output_kind kind,
                 const uint8_t peer[QP_ID_LEN]); /* WAKE, CHANGED, END, RENEWED: no repeats */
void qp_out_ack(struct qp_work *w, const uint8_t peer[QP_ID_LEN], bool rewind, bool full);
/* Asks a neighbour for a certificate that it must have known (L5). QP_ENOMEM. */
int qp_ask_certificate(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const struct qp_hash *id);
int qp_note_offer(struct qp_work *w,
                  const uint8_t matter[QP_ID_LEN]); /* answers.c looks at it in this turn */

/* ---- project.c: what a journal record does to the tables ---- */
/* p is the record's parcel. For every record of the journal, in order; also used at once when one is
 * appended. */
int qp_project(struct qp_work *w, const struct qp_record *r, const struct qp_parcel *p,
               Qp__Event *const *events, struct qp_err *e);
int qp_project_event(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                     int64_t received_us, struct qp_err *e);
int qp_replay(struct qp_work *w, uint64_t position, struct qp_err *e);
/* QP_ECORRUPT, with what to do: said of a record without which no node can start. */
int qp_record_lost(uint64_t position, struct qp_err *e);

#include "node/core/queues.h"

/* ---- admit.c ---- */
int qp_admit(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_on_ahead(struct qp_work *w, const struct qp_input *in, struct qp_err *e);

/* ---- ahead.c: parcels that are passed on before the commit (L3) ---- */
bool qp_ahead_wanted(const struct qp_work *w,
                     size_t len); /* can anything go ahead now? Asked first: it is cheap */
void qp_ahead_pass(struct qp_work *w, const struct qp_parcel *p, const struct qp_slice *bytes);
bool qp_ahead_plain(Qp__Event *const *events, size_t n); /* nothing about custody or nodes in it */
bool qp_ahead_room(const struct qp_peer_entry *p);
int qp_ahead_note(struct qp_work *w, const uint8_t child[QP_ID_LEN], const uint8_t epoch[QP_ID_LEN],
                  uint64_t position, const struct qp_hash *id, struct qp_err *e); /* it came ahead */
int qp_ahead_again(struct qp_work *w, const uint8_t child[QP_ID_LEN], const struct qp_hash *id,
                   struct qp_err *e); /* and has come again, committed there */
int qp_ahead_back(struct qp_work *w, const struct qp_parcel *p, uint64_t position,
                  struct qp_err *e); /* the parent told it: the child that had brought it may lack it too */
int qp_ahead_tell(struct qp_work *w, const uint8_t child[QP_ID_LEN], struct qp_err *e);
bool qp_ahead_held(struct qp_work *w, Qp__Head *const *heads, size_t n); /* is all that was told here? */
int qp_ahead_begin(struct qp_work *w, struct qp_err *e);                 /* of a turn */
bool qp_ahead_told(const struct qp_core *c); /* nothing of this node's relaying is missing here */

/* ---- effects.c: what an event that names no matter does ---- */
void qp_facts_complete(
    void); /* asserts that each kind of event has what it does: there, or of a matter in matter/lifecycle.c */
int qp_node_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

/* ---- learned.c: certificates that come, and whether they are believed ---- */
/* Is the certificate of this Enrolled its origin's to give (C0)? 0: yes, it is in *c. QP_ENOTFOUND: the key
 * that signed it is not known here, so that nobody can say. Else it is a lie, and *e says which. */
int qp_enrolled_judge(struct qp_work *w, const Qp__Event *ev, struct qp_cert *c, struct qp_err *e);
/* L7: how many nodes may be enrolled below one child; 0: no bound. Where nobody states it a quarter of what the node above lets be
 * below this one: else one child that fills its share here fills this node's there, and all that comes by way of here waits. */
uint32_t qp_child_nodes(const struct qp_core *c);
/* One that was checked, into the tables and the tree. */
int qp_cert_keep(struct qp_work *w, const struct qp_cert *c, const Qp__Certificate *raw, struct qp_err *e);
int qp_learn(struct qp_work *w, const Qp__Chain *chain, struct qp_err *e); /* a chain that was checked */
int qp_on_chain(struct qp_work *w, const struct qp_input *in, struct qp_err *e);

/* ---- may.c: may its origin say this? ---- */
/* NULL: yes, as far as the tree and the matter's members say; else why not, as a sentence. What may not be said
 * is kept, and has no effect. */
const char *qp_event_may(struct qp_work *w, const Qp__Event *ev);
/* What is said of a matter: kept in any case, without effect where its origin may not say it. */
int qp_hear_matter(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                   int64_t received_us, enum qp_outcome *o, struct qp_err *e);
/* Is its origin above somebody who has or had to do with its matter, as far as that is known here? */
bool qp_event_from_above(struct qp_work *w, const Qp__Event *ev);

/* ---- draft.c: from a caller's draft to what this node says ---- */
/* A copy in the arena, with this node's origin, counter and time; the draft is not written to, since a command
 * may be tried again in a later turn. NULL: no memory. */
Qp__Event *qp_adopt(struct qp_work *w, const Qp__Event *draft);
/* Somebody names a place that is not in this node's tree: says so, with `code` where it can be nowhere, QP_ENEED where the nodes
 * above may know it (node/cli/drive.c asks them, and answers then). */
int qp_nobody_there(const struct qp_core *c, const char *field, const char *path, int code, struct qp_err *e);
/* Decides, applies and says one event. *said may be NULL. */
/* who: asks for it (node/matter/may.h); NULL: the node itself. */
int qp_step(struct qp_work *w, Qp__Event *ev, const struct qp_asker *who, int64_t if_version,
            struct qp_said **said, struct qp_err *e);
/* A comment of the node itself ("policy"). key: the same one again is no second comment; NULL: none. */
int qp_comment(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *text, const char *key,
               struct qp_err *e);
/* ... that tells of a circle of merges; it is in the arena. */
int qp_comment_circle(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *text, const char *key,
                      ProtobufCBinaryData *circle, size_t n, struct qp_err *e);
/* Says and applies a fact that does not travel; checked against every bound first. */
int qp_say_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_say_fact_up(struct qp_work *w, const Qp__Event *ev,
                   struct qp_err *e); /* of one that goes to the horizon */

/* ---- step.c: what people do with matters ---- */
/* 0: its key or its source_ref made r->matter before. QP_ENOTFOUND: it is new. */
int qp_seen_before(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
int qp_open_matter(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_said **said,
                   struct qp_err *e);
int qp_other_step(struct qp_work *w, const struct qp_command *cmd, struct qp_said **said, struct qp_err *e);

/* ---- asker.c: who asks, and which matters there are for him ---- */
/* DE2: whether he sees it; whether he acts on it. Without who asks, the node itself: yes. */
bool qp_asker_sees(const struct qp_asker *who, const Qp__Row *row);
bool qp_asker_acts(const struct qp_asker *who, const Qp__Row *row);
/* The row of a matter as it stands in this turn, for whoever asks (NULL: the node itself). QP_ENOTFOUND: it is not known
 * here, or lies outside of what he sees: the same sentence (DE2), behind `field` and a colon if one is named. */
int qp_row_seen(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                const char *field, Qp__Row **row, struct qp_err *e);

/* ---- proposed.c: what a report does not say (proposed.h); down: it is offered down at once ---- */
int qp_propose(struct qp_work *w, Qp__Face *f, bool down, struct qp_err *e);

/* ---- enrol.c: into the tree and out of it ---- */
int qp_invite(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e);
int qp_join(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
int qp_revoke(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e);

/* ---- answers.c: what is answered without a person ---- */
int qp_answer_offers(struct qp_work *w, struct qp_err *e);
int qp_ring_told(struct qp_work *w,
                 const Qp__Event *ev); /* a comment of another node: is it about a circle? */
int qp_untie_rings(struct qp_work *w, struct qp_err *e); /* ring.c: before it, which forgets what was heard */

/* ---- command.c ---- */
int qp_on_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_said **first,
                  struct qp_err *e);

/* ---- audit.c ---- */
struct qp_asker;
/* Says one entry, up; what `said` points to is kept by the turn's arena or longer. who NULL: the node itself. */
int qp_audit_say(struct qp_work *w, const struct qp_asker *who, const Qp__Audited *said, struct qp_err *e);
/* The same of a thing: "users", "wang"; either may be "". */
int qp_audit_on(struct qp_work *w, const struct qp_asker *who, unsigned what, const char *kind,
                const char *id, struct qp_err *e);
int qp_on_audit(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e);

/* ---- carry.c ---- */
int qp_on_carry(struct qp_work *w, const struct qp_input *in, struct qp_err *e);

/* ---- carry_send.c ---- */
/* What is signed of a message. */
void qp_carry_words(struct qp_hash *out, const Qp__Carry *c);
/* To the next one on its way, as it is. QP_ENOMEM. */
int qp_carry_put(struct qp_work *w, const struct qp_place *next, const Qp__Carry *c, struct qp_err *e);
/* Signs it and sends it on its way; released after the commit, may be lost. QP_ENOTFOUND: nobody here knows the way. */
int qp_carry_send(struct qp_work *w, const uint8_t to[QP_ID_LEN], Qp__Carried *said, struct qp_err *e);

/* ---- resource.c ---- */
int qp_on_resource(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
int qp_resource_again(struct qp_work *w, const Qp__Event *old, struct qp_reply *r, struct qp_err *e);

/* ---- again.c: what a former incarnation of this node said and nobody else holds (E6) ---- */
/* The key of the comment that tells of an event that is not said again. */
enum { QP_AGAIN_WORDS = 8, QP_AGAIN_KEY = 6 + 2 * QP_EVENT_ID_LEN + 1 + 2 * QP_AGAIN_WORDS + 1 };
void qp_again_key(char key[QP_AGAIN_KEY], const Qp__Event *old, const struct qp_slice *bytes);
int qp_again_note(struct qp_work *w, const Qp__Event *old, const struct qp_slice *bytes, struct qp_err *e);
int qp_say_old(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
void qp_again_complete(void); /* asserts that again_fact.c knows each kind of event that is of no matter */
/* again_fact.c: the same of what is of no matter. QP_ENOTFOUND: nobody has it, and only people can say it again. */
int qp_say_old_fact(struct qp_work *w, const Qp__Event *ev, const struct qp_slice *bytes, struct qp_reply *r,
                    struct qp_err *e);

/* ---- policy.c ---- */
void qp_policy_change(struct qp_core *c, struct qp_in_force *f); /* takes it over; NULL: none */
/* Makes what holds of what the tables hold, if that is not what is held already. */
int qp_policy_refresh(struct qp_core *c, MDB_txn *tables, struct qp_err *e);
int qp_policy_heed(struct qp_work *w, struct qp_err *e); /* the same, where something was said in this turn */
int qp_policy_hear(struct qp_work *w, const Qp__Event *ev, struct qp_err *e); /* the fact, also in a replay */
int qp_policy_tell(struct qp_work *w, struct qp_err *e); /* PolicyHeard, where it is not said yet */
int qp_policy_say(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
/* weigh.c: of the first n layers, in the order of the chain. *out NULL: nothing holds. `last`: what the last of them
 * says beside those above it; may be NULL. QP_ENOMEM. */
int qp_policy_fold(MDB_txn *tables, struct qp_store *s, const struct qp_policy_layers *l, size_t n,
                   struct qp_policy **out, struct qp_changes *last, struct qp_err *e);

/* ---- circular.c ---- */
int qp_circular_hear(struct qp_work *w, const Qp__Event *ev, struct qp_err *e); /* facts, also in a replay */
int qp_circular_judged(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_circular_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r,
                        struct qp_err *e);

/* ---- seal.c ---- */
/* A fresh event of this node, in the arena: origin, incarnation, counter, time. */
Qp__Event *qp_event_new(struct qp_work *w, const char *by);
struct qp_said *qp_say(struct qp_work *w, const Qp__Event *ev); /* encodes; the groups follow */
int qp_say_to(struct qp_work *w, struct qp_said *s, uint8_t scope, const uint8_t to[QP_ID_LEN], uint8_t lane);
int qp_say_local(struct qp_work *w, const Qp__Event *ev, struct qp_err *e); /* applies it too */
struct qp_said *qp_say_bytes(struct qp_work *w, const Qp__Event *ev,
                             const struct qp_slice *bytes); /* encoded already; copied */
int qp_say_matter(struct qp_work *w, const Qp__Event *ev, const Qp__Face *face,
                  struct qp_said **said); /* horizon and every member (E2) */
int qp_say_members(struct qp_work *w, struct qp_said *s, const Qp__Face *face); /* the same, said already */
int qp_seal_all(struct qp_work *w, struct qp_err *e);

/* ---- beside.c: what this node said beside a matter, to those who came later (ST4, CI1, CL5) ---- */
int qp_beside_note(struct qp_work *w, const Qp__Event *ev, struct qp_err *e); /* another's event was heard */
int qp_beside_tell(struct qp_work *w, struct qp_err *e);                      /* in a turn only */

/* ---- vouch.c ---- */
/* Says the evidence for the matter's holder, this node, in the matter's lane: to horizon and members, or to
 * `only` one. */
int qp_vouch(struct qp_work *w, const Qp__Face *face, const uint8_t *only, struct qp_err *e);
/* One piece of evidence, decoded: said by whom it says, about the matter of the Vouched that it is in, and about
 * custody. Whether it was signed so, by that certificate, is the second. */
bool qp_vouched_event(const Qp__Event *outer, const Qp__ProofParcel *p, Qp__Header **h, Qp__Event **said,
                      struct qp_arena *a);
bool qp_vouched_signed(const Qp__ProofParcel *p, const Qp__Header *h, const struct qp_cert *c);
/* Applies the events in a Vouched. *moved: one of them changed the row. */
int qp_vouched(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index, int64_t received_us,
               bool *moved, struct qp_err *e);
/* A certificate that the evidence needs and that is not known here (L5). */
bool qp_vouch_lacks(struct qp_work *w, const Qp__Event *ev, struct qp_hash *certificate);

/* ---- verdict.c: refusals that reach their origin (E6) ---- */
Qp__Verdict *qp_verdict_new(struct qp_work *w, const struct qp_parcel *p, int code, const char *reason,
                            uint32_t event); /* signed here; NULL: no memory */
/* Journals one and tells the next neighbour towards its origin. proof: NULL, or the parcel's header and
 * signature. */
int qp_verdict_journal(struct qp_work *w, Qp__Verdict *v, const uint8_t peer[QP_ID_LEN],
                       const ProtobufCBinaryData *proof, struct qp_err *e);
int qp_verdict_keep(struct qp_work *w, const Qp__Verdict *v,
                    struct qp_err *e); /* the fact, also in a replay */
int qp_on_verdict(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
/* Those whose certificate was not known here and was asked for: kept, in memory alone, until a chain brings it. */
int qp_verdicts_look(struct qp_work *w, struct qp_err *e); /* after a chain: those that have theirs now */
void qp_verdicts_forget(struct qp_core *c);
/* Is this place of its chain, or one before it, refused here or by anybody who told? */
bool qp_verdict_covers(MDB_txn *tables, struct qp_store *s, const struct qp_header *h, struct qp_arena *a);
/* On an error the standing stays as it was. */
int qp_standing_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e);

/* ---- verdict_tell.c ---- */
int qp_verdict_tell(struct qp_work *w, const Qp__Verdict *v, const uint8_t neighbour[QP_ID_LEN],
                    struct qp_err *e);
/* By the turn of a greeting: all that stand. The link leaves out what it has said before that greeting (link/verdicts.c): left are
 * those that there was no room for or that came up meanwhile, and all of them for a neighbour of an older link version. */
int qp_verdicts_for(struct qp_work *w, const uint8_t neighbour[QP_ID_LEN], struct qp_err *e);

/* ---- recover.c ---- */
int qp_echo(struct qp_work *w, const struct qp_parcel *p, Qp__Event *const *events, const struct qp_record *r,
            struct qp_err *e);
int qp_recover_check(struct qp_work *w, struct qp_err *e);
int qp_recovered(struct qp_work *w,
                 struct qp_err *e); /* the fact, also in a replay: it is over, what it noted goes */
int qp_on_handed_back(struct qp_work *w, const struct qp_input *in, struct qp_err *e);

/* ---- receipt.c ---- */
int qp_receipt_due(struct qp_work *w, const struct qp_parcel *p);
int qp_receipts_begin(struct qp_work *w, struct qp_err *e); /* those that the last turn put off */
int qp_receipts_out(struct qp_work *w, struct qp_err *e);
int64_t qp_receipts_wait(const struct qp_work *w); /* until when the others may be put off */
void qp_receipts_forget(struct qp_core *c);
void qp_receipts_close(struct qp_core *c);
int qp_on_receipt(struct qp_work *w, const struct qp_input *in, struct qp_err *e);
int qp_receipts_for(struct qp_work *w, const uint8_t child[QP_ID_LEN], struct qp_err *e);

/* ---- turn.c ---- */
void qp_work_begin(struct qp_work *w, struct qp_core *c, struct qp_txn *t, int64_t now_us,
                   const uint8_t seed[QP_SEED_LEN], struct qp_outputs *out);
int qp_work_finish(struct qp_work *w,
                   struct qp_err *e); /* flushes the projectors, notes the position and the counters */
int qp_meta_load(struct qp_core *c, MDB_txn *tables);

#endif
