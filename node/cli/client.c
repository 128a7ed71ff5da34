/* client.c: see client.h. Blocking sockets with a time limit; used by the commands, by dev and by tests. */
#include "node/cli/client.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "node/cli/place.h"

static int split(const char *url, const char *usual, char host[200], char port[8], struct qp_err *e)
{
    const char *p = url, *end, *colon;
    if (strncmp(p, "https://", 8) == 0)
        return qp_fail(e, QP_EINVAL, "%s: the command line speaks plain HTTP to a node on its own machine",
                       url);
    if (strncmp(p, "http://", 7) == 0)
        p += 7;
    end = p + strcspn(p, "/?#");
    colon = memrchr(p, ':', (size_t)(end - p));
    if (p[0] == '[' && colon && memchr(colon, ']', (size_t)(end - colon)))
        colon = NULL;
    const char *host_end = colon ? colon : end;
    const char *from = p[0] == '[' ? p + 1 : p, *to = p[0] == '[' ? host_end - 1 : host_end;
    if (to <= from || to - from >= 200 || (colon && (end - colon < 2 || end - colon > 6)))
        return qp_fail(e, QP_EINVAL, "\"%s\" is not http://HOST:PORT", url);
    long number = colon ? strtol(colon + 1, NULL, 10) : 1;
    if (colon &&
        (strspn(colon + 1, "0123456789") != (size_t)(end - colon - 1) || number < 1 || number > 65535))
        return qp_fail(e, QP_EINVAL, "\"%s\" has no port of 1 to 65535 at its end", url);
    snprintf(host, 200, "%.*s", (int)(to - from), from);
    snprintf(port, 8, "%.*s", colon ? (int)(end - colon - 1) : 4, colon ? colon + 1 : usual);
    return 0;
}

int qp_url_split(const char *url, char host[200], char port[8], struct qp_err *e)
{
    return split(url, "8420", host, port, e);
}

static int set_up(struct qp_client *cl, const char *url, const char *usual, struct qp_err *e)
{
    memset(cl, 0, sizeof *cl);
    cl->fd = cl->ends = -1;
    cl->timeout_ms = 60000;
    int rc = split(url, usual, cl->host, cl->port, e);
    bool six = strchr(cl->host, ':');
    snprintf(cl->url, sizeof cl->url, "http://%s%s%s:%s", six ? "[" : "", cl->host, six ? "]" : "", cl->port);
    return rc;
}

int qp_client_to(struct qp_client *cl, const char *url, const char *token, struct qp_err *e)
{
    int rc = set_up(cl, url, "8420", e);
    snprintf(cl->token, sizeof cl->token, "%s", token ? token : "");
    return rc;
}

int qp_client_to_other(struct qp_client *cl, const char *url, struct qp_err *e)
{
    int rc = set_up(cl, url, "80", e);
    if (strncmp(url, "https://", 8) == 0)
        return qp_fail(e, QP_EINVAL,
                       "%s: this program speaks plain HTTP: give the address of a proxy that speaks TLS",
                       url);
    cl->whole_ms = QP_CLIENT_OTHER_MS;
    cl->answer.body_most = QP_CLIENT_OTHER_MOST;
    return rc;
}

int qp_client_open(struct qp_client *cl, const struct qp_cli *c)
{
    struct qp_err e = {0};
    char url[300], token[512];
    if (qp_place_url(c, url, &e) || qp_place_token(c, token, &e) || qp_client_to(cl, url, token, &e))
        return qp_complain_err(c, &e);
    return 0;
}

static void hang_up(struct qp_client *cl)
{
    if (cl->fd >= 0)
        close(cl->fd);
    cl->fd = -1;
}

void qp_client_close(struct qp_client *cl)
{
    hang_up(cl);
    qp_response_free(&cl->answer);
}

void qp_client_hold_signals(struct qp_client *cl)
{
    sigset_t ends;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    cl->ends = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (cl->ends < 0) /* nobody would see them: they end it as they end any other */
        sigprocmask(SIG_UNBLOCK, &ends, NULL);
}

