/* intake_open311.c: an Open311 server as a source (IN3): polled by what has changed since the last round.
 *
 *   GET PATH/requests.json?updated_after=MARK&page=N ─► items ─► the node ─► closed ones: close ─► the mark, in --state */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <errno.h>

#include "proto/codec.h"
#include "node/cli/intake.h"
#include "topology/zone.h"

enum { PAGE = 200, PAGES_MOST = 500, OVERLAP_S = 60 };

struct server {
    struct qp_client http;
    char path[300], name[600];
    char mark[32]; /* the time from which the next round asks; "": from the beginning */
};

static bool takes(const char *target)
{
    return strncmp(target, "http://", 7) == 0;
}

static int server_open(struct qp_intake *in, struct qp_err *e)
{
    struct server *s = calloc(1, sizeof *s);
    const char *path = strchr(in->target + 7, '/');
    if (!s)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    in->own = s;
    if (!in->state) {
        free(s);
        return qp_fail(e, QP_EINVAL, "give --state DIR: where the mark of the last round is kept");
    }
    int rc = qp_client_to(&s->http, in->target, "", e);
    snprintf(s->path, sizeof s->path, "%.280s", path ? path : "");
    for (size_t n = strlen(s->path); n && s->path[n - 1] == '/';)
        s->path[--n] = '\0';
    snprintf(s->name, sizeof s->name, "%.500s/mark", in->state);
    if (!rc && mkdir(in->state, 0700) && errno != EEXIST)
        rc = qp_fail(e, QP_EIO, "%s: cannot be made: %s", in->state, strerror(errno));
    FILE *f = rc ? NULL : fopen(s->name, "re");
    if (f) {
        if (!fgets(s->mark, sizeof s->mark, f))
            s->mark[0] = '\0';
        s->mark[strcspn(s->mark, "\n")] = '\0';
        fclose(f);
    }
    if (rc)
        free(s);
    return rc;
}

static void server_close(struct qp_intake *in)
{
    struct server *s = in->own;
    qp_client_close(&s->http);
    free(s);
}

static const char *text_of(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text ? text : "";
}

/* A number or a text: both occur. */
static void number_text(char out[130], const json_t *v)
{
    if (json_is_integer(v))
        snprintf(out, 130, "%lld", (long long)json_integer_value(v));
    else
        snprintf(out, 130, "%.128s", json_is_string(v) ? json_string_value(v) : "");
}

static void put(json_t *o, const char *name, const char *text)
{
    if (*text)
        json_object_set_new(o, name, json_string(text));
}

static json_t *item_of(const struct qp_intake *in, const json_t *r)
{
    json_t *o = json_object(), *lat = json_object_get(r, "lat"), *lon = json_object_get(r, "long");
    char code[130], ref[130], title[200];
    const char *said = text_of(r, "description");
    number_text(code, json_object_get(r, "service_code"));
    number_text(ref, json_object_get(r, "service_request_id"));
    snprintf(title, sizeof title, "%.*s", (int)(strcspn(said, "\r\n") < 120 ? strcspn(said, "\r\n") : 120),
             said);
    for (size_t n = strlen(title); n && !qp_utf8_ok(title, n);) /* cut in the middle of a character */
        title[--n] = '\0';
    code[64] = '\0';
    put(o, "category", *code ? code : "unknown");
    put(o, "title", *title ? title : *text_of(r, "service_name") ? text_of(r, "service_name") : code);
    put(o, "text", said);
    put(o, "source", in->source);
    put(o, "source_ref", ref);
    put(o, "place", text_of(r, "address"));
    put(o, "occurred_at", text_of(r, "requested_datetime"));
    if (json_is_number(lat) && json_is_number(lon))
        json_object_set_new(
            o, "location",
            json_pack("{s:f,s:f}", "lat", json_number_value(lat), "lon", json_number_value(lon)));
    return o;
}

