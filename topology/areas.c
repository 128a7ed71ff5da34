/* areas.c: a division list becomes a tree, see areas.h. Called by `qipan dev`, `qipan areas`, `qipan import`.
 *
 *   CSV ─► rows (file order) ─► parents by code ─► one root ─► order (parents first) ─► paths
 *
 * Every step is linear in the rows: codes, and the labels of siblings, are looked up by hash. */
#include "topology/areas.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/crypto.h"
#include "topology/shown.h"

enum { FILE_CAP = 64 << 20, NONE = -1 };

enum column { CODE, PARENT, LEVEL, NAME, LABEL, COLUMNS };
static const char *const column_name[COLUMNS] = {"code", "parent_code", "level", "name", "label"};

/* A row before it has its place. */
struct row {
    struct qp_area a; /* path and depth are filled at the end */
    char parent_code[QP_CODE_MAX + 1];
    char label[QP_LABEL_MAX + 1];
    long parent, first_child, last_child, next_sibling; /* rows, NONE = none */
};

struct list {
    const char *name; /* of the file, for errors */
    struct row *v;
    size_t n, cap;
    uint32_t *slot; /* hash table of row numbers + 1, 0 = free */
    size_t slots;   /* a power of two, at least twice the rows */
};

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

/* Finds the columns in the header row; LABEL alone may be missing (at = NONE). */
static int read_header(long at[COLUMNS], char **fields, size_t n, const char *name, long line,
                       struct qp_err *e)
{
    for (int k = 0; k < COLUMNS; k++) {
        at[k] = NONE;
        for (size_t i = 0; i < n; i++) {
            if (strcmp(fields[i], column_name[k]) != 0)
                continue;
            if (at[k] != NONE)
                return qp_fail(e, QP_EINVAL, "%s:%ld: column %s is there twice", name, line, column_name[k]);
            at[k] = (long)i;
        }
        if (at[k] == NONE && k != LABEL)
            return qp_fail(
                e, QP_EINVAL,
                "%s:%ld: there is no column %s (the first row must name code, parent_code, level and name)",
                name, line, column_name[k]);
    }
    return QP_OK;
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
    return QP_OK;
}

/* The label: the label column's, else the code lower-cased. */
static int make_label(struct row *r, const char *given, const char *name, struct qp_err *e)
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
    return QP_OK;
}

static int add_row(struct list *l, char **fields, const long at[COLUMNS], long line, struct qp_err *e)
{
    if (l->n == QP_AREAS_MAX)
        return qp_fail(e, QP_EBIG, "%s:%ld: more than %d areas", l->name, line, QP_AREAS_MAX);
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 512 : l->cap * 2;
        struct row *v = realloc(l->v, cap * sizeof *v);
        if (v == NULL)
            return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu areas", l->name, cap);
        l->v = v;
        l->cap = cap;
    }
    struct row *r = &l->v[l->n];
    memset(r, 0, sizeof *r);
    r->a.line = line;
    r->parent = r->first_child = r->last_child = r->next_sibling = NONE;
    int rc = copy_field(r->a.code, QP_CODE_MAX, fields[at[CODE]], CODE, false, l->name, line, e);
    if (rc == QP_OK)
        rc = copy_field(r->parent_code, QP_CODE_MAX, fields[at[PARENT]], PARENT, true, l->name, line, e);
    if (rc == QP_OK)
        rc = copy_field(r->a.level, QP_LEVEL_MAX, fields[at[LEVEL]], LEVEL, false, l->name, line, e);
    if (rc == QP_OK)
        rc = copy_field(r->a.title, QP_TITLE_MAX, fields[at[NAME]], NAME, false, l->name, line, e);
    if (rc == QP_OK)
        rc = make_label(r, at[LABEL] == NONE ? "" : fields[at[LABEL]], l->name, e);
    l->n += rc == QP_OK;
    return rc;
}

static int read_rows(struct list *l, struct qp_csv *csv, struct qp_err *e)
{
    char **fields;
    size_t n, columns = 0;
    long line, at[COLUMNS];
    int rc = QP_OK;
    while (rc == QP_OK) {
        struct qp_err why;
        int got = qp_csv_next(csv, &fields, &n, &line, &why);
        if (got < 0)
            return qp_fail(e, why.code, "%s", why.text);
        if (got == 0)
            break;
        if (columns == 0) {
            columns = n;
            rc = read_header(at, fields, n, l->name, line, e);
        } else if (n != columns) {
            rc = qp_fail(e, QP_EINVAL, "%s:%ld: the row has %zu fields, the header %zu", l->name, line, n,
                         columns);
        } else {
            rc = add_row(l, fields, at, line, e);
        }
    }
    if (rc == QP_OK && l->n == 0)
        rc = qp_fail(e, QP_EINVAL, "%s:1: there is no area in the file", l->name);
    return rc;
}

/* ---- look-ups ---- */

