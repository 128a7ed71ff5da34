/* answer.c: every answer leaves through here: status, headers that all have, the shape of errors. Called by
 * all handlers. */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/wire/inside.h"
#include "proto/said.h"

#define JSON_TYPE "application/json; charset=utf-8"

static void common_headers(struct MHD_Response *r, const char *type)
{
    if (type)
        MHD_add_response_header(r, "Content-Type", type);
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    if (!MHD_get_response_header(r, "Cache-Control"))
        MHD_add_response_header(r, "Cache-Control", "no-store");
}

/* Queues and gives up the response. */
enum MHD_Result qp_respond(struct qp_call *c, unsigned status, struct MHD_Response *r, const char *type)
{
    if (!r)
        return MHD_NO;
    common_headers(r, type);
    if (status == 401)
        MHD_add_response_header(r, "WWW-Authenticate", "Bearer realm=\"qipan\"");
    if (c->fault_allow)
        MHD_add_response_header(r, "Allow", c->fault_allow);
    if (status == 429 || status == 503 || status == 202) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", c->retry_s ? c->retry_s : 1);
        MHD_add_response_header(r, "Retry-After", seconds);
    }
    if (c->close)
        MHD_add_response_header(r, "Connection", "close");
    atomic_fetch_add_explicit(&c->h->answers[status / 100 % 6], 1, memory_order_relaxed);
    qp_gate_phase(&c->h->gate, c->guest, c->flows ? QP_GUEST_STREAM : QP_GUEST_ANSWER, qp_boot_us());
    enum MHD_Result rc = MHD_queue_response(c->conn, status, r);
    MHD_destroy_response(r);
    return rc;
}

/* Who reads a large answer slowly holds its memory: all of them have a bound, and the first is always made. What a
 * write did is told in any case. */
bool qp_answer_has_room(struct qp_call *c, size_t len)
{
    if (c->method != QP_GET || len <= QP_ANSWER_SMALL || c->answering)
        return true;
    size_t before = atomic_fetch_add(&c->h->answering, len);
    if (before == 0 || before + len <= QP_ANSWERS_MOST) {
        c->answering = len;
        return true;
    }
    atomic_fetch_sub(&c->h->answering, len); /* it is not made */
    return false;
}

enum MHD_Result qp_answer_crowded(struct qp_call *c)
{
    return qp_answer_error(
        c, 429, "busy",
        "answers of %d MiB are on their way to who reads them slowly; try again in a second, or "
        "ask for less (limit)",
        QP_ANSWERS_MOST / 1024 / 1024);
}

enum MHD_Result qp_answer_own(struct qp_call *c, unsigned status, const char *type, void *bytes, size_t len)
{
    if (!qp_answer_has_room(c, len)) {
        free(bytes);
        return qp_answer_crowded(c);
    }
    return qp_respond(c, status, MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE), type);
}

enum MHD_Result qp_answer_bytes(struct qp_call *c, unsigned status, const char *type, const void *bytes,
                                size_t len)
{
    void *p = (void *)(uintptr_t)bytes;
    if (!qp_answer_has_room(c, len))
        return qp_answer_crowded(c);
    return qp_respond(c, status, MHD_create_response_from_buffer(len, p, MHD_RESPMEM_MUST_COPY), type);
}

static void wipe_free(void *text)
{
    explicit_bzero(text, malloc_usable_size(text));
    free(text);
}

enum MHD_Result qp_answer_secret(struct qp_call *c, unsigned status, struct qp_json *j)
{
    size_t len;
    qp_json_raw(j, "\n", 1);
    char *text = qp_json_take(j, &len);
    if (!text)
        return MHD_NO;
    return qp_respond(c, status, MHD_create_response_from_buffer_with_free_callback(len, text, wipe_free),
                      JSON_TYPE);
}

enum MHD_Result qp_answer_empty(struct qp_call *c, unsigned status)
{
    return qp_respond(c, status, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), NULL);
}

enum MHD_Result qp_answer_json(struct qp_call *c, unsigned status, struct qp_json *j)
{
    return qp_answer_json_cookie(c, status, j, NULL);
}

enum MHD_Result qp_answer_json_cookie(struct qp_call *c, unsigned status, struct qp_json *j,
                                      const char *cookie)
{
    size_t len;
    qp_json_raw(j, "\n", 1);
    char *text = qp_json_take(j, &len);
    if (!text)
        return MHD_NO;
    if (!qp_answer_has_room(c, len)) {
        free(text);
        return qp_answer_crowded(c);
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (r && cookie)
        MHD_add_response_header(r, "Set-Cookie", cookie);
    return qp_respond(c, status, r, JSON_TYPE);
}

enum MHD_Result qp_answer_redirect(struct qp_call *c, const char *to, const char *cookie)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, "Location", to);
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    if (cookie)
        MHD_add_response_header(r, "Set-Cookie", cookie);
    return qp_respond(c, 303, r, NULL);
}

/* Its form comes back with an Origin only if the policy of referrers lets it. */
static enum MHD_Result answer_page(struct qp_call *c, unsigned status, struct MHD_Response *r)
{
    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, "Content-Security-Policy",
                            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
                            "frame-ancestors 'none'");
    MHD_add_response_header(r, "Referrer-Policy", "same-origin");
    return qp_respond(c, status, r, "text/html; charset=utf-8");
}

enum MHD_Result qp_answer_page(struct qp_call *c, const char *page, size_t len)
{
    return answer_page(c, 200,
                       MHD_create_response_from_buffer(len, (void *)(uintptr_t)page, MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result qp_answer_page_own(struct qp_call *c, unsigned status, char *page, size_t len)
{
    return answer_page(c, status, MHD_create_response_from_buffer(len, page, MHD_RESPMEM_MUST_FREE));
}

/* ---- errors ---- */

/* A sentence may quote what came from outside (an address, a header): what is not UTF-8 in it becomes a
 * question mark, because the answer is. */
static void put_said(struct qp_json *j, const char *name, const char *text)
{
    char said[QP_SAID_ZH];
    size_t n = 0, left = strlen(text);
    for (size_t len, step; left && n + 4 < sizeof said; text += step, left -= step) {
        len = qp_utf8_len((const uint8_t *)text, left);
        step = len ? len : 1;
        memcpy(said + n, len ? text : "?", step);
        n += step;
    }
    said[n] = '\0';
    qp_json_put_full(j, name, said);
}

void qp_json_error(struct qp_json *j, const char *code, const char *text, const char *field)
{
    qp_json_put(j, "code", code);
    put_said(j, "message", text);
    char zh[QP_SAID_ZH];
    put_said(j, "message_zh", qp_said_or_kind(code, text, zh));
    put_said(j, "field", field);
}

enum MHD_Result qp_answer_error(struct qp_call *c, unsigned status, const char *code, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_key(&j, "error");
    qp_json_object(&j);
    qp_json_error(&j, code, text, "");
    qp_json_key(&j, "current");
    qp_json_null(&j);
    qp_json_object_end(&j);
    qp_json_object_end(&j);
    return qp_answer_json(c, status, &j);
}
