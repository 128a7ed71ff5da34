/* path.c: labels and paths, see path.h. Pure functions over short strings; called by every room above. */
#include "topology/path.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "topology/shown.h"

static bool label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Length of the label that begins at p; it ends at '/' or NUL. */
static size_t label_len(const char *p)
{
    return strcspn(p, "/");
}

static bool label_ok(const char *p, size_t len)
{
    if (len < 1 || len > QP_LABEL_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!label_char(p[i]))
            return false;
    return true;
}

bool qp_label_ok(const char *label)
{
    /* strnlen bounds the look at a string that nobody has checked yet */
    return label && label_ok(label, strnlen(label, QP_LABEL_MAX + 1));
}

int qp_path_check(const char *path, struct qp_err *e)
{
    if (!path || path[0] == '\0')
        return qp_fail(e, QP_EINVAL, "the path is empty: it needs at least one label");
    int depth = 0;
    for (const char *p = path;; p++) {
        size_t len = label_len(p);
        if (!label_ok(p, len)) {
            int shown = len > 2 * QP_LABEL_MAX ? qp_shown(p, 2 * QP_LABEL_MAX) : (int)len;
            return qp_fail(e, QP_EINVAL,
                           "label \"%.*s\" (the path's number %d) must be 1 to %d of a-z, 0-9 and -", shown,
                           p, depth + 1, QP_LABEL_MAX);
        }
        if (++depth > QP_PATH_DEPTH)
            return qp_fail(e, QP_EINVAL, "the path is more than %d labels deep, at \"%.*s\"", QP_PATH_DEPTH,
                           (int)len, p);
        p += len;
        if (*p == '\0')
            return 0;
    }
}

int qp_path_depth(const char *path)
{
    assert(path && path[0] != '\0');
    int depth = 1;
    for (const char *p = path; *p != '\0'; p++)
        depth += *p == '/';
    return depth;
}

bool qp_path_within(const char *path, const char *above)
{
    assert(path && above);
    size_t n = strlen(above);
    return n > 0 && strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

bool qp_path_below(const char *path, const char *above)
{
    return qp_path_within(path, above) && path[strlen(above)] == '/';
}

/* Copies the first len bytes of a valid path. */
static void path_copy(char out[QP_PATH_MAX], const char *path, size_t len)
{
    assert(len < QP_PATH_MAX);
    memmove(out, path, len);
    out[len] = '\0';
}

bool qp_path_parent(char out[QP_PATH_MAX], const char *path)
{
    const char *slash = strrchr(path, '/');
    path_copy(out, path, slash ? (size_t)(slash - path) : 0);
    return slash;
}

void qp_path_prefix(char out[QP_PATH_MAX], const char *path, int n)
{
    assert(n >= 1 && n <= qp_path_depth(path));
    const char *p = path + label_len(path);
    for (int i = 1; i < n; i++)
        p += 1 + label_len(p + 1);
    path_copy(out, path, (size_t)(p - path));
}

void qp_path_child(char out[QP_PATH_MAX], const char *above, const char *path)
{
    assert(qp_path_within(path, above));
    size_t len = strlen(above), end = len;
    if (path[len] == '/')
        end = len + 1 + label_len(path + len + 1);
    assert(end < QP_PATH_MAX);
    memcpy(out, path, end);
    out[end] = '\0';
}

const char *qp_path_label(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int qp_path_join(char out[QP_PATH_MAX], const char *parent, const char *label, struct qp_err *e)
{
    if (!qp_label_ok(label))
        return qp_fail(e, QP_EINVAL, "label \"%.*s\" must be 1 to %d of a-z, 0-9 and -",
                       qp_shown(label ? label : "", 64), label ? label : "", QP_LABEL_MAX);
    char tmp[QP_PATH_MAX]; /* `parent` and `label` may lie in `out` */
    int n;
    if (!parent || parent[0] == '\0') {
        n = snprintf(tmp, sizeof tmp, "%s", label);
    } else {
        if (qp_path_depth(parent) >= QP_PATH_DEPTH)
            return qp_fail(e, QP_EINVAL, "%.264s/%s is more than %d labels deep", parent, label,
                           QP_PATH_DEPTH);
        n = snprintf(tmp, sizeof tmp, "%s/%s", parent, label);
    }
    assert(n > 0 && (size_t)n < sizeof tmp);
    memcpy(out, tmp, (size_t)n + 1);
    return 0;
}

bool qp_path_common(char out[QP_PATH_MAX], const char *a, const char *b)
{
    size_t same = 0; /* length of the common labels so far */
    size_t i = 0;
    for (;; i++) {
        bool a_ends = a[i] == '\0' || a[i] == '/';
        bool b_ends = b[i] == '\0' || b[i] == '/';
        if (a_ends && b_ends)
            same = i;
        if (a[i] == '\0' || a[i] != b[i])
            break;
    }
    path_copy(out, a, same);
    return same > 0;
}
