/* nats_url.h: how a stream is named on the command line, and how its subjects are made. Pure. */
#ifndef QP_NODE_SINK_NATS_URL_H
#define QP_NODE_SINK_NATS_URL_H

#include <stdbool.h>

#include "crypto/error.h"

enum { QP_NATS_STREAM = 64, QP_NATS_SUBJECT = 512 };

/* nats://[USER[:PASSWORD]@]HOST[:PORT]/STREAM[?max_bytes=N&replicas=N], or tls://…: never without TLS. Of a user alone: a token. */
struct qp_nats_target {
    char host[256]; /* without a port */
    char url[300];  /* host and port, without who asks: it may be shown */
    char user[128], password[256], stream[QP_NATS_STREAM];
    bool tls;
    long long max_bytes, replicas; /* of a stream that is made */
};
bool qp_nats_takes(const char *target);
/* QP_EINVAL says what is missing, and never the password. */
int qp_nats_read(struct qp_nats_target *out, const char *target, struct qp_err *e);

/* STREAM.COUNTY.NODE.TYPE. What no token may hold is written as %XX, an empty one as `-`. */
void qp_nats_subject(char out[QP_NATS_SUBJECT], const char *stream, const char *county, const char *node,
                     const char *type);
/* Whether a stream that takes `subject` takes all of the copy's: STREAM.> or more. */
bool qp_nats_covers(const char *subject, const char *stream);

#endif
