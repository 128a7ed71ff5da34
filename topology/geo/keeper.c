/* keeper.c: an index that is kept until a grid changes. See index.h. */
#include <assert.h>

#include "topology/geo/index.h"

void qp_geo_keeper_begin(struct qp_geo_keeper *k)
{
    *k = (struct qp_geo_keeper){0};
    int rc = pthread_mutex_init(&k->lock, NULL);
    assert(!rc);
    (void)rc;
}

void qp_geo_keeper_end(struct qp_geo_keeper *k)
{
    qp_geo_index_free(k->index);
    pthread_mutex_destroy(&k->lock);
}

static int renew(struct qp_geo_keeper *k, uint64_t stamp, qp_geo_load load, void *arg, struct qp_err *e)
{
    const struct qp_geo_grid *grids = NULL;
    struct qp_geo_index *made;
    size_t n = 0;
    int rc = load(arg, &grids, &n, e);
    if (!rc)
        rc = qp_geo_index_make(&made, grids, n, e);
    if (rc)
        return rc;
    qp_geo_index_free(k->index);
    k->index = made;
    k->stamp = stamp;
    return 0;
}

int qp_geo_keep(struct qp_geo_index **out, struct qp_geo_keeper *k, uint64_t stamp, qp_geo_load load,
                void *arg, struct qp_err *e)
{
    int rc = 0;
    *out = NULL;
    pthread_mutex_lock(&k->lock);
    if (!k->index || k->stamp != stamp)
        rc = renew(k, stamp, load, arg, e);
    if (!rc)
        *out = qp_geo_index_hold(k->index);
    pthread_mutex_unlock(&k->lock);
    return rc;
}
