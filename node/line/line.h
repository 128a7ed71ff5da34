/* line.h: lines: what a node keeps of them, and what is said on one, sealed and opened. Rules LI1 to LI9: RULES.md.
 *
 *   said here ──► sealed (body.c) ─┐                                     ┌─► row, message, marks (fact.c)
 *   came      ──────────────────────┴─► an event in the journal, sealed ─┤
 *                                                                        └─► what is due to whom (table.c): ticks,
 *   read: message ─► journal ─► own wrap ─► ring (ring.h) ─► text            keys, messages to be sealed again
 *
 * No text is in a table: a message's row says where in the journal it stands, and the ring has what opens it.
 *
 * Everything here works in the caller's transaction: the turn's own, or a reader's. Facts are the same in a turn and in a
 * replay; nothing here reads a clock or draws a random byte. */
#ifndef QP_NODE_LINE_LINE_H
#define QP_NODE_LINE_LINE_H

#include "node/line/ring.h"
#include "node/store/store.h"
#include "proto/codec.h"
#include "proto/events.h"

enum {
    QP_LINE_LINES = 4096, /* that one other node may have opened with this one (LI8) */
    QP_LINE_WAIT = 500,   /* words of one node that wait on one line (LI8) */
};

struct qp_line_db {
    MDB_txn *tables;
    struct qp_store *store;
    struct qp_arena *a;
    const uint8_t *self; /* this node */
};

/* ---- body.c: sealed, opened ---- */
/* A message's own key of `seed`, and the body under it, both into the arena. *key: QP_KEY_LEN bytes. QP_EBIG: the body is
 * larger than QP_LINE_BODY. QP_ENOMEM. said: line and n are set; sealed is filled. */
int qp_line_seal(Qp__LineSaid *said, const uint8_t node[QP_ID_LEN], const Qp__LineBody *body,
                 struct qp_drbg *rnd, uint8_t key[QP_KEY_LEN], struct qp_arena *a, struct qp_err *e);
/* One more that may open it. NULL: no memory. */
Qp__LineWrap *qp_line_wrap(const uint8_t node[QP_ID_LEN], const uint8_t pk[QP_PK_LEN],
                           const uint8_t key[QP_KEY_LEN], struct qp_drbg *rnd, struct qp_arena *a);
/* The wrap for that node; NULL: there is none. */
const Qp__LineWrap *qp_line_wrap_of(const Qp__LineSaid *said, const uint8_t node[QP_ID_LEN]);
/* A message's key by this node's wrap. QP_ENOTFOUND: none, or its line key is gone; QP_ESIG. */
int qp_line_key_of(struct qp_ring *ring, const Qp__LineSaid *said, const uint8_t self[QP_ID_LEN],
                   uint8_t key[QP_KEY_LEN]);
/* speaker: the event's origin. QP_ESIG: it is not what its speaker sealed. */
int qp_line_unseal(Qp__LineBody **body, const Qp__LineSaid *said, const uint8_t speaker[QP_ID_LEN],
                   const uint8_t key[QP_KEY_LEN], struct qp_arena *a, struct qp_err *e);

/* ---- whisper.c: what is whispered (LI7): kept nowhere, sealed for one node as a message's key is ---- */
/* The whisper to a node with that line key, in the arena. Bound to line, speaker and hearer. QP_EBIG: more than QP_WHISPER_BODY.
 * QP_EINVAL names the field. QP_ENOMEM. */
int qp_whisper_seal(Qp__Whisper **out, const uint8_t line[QP_ID_LEN], const uint8_t speaker[QP_ID_LEN],
                    const uint8_t to[QP_ID_LEN], const uint8_t pk[QP_PK_LEN], const Qp__WhisperBody *body,
                    struct qp_drbg *rnd, struct qp_arena *a, struct qp_err *e);
/* QP_ENOTFOUND: it is for another node, or its line key is gone. QP_ESIG: it is not what that speaker sealed. */
int qp_whisper_open(Qp__WhisperBody **body, const Qp__Whisper *w, const uint8_t speaker[QP_ID_LEN],
                    const uint8_t self[QP_ID_LEN], struct qp_ring *ring, struct qp_arena *a);
/* Whether a newer one makes it void. */
bool qp_whisper_newest(uint32_t word);

/* ---- read.c: a message's event in the journal, and its text ---- */
struct qp_line_message;
/* Whatever stands there. QP_ENOTFOUND: the record is damaged. QP_EIO, QP_ENOMEM: as below. */
int qp_line_event_at(const struct qp_line_db *db, MDB_txn *journal, uint64_t position, uint32_t index,
                     Qp__Event **ev);
/* n: which of its speaker's; position, index: where it stands. QP_ENOTFOUND: the record is damaged. QP_EIO, QP_ENOMEM: that
 * cannot be told, and must not be taken for damage. */
