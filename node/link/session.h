/* session.h: the protocol between two neighbours, without a socket in it: frames in, frames out.
 *
 * Both the daemon (wire.h, over ZeroMQ) and the simulator (over its own faulty links) drive it, so that what
 * the simulator proves is what runs. One session object for each neighbour (the parent, each child), owned by
 * the turn's thread.
 *
 *   child                                parent
 *     │ ── call {chain, nonce} ──────────► │   certificate, versions
 *     │ ◄─ challenge {chain, nonce} ────── │
 *     │ ── greeting {signed, epoch, received …} ► │   L1: positions count in the same epoch with the same hash only
 *     │ ◄─ greeting {…, session} ─────────────── │   or a refusal, of an old copy: no session (C5)
 *     │ ◄═ deliver / ack / ask / answer / … ════► │   each frame carries the session's number; others are dropped
 *
 * States: IDLE -> CALLED -> GREETED -> OPEN -> (silence, error, END) -> IDLE. A drawing stands at the
 * head of session.c. */
#ifndef QP_NODE_LINK_SESSION_H
#define QP_NODE_LINK_SESSION_H

#include "node/core/core.h"

enum {
    QP_WINDOW_PARCELS = 256,
    QP_WINDOW_BYTES = 4 * 1024 * 1024
}; /* credit for each lane: sent and not yet acknowledged */
enum { QP_BEAT_US = 5000000, QP_LATE_US = 12000000, QP_CUT_US = 20000000 };

struct qp_session;

/* What a session needs of its node; borrowed. `keys` signs greetings and acks. */
struct qp_session_node {
    struct qp_core *core;
    struct qp_store *store;
    const struct qp_keys *keys;
};

/* Takes the frame's bytes (copied). Never blocks; false: no room just now (EAGAIN), the session tries again
 * at the next pump. */
typedef bool (*qp_session_send)(void *arg, const uint8_t *frame, size_t len);
/* Takes one input for the next turn; what it points to is in `arena` (given at the call) and lives until that
 * is reset. */
typedef void (*qp_session_input)(void *arg, const struct qp_input *in);

/* peer: the parent's or child's node id. dials: this side is the child. */
struct qp_session *qp_session_new(const struct qp_session_node *n, const uint8_t peer[QP_ID_LEN], bool dials,
                                  qp_session_send send, void *arg);
void qp_session_free(struct qp_session *s);
/* The transport connected (child: the next pump sends a call) or went away. */
void qp_session_connected(struct qp_session *s, int64_t now_us, const uint8_t seed[QP_SEED_LEN]);
void qp_session_lost(struct qp_session *s, int64_t now_us);
/* One frame. Bad ones are counted and dropped; some end the session. The caller has checked that the CURVE
 * key is the peer's. Inputs for the turn go to `input`. `read`: a read transaction begun for this batch of
 * frames. */
void qp_session_frame(struct qp_session *s, const uint8_t *frame, size_t len, struct qp_read *read,
                      struct qp_arena *arena, qp_session_input input, void *input_arg, int64_t now_us,
                      const uint8_t seed[QP_SEED_LEN]);
/* In the middle of a turn: passes a parcel on to the parent (qp_pass), when nothing waits before it and the
 * parent knows the frame (link version 2). */
bool qp_session_ahead(struct qp_session *s, uint32_t lane, const struct qp_slice *parcel);
/* Between the journal's commit and the tables': delivers the record of a QP_OUT_QUEUED at once when nothing
 * waits before it. What is delivered is durable here; acks and answers still wait for both commits. */
void qp_session_forward(struct qp_session *s, const struct qp_output *o, int64_t now_us);
/* After the commit: what the turn wants said to this neighbour. */
void qp_session_output(struct qp_session *s, const struct qp_output *o, struct qp_read *read,
                       struct qp_arena *arena, int64_t now_us);
/* Sends what the queue holds while there is credit (urgent first), acks, beats when due, HandedBack when its
 * time has come. Call after each turn and when woken, but only while every input that was handed out has been
 * taken by a committed turn: an open session begins to deliver, and a rewind is obeyed, from what that turn
 * wrote. Returns when it next wants to be called (us since 1970). */
