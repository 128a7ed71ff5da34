/* routes.c: the table of calls: path, methods, right, bounds, handler. What is not in it is a 404 with a
 * sentence; a path with another method is a 405 that names those it has. Called by server.c. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/http/calls/calls.h"
#include "node/http/open311/open311.h"
#include "node/http/routes.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

/* clang-format off */
static const struct qp_route ROUTES[] = {
    /* path                        methods                right            open   body           lines  args              get, post, delete */
    {"/healthz",                   QP_GET,                0,               true,  0,             false, NULL,             qp_healthz_get, NULL, NULL},
    {"/metrics",                   QP_GET,                QP_RIGHT_READ,   false, 0,             false, NULL,             qp_metrics_get, NULL, NULL},
    {"/",                          QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/style.css",                  QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/app.js",                     QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/strings.js",                 QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/favicon.svg",                QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/web/**",                     QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/login",                      QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/screen",                     QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/desk",                       QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/field",                      QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/admin",                      QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/circulars",                  QP_GET,                0,               true,  0,             false, NULL,             qp_page_get, NULL, NULL},
    {"/login/*",                   QP_GET | QP_POST,      0,               true,  QP_FORM_MOST,  false, NULL,             qp_login_get, qp_login_post, NULL},
    {"/api/v1/node",               QP_GET,                QP_RIGHT_READ,   false, 0,             false, "",               qp_node_get, NULL, NULL},
    {"/api/v1/tree",               QP_GET,                QP_RIGHT_READ,   false, 0,             false, "",               qp_tree_get, NULL, NULL},
    {"/api/v1/door",               QP_GET,                0,               true,  0,             false, "",               qp_door_get, NULL, NULL},
    {"/api/v1/wall",               QP_GET,                QP_RIGHT_READ,   false, 0,             false, NULL,             qp_wall_get, NULL, NULL},
    {"/api/v1/board",              QP_GET,                QP_RIGHT_READ,   false, 0,             false, NULL,             qp_board_get, NULL, NULL},
    {"/api/v1/warnings",           QP_GET,                QP_RIGHT_READ,   false, 0,             false, NULL,             qp_warnings_get, NULL, NULL},
    {"/api/v1/warnings/*",         QP_GET,                QP_RIGHT_READ,   false, 0,             false, "",               qp_warning_get_one, NULL, NULL},
    {"/api/v1/warnings/*/*",       QP_POST,               QP_RIGHT_STEP,   false, QP_BODY_MOST,  false, "",               NULL, qp_warning_post, NULL},
    {"/api/v1/stream",             QP_GET,                QP_RIGHT_READ,   false, 0,             false, "last_event_id",  qp_stream_get, NULL, NULL},
    {"/api/v1/matters",            QP_GET | QP_POST,      0,               false, QP_BODY_MOST,  false, NULL,             qp_matters_get, qp_matters_post, NULL},
    {"/api/v1/matters:batch",      QP_POST,               0,               false, QP_BATCH_MOST, true,  "",               NULL, qp_batch_post, NULL},
    {"/api/v1/matters/*",          QP_GET,                QP_RIGHT_READ,   false, 0,             false, "",               qp_matter_get, NULL, NULL},
    {"/api/v1/matters/*/proof",    QP_GET,                QP_RIGHT_READ,   false, 0,             false, "",               qp_proof_get, NULL, NULL},
    {"/api/v1/matters/*/personal", QP_GET,                QP_RIGHT_READ,   false, 0,             false, "purpose",        qp_personal_get, NULL, NULL},
    {"/api/v1/matters/*/*",        QP_POST,               0,               false, QP_BODY_MOST,  false, NULL,             NULL, qp_step_post, NULL},
    {"/api/v1/steps",              QP_GET,                QP_RIGHT_READ,   false, 0,             false, "",               qp_steps_get, NULL, NULL},
    {"/api/v1/session",            QP_GET | QP_POST | QP_DELETE, 0,        true,  QP_BODY_MOST,  false, "",               qp_session_get, qp_session_post, qp_session_delete},
    {"/api/v1/session/link",       QP_POST,               QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               NULL, qp_session_link_post, NULL},
    {"/api/v1/tokens",             QP_GET | QP_POST,      QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               qp_tokens_get, qp_tokens_post, NULL},
    {"/api/v1/tokens/*",           QP_DELETE,             QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               NULL, NULL, qp_token_delete},
    {"/api/v1/users",              QP_POST,               QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               NULL, qp_users_post, NULL},
    {"/api/v1/users/*",            QP_DELETE,             QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               NULL, NULL, qp_user_delete},
    {"/api/v1/invites",            QP_POST,               QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               NULL, qp_invites_post, NULL},
    {"/api/v1/nodes/**",           QP_POST,               QP_RIGHT_ADMIN,  false, QP_BODY_MOST,  false, "",               NULL, qp_revoke_post, NULL},
    {"/api/v1/policy",             QP_GET,                QP_RIGHT_READ,   false, 0,             false, "own",            qp_policies_get, NULL, NULL},
    {"/api/v1/policy",             QP_PUT,                QP_RIGHT_COMMAND, false, QP_BODY_MOST, false, "if_version",     NULL, qp_policies_put, NULL},
    {"/api/v1/policy:check",       QP_POST,               QP_RIGHT_COMMAND, false, QP_BODY_MOST, false, "",               NULL, qp_policies_check, NULL},
    {"/api/v1/feed",               QP_GET,                QP_RIGHT_READ,   false, 0,             false, "after hash limit", qp_feed_get, NULL, NULL},
    {"/r",                         QP_GET | QP_POST | QP_FORMS, 0,         true,  QP_FORM_MOST,  false, "number lang",    qp_reporter_get, qp_reporter_post, NULL},
    {"/r.css",                     QP_GET,                0,               true,  0,             false, "",               qp_reporter_style, NULL, NULL},
    {"/open311/**",                QP_GET | QP_POST | QP_FORMS, 0,         true,  QP_BODY_MOST,  false, NULL,             qp_open311_get, qp_open311_post, NULL},
};
/* clang-format on */

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
    {QP_POST, "POST", "POST, "},    {QP_PUT, "PUT", "PUT, "}, {QP_DELETE, "DELETE", "DELETE, "},
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

static void check_args(struct qp_call *c)
{
    int rc = c->route->args ? qp_query_only(c, c->route->args, &c->fault) : 0;
    if (rc) {
        c->fault_status = qp_error_http(rc);
        c->fault_code = qp_error_name(rc);
        c->discard = true;
    }
}

/* The media type without its parameters. */
static bool type_is(const char *type, const char *name)
{
    size_t len = strlen(name);
    return strncasecmp(type, name, len) == 0 && (!type[len] || strchr("; \t", type[len]));
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
        fault(c, 415, "media_type", "texts are read as UTF-8: convert the body; it says `%s`", type);
}

/* With a cookie the type keeps other sites' forms out; who sends a token may leave it to curl. */
static void check_type(struct qp_call *c)
{
    const char *type = qp_call_header(c, "Content-Type");
    const char *len = qp_call_header(c, "Content-Length");
    if (!(c->method & (QP_POST | QP_PUT)) || (len && strcmp(len, "0") == 0) ||
        (!len && !qp_call_header(c, "Transfer-Encoding")))
        return;
    check_coding(c);
    if (!type || (c->route->methods & QP_FORMS) || qp_call_header(c, "Authorization") || c->fault_status)
        return;
    bool ok = type_is(type, c->route->body_most == QP_FORM_MOST ? "application/x-www-form-urlencoded"
                                                                : "application/json");
    if (c->route->lines)
        ok = ok || type_is(type, "application/x-ndjson") || type_is(type, "application/ndjson") ||
             type_is(type, "application/jsonl");
    if (!ok)
        fault(c, 415, "media_type",
              c->route->lines ? "send the lines as application/x-ndjson, not as `%s`"
                              : "send the body as application/json, not as `%s`",
              type);
}

static void check_rights(struct qp_call *c)
{
    struct qp_err *e = &c->fault.e;
    if (c->route
            ->open) { /* a log-in, a log-out: also those begin on this node's own page, or in no browser */
        if (c->method != QP_GET && !(c->route->methods & QP_FORMS) && !qp_call_header(c, "Authorization") &&
            qp_call_is_foreign(c))
            qp_call_refuse(c, 403, "denied", false,
                           "this write comes from another site than this node's own page");
        return;
    }
    int rc = qp_auth_call(c, e);
    if (!rc && c->route->right)
        rc = qp_auth_need(&c->auth, c->route->right, e);
    if (rc) {
        c->fault_status = qp_error_http(rc);
        c->fault_code = qp_error_name(rc);
        c->discard = true;
    }
}

/* 204 and what the path takes. No other site is let in: there are no Access-Control headers. */
static void tell_options(struct qp_call *c, unsigned methods)
{
    static const struct qp_route OPTIONS = {.path = "*", .open = true, .get = qp_options_get};
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
        methods = QP_GET | QP_POST | QP_PUT | QP_DELETE;
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES && !c->route && *c->url == '/'; i++) {
        if (!matches(ROUTES[i].path, c->url))
            continue;
        methods |= ROUTES[i].methods;
        if (ROUTES[i].methods & c->method)
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
}

enum MHD_Result qp_route_run(struct qp_call *c)
{
    if (c->fault_status && qp_open311_is(c))
        return qp_open311_fault(c, (unsigned)c->fault_status, c->fault.e.text);
    if (c->fault_status && *c->fault.field)
        return qp_answer_fault(c, &c->fault);
    if (c->fault_status)
        return qp_answer_error(c, (unsigned)c->fault_status, c->fault_code, "%s", c->fault.e.text);
    if (c->method == QP_GET)
        return c->route->get(c);
    return c->method == QP_DELETE ? c->route->del(c) : c->route->post(c);
}
