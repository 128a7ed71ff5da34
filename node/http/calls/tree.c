/* tree.c: GET /api/v1/tree: the subtree as this node knows it, nested, with the state of each link and the
 * counts of each area.
 *
 * A neighbour's state is its link's. Deeper nodes are live unless the neighbour above says that it does not
 * hear them, or is itself cut. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/ground.h"
#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/policy_view.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"
#include "node/http/shape/short_name.h"

struct branch {
    const struct qp_node_entry *e;
    long parent, first, last, next; /* indexes, -1: none */
    enum qp_link_state state;
    int64_t heard_us, since_us,
        apart_us; /* since: of the state; 0: not known. apart: a neighbour's clock, less this one */
    struct qp_geo_place lies; /* node NULL: nobody has drawn a boundary there */
    const char *short_name;
    enum sight { HIDDEN, WAY, WHOLE } sight; /* WAY: to what is seen */
};

static int by_path(const void *key, const void *entry)
{
    return strcmp(key, ((const struct qp_node_entry *)entry)->path);
}

static void hang_up(struct branch *b, const struct qp_node_entry *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b[i] = (struct branch){.e = &v[i],
                               .parent = -1,
                               .first = -1,
                               .last = -1,
                               .next = -1,
                               .state = QP_LINK_LIVE,
                               .short_name = v[i].title,
                               .sight = WHOLE};
    for (size_t i = 0; i < n; i++) {
        char above[QP_PATH_MAX];
        struct qp_node_entry *p = NULL;
        if (qp_path_parent(above, v[i].path))
            p = bsearch(above, v, n, sizeof *v, by_path);
        if (!p)
            continue;
        long k = p - v;
        b[i].parent = k;
        if (b[k].last >= 0)
            b[b[k].last].next = (long)i;
        else
            b[k].first = (long)i;
        b[k].last = (long)i;
    }
}

/* Top down: what the links say, else what stands above. */
static void judge(struct branch *b, long i, const struct qp_link_view *l, int64_t now_us)
{
    long up = b[i].parent;
    bool neighbour = up == 0;
    const struct qp_link_status *s = qp_link_view_of(l, b[i].e->node, neighbour);
    if (i == 0) {
        b[i].state = QP_LINK_LIVE;
        b[i].heard_us = now_us;
    } else if (neighbour || (s && b[up].state != QP_LINK_CUT)) {
        b[i].state =
            s && neighbour ? s->state : QP_LINK_CUT; /* deeper ones are in the list only when they are gone */
        b[i].heard_us = s ? s->last_heard_us : 0;
        b[i].since_us = s && s->since_us > 0 ? s->since_us : b[i].state == QP_LINK_CUT ? b[i].heard_us : 0;
        b[i].apart_us = s && neighbour ? s->clock_offset_us : 0;
    } else {
        b[i].state = b[up].state;
        b[i].heard_us = s && s->last_heard_us ? s->last_heard_us : b[up].heard_us;
        b[i].since_us = b[i].state == QP_LINK_CUT ? b[up].since_us : 0;
    }
    for (long k = b[i].first; k >= 0; k = b[k].next)
        judge(b, k, l, now_us);
}

/* DE2: of each place whether who asks sees it. Those behind are further down. */
static void look(struct branch *b, size_t n, const struct qp_span *span)
{
    struct qp_span places = *span;
    places.ncategories = 0;
    for (size_t i = n; i-- > 0;) {
        bool way = i == 0;
        for (long k = b[i].first; k >= 0; k = b[k].next)
            way |= b[k].sight != HIDDEN;
        b[i].sight = qp_span_holds(&places, b[i].e->path, "") ? WHOLE : way ? WAY : HIDDEN;
    }
}

/* Null where a figure would tell of what is not seen. */
static void put_figure(struct qp_json *j, const char *name, bool seen, int64_t v)
{
    if (seen) {
        qp_json_put_int(j, name, v);
        return;
    }
    qp_json_key(j, name);
    qp_json_null(j);
}

