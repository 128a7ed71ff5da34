/* json.c: a policy from the JSON of api.md. Its shape drives the reading: what it does not know is told by
 * name and stepped over, to a bounded depth, so that one reading finds every mistake; only broken JSON ends it.
 *
 *   bytes ─► UTF-8 ─► object ─► member by member ─► qp_policy_put (field.c), qp_days_* (days.c) */
#include "topology/policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/json_read.h"
#include "topology/policy/days.h"
#include "topology/policy/field.h"

enum { NEST = 16, KEYS = 64, NAMES = 400 };

struct in {
    struct qp_json_reader r;
    struct qp_policy_reading g;
    struct qp_err e;
    const char *counted; /* up to here the lines are counted */
    const char *group;   /* the object of a table's fields that is being read; NULL */
    int depth;
};

/* ---- places and mistakes ---- */

static struct qp_policy_at here(struct in *in)
{
    qp_json_peek(&in->r);
    for (; in->counted < in->r.p; in->counted++)
        in->g.at.line += *in->counted == '\n';
    return in->g.at;
}

/* Goes on below `fmt` in the path; returns where to cut it again. */
static size_t below(struct in *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static size_t below(struct in *in, const char *fmt, ...)
{
    size_t n = strlen(in->g.path);
    va_list args;
    va_start(args, fmt);
    vsnprintf(in->g.path + n, sizeof in->g.path - n, fmt, args);
    va_end(args);
    return n;
}

static void wrong(struct in *in, enum qp_mistake_kind kind, const char *name, const char *a, const char *b)
{
    char path[QP_MISTAKE_PATH];
    if (name[0] == '\0' && in->group == NULL)
        snprintf(path, sizeof path, "%s", in->g.path);
    else
        qp_policy_path(path, in->g.path, name[0] != '\0' ? in->group : NULL,
                       name[0] != '\0' ? name : in->group);
    qp_mistake_add(in->g.m, kind, here(in), path, a, b);
}

/* ---- values ---- */

static int skip(struct in *in);

static int skip_object(struct in *in)
{
    char *key;
    size_t len;
    if (qp_json_take_char(&in->r, '}'))
        return 0;
    do {
        int rc = qp_json_string(&in->r, &key, &len);
        if (rc == 0 && !qp_json_take_char(&in->r, ':'))
            rc = qp_json_fail(&in->r, "a : is wanted");
        if (rc == 0)
            rc = skip(in);
        if (rc != 0)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    return qp_json_take_char(&in->r, '}') ? 0 : qp_json_fail(&in->r, "a , or } is wanted");
}

static int skip_array(struct in *in)
{
    if (qp_json_take_char(&in->r, ']'))
        return 0;
    do {
        int rc = skip(in);
        if (rc != 0)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    return qp_json_take_char(&in->r, ']') ? 0 : qp_json_fail(&in->r, "a , or ] is wanted");
}

/* Steps over one value of any shape. */
static int skip(struct in *in)
{
    char number[QP_JSON_NUMBER], *text, depth[16];
    size_t len;
    char c = qp_json_peek(&in->r);
    if (c == '"')
        return qp_json_string(&in->r, &text, &len);
    if (c != '{' && c != '[') {
        bool word =
            qp_json_word(&in->r, "true") || qp_json_word(&in->r, "false") || qp_json_word(&in->r, "null");
        return word ? 0 : qp_json_number(&in->r, number);
    }
    if (in->depth == NEST) {
        snprintf(depth, sizeof depth, "%d", NEST);
        wrong(in, QP_MISTAKE_TOO_DEEP, "", depth, NULL);
        return QP_EBIG;
    }
    in->depth++;
    in->r.p++;
    int rc = c == '{' ? skip_object(in) : skip_array(in);
    in->depth--;
    return rc;
}

static int wrong_type(struct in *in, const char *name, const char *wanted)
{
    wrong(in, QP_MISTAKE_WRONG_TYPE, name, name[0] != '\0' ? name : "the policy", wanted);
    return skip(in);
}

/* One value as the text that qp_policy_put reads; *text NULL: it was wrong, told and stepped over. */
static int value(struct in *in, const struct qp_policy_field *f, const char *name, char **text)
{
    static char yes[] = "yes", no[] = "no";
    size_t len;
    *text = NULL;
    bool number = f != NULL && (f->kind == QP_SAYS_SHARE || f->kind == QP_SAYS_COUNT);
    here(in);
    if (f != NULL && f->kind == QP_SAYS_FLAG) {
        *text = qp_json_word(&in->r, "true") ? yes : qp_json_word(&in->r, "false") ? no : NULL;
        return *text != NULL ? 0 : wrong_type(in, name, "true / false");
    }
    char c = qp_json_peek(&in->r);
    if (!number)
        return c == '"' ? qp_json_string(&in->r, text, &len) : wrong_type(in, name, "\"…\"");
    if (c != '-' && (c < '0' || c > '9'))
        return wrong_type(in, name, f->kind == QP_SAYS_SHARE ? "0 … 1" : "0, 1, 2 …");
    *text = qp_arena_take(in->r.a, QP_JSON_NUMBER);
    return *text != NULL ? qp_json_number(&in->r, *text)
                         : qp_fail(&in->e, QP_EBIG, "takes more memory than it may");
}

/* ---- objects and arrays ---- */

typedef int (*member)(struct in *in, void *arg, const char *key);
typedef int (*element)(struct in *in, void *arg);

static int object_members(struct in *in, void *arg, member m)
{
    char *seen[KEYS];
    size_t n = 0, len;
    if (qp_json_take_char(&in->r, '}'))
        return 0;
    do {
        char *key;
        here(in);
        int rc = qp_json_string(&in->r, &key, &len);
        if (rc == 0 && !qp_json_take_char(&in->r, ':'))
            rc = qp_json_fail(&in->r, "a : is wanted");
        if (rc != 0)
            return rc;
        bool twice = false;
        for (size_t i = 0; i < n; i++)
            twice = twice || strcmp(seen[i], key) == 0;
        if (twice)
            wrong(in, QP_MISTAKE_TWICE, key, key, NULL);
        else if (n < KEYS)
            seen[n++] = key;
        if (!qp_json_word(&in->r, "null"))
            rc = twice ? skip(in) : m(in, arg, key);
        if (rc != 0)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    return qp_json_take_char(&in->r, '}') ? 0 : qp_json_fail(&in->r, "a , or } is wanted");
}

static int object(struct in *in, const char *name, void *arg, member m)
{
    if (qp_json_peek(&in->r) != '{')
        return wrong_type(in, name, "{…}");
    in->r.p++;
    return object_members(in, arg, m);
}

static int array(struct in *in, const char *name, void *arg, element e)
{
    if (qp_json_peek(&in->r) != '[')
        return wrong_type(in, name, "[…]");
    in->r.p++;
    if (qp_json_take_char(&in->r, ']'))
        return 0;
    size_t i = 0;
    size_t cut = below(in, "%s%s", in->g.path[0] != '\0' ? "." : "", name);
    do {
        size_t inner = below(in, "[%zu]", i++);
        here(in);
        int rc = e(in, arg);
        in->g.path[inner] = '\0';
        if (rc != 0)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    in->g.path[cut] = '\0';
    return qp_json_take_char(&in->r, ']') ? 0 : qp_json_fail(&in->r, "a , or ] is wanted");
}

static int unknown(struct in *in, const char *key, const char *names)
{
    wrong(in, QP_MISTAKE_UNKNOWN_FIELD, key, key, names);
    return skip(in);
}

/* ---- fields of a table ---- */

struct fields {
    const struct qp_policy_field *f;
    size_t n;
    const char *group;
    void *base;
    member also; /* names that the table does not have; NULL: none */
};

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int field(struct in *in, void *arg, const char *key)
{
    struct fields *s = arg;
    char *text, names[NAMES];
    for (size_t i = 0; i < s->n; i++) {
        const struct qp_policy_field *f = &s->f[i];
        if (same(f->group, s->group) && strcmp(f->name, key) == 0) {
            int rc = value(in, f, key, &text);
            if (rc == 0 && text != NULL)
                qp_policy_put(&in->g, f, s->base, text);
            return rc;
        }
        if (s->group == NULL && f->group != NULL && strcmp(f->group, key) == 0) {
            struct fields inner = {.f = s->f, .n = s->n, .group = f->group, .base = s->base};
            in->group = qp_json_peek(&in->r) == '{' ? f->group : NULL;
            int rc = object(in, key, &inner, field);
            in->group = NULL;
            return rc;
        }
    }
    if (s->also != NULL && (strcmp(key, "urge") == 0))
        return s->also(in, s->base, key);
    qp_policy_names(names, sizeof names, s->f, s->n, s->group, false);
    return unknown(in, key, names);
}

static int category(struct in *in, void *arg)
{
    (void)arg;
    struct qp_policy_category *c = qp_policy_add_category(&in->g);
    if (c == NULL)
        return QP_EBIG;
    struct fields s = {.f = qp_category_fields, .n = qp_n_category_fields, .base = c};
    int rc = object(in, "", &s, field);
    if (rc == 0 && c->code == NULL)
        qp_mistake_add(in->g.m, QP_MISTAKE_MISSING, c->at, in->g.path, "code", "\"code\":\"…\"");
    return rc;
}

static int overdue(struct in *in, void *arg, const char *key)
{
    char *text;
    if (strcmp(key, "overdue") != 0)
        return unknown(in, key, "overdue");
    int rc = value(in, NULL, key, &text);
    if (rc == 0 && text != NULL)
        qp_policy_put_urge(&in->g, arg, text);
    return rc;
}

static int urge(struct in *in, void *arg)
{
    return object(in, "", arg, overdue);
}

static int urges(struct in *in, void *arg, const char *key)
{
    struct qp_policy_rules *rules = arg;
    rules->says_urge = true;
    return array(in, key, rules, urge);
}

/* ---- calendars ---- */

struct span {
    char *days, *from, *to;
};

static int span_member(struct in *in, void *arg, const char *key)
{
    struct span *s = arg;
    char **to = strcmp(key, "days") == 0   ? &s->days
                : strcmp(key, "from") == 0 ? &s->from
                : strcmp(key, "to") == 0   ? &s->to
                                           : NULL;
    return to != NULL ? value(in, NULL, key, to) : unknown(in, key, "days, from, to");
}

static int weekly(struct in *in, void *arg)
{
    struct span s = {0};
    if (qp_json_peek(&in->r) != '{')
        return wrong_type(in, "", "{\"days\":\"1-5\",\"from\":\"08:30\",\"to\":\"12:00\"}");
    size_t before = qp_mistakes_all(in->g.m);
    int rc = object(in, "", &s, span_member);
    if (rc != 0)
        return rc;
    if (s.days != NULL && s.from != NULL && s.to != NULL)
        qp_days_put_span(&in->g, arg, s.days, s.from, s.to);
    else if (qp_mistakes_all(in->g.m) == before)
        wrong(in, QP_MISTAKE_MISSING, "", "days, from or to",
              "\"days\":\"1-5\",\"from\":\"08:30\",\"to\":\"12:00\"");
    return 0;
}

static int off_date(struct in *in, void *arg)
{
    char *text;
    int rc = value(in, NULL, "", &text);
    if (rc == 0 && text != NULL)
        qp_days_put_date(&in->g, arg, false, text);
    return rc;
}

static int on_date(struct in *in, void *arg)
{
    char *text;
    int rc = value(in, NULL, "", &text);
    if (rc == 0 && text != NULL)
        qp_days_put_date(&in->g, arg, true, text);
    return rc;
}

static int calendar_member(struct in *in, void *arg, const char *key)
{
    struct qp_policy_calendar *c = arg;
    char *text;
    if (strcmp(key, "weekly") == 0)
        return array(in, key, c, weekly);
    if (strcmp(key, "off") == 0)
        return array(in, key, c, off_date);
    if (strcmp(key, "on") == 0)
        return array(in, key, c, on_date);
    bool name = strcmp(key, "name") == 0;
    if (!name && strcmp(key, "known_until") != 0)
        return unknown(in, key, "name, weekly, off, on, known_until");
    int rc = value(in, NULL, key, &text);
    if (rc == 0 && text != NULL)
        (name ? qp_days_put_name : qp_days_put_known)(&in->g, c, text);
    return rc;
}

static int calendar(struct in *in, void *arg)
{
    (void)arg;
    struct qp_policy_calendar *c = qp_policy_add_calendar(&in->g);
    return c != NULL ? object(in, "", c, calendar_member) : QP_EBIG;
}

/* ---- the whole ---- */

static int policy_member(struct in *in, void *arg, const char *key)
{
    struct qp_policy *p = arg;
    struct fields rules = {.f = qp_rule_fields, .n = qp_n_rule_fields, .base = &p->rules, .also = urges};
    char *text;
    if (strcmp(key, "calendars") == 0)
        return array(in, key, NULL, calendar);
    if (strcmp(key, "categories") == 0)
        return array(in, key, NULL, category);
    if (strcmp(key, "rules") == 0) {
        size_t cut = below(in, "rules");
        int rc = object(in, "", &rules, field);
        in->g.path[cut] = '\0';
        return rc;
    }
    bool version = strcmp(key, "version") == 0;
    if (!version && strcmp(key, "title") != 0)
        return unknown(in, key, "version, title, calendars, categories, rules");
    int rc = value(in, NULL, key, &text);
    if (rc == 0 && text != NULL)
        qp_policy_put_text(&in->g, key, version ? QP_NAME_BYTES : QP_TITLE_BYTES,
                           version ? &p->version : &p->title, text);
    return rc;
}

static int whole(struct in *in, struct qp_policy *p)
{
    int rc = object(in, "", p, policy_member);
    qp_json_peek(&in->r);
    if (rc == 0 && in->r.p < in->r.end)
        rc = qp_json_fail(&in->r, "something stands behind the policy");
    return rc;
}

/* The mistake that ended the reading; those that a member told have ended it with QP_EBIG and no sentence. */
static void ended(struct in *in)
{
    char bytes[24];
    if (in->e.text[0] == '\0')
        return;
    snprintf(bytes, sizeof bytes, "%d", QP_POLICY_BYTES);
    here(in);
    qp_mistake_add(in->g.m, in->e.code == QP_EBIG ? QP_MISTAKE_TOO_LARGE : QP_MISTAKE_NO_JSON, in->g.at,
                   in->g.path, in->e.text, bytes);
}

struct qp_policy *qp_policy_json(const char *text, size_t len, const char *name, struct qp_mistakes *m)
{
    struct qp_policy_at at = {name, 0};
    struct qp_policy *p = qp_policy_new();
    if (p != NULL && name != NULL)
        at.file = qp_arena_text(p->a, name);
    struct in in = {.g = {.p = p, .m = m, .at = {at.file, name != NULL}}};
    if (p == NULL) {
        qp_mistake_add(m, QP_MISTAKE_NO_MEMORY, at, NULL, NULL, NULL);
        return NULL;
    }
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    in.r = (struct qp_json_reader){
        .start = text, .p = text, .end = text + len, .a = p->a, .e = &in.e, .type = "JSON", .field = ""};
    in.counted = text;
    p->at = in.g.at;
    if (len > QP_POLICY_BYTES) {
        qp_fail(&in.e, QP_EBIG, "%zu bytes are too many for a policy", len);
        ended(&in);
        p->broken = true;
    } else if (!qp_utf8_ok(text, len)) {
        qp_mistake_add(m, QP_MISTAKE_NOT_UTF8, at, NULL, NULL, NULL);
        p->broken = true;
    } else if (whole(&in, p) != 0) {
        ended(&in);
        p->broken = true;
    }
    if (!qp_policy_ready(p))
        qp_mistake_add(m, QP_MISTAKE_NO_MEMORY, at, NULL, NULL, NULL);
    return p;
}
