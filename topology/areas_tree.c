/* areas_tree.c: the rows of a division list become a tree. Called by areas.c.
 *
 *   rows (file order) ─► parents by code ─► one root ─► order (parents first) ─► paths
 *
 * Every step is linear in the rows: codes, and the labels of siblings, are looked up by hash. */
#include "topology/areas_list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- look-ups ---- */

/* FNV-1a over a number and a text. */
static size_t hash(long number, const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)number;
    for (h *= UINT64_C(1099511628211); *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

static int clear_slots(struct qp_areas_list *l, struct qp_err *e)
{
    if (!l->slot) {
        for (l->slots = 16; l->slots < l->n * 2;)
            l->slots *= 2;
        l->slot = malloc(l->slots * sizeof *l->slot);
        if (!l->slot)
            return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu areas", l->name, l->n);
    }
    memset(l->slot, 0, l->slots * sizeof *l->slot);
    return 0;
}

/* The slot of a code: it holds that row, or is free. */
static uint32_t *slot_of_code(struct qp_areas_list *l, const char *code)
{
    size_t i = hash(0, code) & (l->slots - 1);
    while (l->slot[i] != 0 && strcmp(l->v[l->slot[i] - 1].a.code, code) != 0)
        i = (i + 1) & (l->slots - 1);
    return &l->slot[i];
}

/* The same for a label among the children of one parent. */
static uint32_t *slot_of_label(struct qp_areas_list *l, long parent, const char *label)
{
    size_t i = hash(parent, label) & (l->slots - 1);
    while (l->slot[i] != 0) {
        const struct qp_areas_row *r = &l->v[l->slot[i] - 1];
        if (r->parent == parent && strcmp(r->label, label) == 0)
            break;
        i = (i + 1) & (l->slots - 1);
    }
    return &l->slot[i];
}

/* Each row finds its parent; rows without one in the file keep QP_AREAS_NONE. */
static int link_parents(struct qp_areas_list *l, struct qp_err *e)
{
    int rc = clear_slots(l, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < l->n; i++) {
        uint32_t *s = slot_of_code(l, l->v[i].a.code);
        if (*s != 0)
            return qp_fail(e, QP_EINVAL, "%s:%ld: code %s is that of line %ld already", l->name,
                           l->v[i].a.line, l->v[i].a.code, l->v[*s - 1].a.line);
        *s = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < l->n; i++) {
        struct qp_areas_row *r = &l->v[i];
        uint32_t parent = r->parent_code[0] != '\0' ? *slot_of_code(l, r->parent_code) : 0;
        r->parent = (long)parent - 1;
        if (parent == 0)
            continue;
        struct qp_areas_row *p = &l->v[parent - 1];
        if (p->first_child == QP_AREAS_NONE)
            p->first_child = (long)i;
        else
            l->v[p->last_child].next_sibling = (long)i;
        p->last_child = (long)i;
    }
    return 0;
}

/* ---- the root ---- */

/* Next row of a walk through the subtree of `top`, parents first; QP_AREAS_NONE at the end. */
static long walk(const struct qp_areas_list *l, long top, long i)
{
    if (l->v[i].first_child != QP_AREAS_NONE)
        return l->v[i].first_child;
    while (i != top && l->v[i].next_sibling == QP_AREAS_NONE)
        i = l->v[i].parent;
    return i == top ? QP_AREAS_NONE : l->v[i].next_sibling;
}

static size_t subtree_size(const struct qp_areas_list *l, long top)
{
    size_t n = 0;
    for (long i = top; i != QP_AREAS_NONE; i = walk(l, top, i))
        n++;
    return n;
}

/* Two rows could be the root: the one meant is that without any parent_code, else that with most areas below
 * it; the other is the mistake. Says which. Subtrees are disjoint, so this is linear too. */
static int two_roots(const struct qp_areas_list *l, struct qp_err *e)
{
    long root = QP_AREAS_NONE, other = QP_AREAS_NONE;
    size_t root_size = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].parent != QP_AREAS_NONE)
            continue;
        size_t size = subtree_size(l, (long)i) + (l->v[i].parent_code[0] == '\0' ? QP_AREAS_MAX : 0);
        if (size > root_size) {
            root = (long)i;
            root_size = size;
        }
    }
    for (size_t i = 0; i < l->n && other == QP_AREAS_NONE; i++)
        if (l->v[i].parent == QP_AREAS_NONE && (long)i != root)
            other = (long)i;
    const struct qp_areas_row *r = &l->v[root], *o = &l->v[other];
    if (o->parent_code[0] != '\0')
        return qp_fail(e, QP_EINVAL, "%s:%ld: parent_code %s is not in the file (the root is %s, line %ld)",
                       l->name, o->a.line, o->parent_code, r->a.code, r->a.line);
    return qp_fail(e, QP_EINVAL, "%s:%ld: %s has no parent_code, but the root is %s already (line %ld)",
                   l->name, o->a.line, o->a.code, r->a.code, r->a.line);
}