/* FNV-1a over a number and a text. */
static size_t hash(long number, const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)number;
    for (h *= UINT64_C(1099511628211); *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

static int clear_slots(struct list *l, struct qp_err *e)
{
    if (l->slot == NULL) {
        for (l->slots = 16; l->slots < l->n * 2;)
            l->slots *= 2;
        l->slot = malloc(l->slots * sizeof *l->slot);
        if (l->slot == NULL)
            return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu areas", l->name, l->n);
    }
    memset(l->slot, 0, l->slots * sizeof *l->slot);
    return QP_OK;
}

/* The slot of a code: it holds that row, or is free. */
static uint32_t *slot_of_code(struct list *l, const char *code)
{
    size_t i = hash(0, code) & (l->slots - 1);
    while (l->slot[i] != 0 && strcmp(l->v[l->slot[i] - 1].a.code, code) != 0)
        i = (i + 1) & (l->slots - 1);
    return &l->slot[i];
}

/* The same for a label among the children of one parent. */
static uint32_t *slot_of_label(struct list *l, long parent, const char *label)
{
    size_t i = hash(parent, label) & (l->slots - 1);
    while (l->slot[i] != 0) {
        const struct row *r = &l->v[l->slot[i] - 1];
        if (r->parent == parent && strcmp(r->label, label) == 0)
            break;
        i = (i + 1) & (l->slots - 1);
    }
    return &l->slot[i];
}

/* Each row finds its parent; rows without one in the file keep NONE. */
static int link_parents(struct list *l, struct qp_err *e)
{
    int rc = clear_slots(l, e);
    if (rc != QP_OK)
        return rc;
    for (size_t i = 0; i < l->n; i++) {
        uint32_t *s = slot_of_code(l, l->v[i].a.code);
        if (*s != 0)
            return qp_fail(e, QP_EINVAL, "%s:%ld: code %s is that of line %ld already", l->name,
                           l->v[i].a.line, l->v[i].a.code, l->v[*s - 1].a.line);
        *s = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < l->n; i++) {
        struct row *r = &l->v[i];
        uint32_t parent = r->parent_code[0] != '\0' ? *slot_of_code(l, r->parent_code) : 0;
        r->parent = (long)parent - 1;
        if (parent == 0)
            continue;
        struct row *p = &l->v[parent - 1];
        if (p->first_child == NONE)
            p->first_child = (long)i;
        else
            l->v[p->last_child].next_sibling = (long)i;
        p->last_child = (long)i;
    }
    return QP_OK;
}

/* ---- the root ---- */

/* Next row of a walk through the subtree of `top`, parents first; NONE at the end. */
static long walk(const struct list *l, long top, long i)
{
    if (l->v[i].first_child != NONE)
        return l->v[i].first_child;
    while (i != top && l->v[i].next_sibling == NONE)
        i = l->v[i].parent;
    return i == top ? NONE : l->v[i].next_sibling;
}

static size_t subtree_size(const struct list *l, long top)
{
    size_t n = 0;
    for (long i = top; i != NONE; i = walk(l, top, i))
        n++;
    return n;
}

/* Two rows could be the root: the one meant is that without any parent_code, else that with most areas below
 * it; the other is the mistake. Says which. Subtrees are disjoint, so this is linear too. */
static int two_roots(const struct list *l, struct qp_err *e)
{
    long root = NONE, other = NONE;
    size_t root_size = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].parent != NONE)
            continue;
        size_t size = subtree_size(l, (long)i) + (l->v[i].parent_code[0] == '\0' ? QP_AREAS_MAX : 0);
        if (size > root_size) {
            root = (long)i;
            root_size = size;
        }
    }
    for (size_t i = 0; i < l->n && other == NONE; i++)
        if (l->v[i].parent == NONE && (long)i != root)
            other = (long)i;
    const struct row *r = &l->v[root], *o = &l->v[other];
    if (o->parent_code[0] != '\0')
        return qp_fail(e, QP_EINVAL, "%s:%ld: parent_code %s is not in the file (the root is %s, line %ld)",
                       l->name, o->a.line, o->parent_code, r->a.code, r->a.line);
    return qp_fail(e, QP_EINVAL, "%s:%ld: %s has no parent_code, but the root is %s already (line %ld)",
                   l->name, o->a.line, o->a.code, r->a.code, r->a.line);
}

/* Row i is not below the root: going up from it ends in a circle. Names the circle's first row. */
static int circle(const struct list *l, long i, struct qp_err *e)
{
    for (size_t k = 0; k < l->n; k++)
        i = l->v[i].parent;
    long first = i;
    for (long k = l->v[i].parent; k != i; k = l->v[k].parent)
        if (k < first)
            first = k;
    const struct row *r = &l->v[first];
    return qp_fail(
        e, QP_EINVAL,
        "%s:%ld: %s lies below itself: following parent_code from it (%s, line %ld) leads back to it",
        l->name, r->a.line, r->a.code, r->parent_code, l->v[r->parent].a.line);
}

