/* wired.h: what the files behind wire.h share.
 *
 *   wire.c    the loop: wait, gather, release      bind.c   the ROUTER and its options
 *   route.c   which connection is which child       dial.c   the DEALER and its monitor
 *   zap.c     who may dial                         join.c   joining, both sides
 *   share.c   what each child may write            fair.c   whose frames are next, how long a turn may be
 *   probe.c   the check at start                   show.c   status and counters for other threads
 *   clock.c   the clock was set                    links.c  one struct a neighbour; what leaves for it
 *   harvest.c what frames make for the next turn    endless.c a message without an end */
#ifndef QP_NODE_LINK_WIRED_H
#define QP_NODE_LINK_WIRED_H

#include <pthread.h>
#include <zmq.h>

#include "node/link/inside.h"
#include "node/link/share.h"
#include "node/link/wire.h"

enum {
    QP_SEND_FRAMES = 2000, /* high-water marks: well above two windows and what goes beside them */
    QP_RECV_FRAMES = 256,
    /* Of one connection since its last whole message, five times what an honest child has out; and of all. */
    QP_ENDLESS_BYTES = 64 * 1024 * 1024,
    QP_ENDLESS_ALL = 512 * 1024 * 1024,
    QP_ROUTE_LEN = 5, /* a routing id that the ROUTER made itself: a zero byte and a number */
    QP_JOINS = 64,
    QP_JOIN_US = 30000000,
    QP_DIAL_US = 500000, /* the first pause after a handshake that failed; doubles up to */
    QP_DIAL_MOST_US = 30000000,
    QP_WAIT_FRAMES = 8192,           /* of one wait: a flood does not keep the turn from its other work */
    QP_WAIT_BYTES = 4 * 1024 * 1024, /* parcels of one wait */
    QP_WAIT_ARENA = 6 * 1024 * 1024, /* all that is decoded in one wait */
    QP_SHOW_US = 250000,
    QP_FAREWELL_US = 50000, /* between two answers to keys that were children's */
    /* A wait gives the turn about so much work (cost, share.h) as takes it so long: */
    QP_TURN_SHARED_US = 4000, /* while others wait; */
    QP_TURN_ALONE_US = 60000, /* with a single neighbour at work larger turns are cheaper */
    QP_SLICE_SHARED = 64 * 1024,
    QP_SLICE_ALONE = 1024 * 1024, /* never less than this */
    QP_SLICE_MOST = 6 * 1024 * 1024,
    QP_HEAVY = 64 * 1024,      /* of one wait: those who bring much, while others do too and all goes on up */
    QP_HELD_US = 3000,         /* what is held is looked at again so soon */
    QP_ROOM_US = 10000000,     /* the store's room is looked at so often */
    QP_ROOM_SHARE = 4,         /* a child may take so much of it at once (a quarter) */
    QP_ROOM_S = 7 * 24 * 3600, /* and all of it only in a week: however little is left, it is never full */
    QP_BELOW = 4,              /* a child gets such a part of what the parent takes (a quarter) */
};
#define QP_ZAP_DOMAIN "qipan"

struct qp_route {
    uint8_t b[QP_ROUTE_LEN];
    uint8_t len; /* 0: none */
};

/* One neighbour: the parent, or a child. */
struct qp_link {
    struct qp_wire *wire;
    uint8_t node[QP_ID_LEN];
    struct qp_session *session;
    struct qp_route current,
        calling;                  /* a child's: where the session is open; where the newest call came from */
    const struct qp_route *reply; /* while a frame of another connection is handled */
    bool unreachable, gave_input, touched, kept;
    bool refuses; /* of the newest call: its refusals are let in, and paid for afterwards */
    int64_t next_us;
    struct qp_share share; /* a child's */
};

struct qp_joining {
    uint64_t ticket; /* 0: free */
    struct qp_route route;
    int64_t at_us;
};

/* X(name, what it counts), in /metrics as qipan_link_NAME_total. */
/* clang-format off */
#define QP_WIRE_COUNTERS(X) \
    X(zap_accepted, "connections that were let in by their key") \
    X(zap_denied, "connections that were turned away: nobody knows their key") \
    X(frames_in, "frames that came in") \
    X(frames_out, "frames that went out") \
    X(frames_unknown, "frames of nobody who is expected") \
    X(frames_odd, "frames that cannot be read") \
    X(frames_held, "frames that waited because their child had used up its share") \
    X(frames_over, "times that a child was over its share") \
    X(calls_over, "questions that were not answered because their child asks too much") \
    X(farewells, "keys of former nodes that were told so") \
    X(joins, "requests to join") \
    X(endless, "connections that were shut down because a message on them had no end") \
    X(dials, "times that the parent was dialled") \
    X(dials_refused, "times that a dialled parent showed another key than the known one") \
    X(dials_failed, "times that the parent could not be dialled: no file descriptor was left")
