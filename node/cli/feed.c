/* feed.c: `qipan feed`: the way back (IN6 in RULES.md): how the matters of one source go on, told to its platform.
 *
 *   GET /api/v1/matters?source=S&after=MARK ─► a message each ─► POST, signed, until it is taken | a file ─► the mark
 *
 * The mark is the list's own position; it moves when all before it was taken, so a kill tells some again, none never. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "node/cli/intake.h"
#include "topology/zone.h"

enum { NAME = 600, WAIT_MS = 1000, WAIT_MOST_MS = 60000, SECRET_MOST = 256, PATH_MOST = 290 };

struct telling {
    struct qp_intake in; /* the node, the marks' folder, the signals */
    struct qp_client to;
    const char *folder; /* instead of `to` */
    char path[300], mark_name[600], mark[100];
    uint8_t secret[SECRET_MOST + 2]; /* with its line end */
    size_t secret_len;
    uint64_t told, refused, pages; /* pages: files that were written, also before this process */
    bool end, once;
};

/* ---- a message ---- */

static json_t *message_of(const json_t *m)
{
    static const char *const NAMES[] = {"source_ref", "id",         "state",        "step",   "holder",
                                        "desk",       "result",     "duplicate_of", "visit",  "deadline",
                                        "opened_at",  "updated_at", "closed_at",    "version"};
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        json_t *v = json_object_get(m, NAMES[i]);
        json_object_set(o, NAMES[i], v ? v : json_null());
    }
    return o;
}

static void delivery_of(char out[80], const json_t *m)
{
    const char *id = json_string_value(json_object_get(m, "id"));
    snprintf(out, 80, "%.26s-%lld-%lld", id ? id : "",
             (long long)json_integer_value(json_object_get(m, "custody")),
             (long long)json_integer_value(json_object_get(m, "version")));
}

static void sign(char out[2 * QP_HASH_LEN + 1], const struct telling *t, const char *at, const char *body)
{
    struct qp_hash mac;
    const struct qp_part parts[] = {{at, strlen(at)}, {".", 1}, {body, strlen(body)}};
    qp_hmac_sha256(&mac, parts, 3, t->secret, t->secret_len);
    qp_hex(out, mac.b, QP_HASH_LEN);
}

static void name_refused(char out[NAME], const struct telling *t, const char *more)
{
    snprintf(out, NAME, "%.500s/refused%s.ndjson", t->in.state, more);
}

static int note_refused(struct telling *t, const char *body, int status, struct qp_err *e)
{
    char name[NAME], *line = NULL;
    name_refused(name, t, "");
    if (asprintf(&line, "{\"status\":%d,\"message\":%s}", status, body) < 0)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    int rc = qp_intake_append(name, line, e);
    free(line);
    if (rc)
        return rc;
    t->refused++;
    qp_log("warning",
           "%s refuses a message with %d: it stands in %s, and the next one follows; qipan feed --again "
           "tells those "
           "matters once more",
           t->to.url, status, name);
    return 0;
}

/* Whether an answer is about this message, so that the next one may be taken; every other 4xx is about the address or the key, and
 * so about all of them. */
static bool of_message(int status)
{
    static const int LIST[] = {400, 409, 410, 413, 415, 422};
    for (size_t i = 0; i < sizeof LIST / sizeof *LIST; i++) {
        if (LIST[i] == status)
            return true;
    }
    return false;
}

/* 0: taken, or refused and noted; QP_EUNREACHABLE: again. */
static int post(struct telling *t, const json_t *m, const char *body, struct qp_err *e)
{
    char head[400], at[32], delivery[80], mac[2 * QP_HASH_LEN + 1];
    qp_time_text(at, qp_now_us());
    delivery_of(delivery, m);
    int n = snprintf(head, sizeof head,
                     "Content-Type: application/json\r\nX-Qipan-Delivery: %s\r\nX-Qipan-Time: %s\r\n",
                     delivery, at);
    if (t->secret_len) {
        sign(mac, t, at, body);
        snprintf(head + n, sizeof head - (size_t)n, "X-Qipan-Signature: sha256=%s\r\n", mac);
    }
    int rc = qp_client_call(&t->to, "POST", t->path, head, body, strlen(body), e);
    int status = rc ? 0 : t->to.answer.status;
    t->in.retry_s = !rc && t->to.answer.retry_after_s > 0 ? (uint64_t)t->to.answer.retry_after_s : 0;
    if (rc || status / 100 == 2)
        return rc;
    if (of_message(status))
        return note_refused(t, body, status, e);
    bool passes = status / 100 != 4 || status == 408 || status == 425 || status == 429;
    return qp_fail(e, QP_EUNREACHABLE, "%s answers %d%s", t->to.url, status,
                   passes ? "" : ": the address or the key is wrong there or here; nothing is passed over");
}

