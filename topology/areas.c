/* areas.c: a division list becomes a tree, see areas.h. Called by `qipan dev`, `qipan areas`, `qipan import`.
 *
 *   CSV ─► rows (file order) ─► areas_tree.c ─► areas, parents first ─► cut */
#include "topology/areas.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/crypto.h"
#include "topology/areas_list.h"
#include "topology/shown.h"

enum { FILE_CAP = 64 << 20 };

enum column { CODE, PARENT, LEVEL, NAME, LABEL, COLUMNS };
static const char *const column_name[COLUMNS] = {"code", "parent_code", "level", "name", "label"};

/* ---- rows ---- */

struct memory {
    const char *p;
    size_t left;
};

static int read_memory(void *arg, char *buf, size_t cap)
{
    struct memory *m = arg;
    size_t n = m->left < cap ? m->left : cap;
    memcpy(buf, m->p, n);
    m->p += n;
    m->left -= n;
    return (int)n;
}

/* Finds the columns in the header row; LABEL alone may be missing (at = QP_AREAS_NONE). */
static int read_header(long at[COLUMNS], char **fields, size_t n, const char *name, long line,
                       struct qp_err *e)
{
    for (int k = 0; k < COLUMNS; k++) {
        at[k] = QP_AREAS_NONE;
        for (size_t i = 0; i < n; i++) {
            if (strcmp(fields[i], column_name[k]) != 0)
                continue;
            if (at[k] != QP_AREAS_NONE)
                return qp_fail(e, QP_EINVAL, "%s:%ld: column %s is there twice", name, line, column_name[k]);
            at[k] = (long)i;
        }
        if (at[k] == QP_AREAS_NONE && k != LABEL)
            return qp_fail(
                e, QP_EINVAL,
                "%s:%ld: there is no column %s (the first row must name code, parent_code, level and name)",
                name, line, column_name[k]);
    }
    return 0;
}

/* Those that are no column of ours, with commas between; a name that does not fit ends the list with "…". */
static void name_unread(char out[QP_AREAS_UNREAD], char **fields, size_t n)
{
    static const char MORE[] = ", …";
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        int k = 0;
        while (k < COLUMNS && strcmp(fields[i], column_name[k]) != 0)
            k++;
        const char *between = at ? ", " : "";
        if (k < COLUMNS || !fields[i][0])
            continue;
        if (at + strlen(between) + strlen(fields[i]) + sizeof MORE > QP_AREAS_UNREAD) {
            snprintf(out + at, QP_AREAS_UNREAD - at, "%s", at ? MORE : "…");
            return;
        }
        at += (size_t)snprintf(out + at, QP_AREAS_UNREAD - at, "%s%s", between, fields[i]);
    }
}

/* Copies a field that must have 1..max bytes and no control characters. */
static int copy_field(char *out, size_t max, const char *field, enum column k, bool may_be_empty,
                      const char *name, long line, struct qp_err *e)
{
    size_t len = strlen(field);
    if (len == 0 && !may_be_empty)
        return qp_fail(e, QP_EINVAL, "%s:%ld: %s is empty", name, line, column_name[k]);
    if (len > max)
        return qp_fail(e, QP_EINVAL, "%s:%ld: %s has %zu bytes, at most %zu are allowed", name, line,
                       column_name[k], len, max);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)field[i] < 0x20 || field[i] == 0x7f)
            return qp_fail(e, QP_EINVAL, "%s:%ld: %s has a control character", name, line, column_name[k]);
    memcpy(out, field, len + 1);
    return 0;
}

/* The label: the label column's, else the code lower-cased. */
static int make_label(struct qp_areas_row *r, const char *given, const char *name, struct qp_err *e)
{
    char lower[QP_CODE_MAX + 1];
    const char *label = given;
    if (given[0] == '\0') {
        size_t i = 0;
        for (; r->a.code[i] != '\0'; i++) {
            char c = r->a.code[i];
            lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        lower[i] = '\0';
        label = lower;
    }
    if (!qp_label_ok(label))
        return qp_fail(e, QP_EINVAL, "%s:%ld: label \"%.*s\"%s must be 1 to %d of a-z, 0-9 and -", name,
                       r->a.line, qp_shown(label, 64), label,
                       given[0] == '\0' ? " (from the code; a column label can give another)" : "",
                       QP_LABEL_MAX);
    memcpy(r->label, label, strlen(label) + 1);
    return 0;
}

static int add_row(struct qp_areas_list *l, char **fields, const long at[COLUMNS], long line,
                   struct qp_err *e)
{
    if (l->n == QP_AREAS_MAX)
        return qp_fail(e, QP_EBIG, "%s:%ld: more than %d areas", l->name, line, QP_AREAS_MAX);
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 512 : l->cap * 2;
        struct qp_areas_row *v = realloc(l->v, cap * sizeof *v);
        if (!v)
            return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu areas", l->name, cap);
        l->v = v;
        l->cap = cap;
    }
    struct qp_areas_row *r = &l->v[l->n];
    memset(r, 0, sizeof *r);
    r->a.line = line;
    r->parent = r->first_child = r->last_child = r->next_sibling = QP_AREAS_NONE;
    int rc = copy_field(r->a.code, QP_CODE_MAX, fields[at[CODE]], CODE, false, l->name, line, e);
    if (!rc)
        rc = copy_field(r->parent_code, QP_CODE_MAX, fields[at[PARENT]], PARENT, true, l->name, line, e);
    if (!rc)
        rc = copy_field(r->a.level, QP_LEVEL_MAX, fields[at[LEVEL]], LEVEL, false, l->name, line, e);
    if (!rc)
        rc = copy_field(r->a.title, QP_TITLE_MAX, fields[at[NAME]], NAME, false, l->name, line, e);
    if (!rc)
        rc = make_label(r, at[LABEL] == QP_AREAS_NONE ? "" : fields[at[LABEL]], l->name, e);
    l->n += !rc;
    return rc;
}

