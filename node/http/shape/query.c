/* query.c: see query.h. Called by list.c and board.c, and by routes.c for the other calls. */
#include "node/http/shape/query.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void qp_query_begin(struct qp_query *q, struct qp_call *c, struct qp_fault *f)
{
    *q = (struct qp_query){.c = c, .f = f};
    f->e.code = 0;
    f->field[0] = '\0';
}

int qp_query_fault(struct qp_query *q, int code, const char *field, const char *fmt, ...)
{
    if (q->f->e.code)
        return q->f->e.code;
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return qp_fault_set(q->f, code, field, "%s", text);
}

const char *qp_query_text(struct qp_query *q, const char *name)
{
    if (q->nasked < sizeof q->asked / sizeof *q->asked)
        q->asked[q->nasked++] = name;
    const char *text = qp_call_arg(q->c, name);
    if (text && !qp_utf8_ok(text, strlen(text))) {
        qp_query_fault(q, QP_EINVAL, name, "`%s` is not UTF-8", name);
        return NULL;
    }
    return text;
}

const char *qp_query_path(struct qp_query *q, const char *name)
{
    const char *path = qp_query_text(q, name);
    struct qp_err e;
    if (!path || !*path)
        return NULL;
    if (qp_path_check(path, &e)) {
        qp_query_fault(q, QP_EINVAL, name, "`%s`: %s", name, e.text);
        return NULL;
    }
    return path;
}

int qp_query_bool(struct qp_query *q, const char *name)
{
    const char *text = qp_query_text(q, name);
    if (!text)
        return -1;
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        return 1;
    if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return 0;
    qp_query_fault(q, QP_EINVAL, name, "`%s` must be true or false", name);
    return -1;
}

long qp_query_whole(struct qp_query *q, const char *name, long least, long most, long usual)
{
    const char *text = qp_query_text(q, name);
    char *end = NULL;
    if (!text)
        return usual;
    errno = 0;
    long n = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
    if (end && !*end && !errno && n >= least && n <= most)
        return n;
    if (most < LONG_MAX - 1)
        qp_query_fault(q, QP_EINVAL, name, "`%s` must be a whole number from %ld to %ld", name, least, most);
    else
        qp_query_fault(q, QP_EINVAL, name, "`%s` must be a whole number, at least %ld", name, least);
    return usual;
}

size_t qp_query_limit(struct qp_query *q, size_t usual)
{
    return (size_t)qp_query_whole(q, "limit", 1, QP_LIST_MOST, (long)usual);
}

bool qp_query_time(struct qp_query *q, const char *name, int64_t *at_us)
{
    const char *text = qp_query_text(q, name);
    struct qp_err e;
    if (!text || !*text)
        return false;
    if (!qp_time_parse_local(at_us, text, q->c->h->zone, &e))
        return true;
    const char *t = strchr(text, 'T');
    bool plus = t && strchr(t, ' '); /* of +08:00 */
    qp_query_fault(q, QP_EINVAL, name, "`%s`: %s%s", name, e.text,
                   plus ? " (in an address a + is a blank: write %2B)" : "");
    return false;
}

static bool word_in(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = words; len && p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
        if (strncmp(p, word, len) == 0 && (p[len] == ' ' || !p[len]))
            return true;
    }
    return false;
}

static bool name_in(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static enum MHD_Result check_asked(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_len,
                                   const char *value, size_t len)
{
    struct qp_query *q = arg;
    (void)kind;
    char shown[QP_NAME_BYTES + 1];
    qp_text_cut(shown, sizeof shown, key);
    if (strlen(key) != key_len || !(name_in(q->asked, q->nasked, key) || word_in(q->only, key)))
        qp_query_fault(q, QP_EINVAL, shown, "there is no argument `%s` here", shown);
    else if (name_in(q->seen, q->nseen, key))
        qp_query_fault(q, QP_EINVAL, key, "`%s` is given twice", key);
    else if (value && strlen(value) != len)
        qp_query_fault(q, QP_EINVAL, key, "`%s` has a NUL in it", key);
    else if (q->nseen < sizeof q->seen / sizeof *q->seen)
        q->seen[q->nseen++] = key;
    return q->f->e.code ? MHD_NO : MHD_YES;
}

int qp_query_end(struct qp_query *q)
{
    MHD_get_connection_values_n(q->c->conn, MHD_GET_ARGUMENT_KIND, check_asked, q);
    return q->f->e.code;
}

int qp_query_only(struct qp_call *c, const char *names, struct qp_fault *f)
{
    struct qp_query q;
    qp_query_begin(&q, c, f);
    q.only = names;
    return qp_query_end(&q);
}
