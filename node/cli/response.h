/* response.h: reads one HTTP/1.1 answer from bytes as they come: status, the few headers that matter, the
 * body.
 *
 * No socket in it: the blocking client (client.c) and the importer's many connections (import_pool.c) feed it. */
#ifndef QP_NODE_CLI_RESPONSE_H
#define QP_NODE_CLI_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

enum { QP_RESPONSE_HEAD_MAX = 16 * 1024, QP_RESPONSE_BODY_MAX = 256 * 1024 * 1024, QP_RETRY_MOST_S = 3600 };

struct qp_response {
    int status;
    long retry_after_s; /* at most QP_RETRY_MOST_S; 0: not said */
    bool close;         /* the other side will close after this */
    bool done;
    char *body; /* malloc'd, NUL-terminated; owned by the answer */
    size_t len, cap;
    size_t body_most; /* kept; 0: QP_RESPONSE_BODY_MAX */
    bool too_big;     /* it was refused for that */
    /* private */
    enum {
        QP_RS_HEAD,
        QP_RS_LENGTH,
        QP_RS_UNTIL_CLOSE,
        QP_RS_SIZE,
        QP_RS_CHUNK,
        QP_RS_CHUNK_END,
        QP_RS_TRAILER
    } state;
    char line[QP_RESPONSE_HEAD_MAX];
    size_t line_len;
    size_t left;  /* of the body or chunk */
    bool no_body; /* of a HEAD, 204, 304 */
    bool any;     /* a byte came */
};

/* Makes it ready for the next answer; the body's memory and its bound are kept. */
void qp_response_reset(struct qp_response *a);
size_t qp_response_most(const struct qp_response *a);
void qp_response_free(struct qp_response *a);
/* Takes bytes until the answer is done; returns how many were taken, -1 when this is not HTTP or out of
 * bounds. */
long qp_response_feed(struct qp_response *a, const char *p, size_t n);
/* The other side closed: true when that ends the answer rightly. */
bool qp_response_closed(struct qp_response *a);

#endif
