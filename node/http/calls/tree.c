/* tree.c: GET /api/v1/tree: the subtree as this node knows it, nested, with the state of each link and the
 * counts of each area.
 *
 * A neighbour's state is its link's. Deeper nodes are live unless the neighbour above says that it does not
 * hear them, or is itself cut. */
#include <stdlib.h>
#include <string.h>

#include "node/core/ground.h"
#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/policy_view.h"
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

/* Where its grids lie, with all below it: those behind are further down. */
static int settle(struct branch *b, size_t n, const struct qp_node_entry *v, struct qp_http *h,
                  struct qp_read *r, struct qp_geo_index **x, struct qp_err *e)
{
    size_t k = 0;
    int rc = qp_core_grids(h->core, r, x, e);
    const struct qp_geo_place *p = rc == 0 && *x ? qp_geo_index_places(*x, &k) : NULL;
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
    return rc;
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

static void put_lies(struct qp_json *j, const struct qp_geo_place *lies)
{
    qp_json_put_bool(j, "boundary", lies->node != NULL);
    qp_json_key(j, "centroid");
    if (!lies->node) {
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

static void put_branch(struct qp_json *j, struct qp_read *r, const struct branch *b, long i,
                       const struct qp_span *span, const struct qp_policy_layers *policies,
                       struct qp_arena *a)
{
    bool seen = b[i].sight == WHOLE && span->ncategories == 0;
    struct qp_counts n = {0};
    qp_board_area(r, b[i].e->path, &n);
    qp_json_object(j);
    qp_json_put(j, "path", b[i].e->path);
    const char *code = strrchr(b[i].e->path, '/');
    qp_json_put(j, "code", code ? code + 1 : b[i].e->path);
    qp_json_put(j, "title", b[i].e->title);
    qp_json_put(j, "short", b[i].short_name);
    qp_json_put(j, "level", b[i].e->level);
    put_lies(j, b[i].sight == WHOLE ? &b[i].lies : &(struct qp_geo_place){.node = NULL});
    qp_json_put(j, "state", qp_link_view_name(b[i].state));
    if (b[i].e->revoked)
        qp_json_put_bool(j, "revoked", true);
    if (b[i].e->quarantined)
        qp_json_put_bool(j, "quarantined", true);
    qp_json_put_time(j, "last_heard", b[i].heard_us);
    qp_json_put_time(
        j, "since",
        b[i].since_us); /* of the state; null: of those further down nobody says it while they are live */
    /* from when the figures are; null: they are as of now, or nobody knows */
    qp_json_put_time(j, "as_of", b[i].state == QP_LINK_CUT ? b[i].heard_us : 0);
    if (b[i].parent == 0)
        qp_json_put_int(j, "clock_offset_ms", b[i].apart_us / 1000);
    put_figure(j, "open", seen, n.open);
    put_figure(j, "overdue", seen, n.overdue);
    put_figure(j, "emergency", seen, n.emergency);
    qp_json_policy_of(j, r, b[i].e->node, policies, a);
    qp_json_key(j, "children");
    qp_json_array(j);
    for (long k = b[i].first; k >= 0; k = b[k].next)
        if (b[k].sight != HIDDEN)
            put_branch(j, r, b, k, span, policies, a);
    qp_json_array_end(j);
    qp_json_object_end(j);
}

int qp_json_tree(struct qp_json *j, struct qp_http *h, struct qp_read *r, struct qp_link_view *links,
                 const char *area, const struct qp_span *span, struct qp_fault *f)
{
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    int rc = qp_nodes_below(r, h->self.path, &v, &n);
    struct branch *b = calloc(n ? n : 1, sizeof *b);
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA); /* one for all of them */
    struct qp_geo_index *grids = NULL;
    struct qp_node_entry *at = NULL;
    if (rc || !b || !a || n == 0 || strcmp(v[0].path, h->self.path) != 0)
        rc = qp_fault_set(f, rc ? rc : QP_ENOTFOUND, "", "the tree is not known yet; try again");
    else if (!(at = bsearch(area ? area : h->self.path, v, n, sizeof *v, by_path)))
        rc = qp_fault_set(f, QP_ENOTFOUND, "area", "`%s` is no place at or below this node", area);
    if (!rc) {
        hang_up(b, v, n);
        rc = shorten(b, 0, a);
        if (!rc)
            rc = settle(b, n, v, h, r, &grids, &f->e);
    }
    if (!rc) {
        qp_link_view_recall(links, h, r);
        judge(b, 0, links, qp_wall_us());
        struct qp_policy_layers policies;
        qp_policy_layers(r->tables, r->store, h->self.path, &policies);
        look(b, n, span);
        put_branch(j, r, b, at - v, span, &policies, a);
    }
    qp_geo_index_free(grids);
    qp_arena_free(a);
    free(v);
    free(b);
    return rc;
}

enum MHD_Result qp_tree_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    struct qp_link_view *links = qp_link_view_new(c->h);
    int rc = links ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = qp_json_tree(&j, c->h, &r, links, NULL, &c->auth.span, &f);
        qp_read_end(&r);
    }
    free(links);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}
