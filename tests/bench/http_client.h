/* http_client.h: a keep-alive HTTP/1.1 client of as little as the measurements need: blocking, one request at
 * a time, and server-sent events. Used by bench_http. */
#ifndef QP_TESTS_BENCH_HTTP_CLIENT_H
#define QP_TESTS_BENCH_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client {
    int fd;
    char host[128], token[256];
    char *in;            /* what was received: the head is cut off, a body stands at its beginning */
    size_t n, cap, body; /* bytes held; length of the last body */
};

/* Connects to http://HOST:PORT; ends the program with a sentence when it cannot, as do the others. */
void client_open(struct client *c, const char *url, const char *token);
void client_close(struct client *c);
/* Sends and waits for the whole answer. Returns its status; the body is c->in, c->body bytes, NUL behind it.
 */
int client_ask(struct client *c, const char *method, const char *path, const char *body, size_t len);
/* The two halves of it. */
void client_say(struct client *c, const char *method, const char *path, const char *body, size_t len);
int client_hear(struct client *c);
/* GET of an event stream: returns when its head has come. */
void client_stream(struct client *c, const char *path);
/* Blocks until the stream has said a line that holds both texts (either may be ""), and forgets everything up
 * to it. False after `seconds`. */
bool client_await(struct client *c, const char *text, const char *and_text, double seconds);
/* The string value of the first "key":"..." in the body; "" when there is none. */
void client_value(const struct client *c, const char *key, char *out, size_t cap);

#endif
