/* wire.h: the links of a node over ZeroMQ: one ROUTER for its children, one DEALER to its parent, CURVE, ZAP
 * enforced.
 *
 * Owned by the turn's thread: it polls the sockets together with a wake-up descriptor, gathers inputs for a
 * turn, and releases outputs after the commit. All of shared hazards: ZAP bound before the router,
 * ENFORCE_DOMAIN, keys checked against the live table for each message, User-Id read on the body frame, never
 * a ROUTING_ID set, MANDATORY + DONTWAIT, MAXMSGSIZE, heartbeats, back-off with jitter. ZAP is answered in
 * the same thread. At start the node dials its own port in plaintext and with an unknown key, and refuses to
 * start if either is answered. */
#ifndef QP_NODE_LINK_WIRE_H
#define QP_NODE_LINK_WIRE_H

#include "node/link/session.h"

struct qp_wire;
struct qp_wire_options {
    const char *listen;        /* tcp://127.0.0.1:5571; NULL or "": nothing is bound (a leaf) */
    const char *parent;        /* where the parent is dialled; NULL or "": where it was at the join */
    const uint8_t *parent_key; /* 32: dialled by turns with the key of the parent's certificate, for a parent
                                  that lost its disk and joined again with new keys; NULL: none */
    int wake_fd;               /* an eventfd that other threads write to; -1: none */
    size_t child_rate;    /* bytes a second that each child may write into the journal, on the average; 0: no
                             bound (L7) */
    size_t child_burst;   /* ... and at once, before that counts */
    bool skip_self_check; /* tests only */
};
int qp_wire_open(struct qp_wire **out, struct qp_core *core, struct qp_store *store,
                 const struct qp_keys *keys, const struct qp_wire_options *o, struct qp_err *e);
void qp_wire_close(struct qp_wire *w);
/* Waits for frames, the wake-up, until_us or what the last release returned, whichever is first; then drains
 * up to `max` inputs (parcels and others) into a list in the arena, which must have 8 MiB to give. May return
 * without an input: call qp_wire_release all the same (without outputs). Inputs that were given and not
 * released by the next call were not taken (QP_EFULL): their sessions begin again. JOIN requests become
 * QP_OP_JOIN commands with a ticket whose top bit is set (replies to these go back to qp_wire_release). */
int qp_wire_wait(struct qp_wire *w, struct qp_input **in, size_t *n, size_t max, struct qp_arena *arena,
                 int64_t now_us, int64_t until_us, struct qp_err *e);
/* After the journal's commit, before the tables': what may go on at once (qp_session_forward). May be left
 * out. */
void qp_wire_forward(struct qp_wire *w, const struct qp_outputs *out, int64_t now_us);
/* After the commit, and after each wait that gave no input (`out` NULL): acks, frames, replies to joins;
 * pumps the queues. Returns when it next wants a call. */
int64_t qp_wire_release(struct qp_wire *w, const struct qp_outputs *out, struct qp_arena *arena,
                        int64_t now_us);
/* The answer to a JOIN whose turn was given up (QP_EFULL): what was gathered with it is not released by this. */
void qp_wire_reply(struct qp_wire *w, const struct qp_reply *reply, struct qp_arena *arena);
/* This machine's clock was set, by so much: what waits for a time waits on as long as before (T0). Before the next
 * call with a time of the clock as it is now. */
void qp_wire_clock_set(struct qp_wire *w, int64_t by_us);
/* What the neighbours say of this machine's clock (T4). The parent's word decides; without one heard since the start (or at the root)
 * the children's: it is wrong where as many of them contradict as agree. A root that has no children is sure. */
enum qp_time_word qp_wire_time_word(const struct qp_wire *w);
/* People at this node are at work: turns are kept short for them too. */
void qp_wire_busy(struct qp_wire *w, int64_t now_us);
/* A copy for other threads (mutex inside): the parent first if there is one, then children, then nodes
 * further below that are gone. Returns how many. */
size_t qp_wire_status(struct qp_wire *w, struct qp_link_status *out, size_t cap, size_t *neighbours);
/* The same of one neighbour; false: it is none. */
bool qp_wire_link(struct qp_wire *w, const uint8_t node[QP_ID_LEN], struct qp_link_status *out);
/* Counters: handshakes refused by ZAP, frames dropped, ... as Prometheus lines. */
void qp_wire_metrics(struct qp_wire *w, char *out, size_t cap);
/* What was turned away since the start, for the log: connections whose key is not enrolled here, and frames
 * that were dropped (of connections that are no neighbour's, malformed, or of another session). The turn's
 * thread. */
struct qp_wire_refusals {
    uint64_t connections, frames;
    uint64_t endless; /* connections that were shut down: a message on them had no end */
    char from[64];    /* whose was the last */
};
void qp_wire_refusals(const struct qp_wire *w, struct qp_wire_refusals *out);
/* The endpoint really bound ("" if none). */
const char *qp_wire_endpoint(const struct qp_wire *w);
/* What the loop and `accept while waiting for a path` need: ask the parent (or the child above that path) for
 * the node at a path; the answer arrives as QP_IN_CHAIN. */
bool qp_wire_ask_path(struct qp_wire *w, const char *path, int64_t now_us);

/* The joiner's side, used by `qipan join` alone: dials with the token's key, sends Join, waits for Welcome or
 * Refuse. The welcome is in the arena. QP_EUSED, QP_EEXPIRED, QP_ESCOPE, QP_EUNREACHABLE with the parent's
 * sentence. */
struct qp_token;
int qp_wire_join(Qp__Welcome **out, const struct qp_token *token, const struct qp_keys *keys, int timeout_ms,
                 struct qp_arena *a, struct qp_err *e);

#endif
