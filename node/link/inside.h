/* inside.h: what the files behind session.h share.
 *
 *   session.c  states, status                           greet.c   call, challenge, greetings (L1, T1)
 *   hear.c     the table of frames
 *   pump.c     what is sent after a turn, beats         credit.c  the window of one lane
 *   ack.c      acks both ways, deliveries that come     ask.c     questions and answers (L5)
 *   frame.c    bytes <-> Frame                          renew.c   the next incarnation (E6)
 *   verdicts.c what is refused (E6)                     whisper.c what people whisper (LI7)
 *   ahead.c    parcels passed on in a turn (L3)         carry.c   messages that stay nowhere */
#ifndef QP_NODE_LINK_INSIDE_H
#define QP_NODE_LINK_INSIDE_H

#include <assert.h>
#include <string.h>

#include "node/link/session.h"
#include "node/link/share.h"

enum {
    QP_LINK_VERSION_LOW = 1,
    QP_LINK_VERSION_HIGH = 6,
    QP_LINK_VERSION_AHEAD = 2,
    QP_LINK_VERSION_RENEW = 3,
    QP_LINK_VERSION_CARRY = 3,
    QP_LINK_VERSION_VERDICTS = 4,
    QP_LINK_VERSION_WHISPER = 5,
    QP_LINK_VERSION_COPY = 6
};
enum { QP_NONCE_LEN = 32, QP_ASKS = 64 };
enum {
    QP_GREET_US = 5000000,       /* a handshake that is not done by then begins again */
    QP_RETRY_US = 500000,        /* first pause after a session that ended; doubles up to */
    QP_RETRY_MOST_US = 30000000, /* this */
    QP_RENEW_US = 10000000,      /* an answer to that is waited for so long */
    QP_COPY_US = 600000000,      /* an old copy says to its parent that it is one, once in so long (C5) */
    QP_BLOCKED_US = 10000,       /* the transport had no room: look again */
    QP_ASK_US = 30000000,        /* an ask that was not answered by then is forgotten */
    QP_HOLD_US = 1000,           /* the delivery of what was passed ahead waits so long */
    QP_ACK_US = 2000,            /* an ack waits so long for others, unless so much */
    QP_ACK_BYTES = 32 * 1024,    /* came since the last one */
    QP_SLOW_ACK_US = 250000,     /* the bulk window shrinks while acks take longer */
    QP_STALL_US = 20000000,      /* nothing acknowledged for so long: send again from there */
    QP_STALL_MOST_US = 300000000,
    QP_REWIND_US = 50000, /* rewinds are obeyed this far apart, doubling while nothing is acknowledged */
    QP_REWIND_MOST_US = 5000000,
    QP_WINDOW_LEAST = 256 * 1024, /* bytes: where a window begins, and what it never falls below */
    QP_BEHIND_BYTES = 32 * 1024,  /* not acknowledged by the parent: who brings much waits until it is less */
    QP_BEHIND_PARCELS = 16,
    QP_LOW_BYTES = 256 * 1024, /* pieces of files: at once, and in a tenth of a second */
    QP_PIECES = 16,            /* of them that wait for one neighbour ... */
    QP_PIECE_US = 1000000, /* ... so long at most: half of the silence after which they are asked for again */
    QP_WHISPERS = 32,      /* that wait for one neighbour ... */
    QP_WHISPER_US = 2000000, /* ... so long at most: what is older says nothing any more */
    QP_WHISPERS_PACE_US = 100000,
    QP_WHISPERS_BYTES = 64 * 1024, /* of them in QP_WHISPERS_PACE_US: what is urgent waits behind no more */
    QP_SPEAKS_US = 10000000,       /* after a word on a line bulk goes in small parts for so long: (LI3) */
    QP_BESIDE_PARCELS = 2,         /* that are not acknowledged, */
    QP_BESIDE_BYTES = 16 * 1024,   /* at most: the next word waits behind no more */
    QP_WINDOW_PROBE = 4,           /* parcels, after a rewind, until one is acknowledged */
};

/* ---- credit.c: what one lane has sent and not yet seen acknowledged ---- */
struct qp_credit {
    uint64_t cursor; /* position sent last: the next entry is looked for behind it */
    uint64_t stated; /* what the neighbour itself last said that it has committed */
    struct {
        uint64_t position;
        uint32_t bytes;
        int64_t sent_us;
    } ring[QP_WINDOW_PARCELS];
    unsigned first, count;
    size_t bytes;
    unsigned window_parcels;
    size_t window_bytes;
    int64_t progress_us; /* of the last ack that moved something, or of the first parcel after silence */
    int64_t stall_us, rewind_us;
    int64_t rewind_at_us; /* 0: none wanted */
    int64_t rewound_us;   /* the last one */
    bool dry;             /* the queue had nothing behind the cursor; a wake-up ends that */
};
/* Begins, and begins again, behind what both sides know to be committed: this node's own note of it may be
 * higher than what the neighbour states (it skipped parcels without a journal record and has rebuilt its
 * tables since), or lower (all is to be sent again). */
