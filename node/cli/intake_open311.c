/* intake_open311.c: an Open311 server as a source (IN3): polled by what has changed since the last round.
 *
 *   GET PATH/requests.json?updated_after=MARK&page=N ─► items ─► the node ─► closed ones: close ─► the mark, in --state */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/cli/intake.h"
#include "topology/zone.h"

#define REJECTED "rejected.ndjson"
enum { PAGES = 20, MOST = 1000 /* the specification's for a list */, ROWS_MOST = 1000000, STALE_MOST = 20 };
enum { OVERLAP_S = 60, SECOND = 1000000 };

struct server {
    struct qp_client http;
    const char *folder;
    char path[300], name[600];
    char query[512];          /* what the address has behind its path */
    const char *jurisdiction; /* --jurisdiction */
    char key[300];            /* of --api-key-file */
    char mark[32];            /* the time from which the next sweep asks; "": from the beginning */
    json_t *had;              /* number: the id it has here; "": rejected, and kept */
    json_t *closed;           /* the numbers of those whose closing was told */
    /* the sweep */
    bool sweeping, by_date;
    bool denied;     /* what is to be done where closings are not allowed was said */
    int page, stale; /* lists in a row in which nothing was new */
    char next[32], first[160];
    json_t *seen; /* its numbers */
    int64_t oldest_us, until_us;
};

static bool takes(const char *target)
{
    return strncmp(target, "http://", 7) == 0 || strncmp(target, "https://", 8) == 0;
}

static void server_close(struct qp_intake *in)
{
    struct server *s = in->own;
    qp_client_close(&s->http);
    json_decref(s->had);
    json_decref(s->closed);
    json_decref(s->seen);
    free(s);
}

static void read_rejected(struct server *s);

/* In a file: arguments are everybody's to read. */
static int read_key(struct server *s, const char *name, struct qp_err *e)
{
    FILE *f = fopen(name, "re");
    bool ok = f && fgets(s->key, sizeof s->key, f);
    size_t len = strcspn(s->key, "\r\n");
    s->key[len] = '\0';
    if (f)
        fclose(f);
    if (ok && len == sizeof s->key - 1)
        return qp_fail(e, QP_EINVAL, "%s: the key is its first line, and that is longer than %zu bytes", name,
                       sizeof s->key - 2);
    return ok && *s->key ? 0
                         : qp_fail(e, QP_EINVAL, "%s: the key is its first line, and there is none", name);
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
    int rc = qp_client_to_other(&s->http, in->target, e);
    s->http.ends = in->node.ends;
    size_t len = path ? strcspn(path, "?#") : 0;
    snprintf(s->path, sizeof s->path, "%.*s", (int)len, path ? path : "");
    if (path && path[len] == '?')
        snprintf(s->query, sizeof s->query, "%.*s", (int)strcspn(path + len + 1, "#"), path + len + 1);
    if (!rc && (len >= 280 || strlen(in->target) > 500))
        rc = qp_fail(e, QP_EINVAL, "%.80s…: the address is too long", in->target);
    if (!rc)
        rc = qp_intake_short(in->state, 500, e);
    s->jurisdiction = qp_opt(in->c, "jurisdiction");
    if (!rc && qp_opt(in->c, "api-key-file"))
        rc = read_key(s, qp_opt(in->c, "api-key-file"), e);
    for (size_t n = strlen(s->path); n && s->path[n - 1] == '/';)
        s->path[--n] = '\0';
    s->folder = in->state;
    s->had = json_object();
    s->closed = json_object();
    s->seen = json_object();
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
    read_rejected(s);
    if (rc)
        server_close(in);
    return rc;
}

/* ---- closings ---- */

/* One call; its key is always the same, so that it acts once. */
static int call_here(struct qp_intake *in, const char *id, const char *step, json_t *body, struct qp_err *e)
{
    char path[100], key[80];
    json_t *out = NULL;
    snprintf(path, sizeof path, "/api/v1/matters/%.26s%s%s", id, *step ? "/" : "", step);
    snprintf(key, sizeof key, "Idempotency-Key: closed-at-the-source%s\r\n",
             strcmp(step, "comment") == 0 ? "-said" : "");
    int rc = qp_client_json(&in->node, body ? "POST" : "GET", path, body ? key : "", body, &out, e);
    const char *state = json_string_value(json_object_get(out, "state"));
    bool closed = !rc && !body && state && strcmp(state, "closed") == 0;
    json_decref(body);
    json_decref(out);
    if (rc && qp_client_passes(rc, in->node.answer.status))
        return e->code = QP_EUNREACHABLE;
    return closed ? QP_EDUP : rc;
}