/* Until it is taken: they are told in order. */
static int tell(struct telling *t, const json_t *m, struct qp_err *e)
{
    json_t *o = message_of(m);
    char *body = json_dumps(o, JSON_COMPACT);
    bool told = false;
    int rc = body ? QP_EUNREACHABLE : qp_fail(e, QP_ENOMEM, "out of memory");
    for (long wait = WAIT_MS; rc == QP_EUNREACHABLE && !t->end;
         wait = wait * 2 < WAIT_MOST_MS ? wait * 2 : WAIT_MOST_MS) {
        rc = post(t, m, body, e);
        t->end = rc == QP_EUNREACHABLE && qp_client_asleep(&t->in.node, 0);
        if (rc == QP_EUNREACHABLE && !told && !t->end)
            qp_log("warning", "%s; it is sent again until it is taken", e->text);
        told = told || rc;
        if (rc == QP_EUNREACHABLE && t->once && wait >= WAIT_MOST_MS / 8)
            break;
        if (rc == QP_EUNREACHABLE && !t->end)
            t->end = qp_client_asleep(&t->in.node,
                                      (long)t->in.retry_s * 1000 > wait ? (long)t->in.retry_s * 1000 : wait);
    }
    free(body);
    json_decref(o);
    t->told += !rc;
    return rc;
}

/* One file of a page: by how many were written, and the page's mark: the same page has the same name, and names stand in their order. */
static int write_page(struct telling *t, const json_t *items, const char *next, struct qp_err *e)
{
    char name[600], *text = NULL;
    size_t len = 0, i;
    json_t *m;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    json_array_foreach((json_t *)(uintptr_t)items, i, m)
    {
        json_t *o = message_of(m);
        json_dumpf(o, f, JSON_COMPACT);
        fputc('\n', f);
        json_decref(o);
    }
    fclose(f);
    struct qp_hash h;
    char hex[2 * QP_HASH_LEN + 1];
    qp_hash(&h, next, strlen(next));
    qp_hex(hex, h.b, QP_HASH_LEN);
    snprintf(name, sizeof name, "%.400s/%012llu-%.12s.ndjson", t->folder, (unsigned long long)t->pages, hex);
    int rc = qp_intake_write(name, text, len, e);
    free(text);
    t->told += rc ? 0 : json_array_size(items);
    t->pages += !rc;
    return rc;
}

/* ---- pages ---- */

static int page(struct telling *t, bool *more, struct qp_err *e)
{
    struct qp_url_query q;
    json_t *list = NULL, *m;
    size_t i;
    qp_url_begin(&q, "/api/v1/matters");
    qp_url_add(&q, "source", t->in.source);
    qp_url_add(&q, "after", *t->mark ? t->mark : "0");
    qp_url_add(&q, "limit", "100");
    int rc = qp_client_json(&t->in.node, "GET", q.text, NULL, NULL, &list, e);
    qp_url_free(&q);
    if (rc)
        return qp_client_passes(rc, t->in.node.answer.status) ? e->code = QP_EUNREACHABLE : rc;
    const json_t *items = json_object_get(list, "items");
    const char *next = json_string_value(json_object_get(list, "next"));
    *more = json_is_true(json_object_get(list, "more"));
    if (t->folder && json_array_size(items))
        rc = write_page(t, items, next, e);
    json_array_foreach((json_t *)(uintptr_t)items, i, m)
    {
        if (rc || t->folder)
            break;
        rc = tell(t, m, e);
    }
    if (!rc && next && strcmp(next, t->mark) != 0) {
        char text[140];
        snprintf(t->mark, sizeof t->mark, "%s", next);
        snprintf(text, sizeof text, "%s %llu", t->mark, (unsigned long long)t->pages);
        rc = qp_intake_write(t->mark_name, text, strlen(text), e);
    }
    json_decref(list);
    return rc;
}