void qp_credit_start(struct qp_credit *c, uint64_t acked, uint64_t stated, int64_t now_us);
bool qp_credit_room(const struct qp_credit *c, size_t len);
void qp_credit_sent(struct qp_credit *c, uint64_t position, size_t len, int64_t now_us);
void qp_credit_acked(struct qp_credit *c, uint64_t position, int64_t now_us);
/* The receiver asked for it: obeyed at c->rewind_at_us, so that one missing certificate does not make a
 * storm. */
void qp_credit_want_rewind(struct qp_credit *c, int64_t now_us);
/* When the lane goes back by itself: nothing was acknowledged although something is out. INT64_MAX: never. */
int64_t qp_credit_stalls_at(const struct qp_credit *c);
void qp_credit_rewind(struct qp_credit *c, uint64_t acked, int64_t now_us, bool stalled);

/* ---- the session ---- */
enum qp_greet { QP_GREET_IDLE, QP_GREET_CALLED, QP_GREET_GREETED };

/* A handshake that is under way. Beside an open session, until the new greeting is verified: whoever dials
 * again with the right CURVE key but without the signing key must not disturb what is open. */
struct qp_handshake {
    enum qp_greet state;
    int64_t began_us;
    uint8_t own_nonce[QP_NONCE_LEN], peer_nonce[QP_NONCE_LEN];
    uint8_t sign_key[QP_PK_LEN]; /* the neighbour's, from its checked chain */
    uint32_t version;            /* the highest that both speak */
    uint32_t incarnation;
    unsigned verdicts; /* that were heard before its greeting */
    int64_t offset_us; /* what was known of the neighbour's clock before the call */
    bool clock_heard;
};

struct qp_question { /* one question that was put to this neighbour */
    bool used, own;
    struct qp_hash key;
    struct qp_session *from; /* passed on for this one; NULL: only for this node */
    int64_t at_us;
};

struct qp_gone {
    uint8_t node[QP_ID_LEN];
    int64_t last_heard_us;
};

struct qp_session {
    struct qp_session_node n;
    uint8_t peer[QP_ID_LEN];
    bool dials;
    qp_session_send send;
    void *send_arg;
    /* The parent's session: unknown paths are asked for there. It knows those below it, so that either may be
     * freed first. */
    struct qp_session *above, *below, *next_below;

    struct qp_drbg random;
    bool connected;
    struct qp_handshake shake;
    int64_t retry_at_us, retry_us;

    bool open;
    bool ready; /* the greeting's turn was committed: deliveries may start */
    uint64_t number;
    uint32_t version;
    uint8_t peer_epoch[QP_ID_LEN];
    uint8_t peer_key[QP_PK_LEN];
    uint32_t peer_incarnation;
    int64_t open_us, last_heard_us, beat_at_us, offset_us;
    bool clock_heard; /* offset_us is of a time that it has stated, this start */
    int64_t ended_us; /* when the last session ended; 0: there was none since the start */
    int64_t again_us; /* when this one was last heard again after it had been late; 0: it never was */
    struct {
        int64_t first_us; /* of the beats said in this session, or since the clock was set; 0: none */
        int64_t heard_us,
            came_us;    /* the neighbour's last one: its time as stated, and when it came; 0: none */
        int64_t rtt_us; /* -1: not measured */
    } beats;
    uint64_t stated[QP_LANES]; /* committed positions as the greeting has them */
    struct qp_credit lanes[QP_LANES];
    uint64_t refill_at; /* the queue is being made again: nothing from here on goes yet; 0: it is whole */

    bool ack_due, ack_rewind, ack_full;
    int64_t ack_at_us;                           /* when it goes, while one is due */
    size_t unacked;                              /* bytes that were delivered since the last one */
    uint64_t rewinds_sent;                       /* asked of the neighbour in this session */
    uint64_t rewinds_taken;                      /* asked by the neighbour */
    enum qp_back handed;                         /* HandedBack was sent, of how much ... */
    uint64_t handed_rewinds;                     /* ... after that many rewinds */
    struct qp_bucket low;                        /* of pieces of files (carry.c) */
    struct qp_pieces *pieces;                    /* carry.c; malloc'd, NULL: none ever waited */
    struct qp_whispers *whispers;                /* whisper.c; malloc'd, NULL: none ever waited */
    struct qp_bucket whispered, whispered_bytes; /* of what this neighbour brings */
    int64_t spoke_us;                            /* when something of a line last went here; 0: never */
    int64_t whispers_us;                         /* since when whispers_bytes are counted */
    size_t whispers_bytes;
    uint64_t whispers_dropped; /* for this neighbour; */
    uint64_t whispers_over;    /* of its own: more than are taken; told in the beats */
    uint64_t whispers_told;    /* what its beats tell: of this node's, that it did not take */
    bool blocked;
    bool passing;        /* one of the present turn's was passed ahead */
    unsigned held;       /* records that were passed ahead and wait to be delivered: no hurry */
    int64_t held_at_us;  /* when they go at the latest */
    int64_t renew_at_us; /* to the parent: when it is next asked for a new incarnation, if that is wanted */

