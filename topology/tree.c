/* tree.c: the known nodes by id and by path, each tied to the one that certified it, and the next hop along
 * these ties.
 *
 *   member ──issuer──► member ──issuer──► ... ──► root          A member that is only named as an issuer has
 * no certificate ▲ children, in the order of their paths                   yet (known == false): its children
 * wait there for it.
 *
 * Scope is membership by node id in the present tree (T3): paths are for people, and for the gap where a
 * certificate between is not known. Used by the turn's thread alone. */
#include "topology/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 64, CLIMB_MAX = 2 * QP_PATH_DEPTH };

struct member {
    struct qp_place place; /* first: a place is its member */
    uint8_t id[QP_ID_LEN];
    bool known;
    struct member *up, *first_child, *next_sibling; /* up: by the issuer's id, NULL for a root */
    struct member *next_by_id, *next_by_path;
};

struct qp_tree {
    struct member *self;
    struct member **by_id, **by_path;
    size_t buckets; /* of each; a power of two */
    size_t members, known;
};

static size_t hash_bytes(const void *p, size_t len)
{
    uint64_t h =
        0xcbf29ce484222325u; /* FNV-1a; ids are random and paths come from certificates, not from strangers */
    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const uint8_t *)p)[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

static struct member **id_bucket(const struct qp_tree *t, const uint8_t *id)
{
    return &t->by_id[hash_bytes(id, QP_ID_LEN) & (t->buckets - 1)];
}

static struct member **path_bucket(const struct qp_tree *t, const char *path)
{
    return &t->by_path[hash_bytes(path, strlen(path)) & (t->buckets - 1)];
}

static struct member *find(const struct qp_tree *t, const uint8_t *id)
{
    for (struct member *m = *id_bucket(t, id); m; m = m->next_by_id)
        if (memcmp(m->id, id, QP_ID_LEN) == 0)
            return m;
    return NULL;
}

static bool grow(struct qp_tree *t)
{
    struct qp_tree wide = {.buckets = t->buckets * 2};
    wide.by_id = calloc(wide.buckets, sizeof *wide.by_id);
    wide.by_path = calloc(wide.buckets, sizeof *wide.by_path);
    if (!wide.by_id || !wide.by_path) {
        free(wide.by_id);
        free(wide.by_path);
        return false;
    }
    for (size_t i = 0; i < t->buckets; i++) {
        for (struct member *m = t->by_id[i], *next; m; m = next) {
            next = m->next_by_id;
            struct member **b = id_bucket(&wide, m->id);
            m->next_by_id = *b;
            *b = m;
        }
        for (struct member *m = t->by_path[i], *next; m; m = next) {
            next = m->next_by_path;
            struct member **b = path_bucket(&wide, m->place.cert.path);
            m->next_by_path = *b;
            *b = m;
        }
    }
    free(t->by_id);
    free(t->by_path);
    t->by_id = wide.by_id;
    t->by_path = wide.by_path;
    t->buckets = wide.buckets;
    return true;
}

/* The member with this id, made if need be, without certificate. */
static struct member *member_of(struct qp_tree *t, const uint8_t *id)
{
    struct member *m = find(t, id);
    if (m)
        return m;
    if (t->members >= t->buckets && !grow(t))
        return NULL;
    m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    memcpy(m->id, id, QP_ID_LEN);
    struct member **b = id_bucket(t, id);
    m->next_by_id = *b;
    *b = m;
    t->members++;
    return m;
}

struct qp_tree *qp_tree_new(const uint8_t self[QP_ID_LEN])
{
    struct qp_tree *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->buckets = BUCKETS_FIRST;
    t->by_id = calloc(t->buckets, sizeof *t->by_id);
    t->by_path = calloc(t->buckets, sizeof *t->by_path);
    t->self = t->by_id && t->by_path ? member_of(t, self) : NULL;
    if (t->self)
        return t;
    qp_tree_free(t);
    return NULL;
}

void qp_tree_free(struct qp_tree *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->by_id && i < t->buckets; i++)
        for (struct member *m = t->by_id[i], *next; m; m = next) {
            next = m->next_by_id;
            free(m);
        }
    free(t->by_id);
    free(t->by_path);
    free(t);
}

/* The order of siblings; two nodes may have had one path, one after the other. */
static int order(const struct member *a, const struct member *b)
{
    int by_path = strcmp(a->place.cert.path, b->place.cert.path);
    return by_path != 0 ? by_path : memcmp(a->id, b->id, QP_ID_LEN);
}

static void untie(struct qp_tree *t, struct member *m)
{
    struct member **p = path_bucket(t, m->place.cert.path);
    while (*p && *p != m)
        p = &(*p)->next_by_path;
    assert(*p == m);
    *p = m->next_by_path;
    if (!m->up)
        return;
    for (p = &m->up->first_child; *p && *p != m;)
        p = &(*p)->next_sibling;
    assert(*p == m);
    *p = m->next_sibling;
    m->up = NULL;
}

static void tie(struct qp_tree *t, struct member *m, struct member *up)
{
    struct member **p = path_bucket(t, m->place.cert.path);
    m->next_by_path = *p;
    *p = m;
    m->up = up;
    m->next_sibling = NULL;
    m->place.parent = up && up->known ? &up->place : NULL;
    if (!up)
        return;
    for (p = &up->first_child; *p && order(*p, m) < 0;)
        p = &(*p)->next_sibling;
    m->next_sibling = *p;
    *p = m;
}

