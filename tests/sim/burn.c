/* burn.c: disks that burn, one or several neighbours' at once, and what of theirs may be lost with them. */
#include "tests/sim/world.h"

bool sim_burned(const struct sim_world *w)
{
    bool any = sim_cloned(w);
    for (int i = 0; i < w->n; i++)
        any |= w->node[i].burned;
    return any;
}

static bool held_above(struct sim_world *w, const struct sim_acked *ac)
{
    bool found = false;
    for (int i = w->node[ac->node].parent; i >= 0 && !found; i = w->node[i].parent) {
        struct qp_read r;
        if (!w->node[i].up || w->node[i].burned || qp_read_begin(w->node[i].store, &r, NULL))
            continue;
        found = sim_count_key(&r, ac->matter, ac->key, ac->body) > 0;
        qp_read_end(&r);
    }
    return found;
}

/* What two burned disks alone held, a node's and those above it, is excused too: the tick said held, and was
 * right when it was shown. */
static void excuse(struct sim_world *w, int i)
{
    for (int k = 0; k < w->nacked; k++) {
        struct sim_acked *ac = &w->acked[k];
        bool above = false; /* the fire is on its way up */
        for (int n = w->node[ac->node].parent; n >= 0; n = w->node[n].parent)
            above |= w->node[n].burned;
        if (w->node[ac->node].burned && above && qp_path_within(w->node[ac->node].path, w->node[i].path))
            ac->excused |= !held_above(w, ac);
    }
}

/* The disk burns. What was acknowledged there and not yet held above is excused; everything else must be
 * found again. */
static void wipe(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_read r;
    char cmd[160];
    if (!qp_read_begin(x->store, &r, NULL)) {
        for (int k = 0; k < w->nacked; k++) {
            struct qp_ticks ticks;
            if (w->acked[k].node != i)
                continue;
            qp_ticks_read(&r, qp_core_self(x->core), w->node[x->parent].id, w->acked[k].matter, &ticks);
            w->acked[k].excused |= !ticks.held;
        }
        qp_read_end(&r);
    }
    w->wipes_done++;
    sim_told(w, i, "burns");
    sim_stop(w, i);
    x->wiped = true;
    x->burned = x->has_burned = true;
    w->fires[i]++;
    excuse(w, i);
    sim_walk_excused(w, i, NULL);
    for (int k = 0; k < w->nmatters; k++)
        if (w->active[k] == i)
            w->active[k] = -1;
    snprintf(cmd, sizeof cmd, "rm -rf '%s/%d'", w->dir, i);
    if (system(cmd) != 0)
        sim_fail(w, "the folder of %s could not be removed", x->path);
    sim_at(w, 1000000 + (int64_t)sim_below(w, 20000000), SIM_REJOIN, i, 0);
}

/* Who was certified by a disk that burned before it had told anybody comes back as another node. */
static bool known_above(struct sim_world *w)
{
    bool all = w->node[0].up;
    for (int i = 1; i < w->n && all; i++)
        all = !!qp_tree_node(qp_core_tree(w->node[0].core), w->node[i].id);
    return all;
}

/* A disk burns; when neighbours share a building, soon after it one of theirs, and so on. */
void sim_fire(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    if (w->healing || !x->up || x->burned || (w->liar > 0 && i == w->liar))
        return;
    if (w->plan.adjacent && !known_above(w))
        return;
    wipe(w, i);
    if (!w->plan.adjacent || sim_chance(w, 30))
        return;
    int next = (int)sim_below(w, (uint64_t)x->nkids + 1);
    next = next == x->nkids ? x->parent : x->kids[next];
    if (next > 0) /* not the root's: it has nobody above */
        sim_at(w, (int64_t)sim_below(w, sim_chance(w, 50) ? 2000000 : 40000000), SIM_WIPE, next, 0);
}
