/* http_client.c: see http_client.h. Knows Content-Length and chunks; nothing else of HTTP. */
#include "tests/bench/http_client.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define END(...)                                                                                             \
    do {                                                                                                     \
        fprintf(stderr, "bench_http: " __VA_ARGS__);                                                         \
        fputc('\n', stderr);                                                                                 \
        exit(1);                                                                                             \
    } while (0)

void client_open(struct client *c, const char *url, const char *token)
{
    char port[16] = "80";
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    const int one = 1;
    memset(c, 0, sizeof *c);
    if (sscanf(url, "http://%127[^:/]:%15[0-9]", c->host, port) < 1)
        END("%s is not http://HOST:PORT", url);
    snprintf(c->token, sizeof c->token, "%s", token);
    if (getaddrinfo(c->host, port, &hints, &found) != 0)
        END("%s has no address", url);
    c->fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, found->ai_addr, found->ai_addrlen) != 0)
        END("%s: %s", url, strerror(errno));
    freeaddrinfo(found);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->cap = 1 << 16;
    c->in = malloc(c->cap);
    assert(c->in);
}

void client_close(struct client *c)
{
    close(c->fd);
    free(c->in);
}

/* ---- out ---- */

static void send_all(struct client *c, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            END("%s does not take a request: %s", c->host, strerror(errno));
        p += n;
        len -= (size_t)n;
    }
}

void client_say(struct client *c, const char *method, const char *path, const char *body, size_t len)
{
    char head[1024];
    int n = snprintf(
        head, sizeof head,
        "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n",
        method, path, c->host, c->token, len);
    assert(n > 0 && (size_t)n < sizeof head);
    if (len == 0 || (size_t)n + len > sizeof head) {
        send_all(c, head, (size_t)n);
        if (len > 0)
            send_all(c, body, len);
        return;
    }
    memcpy(head + n, body, len); /* one segment, as any client would */
    send_all(c, head, (size_t)n + len);
}

/* ---- in ---- */

static void more(struct client *c)
{
    if (c->cap - c->n < 65536) {
        c->cap *= 2;
        c->in = realloc(c->in, c->cap);
        assert(c->in);
    }
    ssize_t n = recv(c->fd, c->in + c->n, c->cap - c->n - 1, 0);
    if (n <= 0)
        END("%s closed the connection: %s", c->host, n == 0 ? "end" : strerror(errno));
    c->n += (size_t)n;
    c->in[c->n] = 0;
}

static void cut(struct client *c, size_t n)
{
    memmove(c->in, c->in + n, c->n - n);
    c->n -= n;
    c->in[c->n] = 0;
}

static int head(struct client *c, long *length)
{
    char *end;
    c->in[c->n] = 0;
    while (!(end = strstr(c->in, "\r\n\r\n")))
        more(c);
    int status = 0;
    if (sscanf(c->in, "HTTP/1.%*d %d", &status) != 1)
        END("%s does not answer in HTTP", c->host);
    *end = 0;
    const char *at = strcasestr(c->in, "\r\nContent-Length:");
    *length = at ? strtol(at + 17, NULL, 10) : -1;
    cut(c, (size_t)(end - c->in) + 4);
    return status;
}

int client_hear(struct client *c)
{
    long length;
    int status;
    cut(c, c->body); /* the last answer */
    c->body = 0;
    do
        status = head(c, &length);
    while (status == 100);
    if (length < 0)
        END("an answer without Content-Length");
    while (c->n < (size_t)length)
        more(c);
    c->body = (size_t)length;
    c->in[c->n] = 0;
    return status;
}

int client_ask(struct client *c, const char *method, const char *path, const char *body, size_t len)
{
    client_say(c, method, path, body, len);
    return client_hear(c);
}

/* ---- events ---- */

void client_stream(struct client *c, const char *path)
{
    long length;
    client_say(c, "GET", path, NULL, 0);
    int status = head(c, &length);
    if (status != 200)
        END("%s: %d", path, status);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Chunk borders stand within the text; a line with one in it may hide what is looked for, which a node's
 * short events never are. */
bool client_await(struct client *c, const char *text, const char *and_text, double seconds)
{
    double until = now_s() + seconds;
    size_t looked = 0;
    for (;;) {
        char *line = c->in + looked, *nl;
        while ((nl = memchr(line, '\n', c->n - (size_t)(line - c->in)))) {
            *nl = 0;
            bool hit = strstr(line, text) && strstr(line, and_text);
            *nl = '\n';
            line = nl + 1;
            if (hit) {
                cut(c, (size_t)(line - c->in));
                return true;
            }
        }
        cut(c, (size_t)(line - c->in));
        looked = 0;
        double left = until - now_s();
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)(left * 1000) + 1) < 0)
            return false;
        if (p.revents & POLLIN)
            more(c);
    }
}

void client_value(const struct client *c, const char *key, char *out, size_t cap)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\":\"", key);
    const char *at = strstr(c->in, wanted), *end = at ? strchr(at + strlen(wanted), '"') : NULL;
    size_t len = end ? (size_t)(end - at) - strlen(wanted) : 0;
    len = len < cap ? len : cap - 1;
    if (at)
        memcpy(out, at + strlen(wanted), len);
    out[at ? len : 0] = 0;
}