bool qp_client_asleep(const struct qp_client *cl, long ms)
{
    struct pollfd v = {.fd = cl->ends, .events = POLLIN};
    return poll(&v, 1, (int)ms) > 0;
}

/* Until the socket can do one of `want`, or `until_us` (0: for ever). 0; QP_EUNREACHABLE. */
static int ready(const struct qp_client *cl, int fd, short want, int64_t until_us, short *can,
                 struct qp_err *e)
{
    struct pollfd v[2] = {{.fd = fd, .events = want}, {.fd = cl->ends, .events = POLLIN}};
    for (;;) {
        int64_t left_us = until_us ? until_us - qp_monotonic_us() : -1;
        if (until_us && left_us <= 0)
            return qp_fail(e, QP_EUNREACHABLE, "%s does not answer", cl->url);
        int n = poll(v, 2, until_us ? (int)(left_us / 1000) + 1 : -1);
        if (n < 0 && errno != EINTR)
            return qp_fail(e, QP_EUNREACHABLE, "%s: %s", cl->url, strerror(errno));
        if (n > 0 && v[1].revents)
            return qp_fail(e, QP_EUNREACHABLE, "ended while %s was asked", cl->url);
        if (n > 0) {
            *can = v[0].revents;
            return 0;
        }
    }
}

static int connect_to(struct qp_client *cl, int fd, const struct addrinfo *a, struct qp_err *e)
{
    short can;
    int why = 0;
    socklen_t len = sizeof why;
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return qp_fail(e, QP_EUNREACHABLE, "no node answers at %s: %s", cl->url, strerror(errno));
    int rc = ready(cl, fd, POLLOUT, cl->timeout_ms ? qp_monotonic_us() + (int64_t)cl->timeout_ms * 1000 : 0,
                   &can, e);
    if (!rc && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) || why))
        rc = qp_fail(e, QP_EUNREACHABLE, "no node answers at %s: %s", cl->url, strerror(why));
    return rc;
}

int qp_client_dial(struct qp_client *cl, struct qp_err *e)
{
    struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int rc = getaddrinfo(cl->host, cl->port, &want, &list);
    if (rc)
        return qp_fail(e, QP_EUNREACHABLE, "%s: %s", cl->host, gai_strerror(rc));
    struct qp_err why; /* of the last address; e stays as it was when one of them answers */
    rc = qp_fail(&why, QP_EUNREACHABLE, "no node answers at %s", cl->url);
    for (struct addrinfo *a = list; a && cl->fd < 0; a = a->ai_next) {
        struct timeval t = {cl->timeout_ms / 1000, (cl->timeout_ms % 1000) * 1000};
        int one = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t); /* for who reads from it by himself */
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        rc = connect_to(cl, fd, a, &why);
        if (!rc && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0)
            cl->fd = fd;
        else
            close(fd);
    }
    freeaddrinfo(list);
    return cl->fd < 0 ? qp_fail(e, QP_EUNREACHABLE, "%s", why.text) : 0;
}

struct outgoing { /* what is still to be sent: head, then body */
    const char *p[2];
    size_t n[2];
};

/* Sends what goes without waiting. false: the other side takes no more. */
static bool send_more(int fd, struct outgoing *o)
{
    for (int i = 0; i < 2; i++) {
        while (o->n[i]) {
            ssize_t w = send(fd, o->p[i], o->n[i], MSG_NOSIGNAL | MSG_DONTWAIT);
            if (w <= 0)
                return w < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
            o->p[i] += w;
            o->n[i] -= (size_t)w;
        }
    }
    return true;
}