int64_t qp_session_pump(struct qp_session *s, struct qp_read *read, struct qp_arena *arena, int64_t now_us);

/* Why what a child sends waits (L7): as this node says it of a child, or as the parent says it of this node.
 */
enum qp_over { QP_OVER_NOT = 0, QP_OVER_RATE = 1, QP_OVER_SHARE = 2 };
struct qp_limited {
    uint32_t why;     /* enum qp_over */
    int64_t since_us; /* 0: it does not wait */
    uint64_t rate;    /* bytes a second that are taken on the average; 0: no bound, or not told */
    uint64_t waiting; /* bytes that are there and were not taken yet */
};
/* A parcel that is not taken for now stays at its sender, is sent again, and holds up its lane: as the neighbour says it of this
 * node's, and as this node says it of the neighbour's. */
struct qp_sent_back {
    bool stands;      /* nothing of it was taken yet */
    int64_t since_us; /* of the last one, also when that is over; 0: there was none in this session */
    int code;
    char why[200];
};
enum qp_link_state { QP_LINK_CUT = 0, QP_LINK_LATE = 1, QP_LINK_LIVE = 2 };
struct qp_link_status {
    uint8_t peer[QP_ID_LEN];
    enum qp_link_state state;
    int64_t last_heard_us, clock_offset_us;
    int64_t since_us; /* since when the state is what it is; 0: since before this start */
    int64_t rtt_us;   /* there and back, with what both sides had to do meanwhile; -1: not measured yet */
    uint64_t sent_parcels, received_parcels, bad_frames, sessions;
    int refused; /* enum qp_error: why the neighbour ended or refused the last session, or a parcel; 0: it did
                    not */
    char refused_text[200];
    uint64_t
        whispers_dropped; /* for that neighbour: no link, too old, or more than it takes (as its beats tell) */
    uint64_t whispers_over;    /* of that neighbour: more than are taken */
    struct qp_limited limited; /* a child: how this node limits it; the parent: how it limits this node */
    struct qp_sent_back from_there, from_here; /* what the neighbour sends back; what this node does */
};
/* The clock was set, by so much (T0): clock.c. */
void qp_session_clock_set(struct qp_session *s, int64_t by_us);
void qp_session_status(const struct qp_session *s, struct qp_link_status *out, int64_t now_us);
bool qp_session_open(const struct qp_session *s);
bool qp_session_ack_due(const struct qp_session *s); /* the next pump signs an acknowledgement */
/* The neighbour could not be dialled, or answers and lets nobody in with this key: shown until a session opens. */
void qp_session_turned_away(struct qp_session *s, int code, const char *reason);
/* It has a socket again: that it could not be dialled (QP_EIO) is over. */
void qp_session_dialled(struct qp_session *s);
/* The inputs that this session gave were not taken (QP_EFULL): ends it; both sides greet again after a pause.
 */
void qp_session_untaken(struct qp_session *s, int64_t now_us);
/* Where to pass an ask for a path that is not known here: the parent's session, NULL at the root. Either may
 * be freed first. */
void qp_session_set_above(struct qp_session *s, struct qp_session *above);
/* Asks this neighbour for the node at a path; the answer comes as QP_IN_CHAIN. False: not open. */
bool qp_session_ask_path(struct qp_session *s, const char *path, int64_t now_us);
/* A frame of this neighbour came and waits to be handled: it is not silent. */
void qp_session_heard(struct qp_session *s, int64_t now_us);
/* How this node limits that child: its next beat says so, at once when it is news (true). */
bool qp_session_limit(struct qp_session *s, const struct qp_limited *limited);
/* What waits here for this neighbour is more than is good for what comes behind it. */
bool qp_session_behind(const struct qp_session *s);
/* Nodes below that peer that it says it does not hear (from its beats). Returns how many. */
size_t qp_session_gone(const struct qp_session *s, struct qp_link_status *out, size_t cap);
/* What the next beat tells the parent: nodes below this node that are not heard. */
void qp_session_tell_gone(struct qp_session *s, const struct qp_link_status *gone, size_t n);

#endif
