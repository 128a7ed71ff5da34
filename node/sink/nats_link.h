/* nats_link.h: one connection to a NATS server, and what of JetStream a copy needs: ask of its stream, publish in a chain.
 *
 * Every message says which sequence stands before it (Nats-Expected-Last-Sequence), and the server stores it behind that one or not
 * at all: what is stored is always a beginning of what was published, whoever of the two is killed, whoever else writes. */
#ifndef QP_NODE_SINK_NATS_LINK_H
#define QP_NODE_SINK_NATS_LINK_H

#include <jansson.h>
#include <nats/nats.h>

#include "node/sink/nats_url.h"

struct qp_nats {
    struct qp_nats_target at;
    natsConnection *nc;
    jsCtx *js;
    natsSubscription *alone; /* answers who else wants to write (SK6) */
    uint64_t last;           /* the stream's last sequence, what was published included */
    uint64_t sent;           /* over this connection */
};

/* Users, passwords and certificates that the address does not say are read from the environment, under the names that the program
 * `nats` has. QP_EUNREACHABLE. */
int qp_nats_dial(struct qp_nats *n, const struct qp_nats_target *at, struct qp_err *e);
void qp_nats_hang_up(struct qp_nats *n);

/* $JS.API.STREAM.<what>.<the stream>. QP_ENOTFOUND: there is no such stream; QP_EPOLICY: it is refused. out may be NULL. */
int qp_nats_ask(struct qp_nats *n, const char *what, const char *body, json_t **out, struct qp_err *e);
/* The message with this sequence, or (0) the last of the subject. QP_ENOTFOUND. */
int qp_nats_get(struct qp_nats *n, natsMsg **out, uint64_t sequence, const char *subject, struct qp_err *e);

/* QP_EEXISTS: another process answers that it writes. From then on this one does. */
int qp_nats_alone(struct qp_nats *n, struct qp_err *e);

/* Behind all that was published before; *msg is taken. id: Nats-Msg-Id; "": none. Waits while too much is on its way. */
int qp_nats_publish(struct qp_nats *n, natsMsg **msg, const char *id, struct qp_err *e);
/* Until no more than `most` messages wait for their acknowledgement. QP_EIO: the stream is full; QP_EUNREACHABLE: tried again it may
 * be taken; QP_EPOLICY: it is refused. With most 0: the last one stands where it was meant to. */
int qp_nats_settle(struct qp_nats *n, uint64_t most, struct qp_err *e);

#endif