/* What came is taken. QP_EGAP: nothing at all came back; QP_EUNREACHABLE. */
static int receive(struct qp_client *cl, struct qp_err *e)
{
    char buf[65536];
    ssize_t n = recv(cl->fd, buf, sizeof buf, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (n <= 0 && !cl->answer.any)
        return QP_EGAP;
    if (n <= 0)
        return qp_response_closed(&cl->answer)
                   ? 0
                   : qp_fail(e, QP_EUNREACHABLE, "%s ended its answer halfway", cl->url);
    if (qp_response_feed(&cl->answer, buf, (size_t)n) >= 0)
        return 0;
    return cl->answer.too_big ? qp_fail(e, QP_EUNREACHABLE, "%s answers with more than %zu bytes at once",
                                        cl->url, qp_response_most(&cl->answer))
                              : qp_fail(e, QP_EUNREACHABLE, "%s does not speak HTTP as a node does", cl->url);
}

/* Sends a request that is whole and reads its answer, which may come before all is sent (a body that is too large). QP_EGAP:
 * nothing at all came back (a kept connection had been closed). */
static int once(struct qp_client *cl, const char *head, size_t head_len, const void *body, size_t len,
                struct qp_err *e)
{
    struct outgoing o = {.p = {head, body}, .n = {head_len, len}};
    int64_t whole_us = cl->whole_ms ? qp_monotonic_us() + (int64_t)cl->whole_ms * 1000 : 0;
    bool takes = true;
    int rc = 0;
    while (!rc && !cl->answer.done) {
        int64_t until_us = cl->timeout_ms ? qp_monotonic_us() + (int64_t)cl->timeout_ms * 1000 : 0;
        short can = 0;
        if (whole_us && (!until_us || whole_us < until_us))
            until_us = whole_us;
        takes = takes && send_more(cl->fd, &o); /* else its answer may be there all the same */
        rc = ready(cl, cl->fd, (short)(POLLIN | (takes && o.n[0] + o.n[1] ? POLLOUT : 0)), until_us, &can, e);
        if (!rc && can & (POLLIN | POLLHUP | POLLERR))
            rc = receive(cl, e);
    }
    if (o.n[0] + o.n[1])
        cl->answer.close = true;
    return rc;
}

int qp_client_call(struct qp_client *cl, const char *method, const char *path, const char *headers,
                   const void *body, size_t len, struct qp_err *e)
{
    char *head = NULL;
    int n = asprintf(&head,
                     "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: qipan/" QP_VERSION
                     "\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
                     method, path, cl->url + strlen("http://"), cl->token[0] ? "Authorization: Bearer " : "",
                     cl->token, cl->token[0] ? "\r\n" : "", headers ? headers : "", len);
    if (n < 0)
        return qp_fail(e, QP_ENOMEM, "no memory for a request");
    int rc = QP_EGAP;
    for (int tries = 0; tries < 2 && rc == QP_EGAP; tries++) {
        bool kept = cl->fd >= 0;
        qp_response_reset(&cl->answer); /* where nothing answers too: the one before is not this call's */
        if (!kept && (rc = qp_client_dial(cl, e)))
            break;
        rc = once(cl, head, (size_t)n, body, len, e);
        if (rc || cl->answer.close)
            hang_up(cl);
        if (rc == QP_EGAP && !kept)
            break;
    }
    free(head);
    if (rc == QP_EGAP)
        rc = qp_fail(e, QP_EUNREACHABLE, "%s closed the connection without an answer", cl->url);
    return rc;
}

static int code_of(int status, const char *name)
{
    static const struct {
        int code, http;
    } list[] = {
#define X(c, v, h, n, zh) {c, h},
        QP_ERRORS(X)
#undef X
    };
    size_t n = sizeof list / sizeof list[0];
    int code = name ? qp_error_named(name) : -1;
    if (code >= 0)
        return code;
    for (size_t i = 1; i < n; i++)
        if (list[i].http == status)
            return list[i].code;
    return QP_EPOLICY;
}

bool qp_client_passes(int rc, int status)
{
    return rc == QP_EUNREACHABLE || status == 429 || status >= 500;
}

int qp_client_refusal(const struct qp_response *a, struct qp_err *e)
{
    json_t *v = a->body ? json_loadb(a->body, a->len, 0, NULL) : NULL;
    json_t *error = json_object_get(v, "error");
    const char *name = json_string_value(json_object_get(error, "code"));
    const char *text = json_string_value(json_object_get(error, "message"));
    int rc = code_of(a->status, name);
    if (text)
        qp_fail(e, rc, "%s", text);
    else
        qp_fail(e, rc, "the node answers %d%s%s", a->status, name ? " " : "", name ? name : "");
    json_decref(v);
    return rc;
}

int qp_client_json(struct qp_client *cl, const char *method, const char *path, const char *headers,
                   json_t *body, json_t **out, struct qp_err *e)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    char lines[1024];
    *out = NULL;
    snprintf(lines, sizeof lines, "%s%s", text ? "Content-Type: application/json\r\n" : "",
             headers ? headers : "");
    int rc = qp_client_call(cl, method, path, lines, text, text ? strlen(text) : 0, e);
    free(text);
    if (rc)
        return rc;
    if (cl->answer.status / 100 != 2)
        return qp_client_refusal(&cl->answer, e);
    if (cl->answer.len == 0)
        return 0;
    json_error_t why;
    *out = json_loadb(cl->answer.body, cl->answer.len, JSON_DECODE_ANY, &why);
    return *out
               ? 0
               : qp_fail(e, QP_EUNREACHABLE, "%s answered something that is not JSON: %s", cl->url, why.text);
}