static int find_root(const struct list *l, long *root, struct qp_err *e)
{
    *root = NONE;
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].parent != NONE)
            continue;
        if (*root != NONE)
            return two_roots(l, e);
        *root = (long)i;
    }
    return *root != NONE ? QP_OK : circle(l, 0, e);
}

/* ---- the tree ---- */

static int check_siblings(struct list *l, struct qp_err *e)
{
    int rc = clear_slots(l, e);
    if (rc != QP_OK)
        return rc;
    for (size_t i = 0; i < l->n; i++) {
        const struct row *r = &l->v[i];
        uint32_t *s = slot_of_label(l, r->parent, r->label);
        if (*s != 0) {
            const struct row *o = &l->v[*s - 1];
            return qp_fail(e, QP_EINVAL,
                           "%s:%ld: label %s (%s) is that of line %ld (%s) already, under the same parent",
                           l->name, r->a.line, r->label, r->a.title, o->a.line, o->a.title);
        }
        *s = (uint32_t)i + 1;
    }
    return QP_OK;
}

/* Copies the rows to `out` in walking order and gives each its path. A row's place among them is kept in its
 * last_child, which nobody needs any more. */
static int place_rows(struct qp_areas *out, struct list *l, long root, struct qp_err *e)
{
    for (long i = root; i != NONE; i = walk(l, root, i)) {
        struct row *r = &l->v[i];
        struct qp_area *a = &out->v[out->n];
        *a = r->a;
        const struct qp_area *parent = i == root ? NULL : &out->v[l->v[r->parent].last_child];
        a->parent = parent == NULL ? NONE : parent - out->v;
        a->depth = parent == NULL ? 1 : parent->depth + 1;
        if (a->depth > QP_PATH_DEPTH)
            return qp_fail(e, QP_EINVAL, "%s:%ld: %s lies %d levels deep, at most %d are allowed", l->name,
                           a->line, a->code, a->depth, QP_PATH_DEPTH);
        int rc = qp_path_join(a->path, parent == NULL ? NULL : parent->path, r->label, e);
        assert(rc == QP_OK); /* label and depth were checked */
        (void)rc;
        r->last_child = (long)out->n++;
    }
    return QP_OK;
}

static int build(struct qp_areas *out, struct list *l, struct qp_err *e)
{
    long root;
    int rc = link_parents(l, e);
    if (rc == QP_OK)
        rc = find_root(l, &root, e);
    if (rc == QP_OK)
        rc = check_siblings(l, e);
    if (rc != QP_OK)
        return rc;
    out->v = calloc(l->n, sizeof *out->v);
    if (out->v == NULL)
        return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu areas", l->name, l->n);
    rc = place_rows(out, l, root, e);
    if (rc != QP_OK || out->n == l->n)
        return rc;
    for (size_t i = 0; i < l->n; i++) { /* whoever is not placed below the root is in a circle or below one */
        long up = (long)i;
        for (size_t k = 0; k < l->n && up != root && up != NONE; k++)
            up = l->v[up].parent;
        if (up != root)
            return circle(l, (long)i, e);
    }
    assert(!"a row is lost");
    return QP_EINVAL;
}

int qp_areas_parse(struct qp_areas *out, const char *text, size_t len, const char *name, struct qp_err *e)
{
    *out = (struct qp_areas){NULL, 0};
    struct memory m = {text, len};
    struct list l = {.name = name};
    struct qp_csv *csv = qp_csv_open(read_memory, &m, name);
    if (csv == NULL)
        return qp_fail(e, QP_ENOMEM, "%s: no memory to read it", name);
    int rc = read_rows(&l, csv, e);
    qp_csv_close(csv);
    if (rc == QP_OK)
        rc = build(out, &l, e);
    free(l.v);
    free(l.slot);
    if (rc != QP_OK)
        qp_areas_free(out);
    return rc;
}

int qp_areas_read(struct qp_areas *out, const char *source, struct qp_err *e)
{
    *out = (struct qp_areas){NULL, 0};
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
    if (rc != QP_OK)
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
    if (under != NULL) {
        int rc = qp_path_check(under, e);
        if (rc != QP_OK)
            return rc;
        top = qp_areas_find(a, under);
        if (top < 0)
            return qp_fail(e, QP_ENOTFOUND, "%s is not among the areas (the root is %s)", under,
                           a->n > 0 ? a->v[0].path : "none");
    }
    if (a->n == 0)
        return QP_OK;
    int above = a->v[top].depth - 1;
    long *place = calloc(a->n, sizeof *place); /* new index, plus one; 0 = not kept */
    if (place == NULL)
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
    return QP_OK;
}

long qp_areas_find(const struct qp_areas *a, const char *path)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].path, path) == 0)
            return (long)i;
    return NONE;
}

void qp_areas_free(struct qp_areas *a)
{
    if (a == NULL)
        return;
    free(a->v);
    *a = (struct qp_areas){NULL, 0};
}