/* Of one that the server has closed: closed here, or where that is refused (a visit is due, somebody else holds it, a rule) whoever
 * holds it reads that the source closed it, and decides. Nothing of this keeps what comes behind it waiting. */
static int close_here(struct qp_intake *in, const char *id, struct qp_err *e)
{
    struct server *s = in->own;
    int rc = call_here(in, id, "close", json_pack("{s:s}", "result", "closed at the source"), e);
    if (!rc || rc == QP_EUNREACHABLE || in->node.answer.status == 401)
        return rc;
    char why[300];
    snprintf(why, sizeof why, "%.299s", e->text);
    if (in->node.answer.status == 403) {
        qp_log(s->denied ? "info" : "warning", "%s is closed at the source, and stays open here: %s%s", id,
               why, s->denied ? "" : "; give the token that right, then begin again with another --state");
        s->denied = true;
        return 0;
    }
    rc = call_here(in, id, "", NULL, e);
    if (!rc)
        rc = call_here(
            in, id, "comment",
            json_pack("{s:s}", "text",
                      "closed at the source / "
                      "\xE6\x9D\xA5\xE6\xBA\x90\xE5\xB9\xB3\xE5\x8F\xB0\xE5\xB7\xB2\xE5\x8A\x9E\xE7\xBB\x93"),
            e);
    if (rc == QP_EUNREACHABLE)
        return rc;
    if (rc && rc != QP_EDUP)
        qp_log("warning", "%s is closed at the source, and cannot be told so here: %s", id, e->text);
    else if (!rc)
        qp_log("info", "%s is closed at the source, and not here: %s: it was said in a comment", id, why);
    return 0;
}

/* ---- rows ---- */

/* What was rejected is kept, once, before the mark can move: neither the node nor the next round has it. */
static int keep_rejected(struct server *s, const char *number, const json_t *r, const char *reason,
                         struct qp_err *e)
{
    char name[600];
    json_t *o = json_pack("{s:s,s:O}", "reason", reason, "request", (json_t *)(uintptr_t)r);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    snprintf(name, sizeof name, "%.500s/" REJECTED, s->folder);
    int rc = text ? qp_intake_append(name, text, e) : qp_fail(e, QP_ENOMEM, "out of memory");
    free(text);
    json_decref(o);
    if (rc)
        return rc;
    json_object_set_new(s->had, number, json_string(""));
    qp_log("warning",
           "request %s of the server was rejected: %s; it is kept in %s: mend the cause, then qipan intake "
           "--once with another --state brings it (what is here already comes once)",
           qp_intake_numbered(r) ? number : "without a number", reason, name);
    return 0;
}

/* The numbers that stand there from a run before: the overlap of the rounds brings them again. */
static void read_rejected(struct server *s)
{
    char name[600], *line = NULL;
    size_t cap = 0;
    snprintf(name, sizeof name, "%.500s/" REJECTED, s->folder);
    FILE *f = fopen(name, "re");
    for (ssize_t n; f && (n = getline(&line, &cap, f)) > 0;) {
        json_t *o = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL), *r = json_object_get(o, "request");
        char *number = qp_intake_number(r);
        if (r && number)
            json_object_set_new(s->had, number, json_string(""));
        free(number);
        json_decref(o);
    }
    free(line);
    if (f)
        fclose(f);
}

/* It says where it is, and that cannot be read. Absent, null and "" say nothing. */
static bool lost_place(const json_t *row, const json_t *item)
{
    static const char *const NAMES[] = {"lat", "long"};
    bool said = false;
    for (size_t i = 0; i < 2; i++) {
        const json_t *v = json_object_get(row, NAMES[i]);
        said = said || (v && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0));
    }
    return said && !json_object_get(item, "location");
}

