/* gate.h: who is connected, from where, and how long each may take. Nobody holds a place by being slow.
 *
 *   accepted ─► HEAD ─(10 s for all of it)─► BODY ─(30 s; LARGE: 180 s)─► ANSWER ─(120 s)─► HEAD, idle ─(60 s)─► closed
 *                                               └─► STREAM, or parked: no limit here, see calls/stream.c, park.c
 *
 * libmicrohttpd's own time-out counts from the last byte, so a byte every ten seconds would hold a place for
 * ever. Here a deadline runs for the whole of it; the porter's sweep shuts the socket of who is over it, and
 * libmicrohttpd then closes the connection. When places run short, the address with the most connections
 * loses the one that has waited longest without a request: half-open ones make room for who asks at once,
 * also when all come from one address (a proxy, this machine). Each function takes the gate's lock. */
#ifndef QP_NODE_HTTP_WIRE_GATE_H
#define QP_NODE_HTTP_WIRE_GATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "node/http/wire/address.h"

enum {
    QP_HEAD_US = 10000000, /* the request line and all headers, from the first byte or the connection */
    QP_BODY_US = 30000000, /* from the headers to the end of the body: then 408 */
    QP_LARGE_BODY_US = 180000000, /* of one that may be larger than a batch: a photo from a phone */
    QP_BODY_SHUT_US = 35000000,   /* who still sends then */
    QP_LARGE_SHUT_US = 185000000, /* and of a large one */
    QP_ANSWER_US = 120000000,     /* from the answer to its last byte */
};

enum qp_guest_phase { QP_GUEST_HEAD, QP_GUEST_BODY, QP_GUEST_LARGE, QP_GUEST_ANSWER, QP_GUEST_STREAM };

struct qp_guest {
    struct qp_guest *prev, *next;
    struct qp_party *party; /* all from the same address */
    int fd;
    enum qp_guest_phase phase;
    bool served; /* has had an answer: a client that goes on over one connection */
    bool begun;  /* the first byte of the head has been noticed */
    bool shut;
    int64_t since_us; /* boot time; of the phase */
    uint64_t bytes;   /* received when the phase began */
};

struct qp_gate {
    pthread_mutex_t lock;
    struct qp_guest *guests;
    struct qp_party *parties; /* a list: as many as there are addresses at the moment */
    size_t places, per_address;
    size_t n, nshut;
    _Atomic size_t there; /* n, for who has not the lock */
    _Atomic uint64_t late, shed;
};

void qp_gate_open(struct qp_gate *g, size_t places);
void qp_gate_close(struct qp_gate *g); /* when the daemon has stopped */
/* A connection came: makes room when places are short. `many`: an address for which others speak (a proxy,
 * this machine): no limit of its own. NULL: no memory. */
struct qp_guest *qp_gate_enter(struct qp_gate *g, int fd, const struct qp_address *from, bool many,
                               int64_t now_us);
void qp_gate_leave(struct qp_gate *g, struct qp_guest *guest); /* before its socket is closed */
void qp_gate_phase(struct qp_gate *g, struct qp_guest *guest, enum qp_guest_phase phase, int64_t now_us);
/* Shuts who is over the deadline of the phase. Twice a second. */
void qp_gate_sweep(struct qp_gate *g, int64_t now_us);

#endif