int qp_client_ask(struct qp_client *cl, const struct qp_cli *c, const char *method, const char *path,
                  const char *headers, json_t *body, json_t **out)
{
    cl->error = (struct qp_err){0};
    int rc = qp_client_json(cl, method, path, headers, body, out, &cl->error);
    if (!rc)
        return 0;
    if (c->json && cl->answer.len > 0 && rc != QP_EUNREACHABLE)
        printf("%.*s\n", (int)strcspn(cl->answer.body, "\n"), cl->answer.body); /* the whole refusal */
    return qp_complain_err(c, &cl->error);
}

static void query_put(struct qp_url_query *q, const char *text, size_t n)
{
    if (q->len + n + 1 > q->cap) {
        q->cap = (q->len + n + 1) * 2;
        q->text = realloc(q->text, q->cap);
        if (!q->text)
            abort();
    }
    memcpy(q->text + q->len, text, n);
    q->len += n;
    q->text[q->len] = 0;
}

char *qp_escape(const char *text)
{
    char *out = malloc(strlen(text) * 3 + 1), *p = out;
    if (!out)
        abort();
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        if (isalnum(*s) || strchr("-._~", *s))
            *p++ = (char)*s;
        else
            p += sprintf(p, "%%%02X", *s);
    }
    *p = 0;
    return out;
}

int qp_key_header(const struct qp_cli *c, char out[QP_KEY_HEADER])
{
    const char *key = qp_opt(c, "key");
    out[0] = '\0';
    if (!key)
        return 0;
    bool plain = *key != '\0' && strlen(key) <= QP_REF_BYTES;
    for (const char *p = key; *p != '\0' && plain; p++)
        plain = (unsigned char)*p >= ' ' && *p != 0x7f;
    if (!plain)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "--key is one line of 1 to %d bytes", "--key 须为一行文本，1 至 %d 字节"),
                           QP_REF_BYTES);
    snprintf(out, QP_KEY_HEADER, "Idempotency-Key: %s\r\n", key);
    return 0;
}

void qp_url_begin(struct qp_url_query *q, const char *path)
{
    *q = (struct qp_url_query){0};
    query_put(q, path, strlen(path));
}

void qp_url_more(struct qp_url_query *q, const char *query)
{
    if (!*query)
        return;
    query_put(q, q->any ? "&" : "?", 1);
    query_put(q, query, strlen(query));
    q->any = true;
}

void qp_url_add(struct qp_url_query *q, const char *name, const char *value)
{
    if (!value)
        return;
    char *v = qp_escape(value);
    query_put(q, q->any ? "&" : "?", 1);
    query_put(q, name, strlen(name));
    query_put(q, "=", 1);
    query_put(q, v, strlen(v));
    q->any = true;
    free(v);
}

void qp_url_free(struct qp_url_query *q)
{
    free(q->text);
    *q = (struct qp_url_query){0};
}

const char *qp_text_of(const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));
    return v ? v : "";
}