/* Up to QP_INTAKE_BATCH rows that this process has not brought yet. */
static int send_rows(struct qp_intake *in, json_t *const *rows, size_t n, struct qp_err *e)
{
    struct server *s = in->own;
    struct qp_intake_verdict v[QP_INTAKE_BATCH];
    json_t *items[QP_INTAKE_BATCH];
    for (size_t i = 0; i < n; i++)
        items[i] = qp_intake_request(in->source, rows[i]);
    int rc = n ? qp_intake_send(in, items, n, v, e) : 0;
    for (size_t i = 0; i < n; i++) {
        char *number = qp_intake_number(rows[i]);
        if (!rc && v[i].created && lost_place(rows[i], items[i]))
            qp_log(
                "warning",
                "request %s of the server is here without its position: lat and long must both be degrees, "
                "with a point",
                number);
        if (!rc && v[i].id[0])
            json_object_set_new(s->had, number, json_string(v[i].id));
        else if (!rc)
            rc = keep_rejected(s, number, rows[i], v[i].reason, e);
        free(number);
        json_decref(items[i]);
    }
    return rc;
}

static int close_rows(struct qp_intake *in, const json_t *list, struct qp_err *e)
{
    struct server *s = in->own;
    int rc = 0;
    size_t i;
    json_t *r;
    json_array_foreach((json_t *)(uintptr_t)list, i, r)
    {
        const char *status = json_string_value(json_object_get(r, "status"));
        char *number = qp_intake_number(r);
        const char *id = json_string_value(json_object_get(s->had, number));
        bool now = !rc && id && *id && status && strcmp(status, "closed") == 0 &&
                   !json_object_get(s->closed, number);
        if (now)
            rc = close_here(in, id, e);
        if (now && !rc)
            json_object_set_new(s->closed, number, json_true());
        free(number);
    }
    return rc;
}

/* All rows of a list, however many the server gives at once. */
static int take_list(struct qp_intake *in, const json_t *list, struct qp_err *e)
{
    struct server *s = in->own;
    json_t *rows[QP_INTAKE_BATCH], *r;
    size_t n = 0, i;
    int rc = 0;
    json_array_foreach((json_t *)(uintptr_t)list, i, r)
    {
        char *number = qp_intake_number(r);
        if (!json_object_get(s->had, number))
            rows[n++] = r;
        free(number);
        if (!rc && n == QP_INTAKE_BATCH) {
            rc = send_rows(in, rows, n, e);
            n = 0;
        }
        if (rc)
            return rc;
    }
    rc = send_rows(in, rows, n, e);
    return rc ? rc : close_rows(in, list, e);
}

/* ---- pages ---- */

static int ask_page(struct qp_intake *in, json_t **out, struct qp_err *e)
{
    struct server *s = in->own;
    struct qp_url_query q;
    char number[16], path[340], until[32];
    snprintf(number, sizeof number, "%d", s->page);
    snprintf(path, sizeof path, "%s/requests.json", s->path);
    qp_url_begin(&q, path);
    qp_url_more(&q, s->query);
    qp_url_add(&q, "jurisdiction_id", s->jurisdiction);
    qp_url_add(&q, "api_key", *s->key ? s->key : NULL);
    qp_url_add(&q, "updated_after", *s->mark ? s->mark : "1990-01-01T00:00:00Z");
    if (s->by_date) {
        qp_time_text(until, s->until_us);
        qp_url_add(&q, "end_date", until);
    }
    qp_url_add(&q, "page", number);
    qp_url_add(&q, "page_size", "200");
    int rc = qp_client_call(&s->http, "GET", q.text, NULL, NULL, 0, e);
    qp_url_free(&q);
    if (rc)
        return rc;
    const struct qp_response *a = &s->http.answer;
    *out = a->status == 200 ? json_loadb(a->body, a->len, JSON_ALLOW_NUL, NULL) : NULL;
    if (json_is_array(*out))
        return 0;
    json_decref(*out);
    *out = NULL;
    in->retry_s = a->retry_after_s > 0 ? (uint64_t)a->retry_after_s : 0;
    bool ours = a->status == 401 || a->status == 403 || a->status == 404;
    return qp_fail(e, QP_EUNREACHABLE, "%s%s answers %d, and no list of requests%s", s->http.url, path,
                   a->status, ours ? ": the address, --jurisdiction or --api-key-file is wrong" : "");
}

/* What a list says of the server that gave it. */
struct seen {
    size_t rows, fresh;
    bool same;   /* it begins as the one before did */
    bool within; /* every row is of the time that was asked for */
};