/* clang-format on */
struct qp_wire_counters {
#define X(n, help) uint64_t n;
    QP_WIRE_COUNTERS(X)
#undef X
};

/* What other threads see; under the mutex. */
struct qp_shown {
    pthread_mutex_t lock;
    struct qp_link_status *v;
    size_t n, cap, neighbours;
    struct qp_wire_counters counters;
    int64_t at_us, boot_us; /* when the copy was made: by the turn's clock, and by the time since boot */
};

/* The socket to the parent. */
struct qp_dial {
    void *socket, *monitor;
    unsigned number; /* of sockets made: each has a monitor's name of its own */
    char endpoint[QP_ENDPOINT_BYTES + 1];
    char moved[QP_ENDPOINT_BYTES + 1]; /* as the settings have it; "": the one of the join */
    uint8_t key[QP_PK_LEN];            /* of the parent's certificate */
    uint8_t given[QP_PK_LEN];          /* as the settings have it */
    bool has_given;
    int64_t at_us, pause_us; /* when the next socket is made */
};

/* The children's connections, by their descriptors. */
struct qp_connection {
    bool open;
    bool whole;    /* a whole message of it was read since the last look */
    uint64_t base; /* bytes that had come in by then */
};
struct qp_endless {
    void *monitor;
    struct qp_connection *v; /* malloc'd */
    size_t n;
    uint64_t most, all;
    int64_t next_us;
    char from[64]; /* whose was shut down last */
};

struct qp_wire {
    struct qp_core *core;
    struct qp_store *store;
    const struct qp_keys *keys;
    int wake_fd;
    void *ctx, *zap, *router;
    char endpoint[QP_ENDPOINT_BYTES + 1];
    struct qp_dial dial;
    struct qp_endless endless;
    struct qp_link *parent;
    struct qp_link **children;
    size_t nchildren;
    struct qp_joining joins[QP_JOINS];
    uint64_t tickets;
    struct qp_drbg random;
    bool changed;    /* since the last copy for other threads */
    bool handed;     /* inputs were given to a turn that was not released yet */
    bool went_ahead; /* ... and something of it has gone to the parent before the commit */
    int64_t next_us, farewell_at_us;
    struct qp_shares shares;
    struct qp_rate child; /* as the settings have it */
    size_t holding;       /* children of which something is held */
    size_t holder;        /* whose turn it is */
    size_t slice;         /* cost of one wait */
    size_t given;         /* ... of the last one, and when it was given to the turn */
    int64_t given_us;
    bool at_work;                 /* somebody has been */
    const struct qp_link *worker; /* who brought work last; NULL: people at this node */
    int64_t others_us;            /* when it last was another than the one before */
    int64_t room_us;
    struct qp_bucket formers, guests; /* connections of keys that are no child's */
    struct qp_wire_counters counters;
    struct qp_shown shown;
};

/* One wait's harvest. With `max` inputs no further frame is heard; v has room for QP_FRAME_INPUTS - 1 more, because the last
 * frame may have given so many. */
enum {
    QP_FRAME_INPUTS = 2
}; /* a refusal gives its certificate's chain and its verdict; nothing gives more */
struct qp_harvest {
    struct qp_wire *w;
    struct qp_link *link;
    struct qp_input *v;
    size_t n, max, bytes, frames, cost;
    struct qp_arena *arena;
    struct qp_read read;
    bool reading;
    int64_t now_us;
};
/* ---- harvest.c ---- */
void qp_harvest_input(void *gather, const struct qp_input *in);
/* A frame of an enrolled child; of one on its open connection, held or not. */
void qp_harvest_hear(struct qp_link *l, struct qp_harvest *g, const uint8_t *frame, size_t len);
void qp_harvest_held(struct qp_link *l, struct qp_harvest *g, const uint8_t *frame, size_t len);

/* ---- bind.c ---- */
/* Sets an option; the sentence names it. */
int qp_sock_int(void *socket, int option, int value, const char *name, struct qp_err *e);
int qp_sock_bytes(void *socket, int option, const void *value, size_t len, const char *name,
                  struct qp_err *e);
/* What both ends have: bounds, heartbeats, no lingering. */
int qp_sock_common(void *socket, const char *endpoint, struct qp_err *e);
/* The ZAP socket, then the ROUTER with CURVE and the enforced domain, then the port. */
int qp_link_bind(struct qp_wire *w, const char *listen, struct qp_err *e);
/* All parts of one message that is there; at most `cap` are kept, *n says how many there were. False: none.
 */
