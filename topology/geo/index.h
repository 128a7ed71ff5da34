/* index.h: which grid is here, among tens of thousands, in microseconds.
 *
 *   grids ─► qp_geo_index_make ─► index: STRtree of boxes ─► prepared boundaries ─► the grid
 *                                   (GEOS: some 2 candidates of 20,000, then an interval tree over a boundary's edges)
 *
 * A point inside of several grids, or on an edge, belongs to the bytewise lowest code, then to the bytewise lowest node
 * (rule GR1). The answer is that of qp_geo_side_of on every grid: GEOS decides by exact signs, and whole units of 1e-7
 * degrees are exact in its doubles.
 *
 * Threads: an index never changes after it was made (what GEOS would make at the first question is made with it), and any
 * number of threads may ask it at once, each with a seeker of its own. qp_geo_index_hold and _free may be called by any
 * thread; the last free ends it. A seeker belongs to one thread at a time.
 *
 * `qipan grid locate FILE` (node/cli/grid.c) asks an index that it makes for one question; a node keeps one (node/core/ground.h).
 *
 * Cost (tests/bench/geo_bench.c prints it): 20,000 grids of 32 corners are made in 0.35 s and take 60 MB, of 400 corners
 * 3.7 s and 600 MB; a question takes 2 to 5 us. A changed grid means a new index, so whoever keeps one makes it again at
 * the first question after a change, not at each change: qp_geo_keep. */
#ifndef QP_TOPOLOGY_GEO_INDEX_H
#define QP_TOPOLOGY_GEO_INDEX_H

#include <pthread.h>

#include "crypto/error.h"
#include "topology/geo/geojson.h"

struct qp_geo_index;
struct qp_geo_seeker;

/* Copies what it needs of the grids (sound ones: geojson.h). n may be 0. QP_ENOMEM; QP_EINVAL names a grid whose
 * boundary GEOS does not take. */
int qp_geo_index_make(struct qp_geo_index **out, const struct qp_geo_grid *grids, size_t n, struct qp_err *e);
struct qp_geo_index *qp_geo_index_hold(struct qp_geo_index *x);
void qp_geo_index_free(struct qp_geo_index *x); /* NULL: nothing */
size_t qp_geo_index_count(const struct qp_geo_index *x);

/* Where the grids of a node lie: the centre of their areas, each weighed by its size. Of every node with a boundary, bytewise
 * by its name; as long as the index lives. */
struct qp_geo_place {
    const char *node;
    struct qp_geo_point centre;
    double area_m2;
};
const struct qp_geo_place *qp_geo_index_places(const struct qp_geo_index *x, size_t *n);
/* The same of two: into `a`. The shorter way round the globe. */
void qp_geo_place_add(struct qp_geo_place *a, const struct qp_geo_place *b);

int qp_geo_seeker_open(struct qp_geo_seeker **out, struct qp_err *e); /* QP_ENOMEM */
void qp_geo_seeker_close(struct qp_geo_seeker *s);

/* The grid at a point; it lives as long as the index. NULL: in none. QP_ENOMEM. */
int qp_geo_locate(const struct qp_geo_grid **out, struct qp_geo_seeker *s, const struct qp_geo_index *x,
                  struct qp_geo_point p, struct qp_err *e);
/* The grid that is nearest to a point, at most `most_m` metres away (up to 100 km): *metres is 0 in one, and the one is
 * that of qp_geo_locate. Of equally near ones that of the lowest code. NULL: none is that near. QP_ENOMEM. */
int qp_geo_nearest(const struct qp_geo_grid **out, double *metres, struct qp_geo_seeker *s,
                   const struct qp_geo_index *x, struct qp_geo_point p, double most_m, struct qp_err *e);

/* ---- kept across calls ---- */

/* All grids as they are now: arrays that live until the next call of the same, or until `arg` ends. Called under the
 * keeper's lock. */
typedef int (*qp_geo_load)(void *arg, const struct qp_geo_grid **grids, size_t *n, struct qp_err *e);

struct qp_geo_keeper {
    pthread_mutex_t lock;
    struct qp_geo_index *index; /* NULL: none yet */
    uint64_t stamp;
};
void qp_geo_keeper_begin(struct qp_geo_keeper *k);
void qp_geo_keeper_end(struct qp_geo_keeper *k);
/* The index of this stamp (any number that is another one after every change of a grid: a position, a version), held
 * for the caller, who frees it. Made anew when the kept one has another stamp; others wait meanwhile. The loader's
 * errors; what was kept before stays then. */
int qp_geo_keep(struct qp_geo_index **out, struct qp_geo_keeper *k, uint64_t stamp, qp_geo_load load,
                void *arg, struct qp_err *e);

#endif