    struct qp_question asked[QP_ASKS];
    struct qp_said_before *said_before; /* refusals, before the greeting (verdicts.c); malloc'd, NULL: none */
    struct qp_gone *told, *heard;       /* for the next beat; from the neighbour's last one */
    size_t told_n, heard_n;

    struct qp_limited limited; /* to a child: said; from the parent: heard */
    int refused;
    char refused_text[200];
    struct qp_sent_back from_there, from_here; /* verdicts.c */
    uint64_t back_beyond[QP_LANES]; /* from_there is over when all that had gone by then is acknowledged */
    uint32_t back_lane;             /* from_here: the lane that it stops, */
    uint64_t back_received;         /* and what of it had come in */
    uint64_t sent_parcels, received_parcels, bad_frames, sessions;
};

/* One frame being handled. */
struct qp_hearing {
    struct qp_session *s;
    const Qp__Frame *frame;
    struct qp_read *read;
    struct qp_arena *arena;
    qp_session_input input;
    void *input_arg;
    int64_t now_us;
};
static inline void qp_hearing_input(const struct qp_hearing *h, struct qp_input *in)
{
    assert(in->kind != QP_IN_COMMAND); /* a neighbour gives no commands */
    memcpy(in->peer, h->s->peer, QP_ID_LEN);
    h->input(h->input_arg, in);
}

/* ---- session.c ---- */
/* Ends what is open or under way; the next call is made after a pause. */
void qp_session_end(struct qp_session *s, int code, const char *reason, int64_t now_us);
void qp_session_opened(struct qp_session *s, uint64_t number, int64_t now_us);
/* Nothing waits to be sent but what was passed ahead, and there is room in this lane. */
bool qp_session_idle(const struct qp_session *s, uint32_t lane);

/* ---- frame.c ---- */
int qp_frame_read(Qp__Frame **out, const uint8_t *bytes, size_t len, struct qp_arena *a, struct qp_err *e);
/* Which body a frame has, without decoding it: 0 unless it is written in the usual order. */
int qp_frame_kind(const uint8_t *bytes, size_t len);
/* The lane of a Deliver: 0 unless it is one, and written in the usual order. A field comes once, so that it is the one that is decoded. */
uint32_t qp_frame_lane(const uint8_t *bytes, size_t len);
/* Packs and sends with the session's number; false: no room. */
bool qp_session_say(struct qp_session *s, Qp__Frame *f);
bool qp_session_say_as(struct qp_session *s, uint64_t number, Qp__Frame *f); /* 0: of no session */
bool qp_session_say_refuse(struct qp_session *s, uint64_t number, int code, const char *reason,
                           const struct qp_header *at);
Qp__Refuse qp_refuse_of(const Qp__Verdict *v); /* borrows what v holds */
/* A refusal for good (E6). In a session it goes on; with number 0, or about the neighbour's whole
 * incarnation, the neighbour ends it. chain: of its certificate; NULL: the neighbour has it. */
bool qp_session_say_verdict(struct qp_session *s, uint64_t number, const Qp__Verdict *v, Qp__Chain *chain);
static inline ProtobufCBinaryData qp_view(const void *p, size_t len)
{
    union {
        const void *from;
        uint8_t *to;
    } cast = {p}; /* protobuf-c has no const; nothing writes through it */
    return (ProtobufCBinaryData){.len = len, .data = cast.to};
}

/* ---- greet.c ---- */
void qp_greet_on_call(const struct qp_hearing *h);
void qp_greet_on_challenge(const struct qp_hearing *h);
void qp_greet_on_greeting(const struct qp_hearing *h);
/* The dialling side: makes the call when it is time. Returns when it wants to be asked again. */
int64_t qp_greet_pump(struct qp_session *s, struct qp_read *read, struct qp_arena *arena, int64_t now_us);

