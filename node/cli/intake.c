/* intake.c: how what a source says becomes items, and how they go to the node; see intake.h. */
#include "node/cli/intake.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SEND_MOST = 1024 * 1024 };

int qp_intake_short(const char *folder, size_t most, struct qp_err *e)
{
    return strlen(folder) <= most
               ? 0
               : qp_fail(e, QP_EINVAL,
                         "%.80s…: the folder's name is longer than %zu bytes: give a shorter "
                         "one, or a link to it",
                         folder, most);
}

int qp_intake_write(const char *name, const char *text, size_t len, struct qp_err *e)
{
    char next[700];
    snprintf(next, sizeof next, "%s.part", name);
    int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0;
    for (size_t at = 0; ok && at < len;) {
        ssize_t n = write(fd, text + at, len - at);
        ok = n > 0 || (n < 0 && errno == EINTR);
        at += n > 0 ? (size_t)n : 0;
    }
    ok = ok && fsync(fd) == 0;
    if (fd >= 0 && close(fd))
        ok = false;
    if (!ok || rename(next, name))
        return qp_fail(e, QP_EIO, "%s: cannot be written: %s", name, strerror(errno));
    return 0;
}

int qp_intake_append(const char *name, const char *line, struct qp_err *e)
{
    int fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    int why = end >= 0 && dprintf(fd, "%s\n", line) > 0 && fsync(fd) == 0 ? 0 : errno;
    /* Half a line would swallow the next one. */
    if (why && end >= 0 && ftruncate(fd, end))
        why = errno;
    if (fd >= 0 && close(fd) && !why)
        why = errno;
    return why ? qp_fail(e, QP_EIO, "%s: cannot be written: %s", name, strerror(why)) : 0;
}

/* ---- items ---- */

static const char *const TAKEN[] = {"category", "title",   "text",     "source_ref", "occurred_at", "place",
                                    "area",     "urgency", "deadline", "desk",       "location"};

/* The caller's record: it goes under lock (VA1). A foreign object `reporter` is looked into, and --field names others. */
static const char *const THEIRS[] = {"reporter.name", "reporter.phone", "reporter.address", "reporter.email",
                                     "reporter.confidential"};
enum { INSIDE = sizeof "reporter." - 1 };

/* What stands for our field in theirs; our own name when nothing was said. */
static const char *theirs(const struct qp_intake *in, const char *ours)
{
    size_t len = strlen(ours);
    const char *said;
    for (int i = 0; (said = qp_opt_each(in->c, "field", i)); i++) {
        if (strncmp(said, ours, len) == 0 && said[len] == '=')
            return said + len + 1;
    }
    return ours;
}

