/* step_may.c: see step_may.h. */
#include "node/core/step_may.h"

#include <assert.h>

#include "node/core/core.h"

static const struct {
    uint32_t right;
    const char *lacks, *lacks_zh;
} rights[QP_STEPS_N] = {
#define LACKS(right)                                                                                         \
    "%s lacks the right `" right "`; an admin of this node can give it",                                     \
        "%s 缺少权限 `" right "`，可由本节点管理员授予"
#define RIGHT_STEP                                QP_RIGHT_STEP, LACKS("step")
#define RIGHT_COMMAND                             QP_RIGHT_COMMAND, LACKS("command")
#define RIGHT_PERSONAL                            QP_RIGHT_PERSONAL, LACKS("personal")
#define X(name, member, CASE, RIGHT, MAP, en, zh) {RIGHT_##RIGHT},
    QP_STEPS(X)
#undef X
};

uint32_t qp_step_right(const struct qp_step *st)
{
    ptrdiff_t i = st - qp_steps;
    assert(i >= 0 && i < QP_STEPS_N);
    return rights[i].right;
}

static bool offers(const struct qp_step *st)
{
    return st->body == QP__EVENT__BODY_OFFERED;
}

static int recovers(const struct qp_step_ask *ask, const struct qp_step *st, struct qp_why *why)
{
    if (!ask->recovering || st->body == QP__EVENT__BODY_COMMENTED)
        return 0;
    if (offers(st))
        return qp_why_set(
            why, QP_ERECOVER,
            "this node has joined again and offers nothing until its neighbours have handed back "
            "its records",
            "本节点重新加入，在相邻节点交还其记录之前不提交事项", "");
    return ask->new_here ? 0
                         : qp_why_set(why, QP_ERECOVER,
                                      "this node has joined again; it goes on with older matters when its "
                                      "neighbours have handed back their records",
                                      "本节点重新加入，相邻节点交还记录之后才能继续办理旧事项", "");
}

int qp_step_may_here(const struct qp_step_ask *ask, const struct qp_step *st, struct qp_why *why)
{
    const struct qp_asker *who = ask->may.who;
    ptrdiff_t i = st - qp_steps;
    assert(i >= 0 && i < QP_STEPS_N);
    *why = (struct qp_why){.code = 0};
    if (who && !(who->rights & qp_step_right(st)))
        return qp_why_set(why, QP_EDENIED, rights[i].lacks, rights[i].lacks_zh, who->by);
    int rc = recovers(ask, st, why);
    if (rc || !ask->root)
        return rc;
    if (i == QP_STEP_INDEX_escalate)
        return qp_why_set(why, QP_ESTEP, "this node is the root: there is nobody above to escalate to",
                          "本节点是根节点，没有上级可以上报", "");
    if (i == QP_STEP_INDEX_transfer)
        return qp_why_set(why, QP_ESTEP, "this node is the root: every other node is below it; use dispatch",
                          "本节点是根节点，其他节点都在其下，请用下派", "");
    return 0;
}

int qp_step_may(const struct qp_step_ask *ask, const struct qp_step *st, struct qp_why *why)
{
    int rc = qp_step_may_here(ask, st, why);
    return !rc ? qp_matter_may(&ask->may, st, why) : rc;
}