/* Where its grids lie, with all below it: those behind are further down. False: that cannot be told; the tree is all the same. */
static bool settle(struct branch *b, size_t n, const struct qp_node_entry *v, struct qp_http *h,
                   struct qp_read *r, struct qp_geo_index **x)
{
    size_t k = 0;
    bool known = !qp_core_grids(h->core, r, x, NULL);
    const struct qp_geo_place *p = known && *x ? qp_geo_index_places(*x, &k) : NULL;
    for (size_t i = 0; i < k; i++) {
        const struct qp_node_entry *at = bsearch(p[i].node, v, n, sizeof *v, by_path);
        if (at)
            b[at - v].lies = p[i];
    }
    for (size_t i = n; i-- > 1;)
        if (b[i].lies.node && b[i].parent >= 0) {
            struct qp_geo_place *up = &b[b[i].parent].lies;
            if (up->node)
                qp_geo_place_add(up, &b[i].lies);
            else
                *up = b[i].lies;
        }
    return known;
}

/* What a board writes on a square: one among its siblings. */
static int shorten(struct branch *b, long i, struct qp_arena *a)
{
    size_t n = 0;
    int rc = 0;
    for (long k = b[i].first; k >= 0; k = b[k].next)
        n++;
    const char **v = qp_arena_take(a, (n + 1) * sizeof *v);
    if (!v)
        return QP_ENOMEM;
    n = 0;
    for (long k = b[i].first; k >= 0; k = b[k].next)
        v[n++] = b[k].e->title;
    rc = qp_short_names(v, n, a);
    n = 0;
    for (long k = b[i].first; k >= 0 && !rc; k = b[k].next) {
        b[k].short_name = v[n++];
        rc = shorten(b, k, a);
    }
    return rc;
}

/* known: whether anybody has drawn there can be told, to him. */
static void put_lies(struct qp_json *j, bool known, const struct qp_geo_place *lies)
{
    qp_json_key(j, "boundary");
    if (known)
        qp_json_bool(j, lies->node);
    else
        qp_json_null(j);
    qp_json_key(j, "centroid");
    if (!known || !lies->node) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    qp_json_key(j, "lat");
    qp_json_real(j, qp_geo_degrees(lies->centre.lat7));
    qp_json_key(j, "lon");
    qp_json_real(j, qp_geo_degrees(lies->centre.lon7));
    qp_json_object_end(j);
}

/* What is answered of all of them. */
struct telling {
    struct qp_read *r;
    const struct qp_span *span;
    struct qp_policy_layers policies;
    struct qp_arena *a;
    bool grids;        /* it is known where they lie */
    const bool *shown; /* NULL: every place */
};

/* Its division code, as its certificate says; where that has none, the label, which is the code where nobody chose another one. */
static void put_code(struct qp_json *j, const struct telling *t, const struct qp_node_entry *e)
{
    struct qp_cert cert;
    const char *slash = strrchr(e->path, '/'), *label = slash ? slash + 1 : e->path;
    qp_arena_reset(t->a);
    Qp__Certificate *raw = qp_cert_raw(t->r->tables, t->r->store, &e->certificate, t->a, NULL);
    bool has = raw && !qp_cert_read(&cert, raw, t->a, NULL) && *cert.code;
    qp_json_put(j, "code", has ? cert.code : label);
    qp_arena_reset(t->a);
}