/* ---- verdicts.c ---- */
void qp_refuse_on_refuse(const struct qp_hearing *h);
/* Before this node's greeting, of the same snapshot. False: no room, or they cannot be read: no greeting now. */
bool qp_verdicts_before(const struct qp_hearing *h);
/* An ack came, or is said: is what was sent back taken by now? */
void qp_back_acked(struct qp_session *s);
void qp_back_taken(struct qp_session *s, const struct qp_peer_entry *entry);
/* QP_OUT_REFUSED. A verdict must arrive: without room the session ends, and the next greeting brings it. */
void qp_refuse_output(struct qp_session *s, const struct qp_output *o, struct qp_read *read,
                      struct qp_arena *arena, int64_t now_us);

/* ---- ack.c ---- */
void qp_ack_on_ack(const struct qp_hearing *h);
void qp_ack_on_deliver(const struct qp_hearing *h);
void qp_ack_on_handed_back(const struct qp_hearing *h);
void qp_ack_on_receipt(const struct qp_hearing *h);
/* One for all until it goes; at once when it asks for something, or when much came. */
void qp_ack_want(struct qp_session *s, bool rewind, bool full, int64_t now_us);
bool qp_ack_send(struct qp_session *s, struct qp_read *read);
/* The words that an ack signs: the journal's owner, its epoch, and the positions in it. Returns their length.
 */
enum { QP_ACK_WORDS = 2 * QP_ID_LEN + QP_POSITIONS * (4 + 8 + QP_HASH_LEN) };
size_t qp_ack_words(uint8_t out[QP_ACK_WORDS], const uint8_t owner[QP_ID_LEN], const uint8_t epoch[QP_ID_LEN],
                    Qp__Position *const *received, size_t n);
uint8_t *qp_ack_position_words(uint8_t *out, Qp__Position *const *received, size_t n);
/* Which positions of the neighbour's journal are committed here, as messages. `store` has room for QP_LANES.
 */
size_t qp_ack_received(const struct qp_peer_entry *entry, Qp__Position *store, Qp__Position **list);

/* ---- ahead.c ---- */
void qp_ahead_on_ahead(const struct qp_hearing *h);
/* The parent speaks a version in which nothing goes ahead: it has nothing to tell. */
void qp_ahead_older_parent(const struct qp_hearing *h);
/* QP_OUT_AHEAD. False: no room; the session was ended, so that a greeting brings all of them again. */
bool qp_ahead_tell_child(struct qp_session *s, const struct qp_output *o, int64_t now_us);

/* ---- carry.c ---- */
void qp_carry_on_carry(const struct qp_hearing *h);
void qp_carry_say(struct qp_session *s, const struct qp_output *o, struct qp_read *read, int64_t now_us);
/* Pieces of files that wait. Returns when it next wants to be called. */
int64_t qp_pieces_pump(struct qp_session *s, struct qp_read *read, int64_t now_us);
void qp_pieces_end(struct qp_session *s); /* the session is over: what waits is lost, and asked for again */
void qp_pieces_free(struct qp_session *s);

/* ---- whisper.c: what people whisper on lines (LI7) ---- */
/* One that came: does this neighbour bring more than are taken? Then it is dropped, and counted. */
bool qp_whisper_over(struct qp_session *s, const Qp__Carry *c, int64_t now_us);
/* One that goes: at once, or when nothing urgent waits. Where it cannot it is dropped, and counted. */
void qp_whisper_say(struct qp_session *s, const Qp__Carry *c, struct qp_read *read, int64_t now_us);
/* Those that wait. Returns when it next wants to be called. */
int64_t qp_whispers_pump(struct qp_session *s, struct qp_read *read, int64_t now_us);
void qp_whispers_end(struct qp_session *s); /* the session is over: what waits is dropped */
void qp_whispers_free(struct qp_session *s);

/* ---- renew.c: a child that is refused asks for its next incarnation (E6) ---- */
void qp_renew_on_renew(const struct qp_hearing *h);
void qp_renew_on_welcome(const struct qp_hearing *h);
void qp_renew_on_later(const struct qp_hearing *h);
void qp_renew_ask(struct qp_session *s, struct qp_read *read, int64_t now_us); /* if it is wanted and due */
bool qp_renew_say_welcome(struct qp_session *s, uint64_t number, const Qp__Welcome *welcome);
void qp_renew_output(struct qp_session *s, const struct qp_output *o,
                     int64_t now_us); /* WELCOME, LATER, RENEWED */

/* ---- ask.c ---- */
void qp_ask_on_ask(const struct qp_hearing *h);
void qp_ask_on_answer(const struct qp_hearing *h);
/* Puts a question to this neighbour, for `from` or (NULL) for this node. False: not open, no room. */
bool qp_ask_put(struct qp_session *s, Qp__Ask *ask, struct qp_session *from, int64_t now_us);

#endif
