/* family.c: see family.h. Two sorted lists: the parents, and for each name of a category those that it lies below. */
#include "node/insight/watch/family.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/store.h"

struct parent {
    uint64_t code;
    char name[QP_NAME_BYTES + 1];
};
struct kin {
    uint64_t category, parent;
};
struct qp_family {
    struct parent *parents;
    struct kin *kin;
    size_t n_parents, n_kin, cap_kin;
};

void qp_family_free(struct qp_family *f)
{
    if (!f)
        return;
    free(f->parents);
    free(f->kin);
    free(f);
}

static int by_code(const void *a, const void *b)
{
    const struct parent *x = a, *y = b;
    return (x->code > y->code) - (x->code < y->code);
}

static int by_kin(const void *a, const void *b)
{
    const struct kin *x = a, *y = b;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->parent > y->parent) - (x->parent < y->parent);
}

static bool add(struct qp_family *f, const char *name, uint64_t parent)
{
    if (f->n_kin == f->cap_kin) {
        size_t cap = f->cap_kin ? f->cap_kin * 2 : 64;
        struct kin *v = realloc(f->kin, cap * sizeof *v);
        if (!v)
            return false;
        f->kin = v;
        f->cap_kin = cap;
    }
    f->kin[f->n_kin++] = (struct kin){qp_code(name), parent};
    return true;
}

/* A matter may name its category by its code or by a title. */
static bool add_names(struct qp_family *f, const struct qp_policy *p, const struct qp_policy_category *c,
                      uint64_t parent)
{
    const char *names[] = {c->code, c->title, c->title_en};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] && qp_policy_find(p, names[i]) == c && !add(f, names[i], parent))
            return false;
    return true;
}

/* By which matters and people mostly name it. */
static const char *name_of(const struct qp_policy *p, const struct qp_policy_category *c)
{
    bool titled =
        c->title && *c->title && strlen(c->title) <= QP_NAME_BYTES && qp_policy_find(p, c->title) == c;
    return titled ? c->title : c->code;
}

static bool add_above(struct qp_family *f, const struct qp_policy *p, const struct qp_policy_category *c)
{
    const struct qp_policy_category *up = c;
    for (int depth = 0; depth < QP_POLICY_DEPTH && up->parent; depth++) {
        up = qp_policy_category(p, up->parent);
        if (!up || *up->code == 0 || up == c)
            return true;
        const char *name = name_of(p, up);
        if (!add_names(f, p, c, qp_code(name)))
            return false;
        struct parent *x = &f->parents[f->n_parents];
        if (depth == 0 && strlen(name) < sizeof x->name) {
            x->code = qp_code(name);
            strcpy(x->name, name);
            f->n_parents++;
        }
    }
    return true;
}

static size_t unique(void *v, size_t n, size_t size, int (*order)(const void *, const void *))
{
    char *at = v;
    size_t out = 0;
    if (n > 1)
        qsort(v, n, size, order);
    for (size_t i = 0; i < n; i++)
        if (out == 0 || order(at + (out - 1) * size, at + i * size) != 0)
            memmove(at + out++ * size, at + i * size, size);
    return out;
}

struct qp_family *qp_family_new(const struct qp_policy *p)
{
    struct qp_family *f = calloc(1, sizeof *f);
    size_t n = p ? p->n_categories : 0;
    bool whole = f && (f->parents = calloc(n + 1, sizeof *f->parents));
    for (size_t i = 0; whole && i < n; i++)
        whole = !p->categories[i].code || !p->categories[i].parent || add_above(f, p, &p->categories[i]);
    if (!whole) {
        qp_family_free(f);
        return NULL;
    }
    f->n_parents = unique(f->parents, f->n_parents, sizeof *f->parents, by_code);
    for (size_t i = 0; whole && i < f->n_parents; i++) { /* a parent's own matters are its series' as well */
        const struct qp_policy_category *c = qp_policy_find(p, f->parents[i].name);
        whole = !c || add_names(f, p, c, f->parents[i].code);
    }
    f->n_kin = unique(f->kin, f->n_kin, sizeof *f->kin, by_kin);
    if (whole)
        return f;
    qp_family_free(f);
    return NULL;
}

bool qp_family_same(const struct qp_family *a, const struct qp_family *b)
{
    return a->n_parents == b->n_parents && a->n_kin == b->n_kin &&
           (a->n_kin == 0 || memcmp(a->kin, b->kin, a->n_kin * sizeof *a->kin) == 0) &&
           (a->n_parents == 0 || memcmp(a->parents, b->parents, a->n_parents * sizeof *a->parents) == 0);
}

size_t qp_family_parents(const struct qp_family *f)
{
    return f ? f->n_parents : 0;
}

uint64_t qp_family_parent(const struct qp_family *f, size_t i)
{
    assert(i < f->n_parents);
    return f->parents[i].code;
}

static const struct parent *parent_of(const struct qp_family *f, uint64_t code)
{
    const struct parent key = {.code = code};
    return f && f->n_parents > 0 ? bsearch(&key, f->parents, f->n_parents, sizeof key, by_code) : NULL;
}

const char *qp_family_name(const struct qp_family *f, uint64_t parent)
{
    const struct parent *x = parent_of(f, parent);
    return x ? x->name : NULL;
}

void qp_family_each(const struct qp_family *f, uint64_t category, void (*each)(void *arg, size_t parent),
                    void *arg)
{
    size_t low = 0, high = f ? f->n_kin : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (f->kin[mid].category < category)
            low = mid + 1;
        else
            high = mid;
    }
    for (; f && low < f->n_kin && f->kin[low].category == category; low++) {
        const struct parent *x = parent_of(f, f->kin[low].parent);
        if (x)
            each(arg, (size_t)(x - f->parents));
    }
}

bool qp_family_below(const struct qp_family *f, uint64_t category, uint64_t parent)
{
    const struct kin key = {category, parent};
    return f && f->n_kin > 0 && category != parent && bsearch(&key, f->kin, f->n_kin, sizeof key, by_kin);
}
