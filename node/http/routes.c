/* routes.c: finds the row of a request in the list of calls (calls/calls.h) and of resources, and lets nobody
 * through whom the row does not name. What is in no row is a 404 with a sentence; a path with another method is
 * a 405 that names those it has. Called by server.c. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/resources.h"
#include "node/http/open311/open311.h"
#include "node/http/routes.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"
#include "proto/audit.h"

#define MAY(right) QP_RIGHT_##right
#define OPEN       QP_MAY_OPEN
#define KNOWN      QP_MAY_KNOWN
#define FORMS      QP_MAY_FORMS
#define X(method, path, span, may, body, lines, args, audit, handler, what)                                  \
    static_assert((may) != 0, "a call that nobody may is no call: " path);                                   \
    static_assert(QP_SPAN_##span != 0, "a call says how it is kept within a span: " path);                   \
    static_assert(sizeof(what) > 1, "a call says what it does: " path);
QP_CALLS(X)
#undef X

/* The resources of the list behind the calls: each has the same five. Who is narrowed reads them (desks and grids as far as they
 * concern what he sees), makes and changes accounts and tokens as far as he sees himself (qp_making_gives_span), and writes nothing else: it is of the whole node. */
#define BODY        QP_BODY_MOST
#define GIVES(NAME) (QP_RESOURCE_##NAME == QP_RESOURCE_TOKEN || QP_RESOURCE_##NAME == QP_RESOURCE_USER)
#define SPAN(method, NAME)                                                                                   \
    (QP_##method != QP_DELETE && GIVES(NAME)) ? QP_SPAN_OWN                                                  \
    : QP_##method == QP_GET                   ? QP_SPAN_ROWS                                                 \
                                              : QP_SPAN_WHOLE
#define R(method, path, may, body, args, handler, one, NAME)                                                 \
    {QP_##method,                                                                                            \
     path,                                                                                                   \
     SPAN(method, NAME),                                                                                     \
     may,                                                                                                    \
     body,                                                                                                   \
     false,                                                                                                  \
     args,                                                                                                   \
     QP_##method == QP_GET ? QP_AUDIT_NO : QP_AUDITED_BY_TURN,                                               \
     handler,                                                                                                \
     &qp_##one##_view},
#define X(NAME, name, one, id, table, MADE, ENDED, standing, words, reads, writes, en, zh)                   \
    static_assert((reads) != 0 && (writes) != 0, "a resource that nobody may is no resource: " #name);
QP_RESOURCES(X)
#undef X

static const struct qp_call_row ROUTES[] = {
#define QP_AUDIT_TURN QP_AUDITED_BY_TURN
#define QP_AUDIT_DOOR QP_AUDITED_BY_DOOR
#define X(method, path, span, may, body, lines, args, audit, handler, what)                                  \
    {QP_##method, path, QP_SPAN_##span, may, body, lines, args, QP_AUDIT_##audit, handler, NULL},
    QP_CALLS(X)
#undef X
#define X(NAME, name, one, id, table, MADE, ENDED, standing, words, reads, writes, en, zh)                   \
    R(GET, "/api/v1/" #name, reads, 0, "limit cursor ended", qp_resources_get, one, NAME)                    \
    R(POST, "/api/v1/" #name, writes, BODY, "", qp_resources_post, one, NAME)                                \
    R(GET, "/api/v1/" #name "/*", reads, 0, "", qp_resource_get, one, NAME)                                  \
    R(PATCH, "/api/v1/" #name "/*", writes, BODY, "", qp_resource_patch, one, NAME)                          \
    R(DELETE, "/api/v1/" #name "/*", writes, BODY, "", qp_resource_delete, one, NAME)
        QP_RESOURCES(X)
#undef X
};

const struct qp_view *qp_view_of(enum qp_resource_name kind)
{
    static const struct qp_view *const VIEWS[QP_RESOURCE_KINDS] = {
#define X(NAME, name, one, ...) [QP_RESOURCE_##NAME] = &qp_##one##_view,
        QP_RESOURCES(X)
#undef X
    };
    assert(kind < QP_RESOURCE_KINDS && VIEWS[kind]->kind == kind);
    return VIEWS[kind];
}

const struct qp_call_row *qp_route_at(size_t i)
{
    return i < sizeof ROUTES / sizeof *ROUTES ? &ROUTES[i] : NULL;
}

static bool matches(const char *pattern, const char *url)
{
    for (;;) {
        size_t p = strcspn(pattern + 1, "/"), u = strcspn(url + 1, "/");
        if (strcmp(pattern, "/**") == 0)
            return url[1] != '\0';
        bool any = p == 1 && pattern[1] == '*';
        if (any ? u == 0 : (p != u || memcmp(pattern + 1, url + 1, p) != 0))
            return false;
        pattern += 1 + p;
        url += 1 + u;
        if (!*pattern || !*url)
            return *pattern == *url;
    }
}

static void fault(struct qp_call *c, int status, const char *code, const char *fmt, const char *what)
{
    char shown[200];
    qp_text_cut(shown, sizeof shown, what);
    char text[300];
    snprintf(text, sizeof text, fmt, shown);
    qp_call_refuse(c, status, code, false, "%s", text);
}

static const struct {
    unsigned bit;
    const char *name, *allow;
} METHODS[] = {
    {QP_GET, "GET", "GET, HEAD, "}, {QP_GET, "HEAD", ""}, /* a GET whose body is not sent */
    {QP_POST, "POST", "POST, "},    {QP_PUT, "PUT", "PUT, "},
    {QP_PATCH, "PATCH", "PATCH, "}, {QP_DELETE, "DELETE", "DELETE, "},
};
enum { NMETHODS = sizeof METHODS / sizeof *METHODS, ALLOW = 48 };

static unsigned method_of(const char *method)
{
    for (size_t i = 0; i < NMETHODS; i++) {
        if (strcmp(METHODS[i].name, method) == 0)
            return METHODS[i].bit;
    }
    return 0;
}

/* In the call's arena: it is told when the answer is made. */
static const char *allow_of(struct qp_call *c, unsigned methods)
{
    char text[ALLOW] = "";
    size_t n = 0;
    for (size_t i = 0; i < NMETHODS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s",
                              methods & METHODS[i].bit ? METHODS[i].allow : "");
    snprintf(text + n, sizeof text - n, "OPTIONS");
    struct qp_arena *a = qp_call_arena(c);
    const char *kept = a ? qp_arena_text(a, text) : NULL;
    return kept ? kept : "OPTIONS";
}

const char *qp_route_args(const struct qp_call_row *route)
{
    const struct qp_view *v = route->method == QP_GET ? route->of : NULL;
    const char *own = !v ? NULL : strchr(route->path, '*') ? v->one_args : v->list_args;
    return own ? own : route->args;
}

static void check_args(struct qp_call *c)
{
    const char *args = qp_route_args(c->route);
    int rc = args ? qp_query_only(c, args, &c->fault) : 0;
    if (rc) {
        c->fault_status = qp_error_http(rc);
        c->fault_code = qp_error_name(rc);
        c->discard = true;
    }
}

/* What a body is read as: UTF-8, as it came. */
static void check_coding(struct qp_call *c)
{
    const char *type = qp_call_header(c, "Content-Type"), *coding = qp_call_header(c, "Content-Encoding");
    const char *set = type ? strcasestr(type, "charset=") : NULL;
    if (coding && *coding && strcasecmp(coding, "identity") != 0)
        fault(c, 415, "media_type", "send the body as it is, without Content-Encoding `%s`", coding);
    if (!set || c->fault_status)
        return;
    set += strlen("charset=");
    set += *set == '"';
    size_t len = strcspn(set, "\"; \t");
    bool utf8 = (len == 5 && strncasecmp(set, "utf-8", len) == 0) ||
                (len == 4 && strncasecmp(set, "utf8", len) == 0) ||
                (len == 8 && strncasecmp(set, "us-ascii", len) == 0);
    if (!utf8)
        fault(c, 415, "media_type",
              "texts are read as UTF-8: convert the body, and send its Content-Type with charset=utf-8, not "
              "`%s`",
              type);
}

/* With a cookie the type keeps other sites' forms out; who sends a token may leave it to curl. */
static void check_type(struct qp_call *c)
{
    const char *type = qp_call_header(c, "Content-Type");
    const char *len = qp_call_header(c, "Content-Length");
    if (!(c->method & (QP_POST | QP_PUT | QP_PATCH)) || (len && strcmp(len, "0") == 0) ||
        (!len && !qp_call_header(c, "Transfer-Encoding")))
        return;
    if (c->route->body_most == QP_BLOB_BYTES) { /* of any type; whose it is, its Origin and its token say */
        if (type && (qp_call_type_is(type, "multipart/form-data") ||
                     qp_call_type_is(type, "application/x-www-form-urlencoded")))
            fault(c, 415, "media_type",
                  "send the file's bytes as they are, with its own type (Content-Type: image/jpeg, or "
                  "application/octet-stream for any), not as `%s`",
                  type);
        return;
    }
    check_coding(c);
    if (!type || (c->route->may & QP_MAY_FORMS) || qp_call_header(c, "Authorization") || c->fault_status)
        return;
    bool ok = qp_call_type_is(type, c->route->body_most == QP_FORM_MOST ? "application/x-www-form-urlencoded"
                                                                        : "application/json");
    if (c->route->lines)
        ok = ok || qp_call_type_is(type, "application/x-ndjson") ||
             qp_call_type_is(type, "application/ndjson") || qp_call_type_is(type, "application/jsonl");
    if (!ok)
        fault(c, 415, "media_type",
              c->route->body_most == QP_FORM_MOST
                  ? "send the form with Content-Type: application/x-www-form-urlencoded, not `%s`"
              : c->route->lines ? "send the lines with Content-Type: application/x-ndjson, not `%s`"
                                : "send the body with Content-Type: application/json, not `%s`",
              type);
}

/* Nothing is allowed that the call's row does not say. */
static void check_rights(struct qp_call *c)
{
    struct qp_err *e = &c->fault.e;
    uint32_t may = c->route->may;
    assert(may);
    if (may & QP_MAY_OPEN) {
        /* a log-in, a log-out: also those begin on this node's own page, or in no browser */
        if (c->method != QP_GET && !(may & QP_MAY_FORMS) && !qp_call_header(c, "Authorization") &&
            qp_call_is_foreign(c))
            qp_call_refuse(c, 403, "denied", false,
                           "this write comes from another site than this node's own page");
        return;
    }
    int rc = qp_auth_call(c, e);
    if (!rc && !(may & QP_MAY_KNOWN))
        rc = qp_auth_need(&c->auth, may, e);
    if (!rc)
        rc = qp_span_check(c, &c->fault);
    if (rc) {
        c->fault_status = qp_error_http(rc);
        c->fault_code = qp_error_name(rc);
        c->discard = true;
    }
}

const char *qp_route_span(const struct qp_call_row *row)
{
    static const char *const SPANS[] = {[QP_SPAN_OWN] = "own",
                                        [QP_SPAN_MATTER] = "matter",
                                        [QP_SPAN_ROWS] = "rows",
                                        [QP_SPAN_FIGURES] = "figures",
                                        [QP_SPAN_WHOLE] = "whole"};
    return SPANS[row->span];
}

/* GET /api/v1/calls: this very table, as it is held: whoever walks it misses none. */
enum MHD_Result qp_calls_get(struct qp_call *c)
{
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_key(&j, "calls");
    qp_json_array(&j);
    for (const struct qp_call_row *r = ROUTES; r < ROUTES + sizeof ROUTES / sizeof *ROUTES; r++) {
        size_t k = 0;
        while (METHODS[k].bit != (unsigned)r->method)
            k++;
        qp_json_object(&j);
        qp_json_put(&j, "method", METHODS[k].name);
        qp_json_put(&j, "path", r->path);
        qp_json_put(&j, "span", qp_route_span(r));
        qp_json_put(&j, "who", r->may & OPEN ? "everybody" : r->may & KNOWN ? "known" : "rights");
        qp_json_key(&j, "rights");
        qp_json_rights(&j, r->may & QP_RIGHT_ALL);
        qp_json_object_end(&j);
    }
    qp_json_array_end(&j);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* 204 and what the path takes. No other site is let in: there are no Access-Control headers. */
static void tell_options(struct qp_call *c, unsigned methods)
{
    static const struct qp_call_row OPTIONS = {
        .method = QP_GET, .path = "*", .may = QP_MAY_OPEN, .run = qp_options_get};
    c->fault_allow = allow_of(c, methods);
    c->route = &OPTIONS;
    c->method = QP_GET;
}

void qp_route_find(struct qp_call *c, const char *method)
{
    unsigned methods = 0;
    bool options = strcmp(method, "OPTIONS") == 0;
    c->method = method_of(method);
    if (options && strcmp(c->url, "*") == 0)
        methods = QP_GET | QP_POST | QP_PUT | QP_PATCH | QP_DELETE;
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES && !c->route && *c->url == '/'; i++) {
        if (!matches(ROUTES[i].path, c->url))
            continue;
        methods |= ROUTES[i].method;
        if (ROUTES[i].method & c->method)
            c->route = &ROUTES[i];
    }
    if (options && methods) {
        tell_options(c, methods);
        return;
    }
    if (!c->route && methods) {
        c->fault_allow = allow_of(c, methods);
        fault(c, 405, "method_not_allowed", "this path takes only %s", c->fault_allow);
        return;
    }
    if (!c->route) {
        size_t len = strlen(c->url);
        fault(c, 404, "not_found",
              c->url[len - (len > 0)] == '/' ? "there is nothing at `%s`: leave the slash at its end out"
                                             : "there is nothing at `%s`; the calls are under /api/v1/",
              c->url);
        return;
    }
    check_rights(c);
    if (!c->fault_status)
        check_type(c);
    if (!c->fault_status)
        check_args(c);
    if (!c->fault_status && c->route->body_most > QP_BATCH_MOST) /* a file: it has its right by now */
        qp_gate_phase(&c->h->gate, c->guest, QP_GUEST_LARGE, c->begun_us);
}

enum MHD_Result qp_route_run(struct qp_call *c)
{
    if (c->fault_status && qp_open311_is(c))
        return qp_open311_fault(c, (unsigned)c->fault_status, c->fault.e.text);
    if (c->fault_status && *c->fault.field)
        return qp_answer_fault(c, &c->fault);
    if (c->fault_status)
        return qp_answer_error(c, (unsigned)c->fault_status, c->fault_code, "%s", c->fault.e.text);
    if (c->route->audit <= QP_AUDIT_NO)
        return c->route->run(c);
    const struct qp_trail_entry x = {.what = (unsigned)c->route->audit, .by = c->auth.by, .on = c->url};
    return qp_trail_then(c, &x, c->route->run);
}
