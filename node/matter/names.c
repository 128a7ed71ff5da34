/* names.c: the words of states, urgencies, kinds and orders, as the API and the command line print
 * them. */
#include "node/matter/matter.h"

#include <string.h>

#include "node/matter/lifecycle.h"

static const char *const states[] = {
    [QP_OPEN] = "open",       [QP_SORTED] = "sorted", [QP_ASSIGNED] = "assigned", [QP_HANDLED] = "handled",
    [QP_VISITED] = "visited", [QP_CLOSED] = "closed", [QP_HUNG] = "hung",         [QP_MERGED] = "merged",
};
static const char *const states_zh[] = {
    [QP_OPEN] = "待分类",    [QP_SORTED] = "已分类", [QP_ASSIGNED] = "已派办", [QP_HANDLED] = "已处置",
    [QP_VISITED] = "已回访", [QP_CLOSED] = "已办结", [QP_HUNG] = "挂起",       [QP_MERGED] = "已合并",
};
static const char *const urgencies[] = QP_URGENCY_WORDS;
static const char *const kinds[] = {
    [QP_KIND_ESCALATE] = "escalate",
    [QP_KIND_DISPATCH] = "dispatch",
    [QP_KIND_TRANSFER] = "transfer",
    [QP_KIND_RETURN] = "return",
};
static const char *const sorts[] = {
    [QP_SORT_OPENED_DESC] = "-opened_at",   [QP_SORT_OPENED] = "opened_at",
    [QP_SORT_UPDATED_DESC] = "-updated_at", [QP_SORT_UPDATED] = "updated_at",
    [QP_SORT_DEADLINE] = "deadline",        [QP_SORT_ARRIVED] = "arrived",
};
#define COUNT(list) (sizeof list / sizeof *list)

static const char *name_of(const char *const *list, size_t n, uint32_t i)
{
    return i < n && list[i] ? list[i] : "unknown";
}

static int index_of(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 1; name && i < n; i++)
        if (strcmp(list[i], name) == 0)
            return (int)i;
    return 0;
}

int qp_sort_parse(const char *text)
{
    return index_of(sorts, COUNT(sorts), text);
}

const char *qp_state_name(uint32_t state)
{
    return name_of(states, COUNT(states), state);
}

const char *qp_state_name_zh(uint32_t state)
{
    return name_of(states_zh, COUNT(states_zh), state);
}

int qp_state_parse(const char *name)
{
    return index_of(states, COUNT(states), name);
}

const char *qp_urgency_name(uint32_t urgency)
{
    return name_of(urgencies, COUNT(urgencies), urgency);
}

int qp_urgency_parse(const char *name)
{
    return index_of(urgencies, COUNT(urgencies), name);
}

const char *qp_kind_name_zh(uint32_t kind)
{
    static const char *const zh[] = {
        [QP_KIND_ESCALATE] = "上报",
        [QP_KIND_DISPATCH] = "交办",
        [QP_KIND_TRANSFER] = "移交",
        [QP_KIND_RETURN] = "退还",
    };
    return name_of(zh, COUNT(zh), kind);
}

const char *qp_kind_name(uint32_t kind)
{
    return name_of(kinds, COUNT(kinds), kind);
}

/* Collect, sort and assign, report upward, handle, visit, circulate. */
uint32_t qp_step_number(const Qp__Face *f)
{
    static const uint8_t steps[] = {[QP_OPEN] = 1,    [QP_SORTED] = 2, [QP_ASSIGNED] = 2, [QP_HANDLED] = 4,
                                    [QP_VISITED] = 5, [QP_CLOSED] = 6, [QP_HUNG] = 2,     [QP_MERGED] = 6};
    if (f->offer && f->offer->kind == QP_KIND_ESCALATE)
        return 3;
    uint32_t state = f->state == QP_HUNG ? qp_before(f) : f->state;
    return state < COUNT(steps) && steps[state] ? steps[state] : 1;
}
