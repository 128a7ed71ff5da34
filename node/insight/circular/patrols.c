/* patrols.c: see patrols.h. Called by census.c for each event, by count.c for each period. */
#include "node/insight/circular/patrols.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/circular/inside.h"

enum kind { GRID_STANDS, GRID_ENDS, STARTED, MARKED };

struct qp_walked {
    uint8_t id[QP_ID_LEN]; /* of a patrol */
    uint32_t node, grid;   /* whose word it is; the grid's code: a text */
    int64_t at_us;
    uint64_t version;
    uint32_t minutes, came; /* came: its place among all */
    uint8_t kind;
    bool police, stops;
};

void qp_walks_free(struct qp_walks *w)
{
    free(w->v);
    *w = (struct qp_walks){0};
}

/* ---- events ---- */

static bool of_patrol(struct qp_walked *x, const Qp__Event *ev, const char **grid)
{
    const ProtobufCBinaryData *id;
    if (ev->body_case == QP__EVENT__BODY_PATROL_STARTED) {
        const Qp__PatrolStarted *p = ev->patrol_started;
        x->kind = STARTED;
        x->police = p->police;
        *grid = p->grid;
        id = &p->id;
    } else {
        const Qp__PatrolMarked *m = ev->patrol_marked;
        x->kind = MARKED;
        x->minutes = m->minutes;
        x->stops = m->kind == QP_WALK_STOPS;
        id = &m->id;
    }
    if (id->len != QP_ID_LEN)
        return false;
    memcpy(x->id, id->data, QP_ID_LEN);
    return true;
}

int qp_walks_take(struct qp_census *c, const Qp__Event *ev)
{
    struct qp_walked x = {.at_us = ev->at_us, .version = ev->version};
    const char *grid = "";
    struct qp_walks *w = &c->walks;
    assert(w->n <= w->cap);
    if (ev->origin.len != QP_ID_LEN)
        return 0;
    switch (ev->body_case) {
    case QP__EVENT__BODY_GRID_MADE:
        x.kind = GRID_STANDS;
        grid = ev->grid_made->code;
        break;
    case QP__EVENT__BODY_GRID_ENDED:
        x.kind = GRID_ENDS;
        grid = ev->grid_ended->code;
        break;
    case QP__EVENT__BODY_PATROL_STARTED:
    case QP__EVENT__BODY_PATROL_MARKED:
        if (!of_patrol(&x, ev, &grid))
            return 0;
        break;
    default: return 0;
    }
    x.node = qp_string_number(&c->nodes, ev->origin.data, QP_ID_LEN);
    x.grid = qp_string_number(&c->texts, grid, strlen(grid));
    x.came = (uint32_t)w->n;
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 256;
        struct qp_walked *v = realloc(w->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        w->v = v;
        w->cap = cap;
    }
    if (x.node == UINT32_MAX || x.grid == UINT32_MAX)
        return QP_ENOMEM;
    w->v[w->n++] = x;
    return 0;
}

/* ---- grids and patrols, as they stand after all ---- */

struct grid {
    uint32_t node, code;
    int32_t from, until; /* the whole days on which it stood: [from, until) */
};
struct walk {
    uint32_t node, grid;
    int32_t day;
    bool enough;
};
struct town {
    struct grid *grids; /* by node and code */
    struct walk *walks; /* by node, grid and day */
    size_t n_grids, n_walks;
};

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Those of one grid, or of one patrol, together: a grid's by version, a patrol's start first. What came first stays first. */
static int by_subject(const void *a, const void *b)
{
    const struct qp_walked *x = a, *y = b;
    bool grids = x->kind <= GRID_ENDS;
    int c = order(x->kind > GRID_ENDS, y->kind > GRID_ENDS);
    if (c == 0 && grids && (c = order(x->node, y->node)) == 0)
        c = order(x->grid, y->grid);
    if (c == 0 && !grids && (c = memcmp(x->id, y->id, QP_ID_LEN)) == 0)
        c = order(x->kind, y->kind);
    if (c == 0 && (grids || x->kind == MARKED))
        c = order(x->version, y->version);
    return c != 0 ? c : order(x->came, y->came);
}

static bool same_grid(const struct qp_walked *a, const struct qp_walked *b)
{
    return b->kind <= GRID_ENDS && a->node == b->node && a->grid == b->grid;
}

/* As the resource's row (core/ledger/resources.c): it stands since it was made, and made again after an end; an end without a beginning
 * is none. Of an earlier standing the days on which it was walked count. */
static size_t grid_of(const struct qp_census *c, const struct qp_walked *v, size_t n, struct town *t)
{
    uint64_t version = 0;
    int64_t made_us = 0, ended_us = 0;
    bool was = false;
    size_t i = 0;
    for (; i < n && same_grid(v, &v[i]); i++) {
        bool ends = v[i].kind == GRID_ENDS;
        if (v[i].version <= version || (ends && !was))
            continue;
        version = v[i].version;
        if (!ends && (!was || ended_us != 0))
            made_us = v[i].at_us;
        ended_us = ends ? v[i].at_us : 0;
        was = true;
    }
    if (was)
        t->grids[t->n_grids++] = (struct grid){v->node, v->grid, qp_bucket_day(c->plan.zone, made_us) + 1,
                                               ended_us ? qp_bucket_day(c->plan.zone, ended_us) : INT32_MAX};
    return i;
}

