/* tree.c: the known nodes by id and by path, each tied to the one that certified it, and the next hop along
 * these ties.
 *
 *   member ──issuer──► member ──issuer──► ... ──► root
 *      ▲
 *      └── children, in the order of their paths
 *
 * A member that is only named as an issuer has no certificate yet (known == false): its children wait there
 * for it.
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
    struct member *up;    /* by the issuer's id, NULL for a root */
    struct member **kids; /* in order */
    size_t nkids, kids_cap;
    size_t below; /* known members below */
    struct member *next_by_id, *next_by_path, *next_by_link;
};

struct qp_tree {
    struct member *self;
    struct member **by_id, **by_path, **by_link; /* by_link: the children of this node alone */
    size_t buckets;                              /* of each; a power of two */
    uint64_t salt;
    size_t members, known;
};

static size_t hash_bytes(const struct qp_tree *t, const void *p, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u ^ t->salt; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const uint8_t *)p)[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

static struct member **id_bucket(const struct qp_tree *t, const uint8_t *id)
{
    return &t->by_id[hash_bytes(t, id, QP_ID_LEN) & (t->buckets - 1)];
}

static struct member **path_bucket(const struct qp_tree *t, const char *path)
{
    return &t->by_path[hash_bytes(t, path, strlen(path)) & (t->buckets - 1)];
}

static struct member **link_bucket(const struct qp_tree *t, const uint8_t *key)
{
    return &t->by_link[hash_bytes(t, key, QP_PK_LEN) & (t->buckets - 1)];
}

static struct member *find(const struct qp_tree *t, const uint8_t *id)
{
    for (struct member *m = *id_bucket(t, id); m; m = m->next_by_id)
        if (memcmp(m->id, id, QP_ID_LEN) == 0)
            return m;
    return NULL;
}

static bool tables(struct qp_tree *t)
{
    t->by_id = calloc(t->buckets, sizeof *t->by_id);
    t->by_path = calloc(t->buckets, sizeof *t->by_path);
    t->by_link = calloc(t->buckets, sizeof *t->by_link);
    return t->by_id && t->by_path && t->by_link;
}

static void free_tables(struct qp_tree *t)
{
    free(t->by_id);
    free(t->by_path);
    free(t->by_link);
}

static bool rehash(struct qp_tree *t, size_t buckets, uint64_t salt)
{
    struct qp_tree wide = {.buckets = buckets, .salt = salt};
    if (!tables(&wide)) {
        free_tables(&wide);
        return false;
    }
    for (size_t i = 0; i < t->buckets; i++) {
        struct member **b, *next;
        for (struct member *m = t->by_id[i]; m; m = next) {
            next = m->next_by_id;
            b = id_bucket(&wide, m->id);
            m->next_by_id = *b;
            *b = m;
        }
        for (struct member *m = t->by_path[i]; m; m = next) {
            next = m->next_by_path;
            b = path_bucket(&wide, m->place.cert.path);
            m->next_by_path = *b;
            *b = m;
        }
        for (struct member *m = t->by_link[i]; m; m = next) {
            next = m->next_by_link;
            b = link_bucket(&wide, m->place.cert.link_key);
            m->next_by_link = *b;
            *b = m;
        }
    }
    free_tables(t);
    t->by_id = wide.by_id;
    t->by_path = wide.by_path;
    t->by_link = wide.by_link;
    t->buckets = buckets;
    t->salt = salt;
    return true;
}

void qp_tree_salt(struct qp_tree *t, uint64_t salt)
{
    rehash(t, t->buckets, salt); /* without memory for it the old one stays */
}

/* The member with this id, made if need be, without certificate. */
static struct member *member_of(struct qp_tree *t, const uint8_t *id)
{
    struct member *m = find(t, id);
    if (m)
        return m;
    if (t->members >= t->buckets && !rehash(t, t->buckets * 2, t->salt))
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
    t->self = tables(t) ? member_of(t, self) : NULL;
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
            free(m->kids);
            free(m);
        }
    free_tables(t);
    free(t);
}

/* The order of siblings; two nodes may have had one path, one after the other. */
static int order(const struct member *a, const struct member *b)
{
    int by_path = strcmp(a->place.cert.path, b->place.cert.path);
    return by_path != 0 ? by_path : memcmp(a->id, b->id, QP_ID_LEN);
}

/* Where m stands, or would stand, among the children of up. */
static size_t place_among(const struct member *up, const struct member *m)
{
    size_t low = 0, high = up->nkids;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (order(up->kids[mid], m) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool make_room(struct member *up)
{
    if (up->nkids < up->kids_cap)
        return true;
    size_t cap = up->kids_cap ? up->kids_cap * 2 : 4;
    struct member **kids = realloc(up->kids, cap * sizeof *kids);
    if (!kids)
        return false;
    up->kids = kids;
    up->kids_cap = cap;
    return true;
}

/* m, and what is below it, came below `up`, or left it. */
static void count_below(struct member *up, const struct member *m, bool came)
{
    size_t n = m->below + 1;
    for (int i = 0; up && i < CLIMB_MAX; i++, up = up->up)
        up->below = came ? up->below + n : up->below > n ? up->below - n : 0;
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
    if (m->up == t->self) {
        for (p = link_bucket(t, m->place.cert.link_key); *p && *p != m;)
            p = &(*p)->next_by_link;
        assert(*p == m);
        *p = m->next_by_link;
    }
    size_t at = place_among(m->up, m);
    assert(at < m->up->nkids && m->up->kids[at] == m);
    memmove(&m->up->kids[at], &m->up->kids[at + 1], (m->up->nkids - at - 1) * sizeof *m->up->kids);
    m->up->nkids--;
    count_below(m->up, m, false);
    m->up = NULL;
}

static void tie(struct qp_tree *t, struct member *m, struct member *up)
{
    struct member **p = path_bucket(t, m->place.cert.path);
    m->next_by_path = *p;
    *p = m;
    m->up = up;
    m->place.parent = up && up->known ? &up->place : NULL;
    if (!up)
        return;
    if (up == t->self) {
        p = link_bucket(t, m->place.cert.link_key);
        m->next_by_link = *p;
        *p = m;
    }
    assert(up->nkids < up->kids_cap);
    size_t at = place_among(up, m);
    memmove(&up->kids[at + 1], &up->kids[at], (up->nkids - at) * sizeof *up->kids);
    up->kids[at] = m;
    up->nkids++;
    count_below(up, m, true);
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
    if (up && !make_room(up))
        return NULL;
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
    for (size_t i = 0; i < m->nkids; i++)
        m->kids[i]->place.parent = &m->place;
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
    size_t n = m ? m->nkids : 0;
    for (size_t i = 0; i < n && i < cap; i++)
        out[i] = &m->kids[i]->place;
    return n;
}

size_t qp_tree_below(const struct qp_tree *t, const uint8_t node[QP_ID_LEN])
{
    const struct member *m = find(t, node);
    return m ? m->below : 0;
}

struct qp_place *qp_tree_link(const struct qp_tree *t, const uint8_t link_key[QP_PK_LEN])
{
    for (struct member *m = *link_bucket(t, link_key); m; m = m->next_by_link)
        if (!m->place.revoked && memcmp(m->place.cert.link_key, link_key, QP_PK_LEN) == 0)
            return &m->place;
    return NULL;
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
    if (!self || !qp_path_below(path, self->cert.path))
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
