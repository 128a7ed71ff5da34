/* stream.h: the open streams, as the turn's end and the porter see them. Both with h->lock held. */
#ifndef QP_NODE_HTTP_CALLS_STREAM_H
#define QP_NODE_HTTP_CALLS_STREAM_H

#include "node/http/wire/inside.h"

void qp_streams_wake(struct qp_http *h, bool all); /* those that have something to do; all: every one */
void qp_streams_beat(
    struct qp_http *h); /* twice a second: heartbeats, changes of the links, of what stands */
/* Before that, by the same thread: which alarms stand. It lets go of the lock meanwhile. */
void qp_streams_look(struct qp_http *h);

#endif
