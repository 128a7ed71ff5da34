/* harvest.c: a frame goes to its session, and what that makes of it is gathered for the next turn. */
#include <assert.h>

#include "node/link/wired.h"

void qp_harvest_input(void *gather, const struct qp_input *in)
{
    struct qp_harvest *g = gather;
    assert(g->n < g->max + QP_FRAME_INPUTS - 1);
    g->v[g->n++] = *in;
    if (in->kind == QP_IN_PARCEL)
        g->bytes += in->parcel.len;
    if (in->kind == QP_IN_AHEAD)
        g->bytes += in->ahead.len;
    if (g->link)
        g->link->gave_input = true;
    g->w->handed = true;
}

void qp_harvest_hear(struct qp_link *l, struct qp_harvest *g, const uint8_t *frame, size_t len)
{
    assert(g->w == l->wire && len <= QP_FRAME_BYTES);
    uint8_t seed[QP_SEED_LEN];
    g->link = l;
    l->touched = true;
    g->cost += len + QP_FRAME_COST;
    qp_drbg_bytes(&l->wire->random, seed, sizeof seed);
    qp_session_frame(l->session, frame, len, &g->read, g->arena, qp_harvest_input, g, g->now_us, seed);
}

void qp_harvest_held(struct qp_link *l, struct qp_harvest *g, const uint8_t *frame, size_t len)
{
    l->reply = NULL;
    qp_harvest_hear(l, g, frame, len);
}