/* A place without those below it, and without what is another with every beat. */
static void put_place(struct qp_json *j, const struct telling *t, const struct branch *b)
{
    bool seen = b->sight == WHOLE && t->span->ncategories == 0;
    struct qp_counts n = {0};
    qp_board_area(t->r, b->e->path, &n);
    qp_json_put(j, "path", b->e->path);
    put_code(j, t, b->e);
    qp_json_put(j, "title", b->e->title);
    qp_json_put(j, "short", b->short_name);
    qp_json_put(j, "level", b->e->level);
    put_lies(j, t->grids && b->sight == WHOLE, &b->lies);
    qp_json_put(j, "state", qp_link_view_name(b->state));
    if (b->e->revoked)
        qp_json_put_bool(j, "revoked", true);
    if (b->e->quarantined)
        qp_json_put_bool(j, "quarantined", true);
    qp_json_put_time(
        j, "since",
        b->since_us); /* of the state; null: of those further down nobody says it while they are live */
    /* from when the figures are; null: they are as of now, or nobody knows */
    qp_json_put_time(j, "as_of", b->state == QP_LINK_CUT ? b->heard_us : 0);
    put_figure(j, "open", seen, n.open);
    put_figure(j, "overdue", seen, n.overdue);
    put_figure(j, "emergency", seen, n.emergency);
    qp_json_policy_of(j, t->r, b->e->node, &t->policies, t->a);
}

static void put_below(struct qp_json *j, const struct telling *t, const struct branch *b, long i)
{
    put_place(j, t, &b[i]);
    qp_json_put_time(j, "last_heard", b[i].heard_us);
    if (b[i].parent == 0)
        qp_json_put_int(j, "clock_offset_ms", b[i].apart_us / 1000);
    qp_json_key(j, "children");
    qp_json_array(j);
    for (long k = b[i].first; k >= 0; k = b[k].next)
        if (b[k].sight != HIDDEN && (!t->shown || t->shown[k])) {
            qp_json_object(j);
            put_below(j, t, b, k);
            qp_json_object_end(j);
        }
    qp_json_array_end(j);
}

static uint64_t print_of(const struct qp_json *j)
{
    struct qp_hash h;
    qp_hash(&h, j->p, j->n);
    return qp_rd64(h.b);
}

/* The fingerprint of each place, and of which they are. */
static int prints(uint64_t *out, uint64_t *places, const struct telling *t, const struct branch *b, size_t n)
{
    struct qp_json all = {0};
    bool failed = false;
    qp_json_array(&all);
    for (size_t i = 0; i < n && !failed; i++) {
        struct qp_json one = {0};
        qp_json_object(&one);
        if (b[i].sight != HIDDEN)
            put_place(&one, t, &b[i]);
        qp_json_object_end(&one);
        qp_json_text(&all, b[i].e->path);
        qp_json_int(&all, b[i].sight);
        failed = one.failed || all.failed;
        out[i] = failed ? 0 : print_of(&one);
        qp_json_drop(&one);
    }
    qp_json_bool(&all, t->span->ncategories > 0);
    failed = failed || all.failed;
    *places = failed ? 0 : print_of(&all);
    qp_json_drop(&all);
    return failed ? QP_ENOMEM : 0;
}

/* ?since: which places are shown; those that changed, and the way to them. *whole: all, because nobody knows what that one was. */
static int look_back(struct qp_http *h, const struct telling *t, const struct branch *b, size_t n,
                     uint64_t since, uint64_t position, bool *shown, bool *whole)
{
    uint64_t *now = calloc(n, sizeof *now), places = 0;
    int rc = now ? prints(now, &places, t, b, n) : QP_ENOMEM;
    if (!rc) {
        pthread_mutex_lock(&h->lock);
        *whole = !qp_tree_changed(&h->trees, since, places, now, n, shown);
        qp_tree_keep(&h->trees, position, places, now, n);
        pthread_mutex_unlock(&h->lock);
    }
    for (size_t i = n; !rc && !*whole && i-- > 1;)
        if (shown[i] && b[i].parent >= 0)
            shown[b[i].parent] = true;
    free(now);
    return rc;
}

/* The tree as it stands, to be told by whoever asks; ends with tree_end also where it fails. */
struct tree {
    struct qp_node_entry *v;
    size_t n;
    struct branch *b;
    struct qp_arena *names; /* the short ones, as long as the tree */
    struct qp_arena *a;     /* of one place at a time: what is read of its policy */
    struct qp_geo_index *grids;
    struct telling t;
};

