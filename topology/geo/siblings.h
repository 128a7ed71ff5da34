/* siblings.h: what grids leave out and what they claim twice (rule GR1), told when boundaries come in.
 *
 * Compared are all grids that are given, whatever node they are of: two communities' grids overlap as badly as one's.
 *
 *   overlap   ground of two grids
 *   gap       ground of none, with grids all round it; with an outline also what is missing at its rim. Without one, what
 *             is missing at the rim cannot be known: no outline, no such gap
 *   outside   ground of a grid beyond the outline
 *
 * Borders are drawn twice, and rounded: what is narrower than half a metre (mean width: twice the area by the length of
 * its border) or smaller than ten square metres is a matter of drawing and not told. Gaps are looked for on a lattice of
 * half a metre, so that a slit between two drawings of one border does not let a gap out; their areas are right to that.
 *
 * Areas are those of shape.h. Pure; a call makes what it needs and ends it: any thread, but no turn: it takes long (5,000
 * grids some 2 s, tests/bench/geo_bench.c), and GEOS shuffles its snapping by random numbers, which changes no result
 * but is not for qp_turn. */
#ifndef QP_TOPOLOGY_GEO_SIBLINGS_H
#define QP_TOPOLOGY_GEO_SIBLINGS_H

#include "crypto/error.h"
#include "topology/geo/geojson.h"

enum { QP_GEO_LEAST_M2 = 10, QP_GEO_LEAST_WIDTH_CM = 50, QP_GEO_BESIDE = 8 };

struct qp_geo_overlap {
    size_t a, b; /* places in the grids given, a < b */
    double m2;
    struct qp_geo_point at; /* in its largest part */
};
struct qp_geo_gap {
    double m2;
    struct qp_geo_point at;
    size_t beside[QP_GEO_BESIDE]; /* grids at its border, in the order given: the first of them */
    size_t n_beside, all_beside;
};
struct qp_geo_outside {
    size_t grid;
    double m2;
    struct qp_geo_point at;
};

/* Each list has the largest first. */
struct qp_geo_siblings {
    struct qp_geo_overlap *overlaps;
    size_t n_overlaps;
    struct qp_geo_gap *gaps;
    size_t n_gaps;
    struct qp_geo_outside *outside;
    size_t n_outside;
    double covered_m2; /* ground of at least one grid */
    double outline_m2; /* 0 without one */
};

/* Sound grids (geojson.h); `outline` may be NULL: shapes whose union is the ground that is to be covered, n_outline of
 * them. QP_ENOMEM; QP_EINVAL where GEOS cannot compare two boundaries, named. The result is freed by
 * qp_geo_siblings_free, whatever was returned. */
int qp_geo_siblings_find(struct qp_geo_siblings *out, const struct qp_geo_grid *grids, size_t n,
                         const struct qp_geo_grid *outline, size_t n_outline, struct qp_err *e);
void qp_geo_siblings_free(struct qp_geo_siblings *s);

#endif