static struct seen look_at(struct server *s, const json_t *list)
{
    struct seen got = {.within = true};
    size_t i;
    json_t *r;
    char *first = qp_intake_number(json_array_get(list, 0));
    got.same = *s->first && strncmp(first, s->first, sizeof s->first - 1) == 0;
    snprintf(s->first, sizeof s->first, "%s", first);
    free(first);
    json_array_foreach((json_t *)(uintptr_t)list, i, r)
    {
        const char *at = json_string_value(json_object_get(r, "requested_datetime"));
        char *number = qp_intake_number(r);
        int64_t us = 0;
        bool dated = at && !qp_time_parse(&us, at, NULL);
        got.rows++;
        got.fresh += !json_object_get(s->seen, number);
        got.within = got.within && dated && us < s->until_us + SECOND;
        json_object_set_new(s->seen, number, json_true());
        if (dated && us < s->oldest_us)
            s->oldest_us = us;
        free(number);
    }
    return got;
}

static int unseen(struct server *s, const char *why, struct qp_err *e)
{
    return qp_fail(
        e, QP_EUNREACHABLE,
        "%s: %s: the end of its list was not seen, what lies behind is not here, and the mark stays at %s",
        s->http.url, why, *s->mark ? s->mark : "the beginning");
}

static void by_date(struct server *s, int64_t until_us)
{
    if (!s->by_date)
        qp_log("info", "%s does not page: its list is asked for by end_date, from the newest back",
               s->http.url);
    s->by_date = true;
    s->page = 1;
    s->until_us = until_us;
}

/* Where to ask next, or that all of it was seen. A server may page or not, with pages as small as it likes, and may know
 * end_date or not: an empty list is an end; so is one that repeats what is known, when the server gives fewer rows than the
 * specification's most. */
static int go_on(struct server *s, const struct seen *got, bool *over, struct qp_err *e)
{
    s->stale = got->fresh ? 0 : s->stale + 1;
    *over = got->rows == 0;
    if (json_object_size(s->seen) > ROWS_MOST)
        return unseen(s, "more than a million requests at once", e);
    if (*over || (!s->by_date && !(got->same && !got->fresh))) {
        s->page++;
        return s->stale > STALE_MOST ? unseen(s, "it gives the same requests page after page", e) : 0;
    }
    bool dated = s->oldest_us != INT64_MAX;
    if (!s->by_date && dated)
        by_date(s, s->oldest_us);
    else if (got->fresh && got->within)
        s->until_us = s->oldest_us;
    else if (got->within && got->rows < MOST && s->stale <= STALE_MOST)
        s->until_us = s->oldest_us - SECOND;
    else if (got->rows < MOST && !got->within)
        *over = true;
    else
        return unseen(s, "it takes neither page nor end_date, or has too many requests of one second", e);
    return 0;
}

static void begin_sweep(struct server *s)
{
    int64_t begun = qp_now_us() - (int64_t)OVERLAP_S * SECOND;
    qp_time_text(s->next, begun - begun % SECOND);
    if (json_object_size(s->had) > ROWS_MOST) { /* sent once more they are known */
        json_object_clear(s->had);
        json_object_clear(s->closed);
        read_rejected(s);
    }
    json_object_clear(s->seen);
    s->page = 1;
    s->stale = 0;
    s->first[0] = '\0';
    s->by_date = false;
    s->until_us = INT64_MAX - SECOND;
    s->oldest_us = INT64_MAX;
    s->sweeping = true;
}

static int end_sweep(struct server *s, struct qp_err *e)
{
    s->sweeping = false;
    snprintf(s->mark, sizeof s->mark, "%.19sZ", s->next);
    return qp_intake_write(s->name, s->mark, strlen(s->mark), e);
}

/* A sweep goes through the whole list, PAGES pages a round, and only its end moves the mark, to where it began; a minute behind,
 * for a server's clock and its index may lag, and nothing comes twice (IN1). What did not answer is asked for again. */
static int server_round(struct qp_intake *in, bool *any, struct qp_err *e)
{
    struct server *s = in->own;
    bool over = false;
    int rc = 0;
    if (!s->sweeping)
        begin_sweep(s);
    uint64_t before = in->taken;
    for (int n = 0; !rc && !over && n < PAGES; n++) {
        json_t *list = NULL;
        rc = ask_page(in, &list, e);
        if (!rc)
            rc = take_list(in, list, e);
        if (!rc) {
            struct seen got = look_at(s, list);
            rc = go_on(s, &got, &over, e);
            s->sweeping = !rc;
        }
        json_decref(list);
    }
    *any = !rc && (!over || in->taken != before);
    return !rc && over ? end_sweep(s, e) : rc;
}

const struct qp_intake_ops qp_intake_open311 = {"open311", takes, server_open, server_round, server_close};