static int tree_begin(struct tree *x, struct qp_http *h, struct qp_read *r, struct qp_link_view *links,
                      const struct qp_span *span, struct qp_fault *f)
{
    int rc = qp_nodes_below(r, h->self.path, &x->v, &x->n);
    x->b = calloc(x->n ? x->n : 1, sizeof *x->b);
    x->a = qp_arena_new(QP_DECODE_ARENA);
    x->names = qp_arena_new(QP_DECODE_ARENA);
    if (rc || !x->b || !x->a || !x->names || x->n == 0 || strcmp(x->v[0].path, h->self.path) != 0)
        return qp_fault_set(f, rc ? rc : QP_ENOTFOUND, "", "the tree is not known yet; try again");
    hang_up(x->b, x->v, x->n);
    if (shorten(x->b, 0, x->names))
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    bool grids = settle(x->b, x->n, x->v, h, r, &x->grids);
    qp_link_view_recall(links, h, r);
    judge(x->b, 0, links, qp_wall_us());
    x->t = (struct telling){.r = r, .span = span, .a = x->a, .grids = grids};
    qp_policy_layers(r->tables, r->store, h->self.path, &x->t.policies);
    look(x->b, x->n, span);
    return 0;
}

static void tree_end(struct tree *x)
{
    qp_geo_index_free(x->grids);
    qp_arena_free(x->a);
    qp_arena_free(x->names);
    free(x->v);
    free(x->b);
}

int qp_json_tree(struct qp_json *j, struct qp_http *h, struct qp_read *r, struct qp_link_view *links,
                 const char *area, const struct qp_span *span, struct qp_fault *f)
{
    struct tree x = {.v = NULL};
    struct qp_node_entry *at = NULL;
    int rc = tree_begin(&x, h, r, links, span, f);
    if (!rc && !(at = bsearch(area ? area : h->self.path, x.v, x.n, sizeof *x.v, by_path)))
        rc = qp_fault_set(f, QP_ENOTFOUND, "area", "`%s` is no place at or below this node", area);
    if (!rc) {
        qp_json_object(j);
        put_below(j, &x.t, x.b, at - x.v);
        qp_json_object_end(j);
    }
    tree_end(&x);
    return rc;
}

/* With ?since only what has changed since that answer, where it is remembered. */
static int tree_since(struct qp_json *j, struct qp_call *c, struct qp_read *r, struct qp_link_view *links,
                      bool asked, uint64_t since, struct qp_fault *f)
{
    struct tree x = {.v = NULL};
    uint64_t position = qp_tables_position(r->tables, r->store);
    bool whole = true, *shown = NULL;
    int rc = tree_begin(&x, c->h, r, links, &c->auth.span, f);
    if (!rc && asked) {
        shown = calloc(x.n, sizeof *shown);
        rc = shown ? look_back(c->h, &x.t, x.b, x.n, since, position, shown, &whole) : QP_ENOMEM;
        if (rc)
            qp_fault_set(f, rc, "", "out of memory");
    }
    if (!rc) {
        x.t.shown = whole ? NULL : shown;
        qp_json_object(j);
        put_below(j, &x.t, x.b, 0);
        qp_json_key(j, "position");
        qp_json_uint(j, position);
        qp_json_put_bool(j, "whole", whole);
        qp_json_object_end(j);
    }
    free(shown);
    tree_end(&x);
    return rc;
}

enum MHD_Result qp_tree_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_json j = {0};
    qp_query_begin(&q, c, &f);
    bool asked = qp_call_arg(c, "since");
    long since = qp_query_whole(&q, "since", 0, LONG_MAX, 0);
    int rc = qp_query_end(&q);
    struct qp_link_view *links = rc ? NULL : qp_link_view_new(c->h);
    if (!rc)
        rc = links ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = tree_since(&j, c, &r, links, asked, (uint64_t)since, &f);
        qp_read_end(&r);
    }
    free(links);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}
