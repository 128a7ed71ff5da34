/* names.c: the words of states, urgencies, kinds, events and steps, as the API and the command line print
 * them. */
#include "node/matter/matter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/matter/lifecycle.h"

static const char *const states[] = {
    [QP_OPEN] = "open",       [QP_SORTED] = "sorted", [QP_ASSIGNED] = "assigned", [QP_HANDLED] = "handled",
    [QP_VISITED] = "visited", [QP_CLOSED] = "closed", [QP_HUNG] = "hung",         [QP_MERGED] = "merged",
};
static const char *const urgencies[] = {
    [QP_ROUTINE] = "routine", [QP_URGENT] = "urgent", [QP_EMERGENCY] = "emergency"};
static const char *const kinds[] = {
    [QP_KIND_ESCALATE] = "escalate",
    [QP_KIND_DISPATCH] = "dispatch",
    [QP_KIND_TRANSFER] = "transfer",
    [QP_KIND_RETURN] = "return",
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

const char *qp_state_name(uint32_t state)
{
    return name_of(states, COUNT(states), state);
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

void qp_matter_possible(char *out, size_t cap, const Qp__Face *f, const uint8_t self[QP_ID_LEN])
{
    assert(cap > 0);
    ProtobufCBinaryData me = {QP_ID_LEN, (uint8_t *)(uintptr_t)self};
    size_t n, at = 0;
    const struct qp_transition *t = qp_transitions(&n);
    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!qp_transition_from(&t[i], f) || !qp_transition_by(&t[i], f, me))
            continue;
        if (qp_transition_speaker(&t[i]) == QP_BY_SENDER && f->offer->withdraw_asked)
            continue;
        bool back = t[i].body == QP__EVENT__BODY_OFFERED && f->came_from.len;
        int len = snprintf(out + at, cap - at, "%s%s%s", at ? ", " : "", t[i].steps, back ? ", return" : "");
        if (len < 0 || (size_t)len >= cap - at) {
            out[at] = 0; /* whole words only */
            return;
        }
        at += (size_t)len;
    }
}