static bool used(const struct qp_intake *in, const char *name)
{
    for (size_t i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++) {
        if (strcmp(theirs(in, TAKEN[i]), name) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof THEIRS / sizeof *THEIRS; i++) {
        if (strcmp(theirs(in, THEIRS[i]), name) == 0)
            return true;
    }
    return strcmp(theirs(in, "lat"), name) == 0 || strcmp(theirs(in, "lon"), name) == 0;
}

/* Texts in a form are texts: a number in one of our text fields becomes one. */
static json_t *as_text(json_t *v)
{
    char number[40];
    if (json_is_integer(v)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
        return json_string(number);
    }
    return json_incref(v);
}

bool qp_intake_degrees(const json_t *v, double *out)
{
    const char *text = json_string_value(v);
    char *end = NULL;
    *out = json_is_number(v) ? json_number_value(v) : text ? strtod(text, &end) : 0;
    return json_is_number(v) || (text && *text && !*end && isfinite(*out));
}

/* Neither absent, nor null, nor an empty text. */
static bool given(const json_t *v)
{
    return v && !json_is_null(v) && !(json_is_string(v) && !*json_string_value(v));
}

/* Names that have no room any more are one sign at the end. */
static void put_left(char *left, size_t cap, const char *before, const char *name)
{
    static const char MORE[] = ",\xE2\x80\xA6";
    size_t n = strlen(left), end = sizeof MORE - 1;
    if (n >= end && strcmp(left + n - end, MORE) == 0)
        return;
    bool fits = n + strlen(before) + strlen(name) + 1 + end < cap;
    snprintf(left + n, cap - n, "%s%s%s", n && fits ? "," : "", fits ? before : "", fits ? name : MORE);
}

/* yes or no, as a form says it; what is neither is left to the node to refuse. */
static json_t *as_bool(json_t *v)
{
    static const char *const YES[] = {"true", "1", "yes", "\xE6\x98\xAF"}, *const NO[] = {"false", "0", "no",
                                                                                          "\xE5\x90\xA6"};
    const char *text = json_string_value(v);
    for (size_t i = 0; text && i < 4; i++) {
        if (strcasecmp(text, YES[i]) == 0 || strcasecmp(text, NO[i]) == 0)
            return json_boolean(strcasecmp(text, YES[i]) == 0);
    }
    return json_is_integer(v) ? json_boolean(json_integer_value(v)) : json_incref(v);
}

static void put_reporter(struct qp_intake *in, const json_t *foreign, json_t *o, char *left, size_t cap)
{
    json_t *whole = json_object_get(foreign, "reporter"), *r = json_object(), *v;
    const char *name;
    for (size_t i = 0; i < sizeof THEIRS / sizeof *THEIRS; i++) {
        const char *ours = THEIRS[i] + INSIDE;
        v = json_object_get(foreign, theirs(in, THEIRS[i]));
        v = v ? v : json_object_get(whole, ours);
        if (i == 0 && !v && json_is_string(whole))
            v = whole;
        if (given(v))
            json_object_set_new(r, ours, strcmp(ours, "confidential") == 0 ? as_bool(v) : as_text(v));
    }
    json_object_foreach(whole, name, v)
    {
        bool known = false;
        for (size_t i = 0; i < sizeof THEIRS / sizeof *THEIRS; i++)
            known = known || strcmp(THEIRS[i] + INSIDE, name) == 0;
        if (!known)
            put_left(left, cap, "reporter.", name);
    }
    if (whole && !json_is_object(whole) && !json_is_string(whole) && !json_is_null(whole))
        put_left(left, cap, "", "reporter");
    if (json_object_size(r))
        json_object_set(o, "reporter", r);
    json_decref(r);
}

/* A pair of degrees is a location. Of one that is there and cannot be read the name is left: nobody knows where it was. */
static void put_location(struct qp_intake *in, const json_t *foreign, json_t *o, char *left, size_t cap)
{
    static const char *const ours[] = {"lat", "lon"};
    double degrees[2];
    bool good = true;
    for (size_t i = 0; i < 2; i++)
        good = qp_intake_degrees(json_object_get(foreign, theirs(in, ours[i])), &degrees[i]) && good;
    if (good)
        json_object_set_new(o, "location", json_pack("{s:f,s:f}", "lat", degrees[0], "lon", degrees[1]));
    for (size_t i = 0; i < 2 && !good; i++) {
        if (given(json_object_get(foreign, theirs(in, ours[i]))))
            put_left(left, cap, "", theirs(in, ours[i]));
    }
}

json_t *qp_intake_item(struct qp_intake *in, const json_t *foreign, char *left, size_t cap)
{
    json_t *o = json_object(), *v;
    const char *name;
    left[0] = '\0';
    for (size_t i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++) {
        v = json_object_get(foreign, theirs(in, TAKEN[i]));
        if (given(v))
            json_object_set_new(o, TAKEN[i], as_text(v));
    }
    put_location(in, foreign, o, left, cap);
    json_object_set_new(o, "source", json_string(in->source));
    json_object_foreach((json_t *)(uintptr_t)foreign, name, v)
    {
        if (!used(in, name) && strcmp(name, "source") != 0 && strcmp(name, "reporter") != 0)
            put_left(left, cap, "", name);
    }
    put_reporter(in, foreign, o, left, cap);
    return o;
}

/* ---- sending ---- */

/* Not the item's fault: it is taken as it is when the node can. */
static bool passes(const char *code)
{
    int rc = qp_error_named(code);
    return rc > 0 && qp_client_passes(rc, qp_error_http(rc));
}

static int read_line(const json_t *line, struct qp_intake_verdict *v, struct qp_err *e)
{
    const json_t *error = json_object_get(line, "error");
    const char *id = json_string_value(json_object_get(line, "id")),
               *code = json_string_value(json_object_get(error, "code")),
               *text = json_string_value(json_object_get(error, "message"));
    if (!error && id) {
        snprintf(v->id, sizeof v->id, "%.26s", id);
        v->created = json_is_true(json_object_get(line, "created"));
        return 0;
    }
    if (code && passes(code))
        return qp_fail(e, QP_EUNREACHABLE, "%s", text ? text : code);
    snprintf(v->reason, sizeof v->reason, "%s", text ? text : "the node's answer has no line for it");
    return 0;
}

static int read_answer(struct qp_intake *in, const size_t *at, size_t n, struct qp_intake_verdict *v,
                       struct qp_err *e)
{
    const struct qp_response *a = &in->node.answer;
    int rc = 0;
    in->retry_s = a->retry_after_s > 0 ? (uint64_t)a->retry_after_s : 0;
    if (a->status != 200) {
        rc = qp_client_refusal(a, e);
        return qp_client_passes(rc, a->status) ? e->code = QP_EUNREACHABLE : rc;
    }
    const char *p = a->body;
    for (size_t i = 0; !rc && i < n; i++) {
        size_t len = p ? strcspn(p, "\n") : 0;
        json_t *line = len ? json_loadb(p, len, 0, NULL) : NULL;
        rc = line ? read_line(line, &v[at[i]], e)
                  : qp_fail(e, QP_EUNREACHABLE, "the node's answer was cut off");
        json_decref(line);
        p = p && p[len] ? p + len + 1 : NULL;
    }
    return rc;
}

/* Why an item is not sent; NULL: it is. */
static const char *unfit(const json_t *item)
{
    const char *ref = json_string_value(json_object_get(item, "source_ref"));
    if (!ref || !*ref)
        return "it has no source_ref: without its number it could come twice";
    if (json_string_length(json_object_get(item, "text")) > QP_TEXT_BYTES)
        return "text: at most 16384 bytes";
    return NULL;
}

/* As many of them, from *next on, as one call may hold. */
static int send_some(struct qp_intake *in, json_t *const *items, size_t n, size_t *next,
                     struct qp_intake_verdict *v, struct qp_err *e)
{
    static_assert(QP_TEXT_BYTES == 16384, "unfit says it");
    size_t at[QP_INTAKE_BATCH], sent = 0, len = 0;
    char *text = NULL;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    for (; *next < n && len < SEND_MOST; (*next)++) {
        const char *why = unfit(items[*next]);
        v[*next] = (struct qp_intake_verdict){.created = false};
        if (why) {
            snprintf(v[*next].reason, sizeof v[*next].reason, "%s", why);
            continue;
        }
        json_dumpf(items[*next], f, JSON_COMPACT);
        fputc('\n', f);
        fflush(f); /* len is right */
        at[sent++] = *next;
    }
    fclose(f);
    int rc = sent ? qp_client_call(&in->node, "POST", "/api/v1/matters:batch",
                                   "Content-Type: application/x-ndjson\r\n", text, len, e)
                  : 0;
    if (!rc && sent)
        rc = read_answer(in, at, sent, v, e);
    free(text);
    return rc;
}

int qp_intake_send(struct qp_intake *in, json_t *const *items, size_t n, struct qp_intake_verdict *v,
                   struct qp_err *e)
{
    int rc = 0;
    assert(n <= QP_INTAKE_BATCH);
    for (size_t next = 0; !rc && next < n;)
        rc = send_some(in, items, n, &next, v, e);
    for (size_t i = 0; !rc && i < n; i++)
        *(!v[i].id[0] ? &in->rejected : v[i].created ? &in->taken : &in->again) += 1;
    return rc;
}

int qp_intake_ask(struct qp_intake *in, struct qp_err *e)
{
    int rc = qp_client_call(&in->node, "GET", "/healthz", "", NULL, 0, e);
    if (rc || !qp_client_passes(rc, in->node.answer.status))
        return rc;
    return qp_fail(e, QP_EUNREACHABLE, "the node at %s does not serve now: qipan doctor there says why",
                   in->node.url);
}
