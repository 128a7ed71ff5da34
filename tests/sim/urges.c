/* urges.c: in a third of the runs a policy holds that urges and lifts by seconds: at the end everything that is due was said, by every
 * node that may speak, whoever was cut off, crashed or burned meanwhile (CI1). */
#include "node/core/urge.h"
#include "node/matter/beside.h"
#include "node/matter/clock.h"
#include "tests/sim/world.h"

#define SLACK_US INT64_C(30000000)

static const char POLICY[] = "{\"version\":\"1\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":"
                             "\"all\",\"clocks\":{\"assign\":\"30s\",\"handle\":\"40s\","
                             "\"close\":\"90s\"},\"remind\":{\"handle\":\"10s\"}},{\"code\":\"leak\","
                             "\"title\":\"leaks\",\"urgency\":\"urgent\",\"desk\":\"water\","
                             "\"clocks\":{\"close\":\"200s\"}}],\"rules\":{\"urge\":[{\"overdue\":\"0s\"},{"
                             "\"overdue\":\"60s\"}],\"lift\":{\"refused\":2,\"redo\":1}}}";

bool sim_urges_begin(struct sim_world *w, int i)
{
    struct qp_mistakes m = {0};
    if (w->seed % 3 != 0)
        return true;
    struct qp_policy *p = qp_policy_json(POLICY, sizeof POLICY - 1, NULL, &m);
    if (!p || qp_mistakes_all(&m) > 0 || !qp_core_set_policy(w->node[i].core, p))
        abort();
    qp_mistakes_free(&m);
    bool holds = w->bug == SIM_BUG_URGE || w->bug == SIM_BUG_OVERLOOK;
    w->node[i].core->urge_hold_us = holds ? INT64_MAX / 4 : INT64_C(5000000);
    return true;
}

/* By the clocks' plain figures and the history alone, for the judge of the node itself may be what is wrong: a child holds it, one of
 * its stages was over half a minute ago, and since then neither this node has urged nor the holder has answered an urge. Clocks that were
 * paused or prolonged are left to qp_urging_of. */
static bool overlooked(struct sim_world *w, int i, struct qp_read *r, const Qp__Face *f, struct qp_arena *a)
{
    static struct qp_history h[512];
    const struct sim_node *x = &w->node[i];
    int64_t due = 0;
    bool below = false;
    for (int k = 0; k < x->nkids; k++)
        below |=
            memcmp(f->holder.data, w->node[x->kids[k]].id, QP_ID_LEN) == 0 && !w->node[x->kids[k]].revoked;
    for (size_t k = 0; below && k < f->n_clocks; k++) {
        const Qp__Clock *c = f->clocks[k];
        bool plain = (c->stage == QP_CLOCK_HANDLE || c->stage == QP_CLOCK_CLOSE) && c->ended_us == 0 &&
                     !c->held && c->n_pauses == 0 && !c->extension;
        if (plain && c->due_us > due && c->due_us < w->now_us - SLACK_US)
            due = c->due_us;
    }
    if (due == 0 || f->closed_us != 0 || f->urge_answered_us >= due)
        return false;
    long n = qp_matter_history(r, f->id.data, h, 512, a, NULL);
    for (long k = 0; k < n && k < 512; k++)
        if (h[k].event->body_case == QP__EVENT__BODY_URGED && h[k].event->at_us >= due &&
            memcmp(h[k].event->origin.data, x->id, QP_ID_LEN) == 0)
            return false;
    return n > 0 && n <= 512;
}

void sim_check_urges(struct sim_world *w, int i, struct qp_read *r)
{
    const struct qp_core *c = w->node[i].core;
    struct qp_arena *a = qp_arena_new(16 << 20);
    if (!a)
        abort();
    for (int m = 0; m < w->nmatters && !c->recovering && !c->silent && !c->out; m++) {
        struct qp_urging x;
        Qp__Row *row;
        char id[27];
        qp_arena_reset(a);
        if (qp_matter_read(r, w->matters[m], &row, a, NULL))
            continue;
        qp_urging_of(c, row, w->now_us - SLACK_US, &x);
        qp_id_text(id, w->matters[m]);
        bool judged =
            w->clocks_set == 0; /* where a clock was set, nobody is urged for a while (core/urge.h) */
        if (x.urges && judged && w->bug != SIM_BUG_OVERLOOK)
            sim_fail(w, "%s has not urged %s, whose time is over", w->node[i].path, id);
        else if (judged && w->seed % 3 == 0 && overlooked(w, i, r, row->face, a))
            sim_fail(w, "%s has overlooked %s, of which a stage is over", w->node[i].path, id);
        w->urges_seen += !!qp_beside_urge(row);
    }
    qp_arena_free(a);
}
