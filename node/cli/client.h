/* client.h: a small HTTP/1.1 client for one node: keep-alive, chunks, one call at a time.
 *
 * Who is called: --node, else QIPAN_NODE, else what the running node of --dir left in DIR/run/http, else the
 * configured address. By which token: --token, else QIPAN_TOKEN, else DIR/cli-token. */
#ifndef QP_NODE_CLI_CLIENT_H
#define QP_NODE_CLI_CLIENT_H

#include <jansson.h>

#include "node/cli/cli.h"
#include "node/cli/response.h"
#include "proto/limits.h"

struct qp_client {
    char host[200], port[8];
    char url[220]; /* as it is dialled, for sentences */
    char token[512];
    int fd;         /* -1: not connected */
    int timeout_ms; /* as long as it says nothing; 0: for ever */
    int whole_ms;   /* until the whole answer is there; 0: for ever */
    int ends;       /* a signalfd that ends a call and a wait; -1: none. Its signals stay there */
    struct qp_response answer;
    struct qp_err error; /* of the last call that failed */
};

/* "http://HOST:PORT" (a path after it is ignored), without a port a node's, 8420. QP_EINVAL. */
int qp_url_split(const char *url, char host[200], char port[8], struct qp_err *e);
/* From the command's options; complains itself and returns an exit code, 0 = ready. */
int qp_client_open(struct qp_client *cl, const struct qp_cli *c);
/* For a URL and token that are known. */
int qp_client_to(struct qp_client *cl, const char *url, const char *token, struct qp_err *e);
/* Somebody else's server: port 80 unless it is said, no token, an answer whole within two minutes and of at most 16 MiB. */
enum { QP_CLIENT_OTHER_MS = 120000, QP_CLIENT_OTHER_MOST = 16 * 1024 * 1024 };
int qp_client_to_other(struct qp_client *cl, const char *url, struct qp_err *e);
void qp_client_close(struct qp_client *cl);
/* Holds SIGINT and SIGTERM back, for a process that goes on for ever: they end its calls and its waits. Ignores SIGPIPE. */
void qp_client_hold_signals(struct qp_client *cl);
/* Waits; true: it is to end. 0 ms: only whether it is. */
bool qp_client_asleep(const struct qp_client *cl, long ms);
int qp_client_dial(struct qp_client *cl, struct qp_err *e); /* connects only; timeout_ms 0: waits for ever */

/* One call. `headers`: more header lines, each with its line end; may be NULL. 0: cl->answer holds the
 * answer, whatever its status; QP_EUNREACHABLE: its status is 0, or of one that broke off. A call on a kept connection that the node had closed
 * meanwhile is tried once more on a new one. */
int qp_client_call(struct qp_client *cl, const char *method, const char *path, const char *headers,
                   const void *body, size_t len, struct qp_err *e);
/* A call whose answer is JSON: *out is NULL where there is no body. Otherwise than 2xx: the node's sentence
 * in *e, and the code that fits the status. */
int qp_client_json(struct qp_client *cl, const char *method, const char *path, const char *headers,
                   json_t *body /* kept */, json_t **out, struct qp_err *e);
/* The same for a command: complains and returns the exit code. */
int qp_client_ask(struct qp_client *cl, const struct qp_cli *c, const char *method, const char *path,
                  const char *headers, json_t *body, json_t **out);
/* A text member of an answer, "" when it is absent or null. */
const char *qp_text_of(const json_t *o, const char *name);
/* The header of --key, "" without one. 0, or it complains and returns the exit code: of a key that was cut short the node could
 * not say whether it came before. */
enum { QP_KEY_HEADER = QP_REF_BYTES + 32 };
int qp_key_header(const struct qp_cli *c, char out[QP_KEY_HEADER]);
/* What an answer that is not 2xx says. */
int qp_client_refusal(const struct qp_response *a, struct qp_err *e);
/* Whether it passes by itself, so that the same call is to be made again: nothing answered, or a node that is busy, full, stopping. */
bool qp_client_passes(int rc, int status);

/* A path with a query, built piece by piece, everything escaped. */
struct qp_url_query {
    char *text; /* malloc'd */
    size_t len, cap;
    bool any;
};
void qp_url_begin(struct qp_url_query *q, const char *path);
void qp_url_more(struct qp_url_query *q, const char *query); /* one that is written already, as it is */
void qp_url_add(struct qp_url_query *q, const char *name, const char *value); /* nothing when value is NULL */
void qp_url_free(struct qp_url_query *q);
/* Percent-encodes for a path's segment; malloc'd. */
char *qp_escape(const char *text);

#endif