/* Row i is not below the root: going up from it ends in a circle. Names the circle's first row. */
static int circle(const struct qp_areas_list *l, long i, struct qp_err *e)
{
    for (size_t k = 0; k < l->n; k++)
        i = l->v[i].parent;
    long first = i;
    for (long k = l->v[i].parent; k != i; k = l->v[k].parent)
        if (k < first)
            first = k;
    const struct qp_areas_row *r = &l->v[first];
    return qp_fail(
        e, QP_EINVAL,
        "%s:%ld: %s lies below itself: following parent_code from it (%s, line %ld) leads back to it",
        l->name, r->a.line, r->a.code, r->parent_code, l->v[r->parent].a.line);
}

static int find_root(const struct qp_areas_list *l, long *root, struct qp_err *e)
{
    *root = QP_AREAS_NONE;
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].parent != QP_AREAS_NONE)
            continue;
        if (*root != QP_AREAS_NONE)
            return two_roots(l, e);
        *root = (long)i;
    }
    return *root != QP_AREAS_NONE ? 0 : circle(l, 0, e);
}

/* ---- the tree ---- */

static int check_siblings(struct qp_areas_list *l, struct qp_err *e)
{
    int rc = clear_slots(l, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < l->n; i++) {
        const struct qp_areas_row *r = &l->v[i];
        uint32_t *s = slot_of_label(l, r->parent, r->label);
        if (*s != 0) {
            const struct qp_areas_row *o = &l->v[*s - 1];
            return qp_fail(e, QP_EINVAL,
                           "%s:%ld: label %s (%s) is that of line %ld (%s) already, under the same parent",
                           l->name, r->a.line, r->label, r->a.title, o->a.line, o->a.title);
        }
        *s = (uint32_t)i + 1;
    }
    return 0;
}

/* Copies the rows to `out` in walking order and gives each its path. A row's place among them is kept in its
 * last_child, which nobody needs any more. */
static int place_rows(struct qp_areas *out, struct qp_areas_list *l, long root, struct qp_err *e)
{
    for (long i = root; i != QP_AREAS_NONE; i = walk(l, root, i)) {
        struct qp_areas_row *r = &l->v[i];
        struct qp_area *a = &out->v[out->n];
        *a = r->a;
        const struct qp_area *parent = i == root ? NULL : &out->v[l->v[r->parent].last_child];
        a->parent = !parent ? QP_AREAS_NONE : parent - out->v;
        a->depth = !parent ? 1 : parent->depth + 1;
        if (a->depth > QP_PATH_DEPTH)
            return qp_fail(e, QP_EINVAL, "%s:%ld: %s lies %d levels deep, at most %d are allowed", l->name,
                           a->line, a->code, a->depth, QP_PATH_DEPTH);
        int rc = qp_path_join(a->path, !parent ? NULL : parent->path, r->label, e);
        assert(!rc); /* label and depth were checked */
        (void)rc;
        r->last_child = (long)out->n++;
    }
    return 0;
}

int qp_areas_build(struct qp_areas *out, struct qp_areas_list *l, struct qp_err *e)
{
    long root;
    int rc = link_parents(l, e);
    if (!rc)
        rc = find_root(l, &root, e);
    if (!rc)
        rc = check_siblings(l, e);
    if (rc)
        return rc;
    out->v = calloc(l->n, sizeof *out->v);
    if (!out->v)
        return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu areas", l->name, l->n);
    rc = place_rows(out, l, root, e);
    if (rc || out->n == l->n)
        return rc;
    for (size_t i = 0; i < l->n; i++) { /* whoever is not placed below the root is in a circle or below one */
        long up = (long)i;
        for (size_t k = 0; k < l->n && up != root && up != QP_AREAS_NONE; k++)
            up = l->v[up].parent;
        if (up != root)
            return circle(l, (long)i, e);
    }
    assert(out->n == l->n); /* not reached: then no row is missing */
    return 0;
}
