/* walk.c: see walk.h. Nesting is bounded: what is deeper than any policy ends the walk. */
#include "topology/policy/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/codec.h"

enum { NEST = 16, KEYS = 64 };

/* ---- places and mistakes ---- */

struct qp_policy_at qp_walk_here(struct qp_walk *in)
{
    qp_json_peek(&in->r);
    for (; in->counted < in->r.p; in->counted++)
        in->g.at.line += *in->counted == '\n';
    return in->g.at;
}

size_t qp_walk_below(struct qp_walk *in, const char *fmt, ...)
{
    size_t n = strlen(in->g.path);
    va_list args;
    va_start(args, fmt);
    vsnprintf(in->g.path + n, sizeof in->g.path - n, fmt, args);
    va_end(args);
    return n;
}

static void path_of(char path[QP_MISTAKE_PATH], const struct qp_walk *in, const char *name)
{
    if (name[0] == '\0' && !in->group)
        snprintf(path, QP_MISTAKE_PATH, "%s", in->g.path);
    else
        qp_policy_path(path, in->g.path, name[0] != '\0' ? in->group : NULL,
                       name[0] != '\0' ? name : in->group);
}

void qp_walk_wrong(struct qp_walk *in, enum qp_mistake_kind kind, const char *name, const char *a,
                   const char *b)
{
    char path[QP_MISTAKE_PATH];
    path_of(path, in, name);
    qp_mistake_add(in->g.m, kind, qp_walk_here(in), path, a, b);
}

/* ---- values ---- */

static int skip_object(struct qp_walk *in)
{
    char *key;
    size_t len;
    if (qp_json_take_char(&in->r, '}'))
        return 0;
    do {
        int rc = qp_json_string(&in->r, &key, &len);
        if (!rc && !qp_json_take_char(&in->r, ':'))
            rc = qp_json_fail(&in->r, "a : is wanted");
        if (!rc)
            rc = qp_walk_skip(in);
        if (rc)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    return qp_json_take_char(&in->r, '}') ? 0 : qp_json_fail(&in->r, "a , or } is wanted");
}

static int skip_array(struct qp_walk *in)
{
    if (qp_json_take_char(&in->r, ']'))
        return 0;
    do {
        int rc = qp_walk_skip(in);
        if (rc)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    return qp_json_take_char(&in->r, ']') ? 0 : qp_json_fail(&in->r, "a , or ] is wanted");
}

int qp_walk_skip(struct qp_walk *in)
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
        qp_walk_wrong(in, QP_MISTAKE_TOO_DEEP, "", depth, NULL);
        return QP_EBIG;
    }
    in->depth++;
    in->r.p++;
    int rc = c == '{' ? skip_object(in) : skip_array(in);
    in->depth--;
    return rc;
}

int qp_walk_wrong_type(struct qp_walk *in, const char *name, const char *wanted)
{
    struct qp_policy_reading *g = &in->g;
    char path[QP_MISTAKE_PATH];
    struct qp_policy_at at = qp_walk_here(in);
    path_of(path, in, name);
    int rc = qp_walk_skip(in);
    if (!rc) /* else it is no value at all, which is told instead */
        qp_mistake_add(g->m, QP_MISTAKE_WRONG_TYPE, at, path,
                       name[0] != '\0'   ? name
                       : path[0] != '\0' ? path
                                         : "the policy",
                       wanted);
    return rc;
}

int qp_walk_value(struct qp_walk *in, const struct qp_policy_field *f, const char *name, char **text)
{
    static char yes[] = "yes", no[] = "no";
    size_t len;
    *text = NULL;
    bool number = f && (f->kind == QP_SAYS_SHARE || f->kind == QP_SAYS_COUNT);
    qp_walk_here(in);
    if (f && f->kind == QP_SAYS_FLAG) {
        *text = qp_json_word(&in->r, "true") ? yes : qp_json_word(&in->r, "false") ? no : NULL;
        return *text ? 0 : qp_walk_wrong_type(in, name, "true / false");
    }
    char c = qp_json_peek(&in->r);
    if (!number)
        return c == '"' ? qp_json_string(&in->r, text, &len) : qp_walk_wrong_type(in, name, "\"…\"");
    if (c != '-' && (c < '0' || c > '9'))
        return qp_walk_wrong_type(in, name, f->kind == QP_SAYS_SHARE ? "0 … 1" : "0, 1, 2 …");
    *text = qp_arena_take(in->r.a, QP_JSON_NUMBER);
    return *text ? qp_json_number(&in->r, *text) : qp_fail(&in->e, QP_EBIG, "takes more memory than it may");
}

/* ---- objects and arrays ---- */

static int object_members(struct qp_walk *in, void *arg, qp_walk_member m)
{
    char *seen[KEYS];
    size_t n = 0, len;
    if (qp_json_take_char(&in->r, '}'))
        return 0;
    do {
        char *key;
        qp_walk_here(in);
        int rc = qp_json_string(&in->r, &key, &len);
        if (!rc && !qp_json_take_char(&in->r, ':'))
            rc = qp_json_fail(&in->r, "a : is wanted");
        if (rc)
            return rc;
        bool twice = false;
        for (size_t i = 0; i < n; i++)
            twice = twice || strcmp(seen[i], key) == 0;
        if (twice)
            qp_walk_wrong(in, QP_MISTAKE_TWICE, key, key, NULL);
        else if (n < KEYS)
            seen[n++] = key;
        if (!qp_json_word(&in->r, "null"))
            rc = twice ? qp_walk_skip(in) : m(in, arg, key);
        if (rc)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    return qp_json_take_char(&in->r, '}') ? 0 : qp_json_fail(&in->r, "a , or } is wanted");
}

int qp_walk_object(struct qp_walk *in, const char *name, void *arg, qp_walk_member m)
{
    if (qp_json_peek(&in->r) != '{')
        return qp_walk_wrong_type(in, name, "{…}");
    in->r.p++;
    return object_members(in, arg, m);
}

int qp_walk_array(struct qp_walk *in, const char *name, const char *shape, void *arg, qp_walk_element e)
{
    if (qp_json_peek(&in->r) != '[')
        return qp_walk_wrong_type(in, name, shape);
    in->r.p++;
    if (qp_json_take_char(&in->r, ']'))
        return 0;
    size_t i = 0;
    size_t cut = qp_walk_below(in, "%s%s", in->g.path[0] != '\0' ? "." : "", name);
    do {
        size_t inner = qp_walk_below(in, "[%zu]", i++);
        qp_walk_here(in);
        int rc = e(in, arg);
        in->g.path[inner] = '\0';
        if (rc)
            return rc;
    } while (qp_json_take_char(&in->r, ','));
    in->g.path[cut] = '\0';
    return qp_json_take_char(&in->r, ']') ? 0 : qp_json_fail(&in->r, "a , or ] is wanted");
}

int qp_walk_unknown(struct qp_walk *in, const char *key, const char *names)
{
    qp_walk_wrong(in, QP_MISTAKE_UNKNOWN_FIELD, key, key, names);
    return qp_walk_skip(in);
}
