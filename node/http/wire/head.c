/* head.c: the head of a request as it came: framing, codings, its address. Called by server.c before a route
 * is looked for.
 *
 * What two readers could understand in two ways is refused: that is how requests are smuggled past a proxy.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/http/wire/inside.h"
#include "node/http/wire/tls.h"

void qp_call_refuse(struct qp_call *c, int status, const char *code, bool close, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->fault_status = status;
    c->fault_code = code;
    c->discard = true;
    c->close = c->close || close;
    qp_fail(&c->fault.e, QP_EINVAL, "%s", text);
}

/* The path is unescaped before anybody sees it here: then a NUL ends it, and a slash looks like one between
 * segments. */
void qp_head_uri(struct qp_call *c, const char *uri)
{
    size_t len = strlen(uri), path = strcspn(uri, "?");
    c->uri = len > QP_URI_MOST ? QP_URI_LONG : QP_URI_FINE;
    for (const char *p = uri; c->uri == QP_URI_FINE && (p = strchr(p, '%')) && (size_t)(p - uri) < path;
         p++) {
        if (strncmp(p, "%00", 3) == 0 || strncasecmp(p, "%2f", 3) == 0)
            c->uri = QP_URI_ESCAPED;
    }
}

struct seen {
    unsigned lengths, codings, hosts;
    size_t bytes;
    bool bare; /* a line ended without a carriage return */
};

/* libmicrohttpd ends lines by writing NULs over their ends: one for a bare line feed, two for CR LF. Behind a
 * line of its buffer there is always another, if only the empty one. */
static bool ends_bare(const char *value)
{
    return value[strlen(value) + 1] != '\0';
}

static enum MHD_Result look(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct seen *n = arg;
    n->lengths += strcasecmp(key, "Content-Length") == 0;
    n->codings += strcasecmp(key, "Transfer-Encoding") == 0;
    n->hosts += strcasecmp(key, "Host") == 0;
    n->bytes += strlen(key) + (value ? strlen(value) : 0) + 4;
    return MHD_YES;
}

static enum MHD_Result look_at_ends(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    (void)key;
    struct seen *n = arg;
    n->bare = n->bare || (value && ends_bare(value));
    return MHD_YES;
}

/* The last header's line cannot be told from the empty line behind it, so a lone bare line feed there passes.
 */
static bool has_bare_lines(struct qp_call *c, const char *version, unsigned headers)
{
    struct seen n = {.bare = headers > 0 && ends_bare(version)};
    struct seen *at = &n;
    MHD_get_connection_values(c->conn, MHD_HEADER_KIND, look_at_ends, at);
    return n.bare;
}

static void check_lengths(struct qp_call *c, const struct seen *n)
{
    const char *coding = qp_call_header(c, "Transfer-Encoding"),
               *length = qp_call_header(c, "Content-Length");
    if (n->lengths + n->codings > 1)
        qp_call_refuse(c, 400, "malformed", true,
                       "the length of the body is given more than once; send one Content-Length");
    else if (coding && strcasecmp(coding, "chunked") != 0)
        qp_call_refuse(c, 501, "not_implemented", true,
                       "the only Transfer-Encoding that is understood is chunked; send a Content-Length");
    else if (length && (!*length || strlen(length) > 18 || length[strspn(length, "0123456789")]))
        qp_call_refuse(c, 400, "malformed", true, "Content-Length must be a whole number");
}

void qp_head_check(struct qp_call *c, const char *version)
{
    struct seen n = {0};
    int headers = MHD_get_connection_values(c->conn, MHD_HEADER_KIND, look, &n);
    check_lengths(c, &n);
    if (c->fault_status)
        return;
    if (has_bare_lines(c, version, headers > 0 ? (unsigned)headers : 0))
        qp_call_refuse(c, 400, "malformed", true, "a line ends with a bare line feed; lines end with CR LF");
    else if (n.hosts > 1)
        qp_call_refuse(c, 400, "malformed", true, "Host is given more than once");
    else if (c->uri == QP_URI_LONG)
        qp_call_refuse(c, 414, "too_long", true, "the address is longer than %d bytes", QP_URI_MOST);
    else if (n.bytes > QP_HEADERS_MOST)
        qp_call_refuse(c, 431, "too_long", true, "the headers have %zu bytes, at most %d are taken", n.bytes,
                       QP_HEADERS_MOST);
    else if (c->uri == QP_URI_ESCAPED)
        qp_call_refuse(c, 400, "malformed", false,
                       "the path holds an escaped NUL or slash (%%00, %%2F), which no name has");
}

bool qp_call_type_is(const char *type, const char *name)
{
    size_t len = strlen(name);
    return strncasecmp(type, name, len) == 0 && (!type[len] || strchr("; \t", type[len]));
}

bool qp_call_in_parts(const struct qp_call *c)
{
    const char *type = qp_call_header(c, "Content-Type");
    return c->route && c->route->may & QP_MAY_FORMS && c->route->body_most >= QP_BODY_MOST && type &&
           qp_call_type_is(type, "multipart/form-data");
}

/* A call that takes none, or that there is not: as much is read, and dropped, as of most others. */
size_t qp_call_body_most(const struct qp_call *c)
{
    if (qp_call_in_parts(c))
        return QP_PARTS_MOST;
    return c->route && c->route->body_most ? c->route->body_most : QP_BODY_MOST;
}

void qp_call_refuse_big(struct qp_call *c, bool close)
{
    qp_call_refuse(c, 413, "too_big", close, "the body is larger than this call takes (%zu KiB)",
                   qp_call_body_most(c) / 1024);
}

void qp_head_check_length(struct qp_call *c)
{
    const char *text = qp_call_header(c, "Content-Length");
    if (!text || c->fault_status)
        return;
    if (strtoull(text, NULL, 10) > qp_call_body_most(c))
        qp_call_refuse_big(c, true);
}

/* A proxy may add a line of its own behind the one that its caller wrote: the last one counts. */
static enum MHD_Result last_forwarded(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (strcasecmp(key, "X-Forwarded-For") == 0)
        *(const char **)arg = value;
    return MHD_YES;
}

void qp_head_from(struct qp_call *c)
{
    const char *forwarded = NULL;
    MHD_get_connection_values(c->conn, MHD_HEADER_KIND, last_forwarded, &forwarded);
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct qp_address peer;
    qp_address_of(&peer, i ? i->client_addr : NULL);
    qp_address_behind(&c->from, &c->h->proxies, &peer, forwarded);
    const char *scheme = qp_call_header(c, "X-Forwarded-Proto");
    c->secure = qp_tls_is(c->conn) ||
                (scheme && strcasecmp(scheme, "https") == 0 && qp_proxies_have(&c->h->proxies, &peer));
}
