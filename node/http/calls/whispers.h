/* whispers.h: what the stream tells of whispers (LI7). */
#ifndef QP_NODE_HTTP_CALLS_WHISPERS_H
#define QP_NODE_HTTP_CALLS_WHISPERS_H

#include "node/http/wire/inside.h"

/* Appends it as the event `whisper`, without an id, where its line is open to him. */
void qp_stream_whisper(struct qp_json *out, struct qp_http *h, const struct qp_auth *auth,
                       const struct qp_whispered *x, struct qp_arena *a);

#endif