/* A step of those that the server has closed: once, for its key is always the same. */
static int close_here(struct qp_intake *in, const char *id, struct qp_err *e)
{
    char path[100];
    json_t *body = json_pack("{s:s}", "result", "closed at the source"), *out = NULL;
    snprintf(path, sizeof path, "/api/v1/matters/%.26s/close", id);
    int rc =
        qp_client_json(&in->node, "POST", path, "Idempotency-Key: closed-at-the-source\r\n", body, &out, e);
    json_decref(body);
    json_decref(out);
    if (rc == QP_ESTEP ||
        rc == QP_ENOTHOLDER) { /* closed already, or with somebody else: who holds it decides */
        qp_log("info", "%s is closed at the source, and not here: %s", id, e->text);
        rc = 0;
    }
    int status = in->node.answer.status;
    return rc && (status == 429 || status >= 500) ? e->code = QP_EUNREACHABLE : rc;
}

static int take_page(struct qp_intake *in, const json_t *page, struct qp_err *e)
{
    json_t *items[QP_INTAKE_BATCH];
    struct qp_intake_verdict v[QP_INTAKE_BATCH];
    size_t n = 0, i;
    json_t *r;
    json_array_foreach((json_t *)(uintptr_t)page, i, r)
    {
        if (n < QP_INTAKE_BATCH)
            items[n++] = item_of(in, r);
    }
    int rc = n ? qp_intake_send(in, items, n, v, e) : 0;
    for (i = 0; i < n; i++)
        json_decref(items[i]);
    for (i = 0; !rc && i < n; i++) {
        r = json_array_get(page, i);
        if (!v[i].id[0])
            qp_log("warning", "request %s of the server was rejected: %s", text_of(r, "service_request_id"),
                   v[i].reason);
        else if (strcmp(text_of(r, "status"), "closed") == 0)
            rc = close_here(in, v[i].id, e);
    }
    return rc;
}

static int ask_page(struct server *s, const char *since, int page, json_t **out, struct qp_err *e)
{
    struct qp_url_query q;
    char number[16], path[340];
    snprintf(number, sizeof number, "%d", page);
    snprintf(path, sizeof path, "%s/requests.json", s->path);
    qp_url_begin(&q, path);
    qp_url_add(&q, "updated_after", since);
    qp_url_add(&q, "page", number);
    qp_url_add(&q, "page_size", "200");
    int rc = qp_client_call(&s->http, "GET", q.text, NULL, NULL, 0, e);
    qp_url_free(&q);
    if (rc)
        return rc;
    *out = s->http.answer.status == 200 ? json_loadb(s->http.answer.body, s->http.answer.len, 0, NULL) : NULL;
    if (json_is_array(*out))
        return 0;
    json_decref(*out);
    *out = NULL;
    return qp_fail(e, QP_EUNREACHABLE, "%s%s answers %d, and no list of requests", s->http.url, path,
                   s->http.answer.status);
}

/* The mark stays a minute behind: a server's clock and its index may lag, and nothing comes twice (IN1). */
static int server_round(struct qp_intake *in, bool *any, struct qp_err *e)
{
    struct server *s = in->own;
    char since[32], next[32];
    int64_t begun = qp_now_us() - (int64_t)OVERLAP_S * 1000000;
    int rc = 0;
    qp_time_text(next, begun - begun % 1000000);
    strcpy(since, *s->mark ? s->mark : "1990-01-01T00:00:00Z");
    for (int page = 1; !rc && page <= PAGES_MOST; page++) {
        json_t *list = NULL;
        rc = ask_page(s, since, page, &list, e);
        size_t n = json_array_size(list);
        uint64_t before = in->taken;
        if (!rc)
            rc = take_page(in, list, e);
        json_decref(list);
        *any = *any || in->taken != before;
        if (n < PAGE)
            break;
    }
    if (rc)
        return rc;
    snprintf(s->mark, sizeof s->mark, "%.19sZ", next);
    return qp_intake_write(s->name, s->mark, strlen(s->mark), e);
}

const struct qp_intake_ops qp_intake_open311 = {"open311", takes, server_open, server_round, server_close};
