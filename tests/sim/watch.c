/* watch.c: warnings after crashes, restarts, cuts and burned disks are those of a run without them; and every node above knows
 * them as they were said.
 *
 * What a node should have said is a function of its counts alone. So they are judged once more at the end, by a watch that
 * remembers nothing: whatever it would say, the node has missed, or has said wrongly. So too where a clock was set: what it ended
 * too early is open again when it is right (WN8). */
#include "node/core/policy.h"
#include "node/insight/watch/watch.h"
#include "proto/codec.h"
#include "tests/sim/world.h"

struct above {
    struct sim_world *w;
    struct qp_read *const *r;
    int node;
    struct qp_arena *a;
};

static int known_above(void *arg, const Qp__WarningRow *row)
{
    struct above *x = arg;
    struct sim_world *w = x->w;
    size_t len, other_len;
    const uint8_t *bytes = qp_encode(&row->base, x->a, &len);
    w->warnings_seen++;
    for (int up = w->node[x->node].parent; up >= 0 && bytes; up = w->node[up].parent) {
        Qp__WarningRow *other;
        const uint8_t *there = NULL;
        if (!x->r[up])
            continue;
        if (!qp_warning_get(x->r[up]->tables, x->r[up]->store, row->warning->id.data, &other, x->a, NULL))
            there = qp_encode(&other->base, x->a, &other_len);
        if (!there || len != other_len || memcmp(there, bytes, len) != 0)
            sim_fail(w, "the warnings of %s are others at %s", w->node[x->node].path, w->node[up].path);
    }
    return 0;
}

void sim_check_warnings(struct sim_world *w, int i, struct qp_read *const *r)
{
    struct above x = {w, r, i, qp_arena_new(4 << 20)};
    if (qp_warnings_own(r[i]->tables, r[i]->store, w->node[i].id, INT32_MIN, INT32_MAX, known_above, &x, x.a,
                        NULL))
        sim_fail(w, "the warnings of %s cannot be read", w->node[i].path);
    qp_arena_free(x.a);
}

void sim_check_watch(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    struct qp_txn t;
    size_t would = 0;
    if (!x->core || (w->liar > 0 && i == w->liar))
        return;
    int rc = qp_store_begin(x->store, &t, &e);
    if (!rc) {
        rc = qp_watch_audit(x->path, qp_core_zone(x->core), qp_core_in_force(x->core), &t, x->id, w->now_us,
                            &would, &e);
        qp_store_abort(&t);
    }
    if (rc)
        sim_fail(w, "%s: the counts cannot be judged: %s", x->path, e.text);
    else if (would > 0)
        sim_fail(w, "%s: the counts, judged anew, come to %zu other warnings than were said", x->path, would);
}
