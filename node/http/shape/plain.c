/* plain.c: see plain.h. */
#include "node/http/shape/plain.h"

#include <string.h>
#include <strings.h>

bool qp_plain_zh(const struct qp_call *c)
{
    const char *said = qp_call_header(c, "Accept-Language");
    return !said || !*said || *said == '*' || strncasecmp(said, "zh", 2) == 0;
}

static const struct {
    const char *zh, *en;
} STATES[] = {
    [QP_OPEN] = {"已登记，等待受理", "It is registered and waits to be looked at"},
    [QP_SORTED] = {"已受理，正在安排", "It was looked at and is being assigned"},
    [QP_ASSIGNED] = {"已派给承办部门，正在办理", "It was given to the office that handles it"},
    [QP_HANDLED] = {"已办理，等待核实", "It was handled and is being checked"},
    [QP_VISITED] = {"已办理并回访", "It was handled, and the reporter was asked about it"},
    [QP_CLOSED] = {"已办结", "It is closed"},
    [QP_HUNG] = {"暂时挂起，稍后继续办理", "It waits and will be taken up again"},
    [QP_MERGED] = {"已与另一件相同事项合并办理", "It was merged with another report of the same thing"},
};

const char *qp_plain_state(const Qp__Face *face, bool zh)
{
    uint32_t s = face->state;
    if (s == QP_CLOSED && *face->duplicate_of)
        return zh ? "重复件，按先前的报告办理" : "It is a duplicate: the earlier report is handled";
    if (s < QP_OPEN || s > QP_MERGED)
        return zh ? "办理中" : "It is being handled";
    return zh ? STATES[s].zh : STATES[s].en;
}

const char *qp_plain_event(const Qp__Event *ev, bool zh)
{
    static const struct {
        Qp__Event__BodyCase kind;
        const char *zh, *en;
    } SAID[] = {
        {QP__EVENT__BODY_OPENED, "已登记", "Registered"},
        {QP__EVENT__BODY_SORTED, "已受理", "Looked at"},
        {QP__EVENT__BODY_ASSIGNED, "已派给承办部门", "Given to the office that handles it"},
        {QP__EVENT__BODY_PROGRESSED, "办理有进展", "There is progress"},
        {QP__EVENT__BODY_ACCEPTED, "承办单位已签收", "Taken over by the unit that handles it"},
        {QP__EVENT__BODY_HANDLED, "已办理", "Handled"},
        {QP__EVENT__BODY_VISITED, "已回访", "The reporter was asked about it"},
        {QP__EVENT__BODY_CLOSED, "已办结", "Closed"},
        {QP__EVENT__BODY_REOPENED, "重新办理", "Taken up again"},
        {QP__EVENT__BODY_HUNG, "暂时挂起", "It waits"},
        {QP__EVENT__BODY_RESUMED, "恢复办理", "Taken up again"},
        {QP__EVENT__BODY_MERGED, "与相同事项合并办理", "Merged with a report of the same thing"},
        {QP__EVENT__BODY_UNMERGED, "恢复单独办理", "Handled by itself again"},
    };
    if (ev->body_case == QP__EVENT__BODY_VISITED && ev->visited->visit && !ev->visited->visit->resolved)
        return zh ? "回访未解决，重新办理" : "It was found not resolved and is taken up again";
    for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++) {
        if (SAID[i].kind == ev->body_case)
            return zh ? SAID[i].zh : SAID[i].en;
    }
    return NULL;
}

bool qp_plain_closed(const Qp__Face *face)
{
    return face->state == QP_CLOSED || face->state == QP_MERGED;
}
