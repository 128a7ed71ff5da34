/* rig.h: what the tests of topology/geo share: made-up tessellations, an oracle for what is inside, random numbers by
 * seed. None of it is used outside of tests. */
#ifndef QP_TESTS_UNIT_GEO_RIG_H
#define QP_TESTS_UNIT_GEO_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "topology/geo/geojson.h"

/* The same numbers for the same seed, everywhere. */
uint64_t rig_random(uint64_t *seed);
int64_t rig_between(uint64_t *seed, int64_t low, int64_t high); /* both may come */

/* Plain: every edge of every ring, winding numbers in 128 bits; nothing of it is in topology/geo. */
enum qp_geo_side rig_side(const struct qp_geo_shape *s, struct qp_geo_point p);

/* Grids whose texts and shapes live until rig_grids_free. */
struct rig_grids {
    struct qp_geo_grid *v;
    size_t n;
};
void rig_grids_free(struct rig_grids *g);

/* A lattice of columns × rows cells from `corner` on, each `cell` units wide and high, every corner moved by lot and
 * every side a line of `bends` pieces that both cells share: a tessellation without gap or overlap, to the unit. Codes
 * c0000001 … in an order by lot; node i of them is suzhou/n0001 …, a block of `per_node` cells each. */
void rig_lattice(struct rig_grids *out, struct qp_geo_point corner, int32_t cell, int columns, int rows,
                 int bends, size_t per_node, uint64_t seed);
/* Cuts an outline (a sound shape, not a grid's) into n pieces by straight lines, always the largest one, corners rounded
 * to units: pieces of anybody's tessellation, with slivers of a unit. Codes g01 …; all of the node `node`. */
void rig_cut(struct rig_grids *out, const struct qp_geo_shape *outline, size_t n, const char *node);

/* A shape over points of one outer ring (closed by the caller). Nothing is copied. */
struct qp_geo_shape rig_ring(struct qp_geo_point *points, size_t n, struct qp_geo_ring *ring);
/* A made-up community of 2.1 km² at 33.63 N, 116.98 E with a bay and a hole; freed by rig_grids_free. */
void rig_community(struct rig_grids *out);

/* As GeoJSON; malloc'd. */
char *rig_geojson(const struct rig_grids *g);

#endif
