/* compare.h: what siblings.c and gaps.c share. Inside of this folder only. */
#ifndef QP_TOPOLOGY_GEO_COMPARE_H
#define QP_TOPOLOGY_GEO_COMPARE_H

#include "topology/geo/engine.h"
#include "topology/geo/siblings.h"

struct qp_compare_one {
    size_t at; /* in the grids given */
    GEOSGeometry *shape;
    const GEOSPreparedGeometry *prepared;
};

struct qp_compare {
    struct qp_geo_siblings *out;
    const struct qp_geo_grid *grids;
    size_t n;
    struct qp_geo_engine *g;
    struct qp_compare_one *v; /* in the order given */
    GEOSSTRtree *tree;
    size_t cap_overlaps, cap_gaps, cap_outside;
    struct qp_err *e;
    int rc; /* the first thing that went wrong; what follows is skipped */
};

/* The part of a geometry that is worth telling: square metres of its polygons that are wide and large enough, a point
 * in the largest. 0: nothing. Negative: no memory, and c->rc says so. */
double qp_compare_part(struct qp_compare *c, const GEOSGeometry *geometry, struct qp_geo_point *at);
/* Room for one more in a list; false: c->rc. */
bool qp_compare_room(struct qp_compare *c, void **list, size_t n, size_t *cap, size_t each);
/* The engine has failed at this: QP_EINVAL, or no memory. */
void qp_compare_failed(struct qp_compare *c, const char *what);

void qp_gaps_find(struct qp_compare *c, const struct qp_geo_grid *outline, size_t n_outline);

#endif