static int read_rows(struct qp_areas_list *l, char unread[QP_AREAS_UNREAD], struct qp_csv *csv,
                     struct qp_err *e)
{
    char **fields;
    size_t n, columns = 0;
    long line, at[COLUMNS];
    int rc = 0;
    while (!rc) {
        struct qp_err why;
        int got = qp_csv_next(csv, &fields, &n, &line, &why);
        if (got < 0)
            return qp_fail(e, why.code, "%s", why.text);
        if (got == 0)
            break;
        if (columns == 0) {
            columns = n;
            rc = read_header(at, fields, n, l->name, line, e);
            name_unread(unread, fields, n);
        } else if (n != columns) {
            rc = qp_fail(e, QP_EINVAL, "%s:%ld: the row has %zu fields, the header %zu", l->name, line, n,
                         columns);
        } else {
            rc = add_row(l, fields, at, line, e);
        }
    }
    if (!rc && l->n == 0)
        rc = qp_fail(e, QP_EINVAL, "%s:1: there is no area in the file", l->name);
    return rc;
}

int qp_areas_parse(struct qp_areas *out, const char *text, size_t len, const char *name, struct qp_err *e)
{
    *out = (struct qp_areas){.n = 0};
    struct memory m = {text, len};
    struct qp_areas_list l = {.name = name};
    struct qp_csv *csv = qp_csv_open(read_memory, &m, name);
    if (!csv)
        return qp_fail(e, QP_ENOMEM, "%s: no memory to read it", name);
    int rc = read_rows(&l, out->unread, csv, e);
    qp_csv_close(csv);
    if (!rc)
        rc = qp_areas_build(out, &l, e);
    free(l.v);
    free(l.slot);
    if (rc)
        qp_areas_free(out);
    return rc;
}

int qp_areas_read(struct qp_areas *out, const char *source, struct qp_err *e)
{
    *out = (struct qp_areas){.n = 0};
    char path[4096];
    struct stat st;
    bool folder = stat(source, &st) == 0 && S_ISDIR(st.st_mode);
    size_t len = strlen(source);
    bool slash = len > 0 && source[len - 1] == '/';
    int n = snprintf(path, sizeof path, "%s%s%s", source, folder && !slash ? "/" : "",
                     folder ? "divisions.csv" : "");
    if (n < 0 || (size_t)n >= sizeof path)
        return qp_fail(e, QP_EINVAL, "the areas file's name is too long: %.100s…", source);
    void *text;
    size_t text_len;
    int rc = qp_file_read(path, FILE_CAP, &text, &text_len, e);
    if (rc)
        return rc;
    rc = qp_areas_parse(out, text, text_len, path, e);
    free(text);
    return rc;
}

int qp_areas_cut(struct qp_areas *a, const char *under, int depth, struct qp_err *e)
{
    long top = 0;
    if (depth < 0)
        return qp_fail(e, QP_EINVAL, "a tree cannot be %d levels deep", depth);
    if (under) {
        int rc = qp_path_check(under, e);
        if (rc)
            return rc;
        top = qp_areas_find(a, under);
        if (top < 0)
            return qp_fail(e, QP_ENOTFOUND, "%s is not among the areas (the root is %s)", under,
                           a->n > 0 ? a->v[0].path : "none");
    }
    if (a->n == 0)
        return 0;
    int above = a->v[top].depth - 1;
    long *place = calloc(a->n, sizeof *place); /* new index, plus one; 0 = not kept */
    if (!place)
        return qp_fail(e, QP_ENOMEM, "no memory for %zu areas", a->n);
    size_t n = 0;
    for (size_t i = (size_t)top; i < a->n; i++) { /* parents come first, so in place from the left */
        struct qp_area *v = &a->v[i];
        long parent = (long)i == top ? 0 : place[v->parent >= 0 ? v->parent : 0];
        if (((long)i != top && parent == 0) || (depth > 0 && v->depth - above > depth))
            continue;
        place[i] = (long)n + 1;
        a->v[n] = *v;
        a->v[n].parent = parent - 1;
        a->v[n].depth -= above;
        n++;
    }
    a->n = n;
    free(place);
    return 0;
}

long qp_areas_find(const struct qp_areas *a, const char *path)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].path, path) == 0)
            return (long)i;
    return QP_AREAS_NONE;
}

void qp_areas_free(struct qp_areas *a)
{
    if (!a)
        return;
    free(a->v);
    *a = (struct qp_areas){.n = 0};
}
