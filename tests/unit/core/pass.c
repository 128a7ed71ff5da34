/* pass.c: what a node passes on ahead of its commit: caught, and handed to its parent. */
#include "tests/unit/core/rig.h"

static bool pass(void *arg, uint32_t lane, const struct qp_slice *parcel)
{
    struct passed *p = arg;
    if (p->no_room)
        return false;
    assert_true(lane == QP_LANE_URGENT || lane == QP_LANE_BULK);
    assert_true(p->n < 16);
    p->v[p->n++] = (struct qp_slice){qp_arena_copy(p->r->arena, parcel->p, parcel->len), parcel->len};
    return true;
}

struct passed *rig_watch(struct rig *r, int i)
{
    struct passed *p = qp_arena_take(r->arena, sizeof *p);
    memset(p, 0, sizeof *p);
    p->r = r;
    qp_core_set_pass(r->nodes[i].core, pass, p);
    return p;
}

size_t rig_unconfirmed(struct rig *r, int parent, int child)
{
    struct qp_peer_entry p = rig_peer(r, parent, child);
    size_t n = 0;
    for (size_t i = 0; i < QP_AHEAD_KEPT; i++)
        n += p.ahead[i].position != 0 && p.ahead[i].again == 0;
    return n;
}

void rig_hand_ahead(struct rig *r, int from, int to, struct qp_slice bytes)
{
    struct qp_input in = rig_ahead(r, from, bytes);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}
