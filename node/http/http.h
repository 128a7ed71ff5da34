/* http.h: the node's outside over HTTP, shaped by hand; every call is a row of calls/calls.h.
 *
 *   MHD threads (2-4, epoll): parse, authenticate, read with short transactions ─► answer
 *   writes: parse ─► command in a bounded queue, the call is suspended         ┌─► resume ─► answer
 *                       └─► qp_http_take ─► [turn, commit] ─► qp_http_reply ───┘
 *
 * qp_http_take and qp_http_reply are the turn thread's; everything else happens in MHD's threads. A full
 * queue answers 429 with Retry-After. */
#ifndef QP_NODE_HTTP_HTTP_H
#define QP_NODE_HTTP_HTTP_H

#include "node/blob/blob.h"
#include "node/core/core.h"
#include "node/link/wire.h"

/* What GeoReport's door tells to who has no key (OP1): reports that came in by it; nothing, and it takes nothing either; every
 * matter that is not private. */
enum qp_http_open311 { QP_HTTP_OPEN311_OWN, QP_HTTP_OPEN311_OFF, QP_HTTP_OPEN311_ALL };

struct qp_http;
struct qp_http_options {
    const char *listen; /* "127.0.0.1:8420" */
    unsigned threads;   /* 2 */
    size_t queue;       /* commands waiting, 4096 */
    int wake_fd;        /* written when a command is queued */
    struct qp_store *store;
    struct qp_core *core;   /* self, root, zone, metrics: what never changes or is copied */
    struct qp_wire *wire;   /* status; may be NULL */
    struct qp_vault *vault; /* personal records; NULL: none are taken in */
    struct qp_blobs *blobs; /* files; NULL: none are taken in */
    const char *endpoint;   /* what a child is to dial, tcp://HOST:PORT, for invites; NULL: what the wire has
                             bound; "": none */
    const char *proxies;    /* whose X-Forwarded-For is believed: "127.0.0.1, 10.0.0.0/8"; NULL: nobody's */
    const char
        *web_root; /* a folder like node/web to read the pages from, while they are written; NULL or "":
                             those that are embedded */
    enum qp_http_open311 open311;
    const char *map_file; /* PMTiles, for the map of the pages (shape/map_file.h); NULL or "": none */
    const char *turn_urls,
        *turn_secret; /* for calls on lines (calls/ice.c): urls with blanks between, and coturn's secret, at
                                            most 64 bytes; NULL or "": none */
    size_t streams;   /* open at the same time, 512; shared fairly by token and account */
    const char *tls_listen;                /* "0.0.0.0:8443": HTTPS there too; NULL or "": no */
    const char *tls_certificate, *tls_key; /* PEM files for it; read again when they change (wire/tls.h) */
    const uint8_t *session_key;            /* 32 secret bytes, the same after a restart; NULL: random ones */
    int64_t (*guesses_us)(void); /* the clock by which guessing is slowed; NULL: the time since boot */
    const char *sessions;        /* the file in which ended sessions are noted; NULL: forgotten at the end */
};
int qp_http_open(struct qp_http **out, const struct qp_http_options *o, struct qp_err *e);
/* Whether a list of proxies is one; QP_EINVAL names what is wrong. */
int qp_http_proxies_check(const char *text, struct qp_err *e);
/* "own", "off" or "all"; QP_EINVAL says so. */
int qp_http_open311_parse(enum qp_http_open311 *out, const char *text, struct qp_err *e);
/* Before the last turn: what the door has counted for the audit trail and not said yet waits for it (wire/trail.c). */
void qp_http_last_words(struct qp_http *h);
/* Answers 503 to new requests, resumes what is parked, stops. */
void qp_http_close(struct qp_http *h);
/* Up to max waiting commands, for the next turn. What they point to stays valid until their reply. */
size_t qp_http_take(struct qp_http *h, struct qp_command *out, size_t max);
/* After the commit. Tickets of qp_wire (top bit set) are not for here. */
void qp_http_reply(struct qp_http *h, const struct qp_reply *r);
/* QP_OUT_WHISPER, after the commit: to the pages that are open. */
void qp_http_whisper(struct qp_http *h, const struct qp_output *o);
/* What the neighbours say of this machine's clock (T4): by one that they contradict no circular is issued. The turn's thread. */
void qp_http_time_told(struct qp_http *h, enum qp_time_word word);
/* After every commit: wakes streams and ?ack= waiters. durable_us: when the journal was committed. */
void qp_http_committed(struct qp_http *h, uint64_t head, int64_t durable_us);
const char *qp_http_url(const struct qp_http *h);

#endif
