/* siblings.c: overlaps, pair by pair of the boxes that meet; gaps.c has the rest. See siblings.h. */
#include "topology/geo/siblings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/geo/compare.h"

/* ---- overlaps ---- */

struct meeting {
    struct qp_compare *c;
    const struct qp_compare_one *a;
};

static void overlap(struct qp_compare *c, const struct qp_compare_one *a, const struct qp_compare_one *b)
{
    GEOSGeometry *common = GEOSIntersection_r(c->g->h, a->shape, b->shape);
    struct qp_geo_point at;
    char names[2 * QP_NAME_BYTES + 40];
    if (!common) {
        snprintf(names, sizeof names, "the grids %s and %s", c->grids[a->at].code, c->grids[b->at].code);
        qp_compare_failed(c, names);
        return;
    }
    double m2 = qp_compare_part(c, common, &at);
    GEOSGeom_destroy_r(c->g->h, common);
    struct qp_geo_siblings *out = c->out;
    if (m2 > 0 &&
        qp_compare_room(c, (void **)&out->overlaps, out->n_overlaps, &c->cap_overlaps, sizeof *out->overlaps))
        out->overlaps[out->n_overlaps++] = (struct qp_geo_overlap){a->at, b->at, m2, at};
}

static void meets(void *item, void *meeting)
{
    const struct qp_compare_one *b = item;
    struct meeting *m = meeting;
    if (m->c->rc || b->at <= m->a->at)
        return;
    char touch = GEOSPreparedIntersects_r(m->c->g->h, m->a->prepared, b->shape);
    if (touch == 1)
        overlap(m->c, m->a, b);
    else if (touch != 0)
        qp_compare_failed(m->c, "two boundaries");
}

static void find_overlaps(struct qp_compare *c)
{
    for (size_t i = 0; i < c->n && !c->rc; i++) {
        struct meeting m = {c, &c->v[i]};
        GEOSSTRtree_query_r(c->g->h, c->tree, c->v[i].shape, meets, &m);
    }
}

/* ---- the whole ---- */

static int larger(double a, double b, size_t at, size_t other)
{
    return a < b ? 1 : a > b ? -1 : (at > other) - (at < other);
}

static int by_overlap(const void *a, const void *b)
{
    const struct qp_geo_overlap *x = a, *y = b;
    return larger(x->m2, y->m2, x->a, y->a);
}

static int by_gap(const void *a, const void *b)
{
    const struct qp_geo_gap *x = a, *y = b;
    return larger(x->m2, y->m2, (size_t)((int64_t)x->at.lon7 + INT32_MAX),
                  (size_t)((int64_t)y->at.lon7 + INT32_MAX));
}

static int by_outside(const void *a, const void *b)
{
    const struct qp_geo_outside *x = a, *y = b;
    return larger(x->m2, y->m2, x->grid, y->grid);
}

static void sort(struct qp_geo_siblings *s)
{
    if (s->n_overlaps)
        qsort(s->overlaps, s->n_overlaps, sizeof *s->overlaps, by_overlap);
    if (s->n_gaps)
        qsort(s->gaps, s->n_gaps, sizeof *s->gaps, by_gap);
    if (s->n_outside)
        qsort(s->outside, s->n_outside, sizeof *s->outside, by_outside);
}

static void take_in(struct qp_compare *c)
{
    c->v = calloc(c->n ? c->n : 1, sizeof *c->v);
    c->tree = GEOSSTRtree_create_r(c->g->h, QP_GEO_TREE_NODE);
    for (size_t i = 0; c->v && c->tree && i < c->n; i++) {
        struct qp_compare_one *one = &c->v[i];
        one->at = i;
        one->shape = qp_geo_engine_shape(c->g, &c->grids[i].shape);
        one->prepared = one->shape ? GEOSPrepare_r(c->g->h, one->shape) : NULL;
        if (!one->prepared) {
            qp_compare_failed(c, c->grids[i].code);
            return;
        }
        GEOSSTRtree_insert_r(c->g->h, c->tree, one->shape, one);
    }
    if (!c->v || !c->tree)
        c->rc = qp_fail(c->e, QP_ENOMEM, "no memory to compare the boundaries");
}

static void end(struct qp_compare *c)
{
    if (c->tree)
        GEOSSTRtree_destroy_r(c->g->h, c->tree);
    for (size_t i = 0; c->v && i < c->n; i++) {
        if (c->v[i].prepared)
            GEOSPreparedGeom_destroy_r(c->g->h, c->v[i].prepared);
        GEOSGeom_destroy_r(c->g->h, c->v[i].shape);
    }
    free(c->v);
    qp_geo_engine_close(c->g);
}

int qp_geo_siblings_find(struct qp_geo_siblings *out, const struct qp_geo_grid *grids, size_t n,
                         const struct qp_geo_grid *outline, size_t n_outline, struct qp_err *e)
{
    struct qp_compare c = {.out = out, .grids = grids, .n = n, .e = e};
    *out = (struct qp_geo_siblings){0};
    c.rc = qp_geo_engine_open(&c.g, e);
    if (c.rc)
        return c.rc;
    take_in(&c);
    if (!c.rc)
        find_overlaps(&c);
    if (!c.rc)
        qp_gaps_find(&c, outline, n_outline);
    sort(out);
    end(&c);
    return c.rc;
}

void qp_geo_siblings_free(struct qp_geo_siblings *s)
{
    free(s->overlaps);
    free(s->gaps);
    free(s->outside);
    *s = (struct qp_geo_siblings){0};
}
