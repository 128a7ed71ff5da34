/* rig.h: a real node on a small store, its turns in a thread, its HTTP server on a free port, and a client of
 * a few lines. */
#ifndef QP_TESTS_HTTP_RIG_H
#define QP_TESTS_HTTP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "node/http/http.h"

struct rig {
    char dir[64];
    struct qp_keys keys;
    struct qp_store *store;
    struct qp_core *core;
    struct qp_vault *vault;
    struct qp_blobs *blobs;
    struct qp_http *http;
    struct qp_hash root;
    int wake_fd;
    pthread_t turner;
    atomic_bool stop, hold, held;
    atomic_bool full; /* its store has no room: no turn takes anything */
    char token[64];   /* with every right */
    size_t streams;   /* its bound; 0: the usual one */
    enum qp_http_open311 open311;
};

extern _Atomic int64_t rig_guesses_us; /* where the clock of guessing stands; 0: it goes */

int rig_up(void **state);
int rig_up_few_streams(void **state); /* 6 */
/* The HTTP server stops and starts again; the port is another. */
void rig_restart(struct rig *r);
int rig_down(void **state);
/* From its return on commands wait and no turn takes them, until they are released. */
void rig_hold(struct rig *r);
void rig_release(struct rig *r);

struct answer {
    int status;
    char head[4096];
    char *body; /* NUL-terminated */
    size_t len;
    json_t *json; /* of a JSON body, else NULL */
};
/* One request on a connection of its own. token NULL: none. type NULL: application/json when there is a body.
 * headers: further lines, each with CR LF, or NULL. */
struct answer *ask(struct rig *r, const char *method, const char *path, const char *body, const char *token,
                   const char *headers);
void answer_free(struct answer *a);
/* A connection, and raw bytes over it. */
int dial(struct rig *r);
void say(int fd, const char *text);
/* What comes until `needle` is in it, or the peer closes, or 15 s are over; NUL-terminated. needle NULL:
 * until it closes. */
size_t hear(int fd, char *out, size_t cap, const char *needle);
const char *rig_method(unsigned method); /* of a route: "GET" ... */
/* Makes a token with these rights ("read","step"); its text in out. */
void rig_token(struct rig *r, const char *name, const char *rights, char out[64]);

/* $.a.b as text, number, … of an answer; fails the test when absent. */
const char *text_at(const struct answer *a, const char *path);
json_int_t int_at(const struct answer *a, const char *path);
json_t *at(const struct answer *a, const char *path);

#endif
