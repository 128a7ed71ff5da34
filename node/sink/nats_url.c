/* nats_url.c: a stream's address taken apart; subjects. */
#include "node/sink/nats_url.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT = 4222, TOKEN = 42 }; /* of a token so many bytes: a label has 32, an id 26 */
static const long long MOST_BYTES = 8LL * 1024 * 1024 * 1024;
static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

bool qp_nats_takes(const char *target)
{
    return strncmp(target, "nats://", 7) == 0 || strncmp(target, "tls://", 6) == 0;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The len bytes at `from`, %XX read; false: they do not fit, or hold a NUL. */
static bool plain(char *out, size_t cap, const char *from, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++, n++) {
        bool coded = from[i] == '%' && i + 2 < len && nibble(from[i + 1]) >= 0 && nibble(from[i + 2]) >= 0;
        int c = coded ? nibble(from[i + 1]) * 16 + nibble(from[i + 2]) : (unsigned char)from[i];
        if (n + 1 >= cap || !c)
            return false;
        out[n] = (char)c;
        i += coded ? 2 : 0;
    }
    out[n] = '\0';
    return true;
}

static int read_user(struct qp_nats_target *t, const char *from, size_t len, struct qp_err *e)
{
    const char *colon = memchr(from, ':', len);
    size_t user = colon ? (size_t)(colon - from) : len;
    if (!plain(t->user, sizeof t->user, from, user) ||
        (colon && !plain(t->password, sizeof t->password, colon + 1, len - user - 1)))
        return qp_fail(e, QP_EINVAL, "the user or the password before the @ is longer than %zu bytes",
                       sizeof t->password - 1);
    return 0;
}

/* HOST[:PORT]; an IPv6 address stands in brackets. */
static int read_host(struct qp_nats_target *t, const char *from, size_t len, struct qp_err *e)
{
    char *end = NULL;
    const char *bracket = memchr(from, ']', len), *colon = NULL;
    for (const char *p = bracket ? bracket : from; p < from + len; p++)
        colon = *p == ':' ? p : colon;
    size_t host = colon ? (size_t)(colon - from) : len;
    long port = colon && colon + 1 < from + len ? strtol(colon + 1, &end, 10) : PORT;
    if (!host || host >= sizeof t->host || port < 1 || port > 65535 || (end && end != from + len))
        return qp_fail(e, QP_EINVAL, "name the server and its port: nats://HOST:4222/STREAM");
    snprintf(t->host, sizeof t->host, "%.*s", (int)host, from);
    snprintf(t->url, sizeof t->url, "%s://%s:%ld", t->tls ? "tls" : "nats", t->host, port);
    return 0;
}

static int read_word(struct qp_nats_target *t, const char *from, size_t len, struct qp_err *e)
{
    static const struct {
        const char *name;
        size_t at;
        long long most;
    } WORDS[] = {{"max_bytes=", offsetof(struct qp_nats_target, max_bytes), 1LL << 60},
                 {"replicas=", offsetof(struct qp_nats_target, replicas), 5}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        size_t n = strlen(WORDS[i].name);
        if (len <= n || strncmp(from, WORDS[i].name, n) != 0)
            continue;
        char *end;
        long long v = strtoll(from + n, &end, 10);
        if (end == from + len && v >= 1 && v <= WORDS[i].most) {
            memcpy((char *)t + WORDS[i].at, &v, sizeof v);
            return 0;
        }
    }
    return qp_fail(e, QP_EINVAL,
                   "`%.*s` behind the stream: max_bytes=BYTES and replicas=1 to 5 can be said there, with & "
                   "between them",
                   (int)(len < 80 ? len : 80), from);
}

static int read_stream(struct qp_nats_target *t, const char *from, size_t len, struct qp_err *e)
{
    if (!len || len >= sizeof t->stream || strspn(from, PLAIN) < len || *from == '_' || *from == '-')
        return qp_fail(e, QP_EINVAL,
                       "name the stream behind the server, in up to %zu letters, digits, - and _: "
                       "nats://HOST:4222/STREAM",
                       sizeof t->stream - 1);
    snprintf(t->stream, sizeof t->stream, "%.*s", (int)len, from);
    return 0;
}

int qp_nats_read(struct qp_nats_target *out, const char *target, struct qp_err *e)
{
    struct qp_nats_target t = {.tls = *target == 't', .max_bytes = MOST_BYTES, .replicas = 1};
    const char *from = strstr(target, "://") + 3, *at = NULL;
    size_t len = strcspn(from, "/?");
    for (const char *p = from; p < from + len; p++)
        at = *p == '@' ? p : at;
    int rc = at ? read_user(&t, from, (size_t)(at - from), e) : 0;
    const char *host = at ? at + 1 : from, *stream = from + len + (from[len] == '/');
    if (!rc)
        rc = read_host(&t, host, (size_t)(from + len - host), e);
    size_t name = strcspn(stream, "?");
    if (!rc)
        rc = read_stream(&t, stream, name, e);
    for (const char *p = stream + name; !rc && *p;) {
        size_t word = strcspn(p + 1, "&");
        rc = read_word(&t, p + 1, word, e);
        p += 1 + word;
    }
    *out = t;
    return rc;
}

/* One token and what stands behind it; where it goes on. */
static char *token(char *to, const char *text, char behind)
{
    if (!*text)
        *to++ = '-';
    for (size_t i = 0; text[i] && i < TOKEN; i++) {
        if (strchr(PLAIN, text[i]))
            *to++ = text[i];
        else
            to += snprintf(to, 4, "%%%02X", (unsigned)(unsigned char)text[i]);
    }
    *to++ = behind;
    return to;
}

void qp_nats_subject(char out[QP_NATS_SUBJECT], const char *stream, const char *county, const char *node,
                     const char *type)
{
    char *to = out + snprintf(out, QP_NATS_STREAM + 1, "%s.", stream);
    to = token(to, county, '.');
    to = token(to, node, '.');
    token(to, type, '\0');
}

bool qp_nats_covers(const char *subject, const char *stream)
{
    size_t n = strlen(stream);
    return strcmp(subject, ">") == 0 || (strncmp(subject, stream, n) == 0 && strcmp(subject + n, ".>") == 0);
}