static int pages(struct telling *t, struct qp_err *e)
{
    bool told = false;
    while (!t->end) {
        bool more = false;
        int rc = page(t, &more, e);
        t->end = t->end || qp_client_asleep(&t->in.node, 0);
        if (rc && rc != QP_EUNREACHABLE)
            return rc;
        if (rc && !told && !t->end)
            qp_log("warning", "%s; asked again until it answers", e->text);
        told = rc;
        if (t->once && (rc || !more))
            return t->end ? 0 : rc;
        if (!more || rc)
            t->end = t->end || qp_client_asleep(&t->in.node, WAIT_MS);
    }
    return 0;
}

/* ---- once more ---- */

/* One matter that was refused, as it is now: what was told of it since is not followed by what is older. */
static int tell_now(struct telling *t, const char *id, struct qp_err *e)
{
    char path[80];
    json_t *m = NULL;
    snprintf(path, sizeof path, "/api/v1/matters/%.26s", id);
    int rc = qp_client_json(&t->in.node, "GET", path, NULL, NULL, &m, e);
    if (!rc)
        rc = tell(t, m, e);
    else if (rc == QP_ENOTFOUND) {
        qp_log("warning", "%s was refused, and is not here any more", id);
        rc = 0;
    }
    json_decref(m);
    return rc;
}

/* Each matter of a file once; then it goes. */
static int tell_all(struct telling *t, const char *name, struct qp_err *e)
{
    char *line = NULL;
    size_t cap = 0;
    int rc = 0;
    FILE *f = fopen(name, "re");
    if (!f)
        return qp_fail(e, QP_EIO, "%s: cannot be read: %s", name, strerror(errno));
    json_t *done = json_object();
    for (ssize_t n; !rc && !t->end && (n = getline(&line, &cap, f)) > 0;) {
        json_t *o = json_loadb(line, (size_t)n, 0, NULL);
        const char *id = json_string_value(json_object_get(json_object_get(o, "message"), "id"));
        if (id && !json_object_get(done, id)) {
            json_object_set_new(done, id, json_true());
            rc = tell_now(t, id, e);
        }
        json_decref(o);
    }
    json_decref(done);
    free(line);
    fclose(f);
    if (!rc && !t->end && unlink(name))
        rc = qp_fail(e, QP_EIO, "%s: cannot be removed: %s", name, strerror(errno));
    return t->end ? 0 : rc;
}

/* A kill has left what was being told: what was refused since comes behind it. */
static int put_behind(const char *from, const char *name, struct qp_err *e)
{
    char *line = NULL;
    size_t cap = 0;
    int rc = 0;
    FILE *f = fopen(from, "re");
    if (!f)
        return errno == ENOENT ? 0 : qp_fail(e, QP_EIO, "%s: cannot be read: %s", from, strerror(errno));
    for (ssize_t n; !rc && (n = getline(&line, &cap, f)) > 0;) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        rc = qp_intake_append(name, line, e);
    }
    free(line);
    fclose(f);
    if (!rc && unlink(from))
        rc = qp_fail(e, QP_EIO, "%s: cannot be removed: %s", from, strerror(errno));
    return rc;
}

/* What was refused, each matter once. The file gets another name first: what is refused anew stands in a new one, and a kill in between
 * only tells some again. */
static int again(struct telling *t, struct qp_err *e)
{
    char from[NAME], name[NAME];
    name_refused(from, t, "");
    name_refused(name, t, "-again");
    if (access(name, F_OK) == 0) {
        int rc = put_behind(from, name, e);
        return rc ? rc : tell_all(t, name, e);
    }
    if (rename(from, name))
        return errno == ENOENT ? 0 : qp_fail(e, QP_EIO, "%s: cannot be renamed: %s", from, strerror(errno));
    return tell_all(t, name, e);
}

/* Whoever starts it reads what he could have told again. */
static void tell_waiting(const struct telling *t)
{
    static const char *const MORE[] = {"", "-again"};
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) {
        char name[NAME];
        name_refused(name, t, MORE[i]);
        if (access(name, F_OK) == 0)
            qp_log("warning", "%s waits: qipan feed --again tells those matters once more", name);
    }
}