/* As the patrol's row (core/patrol.c): the first start, then its own node's marks, each once, up to its stop. Of a day before yesterday
 * none goes on (QP_SHIFT_MOST_S), as in http/calls/compliance.c. */
static size_t walk_of(const struct qp_census *c, const struct qp_walked *v, size_t n, struct town *t)
{
    uint64_t version = 1;
    uint32_t minutes = 0;
    bool stopped = false;
    size_t i = 0;
    for (; i < n && memcmp(v[i].id, v->id, QP_ID_LEN) == 0; i++) {
        if (v[i].kind != MARKED || v[i].node != v->node || v[i].version <= version || stopped)
            continue;
        version = v[i].version;
        minutes = v[i].minutes;
        stopped = v[i].stops;
    }
    bool enough = minutes >= c->plan.minutes && (v->police || !c->plan.police);
    int32_t day = qp_bucket_day(c->plan.zone, v->at_us);
    bool goes_on = !stopped && day >= qp_bucket_day(c->plan.zone, c->plan.until_us) - 1;
    if (v->kind == STARTED && (enough || !goes_on))
        t->walks[t->n_walks++] = (struct walk){v->node, v->grid, day, enough};
    return i;
}

static int by_grid_and_day(const void *a, const void *b)
{
    const struct walk *x = a, *y = b;
    int c = order(x->node, y->node);
    c = c != 0 ? c : order(x->grid, y->grid);
    return c != 0 ? c : x->day < y->day ? -1 : x->day > y->day;
}

/* QP_ENOMEM: both lists are to be freed all the same. */
static int town_make(struct qp_census *c, struct town *t)
{
    struct qp_walks *w = &c->walks;
    *t = (struct town){.grids = malloc((w->n + 1) * sizeof *t->grids),
                       .walks = malloc((w->n + 1) * sizeof *t->walks)};
    if (!t->grids || !t->walks)
        return QP_ENOMEM;
    if (w->n > 1)
        qsort(w->v, w->n, sizeof *w->v, by_subject);
    for (size_t i = 0; i < w->n;) {
        bool grid = w->v[i].kind <= GRID_ENDS;
        i += (grid ? grid_of : walk_of)(c, &w->v[i], w->n - i, t);
    }
    if (t->n_walks > 1)
        qsort(t->walks, t->n_walks, sizeof *t->walks, by_grid_and_day);
    return 0;
}

/* ---- one period ---- */

/* What was done of what was planned at one grid, of the days [from, to). */
static void count_grid(const struct qp_census *c, const struct grid *g, const struct walk *v, size_t n,
                       int32_t from, int32_t to, uint64_t out[2])
{
    int32_t first = g->from > from ? g->from : from, last = g->until < to ? g->until : to;
    out[0] = 0;
    out[1] = last > first ? (uint64_t)(last - first) * c->plan.per_day : 0;
    for (size_t i = 0, k; i < n; i = k) {
        uint64_t enough = 0;
        for (k = i; k < n && v[k].day == v[i].day; k++)
            enough += v[k].enough;
        if (v[i].day < from || v[i].day >= to)
            continue;
        if (v[i].day < g->from || v[i].day >= g->until) /* walked on a day on which it did not stand whole */
            out[1] += c->plan.per_day;
        out[0] += enough < c->plan.per_day ? enough : c->plan.per_day;
    }
}

int qp_walks_count(struct qp_census *c, const struct qp_span_us *span,
                   int (*add)(void *arg, uint32_t node, uint64_t done, uint64_t planned), void *arg)
{
    struct town t;
    if (!c->plan.zone || c->plan.per_day == 0 || c->walks.n == 0)
        return 0;
    int64_t to_us = span->to_us < c->plan.until_us ? span->to_us : c->plan.until_us;
    int32_t from = qp_bucket_day(c->plan.zone, span->from_us), to = qp_bucket_day(c->plan.zone, to_us);
    int rc = town_make(c, &t);
    size_t at = 0;
    for (size_t i = 0; i < t.n_grids && !rc && from < to; i++) {
        const struct grid *g = &t.grids[i];
        uint64_t n[2];
        const struct walk key = {.node = g->node, .grid = g->code, .day = INT32_MIN};
        while (at < t.n_walks && by_grid_and_day(&t.walks[at], &key) < 0)
            at++;
        size_t own = at;
        while (own < t.n_walks && t.walks[own].node == g->node && t.walks[own].grid == g->code)
            own++;
        count_grid(c, g, &t.walks[at], own - at, from, to, n);
        at = own;
        if (n[0] != 0 || n[1] != 0)
            rc = add(arg, g->node, n[0], n[1]);
    }
    free(t.grids);
    free(t.walks);
    return rc;
}