struct qp_place *qp_tree_add(struct qp_tree *t, const struct qp_cert *c)
{
    struct member *m = member_of(t, c->node), *up = NULL;
    bool root = memcmp(c->node, c->issuer, QP_ID_LEN) == 0;
    if (m && !root)
        up = member_of(t, c->issuer);
    if (!m || (!root && !up))
        return NULL;
    const struct qp_cert *now = &m->place.cert;
    /* the same incarnation comes again at renewal and after a move: the younger certificate counts */
    if (m->known && (c->incarnation < now->incarnation ||
                     (c->incarnation == now->incarnation && c->not_before_us < now->not_before_us)))
        return &m->place;
    if (m->known)
        untie(t, m);
    else
        t->known++;
    if (!m->known || c->incarnation > now->incarnation)
        m->place.revoked = m->place.quarantined = m->place.doubted =
            false; /* both were said of the old incarnation's key */
    m->known = true;
    m->place.cert = *c;
    tie(t, m, up);
    for (struct member *child = m->first_child; child; child = child->next_sibling)
        child->place.parent = &m->place;
    return &m->place;
}

struct qp_place *qp_tree_node(const struct qp_tree *t, const uint8_t node[QP_ID_LEN])
{
    struct member *m = find(t, node);
    return m && m->known ? &m->place : NULL;
}

struct qp_place *qp_tree_path(const struct qp_tree *t, const char *path)
{
    struct qp_place *best = NULL;
    for (struct member *m = *path_bucket(t, path); m; m = m->next_by_path) {
        if (strcmp(m->place.cert.path, path) != 0)
            continue;
        /* of two nodes that had the path, the one that is not revoked, else the younger one */
        bool better =
            !best || (best->revoked && !m->place.revoked) ||
            (best->revoked == m->place.revoked && best->cert.not_before_us < m->place.cert.not_before_us);
        if (better)
            best = &m->place;
    }
    return best;
}

struct qp_place *qp_tree_self(const struct qp_tree *t)
{
    return t->self->known ? &t->self->place : NULL;
}

struct qp_place *qp_tree_parent(const struct qp_tree *t)
{
    return t->self->up && t->self->up->known ? &t->self->up->place : NULL;
}

size_t qp_tree_children(const struct qp_tree *t, const uint8_t node[QP_ID_LEN], struct qp_place **out,
                        size_t cap)
{
    const struct member *m = find(t, node);
    size_t n = 0;
    for (struct member *child = m ? m->first_child : NULL; child; child = child->next_sibling, n++)
        if (n < cap)
            out[n] = &child->place;
    return n;
}

size_t qp_tree_count(const struct qp_tree *t)
{
    return t->known;
}

/* The child of this node through which m is reached, by the ties; *whole: they led to a root or to this node.
 */
static struct member *child_towards(const struct qp_tree *t, struct member *m, bool *whole)
{
    *whole = false;
    for (int i = 0; m && i < CLIMB_MAX; i++) {
        if (m->up == t->self)
            return m;
        *whole = m->known && !m->up;
        m = m->up;
    }
    return NULL;
}

/* Where a certificate between is not known, the destination's path still says through which child it goes. */
static struct qp_place *child_by_path(const struct qp_tree *t, const char *path)
{
    const struct qp_place *self = qp_tree_self(t);
    char below[QP_PATH_MAX];
    if (!self || !qp_path_within(path, self->cert.path) || strcmp(path, self->cert.path) == 0)
        return NULL;
    qp_path_prefix(below, path, qp_path_depth(self->cert.path) + 1);
    struct qp_place *child = qp_tree_path(t, below);
    return child && child->parent == self ? child : NULL;
}

struct qp_place *qp_tree_next(const struct qp_tree *t, const uint8_t node[QP_ID_LEN], bool *unknown)
{
    bool whole = false;
    struct member *m = find(t, node);
    *unknown = false;
    if (m == t->self)
        return NULL;
    struct member *child = m ? child_towards(t, m, &whole) : NULL;
    if (child && child->known)
        return &child->place;
    struct qp_place *next = m && m->known && !whole ? child_by_path(t, m->place.cert.path) : NULL;
    if (!next)
        next = qp_tree_parent(t);
    *unknown = !next;
    return next;
}

bool qp_tree_above(const struct qp_tree *t, const uint8_t node[QP_ID_LEN])
{
    const struct member *m = t->self;
    for (int i = 0; m && i < CLIMB_MAX; i++, m = m->up)
        if (memcmp(m->id, node, QP_ID_LEN) == 0)
            return true;
    return false;
}

bool qp_place_below(const struct qp_place *p, const struct qp_place *above)
{
    const struct qp_place *up = p->parent;
    for (int i = 0; up && up != above && i < CLIMB_MAX; i++)
        up = up->parent;
    return up && up == above;
}

void qp_tree_each(const struct qp_tree *t, void (*f)(void *, struct qp_place *), void *arg)
{
    for (size_t i = 0; i < t->buckets; i++)
        for (struct member *m = t->by_id[i]; m; m = m->next_by_id)
            if (m->known)
                f(arg, &m->place);
}