/* ---- the verb ---- */

static int read_secret(struct telling *t, const char *name, struct qp_err *e)
{
    FILE *f = fopen(name, "re");
    if (!f)
        return qp_fail(e, QP_EIO, "%s: cannot be read: %s", name, strerror(errno));
    t->secret_len = fread(t->secret, 1, sizeof t->secret, f);
    bool more = fgetc(f) != EOF;
    fclose(f);
    while (t->secret_len && strchr("\r\n", t->secret[t->secret_len - 1]))
        t->secret_len--;
    if (more || t->secret_len > SECRET_MOST)
        return qp_fail(e, QP_EINVAL, "%s: a key of at most %d bytes is taken", name, SECRET_MOST);
    return t->secret_len >= 16 ? 0 : qp_fail(e, QP_EINVAL, "%s: a key of at least 16 bytes is needed", name);
}

static int prepare(struct telling *t, const char *to, const char *secret, struct qp_err *e)
{
    int rc = secret ? read_secret(t, secret, e) : 0;
    bool url = strncmp(to, "http://", 7) == 0 || strncmp(to, "https://", 8) == 0;
    const char *path = url ? strchr(strstr(to, "//") + 2, '/') : NULL;
    if (!rc && url)
        rc = qp_client_to_other(&t->to, to, e);
    t->to.ends = t->in.node.ends;
    t->folder = url ? NULL : to;
    snprintf(t->path, sizeof t->path, "%.*s", PATH_MOST, path ? path : "/");
    if (!rc && path && strlen(path) > PATH_MOST)
        rc = qp_fail(e, QP_EINVAL, "%.80s…: the path is longer than %d bytes", to, PATH_MOST);
    if (!rc)
        rc = qp_intake_short(t->in.state, 500, e);
    if (!rc && t->folder)
        rc = qp_intake_short(t->folder, 400, e);
    if (!rc && ((mkdir(t->in.state, 0700) && errno != EEXIST) ||
                (t->folder && mkdir(t->folder, 0700) && errno != EEXIST)))
        rc = qp_fail(e, QP_EIO, "a folder cannot be made: %s", strerror(errno));
    snprintf(t->mark_name, sizeof t->mark_name, "%.500s/mark", t->in.state);
    FILE *f = rc ? NULL : fopen(t->mark_name, "re");
    if (f) {
        char pages[24] = "";
        if (fscanf(f, "%99s %23s", t->mark, pages) == 2)
            t->pages = strtoull(pages, NULL, 10);
        fclose(f);
    }
    return rc;
}

int qp_verb_feed(struct qp_cli *c)
{
    struct telling t = {.in = {.c = c, .source = qp_opt(c, "source"), .state = qp_opt(c, "state")}};
    const char *to = qp_opt(c, "to");
    struct qp_err e = {0};
    if (!t.in.source || !to || !t.in.state)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c, "give --source, --to URL|DIR and --state DIR (for the mark)",
                                 "请给出 --source、--to URL|DIR 与 --state DIR（存放进度）"));
    int exit = qp_client_open(&t.in.node, c);
    if (exit)
        return exit;
    t.to.fd = t.to.ends = -1;
    qp_client_hold_signals(&t.in.node);
    int rc = prepare(&t, to, qp_opt(c, "secret-file"), &e);
    t.once = qp_flag(c, "once");
    if (!rc && !qp_flag(c, "again"))
        tell_waiting(&t);
    else if (!rc && !t.folder)
        rc = again(&t, &e);
    if (!rc)
        rc = pages(&t, &e);
    qp_client_close(&t.in.node);
    qp_client_close(&t.to);
    if (rc)
        return qp_complain_err(c, &e);
    if (c->json)
        qp_print_json(json_pack("{s:I,s:I}", "told", (json_int_t)t.told, "refused", (json_int_t)t.refused));
    qp_tell(c, QP_TR(c, "%llu messages were told, %llu of them refused", "已回传 %llu 条，其中 %llu 条被拒"),
            (unsigned long long)t.told, (unsigned long long)t.refused);
    return t.refused ? QP_EXIT_CONFLICT : QP_EXIT_OK;
}
