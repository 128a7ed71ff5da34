/* stream.h: the open streams, as the turn's end and the porter see them. Both with h->lock held. */
#ifndef QP_NODE_HTTP_CALLS_STREAM_H
#define QP_NODE_HTTP_CALLS_STREAM_H

#include "node/http/wire/inside.h"

void qp_streams_wake(struct qp_http *h, bool all); /* those that have something to do; all: every one */
void qp_streams_beat(
    struct qp_http *h); /* twice a second: heartbeats, changes of the links, of what stands */
/* Before that, by the same thread: which alarms stand. It lets go of the lock meanwhile. */
void qp_streams_look(struct qp_http *h);

/* ?types=: the names of the events that are asked for, as ",matter,node,"; "": all. QP_EINVAL names one that there is not. */
enum { QP_STREAM_TYPES = 200 };
int qp_stream_types(struct qp_call *c, char out[QP_STREAM_TYPES], struct qp_fault *f);
/* Takes the others out of what is about to be sent: whole events, each ended by an empty line. Beats stay. */
void qp_stream_leave_out(struct qp_json *out, const char *types);

#endif
