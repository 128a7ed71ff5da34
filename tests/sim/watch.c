/* watch.c: warnings after crashes, restarts, cuts and burned disks are those of a run without them.
 *
 * What a node should have said is a function of its counts alone. So they are judged once more at the end, by a watch that
 * remembers nothing: whatever it would say, the node has missed, or has said wrongly. */
#include "node/insight/watch/watch.h"
#include "tests/sim/world.h"

void sim_check_watch(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    struct qp_txn t;
    size_t would = 0;
    if (!x->core || (w->liar > 0 && i == w->liar))
        return;
    int rc = qp_store_begin(x->store, &t, &e);
    if (rc == 0) {
        rc = qp_watch_audit(x->path, qp_core_zone(x->core), &t, x->id, w->now_us, &would, &e);
        qp_store_abort(&t);
    }
    if (rc != 0)
        sim_fail(w, "%s: the counts cannot be judged: %s", x->path, e.text);
    else if (would > 0)
        sim_fail(w, "%s: the counts, judged anew, come to %zu other warnings than were said", x->path, would);
}
