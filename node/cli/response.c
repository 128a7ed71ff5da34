/* response.c: see response.h. RFC 9112: status line, header lines, body by length, by chunks, or until the
 * end.
 */
#include "node/cli/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void qp_response_reset(struct qp_response *a)
{
    char *body = a->body;
    size_t cap = a->cap, most = a->body_most;
    memset(a, 0, offsetof(struct qp_response, line));
    a->line_len = a->left = 0;
    a->no_body = a->any = false;
    a->body = body;
    a->cap = cap;
    a->body_most = most;
    if (body)
        body[0] = 0;
}

void qp_response_free(struct qp_response *a)
{
    free(a->body);
    a->body = NULL;
    a->cap = a->len = 0;
}

size_t qp_response_most(const struct qp_response *a)
{
    return a->body_most ? a->body_most : QP_RESPONSE_BODY_MAX;
}

static bool room(struct qp_response *a, size_t more)
{
    a->too_big = a->len + more > qp_response_most(a);
    if (a->too_big)
        return false;
    if (a->len + more + 1 > a->cap) {
        size_t cap = a->cap == 0 ? 4096 : a->cap;
        while (cap < a->len + more + 1)
            cap *= 2;
        char *p = realloc(a->body, cap);
        if (!p)
            return false;
        a->body = p;
        a->cap = cap;
        p[a->len] = 0;
    }
    return true;
}

static bool header(struct qp_response *a, char *line)
{
    char *colon = strchr(line, ':'), *v;
    if (!colon)
        return false;
    *colon = 0;
    v = colon + 1 + strspn(colon + 1, " \t");
    if (strcasecmp(line, "content-length") == 0) {
        char *end;
        a->left = strtoul(v, &end, 10);
        a->too_big = end != v && a->left > qp_response_most(a);
        if (end == v || a->too_big)
            return false;
        a->state = QP_RS_LENGTH;
    } else if (strcasecmp(line, "transfer-encoding") == 0) {
        if (strcasecmp(v, "chunked") != 0)
            return false;
        a->state = QP_RS_SIZE;
    } else if (strcasecmp(line, "connection") == 0) {
        a->close = strcasecmp(v, "close") == 0;
    } else if (strcasecmp(line, "retry-after") == 0) {
        long s = strtol(v, NULL, 10);
        a->retry_after_s = s < 0 ? 0 : s < QP_RETRY_MOST_S ? s : QP_RETRY_MOST_S;
    }
    return true;
}

/* All header lines are in a->line, the empty one cut off. */
static bool head(struct qp_response *a)
{
    char *save = NULL, *line = strtok_r(a->line, "\r\n", &save);
    if (!line || strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12)
        return false;
    a->status = (int)strtol(line + 9, NULL, 10);
    a->close = line[7] == '0';
    a->state = QP_RS_UNTIL_CLOSE;
    while ((line = strtok_r(NULL, "\r\n", &save)))
        if (!header(a, line))
            return false;
    if (a->status == 100) {
        a->state = QP_RS_HEAD;
        a->status = 0;
    } else if (a->no_body || a->status == 204 || a->status == 304) {
        a->done = true;
    } else if (a->state == QP_RS_LENGTH && a->left == 0) {
        a->done = true;
    }
    a->line_len = 0;
    return room(a, 0);
}

/* Up to and with the next line end into a->line. Returns bytes taken, -1 when the line is too long; *whole
 * says whether it is there. */
static long take_line(struct qp_response *a, const char *p, size_t n, bool *whole)
{
    const char *nl = memchr(p, '\n', n);
    size_t len = nl ? (size_t)(nl - p) + 1 : n;
    *whole = nl;
    if (a->line_len + len >= sizeof a->line)
        return -1;
    memcpy(a->line + a->line_len, p, len);
    a->line_len += len;
    a->line[a->line_len] = 0;
    return (long)len;
}

static bool line_done(struct qp_response *a)
{
    bool empty = a->line[0] == '\r' || a->line[0] == '\n';
    switch (a->state) {
    case QP_RS_HEAD:
        if (a->line_len >= 4 && memcmp(a->line + a->line_len - 4, "\r\n\r\n", 4) == 0)
            return head(a);
        return true; /* more header lines follow */
    case QP_RS_SIZE: {
        char *end;
        a->left = strtoul(a->line, &end, 16);
        if (end == a->line)
            return false;
        a->state = a->left == 0 ? QP_RS_TRAILER : QP_RS_CHUNK;
        break;
    }
    case QP_RS_CHUNK_END: a->state = QP_RS_SIZE; break;
    case QP_RS_TRAILER: a->done = empty; break;
    default: return false;
    }
    a->line_len = 0;
    return true;
}

static long take_body(struct qp_response *a, const char *p, size_t n)
{
    size_t len = a->state == QP_RS_UNTIL_CLOSE || n < a->left ? n : a->left;
    if (!room(a, len))
        return -1;
    memcpy(a->body + a->len, p, len);
    a->len += len;
    a->body[a->len] = 0;
    if (a->state == QP_RS_UNTIL_CLOSE)
        return (long)len;
    a->left -= len;
    if (a->left == 0) {
        if (a->state == QP_RS_LENGTH)
            a->done = true;
        else
            a->state = QP_RS_CHUNK_END;
    }
    return (long)len;
}

long qp_response_feed(struct qp_response *a, const char *p, size_t n)
{
    size_t at = 0;
    a->any |= n > 0;
    while (at < n && !a->done) {
        bool body = a->state == QP_RS_LENGTH || a->state == QP_RS_UNTIL_CLOSE || a->state == QP_RS_CHUNK;
        bool whole = false;
        long took = body ? take_body(a, p + at, n - at) : take_line(a, p + at, n - at, &whole);
        if (took < 0)
            return -1;
        at += (size_t)took;
        if (whole && !line_done(a))
            return -1;
    }
    return (long)at;
}

bool qp_response_closed(struct qp_response *a)
{
    if (a->state == QP_RS_UNTIL_CLOSE && a->status != 0)
        a->done = true;
    return a->done;
}