int qp_line_event(const struct qp_line_db *db, MDB_txn *journal, const uint8_t line[QP_ID_LEN], uint64_t n,
                  uint64_t position, uint32_t index, Qp__Event **ev);
enum qp_line_text {
    QP_LINE_OPEN = 1, /* *body is it */
    QP_LINE_ERASED,   /* its time was over (LI5) */
    QP_LINE_CLOSED,   /* the key went with a disk: it opens when its speaker's node seals it again (LI6) */
    QP_LINE_FALSE,    /* it is not what its speaker's node says that it is */
    QP_LINE_DAMAGED,  /* the journal's record is (S5); *ev is NULL */
    QP_LINE_UNREAD,   /* it could not be read just now; *ev is NULL */
};
enum qp_line_text qp_line_text(const struct qp_line_db *db, MDB_txn *journal, struct qp_ring *ring,
                               const uint8_t line[QP_ID_LEN], const struct qp_line_message *m, Qp__Event **ev,
                               Qp__LineBody **body);

/* ---- table.c: rows ---- */
/* A line. QP_ENOTFOUND. */
int qp_line_get(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], Qp__LineRow **row);
int qp_line_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const Qp__LineRow *row,
                struct qp_err *e);
/* The next older line than `before` (NULL: the newest), by opening. QP_ENOTFOUND: that was all. */
int qp_line_next(const struct qp_line_db *db, const uint8_t *before, uint8_t line[QP_ID_LEN],
                 Qp__LineRow **row);
bool qp_line_has(const Qp__LineRow *row, const uint8_t node[QP_ID_LEN]); /* is a member there? */

struct qp_line_message {
    uint64_t seq, n;
    uint8_t node[QP_ID_LEN]; /* whose people said it */
    int64_t at_us, received_us;
    uint64_t position; /* of its event in the journal; 0: said in this very turn */
    uint32_t index;
    uint8_t key[QP_LINE_KEY]; /* this node's line key that opens it */
};
/* A message's name, the same at every node. */
void qp_line_message_id(uint8_t id[QP_ID_LEN], const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                        uint64_t n);
/* The first with a seq above `after`. QP_ENOTFOUND. */
int qp_line_message_next(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], uint64_t after,
                         struct qp_line_message *m);
int qp_line_message_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                        const struct qp_line_message *m, struct qp_err *e);
/* Which of this node's seqs a node's n-th has; 0: the line's title. QP_ENOTFOUND: it is not known here. */
int qp_line_seq(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                uint64_t n, uint64_t *seq);
int qp_line_seq_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                    uint64_t n, uint64_t seq, struct qp_err *e);

/* How this node and another stand on one line. */
struct qp_line_with {
    uint64_t sent;      /* of what was said here: sealed for it, and said to it, up to this n */
    uint64_t delivered; /* ... and committed there, as it says; of one message: qp_line_delivered */
    uint64_t high;      /* of what it said: the highest n that is known here */
    uint64_t last;      /* ... that can be opened here */
    uint64_t told;      /* ... which it was told */
    uint32_t losses;    /* of its keys, that `sent` was counted after: it begins at 0 again with each */
};
/* Zeros where there is nothing. */
void qp_line_with(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t line[QP_ID_LEN],
                  struct qp_line_with *w);
int qp_line_with_put(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN],
                     const uint8_t line[QP_ID_LEN], const struct qp_line_with *w, struct qp_err *e);

/* Another node, whatever the lines that are shared with it. */
struct qp_line_peer {
    bool known; /* its line key is */
    uint8_t pk[QP_PK_LEN];
    uint32_t incarnation;
    bool wanted;               /* this node's people opened a line with it, or spoke on one */
    bool was_told;             /* this node's own key ... */
    uint8_t told[QP_LINE_KEY]; /* ... namely this one */
    uint32_t opened;           /* lines that it has opened with this node */
    uint32_t losses; /* how often all that is held here had to be sealed for it from the beginning */
    bool lost;       /* it has to be once more ... */
    int64_t lost_us; /* ... an hour after this at the earliest: when it last had to */
};
bool qp_line_peer(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], struct qp_line_peer *p);
int qp_line_peer_put(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const struct qp_line_peer *p,
                     struct qp_err *e);

/* One of this node's own keys. */
struct qp_line_key {
    uint8_t pk[QP_PK_LEN];
    uint32_t incarnation;
    int64_t from_us, replaced_us; /* 0: it is the present one, or was when its disk was lost */
    bool gone;                    /* what it opens went with a disk */
    bool ended;                   /* its time was over (LI5) */
    bool lost; /* those before it were gone when it was taken into use: who said something seals it again */
};
bool qp_line_key(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY], struct qp_line_key *k);
int qp_line_key_put(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY], const struct qp_line_key *k,
                    struct qp_err *e);
