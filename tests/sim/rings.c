/* rings.c: merges that point at each other in a circle (B4): at the end nobody who could open the lowest of one
 * again has left it closed. And the bug that this is seen to catch. */
#include "tests/sim/world.h"

/* Follows merges as a node knows them. The lowest of the circle in which `m` stands; -1: in none. */
static int lowest(struct sim_world *w, struct qp_read *r, int m, const uint8_t **holder, struct qp_arena *a)
{
    uint8_t at[QP_ID_LEN], low[QP_ID_LEN];
    memcpy(at, w->matters[m], QP_ID_LEN);
    memcpy(low, at, QP_ID_LEN);
    *holder = NULL;
    for (int i = 0; i < SIM_MATTERS; i++) {
        Qp__Row *row;
        if (qp_matter_read(r, at, &row, a, NULL) || row->face->state != QP_MERGED)
            return -1;
        if (memcmp(at, low, QP_ID_LEN) <= 0) {
            memcpy(low, at, QP_ID_LEN);
            *holder = row->face->holder.data;
        }
        memcpy(at, row->face->merged_into.data, QP_ID_LEN);
        if (memcmp(at, w->matters[m], QP_ID_LEN) != 0)
            continue;
        for (int k = 0; k < w->nmatters; k++)
            if (memcmp(w->matters[k], low, QP_ID_LEN) == 0)
                return k;
        return -1;
    }
    return -1;
}

void sim_check_rings(struct sim_world *w, int i, struct qp_read *r)
{
    struct qp_arena *a = qp_arena_new(16 << 20);
    for (int m = 0; m < w->nmatters; m++) {
        const uint8_t *holder;
        char id[27];
        qp_arena_reset(a);
        int low = lowest(w, r, m, &holder, a);
        if (low < 0 || memcmp(holder, w->node[i].id, QP_ID_LEN) != 0)
            continue;
        qp_id_text(id, w->matters[low]);
        sim_fail(w, "%s holds %s, the lowest of those that point in a circle, and leaves it closed",
                 w->node[i].path, id);
    }
    qp_arena_free(a);
}

/* Two of the root's matters are merged into each other, and it never looks. */
bool sim_plant_ring(struct sim_world *w, struct qp_arena *a)
{
    struct qp_read r;
    struct qp_txn t;
    Qp__Row *row[2];
    int n = 0;
    if (qp_read_begin(w->node[0].store, &r, NULL))
        return false;
    for (int m = 0; m < w->nmatters && n < 2; m++)
        if (!qp_matter_read(&r, w->matters[m], &row[n], a, NULL) && !row[n]->face->offer &&
            row[n]->face->closed_us == 0 && memcmp(row[n]->face->holder.data, w->node[0].id, QP_ID_LEN) == 0)
            n++;
    qp_read_end(&r);
    if (n < 2 || qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    int rc = 0;
    for (int k = 0; k < 2 && !rc; k++) {
        Qp__Face *f = row[k]->face;
        size_t len;
        f->before = f->before << 4 | f->state;
        f->state = QP_MERGED;
        f->closed_us = f->updated_us;
        f->merged_into = row[1 - k]->face->id;
        uint8_t *bytes = qp_encode(&row[k]->base, a, &len);
        rc = qp_put(t.tables, qp_store_dbi(w->node[0].store, QP_T_MATTER), f->id.data, QP_ID_LEN, bytes, len,
                    NULL);
    }
    if (!rc)
        rc = qp_store_commit_journal(&t, NULL);
    if (!rc)
        rc = qp_store_commit_tables(&t, NULL);
    if (rc)
        qp_store_abort(&t);
    return !rc;
}
