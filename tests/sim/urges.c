/* urges.c: in a third of the runs a policy holds that urges and lifts by seconds: at the end everything that is due was said, by every
 * node that may speak, whoever was cut off, crashed or burned meanwhile (CI1). */
#include "node/core/urge.h"
#include "node/matter/beside.h"
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
    w->node[i].core->urge_hold_us = w->bug == SIM_BUG_URGE ? INT64_MAX / 4 : INT64_C(5000000);
    return true;
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
        if (x.urges &&
            w->clocks_set == 0) /* where a clock was set, nobody is urged for a while (core/urge.h) */
            sim_fail(w, "%s has not urged %s, whose time is over", w->node[i].path, id);
        w->urges_seen += !!qp_beside_urge(row);
    }
    qp_arena_free(a);
}