bool qp_line_key_stands(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY]);
/* For qp_ring_tend; arg: struct qp_line_db. */
enum qp_ring_use qp_line_key_use(void *db, const uint8_t name[QP_LINE_KEY]);
/* The one that was announced last. False: none ever was. *used: something was sealed to it. */
bool qp_line_present(const struct qp_line_db *db, uint8_t name[QP_LINE_KEY], bool *used);
int qp_line_present_put(const struct qp_line_db *db, const uint8_t name[QP_LINE_KEY], bool used,
                        struct qp_err *e);
/* The next own key that opens something, after `after` (NULL: the first). */
bool qp_line_key_next(const struct qp_line_db *db, const uint8_t *after, uint8_t name[QP_LINE_KEY],
                      struct qp_line_key *k);

/* How far a member has seen what a node said. */
uint64_t qp_line_seen(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                      const Qp__LineMember *member, const uint8_t speaker[QP_ID_LEN]);
int qp_line_seen_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const Qp__LineMember *member,
                     const uint8_t speaker[QP_ID_LEN], uint64_t upto, struct qp_err *e);
/* Up to which of this node's seqs one of its own members has seen all. */
uint64_t qp_line_read(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                      const Qp__LineMember *member);

/* What an idempotency key of a caller did. QP_ENOTFOUND: nothing yet; QP_EKEYREUSED: with another request. */
int qp_line_by_key(const struct qp_line_db *db, const Qp__Event *ev, uint8_t line[QP_ID_LEN], uint64_t *seq,
                   struct qp_err *e);
int qp_line_by_key_put(const struct qp_line_db *db, const Qp__Event *ev, const uint8_t line[QP_ID_LEN],
                       uint64_t seq, struct qp_err *e);

/* ---- due.c: what this node owes others: its key (line zeros), ticks, messages to be sealed again ---- */
/* Looks at it again: noted or no longer. Called wherever one of its causes has changed. */
int qp_line_due(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t line[QP_ID_LEN],
                struct qp_err *e);
int qp_line_due_all(const struct qp_line_db *db,
                    struct qp_err *e); /* the own key is another now: to every peer */
/* The first behind (node, line), both NULL: the first of all. */
bool qp_line_due_next(const struct qp_line_db *db, uint8_t node[QP_ID_LEN], uint8_t line[QP_ID_LEN],
                      bool first);
/* Has this one of this node's messages come there (LI2)? Not what could be read here no more when it was to be sealed for it: a
 * later one that comes says nothing of it. */
bool qp_line_delivered(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN],
                       const uint8_t line[QP_ID_LEN], uint64_t n);
/* Does this node owe it something on that line, whether that was noted or not? */
bool qp_line_owes(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t line[QP_ID_LEN]);
/* The next (node, line) that share something, behind the one given; false: that was the last. */
bool qp_line_with_next(const struct qp_line_db *db, uint8_t node[QP_ID_LEN], uint8_t line[QP_ID_LEN]);

/* ---- wait.c: what came before what makes it true ---- */
struct qp_line_waiting {
    uint8_t node[QP_ID_LEN]; /* whose it is */
    uint64_t n;              /* the number of what it said; 0: its last word on who is on the line */
    uint64_t position;       /* where it stands in the journal */
    uint32_t index;
};
/* Whether anything waits on any line. */
bool qp_line_wait_any(const struct qp_line_db *db);
/* The next behind *w, by node and number. QP_ENOTFOUND: that was the last. */
int qp_line_wait_next(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], bool first,
                      struct qp_line_waiting *w);
/* In the place of the one with the same number, which may be sealed to a key that is gone. Beyond what a line has room for (LI8) it has no
 * effect. */
int qp_line_wait_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                     const struct qp_line_waiting *w, struct qp_err *e);
int qp_line_wait_del(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                     const struct qp_line_waiting *w, struct qp_err *e);

/* ---- fact.c: what an event does; its speaker may say it (qp_event_may) ---- */
struct qp_line_at {
    uint64_t position; /* 0: it is being said, its record follows (qp_line_recorded) */
    uint32_t index;
    int64_t received_us;
    const uint8_t *to; /* whom its parcel is for; NULL: not known yet */
};
int qp_line_fact(const struct qp_line_db *db, const Qp__Event *ev, const struct qp_line_at *at,
                 struct qp_err *e);
/* An own event has become a part of a record: the first of its copies is where it is read. */
int qp_line_recorded(const struct qp_line_db *db, const Qp__Event *ev, uint64_t position, uint32_t index,
                     struct qp_err *e);
/* This node's present key was said to that one. */
int qp_line_told(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t name[QP_LINE_KEY],
                 struct qp_err *e);

#endif