bool qp_recv_parts(void *socket, zmq_msg_t *parts, size_t cap, size_t *n);
void qp_close_parts(zmq_msg_t *parts, size_t cap, size_t n);

/* ---- zap.c ---- */
void qp_zap_serve(struct qp_wire *w, int64_t now_us);

/* ---- endless.c ---- */
/* Before the port is opened. */
int qp_endless_open(struct qp_wire *w, struct qp_err *e);
void qp_endless_close(struct qp_wire *w);
/* A part of a whole message that was read: what that connection has sent so far is counted no more. */
void qp_endless_whole(struct qp_wire *w, zmq_msg_t *part);
/* Shuts down what has grown too large. Returns when it wants to be called again. */
int64_t qp_endless_look(struct qp_wire *w, int64_t now_us);

/* ---- probe.c ---- */
int qp_link_self_check(struct qp_wire *w, struct qp_err *e);

/* ---- dial.c ---- */
/* A DEALER that will connect, with its monitor. server_key: whom it takes for the other end. */
int qp_dialer_new(void *ctx, void **socket, void **monitor, unsigned number, const char *endpoint,
                  const uint8_t server_key[QP_PK_LEN], const uint8_t pk[QP_PK_LEN],
                  const uint8_t sk[QP_SK_LEN], struct qp_err *e);
void qp_dialer_close(void **socket, void **monitor);
/* One event of a monitor; 0: none. *value: the ZAP status of a refusal. */
int qp_monitor_event(void *monitor, uint32_t *value);
/* Makes, drops and replaces the socket to the parent as the core knows it. */
int qp_dial_keep(struct qp_wire *w, int64_t now_us, struct qp_err *e);
void qp_dial_monitor(struct qp_wire *w, int64_t now_us);
void qp_dial_drain(struct qp_wire *w, struct qp_harvest *g, size_t most);

/* ---- links.c ---- */
struct qp_link *qp_link_with(struct qp_wire *w, const uint8_t node[QP_ID_LEN]);
struct qp_link *qp_link_new(struct qp_wire *w, const uint8_t node[QP_ID_LEN], bool dials);
void qp_link_free(struct qp_link *l);
bool qp_route_send(struct qp_wire *w, const struct qp_route *route, const void *frame, size_t len,
                   bool *gone);

/* ---- route.c ---- */
/* The children as the tree has them now. */
int qp_route_sync(struct qp_wire *w, struct qp_err *e);
void qp_route_drain(struct qp_wire *w, struct qp_harvest *g, size_t most);

/* ---- fair.c: whose frames go into the next turn (L7) ---- */
void qp_fair_begin(struct qp_wire *w, int64_t now_us);                  /* of a wait */
bool qp_fair_more(const struct qp_wire *w, const struct qp_harvest *g); /* is there room in this turn? */
/* A child's frame: to the session now, or held, or dropped. */
void qp_fair_frame(struct qp_link *l, struct qp_harvest *g, int kind, const uint8_t *frame, size_t len);
void qp_fair_work(struct qp_wire *w, const struct qp_link *l, int64_t now_us); /* somebody brought work */
bool qp_fair_call(struct qp_link *l, int64_t now_us);
bool qp_fair_handshake(struct qp_link *l, int64_t now_us);
bool qp_fair_former(struct qp_wire *w, int64_t now_us); /* one more connection of a key that was a child's */
bool qp_fair_guest(struct qp_wire *w, int64_t now_us);  /* ... of a token */
void qp_fair_held(struct qp_wire *w, struct qp_harvest *g); /* those that wait, round by round */
void qp_fair_given(struct qp_wire *w, const struct qp_harvest *g, int64_t monotonic_us);
void qp_fair_took(struct qp_wire *w, int64_t monotonic_us); /* the turn is over */
void qp_fair_forget(struct qp_link *l);                     /* what is held of it */
void qp_fair_tell(struct qp_wire *w, int64_t now_us);       /* what has changed, to the children */

/* ---- join.c ---- */
void qp_join_ask(struct qp_wire *w, struct qp_harvest *g, const struct qp_route *route,
                 const uint8_t token_key[QP_PK_LEN], const uint8_t *frame, size_t len);
void qp_join_reply(struct qp_wire *w, const struct qp_reply *reply, struct qp_arena *arena);

/* ---- show.c ---- */
int qp_show_open(struct qp_wire *w);
void qp_show_clock_set(struct qp_shown *s, int64_t by_us);
void qp_show_close(struct qp_wire *w);
void qp_show(struct qp_wire *w, struct qp_arena *arena, int64_t now_us);

#endif
